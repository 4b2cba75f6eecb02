//! Remembers what was refused of a transaction, so that the log has a line for it even if no mail ever came.

use super::session::Transaction;
use super::{Client, Path};
use crate::mail_log;
use crate::reply::Reply;

/// Verbs whose refusal somebody may have to explain: without them no mail gets through.
const VERBS: [&str; 3] = ["MAIL", "RCPT", "DATA"];

/// The refused commands of one transaction.
#[derive(Default)]
pub(super) struct Refusals {
    first: Option<(String, Reply)>,
    more: usize,
}

impl Refusals {
    /// Notes a reply to a command line, if it refuses a part of a transaction.
    pub(super) fn note(&mut self, line: &str, reply: &Reply) {
        let is_part =
            line.get(..4).is_some_and(|verb| VERBS.iter().any(|own| own.eq_ignore_ascii_case(verb)));
        if !is_part || !(reply.is_transient() || reply.is_permanent()) {
            return;
        }
        match self.first {
            None => self.first = Some((line.to_owned(), reply.clone())),
            Some(_) => self.more += 1,
        }
    }

    /// Writes the line at the end of the transaction, if anything was refused.
    pub(super) fn tell(self, client: impl FnOnce() -> Client, transaction: Option<&Transaction>) {
        let Self { first, more } = self;
        let Some((line, reply)) = first else { return };
        let null = Path { raw: String::new(), params: Vec::new() };
        let (sender, recipients) = match transaction {
            Some(transaction) => (&transaction.sender, transaction.recipients.as_slice()),
            None => (&null, &[][..]),
        };
        mail_log::refused(
            &client(),
            sender,
            recipients,
            &mail_log::Refused { line: &line, reply: &reply, more },
        );
    }
}
