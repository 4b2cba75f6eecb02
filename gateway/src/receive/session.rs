//! Holds one session: takes its commands in order, reads its mails, has them carried, answers.
//!
//! One mail stays one mail: nothing behind the end of data is part of it, nothing before is a command. Where it is
//! not certain what follows is a command (a bare line break, a refused BDAT, text behind a refused DATA), the session
//! ends.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::Instant;

use super::command::{self, Command, Fault, XFORWARD_ATTRIBUTES};
use super::data::DataReader;
use super::framer::Framed;
use super::params::MailParams;
use super::wire::{Stop, Wire};
use super::{Client, Limits, MailHandler, Path, Protocol, Received, Replies, ReplyMode};
use crate::reply::Reply;

/// One session with one client.
pub(crate) struct Session<S, H> {
    wire: Wire<S>,
    protocol: Protocol,
    limits: Arc<Limits>,
    handler: Arc<H>,
    shutdown: watch::Receiver<bool>,
    peer: IpAddr,
    hello: Option<Hello>,
    xforward: Vec<String>,
    transaction: Option<Transaction>,
    errors: u32,
    idle_commands: u32,
    /// DATA was refused, and nothing was understood since: what comes may be the text of the refused mail.
    after_refused_data: bool,
}

/// The client's greeting.
struct Hello {
    name: String,
    extended: bool,
}

/// A mail transaction: what stands between MAIL and the end of DATA.
struct Transaction {
    sender: Path,
    said: MailParams,
    recipients: Vec<Path>,
}

