//! Cuts the octets of a client into command lines, strictly.
//!
//! A line ends at CRLF and nowhere else: a bare CR or LF breaks the session, because two servers could see different
//! commands in it (SMTP smuggling). A line over [`MAX_LINE`] octets is dropped whole, in bounded memory, so the
//! session stays in step. It does not know what a command means, and it does not read mails.

use bytes::{Buf, BytesMut};
use memchr::{memchr2, memmem};

/// Longest command line with its CRLF: far above RFC 5321's 512 octets, as XFORWARD and DSN parameters are long.
pub(crate) const MAX_LINE: usize = 4096;

/// What stood next in the client's octets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Framed {
    /// A command line without its CRLF: UTF-8 without control characters.
    Line(String),
    /// A line with a control character, or not in UTF-8. It is consumed.
    NotText,
    /// A line over [`MAX_LINE`]. It is consumed to its end.
    TooLong,
    /// A bare CR or LF, or octets that begin no line of text. Nothing behind it can be trusted.
    Broken,
}

/// Holds what the client sent and nobody consumed yet.
#[derive(Default)]
pub(crate) struct Framer {
    buffer: BytesMut,
    /// Octets at the start of the buffer that are known to hold no line end.
    scanned: usize,
    /// The line is over-long, and its end has not come yet.
    discarding: bool,
}

impl Framer {
    /// The octets that are not consumed, for adding to them and, in DATA, for consuming them.
    pub(crate) fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// Whether the client sent more than was consumed.
    pub(crate) fn has_input(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Takes the next line, if a whole one is there.
    pub(crate) fn next(&mut self) -> Option<Framed> {
        if self.discarding {
            return self.discard();
        }
        if self
            .buffer
            .first()
            .is_some_and(|&b| !b.is_ascii() || (b.is_ascii_control() && b != b'\r' && b != b'\n'))
        {
            return Some(Framed::Broken);
        }
        // Only as far as a line may reach, so that an over-long one is the same however it comes in.
        let reach = self.buffer.len().min(MAX_LINE - 1);
        let unscanned = self.buffer.get(self.scanned..reach).unwrap_or_default();
        let Some(at) = memchr2(b'\r', b'\n', unscanned).map(|at| self.scanned + at) else {
            self.scanned = reach;
            self.discarding = self.buffer.len() >= MAX_LINE;
            return if self.discarding { self.discard() } else { None };
        };
        self.scanned = at;
        match (self.buffer.get(at), self.buffer.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => Some(self.take_line(at)),
            (Some(b'\r'), None) => None,
            _ => Some(Framed::Broken),
        }
    }

    /// Consumes the line that ends at the CR at `at`.
    fn take_line(&mut self, at: usize) -> Framed {
        self.scanned = 0;
        let line = self.buffer.split_to(at);
        self.buffer.advance(2);
        match str::from_utf8(&line) {
            Ok(text) if !text.contains(char::is_control) => Framed::Line(text.to_owned()),
            _ => Framed::NotText,
        }
    }

    /// Consumes the over-long line as far as it has come.
    fn discard(&mut self) -> Option<Framed> {
        self.scanned = 0;
        if let Some(at) = memmem::find(&self.buffer, b"\r\n") {
            self.buffer.advance(at + 2);
            self.discarding = false;
            return Some(Framed::TooLong);
        }
        let kept = usize::from(self.buffer.last() == Some(&b'\r'));
        self.buffer.advance(self.buffer.len() - kept);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the input in pieces and collects what comes out, up to what breaks it.
    fn frames(input: &[u8], piece: usize) -> Vec<Framed> {
        let mut framer = Framer::default();
        let mut out = Vec::new();
        for bytes in input.chunks(piece) {
            framer.buffer().extend_from_slice(bytes);
            while let Some(framed) = framer.next() {
                let broken = framed == Framed::Broken;
                out.push(framed);
                if broken {
                    return out;
                }
            }
            assert!(framer.buffer.len() <= MAX_LINE + piece, "memory is bounded");
        }
        out
    }

    #[test]
    fn lines_are_the_same_at_every_split() {
        let long = format!("EHLO {}\r\n", "a".repeat(MAX_LINE));
        let just_fits = "x".repeat(MAX_LINE - 2);
        let line = |text: &str| Framed::Line(text.to_owned());
        let cases: Vec<(Vec<u8>, Vec<Framed>)> = vec![
            (b"EHLO a\r\nQUIT\r\n".to_vec(), vec![line("EHLO a"), line("QUIT")]),
            (b"\r\nNOOP\r\n".to_vec(), vec![line(""), line("NOOP")]),
            (
                b"NOOP \xC3\xBC\r\nNOOP \xFC\r\nNOOP\r\n".to_vec(),
                vec![line("NOOP ü"), Framed::NotText, line("NOOP")],
            ),
            (b"NOOP a\0b\r\nNOOP\tx\r\n".to_vec(), vec![Framed::NotText, Framed::NotText]),
            (format!("{long}QUIT\r\n").into_bytes(), vec![Framed::TooLong, line("QUIT")]),
            (
                format!("{just_fits}\r\n{just_fits}x\r\n").into_bytes(),
                vec![line(&just_fits), Framed::TooLong],
            ),
            (b"NOOP\nQUIT\r\n".to_vec(), vec![Framed::Broken]),
            (b"NOOP\r\nNOOP\rQUIT\r\n".to_vec(), vec![line("NOOP"), Framed::Broken]),
            (b"NOOP\r\r\n".to_vec(), vec![Framed::Broken]),
            (b"\nNOOP\r\n".to_vec(), vec![Framed::Broken]),
            (b"\x16\x03\x01\x02\x00".to_vec(), vec![Framed::Broken]),
            (format!("{just_fits}\nx\r\nQUIT\r\n").into_bytes(), vec![Framed::Broken]),
            (format!("{just_fits}x\nx\r\nQUIT\r\n").into_bytes(), vec![Framed::TooLong, line("QUIT")]),
            (b"NOOP".to_vec(), vec![]),
        ];
        for (input, expected) in cases {
            for piece in [1, 2, 3, 7, 4095, 4096, 4097, input.len().max(1)] {
                assert_eq!(
                    frames(&input, piece),
                    expected,
                    "{:?} in pieces of {piece}",
                    input.escape_ascii()
                );
            }
        }
    }
}
