//! Names every way in which sealing and opening can fail.
//!
//! One enum per direction. [`OpenError::outcome`] gives the name under which ENVELOPE.md and the test vectors know a
//! refusal. A program that answers strangers shows none of it: which check failed helps only an attacker.

use std::io;

/// Says why an envelope was refused. No variant holds a byte of what is protected.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The first bytes are not the magic.
    #[error("this is not a sealed envelope")]
    NotAnEnvelope,
    /// The version is not one that this reader knows.
    #[error("version {0} of the envelope format is not known")]
    Version(u8),
    /// The suite is not one that this reader knows.
    #[error("suite {0} is not known")]
    Suite(u8),
    /// The bytes end before the header or the payload does.
    #[error("the envelope is cut short")]
    Truncated,
    /// The header contradicts its own layout.
    #[error("the header is malformed: {0}")]
    Malformed(HeaderFault),
    /// Something is larger than the limits allow.
    #[error("the envelope is over the limits: {0}")]
    TooLarge(Limit),
    /// No trusted gateway has the verifying key that the header names.
    #[error("the envelope is signed with a key that is not trusted")]
    UnknownSigningKey,
    /// The signature over the header does not hold.
    #[error("the signature of the envelope is wrong")]
    Signature,
    /// None of the grants is for an opening key that is at hand.
    #[error("no opening key at hand fits the envelope")]
    UnknownOpeningKey,
    /// The grant for our opening key does not unwrap, or breaks the rules for its contents.
    #[error("the grant is refused: {0}")]
    Grant(GrantFault),
    /// The gateway that signed is not trusted for the domain of the sender.
    #[error("the gateway is not trusted for the domain of the sender")]
    UntrustedSender,
    /// The payload does not open to exactly the mail that the grant promises.
    #[error("the payload is refused: {0}")]
    Payload(PayloadFault),
    /// The text form or link form is broken.
    #[error("the text of the envelope is broken: {0}")]
    Armor(ArmorFault),
    /// Reading the payload failed; this says nothing about the envelope.
    #[error("the payload could not be read")]
    ReadFailed(#[source] io::Error),
}

/// Says how a header contradicts its own layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    /// The number of grants is not 1 to 4.
    #[error("the number of grants")]
    GrantCount,
    /// A grant's ciphertext length is not 16 more than a positive multiple of 512.
    #[error("the length of a grant")]
    GrantLength,
    /// Two grants name the same opening key.
    #[error("two grants for one opening key")]
    RepeatedOpeningKey,
    /// No sequence of segments has the payload length that is stated.
    #[error("the length of the payload")]
    PayloadLength,
}

/// Names the limit that was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// The header is over [`MAX_HEADER_LEN`](crate::limits::MAX_HEADER_LEN).
    #[error("header")]
    Header,
    /// A grant is over [`MAX_GRANT_CIPHERTEXT_LEN`](crate::limits::MAX_GRANT_CIPHERTEXT_LEN).
    #[error("grant")]
    Grant,
    /// The payload is over [`MAX_PAYLOAD_LEN`](crate::limits::MAX_PAYLOAD_LEN).
    #[error("payload")]
    Payload,
    /// The mail is over [`MAX_MAIL_LEN`](crate::limits::MAX_MAIL_LEN).
    #[error("mail")]
    Mail,
}

/// Says how a grant was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantFault {
    /// HPKE refused: other key, other header, or changed bytes.
    #[error("it does not unwrap")]
    Unwrap,
    /// The plaintext is not the CBOR map of ENVELOPE.md in its deterministic encoding.
    #[error("its encoding")]
    Encoding,
    /// The padding is not the zero bytes up to the next multiple of 512.
    #[error("its padding")]
    Padding,
    /// The terms break one of their own rules.
    #[error("its terms: {0}")]
    Terms(TermsFault),
}

