//! Keeps the account of one mail: writes its log line and counts it. What an operator needs to trace a mail, and nothing of
//! its content.
//!
//! Each step tells its facts by a method; the fields of the line stand in one place (`line!`). Text that other hosts chose
//! (addresses, replies) is freed of control and direction characters and shortened, and goes out as a quoted string, so that
//! none of it can add a line or a field.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    net::IpAddr,
    time::{Duration, Instant},
};

use sealpost_mime::is_invisible;
use tracing::{info, warn};

use crate::{
    decide::{Action, Decision},
    metrics::{self, Step},
    plan::Plan,
    receive::{Client, Path, Received, Replies, ReplyMode},
    reply::Reply,
};

/// Recipients that are named in one line; of the others their number is given.
const MAX_NAMED: usize = 100;

/// Characters of a Message-ID that are logged; it may be as long as a header section.
const MAX_MESSAGE_ID: usize = 250;

/// Characters of a reply's text that are logged; a filter behind the next hop may quote what it disliked.
const MAX_REPLY: usize = 200;

/// Writes the line at a level. Fields without a value are left out.
macro_rules! line {
    ($level:ident, $account:expr, $outcome:expr, $message:literal) => {{
        let account = $account;
        let milliseconds = |step: Step| account.took.get(&step).copied().map(whole_milliseconds);
        $level!(
            queue_id = account.queue_id,
            message_id = account.message_id,
            envelope_id = account.envelope_id,
            sender = account.sender,
            recipients = named(&account.recipients),
            outcome = $outcome,
            audit = account.audit,
            protocol = account.protocol,
            peer = %account.peer,
            client = account.client,
            size_in = account.size_in,
            size_out = account.size_out,
            receive_ms = milliseconds(Step::Receive),
            decide_ms = milliseconds(Step::Decide),
            seal_ms = milliseconds(Step::Seal),
            deliver_ms = milliseconds(Step::Deliver),
            total_ms = whole_milliseconds(account.began.elapsed()),
            $message
        );
    }};
}

/// The account of one mail while it is being carried.
pub(crate) struct MailLog {
    queue_id: Option<String>,
    message_id: Option<String>,
    envelope_id: Option<String>,
    sender: String,
    recipients: Vec<String>,
    decisions: Vec<Decision>,
    audit: Option<String>,
    protocol: &'static str,
    peer: IpAddr,
    client: Option<String>,
    size_in: Option<usize>,
    size_out: Option<usize>,
    took: BTreeMap<Step, Duration>,
    began: Instant,
    planned: Option<Instant>,
}

impl MailLog {
    /// Begins the account with what the client said.
    pub(crate) fn new(mail: &Received) -> Self {
        let mut account = Self::of(&mail.client, &mail.sender, &mail.recipients);
        account.size_in = Some(mail.mail.len());
        account.took.insert(Step::Receive, mail.receiving);
        account
    }

    fn of(client: &Client, sender: &Path, recipients: &[Path]) -> Self {
        Self {
            queue_id: client.ident().map(legible),
            message_id: None,
            envelope_id: None,
            sender: legible(&sender.raw),
            recipients: recipients.iter().map(|path| legible(&path.raw)).collect(),
            decisions: Vec::new(),
            audit: None,
            protocol: client.protocol,
            peer: client.ip,
            client: client.attribute("ADDR").map(legible),
            size_in: None,
            size_out: None,
            took: BTreeMap::new(),
            began: Instant::now(),
            planned: None,
        }
    }

    /// Adds what was decided and made.
    pub(crate) fn planned(&mut self, plan: &Plan) {
        self.message_id = Some(bounded(&plan.message_id, MAX_MESSAGE_ID));
        self.envelope_id = plan.envelope_ids().reduce(|all, id| format!("{all},{id}"));
        self.decisions.clone_from(&plan.decisions);
        self.audit = audited(&plan.decisions);
        self.size_out = Some(plan.groups.iter().map(|group| group.outgoing.len()).sum());
        self.took.insert(Step::Decide, plan.took.decide);
        if let Some(seal) = plan.took.seal {
            self.took.insert(Step::Seal, seal);
        }
        self.planned = Some(Instant::now());
    }

    /// Ends the account of a mail that was taken in: writes the line, and counts the mail.
    pub(crate) fn finish(mut self, replies: &Replies, mode: ReplyMode) {
        if let Some(planned) = self.planned {
            self.took.insert(Step::Deliver, planned.elapsed());
        }
        let replies: Vec<&Reply> = (0..self.recipients.len()).filter_map(|at| reply(replies, at)).collect();
        let outcome = self.outcome(&replies);
        if replies.iter().all(|reply| reply.is_success()) {
            line!(info, &self, outcome, "mail");
        } else {
            line!(warn, &self, outcome, "mail");
        }
        self.count(&replies, mode);
    }

    fn count(&self, replies: &[&Reply], mode: ReplyMode) {
        metrics::mail(service(self.protocol), self.decisions.iter().map(word), self.size_in, self.size_out);
        for decision in &self.decisions {
            metrics::recipient(word(decision), &decision.rule);
        }
        let given = if mode == ReplyMode::One { replies.get(..1).unwrap_or_default() } else { replies };
        for reply in given {
            metrics::reply(service(self.protocol), reply.code());
        }
        for (step, took) in &self.took {
            metrics::step(*step, *took);
        }
    }

