//! Takes one mail: MAIL, RCPT, and DATA from the 354 to the replies.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::data::{DataReader, Refused};
use super::params::MailParams;
use super::session::{End, Session, Transaction, say_hello_first};
use super::wire::MAIL_READ;
use super::{Client, MailHandler, Path, Protocol, Received, Replies, ReplyMode};
use crate::reply::Reply;

/// The reply in place of one that is no answer to a mail.
static LOCAL_ERROR: LazyLock<Reply> = LazyLock::new(Reply::local_error);

impl<S: AsyncRead + AsyncWrite + Unpin, H: MailHandler> Session<S, H> {
    /// MAIL.
    pub(super) fn mail(&mut self, sender: Path, said: MailParams) -> Reply {
        if self.hello.is_none() {
            return say_hello_first();
        }
        if self.transaction.is_some() {
            return Reply::new(503, [5, 5, 1], "Sender already given");
        }
        let limits = &self.service.limits;
        if said.size.is_some_and(|size| size > limits.max_message_size) {
            return Reply::too_large(limits.max_message_size);
        }
        if !said.utf8 && !is_ascii(&sender) {
            return needs_utf8();
        }
        // Better now than when all of it has come.
        if !limits.memory.has_place_for(said.size.unwrap_or(0)) {
            return Reply::no_memory();
        }
        let (memory, envelope_size) = (Arc::new(limits.memory.share()), weight(&sender));
        self.transaction = Some(Transaction { sender, said, recipients: Vec::new(), envelope_size, memory });
        Reply::new(250, [2, 1, 0], "Ok")
    }

    /// RCPT.
    pub(super) fn rcpt(&mut self, recipient: Path) -> Reply {
        let Some(transaction) = &mut self.transaction else {
            return Reply::new(503, [5, 5, 1], "Give the sender first: MAIL");
        };
        if !transaction.said.utf8 && !is_ascii(&recipient) {
            return needs_utf8();
        }
        if transaction.recipients.len() >= self.service.limits.max_recipients {
            return Reply::new(452, [4, 5, 3], "Too many recipients, send the mail to the others again");
        }
        let envelope_size = transaction.envelope_size + weight(&recipient);
        if !transaction.memory.grow_for(envelope_size) {
            return Reply::no_memory();
        }
        transaction.envelope_size = envelope_size;
        transaction.recipients.push(recipient);
        Reply::new(250, [2, 1, 5], "Ok")
    }

    /// DATA: reads the mail, has it carried, gives the handler's replies.
    pub(super) async fn data(&mut self) -> Result<Option<Reply>, End> {
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
        let begun = Instant::now();
        let mail = self.read_mail().await?;
        let receiving = begun.elapsed();
        let Some(transaction) = self.transaction.take() else { return Ok(None) };
        let count = transaction.recipients.len();
        let utf8 = transaction.said.utf8;
        let replies = match mail {
            Ok(mail) => self.have_carried(transaction, mail, receiving).await?,
            Err(refused) => {
                let reply = match refused {
                    Refused::TooLarge => Reply::too_large(self.service.limits.max_message_size),
                    Refused::NoMemory => Reply::no_memory(),
                };
                self.refusals.note("DATA", &reply);
                self.tell_refusals(Some(&transaction));
                Replies::One(reply)
            }
        };
        self.forget();
        self.give(replies, count, utf8);
        Ok(None)
    }

