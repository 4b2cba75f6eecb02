//! Explains a decision: for each rule whether it is met, and by which entries of its conditions. Nothing of the mail is shown.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    Condition, Decision, Judge, Mode, Policy, Question, Rule, SealTemplate, TlsAnswer, Treatment, Verdict,
    Walk, all_of, conditions::Recipient, met_by, one_of, verdict_on,
};

/// A decision and how it came about.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The decision, just as without explanation.
    pub decision: Decision,
    /// Every enabled rule in its order.
    pub rules: Vec<RuleTrace>,
}

/// What came out for one rule.
#[derive(Debug, Clone)]
pub struct RuleTrace {
    /// Its name.
    pub rule: String,
    /// Whether it acts or is only logged.
    pub mode: Mode,
    /// What became of it.
    pub outcome: Outcome,
    /// What came out for each of its conditions.
    pub when: Vec<ConditionTrace>,
    /// What came out for each of its exceptions.
    pub unless: Vec<ConditionTrace>,
}

/// What came out for one condition.
#[derive(Debug, Clone)]
pub struct ConditionTrace {
    /// Its key in `policy.toml`.
    pub key: &'static str,
    /// Whether it is met.
    pub verdict: Verdict,
    /// The first of its entries that is met, as the policy has it, where there is more than one to choose from.
    pub by: Option<String>,
}

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is met, and does what it says.
    Met,
    /// It is not met.
    NotMet,
    /// It is not asked, as a rule before it ended the search; it would be met.
    NotReachedButMet,
    /// It is not asked, as a rule before it ended the search; it would not be met either.
    NotReached,
    /// It does not hold at this time.
    Inactive,
}

/// Decides as [`decide`](super::decide) does, and says how; for that it looks at every condition of every rule.
///
/// It is for questions of people, not for mails that are carried: what there is no memory for it takes as what cannot be told.
#[must_use]
pub fn explain(policy: &Policy, question: &Question<'_>) -> Vec<Explanation> {
    let judge = Judge::new(policy, question);
    question.recipients.iter().map(|recipient| judge.explain(&judge.recipient(recipient))).collect()
}

impl Judge<'_> {
    fn explain(&self, recipient: &Recipient) -> Explanation {
        let mut walk = Walk::default();
        let rules = self.policy.rules.iter().map(|rule| self.trace(rule, recipient, &mut walk)).collect();
        Explanation { rules, decision: self.finish(walk, recipient) }
    }

    fn trace<'p>(&self, rule: &'p Rule, recipient: &Recipient, walk: &mut Walk<'p>) -> RuleTrace {
        let traces = |conditions: &[Condition]| -> Vec<ConditionTrace> {
            conditions.iter().map(|condition| self.trace_condition(condition, recipient)).collect()
        };
        let (when, unless) = (traces(&rule.when), traces(&rule.unless));
        let of = |list: &[ConditionTrace]| list.iter().map(|trace| trace.verdict).collect::<Vec<_>>();
        let verdict = verdict_on(rule, all_of(of(&when)), one_of(of(&unless)));
        let is_met = verdict != Verdict::NotMet;
        let outcome = match (rule.active.holds(self.question.now), walk.is_over, is_met) {
            (false, _, _) => Outcome::Inactive,
            (true, true, true) => Outcome::NotReachedButMet,
            (true, true, false) => Outcome::NotReached,
            (true, false, true) => {
                walk.take(rule, verdict);
                Outcome::Met
            }
            (true, false, false) => Outcome::NotMet,
        };
        RuleTrace { rule: rule.name.to_string(), mode: rule.mode, outcome, when, unless }
    }

    fn trace_condition(&self, condition: &Condition, recipient: &Recipient) -> ConditionTrace {
        let verdict = condition.verdict(&self.facts, recipient);
        let entry = || met_by::entry(&condition.test, &self.facts, recipient);
        ConditionTrace { key: condition.key, verdict, by: (verdict == Verdict::Met).then(entry).flatten() }
    }
}