    /// Gives, for each decision and reply, how many recipients it was for: `2 seal by "law firm": 250 2.0.0 Ok`.
    fn outcome(&self, replies: &[&Reply]) -> String {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (place, reply) in replies.iter().enumerate() {
            let decided = match self.decisions.get(place) {
                Some(decision) => format!("{} by {:?}", decision.action(), decision.rule),
                None => "undecided".to_owned(),
            };
            *counts.entry(format!("{decided}: {}", in_short(reply))).or_default() += 1;
        }
        let mut outcome = String::new();
        for (text, count) in counts {
            let separator = if outcome.is_empty() { "" } else { "; " };
            write!(outcome, "{separator}{count} {text}").expect("a String takes everything");
        }
        outcome
    }
}

/// What was refused of a transaction before a mail was taken in.
pub(crate) struct Refused<'a> {
    /// The first command that was refused.
    pub(crate) line: &'a str,
    /// The reply to it.
    pub(crate) reply: &'a Reply,
    /// How many more were.
    pub(crate) more: usize,
}

/// Writes the line of a transaction of which something was refused before a mail was taken in; the recipients are those
/// that were accepted until then.
pub(crate) fn refused(client: &Client, sender: &Path, recipients: &[Path], refused: &Refused<'_>) {
    let Refused { line, reply, more } = *refused;
    let account = MailLog::of(client, sender, recipients);
    let mut outcome = format!("{}: {}", bounded(line, MAX_REPLY), in_short(reply));
    if more > 0 {
        write!(outcome, " (and {more} more commands)").expect("a String takes everything");
    }
    line!(warn, &account, outcome, "refused");
    metrics::refused(service(account.protocol), reply.code());
}

/// Names the protocol of a `Received` field as the metrics do.
fn service(protocol: &str) -> &'static str {
    if protocol.contains("LMTP") {
        "lmtp"
    } else if protocol.contains("SMTP") {
        "smtp"
    } else {
        "milter"
    }
}

/// Names what was decided, as the metrics do.
fn word(decision: &Decision) -> &'static str {
    match decision.action() {
        Action::Pass => "pass",
        Action::Seal => "seal",
        Action::Reject => "reject",
    }
}

/// Names the rules in audit mode that were met for any recipient.
fn audited(decisions: &[Decision]) -> Option<String> {
    let names: BTreeSet<&str> =
        decisions.iter().flat_map(|decision| &decision.audit).map(AsRef::as_ref).collect();
    (!names.is_empty())
        .then(|| names.into_iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(","))
}

fn reply(replies: &Replies, place: usize) -> Option<&Reply> {
    match replies {
        Replies::One(reply) => Some(reply),
        Replies::PerRecipient(replies) => replies.get(place),
    }
}

/// Gives a reply as the log has it: codes, and the start of the text.
fn in_short(reply: &Reply) -> String {
    bounded(&reply.to_string(), MAX_REPLY)
}

fn named(recipients: &[String]) -> String {
    let mut list = recipients.iter().take(MAX_NAMED).map(String::as_str).collect::<Vec<_>>().join(",");
    if let Some(more) = recipients.len().checked_sub(MAX_NAMED).filter(|more| *more > 0) {
        write!(list, " and {more} more").expect("a String takes everything");
    }
    list
}

/// Makes a text of another host fit for the log.
fn legible(text: &str) -> String {
    text.chars().map(|c| if is_plain(c) { c } else { '?' }).collect()
}

fn bounded(text: &str, most: usize) -> String {
    let mut short = legible(&text.chars().take(most).collect::<String>());
    if text.chars().nth(most).is_some() {
        short.push('…');
    }
    short
}

/// Says whether a character shows itself and nothing else: control characters, line separators and what turns the
/// direction of the text (Unicode's `Bidi_Control`) do not, nor does what has no width.
fn is_plain(c: char) -> bool {
    !c.is_control() && !is_invisible(c) && !matches!(c, '\u{2028}' | '\u{2029}')
}

fn whole_milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_other_hosts_are_tamed() {
        let reply = Reply::plain(550, "no\x1b[2J \u{202e}drow\u{2028} \u{feff}x");
        assert_eq!(in_short(&reply), "550 no?[2J ?drow? ?x");
        let long = in_short(&Reply::new(554, [5, 7, 1], "x".repeat(5000)));
        assert!(long.starts_with("554 5.7.1 xxx") && long.chars().count() == MAX_REPLY + 1);
        let several = in_short(&Reply::plain(550, "one\ntwo"));
        assert_eq!(several, "550 one two");
    }

    #[test]
    fn many_recipients_become_a_number() {
        let recipients = vec!["a@b.example".to_owned(); MAX_NAMED + 2];
        assert!(named(&recipients).ends_with("a@b.example and 2 more"));
        assert_eq!(named(&recipients[..2]), "a@b.example,a@b.example");
    }
}
