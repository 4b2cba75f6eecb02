//! Undoes escapes of one marker and two hexadecimal digits: `=3D`, `%3D`.

/// Replaces each `marker` that two hexadecimal digits follow by the byte that they stand for.
#[must_use]
pub fn decode(text: &[u8], marker: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    decode_into(text, marker, &mut out);
    out
}

/// Does the same at the end of `out`, and says whether each marker was an escape.
pub(crate) fn decode_into(text: &[u8], marker: u8, out: &mut Vec<u8>) -> bool {
    let mut sound = true;
    let mut rest = text;
    while let Some(at) = memchr::memchr(marker, rest) {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        let byte = match from {
            [_, high, low, ..] => digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        sound &= byte.is_some();
        out.push(byte.unwrap_or(marker));
        rest = from.get(if byte.is_some() { 3 } else { 1 }..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    sound
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn only_two_digits_are_an_escape() {
        for (text, expected) in
            [("a%41b", "aAb"), ("%4", "%4"), ("%", "%"), ("%zz%+1%2f", "%zz%+1/"), ("", ""), ("%25%34", "%4")]
        {
            assert_eq!(decode(text.as_bytes(), b'%'), expected.as_bytes());
        }
    }
}
