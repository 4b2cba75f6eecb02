//! Stage `opened`: does its reader get to see the test mail? The doctor goes his way at the portal: asks for a passcode, finds
//! it in his mailbox, types it, and looks for what it wrote.
//!
//! So the portal's own mails are known to arrive, and to arrive unsealed, and its cookies to get through what stands in front
//! of it.

use std::path::Path;

use mail_parser::MessageParser;
use memchr::memmem;
use sealpost_common::grant::SignIn;

use super::{
    Fault, Stage, Wishes, arrival::envelope_in, mail::Sent, mailbox, portal::Answer, reader::Reader,
};
use crate::{config::Settings, error::causes};

/// Characters of the reference that page and mail show.
const REFERENCE_LEN: usize = 6;

/// Digits of a passcode.
const DIGITS: usize = 8;

/// Every mail with a passcode says so (RFC 3834), and a carrier mail keeps it.
const AUTOMATIC: &[u8] = b"auto-generated";

/// A mail of the portal's. Only tests print it, as it holds a passcode.
#[cfg_attr(test, derive(Debug))]
#[derive(PartialEq, Eq)]
enum Found {
    Passcode(String),
    /// The gateway has sealed it.
    Sealed,
}

pub(super) async fn examine(
    settings: &Settings,
    wishes: &Wishes,
    sent: Option<&Sent>,
    envelope: Option<&[u8]>,
) -> Stage {
    let (Some(sent), Some(envelope), Some(mailbox)) = (sent, envelope, &wishes.mailbox) else {
        return Stage::skip("opened", "no test mail has arrived that could be opened");
    };
    if sent.sign_in == SignIn::Provider {
        return Stage::skip(
            "opened",
            "the policy has its reader sign in with a provider, which the doctor cannot",
        );
    }
    match open(settings, wishes, (mailbox, sent), envelope).await {
        Ok(()) => Stage::pass(
            "opened",
            "its reader was mailed a passcode, typed it, and was shown what had been written",
        ),
        Err(fault) => Stage::of("opened", vec![fault], ""),
    }
}

async fn open(
    settings: &Settings,
    wishes: &Wishes,
    (mailbox, sent): (&Path, &Sent),
    envelope: &[u8],
) -> Result<(), Fault> {
    let portal = &settings.portal.url;
    let unreachable = |error: reqwest::Error| {
        Fault::new(format!("{portal} cannot be reached: {}", causes(&error)), "see the portal's log")
    };
    let mut reader = Reader::new(portal, envelope);
    let page = reader.press("/passcode", &[]).await.map_err(unreachable)?;
    let reference = reference(&page)?;
    let passcode = passcode(wishes, mailbox, &reference, portal).await?;
    let fields = [("reference", reference.as_str()), ("passcode", &passcode)];
    let page = reader.press("/read", &fields).await.map_err(unreachable)?;
    // The session would end by itself; what becomes of it says nothing about the mail.
    reader.press("/sign-out", &[]).await.ok();
    judge(&page, &sent.secret)
}

/// Gives the reference on the page that asks for the passcode.
fn reference(page: &Answer) -> Result<String, Fault> {
    const FIELD: &[u8] = b"name=\"reference\" value=\"";
    if page.status == 429 {
        return Err(Fault::new(
            "the portal mails no further passcode to this address for now",
            "wait, or see [passcode] in portal.toml",
        ));
    }
    let start = memmem::find(&page.body, FIELD).map(|place| place + FIELD.len());
    let reference = start.and_then(|start| page.body.get(start..start + REFERENCE_LEN));
    let reference = reference.filter(|text| text.iter().all(u8::is_ascii_alphanumeric));
    reference.map(|text| String::from_utf8_lossy(text).into_owned()).ok_or_else(|| {
        Fault::new(
            format!("the portal answers {} and no page to type a passcode in", page.status),
            "see the portal's log, and that its reverse proxy hands everything on",
        )
    })
}

/// Waits for the passcode.
async fn passcode(wishes: &Wishes, mailbox: &Path, reference: &str, portal: &str) -> Result<String, Fault> {
    let found = mailbox::wait_for(mailbox, wishes.wait, |mail| found_in(mail, reference, portal)).await;
    match found {
        Ok(Some(Found::Passcode(passcode))) => Ok(passcode),
        Ok(Some(Found::Sealed)) => Err(Fault::new(
            "the passcode came sealed, so nobody can open anything",
            "[mail] relay in portal.toml must be a listener of Postfix that hands nothing to the gateway: \
             conf/postfix/master-portal.cf",
        )),
        Ok(None) => Err(Fault::new(
            format!("no passcode came to {} within {} s", mailbox.display(), wishes.wait.as_secs()),
            "see the portal's log (\"a passcode could not be sent\"), then Postfix's: [mail] relay in portal.toml must be the \
             listener of conf/postfix/master-portal.cf, and from an address that the recipient's server takes",
        )),
        Err(error) => Err(Fault::new(
            format!("{} cannot be read: {error}", mailbox.display()),
            "run the doctor as a user who may read it",
        )),
    }
}

