//! The header section of a part: its fields, and their values made fit to show.

use mail_parser::parsers::MessageStream;
use mail_parser::{Address, DateTime, HeaderValue};

use jiff::Timestamp;
use sealpost_mime::section::Section;
use sealpost_mime::{charset, decode_words, rewrite_words};

use super::moment::{self, When};
use super::view::{Date, Mailbox};

/// Longest value of an unstructured field that is decoded.
const MAX_TEXT: usize = 16 << 10;
/// Longest address list that is parsed.
const MAX_ADDRESSES: usize = 64 << 10;
/// Longest text shown of one field, in characters.
const MAX_SHOWN: usize = 1000;

/// What a page shows of a header section.
pub(super) trait Shown {
    /// The text of the first field called `name`, encoded words decoded, made fit to show.
    fn text(&self, name: &str) -> Option<String>;
    /// The mailboxes of all fields called `name`, and whether the list was too long to be read whole.
    fn mailboxes(&self, name: &str) -> (Vec<Mailbox>, bool);
    /// The `Date` field.
    fn date(&self) -> Option<Date>;
}

impl Shown for Section<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let mut value = self.first(name)?;
        value.truncate(MAX_TEXT);
        Some(shown(&decode_words(&value).value))
    }

    fn mailboxes(&self, name: &str) -> (Vec<Mailbox>, bool) {
        let mut list = Vec::new();
        let mut budget = MAX_ADDRESSES;
        let mut cut = false;
        for mut value in self.all(name) {
            if value.len() > budget {
                cut = true;
                // Up to the last whole address.
                let end =
                    value.get(..budget).and_then(|v| v.iter().rposition(|b| *b == b',')).unwrap_or(budget);
                value.truncate(end);
            }
            budget = budget.saturating_sub(value.len());
            list.extend(addresses(&charset::header(&value).value));
        }
        (list, cut)
    }

    fn date(&self) -> Option<Date> {
        let written = self.text("date").filter(|text| !text.is_empty())?;
        let read = DateTime::parse_rfc822(&written).filter(DateTime::is_valid);
        let at = read.as_ref().and_then(|date| Timestamp::from_second(date.to_timestamp()).ok());
        let Some((date, at)) = read.zip(at) else {
            return Some(Date { written: When::Unread(written), utc: None, instant: None });
        };
        let minutes = i32::from(date.tz_hour) * 60 + i32::from(date.tz_minute);
        let offset = if date.tz_before_gmt { -60 * minutes } else { 60 * minutes };
        Some(Date {
            written: moment::at_offset(at, offset),
            utc: (offset != 0).then(|| moment::in_utc(at)),
            instant: Some(at.to_string()),
        })
    }
}

fn addresses(value: &str) -> Vec<Mailbox> {
    // The parser goes to the end of the line for the end of each encoded word, and wants a line end.
    let mut line = rewrite_words(value.as_bytes());
    line.push(b'\n');
    let HeaderValue::Address(parsed) = MessageStream::new(&line).parse_address() else {
        return Vec::new();
    };
    let mailbox = |addr: &mail_parser::Addr<'_>| Mailbox {
        name: addr.name.as_deref().map(shown).unwrap_or_default(),
        address: addr.address.as_deref().map(shown).unwrap_or_default(),
    };
    match &parsed {
        Address::List(list) => list.iter().map(mailbox).collect(),
        Address::Group(groups) => groups
            .iter()
            .flat_map(|group| {
                let name = group.name.as_deref().map(shown).filter(|name| !name.is_empty());
                let name = name.map(|name| Mailbox { name: format!("{name}:"), address: String::new() });
                name.into_iter().chain(group.addresses.iter().map(mailbox))
            })
            .collect(),
    }
}

/// Makes text from a header field fit to show: one line, without control characters and without those that change
/// the direction of what follows, of bounded length.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_SHOWN));
    let mut length = 0;
    for c in text.chars() {
        let c = match c {
            c if is_disguise(c) => continue,
            '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
            c if c.is_control() => continue,
            c => c,
        };
        if length == MAX_SHOWN {
            out.push('…');
            break;
        }
        length += 1;
        out.push(c);
    }
    out.trim().to_owned()
}

/// Invisible characters that reorder or hide others: direction marks, embeddings, overrides, isolates, zero widths.
pub(super) fn is_disguise(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(raw: &str) -> Section<'_> {
        Section::new(raw.as_bytes(), b'\n')
    }

    #[test]
    fn text_is_decoded_and_harmless() {
        for (raw, expected) in [
            ("Subject: =?utf-8?Q?gr=C3=BCn?= =?utf-8?B?w7Y=?= x", "grünö x"),
            ("Subject: gr\u{fc}n", "grün"),
            ("Subject: a\u{202E}b\u{0}c\u{2028}d\te", "abc d e"),
            ("Subject: =?utf-8?B?4oCuYQ==?=", "a"),
        ] {
            assert_eq!(section(raw).text("subject").as_deref(), Some(expected));
        }
        let long = format!("Subject: {}", "x".repeat(5000));
        assert_eq!(section(&long).text("subject").unwrap().chars().count(), MAX_SHOWN + 1);
    }

    #[test]
    fn mailboxes() {
        let mailbox = |name: &str, address: &str| Mailbox { name: name.into(), address: address.into() };
        let section = section(
            "To: A <a@x>, \"B, b\" <b@x>, c@x (C)\nTo: =?utf-8?Q?D=C3=A4?= <d@x>\nCc: g: e@x, f@x;\nBcc: undisclosed:;\n",
        );
        let expected =
            [mailbox("A", "a@x"), mailbox("B, b", "b@x"), mailbox("C", "c@x"), mailbox("Dä", "d@x")];
        assert_eq!(section.mailboxes("to"), (expected.to_vec(), false));
        let expected = [mailbox("g:", ""), mailbox("", "e@x"), mailbox("", "f@x")];
        assert_eq!(section.mailboxes("cc").0, expected);
    }

    #[test]
    fn address_lists_are_bounded() {
        let list = format!("To: {}\n", "abcdefgh@example.org, ".repeat(100_000));
        let (mailboxes, cut) = section(&list).mailboxes("to");
        assert!(
            cut && mailboxes.len() < 4000 && mailboxes.iter().all(|m| m.address == "abcdefgh@example.org")
        );
    }

    fn said(when: &When) -> String {
        crate::texts::Texts::ENGLISH.when(when)
    }

    #[test]
    fn dates() {
        let date = section("Date: Mon, 6 Jan 2025 00:30:00 +0100 (CET)").date().unwrap();
        assert_eq!(said(&date.written), "Monday, 6 January 2025, 00:30 (UTC+01:00)");
        assert_eq!(said(&date.utc.unwrap()), "Sunday, 5 January 2025, 23:30 (UTC)");
        assert_eq!(date.instant.as_deref(), Some("2025-01-05T23:30:00Z"));
        let date = section("Date: 6 Jan 2025 10:00 -0330").date().unwrap();
        assert_eq!(said(&date.written), "Monday, 6 January 2025, 10:00 (UTC-03:30)");
        let date = section("Date: 6 Jan 2025 10:00:00 GMT").date().unwrap();
        assert_eq!(said(&date.written), "Monday, 6 January 2025, 10:00 (UTC)");
        assert!(date.utc.is_none());
        assert_eq!(said(&section("Date: yesterday").date().unwrap().written), "yesterday");
        assert_eq!(section("Date: yesterday").date().unwrap().instant, None);
        assert_eq!(section("Date:").date(), None);
    }
}
