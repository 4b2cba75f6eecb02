//! Harmless HTML in a real Chromium: every word of it that is seen in the original is seen on the page that a reader gets.
//! Pictures of ten, beside the original, are left in `target/screenshots` to be looked at.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use sealpost_tests::browser::{Browser, SIZES};
use sealpost_tests::mails::base64_lines;
use sealpost_tests::place::{corpus, installed, results};

use crate::desk::{Desk, RECIPIENT};
use crate::hostile::{open, sign_in};

/// Documents in one mail.
const BATCH: usize = 24;

/// Of which pictures are taken: the eight templates, and pages full of tables and lists.
const PICTURES: [&str; 10] = [
    "leemunroe",
    "mailgun/action",
    "mailgun/alert",
    "mailgun/billing",
    "inlined",
    "css-list",
    "html-table",
    "css-border.",
    "css-background-color",
    "html-lists",
];

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

/// The words of a text that another lacks. Where words are not set apart in one of them, their letters must be there.
fn missing<'b>(before: &'b str, after: &str) -> BTreeSet<&'b str> {
    let words: BTreeSet<&str> = after.split_whitespace().collect();
    let letters: String = after.split_whitespace().collect();
    before.split_whitespace().filter(|word| !words.contains(word) && !letters.contains(word)).collect()
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

    fn keep_picture(&self, name: &str) {
        let picture = self.browser.picture((SIZES[0].1, SIZES[0].2)).unwrap();
        fs::write(results("screenshots").unwrap().join(format!("{name}.png")), picture).unwrap();
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
    let is_picture = |file: &&PathBuf| PICTURES.iter().any(|wanted| name(file).contains(wanted));
    for (number, file) in files.iter().filter(is_picture).take(10).enumerate() {
        look.browser.open_file(file).unwrap();
        look.keep_picture(&format!("legit-{number}-original"));
        look.show(&[file]);
        look.keep_picture(&format!("legit-{number}-shown"));
        println!("legit-{number}: {}", name(file));
    }
    println!("{} documents", files.len());
    assert!(lost.is_empty(), "{lost:#?}");
    drop(look.browser);
    look.desk.site.finish().unwrap();
}
