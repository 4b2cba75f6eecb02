//! What can be wrong with an answer that the reader can mend, or wait for: he gets his page again, with what he wrote.

use axum::http::StatusCode;

use super::TypedFault;
use crate::texts::TextId;

/// Why an answer was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nobody gets it.
    NoAddress,
    /// What was typed is no address.
    WrongAddress,
    /// The message must not be passed on to that address.
    NotAllowed,
    /// Too many get it.
    TooManyRecipients,
    /// There is nothing in it.
    Empty,
    /// The text is too long.
    TextTooLong,
    /// There are too many files.
    TooManyFiles,
    /// The files are too large.
    FilesTooLarge,
    /// Too many answers.
    TooMany {
        /// Seconds until the next has a chance.
        wait: u64,
    },
    /// The portal has no memory for it now.
    Busy,
    /// It can't be sent now.
    Unavailable,
    /// It may have been sent, or not.
    Unsure,
    /// It is being sent.
    UnderWay,
    /// Another one was sent from the same page.
    SentOther,
    /// The mail server refused it.
    Refused,
}

impl Fault {
    /// The status of the page.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unsure => StatusCode::GATEWAY_TIMEOUT,
            Self::UnderWay | Self::SentOther => StatusCode::CONFLICT,
            Self::Refused => StatusCode::BAD_GATEWAY,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// What the reader is told.
    #[must_use]
    pub fn text(self) -> TextId {
        match self {
            Self::NoAddress => TextId("answer-fault-no-address"),
            Self::WrongAddress => TextId("answer-fault-address"),
            Self::NotAllowed => TextId("answer-fault-not-allowed"),
            Self::TooManyRecipients => TextId("answer-fault-recipients"),
            Self::Empty => TextId("answer-fault-empty"),
            Self::TextTooLong => TextId("answer-fault-text"),
            Self::TooManyFiles => TextId("answer-fault-files"),
            Self::FilesTooLarge => TextId("answer-fault-file-bytes"),
            Self::TooMany { .. } => TextId("answer-fault-too-many"),
            Self::Busy => TextId("answer-fault-busy"),
            Self::Unavailable => TextId("answer-fault-unavailable"),
            Self::Unsure => TextId("answer-fault-unsure"),
            Self::UnderWay => TextId("answer-fault-under-way"),
            Self::SentOther => TextId("answer-fault-sent-other"),
            Self::Refused => TextId("answer-fault-refused"),
        }
    }

    /// How the log calls it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::NoAddress | Self::WrongAddress => "answer-address",
            Self::NotAllowed => "answer-not-allowed",
            Self::TooManyRecipients => "answer-recipients",
            Self::Empty => "answer-empty",
            Self::TextTooLong | Self::TooManyFiles | Self::FilesTooLarge => "answer-too-large",
            Self::TooMany { .. } => "answer-too-many",
            Self::Busy => "busy",
            Self::Unavailable => "answer-unavailable",
            Self::Unsure => "answer-unsure",
            Self::UnderWay => "answer-under-way",
            Self::SentOther => "answer-sent-other",
            Self::Refused => "answer-refused",
        }
    }

    /// Whether nothing was sent from the page, for certain.
    #[must_use]
    pub fn is_certain(self) -> bool {
        !matches!(self, Self::Unsure | Self::UnderWay | Self::SentOther)
    }

    /// Whether it is about the addresses that were typed.
    #[must_use]
    pub fn is_about_addresses(self) -> bool {
        matches!(self, Self::NoAddress | Self::WrongAddress | Self::NotAllowed | Self::TooManyRecipients)
    }
}

impl From<TypedFault> for Fault {
    fn from(fault: TypedFault) -> Self {
        match fault {
            TypedFault::None => Self::NoAddress,
            TypedFault::NoAddress => Self::WrongAddress,
            TypedFault::NotAllowed => Self::NotAllowed,
        }
    }
}
