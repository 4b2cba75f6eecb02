//! Reads the next hop's replies.
//!
//! Not smtp-proto's reader, because that takes the code of a reply from its first line whatever the others say; here
//! a reply whose lines disagree is garbage, and garbage is never success.

use crate::reply::{EnhancedCode, Reply};

/// Octets and lines that one reply may have, with much room: a long EHLO has 1,000.
pub(crate) const MAX_OCTETS: usize = 16 * 1024;
const MAX_LINES: usize = 128;

/// What the next hop said is no SMTP reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Garbage;

/// A reply, and how many octets it took.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Response {
    /// The reply with its text cleaned.
    pub(crate) reply: Reply,
    /// The lines of text as they came, for EHLO.
    pub(crate) lines: Vec<String>,
    /// Octets of the input that it took.
    pub(crate) consumed: usize,
}

/// Reads one reply from the start of the input; nothing if it is not whole yet.
pub(crate) fn parse(input: &[u8]) -> Result<Option<Response>, Garbage> {
    let (mut consumed, mut code, mut lines) = (0, None, Vec::new());
    for line in input.split_inclusive(|&b| b == b'\n') {
        let Some(line_text) = line.strip_suffix(b"\n") else { break };
        consumed += line.len();
        let line_text = line_text.strip_suffix(b"\r").unwrap_or(line_text);
        let (line_code, is_last, text) = parse_line(line_text).ok_or(Garbage)?;
        if consumed > MAX_OCTETS || lines.len() >= MAX_LINES || code.is_some_and(|code| code != line_code) {
            return Err(Garbage);
        }
        code = Some(line_code);
        lines.push(String::from_utf8_lossy(text).into_owned());
        if is_last {
            return Ok(Some(Response { reply: make_reply(line_code, &lines), lines, consumed }));
        }
    }
    if input.len() > MAX_OCTETS { Err(Garbage) } else { Ok(None) }
}

/// Reads one line: code, whether it is the last one, text.
fn parse_line(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (digits, rest) = line.split_first_chunk::<3>()?;
    if !(digits.iter().all(u8::is_ascii_digit) && matches!(digits, [b'2'..=b'5', ..])) {
        return None;
    }
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    match rest.split_first() {
        None => Some((code, true, b"")),
        Some((b' ', text)) => Some((code, true, text)),
        Some((b'-', text)) => Some((code, false, text)),
        Some(_) => None,
    }
}

/// Parts the enhanced status code from the text; it stands on every line, or on none.
fn make_reply(code: u16, lines: &[String]) -> Reply {
    let first_word = lines.first().and_then(|line| line.split(' ').next()).unwrap_or_default();
    let Some(enhanced) = EnhancedCode::parse(first_word) else {
        return Reply::from_parts(code, None, &lines.join("\n"));
    };
    let texts: Vec<_> = lines.iter().map(|line| line.strip_prefix(first_word).unwrap_or(line)).collect();
    Reply::from_parts(code, Some(enhanced), &texts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_read_at_every_split() {
        for (input, expected) in [
            ("250 2.0.0 Ok: queued as 2F57A99E198\r\n", "250 2.0.0 Ok: queued as 2F57A99E198"),
            ("354\r\n", "354 (no text)"),
            ("250-mx.example\r\n250-PIPELINING\r\n250 SIZE 1\r\n", "250 mx.example PIPELINING SIZE 1"),
            ("550-5.1.1 <a@b>: no\r\n550 5.1.1 such user\r\n", "550 5.1.1 <a@b>: no such user"),
            ("550-5.1.1 no\r\n550 such user\r\n", "550 5.1.1 no such user"),
            ("451 5.1.1 class of another code\r\n", "451 4.1.1 class of another code"),
            ("250 10.0.0 none\r\n", "250 10.0.0 none"),
            ("550 bare\x07\rtext\n", "550 bare? text"),
        ] {
            let input = [input.as_bytes(), b"221 "].concat();
            let whole = input.len() - 4;
            for end in 0..whole {
                assert_eq!(parse(&input[..end]), Ok(None), "{end} of {expected}");
            }
            for end in whole..=input.len() {
                let response = parse(&input[..end]).unwrap().unwrap();
                assert_eq!((response.reply.to_string().as_str(), response.consumed), (expected, whole));
            }
        }
    }

    #[test]
    fn garbage_is_no_reply() {
        for input in [
            &b"\r\n"[..],
            b"25\r\n",
            b"250x\r\n",
            b"150 early\r\n",
            b"999 late\r\n",
            b"HTTP/1.1 200 OK\r\n",
            b"250-first\r\n550 last\r\n",
            b"550-first\r\n250 last\r\n",
        ] {
            assert_eq!(parse(input), Err(Garbage), "{}", input.escape_ascii());
        }
        assert_eq!(parse(&vec![b'2'; MAX_OCTETS + 1]), Err(Garbage));
        assert_eq!(parse("250-x\r\n".repeat(MAX_LINES + 1).as_bytes()), Err(Garbage));
        assert_eq!(parse(format!("250 {}\r\n", "x".repeat(MAX_OCTETS)).as_bytes()), Err(Garbage));
    }
}
