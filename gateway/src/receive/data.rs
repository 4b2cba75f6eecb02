//! Reads what DATA carries: finds its end, takes the stuffed dots away, keeps every other octet.
//!
//! Only CRLF `.` CRLF ends the data (RFC 5321 section 4.1.1.4), or `.` CRLF at its very start. A bare CR, a bare LF
//! and NUL are data. Runs of text are found by a vectorised search and copied whole.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// Finds lines that begin with a dot. Made once: making it costs more than searching an ordinary line.
static DOT_LINE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\r\n."));

/// Room for the first part of a mail. What it is said to have beyond that is taken only once so much has come.
const FIRST_PART: usize = 256 * 1024;

/// Where the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of the data, or right behind a CRLF.
    LineStart,
    /// Inside a line.
    Text,
    /// Behind a CR inside a line.
    Cr,
    /// Behind a dot that began a line; the dot is taken away.
    Dot,
    /// Behind a dot that began a line, and a CR.
    DotCr,
}

/// Takes the octets of DATA piece by piece.
pub(crate) struct DataReader {
    state: State,
    mail: Vec<u8>,
    limit: usize,
    /// The size that the mail is said to have.
    expected: usize,
    refused: Option<Refused>,
}

/// Why a mail was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is over the limit.
    TooLarge,
    /// There is no memory for it now.
    NoMemory,
}

/// What a piece led to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Octets of the piece that belong to the data. Less than its length only at the end.
    pub(crate) consumed: usize,
    /// The end of the data was found.
    pub(crate) ended: bool,
}

impl DataReader {
    /// Makes a reader for a mail of at most `limit` octets, of which `expected` are said to come.
    pub(crate) fn new(limit: usize, expected: usize) -> Self {
        // Postfix's figure can be a little off, and growing would double a large mail for the sake of a few octets.
        let expected = expected.saturating_add(expected / 64 + 1024).min(limit);
        let mail = Vec::with_capacity(expected.min(FIRST_PART));
        Self { state: State::LineStart, mail, limit, expected, refused: None }
    }

    /// Octets that are kept by now.
    pub(crate) fn len(&self) -> usize {
        self.mail.len()
    }

    /// Says whether the mail is not kept.
    pub(crate) fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// Lets go of the mail, and keeps nothing of what is still to come.
    pub(crate) fn refuse(&mut self, why: Refused) {
        self.refused.get_or_insert(why);
        self.mail = Vec::new();
    }

    /// Takes the next octets.
    pub(crate) fn take(&mut self, piece: &[u8]) -> Progress {
        let mut rest = piece;
        while let Some((&first, behind)) = rest.split_first() {
            match (self.state, first) {
                (State::LineStart, b'.') => (self.state, rest) = (State::Dot, behind),
                (State::Dot, b'\r') => (self.state, rest) = (State::DotCr, behind),
                (State::DotCr, b'\n') => {
                    return Progress { consumed: piece.len() - behind.len(), ended: true };
                }
                (State::DotCr, _) => {
                    // The line began with a dot and goes on after a bare CR, which is data.
                    self.keep(b"\r");
                    self.state = State::Cr;
                }
                (State::Cr, b'\n') => {
                    self.keep(b"\n");
                    (self.state, rest) = (State::LineStart, behind);
                }
                _ => rest = self.take_text(rest),
            }
        }
        Progress { consumed: piece.len(), ended: false }
    }

    /// Takes text up to the next line that begins with a dot, or all of it; gives what is behind.
    fn take_text<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        let end = DOT_LINE.find(text).map_or(text.len(), |at| at + 2);
        let (text, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
        self.keep(text);
        self.state = match text {
            [.., b'\r', b'\n'] => State::LineStart,
            [.., b'\r'] => State::Cr,
            _ => State::Text,
        };
        rest
    }

    /// Keeps octets of the mail, or only notes that there are too many.
    fn keep(&mut self, bytes: &[u8]) {
        if self.refused.is_some() {
            return;
        }
        if bytes.len() > self.limit - self.mail.len() {
            self.refuse(Refused::TooLarge);
            return;
        }
        if self.mail.capacity() - self.mail.len() < bytes.len() && self.expected > self.mail.capacity() {
            self.mail.reserve_exact(self.expected - self.mail.len());
        }
        self.mail.extend_from_slice(bytes);
    }

