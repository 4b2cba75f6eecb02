//! Opens the mail in an envelope, for a reader who has proved that he is one of its recipients.

use std::{io::Read as _, sync::Arc};

use sealpost_common::error::OpenError;
use zeroize::Zeroizing;

use crate::{authenticate::VerifiedRecipient, budget::Reservation, receive::CarriedEnvelope};

/// A mail in memory, wiped when dropped; the room that it takes is given back then.
pub struct OpenedMail {
    bytes: Zeroizing<Vec<u8>>,
    _reservation: Reservation,
}

impl OpenedMail {
    /// The mail as it was received by the gateway, byte for byte.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Opens the mail. Keeps a processor busy; `reservation` has room for the mail.
///
/// # Errors
/// When the payload is not the one that was sealed.
pub fn open(
    envelope: &Arc<CarriedEnvelope>,
    _recipient: &VerifiedRecipient,
    reservation: Reservation,
) -> Result<OpenedMail, OpenError> {
    let unwrapped = envelope.unwrapped();
    // The length is bounded by the format, and was reserved.
    let length = usize::try_from(unwrapped.mail_len()).unwrap_or(usize::MAX);
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    unwrapped.open(envelope.payload())?.read_to_end(&mut bytes)?;
    Ok(OpenedMail { bytes, _reservation: reservation })
}
