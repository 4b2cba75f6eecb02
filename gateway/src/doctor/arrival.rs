//! Stage `arrival`: did the test mail arrive sealed, by our key, and can the portal open it?
//!
//! That the portal could open it for its reader is told by the page that it answers with: it asks for the reader's proof
//! only once the signature is verified, the grant unwrapped and the payload compared with its digest. The doctor has no
//! proof, so it learns no more.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
    time::Duration,
};

use mail_parser::{MessageParser, MessagePart};
use memchr::memmem;
use sealpost_common::{
    address::DomainPattern,
    armor::{BEGIN, TextDecoder, decode_link},
    envelope::{Parsed, UnverifiedHeader},
    error::OpenError,
    keys::{TrustedGateway, TrustedGateways},
};
use tokio::time::{Instant, sleep};

use super::{Stage, Wishes, mail::Sent, portal};
use crate::{config::Settings, error::causes};

/// How often the mailbox is looked at.
const PAUSE: Duration = Duration::from_millis(250);

/// The most bytes of a mail that are looked at, and of the end of an mbox.
const MAX_MAIL: u64 = 4 << 20;

pub(super) async fn examine(settings: &Settings, wishes: &Wishes, sent: Option<Sent>) -> Stage {
    let Some(sent) = sent else { return Stage::skip("arrival", "no test mail was sent") };
    let Some(mailbox) = &wishes.mailbox else {
        return Stage::skip(
            "arrival",
            format!(
                "no --mailbox PATH: look yourself for the mail with the Message-ID doctor.{}@{}; it must not be readable as it is",
                sent.token, settings.limits.hostname
            ),
        );
    };
    let deadline = Instant::now() + wishes.wait;
    loop {
        match find(mailbox, sent.token.as_bytes()) {
            Ok(Some(mail)) => return judge(settings, &mail, &sent).await,
            Ok(None) if Instant::now() < deadline => sleep(PAUSE).await,
            Ok(None) => {
                return Stage::fail(
                    "arrival",
                    format!(
                        "the test mail did not come to {} within {} s",
                        mailbox.display(),
                        wishes.wait.as_secs()
                    ),
                    "see Postfix's log and queue (`postqueue -p`) and the gateway's log; the mailbox may be another",
                );
            }
            Err(error) => {
                let todo = "run the doctor as a user who may read it";
                return Stage::fail(
                    "arrival",
                    format!("{} cannot be read: {error}", mailbox.display()),
                    todo,
                );
            }
        }
    }
}