/// Says which rule the terms of a grant break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TermsFault {
    /// There are no recipients, or too many.
    #[error("the number of recipients")]
    RecipientCount,
    /// An address is empty, too long or holds a control character.
    #[error("an address")]
    Address,
    /// A right that does not exist, or a wrong sign-in.
    #[error("rights or sign-in")]
    Rights,
    /// The brand is too long or holds a control character.
    #[error("the brand")]
    Brand,
    /// The language is no language tag.
    #[error("the language")]
    Language,
}

/// Says how a payload was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadFault {
    /// A segment is not authentic: changed, swapped, or not the one that must stand here.
    #[error("a segment is not authentic")]
    Segment,
    /// The SHA-256 is not the one in the header.
    #[error("its digest")]
    Digest,
    /// The plaintext is not one zstd frame of the permitted kind.
    #[error("its compression")]
    Compression,
    /// The mail is shorter or longer than the grant says.
    #[error("the length of the mail")]
    MailLength,
    /// Something stands after the payload, or after the frame in it.
    #[error("trailing data")]
    TrailingData,
    /// An earlier read failed already; nothing more is given out.
    #[error("it was refused before")]
    AlreadyRefused,
}

/// Says how a text form or link form is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ArmorFault {
    /// There is no BEGIN line.
    #[error("no BEGIN line")]
    NoBegin,
    /// The END line is missing or changed.
    #[error("no END line")]
    NoEnd,
    /// A second BEGIN line follows.
    #[error("more than one envelope")]
    SecondBegin,
    /// The base64 is not strict: a foreign character, wrong padding, or bits left over.
    #[error("not base64")]
    Base64,
}

impl OpenError {
    /// Gives the outcome name that ENVELOPE.md ("What a reader MUST reject") and the test vectors use.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::NotAnEnvelope => "not-an-envelope",
            Self::Version(_) => "version",
            Self::Suite(_) => "suite",
            Self::Truncated => "truncated",
            Self::Malformed(_) => "malformed",
            Self::TooLarge(_) => "too-large",
            Self::UnknownSigningKey => "unknown-signing-key",
            Self::Signature => "signature",
            Self::UnknownOpeningKey => "unknown-opening-key",
            Self::Grant(_) => "grant",
            Self::UntrustedSender => "untrusted-sender",
            Self::Payload(_) => "payload",
            Self::Armor(_) => "armor",
            Self::ReadFailed(_) => "read-failed",
        }
    }
}

/// Takes the refusal out of an I/O error that [`MailReader`](crate::envelope::MailReader) gave, or reports the I/O
/// error itself.
impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        error.downcast::<Self>().unwrap_or_else(Self::ReadFailed)
    }
}

impl From<OpenError> for io::Error {
    fn from(error: OpenError) -> Self {
        let kind = match &error {
            OpenError::ReadFailed(source) => source.kind(),
            OpenError::Truncated => io::ErrorKind::UnexpectedEof,
            _ => io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}

/// Says why a mail could not be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The mail is over [`MAX_MAIL_LEN`](crate::limits::MAX_MAIL_LEN).
    #[error("the mail has {0} bytes, more than an envelope can hold")]
    MailTooLarge(usize),
    /// The terms break a rule, so that no reader would accept them.
    #[error("the terms break a rule: {0}")]
    Terms(TermsFault),
    /// The terms are larger than a grant can hold.
    #[error("the terms do not fit into a grant")]
    GrantTooLarge,
    /// zstd failed, for want of memory.
    #[error("the mail could not be compressed")]
    Compression(#[source] io::Error),
    /// Encryption failed; no input is known that leads here.
    #[error("the mail could not be encrypted")]
    Encryption,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_survives_the_way_through_an_io_error() {
        let error = io::Error::from(OpenError::Payload(PayloadFault::Digest));
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert_eq!(OpenError::from(error).outcome(), "payload");
    }

    #[test]
    fn a_foreign_io_error_is_no_refusal() {
        let error = OpenError::from(io::Error::from(io::ErrorKind::TimedOut));
        assert_eq!(error.outcome(), "read-failed");
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::TimedOut);
    }
}
