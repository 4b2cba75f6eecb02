//! Decodes encoded words (RFC 2047) in header text.
//!
//! Neighbours in the same charset are joined before they are decoded: many mailers cut in the middle of a character.

use encodify::base64;
use memchr::memmem;

use crate::fidelity::{Decoded, Fidelity};
use crate::{charset, escape};

/// One encoded word, decoded to bytes.
struct Word<'t> {
    charset: &'t [u8],
    bytes: Vec<u8>,
    /// What follows it.
    rest: &'t [u8],
}

/// Decodes the encoded words in `text`; what is none is read as bytes of no named charset.
#[must_use]
pub fn decode(text: &[u8]) -> Decoded<String> {
    let mut out = Decoded::exact(String::with_capacity(text.len()));
    let mut plain = Vec::new();
    let mut pending: Option<(Vec<u8>, Vec<u8>)> = None;
    let mut rest = text;
    while let Some(at) = memmem::find(rest, b"=?") {
        let (before, from) = rest.split_at(at);
        // White space between two encoded words is not shown.
        let adjacent = pending.is_some() && before.trim_ascii().is_empty();
        let Some(word) = word(from) else {
            flush(&mut out, &mut pending);
            // The "=?" begins nothing that we know of.
            if memmem::find(from, b"?=").is_some() {
                out.fidelity = Fidelity::Lossy;
            }
            let (skipped, tail) = rest.split_at_checked(at + 2).unwrap_or((rest, &[]));
            plain.extend_from_slice(skipped);
            rest = tail;
            continue;
        };
        match &mut pending {
            Some((charset, bytes)) if adjacent && charset.eq_ignore_ascii_case(word.charset) => {
                bytes.extend_from_slice(&word.bytes);
            }
            _ => {
                flush(&mut out, &mut pending);
                if !adjacent {
                    plain.extend_from_slice(before);
                    append(&mut out, &charset::header(&std::mem::take(&mut plain)));
                }
                pending = Some((word.charset.to_vec(), word.bytes));
            }
        }
        rest = word.rest;
    }
    flush(&mut out, &mut pending);
    plain.extend_from_slice(rest);
    append(&mut out, &charset::header(&plain));
    out
}

fn append(out: &mut Decoded<String>, more: &Decoded<String>) {
    out.value.push_str(&more.value);
    out.fidelity = out.fidelity.max(more.fidelity);
}

fn flush(out: &mut Decoded<String>, pending: &mut Option<(Vec<u8>, Vec<u8>)>) {
    if let Some((charset, bytes)) = pending.take() {
        append(out, &charset::decode(&bytes, Some(&charset::header(&charset).value)));
    }
}

/// Reads the encoded word at the start of `text`.
fn word(text: &[u8]) -> Option<Word<'_>> {
    let (charset, rest) = cut(text.strip_prefix(b"=?")?, b"?")?;
    if charset.is_empty() || charset.len() > 60 || charset.iter().any(u8::is_ascii_whitespace) {
        return None;
    }
    let (encoding, rest) = cut(rest, b"?")?;
    let (data, rest) = cut(rest, b"?=")?;
    if data.contains(&b'?') {
        return None;
    }
    let bytes = match encoding {
        b"B" | b"b" => {
            base64::STANDARD_NO_PAD.decode(data.trim_ascii().split(|b| *b == b'=').next()?).ok()?
        }
        b"Q" | b"q" => {
            let spaced: Vec<u8> = data.iter().map(|b| if *b == b'_' { b' ' } else { *b }).collect();
            escape::decode(&spaced, b'=')
        }
        _ => return None,
    };
    // RFC 2231 adds a language after an asterisk.
    Some(Word { charset: charset.split(|b| *b == b'*').next().unwrap_or(charset), bytes, rest })
}

/// Cuts at the first `mark`, which belongs to neither half.
fn cut<'t>(text: &'t [u8], mark: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let at = memmem::find(text, mark)?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
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
            assert_eq!(decode(text.as_bytes()).value, expected, "{text}");
        }
        assert_eq!(decode(b"\xfc =?iso-8859-1?Q?\xfc?=").value, "ü ü");
    }

    #[test]
    fn unfinished_words_cost_little() {
        let text = "=?utf-8?Q?".repeat(1600);
        assert_eq!(decode(text.as_bytes()).value, text);
    }
}
