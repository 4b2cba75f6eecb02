//! Reads what policy and carrier need of a mail: its header section, nothing below it.
//!
//! The mail may be malformed in any way; nothing here fails. What cannot be read is said to be so
//! ([`HeaderSection::is_defective`], [`Text::is_exact`], [`Authors::Unreadable`]) and the stages behind
//! decide on the safe side. Splitting into fields is done here and strictly, so that the bytes that the carrier copies are the
//! bytes that policy looked at; text is decoded as the portal does it, addresses are read by `mail-parser`. Bodies are left to
//! [`content`](crate::content).

use std::{borrow::Cow, ops::Range};

use mail_parser::{HeaderValue, parsers::MessageStream};
use sealpost_common::address::Address;
use sealpost_mime::{decode_words, rewrite_words};

/// Bytes of a header section that are looked at; Postfix itself cuts far below (`header_size_limit`).
const MAX_HEADER_BYTES: usize = 2 * 1024 * 1024;
/// Fields of a header section that are looked at.
const MAX_FIELDS: usize = 10_000;
/// Bytes of a value that are decoded; as many as Postfix takes for one field (`header_size_limit`).
const MAX_VALUE_BYTES: usize = 102_400;

/// Fields that a hop puts in front of a mail.
const TRACE: [&str; 4] = ["Received", "Return-Path", "Delivered-To", "X-Original-To"];

/// The header section of a mail, split into its fields.
///
/// It ends at the first empty line, or at the first line that is neither a field nor a continuation, as in Postfix: text
/// behind such a line is body and must not be taken for a header field.
#[derive(Clone)]
pub struct HeaderSection<'m> {
    fields: Vec<Field<'m>>,
    defective: bool,
}

/// One header field: a name and the raw bytes of its value.
#[derive(Clone, Copy)]
pub struct Field<'m> {
    offset: usize,
    end: usize,
    name: &'m str,
    value: &'m [u8],
}

/// A field whose last line may not have come yet.
struct OpenField<'m> {
    offset: usize,
    name: &'m str,
    value_start: usize,
    end: usize,
}

/// A decoded value and whether decoding lost nothing.
pub struct Text {
    text: String,
    exact: bool,
}

/// A display name, if there is one, and an address.
#[derive(Clone)]
pub struct Mailbox {
    /// The decoded display name.
    pub name: Option<String>,
    /// The address.
    pub address: Address,
}

/// Who the From fields say wrote the mail.
#[derive(Clone)]
pub enum Authors {
    /// There is no From field.
    None,
    /// Exactly one From field with exactly one address.
    One(Mailbox),
    /// Several addresses, in one field or in several fields.
    Several(Vec<Mailbox>),
    /// There is a From field, but not all of it is addresses.
    Unreadable,
}

impl<'m> HeaderSection<'m> {
    /// Splits the header section off the mail and into fields.
    #[must_use]
    pub fn parse(mail: &'m [u8]) -> Self {
        let mut section = Self { fields: Vec::new(), defective: false };
        let mut lines = Lines { rest: mail.get(..MAX_HEADER_BYTES).unwrap_or(mail), offset: 0 };
        // The line that mbox files and `sendmail` pipes put in front.
        if mail.starts_with(b"From ") || mail.starts_with(b">From ") {
            lines.next();
        }
        section.read(mail, lines);
        section.defective |= section.fields.is_empty();
        section
    }

    fn read(&mut self, mail: &'m [u8], mut lines: Lines<'m>) {
        let mut open: Option<OpenField<'m>> = None;
        for (start, line) in lines.by_ref() {
            let end = start + line.len();
            match line.first() {
                None => {
                    self.close(mail, open.as_ref());
                    return;
                }
                Some(b' ' | b'\t') => match &mut open {
                    Some(field) => field.end = end,
                    None => self.defective = true,
                },
                Some(_) => {
                    self.close(mail, open.take().as_ref());
                    let Some((name, value_start)) =
                        field_name(line).filter(|_| self.fields.len() < MAX_FIELDS)
                    else {
                        self.defective = true;
                        return;
                    };
                    open = Some(OpenField { offset: start, name, value_start: start + value_start, end });
                }
            }
        }
        // No empty line: a mail without body, unless we stopped early.
        self.close(mail, open.as_ref());
        self.defective |= lines.offset < mail.len();
    }

