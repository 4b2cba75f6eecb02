//! Holds the gateway's pair: signing key and verifying key (Ed25519, RFC 8032), and whom a portal trusts.

use std::fmt;

use aws_lc_rs::signature::Ed25519KeyPair;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::text::{KeyLine, SHORT_KEY_LEN, encode_public, encode_secret};
use super::{KeyError, KeyId};
use crate::address::DomainPattern;
use crate::label::Label;

const SIGNING: &str = "sealpost-signing-key-v1:";
const VERIFYING: &str = "sealpost-verifying-key-v1:";

/// Length of an Ed25519 signature.
pub(crate) const SIGNATURE_LEN: usize = 64;

/// The gateway's secret Ed25519 key.
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    /// The same key for signing, which takes a third of the time there.
    signer: Ed25519KeyPair,
    id: KeyId,
}

impl SigningKey {
    /// Makes a new key.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; SHORT_KEY_LEN]);
        rng.fill_bytes(seed.as_mut_slice());
        Self::from_seed(&seed)
    }

    /// Reads the one key in the text; blank lines and lines that start with `#` are skipped.
    ///
    /// # Errors
    /// [`KeyError`] when there is not exactly one, or it is broken.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let line = KeyLine::only_one(text, SIGNING)?;
        line.decode().map(|seed| Self::from_seed(&seed))
    }

    /// Gives the line of a key file. It is the secret itself.
    #[must_use]
    pub fn to_text_secret(&self) -> Zeroizing<String> {
        encode_secret(SIGNING, self.key.as_bytes())
    }

    /// Gives the ID, that of the verifying key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Gives the public half.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey { key: self.key.verifying_key(), id: self.id }
    }

    /// Signs L("sealpost/v1/header") || `header` (ENVELOPE.md, "Signature").
    pub(crate) fn sign_header(&self, header: &[u8]) -> [u8; SIGNATURE_LEN] {
        let signature = self.signer.sign(&[Label::Header.bytes(), header].concat());
        signature.as_ref().try_into().expect("an Ed25519 signature has 64 bytes")
    }

    fn from_seed(seed: &[u8; SHORT_KEY_LEN]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let signer = Ed25519KeyPair::from_seed_unchecked(seed).expect("any 32 bytes are a seed");
        let id = KeyId::of(Label::VerifyingKeyId, key.verifying_key().as_bytes());
        Self { key, signer, id }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.id)
    }
}

/// The gateway's public Ed25519 key.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    key: ed25519_dalek::VerifyingKey,
    id: KeyId,
}

impl VerifyingKey {
    /// Reads the one key in the text; blank lines and lines that start with `#` are skipped.
    ///
    /// # Errors
    /// [`KeyError`] when there is not exactly one, or it is broken, of small order or not encoded canonically.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let line = KeyLine::only_one(text, VERIFYING)?;
        let bytes = line.decode()?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes)
            .ok()
            .filter(|key| !key.is_weak() && key.to_edwards().compress().as_bytes() == &*bytes)
            .ok_or(KeyError::Unusable { line: line.number })?;
        Ok(Self { key, id: KeyId::of(Label::VerifyingKeyId, key.as_bytes()) })
    }

    /// Gives the line of a key file.
    #[must_use]
    pub fn to_text(&self) -> String {
        encode_public(VERIFYING, self.key.as_bytes())
    }

    /// Gives the ID, as it stands in an envelope.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Checks a signature over L("sealpost/v1/header") || `header`, strictly: canonical encodings, no small order,
    /// the equation without the cofactor.
    pub(crate) fn verifies_header(&self, header: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.key.verify_strict(&[Label::Header.bytes(), header].concat(), &signature).is_ok()
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.id)
    }
}

/// A gateway that a portal trusts, and for which senders.
#[derive(Debug, Clone)]
pub struct TrustedGateway {
    /// The key that its envelopes are verified with.
    pub key: VerifyingKey,
    /// The domains of the senders that it may speak for.
    pub domains: Vec<DomainPattern>,
}

/// All gateways that a portal trusts. The same key may stand in several entries; their domains add up.
#[derive(Debug, Clone)]
pub struct TrustedGateways(Vec<TrustedGateway>);

impl TrustedGateways {
    /// Takes the gateways.
    #[must_use]
    pub fn new(gateways: Vec<TrustedGateway>) -> Self {
        Self(gateways)
    }

    /// Finds the entries for a signing-key ID. The ID is short, so only a verified signature says which it was.
    pub(crate) fn with_id(&self, id: KeyId) -> impl Iterator<Item = &TrustedGateway> {
        self.0.iter().filter(move |gateway| gateway.key.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use encodify::base64::URL_SAFE_NO_PAD;

    use super::*;

    /// The encodings of y + p for small y: the same points as those of y, under other bytes and so other IDs.
    #[test]
    fn a_verifying_key_has_one_encoding() {
        let others = (0xed..=0xff).map(|low| {
            let mut bytes = [0xff; SHORT_KEY_LEN];
            (bytes[0], bytes[SHORT_KEY_LEN - 1]) = (low, 0x7f);
            bytes
        });
        let is_point =
            |bytes: &[u8; 32]| ed25519_dalek::VerifyingKey::from_bytes(bytes).is_ok_and(|key| !key.is_weak());
        assert!(others.clone().any(|bytes| is_point(&bytes)));
        for bytes in others {
            let text = format!("{VERIFYING}{}", URL_SAFE_NO_PAD.encode(bytes));
            assert_eq!(VerifyingKey::from_text(&text).err(), Some(KeyError::Unusable { line: 1 }));
        }
    }
}
