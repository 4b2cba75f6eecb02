//! Copies what threading and clients need of a mail's header section to its carrier mail, and nothing else.
//!
//! The rules stand in `gateway/README.md`. Fields are copied as raw bytes, so that encoded-words, folds and 8-bit bytes
//! stay as they were; what could break the carrier mail out of its lines (NUL, bare CR and LF, lines over 998 octets,
//! lines of white space only) is put right on the way.

use std::collections::HashSet;

use mail_builder::headers::{Header as _, text::Text};

use crate::parse::{Field, HeaderSection};

/// The longest line without its CRLF (RFC 5322, 2.1.1).
pub(super) const MAX_LINE: usize = 998;

/// Fields that are copied; of duplicates the first.
const ONCE: [&str; 19] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Subject",
    "Thread-Index",
    "Thread-Topic",
    "Auto-Submitted",
    "Precedence",
    "Importance",
    "Priority",
    "X-Priority",
    "Sensitivity",
    "X-Auto-Response-Suppress",
];

/// Fields that are copied however often they stand there: the trace, which loop detection counts.
const REPEATED: [&str; 7] = [
    "Received",
    "Resent-From",
    "Resent-Sender",
    "Resent-To",
    "Resent-Cc",
    "Resent-Date",
    "Resent-Message-ID",
];

/// Fields whose names begin so are copied, of duplicates the first: List-Id, List-Unsubscribe and their like.
const LIST_PREFIX: &str = "List-";

/// The longest name of such a field. One that needs a fold in its name would end the carrier mail's header section.
const MAX_LIST_NAME: usize = 76;

/// What the carrier mail's header section has that the mail's own may lack.
#[derive(Clone, Copy)]
pub(super) struct Replacements<'a> {
    /// The address for From where the mail names no author or its From cannot be read.
    pub(super) from: &'a str,
    /// The Message-ID without angle brackets, for mails without one.
    pub(super) message_id: &'a str,
    /// The Date, for mails without one.
    pub(super) date: &'a str,
    /// The Subject instead of the mail's own, if any.
    pub(super) subject: Option<&'a str>,
}

/// Writes the carrier mail's header section but for the MIME fields.
pub(super) fn copy(header: &HeaderSection<'_>, replacements: Replacements<'_>, out: &mut Vec<u8>) {
    let keep_from = header.author_domains().is_some();
    let has_message_id = header.message_id().is_some();
    let mut seen = HashSet::new();
    for field in header.fields() {
        let name = field.name().to_ascii_lowercase();
        let replaced = (name == "from" && !keep_from)
            || (name == "message-id" && !has_message_id)
            // Outlook's Thread-Topic is the Subject once more.
            || (matches!(name.as_str(), "subject" | "thread-topic") && replacements.subject.is_some());
        if replaced || !is_copied(field) || is_blank(field) {
            continue;
        }
        let first = seen.insert(name);
        if first || REPEATED.iter().any(|repeated| field.is(repeated)) {
            write_field(field, out);
        }
    }
    for (name, value) in [
        ("From", (!keep_from).then(|| replacements.from.to_owned())),
        ("Message-ID", (!has_message_id).then(|| format!("<{}>", replacements.message_id))),
        ("Date", (!seen.contains("date")).then(|| replacements.date.to_owned())),
    ] {
        if let Some(value) = value {
            out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
    }
    if let Some(subject) = replacements.subject {
        out.extend_from_slice(b"Subject: ");
        Text::new(subject).write_header(out, "Subject: ".len());
    }
}

fn is_copied(field: &Field<'_>) -> bool {
    let name = field.name();
    let is_list = name.len() <= MAX_LIST_NAME
        && name.get(..LIST_PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(LIST_PREFIX));
    is_list || ONCE.iter().chain(&REPEATED).any(|copied| field.is(copied))
}

/// Says whether the field says nothing. An empty Subject is a statement, an empty To a defect.
fn is_blank(field: &Field<'_>) -> bool {
    !field.is("Subject") && field.value().iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0)
}