    fn close(&mut self, mail: &'m [u8], open: Option<&OpenField<'m>>) {
        if let Some(&OpenField { offset, name, value_start, end }) = open {
            let value = mail.get(value_start..end).unwrap_or_default();
            let line_end = mail.get(end..).unwrap_or_default();
            let end = end + if line_end.starts_with(b"\r\n") { 2 } else { line_end.len().min(1) };
            self.fields.push(Field { offset, end, name, value });
        }
    }

    /// Gives all fields in their order.
    #[must_use]
    pub fn fields(&self) -> &[Field<'m>] {
        &self.fields
    }

    /// Gives all fields of this name (ASCII case-insensitive) in their order.
    pub fn named<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Field<'m>> + 's {
        self.fields.iter().filter(move |field| field.is(name))
    }

    /// Says whether the section is not what RFC 5322 calls one, so that other programs may read other fields in it.
    #[must_use]
    pub fn is_defective(&self) -> bool {
        self.defective
    }

    /// Counts the Received fields, that is the hops so far.
    #[must_use]
    pub fn hops(&self) -> usize {
        self.named("Received").count()
    }

    /// Gives where in the mail its own fields begin, behind those that each hop puts in front; `None` when it has none.
    #[must_use]
    pub fn after_trace(&self) -> Option<usize> {
        let is_trace = |field: &&Field<'_>| TRACE.iter().any(|name| field.is(name));
        self.fields.iter().find(|field| !is_trace(field)).map(|field| field.offset)
    }

    /// Reads who wrote the mail from all From fields.
    #[must_use]
    pub fn authors(&self) -> Authors {
        let mut mailboxes = Vec::new();
        let mut fields = self.named("From").peekable();
        if fields.peek().is_none() {
            return Authors::None;
        }
        for field in fields {
            match field.mailboxes() {
                Some(read) => mailboxes.extend(read),
                None => return Authors::Unreadable,
            }
        }
        match <[Mailbox; 1]>::try_from(mailboxes) {
            Ok([mailbox]) => Authors::One(mailbox),
            Err(mailboxes) if mailboxes.is_empty() => Authors::Unreadable,
            Err(mailboxes) => Authors::Several(mailboxes),
        }
    }

    /// Gives the domains of the authors, at least one, or `None` when there is no From field, or more than one, or when it
    /// cannot be read.
    #[must_use]
    pub fn author_domains(&self) -> Option<Vec<String>> {
        let mut fields = self.named("From");
        let from = fields.next().filter(|_| fields.next().is_none())?;
        from.domains().filter(|domains| !domains.is_empty())
    }

    /// Gives the first Message-ID without its angle brackets, or `None` when there is none worth the name.
    #[must_use]
    pub fn message_id(&self) -> Option<String> {
        let field = self.named("Message-ID").next().filter(|field| !field.is_too_long())?;
        let value = String::from_utf8_lossy(field.value());
        let inner = match value.split_once('<') {
            Some((_, after)) => after.split_once('>').map_or(after, |(id, _)| id),
            None => &*value,
        };
        let id: String = inner.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        (!id.is_empty()).then_some(id)
    }
}

impl Field<'_> {
    /// Gives the name as written.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name
    }

    /// Says whether the field has this name (ASCII case-insensitive).
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Says where in the mail the field stands, its last line end included.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.offset..self.end
    }

    /// Gives the raw value with its folds, without the last line end.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        self.value
    }

    /// Gives the lines of the raw value.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        Lines { rest: self.value, offset: 0 }.map(|(_, line)| line)
    }

    /// Says whether the value is not decoded whole.
    fn is_too_long(&self) -> bool {
        self.value.len() > MAX_VALUE_BYTES
    }

    /// Gives the beginning of the value on one line, folds undone: all of it where it is not too long.
    fn unfolded(&self) -> Cow<'_, [u8]> {
        let value = self.value.get(..MAX_VALUE_BYTES).unwrap_or(self.value);
        if memchr::memchr2(b'\r', b'\n', value).is_none() {
            return Cow::Borrowed(value);
        }
        Cow::Owned(Lines { rest: value, offset: 0 }.flat_map(|(_, line)| line).copied().collect())
    }

    /// Decodes the value as unstructured text, encoded-words included. Of one that is too long this is the beginning.
    #[must_use]
    pub fn text(&self) -> Text {
        let decoded = decode_words(&self.unfolded());
        // A fold may begin with a tab, which says no more than a space.
        let text = decoded.value.trim().replace('\t', " ");
        let is_sound = !text.contains(|c: char| c == char::REPLACEMENT_CHARACTER || c.is_control());
        Text { exact: decoded.is_exact() && is_sound && !self.is_too_long(), text }
    }

    /// Reads the value as a list of mailboxes (groups opened), or `None` when some of it is no address.
    #[must_use]
    pub fn mailboxes(&self) -> Option<Vec<Mailbox>> {
        if self.is_too_long() { None } else { mailboxes(&self.unfolded()) }
    }

    /// Gives the domains of the value's addresses, or `None` when some of it is no address.
    ///
    /// Unlike [`Field::mailboxes`] this reads addresses with a quoted local part, too, that are none in SMTP
    /// (`"a<b"@example.org`, whose angle bracket would end a path early) or that mail-parser takes for a name.
    #[must_use]
    pub fn domains(&self) -> Option<Vec<String>> {
        let value = self.unfolded();
        let mailboxes =
            if self.is_too_long() { None } else { mailboxes(&without_quoted_local_parts(&value)) };
        Some(mailboxes?.into_iter().map(|mailbox| mailbox.address.domain().to_owned()).collect())
    }
}

