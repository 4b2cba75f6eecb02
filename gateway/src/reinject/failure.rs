//! Says why the next hop gave no reply that could be used, and what the client is told then.

use std::io;

use super::response::Garbage;
use crate::reply::{EnhancedCode, Reply};

/// The enhanced status code of a session that was refused without one: network, other.
const SESSION: EnhancedCode = EnhancedCode { class: 4, subject: 4, detail: 0 };

/// Why the next hop gave no reply that could be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// It could not be reached.
    #[error("the next hop cannot be reached")]
    Connect(#[source] io::Error),
    /// It did not answer a moment ago, and was not asked again.
    #[error("the next hop did not answer a moment ago and is left alone")]
    Paused,
    /// The connection was lost.
    #[error("the connection to the next hop was lost")]
    Lost(#[source] io::Error),
    /// It did not answer in time.
    #[error("the next hop did not answer in time")]
    Timeout,
    /// What it said is no reply, or none that can be one here.
    #[error("the next hop's reply is not SMTP")]
    Garbage,
    /// It does not want to talk to us, which says nothing about the mail.
    #[error("the next hop refused the session: {0}")]
    Session(Reply),
    /// It offers no TLS, and must.
    #[error("the next hop offers no TLS")]
    NoTls,
    /// It did not take STARTTLS, or the handshake failed: its certificate is not the right one, say.
    #[error("TLS with the next hop failed")]
    Tls(#[source] io::Error),
    /// Something stood in clear text behind its answer to STARTTLS, which somebody else may have put there.
    #[error("the next hop's answer to STARTTLS was tampered with")]
    Injected,
    /// It offers no way to sign in that we know.
    #[error("the next hop offers neither AUTH PLAIN nor AUTH LOGIN")]
    NoAuth,
    /// It did not take our credentials. Its words are not kept: some servers repeat what they were sent.
    #[error("the next hop refused the credentials with {0}")]
    Credentials(u16),
}

impl From<Garbage> for Failure {
    fn from(Garbage: Garbage) -> Self {
        Self::Garbage
    }
}

impl Failure {
    /// Whether waiting was what it took to find out.
    pub(crate) fn is_timeout(&self) -> bool {
        match self {
            Self::Timeout => true,
            Self::Connect(error) => error.kind() == io::ErrorKind::TimedOut,
            _ => false,
        }
    }

    /// Gives the reply for the client: always transient, so that the mail is kept until the next hop is mended.
    pub(crate) fn reply(&self) -> Reply {
        match self {
            Self::Connect(_) => Reply::new(451, [4, 4, 1], "Next hop cannot be reached"),
            Self::Paused => Reply::new(451, [4, 4, 1], "Next hop did not answer a moment ago"),
            Self::Lost(_) => Reply::new(451, [4, 4, 2], "Connection to next hop lost"),
            Self::Timeout => Reply::new(451, [4, 4, 2], "Next hop did not answer in time"),
            Self::Garbage => Reply::new(451, [4, 5, 0], "Next hop gave a reply that is not SMTP"),
            Self::Session(reply) => Reply::from_parts(451, reply.enhanced().or(Some(SESSION)), reply.text())
                .with_prefix("Next hop refused the session:"),
            Self::NoTls => Reply::new(451, [4, 7, 10], "Next hop offers no TLS"),
            Self::Tls(_) | Self::Injected => Reply::new(451, [4, 7, 5], "TLS with next hop failed"),
            Self::NoAuth | Self::Credentials(_) => {
                Reply::new(451, [4, 7, 8], "Next hop did not take the gateway's credentials")
            }
        }
    }
}
