//! Finds what the parts of a mail hold, as the mail streams by: a saved carrier mail, whose attachment some MTA may
//! have re-encoded as base64 or quoted-printable, becomes the text that was attached.
//!
//! This is no mail parser: it knows header sections, boundaries, transfer encodings and nested mails, keeps one line
//! in memory, and gives out the decoded bodies one after another. What it does not understand it passes on as it is;
//! whoever looks for an envelope in its output checks that envelope himself.

/// Longer lines are handled piece by piece; a boundary is never that long.
const MAX_LINE: usize = 16 * 1024;
/// Longer header fields are cut: none that matters here is.
const MAX_FIELD: usize = 8 * 1024;
/// Deeper nesting is read as if it were flat.
const MAX_DEPTH: usize = 32;

/// Decodes the bodies of a mail.
pub struct MailDecoder {
    line: Vec<u8>,
    /// Whether `line` begins at the beginning of a line.
    at_line_start: bool,
    place: Place,
    boundaries: Vec<Vec<u8>>,
}

/// Where in the mail the next line stands.
enum Place {
    Header(PartHeader),
    Body(TransferEncoding),
}

/// What the header section of a part has said so far.
#[derive(Default)]
struct PartHeader {
    /// The field being unfolded.
    field: Vec<u8>,
    encoding: TransferEncoding,
    boundary: Option<Vec<u8>>,
    is_mail: bool,
}

/// How the body of a part is encoded, and how far its decoder is.
#[derive(Default, Clone, Copy)]
enum TransferEncoding {
    #[default]
    Identity,
    QuotedPrintable(Escape),
    Base64 {
        bits: u32,
        count: u32,
    },
}

/// How much of a quoted-printable escape has been read.
#[derive(Default, Clone, Copy)]
enum Escape {
    #[default]
    None,
    Equals,
    Digit(u8),
}

impl Default for MailDecoder {
    /// Begins before the first line of a mail.
    fn default() -> Self {
        Self {
            line: Vec::new(),
            at_line_start: true,
            place: Place::Header(PartHeader::default()),
            boundaries: Vec::new(),
        }
    }
}

impl MailDecoder {
    /// Takes the next bytes of the mail and appends what they decode to.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.line.len() >= MAX_LINE {
                self.end_line(out);
            }
        }
    }

    /// Ends the mail: a last line may lack its line end.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if !self.line.is_empty() {
            self.end_line(out);
        }
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        let line = std::mem::take(&mut self.line);
        let whole = self.at_line_start;
        self.at_line_start = line.ends_with(b"\n");
        if whole && self.is_boundary(&line) {
            // The text before must not run into the text of the next part.
            out.push(b'\n');
        } else {
            match &mut self.place {
                Place::Header(header) => {
                    if let Some(encoding) = header.line(&line, &mut self.boundaries) {
                        self.place = encoding;
                    }
                }
                Place::Body(encoding) => encoding.decode(&line, out),
            }
        }
        self.line = line;
        self.line.clear();
    }

    /// Whether the line separates two parts, or ends the last; the place is then the one after it.
    fn is_boundary(&mut self, line: &[u8]) -> bool {
        let Some(rest) = line.strip_prefix(b"--") else { return false };
        let rest = rest.trim_ascii_end();
        for (depth, boundary) in self.boundaries.iter().enumerate().rev() {
            match rest.strip_prefix(boundary.as_slice()) {
                Some(b"") => {
                    self.boundaries.truncate(depth + 1);
                    self.place = Place::Header(PartHeader::default());
                    return true;
                }
                Some(b"--") => {
                    self.boundaries.truncate(depth);
                    self.place = Place::Body(TransferEncoding::Identity);
                    return true;
                }
                _ => {}
            }
        }
        false
    }
}

impl PartHeader {
    /// Takes a line of the header section; gives the place after it if it was the last.
    fn line(&mut self, line: &[u8], boundaries: &mut Vec<Vec<u8>>) -> Option<Place> {
        let text = line.trim_ascii_end();
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            if self.field.len() + text.len() <= MAX_FIELD {
                self.field.extend_from_slice(text);
            }
            return None;
        }
        self.end_field();
        if !text.is_empty() {
            self.field.extend_from_slice(text.get(..MAX_FIELD).unwrap_or(text));
            return None;
        }
        if let Some(boundary) = self.boundary.take() {
            if boundaries.len() < MAX_DEPTH {
                boundaries.push(boundary);
            }
            return Some(Place::Body(TransferEncoding::Identity));
        }
        match self.encoding {
            TransferEncoding::Identity if self.is_mail => Some(Place::Header(Self::default())),
            encoding => Some(Place::Body(encoding)),
        }
    }

    fn end_field(&mut self) {
        let field = std::mem::take(&mut self.field);
        let Some(colon) = field.iter().position(|&byte| byte == b':') else { return };
        let (name, value) = field.split_at(colon);
        let value = String::from_utf8_lossy(value.get(1..).unwrap_or_default());
        if name.eq_ignore_ascii_case(b"content-transfer-encoding") {
            self.encoding = match value.trim().to_ascii_lowercase().as_str() {
                "base64" => TransferEncoding::Base64 { bits: 0, count: 0 },
                "quoted-printable" => TransferEncoding::QuotedPrintable(Escape::None),
                _ => TransferEncoding::Identity,
            };
        } else if name.eq_ignore_ascii_case(b"content-type") {
            let kind = value.trim_start().to_ascii_lowercase();
            self.is_mail = kind.starts_with("message/rfc822") || kind.starts_with("message/global");
            self.boundary = if kind.starts_with("multipart/") { boundary(&value) } else { None };
        }
    }
}