/// Finds the mail with this token in a Maildir or an mbox.
fn find(mailbox: &Path, token: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let has_token = |mail: &Vec<u8>| memmem::find(mail, token).is_some();
    if !mailbox.is_dir() {
        let all = read_end(mailbox)?;
        let mails = memmem::find_iter(&all, b"\nFrom ").chain([all.len()]);
        let mut start = 0;
        let mails = mails.map(|end| {
            let mail = all.get(start..end).unwrap_or_default().to_vec();
            start = end;
            mail
        });
        return Ok(mails.filter(has_token).last());
    }
    for folder in ["new", "cur"] {
        let entries = match fs::read_dir(mailbox.join(folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let mail = read_end(&entry?.path())?;
            if has_token(&mail) {
                return Ok(Some(mail));
            }
        }
    }
    Ok(None)
}

fn read_end(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = match File::open(path) {
        // A mail that was moved in between, or a mailbox that is yet to be made.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_MAIL)))?;
    let mut bytes = Vec::new();
    file.take(MAX_MAIL).read_to_end(&mut bytes)?;
    Ok(bytes)
}

async fn judge(settings: &Settings, mail: &[u8], sent: &Sent) -> Stage {
    let fail = |what: &str, todo: &str| Stage::fail("arrival", what, todo);
    if memmem::find(mail, sent.secret.as_bytes()).is_some() {
        return fail(
            "the test mail came in clear",
            "Postfix did not hand it to the gateway (`postfix reload` after a change), or the running gateway has another \
             policy (reload it: SIGHUP); see the mail's Received fields",
        );
    }
    let Some(envelope) = envelope_in(mail, &settings.portal.url) else {
        return fail(
            "the test mail came without an envelope",
            "something behind the gateway took message.html away: an attachment filter?",
        );
    };
    let envelope = envelope.unwrap_or_default();
    let Ok(Parsed::Complete(header)) = UnverifiedHeader::parse(&envelope) else {
        return fail(
            "the envelope in the test mail is damaged",
            "something behind the gateway changes mails: a footer, a rewriting filter, a line length limit?",
        );
    };
    let own = settings.keys.signing.verifying_key();
    let (signer, own_id) = (header.signing_key_id(), own.id());
    let own = TrustedGateway { key: own, domains: vec![DomainPattern::Any] };
    if header.verify(&TrustedGateways::new(vec![own])).is_err() {
        return fail(
            &format!("the test mail was sealed with the signing key {signer}, the settings have {own_id}"),
            "the running gateway has other settings: restart it; or another gateway stands in the way",
        );
    }
    opened_by_portal(settings, &envelope).await
}

/// Finds the envelope of a carrier mail: in the attachment, whatever that was encoded in on the way, or in the link.
fn envelope_in(mail: &[u8], portal: &str) -> Option<Result<Vec<u8>, OpenError>> {
    let message = MessageParser::new().parse(mail)?;
    let mut parts = message.parts.iter().map(MessagePart::contents);
    if let Some(part) = parts.find(|part| memmem::find(part, BEGIN.as_bytes()).is_some()) {
        let (mut text, mut envelope) = (TextDecoder::new(), Vec::new());
        return Some(text.push(part, &mut envelope).and_then(|()| text.finish()).map(|()| envelope));
    }
    let html = message.body_html(0)?;
    let (_, rest) = html.split_once(&format!("{portal}#"))?;
    let end = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    rest.split(end).next().map(decode_link)
}

/// Hands the envelope in as a reader does who has not signed in.
async fn opened_by_portal(settings: &Settings, envelope: &[u8]) -> Stage {
    const BOUNDARY: &str = "sealpost-doctor-boundary-9b1c6f2a";
    let mut form = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"envelope\"\r\n\r\n"
    )
    .into_bytes();
    form.extend_from_slice(envelope);
    form.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let url = format!("{}/open", settings.portal.url);
    match portal::post(&url, &format!("multipart/form-data; boundary={BOUNDARY}"), form).await {
        Err(error) => Stage::fail(
            "arrival",
            format!("{url} cannot be reached: {}", causes(&error)),
            "see the portal's log",
        ),
        Ok(answer) if answer.status == 200 => Stage::pass(
            "arrival",
            "it arrived sealed by our key, and the portal asks its reader for his proof",
        ),
        Ok(answer) => Stage::fail(
            "arrival",
            format!("the portal answers {} to the envelope of the test mail", answer.status),
            "see the portal's log: it names what is wrong with the envelope",
        ),
    }
}

#[cfg(test)]
mod tests {
    use encodify::base64::{MIME, URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn envelopes_are_found_in_attachments_and_links() {
        const PORTAL: &str = "https://portal.example.org";
        let octets = b"SEALPOST envelope".repeat(9);
        let text = format!("{BEGIN}\r\n{}\r\n-----END SEALPOST ENVELOPE-----\r\n", MIME.encode(&octets));
        let wrapped = MIME.encode(format!("<!DOCTYPE html>\r\n{text}\r\n"));
        let link = URL_SAFE_NO_PAD.encode(&octets);
        let attached = |head: &str, body: &str| {
            format!(
                "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
                 <a href=\"{PORTAL}\">\r\n--b\r\nContent-Type: text/html\r\n{head}\r\n{body}\r\n--b--\r\n"
            )
        };
        let linked =
            |end: &str| format!("Content-Type: text/html\r\n\r\n<a href=\"{PORTAL}#{link}{end}x</a>\r\n");
        for (mail, expected) in [
            (attached("", &text), Some(Some(octets.clone()))),
            (attached("Content-Transfer-Encoding: base64\r\n", &wrapped), Some(Some(octets.clone()))),
            (attached("", &text.replace("-----END", "END")), Some(None)),
            (linked("\">"), Some(Some(octets.clone()))),
            (linked("A\">"), Some(None)),
            (attached("", "an advertisement"), None),
            (format!("Subject: x\r\n\r\n{PORTAL}\r\n"), None),
        ] {
            assert_eq!(envelope_in(mail.as_bytes(), PORTAL).map(Result::ok), expected, "{mail}");
        }
    }
}
