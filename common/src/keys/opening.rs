//! Holds the portal's pair: opening key and sealing key (X-Wing).

use std::fmt;

use hpke::kem::XWing;
use hpke::{Deserializable as _, Kem, Serializable as _};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::text::{KeyLine, SHORT_KEY_LEN, encode_public, encode_secret};
use super::{KeyError, KeyId};
use crate::grant::{Encapsulator, PUBLIC_KEY_LEN};
use crate::label::Label;

const OPENING: &str = "sealpost-opening-key-v1:";
const SEALING: &str = "sealpost-sealing-key-v1:";

type XWingPublicKey = <XWing as Kem>::PublicKey;
type XWingPrivateKey = <XWing as Kem>::PrivateKey;

/// The portal's secret X-Wing key, a 32-byte seed; the recovery key is one of these too.
pub struct OpeningKey {
    key: XWingPrivateKey,
    id: KeyId,
}

impl OpeningKey {
    /// Makes a new key.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let (key, public) = XWing::gen_keypair_with_rng(rng);
        Self { key, id: KeyId::of(Label::SealingKeyId, &public.to_bytes()) }
    }

    /// Reads the one key in the text; blank lines and lines that start with `#` are skipped.
    ///
    /// # Errors
    /// [`KeyError`] when there is not exactly one, or it is broken.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        Self::from_line(&KeyLine::only_one(text, OPENING)?)
    }

    /// Gives the line of a key file. It is the secret itself.
    #[must_use]
    pub fn to_text_secret(&self) -> Zeroizing<String> {
        let mut seed = Zeroizing::new([0; SHORT_KEY_LEN]);
        self.key.write_exact(seed.as_mut_slice());
        encode_secret(OPENING, &seed)
    }

    /// Gives the ID, that of the sealing key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Gives the public half.
    ///
    /// # Panics
    /// Never: a public key of our own making is usable.
    #[must_use]
    pub fn sealing_key(&self) -> SealingKey {
        SealingKey::new(XWing::sk_to_pk(&self.key)).expect("a public key of our own making is usable")
    }

    /// Gives the private key to HPKE.
    pub(crate) fn xwing(&self) -> &XWingPrivateKey {
        &self.key
    }

    fn from_line(line: &KeyLine<'_>) -> Result<Self, KeyError> {
        let seed = line.decode::<SHORT_KEY_LEN>()?;
        let key = XWingPrivateKey::from_bytes(seed.as_slice())
            .ok()
            .ok_or(KeyError::Unusable { line: line.number })?;
        let id = KeyId::of(Label::SealingKeyId, &XWing::sk_to_pk(&key).to_bytes());
        Ok(Self { key, id })
    }
}

impl fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpeningKey({})", self.id)
    }
}

/// The portal's public X-Wing key, which the gateway seals to.
#[derive(Clone)]
pub struct SealingKey {
    key: XWingPublicKey,
    encapsulator: Encapsulator,
    id: KeyId,
}

impl SealingKey {
    /// Reads the one key in the text; blank lines and lines that start with `#` are skipped.
    ///
    /// # Errors
    /// [`KeyError`] when there is not exactly one, or it is broken.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let line = KeyLine::only_one(text, SEALING)?;
        let bytes = line.decode::<PUBLIC_KEY_LEN>()?;
        let key = XWingPublicKey::from_bytes(bytes.as_slice()).ok();
        key.and_then(Self::new).ok_or(KeyError::Unusable { line: line.number })
    }

    /// Gives the line of a key file.
    #[must_use]
    pub fn to_text(&self) -> String {
        encode_public(SEALING, &self.key.to_bytes())
    }

    /// Gives the ID, as it stands in a grant.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Gives what makes secrets for the key's holder.
    pub(crate) fn encapsulator(&self) -> &Encapsulator {
        &self.encapsulator
    }

    /// Makes a key ready that is checked already (FIPS 203, 7.2): the encapsulator looks at its length only.
    fn new(key: XWingPublicKey) -> Option<Self> {
        let bytes: [u8; PUBLIC_KEY_LEN] = key.to_bytes().into();
        let encapsulator = Encapsulator::new(&bytes)?;
        Some(Self { key, encapsulator, id: KeyId::of(Label::SealingKeyId, &bytes) })
    }
}

impl PartialEq for SealingKey {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for SealingKey {}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.id)
    }
}

/// All opening keys that a portal holds: the current one, older ones, a recovery key.
#[derive(Debug)]
pub struct OpeningKeys(Vec<OpeningKey>);

impl OpeningKeys {
    /// Takes the keys.
    #[must_use]
    pub fn new(keys: Vec<OpeningKey>) -> Self {
        Self(keys)
    }

    /// Reads a key file with one opening key or more.
    ///
    /// # Errors
    /// [`KeyError`] when there is none, or one is broken.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let keys = KeyLine::all(text, OPENING)
            .map(|line| OpeningKey::from_line(&line?))
            .collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(KeyError::Missing(OPENING)) } else { Ok(Self(keys)) }
    }

    /// Gives the IDs of the keys.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.0.iter().map(OpeningKey::id)
    }

    /// Finds the key for an opening-key ID.
    pub(crate) fn get(&self, id: KeyId) -> Option<&OpeningKey> {
        self.0.iter().find(|key| key.id() == id)
    }
}
