//! Opens envelopes, one state of trust a type (ENVELOPE.md, "Opening").
//!
//! [`UnverifiedHeader`] → [`VerifiedHeader`] → [`UnwrappedEnvelope`] → [`MailReader`]. Each step consumes the state
//! before it, so that no step can be left out and nothing can be used before it is authenticated. Who may read, and
//! whether the mail has expired or was revoked, is for the portal to decide with the [`Terms`] at hand.

mod header;

use std::io::{self, Read};

pub use self::header::EnvelopeId;
use self::header::Header;
pub(crate) use self::header::{FIXED_PART_LEN, FixedPart, encode_signed_part};
use sha2::{Digest as _, Sha256};

use crate::address::{Address, DomainPattern};
use crate::error::OpenError;
use crate::grant::{GrantPlaintext, Terms};
use crate::keys::{KeyId, OpeningKeys, TrustedGateways};
pub use crate::payload::MailReader;

/// What the first bytes of an envelope amount to.
pub enum Parsed {
    /// They hold the whole header.
    Complete(UnverifiedHeader),
    /// They are the start of an envelope, but not yet the whole header.
    NeedMore,
}

/// A header that keeps to the layout. Nothing in it is to be believed.
pub struct UnverifiedHeader {
    header: Header,
}

impl UnverifiedHeader {
    /// Takes the header at the start of an envelope apart. The payload need not have arrived.
    ///
    /// # Errors
    /// `not-an-envelope`, `version`, `suite`, `malformed`, `too-large`; as early as the bytes at hand show it.
    pub fn parse(prefix: &[u8]) -> Result<Parsed, OpenError> {
        Ok(match Header::parse(prefix)? {
            Some(header) => Parsed::Complete(Self { header }),
            None => Parsed::NeedMore,
        })
    }

    /// Gives the number of bytes of the header: where the payload starts.
    #[must_use]
    pub fn header_len(&self) -> usize {
        self.header.len()
    }

    /// Says whether this is the payload that the header claims to have, by length and digest.
    #[must_use]
    pub fn is_of(&self, payload: &[u8]) -> bool {
        self.is_of_hashed(payload.len() as u64, &Sha256::digest(payload).into())
    }

    /// Says the same of a payload that came in pieces, by its length and SHA-256.
    #[must_use]
    pub fn is_of_hashed(&self, len: u64, digest: &[u8; 32]) -> bool {
        let FixedPart { payload_len, payload_digest, .. } = &self.header.fixed_part;
        *payload_len == len && payload_digest == digest
    }

    /// Gives the ID of the key that the header claims to be signed with.
    #[must_use]
    pub fn signing_key_id(&self) -> KeyId {
        self.header.fixed_part.signing_key_id
    }

    /// Gives the ID that the header claims to be of: to compare with another claim, never to act upon.
    #[must_use]
    pub fn claimed_envelope_id(&self) -> EnvelopeId {
        self.header.fixed_part.envelope_id
    }

    /// Checks the signature with the keys of the trusted gateways.
    ///
    /// # Errors
    /// `unknown-signing-key`, `signature`.
    pub fn verify(self, gateways: &TrustedGateways) -> Result<VerifiedHeader, OpenError> {
        let Header { fixed_part, signed, signature, .. } = &self.header;
        let mut candidates = gateways.with_id(fixed_part.signing_key_id).peekable();
        if candidates.peek().is_none() {
            return Err(OpenError::UnknownSigningKey);
        }
        let signers: Vec<_> =
            candidates.filter(|gateway| gateway.key.verifies_header(signed, signature)).collect();
        if signers.is_empty() {
            return Err(OpenError::Signature);
        }
        let domains = signers.into_iter().flat_map(|gateway| gateway.domains.iter().cloned()).collect();
        Ok(VerifiedHeader { header: self.header, trust: Trust::SenderIn(domains) })
    }

    /// Goes on without knowing who sealed: neither the signature nor the sender's domain is checked.
    ///
    /// Only for offline recovery by someone who knows where the envelope comes from. Anyone can seal to a public key.
    #[must_use]
    pub fn skip_signature_for_recovery(self) -> VerifiedHeader {
        VerifiedHeader { header: self.header, trust: Trust::AnySender }
    }
}

/// Whose mail the signer may seal.
enum Trust {
    SenderIn(Vec<DomainPattern>),
    AnySender,
}

impl Trust {
    /// A sender without a domain (none at all, or no address) is only in `*`.
    fn includes(&self, sender: Option<&str>) -> bool {
        let Self::SenderIn(patterns) = self else { return true };
        match sender.and_then(|sender| Address::parse(sender).ok()) {
            Some(address) => patterns.iter().any(|pattern| pattern.matches(address.domain())),
            None => patterns.contains(&DomainPattern::Any),
        }
    }
}

