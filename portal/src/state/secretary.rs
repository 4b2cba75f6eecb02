//! Turns what must not be stored into what may: HMAC-SHA256 under the state key, with a label for each purpose.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The first word of a state key's text form.
const PREFIX: &str = "sealpost-state-key-v1:";

/// A keyed hash, as the database holds it.
pub type Digest = [u8; 32];

/// The key of all hashes in the state. Portals that share a database share it.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct StateKey([u8; 32]);

/// A text is no state key.
#[derive(Debug, Error)]
#[error("not a state key (a line \"{PREFIX}...\")")]
pub struct StateKeyError;

impl StateKey {
    /// Makes the key of 32 fresh random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads the text form: `sealpost-state-key-v1:` and 32 bytes in base64url without padding.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn from_text(text: &str) -> Result<Self, StateKeyError> {
        let encoded = text.strip_prefix(PREFIX).ok_or(StateKeyError)?;
        let bytes = Zeroizing::new(crate::text::from_base64url(encoded).ok_or(StateKeyError)?);
        bytes.as_slice().try_into().map(Self).ok().ok_or(StateKeyError)
    }

    /// Writes the text form.
    #[must_use]
    pub fn to_text_secret(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", crate::text::to_base64url(&self.0)))
    }
}

/// Computes the keyed hashes under which the state files things.
pub struct Secretary {
    key: StateKey,
}

/// What a hash is of. The label goes into the hash, so a hash of one kind never equals one of another kind.
#[derive(Clone, Copy)]
enum Purpose {
    Browser,
    Session,
    Envelope,
    Address,
    Passcode,
    Request,
    SignIn,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Browser => b"sealpost/v1/state/browser\0",
            Self::Session => b"sealpost/v1/state/session\0",
            Self::Envelope => b"sealpost/v1/state/envelope\0",
            Self::Address => b"sealpost/v1/state/address\0",
            Self::Passcode => b"sealpost/v1/state/passcode\0",
            Self::Request => b"sealpost/v1/state/request\0",
            Self::SignIn => b"sealpost/v1/state/sign-in\0",
        }
    }
}

impl Secretary {
    /// Takes the state key into use.
    #[must_use]
    pub fn new(key: StateKey) -> Self {
        Self { key }
    }

    /// The hash of a browser's cookie.
    #[must_use]
    pub fn browser(&self, token: &[u8]) -> Digest {
        self.hash(Purpose::Browser, &[token])
    }

    /// The hash of a session's token.
    #[must_use]
    pub fn session(&self, token: &[u8]) -> Digest {
        self.hash(Purpose::Session, &[token])
    }

    /// The hash of what tells an envelope from all others.
    #[must_use]
    pub fn envelope(&self, identity: &[u8]) -> Digest {
        self.hash(Purpose::Envelope, &[identity])
    }

    /// The hash of a normalised mail address.
    #[must_use]
    pub fn address(&self, normalised: &str) -> Digest {
        self.hash(Purpose::Address, &[normalised.as_bytes()])
    }

    /// The hash of a passcode together with all that it is bound to.
    #[must_use]
    pub fn passcode(&self, binding: &super::PasscodeBinding, code: &[u8]) -> Digest {
        self.hash(Purpose::Passcode, &[&binding.browser, &binding.envelope, &binding.address, code])
    }

    /// The hash under which requests are counted: of what is limited, and by what.
    #[must_use]
    pub fn request(&self, kind: &str, parts: &[&[u8]]) -> Digest {
        let all: Vec<&[u8]> = std::iter::once(kind.as_bytes()).chain(parts.iter().copied()).collect();
        self.hash(Purpose::Request, &all)
    }

    /// One of the values that go with a sign-in: of what it is for, at which provider, and of the sign-in's secret.
    #[must_use]
    pub fn sign_in(&self, what: &str, provider: &str, secret: &[u8]) -> Digest {
        self.hash(Purpose::SignIn, &[what.as_bytes(), provider.as_bytes(), secret])
    }

    /// HMAC-SHA256(state key, label || for each part: its length in 8 bytes || part).
    fn hash(&self, purpose: Purpose, parts: &[&[u8]]) -> Digest {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key.0).expect("HMAC takes keys of every length");
        mac.update(purpose.label());
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_differ_by_key_purpose_and_division() {
        let one = Secretary::new(StateKey::from_random([1; 32]));
        let two = Secretary::new(StateKey::from_random([2; 32]));
        assert_ne!(one.address("a"), two.address("a"));
        assert_ne!(one.browser(b"a"), one.session(b"a"));
        assert_ne!(one.request("x", &[b"ab", b"c"]), one.request("x", &[b"a", b"bc"]));
        assert_eq!(one.address("a"), one.address("a"));
    }

    #[test]
    fn text_form_reads_back_and_refuses_others() {
        let key = StateKey::from_random([7; 32]);
        let text = key.to_text_secret();
        assert_eq!(StateKey::from_text(&text).unwrap().0, key.0);
        for bad in [
            "",
            "sealpost-state-key-v1:",
            "sealpost-opening-key-v1:AAAA",
            text.strip_suffix(char::is_alphanumeric).unwrap_or(""),
        ] {
            assert!(StateKey::from_text(bad).is_err(), "{bad}");
        }
    }
}
