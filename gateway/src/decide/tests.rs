//! Decisions as tables: a policy, mails, what must come out.

mod actions;
mod conditions;
mod contents;
mod explanations;
mod in_doubt;
mod rules;
mod sample;

use super::*;
use crate::{config::policy_of, parse::HeaderSection, receive::Share};

const PLAIN: &str = "From: Alice <alice@example.org>\r\nSubject: Lunch\r\n\r\nbody";
const NOW: &str = "2026-11-22T12:00:00Z";

fn policy(text: &str) -> Policy {
    match policy_of(text) {
        Ok(policy) => policy,
        Err(error) => panic!("{error}\n{text}"),
    }
}

/// Asks about one recipient.
fn ask<T>(
    mail: &str,
    sender: &str,
    recipient: &str,
    tls: &[&str],
    answer: impl FnOnce(&Question<'_>) -> Vec<T>,
) -> T {
    let tls = tls.iter().map(|domain| (*domain).to_owned()).collect();
    let question = Question {
        mail: mail.as_bytes(),
        header: &HeaderSection::parse(mail.as_bytes()),
        sender,
        recipients: &[recipient],
        now: NOW.parse().unwrap(),
        tls: &tls,
        memory: &Share::default(),
    };
    answer(&question).remove(0)
}

/// Decides, and makes sure that the explanation comes to the same.
fn decided(policy: &Policy, mail: &str, sender: &str, recipient: &str) -> Decision {
    let decision = ask(mail, sender, recipient, &[], |question| decide(policy, question).unwrap());
    let explanation = ask(mail, sender, recipient, &[], |question| explain(policy, question));
    assert_eq!(explanation.decision, decision);
    decision
}

/// Gives the action and who decided.
fn action(policy: &Policy, mail: &str, sender: &str, recipient: &str) -> (Action, String) {
    let decision = decided(policy, mail, sender, recipient);
    (decision.action(), decision.rule.to_string())
}

const TO: &str = "bob@example.net";

/// Gives the verdict on one condition.
fn verdict(condition: &str, mail: &str, sender: &str, recipient: &str) -> Verdict {
    let text = format!(
        "internal_domains = [\"example.org\", \"*.example.org\"]\ndefault = \"pass\"\n[[rule]]\nname = \"r\"\n\
         action = \"seal\"\n[rule.when]\nrecipient_is = \"anywhere\"\n[rule.unless]\n{condition}\n"
    );
    let explanation = ask(mail, sender, recipient, &[], |question| explain(&policy(&text), question));
    explanation.rules[0].unless[0].verdict
}

const MET: Verdict = Verdict::Met;
const NOT: Verdict = Verdict::NotMet;
const UNKNOWN: Verdict = Verdict::Unknown;

/// A mail with this header section.
fn with(header: &str) -> String {
    format!("{header}\r\n\r\nbody")
}
