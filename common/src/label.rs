//! Keeps the labels that separate the uses of each hash, signature and key derivation (ENVELOPE.md, "Conventions").

use sha2::{Digest, Sha256};

/// A label: no two uses of cryptography in the format share one.
#[derive(Clone, Copy)]
pub(crate) enum Label {
    /// Prefix of what the gateway signs.
    Header,
    /// Start of a grant's HPKE `info`.
    Grant,
    /// HKDF `info` of the payload key.
    Payload,
    /// Prefix of the hash that gives a signing-key ID.
    VerifyingKeyId,
    /// Prefix of the hash that gives an opening-key ID.
    SealingKeyId,
}

impl Label {
    /// Gives `L(label)`: its ASCII bytes and one zero byte, so that no label is the prefix of another.
    pub(crate) const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Header => b"sealpost/v1/header\0",
            Self::Grant => b"sealpost/v1/grant\0",
            Self::Payload => b"sealpost/v1/payload\0",
            Self::VerifyingKeyId => b"sealpost/v1/verifying-key-id\0",
            Self::SealingKeyId => b"sealpost/v1/sealing-key-id\0",
        }
    }

    /// Gives SHA-256(L(label) || `data`).
    pub(crate) fn hash(self, data: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(self.bytes()).chain_update(data).finalize().into()
    }
}
