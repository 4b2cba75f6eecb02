//! Says why a request is not answered with what it asked for, and maps each cause to the page that the reader sees.
//!
//! All that can be wrong with an envelope ends in one and the same page: which check failed would help nobody but
//! somebody who is trying envelopes out. The cause goes to the log, as a class, without anything of the request.

use axum::{
    extract::multipart::MultipartError,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sealpost_common::error::OpenError;
use thiserror::Error;

use crate::{
    authenticate::provider::SignInFault,
    budget::{Exhausted, WorkLost},
    mailer::QueueFull,
    state::StateError,
    surroundings::NoRandomness,
    texts::TextId,
};

/// What is said of every fault that is not the reader's.
pub(crate) const PORTAL_FAULT: TextId = TextId("refused-portal");

/// What is wrong with an envelope, or with the form that brought it.
#[derive(Debug, Error)]
pub enum EnvelopeFault {
    /// It can't be opened, or must not be.
    #[error(transparent)]
    Envelope(#[from] OpenError),
    /// It is larger than this portal takes.
    #[error("the envelope is larger than max_envelope_size")]
    TooLarge,
    /// There is none.
    #[error("the form has no envelope")]
    Missing,
    /// The upload is cut off, too large or no form.
    #[error("the form can't be read")]
    Form(#[source] MultipartError),
    /// It is a form, but none that a page of ours sends.
    #[error("the form is not one of ours")]
    ForeignForm,
    /// It was handed in as a probe, and is none.
    #[error("the envelope is not a probe")]
    NoProbe,
    /// It is a probe, which no reader can have been sent.
    #[error("the envelope is a probe")]
    Probe,
}

impl EnvelopeFault {
    /// The class of the fault, for the log.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Envelope(cause) => cause.outcome(),
            Self::TooLarge => "larger-than-allowed",
            Self::Missing => "no-envelope",
            Self::Form(_) => "form",
            Self::ForeignForm => "foreign-form",
            Self::NoProbe => "no-probe",
            Self::Probe => "probe",
        }
    }
}

/// Why an upload was not taken in.
#[derive(Debug, Error)]
pub enum ReceiveError {
    /// Something is wrong with it.
    #[error(transparent)]
    Fault(#[from] EnvelopeFault),
    /// There is no room for it.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
}

impl From<OpenError> for ReceiveError {
    fn from(cause: OpenError) -> Self {
        Self::Fault(cause.into())
    }
}

/// Why a request is not answered with what it asked for.
#[derive(Debug, Error)]
pub enum Refusal {
    /// Something is wrong with the envelope.
    #[error("envelope refused: {0}")]
    Envelope(#[from] EnvelopeFault),
    /// The mail has expired or was revoked.
    #[error("the mail may no longer be read")]
    Gone,
    /// Its sender wants a way of signing in that this portal does not offer.
    #[error("the required way of signing in is not offered")]
    SignInNotOffered,
    /// Signing in with a provider came to nothing.
    #[error(transparent)]
    SignIn(#[from] SignInFault),
    /// Too many sign-ins with providers were begun.
    #[error("too many sign-ins were begun")]
    TooManySignIns {
        /// Seconds until the next has a chance.
        wait: u64,
    },
    /// The attachment does not exist, or must not be downloaded.
    #[error("no such attachment")]
    NoAttachment,
    /// The mail must not be printed.
    #[error("the mail must not be printed")]
    NoPrint,
    /// The mail must not be answered, or not so.
    #[error("the mail must not be answered so")]
    NoAnswer,
    /// More people take part in the mail than one answer may go to.
    #[error("the mail has too many participants")]
    TooManyParticipants,
    /// The request did not come from one of our own pages.
    #[error("the request came from another site")]
    ForeignSite,
    /// Too many probes came.
    #[error("too many probes came")]
    TooManyProbes {
        /// Seconds until the next has a chance.
        wait: u64,
    },
    /// No room now.
    #[error("the portal is at its limit")]
    Busy,
    /// No room now for a form that may hold what the reader wrote.
    #[error("the portal is at its limit, and the form was not taken in")]
    BusyForForm,
    /// It took too long.
    #[error("the request took too long")]
    TooSlow,
    /// There is no such page.
    #[error("no such page")]
    NotFound,
    /// There is, but not for this method.
    #[error("no such method")]
    Method,
    /// The database failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// No secrets can be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// Opening or rendering did not come to its end.
    #[error(transparent)]
    WorkLost(#[from] WorkLost),
    /// A page could not be written.
    #[error("a page could not be written: {0}")]
    Page(#[from] askama::Error),
}

impl From<ReceiveError> for Refusal {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::Fault(fault) => Self::Envelope(fault),
            ReceiveError::Exhausted(_) => Self::Busy,
        }
    }
}

impl From<OpenError> for Refusal {
    fn from(cause: OpenError) -> Self {
        Self::Envelope(cause.into())
    }
}

impl From<Exhausted> for Refusal {
    fn from(_: Exhausted) -> Self {
        Self::Busy
    }
}

impl From<QueueFull> for Refusal {
    fn from(_: QueueFull) -> Self {
        Self::Busy
    }
}

/// How a request ended, as the log names it; rides on the response.
#[derive(Clone, Copy)]
pub struct Outcome(pub &'static str);

impl Refusal {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Envelope(_) => StatusCode::BAD_REQUEST,
            Self::Gone => StatusCode::GONE,
            Self::SignInNotOffered
            | Self::ForeignSite
            | Self::NoPrint
            | Self::NoAnswer
            | Self::TooManyParticipants => StatusCode::FORBIDDEN,
            Self::TooManyProbes { .. } | Self::TooManySignIns { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::SignIn(fault) => sign_in_status(fault),
            Self::Busy | Self::BusyForForm | Self::State(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NotFound | Self::NoAttachment => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoRandomness(_) | Self::WorkLost(_) | Self::Page(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        Outcome(match self {
            Self::Envelope(fault) => fault.class(),
            Self::Gone => "gone",
            Self::SignInNotOffered => "sign-in-not-offered",
            Self::SignIn(fault) => sign_in_class(fault),
            Self::TooManySignIns { .. } => "too-many-sign-ins",
            Self::NoAttachment => "no-attachment",
            Self::NoPrint => "no-print",
            Self::NoAnswer => "no-answer",
            Self::TooManyParticipants => "too-many-participants",
            Self::ForeignSite => "foreign-site",
            Self::TooManyProbes { .. } => "too-many",
            Self::Busy | Self::BusyForForm => "busy",
            Self::TooSlow => "too-slow",
            Self::NotFound => "not-found",
            Self::Method => "method",
            Self::State(_) => "state",
            Self::NoRandomness(_) => "no-randomness",
            Self::WorkLost(_) => "work-lost",
            Self::Page(_) => "page",
        })
    }

    /// Whether the same request may get through a little later.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Busy | Self::State(_) | Self::WorkLost(_))
    }

    /// The title of the page; its text is the part `body`.
    pub(crate) fn text(&self) -> TextId {
        match self {
            Self::Envelope(_) => TextId("refused-envelope"),
            Self::Gone => TextId("refused-gone"),
            Self::SignInNotOffered => TextId("refused-sign-in-not-offered"),
            Self::SignIn(fault) => sign_in_text(fault),
            Self::TooManySignIns { .. } => TextId("refused-too-many-sign-ins"),
            Self::NoAnswer => TextId("refused-answer"),
            Self::TooManyParticipants => TextId("refused-too-many-participants"),
            Self::NoAttachment => TextId("refused-attachment"),
            Self::NoPrint => TextId("refused-print"),
            Self::ForeignSite => TextId("refused-foreign-site"),
            Self::TooManyProbes { .. } | Self::Busy | Self::State(_) => TextId("refused-busy"),
            Self::BusyForForm => TextId("refused-busy-form"),
            Self::TooSlow => TextId("refused-too-slow"),
            Self::NotFound | Self::Method => TextId("refused-no-page"),
            Self::NoRandomness(_) | Self::WorkLost(_) | Self::Page(_) => PORTAL_FAULT,
        }
    }

    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyProbes { wait } | Self::TooManySignIns { wait } => Some((*wait).max(1)),
            Self::Busy | Self::BusyForForm | Self::State(_) => Some(30),
            _ => None,
        }
    }
}

fn sign_in_status(fault: &SignInFault) -> StatusCode {
    match fault {
        SignInFault::Stale(_) | SignInFault::Cancelled => StatusCode::BAD_REQUEST,
        SignInFault::Code | SignInFault::Token(_) | SignInFault::Unproved(_) => StatusCode::FORBIDDEN,
        SignInFault::Declined(_)
        | SignInFault::Http(_)
        | SignInFault::Down
        | SignInFault::Directory(_)
        | SignInFault::Client => StatusCode::BAD_GATEWAY,
    }
}

fn sign_in_class(fault: &SignInFault) -> &'static str {
    match fault {
        SignInFault::Stale(_) => "sign-in-stale",
        SignInFault::Cancelled => "sign-in-cancelled",
        SignInFault::Code | SignInFault::Token(_) => "sign-in-refused",
        SignInFault::Unproved(_) => "sign-in-unproved",
        SignInFault::Declined(_)
        | SignInFault::Http(_)
        | SignInFault::Down
        | SignInFault::Directory(_)
        | SignInFault::Client => "sign-in-provider",
    }
}

/// Which check of a provider's answer failed would help nobody but somebody who is forging them: one page for all.
fn sign_in_text(fault: &SignInFault) -> TextId {
    match fault {
        SignInFault::Stale(_) => TextId("refused-sign-in-stale"),
        SignInFault::Cancelled => TextId("refused-sign-in-cancelled"),
        SignInFault::Code | SignInFault::Token(_) => TextId("refused-sign-in-answer"),
        SignInFault::Unproved(_) => TextId("refused-sign-in-unproved"),
        SignInFault::Declined(_)
        | SignInFault::Http(_)
        | SignInFault::Down
        | SignInFault::Directory(_)
        | SignInFault::Client => TextId("refused-sign-in-provider"),
    }
}

/// What a request was refused for; rides on the response until its page is written in the reader's language.
#[derive(Clone, Copy)]
pub(crate) struct Refused(pub(crate) TextId);

impl IntoResponse for Refusal {
    /// An answer without a page: the layer `write_refusals` of the routes writes it.
    fn into_response(self) -> Response {
        if self.status().is_server_error() {
            tracing::error!(cause = %self, "request failed");
        }
        let mut response = self.status().into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self.outcome());
        response.extensions_mut().insert(Refused(self.text()));
        response
    }
}
