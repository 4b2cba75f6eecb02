//! Recognises in what form an envelope comes, and turns that form into the envelope's bytes as it streams by.

use sealpost_common::{
    armor::{self, TextDecoder},
    error::{ArmorFault, OpenError},
    limits,
};

use super::mail::MailDecoder;

/// The first bytes of an envelope in its binary form.
const MAGIC: &[u8] = b"SEALPOST";
/// More white space before anything else is not waited through.
const MAX_BLANK: usize = 1024;
/// A link that a browser still opens is far shorter.
const MAX_LINK: usize = 256 * 1024;

/// Reads any form of an envelope.
pub enum FormDecoder {
    /// Too little has arrived to tell.
    Undecided(Vec<u8>),
    /// The envelope itself.
    Binary,
    /// The text form, with or without a page around it.
    Text(TextDecoder),
    /// A mail with the text form in one of its parts.
    Mail(Box<MailDecoder>, TextDecoder),
    /// A link, or what stands in it after the `#`.
    Link(Vec<u8>),
}

impl FormDecoder {
    /// Takes whatever comes.
    #[must_use]
    pub fn any() -> Self {
        Self::Undecided(Vec::new())
    }

    /// Takes a link, or what stands in it after the `#`.
    #[must_use]
    pub fn link() -> Self {
        Self::Link(Vec::new())
    }

    /// Takes the next bytes and appends the bytes of the envelope that they give.
    ///
    /// # Errors
    /// When they can't be a part of that form.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), OpenError> {
        match self {
            Self::Undecided(start) => {
                start.extend_from_slice(bytes);
                if visible(start).len() >= MAGIC.len() || start.len() > MAX_BLANK {
                    self.decide(out)?;
                }
            }
            Self::Binary => out.extend_from_slice(bytes),
            Self::Text(text) => text.push(bytes, out)?,
            Self::Mail(mail, text) => {
                let mut decoded = Vec::with_capacity(bytes.len());
                mail.push(bytes, &mut decoded);
                text.push(&decoded, out)?;
            }
            Self::Link(link) => {
                if link.len() + bytes.len() > MAX_LINK {
                    return Err(OpenError::Armor(ArmorFault::Base64));
                }
                link.extend_from_slice(bytes);
            }
        }
        Ok(())
    }

    /// Ends the form; gives the bytes that only its end gives.
    ///
    /// # Errors
    /// When the form is not complete.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), OpenError> {
        if let Self::Undecided(_) = self {
            self.decide(out)?;
        }
        match self {
            Self::Undecided(_) | Self::Binary => Ok(()),
            Self::Text(text) => text.finish(),
            Self::Mail(mut mail, mut text) => {
                let mut decoded = Vec::new();
                mail.finish(&mut decoded);
                text.push(&decoded, out)?;
                text.finish()
            }
            Self::Link(link) => {
                let link = String::from_utf8(link).ok().ok_or(OpenError::Armor(ArmorFault::Base64))?;
                let fragment = link.split_once('#').map_or(link.as_str(), |(_, fragment)| fragment);
                out.extend_from_slice(&armor::decode_link(fragment.trim())?);
                Ok(())
            }
        }
    }

    /// Chooses the form by its first bytes, and feeds it with them.
    fn decide(&mut self, out: &mut Vec<u8>) -> Result<(), OpenError> {
        let Self::Undecided(start) = self else { return Ok(()) };
        let start = std::mem::take(start);
        // However much has arrived at once, the same bytes are looked at.
        let visible = visible(start.get(..=MAX_BLANK).unwrap_or(&start));
        *self = if start.starts_with(MAGIC) {
            Self::Binary
        } else if visible.starts_with(b"<") || visible.starts_with(b"-") || visible.is_empty() {
            Self::Text(TextDecoder::new())
        } else if visible.starts_with(b"http:/") || visible.starts_with(b"https:/") {
            Self::Link(Vec::new())
        } else {
            Self::Mail(Box::default(), TextDecoder::new())
        };
        self.push(&start, out)
    }
}

/// What follows a byte order mark and white space.
fn visible(start: &[u8]) -> &[u8] {
    start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start()
}

/// The most bytes that the largest envelope of so many bytes takes in any form, with the page, the mail and the
/// form fields around it: base64 in base64 in lines is 1.87 times as long.
#[must_use]
pub fn longest_form(envelope: u64) -> u64 {
    envelope.saturating_mul(2).saturating_add(limits::MAX_HEADER_LEN as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(upload: &[u8], step: usize) -> Option<Vec<u8>> {
        let (mut decoder, mut envelope) = (FormDecoder::any(), Vec::new());
        for piece in upload.chunks(step) {
            decoder.push(piece, &mut envelope).ok()?;
        }
        decoder.finish(&mut envelope).ok()?;
        Some(envelope)
    }

    #[test]
    fn the_cuts_of_an_upload_make_no_difference() {
        let blank = vec![b' '; 1020];
        let text = [armor::BEGIN, "\r\nU0VB\r\n", armor::END].concat();
        let uploads: [(&[u8], Option<&[u8]>); 6] = [
            (b"\xef\xbb\xbfhttps://portal.example/#U0VB", Some(b"SEA")),
            (b"  http://portal.example/#U0VB", Some(b"SEA")),
            (b"SEALPOST\x01", Some(b"SEALPOST\x01")),
            (text.as_bytes(), Some(b"SEA")),
            (&[b"\xef\xbb\xbf<p>", text.as_bytes()].concat(), Some(b"SEA")),
            (&[&blank, b"https://portal.example/#U0VB".as_slice()].concat(), None),
        ];
        for (upload, envelope) in uploads {
            for step in [1, 2, 3, 7, 8, 1024, 1025, 4096] {
                assert_eq!(decode(upload, step).as_deref(), envelope, "step {step}: {upload:?}");
            }
        }
    }
}
