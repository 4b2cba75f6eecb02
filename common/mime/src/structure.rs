//! Cuts a mail into its parts: one pass over the bytes, nothing copied or decoded.
//!
//! Why not the tree of `mail-parser`: it has no limit on parts, decodes all of them whether shown or not, and takes a
//! boundary for one wherever it stands in a line. Here a boundary stands alone in its line (RFC 2046, 5.1.1), the
//! innermost open one wins, an outer one closes all within, and what is over the limits is refused while it is read.
//!
//! A nested mail (message/rfc822) is one part; it is not cut further.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memmem};

use crate::params::ContentType;
use crate::section::{self, Section};

/// Most parts, multiparts counted in.
pub const MAX_PARTS: usize = 1000;
/// Deepest nesting of multiparts.
pub const MAX_DEPTH: usize = 32;
/// Largest header section of one part.
pub const MAX_HEADER: usize = 1 << 20;
/// Longest boundary; RFC 2046 allows 70.
const MAX_BOUNDARY: usize = 1000;
/// Fields that a part has once, because readers differ in which of two they take.
const ONCE: [&str; 3] = ["content-type", "content-transfer-encoding", "content-disposition"];

/// Says which limit the structure of a mail is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OverLimit {
    /// More than the allowed number of parts.
    #[error("the mail has more than {MAX_PARTS} parts")]
    Parts,
    /// Nested deeper than is allowed.
    #[error("the mail is nested more than {MAX_DEPTH} levels deep")]
    Depth,
    /// A header section larger than is allowed.
    #[error("a header section of the mail is larger than {MAX_HEADER} bytes")]
    Header,
}

/// One part of a mail.
pub struct Part<'m> {
    /// The header section.
    pub header: Section<'m>,
    /// The type, by Content-Type or by what RFC 2045 says of parts without one.
    pub content_type: ContentType,
    /// The body as it stands, still encoded. For a multipart everything between its header and the next outer boundary.
    pub body: &'m [u8],
    /// Indexes of the parts of a multipart; empty for any other.
    pub children: Vec<usize>,
    /// Whether other readers may take it otherwise: its header section breaks off at a line that is no field, has a field
    /// twice of which there can be one, or is of a multipart without a boundary.
    pub ambiguous: bool,
}

/// The parts of a mail in the order in which they begin; the first is the mail itself.
pub struct Structure<'m> {
    /// The parts.
    pub parts: Vec<Part<'m>>,
}

impl<'m> Structure<'m> {
    /// Cuts `mail` into parts.
    ///
    /// # Errors
    /// The limit that it is over.
    pub fn of(mail: &'m [u8]) -> Result<Self, OverLimit> {
        let mut cutter = Cutter { mail, eol: line_end(mail), parts: Vec::new(), open: Vec::new() };
        cutter.run()?;
        Ok(Structure { parts: cutter.parts })
    }

    /// Gives the part at this place.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Part<'m>> {
        self.parts.get(index)
    }
}

/// Gives the header section of a mail, as far as it is within the limit.
#[must_use]
pub fn head(mail: &[u8]) -> Section<'_> {
    let eol = line_end(mail);
    let mail = mail.get(..mail.len().min(MAX_HEADER)).unwrap_or_default();
    Section::new(mail.get(head_range(mail, eol)).unwrap_or_default(), eol)
}

/// Gives the mail without those fields of its header section that have one of these names; all else stays byte for byte.
///
/// The section is the one that [`Structure`] finds, and is gone through to its end however long it is.
#[must_use]
pub fn without_fields<'m>(mail: &'m [u8], names: &[&str]) -> Cow<'m, [u8]> {
    let eol = line_end(mail);
    let range = head_range(mail, eol);
    let (before, after) = (mail.get(..range.start), mail.get(range.end..));
    let section = Section::new(mail.get(range).unwrap_or_default(), eol);
    let is_kept = |field: &&[u8]| {
        let name = section::field_name(field).map_or(&[][..], |(name, _)| name);
        !names.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
    };
    if section.fields().all(|field| is_kept(&field)) {
        return Cow::Borrowed(mail);
    }
    let mut out = Vec::with_capacity(mail.len());
    out.extend_from_slice(before.unwrap_or_default());
    section.fields().filter(is_kept).for_each(|field| out.extend_from_slice(field));
    out.extend_from_slice(after.unwrap_or_default());
    Cow::Owned(out)
}

