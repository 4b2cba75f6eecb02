//! The second phase of a transaction: sends the content and takes the replies to it.

use tokio::time::{Instant, timeout_at};

use super::connection::Connection;
use super::failure::Failure;
use super::next_hop::{Dialect, NextHop};
use super::sink::Sink;
use super::{Content, Reinjector, WriteError};
use crate::reply::Reply;

/// A transaction that waits for its content. Dropping it undoes it.
pub struct Prepared {
    pub(super) reinjector: Reinjector,
    pub(super) connection: Connection,
    pub(super) recipients: Vec<Reply>,
    pub(super) deadline: Instant,
}

impl Prepared {
    /// The replies to RCPT, in the order of the recipients; at least one is a success.
    #[must_use]
    pub fn recipients(&self) -> &[Reply] {
        &self.recipients
    }

    /// Sends the content and gives the outcome for each recipient, in their order: the reply to RCPT where that was a
    /// refusal, else the next hop's reply to the content: 2xx, 4xx or 5xx.
    ///
    /// If the connection is lost after the end of the content was sent, nobody knows whether the next hop took the
    /// mail; the reply is then 451 4.4.2, and the client's next try may lead to a duplicate: SMTP's own window.
    pub async fn commit(self, content: impl Content) -> Vec<Reply> {
        let Self { reinjector, mut connection, mut recipients, deadline } = self;
        let next_hop = &*reinjector.next_hop;
        let accepted = recipients.iter_mut().filter(|reply| reply.is_success());
        if let Err(error) = write(&mut connection, next_hop, content, deadline).await {
            let reply = unsent(connection, next_hop, &error).await;
            accepted.for_each(|slot| slot.clone_from(&reply));
            return recipients;
        }
        let mut last: Option<Result<Reply, Failure>> = None;
        for slot in accepted {
            // With SMTP the first reply is for all; with LMTP each has his own, up to the first that does not come.
            let is_over = last.as_ref().is_some_and(Result::is_err);
            if last.is_none() || (next_hop.dialect == Dialect::Lmtp && !is_over) {
                let time_left = deadline.saturating_duration_since(Instant::now());
                let reply = connection.reply(next_hop.data_done_timeout.min(time_left)).await;
                last = Some(reply.and_then(outcome).inspect_err(|failure| {
                    reinjector.note(failure);
                }));
            }
            match &last {
                Some(Ok(reply)) => slot.clone_from(reply),
                Some(Err(failure)) => *slot = failure.reply(),
                None => *slot = Reply::local_error(),
            }
        }
        if matches!(last, Some(Ok(_))) {
            reinjector.pool.put(connection);
        }
        recipients
    }
}

/// Takes a reply to the content.
fn outcome(reply: Reply) -> Result<Reply, Failure> {
    match reply {
        reply if reply.code() == 421 => Err(Failure::Session(reply)),
        reply if reply.is_final() => Ok(reply),
        _ => Err(Failure::Garbage),
    }
}

/// Sends content to its end.
async fn write(
    connection: &mut Connection,
    next_hop: &NextHop,
    content: impl Content,
    deadline: Instant,
) -> Result<(), WriteError> {
    if Instant::now() >= deadline {
        return Err(WriteError::TooLate);
    }
    let written = async {
        let mut sink = Sink::new(connection, next_hop.data_block_timeout);
        content.write_to(&mut sink).await?;
        sink.finish().await
    };
    timeout_at(deadline, written).await.unwrap_or(Err(WriteError::TooLate))
}

/// Gives the reply for a mail that was not sent to its end: the next hop's where it said why, as long as it is no
/// success, which it could not have meant.
async fn unsent(mut connection: Connection, next_hop: &NextHop, error: &WriteError) -> Reply {
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    tracing::warn!(%next_hop, cause, "the mail was not sent to its end: {error}");
    if matches!(error, WriteError::Lost(_) | WriteError::BrokenOff)
        && let Ok(reply) = connection.reply(next_hop.command_timeout).await
        && (reply.is_transient() || reply.is_permanent())
        && reply.code() != 421
    {
        return reply;
    }
    error.reply()
}

impl WriteError {
    /// Gives the reply to a mail that was not sent to its end.
    fn reply(&self) -> Reply {
        match self {
            Self::Lost(_) => Reply::new(451, [4, 4, 2], "Connection to next hop lost"),
            Self::Timeout => Reply::new(451, [4, 4, 2], "Next hop took no more of the mail in time"),
            Self::BrokenOff => Reply::new(451, [4, 4, 2], "Next hop broke off before the end of the mail"),
            Self::TooLate => Reply::new(451, [4, 4, 2], "Next hop did not take the mail in time"),
            Self::BareLineBreak => Reply::new(550, [5, 6, 0], "The mail has a CR or LF outside a CRLF"),
            Self::Content(_) => Reply::local_error(),
        }
    }
}
