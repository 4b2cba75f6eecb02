//! Every mail of the corpus and of our own, sealed and read through the portal: no page of any is a server error.

use sealpost_portal::render::whole_mail;

use crate::{
    client::{Answer, Browser},
    foreign,
    site::{Site, terms, text},
};

/// Most attachments of one mail that are asked for.
const MOST: usize = 40;

/// The buttons of a page that post a part there.
fn parts(page: &str, path: &str) -> Vec<String> {
    let action = format!("formaction=\"{path}\"");
    let buttons = page.split("<button").filter(|button| button.contains(&action));
    buttons
        .filter_map(|button| {
            Some(button.split_once("name=\"part\" value=\"")?.1.split('"').next()?.to_owned())
        })
        .take(MOST)
        .collect()
}

/// What was asked for, in all mails.
#[derive(Debug, Default)]
struct Counts {
    mails: usize,
    attachments: usize,
    previews: usize,
    archives: usize,
    with_bcc: usize,
}

struct Reader {
    browser: Browser,
    counts: Counts,
    report: Vec<String>,
}

impl Reader {
    fn ask(&mut self, name: &str, path: &str, envelope: &str, part: &str) -> Answer {
        let fields: [(&str, &[u8]); 2] = [("part", part.as_bytes()), ("envelope", envelope.as_bytes())];
        let answer = self.browser.post(path, &fields);
        if answer.status != 200 {
            self.report.push(format!("{name}: {path} {part} gives {}", answer.status));
        }
        answer
    }

    fn read(&mut self, name: &str, envelope: &str, mail: &[u8]) {
        let page = self.ask(name, "/read", envelope, "");
        let page = page.visible();
        if !page.contains("class=\"message\"") {
            self.report.push(format!("{name}: the page shows no message"));
        }
        self.ask(name, "/print", envelope, "");
        let (saved, expected) = (self.ask(name, "/mail", envelope, "").body, whole_mail(mail));
        self.counts.with_bcc += usize::from(*expected != *mail);
        if saved != *expected {
            self.report.push(format!("{name}: the mail is saved with other bytes"));
        }
        for part in parts(&page, "/attachment") {
            self.counts.attachments += 1;
            self.ask(name, "/attachment", envelope, &part);
        }
        for part in parts(&page, "/preview") {
            self.counts.previews += 1;
            self.ask(name, "/preview", envelope, &part);
        }
        if page.contains("formaction=\"/attachments\"") {
            self.counts.archives += 1;
            self.ask(name, "/attachments", envelope, "");
        }
        self.counts.mails += 1;
    }
}

#[test]
fn every_mail_is_read_printed_and_saved() {
    let site = Site::start();
    let bob = terms(&["bob@example.net"]);
    let (browser, _) = site.sign_in(&site.sample(&bob));
    let mut reader = Reader { browser, counts: Counts::default(), report: Vec::new() };
    for path in foreign::mails() {
        let mail = std::fs::read(&path).unwrap();
        let envelope = site.sealer.seal(&mail, &bob, &mut rand::rng()).unwrap();
        reader.read(&path.display().to_string(), &text(&envelope), &mail);
    }
    println!("{:?}", reader.counts);
    assert!(reader.counts.mails > 15 && reader.counts.attachments > 0 && reader.counts.archives > 0);
    assert!(reader.counts.with_bcc > 0 && reader.counts.with_bcc < reader.counts.mails / 2);
    assert!(reader.report.is_empty(), "{:#?}", reader.report);
}
