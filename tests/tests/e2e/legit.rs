//! Harmless HTML in a real Chromium: every word of it that is seen in the original is seen on the page that a reader gets.
//! Pictures of ten, each beside the original, are left in `target/screenshots` to be looked at.
//!
//! Looked at on 30 November 2026 (Chromium, 1280 pixels wide), original on the left, page on the right:
//!
//! | document | seen |
//! |---|---|
//! | `leemunroe/email`, `leemunroe/email-inlined` | alike: grey ground, white card with round corners, blue button, grey footer |
//! | `mailgun/action`, `mailgun/alert` | alike, the orange bar and the blue button of the latter too; a white rim of 16 pixels around the grey ground |
//! | `mailgun/billing` | alike: two centred headings, table with lines, right-aligned sums; the frame is far too high |
//! | `mailgun/inlined__billing` | alike; the frame is a little too low and scrolls |
//! | `caniemail/css-list` | alike, all kinds of numbers; five pictures of other computers are offered to be loaded |
//! | `caniemail/html-table` | alike: cells, spans, headings, green ground |
//! | `caniemail/css-border` | alike: widths, kinds, colours; the frame scrolls |
//! | `caniemail/css-background-color` | alike in all that is in sight; the frame is far too low, as it holds hardly a word, and scrolls |
//!
//! The ground of a mail ends with its content: below it the frame is white where its estimated height is too much.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use sealpost_tests::browser::Browser;
use sealpost_tests::mails::base64_lines;
use sealpost_tests::place::{corpus, installed, results};

use crate::desk::{Desk, RECIPIENT};
use crate::hostile::{open, sign_in};

/// Documents in one mail.
const BATCH: usize = 24;

/// Of which pictures are taken: templates with style sheets and with styles in attributes, and pages of tables, lists, borders
/// and colours.
const PICTURES: [&str; 10] = [
    "leemunroe/email.html",
    "leemunroe/email-inlined.html",
    "mailgun/action.html",
    "mailgun/alert.html",
    "mailgun/billing.html",
    "mailgun/inlined__billing.html",
    "caniemail/css-list.html",
    "caniemail/html-table.html",
    "caniemail/css-border.html",
    "caniemail/css-background-color.html",
];

/// The size of a picture: room for the page around the mail.
const PICTURE: (u32, u32) = (1280, 1500);

/// Documents with text that is hidden where it stands, and only their style sheet's selectors show again.
const ONLY_BY_SHEET: [&str; 1] = ["html-loading-attribute.html"];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "html") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A mail with each document as a part of its own.
fn mail(documents: &[&PathBuf]) -> Vec<u8> {
    let mut mail = format!(
        "From: Alice <alice@example.org>\r\nTo: {RECIPIENT}\r\nSubject: Harmless\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=harmless\r\n\r\n"
    );
    for document in documents {
        write!(
            mail,
            "--harmless\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            base64_lines(&fs::read(document).unwrap())
        )
        .unwrap();
    }
    mail.push_str("--harmless--\r\n");
    mail.into_bytes()
}

/// What a reader sees in elements, in small letters, as styles may change those. Style sheets that some documents show as
/// text are no mail's text.
fn texts(browser: &Browser, css: &str) -> Vec<String> {
    let text = format!(
        "for (const sheet of document.querySelectorAll('style, script, title')) sheet.style.setProperty('display', 'none', 'important');
         return [...document.querySelectorAll('{css}')].map((element) => element.innerText)"
    );
    let seen = browser.evaluate(&text).unwrap();
    seen.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_lowercase()).collect()
}

