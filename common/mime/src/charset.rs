//! Turns bytes into text.

use encodify::utf7;
use mail_parser::decoders::charsets::map::charset_decoder;

use crate::fidelity::{Decoded, Fidelity};

/// The charset of bytes that are no UTF-8 and name none: what most such mails are.
const FALLBACK: &[u8] = b"windows-1252";

/// What some texts begin with, and is no part of them.
const BOM: char = '\u{FEFF}';

/// Texts are decoded in pieces of about so many octets where only their beginning is wanted.
const PIECE: usize = 64 << 10;
/// Most octets that are read of a text that can't be decoded in pieces: enough for 2 MiB of text in UTF-32.
const MAX_IN_ONE: usize = 8 << 20;

/// Decodes `bytes` in the charset called `label`.
///
/// No label, us-ascii and unknown ones stand for UTF-8 if the bytes are that, else for windows-1252.
#[must_use]
pub fn decode(bytes: &[u8], label: Option<&str>) -> Decoded<String> {
    let label = normal(label);
    match decoder(&label) {
        Decoder::Utf8 => utf8(bytes),
        Decoder::Unnamed => unnamed(bytes),
        Decoder::Utf7 => known(utf7::MAIL.decode_lossy(bytes), false),
        Decoder::Known(decoder) => known(decoder(bytes), has_ascii(&label)),
        Decoder::Unknown => Decoded { value: unnamed(bytes).value, fidelity: Fidelity::Lossy },
    }
}

/// Decodes the beginning of a text: at most `most` octets of UTF-8, and whether that is all.
///
/// It is what [`decode`] gives. What stands behind it is not decoded, so it costs no memory.
#[must_use]
pub fn decode_start(bytes: &[u8], label: Option<&str>, most: usize) -> (String, bool) {
    let mut pieces = Pieces::of(bytes, label);
    let mut text = String::new();
    while text.len() <= most
        && let Some(piece) = pieces.next()
    {
        if text.is_empty() {
            text = piece;
        } else {
            text.push_str(&piece);
        }
    }
    let (text, uncut) = start(text, most);
    (text, uncut && pieces.is_done())
}

/// Cuts a text to at most `most` octets; gives it, and whether that is all.
#[must_use]
pub fn start(mut text: String, most: usize) -> (String, bool) {
    let uncut = text.len() <= most;
    if !uncut {
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    (text, uncut)
}

/// A text that is decoded piece by piece. The pieces together are what [`decode`] gives.
///
/// A charset that has other states than ASCII gives one piece, of the first 8 MiB.
pub struct Pieces<'b> {
    rest: &'b [u8],
    decode: fn(&[u8]) -> String,
    cut: Cut,
    size: usize,
    begun: bool,
}

/// Where a text may be cut before it is decoded.
#[derive(Clone, Copy)]
enum Cut {
    /// Before what is no continuation of a character in UTF-8.
    Utf8,
    /// Behind two octets of ASCII: the first may end a character that another octet has begun, the second is one itself.
    Ascii,
    Nowhere,
}

impl<'b> Pieces<'b> {
    /// Begins to decode `bytes` in the charset called `label`.
    #[must_use]
    pub fn of(bytes: &'b [u8], label: Option<&str>) -> Self {
        Self::of_size(bytes, label, PIECE)
    }

    fn of_size(bytes: &'b [u8], label: Option<&str>, size: usize) -> Self {
        let label = normal(label);
        let is_utf8 = || std::str::from_utf8(bytes).is_ok();
        let (decode, cut): (fn(&[u8]) -> String, Cut) = match decoder(&label) {
            Decoder::Utf8 => (lossy, Cut::Utf8),
            Decoder::Utf7 => (|bytes| utf7::MAIL.decode_lossy(bytes), Cut::Nowhere),
            Decoder::Known(decoder) => (decoder, if has_ascii(&label) { Cut::Ascii } else { Cut::Nowhere }),
            Decoder::Unnamed | Decoder::Unknown if has_utf_16_mark(bytes) => {
                (charset_decoder(b"utf-16").unwrap_or(lossy), Cut::Nowhere)
            }
            Decoder::Unnamed | Decoder::Unknown if is_utf8() => (lossy, Cut::Utf8),
            Decoder::Unnamed | Decoder::Unknown => (charset_decoder(FALLBACK).unwrap_or(lossy), Cut::Ascii),
        };
        Self { rest: bytes, decode, cut, size, begun: false }
    }

