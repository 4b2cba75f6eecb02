//! Hands mails back to the MTA: an SMTP client in two phases, with per-recipient replies and pooled connections.
//!
//! [`Reinjector::prepare`] runs a transaction up to the 354 of DATA, where nothing binds anybody yet;
//! [`Prepared::commit`] sends the content and gives the next hop's reply. A [`Prepared`] that is dropped instead
//! closes its connection, and the next hop forgets the transaction.
//!
//! A reply that is about the mail is handed through as it is. Whatever else goes wrong (no connection, no session, no
//! answer, garbage) is transient: the mail stays where it is until the next hop is mended.

mod connection;
mod pool;
mod response;
mod sink;
pub(crate) mod stuffing;
mod transaction;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use connection::{Connection, Failure};
use pool::Pool;
use transaction::Outcome;

use crate::receive::{Client, Path};
use crate::reply::Reply;

pub use sink::Sink;

/// Says where mails are handed back, and how patiently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextHop {
    /// `host:port`, looked up at each connect.
    pub address: String,
    /// Our name in EHLO.
    pub hostname: String,
    /// Longest time to connect.
    pub connect_timeout: Duration,
    /// Longest wait for the greeting.
    pub greeting_timeout: Duration,
    /// Longest wait for the reply to EHLO, XFORWARD, MAIL, RCPT, DATA.
    pub command_timeout: Duration,
    /// Longest time in which the next hop takes no more of the content.
    pub data_block_timeout: Duration,
    /// Longest wait for the reply to the content.
    pub data_done_timeout: Duration,
    /// Idle connections that are kept for further mails.
    pub max_idle: usize,
    /// How long a connection is kept idle.
    pub max_idle_age: Duration,
}

impl NextHop {
    /// Gives a next hop with the usual limits.
    #[must_use]
    pub fn new(address: impl Into<String>, hostname: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            hostname: hostname.into(),
            connect_timeout: Duration::from_secs(10),
            greeting_timeout: Duration::from_secs(30),
            command_timeout: Duration::from_mins(1),
            data_block_timeout: Duration::from_mins(2),
            data_done_timeout: Duration::from_mins(5),
            max_idle: 20,
            max_idle_age: Duration::from_secs(15),
        }
    }
}

/// What the next hop is told before the content.
pub struct Transaction<'a> {
    /// Who handed the mail in; its XFORWARD attributes go on verbatim where the next hop takes them.
    pub client: &'a Client,
    /// The envelope sender. Its `SIZE` is dropped, as the content may have another size now.
    pub sender: &'a Path,
    /// The envelope recipients.
    pub recipients: Vec<&'a Path>,
    /// The size to announce for the content, if any.
    pub size: Option<usize>,
    /// The content has octets above 127, so the next hop must offer 8BITMIME.
    pub eight_bit: bool,
    /// The content has header fields in UTF-8. If its client asked for SMTPUTF8, the next hop must offer it.
    pub utf8_header: bool,
    /// When whoever waits for the outcome may give up; nothing is sent from then on.
    pub deadline: Instant,
}

/// Says why a transaction cannot be committed. Nothing was delivered to anybody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The next hop refused the mail, or could not be reached.
    #[error("{0}")]
    Mail(Reply),
    /// The next hop refused every recipient; the replies stand in the order of the recipients.
    #[error("every recipient was refused, the first one with {}", .0.first().map(Reply::to_string).unwrap_or_default())]
    Recipients(Vec<Reply>),
}

