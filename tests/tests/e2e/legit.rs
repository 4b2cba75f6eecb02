//! Harmless HTML in a real Chromium: every word of it is on the page that a reader gets. Pictures of ten, beside the
//! original, are left in `target/screenshots` to be looked at.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sealpost_tests::browser::{Browser, SIZES};
use sealpost_tests::mails::base64_lines;
use sealpost_tests::place::{corpus, installed, results};

use crate::desk::{Desk, RECIPIENT};
use crate::hostile::{open, sign_in};

/// Of which pictures are taken: the eight templates, and two pages full of tables and lists.
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

fn mail(html: &[u8], subject: &str) -> Vec<u8> {
    format!(
        "From: Alice <alice@example.org>\r\nTo: {RECIPIENT}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        base64_lines(html)
    )
    .into_bytes()
}

/// The words that stand in the body, seen or not.
fn words(browser: &Browser) -> BTreeSet<String> {
    const TEXT: &str = "const body = document.body.cloneNode(true);\
        body.querySelectorAll('script,style,title,svg,template,iframe,math').forEach((element) => element.remove());\
        return body.textContent";
    let text = browser.evaluate(TEXT).unwrap();
    text.as_str().unwrap().split_whitespace().map(str::to_owned).collect()
}

fn keep_picture(browser: &Browser, name: &str) {
    let picture = browser.picture((SIZES[0].1, SIZES[0].2)).unwrap();
    fs::write(results("screenshots").unwrap().join(format!("{name}.png")), picture).unwrap();
}

#[test]
fn every_word_of_harmless_html_is_on_the_page() {
    let Some(folder) = corpus().filter(|_| installed(&["chromium", "chromedriver"])) else { return };
    let mut desk = Desk::start("legit").unwrap();
    let browser = Browser::start(desk.site.folder(), "legit", true).unwrap();
    let mut pictures = 0;
    let mut lost = Vec::new();
    for (number, file) in files(&folder.join("html-legit")).iter().enumerate() {
        let name = file.strip_prefix(&folder).unwrap().display().to_string();
        let message = desk.site.folder().join(&format!("{number}.html"));
        fs::write(&message, desk.seal(&mail(&fs::read(file).unwrap(), &name), &[RECIPIENT]).unwrap())
            .unwrap();
        browser.open_file(file).unwrap();
        let before = words(&browser);
        let is_picture = pictures < 10 && PICTURES.iter().any(|wanted| name.contains(wanted));
        if is_picture {
            keep_picture(&browser, &format!("legit-{pictures}-original"));
        }
        open(&browser, &desk, &message);
        if number == 0 {
            sign_in(&browser, &mut desk);
        }
        browser.text(".message-subject").unwrap();
        let after = browser.in_frame("iframe.message-frame", |frame| Ok(words(frame))).unwrap();
        let missing: Vec<_> = before.difference(&after).take(5).collect();
        if !missing.is_empty() {
            lost.push(format!("{name}: {missing:?}"));
        }
        if is_picture {
            keep_picture(&browser, &format!("legit-{pictures}-shown"));
            println!("legit-{pictures}: {name}");
            pictures += 1;
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
    desk.site.finish().unwrap();
}
