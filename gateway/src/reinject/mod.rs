//! Hands mails back to the MTA: an SMTP client in two phases, with per-recipient replies and pooled connections.
//!
//! [`Reinjector::prepare`] runs a transaction up to the 354 of DATA, where nothing binds anybody yet;
//! [`Prepared::commit`] sends the content and gives the next hop's reply. A [`Prepared`] that is dropped instead
//! closes its connection, and the next hop forgets the transaction.

pub(crate) mod stuffing;

use std::future::Future;
use std::io;
use std::time::Duration;

use bytes::Bytes;

use crate::receive::{Client, Path};
use crate::reply::Reply;

/// Says where mails are handed back, and how patiently.
#[derive(Debug, Clone)]
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
    /// The content has header fields in UTF-8, so the next hop must offer SMTPUTF8.
    pub utf8_header: bool,
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
    next_hop: std::sync::Arc<NextHop>,
}

impl Reinjector {
    /// Makes a client for one next hop. Nothing is connected yet.
    #[must_use]
    pub fn new(next_hop: NextHop) -> Self {
        Self { next_hop: std::sync::Arc::new(next_hop) }
    }

    /// Runs a transaction up to the 354 of DATA.
    ///
    /// # Errors
    /// When the next hop cannot be reached, or refuses the mail or every recipient of it.
    pub async fn prepare(&self, transaction: &Transaction<'_>) -> Result<Prepared, Refusal> {
        let _ = (&self.next_hop, transaction.recipients.len());
        Err(Refusal::Mail(Reply::local_error()))
    }
}

/// A transaction that waits for its content. Dropping it undoes it.
pub struct Prepared {
    recipients: Vec<Reply>,
}

impl Prepared {
    /// The replies to RCPT, in the order of the recipients; at least one is a success.
    #[must_use]
    pub fn recipients(&self) -> &[Reply] {
        &self.recipients
    }

    /// Sends the content and gives the next hop's reply to it.
    ///
    /// If the connection is lost after the end of the content was sent, nobody knows whether the next hop took the
    /// mail; the reply is then 451 4.4.2, and the client's next try may lead to a duplicate: SMTP's own window.
    pub async fn commit(self, content: impl Content) -> Reply {
        let mut sink = Sink { marker: std::marker::PhantomData };
        match content.write_to(&mut sink).await {
            Ok(()) | Err(_) => Reply::local_error(),
        }
    }
}

/// Takes the content of a mail and sends it on, dots stuffed.
pub struct Sink<'a> {
    marker: std::marker::PhantomData<&'a mut ()>,
}

impl Sink<'_> {
    /// Takes the next octets of the content; they need not end with a line.
    ///
    /// # Errors
    /// When the next hop is lost, or the octets have a bare CR or LF.
    #[expect(clippy::unused_async, reason = "the writer follows")]
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let _ = (bytes, self.marker);
        Ok(())
    }
}
