//! A next hop that keeps what it's given, or breaks off where a test wants it to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::process::wait_until;

/// Where in a session a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// In place of the greeting.
    Connect,
    /// At `EHLO` or `LHLO`.
    Hello,
    /// At `MAIL`.
    Mail,
    /// At `RCPT`.
    Rcpt,
    /// At `DATA`.
    Data,
    /// After some of the content, before its last dot.
    Content,
    /// In place of the reply to the last dot; the mail counts as kept.
    Dot,
}

/// What happens there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This reply is given.
    Reply(&'static str),
    /// The connection is closed without a word.
    Cut,
    /// The reply comes as usual, but later.
    Slow(Duration),
}

/// A mail as the sink was given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What stood after `MAIL `.
    pub mail_from: String,
    /// What stood after each accepted `RCPT `.
    pub recipients: Vec<String>,
    /// What XFORWARD said of the client that the mail came from.
    pub xforward: BTreeMap<String, String>,
    /// The mail, dots unstuffed.
    pub mail: Vec<u8>,
    /// Whether its last dot was answered with 250.
    pub accepted: bool,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<(At, Fault)>,
    refused_recipients: Vec<(String, &'static str)>,
    refused_mails: Vec<(String, &'static str)>,
    kept: Vec<Kept>,
    sessions: Vec<TcpStream>,
}

/// A running sink on a loopback port; its thread ends with the test program.
#[derive(Clone, Debug)]
pub struct Sink {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Sink {
    /// Starts a sink that speaks SMTP to `EHLO` and LMTP to `LHLO`.
    pub fn start() -> Result<Self> {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Starts a sink on an address that was chosen before.
    pub fn start_at(address: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(address)?;
        let sink = Self { address: listener.local_addr()?, state: Arc::default() };
        let of_thread = sink.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (sink, Ok(stream)) = (of_thread.clone(), stream) else { continue };
                // A session ends with an error whenever the peer goes away; that's nothing to report.
                thread::spawn(move || sink.session(stream).ok());
            }
        });
        Ok(sink)
    }

    /// Returns where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets the fault from now on, `None` for a sound sink, and hangs up on all sessions, so that the next one begins
    /// from its greeting.
    pub fn set_fault(&self, fault: Option<(At, Fault)>) {
        let mut state = self.state();
        state.fault = fault;
        for session in state.sessions.drain(..) {
            // One that the peer has closed already can't be shut down.
            session.shutdown(Shutdown::Both).ok();
        }
    }

    /// Refuses one recipient with a reply from now on.
    pub fn refuse(&self, recipient: &str, reply: &'static str) {
        self.state().refused_recipients.push((recipient.into(), reply));
    }

    /// Takes a mail to this recipient whole and then refuses it, from now on.
    pub fn refuse_mail(&self, recipient: &str, reply: &'static str) {
        self.state().refused_mails.push((recipient.into(), reply));
    }

    /// Accepts all recipients and their mails again.
    pub fn accept_all(&self) {
        self.state().refused_recipients.clear();
        self.state().refused_mails.clear();
    }

    /// Takes out all mails that were kept so far.
    #[must_use]
    pub fn take(&self) -> Vec<Kept> {
        std::mem::take(&mut self.state().kept)
    }

    /// Waits for the next mail and takes it out.
    pub fn wait(&self) -> Result<Kept> {
        wait_until("a mail at the sink", Duration::from_secs(30), || {
            let mut state = self.state();
            if state.kept.is_empty() { None } else { Some(state.kept.remove(0)) }
        })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self, at: At) -> Option<Fault> {
        self.state().fault.clone().filter(|(place, _)| *place == at).map(|(_, fault)| fault)
    }

    fn session(&self, stream: TcpStream) -> Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(2)))?;
        self.state().sessions.push(stream.try_clone()?);
        let mut session = Session { sink: self, stream: BufReader::new(stream), lmtp: false };
        let end = session.answer(At::Connect, "220 sink.example ESMTP").and_then(|_| session.commands());
        // The other handle on the socket, kept to hang up by, would hold it open.
        session.stream.get_ref().shutdown(Shutdown::Both).ok();
        end
    }
}

struct Session<'a> {
    sink: &'a Sink,
    stream: BufReader<TcpStream>,
    lmtp: bool,
}

