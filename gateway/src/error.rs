//! Says why a mail does not go out, and maps each cause to its SMTP reply: the one place where that is done.

use std::sync::Arc;

use sealpost_common::error::SealError;
use thiserror::Error;

use crate::{
    carry::CarryError, content::NoRoom, decide::Rejection, reply::Reply, seal::SealRefusal, sign::SignError,
};

/// Why a mail does not go out.
#[derive(Debug, Error)]
pub enum PlanError {
    /// The mail has passed too many hosts.
    #[error("too many hops, the mail goes round in circles")]
    Loop,
    /// The policy rejects it.
    #[error("{}", .rejection.text.clone().unwrap_or_else(|| format!("rejected by the policy's rule {rule:?}")))]
    Rejected {
        /// The rule that does.
        rule: Arc<str>,
        /// What its sender is told.
        rejection: Arc<Rejection>,
    },
    /// It would be passed on, and other programs could read a second mail in it.
    #[error("the mail has a CR or LF on its own; Postfix: smtpd_forbid_bare_newline = normalize")]
    BareNewline,
    /// It goes out sealed in several ways, and there is no memory for another one now.
    #[error("too many large mails at a time, try again later")]
    NoMemory,
    /// There is no memory now for the texts that the policy looks into.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// It cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealRefusal),
    /// The carrier mail could not be made.
    #[error(transparent)]
    Carry(#[from] CarryError),
    /// The signature could not be made.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl PlanError {
    /// Gives the reply: 5xx where waiting cannot help, else 4xx, so that the MTA keeps the mail.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let (code, enhanced) = match self {
            Self::Loop => (554, [5, 4, 6]),
            Self::Rejected { rejection, .. } => {
                let code = rejection.code.map(|code| [u16::from(code.class), code.subject, code.detail]);
                (550, code.unwrap_or([5, 7, 1]))
            }
            Self::BareNewline => (550, [5, 6, 0]),
            Self::NoMemory | Self::NoRoom(_) => (452, [4, 3, 1]),
            Self::Seal(refusal) => match refusal {
                SealRefusal::Sender(_) => (550, [5, 1, 7]),
                SealRefusal::Recipient(..) | SealRefusal::Reserved(_) => (550, [5, 1, 3]),
                SealRefusal::ForeignSender(_) | SealRefusal::NoSender => (550, [5, 7, 1]),
                SealRefusal::Seal(SealError::MailTooLarge(_)) => (552, [5, 3, 4]),
                SealRefusal::Seal(SealError::Terms(_) | SealError::GrantTooLarge) => (554, [5, 3, 5]),
                SealRefusal::Seal(SealError::Compression(_) | SealError::Encryption) => (451, [4, 3, 0]),
            },
            Self::Carry(_) | Self::Sign(_) => (451, [4, 3, 0]),
        };
        Reply::new(code, enhanced, self.to_string())
    }
}

/// Gives an error with all its causes: the last one says most.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
