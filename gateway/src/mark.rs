//! Knows a carrier mail of our own when it comes back, by a mark that nobody else can make.
//!
//! Such a mail is sealed already, and sealing it again would only make it harder to read. But whoever could make the mark could
//! have any mail passed that policy wants sealed. So it is a MAC, under a key that only this gateway and those with the
//! same signing key have, and it covers every byte of the body: what stands before the envelope, the envelope's header,
//! which holds the digest of the payload, and what stands behind. A body that was changed is not ours any more.
//!
//! `Sealpost-Mark: base64url(HMAC-SHA256(key, len(a) || a || len(b) || b || len(c) || c))`, lengths as 8 bytes, big-endian;
//! `key = SHA-256("sealpost loop mark v1" || 0 || text form of the signing key)`.

use encodify::base64::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use memchr::memmem;
use sealpost_common::{
    armor::{BEGIN, END, text_len},
    keys::SigningKey,
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{carry::Carrier, parse::HeaderSection, skim::skim};

/// The header field with the mark.
const FIELD: &str = "Sealpost-Mark";

/// What keys of marks are made for, apart from whatever else the signing key is for.
const PURPOSE: &[u8] = b"sealpost loop mark v1\0";

/// Makes marks and knows them again. Its key does not print.
pub(crate) struct Marker {
    key: Zeroizing<[u8; 32]>,
}

/// A body in the parts that the mark covers: before the envelope, the envelope's header, behind the envelope.
type Parts<'a> = [&'a [u8]; 3];

impl Marker {
    /// Takes the key of the gateway.
    pub(crate) fn new(signing: &SigningKey) -> Self {
        let mut hash = Sha256::new();
        hash.update(PURPOSE);
        hash.update(signing.to_text_secret().as_bytes());
        Self { key: Zeroizing::new(hash.finalize().into()) }
    }

    /// Puts the mark on a carrier mail.
    pub(crate) fn mark(&self, carrier: &mut Carrier) {
        let mac = self.mac(carrier.parts()).finalize().into_bytes();
        let field = format!("{FIELD}: {}\r\n", URL_SAFE_NO_PAD.encode(mac));
        carrier.edit_header_section(|section| [section, field.as_bytes()].concat());
    }

    /// Says whether a mail is a carrier mail that we marked, its body as it was.
    pub(crate) fn is_on(&self, mail: &[u8], header: &HeaderSection<'_>) -> bool {
        self.check(mail, header).is_some()
    }

    fn check(&self, mail: &[u8], header: &HeaderSection<'_>) -> Option<()> {
        let mark = header.named(FIELD).next()?.value().trim_ascii();
        let mark = URL_SAFE_NO_PAD.decode(mark).ok()?;
        let body = mail.get(header.fields().last()?.span().end..)?.strip_prefix(b"\r\n")?;
        let (before, rest) =
            body.split_at_checked(memmem::find(body, BEGIN.as_bytes()).unwrap_or(body.len()))?;
        let end = memmem::find(rest, END.as_bytes()).map_or(0, |at| at + END.len());
        let (text, after) = rest.split_at_checked(end)?;
        let header = if text.is_empty() { Vec::new() } else { header_of(text)? };
        self.mac([before, &header, after]).verify_slice(&mark).ok()
    }

    fn mac(&self, parts: Parts<'_>) -> Hmac<Sha256> {
        let mut mac = Hmac::new_from_slice(&*self.key).expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

/// Gives the header of the envelope in a text, if the payload is that of the header, and the text is written as we write it, so
/// that nothing hides in it.
fn header_of(text: &[u8]) -> Option<Vec<u8>> {
    let skimmed = skim(text)?;
    let is_as_ours = skimmed.is_whole() && text.len() == text_len(skimmed.envelope_len()?);
    is_as_ours.then_some(skimmed.octets)
}
