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

use memchr::memmem;
use sealpost_common::{
    address::DomainPattern,
    armor::TextDecoder,
    envelope::{Parsed, UnverifiedHeader},
    keys::{TrustedGateway, TrustedGateways},
};
use tokio::time::{Instant, sleep};

use super::{Stage, Wishes, mail::Sent, portal};
use crate::config::Settings;

/// How often the mailbox is looked at.
const PAUSE: Duration = Duration::from_millis(250);

/// The most bytes of a mail that are looked at, and of the end of an mbox.
const MAX_MAIL: u64 = 4 << 20;

/// The start of the text form of an envelope.
const BEGIN: &[u8] = b"-----BEGIN SEALPOST ENVELOPE-----";

pub(super) async fn examine(settings: &Settings, wishes: &Wishes, sent: Option<Sent>) -> Stage {
    let Some(sent) = sent else { return Stage::skip("arrival", "no test mail was sent") };
    let Some(mailbox) = &wishes.mailbox else {
        return Stage::skip(
            "arrival",
            format!(
                "no --mailbox PATH: look yourself for the mail doctor.{}@{}; it must hold a button and message.html",
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
    if memmem::find(mail, BEGIN).is_none() {
        return fail(
            "the test mail came without an envelope",
            "something behind the gateway took message.html away: an attachment filter?",
        );
    }
    let (mut text, mut envelope) = (TextDecoder::new(), Vec::new());
    let decoded = text.push(mail, &mut envelope).and_then(|()| text.finish());
    let Ok(Parsed::Complete(header)) = decoded.and_then(|()| UnverifiedHeader::parse(&envelope)) else {
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
            format!("{url} cannot be reached: {}", portal::causes(&error)),
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
