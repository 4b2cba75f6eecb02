//! The main job: a mail goes into Postfix, comes out sealed, and its recipient reads it in a real browser after typing
//! the passcode from his mailbox.

use std::fs;
use std::path::Path;

use sealpost_tests::browser::Browser;
use sealpost_tests::carrier;
use sealpost_tests::mails::{Attachment, random_bytes, unique_text, with_attachments};
use sealpost_tests::place::installed;
use sealpost_tests::postfix::Filter;
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::smtp;

const SENDER: &str = "alice@example.org";
const RECIPIENT: &str = "bob@example.net";

/// How the envelope gets from the mailbox to the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// `message.html` is opened from disk, and its button pressed.
    Button,
    /// The link in the carrier mail, with the envelope in its fragment.
    Link,
    /// `message.html` is chosen on the portal's start page.
    File,
    /// The whole carrier mail, saved by the mail program, is chosen there.
    SavedMail,
}

/// What was sent, to compare with what's shown.
struct Sent {
    subject: String,
    body: String,
    attachment: Attachment,
}

/// Sends a mail through Postfix and returns it with its carrier mail from the recipient's Maildir.
fn send(site: &mut Site, attached: usize) -> (Sent, Vec<u8>) {
    let sent = Sent {
        subject: unique_text("Subject"),
        body: unique_text("Body"),
        attachment: Attachment {
            name: "report.bin".into(),
            media_type: "application/octet-stream".into(),
            bytes: random_bytes(7, attached),
        },
    };
    site.secrets.add("the subject", &sent.subject);
    site.secrets.add("the body", &sent.body);
    let html =
        format!("<h2>{}</h2><p>Read by <b>you</b>.</p><script>document.title='run'</script>", sent.body);
    let from = "Alice Archer <alice@example.org>";
    let mail =
        with_attachments(from, RECIPIENT, &sent.subject, &html, std::slice::from_ref(&sent.attachment));
    site.postfix().mailbox(RECIPIENT).clear().unwrap();
    let reply = smtp::deliver(site.ports.submission, SENDER, &[RECIPIENT], &mail).unwrap();
    assert!(reply.is_success(), "{reply:?}");
    let carrier = site.postfix().mailbox(RECIPIENT).wait_for("the carrier mail", carrier::is_sealed).unwrap();
    assert!(!String::from_utf8_lossy(&carrier).contains(&sent.body), "the body is in the carrier mail");
    (sent, carrier)
}

/// Brings the envelope to the portal.
fn enter(browser: &Browser, site: &Site, carrier: &[u8], way: Way) {
    let file = |name: &str, content: &[u8]| {
        let path = site.folder().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let message = file("message.html", &carrier::message_html(carrier).unwrap());
    let choose = |path: &Path| {
        browser.open(&site.portal_url()).unwrap();
        browser.screenshots(&format!("start-{way:?}")).unwrap();
        browser.type_into("#file", path.to_str().unwrap()).unwrap();
        browser.click("#open button").unwrap();
    };
    match way {
        Way::Button => {
            browser.open_file(&message).unwrap();
            browser.screenshots("message-html").unwrap();
            browser.click("button").unwrap();
            browser.follow_new_window().unwrap();
        }
        Way::Link => browser
            .open(&carrier::link(carrier).unwrap().expect("the envelope is small enough for a link"))
            .unwrap(),
        Way::File => choose(&message),
        Way::SavedMail => choose(&file("carrier.eml", carrier)),
    }
}

/// Proves the address with the passcode from the Maildir, reads, and compares all that's shown with what was sent.
fn read(browser: &Browser, site: &mut Site, sent: &Sent, name: &str) {
    browser.text("button[formaction='/passcode']").unwrap();
    browser.screenshots(&format!("{name}-prove")).unwrap();
    browser.click("button[formaction='/passcode']").unwrap();
    browser.text("#passcode").unwrap();
    browser.screenshots(&format!("{name}-passcode")).unwrap();
    let is_passcode = |mail: &[u8]| carrier::passcode(mail).is_ok();
    let mail = site.postfix().mailbox(RECIPIENT).wait_for("the passcode", is_passcode).unwrap();
    assert!(!carrier::is_sealed(&mail), "a passcode must never be sealed");
    let passcode = carrier::passcode(&mail).unwrap();
    site.secrets.add("a passcode", &passcode);
    browser.type_into("#passcode", &passcode).unwrap();
    browser.click("button[formaction='/read']").unwrap();

    assert_eq!(browser.text(".message-subject").unwrap(), sent.subject);
    let (heading, bold) =
        browser.in_frame("iframe.message-frame", |frame| Ok((frame.text("h2")?, frame.text("b")?))).unwrap();
    assert_eq!((heading, bold.as_str()), (sent.body.clone(), "you"));
    assert!(browser.text(".message-fields").unwrap().contains("alice@example.org"));
    browser.screenshots(&format!("{name}-read")).unwrap();
    browser.click(".attachment-list button[formaction='/attachment']").unwrap();
    assert!(
        browser.downloaded(&sent.attachment.name).unwrap() == sent.attachment.bytes,
        "the attachment differs"
    );
    assert_eq!(browser.evaluate("return document.title === 'run'").unwrap(), false);
}

fn whole_way(name: &str, filter: Filter, ways: &[(Way, bool)]) {
    if !installed(&["postfix", "chromium", "chromedriver"]) {
        return;
    }
    let mut site = Site::start(&Plan::new(name), filter, &[RECIPIENT]).unwrap();
    for (way, javascript) in ways {
        let name = format!("{way:?}-{}", if *javascript { "script" } else { "noscript" }).to_lowercase();
        // A link holds a small mail only.
        let (sent, carrier) = send(&mut site, if *way == Way::Link { 500 } else { 100_000 });
        let browser = Browser::start(site.folder(), &name, *javascript).unwrap();
        enter(&browser, &site, &carrier, *way);
        read(&browser, &mut site, &sent, &name);
    }
    site.finish().unwrap();
}

#[test]
fn reads_by_the_button_in_the_file() {
    whole_way("button", Filter::Smtp, &[(Way::Button, true), (Way::Button, false)]);
}

#[test]
fn reads_by_the_link() {
    whole_way("link", Filter::Lmtp, &[(Way::Link, true)]);
}

#[test]
fn reads_by_choosing_the_file() {
    whole_way("file", Filter::Lmtp, &[(Way::File, true), (Way::File, false), (Way::SavedMail, false)]);
}

#[test]
fn without_javascript_the_link_says_what_to_do() {
    if !installed(&["postfix", "chromium", "chromedriver"]) {
        return;
    }
    let mut site = Site::start(&Plan::new("noscript"), Filter::Smtp, &[RECIPIENT]).unwrap();
    let (_, carrier) = send(&mut site, 500);
    let browser = Browser::start(site.folder(), "browser", false).unwrap();
    enter(&browser, &site, &carrier, Way::Link);
    assert!(browser.text("noscript").unwrap().contains("message.html"));
    browser.screenshots("link-noscript").unwrap();
    site.finish().unwrap();
}
