//! Sends the content of a mail: checks it, stuffs its dots, ends it.

use std::time::Duration;

use super::WriteError;
use super::connection::Connection;
use super::failure::Failure;
use super::stuffing::{BareLineBreak, Stuffer};

/// Octets that are written at once.
const CHUNK: usize = 64 * 1024;

/// Takes the content of a mail and sends it on, dots stuffed.
pub struct Sink<'a> {
    connection: &'a mut Connection,
    stuffer: Stuffer,
    buffer: Vec<u8>,
    timeout: Duration,
}

impl From<BareLineBreak> for WriteError {
    fn from(BareLineBreak: BareLineBreak) -> Self {
        Self::BareLineBreak
    }
}

impl From<Failure> for WriteError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Lost(error) | Failure::Connect(error) => Self::Lost(error),
            // Writing fails in no other way.
            _ => Self::Timeout,
        }
    }
}

impl<'a> Sink<'a> {
    /// Begins behind the 354.
    pub(super) fn new(connection: &'a mut Connection, timeout: Duration) -> Self {
        Self { connection, stuffer: Stuffer::default(), buffer: Vec::with_capacity(CHUNK + 4096), timeout }
    }

    /// Takes the next octets of the content; they need not end with a line.
    ///
    /// # Errors
    /// When the next hop is lost, or the octets have a bare CR or LF.
    pub async fn write(&mut self, octets: &[u8]) -> Result<(), WriteError> {
        for piece in octets.chunks(CHUNK) {
            // Only before more comes, so that the last octets stay and go out in one write with the end of data.
            if self.buffer.len() >= CHUNK {
                self.connection.send(&self.buffer, self.timeout).await?;
                self.buffer.clear();
            }
            self.stuffer.check(piece)?;
            self.stuffer.stuff(piece, &mut self.buffer);
        }
        Ok(())
    }

    /// Takes octets that the caller knows to be clean: no line in them begins with a dot, and each CR and LF is half of a CRLF.
    ///
    /// # Errors
    /// When the next hop is lost.
    pub(crate) async fn write_clean(&mut self, octets: &[u8]) -> Result<(), WriteError> {
        self.stuffer.pass(octets);
        // A small mail goes out in one write.
        if self.buffer.len() + octets.len() <= CHUNK / 2 {
            self.buffer.extend_from_slice(octets);
            return Ok(());
        }
        if !self.buffer.is_empty() {
            self.connection.send(&self.buffer, self.timeout).await?;
            self.buffer.clear();
        }
        Ok(self.connection.send(octets, self.timeout).await?)
    }

    /// Sends what is left, and the end of data. Only from here on can the mail be delivered.
    ///
    /// What the next hop has said until now is no answer to the mail, so it must have said nothing: else its success
    /// would be for something else.
    pub(super) async fn finish(self) -> Result<(), WriteError> {
        let Self { connection, stuffer, mut buffer, timeout } = self;
        stuffer.finish(&mut buffer)?;
        if !connection.is_silent() {
            return Err(WriteError::BrokenOff);
        }
        Ok(connection.send(&buffer, timeout).await?)
    }
}