/// The words of a text that another lacks, or has fewer times. Where words are not set apart in one of them, their letters
/// must be there as often.
fn missing<'b>(before: &'b str, after: &str) -> BTreeSet<&'b str> {
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for word in after.split_whitespace() {
        *words.entry(word).or_default() += 1;
    }
    let letters: String = after.split_whitespace().collect();
    let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
    for word in before.split_whitespace() {
        *wanted.entry(word).or_default() += 1;
    }
    let is_missing = |(word, wanted): &(&str, usize)| {
        words.get(word).copied().unwrap_or_default() < *wanted && letters.matches(word).count() < *wanted
    };
    wanted.into_iter().filter(is_missing).map(|(word, _)| word).collect()
}

struct Look {
    desk: Desk,
    browser: Browser,
    signed_in: bool,
}

impl Look {
    /// Shows a mail with these documents to its reader.
    fn show(&mut self, documents: &[&PathBuf]) {
        let message = self.desk.site.folder().join("harmless.html");
        fs::write(&message, self.desk.seal(&mail(documents), &[RECIPIENT]).unwrap()).unwrap();
        open(&self.browser, &self.desk, &message);
        if !self.signed_in {
            sign_in(&self.browser, &mut self.desk);
            self.signed_in = true;
        }
        self.browser.text(".message-subject").unwrap();
    }

    /// Keeps a picture of a document beside one of its page.
    fn keep_pictures(&mut self, name: &str, file: &PathBuf) {
        let folder = self.desk.site.folder();
        let (before, after) = (folder.join("before.png"), folder.join("after.png"));
        let beside = folder.join("beside.html");
        fs::write(&beside, "<body style='margin:0;display:flex'><img src=before.png><img src=after.png>")
            .unwrap();
        self.browser.open_file(file).unwrap();
        fs::write(before, self.browser.picture(PICTURE).unwrap()).unwrap();
        self.show(&[file]);
        // The first picture sets the size; by the second the frame has been drawn.
        self.browser.picture(PICTURE).unwrap();
        self.browser.in_frame("iframe.message-frame", |frame| frame.text("body")).unwrap();
        fs::write(after, self.browser.picture(PICTURE).unwrap()).unwrap();
        self.browser.open_file(&beside).unwrap();
        let both = self.browser.picture((2 * PICTURE.0, PICTURE.1)).unwrap();
        fs::write(results("screenshots").unwrap().join(format!("{name}.png")), both).unwrap();
    }
}

#[test]
fn every_word_of_harmless_html_is_on_the_page() {
    let Some(folder) = corpus().filter(|_| installed(&["chromium", "chromedriver"])) else { return };
    let desk = Desk::start("legit").unwrap();
    let browser = Browser::start(desk.site.folder(), "legit", true).unwrap();
    let mut look = Look { desk, browser, signed_in: false };
    let files = files(&folder.join("html-legit"));
    let name = |file: &Path| file.strip_prefix(&folder).unwrap().display().to_string();
    let mut lost = Vec::new();
    for batch in files.chunks(BATCH) {
        let mut originals = Vec::new();
        for file in batch {
            look.browser.open_file(file).unwrap();
            originals.extend(texts(&look.browser, "body"));
        }
        look.show(&batch.iter().collect::<Vec<_>>());
        let shown = look.browser.in_frame("iframe.message-frame", |frame| Ok(texts(frame, ".part"))).unwrap();
        assert_eq!((originals.len(), shown.len()), (batch.len(), batch.len()));
        for (file, (before, after)) in batch.iter().zip(originals.iter().zip(&shown)) {
            let missing = missing(before, after);
            if !missing.is_empty() && !ONLY_BY_SHEET.iter().any(|known| name(file).ends_with(known)) {
                lost.push(format!("{}: {missing:?}", name(file)));
            }
        }
    }
    for wanted in PICTURES {
        let file = folder.join("html-legit").join(wanted);
        assert!(files.contains(&file), "{wanted} is not there");
        look.keep_pictures(&format!("legit-{}", wanted.replace(['/', '.'], "-")), &file);
    }
    println!("{} documents", files.len());
    assert!(lost.is_empty(), "{lost:#?}");
    drop(look.browser);
    look.desk.site.finish().unwrap();
}
