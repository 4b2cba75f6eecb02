//! Reads and writes key lines (ENVELOPE.md, "Key files").

use encodify::base64::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// Length of an Ed25519 seed, an Ed25519 public key and an X-Wing seed.
pub(super) const SHORT_KEY_LEN: usize = 32;

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

/// One key line of a text, its prefix checked and cut off.
pub(super) struct KeyLine<'t> {
    pub(super) number: usize,
    value: &'t str,
}

impl<'t> KeyLine<'t> {
    /// Walks over all lines that are neither blank nor a comment; each must start with the prefix.
    pub(super) fn all(text: &'t str, prefix: &'static str) -> impl Iterator<Item = Result<Self, KeyError>> {
        text.lines()
            .zip(1..)
            .map(|(line, number)| (line.trim(), number))
            .filter(|(line, _)| !line.is_empty() && !line.starts_with('#'))
            .map(move |(line, number)| match line.strip_prefix(prefix) {
                Some(value) => Ok(Self { number, value }),
                None => Err(KeyError::Kind { line: number, wanted: prefix }),
            })
    }

    pub(super) fn only_one(text: &'t str, prefix: &'static str) -> Result<Self, KeyError> {
        let mut lines = Self::all(text, prefix);
        let line = lines.next().ok_or(KeyError::Missing(prefix))??;
        if lines.next().is_some() { Err(KeyError::Several) } else { Ok(line) }
    }

    pub(super) fn decode<const N: usize>(&self) -> Result<Zeroizing<[u8; N]>, KeyError> {
        let mut key = Zeroizing::new([0; N]);
        match URL_SAFE_NO_PAD.decode_slice(self.value, key.as_mut_slice()) {
            Ok(written) if written == N => Ok(key),
            _ => Err(KeyError::Encoding { line: self.number, wanted: N }),
        }
    }
}

/// Writes a public key.
pub(super) fn encode_public(prefix: &str, public: &[u8]) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(public))
}

/// Writes a secret key without leaving a copy of it in memory.
pub(super) fn encode_secret(prefix: &str, secret: &[u8; SHORT_KEY_LEN]) -> Zeroizing<String> {
    // The full length at once: a string that grew would leave its old bytes behind.
    let mut text =
        Zeroizing::new(String::with_capacity(prefix.len() + URL_SAFE_NO_PAD.encoded_len(SHORT_KEY_LEN)));
    text.push_str(prefix);
    URL_SAFE_NO_PAD.encode_append(secret, &mut *text);
    text
}
