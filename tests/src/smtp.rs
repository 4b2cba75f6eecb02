//! A raw SMTP client: sends just the bytes that it's given and reads replies, so that a test can break every rule.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How long a reply may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A reply: its code and its lines without code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The three-digit code.
    pub code: u16,
    /// The text of each line.
    pub lines: Vec<String>,
}

impl Reply {
    /// Tells whether it's 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.code / 100 == 2
    }

    /// Tells whether it's 4xx.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.code / 100 == 4
    }

    /// Tells whether it's 5xx.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }
}

/// One session.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    /// Connects, reads the greeting and says `EHLO` (or `LHLO`).
    pub fn open(address: SocketAddr, hello: &str) -> Result<Self> {
        let mut client = Self::connect(address)?;
        let greeting = client.reply()?;
        if !greeting.is_success() {
            bail!("refused at once: {greeting:?}");
        }
        let answer = client.command(&format!("{hello} client.example"))?;
        if !answer.is_success() {
            bail!("{hello} refused: {answer:?}");
        }
        Ok(client)
    }

    /// Connects and says nothing.
    pub fn connect(address: SocketAddr) -> Result<Self> {
        Self::on(TcpStream::connect(address).with_context(|| format!("connect to {address}"))?)
    }

    /// Connects from another address of this machine and says nothing.
    pub fn connect_from(source: IpAddr, address: SocketAddr) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let stream = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4()?;
            socket.bind(SocketAddr::new(source, 0))?;
            socket.connect(address).await?.into_std()
        })?;
        stream.set_nonblocking(false)?;
        Self::on(stream)
    }

    fn on(stream: TcpStream) -> Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.get_mut().write_all(bytes)?)
    }

    /// Reads one reply of one or several lines.
    pub fn reply(&mut self) -> Result<Reply> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                bail!("the server closed the connection");
            }
            let line = line.trim_end_matches(['\r', '\n']);
            let code = line.get(..3).and_then(|code| code.parse().ok()).context("a reply without code")?;
            lines.push(line.get(4..).unwrap_or_default().to_owned());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Reply { code, lines });
            }
        }
    }

    /// Sends a command line and reads its reply.
    pub fn command(&mut self, line: &str) -> Result<Reply> {
        self.send(format!("{line}\r\n").as_bytes())?;
        self.reply()
    }

    /// Runs one mail transaction up to the 354 of `DATA`; the first refusal is the error.
    pub fn begin(&mut self, sender: &str, recipients: &[&str]) -> Result<Option<Reply>> {
        let mut commands = vec![format!("MAIL FROM:<{sender}>")];
        commands.extend(recipients.iter().map(|recipient| format!("RCPT TO:<{recipient}>")));
        for command in commands {
            let reply = self.command(&command)?;
            if !reply.is_success() {
                return Ok(Some(reply));
            }
        }
        let reply = self.command("DATA")?;
        Ok(if reply.code == 354 { None } else { Some(reply) })
    }

    /// Runs one mail transaction with parameters: `mail_from` and `recipients` are what stands behind `MAIL FROM:` and
    /// `RCPT TO:`. Returns the reply that decided.
    pub fn transact(&mut self, mail_from: &str, recipients: &[String], mail: &[u8]) -> Result<Reply> {
        let mut commands = vec![format!("MAIL FROM:{mail_from}")];
        commands.extend(recipients.iter().map(|recipient| format!("RCPT TO:{recipient}")));
        for command in commands {
            let reply = self.command(&command)?;
            if !reply.is_success() {
                return Ok(reply);
            }
        }
        let reply = self.command("DATA")?;
        if reply.code != 354 {
            return Ok(reply);
        }
        self.send(&data(mail))?;
        self.reply()
    }

    /// Sends one mail by SMTP and returns the reply that decided: the first refusal or the reply to the last dot.
    pub fn deliver(&mut self, sender: &str, recipients: &[&str], mail: &[u8]) -> Result<Reply> {
        if let Some(refusal) = self.begin(sender, recipients)? {
            return Ok(refusal);
        }
        self.send(&data(mail))?;
        self.reply()
    }

    /// Sends one mail by LMTP and returns a reply for each recipient.
    pub fn deliver_each(&mut self, sender: &str, recipients: &[&str], mail: &[u8]) -> Result<Vec<Reply>> {
        if let Some(refusal) = self.begin(sender, recipients)? {
            return Ok(vec![refusal; recipients.len()]);
        }
        self.send(&data(mail))?;
        recipients.iter().map(|_| self.reply()).collect()
    }
}

/// Sends one mail in a session of its own.
pub fn deliver(address: SocketAddr, sender: &str, recipients: &[&str], mail: &[u8]) -> Result<Reply> {
    Client::open(address, "EHLO")?.deliver(sender, recipients, mail)
}

/// Returns what `DATA` carries for a mail: dots stuffed, a final CRLF if it had none, and the last dot.
#[must_use]
pub fn data(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len() + mail.len() / 64 + 5);
    let mut rest = mail;
    while !rest.is_empty() {
        let end = rest.windows(2).position(|pair| pair == b"\r\n").map_or(rest.len(), |at| at + 2);
        let (line, tail) = rest.split_at(end);
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
        rest = tail;
    }
    if !mail.is_empty() && !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}
