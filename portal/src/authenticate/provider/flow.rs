//! A sign-in between its two requests.
//!
//! The portal keeps nothing of it. The browser holds a secret of 32 random bytes, until when it is good, and what the
//! reader chose; all that is needed besides is derived from these under the state key, and for one provider:
//!
//! `state, nonce, verifier = HMAC-SHA256(state key, label || what || provider || secret || expires || keep)`
//!
//! So the answer to a sign-in is taken from the browser that began it, for the provider that it was begun with, and
//! nothing in the browser's part can be changed.

use axum_extra::extract::cookie::CookieJar;
use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    authenticate::browser,
    config::ProviderName,
    state::{Digest, Secretary},
    surroundings::{NoRandomness, Surroundings},
    text,
};

const SECRET_LEN: usize = 32;
/// The secret, the time in 8 bytes, the choice in one.
const LEN: usize = SECRET_LEN + 8 + 1;

/// A sign-in that has begun.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Flow {
    bytes: [u8; LEN],
    expires: u64,
    keep: bool,
}

impl Flow {
    /// Begins one.
    ///
    /// # Errors
    /// When there is no randomness for it.
    pub(super) fn begin(surroundings: &Surroundings, expires: u64, keep: bool) -> Result<Self, NoRandomness> {
        let secret: [u8; SECRET_LEN] = surroundings.random()?;
        let all = secret.into_iter().chain(expires.to_be_bytes()).chain([u8::from(keep)]);
        let mut bytes = [0; LEN];
        bytes.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        Ok(Self { bytes, expires, keep })
    }

    /// The one that the browser holds.
    #[must_use]
    pub(super) fn of(jar: &CookieJar) -> Option<Self> {
        let bytes: [u8; LEN] = browser::sign_in(jar)?.try_into().ok()?;
        let (_, rest) = bytes.split_at(SECRET_LEN);
        let (&keep, expires) = rest.split_last()?;
        Some(Self { bytes, expires: u64::from_be_bytes(expires.try_into().ok()?), keep: keep == 1 })
    }

    /// Gives it to the browser to hold for so many seconds.
    pub(super) fn keep_in(&self, jar: CookieJar, seconds: u64) -> CookieJar {
        browser::set_sign_in(jar, &self.bytes, seconds)
    }

    /// Until when it is good.
    #[must_use]
    pub(super) fn expires(&self) -> u64 {
        self.expires
    }

    /// Whether the reader chose to stay signed in.
    #[must_use]
    pub(super) fn keep(&self) -> bool {
        self.keep
    }

    /// Whether this is the sign-in that the provider answers to.
    #[must_use]
    pub(super) fn has_state(&self, secretary: &Secretary, provider: &ProviderName, state: &str) -> bool {
        let expected = self.derive(secretary, "state", provider);
        text::from_base64url(state).is_some_and(|given| given.ct_eq(&expected).into())
    }

    /// The value that comes back with the provider's answer.
    pub(super) fn state(&self, secretary: &Secretary, provider: &ProviderName) -> CsrfToken {
        CsrfToken::new(text::to_base64url(&self.derive(secretary, "state", provider)))
    }

    /// The value that comes back in the ID token.
    pub(super) fn nonce(&self, secretary: &Secretary, provider: &ProviderName) -> Nonce {
        Nonce::new(text::to_base64url(&self.derive(secretary, "nonce", provider)))
    }

    /// What the code can't be redeemed without (RFC 7636): 43 characters.
    pub(super) fn verifier(&self, secretary: &Secretary, provider: &ProviderName) -> PkceCodeVerifier {
        PkceCodeVerifier::new(text::to_base64url(&self.derive(secretary, "verifier", provider)))
    }

    /// The name under which the state remembers that it has ended.
    #[must_use]
    pub(super) fn ended(&self, secretary: &Secretary) -> Digest {
        secretary.sign_in("ended", "", &self.bytes)
    }

    fn derive(&self, secretary: &Secretary, what: &str, provider: &ProviderName) -> Digest {
        secretary.sign_in(what, provider.as_str(), &self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::StateKey;

    fn name(text: &str) -> ProviderName {
        ProviderName::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn all_values_differ_and_are_bound_to_provider_time_choice_and_key() {
        let secretary = Secretary::new(StateKey::from_random([1; 32]));
        let flow = Flow::begin(&Surroundings::real(), 1000, true).unwrap();
        let (one, other) = (name("one"), name("other"));
        let state = flow.state(&secretary, &one).secret().clone();
        assert_eq!(state.len(), 43);
        assert_ne!(&state, flow.nonce(&secretary, &one).secret());
        assert_ne!(&state, flow.verifier(&secretary, &one).secret());
        assert!(flow.has_state(&secretary, &one, &state));
        assert!(!flow.has_state(&secretary, &other, &state));
        assert!(!flow.has_state(&Secretary::new(StateKey::from_random([2; 32])), &one, &state));
        for bad in ["", "x", state.get(1..).unwrap(), &format!("{state}A")] {
            assert!(!flow.has_state(&secretary, &one, bad), "{bad}");
        }

        let jar = flow.keep_in(CookieJar::new(), 900);
        let back = Flow::of(&jar).unwrap();
        assert!(back.has_state(&secretary, &one, &state));
        assert_eq!((back.expires(), back.keep()), (1000, true));
        for changed in [0, SECRET_LEN, LEN - 1] {
            let mut bytes = flow.bytes;
            bytes[changed] ^= 1;
            let jar = browser::set_sign_in(CookieJar::new(), &bytes, 900);
            assert!(!Flow::of(&jar).unwrap().has_state(&secretary, &one, &state), "byte {changed}");
        }
        assert!(Flow::of(&browser::set_sign_in(CookieJar::new(), &[0; LEN - 1], 900)).is_none());
    }
}
