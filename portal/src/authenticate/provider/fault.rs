//! Why signing in with a provider came to nothing. No variant holds anything that came with a request or an answer but
//! words of our own, so all of them may be logged.

use thiserror::Error;

use super::http::HttpError;

/// Why signing in with a provider came to nothing.
#[derive(Debug, Error)]
pub enum SignInFault {
    /// The answer does not belong to a sign-in that this browser has begun and not yet ended.
    #[error("the answer belongs to no sign-in of this browser: {0}")]
    Stale(&'static str),
    /// The reader, or somebody for him, said no.
    #[error("the reader did not sign in")]
    Cancelled,
    /// The provider says that it can't.
    #[error("the provider answers with the error {0}")]
    Declined(&'static str),
    /// The provider can't be asked.
    #[error("the provider can't be asked: {0}")]
    Http(#[from] HttpError),
    /// It could not be asked a moment ago.
    #[error("the provider did not answer a moment ago")]
    Down,
    /// What the provider says of itself can't be right.
    #[error("the provider's directory can't be used: {0}")]
    Directory(&'static str),
    /// The provider does not know this portal, or the secret is wrong.
    #[error("the provider does not take the portal's own ID and secret")]
    Client,
    /// The provider does not take the code.
    #[error("the provider does not take the code")]
    Code,
    /// The answer or the ID token does not hold.
    #[error("the provider's answer does not hold: {0}")]
    Token(&'static str),
    /// The answer holds, but proves no address.
    #[error(transparent)]
    Unproved(#[from] Unproved),
}

/// Why what a provider says proves no address.
#[derive(Debug, Error)]
pub enum Unproved {
    /// It says none.
    #[error("the provider says no address")]
    NoAddress,
    /// It says one, but not that the account's holder has it.
    #[error("the provider does not say that the address is the reader's")]
    Unverified,
    /// It is in a domain that this provider can know nothing of.
    #[error("the address is in a domain that the provider is not believed for")]
    ForeignDomain,
}
