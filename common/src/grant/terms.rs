//! Defines the terms under which a mail may be read: what a grant says besides the DEK.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::error::TermsFault;
use crate::limits::{MAX_ADDRESS_LEN, MAX_BRAND_LEN, MAX_LANGUAGE_LEN, MAX_RECIPIENTS};

/// The terms under which a sealed mail may be read.
#[derive(Clone, PartialEq, Eq)]
pub struct Terms {
    /// The envelope sender (MAIL FROM); `None` is the null sender.
    pub envelope_sender: Option<String>,
    /// The address in the From field; `None` when the mail has no From, or several addresses in it.
    pub author: Option<String>,
    /// The envelope recipients (RCPT TO) that this envelope was sealed for.
    pub recipients: Vec<String>,
    /// [`hash_message_id`] of the mail's Message-ID; `None` when it has none.
    pub message_id_hash: Option<[u8; 32]>,
    /// When it was sealed, in seconds since 1970-01-01 UTC.
    pub created: u64,
    /// From when on it must not be opened any more, in seconds since 1970-01-01 UTC; `None` is never.
    pub expires: Option<u64>,
    /// What recipients may do besides reading.
    pub rights: Rights,
    /// How recipients must prove who they are.
    pub sign_in: SignIn,
    /// The name of the brand whose look the portal takes; empty for the default one.
    pub brand: String,
    /// The language of the portal's pages, a BCP 47 tag; empty for the reader's own choice.
    pub language: String,
}

impl Terms {
    /// Gives the address that is called the sender of an envelope: the author, or else the envelope sender.
    #[must_use]
    pub fn sender(&self) -> Option<&str> {
        self.author.as_deref().or(self.envelope_sender.as_deref())
    }

    /// Checks the rules that both sides keep (ENVELOPE.md, "Grant plaintext").
    pub(crate) fn check(&self) -> Result<(), TermsFault> {
        if self.recipients.is_empty() || self.recipients.len() > MAX_RECIPIENTS {
            return Err(TermsFault::RecipientCount);
        }
        let senders = self.envelope_sender.iter().chain(&self.author);
        if !senders.chain(&self.recipients).all(|address| is_text(address, 1, MAX_ADDRESS_LEN)) {
            return Err(TermsFault::Address);
        }
        if !is_text(&self.brand, 0, MAX_BRAND_LEN) {
            return Err(TermsFault::Brand);
        }
        let is_tag = self.language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !is_tag || self.language.len() > MAX_LANGUAGE_LEN {
            return Err(TermsFault::Language);
        }
        Ok(())
    }
}

/// Prints no address and nothing that would single out a mail.
impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms")
            .field("recipients", &self.recipients.len())
            .field("rights", &self.rights)
            .field("sign_in", &self.sign_in)
            .finish_non_exhaustive()
    }
}

/// Says whether a text has `min` to `max` bytes and no control character (U+0000 to U+001F, U+007F to U+009F).
fn is_text(text: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&text.len()) && !text.contains(char::is_control)
}

/// A set of the things that recipients may do besides reading.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rights(u8);

impl Rights {
    /// Reply to the sender.
    pub const REPLY: Self = Self(1);
    /// Reply to the sender and the other recipients.
    pub const REPLY_ALL: Self = Self(2);
    /// Forward to others.
    pub const FORWARD: Self = Self(4);
    /// Print.
    pub const PRINT: Self = Self(8);
    /// Download the mail and its attachments.
    pub const DOWNLOAD: Self = Self(16);

    /// Gives the set of all rights.
    #[must_use]
    pub const fn all() -> Self {
        Self(31)
    }

    /// Gives the empty set.
    #[must_use]
    pub const fn none() -> Self {
        Self(0)
    }

    /// Says whether every right of `other` is in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Gives the rights that are in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Gives the number that stands in a grant.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Takes the number that stands in a grant; `None` when it has a bit that no right has.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits <= Self::all().0 { Some(Self(bits)) } else { None }
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rights({:#07b})", self.0)
    }
}

/// How recipients must prove that they hold their address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignIn {
    /// In any way that the portal offers.
    Any,
    /// By a one-time passcode mailed to the address.
    Passcode,
    /// By signing in with a provider.
    Provider,
}