    /// Gives the mail, or says why it was not kept.
    pub(crate) fn finish(self) -> Result<Vec<u8>, Refused> {
        self.refused.map_or(Ok(self.mail), Err)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reinject::stuffing::Stuffer;

    /// Reads data in pieces; gives the mail and what stands behind its end.
    fn read(input: &[u8], piece: usize) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut reader = DataReader::new(1 << 20, 0);
        let mut at = 0;
        for bytes in input.chunks(piece) {
            let progress = reader.take(bytes);
            at += progress.consumed;
            if progress.ended {
                return Some((reader.finish().ok()?, input[at..].to_vec()));
            }
        }
        None
    }

    #[test]
    fn only_crlf_dot_crlf_ends_the_data() {
        for (input, mail) in [
            (&b".\r\n"[..], &b""[..]),
            (b"\r\n.\r\n", b"\r\n"),
            (b"a\r\n.\r\n", b"a\r\n"),
            (b"..\r\n.\r\n", b".\r\n"),
            (b".x\r\n...\r\n.\r\n", b"x\r\n..\r\n"),
            (b"a\n.\n\r\n.\r\n", b"a\n.\n\r\n"),
            (b"a\r.\r\r\n.\r\n", b"a\r.\r\r\n"),
            (b"a\n.\r\nb\r\n.\r\n", b"a\n.\r\nb\r\n"),
            (b"a\r.\r\nb\r\n.\r\n", b"a\r.\r\nb\r\n"),
            (b"a\r\n.\nb\r\n.\r\n", b"a\r\n\nb\r\n"),
            (b"a\r\n.\rb\r\n.\r\n", b"a\r\n\rb\r\n"),
            (b"a\r\n.\r\r\nb\r\n.\r\n", b"a\r\n\r\r\nb\r\n"),
            (b"a\r\n\0.\r\nb\r\n.\0\r\n.\r\n", b"a\r\n\0.\r\nb\r\n\0\r\n"),
            (b"a\r\r\n.\r\n", b"a\r\r\n"),
        ] {
            let with_more = [input, b"QUIT\r\n"].concat();
            for piece in 1..=with_more.len() {
                let (got, behind) = read(&with_more, piece).expect("the data ends");
                assert_eq!(
                    got.escape_ascii().to_string(),
                    mail.escape_ascii().to_string(),
                    "pieces of {piece}"
                );
                assert_eq!(behind, b"QUIT\r\n", "{}", input.escape_ascii());
            }
        }
    }

    #[test]
    fn a_mail_over_the_limit_is_read_to_its_end_and_not_kept() {
        let mut reader = DataReader::new(4, 1 << 40);
        assert_eq!(reader.take(b"..abc\r\n"), Progress { consumed: 7, ended: false });
        assert_eq!(reader.mail.capacity(), 0);
        assert_eq!(reader.take(b".\r\nQUIT"), Progress { consumed: 3, ended: true });
        assert_eq!(reader.finish(), Err(Refused::TooLarge));

        let mut reader = DataReader::new(6, 0);
        assert!(reader.take(b"..abc\r\n.\r\n").ended);
        assert_eq!(reader.finish().unwrap(), b".abc\r\n");
    }

    proptest! {
        #[test]
        fn what_is_stuffed_comes_out_unchanged(
            lines in proptest::collection::vec("[.a\r\n]{0,6}", 0..20), piece in 1_usize..9, read_piece in 1_usize..9,
        ) {
            // A mail's line ends are CRLF; what else there is of CR and LF has been refused before it is stuffed.
            let mail: String = lines.iter().map(|line| line.replace(['\r', '\n'], "") + "\r\n").collect();
            let mut stuffer = Stuffer::default();
            let mut wire = Vec::new();
            for bytes in mail.as_bytes().chunks(piece) {
                stuffer.stuff(bytes, &mut wire);
            }
            stuffer.finish(&mut wire).expect("no bare line break");
            wire.extend_from_slice(b"NEXT");
            let (got, behind) = read(&wire, read_piece).expect("the data ends");
            prop_assert_eq!(got, mail.as_bytes());
            prop_assert_eq!(behind, b"NEXT");
        }

        #[test]
        fn any_octets_give_the_same_at_every_split(
            input in "([.\r\na]|\r\n|\r\n\\.){0,30}", piece in 1_usize..6,
        ) {
            let input = [input.as_bytes(), b"\r\n.\r\nQ"].concat();
            prop_assert_eq!(read(&input, piece), read(&input, input.len()));
        }
    }
}