/// Writes one field line by line.
fn write_field(field: &Field<'_>, out: &mut Vec<u8>) {
    let mut lines = field.lines();
    let mut first = [field.name().as_bytes(), b":"].concat();
    first.extend(lines.next().unwrap_or_default().iter().filter(|byte| **byte != 0));
    write_line(&first, out);
    for line in lines {
        // A line of white space only is taken for the end of the header section by some.
        if line.iter().all(|byte| is_white_space(*byte) || *byte == 0) {
            continue;
        }
        let clean: Vec<u8> = line.iter().copied().filter(|byte| *byte != 0).collect();
        write_line(&clean, out);
    }
}

/// Writes one line, folded where it is too long: before white space, or else anywhere.
fn write_line(line: &[u8], out: &mut Vec<u8>) {
    let mut rest = line;
    while rest.len() > MAX_LINE {
        // Of a run of white space at the start one is enough; all of it could fill a line.
        let run = rest.iter().take_while(|byte| is_white_space(**byte)).count();
        rest = rest.get(run.saturating_sub(1)..).unwrap_or_default();
        let at = fold_at(rest);
        let (head, tail) = rest.split_at(at.min(rest.len()));
        out.extend_from_slice(head);
        rest = tail;
        if rest.iter().all(|byte| is_white_space(*byte)) {
            break;
        }
        out.extend_from_slice(b"\r\n");
        if !rest.first().is_some_and(|byte| is_white_space(*byte)) {
            out.push(b' ');
        }
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(b"\r\n");
}

/// Finds the last white space in the line that has text before it, or else a place between two characters; one octet of
/// room is left for a space put in front.
fn fold_at(line: &[u8]) -> usize {
    let reach = line.get(..MAX_LINE).unwrap_or(line);
    let text_starts = reach.iter().position(|byte| !is_white_space(*byte)).unwrap_or(reach.len());
    let white_space = reach.iter().rposition(|byte| is_white_space(*byte)).filter(|at| *at > text_starts);
    let in_character = |at: usize| line.get(at).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000);
    let between = || (MAX_LINE - 8..MAX_LINE).rev().find(|at| !in_character(*at)).unwrap_or(MAX_LINE - 1);
    white_space.unwrap_or_else(between)
}

fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLACEMENTS: Replacements<'_> = Replacements {
        from: "sender@example.org",
        message_id: "new@gateway.example.org",
        date: "Sun, 22 Nov 2026 12:00:00 +0000",
        subject: None,
    };

    fn copied(mail: &[u8], replacements: Replacements<'_>) -> String {
        let mut out = Vec::new();
        copy(&HeaderSection::parse(mail), replacements, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    const REST: &str = "Message-ID: <new@gateway.example.org>\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n";

    #[test]
    fn copies_by_the_list() {
        let mail = "Received: from a\r\n by b; now\r\nreceived: from c by d; now\r\nReturn-Path: <x@y.example>\r\n\
            DKIM-Signature: v=1\r\nARC-Seal: i=1\r\nAuthentication-Results: x\r\nFrom: Alice <a@example.org>\r\n\
            To: b@example.net\r\nTo: c@example.net\r\nBcc: hidden@example.net\r\nCc: d@example.net\r\nSUBJECT: Hello\r\n\
            Date: Sun, 22 Nov 2026 11:00:00 +0000\r\nMessage-Id: <m@example.org>\r\nIn-Reply-To: <n@example.org>\r\n\
            References: <n@example.org>\r\nList-Id: <l.example.org>\r\nlist-unsubscribe: <mailto:u@example.org>\r\n\
            Resent-Bcc: h@example.net\r\nResent-To: e@example.net\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n\
            Content-Language: en\r\nX-Mailer: x\r\nAutocrypt: k\r\nThread-Topic: Hello\r\nComments: x\r\n\r\nbody";
        let expected = "Received: from a\r\n by b; now\r\nreceived: from c by d; now\r\nFrom: Alice <a@example.org>\r\n\
            To: b@example.net\r\nCc: d@example.net\r\nSUBJECT: Hello\r\nDate: Sun, 22 Nov 2026 11:00:00 +0000\r\n\
            Message-Id: <m@example.org>\r\nIn-Reply-To: <n@example.org>\r\nReferences: <n@example.org>\r\n\
            List-Id: <l.example.org>\r\nlist-unsubscribe: <mailto:u@example.org>\r\nResent-To: e@example.net\r\n\
            Thread-Topic: Hello\r\n";
        assert_eq!(copied(mail.as_bytes(), REPLACEMENTS), expected);
    }

    #[test]
    fn puts_what_is_missing() {
        let from = "From: sender@example.org\r\n";
        for (mail, expected) in [
            ("To: b@example.net\r\n\r\n", format!("To: b@example.net\r\n{from}{REST}")),
            ("", format!("{from}{REST}")),
            ("body only", format!("{from}{REST}")),
            ("From: a@example.org\r\nFrom: b@example.org\r\n\r\n", format!("{from}{REST}")),
            ("From: nobody\r\n\r\n", format!("{from}{REST}")),
            (
                "From: a@example.org, b@example.org\r\n\r\n",
                format!("From: a@example.org, b@example.org\r\n{REST}"),
            ),
            ("From: \"a<b\"@example.org\r\n\r\n", format!("From: \"a<b\"@example.org\r\n{REST}")),
            ("From: a@example.org\r\nTo: \r\nCc:\r\n\r\n", format!("From: a@example.org\r\n{REST}")),
            ("From: a@example.org\r\nMessage-ID: <>\r\n\r\n", format!("From: a@example.org\r\n{REST}")),
            (
                "From: a@example.org\r\nSubject: \r\n\r\n",
                format!("From: a@example.org\r\nSubject: \r\n{REST}"),
            ),
        ] {
            assert_eq!(copied(mail.as_bytes(), REPLACEMENTS), expected, "{mail:?}");
        }
    }

    #[test]
    fn replaces_the_subject() {
        let mail =
            b"From: a@example.org\r\nSubject: secret\r\nSubject: secret\r\nThread-Topic: secret\r\n\r\n";
        let replaced = copied(mail, Replacements { subject: Some("Geschützte Nachricht"), ..REPLACEMENTS });
        assert!(!replaced.contains("secret"));
        assert!(replaced.ends_with("Subject: =?utf-8?Q?Gesch=C3=BCtzte_Nachricht?=\r\n"), "{replaced}");
    }

    #[test]
    fn puts_lines_right() {
        let rest = format!("From: sender@example.org\r\n{REST}");
        for (mail, expected) in [
            (&b"Subject: a\0b\r\n\r\n"[..], "Subject: ab\r\n"),
            (b"Subject: a\n b\r\n\r\n", "Subject: a\r\n b\r\n"),
            (b"Subject: a\r b\r\n\r\n", "Subject: a\r\n b\r\n"),
            (b"Subject: a\rBcc: x@y.example\r\n\r\n", "Subject: a\r\n"),
            (b"Subject: a\r\n \r\n\t\r\n b\r\n\r\n", "Subject: a\r\n b\r\n"),
            (b"Subject :a\r\n\r\n", "Subject:a\r\n"),
        ] {
            assert_eq!(copied(mail, REPLACEMENTS), format!("{expected}{rest}"), "{mail:?}");
        }
    }

    #[test]
    fn an_endless_field_name_does_not_end_the_header_section() {
        let mail = format!("List-{}: x\r\nSubject: y\r\n\r\n", "x".repeat(2000));
        let rest = format!("From: sender@example.org\r\n{REST}");
        assert_eq!(copied(mail.as_bytes(), REPLACEMENTS), format!("Subject: y\r\n{rest}"));
    }

    #[test]
    fn folds_long_lines() {
        let words = "word ".repeat(500);
        let token = "x".repeat(3000);
        let umlauts = "ü".repeat(1500);
        let blanks = format!("a{}b", " ".repeat(3000));
        let led = format!(" {token}");
        for value in [&words, &token, &umlauts, &blanks, &led] {
            let mail = format!("Subject: {value}\r\n\r\n");
            let folded = copied(mail.as_bytes(), REPLACEMENTS);
            for line in folded.split("\r\n") {
                assert!(line.len() <= MAX_LINE, "{} octets", line.len());
                assert!(line.is_empty() || !line.trim().is_empty(), "a blank line in {folded:?}");
            }
            let kept: String = folded.split("From:").next().unwrap().split_whitespace().collect();
            assert_eq!(kept, format!("Subject:{value}").split_whitespace().collect::<String>());
        }
    }
}
