//! Speaks a few lines of SMTP or LMTP, as a client that only wants to know who is there.

use std::{io, time::Duration};

use bytes::{Buf as _, BytesMut};
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpStream, UnixStream},
    time::timeout,
};

use crate::{
    listen::Address,
    reinject::{Response, parse_response},
};

/// Longest time for anything.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why there is no reply.
#[derive(Debug, Error)]
pub(super) enum Silence {
    /// Nobody is there, or he went away.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Nothing came in time.
    #[error("no answer within {} s", PATIENCE.as_secs())]
    Timeout,
    /// It was no reply.
    #[error("the answer is not SMTP")]
    Garbage,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// One session.
pub(super) struct Dialogue {
    stream: Box<dyn Stream>,
    input: BytesMut,
}

impl Dialogue {
    /// Connects to one of our own listeners.
    pub(super) async fn with(address: &Address) -> Result<Self, Silence> {
        match address {
            Address::Tcp(address) => Self::over(TcpStream::connect(address)).await,
            Address::Unix(file) => Self::over(UnixStream::connect(&file.path)).await,
            Address::Handed(_) => {
                let cause = "only the service manager knows where this socket listens";
                Err(io::Error::new(io::ErrorKind::Unsupported, cause).into())
            }
        }
    }

    /// Connects to a host and port.
    pub(super) async fn with_host(address: &str) -> Result<Self, Silence> {
        Self::over(TcpStream::connect(address)).await
    }

    async fn over<S: Stream + 'static>(
        connecting: impl Future<Output = io::Result<S>>,
    ) -> Result<Self, Silence> {
        let stream = timeout(PATIENCE, connecting).await.map_err(|_elapsed| Silence::Timeout)??;
        Ok(Self { stream: Box::new(stream), input: BytesMut::new() })
    }

    /// Reads one reply.
    pub(super) async fn reply(&mut self) -> Result<Response, Silence> {
        timeout(PATIENCE, self.next_reply()).await.map_err(|_elapsed| Silence::Timeout)?
    }

    async fn next_reply(&mut self) -> Result<Response, Silence> {
        loop {
            if let Some(response) = parse_response(&self.input).map_err(|_garbage| Silence::Garbage)? {
                self.input.advance(response.consumed);
                return Ok(response);
            }
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Err(Silence::Io(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    /// Sends octets and reads the reply to them.
    pub(super) async fn say(&mut self, octets: &str) -> Result<Response, Silence> {
        let written = timeout(PATIENCE, self.stream.write_all(octets.as_bytes())).await;
        written.map_err(|_elapsed| Silence::Timeout)??;
        self.reply().await
    }
}
