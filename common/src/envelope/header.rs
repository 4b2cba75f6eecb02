//! Lays out the header, byte by byte (ENVELOPE.md, "Header"); knows nothing of trust.

use std::fmt;

use crate::error::{HeaderFault, Limit, OpenError};
use crate::grant::{ENC_LEN, Grant};
use crate::keys::{KeyId, SIGNATURE_LEN};
use crate::limits::{MAX_GRANT_CIPHERTEXT_LEN, MAX_GRANTS, MAX_HEADER_LEN, MAX_PAYLOAD_LEN};
use crate::payload::is_payload_len;

const MAGIC: &[u8; 8] = b"SEALPOST";
const VERSION: u8 = 1;
/// X-Wing, HKDF-SHA256, AES-256-GCM, Ed25519, SHA-256, zstd.
const SUITE: u8 = 1;
/// Length of everything before the number of grants.
pub(crate) const FIXED_PART_LEN: usize = 74;

/// Names an envelope: 16 random bytes, public.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnvelopeId([u8; 16]);

impl EnvelopeId {
    /// Takes an ID as it stands in an envelope.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Gives the bytes as they stand in an envelope.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// What stands before the grants, magic, version and suite left out.
pub(crate) struct FixedPart {
    pub(crate) envelope_id: EnvelopeId,
    pub(crate) signing_key_id: KeyId,
    pub(crate) payload_len: u64,
    pub(crate) payload_digest: [u8; 32],
}

impl FixedPart {
    /// Writes the fixed part as it goes into the header and into each grant's `info`.
    pub(crate) fn encode(&self) -> [u8; FIXED_PART_LEN] {
        let mut bytes = [0; FIXED_PART_LEN];
        let fields: [&[u8]; 6] = [
            MAGIC,
            &[VERSION, SUITE],
            self.envelope_id.as_bytes(),
            self.signing_key_id.as_bytes(),
            &self.payload_len.to_be_bytes(),
            &self.payload_digest,
        ];
        bytes.iter_mut().zip(fields.into_iter().flatten()).for_each(|(to, from)| *to = *from);
        bytes
    }
}

/// A header taken apart; nothing in it is verified.
pub(crate) struct Header {
    pub(crate) fixed_part: FixedPart,
    pub(crate) grants: Vec<Grant>,
    /// All bytes before the signature.
    pub(crate) signed: Vec<u8>,
    pub(crate) signature: [u8; SIGNATURE_LEN],
}

/// Writes all of a header that is signed.
pub(crate) fn encode_signed_part(fixed_part: &[u8; FIXED_PART_LEN], grants: &[Grant]) -> Vec<u8> {
    let grants_len: usize =
        grants.iter().map(|grant| KeyId::LEN + 4 + ENC_LEN + grant.ciphertext.len()).sum();
    let mut bytes = Vec::with_capacity(FIXED_PART_LEN + 1 + grants_len + SIGNATURE_LEN);
    bytes.extend_from_slice(fixed_part);
    bytes.push(u8::try_from(grants.len()).expect("a sealer makes one or two grants"));
    for grant in grants {
        let ciphertext_len = u32::try_from(grant.ciphertext.len()).expect("Grant::wrap keeps to 512 KiB");
        bytes.extend_from_slice(grant.opening_key_id.as_bytes());
        bytes.extend_from_slice(&ciphertext_len.to_be_bytes());
        bytes.extend_from_slice(&grant.enc);
        bytes.extend_from_slice(&grant.ciphertext);
    }
    bytes
}

impl Header {
    /// Takes the header at the start of `prefix` apart; `None` when more bytes are needed to tell.
    ///
    /// Whatever the bytes at hand already rule out is refused at once, so that no one waits for 160 MB of something
    /// else.
    pub(crate) fn parse(prefix: &[u8]) -> Result<Option<Self>, OpenError> {
        let within_limit = prefix.get(..MAX_HEADER_LEN).unwrap_or(prefix);
        match Self::parse_within(within_limit)? {
            None if within_limit.len() == MAX_HEADER_LEN => Err(OpenError::TooLarge(Limit::Header)),
            header_or_more => Ok(header_or_more),
        }
    }

    /// Gives the number of bytes of the header, signature included.
    pub(crate) fn len(&self) -> usize {
        self.signed.len() + SIGNATURE_LEN
    }

