//! Takes the mail of a transaction: DATA, from the 354 to the replies.

use std::sync::{Arc, LazyLock};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::data::{DataReader, Refused};
use super::memory::Share;
use super::session::{End, Session, Transaction, too_large};
use super::{Client, MailHandler, Protocol, Received, Replies, ReplyMode};
use crate::listen::Peer;
use crate::reply::Reply;

/// The reply in place of one that is no answer to a mail.
static LOCAL_ERROR: LazyLock<Reply> = LazyLock::new(Reply::local_error);

impl<S: AsyncRead + AsyncWrite + Unpin, H: MailHandler> Session<S, H> {
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
        // Held until the mail has its replies.
        let mut share = self.service.limits.memory.share();
        let mail = self.read_mail(&mut share).await?;
        let Some(transaction) = self.transaction.take() else { return Ok(None) };
        let count = transaction.recipients.len();
        let utf8 = transaction.said.utf8;
        let replies = match mail {
            Ok(mail) => self.have_carried(transaction, mail).await?,
            Err(Refused::TooLarge) => Replies::One(too_large(&self.service.limits)),
            Err(Refused::NoMemory) => Replies::One(no_memory(self.peer)),
        };
        self.forget();
        self.give(replies, count, utf8);
        Ok(None)
    }

    /// Reads up to the end of data, whether or not the mail can be kept.
    async fn read_mail(&mut self, share: &mut Share) -> Result<Result<Bytes, Refused>, End> {
        let begun = Instant::now();
        let largest = self.service.limits.max_message_size;
        let said = self.transaction.as_ref().and_then(|transaction| transaction.said.size);
        let expected = said.unwrap_or(0).min(largest);
        let mut reader = DataReader::new(largest, expected);
        loop {
            let progress = reader.take(self.wire.buffer());
            self.wire.buffer().advance(progress.consumed);
            if !share.grow_to(reader.len().max(expected)) {
                reader.refuse(Refused::NoMemory);
            }
            if progress.ended {
                return Ok(reader.finish().map(Bytes::from));
            }
            let pause_ends = Instant::now() + self.service.limits.data_pause_timeout;
            self.wire.fill(pause_ends.min(begun + self.service.limits.data_timeout)).await?;
        }
    }

    /// Hands a mail to the handler, in a task of its own: a panic there is a 451 here, and a client that goes away
    /// does not stop what has begun.
    async fn have_carried(&mut self, transaction: Transaction, mail: Bytes) -> Result<Replies, End> {
        let mode = match self.service.protocol {
            Protocol::Smtp => ReplyMode::One,
            Protocol::Lmtp => ReplyMode::PerRecipient,
        };
        let client = self.client(transaction.said.utf8);
        let Transaction { sender, recipients, .. } = transaction;
        let deadline = Instant::now() + self.service.limits.carry_timeout;
        let mail = Received { client, sender, recipients, mail, deadline };
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
        let protocol = match (self.service.protocol, utf8, hello.is_some_and(|hello| hello.extended)) {
            (Protocol::Smtp, true, _) => "UTF8SMTP",
            (Protocol::Smtp, false, true) => "ESMTP",
            (Protocol::Smtp, false, false) => "SMTP",
            (Protocol::Lmtp, true, _) => "UTF8LMTP",
            (Protocol::Lmtp, false, _) => "LMTP",
        };
        let name = hello.map_or_else(String::new, |hello| hello.name.clone());
        Client { ip: self.peer.ip(), helo: name, protocol, xforward: self.xforward.clone() }
    }

    /// Gives the replies to a mail: one, or over LMTP one for each recipient that was accepted.
    fn give(&mut self, replies: Replies, recipients: usize, utf8: bool) {
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

/// The reply to a mail for which there is no memory now.
fn no_memory(peer: Peer) -> Reply {
    tracing::warn!(%peer, "a mail was refused for now: the memory for mails is taken (max_memory)");
    Reply::new(452, [4, 3, 1], "Too many large mails at a time, try again later")
}