    /// Whether all has been decoded.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// Where the next piece ends.
    fn end(&self) -> usize {
        let size = match self.cut {
            Cut::Nowhere => MAX_IN_ONE,
            Cut::Utf8 | Cut::Ascii => self.size,
        };
        if self.rest.len() <= size {
            return self.rest.len();
        }
        let at = |place: usize| self.rest.get(place).copied().unwrap_or_default();
        let fits = |end: &usize| match self.cut {
            Cut::Utf8 => at(*end) & 0xC0 != 0x80,
            Cut::Ascii => at(end - 1).is_ascii() && at(end - 2).is_ascii(),
            Cut::Nowhere => true,
        };
        let range = 2..=size;
        // A character of UTF-8 has at most three octets behind its first.
        let found = match self.cut {
            Cut::Utf8 => range.rev().take(4).find(fits),
            Cut::Ascii | Cut::Nowhere => range.rev().find(fits),
        };
        found.unwrap_or(size)
    }
}

impl Iterator for Pieces<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let can_go_on = !self.begun || !matches!(self.cut, Cut::Nowhere);
        let (piece, rest) =
            self.rest.split_at_checked(self.end()).filter(|(piece, _)| can_go_on && !piece.is_empty())?;
        self.rest = rest;
        let text = (self.decode)(piece);
        Some(if std::mem::replace(&mut self.begun, true) { text } else { without_bom(text) })
    }
}

/// Gives a number of octets that the text which [`decode`] makes of these bytes is never longer than.
///
/// It is just the length where that is told at once: of text in UTF-8 or ASCII.
#[must_use]
pub fn most_octets(bytes: &[u8], label: Option<&str>) -> usize {
    let label = normal(label);
    let (is_utf8, has_ascii) = match decoder(&label) {
        Decoder::Utf8 => (true, true),
        Decoder::Unnamed | Decoder::Unknown => (true, !has_utf_16_mark(bytes)),
        Decoder::Utf7 => (false, false),
        Decoder::Known(_) => (false, has_ascii(&label)),
    };
    if is_utf8 && std::str::from_utf8(bytes).is_ok() {
        return bytes.len();
    }
    // No charset has a byte that stands for more than three octets of UTF-8, nor has what stands in for a broken one.
    let in_full = if has_ascii { bytes.iter().filter(|byte| !byte.is_ascii()).count() } else { bytes.len() };
    bytes.len() + 2 * in_full
}

/// How bytes are decoded.
enum Decoder {
    Utf8,
    Unnamed,
    Utf7,
    Known(fn(&[u8]) -> String),
    Unknown,
}

/// The label in lower case, without what stands around it.
fn normal(label: Option<&str>) -> String {
    let label = label.unwrap_or_default();
    label.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase()
}

fn decoder(label: &str) -> Decoder {
    match label {
        "" | "us-ascii" | "ascii" | "ansi_x3.4-1968" => Decoder::Unnamed,
        // Not the parser's own decoder, which reads "+-" wrongly.
        "utf-7" | "utf7" | "unicode-1-1-utf-7" | "csunicode11utf7" => Decoder::Utf7,
        _ if label.starts_with("utf8") || label.starts_with("utf-8") => Decoder::Utf8,
        _ => charset_decoder(label.as_bytes()).map_or(Decoder::Unknown, Decoder::Known),
    }
}

/// Gives the label of a Windows code page.
#[must_use]
pub fn of_code_page(page: u32) -> String {
    let label = match page {
        874 | 1250..=1258 => return format!("windows-{page}"),
        932 => "shift_jis",
        936 => "gbk",
        949 => "euc-kr",
        950 => "big5",
        20866 => "koi8-r",
        28591 => "iso-8859-1",
        65001 => "utf-8",
        _ => "",
    };
    label.to_owned()
}