    fn parse_within(prefix: &[u8]) -> Result<Option<Self>, OpenError> {
        let mut cursor = Cursor { rest: prefix };
        let Some(fixed_part) = parse_fixed_part(&mut cursor)? else { return Ok(None) };
        let Some(grants) = parse_grants(&mut cursor)? else { return Ok(None) };
        let signed_len = prefix.len() - cursor.rest.len();
        let Some(&signature) = cursor.array() else { return Ok(None) };
        // Nothing is copied before all of it is there: callers ask again with each octet that arrives.
        let signed = prefix.get(..signed_len).unwrap_or_default().to_vec();
        let grants = grants.into_iter().map(GrantBytes::into_grant).collect();
        Ok(Some(Self { fixed_part, grants, signed, signature }))
    }
}

fn parse_fixed_part(cursor: &mut Cursor<'_>) -> Result<Option<FixedPart>, OpenError> {
    if !cursor.rest.iter().zip(MAGIC).all(|(byte, magic)| byte == magic) {
        return Err(OpenError::NotAnEnvelope);
    }
    let Some(_) = cursor.array::<{ MAGIC.len() }>() else { return Ok(None) };
    let Some(&[version]) = cursor.array() else { return Ok(None) };
    if version != VERSION {
        return Err(OpenError::Version(version));
    }
    let Some(&[suite]) = cursor.array() else { return Ok(None) };
    if suite != SUITE {
        return Err(OpenError::Suite(suite));
    }
    let Some(&envelope_id) = cursor.array() else { return Ok(None) };
    let Some(&signing_key_id) = cursor.array() else { return Ok(None) };
    let Some(&payload_len) = cursor.array() else { return Ok(None) };
    let payload_len = u64::from_be_bytes(payload_len);
    if payload_len > MAX_PAYLOAD_LEN {
        return Err(OpenError::TooLarge(Limit::Payload));
    }
    if !is_payload_len(payload_len) {
        return Err(OpenError::Malformed(HeaderFault::PayloadLength));
    }
    let Some(&payload_digest) = cursor.array() else { return Ok(None) };
    Ok(Some(FixedPart {
        envelope_id: EnvelopeId(envelope_id),
        signing_key_id: KeyId::from_bytes(signing_key_id),
        payload_len,
        payload_digest,
    }))
}

/// A grant where it stands in the bytes of a header.
struct GrantBytes<'b> {
    opening_key_id: KeyId,
    enc: &'b [u8; ENC_LEN],
    ciphertext: &'b [u8],
}

impl GrantBytes<'_> {
    fn into_grant(self) -> Grant {
        Grant { opening_key_id: self.opening_key_id, enc: *self.enc, ciphertext: self.ciphertext.to_vec() }
    }
}

fn parse_grants<'b>(cursor: &mut Cursor<'b>) -> Result<Option<Vec<GrantBytes<'b>>>, OpenError> {
    let Some(&[count]) = cursor.array() else { return Ok(None) };
    if count == 0 || usize::from(count) > MAX_GRANTS {
        return Err(OpenError::Malformed(HeaderFault::GrantCount));
    }
    let mut grants: Vec<GrantBytes<'b>> = Vec::with_capacity(MAX_GRANTS);
    for _ in 0..count {
        let Some(grant) = parse_grant(cursor)? else { return Ok(None) };
        if grants.iter().any(|other| other.opening_key_id == grant.opening_key_id) {
            return Err(OpenError::Malformed(HeaderFault::RepeatedOpeningKey));
        }
        grants.push(grant);
    }
    Ok(Some(grants))
}

fn parse_grant<'b>(cursor: &mut Cursor<'b>) -> Result<Option<GrantBytes<'b>>, OpenError> {
    let Some(&opening_key_id) = cursor.array() else { return Ok(None) };
    let Some(&ciphertext_len) = cursor.array() else { return Ok(None) };
    let ciphertext_len = usize::try_from(u32::from_be_bytes(ciphertext_len)).unwrap_or(usize::MAX);
    if ciphertext_len > MAX_GRANT_CIPHERTEXT_LEN {
        return Err(OpenError::TooLarge(Limit::Grant));
    }
    if !Grant::is_ciphertext_len(ciphertext_len) {
        return Err(OpenError::Malformed(HeaderFault::GrantLength));
    }
    let Some(enc) = cursor.array::<ENC_LEN>() else { return Ok(None) };
    let Some(ciphertext) = cursor.slice(ciphertext_len) else { return Ok(None) };
    Ok(Some(GrantBytes { opening_key_id: KeyId::from_bytes(opening_key_id), enc, ciphertext }))
}

/// Cuts fields off the front of what is left.
struct Cursor<'b> {
    rest: &'b [u8],
}

impl<'b> Cursor<'b> {
    fn array<const N: usize>(&mut self) -> Option<&'b [u8; N]> {
        let (field, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(field)
    }

    fn slice(&mut self, len: usize) -> Option<&'b [u8]> {
        let (field, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half a million looks at two megabytes: no work at all where a look copies nothing, and a quarter of an hour of copying
    /// where it does.
    #[test]
    fn a_header_that_comes_octet_by_octet_is_not_copied_each_time() {
        let fixed_part = FixedPart {
            envelope_id: EnvelopeId([1; 16]),
            signing_key_id: KeyId::from_bytes([2; KeyId::LEN]),
            payload_len: 26,
            payload_digest: [3; 32],
        };
        assert!(is_payload_len(26));
        let grants = (0..MAX_GRANTS).map(|number| Grant {
            opening_key_id: KeyId::from_bytes([u8::try_from(number).unwrap(); KeyId::LEN]),
            enc: [4; ENC_LEN],
            ciphertext: vec![5; longest_ciphertext()],
        });
        let signed = encode_signed_part(&fixed_part.encode(), &grants.collect::<Vec<_>>());
        let last = signed.len() - longest_ciphertext();
        for end in last..signed.len() {
            assert!(Header::parse(&signed[..end]).unwrap().is_none());
        }
        let whole = [signed.as_slice(), &[6; SIGNATURE_LEN]].concat();
        assert_eq!(Header::parse(&whole).unwrap().unwrap().len(), whole.len());
    }

    fn longest_ciphertext() -> usize {
        let mut lengths = (0..=MAX_GRANT_CIPHERTEXT_LEN).rev();
        let room =
            (MAX_HEADER_LEN - FIXED_PART_LEN - 1 - SIGNATURE_LEN) / MAX_GRANTS - KeyId::LEN - 4 - ENC_LEN;
        lengths.find(|&len| len <= room && Grant::is_ciphertext_len(len)).unwrap()
    }
}
