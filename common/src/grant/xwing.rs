//! Makes X-Wing secrets for a sealing key (draft-connolly-cfrg-xwing-kem) out of AWS-LC's ML-KEM-768 and X25519.
//!
//! This is the sender's half only, and the one thing in sealing that a mail of any size pays for: it takes a third of the
//! time of the `hpke` crate, which does the receiver's half, so that in every test one checks the other.

use std::sync::Arc;

use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::digest::{SHA3_256, digest};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::kem::{EncapsulationKey, ML_KEM_768};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Length of an X-Wing public key: ML-KEM-768's and X25519's.
pub(crate) const PUBLIC_KEY_LEN: usize = ML_KEM_PUBLIC_KEY_LEN + X25519_LEN;
/// Length of an X-Wing encapsulated key: ML-KEM-768's ciphertext and X25519's ephemeral public key.
pub(crate) const ENC_LEN: usize = ML_KEM_CIPHERTEXT_LEN + X25519_LEN;

const ML_KEM_PUBLIC_KEY_LEN: usize = 1184;
const ML_KEM_CIPHERTEXT_LEN: usize = 1088;
const X25519_LEN: usize = 32;
/// `XWingLabel` of section 5.3.
const LABEL: &[u8; 6] = br"\.//^\";

/// An X-Wing public key, made ready for many uses.
#[derive(Clone)]
pub(crate) struct Encapsulator {
    ml_kem: Arc<EncapsulationKey>,
    x25519: [u8; X25519_LEN],
}

/// An encapsulated key, which is public, and the secret in it.
pub(crate) struct Encapsulated {
    pub(crate) enc: [u8; ENC_LEN],
    pub(crate) secret: Zeroizing<[u8; 32]>,
}

impl Encapsulator {
    /// Takes a public key; `None` when AWS-LC takes none such.
    pub(crate) fn new(public_key: &[u8; PUBLIC_KEY_LEN]) -> Option<Self> {
        let (ml_kem, x25519) = public_key.split_at(ML_KEM_PUBLIC_KEY_LEN);
        let ml_kem = EncapsulationKey::new(&ML_KEM_768, ml_kem).ok()?;
        Some(Self { ml_kem: Arc::new(ml_kem), x25519: x25519.try_into().ok()? })
    }

    /// `secret = SHA3-256(ssM || ssX || ctX || pkX || XWingLabel)`, `enc = ctM || ctX` (section 5.4).
    ///
    /// X25519's ephemeral key is of `rng`; ML-KEM's randomness AWS-LC draws itself.
    pub(crate) fn encapsulate(&self, rng: &mut impl CryptoRng) -> Option<Encapsulated> {
        let (ml_kem_ciphertext, ml_kem_secret) = self.ml_kem.encapsulate().ok()?;
        let mut ephemeral = Zeroizing::new([0; X25519_LEN]);
        rng.fill_bytes(ephemeral.as_mut_slice());
        let ephemeral = PrivateKey::from_private_key(&X25519, ephemeral.as_slice()).ok()?;
        let ephemeral_public = ephemeral.compute_public_key().ok()?;
        let peer = UnparsedPublicKey::new(&X25519, &self.x25519);
        let secret = agree(&ephemeral, peer, Unspecified, |x25519_secret| {
            let parts = [
                ml_kem_secret.as_ref(),
                x25519_secret,
                ephemeral_public.as_ref(),
                self.x25519.as_slice(),
                LABEL.as_slice(),
            ];
            combine(parts).ok_or(Unspecified)
        });
        let mut enc = [0; ENC_LEN];
        let (ml_kem_half, x25519_half) = enc.split_at_mut(ML_KEM_CIPHERTEXT_LEN);
        fill(ml_kem_half, ml_kem_ciphertext.as_ref())?;
        fill(x25519_half, ephemeral_public.as_ref())?;
        Some(Encapsulated { enc, secret: secret.ok()? })
    }
}

/// SHA3-256 of the parts, one behind the other.
fn combine(parts: [&[u8]; 5]) -> Option<Zeroizing<[u8; 32]>> {
    let input = Zeroizing::new(parts.concat());
    digest(&SHA3_256, &input).as_ref().try_into().ok().map(Zeroizing::new)
}

/// Copies what is just as long as the place for it.
fn fill(place: &mut [u8], bytes: &[u8]) -> Option<()> {
    (place.len() == bytes.len()).then(|| place.copy_from_slice(bytes))
}
