//! Content-Type and Content-Disposition: the value and its parameters (RFC 2045, 2183, 2231).

use crate::fidelity::{Decoded, Fidelity};
use crate::section::Section;
use crate::{charset, encoded_word, escape};

/// Longest field that is parsed.
const MAX_FIELD: usize = 32 << 10;
/// Most parameters, sections of a long one counted in.
const MAX_PARAMETERS: usize = 64;

/// A parsed field.
#[derive(Default)]
struct Field {
    /// Lower case.
    value: String,
    parameters: Vec<Parameter>,
}

struct Parameter {
    /// Lower case, without the marks of RFC 2231.
    name: String,
    /// Which section of a long value this is.
    section: u32,
    /// Whether the value is percent-encoded.
    encoded: bool,
    value: Vec<u8>,
}

/// The type of a part.
#[derive(Default)]
pub struct ContentType {
    field: Field,
}

impl ContentType {
    /// Reads it from a header section. A part of a digest is a mail unless it says otherwise.
    #[must_use]
    pub fn of(header: &Section<'_>, in_digest: bool) -> Self {
        let mut field = header.first("content-type").map(|value| Field::parse(&value)).unwrap_or_default();
        if field.value.split('/').filter(|half| !half.is_empty()).count() != 2 {
            let is_mail = in_digest && !field.value.starts_with("text");
            let default = if is_mail { "message/rfc822" } else { "text/plain" };
            default.clone_into(&mut field.value);
        }
        ContentType { field }
    }

    /// Gives type and subtype, lower case.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.field.value
    }

    /// Says whether it is this one.
    #[must_use]
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.field.value.split_once('/') == Some((kind, subtype))
    }

    /// Says whether it has parts.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        self.field.value.starts_with("multipart/")
    }

    /// Says whether it is text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.field.value.starts_with("text/")
    }

    /// Gives the decoded value of a parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<Decoded<String>> {
        self.field.parameter(name)
    }

    /// Says whether readers may differ in the value of a parameter: it stands there twice, or not in one plain piece.
    #[must_use]
    pub fn is_ambiguous(&self, name: &str) -> bool {
        let mut pieces = self.field.parameters.iter().filter(|p| p.name == name);
        pieces.next().is_some_and(|first| first.section != u32::MAX) || pieces.next().is_some()
    }

    /// Gives the value of a parameter as it stands, without its quotes.
    #[must_use]
    pub fn raw_parameter(&self, name: &str) -> Option<&[u8]> {
        self.field.parameters.iter().find(|p| p.name == name).map(|p| p.value.as_slice())
    }
}

/// How a part wants to be shown, and its file name.
#[derive(Default)]
pub struct Disposition {
    /// Whether it asks to be kept apart from the body.
    pub attachment: bool,
    /// As the mail has it; not safe to save under.
    pub file_name: Option<Decoded<String>>,
}

impl Disposition {
    /// Reads it from a header section and, for the name, the type.
    #[must_use]
    pub fn of(header: &Section<'_>, content_type: &ContentType) -> Self {
        let field = header.first("content-disposition").map(|value| Field::parse(&value)).unwrap_or_default();
        let given = |name: Option<Decoded<String>>| name.filter(|name| !name.value.trim().is_empty());
        let (own, of_type) = (given(field.parameter("filename")), given(content_type.parameter("name")));
        let differ = own.as_ref().zip(of_type.as_ref()).is_some_and(|(own, other)| own.value != other.value);
        let mut file_name = own.or(of_type);
        if let Some(name) = file_name.as_mut().filter(|_| differ) {
            // Readers differ in which of the two they take.
            name.fidelity = Fidelity::Lossy;
        }
        // RFC 2183, 2.8: an unknown disposition is an attachment.
        let attachment = !field.value.is_empty() && field.value != "inline";
        Disposition { attachment, file_name }
    }
}

impl Field {
    fn parse(value: &[u8]) -> Self {
        let value = value.get(..value.len().min(MAX_FIELD)).unwrap_or_default();
        let mut pieces = split(value).into_iter();
        let first = pieces.next().unwrap_or_default();
        let (value, unparted) = value_and_rest(&charset::header(&first).value);
        // A parameter may follow without a semicolon.
        let pieces = std::iter::once(unparted.into_bytes()).chain(pieces).take(MAX_PARAMETERS);
        Field { value, parameters: pieces.filter_map(|piece| Parameter::parse(&piece)).collect() }
    }

    /// The decoded value of a parameter, its sections joined.
    fn parameter(&self, name: &str) -> Option<Decoded<String>> {
        let of_name = || self.parameters.iter().filter(|p| p.name == name);
        // The encoded or sectioned form goes before the plain one that old readers understand.
        if let Some(plain) = of_name().find(|p| p.section == u32::MAX)
            && of_name().all(|p| p.section == u32::MAX)
        {
            let decoded = encoded_word::decode(&plain.value);
            return Some(if of_name().all(|p| p.value == plain.value) {
                decoded
            } else {
                decoded.in_doubt()
            });
        }
        let mut sections: Vec<&Parameter> = of_name().filter(|p| p.section != u32::MAX).collect();
        let all = sections.len();
        sections.sort_by_key(|p| p.section);
        sections.dedup_by_key(|p| p.section);
        let first = sections.first()?;
        let whole = sections.len() == all && sections.iter().zip(0..).all(|(p, number)| p.section == number);
        let mut label = None;
        let mut bytes = Vec::new();
        for section in &sections {
            let mut value = section.value.as_slice();
            if section.encoded && section.section == first.section {
                let mut halves = value.splitn(3, |b| *b == b'\'');
                if let (Some(charset), Some(_), Some(text)) = (halves.next(), halves.next(), halves.next()) {
                    label = Some(charset::header(charset).value).filter(|charset| !charset.is_empty());
                    value = text;
                }
            }
            if section.encoded {
                bytes.extend(escape::decode(value, b'%'));
            } else {
                bytes.extend_from_slice(value);
            }
        }
        let decoded = charset::decode(&bytes, label.as_deref());
        // A plain form that is another kind of file is no way to write the same name for old readers.
        let is_kind = |p: &&Parameter| {
            let plain = encoded_word::decode(&p.value).value;
            ending(&plain).eq_ignore_ascii_case(ending(&decoded.value))
        };
        let agree = of_name().filter(|p| p.section == u32::MAX).all(|p| is_kind(&p));
        Some(if whole && agree { decoded } else { decoded.in_doubt() })
    }
}

