//! Decodes encoded words (RFC 2047) in header text.
//!
//! Neighbours in the same charset are joined before they are decoded: many mailers cut in the middle of a character.

use encodify::base64;

use super::{charset, escape};

/// One encoded word, decoded to bytes.
struct Word<'t> {
    charset: &'t str,
    bytes: Vec<u8>,
    /// What follows it.
    rest: &'t str,
}

/// Decodes the encoded words in `text`; what is none stays as it is.
pub(super) fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut pending: Option<(String, Vec<u8>)> = None;
    let mut rest = text;
    while let Some(at) = rest.find("=?") {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let Some(word) = word(from) else {
            flush(&mut out, &mut pending);
            // Past the "=?" that begins nothing.
            let (skipped, tail) = rest.split_at_checked(at + 2).unwrap_or((rest, ""));
            out.push_str(skipped);
            rest = tail;
            continue;
        };
        // White space between two encoded words is not shown.
        let adjacent = pending.is_some() && before.chars().all(char::is_whitespace);
        match &mut pending {
            Some((charset, bytes)) if adjacent && charset.eq_ignore_ascii_case(word.charset) => {
                bytes.extend_from_slice(&word.bytes);
            }
            _ => {
                flush(&mut out, &mut pending);
                if !adjacent {
                    out.push_str(before);
                }
                pending = Some((word.charset.to_owned(), word.bytes));
            }
        }
        rest = word.rest;
    }
    flush(&mut out, &mut pending);
    out.push_str(rest);
    out
}

fn flush(out: &mut String, pending: &mut Option<(String, Vec<u8>)>) {
    if let Some((charset, bytes)) = pending.take() {
        out.push_str(&charset::decode(&bytes, Some(&charset)));
    }
}

/// Reads the encoded word at the start of `text`.
fn word(text: &str) -> Option<Word<'_>> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    if charset.is_empty() || charset.len() > 60 || charset.contains(char::is_whitespace) {
        return None;
    }
    let (encoding, rest) = rest.split_once('?')?;
    let (data, rest) = rest.split_once("?=")?;
    if data.contains('?') {
        return None;
    }
    let bytes = match encoding {
        "B" | "b" => base64::STANDARD_NO_PAD.decode(data.trim().trim_end_matches('=')).ok()?,
        "Q" | "q" => escape::decode(data.replace('_', " ").as_bytes(), b'='),
        _ => return None,
    };
    // RFC 2231 adds a language after an asterisk.
    Some(Word { charset: charset.split('*').next().unwrap_or(charset), bytes, rest })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert_eq!(decode(text), expected, "{text}");
        }
    }

    #[test]
    fn unfinished_words_cost_little() {
        let text = "=?utf-8?Q?".repeat(1600);
        assert_eq!(decode(&text), text);
    }
}
