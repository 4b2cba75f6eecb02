//! Decides by policy what happens to a mail: pass, seal or reject, for each recipient by himself.
//!
//! A pure function from mail, envelope and policy; it reads no file, no clock and no network. A condition that cannot be
//! evaluated (a broken header section, an unknown charset) is taken on the safe side: it counts as met for rules
//! that seal or reject, as not met for rules that pass, and an exception counts the other way round.

mod conditions;
mod policy;

pub use conditions::Verdict;
pub use policy::{Action, Conditions, HeaderCondition, Policy, Rule, SenderPattern, SubjectWord, fold};

use conditions::Reason;
use sealpost_common::address::Address;

use crate::parse::HeaderSection;

/// What to do with the mail for one recipient, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Pass, seal or reject.
    pub action: Action,
    /// The name of the rule that decided, or `internal_domains` or `default`.
    pub rule: String,
    /// The conditions that made the rule apply, without anything of the mail's content.
    pub why: String,
}

/// What policy looks at besides the mail's header section.
#[derive(Clone, Copy)]
pub struct Envelope<'a> {
    /// The envelope sender as given in MAIL FROM; empty for the null sender.
    pub sender: &'a str,
    /// The envelope recipient as given in RCPT TO.
    pub recipient: &'a str,
}

/// The name under which the list of internal domains decides.
pub const INTERNAL_DOMAINS: &str = "internal_domains";
/// The name under which the policy's default decides.
pub const DEFAULT: &str = "default";

/// Decides for one recipient: internal domains first, then the first rule that applies, then the default.
#[must_use]
pub fn decide(policy: &Policy, header: &HeaderSection<'_>, envelope: Envelope<'_>) -> Decision {
    let recipient = Address::parse(envelope.recipient).ok();
    if recipient.as_ref().is_some_and(|address| policy.is_internal(address)) {
        let why = "recipient domain is internal".to_owned();
        return Decision { action: Action::Pass, rule: INTERNAL_DOMAINS.to_owned(), why };
    }
    let facts = conditions::Facts { header, sender: envelope.sender, recipient };
    for rule in &policy.rules {
        if let Some(why) = applies(rule, &facts) {
            return Decision { action: rule.action, rule: rule.name.clone(), why };
        }
    }
    Decision { action: policy.default, rule: DEFAULT.to_owned(), why: "no rule applies".to_owned() }
}

/// Says why the rule applies, or `None` when it does not.
fn applies(rule: &Rule, facts: &conditions::Facts<'_>) -> Option<String> {
    let (when, reasons) = conditions::all(&rule.when, facts);
    let (unless, _) = conditions::any(&rule.unless, facts);
    let met = match rule.action {
        Action::Seal | Action::Reject => when != Verdict::NotMet && unless != Verdict::Met,
        Action::Pass => when == Verdict::Met && unless == Verdict::NotMet,
    };
    met.then(|| explain(&reasons))
}

fn explain(reasons: &[Reason]) -> String {
    if reasons.is_empty() {
        return "the rule has no conditions".to_owned();
    }
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
