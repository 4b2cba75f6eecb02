//! Holds one session: takes its commands in order, reads its mails, has them carried, answers.
//!
//! One mail stays one mail: nothing behind the end of data is part of it, nothing before is a command. Where it is
//! not certain what follows is a command (a bare line break, a refused BDAT, text behind a refused DATA), the session
//! ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::Instant;

use super::attributes::Attributes;
use super::command::{self, Command, Fault};
use super::framer::Framed;
use super::params::MailParams;
use super::refusals::Refusals;
use super::wire::{Stop, Wire};
use super::{MailHandler, Path, Service, Share};
use crate::listen::Peer;
use crate::reply::Reply;

/// When the server shuts down, a session that has brought no mail yet has so long to begin one: its client may just have
/// connected, and would have to put its mail off for minutes.
const FIRST_MAIL: Duration = Duration::from_secs(2);

/// One session with one client.
pub(crate) struct Session<S, H> {
    pub(super) wire: Wire<S>,
    pub(super) service: Arc<Service>,
    pub(super) handler: Arc<H>,
    shutdown: watch::Receiver<bool>,
    pub(super) peer: Peer,
    /// The peer's client, as a load balancer says.
    pub(super) balanced: Option<SocketAddr>,
    /// What is known by that and by XCLIENT, for the whole session.
    pub(super) origin: Attributes,
    pub(super) login: Option<String>,
    pub(super) hello: Option<Hello>,
    pub(super) xforward: Attributes,
    pub(super) transaction: Option<Transaction>,
    pub(super) errors: u32,
    pub(super) idle_commands: u32,
    pub(super) refusals: Refusals,
    /// A mail has been answered.
    pub(super) has_carried: bool,
    /// The server shuts down, and from then on no mail may begin.
    ends_at: Option<Instant>,
    /// DATA was refused, and nothing was understood since: what comes may be the text of the refused mail.
    after_refused_data: bool,
}

/// The client's greeting.
pub(super) struct Hello {
    pub(super) name: String,
    pub(super) extended: bool,
}

/// A mail transaction: what stands between MAIL and the end of DATA.
pub(super) struct Transaction {
    pub(super) sender: Path,
    pub(super) said: MailParams,
    pub(super) recipients: Vec<Path>,
    /// What sender and recipients take, in octets.
    pub(super) envelope_size: usize,
    /// The memory that the mail and its envelope take.
    pub(super) memory: Arc<Share>,
}

/// How a session ends.
pub(super) enum End {
    /// With a last reply.
    Reply(Reply),
    /// Without: the client is gone.
    Silent,
}