impl SignIn {
    /// Gives the word that stands in a grant.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Passcode => "passcode",
            Self::Provider => "provider",
        }
    }

    /// Takes the word that stands in a grant.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Any, Self::Passcode, Self::Provider].into_iter().find(|sign_in| sign_in.as_str() == word)
    }
}

/// Hashes a Message-ID: SHA-256 of its bytes without surrounding white space and one pair of `<` and `>`.
///
/// A portal that revokes a message keeps this hash, never the Message-ID.
#[must_use]
pub fn hash_message_id(message_id: &str) -> [u8; 32] {
    let trimmed = message_id.trim_matches([' ', '\t', '\r', '\n']);
    let bare = trimmed.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(trimmed);
    Sha256::digest(bare).into()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Terms that keep every rule.
    pub(crate) fn sample() -> Terms {
        Terms {
            envelope_sender: Some("alice@example.org".to_owned()),
            author: Some("alice@example.org".to_owned()),
            recipients: vec!["bob@example.net".to_owned()],
            message_id_hash: Some(hash_message_id("<1@example.org>")),
            created: 1_800_000_000,
            expires: Some(1_900_000_000),
            rights: Rights::all(),
            sign_in: SignIn::Any,
            brand: "bank".to_owned(),
            language: "de-AT".to_owned(),
        }
    }

    #[test]
    fn the_sender_is_the_author_or_else_the_envelope_sender() {
        let mut terms = Terms { author: Some("a@x.example".to_owned()), ..sample() };
        assert_eq!(terms.sender(), Some("a@x.example"));
        terms.author = None;
        assert_eq!(terms.sender(), Some("alice@example.org"));
        terms.envelope_sender = None;
        assert_eq!(terms.sender(), None);
    }

    #[test]
    fn each_rule_is_checked() {
        type Change = fn(&mut Terms);
        let cases: [(Change, Result<(), TermsFault>); 15] = [
            (|_| (), Ok(())),
            (|t| (t.envelope_sender, t.author) = (None, None), Ok(())),
            (|t| (t.brand, t.language) = (String::new(), String::new()), Ok(())),
            (|t| t.recipients = vec!["jürgen@bücher.example".to_owned(); 1000], Ok(())),
            (|t| t.recipients.clear(), Err(TermsFault::RecipientCount)),
            (|t| t.recipients = vec!["b@x.example".to_owned(); 1001], Err(TermsFault::RecipientCount)),
            (|t| t.recipients.push(String::new()), Err(TermsFault::Address)),
            (|t| t.recipients.push("a".repeat(321)), Err(TermsFault::Address)),
            (|t| t.recipients.push("b@x.example\r\nBcc: c@x.example".to_owned()), Err(TermsFault::Address)),
            (|t| t.author = Some(String::new()), Err(TermsFault::Address)),
            (|t| t.envelope_sender = Some("a\0@x".to_owned()), Err(TermsFault::Address)),
            (|t| t.brand = "b".repeat(65), Err(TermsFault::Brand)),
            (|t| t.brand = "a\u{9b}".to_owned(), Err(TermsFault::Brand)),
            (|t| t.language = "de_AT".to_owned(), Err(TermsFault::Language)),
            (|t| t.language = "a".repeat(36), Err(TermsFault::Language)),
        ];
        for (number, (change, wanted)) in cases.into_iter().enumerate() {
            let mut terms = sample();
            change(&mut terms);
            assert_eq!(terms.check(), wanted, "case {number}");
        }
    }

    #[test]
    fn debug_shows_no_address() {
        let shown = format!("{:?}", sample());
        assert!(!shown.contains("example") && !shown.contains("bank"), "{shown}");
    }

    #[test]
    fn message_ids_hash_the_same_with_and_without_brackets() {
        let bare = hash_message_id("1@example.org");
        assert_eq!(hash_message_id(" <1@example.org>\r\n"), bare);
        assert_ne!(hash_message_id("<<1@example.org>>"), bare);
        assert_ne!(hash_message_id("<1@example.org"), bare);
    }
}
