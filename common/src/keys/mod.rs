//! Holds the two key pairs of the format: signing/verifying (gateway) and sealing/opening (portal).
//!
//! Each key has a text form of one line with a prefix that says what it is, so that a key cannot be taken for another
//! (ENVELOPE.md, "Key files"). Secret keys have no `Clone`, show only their ID in `Debug`, and are zeroised when
//! dropped. Reading files is left to the programs; which of them are closed enough is said here ([`is_closed_to_others`]).

mod file;
mod opening;
mod signing;
mod text;

use std::fmt;

pub use self::file::is_closed_to_others;
pub use self::opening::{OpeningKey, OpeningKeys, SealingKey};
pub(crate) use self::signing::SIGNATURE_LEN;
pub use self::signing::{SigningKey, TrustedGateway, TrustedGateways, VerifyingKey};
pub use self::text::KeyError;
use crate::label::Label;

/// Names a key: the first 8 bytes of a hash of its public half.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// Length of an ID.
    pub(crate) const LEN: usize = 8;

    /// ID = SHA-256(L(label) || public key)[0..8] (ENVELOPE.md, "Keys").
    fn of(label: Label, public_key: &[u8]) -> Self {
        let hash = label.hash(public_key);
        Self(*hash.first_chunk().expect("SHA-256 gives 32 bytes"))
    }

    /// Takes an ID as it stands in an envelope.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// Gives the bytes as they stand in an envelope.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use encodify::base64::URL_SAFE_NO_PAD;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    const VERIFYING: &str = "sealpost-verifying-key-v1:";
    const OPENING: &str = "sealpost-opening-key-v1:";
    const SEALING: &str = "sealpost-sealing-key-v1:";

    #[test]
    fn keys_survive_their_text_form() {
        let mut rng = StdRng::seed_from_u64(1);
        let signing = SigningKey::generate(&mut rng);
        let again = SigningKey::from_text(&signing.to_text_secret()).unwrap();
        assert_eq!(again.id(), signing.id());
        let verifying =
            VerifyingKey::from_text(&format!("# gateway\n\n  {}\r\n", signing.verifying_key().to_text()));
        assert_eq!(verifying, Ok(signing.verifying_key()));

        let opening = OpeningKey::generate(&mut rng);
        let again = OpeningKey::from_text(&opening.to_text_secret()).unwrap();
        assert_eq!(again.sealing_key(), opening.sealing_key());
        assert_eq!(SealingKey::from_text(&opening.sealing_key().to_text()), Ok(opening.sealing_key()));
        assert_eq!(opening.sealing_key().id(), opening.id());
    }

    #[test]
    fn a_key_file_may_hold_several_opening_keys() {
        let mut rng = StdRng::seed_from_u64(2);
        let (a, b) = (OpeningKey::generate(&mut rng), OpeningKey::generate(&mut rng));
        let text = format!("# old\n{}\n# new\n{}\n", *a.to_text_secret(), *b.to_text_secret());
        assert_eq!(OpeningKeys::from_text(&text).unwrap().ids().collect::<Vec<_>>(), [a.id(), b.id()]);
        assert_eq!(OpeningKey::from_text(&text).err(), Some(KeyError::Several));
    }

    #[test]
    fn a_key_is_never_taken_for_another() {
        let signing = SigningKey::generate(&mut StdRng::seed_from_u64(3));
        let secret = signing.to_text_secret();
        assert_eq!(OpeningKey::from_text(&secret).err(), Some(KeyError::Kind { line: 1, wanted: OPENING }));
        assert_eq!(
            VerifyingKey::from_text(&secret).err(),
            Some(KeyError::Kind { line: 1, wanted: VERIFYING })
        );
    }

    #[test]
    fn refuses_broken_keys() {
        let value = "A".repeat(43);
        for (text, error) in [
            (String::new(), KeyError::Missing(VERIFYING)),
            ("# nothing\n".to_owned(), KeyError::Missing(VERIFYING)),
            (format!("\n{VERIFYING}{value}A"), KeyError::Encoding { line: 2, wanted: 32 }),
            (format!("{VERIFYING}{value}="), KeyError::Encoding { line: 1, wanted: 32 }),
            (format!("{VERIFYING}{}B", "A".repeat(42)), KeyError::Encoding { line: 1, wanted: 32 }),
            (format!("{VERIFYING}{value} # x"), KeyError::Encoding { line: 1, wanted: 32 }),
            // All zero: a point of small order.
            (format!("{VERIFYING}{value}"), KeyError::Unusable { line: 1 }),
        ] {
            assert_eq!(VerifyingKey::from_text(&text).err(), Some(error), "{text}");
        }
        // All ones: coefficients over the modulus of ML-KEM.
        let ones = format!("{SEALING}{}", URL_SAFE_NO_PAD.encode([0xff; 1216]));
        assert_eq!(SealingKey::from_text(&ones).err(), Some(KeyError::Unusable { line: 1 }));
    }

    #[test]
    fn debug_shows_nothing_but_the_id() {
        let mut rng = StdRng::seed_from_u64(4);
        let signing = SigningKey::generate(&mut rng);
        assert_eq!(format!("{signing:?}"), format!("SigningKey({})", signing.id()));
        let opening = OpeningKey::generate(&mut rng);
        assert_eq!(format!("{opening:?}"), format!("OpeningKey({})", opening.id()));
    }
}
