//! Writes the one log line of a mail: what an operator needs to trace it, and nothing of its content.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use tracing::{info, warn};

use crate::{
    decide::Decision,
    plan::Plan,
    receive::{Received, Replies},
    reply::Reply,
};

/// Recipients that are named in one line; of the others their number is given.
const MAX_NAMED: usize = 100;

/// Characters of a Message-ID that are logged; it may be as long as a header section.
const MAX_MESSAGE_ID: usize = 250;

/// The log line of one mail while it is being carried.
pub(crate) struct MailLog {
    queue_id: String,
    sender: String,
    recipients: Vec<String>,
    message_id: String,
    decisions: Vec<Decision>,
    size_in: usize,
    size_out: usize,
}

impl MailLog {
    /// Starts the line with what the client said.
    pub(crate) fn new(mail: &Received) -> Self {
        Self {
            queue_id: mail.client.ident().unwrap_or("-").to_owned(),
            sender: mail.sender.raw.clone(),
            recipients: mail.recipients.iter().map(|path| path.raw.clone()).collect(),
            message_id: String::new(),
            decisions: Vec::new(),
            size_in: mail.mail.len(),
            size_out: 0,
        }
    }

    /// Adds what was decided and made.
    pub(crate) fn planned(&mut self, plan: &Plan) {
        self.message_id = plan.message_id.chars().take(MAX_MESSAGE_ID).collect();
        self.decisions.clone_from(&plan.decisions);
        self.size_out = plan.groups.iter().map(|group| group.outgoing.len()).sum();
    }

    /// Writes the line.
    pub(crate) fn finish(self, replies: &Replies, duration: Duration) {
        let outcome = self.outcome(replies);
        let (queue_id, sender, message_id) = (self.queue_id, self.sender, self.message_id);
        let (size_in, size_out) = (self.size_in, self.size_out);
        let recipients = named(&self.recipients);
        let milliseconds = duration.as_millis();
        let delivered = match replies {
            Replies::One(reply) => reply.is_success(),
            Replies::PerRecipient(replies) => replies.iter().all(Reply::is_success),
        };
        // Strings go out quoted (`?`), so that no address can add a line or a field.
        if delivered {
            info!(
                ?queue_id,
                ?message_id,
                ?sender,
                ?recipients,
                ?outcome,
                size_in,
                size_out,
                milliseconds,
                "mail"
            );
        } else {
            warn!(
                ?queue_id,
                ?message_id,
                ?sender,
                ?recipients,
                ?outcome,
                size_in,
                size_out,
                milliseconds,
                "mail"
            );
        }
    }

    /// Gives, for each decision and reply, how many recipients it was for: `seal by "law firm" for 2: 250 2.0.0 Ok`.
    fn outcome(&self, replies: &Replies) -> String {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for place in 0..self.recipients.len() {
            let decided = match self.decisions.get(place) {
                Some(decision) => format!("{} by {:?}", decision.action(), decision.rule),
                None => "undecided".to_owned(),
            };
            let reply = match replies {
                Replies::One(reply) => Some(reply),
                Replies::PerRecipient(replies) => replies.get(place),
            };
            *counts
                .entry(format!("{decided}: {}", reply.map(Reply::to_string).unwrap_or_default()))
                .or_default() += 1;
        }
        let mut outcome = String::new();
        for (text, count) in counts {
            let separator = if outcome.is_empty() { "" } else { "; " };
            write!(outcome, "{separator}{count} {text}").expect("a String takes everything");
        }
        outcome
    }
}

fn named(recipients: &[String]) -> String {
    let mut list = recipients.iter().take(MAX_NAMED).map(String::as_str).collect::<Vec<_>>().join(",");
    if let Some(more) = recipients.len().checked_sub(MAX_NAMED).filter(|more| *more > 0) {
        write!(list, " and {more} more").expect("a String takes everything");
    }
    list
}
