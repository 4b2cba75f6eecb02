//! Undoes the Content-Transfer-Encoding of a part.
//!
//! Decoding never fails: what is not of the encoding is read over (base64) or kept (quoted-printable), as RFC 2045
//! asks of a reader, so a damaged attachment is still handed out as far as it goes.

use std::borrow::Cow;

use encodify::base64;

use crate::escape;
use crate::fidelity::Decoded;
use crate::structure::Part;

/// Gives the decoded body of a part, which is never longer than the encoded one.
#[must_use]
pub fn decode<'m>(part: &Part<'m>) -> Decoded<Cow<'m, [u8]>> {
    let body = part.body;
    match encoding(part).as_slice() {
        b"base64" if part.content_type.is_text() && !looks_like_base64(body) => in_doubt(body),
        b"base64" => base64(body).map(Cow::Owned),
        b"quoted-printable" => quoted_printable(body).map(Cow::Owned),
        b"x-uuencode" | b"uuencode" | b"x-uue" | b"uue" => {
            uuencode(body).map_or_else(|| in_doubt(body), |bytes| Decoded::exact(Cow::Owned(bytes)))
        }
        b"" | b"7bit" | b"8bit" | b"binary" => Decoded::exact(Cow::Borrowed(body)),
        _ => in_doubt(body),
    }
}

/// Gives the name of the transfer encoding, in lower case.
fn encoding(part: &Part<'_>) -> Vec<u8> {
    let field = part.header.first("content-transfer-encoding").unwrap_or_default();
    let written = without_comments(&field);
    let mut token: Vec<u8> = written
        .iter()
        .copied()
        .skip_while(|b| matches!(b, b'"' | b'\''))
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'-')
        .collect();
    token.make_ascii_lowercase();
    if token.is_empty() && !written.is_empty() {
        // No encoding that anybody knows.
        token.push(b'?');
    }
    token
}

/// Leaves out the comments in front (RFC 5322, 3.2.2); one without an end stays.
fn without_comments(mut value: &[u8]) -> &[u8] {
    loop {
        value = value.trim_ascii_start();
        if !value.starts_with(b"(") {
            return value;
        }
        let (mut depth, mut is_quoted) = (0_usize, false);
        let end = value.iter().position(|byte| {
            let is_mark = !is_quoted;
            is_quoted = *byte == b'\\' && !is_quoted;
            match byte {
                b'(' if is_mark => depth += 1,
                b')' if is_mark => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        match end.and_then(|end| value.get(end + 1..)) {
            Some(rest) => value = rest,
            None => return value,
        }
    }
}

fn in_doubt(body: &[u8]) -> Decoded<Cow<'_, [u8]>> {
    Decoded::exact(Cow::Borrowed(body)).in_doubt()
}

/// Value of a base64 digit, or 64.
const DIGITS: [u8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [64_u8; 256];
    let mut i = 0_u8;
    while i < 64 {
        #[expect(
            clippy::indexing_slicing,
            reason = "the compiler checks it: this is evaluated while compiling"
        )]
        {
            table[alphabet[i as usize] as usize] = i;
        }
        i += 1;
    }
    table
};

/// Whether a text that is called base64 was encoded at all.
fn looks_like_base64(body: &[u8]) -> bool {
    let body = body.split(|b| *b == b'=').next().unwrap_or(body);
    let digits = body.iter().filter(|b| value(**b).is_some()).count();
    let junk = body.iter().filter(|b| value(**b).is_none() && !matches!(b, b'\r' | b'\n')).count();
    junk <= digits / 16
}

/// Base64 (RFC 2045, 6.8): characters outside the alphabet are read over.
fn base64(body: &[u8]) -> Decoded<Vec<u8>> {
    match base64::LENIENT.decode(body) {
        Ok(bytes) => {
            let digits = body.iter().filter(|b| !(b.is_ascii_whitespace() || **b == b'=')).count();
            let decoded = Decoded::exact(bytes);
            // Four digits hold three bytes, three two, two one; what one digit over held is lost.
            if digits % 4 == 1 { decoded.in_doubt() } else { decoded }
        }
        Err(_) => Decoded::exact(broken_base64(body)).in_doubt(),
    }
}