fn mailboxes(value: &[u8]) -> Option<Vec<Mailbox>> {
    // mail-parser goes to the end of the line for the end of each encoded word, and reports nothing without a line end.
    let mut line = rewrite_words(value);
    line.push(b'\n');
    let HeaderValue::Address(list) = MessageStream::new(&line).parse_address() else { return None };
    list.iter()
        .map(|entry| {
            let address = Address::parse(entry.address.as_deref()?.trim()).ok()?;
            let name = entry.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
            Some(Mailbox { name: name.map(str::to_owned), address })
        })
        .collect()
}

/// Puts a plain word in the place of each quoted string before an `@`.
fn without_quoted_local_parts(value: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::with_capacity(value.len()), value);
    while let Some((before, quoted)) = memchr::memchr(b'"', rest).and_then(|at| rest.split_at_checked(at)) {
        let mut is_escaped = false;
        let closing = quoted.iter().skip(1).position(|byte| {
            let closes = *byte == b'"' && !is_escaped;
            is_escaped = *byte == b'\\' && !is_escaped;
            closes
        });
        let (quoted, after) =
            quoted.split_at_checked(closing.map_or(quoted.len(), |at| at + 2)).unwrap_or((quoted, b""));
        out.extend_from_slice(before);
        out.extend_from_slice(if after.starts_with(b"@") { b"quoted" } else { quoted });
        rest = after;
    }
    out.extend_from_slice(rest);
    out
}

impl Text {
    /// Gives the decoded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Says whether the text is surely what the field says: no unknown charset, no broken encoding.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.exact
    }
}

/// Says whether the mail has a CR without LF or an LF without CR, which other programs may take for line ends.
#[must_use]
pub fn has_bare_newline(mail: &[u8]) -> bool {
    let lone_lf = |at: usize| at.checked_sub(1).and_then(|before| mail.get(before)) != Some(&b'\r');
    memchr::memchr_iter(b'\n', mail).any(lone_lf)
        || memchr::memchr_iter(b'\r', mail).any(|at| mail.get(at + 1) != Some(&b'\n'))
}

/// Lines ended by CRLF, and by bare LF or CR too, because readers of mail differ about those. Gives offset and line.
struct Lines<'m> {
    rest: &'m [u8],
    offset: usize,
}

impl<'m> Iterator for Lines<'m> {
    type Item = (usize, &'m [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let start = self.offset;
        let length = memchr::memchr2(b'\r', b'\n', self.rest).unwrap_or(self.rest.len());
        let (line, end) = self.rest.split_at(length);
        let end_length = if end.starts_with(b"\r\n") { 2 } else { end.len().min(1) };
        self.rest = end.get(end_length..).unwrap_or_default();
        self.offset = start + length + end_length;
        Some((start, line))
    }
}

/// Gives the name of the field that this line begins and where its value starts (RFC 5322, 2.2 and 4.5).
fn field_name(line: &[u8]) -> Option<(&str, usize)> {
    let colon = memchr::memchr(b':', line)?;
    let name = line.get(..colon)?.trim_ascii_end();
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    Some((str::from_utf8(name).ok()?, colon + 1))
}

#[cfg(test)]
mod tests;
