//! Hands mails back to the MTA: an SMTP client in two phases, with per-recipient replies and pooled connections.
//!
//! [`Reinjector::prepare`] runs a transaction up to the 354 of DATA, where nothing binds anybody yet;
//! [`Prepared::commit`] sends the content and gives the next hop's reply. A [`Prepared`] that is dropped instead
//! closes its connection, and the next hop forgets the transaction.
//!
//! A reply that is about the mail is handed through as it is. Whatever else goes wrong (no connection, no session, no
//! answer, garbage) is transient: the mail stays where it is until the next hop is mended.

mod connection;
mod credentials;
mod examine;
mod failure;
mod features;
mod next_hop;
mod open;
mod pauses;
mod pool;
mod prepared;
mod reservation;
mod response;
mod sink;
mod stream;
pub(crate) mod stuffing;
mod tls;
mod transaction;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use connection::Connection;
use failure::Failure;
use pauses::Pauses;
use pool::Pool;
use reservation::Places;
use transaction::Outcome;

use crate::receive::{Client, Path};
use crate::reply::Reply;

pub use credentials::{Credentials, CredentialsError};
pub(crate) use examine::Offer;
pub use next_hop::{Address, Dialect, NextHop};
pub use prepared::Prepared;
pub use reservation::Reservation;
pub(crate) use response::{Response, parse as parse_response};
pub use sink::Sink;
pub use tls::{Authorities, Tls, TlsError, TlsLevel};

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
    pauses: Arc<Pauses>,
    places: Places,
    /// Whether the next hop announced DSN last time; as long as nobody has asked it, that is assumed.
    carries_dsn: Arc<AtomicBool>,
}

impl Reinjector {
    /// Makes a client for one next hop. Nothing is connected yet.
    #[must_use]
    pub fn new(next_hop: NextHop) -> Self {
        let pool = Pool::new(next_hop.max_idle, next_hop.max_idle_age);
        let pauses = Arc::new(Pauses::new(next_hop.pause_after_timeout));
        let places = Places::new(next_hop.max_connections);
        let carries_dsn = Arc::new(AtomicBool::new(true));
        Self { next_hop: Arc::new(next_hop), pool, pauses, places, carries_dsn }
    }

    /// Waits until all transactions of a mail can have their connections, so that no mail holds some while it waits for
    /// more. Ask once for a mail, before the first [`Reinjector::prepare`], and keep what it gives until the last is over.
    ///
    /// # Errors
    /// The reply when that takes more than half of the time up to the deadline.
    pub async fn reserve(&self, transactions: usize, deadline: Instant) -> Result<Reservation, Reply> {
        self.places.reserve(transactions, deadline).await
    }

    /// Whether the next hop may take a content for some of its recipients only (LMTP).
    #[must_use]
    pub fn answers_for_each(&self) -> bool {
        self.next_hop.dialect == Dialect::Lmtp
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
        self.prepare_on(self.open().await?, transaction).await
    }

    /// Opens a connection, and takes note of what the next hop can do.
    async fn open(&self) -> Result<Connection, Failure> {
        let connection = open::open(&self.next_hop, &self.pauses).await?;
        let carries_dsn = connection.features().dsn;
        if self.carries_dsn.swap(carries_dsn, Ordering::Relaxed) && !carries_dsn {
            tracing::warn!(next_hop = %self.next_hop, "the next hop offers no DSN: wishes for notifications end here");
        }
        Ok(connection)
    }

    /// Gets acquainted with the next hop before the first mail comes: what it offers, and that it is there. The connection
    /// is kept for the first mail.
    ///
    /// # Errors
    /// The reply that a mail would have got.
    pub async fn get_acquainted(&self) -> Result<(), Reply> {
        match self.open().await {
            Ok(connection) => {
                self.pool.put(connection);
                Ok(())
            }
            Err(failure) => Err(self.note(&failure)),
        }
    }

    /// Whether DSN parameters get through to the next hop, as far as that is known.
    #[must_use]
    pub fn carries_dsn(&self) -> bool {
        self.carries_dsn.load(Ordering::Relaxed)
    }

    /// Runs a transaction on a connection. If it is refused, the connection is kept for the next mail where it can be.
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
            Outcome::Refused { refusal, is_reusable } => {
                if is_reusable {
                    connection.leave_refused();
                    self.pool.put(connection);
                }
                Ok(Err(refusal))
            }
        }
    }

    /// Logs a failure, and gives the reply to it.
    fn note(&self, failure: &Failure) -> Reply {
        let cause = std::error::Error::source(failure).map(ToString::to_string);
        tracing::warn!(next_hop = %self.next_hop, cause, "{failure}");
        failure.reply()
    }
}

/// Reads one reply, for the fuzz target.
#[cfg(fuzzing)]
pub(crate) fn fuzz_reply(input: &[u8]) -> Result<Option<usize>, ()> {
    response::parse(input).map(|read| read.map(|response| response.consumed)).or(Err(()))
}