/// Where the header section of a mail stands in it, however long it is.
fn head_range(mail: &[u8], eol: u8) -> Range<usize> {
    let start = after_unix_from(mail, eol);
    let cutter = Cutter { mail, eol, parts: Vec::new(), open: Vec::new() };
    let end = cutter.header_end(start, usize::MAX).map_or(mail.len(), |found| found.end);
    start..end
}

/// The byte that ends a line: a mail without any LF has CR alone.
fn line_end(mail: &[u8]) -> u8 {
    if memchr(b'\n', mail).is_none() { b'\r' } else { b'\n' }
}

/// A part that is being read.
struct Open {
    index: usize,
    body_start: usize,
    /// Of a multipart that is not closed yet.
    boundary: Option<Vec<u8>>,
}

/// Where a header section ends.
struct HeaderEnd {
    end: usize,
    body_start: usize,
    /// Whether it ends at a line that is no field.
    broken_off: bool,
}

/// A boundary line.
struct Delimiter {
    /// Where the body before it ends.
    body_end: usize,
    /// The start of the next line.
    next: usize,
    /// Place in `open` of the multipart that it belongs to.
    level: usize,
    closing: bool,
}

struct Cutter<'m> {
    mail: &'m [u8],
    eol: u8,
    parts: Vec<Part<'m>>,
    /// Outermost first; the last may be a part without parts.
    open: Vec<Open>,
}

impl Cutter<'_> {
    fn run(&mut self) -> Result<(), OverLimit> {
        let start = after_unix_from(self.mail, self.eol);
        let mut position = self.begin(start, None)?;
        while let Some(delimiter) = self.next_delimiter(position) {
            self.close(delimiter.level + 1, delimiter.body_end);
            if delimiter.closing {
                if let Some(open) = self.open.get_mut(delimiter.level) {
                    open.boundary = None;
                }
                position = delimiter.next;
            } else {
                let parent = self.open.get(delimiter.level).map(|open| open.index);
                position = self.begin(delimiter.next, parent)?;
            }
        }
        self.close(0, self.mail.len());
        Ok(())
    }

    /// Reads the header section of a part that begins at `start`; returns where its body begins.
    fn begin(&mut self, start: usize, parent: Option<usize>) -> Result<usize, OverLimit> {
        if self.parts.len() >= MAX_PARTS {
            return Err(OverLimit::Parts);
        }
        if self.open.len() > MAX_DEPTH {
            return Err(OverLimit::Depth);
        }
        let HeaderEnd { end: header_end, body_start, broken_off } = self.header_end(start, MAX_HEADER)?;
        let header = Section::new(self.mail.get(start..header_end).unwrap_or_default(), self.eol);
        let digest =
            parent.and_then(|p| self.parts.get(p)).is_some_and(|p| p.content_type.is("multipart", "digest"));
        let content_type = ContentType::of(&header, digest);
        let boundary = content_type
            .is_multipart()
            .then(|| content_type.raw_parameter("boundary"))
            .flatten()
            .map(|boundary| boundary.trim_ascii_end().to_vec())
            .filter(|boundary| !boundary.is_empty() && boundary.len() <= MAX_BOUNDARY);
        let ambiguous = broken_off
            || ONCE.iter().any(|name| header.all(name).nth(1).is_some())
            || (content_type.is_multipart() && (boundary.is_none() || content_type.is_ambiguous("boundary")));
        let index = self.parts.len();
        self.parts.push(Part { header, content_type, body: &[], children: Vec::new(), ambiguous });
        if let Some(parent) = parent.and_then(|p| self.parts.get_mut(p)) {
            parent.children.push(index);
        }
        self.open.push(Open { index, body_start, boundary });
        Ok(body_start)
    }

    /// Where the header section that begins at `start` ends, and where the body begins; it may have `most` bytes.
    ///
    /// It ends at an empty line, at a boundary line, or at the first line that is no header field; that line then
    /// belongs to the body.
    fn header_end(&self, start: usize, most: usize) -> Result<HeaderEnd, OverLimit> {
        let at = |end, body_start, broken_off| Ok(HeaderEnd { end, body_start, broken_off });
        let mut position = start;
        loop {
            if position - start > most {
                return Err(OverLimit::Header);
            }
            let (line, next) = self.line(position);
            if next == position {
                return at(position, position, false);
            }
            if line.is_empty() {
                return at(position, next, false);
            }
            if self.level_of(line).is_some() {
                return at(position, position, false);
            }
            if !is_field_line(line) {
                return at(position, position, true);
            }
            position = next;
        }
    }

    /// The line at `position` without its end, and where the next one begins.
    fn line(&self, position: usize) -> (&[u8], usize) {
        let rest = self.mail.get(position..).unwrap_or_default();
        let (line, length) = match memchr(self.eol, rest) {
            Some(end) => (rest.get(..end).unwrap_or_default(), end + 1),
            None => (rest, rest.len()),
        };
        (line.strip_suffix(b"\r").unwrap_or(line), position + length)
    }

    /// The next boundary line at or after `position`, which is the start of a line.
    fn next_delimiter(&self, position: usize) -> Option<Delimiter> {
        if self.open.iter().all(|open| open.boundary.is_none()) {
            return None;
        }
        let mut start = position;
        if !self.mail.get(start..)?.starts_with(b"--") {
            start = self.next_dashes(start)?;
        }
        loop {
            let (line, next) = self.line(start);
            if let Some((level, closing)) = self.level_of(line) {
                return Some(Delimiter {
                    body_end: self.before_line_end(position, start),
                    next,
                    level,
                    closing,
                });
            }
            // One back, so that the line end before the next line is seen.
            start = self.next_dashes(next.saturating_sub(1).max(start + 1))?;
        }
    }

    /// The start of the first line after `position` that begins with two dashes.
    fn next_dashes(&self, position: usize) -> Option<usize> {
        let needle = [self.eol, b'-', b'-'];
        let found = memmem::find(self.mail.get(position..)?, &needle)?;
        Some(position + found + 1)
    }

    /// The end of the body before a boundary line at `line`: the line end before it belongs to the boundary.
    fn before_line_end(&self, body_start: usize, line: usize) -> usize {
        let body = self.mail.get(body_start..line).unwrap_or_default();
        let body = body.strip_suffix(&[self.eol]).map_or(body, |b| b.strip_suffix(b"\r").unwrap_or(b));
        body_start + body.len()
    }

    /// The innermost open multipart whose boundary `line` is, and whether it closes it.
    fn level_of(&self, line: &[u8]) -> Option<(usize, bool)> {
        let after_dashes = line.strip_prefix(b"--")?;
        self.open.iter().enumerate().rev().find_map(|(level, open)| {
            let rest = after_dashes.strip_prefix(open.boundary.as_deref()?)?;
            let (rest, closing) = rest.strip_prefix(b"--").map_or((rest, false), |rest| (rest, true));
            rest.trim_ascii().is_empty().then_some((level, closing))
        })
    }

    /// Ends every open part from place `from` on at `end`.
    fn close(&mut self, from: usize, end: usize) {
        for open in self.open.drain(from.min(self.open.len())..) {
            if let Some(part) = self.parts.get_mut(open.index) {
                part.body = self.mail.get(open.body_start..end.max(open.body_start)).unwrap_or_default();
            }
        }
    }
}