/// Writes the content of a mail into a [`Sink`], in chunks of any size.
pub trait Content: Send {
    /// Writes all of it: lines ended by CRLF, dots not stuffed.
    fn write_to(self, sink: &mut Sink<'_>) -> impl Future<Output = Result<(), WriteError>> + Send;
}

impl Content for Bytes {
    async fn write_to(self, sink: &mut Sink<'_>) -> Result<(), WriteError> {
        sink.write(&self).await
    }
}

/// Says why content could not be written. The mail was not delivered, as its end was never sent.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The connection to the next hop broke.
    #[error("the connection to the next hop was lost")]
    Lost(#[source] io::Error),
    /// The next hop took nothing for too long.
    #[error("the next hop took no more data in time")]
    Timeout,
    /// The next hop said something, or closed, before it had the whole mail.
    #[error("the next hop broke off before the end of the mail")]
    BrokenOff,
    /// Whoever waits for the outcome may have given up by now.
    #[error("the mail took too long")]
    TooLate,
    /// The content has a CR or LF on its own, which some servers take for a line end: a way to smuggle mails.
    #[error("the content has a bare CR or LF")]
    BareLineBreak,
    /// The content could not be made.
    #[error("the content could not be made")]
    Content(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Hands mails to one next hop. Cheap to clone; clones share the idle connections.
#[derive(Clone)]
pub struct Reinjector {
    next_hop: Arc<NextHop>,
    pool: Arc<Pool>,
}

impl Reinjector {
    /// Makes a client for one next hop. Nothing is connected yet.
    #[must_use]
    pub fn new(next_hop: NextHop) -> Self {
        let pool = Pool::new(next_hop.max_idle, next_hop.max_idle_age);
        Self { next_hop: Arc::new(next_hop), pool }
    }

    /// Runs a transaction up to the 354 of DATA, on an idle connection if there is one.
    ///
    /// # Errors
    /// When the next hop cannot be reached, or refuses the mail or every recipient of it.
    pub async fn prepare(&self, transaction: &Transaction<'_>) -> Result<Prepared, Refusal> {
        let prepared = timeout_at(transaction.deadline, self.prepare_somewhere(transaction)).await;
        prepared
            .unwrap_or(Err(Failure::Timeout))
            .unwrap_or_else(|failure| Err(Refusal::Mail(self.note(&failure))))
    }

    /// Runs a transaction on an idle connection, or on a new one if there is none or it turns out to be closed.
    async fn prepare_somewhere(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<Result<Prepared, Refusal>, Failure> {
        if let Some(connection) = self.pool.take() {
            match self.prepare_on(connection, transaction).await {
                // It was closed while idle. Nothing was delivered, so the mail may start afresh.
                Err(Failure::Lost(_) | Failure::Session(_)) => {}
                prepared => return prepared,
            }
        }
        self.prepare_on(Connection::open(&self.next_hop).await?, transaction).await
    }

    /// Runs a transaction on a connection, which is closed if the transaction is refused.
    async fn prepare_on(
        &self,
        mut connection: Connection,
        transaction: &Transaction<'_>,
    ) -> Result<Result<Prepared, Refusal>, Failure> {
        match transaction::begin(&mut connection, &self.next_hop, transaction).await? {
            Outcome::Ready(recipients) => {
                let deadline = transaction.deadline;
                Ok(Ok(Prepared { reinjector: self.clone(), connection, recipients, deadline }))
            }
            Outcome::Refused(refusal) => {
                connection.quit();
                Ok(Err(refusal))
            }
        }
    }

    /// Logs a failure, and gives the reply to it.
    fn note(&self, failure: &Failure) -> Reply {
        let cause = std::error::Error::source(failure).map(ToString::to_string);
        tracing::warn!(next_hop = self.next_hop.address, cause, "{failure}");
        failure.reply()
    }
}

/// A transaction that waits for its content. Dropping it undoes it.
pub struct Prepared {
    reinjector: Reinjector,
    connection: Connection,
    recipients: Vec<Reply>,
    deadline: Instant,
}

impl Prepared {
    /// The replies to RCPT, in the order of the recipients; at least one is a success.
    #[must_use]
    pub fn recipients(&self) -> &[Reply] {
        &self.recipients
    }

    /// Sends the content and gives the next hop's reply to it: 2xx, 4xx or 5xx.
    ///
    /// If the connection is lost after the end of the content was sent, nobody knows whether the next hop took the
    /// mail; the reply is then 451 4.4.2, and the client's next try may lead to a duplicate: SMTP's own window.
    pub async fn commit(self, content: impl Content) -> Reply {
        let Self { reinjector, mut connection, deadline, .. } = self;
        let next_hop = &*reinjector.next_hop;
        if let Err(error) = write(&mut connection, next_hop, content, deadline).await {
            return unsent(connection, next_hop, &error).await;
        }
        let time_left = deadline.saturating_duration_since(Instant::now());
        match connection.reply(next_hop.data_done_timeout.min(time_left)).await {
            Ok(reply) if reply.code() == 421 => reinjector.note(&Failure::Session(reply)),
            Ok(reply) if reply.is_final() => {
                reinjector.pool.put(connection);
                reply
            }
            Ok(_) => reinjector.note(&Failure::Garbage),
            Err(failure) => reinjector.note(&failure),
        }
    }
}

/// Sends content to its end.
async fn write(
    connection: &mut Connection,
    next_hop: &NextHop,
    content: impl Content,
    deadline: Instant,
) -> Result<(), WriteError> {
    if Instant::now() >= deadline {
        return Err(WriteError::TooLate);
    }
    let written = async {
        let mut sink = Sink::new(connection, next_hop.data_block_timeout);
        content.write_to(&mut sink).await?;
        sink.finish().await
    };
    timeout_at(deadline, written).await.unwrap_or(Err(WriteError::TooLate))
}

/// Gives the reply for a mail that was not sent to its end: the next hop's where it said why, as long as it is no
/// success, which it could not have meant.
async fn unsent(mut connection: Connection, next_hop: &NextHop, error: &WriteError) -> Reply {
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    tracing::warn!(next_hop = next_hop.address, cause, "the mail was not sent to its end: {error}");
    if matches!(error, WriteError::Lost(_) | WriteError::BrokenOff)
        && let Ok(reply) = connection.reply(next_hop.command_timeout).await
        && (reply.is_transient() || reply.is_permanent())
        && reply.code() != 421
    {
        return reply;
    }
    error.reply()
}

impl WriteError {
    /// Gives the reply to a mail that was not sent to its end.
    fn reply(&self) -> Reply {
        match self {
            Self::Lost(_) => Reply::new(451, [4, 4, 2], "Connection to next hop lost"),
            Self::Timeout => Reply::new(451, [4, 4, 2], "Next hop took no more of the mail in time"),
            Self::BrokenOff => Reply::new(451, [4, 4, 2], "Next hop broke off before the end of the mail"),
            Self::TooLate => Reply::new(451, [4, 4, 2], "Next hop did not take the mail in time"),
            Self::BareLineBreak => Reply::new(550, [5, 6, 0], "The mail has a CR or LF outside a CRLF"),
            Self::Content(_) => Reply::local_error(),
        }
    }
}
