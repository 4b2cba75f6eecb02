//! Makes the mail of an answer.
//!
//! Everything foreign in it has been read by a parser of ours before: addresses and Message-IDs are plain, names, subject and
//! file names are encoded where they are more, media types are a type and a subtype or replaced.

use mail_builder::{
    MessageBuilder,
    headers::{address::Address, content_type::ContentType, message_id::MessageId, raw::Raw},
    mime::MimePart,
};
use sealpost_common::answer::{SEAL_FIELD, SEAL_OUTSIDE};

use super::{
    original::WholeMail,
    participants::{Participants, Party},
    thread::Thread,
};
use crate::{receive::UploadedFile, render};

/// Longest display name that is written, in characters.
const MAX_NAME: usize = 100;
/// The type of files of which nothing else is known.
const SOME_FILE: &str = "application/octet-stream";

/// What goes into the mail.
pub struct Ingredients<'i> {
    /// Who writes, and to whom.
    pub participants: &'i Participants,
    /// The conversation.
    pub thread: &'i Thread,
    /// The mailbox of the organisation that the answer comes from.
    pub from: &'i Party,
    /// Without its angle brackets.
    pub message_id: &'i str,
    /// Seconds since 1970.
    pub date: u64,
    /// The subject as it was typed.
    pub subject: &'i str,
    /// The text as it was typed.
    pub text: &'i str,
    /// The files as they were uploaded.
    pub files: &'i [UploadedFile],
    /// The mail that goes along as a file.
    pub whole: Option<&'i WholeMail>,
}

/// Makes the mail; every line of it ends in CRLF.
#[must_use]
pub fn compose(ingredients: &Ingredients<'_>) -> Vec<u8> {
    let Ingredients { participants, thread, from, message_id, date, subject, .. } = ingredients;
    let reader = &participants.reader;
    let via = format!("{} via {}", reader.called(), from.called());
    let mut builder = MessageBuilder::new()
        .header(SEAL_FIELD, Raw::new(SEAL_OUTSIDE))
        .from(address(&via, &from.address))
        .reply_to(address(&reader.name, &reader.address))
        .to(list(&participants.to));
    if !participants.cc.is_empty() {
        builder = builder.cc(list(&participants.cc));
    }
    builder = builder
        .subject(render::fit_to_show(subject))
        .date(i64::try_from(*date).unwrap_or(i64::MAX))
        .message_id(*message_id);
    if let Some(parent) = &thread.in_reply_to {
        builder = builder.in_reply_to(parent.as_str());
    }
    if !thread.references.is_empty() {
        builder = builder.references(MessageId::new_list(thread.references.iter().map(String::as_str)));
    }
    let mut mail = Vec::new();
    builder.body(body(ingredients)).serialize(&mut mail);
    mail
}

/// The size of the mail, or a little more.
#[must_use]
pub(super) fn estimate(text: usize, files: u64, whole: usize) -> u64 {
    // Base64 in lines is 1.37 times as long, quoted-printable at most three times.
    (text as u64) * 3 + (files + whole as u64) * 7 / 5 + 64 * 1024
}

fn body<'i>(ingredients: &Ingredients<'i>) -> MimePart<'i> {
    let text = MimePart::new("text/plain", clean_text(ingredients.text));
    let mut parts = vec![text];
    parts.extend(ingredients.whole.map(whole));
    parts.extend(ingredients.files.iter().map(file));
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            MimePart::new("multipart/mixed", parts)
        }
    }
}

fn file(file: &UploadedFile) -> MimePart<'_> {
    let name = render::safe_file_name(&file.name).unwrap_or_else(|| "file".to_owned());
    let media_type = media_type(&file.media_type);
    // A text would have its line ends changed on the way; all other types are written so by the library.
    if media_type.starts_with("text/") {
        let encoded = encodify::base64::MIME.encode(&file.bytes).into_bytes();
        return MimePart::new(ContentType::new(media_type), encoded)
            .transfer_encoding("base64")
            .attachment(name);
    }
    MimePart::new(ContentType::new(media_type), file.bytes.as_slice()).attachment(name)
}