impl Session<'_> {
    /// Gives `reply`, or what the fault of this place says; tells whether it was a success.
    fn answer(&mut self, at: At, reply: &str) -> Result<bool> {
        let reply = match self.sink.fault(at) {
            None => reply,
            Some(Fault::Reply(refusal)) => refusal,
            Some(Fault::Cut) => anyhow::bail!("cut at {at:?}"),
            Some(Fault::Slow(pause)) => {
                thread::sleep(pause);
                reply
            }
        };
        self.write(reply)?;
        Ok(reply.starts_with(['2', '3']))
    }

    fn write(&mut self, reply: &str) -> Result<()> {
        Ok(self.stream.get_mut().write_all(format!("{reply}\r\n").as_bytes())?)
    }

    fn commands(&mut self) -> Result<()> {
        let mut mail_from = String::new();
        let (mut recipients, mut xforward) = (Vec::new(), BTreeMap::new());
        let mut line = String::new();
        while {
            line.clear();
            self.stream.read_line(&mut line)?
        } > 0
        {
            let command = line.trim_end();
            let verb = command.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            let rest = command.get(verb.len()..).unwrap_or_default().trim_start().to_owned();
            match verb.as_str() {
                "EHLO" | "LHLO" => {
                    self.lmtp = verb == "LHLO";
                    self.answer(
                        At::Hello,
                        "250-sink.example\r\n250-PIPELINING\r\n250-SIZE 200000000\r\n250-8BITMIME\r\n\
                         250-SMTPUTF8\r\n250-DSN\r\n250-ENHANCEDSTATUSCODES\r\n\
                         250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE",
                    )?;
                }
                "MAIL" if self.answer(At::Mail, "250 2.1.0 Ok")? => {
                    mail_from = rest;
                    recipients.clear();
                }
                "RCPT" if self.recipient(&rest)? => recipients.push(rest),
                "DATA" if recipients.is_empty() => self.write("554 5.5.1 No valid recipients")?,
                "DATA" if self.answer(At::Data, "354 Go on")? => {
                    let kept = Kept {
                        mail_from: mail_from.clone(),
                        recipients: std::mem::take(&mut recipients),
                        // As with Postfix, it holds for one mail.
                        xforward: std::mem::take(&mut xforward),
                        mail: self.content()?,
                        accepted: false,
                    };
                    self.keep(kept)?;
                }
                "MAIL" | "RCPT" | "DATA" => {}
                "QUIT" => return self.write("221 2.0.0 Bye"),
                "XFORWARD" => {
                    let attributes = rest.split(' ').filter_map(|attribute| attribute.split_once('='));
                    xforward.extend(attributes.map(|(name, value)| (name.to_owned(), value.to_owned())));
                    self.write("250 2.0.0 Ok")?;
                }
                "RSET" => {
                    xforward.clear();
                    self.write("250 2.0.0 Ok")?;
                }
                "NOOP" => self.write("250 2.0.0 Ok")?,
                _ => self.write("502 5.5.2 Unknown")?,
            }
        }
        Ok(())
    }

    fn recipient(&mut self, rest: &str) -> Result<bool> {
        let refusal = self
            .sink
            .state()
            .refused_recipients
            .iter()
            .find(|(address, _)| rest.contains(address))
            .map(|found| found.1);
        match refusal {
            Some(refusal) => self.write(refusal).map(|()| false),
            None => self.answer(At::Rcpt, "250 2.1.5 Ok"),
        }
    }

    /// Reads the content to its last dot, or some of it where the fault wants to strike in the middle.
    fn content(&mut self) -> Result<Vec<u8>> {
        match self.sink.fault(At::Content) {
            None => {}
            Some(Fault::Slow(pause)) => thread::sleep(pause),
            Some(Fault::Reply(refusal)) => {
                self.stream.read_exact(&mut [0; 64])?;
                self.write(refusal)?;
                anyhow::bail!("refused in the content");
            }
            Some(Fault::Cut) => {
                self.stream.read_exact(&mut [0; 64])?;
                anyhow::bail!("cut in the content");
            }
        }
        let mut mail = Vec::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            while !line.ends_with(b"\r\n") {
                if self.stream.read_until(b'\n', &mut line)? == 0 {
                    return Err(std::io::Error::from(ErrorKind::UnexpectedEof).into());
                }
            }
            if line == b".\r\n" {
                return Ok(mail);
            }
            mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }

    /// Keeps the mail before the reply goes out: after a cut in its place, the sink has the mail all the same.
    fn keep(&mut self, mut kept: Kept) -> Result<()> {
        let replies = if self.lmtp { kept.recipients.len() } else { 1 };
        let to = |address: &str| kept.recipients.iter().any(|recipient| recipient.contains(address));
        let refusal =
            self.sink.state().refused_mails.iter().find(|(address, _)| to(address)).map(|found| found.1);
        if let Some(refusal) = refusal {
            return (0..replies).try_for_each(|_| self.write(refusal));
        }
        if let Some(Fault::Slow(pause)) = self.sink.fault(At::Dot) {
            thread::sleep(pause);
        }
        // Under the lock that a new fault needs to hang up: the reply is out, or the mail counts as not acknowledged.
        let mut state = self.sink.state();
        let fault = state.fault.clone().filter(|(place, _)| *place == At::Dot).map(|(_, fault)| fault);
        let reply = match fault {
            None | Some(Fault::Slow(_)) => "250 2.0.0 Ok: kept",
            Some(Fault::Reply(refusal)) => return (0..replies).try_for_each(|_| self.write(refusal)),
            Some(Fault::Cut) => {
                state.kept.push(kept);
                anyhow::bail!("cut at the last dot");
            }
        };
        let text = format!("{reply}\r\n").repeat(replies);
        let written = self.stream.get_mut().write_all(text.as_bytes());
        kept.accepted = written.is_ok();
        state.kept.push(kept);
        written?;
        Ok(())
    }
}
