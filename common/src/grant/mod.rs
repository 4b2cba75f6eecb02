//! Wraps a DEK and its terms for one opening key, and unwraps them (ENVELOPE.md, "Grants").
//!
//! HPKE (RFC 9180) base mode, single shot: sealing by our own sender's half, opening by the `hpke` crate. The fixed part of the header goes in as `info`, so that a grant moved into
//! another envelope does not unwrap; the padding hides how many recipients there are.

mod cbor;
mod hpke_sender;
pub(crate) mod terms;
mod xwing;

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable as _, Kem, OpModeR};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

pub use self::terms::{Rights, SignIn, Terms, hash_message_id};
pub(crate) use self::xwing::{ENC_LEN, Encapsulator, PUBLIC_KEY_LEN};
use crate::envelope::FIXED_PART_LEN;
use crate::error::{GrantFault, Limit, OpenError, SealError};
use crate::keys::{KeyId, OpeningKey, SealingKey};
use crate::label::Label;
use crate::limits::{MAX_GRANT_CIPHERTEXT_LEN, MAX_MAIL_LEN};

/// Length of the AES-GCM tag.
const TAG_LEN: usize = 16;
/// The plaintext of a grant is padded to a multiple of this.
const PADDING: usize = 512;

/// The data encryption key of one envelope.
pub(crate) type Dek = Zeroizing<[u8; 32]>;

/// A grant as it stands in a header: public, and opaque without the opening key.
pub(crate) struct Grant {
    pub(crate) opening_key_id: KeyId,
    pub(crate) enc: [u8; ENC_LEN],
    pub(crate) ciphertext: Vec<u8>,
}

/// What a grant holds.
pub(crate) struct GrantPlaintext {
    pub(crate) dek: Dek,
    pub(crate) mail_len: u64,
    pub(crate) terms: Terms,
}

impl Grant {
    /// enc || ciphertext = HPKE.SealBase(sealing key, info, aad = "", CBOR || padding).
    pub(crate) fn wrap(
        key: &SealingKey,
        fixed_part: &[u8; FIXED_PART_LEN],
        plaintext: &GrantPlaintext,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, SealError> {
        let padded = plaintext.encode_padded();
        if padded.len() + TAG_LEN > MAX_GRANT_CIPHERTEXT_LEN {
            return Err(SealError::GrantTooLarge);
        }
        let info = info(fixed_part, key.id());
        let (enc, ciphertext) =
            hpke_sender::seal(key.encapsulator(), &info, &padded, rng).ok_or(SealError::Encryption)?;
        Ok(Self { opening_key_id: key.id(), enc, ciphertext })
    }

    /// Undoes [`Grant::wrap`] and checks everything about the contents but the sender's domain.
    pub(crate) fn unwrap(
        &self,
        key: &OpeningKey,
        fixed_part: &[u8; FIXED_PART_LEN],
    ) -> Result<GrantPlaintext, OpenError> {
        let padded = self.decrypt(key, fixed_part).ok_or(OpenError::Grant(GrantFault::Unwrap))?;
        GrantPlaintext::parse(&padded)
    }

    /// Says whether a ciphertext can have this length: a positive multiple of 512, and the tag.
    pub(crate) fn is_ciphertext_len(len: usize) -> bool {
        len.checked_sub(TAG_LEN).is_some_and(|padded| padded > 0 && padded % PADDING == 0)
    }

    fn decrypt(&self, key: &OpeningKey, fixed_part: &[u8; FIXED_PART_LEN]) -> Option<Zeroizing<Vec<u8>>> {
        let encapped = <XWing as Kem>::EncappedKey::from_bytes(&self.enc).ok()?;
        let info = info(fixed_part, self.opening_key_id);
        hpke::single_shot_open::<AesGcm256, HkdfSha256, XWing>(
            &OpModeR::Base,
            key.xwing(),
            &encapped,
            &info,
            &self.ciphertext,
            b"",
        )
        .ok()
        .map(Zeroizing::new)
    }
}

impl GrantPlaintext {
    /// Reads CBOR || padding, and checks all that can be checked without the header.
    pub(crate) fn parse(padded: &[u8]) -> Result<Self, OpenError> {
        let (plaintext, cbor_len) = cbor::decode(padded).map_err(OpenError::Grant)?;
        let padding_is_zero = padded.iter().skip(cbor_len).all(|&byte| byte == 0);
        if padded.len() != cbor_len.next_multiple_of(PADDING) || !padding_is_zero {
            return Err(OpenError::Grant(GrantFault::Padding));
        }
        plaintext.terms.check().map_err(|fault| OpenError::Grant(GrantFault::Terms(fault)))?;
        if plaintext.mail_len > MAX_MAIL_LEN {
            return Err(OpenError::TooLarge(Limit::Mail));
        }
        Ok(plaintext)
    }

    /// Gives CBOR || padding.
    pub(crate) fn encode_padded(&self) -> Zeroizing<Vec<u8>> {
        pad(&cbor::encode(self))
    }
}

/// info = L("sealpost/v1/grant") || fixed part || opening-key ID.
fn info(fixed_part: &[u8; FIXED_PART_LEN], opening_key_id: KeyId) -> Vec<u8> {
    [Label::Grant.bytes(), fixed_part, opening_key_id.as_bytes()].concat()
}

fn pad(cbor: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut padded = Zeroizing::new(vec![0; cbor.len().next_multiple_of(PADDING)]);
    padded.iter_mut().zip(cbor).for_each(|(to, from)| *to = *from);
    padded
}