/// Skips the "From " line of an mbox file, which is no header field.
fn after_unix_from(mail: &[u8], eol: u8) -> usize {
    if mail.starts_with(b"From ") || mail.starts_with(b">From ") {
        memchr(eol, mail).map_or(mail.len(), |end| end + 1)
    } else {
        0
    }
}

/// Whether a line can stand in a header section: a field, or the continuation of one.
fn is_field_line(line: &[u8]) -> bool {
    match line {
        [b' ' | b'\t', ..] => true,
        _ => section::field_name(line).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(mail: &str) -> Vec<String> {
        let structure = Structure::of(mail.as_bytes()).unwrap();
        let leaves = structure.parts.iter().filter(|part| part.children.is_empty());
        leaves.map(|part| String::from_utf8_lossy(part.body).into_owned()).collect()
    }

    const MIXED: &str = "Content-Type: multipart/mixed; boundary=b\n\n";

    #[test]
    fn parts_and_their_bodies() {
        for (mail, expected) in [
            ("", vec![""]),
            ("hello", vec!["hello"]),
            ("A: b\n\nhello\n", vec!["hello\n"]),
            ("A: b\r\n c\r\n\r\nhello\r\n", vec!["hello\r\n"]),
            ("A: b\rC: d\r\rhello", vec!["hello"]),
            ("From a@b Mon\nA: b\n\nhello", vec!["hello"]),
            ("A: b\nno field\n\nhello", vec!["no field\n\nhello"]),
            (&format!("{MIXED}preamble\n--b\n\none\n--b \n\ntwo\n\n--b--\nepilogue"), vec!["one", "two\n"]),
            (&format!("{MIXED}--b\r\nX: y\r\n\r\none\r\n--b--"), vec!["one"]),
            (&format!("{MIXED}--b\n\nunclosed\n"), vec!["unclosed\n"]),
            (&format!("{MIXED}--b\n\n--bb\n--b-\nx --b\n--b--"), vec!["--bb\n--b-\nx --b"]),
            (&format!("{MIXED}--b\n--b\n\n--b--\n--b\n\nafter"), vec!["", ""]),
            (&format!("{MIXED}no boundary"), vec!["no boundary"]),
            (
                &format!(
                    "{MIXED}--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\none\n--b\n\ntwo\n--b--"
                ),
                vec!["one", "two"],
            ),
            (&format!("{MIXED}--b\nContent-Type: message/rfc822\n\nA: b\n\n--c\n--b--"), vec!["A: b\n\n--c"]),
        ] {
            assert_eq!(bodies(mail), expected, "{mail:?}");
        }
    }

    #[test]
    fn fields_are_dropped_and_all_else_stays() {
        for (mail, expected) in [
            ("A: b\r\nBcc: x@y,\r\n z@y\r\nC: d\r\n\r\nBcc: body\r\n", "A: b\r\nC: d\r\n\r\nBcc: body\r\n"),
            ("BCC : x\nResent-Bcc\t: y\nbCc:\n\nbody", "\nbody"),
            // A line of white space goes on with the field before it, as for every other reader of the section.
            ("A: b\r\n \r\nBcc: x@y\r\n\r\nbody", "A: b\r\n \r\n\r\nbody"),
            ("A: b\r\nBcc: x@y\r\n \t\r\n z@y\r\nC: d\r\n\r\n", "A: b\r\nC: d\r\n\r\n"),
            ("Bcc: x@y\r\n\t\r\n\r\n", "\r\n"),
            ("From a@b Mon\nBcc: x\nA: b\n\n", "From a@b Mon\nA: b\n\n"),
            ("A: b\rBcc: x\r c\rC: d\r\rBcc: body", "A: b\rC: d\r\rBcc: body"),
            ("Bcc: x", ""),
            ("A: b\nBcc: x", "A: b\n"),
            (" Bcc: x\nA: b\n\n", " Bcc: x\nA: b\n\n"),
            (
                "X-Bcc: x\nBcc-X: y\nB cc: body\nBcc: body\n\n",
                "X-Bcc: x\nBcc-X: y\nB cc: body\nBcc: body\n\n",
            ),
            ("no field\nBcc: body\n", "no field\nBcc: body\n"),
            ("\r\nBcc: body", "\r\nBcc: body"),
            ("", ""),
        ] {
            let found = without_fields(mail.as_bytes(), &["bcc", "resent-bcc"]);
            assert_eq!(String::from_utf8_lossy(&found), expected, "{mail:?}");
            assert_eq!(matches!(found, Cow::Borrowed(_)), mail == expected, "{mail:?}");
            // Whatever is left is the mail that it was.
            let fields = |mail: &[u8]| head(mail).fields().map(<[u8]>::to_vec).collect::<Vec<_>>();
            let bcc = |field: &Vec<u8>| field.to_ascii_lowercase().windows(3).any(|word| word == b"bcc");
            let kept: Vec<_> = fields(mail.as_bytes()).into_iter().filter(|field| !bcc(field)).collect();
            assert_eq!(fields(&found).into_iter().filter(|field| !bcc(field)).collect::<Vec<_>>(), kept);
        }
        let long = format!("{}Bcc: x\r\n\r\n\u{0}\n", "A: b\r\n".repeat(MAX_HEADER / 5));
        let found = without_fields(long.as_bytes(), &["bcc"]);
        assert!(*found == *long.replace("Bcc: x\r\n", "").as_bytes(), "beyond what a structure may have");
    }

    #[test]
    fn limits() {
        let many = format!("{MIXED}{}", "--b\n\n".repeat(MAX_PARTS + 1));
        assert_eq!(Structure::of(many.as_bytes()).err(), Some(OverLimit::Parts));
        let deep: String = (0..=MAX_DEPTH + 1).fold(String::new(), |mail, i| {
            format!("{mail}Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n")
        });
        assert_eq!(Structure::of(deep.as_bytes()).err(), Some(OverLimit::Depth));
        let header = format!("A: b\n{}", " x\n".repeat(MAX_HEADER / 3 + 1));
        assert_eq!(Structure::of(header.as_bytes()).err(), Some(OverLimit::Header));
    }
}
