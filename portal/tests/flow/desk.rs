//! A reader with a message before him that he may answer.

use std::io::Write as _;

use sealpost_common::grant::{Rights, Terms};

use crate::{
    client::{Answer, Browser, From},
    gateway::Gateway,
    site::{Site, terms, text},
};

/// What is answered. Erin is among the recipients, but in no field.
pub(crate) const MAIL: &str = "From: Alice <alice@example.org>\r\nTo: \"Bob B.\" <bob@example.net>, Carol <carol@example.com>\r\n\
Cc: =?utf-8?Q?D=C3=A4ve?= <dave@example.org>\r\nSubject: Quarterly lighthouse\r\nDate: Mon, 6 Jan 2025 10:00:00 +0000\r\n\
Message-ID: <third@example.org>\r\nReferences: <first@example.org>\r\n <second@example.net>\r\nBcc: <secret@example.net>\r\n\r\n\
The lamp turns at midnight, dear Bob.\r\n> As was said.\r\n";

pub(crate) const RECIPIENTS: [&str; 4] =
    ["bob@example.net", "carol@example.com", "dave@example.org", "erin@example.net"];

/// A file to attach: name, media type, content.
pub(crate) type File<'f> = (&'f str, &'f str, &'f [u8]);

/// Site, gateway, and the reader's browser.
pub(crate) struct Desk {
    pub(crate) site: Site,
    pub(crate) gateway: Gateway,
    pub(crate) browser: Browser,
    pub(crate) envelope: String,
    /// The page with the message.
    pub(crate) message: Answer,
}

impl Desk {
    /// With the usual mail, and these lines in `[answer]`.
    pub(crate) fn start(settings: &str) -> Self {
        Self::with(MAIL, "bob@example.net", Rights::all(), settings)
    }

    pub(crate) fn with(mail: &str, reader: &str, rights: Rights, settings: &str) -> Self {
        let gateway = Gateway::start();
        let site = Site::start_with(&format!(
            "[server]\npublic_url = 'http://ADDRESS'\n[answer]\nrelay = '{}'\ntls = 'none'\n\
             from = 'Example <answers@example.org>'\n{settings}\n",
            gateway.address
        ));
        let mut recipients = RECIPIENTS.to_vec();
        if !recipients.contains(&reader) {
            recipients.push(reader);
        }
        let envelope = text(&site.seal(mail, &Terms { rights, ..terms(&recipients) }));
        let (browser, message) = sign_in(&site, &envelope, reader);
        Self { site, gateway, browser, envelope, message }
    }

    /// Another browser of somebody with this address.
    pub(crate) fn reader(&self, address: &str) -> Browser {
        sign_in(&self.site, &self.envelope, address).0
    }

    /// Presses one of the buttons on the message's page.
    pub(crate) fn write(&mut self, way: &str) -> Answer {
        let fields: [(&str, &[u8]); 2] = [("way", way.as_bytes()), ("envelope", self.envelope.as_bytes())];
        self.browser.post("/answer", &fields)
    }

    /// Sends what stands on the page, changed like this.
    pub(crate) fn send(&mut self, page: &Answer, changes: &[(&str, &str)], files: &[File<'_>]) -> Answer {
        let (headers, body) = self.form(page, changes, files);
        self.browser.request("POST", "/answer/send", From::Portal, &headers, &body)
    }

    /// The form that a browser sends.
    pub(crate) fn form(
        &self,
        page: &Answer,
        changes: &[(&str, &str)],
        files: &[File<'_>],
    ) -> (String, Vec<u8>) {
        let mut fields: Vec<(&str, String)> =
            ["way", "submission", "warned"].map(|name| (name, page.hidden(name))).into();
        fields.extend([("subject", input(page, "subject")), ("text", written(page)), ("copy", "yes".into())]);
        fields.extend(recipients(page).into_iter().map(|address| ("to", address)));
        for (name, value) in changes {
            fields.retain(|(known, _)| known != name);
            fields.push((name, (*value).to_owned()));
        }
        fields.push(("envelope", self.envelope.clone()));
        form(&fields, files)
    }
}

fn sign_in(site: &Site, envelope: &str, address: &str) -> (Browser, Answer) {
    let mut browser = site.browser();
    let mails = site.relay.count();
    let fields: [(&str, &[u8]); 2] = [("address", address.as_bytes()), ("envelope", envelope.as_bytes())];
    assert!(browser.post("/passcode", &fields).asks_for_passcode());
    let passcode = site.relay.passcode(mails + 1);
    let message = browser.post("/read", &[("passcode", passcode.as_bytes()), fields[0], fields[1]]);
    assert_eq!(message.status, 200);
    (browser, message)
}

/// The header field and the body of a form with files.
pub(crate) fn form(fields: &[(&str, String)], files: &[File<'_>]) -> (String, Vec<u8>) {
    const BOUNDARY: &str = "----desk-boundary-b7Qz";
    let mut body = Vec::new();
    for (name, value) in fields {
        write!(body, "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
            .unwrap();
    }
    let none: [File<'_>; 1] = [("", "application/octet-stream", b"")];
    for (name, media_type, content) in if files.is_empty() { &none } else { files } {
        write!(
            body,
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\
             Content-Type: {media_type}\r\n\r\n"
        )
        .unwrap();
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    write!(body, "--{BOUNDARY}--\r\n").unwrap();
    (format!("Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"), body)
}

/// The value of a field that is shown.
pub(crate) fn input(page: &Answer, name: &str) -> String {
    let text = page.text();
    let start = format!("name=\"{name}\" value=\"");
    text.split_once(&start).map_or_else(String::new, |(_, rest)| unescape(rest.split('"').next().unwrap()))
}

/// To whom it goes, as a browser sends that: what is typed, or all that are chosen.
fn recipients(page: &Answer) -> Vec<String> {
    let (text, field) = (page.text(), "name=\"to\" value=\"");
    let value = |rest: &str| {
        let (value, rest) = rest.split_once('"').unwrap();
        let is_left_out = text.contains("<fieldset id=\"to\"") && !rest.starts_with(" checked");
        (!is_left_out).then(|| unescape(value))
    };
    text.split(field).skip(1).filter_map(value).collect()
}

/// The text that is being written.
pub(crate) fn written(page: &Answer) -> String {
    let text = page.text();
    let Some((_, rest)) = text.split_once("<textarea id=\"text\"") else { return String::new() };
    let rest = rest.split_once(">\n").unwrap().1;
    unescape(rest.split_once("</textarea>").unwrap().0)
}

pub(crate) fn unescape(text: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
