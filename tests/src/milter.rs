//! A client of the milter protocol, as far as an MTA that hands in one mail: for many connections at a time. Postfix and
//! miltertest are the clients that answers are compared with.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// The version of the protocol, and all actions and options that Postfix 3.7 offers.
const OFFER: [u32; 3] = [6, 0x1ff, 0x001f_ffff];
/// The option by which a milter says that it doesn't answer RCPT.
const SILENT_ABOUT_RCPT: u32 = 0x8000;

/// One connection.
#[derive(Debug)]
pub struct Milter {
    stream: TcpStream,
}

impl Milter {
    /// Connects and hands in a mail up to and with its header section.
    pub fn begin(address: SocketAddr, sender: &str, recipients: &[&str], subject: &str) -> Result<Self> {
        let mut milter = Self::connect(address)?;
        milter.hand_in(sender, recipients, subject)?;
        Ok(milter)
    }

    /// Connects and says nothing.
    pub fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream })
    }

    /// Agrees on options, and hands in a mail up to and with its header section.
    pub fn hand_in(&mut self, sender: &str, recipients: &[&str], subject: &str) -> Result<()> {
        self.send(b'O', &OFFER.map(u32::to_be_bytes).concat())?;
        let (word, options) = self.hear()?;
        let options = options.get(8..12).context("an offer is answered by twelve octets")?;
        if word != b'O' || u32::from_be_bytes(options.try_into()?) & SILENT_ABOUT_RCPT != 0 {
            bail!("the milter wants what no mail here can give");
        }
        self.send(b'C', b"client.example\x004\x10\x92192.0.2.7\0")?;
        self.send(b'H', b"client.example\0")?;
        self.send(b'M', format!("<{sender}>\0").as_bytes())?;
        for recipient in recipients {
            self.send(b'R', format!("<{recipient}>\0").as_bytes())?;
            let (word, _) = self.hear()?;
            if word != b'c' {
                bail!("the recipient is refused: {}", char::from(word));
            }
        }
        self.send(b'L', format!("From\0 {sender}\0").as_bytes())?;
        self.send(b'L', format!("Subject\0 {subject}\0").as_bytes())?;
        self.send(b'N', b"")
    }

    /// Hands in a piece of the body.
    pub fn body(&mut self, piece: &[u8]) -> Result<()> {
        self.send(b'B', piece)
    }

    /// Ends the mail and returns the new body, or none if the mail stays as it is.
    ///
    /// # Errors
    /// The milter doesn't let the mail go on.
    pub fn end(mut self) -> Result<Option<Vec<u8>>> {
        self.send(b'E', b"")?;
        let mut body = None;
        loop {
            let (word, payload) = self.hear()?;
            match word {
                b'c' => return Ok(body),
                b'b' => body.get_or_insert_with(Vec::new).extend(payload),
                // Edits of the header section, and that it's at work.
                b'i' | b'h' | b'm' | b'-' | b'p' => {}
                _ => bail!("{} {}", char::from(word), String::from_utf8_lossy(&payload)),
            }
        }
    }

    /// Waits for the milter to close the connection, and returns what it said before.
    pub fn wait_for_end(&mut self) -> Result<Vec<u8>> {
        let mut said = Vec::new();
        self.stream.read_to_end(&mut said)?;
        Ok(said)
    }

    fn send(&mut self, command: u8, payload: &[u8]) -> Result<()> {
        let length = u32::try_from(payload.len() + 1)?.to_be_bytes();
        Ok(self.stream.write_all(&[&length, [command].as_slice(), payload].concat())?)
    }

    fn hear(&mut self) -> Result<(u8, Vec<u8>)> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let mut word = vec![0; usize::try_from(u32::from_be_bytes(length))?];
        self.stream.read_exact(&mut word)?;
        let payload = word.split_off(1);
        Ok((*word.first().context("an empty word")?, payload))
    }
}