fn whole(whole: &WholeMail) -> MimePart<'_> {
    let bytes = whole.bytes.as_slice();
    let name = whole.name.clone();
    if whole.is_plain() {
        return MimePart::new(ContentType::new("message/rfc822"), bytes)
            .transfer_encoding("7bit")
            .attachment(name);
    }
    MimePart::new(ContentType::new(SOME_FILE), bytes).attachment(name)
}

/// The media type that the browser gave, if it looks like one of a file. Those of mails and of parts in parts are not for files.
fn media_type(given: &str) -> String {
    let given = given.to_ascii_lowercase();
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-+._".contains(&byte))
    };
    let is_type = given.split_once('/').is_some_and(|(kind, subtype)| {
        is_name(kind) && is_name(subtype) && !matches!(kind, "message" | "multipart")
    });
    if is_type { given } else { SOME_FILE.to_owned() }
}

/// The text with line ends of one kind and without control characters.
fn clean_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    for line in unified.split('\n') {
        out.extend(line.chars().filter(|c| *c == '\t' || !c.is_control()));
        out.push_str("\r\n");
    }
    out
}

fn address<'a>(name: &str, address: &'a str) -> Address<'a> {
    let name: String = render::fit_to_show(name).chars().take(MAX_NAME).collect();
    Address::new_address(Some(name).filter(|name| !name.is_empty()), address)
}

