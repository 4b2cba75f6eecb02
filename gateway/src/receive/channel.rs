//! The octets of a session: as they are, or within TLS from STARTTLS on.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig, server::TlsStream};

/// A connection, with or without TLS.
pub(super) enum Channel<S> {
    /// Without.
    Plain(S),
    /// With.
    Tls(Box<TlsStream<S>>),
    /// A handshake failed, and took the connection with it.
    Closed,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Channel<S> {
    /// Has the client begin TLS. Fails when it does not; then nothing can be read or written any more.
    pub(super) async fn start_tls(&mut self, config: Arc<ServerConfig>) -> io::Result<()> {
        let Self::Plain(stream) = std::mem::replace(self, Self::Closed) else {
            return Err(closed());
        };
        *self = Self::Tls(Box::new(TlsAcceptor::from(config).accept(stream).await?));
        Ok(())
    }

    /// Whether TLS has begun.
    pub(super) fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }
}

fn closed() -> io::Error {
    io::Error::from(io::ErrorKind::NotConnected)
}

/// Calls the method of the stream that it is.
macro_rules! either {
    ($channel:expr, $method:ident $(, $argument:expr)*) => {
        match $channel.get_mut() {
            Self::Plain(stream) => Pin::new(stream).$method($($argument),*),
            Self::Tls(stream) => Pin::new(stream).$method($($argument),*),
            Self::Closed => Poll::Ready(Err(closed())),
        }
    };
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Channel<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, poll_read, context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Channel<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, poll_write, context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, poll_flush, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, poll_shutdown, context)
    }
}