/// Reads the mail with the passcode of this reference, if it is that one.
fn found_in(mail: &[u8], reference: &str, portal: &str) -> Option<Found> {
    memmem::find(mail, AUTOMATIC)?;
    let message = MessageParser::new().parse(mail)?;
    if message.subject().is_some_and(|subject| subject.contains(reference))
        && envelope_in(mail, portal).is_some()
    {
        return Some(Found::Sealed);
    }
    let text = message.body_text(0).filter(|text| text.contains(reference))?;
    let is_passcode = |line: &&str| line.len() == DIGITS && line.bytes().all(|byte| byte.is_ascii_digit());
    text.lines().map(str::trim).find(is_passcode).map(|line| Found::Passcode(line.to_owned()))
}

fn judge(page: &Answer, secret: &str) -> Result<(), Fault> {
    if memmem::find(&page.body, secret.as_bytes()).is_some() {
        return Ok(());
    }
    if memmem::find(&page.body, b"name=\"passcode\"").is_some() {
        return Err(Fault::new(
            "the portal does not take the passcode that it has mailed",
            "its reverse proxy has to let cookies through, both ways; several portals have to share one database and one \
             state_key",
        ));
    }
    Err(Fault::new(
        format!("the portal answers {} and does not show what was written", page.status),
        "see the portal's log",
    ))
}

#[cfg(test)]
mod tests {
    use encodify::base64::MIME;
    use sealpost_common::armor::{BEGIN, END};

    use super::*;

    fn page(status: u16, body: &str) -> Answer {
        Answer { status, body: body.as_bytes().to_vec(), time: None, cookies: Vec::new() }
    }

    #[test]
    fn a_passcode_is_read_from_the_mail_of_its_reference_only() {
        const HEAD: &str = "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n";
        let plain = format!("Subject: x\r\n{HEAD}\r\nHere:\r\n\r\n    12345678\r\n\r\nReference ABC234.\r\n");
        let coded = format!(
            "{HEAD}Content-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            MIME.encode("コード:\r\n\r\n    12345678\r\n\r\nABC234\r\n")
        );
        let sealed = format!(
            "Subject: Code (ABC234)\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n\
             {BEGIN}\r\nU0VB\r\n{END}\r\n"
        );
        let passcode = Some(Found::Passcode("12345678".to_owned()));
        for (mail, expected) in [
            (plain.clone(), passcode),
            (coded, Some(Found::Passcode("12345678".to_owned()))),
            (sealed.clone(), Some(Found::Sealed)),
            (sealed.replace("ABC234", "ABC235"), None),
            (plain.replace("ABC234", "ABC235"), None),
            (plain.replace("12345678", "123456789"), None),
            (plain.replace("auto-generated", "no"), None),
        ] {
            assert_eq!(found_in(mail.as_bytes(), "ABC234", "https://portal.example.org"), expected, "{mail}");
        }
    }

    #[test]
    fn what_the_portal_answers_is_told() {
        let asking = "<input form=\"carry\" type=\"hidden\" name=\"reference\" value=\"ABC234\"><input name=\"passcode\">";
        assert_eq!(reference(&page(200, asking)).unwrap(), "ABC234");
        for (status, body, words) in [
            (429, asking, "no further passcode"),
            (200, "<p>sign in</p>", "answers 200 and no page"),
            (200, "name=\"reference\" value=\"AB", "answers 200 and no page"),
            (200, "name=\"reference\" value=\"AB\">...", "answers 200 and no page"),
            (502, "", "answers 502 and no page"),
        ] {
            let fault = reference(&page(status, body)).unwrap_err();
            assert!(fault.what.contains(words) && !fault.todo.is_empty(), "{fault:?}");
        }
        assert_eq!(judge(&page(200, "<p>5ec4e7</p>"), "5ec4e7"), Ok(()));
        for (status, body, words) in
            [(200, asking, "does not take the passcode"), (503, "busy", "answers 503 and does not show")]
        {
            assert!(judge(&page(status, body), "5ec4e7").unwrap_err().what.contains(words));
        }
    }
}