impl From<Stop> for End {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Gone => Self::Silent,
            Stop::Timeout => Self::Reply(Reply::new(421, [4, 4, 2], "Timeout, closing connection")),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin, H: MailHandler> Session<S, H> {
    /// Begins a session on a connection that is already allowed.
    pub(crate) fn new(
        wire: Wire<S>,
        peer: Peer,
        balanced: Option<SocketAddr>,
        service: Arc<Service>,
        handler: Arc<H>,
        shutdown: watch::Receiver<bool>,
    ) -> Self {
        Self {
            wire,
            service,
            handler,
            shutdown,
            peer,
            balanced,
            origin: balanced.map(Attributes::of).unwrap_or_default(),
            login: None,
            hello: None,
            xforward: Attributes::default(),
            transaction: None,
            errors: 0,
            idle_commands: 0,
            refusals: Refusals::default(),
            has_carried: false,
            ends_at: None,
            after_refused_data: false,
        }
    }

    /// Runs the session to its end.
    pub(crate) async fn run(mut self) {
        self.answer(&self.greeting());
        let end = loop {
            if let Err(end) = self.step().await {
                break end;
            }
        };
        self.forget();
        if let End::Reply(reply) = end {
            tracing::debug!(peer = %self.peer, %reply, "session ended");
            self.answer(&reply);
        }
        self.wire.close().await;
    }

    /// Takes and carries out one command.
    async fn step(&mut self) -> Result<(), End> {
        let framed = self.next_line().await?;
        let line = if let Framed::Line(line) = &framed { line.as_str() } else { "" };
        let command = match &framed {
            Framed::Line(line) => command::parse(line, self.service.protocol),
            Framed::NotText => Err(Reply::new(501, [5, 5, 2], "Command is not text").into()),
            Framed::TooLong => Err(Reply::new(500, [5, 5, 2], "Command line too long").into()),
            Framed::Broken => Err(Fault::Fatal(Reply::new(500, [5, 5, 2], "Command line not ended by CRLF"))),
        };
        let reply = match command {
            Ok(command) => {
                let was_data = command == Command::Data;
                let reply = self.carry_out(command).await?;
                self.after_refused_data = was_data && reply.as_ref().is_some_and(|reply| !reply.is_success());
                reply
            }
            Err(Fault::Fatal(reply)) => return Err(End::Reply(reply)),
            Err(Fault::Refused(reply)) if self.after_refused_data => return Err(End::Reply(reply)),
            Err(Fault::Refused(reply)) => Some(reply),
        };
        if let Some(reply) = reply {
            self.refusals.note(line, &reply);
            self.answer(&reply);
            self.count(&reply)?;
        }
        Ok(self.wire.relieve().await?)
    }

    /// Waits for the next line. Between mails this ends when the server shuts down.
    async fn next_line(&mut self) -> Result<Framed, End> {
        let deadline = Instant::now() + self.service.limits.command_timeout;
        loop {
            let is_idle = self.transaction.is_none();
            if is_idle && self.ends_at.is_some_and(|ends| ends <= Instant::now()) {
                return Err(End::Reply(shutting_down()));
            }
            if let Some(framed) = self.wire.next_line() {
                return Ok(framed);
            }
            // Before the select, which may drop a write half done.
            self.wire.flush().await?;
            let ends_at = self.ends_at.filter(|_| is_idle);
            tokio::select! {
                filled = self.wire.fill(ends_at.map_or(deadline, |ends| ends.min(deadline))) => match filled {
                    Err(Stop::Timeout) if ends_at.is_some_and(|ends| ends <= Instant::now()) => {}
                    filled => filled?,
                },
                _ = self.shutdown.wait_for(|stop| *stop), if is_idle && self.ends_at.is_none() => {
                    let rest = if self.has_carried { Duration::ZERO } else { FIRST_MAIL };
                    self.ends_at = Some(Instant::now() + rest);
                }
            }
        }
    }

    /// Carries out a command; gives the reply, unless it has been given already.
    async fn carry_out(&mut self, command: Command) -> Result<Option<Reply>, End> {
        if self.lacks_tls() && !command.may_go_before_tls() {
            let refusal = Reply::new(530, [5, 7, 0], "Say STARTTLS first");
            // As in `data`: what follows may be the text of the mail.
            let is_out_of_step = command == Command::Data && self.wire.has_input();
            return if is_out_of_step { Err(End::Reply(refusal)) } else { Ok(Some(refusal)) };
        }
        let reply = match command {
            Command::Hello { name, extended } => self.hello(name, extended),
            Command::StartTls => return self.start_tls().await,
            Command::Xclient(attributes) => self.xclient(&attributes),
            Command::Xforward(attributes) => self.xforward(&attributes),
            Command::Mail(sender, said) => self.mail(sender, said),
            Command::Rcpt(recipient) => self.rcpt(recipient),
            Command::Data => return self.data().await,
            Command::Rset => {
                self.forget();
                self.idle(Reply::new(250, [2, 0, 0], "Ok"))
            }
            Command::Noop => self.idle(Reply::new(250, [2, 0, 0], "Ok")),
            Command::Vrfy => self.idle(Reply::new(252, [2, 0, 0], "Cannot verify, send the mail")),
            Command::Help => self.idle(Reply::new(214, [2, 0, 0], "See RFC 5321")),
            Command::Quit => return Err(End::Reply(Reply::new(221, [2, 0, 0], "Bye"))),
        };
        Ok(Some(reply))
    }

    /// Has the log tell what was refused of a transaction that is over.
    pub(super) fn tell_refusals(&mut self, transaction: Option<&Transaction>) {
        std::mem::take(&mut self.refusals).tell(|| self.client(false), transaction);
    }

    /// Forgets the transaction and what XFORWARD said.
    pub(super) fn forget(&mut self) {
        let transaction = self.transaction.take();
        self.tell_refusals(transaction.as_ref());
        self.xforward.clear();
    }

    /// Counts a command that leads nowhere.
    pub(super) fn idle(&mut self, reply: Reply) -> Reply {
        self.idle_commands += 1;
        reply
    }

    /// Counts refused and idle commands, and ends the session when there are too many.
    fn count(&mut self, reply: &Reply) -> Result<(), End> {
        self.errors += u32::from(reply.is_permanent());
        if self.errors >= self.service.limits.max_errors {
            return Err(End::Reply(Reply::new(421, [4, 7, 0], "Too many errors, closing connection")));
        }
        if self.idle_commands > self.service.limits.max_idle_commands {
            return Err(End::Reply(Reply::new(
                421,
                [4, 7, 0],
                "Too many commands without a mail, closing connection",
            )));
        }
        Ok(())
    }

    /// Queues a reply.
    fn answer(&mut self, reply: &Reply) {
        let utf8 = self.transaction.as_ref().is_some_and(|transaction| transaction.said.utf8);
        self.wire.reply(reply, utf8);
    }
}

pub(super) fn say_hello_first() -> Reply {
    Reply::new(503, [5, 5, 1], "Say hello first")
}

fn shutting_down() -> Reply {
    Reply::new(421, [4, 3, 2], "Shutting down, closing connection")
}
