//! Opens the mail in an envelope, for a reader who has proved that he is one of its recipients.

use std::io::Read as _;

use sealpost_common::{error::OpenError, limits};
use zeroize::Zeroizing;

use crate::{authenticate::VerifiedRecipient, receive::CarriedEnvelope};

/// So many times its length a mail takes while it is worked on, at most: itself; a message that is decoded out of it, or
/// the file that is made of its attachments; and what is decoded of a part of these.
const COPIES: u64 = 3;

/// A mail in memory, wiped when dropped.
pub struct OpenedMail(Zeroizing<Vec<u8>>);

/// Bytes that a mail of this length takes while it is worked on.
#[must_use]
pub fn room_for(mail_len: u64) -> u64 {
    mail_len.saturating_mul(COPIES)
}

/// Bytes that the largest message takes: an envelope of this size, and the mail in it. Compression leaves at least three
/// quarters of what is attached, as base64 carries six bits in eight.
#[must_use]
pub fn room_for_largest(envelope_size: u64) -> u64 {
    let envelope_size = envelope_size.min(limits::MAX_HEADER_LEN as u64 + limits::MAX_PAYLOAD_LEN);
    envelope_size + room_for(limits::MAX_MAIL_LEN.min(envelope_size / 3 * 4))
}

impl OpenedMail {
    /// The mail as it was received by the gateway, byte for byte.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for OpenedMail {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

/// Opens the mail. Keeps a processor busy; there must be room for the mail.
///
/// # Errors
/// When the payload is not the one that was sealed.
pub fn open(envelope: &CarriedEnvelope, _recipient: &VerifiedRecipient) -> Result<OpenedMail, OpenError> {
    let unwrapped = envelope.unwrapped();
    // The length is bounded by the format, and was reserved.
    let length = usize::try_from(unwrapped.mail_len()).unwrap_or(usize::MAX);
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    unwrapped.open(envelope.payload())?.read_to_end(&mut bytes)?;
    Ok(OpenedMail(bytes))
}