/// A header that a trusted gateway signed.
pub struct VerifiedHeader {
    header: Header,
    trust: Trust,
}

impl VerifiedHeader {
    /// Gives the envelope's ID.
    #[must_use]
    pub fn envelope_id(&self) -> EnvelopeId {
        self.header.fixed_part.envelope_id
    }

    /// Gives the number of bytes of the payload, which starts right after the header.
    #[must_use]
    pub fn payload_len(&self) -> u64 {
        self.header.fixed_part.payload_len
    }

    /// Unwraps the first grant for one of our opening keys, and checks that the gateway may speak for the sender.
    ///
    /// # Errors
    /// `unknown-opening-key`, `grant`, `too-large`, `untrusted-sender`.
    pub fn unwrap(self, keys: &OpeningKeys) -> Result<UnwrappedEnvelope, OpenError> {
        let Header { fixed_part, grants, .. } = self.header;
        let (grant, key) = grants
            .iter()
            .find_map(|grant| keys.get(grant.opening_key_id).map(|key| (grant, key)))
            .ok_or(OpenError::UnknownOpeningKey)?;
        let plaintext = grant.unwrap(key, &fixed_part.encode())?;
        if !self.trust.includes(plaintext.terms.sender()) {
            return Err(OpenError::UntrustedSender);
        }
        Ok(UnwrappedEnvelope { fixed_part, plaintext })
    }
}

/// An envelope whose terms are known and authentic, and whose payload can be opened.
pub struct UnwrappedEnvelope {
    fixed_part: FixedPart,
    plaintext: GrantPlaintext,
}

impl UnwrappedEnvelope {
    /// Gives the terms under which the mail may be read.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.plaintext.terms
    }

    /// Gives the envelope's ID.
    #[must_use]
    pub fn envelope_id(&self) -> EnvelopeId {
        self.fixed_part.envelope_id
    }

    /// Gives the number of bytes of the mail.
    #[must_use]
    pub fn mail_len(&self) -> u64 {
        self.plaintext.mail_len
    }

    /// Gives the number of bytes of the payload, which starts right after the header.
    #[must_use]
    pub fn payload_len(&self) -> u64 {
        self.fixed_part.payload_len
    }

    /// Gives the SHA-256 of the payload, so that a changed payload can be refused before anybody is asked to sign in.
    #[must_use]
    pub fn payload_digest(&self) -> &[u8; 32] {
        &self.fixed_part.payload_digest
    }

    /// Opens the payload: `payload` must give its bytes, all of them, and then end.
    ///
    /// # Errors
    /// `read-failed` when zstd cannot be set up. Everything about the payload is reported by the reader.
    pub fn open<R: Read>(&self, payload: R) -> Result<MailReader<R>, OpenError> {
        MailReader::new(payload, &self.fixed_part, &self.plaintext.dek, self.plaintext.mail_len)
    }
}

/// Opens an envelope that is in memory, and gives the mail.
///
/// # Errors
/// Every outcome of [`OpenError`] but `armor` and `read-failed`.
pub fn open_bytes(
    envelope: &[u8],
    gateways: &TrustedGateways,
    keys: &OpeningKeys,
) -> Result<Vec<u8>, OpenError> {
    open_whole(envelope, keys, |header| header.verify(gateways))
}

/// Opens an envelope that is in memory without checking who sealed it; see
/// [`UnverifiedHeader::skip_signature_for_recovery`].
///
/// # Errors
/// As [`open_bytes`], but for `unknown-signing-key`, `signature` and `untrusted-sender`.
pub fn open_bytes_for_recovery(envelope: &[u8], keys: &OpeningKeys) -> Result<Vec<u8>, OpenError> {
    open_whole(envelope, keys, |header| Ok(header.skip_signature_for_recovery()))
}

fn open_whole(
    envelope: &[u8],
    keys: &OpeningKeys,
    verify: impl FnOnce(UnverifiedHeader) -> Result<VerifiedHeader, OpenError>,
) -> Result<Vec<u8>, OpenError> {
    let Parsed::Complete(header) = UnverifiedHeader::parse(envelope)? else {
        return Err(OpenError::Truncated);
    };
    let payload = envelope.get(header.header_len()..).ok_or(OpenError::Truncated)?;
    let mut reader = verify(header)?.unwrap(keys)?.open(payload)?;
    let mut mail = Vec::new();
    io::copy(&mut reader, &mut mail)?;
    Ok(mail)
}
