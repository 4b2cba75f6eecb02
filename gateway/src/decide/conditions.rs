//! Evaluates the conditions of one rule: met, not met, or not to be told.

use std::fmt;

use sealpost_common::address::Address;

use super::policy::{Conditions, HeaderCondition, SenderPattern, SubjectWord, fold, with_ascii_domain};
use crate::parse::{Authors, Field, HeaderSection};

/// What evaluating a condition gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is met.
    Met,
    /// It is not met.
    NotMet,
    /// It cannot be told, because the mail is malformed there.
    Unknown,
}

/// What conditions look at in a mail and its envelope sender.
pub(super) struct Facts<'a> {
    header: &'a HeaderSection<'a>,
    sender: &'a str,
    authors: Authors,
}

impl<'a> Facts<'a> {
    pub(super) fn new(header: &'a HeaderSection<'a>, sender: &'a str) -> Self {
        Self { header, sender, authors: header.authors() }
    }
}

/// A kind of condition and its verdict; printing it shows nothing of the mail.
#[derive(Clone, Copy)]
pub(super) struct Reason {
    kind: Kind,
    verdict: Verdict,
}

#[derive(Clone, Copy)]
enum Kind {
    RecipientDomain,
    Sender,
    SubjectWord,
    Header,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, met) = match self.kind {
            Kind::RecipientDomain => ("recipient domain", "is listed"),
            Kind::Sender => ("sender", "is listed"),
            Kind::SubjectWord => ("subject", "holds a listed word"),
            Kind::Header => ("header field", "is there as asked for"),
        };
        match self.verdict {
            Verdict::Met => write!(f, "{what} {met}"),
            Verdict::NotMet => write!(f, "not: {what} {met}"),
            Verdict::Unknown => write!(f, "{what} cannot be told, taken on the safe side"),
        }
    }
}

/// Evaluates the given kinds of conditions that look at the mail.
pub(super) fn on_mail(conditions: &Conditions, facts: &Facts<'_>) -> Vec<Reason> {
    let Conditions { recipient_domains: _, senders, subject_words, header } = conditions;
    let mut reasons = Vec::new();
    let mut push = |kind, verdict| reasons.push(Reason { kind, verdict });
    if !senders.is_empty() {
        push(Kind::Sender, sender(senders, facts));
    }
    if !subject_words.is_empty() {
        push(Kind::SubjectWord, subject(subject_words, facts));
    }
    if let Some(condition) = header {
        push(Kind::Header, header_field(condition, facts));
    }
    reasons
}

/// Adds the condition that looks at the recipient; `None` is one whose address cannot be read.
pub(super) fn with_recipient(
    conditions: &Conditions,
    on_mail: &[Reason],
    recipient: Option<&Address>,
) -> Vec<Reason> {
    let domains = &conditions.recipient_domains;
    let verdict = match recipient {
        Some(address) => met_if(domains.iter().any(|pattern| pattern.matches(address.domain()))),
        None => Verdict::Unknown,
    };
    let on_recipient = (!domains.is_empty()).then_some(Reason { kind: Kind::RecipientDomain, verdict });
    on_recipient.into_iter().chain(on_mail.iter().copied()).collect()
}

/// Met when every one is met. No conditions at all are met.
pub(super) fn all(reasons: &[Reason]) -> Verdict {
    let has = |verdict| reasons.iter().any(|reason| reason.verdict == verdict);
    if has(Verdict::NotMet) {
        Verdict::NotMet
    } else if has(Verdict::Unknown) {
        Verdict::Unknown
    } else {
        Verdict::Met
    }
}

/// Met when one is met. No conditions at all are not met.
pub(super) fn any(reasons: &[Reason]) -> Verdict {
    one_of(reasons.iter().map(|reason| reason.verdict))
}

/// Met when one is met, else unknown when one is unknown.
fn one_of(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let mut result = Verdict::NotMet;
    for verdict in verdicts {
        match verdict {
            Verdict::Met => return Verdict::Met,
            Verdict::Unknown => result = Verdict::Unknown,
            Verdict::NotMet => {}
        }
    }
    result
}

fn sender(patterns: &[SenderPattern], facts: &Facts<'_>) -> Verdict {
    let listed = |address: Address| match with_ascii_domain(address) {
        Some(address) => met_if(patterns.iter().any(|pattern| pattern.matches(&address))),
        None => Verdict::Unknown,
    };
    let envelope_sender = match (facts.sender, Address::parse(facts.sender)) {
        ("", _) => Verdict::NotMet,
        (_, Ok(address)) => listed(address),
        (_, Err(_)) => Verdict::Unknown,
    };
    let author = match &facts.authors {
        Authors::One(author) => listed(author.address.clone()),
        // Which of them wrote the mail cannot be told.
        Authors::Several(authors)
            if authors.iter().any(|author| listed(author.address.clone()) != Verdict::NotMet) =>
        {
            Verdict::Unknown
        }
        Authors::Unreadable => Verdict::Unknown,
        Authors::Several(_) | Authors::None => unknown_if(facts.header.is_defective()),
    };
    one_of([envelope_sender, author].into_iter())
}

fn subject(words: &[SubjectWord], facts: &Facts<'_>) -> Verdict {
    let stands_in = |field: &Field<'_>| {
        let subject = field.text();
        let folded = fold(subject.as_str());
        if words.iter().any(|word| word.stands_in(&folded)) {
            Verdict::Met
        } else {
            unknown_if(!subject.is_exact())
        }
    };
    let found = facts.header.named("Subject").map(stands_in);
    one_of(found.chain([unknown_if(facts.header.is_defective())]))
}

fn header_field(condition: &HeaderCondition, facts: &Facts<'_>) -> Verdict {
    let matches = |field: &Field<'_>| {
        let Some(wanted) = &condition.value else { return Verdict::Met };
        let value = field.text();
        if fold(value.as_str()).contains(wanted) { Verdict::Met } else { unknown_if(!value.is_exact()) }
    };
    let found = facts.header.named(&condition.name).map(matches);
    one_of(found.chain([unknown_if(facts.header.is_defective())]))
}

fn met_if(met: bool) -> Verdict {
    if met { Verdict::Met } else { Verdict::NotMet }
}

fn unknown_if(unknown: bool) -> Verdict {
    if unknown { Verdict::Unknown } else { Verdict::NotMet }
}
