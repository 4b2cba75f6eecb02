//! Holds one connection to the next hop: greets, encrypts, signs in, sends commands, reads replies.

use std::io;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::failure::Failure;
use super::features::Features;
use super::next_hop::NextHop;
use super::response::{self, Response};
use super::stream::Stream;
use super::tls::TlsLevel;
use crate::metrics::Open;
use crate::reply::Reply;

/// What makes a TLS handshake with one address.
pub(crate) type Handshake = (TlsConnector, ServerName<'static>);

/// One connection to the next hop, past EHLO.
pub(crate) struct Connection {
    stream: Stream,
    input: BytesMut,
    features: Features,
    opened: Instant,
    /// The last transaction was refused and still stands at the next hop.
    has_refused: bool,
    _open: Open,
}

impl Connection {
    /// Begins a session: greeting, EHLO, where wanted STARTTLS, EHLO again and AUTH.
    pub(crate) async fn begin(
        stream: Stream,
        next_hop: &NextHop,
        handshake: Option<Handshake>,
    ) -> Result<Self, Failure> {
        let (input, features) = (BytesMut::new(), Features::default());
        let (opened, open) = (Instant::now(), Open::next_hop_connection());
        let mut connection = Self { stream, input, features, opened, has_refused: false, _open: open };
        let greeting = connection.reply(next_hop.greeting_timeout).await?;
        if !greeting.is_success() {
            return Err(Failure::Session(greeting));
        }
        connection.hello(next_hop).await?;
        match handshake {
            Some(handshake) if connection.features.starttls => {
                connection = connection.encrypt(handshake, next_hop.command_timeout).await?;
                // What was announced in clear may have been somebody else's word.
                connection.hello(next_hop).await?;
            }
            _ if next_hop.tls.level() >= TlsLevel::Require => return Err(Failure::NoTls),
            _ => {}
        }
        if let Some(credentials) = &next_hop.credentials {
            credentials.sign_in(&mut connection, next_hop.command_timeout).await?;
        }
        Ok(connection)
    }

    /// Says EHLO and takes note of the answer.
    async fn hello(&mut self, next_hop: &NextHop) -> Result<(), Failure> {
        let hello = format!("{} {}\r\n", next_hop.dialect.hello(), next_hop.hostname);
        self.send(hello.as_bytes(), next_hop.command_timeout).await?;
        let response = self.response(next_hop.command_timeout).await?;
        if !response.reply.is_success() {
            return Err(Failure::Session(response.reply));
        }
        self.features = Features::parse(&response.lines);
        Ok(())
    }

    /// Changes to TLS. Whatever stands in clear text behind the answer to STARTTLS ends the connection: taken for the
    /// beginning of the encrypted session, it would let anybody on the way speak for the next hop.
    async fn encrypt(mut self, (connector, name): Handshake, longest: Duration) -> Result<Self, Failure> {
        if !self.input.is_empty() {
            return Err(Failure::Injected);
        }
        self.send(b"STARTTLS\r\n", longest).await?;
        let reply = self.reply(longest).await?;
        if reply.code() != 220 {
            return Err(Failure::Tls(io::Error::other(format!(
                "STARTTLS was answered with {}",
                reply.code()
            ))));
        }
        if !self.input.is_empty() {
            return Err(Failure::Injected);
        }
        let stream = timeout(longest, self.stream.encrypt(&connector, name)).await;
        let stream = stream.map_err(|_elapsed| Failure::Timeout)?.map_err(Failure::Tls)?;
        Ok(Self { stream, features: Features::default(), ..self })
    }

    /// What the next hop announced.
    pub(crate) fn features(&self) -> &Features {
        &self.features
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.stream.is_encrypted()
    }

    /// How long ago the session began.
    pub(crate) fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    /// Notes that a transaction was refused: RSET has to come before the next one.
    pub(crate) fn leave_refused(&mut self) {
        self.has_refused = true;
    }

    /// Says whether RSET has to be said now, which is then done.
    pub(crate) fn takes_reset(&mut self) -> bool {
        std::mem::take(&mut self.has_refused)
    }

    /// Writes octets.
    pub(crate) async fn send(&mut self, octets: &[u8], longest: Duration) -> Result<(), Failure> {
        match timeout(longest, self.stream.write(octets)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failure::Lost(error)),
            Err(_) => Err(Failure::Timeout),
        }
    }

    /// Reads one reply.
    pub(crate) async fn reply(&mut self, longest: Duration) -> Result<Reply, Failure> {
        Ok(self.response(longest).await?.reply)
    }

    async fn response(&mut self, longest: Duration) -> Result<Response, Failure> {
        let deadline = Instant::now() + longest;
        loop {
            if let Some(response) = response::parse(&self.input)? {
                self.input.advance(response.consumed);
                return Ok(response);
            }
            self.input.reserve(response::MAX_OCTETS);
            match timeout_at(deadline, self.stream.read(&mut self.input)).await {
                Ok(Ok(0)) => return Err(Failure::Lost(io::ErrorKind::UnexpectedEof.into())),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(Failure::Lost(error)),
                Err(_) => return Err(Failure::Timeout),
            }
        }
    }

    /// Whether the connection is open and nothing was said that nobody asked for (a 421, say).
    pub(crate) fn is_silent(&mut self) -> bool {
        let read = self.stream.try_read(&mut self.input);
        self.input.is_empty() && read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Says goodbye without waiting for an answer.
    pub(crate) fn quit(mut self) {
        if let Err(error) = self.stream.try_write(b"QUIT\r\n") {
            tracing::debug!(%error, "the next hop was gone before QUIT");
        }
    }
}
