//! Reads from and writes to one client: buffers, time limits, and how a connection ends.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::rustls::ServerConfig;

use super::channel::Channel;
use super::framer::{Framed, Framer};
use crate::reply::Reply;

/// Octets that are read at once inside a mail; large enough to fill it quickly, small enough to stay in the cache.
pub(super) const MAIL_READ: usize = 64 * 1024;

/// Octets that are read at once otherwise: a client that only holds its connection should cost little.
const COMMAND_READ: usize = 4 * 1024;

/// Replies that are held back for one write; beyond that they are written early.
const MAX_HELD_REPLIES: usize = 16 * 1024;

/// How long, and for how many octets, a closed session is read on, so that its last reply is not lost in a reset.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_OCTETS: usize = 1024 * 1024;

/// Why nothing more can be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The client is gone.
    Gone,
    /// The client is too slow.
    Timeout,
}

/// The client's end of a session.
pub(crate) struct Wire<S> {
    stream: Channel<S>,
    framer: Framer,
    replies: Vec<u8>,
    write_timeout: Duration,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// Begins on a new connection.
    pub(crate) fn new(stream: S, write_timeout: Duration) -> Self {
        Self { stream: Channel::Plain(stream), framer: Framer::default(), replies: Vec::new(), write_timeout }
    }

    /// Takes the next command line if the client has already sent it.
    pub(crate) fn next_line(&mut self) -> Option<Framed> {
        self.framer.next()
    }

    /// Whether the client sent something that was not consumed yet.
    pub(crate) fn has_input(&self) -> bool {
        self.framer.has_input()
    }

    /// The octets that were read and not consumed.
    pub(crate) fn buffer(&mut self) -> &mut BytesMut {
        self.framer.buffer()
    }

    /// Queues a reply. It is written before the session waits for anything, so replies to a pipelined group go out
    /// together.
    pub(crate) fn reply(&mut self, reply: &Reply, utf8: bool) {
        reply.write_to(&mut self.replies, utf8);
    }

    /// Writes the queued replies if they have become many.
    pub(crate) async fn relieve(&mut self) -> Result<(), Stop> {
        if self.replies.len() > MAX_HELD_REPLIES { self.flush().await } else { Ok(()) }
    }

    /// Writes the queued replies.
    pub(crate) async fn flush(&mut self) -> Result<(), Stop> {
        if self.replies.is_empty() {
            return Ok(());
        }
        let write = async {
            self.stream.write_all(&self.replies).await?;
            self.stream.flush().await
        };
        let written = timeout(self.write_timeout, write).await;
        self.replies.clear();
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Stop::Gone),
            Err(_) => Err(Stop::Timeout),
        }
    }

    /// Writes the queued replies, then reads more from the client. Dropping this future loses no octet.
    pub(crate) async fn fill(&mut self, deadline: Instant) -> Result<(), Stop> {
        self.fill_much(deadline, COMMAND_READ).await
    }

    /// Does the same with room for so many octets.
    pub(super) async fn fill_much(&mut self, deadline: Instant, room: usize) -> Result<(), Stop> {
        self.flush().await?;
        let buffer = self.framer.buffer();
        buffer.reserve(room);
        match timeout_at(deadline, self.stream.read_buf(buffer)).await {
            Ok(Ok(0) | Err(_)) => Err(Stop::Gone),
            Ok(Ok(_)) => Ok(()),
            Err(_) => Err(Stop::Timeout),
        }
    }

    /// Writes the queued replies and has the client begin TLS. Whatever goes wrong there ends the session.
    pub(super) async fn start_tls(
        &mut self,
        config: Arc<ServerConfig>,
        deadline: Instant,
    ) -> Result<(), Stop> {
        self.flush().await?;
        match timeout_at(deadline, self.stream.start_tls(config)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                tracing::info!(%error, "a client did not begin TLS as it should");
                Err(Stop::Gone)
            }
            Err(_) => Err(Stop::Gone),
        }
    }

    /// Whether the session goes on within TLS.
    pub(super) fn is_tls(&self) -> bool {
        self.stream.is_tls()
    }

    /// Ends the session so that the client can still read the last reply: says that nothing more comes, and reads on
    /// a little, because closing with unread input would reset the connection.
    pub(crate) async fn close(mut self) {
        let linger = async {
            self.flush().await.ok()?;
            self.stream.shutdown().await.ok()?;
            let mut left = LINGER_OCTETS;
            let mut sink = vec![0; COMMAND_READ];
            while let Ok(read @ 1..) = self.stream.read(&mut sink).await {
                left = left.checked_sub(read)?;
            }
            Some(())
        };
        if timeout(LINGER, linger).await.is_err() {
            tracing::debug!("the client kept its end open after the session had ended");
        }
    }
}