/// Decodes bytes that name no charset, as in a header field.
#[must_use]
pub fn header(bytes: &[u8]) -> Decoded<String> {
    match (std::str::from_utf8(bytes), charset_decoder(FALLBACK)) {
        (Err(_), Some(decoder)) => Decoded { value: decoder(bytes), fidelity: Fidelity::AsciiOnly },
        _ => utf8(bytes),
    }
}

/// Decodes a text that names no charset: in UTF-16 if it begins with its mark, else as a header field.
///
/// What has NUL or ESC in it is in some other charset, of which nothing can be said.
fn unnamed(bytes: &[u8]) -> Decoded<String> {
    if has_utf_16_mark(bytes) {
        return match charset_decoder(b"utf-16") {
            Some(decoder) => known(decoder(bytes), false),
            None => header(bytes).in_doubt(),
        };
    }
    let decoded = header(bytes);
    if memchr::memchr2(0, 0x1b, bytes).is_some() { decoded.in_doubt() } else { decoded }
}

fn has_utf_16_mark(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
}

fn utf8(bytes: &[u8]) -> Decoded<String> {
    let fidelity = if std::str::from_utf8(bytes).is_ok() { Fidelity::Exact } else { Fidelity::AsciiOnly };
    Decoded { value: without_bom(lossy(bytes)), fidelity }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn known(text: String, has_ascii: bool) -> Decoded<String> {
    let fidelity = match (text.contains(char::REPLACEMENT_CHARACTER), has_ascii) {
        (false, _) => Fidelity::Exact,
        (true, true) => Fidelity::AsciiOnly,
        (true, false) => Fidelity::Lossy,
    };
    Decoded { value: without_bom(text), fidelity }
}

/// Says whether an octet that is a character of ASCII is one in this charset too, wherever it stands behind whole characters.
fn has_ascii(label: &str) -> bool {
    let other = [
        "utf-7",
        "utf-16",
        "utf-32",
        "ucs",
        "unicode",
        "csutf",
        "csunicode",
        "iso-2022",
        "iso_2022",
        "csiso2022",
    ];
    !other.iter().any(|start| label.starts_with(start))
        && !label.contains("10646")
        && !label.starts_with("hz")
}

/// Gives the charset that an HTML document declares in its first bytes (`<meta charset=…>`).
#[must_use]
pub fn declared_in_html(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(2048)).unwrap_or_default().to_ascii_lowercase();
    let at = memchr::memmem::find(&head, b"charset=")?;
    let rest = head.get(at + "charset=".len()..)?;
    let label: Vec<u8> = rest
        .iter()
        .copied()
        .skip_while(|b| matches!(b, b'"' | b'\'' | b' '))
        .take_while(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(b))
        .collect();
    String::from_utf8(label).ok().filter(|label| !label.is_empty())
}

