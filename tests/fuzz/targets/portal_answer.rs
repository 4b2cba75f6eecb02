//! Whatever a mail, a form and a list of addresses hold: the answer to it has just the header fields that it is to have, goes to
//! addresses only, and is in lines that every server takes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sealpost_mime::structure::head;
use sealpost_portal::{
    answer::{ForwardTo, Ingredients, Participants, Party, Thread, compose},
    receive::{UploadedFile, Way},
    render,
};

const FIELDS: [&str; 13] = [
    "Sealpost-Seal", "From", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
];

fuzz_target!(|input: (&[u8], &str, &str, &str, &[u8])| {
    let (mail, typed, text, name, file) = input;
    let from = Party::new("Example", "answers@example.org").expect("an address");
    let thread = Thread::of(mail);
    let quoted = render::plain_text(mail, 4096).0;
    assert!(quoted.len() <= 4096);
    for way in [Way::Reply, Way::ReplyAll, Way::Forward] {
        let Some(mut participants) = Participants::of(mail, "bob@example.net", way) else { continue };
        if way == Way::Forward && participants.pass_on_to(typed, ForwardTo::Anyone).is_err() {
            continue;
        }
        for party in participants.envelope(true) {
            let is_bad = |c: char| c.is_control() || matches!(c, '<' | '>');
            assert!(!party.address.contains(is_bad) || party.address.starts_with('"'));
            assert!(!party.address.contains(['\r', '\n', '\0']));
        }
        let file = UploadedFile { name: name.into(), media_type: typed.into(), bytes: file.to_vec().into() };
        let made = compose(&Ingredients {
            participants: &participants,
            thread: &thread,
            from: &from,
            message_id: "abc@portal.example.org",
            date: 0,
            subject: typed,
            text,
            files: &[file],
            whole: None,
        });
        check(&made);
    }
});

fn check(mail: &[u8]) {
    let end = mail.windows(4).position(|window| window == b"\r\n\r\n").expect("a header section");
    let section = mail.get(..end).unwrap_or_default();
    for line in section.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(!line.contains(&b'\r') && line.len() <= 998);
        if !matches!(line.first(), Some(b' ' | b'\t')) {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            assert!(FIELDS.iter().any(|field| field.as_bytes() == name));
        }
    }
    for name in FIELDS {
        assert!(head(mail).all(name).count() <= 1, "{name}");
    }
}