/// Base64 with other characters in it.
///
/// After a padding only lines that are nothing but base64 are decoded: some mailers put several encodings one after
/// another, others add a footer.
fn broken_base64(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 3);
    let mut bits = 0_u32;
    let mut count = 0_u32;
    let mut padded = false;
    for line in body.split_inclusive(|b| *b == b'\n') {
        if padded && !line.iter().all(|b| value(*b).is_some() || b.is_ascii_whitespace() || *b == b'=') {
            break;
        }
        for byte in line {
            if let Some(digit) = value(*byte) {
                bits = bits << 6 | u32::from(digit);
                count += 1;
                if count == 4 {
                    out.extend_from_slice(bits.to_be_bytes().get(1..).unwrap_or_default());
                    (bits, count) = (0, 0);
                }
            } else if *byte == b'=' && count >= 2 {
                end_group(&mut out, bits, count);
                (bits, count, padded) = (0, 0, true);
            }
        }
    }
    end_group(&mut out, bits, count);
    out
}

fn value(digit: u8) -> Option<u8> {
    DIGITS.get(usize::from(digit)).copied().filter(|value| *value < 64)
}

/// Writes what a group of fewer than four digits stands for.
fn end_group(out: &mut Vec<u8>, bits: u32, count: u32) {
    // Two digits hold 12 bits, of which 8 count; three hold 18, of which 16 count.
    let bytes = match count {
        2 => (bits << 12).to_be_bytes(),
        3 => (bits << 6).to_be_bytes(),
        _ => return,
    };
    let length = if count == 2 { 1 } else { 2 };
    out.extend(bytes.iter().skip(1).take(length));
}

/// Quoted-printable (RFC 2045, 6.7): white space at the end of a line was added on the way and goes; what is no escape is
/// kept, and puts the whole in doubt.
fn quoted_printable(body: &[u8]) -> Decoded<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len());
    let mut sound = true;
    for line in body.split_inclusive(|b| *b == b'\n') {
        let (text, end) = match line.strip_suffix(b"\n") {
            Some(text) => match text.strip_suffix(b"\r") {
                Some(text) => (text, &b"\r\n"[..]),
                None => (text, &b"\n"[..]),
            },
            None => (line, &b""[..]),
        };
        let text = if end.is_empty() { text } else { trim_blanks(text) };
        let (text, soft) = text.strip_suffix(b"=").map_or((text, false), |text| (text, true));
        sound &= escape::decode_into(text, b'=', &mut out);
        if !soft {
            out.extend_from_slice(end);
        }
    }
    let decoded = Decoded::exact(out);
    if sound { decoded } else { decoded.in_doubt() }
}

fn trim_blanks(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|b| !matches!(b, b' ' | b'\t')).map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default()
}

/// uuencode: the lines between "begin" and "end"; `None` without a "begin".
fn uuencode(body: &[u8]) -> Option<Vec<u8>> {
    let mut lines = body.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.by_ref().find(|line| line.starts_with(b"begin "))?;
    let mut out = Vec::with_capacity(body.len());
    for line in lines.take_while(|line| *line != b"end") {
        let Some((length, data)) = line.split_first() else { continue };
        let length = usize::from(length.wrapping_sub(b' ') & 0x3F);
        let mut decoded = Vec::with_capacity(48);
        for group in data.chunks(4) {
            let bits = (0..4).fold(0_u32, |bits, i| {
                bits << 6 | u32::from(group.get(i).map_or(0, |byte| byte.wrapping_sub(b' ') & 0x3F))
            });
            decoded.extend_from_slice(bits.to_be_bytes().get(1..).unwrap_or_default());
        }
        decoded.truncate(length);
        out.extend(decoded);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::Structure;

    #[test]
    fn encodings() {
        for (encoding, body, expected) in [
            ("base64", "QUJD\r\nRA==\r\n", &b"ABCD"[..]),
            ("BASE64", "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQU!JD RA==", b"ABCABCABCABCABCABCABCABCABCD"),
            ("base64", "this is no base64 at all.", b"this is no base64 at all."),
            ("base64", "QQ==\n--b-->\nText", b"A"),
            ("base64", "QQ==QkM=\nQQ==", b"ABCA"),
            ("base64", "QQ====Q", b"A"),
            (" \"base64\" ; x", "QUJD", b"ABC"),
            ("quoted-printable", "a=3D=3d=\r\nb \t\r\nc= \r\nd=ZZ=", b"a==b\r\ncd=ZZ"),
            ("quoted-printable", "=", b""),
            ("quoted-printable", "a  ", b"a  "),
            ("x-uuencode", "begin 644 a\n#0V%T\n`\nend\n", b"Cat"),
            ("x-uuencode", "no begin", b"no begin"),
            ("7bit", "a=3D", b"a=3D"),
            ("x-unknown", "a=3D", b"a=3D"),
        ] {
            let mail = format!("Content-Transfer-Encoding: {encoding}\n\n{body}");
            let structure = Structure::of(mail.as_bytes()).unwrap();
            assert_eq!(&*decode(structure.get(0).unwrap()).value, expected, "{encoding} {body}");
        }
    }
}
