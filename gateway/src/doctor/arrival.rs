//! Stage `arrival`: did the test mail arrive sealed, by our key, and does the portal take it?
//!
//! The portal asks for the reader's proof only once the signature is verified, the grant unwrapped and the payload compared
//! with its digest. What comes after the proof is the stage `opened`.

use mail_parser::{MessageParser, MessagePart};
use memchr::memmem;
use sealpost_common::{
    address::DomainPattern,
    armor::{BEGIN, TextDecoder, decode_link},
    envelope::{Parsed, UnverifiedHeader},
    error::OpenError,
    keys::{TrustedGateway, TrustedGateways},
};

use super::{Fault, Stage, Wishes, mail::Sent, mailbox, reader::Reader};
use crate::{config::Settings, error::causes};

/// Gives the envelope, too, once the portal has taken it.
pub(super) async fn examine(
    settings: &Settings,
    wishes: &Wishes,
    sent: Option<&Sent>,
) -> (Stage, Option<Vec<u8>>) {
    let Some(sent) = sent else { return (Stage::skip("arrival", "no test mail was sent"), None) };
    let mail = match wait_for(settings, wishes, sent).await {
        Ok(mail) => mail,
        Err(stage) => return (stage, None),
    };
    let envelope = match envelope_of(settings, &mail, sent) {
        Ok(envelope) => envelope,
        Err(fault) => return (Stage::of("arrival", vec![fault], ""), None),
    };
    let stage = taken_by_portal(settings, &envelope).await;
    let envelope = (!stage.has_failed()).then_some(envelope);
    (stage, envelope)
}

/// Waits for the test mail in the mailbox, if one is named.
async fn wait_for(settings: &Settings, wishes: &Wishes, sent: &Sent) -> Result<Vec<u8>, Stage> {
    let Some(path) = &wishes.mailbox else {
        return Err(Stage::skip(
            "arrival",
            format!(
                "no --mailbox PATH: look yourself for the mail with the Message-ID doctor.{}@{}; it must not be readable as it is",
                sent.token, settings.limits.hostname
            ),
        ));
    };
    let has_token = |mail: &[u8]| memmem::find(mail, sent.token.as_bytes()).map(|_| mail.to_vec());
    match mailbox::wait_for(path, wishes.wait, has_token).await {
        Ok(Some(mail)) => Ok(mail),
        Ok(None) => Err(Stage::fail(
            "arrival",
            format!("the test mail did not come to {} within {} s", path.display(), wishes.wait.as_secs()),
            "see Postfix's log and queue (`postqueue -p`) and the gateway's log; the mailbox may be another",
        )),
        Err(error) => Err(Stage::fail(
            "arrival",
            format!("{} cannot be read: {error}", path.display()),
            "run the doctor as a user who may read it",
        )),
    }
}

/// Gives the envelope of the test mail, if it is one of our own.
fn envelope_of(settings: &Settings, mail: &[u8], sent: &Sent) -> Result<Vec<u8>, Fault> {
    let fail = |what: &str, todo: &str| Err(Fault::new(what, todo));
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
    Ok(envelope)
}

/// Finds the envelope of a carrier mail: in the attachment, whatever that was encoded in on the way, or in the link.
pub(super) fn envelope_in(mail: &[u8], portal: &str) -> Option<Result<Vec<u8>, OpenError>> {
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
async fn taken_by_portal(settings: &Settings, envelope: &[u8]) -> Stage {
    let portal = &settings.portal.url;
    match Reader::new(portal, envelope).press("/open", &[]).await {
        Err(error) => Stage::fail(
            "arrival",
            format!("{portal} cannot be reached: {}", causes(&error)),
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
