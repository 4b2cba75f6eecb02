//! Makes content fit for DATA: stuffs dots, refuses bare line breaks, ends the data.

use std::sync::LazyLock;

use memchr::{memchr_iter, memmem::Finder};

/// Finds line ends, and lines that begin with a dot. Made once: making one costs more than searching a line.
static LINE_END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\r\n"));
static DOT_LINE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\r\n."));

/// Stuffs the dots of a mail that comes in pieces (RFC 5321 section 4.5.2).
pub(crate) struct Stuffer {
    /// The last octets that were taken, as far as they matter.
    last: Last,
}

/// What stood last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing yet, or a CRLF: a dot that comes now begins a line.
    LineEnd,
    /// A CR whose LF has not come yet.
    Cr,
    /// Anything else.
    Text,
}

/// The content has a CR or LF on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BareLineBreak;

impl Default for Stuffer {
    fn default() -> Self {
        Self { last: Last::LineEnd }
    }
}

impl Stuffer {
    /// Looks for a CR or LF on its own in the next octets; call it before [`Stuffer::stuff`] with the same ones.
    ///
    /// Servers that take one for a line end would see other lines than we do, so none is ever sent. Counting is
    /// enough: every CRLF has one of each, and whatever has more of one has it on its own.
    pub(crate) fn check(&self, bytes: &[u8]) -> Result<(), BareLineBreak> {
        let (behind_cr, begins_with_lf) = (self.last == Last::Cr, bytes.first() == Some(&b'\n'));
        if bytes.is_empty() {
            return Ok(());
        }
        if behind_cr != begins_with_lf {
            return Err(BareLineBreak);
        }
        let pairs = LINE_END.find_iter(bytes).count();
        let line_feeds = memchr_iter(b'\n', bytes).count() - usize::from(begins_with_lf);
        let returns = memchr_iter(b'\r', bytes).count() - usize::from(bytes.last() == Some(&b'\r'));
        if pairs == line_feeds && pairs == returns { Ok(()) } else { Err(BareLineBreak) }
    }

    /// Appends the next octets to `out`, with a dot before each one that begins a line.
    pub(crate) fn stuff(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let begins_line = self.last == Last::LineEnd && bytes.first() == Some(&b'.');
        let begins_line_late = self.last == Last::Cr && bytes.starts_with(b"\n.");
        let mut rest = bytes;
        if begins_line {
            out.push(b'.');
        } else if begins_line_late {
            out.extend_from_slice(b"\n.");
            rest = bytes.get(1..).unwrap_or_default();
        }
        while let Some((line, behind)) = DOT_LINE.find(rest).and_then(|at| rest.split_at_checked(at + 2)) {
            out.extend_from_slice(line);
            out.push(b'.');
            rest = behind;
        }
        out.extend_from_slice(rest);
        self.note_end(bytes);
    }

    /// Takes note of octets that are sent as they are, because no dot begins a line in them and no CR or LF stands on its own.
    pub(crate) fn pass(&mut self, bytes: &[u8]) {
        debug_assert_eq!(self.check(bytes), Ok(()), "line breaks");
        debug_assert!(self.last != Last::LineEnd || bytes.first() != Some(&b'.'), "dots");
        debug_assert_eq!(DOT_LINE.find(bytes), None, "dots");
        self.note_end(bytes);
    }

    fn note_end(&mut self, bytes: &[u8]) {
        self.last = match (self.last, bytes) {
            (last, []) => last,
            (Last::Cr, [b'\n']) | (_, [.., b'\r', b'\n']) => Last::LineEnd,
            (_, [.., b'\r']) => Last::Cr,
            _ => Last::Text,
        };
    }

    /// Appends the end of the data. A last line without CRLF gets one; the end would not be seen otherwise.
    pub(crate) fn finish(self, out: &mut Vec<u8>) -> Result<(), BareLineBreak> {
        match self.last {
            Last::LineEnd => out.extend_from_slice(b".\r\n"),
            Last::Text => out.extend_from_slice(b"\r\n.\r\n"),
            Last::Cr => return Err(BareLineBreak),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stuffs a mail in pieces, unless it has a bare line break.
    fn wire(mail: &[u8], piece: usize) -> Result<String, BareLineBreak> {
        let (mut stuffer, mut out) = (Stuffer::default(), Vec::new());
        for bytes in mail.chunks(piece) {
            stuffer.check(bytes)?;
            stuffer.stuff(bytes, &mut out);
        }
        stuffer.finish(&mut out)?;
        Ok(out.escape_ascii().to_string())
    }

    #[test]
    fn dots_are_stuffed_at_every_split() {
        for (mail, expected) in [
            (&b""[..], r".\r\n"),
            (b".", r"..\r\n.\r\n"),
            (b"a", r"a\r\n.\r\n"),
            (b"a\r\n", r"a\r\n.\r\n"),
            (b".\r\n..\r\nx.\r\n", r"..\r\n...\r\nx.\r\n.\r\n"),
            (b"\r\n.\r\n.\r\n", r"\r\n..\r\n..\r\n.\r\n"),
        ] {
            for piece in 1..=mail.len().max(1) {
                assert_eq!(wire(mail, piece).as_deref(), Ok(expected), "pieces of {piece}");
            }
        }
    }

    #[test]
    fn bare_line_breaks_are_refused_at_every_split() {
        for mail in [
            &b"a\nb"[..],
            b"a\rb",
            b"\n",
            b"a\r\n\nb",
            b"a\r\r\nb",
            b"a\n\rb",
            b"a\r\nb\n.\nc\r\n",
            b"\rx\n",
            b"a\r",
        ] {
            for piece in 1..=mail.len() {
                assert_eq!(wire(mail, piece), Err(BareLineBreak), "{} in {piece}", mail.escape_ascii());
            }
        }
    }
}
