//! Every mail of the corpus and of our own, shown.

use std::fmt::Write;

use sealpost_portal::render::{self, Body, Notice};

use crate::{corpus, sanitise, walk};

#[test]
fn every_mail_is_shown() {
    let mut report = String::new();
    let (mut html, mut text, mut empty, mut attachments) = (0, 0, 0, 0);
    let mails = corpus::mails();
    for path in &mails {
        let mail = std::fs::read(path).unwrap();
        let view = render::view(&mail);
        let name = path.display();
        match &view.body {
            Body::Html(document) => {
                html += 1;
                sanitise::check(&name.to_string(), &document.document(), None, &mut report);
            }
            Body::Text(content) => {
                text += 1;
                for fault in walk::faults(&format!("<body><div>{content}</div></body>")) {
                    writeln!(report, "{name}: {fault}").unwrap();
                }
            }
            Body::Empty => empty += 1,
        }
        for notice in &view.notices {
            if matches!(
                notice,
                Notice::Whole(_) | Notice::HtmlTooComplex | Notice::TextCut | Notice::NotOpened
            ) {
                writeln!(report, "{name}: {notice:?}").unwrap();
            }
        }
        for listed in &view.attachments {
            attachments += 1;
            let attachment = render::attachment(&mail, &listed.path).unwrap();
            if (attachment.bytes.len(), &attachment.name) != (listed.size, &listed.name) {
                writeln!(report, "{name}: attachment {} differs from the list", listed.path).unwrap();
            }
            if listed.name.contains(['/', '\\', '\0', '\n', '\u{202E}']) || listed.name.len() > 200 {
                writeln!(report, "{name}: attachment name {:?}", listed.name).unwrap();
            }
        }
    }
    println!("{} mails: {html} HTML, {text} text, {empty} without; {attachments} attachments", mails.len());
    assert!(!mails.is_empty());
    assert!(report.is_empty(), "{report}");
}
