//! Decodes encoded words (RFC 2047) in header text.
//!
//! Neighbours in the same charset are joined before they are decoded: many mailers cut in the middle of a character. A word
//! that touches text is decoded all the same and put there without a space, as most readers do; where that may make one word
//! of two, the outcome is in doubt. The work is linear in the text, whatever stands in it.

use std::sync::LazyLock;

use encodify::base64;
use memchr::{
    memchr,
    memmem::{Finder, rfind},
};

use crate::fidelity::Decoded;
use crate::{charset, escape};

/// Longest name of a charset, with its language.
const MAX_CHARSET: usize = 60;

/// Find where words may begin and end. Made once: making one costs more than most searches.
static BEGIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"=?"));
static END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"?="));

/// One encoded word, decoded to bytes.
struct Word<'t> {
    charset: &'t [u8],
    bytes: Vec<u8>,
    /// Where in the text it ends.
    end: usize,
}

/// Decodes the encoded words in `text`; what is none is read as bytes of no named charset.
#[must_use]
pub fn decode(text: &[u8]) -> Decoded<String> {
    let (mut out, mut ends) = (Joiner::default(), Ends::of(text));
    let (mut from, mut search) = (0, 0);
    while let Some(at) = find(&BEGIN, text, search) {
        search = at + 2;
        if let Some(word) = word(text, at, &mut ends) {
            out.plain(text.get(from..at).unwrap_or_default(), true);
            (from, search) = (word.end, word.end);
            out.word(word);
        } else {
            // It begins nothing that we know of.
            out.in_doubt |= ends.last.is_some_and(|last| last > at);
        }
    }
    out.plain(text.get(from..).unwrap_or_default(), false);
    out.finish()
}

/// Rewrites the encoded words of an address list, so that every parser reads the same in them and goes no further than to
/// their end: each becomes one in UTF-8 and base64, and what only begins like one is broken by a space.
#[must_use]
pub fn rewrite(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut ends = Ends::of(text);
    let mut from = 0;
    while let Some(at) = find(&BEGIN, text, from) {
        out.extend_from_slice(text.get(from..at).unwrap_or_default());
        if let Some((decoded, end)) = words(text, at, &mut ends) {
            out.extend_from_slice(b"=?utf-8?B?");
            out.extend_from_slice(base64::STANDARD.encode(decoded).as_bytes());
            out.extend_from_slice(b"?=");
            from = end;
        } else {
            out.extend_from_slice(b"= ");
            from = at + 1;
        }
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default());
    out
}

/// Decodes the encoded words at `at` that only white space parts, and says where they end.
fn words<'t>(text: &'t [u8], at: usize, ends: &mut Ends<'t>) -> Option<(String, usize)> {
    let mut out = Joiner::default();
    let (mut next, mut end) = (at, None);
    while let Some(word) = word(text, next, ends) {
        let behind = text.get(word.end..).unwrap_or_default();
        next = word.end + (behind.len() - behind.trim_ascii_start().len());
        end = Some(word.end);
        out.word(word);
    }
    Some((out.finish().value, end?))
}

/// Puts text and encoded words together.
#[derive(Default)]
struct Joiner {
    out: Decoded<String>,
    /// What came last.
    last: Option<Kind>,
    /// The charset and the bytes of words that may go on.
    pending: Option<(Vec<u8>, Vec<u8>)>,
    in_doubt: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Word,
}

impl Joiner {
    fn plain(&mut self, text: &[u8], is_before_word: bool) {
        // White space between two encoded words is not shown.
        if is_before_word && self.pending.is_some() && text.trim_ascii().is_empty() {
            return;
        }
        self.flush();
        self.append(&charset::header(text), Kind::Plain);
    }

    fn word(&mut self, word: Word<'_>) {
        match &mut self.pending {
            Some((charset, bytes)) if charset.eq_ignore_ascii_case(word.charset) => {
                bytes.extend_from_slice(&word.bytes);
            }
            _ => {
                self.flush();
                self.pending = Some((word.charset.to_vec(), word.bytes));
            }
        }
    }

    fn flush(&mut self) {
        if let Some((charset, bytes)) = self.pending.take() {
            let decoded = charset::decode(&bytes, Some(&charset::header(&charset).value));
            self.append(&decoded, Kind::Word);
        }
    }

    fn append(&mut self, more: &Decoded<String>, kind: Kind) {
        // Some readers see a space between a word and text that touches it.
        let touches = self.last.replace(kind).is_some_and(|last| last != kind)
            && self.out.value.ends_with(|c| !parts_words(c))
            && more.value.starts_with(|c| !parts_words(c));
        self.in_doubt |= touches;
        self.out.value.push_str(&more.value);
        self.out.fidelity = self.out.fidelity.max(more.fidelity);
    }

    fn finish(mut self) -> Decoded<String> {
        self.flush();
        if self.in_doubt { self.out.in_doubt() } else { self.out }
    }
}

/// Says whether what stands before and behind the character are surely two words.
fn parts_words(c: char) -> bool {
    c.is_whitespace() || c.is_ascii_punctuation()
}

/// Where encoded words may end. It is asked from the front to the back, and looks at each byte once.
struct Ends<'t> {
    text: &'t [u8],
    /// The first end at or behind a place.
    next: Option<(usize, Option<usize>)>,
    last: Option<usize>,
}

impl<'t> Ends<'t> {
    fn of(text: &'t [u8]) -> Self {
        Self { text, next: None, last: rfind(text, b"?=") }
    }

    /// Finds the first end at this place or behind it.
    fn behind(&mut self, place: usize) -> Option<usize> {
        match self.next {
            Some((from, end)) if from <= place && end.is_none_or(|end| place <= end) => end,
            _ => {
                let end = find(&END, self.text, place);
                self.next = Some((place, end));
                end
            }
        }
    }
}

