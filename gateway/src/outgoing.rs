//! A mail on its way out: as it came in, with a changed header section, or the carrier mail.

use bytes::Bytes;

use crate::{
    carry::Carrier,
    decide::{EditedMail, Edits},
    error::PlanError,
    parse::{HeaderSection, has_bare_newline},
    receive::Path,
    reinject::{Content, Sink, WriteError},
};

/// A mail on its way out.
pub enum Outgoing {
    /// The mail as it came in.
    Mail(Bytes),
    /// The mail with a changed header section.
    Edited(EditedMail),
    /// The carrier mail with the sealed mail in it.
    Carrier(Box<Carrier>),
}

impl Outgoing {
    /// Hands on the mail, if other programs cannot read two mails in it.
    pub(crate) fn pass(mail: &Bytes, header: &HeaderSection<'_>, edits: &Edits) -> Result<Self, PlanError> {
        if has_bare_newline(mail) {
            Err(PlanError::BareNewline)
        } else if edits.is_empty() {
            Ok(Self::Mail(mail.clone()))
        } else {
            Ok(Self::Edited(edits.apply(mail, header)))
        }
    }

    /// Gives the size in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "an empty mail is sent like any other")]
    pub fn len(&self) -> usize {
        match self {
            Self::Mail(mail) => mail.len(),
            Self::Edited(EditedMail { head, rest }) => head.len() + rest.len(),
            Self::Carrier(carrier) => carrier.len(),
        }
    }

    /// Says whether there are bytes above 127.
    #[must_use]
    pub fn has_eight_bit(&self) -> bool {
        match self {
            Self::Mail(mail) => !mail.is_ascii(),
            Self::Edited(EditedMail { head, rest }) => !head.is_ascii() || !rest.is_ascii(),
            Self::Carrier(carrier) => carrier.has_eight_bit_header(),
        }
    }

    /// Says whether the next hop has to take it as an internationalised mail: the client said that it is one, and it is not
    /// plain ASCII. Without the client's word 8-bit bytes in a header are just sent, as they always were.
    #[must_use]
    pub fn has_utf8_header(&self, sender: &Path) -> bool {
        sender.param("SMTPUTF8").is_some() && self.has_eight_bit()
    }
}

impl Content for Outgoing {
    async fn write_to(self, sink: &mut Sink<'_>) -> Result<(), WriteError> {
        match self {
            Self::Mail(mail) => mail.write_to(sink).await,
            Self::Edited(EditedMail { head, rest }) => {
                sink.write(&head).await?;
                rest.write_to(sink).await
            }
            Self::Carrier(carrier) => carrier.write_to(sink).await,
        }
    }
}
