//! Holds one connection to the next hop: connects, greets, sends commands, reads replies.

use std::io;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::NextHop;
use super::response::{self, Garbage, Response};
use crate::reply::{EnhancedCode, Reply};

/// The enhanced status code of a session that was refused without one: network, other.
const SESSION: EnhancedCode = EnhancedCode { class: 4, subject: 4, detail: 0 };

/// Why the next hop gave no reply that could be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// It could not be reached.
    #[error("the next hop cannot be reached")]
    Connect(#[source] io::Error),
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
}

impl From<Garbage> for Failure {
    fn from(Garbage: Garbage) -> Self {
        Self::Garbage
    }
}

impl Failure {
    /// Gives the reply for the client: always transient, so that the mail is kept until the next hop is mended.
    pub(crate) fn reply(&self) -> Reply {
        match self {
            Self::Connect(_) => Reply::new(451, [4, 4, 1], "Next hop cannot be reached"),
            Self::Lost(_) => Reply::new(451, [4, 4, 2], "Connection to next hop lost"),
            Self::Timeout => Reply::new(451, [4, 4, 2], "Next hop did not answer in time"),
            Self::Garbage => Reply::new(451, [4, 5, 0], "Next hop gave a reply that is not SMTP"),
            Self::Session(reply) => Reply::from_parts(451, reply.enhanced().or(Some(SESSION)), reply.text())
                .with_prefix("Next hop refused the session:"),
        }
    }
}

/// What the next hop announced.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each keyword of EHLO is there or not, whatever the others are"
)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Features {
    pub(crate) pipelining: bool,
    pub(crate) size: bool,
    pub(crate) eight_bit_mime: bool,
    pub(crate) smtp_utf8: bool,
    pub(crate) dsn: bool,
    /// The attributes of XFORWARD, in upper case.
    pub(crate) xforward: Vec<String>,
}

impl Features {
    /// Reads the lines of a reply to EHLO; the first one is a greeting.
    fn parse(lines: &[String]) -> Self {
        let mut features = Self::default();
        for line in lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split(' ').filter(|word| !word.is_empty());
            match words.next() {
                Some("PIPELINING") => features.pipelining = true,
                Some("SIZE") => features.size = true,
                Some("8BITMIME") => features.eight_bit_mime = true,
                Some("SMTPUTF8") => features.smtp_utf8 = true,
                Some("DSN") => features.dsn = true,
                Some("XFORWARD") => features.xforward = words.map(str::to_owned).collect(),
                _ => {}
            }
        }
        features
    }
}

/// One connection to the next hop, past EHLO.
pub(crate) struct Connection {
    stream: TcpStream,
    input: BytesMut,
    features: Features,
}

impl Connection {
    /// Connects and greets.
    pub(crate) async fn open(next_hop: &NextHop) -> Result<Self, Failure> {
        let connected =
            timeout(next_hop.connect_timeout, TcpStream::connect(next_hop.address.as_str())).await;
        let timed_out = || Failure::Connect(io::ErrorKind::TimedOut.into());
        let stream = connected.map_err(|_elapsed| timed_out())?.map_err(Failure::Connect)?;
        // Commands and the end of a mail are written whole: waiting for more would only cost 40 ms each.
        stream.set_nodelay(true).map_err(Failure::Connect)?;
        let mut connection = Self { stream, input: BytesMut::new(), features: Features::default() };
        let greeting = connection.response(next_hop.greeting_timeout).await?;
        if !greeting.reply.is_success() {
            return Err(Failure::Session(greeting.reply));
        }
        connection
            .send(format!("EHLO {}\r\n", next_hop.hostname).as_bytes(), next_hop.command_timeout)
            .await?;
        let hello = connection.response(next_hop.command_timeout).await?;
        if !hello.reply.is_success() {
            return Err(Failure::Session(hello.reply));
        }
        connection.features = Features::parse(&hello.lines);
        Ok(connection)
    }

    /// What the next hop announced.
    pub(crate) fn features(&self) -> &Features {
        &self.features
    }

    /// Writes octets.
    pub(crate) async fn send(&mut self, octets: &[u8], longest: Duration) -> Result<(), Failure> {
        match timeout(longest, self.stream.write_all(octets)).await {
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
            match timeout_at(deadline, self.stream.read_buf(&mut self.input)).await {
                Ok(Ok(0)) => return Err(Failure::Lost(io::ErrorKind::UnexpectedEof.into())),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(Failure::Lost(error)),
                Err(_) => return Err(Failure::Timeout),
            }
        }
    }

    /// Whether the connection is open and nothing was said that nobody asked for (a 421, say).
    pub(crate) fn is_silent(&mut self) -> bool {
        let read = self.stream.try_read_buf(&mut self.input);
        self.input.is_empty() && read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Says goodbye without waiting for an answer.
    pub(crate) fn quit(self) {
        if let Err(error) = self.stream.try_write(b"QUIT\r\n") {
            tracing::debug!(%error, "the next hop was gone before QUIT");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_of_a_postfix() {
        let lines = "mx.example\nPIPELINING\nSIZE 10240000\nVRFY\nETRN\nXFORWARD NAME ADDR IDENT\nENHANCEDSTATUSCODES\n8BITMIME\ndsn\nSMTPUTF8\nCHUNKING";
        let lines: Vec<String> = lines.split('\n').map(str::to_owned).collect();
        let xforward = ["NAME", "ADDR", "IDENT"].map(str::to_owned).to_vec();
        let all = Features {
            pipelining: true,
            size: true,
            eight_bit_mime: true,
            smtp_utf8: true,
            dsn: true,
            xforward,
        };
        assert_eq!(Features::parse(&lines), all);
        assert_eq!(
            Features::parse(&["PIPELINING".to_owned()]),
            Features::default(),
            "the greeting is no keyword"
        );
    }
}