/// What stands behind the last dot.
fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending.trim_end())
}

impl Parameter {
    fn parse(piece: &[u8]) -> Option<Self> {
        let equals = memchr::memchr(b'=', piece)?;
        let (name, value) = piece.split_at_checked(equals)?;
        let name = charset::header(name).value.trim().to_ascii_lowercase();
        let mut marks = name.split('*');
        let base = marks.next()?.to_owned();
        let (section, encoded) = match (marks.next(), marks.next()) {
            (None, _) => (u32::MAX, false),
            (Some(""), _) => (0, true),
            (Some(number), mark) => (number.parse().ok().filter(|n| *n < u32::MAX)?, mark.is_some()),
        };
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        (!base.is_empty()).then(|| Parameter { name: base, section, encoded, value: value.to_vec() })
    }
}

/// Cuts the first piece of a field behind its value, which may have white space around its slash.
fn value_and_rest(piece: &str) -> (String, String) {
    let halves: Vec<&str> = piece.splitn(2, '/').collect();
    let last = halves.last().map_or("", |half| half.trim_start());
    let (last, rest) = last.split_once(char::is_whitespace).unwrap_or((last, ""));
    let mut value = match halves.as_slice() {
        [first, _] => format!("{}/{last}", first.trim()),
        _ => last.to_owned(),
    };
    value.retain(|c| c.is_ascii_graphic());
    value.make_ascii_lowercase();
    (value, rest.to_owned())
}

/// Cuts a field at its semicolons, and takes quotes, their escapes and comments out of the pieces.
fn split(value: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new()];
    let mut quoted = false;
    let mut comment = 0_u32;
    let mut bytes = value.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let Some(piece) = pieces.last_mut() else { break };
        match byte {
            b'\\' if quoted || comment > 0 => {
                // Some mailers write Windows paths unescaped: only quotes and backslashes are taken as escaped.
                let next = bytes.next_if(|next| matches!(next, b'"' | b'\\' | b'(' | b')'));
                if comment == 0 {
                    piece.push(next.unwrap_or(byte));
                }
            }
            b'"' if comment == 0 => quoted = !quoted,
            b'(' if !quoted && (comment > 0 || !is_value(piece)) => comment = comment.saturating_add(1),
            b')' if !quoted && comment > 0 => comment -= 1,
            _ if comment > 0 => {}
            b';' if !quoted => pieces.push(Vec::new()),
            _ => piece.push(byte),
        }
    }
    pieces
}

/// Whether `piece` has come to an unquoted value, in which unescaped parentheses are meant as such: `name=a(1).pdf`.
fn is_value(piece: &[u8]) -> bool {
    memchr::memchr(b'=', piece).is_some() && piece.last().is_some_and(|b| !b.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types() {
        for (value, expected) in [
            ("Text/HTML; charset=x", "text/html"),
            ("text / html (comment)", "text/html"),
            ("text", "text/plain"),
            ("", "text/plain"),
            ("a/b/c", "text/plain"),
            ("multipart/mixed;boundary=x", "multipart/mixed"),
            ("multipart/mixed boundary=x", "multipart/mixed"),
        ] {
            let raw = format!("Content-Type: {value}");
            assert_eq!(ContentType::of(&Section::new(raw.as_bytes(), b'\n'), false).media_type(), expected);
        }
        assert_eq!(ContentType::of(&Section::new(b"", b'\n'), true).media_type(), "message/rfc822");
    }

    #[test]
    fn file_names() {
        for (value, expected) in [
            ("attachment; filename=a.pdf", "a.pdf"),
            ("attachment; filename=\"a; b.pdf\"", "a; b.pdf"),
            ("attachment; filename=\"a\\\"b\\\\c.pdf\"", "a\"b\\c.pdf"),
            ("attachment; filename=\"C:\\dir\\a.pdf\"", "C:\\dir\\a.pdf"),
            ("attachment; FileName=a(1).pdf (comment)", "a(1).pdf"),
            ("attachment; filename*=utf-8'de'%C3%BC.pdf; filename=u.pdf", "ü.pdf"),
            ("attachment; filename*=iso-8859-1''%FC.pdf", "ü.pdf"),
            ("attachment; filename*0*=utf-8''%C3; filename*1*=%BC; filename*2=\".pdf\"", "ü.pdf"),
            ("attachment; filename*1=b; filename*0=a; filename*10=k; filename*2=c", "abck"),
            ("attachment; filename=\"=?utf-8?Q?=C3=BC?=.pdf\"", "ü.pdf"),
            ("attachment; filename=open\"; quote", "open; quote"),
        ] {
            let raw = format!("Content-Disposition: {value}");
            let section = Section::new(raw.as_bytes(), b'\n');
            let disposition = Disposition::of(&section, &ContentType::default());
            assert_eq!(disposition.file_name.map(|name| name.value).as_deref(), Some(expected), "{value}");
        }
    }
}