/// The boundary parameter of a Content-Type field, in quotes or without.
fn boundary(value: &str) -> Option<Vec<u8>> {
    let parameters = value.split_once(';')?.1;
    let start = parameters.to_ascii_lowercase().find("boundary=")? + "boundary=".len();
    let text = parameters.get(start..)?;
    let boundary = match text.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?.replace('\\', ""),
        None => text.split([';', ' ', '\t']).next()?.to_owned(),
    };
    (!boundary.is_empty()).then(|| boundary.into_bytes())
}

impl TransferEncoding {
    fn decode(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Identity => out.extend_from_slice(bytes),
            Self::QuotedPrintable(escape) => bytes.iter().for_each(|&byte| *escape = escape.next(byte, out)),
            Self::Base64 { bits, count } => {
                for sextet in bytes.iter().filter_map(|&byte| sextet(byte)) {
                    *bits = (*bits << 6 | sextet) & 0xff_ffff;
                    *count += 1;
                    if *count > 1 {
                        let [.., octet] = (*bits >> (8 - 2 * *count)).to_be_bytes();
                        out.push(octet);
                    }
                    *count %= 4;
                }
            }
        }
    }
}

impl Escape {
    fn next(self, byte: u8, out: &mut Vec<u8>) -> Self {
        let digit = char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (self, byte, digit) {
            (Self::None, b'=', _) | (Self::Equals, b'\r' | b' ' | b'\t', _) => Self::Equals,
            (Self::Equals, b'\n', _) => Self::None,
            (Self::Equals, _, Some(digit)) => Self::Digit(digit),
            (Self::Digit(high), _, Some(low)) => {
                out.push(high << 4 | low);
                Self::None
            }
            // No escape, or none after all.
            _ => {
                out.push(byte);
                Self::None
            }
        }
    }
}

/// The value of a character of base64; padding and anything else has none.
fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes in pieces of each of these sizes; the result must be the same.
    fn decode(mail: &str) -> String {
        let results: Vec<Vec<u8>> = [1, 7, usize::MAX]
            .into_iter()
            .map(|size| {
                let (mut decoder, mut out) = (MailDecoder::default(), Vec::new());
                mail.as_bytes().chunks(size).for_each(|piece| decoder.push(piece, &mut out));
                decoder.finish(&mut out);
                out
            })
            .collect();
        assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
        String::from_utf8(results[0].clone()).unwrap()
    }

    #[test]
    fn parts_are_decoded_one_after_another() {
        let mail = "Subject: x\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"a b\"\r\n\r\npreamble\r\n--a b\r\n\
                    Content-Transfer-Encoding: quoted-printable\r\n\r\none=3D=\r\n1\r\n--a b  \r\n\
                    content-transfer-encoding:  BASE64\r\n\r\ndHdv\r\nIDI=\r\n--a b\r\n\r\nthree\r\n--a b--\r\nepilogue";
        assert_eq!(decode(mail), "preamble\r\n\none=1\r\n\ntwo 2\nthree\r\n\nepilogue");
    }

    #[test]
    fn nested_mails_and_parts_are_found() {
        let mail = "Content-Type: multipart/mixed; boundary=out\n\n--out\nContent-Type: message/rfc822\n\n\
                    Subject: inner\nContent-Type: multipart/mixed; boundary=in\n\n--in\n\
                    Content-Transfer-Encoding: base64\n\nZm91cg\n--in--\n--out--\n";
        assert_eq!(decode(mail), "\n\nfour\n\n");
    }

    #[test]
    fn what_is_no_escape_stays() {
        let mail = "Content-Transfer-Encoding: quoted-printable\n\na =\nb =41 c = \nd";
        assert_eq!(decode(mail), "a b A c d");
    }

    #[test]
    fn long_lines_pass() {
        let body = "x".repeat(3 * MAX_LINE);
        assert_eq!(decode(&format!("A: b\n\n{body}")), body);
    }
}
