//! Turns bytes into text.

use encodify::utf7;
use mail_parser::decoders::charsets::map::charset_decoder;

use crate::fidelity::{Decoded, Fidelity};

/// The charset of bytes that are no UTF-8 and name none: what most such mails are.
const FALLBACK: &[u8] = b"windows-1252";

/// What some texts begin with, and is no part of them.
const BOM: char = '\u{FEFF}';

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
    Decoded { value: without_bom(String::from_utf8_lossy(bytes).into_owned()), fidelity }
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
}