/// Reads the encoded word that begins at `at`.
fn word<'t>(text: &'t [u8], at: usize, ends: &mut Ends<'t>) -> Option<Word<'t>> {
    let rest = text.get(at..)?.strip_prefix(b"=?")?;
    let length = memchr(b'?', rest.get(..=MAX_CHARSET).unwrap_or(rest))?;
    let charset = rest.get(..length).filter(|charset| !charset.is_empty())?;
    let [_, encoding @ (b'B' | b'b' | b'Q' | b'q'), b'?', ..] = rest.get(length..)? else { return None };
    let begin = at + 2 + length + 3;
    let end = ends.behind(begin)?;
    let data = text.get(begin..end)?;
    // Another one begins in it, so that this one has no end of its own.
    if charset.iter().any(u8::is_ascii_whitespace) || BEGIN.find(data).is_some() {
        return None;
    }
    let bytes = if encoding.eq_ignore_ascii_case(&b'B') {
        base64::STANDARD_NO_PAD.decode(data.trim_ascii().split(|b| *b == b'=').next()?).ok()?
    } else {
        let spaced: Vec<u8> = data.iter().map(|b| if *b == b'_' { b' ' } else { *b }).collect();
        escape::decode(&spaced, b'=')
    };
    // RFC 2231 adds a language after an asterisk.
    let charset = charset.split(|b| *b == b'*').next().unwrap_or(charset);
    Some(Word { charset, bytes, end: end + 2 })
}

/// Finds a mark at or behind a place.
fn find(mark: &Finder<'_>, text: &[u8], from: usize) -> Option<usize> {
    Some(from + mark.find(text.get(from..)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fidelity;

    #[test]
    fn words() {
        for (text, expected) in [
            ("plain", "plain"),
            ("=?utf-8?Q?a_b=C3=BC?=", "a bü"),
            ("=?utf-8?B?w7w=?=", "ü"),
            ("=?utf-8*de?B?w7w?=", "ü"),
            ("x =?utf-8?Q?a?= =?utf-8?Q?b?= y", "x ab y"),
            ("=?utf-8?Q?a?= =?iso-8859-1?Q?=FC?=", "aü"),
            ("=?utf-8?B?w7w=?==?utf-8?B?w7w=?=", "üü"),
            ("=?utf-8?B?ww==?= =?utf-8?B?vA==?=", "ü"),
            ("=?utf-8?X?a?= =?", "=?utf-8?X?a?= =?"),
            ("=?utf-8?B?!!?=", "=?utf-8?B?!!?="),
            ("=?a b?Q?c?=", "=?a b?Q?c?="),
            ("=?utf-8?Q?Really??= yes", "Really? yes"),
            ("=?utf-8?Q?lost =?utf-8?Q?a?=", "=?utf-8?Q?lost a"),
            ("Ver=?utf-8?Q?=C3=A4?=nderung", "Veränderung"),
        ] {
            assert_eq!(decode(text.as_bytes()).value, expected, "{text}");
        }
        assert_eq!(decode(b"\xfc =?iso-8859-1?Q?\xfc?=").value, "ü ü");
    }

    #[test]
    fn says_what_is_in_doubt() {
        for (text, fidelity) in [
            ("plain =?utf-8?Q?a?= =?utf-8?Q?b?=: c", Fidelity::Exact),
            ("Re:=?utf-8?Q?a?=", Fidelity::Exact),
            ("[=?utf-8?Q?a?=]", Fidelity::Exact),
            ("=?utf-8?Q?a?==?iso-8859-1?Q?b?=", Fidelity::Exact),
            ("what =? is", Fidelity::Exact),
            ("=?utf-8?Q?=FC?=", Fidelity::AsciiOnly),
            ("Ver=?utf-8?Q?=C3=A4?= x", Fidelity::Lossy),
            ("=?utf-8?Q?secret?=s", Fidelity::Lossy),
            ("secret=?utf-8?Q??=s", Fidelity::Lossy),
            ("=?x-unheard-of?Q?abc?=", Fidelity::Lossy),
            ("=?utf-8?X?a?= b", Fidelity::Lossy),
            ("=?utf-8?B?!!?=", Fidelity::Lossy),
            ("=?a?q?=", Fidelity::Lossy),
        ] {
            assert_eq!(decode(text.as_bytes()).fidelity, fidelity, "{text}");
        }
    }

    #[test]
    fn address_lists_are_rewritten() {
        for (list, expected) in [
            ("A <a@b>, c@d", "A <a@b>, c@d"),
            ("=?iso-8859-1?Q?=FC,_x?= <a@b>", "=?utf-8?B?w7wsIHg=?= <a@b>"),
            ("=?utf-8?Q?a?= \t=?iso-8859-1?Q?b?= c <a@b>", "=?utf-8?B?YWI=?= c <a@b>"),
            ("=?utf-8?Q?a <a@b>, =?utf-8?Q?b?= <c@d>", "= ?utf-8?Q?a <a@b>, =?utf-8?B?Yg==?= <c@d>"),
            ("=?=?=?", "= ?= ?= ?"),
        ] {
            assert_eq!(String::from_utf8(rewrite(list.as_bytes())).unwrap(), expected);
        }
    }

    /// Reading on to the end at every beginning would take hours.
    #[test]
    fn unfinished_words_cost_little() {
        for unfinished in ["=?aa?q?x", "=?aa?b?", "=?aa", "=?aa?q?=4"] {
            let text = unfinished.repeat((16 << 20) / unfinished.len());
            assert!(decode(text.as_bytes()).value.starts_with("=?"));
            let text = text + "?=";
            assert!(rewrite(text.as_bytes()).starts_with(b"= ?"));
        }
    }
}