    /// Reads up to the end of data, whether or not the mail can be kept. One that cannot gives its memory back at once: its
    /// client may take its time with the rest.
    async fn read_mail(&mut self) -> Result<Result<Bytes, Refused>, End> {
        let begun = Instant::now();
        let limits = &self.service.limits;
        let (said, envelope_size, mut memory) = match &mut self.transaction {
            Some(Transaction { said, envelope_size, memory, .. }) => {
                (said.size, *envelope_size, std::mem::take(memory))
            }
            None => (None, 0, Arc::default()),
        };
        let mut reader = DataReader::new(limits.max_message_size, said.unwrap_or(0));
        let mut gave_back = false;
        loop {
            let buffer = self.wire.buffer();
            let progress = reader.take(buffer);
            buffer.advance(progress.consumed);
            if !gave_back && !memory.grow_for(envelope_size.saturating_add(reader.len())) {
                reader.refuse(Refused::NoMemory);
            }
            if reader.is_refused() && !gave_back {
                gave_back = true;
                // What is left is the addresses.
                memory = Arc::new(limits.memory.share());
                if !memory.grow_for(envelope_size) {
                    memory = Arc::default();
                }
            }
            if progress.ended {
                if let Some(transaction) = &mut self.transaction {
                    transaction.memory = memory;
                }
                return Ok(reader.finish().map(Bytes::from));
            }
            let pause_ends = Instant::now() + limits.data_pause_timeout;
            self.wire.fill_much(pause_ends.min(begun + limits.data_timeout), MAIL_READ).await?;
        }
    }

    /// Hands a mail to the handler, in a task of its own: a panic there is a 451 here, and a client that goes away
    /// does not stop what has begun.
    async fn have_carried(
        &mut self,
        transaction: Transaction,
        mail: Bytes,
        receiving: Duration,
    ) -> Result<Replies, End> {
        let mode = match self.service.protocol {
            Protocol::Smtp => ReplyMode::One,
            Protocol::Lmtp => ReplyMode::PerRecipient,
        };
        let client = self.client(transaction.said.utf8);
        let Transaction { sender, recipients, memory, .. } = transaction;
        let deadline = Instant::now() + self.service.limits.carry_timeout;
        let mail = Received { client, sender, recipients, mail, memory, receiving, deadline };
        self.wire.flush().await?;
        let handler = Arc::clone(&self.handler);
        let carried = tokio::spawn(async move { handler.carry(mail, mode).await }).await;
        Ok(carried.unwrap_or_else(|error| {
            tracing::error!(peer = %self.peer, panicked = error.is_panic(), "carrying a mail failed within");
            Replies::One(Reply::local_error())
        }))
    }

    /// Says who the client of a mail is.
    pub(super) fn client(&self, utf8: bool) -> Client {
        let greeted = self.hello.as_ref();
        let extended = greeted.is_some_and(|hello| hello.extended);
        let protocol = match (self.service.protocol, utf8, extended, self.wire.is_tls()) {
            (Protocol::Smtp, true, _, false) => "UTF8SMTP",
            (Protocol::Smtp, true, _, true) => "UTF8SMTPS",
            (Protocol::Smtp, false, true, false) => "ESMTP",
            (Protocol::Smtp, false, _, true) => "ESMTPS",
            (Protocol::Smtp, false, false, false) => "SMTP",
            (Protocol::Lmtp, true, _, false) => "UTF8LMTP",
            (Protocol::Lmtp, true, _, true) => "UTF8LMTPS",
            (Protocol::Lmtp, false, _, false) => "LMTP",
            (Protocol::Lmtp, false, _, true) => "LMTPS",
        };
        let helo = greeted.map_or_else(String::new, |hello| hello.name.clone());
        let mut known = self.origin.clone();
        known.merge(&self.xforward);
        Client {
            ip: self.peer.ip(),
            helo,
            protocol,
            xforward: known.to_xforward(),
            login: self.login.clone(),
        }
    }

    /// Gives the replies to a mail: one, or over LMTP one for each recipient that was accepted.
    fn give(&mut self, replies: Replies, recipients: usize, utf8: bool) {
        self.has_carried = true;
        let replies = match (self.service.protocol, replies) {
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
}

fn needs_utf8() -> Reply {
    Reply::new(553, [5, 6, 7], "A non-ASCII address needs SMTPUTF8")
}

/// Whether an address and its parameters can go through a session without SMTPUTF8.
fn is_ascii(path: &Path) -> bool {
    path.raw.is_ascii() && path.params.iter().all(|param| param.is_ascii())
}

/// What a path takes in memory, roughly.
pub(crate) fn weight(path: &Path) -> usize {
    std::mem::size_of::<Path>()
        + path.raw.len()
        + path.params.iter().map(|param| 24 + param.len()).sum::<usize>()
}
