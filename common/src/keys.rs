//! Holds the two key pairs of the format: signing/verifying (gateway) and sealing/opening (portal).
//!
//! Each key has a text form of one line with a prefix that says what it is, so that a key cannot be taken for another
//! (ENVELOPE.md, "Key files"). Secret keys have no `Clone`, show only their ID in `Debug`, and are zeroised when
//! dropped. Reading files and checking their permissions is left to the programs.

use std::fmt;

use ed25519_dalek::Signer as _;
use encodify::base64::URL_SAFE_NO_PAD;
use hpke::kem::XWing;
use hpke::{Deserializable as _, Kem, Serializable as _};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::address::DomainPattern;
use crate::label::Label;

const SIGNING: &str = "sealpost-signing-key-v1:";
const VERIFYING: &str = "sealpost-verifying-key-v1:";
const OPENING: &str = "sealpost-opening-key-v1:";
const SEALING: &str = "sealpost-sealing-key-v1:";

/// Length of an Ed25519 seed, an Ed25519 public key and an X-Wing seed.
const SHORT_KEY_LEN: usize = 32;
/// Length of an X-Wing public key.
const SEALING_KEY_LEN: usize = 1216;
/// Length of an Ed25519 signature.
pub(crate) const SIGNATURE_LEN: usize = 64;

type XWingPublicKey = <XWing as Kem>::PublicKey;
type XWingPrivateKey = <XWing as Kem>::PrivateKey;

/// Says why a text is not a key of the kind that is wanted. It never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no key in the text.
    #[error("there is no key in it; a line that starts with \"{0}\" is wanted")]
    Missing(&'static str),
    /// There is more than one key where one is wanted.
    #[error("there is more than one key in it")]
    Several,
    /// A line starts otherwise.
    #[error("line {line} does not start with \"{wanted}\"")]
    Kind {
        /// The number of the line, from 1.
        line: usize,
        /// The prefix that is wanted.
        wanted: &'static str,
    },
    /// What follows the prefix is not base64url of the right length.
    #[error("the key on line {line} is not base64url of {wanted} bytes")]
    Encoding {
        /// The number of the line, from 1.
        line: usize,
        /// The number of bytes that is wanted.
        wanted: usize,
    },
    /// The bytes are no usable public key.
    #[error("the key on line {line} is not a usable public key")]
    Unusable {
        /// The number of the line, from 1.
        line: usize,
    },
}

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

/// The gateway's secret Ed25519 key (RFC 8032).
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
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
        self.key.sign(&[Label::Header.bytes(), header].concat()).to_bytes()
    }

    fn from_seed(seed: &[u8; SHORT_KEY_LEN]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let id = KeyId::of(Label::VerifyingKeyId, key.verifying_key().as_bytes());
        Self { key, id }
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
        format!("{VERIFYING}{}", URL_SAFE_NO_PAD.encode(self.key.as_bytes()))
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
    #[must_use]
    pub fn sealing_key(&self) -> SealingKey {
        SealingKey { key: XWing::sk_to_pk(&self.key), id: self.id }
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
#[derive(Clone, PartialEq, Eq)]
pub struct SealingKey {
    key: XWingPublicKey,
    id: KeyId,
}

impl SealingKey {
    /// Reads the one key in the text; blank lines and lines that start with `#` are skipped.
    ///
    /// # Errors
    /// [`KeyError`] when there is not exactly one, or it is broken.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let line = KeyLine::only_one(text, SEALING)?;
        let bytes = line.decode::<SEALING_KEY_LEN>()?;
        let key = XWingPublicKey::from_bytes(bytes.as_slice())
            .ok()
            .ok_or(KeyError::Unusable { line: line.number })?;
        Ok(Self { key, id: KeyId::of(Label::SealingKeyId, bytes.as_slice()) })
    }

    /// Gives the line of a key file.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{SEALING}{}", URL_SAFE_NO_PAD.encode(self.key.to_bytes()))
    }

    /// Gives the ID, as it stands in a grant.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Gives the public key to HPKE.
    pub(crate) fn xwing(&self) -> &XWingPublicKey {
        &self.key
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.id)
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

/// One key line of a text, its prefix checked and cut off.
struct KeyLine<'t> {
    number: usize,
    value: &'t str,
}

impl<'t> KeyLine<'t> {
    /// Walks over all lines that are neither blank nor a comment; each must start with the prefix.
    fn all(text: &'t str, prefix: &'static str) -> impl Iterator<Item = Result<Self, KeyError>> {
        text.lines()
            .zip(1..)
            .map(|(line, number)| (line.trim(), number))
            .filter(|(line, _)| !line.is_empty() && !line.starts_with('#'))
            .map(move |(line, number)| match line.strip_prefix(prefix) {
                Some(value) => Ok(Self { number, value }),
                None => Err(KeyError::Kind { line: number, wanted: prefix }),
            })
    }

    fn only_one(text: &'t str, prefix: &'static str) -> Result<Self, KeyError> {
        let mut lines = Self::all(text, prefix);
        let line = lines.next().ok_or(KeyError::Missing(prefix))??;
        if lines.next().is_some() { Err(KeyError::Several) } else { Ok(line) }
    }

    fn decode<const N: usize>(&self) -> Result<Zeroizing<[u8; N]>, KeyError> {
        let mut key = Zeroizing::new([0; N]);
        match URL_SAFE_NO_PAD.decode_slice(self.value, key.as_mut_slice()) {
            Ok(written) if written == N => Ok(key),
            _ => Err(KeyError::Encoding { line: self.number, wanted: N }),
        }
    }
}

/// Writes a secret key without leaving a copy of it in memory.
fn encode_secret(prefix: &str, secret: &[u8; SHORT_KEY_LEN]) -> Zeroizing<String> {
    // The full length at once: a string that grew would leave its old bytes behind.
    let mut text =
        Zeroizing::new(String::with_capacity(prefix.len() + URL_SAFE_NO_PAD.encoded_len(SHORT_KEY_LEN)));
    text.push_str(prefix);
    URL_SAFE_NO_PAD.encode_append(secret, &mut *text);
    text
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

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
        let ones = format!("{SEALING}{}", URL_SAFE_NO_PAD.encode([0xff; SEALING_KEY_LEN]));
        assert_eq!(SealingKey::from_text(&ones).err(), Some(KeyError::Unusable { line: 1 }));
    }

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

    #[test]
    fn debug_shows_nothing_but_the_id() {
        let mut rng = StdRng::seed_from_u64(4);
        let signing = SigningKey::generate(&mut rng);
        assert_eq!(format!("{signing:?}"), format!("SigningKey({})", signing.id()));
        let opening = OpeningKey::generate(&mut rng);
        assert_eq!(format!("{opening:?}"), format!("OpeningKey({})", opening.id()));
    }
}