fn list(parties: &[Party]) -> Address<'_> {
    Address::new_list(parties.iter().map(|party| address(&party.name, &party.address)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sealpost_mime::structure::{Structure, head};
    use zeroize::Zeroizing;

    use super::*;
    use crate::receive::Way;

    const MAIL: &str = "From: Alice <alice@example.org>\r\nTo: \"Bob B.\" <bob@example.net>\r\nCc: =?utf-8?Q?D=C3=A4?= <d@example.com>\r\n\
        Message-ID: <m@example.org>\r\nSubject: x\r\n\r\nbody";

    fn made(mail: &str, subject: &str, text: &str, files: &[UploadedFile]) -> Vec<u8> {
        let participants = Participants::of(mail.as_bytes(), "bob@example.net", Way::ReplyAll).unwrap();
        compose(&Ingredients {
            participants: &participants,
            thread: &Thread::of(mail.as_bytes()),
            from: &Party::new("Example", "answers@example.org").unwrap(),
            message_id: "abc@portal.example.org",
            date: 1_795_000_000,
            subject,
            text,
            files,
            whole: None,
        })
    }

    fn upload(name: &str, media_type: &str, bytes: &[u8]) -> UploadedFile {
        UploadedFile {
            name: name.into(),
            media_type: media_type.into(),
            bytes: Zeroizing::new(bytes.to_vec()),
        }
    }

    /// The names of the fields in the header section, in their order.
    fn fields(mail: &[u8]) -> Vec<String> {
        let text = String::from_utf8(mail.to_vec()).unwrap();
        let section = text.split_once("\r\n\r\n").unwrap().0.to_owned();
        let lines = section.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        lines.map(|line| line.split_once(':').unwrap().0.to_owned()).collect()
    }

    const FIELDS: [&str; 12] = [
        "Sealpost-Seal",
        "From",
        "Reply-To",
        "To",
        "Cc",
        "Subject",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "References",
        "MIME-Version",
        "Content-Type",
    ];

    #[test]
    fn an_answer_says_who_writes_and_what_to() {
        let mail = made(MAIL, "Re: x", "Yes.\nNo", &[]);
        let header = head(&mail);
        let field = |name: &str| String::from_utf8(header.first(name).unwrap()).unwrap();
        assert_eq!(field("from"), "\"Bob B. via Example\" <answers@example.org>");
        assert_eq!(field("reply-to"), "\"Bob B.\" <bob@example.net>");
        assert_eq!(field("to"), "\"Alice\" <alice@example.org>");
        assert!(field("cc").ends_with("<d@example.com>") && field("cc").starts_with("=?utf-8?"));
        assert_eq!(field("in-reply-to"), "<m@example.org>");
        assert_eq!(field("references"), "<m@example.org>");
        assert_eq!(field("message-id"), "<abc@portal.example.org>");
        assert_eq!(field("sealpost-seal"), "outside");
        assert!(field("date").contains("2026"));
        assert!(header.first("auto-submitted").is_none() && header.first("bcc").is_none());
        assert!(String::from_utf8(mail).unwrap().ends_with("\r\n\r\nYes.\r\nNo\r\n"));
    }

    #[test]
    fn media_types_are_types_or_replaced() {
        for (given, expected) in [
            ("application/pdf", "application/pdf"),
            ("Image/PNG", "image/png"),
            (
                "application/vnd.ms-excel.sheet.macroEnabled.12",
                "application/vnd.ms-excel.sheet.macroenabled.12",
            ),
            ("text/csv", "text/csv"),
            ("message/rfc822", SOME_FILE),
            ("multipart/mixed; boundary=x", SOME_FILE),
            ("application/pdf; name=x", SOME_FILE),
            ("application/pdf\r\nX: y", SOME_FILE),
            ("a/b/c", SOME_FILE),
            ("", SOME_FILE),
        ] {
            assert_eq!(media_type(given), expected, "{given:?}");
        }
    }

    #[test]
    fn nothing_typed_or_uploaded_breaks_out_of_its_place() {
        let evil = "x\r\nBcc: eve@evil.example\r\n\r\nbody\0\u{2028}";
        let name = "From: Alice\" <eve@evil.example>\r\nX: y <alice@example.org>\r\nTo: =?utf-8?Q?a=0D=0ABcc:=20eve@evil.example?= <c@example.com>\r\nCc: d@example.com\r\nMessage-ID: <m@example.org>\r\n\r\n";
        for mail in [MAIL, name] {
            let mail = made(mail, evil, evil, &[upload(&format!("{evil}.txt"), evil, b"\r\n.\r\nQUIT\r\n")]);
            assert_eq!(fields(&mail), FIELDS);
            let structure = Structure::of(&mail).unwrap();
            assert_eq!(structure.parts.len(), 3);
            assert!(head(&mail).all("bcc").next().is_none());
            assert!(!mail.contains(&0));
            for line in mail.split(|byte| *byte == b'\n') {
                assert!(line.is_empty() || line.ends_with(b"\r"), "every line ends in CRLF");
                assert!(line.len() <= 999 && !line.starts_with(b".\r"));
            }
        }
    }

    proptest! {
        #[test]
        fn no_input_adds_a_field_or_a_part(subject in ".{0,200}", text in "(?s).{0,300}", name in "(?s).{0,60}", media_type in ".{0,40}", display in ".{0,80}") {
            let original = format!("{}\r\n\r\nx", MAIL.split_once("\r\n\r\n").unwrap().0.replace("Bob B.", &display.replace(['"', '\\', '\r', '\n'], "")));
            let mail = made(&original, &subject, &text, &[upload(&name, &media_type, text.as_bytes())]);
            prop_assert!(mail.is_ascii());
            let mut found = fields(&mail);
            // A display name that looks like syntax may make one more or less of a recipient, never a field.
            found.retain(|name| name != "Cc");
            prop_assert_eq!(found, FIELDS.iter().filter(|name| **name != "Cc").copied().collect::<Vec<_>>());
            let structure = Structure::of(&mail).unwrap();
            prop_assert_eq!(structure.parts.len(), 3);
            prop_assert_eq!(&*sealpost_mime::transfer::decode(&structure.parts[2]).value, text.as_bytes());
        }
    }
}
