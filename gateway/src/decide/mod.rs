//! Decides by policy what happens to a mail: pass, seal or reject, for each recipient by himself.
//!
//! A pure function from mail, envelope and policy; it reads no file, no clock and no network. A condition that cannot be
//! evaluated (a broken header section, an unknown charset) is taken on the safe side: it counts as met for rules
//! that seal or reject, as not met for rules that pass, and an exception counts the other way round.

mod conditions;
mod policy;

pub use conditions::Verdict;
pub use policy::{
    Action, Conditions, HeaderCondition, Policy, Rule, SenderPattern, SubjectWord, ascii_domain, fold,
    with_ascii_domain,
};

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

/// The name under which the list of internal domains decides.
pub const INTERNAL_DOMAINS: &str = "internal_domains";
/// The name under which the policy's default decides.
pub const DEFAULT: &str = "default";

/// Decides for each recipient: internal domains first, then the first rule that applies, then the default.
///
/// `sender` is the envelope sender, empty for the null sender.
#[must_use]
pub fn decide(
    policy: &Policy,
    header: &HeaderSection<'_>,
    sender: &str,
    recipients: &[&str],
) -> Vec<Decision> {
    let facts = conditions::Facts::new(header, sender);
    let rules: Vec<_> = policy.rules.iter().map(|rule| RuleOnMail::new(rule, &facts)).collect();
    recipients.iter().map(|recipient| decide_for(policy, &rules, recipient)).collect()
}

fn decide_for(policy: &Policy, rules: &[RuleOnMail<'_>], recipient: &str) -> Decision {
    let recipient = Address::parse(recipient).ok().and_then(with_ascii_domain);
    if recipient.as_ref().is_some_and(|address| policy.is_internal(address)) {
        let why = "recipient domain is internal".to_owned();
        return Decision { action: Action::Pass, rule: INTERNAL_DOMAINS.to_owned(), why };
    }
    for RuleOnMail { rule, when, unless } in rules {
        let when = conditions::with_recipient(&rule.when, when, recipient.as_ref());
        let unless = conditions::with_recipient(&rule.unless, unless, recipient.as_ref());
        if applies(rule.action, &when, &unless) {
            return Decision { action: rule.action, rule: rule.name.clone(), why: explain(&when) };
        }
    }
    Decision { action: policy.default, rule: DEFAULT.to_owned(), why: "no rule applies".to_owned() }
}

/// A rule with what the mail itself says about it, found out once for all recipients.
struct RuleOnMail<'p> {
    rule: &'p Rule,
    when: Vec<Reason>,
    unless: Vec<Reason>,
}

impl<'p> RuleOnMail<'p> {
    fn new(rule: &'p Rule, facts: &conditions::Facts<'_>) -> Self {
        let (when, unless) =
            (conditions::on_mail(&rule.when, facts), conditions::on_mail(&rule.unless, facts));
        Self { rule, when, unless }
    }
}

/// Says whether a rule with this action applies.
fn applies(action: Action, when: &[Reason], unless: &[Reason]) -> bool {
    let (when, unless) = (conditions::all(when), conditions::any(unless));
    match action {
        Action::Seal | Action::Reject => when != Verdict::NotMet && unless != Verdict::Met,
        Action::Pass => when == Verdict::Met && unless == Verdict::NotMet,
    }
}

fn explain(reasons: &[Reason]) -> String {
    if reasons.is_empty() {
        return "the rule has no conditions".to_owned();
    }
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