/// How a session ends.
enum End {
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
        stream: S,
        peer: IpAddr,
        protocol: Protocol,
        limits: Arc<Limits>,
        handler: Arc<H>,
        shutdown: watch::Receiver<bool>,
    ) -> Self {
        Self {
            wire: Wire::new(stream, limits.write_timeout),
            protocol,
            limits,
            handler,
            shutdown,
            peer: peer.to_canonical(),
            hello: None,
            xforward: Vec::new(),
            transaction: None,
            errors: 0,
            idle_commands: 0,
            after_refused_data: false,
        }
    }

    /// Runs the session to its end.
    pub(crate) async fn run(mut self) {
        let name = if self.protocol == Protocol::Smtp { "ESMTP" } else { "LMTP" };
        self.answer(&Reply::plain(220, format!("{} {name} Sealpost", self.limits.hostname)));
        let end = loop {
            if let Err(end) = self.step().await {
                break end;
            }
        };
        if let End::Reply(reply) = end {
            tracing::debug!(peer = %self.peer, %reply, "session ended");
            self.answer(&reply);
        }
        self.wire.close().await;
    }

    /// Takes and carries out one command.
    async fn step(&mut self) -> Result<(), End> {
        let command = match self.next_line().await? {
            Framed::Line(line) => command::parse(&line, self.protocol),
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
            self.answer(&reply);
            self.count(&reply)?;
        }
        Ok(self.wire.relieve().await?)
    }

    /// Waits for the next line. Between mails this ends when the server shuts down.
    async fn next_line(&mut self) -> Result<Framed, End> {
        let deadline = Instant::now() + self.limits.command_timeout;
        loop {
            let is_idle = self.transaction.is_none();
            if is_idle && *self.shutdown.borrow() {
                return Err(End::Reply(shutting_down()));
            }
            if let Some(framed) = self.wire.next_line() {
                return Ok(framed);
            }
            // Before the select, which may drop a write half done.
            self.wire.flush().await?;
            tokio::select! {
                filled = self.wire.fill(deadline) => filled?,
                _ = self.shutdown.wait_for(|stop| *stop), if is_idle => return Err(End::Reply(shutting_down())),
            }
        }
    }

    /// Carries out a command; gives the reply, unless it has been given already.
    async fn carry_out(&mut self, command: Command) -> Result<Option<Reply>, End> {
        let reply = match command {
            Command::Hello { name, extended } => self.hello(name, extended),
            Command::Xforward(attributes) => self.xforward(attributes),
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

    /// HELO, EHLO, LHLO.
    fn hello(&mut self, name: String, extended: bool) -> Reply {
        self.forget();
        self.hello = Some(Hello { name, extended });
        let hostname = &self.limits.hostname;
        let reply = if extended {
            let (size, attributes) = (self.limits.max_message_size, XFORWARD_ATTRIBUTES.join(" "));
            Reply::plain(
                250,
                format!(
                    "{hostname}\nPIPELINING\nSIZE {size}\n8BITMIME\nSMTPUTF8\nDSN\nENHANCEDSTATUSCODES\nXFORWARD {attributes}"
                ),
            )
        } else {
            Reply::plain(250, hostname)
        };
        self.idle(reply)
    }

    /// XFORWARD. As with Postfix, what it says holds for one mail; an attribute given again replaces the former.
    fn xforward(&mut self, attributes: Vec<String>) -> Reply {
        if self.hello.is_none() {
            return say_hello_first();
        }
        if self.transaction.is_some() {
            return Reply::new(503, [5, 5, 1], "XFORWARD inside a mail transaction");
        }
        for attribute in attributes {
            let name_len = attribute.find('=').map_or(attribute.len(), |at| at + 1);
            self.xforward.retain(|other| other.get(..name_len) != attribute.get(..name_len));
            self.xforward.push(attribute);
        }
        self.idle(Reply::new(250, [2, 0, 0], "Ok"))
    }

    /// MAIL.
    fn mail(&mut self, sender: Path, said: MailParams) -> Reply {
        if self.hello.is_none() {
            return say_hello_first();
        }
        if self.transaction.is_some() {
            return Reply::new(503, [5, 5, 1], "Sender already given");
        }
        if said.size.is_some_and(|size| size > self.limits.max_message_size) {
            return too_large(&self.limits);
        }
        if !said.utf8 && !is_ascii(&sender) {
            return needs_utf8();
        }
        self.transaction = Some(Transaction { sender, said, recipients: Vec::new() });
        Reply::new(250, [2, 1, 0], "Ok")
    }

    /// RCPT.
    fn rcpt(&mut self, recipient: Path) -> Reply {
        let Some(transaction) = &mut self.transaction else {
            return Reply::new(503, [5, 5, 1], "Give the sender first: MAIL");
        };
        if !transaction.said.utf8 && !is_ascii(&recipient) {
            return needs_utf8();
        }
        if transaction.recipients.len() >= self.limits.max_recipients {
            return Reply::new(452, [4, 5, 3], "Too many recipients, send the mail to the others again");
        }
        transaction.recipients.push(recipient);
        Reply::new(250, [2, 1, 5], "Ok")
    }

    /// DATA: reads the mail, has it carried, gives the handler's replies.
    async fn data(&mut self) -> Result<Option<Reply>, End> {
        let refusal = match &self.transaction {
            None => Some(Reply::new(503, [5, 5, 1], "Give the sender first: MAIL")),
            Some(transaction) if transaction.recipients.is_empty() => {
                Some(Reply::new(554, [5, 5, 1], "No valid recipients"))
            }
            Some(_) => None,
        };
        if let Some(refusal) = refusal {
            // A client that did not wait sent its mail after a DATA that is refused: not one octet is a command.
            return if self.wire.has_input() { Err(End::Reply(refusal)) } else { Ok(Some(refusal)) };
        }
        self.wire.reply(&Reply::plain(354, "End data with <CR><LF>.<CR><LF>"), false);
        let mail = self.read_mail().await?;
        let Some(transaction) = self.transaction.take() else { return Ok(None) };
        let count = transaction.recipients.len();
        let utf8 = transaction.said.utf8;
        let replies = match mail {
            None => Replies::One(too_large(&self.limits)),
            Some(mail) => self.have_carried(transaction, mail).await?,
        };
        self.forget();
        self.give(replies, count, utf8);
        Ok(None)
    }

    /// Reads up to the end of data. Gives nothing if the mail was too large.
    async fn read_mail(&mut self) -> Result<Option<Bytes>, End> {
        let begun = Instant::now();
        let expected = self.transaction.as_ref().and_then(|transaction| transaction.said.size).unwrap_or(0);
        let mut reader = DataReader::new(self.limits.max_message_size, expected);
        loop {
            let progress = reader.take(self.wire.buffer());
            self.wire.buffer().advance(progress.consumed);
            if progress.ended {
                return Ok(reader.finish().map(Bytes::from));
            }
            let pause_ends = Instant::now() + self.limits.data_pause_timeout;
            self.wire.fill(pause_ends.min(begun + self.limits.data_timeout)).await?;
        }
    }

    /// Hands a mail to the handler, in a task of its own: a panic there is a 451 here, and a client that goes away
    /// does not stop what has begun.
    async fn have_carried(&mut self, transaction: Transaction, mail: Bytes) -> Result<Replies, End> {
        let mode = match self.protocol {
            Protocol::Smtp => ReplyMode::One,
            Protocol::Lmtp => ReplyMode::PerRecipient,
        };
        let client = self.client(transaction.said.utf8);
        let mail = Received { client, sender: transaction.sender, recipients: transaction.recipients, mail };
        self.wire.flush().await?;
        let handler = Arc::clone(&self.handler);
        let carried = tokio::spawn(async move { handler.carry(mail, mode).await }).await;
        Ok(carried.unwrap_or_else(|error| {
            tracing::error!(peer = %self.peer, panicked = error.is_panic(), "carrying a mail failed within");
            Replies::One(Reply::local_error())
        }))
    }

    /// Says who the client of a mail is.
    fn client(&self, utf8: bool) -> Client {
        let hello = self.hello.as_ref();
        let protocol = match (self.protocol, utf8, hello.is_some_and(|hello| hello.extended)) {
            (Protocol::Smtp, true, _) => "UTF8SMTP",
            (Protocol::Smtp, false, true) => "ESMTP",
            (Protocol::Smtp, false, false) => "SMTP",
            (Protocol::Lmtp, true, _) => "UTF8LMTP",
            (Protocol::Lmtp, false, _) => "LMTP",
        };
        let helo = hello.map_or_else(String::new, |hello| hello.name.clone());
        Client { ip: self.peer, helo, protocol, xforward: self.xforward.clone() }
    }

    /// Gives the replies to a mail: one, or over LMTP one for each recipient that was accepted.
    fn give(&mut self, replies: Replies, recipients: usize, utf8: bool) {
        let replies = match (self.protocol, replies) {
            (Protocol::Smtp, Replies::One(reply)) => vec![reply],
            (Protocol::Lmtp, Replies::One(reply)) => vec![reply; recipients],
            (Protocol::Lmtp, Replies::PerRecipient(replies)) if replies.len() == recipients => replies,
            (protocol, Replies::PerRecipient(_)) => {
                tracing::error!(peer = %self.peer, "carrying a mail gave replies that fit no recipients");
                vec![Reply::local_error(); if protocol == Protocol::Lmtp { recipients } else { 1 }]
            }
        };
        if replies.iter().any(Reply::is_success) {
            (self.errors, self.idle_commands) = (0, 0);
        }
        for reply in replies {
            self.wire.reply(if reply.is_final() { &reply } else { &LOCAL_ERROR }, utf8);
        }
    }

    /// Forgets the transaction and what XFORWARD said.
    fn forget(&mut self) {
        self.transaction = None;
        self.xforward.clear();
    }

    /// Counts a command that leads nowhere.
    fn idle(&mut self, reply: Reply) -> Reply {
        self.idle_commands += 1;
        reply
    }

    /// Counts refused and idle commands, and ends the session when there are too many.
    fn count(&mut self, reply: &Reply) -> Result<(), End> {
        self.errors += u32::from(reply.is_permanent());
        if self.errors >= self.limits.max_errors {
            return Err(End::Reply(Reply::new(421, [4, 7, 0], "Too many errors, closing connection")));
        }
        if self.idle_commands > self.limits.max_idle_commands {
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

/// The reply in place of one that is no answer to a mail.
static LOCAL_ERROR: std::sync::LazyLock<Reply> = std::sync::LazyLock::new(Reply::local_error);

fn say_hello_first() -> Reply {
    Reply::new(503, [5, 5, 1], "Say hello first")
}

fn shutting_down() -> Reply {
    Reply::new(421, [4, 3, 2], "Shutting down, closing connection")
}

fn needs_utf8() -> Reply {
    Reply::new(553, [5, 6, 7], "A non-ASCII address needs SMTPUTF8")
}

fn too_large(limits: &Limits) -> Reply {
    Reply::new(552, [5, 3, 4], format!("Mail larger than {} octets", limits.max_message_size))
}

/// Whether an address and its parameters can go through a session without SMTPUTF8.
fn is_ascii(path: &Path) -> bool {
    path.raw.is_ascii() && path.params.iter().all(|param| param.is_ascii())
}