impl Explanation {
    /// Gives the explanation as JSON.
    #[must_use]
    pub fn to_json(&self, recipient: &str) -> Value {
        let Decision { treatment, rule, edits, notices, archive, audit, tls } = &self.decision;
        let rules: Vec<Value> = self.rules.iter().map(RuleTrace::to_json).collect();
        json!({
            "recipient": recipient,
            "action": treatment.action(),
            "rule": rule.as_ref(),
            "template": self.template().map(|template| &template.name),
            "tls_is_enough": matches!(tls, TlsAnswer::Enough),
            "asks_for_tls": matches!(tls, TlsAnswer::NotKnown(_)),
            "adds_fields": edits.add.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(),
            "removes_fields": edits.remove.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
            "changes_subject": edits.subject.is_some(),
            "tells_sender": !notices.is_empty(),
            "archive": archive.iter().map(|archive| archive.address.as_str()).collect::<Vec<_>>(),
            "audit": audit.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
            "rules": rules,
        })
    }

    /// Gives the explanation as lines for people.
    #[must_use]
    pub fn to_text(&self, recipient: &str) -> String {
        let Decision { treatment, rule, .. } = &self.decision;
        let mut text = format!("{recipient}: {} by {rule:?}", treatment.action());
        for more in self.consequences() {
            text.push_str("; ");
            text.push_str(&more);
        }
        text.push('\n');
        for rule in &self.rules {
            text.push_str(&rule.to_text());
        }
        text
    }

    fn template(&self) -> Option<&SealTemplate> {
        match &self.decision.treatment {
            Treatment::Seal(template) => Some(template),
            Treatment::Pass | Treatment::Reject(_) => None,
        }
    }

    /// Says what else the decision does.
    fn consequences(&self) -> Vec<String> {
        let Decision { edits, notices, archive, tls, .. } = &self.decision;
        let template = self.template().map(|template| format!("template {:?}", template.name));
        let tls = match tls {
            TlsAnswer::NotAsked => None,
            TlsAnswer::NotKnown(_) => Some("passed instead where verified TLS is enough".to_owned()),
            TlsAnswer::Enough => Some("verified TLS is enough".to_owned()),
        };
        let added = edits.add.iter().map(|field| format!("adds {}", field.name));
        let removed = edits.remove.iter().map(|name| format!("removes {name}"));
        let subject = edits.subject.as_ref().map(|_| "takes words out of the subject".to_owned());
        let archive = archive.iter().map(|archive| format!("copy to {}", archive.address));
        let notice = (!notices.is_empty()).then(|| "tells the sender".to_owned());
        template
            .into_iter()
            .chain(tls)
            .chain(added)
            .chain(removed)
            .chain(subject)
            .chain(archive)
            .chain(notice)
            .collect()
    }
}

impl RuleTrace {
    fn to_json(&self) -> Value {
        let condition = |trace: &ConditionTrace| json!({ "condition": trace.key, "verdict": trace.verdict, "by": trace.by });
        let conditions = |list: &[ConditionTrace]| -> Vec<Value> { list.iter().map(condition).collect() };
        json!({
            "rule": self.rule,
            "mode": self.mode,
            "outcome": self.outcome,
            "when": conditions(&self.when),
            "unless": conditions(&self.unless),
        })
    }

    fn to_text(&self) -> String {
        let outcome = match self.outcome {
            Outcome::Met => "met",
            Outcome::NotMet => "not met",
            Outcome::NotReachedButMet => "not reached, but met",
            Outcome::NotReached => "not reached",
            Outcome::Inactive => "not active now",
        };
        let audit = if self.mode == Mode::Audit { ", audit only" } else { "" };
        let mut text = format!("  rule {:?}: {outcome}{audit}\n", self.rule);
        for (word, list) in [("when", &self.when), ("unless", &self.unless)] {
            for ConditionTrace { key, verdict, by } in list {
                let by = by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
                let verdict = match verdict {
                    Verdict::Met => "met",
                    Verdict::NotMet => "not met",
                    Verdict::Unknown => "cannot be told, taken on the safe side",
                };
                writeln!(text, "    {word} {key}: {verdict}{by}").expect("a String takes everything");
            }
        }
        text
    }
}