fn without_bom(mut text: String) -> String {
    if text.starts_with(BOM) {
        text.drain(..BOM.len_utf8());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charsets() {
        for (bytes, label, expected) in [
            (&b"gr\xfcn"[..], Some("ISO-8859-1"), "grün"),
            (b"gr\xc3\xbcn", Some("us-ascii"), "grün"),
            (b"gr\xfcn", None, "grün"),
            (b"gr\xfcn", Some("x-unknown"), "grün"),
            (b"gr\xc3\xbcn", Some("\"UTF-8\""), "grün"),
            (b"a\xffb", Some("utf-8"), "a\u{fffd}b"),
            (b"\xef\xbb\xbfa", Some("utf-8"), "a"),
            (b"\x1b$B%O\x1b(B", Some("iso-2022-jp"), "ハ"),
            (b"\xc4\xe3", Some("GBK"), "你"),
            (b"\xfe\xff\0a", Some("utf-16"), "a"),
            (b"+-ADw- +ADw-", Some("UTF-7"), "+ADw- <"),
        ] {
            assert_eq!(decode(bytes, label).value, expected, "{label:?}");
        }
    }

    #[test]
    fn no_text_is_longer_than_is_said() {
        let labels = [
            "",
            "utf-8",
            "x-unknown",
            "utf-7",
            "utf-16",
            "utf-16be",
            "iso-8859-1",
            "iso-8859-8",
            "windows-1251",
            "windows-1258",
            "koi8-r",
            "ibm850",
            "ibm866",
            "macintosh",
            "x-mac-cyrillic",
            "x-user-defined",
            "tis-620",
            "iso-2022-jp",
            "iso-2022-kr",
            "hz-gb-2312",
            "shift_jis",
            "euc-jp",
            "euc-kr",
            "big5",
            "gbk",
            "gb18030",
        ];
        let pairs = (0..=u16::MAX).map(|pair| pair.to_be_bytes().to_vec());
        let marked = (0..=u8::MAX).map(|byte| [b"\xff\xfe".to_vec(), vec![byte; 10]].concat());
        let shifted = (0..=u8::MAX).map(|byte| [b"\x1b$B".to_vec(), vec![byte; 10]].concat());
        let kanji = "\u{65e5}\u{672c}+".repeat(9).into_bytes();
        for bytes in pairs.chain(marked).chain(shifted).chain([kanji, b"+AAAA".repeat(9)]) {
            for label in labels {
                let (most, text) = (most_octets(&bytes, Some(label)), decode(&bytes, Some(label)).value);
                assert!(text.len() <= most, "{label}: {bytes:x?} is {text:?}");
            }
        }
        assert_eq!(most_octets("gr\u{fc}n".as_bytes(), None), 5);
        assert_eq!(most_octets(b"gr\xfcn", Some("iso-8859-1")), 6);
    }

    #[test]
    fn html_declares_its_charset() {
        assert_eq!(declared_in_html(b"<META charset=\"Koi8-R\">").as_deref(), Some("koi8-r"));
        assert_eq!(declared_in_html(b"<meta content='text/html; charset=big5'>").as_deref(), Some("big5"));
        assert_eq!(declared_in_html(b"<p>"), None);
    }

    #[test]
    fn pieces_are_the_whole() {
        let chinese = b"\xc4\xe3\xba\xc3, ab \xc4\xe3";
        for (bytes, label) in [
            (&"\u{feff}grün 你好 \u{1f600}\u{1f600} ende".repeat(9).into_bytes()[..], Some("utf-8")),
            (&"grün 你好 \u{1f600} ende".repeat(9).into_bytes(), None),
            (b"a\xff\xc3b\xe4\xbd\x80\x80\x80\x80\x80c\xf0\x9f\x98", Some("utf-8")),
            (&b"gr\xfcn \x80".repeat(9), None),
            (&b"gr\xfcn \x80".repeat(9), Some("windows-1252")),
            (&chinese.repeat(9), Some("gbk")),
            (&b"\x81\x30\x81\x30 ab ".repeat(9), Some("gb18030")),
            (&b"\x83\x65ab\x83\x5c cd ".repeat(9), Some("shift_jis")),
            (&b"\x1b$B%O\x1b(B".repeat(9), Some("iso-2022-jp")),
            (b"\xfe\xff\0a\0b\0c\0d\0e\0f", None),
            (b"+ADw-script+AD4- +-+-+-+-", Some("utf-7")),
            (b"", None),
        ] {
            let whole = decode(bytes, label).value;
            for size in 8..20 {
                let mut pieces = Pieces::of_size(bytes, label, size);
                assert_eq!(pieces.by_ref().collect::<Vec<_>>().concat(), whole, "{label:?} {size}");
                assert!(pieces.is_done());
            }
            assert_eq!(decode_start(bytes, label, whole.len()), (whole.clone(), true), "{label:?}");
        }
    }

    /// Each octet may become three: what is decoded is bounded by what is wanted.
    #[test]
    fn only_the_beginning_is_decoded() {
        for (label, first) in [("windows-1252", "€"), ("utf-8", "\u{fffd}"), ("utf-16", "肀")] {
            let bytes = vec![0x80; 3 * MAX_IN_ONE];
            let (text, whole) = decode_start(&bytes, Some(label), 1000);
            assert_eq!((text, whole), (first.repeat(333), false), "{label}");
            let read: usize = Pieces::of(&bytes, Some(label)).take(2).map(|piece| piece.len()).sum();
            assert!(read <= 3 * MAX_IN_ONE, "{label}");
            assert!(!Pieces::of(&bytes, Some("utf-16")).any(|piece| piece.is_empty()));
        }
    }
}
