//! Decides by policy what happens to a mail: pass, seal or reject, for each recipient by himself.
//!
//! A pure function from mail, envelope, time and policy; it reads no file, no clock and no network. A condition that cannot be
//! told (a broken header section, an unknown charset, an encrypted attachment) is taken on the safe side: it counts as met
//! for rules that seal, reject or archive, as not met for the others, and an exception counts the other way round.
//!
//! Each condition looks only when it is reached, and once for all recipients; a mail's content is taken apart only for a
//! rule whose other conditions are met, and none of whose other exceptions is.

mod addresses;
mod conditions;
mod contents;
mod edits;
mod explain;
mod facts;
mod headers;
mod met_by;
mod policy;
mod template;
mod words;

use std::{cell::OnceCell, cell::RefCell, sync::Arc};

pub use addresses::{AddressList, AddressPattern, DomainList, ascii_domain, with_ascii_domain};
pub use conditions::{
    AttachmentTest, Condition, Cost, DataTest, HeaderTest, Importance, Sensitivity, Side, Test, ValueTest,
    Verdict, Whose,
};
pub use edits::{EditedMail, Edits, NewField};
pub use explain::{ConditionTrace, Explanation, Outcome, RuleTrace, explain};
pub use facts::{Question, VerifiedTls};
pub use policy::{Action, Active, Archive, Mode, Policy, Rejection, Rule, RuleEdits, Tls, Treatment};
pub use template::{Chosen, DEFAULT_TEMPLATE, SealTemplate, SenderOptions, without_forwarding};
pub use words::{TextPatterns, fold};
pub(crate) use words::{has_borders, is_tag};

use conditions::{Recipient, all_of, one_of};
use facts::Facts;
use regex::Regex;
use sealpost_common::{address::Address, answer::SEAL_FIELD};

use crate::content::NoRoom;

/// The name under which the list of internal domains decides.
pub const INTERNAL_DOMAINS: &str = "internal_domains";
/// The name under which the policy's default decides.
pub const DEFAULT: &str = "default";
/// The name under which the mail's own wish to be sealed decides.
pub const ASKED_FOR: &str = "asked for by Sealpost-Seal";

/// What to do with the mail for one recipient, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Pass, seal or reject, with what that needs.
    pub treatment: Treatment,
    /// The name of the rule that decided, or `internal_domains` or `default`.
    pub rule: Arc<str>,
    /// What changes in the header section of what goes out.
    pub edits: Edits,
    /// What the sender is told once the recipient has the mail.
    pub notices: Vec<Arc<str>>,
    /// Who gets a copy.
    pub archive: Vec<Arc<Archive>>,
    /// The names of the rules in audit mode that are met.
    pub audit: Vec<Arc<str>>,
    /// Whether the way to the recipient matters.
    pub tls: TlsAnswer,
}

/// Whether the way to a recipient matters for the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsAnswer {
    /// No rule asks for it.
    NotAsked,
    /// The recipient is of this domain, ASCII and lower-case, which is not known to be reached over verified TLS only. If it
    /// were, he would get the mail as it is.
    NotKnown(String),
    /// The recipient gets the mail as it is because he is reached over verified TLS only.
    Enough,
}

impl Decision {
    /// Gives the action alone.
    #[must_use]
    pub fn action(&self) -> Action {
        self.treatment.action()
    }
}

/// Gives the domains of which it would matter to know that they are reached over verified TLS only, each once.
#[must_use]
pub fn domains_to_look_up(decisions: &[Decision]) -> Vec<String> {
    let mut domains: Vec<String> = decisions
        .iter()
        .filter_map(|decision| match &decision.tls {
            TlsAnswer::NotKnown(domain) => Some(domain.clone()),
            TlsAnswer::NotAsked | TlsAnswer::Enough => None,
        })
        .collect();
    domains.sort_unstable();
    domains.dedup();
    domains
}

/// Decides for each recipient: the first rule that is met and has an action, then the default, which is to pass for recipients
/// inside. A rule that is met only in doubt decides no more than that nothing less strict happens: the search goes on.
///
/// # Errors
/// When there is no memory now for what the mail holds. Then nothing is decided: it may be told later.
pub fn decide(policy: &Policy, question: &Question<'_>) -> Result<Vec<Decision>, NoRoom> {
    let judge = Judge::new(policy, question);
    let decisions =
        question.recipients.iter().map(|recipient| judge.decide(&judge.recipient(recipient))).collect();
    judge.facts.check_room()?;
    Ok(decisions)
}

/// Says whether an MTA may take the local part for a way to another address: to Postfix `bob%b.example@a.example`,
/// `b.example!bob@a.example` and `"bob@b.example"@a.example` are all `bob@b.example` where a.example is its own. So the domain
/// does not tell who gets the mail.
fn may_be_routed(address: &Address) -> bool {
    address.local().contains(['%', '!', '@'])
}

/// Judges one mail for all its recipients.
struct Judge<'a> {
    policy: &'a Policy,
    question: &'a Question<'a>,
    facts: Facts<'a>,
    chosen: OnceCell<Chosen>,
    /// The templates that were asked for, and what the sender's choice makes of them.
    templates: RefCell<Vec<(Arc<SealTemplate>, Arc<SealTemplate>)>>,
}

impl<'a> Judge<'a> {
    fn new(policy: &'a Policy, question: &'a Question<'a>) -> Self {
        let facts = Facts::new(question, policy.slots);
        Self { policy, question, facts, chosen: OnceCell::new(), templates: RefCell::default() }
    }

    fn recipient(&self, recipient: &str) -> Recipient {
        let address = Address::parse(recipient).ok().filter(|address| !may_be_routed(address));
        let address = address.and_then(with_ascii_domain);
        let is_inside = address.as_ref().is_some_and(|address| self.policy.is_internal(address));
        Recipient { address, is_inside }
    }

    fn decide(&self, recipient: &Recipient) -> Decision {
        let mut walk = Walk::default();
        for rule in &self.policy.rules {
            if walk.is_over {
                break;
            }
            if rule.active.holds(self.question.now) {
                walk.take(rule, self.verdict(rule, recipient));
            }
        }
        self.finish(walk, recipient)
    }

    /// Says whether the rule is met, and looks no further than is needed to say so.
    fn verdict(&self, rule: &Rule, recipient: &Recipient) -> Verdict {
        let (mut when, mut unless) = (Verdict::Met, Verdict::NotMet);
        // What hangs on the content comes last, behind the other exceptions too.
        for is_dear in [false, true] {
            let is_due = |condition: &&Condition| (condition.cost() == Cost::Content) == is_dear;
            let verdict = |condition: &Condition| condition.verdict(&self.facts, recipient);
            when = all_of([when].into_iter().chain(rule.when.iter().filter(is_due).map(verdict)));
            if verdict_on(rule, when, unless) == Verdict::NotMet {
                return Verdict::NotMet;
            }
            unless = one_of([unless].into_iter().chain(rule.unless.iter().filter(is_due).map(verdict)));
            if verdict_on(rule, when, unless) == Verdict::NotMet {
                return Verdict::NotMet;
            }
        }
        verdict_on(rule, when, unless)
    }

    /// Makes the decision of what the rules said.
    fn finish(&self, walk: Walk<'_>, recipient: &Recipient) -> Decision {
        let (treatment, rule, tls) = self.strictest(&walk, recipient);
        let asks_to_seal = self.question.header.named(SEAL_FIELD).next().is_some();
        let (treatment, rule, tls) = match treatment {
            Treatment::Pass if asks_to_seal && !recipient.is_inside => {
                (self.chosen_for(&self.policy.usual_seal()), ASKED_FOR.into(), TlsAnswer::NotAsked)
            }
            treatment => (treatment, rule, tls),
        };
        let options = matches!(treatment, Treatment::Seal(_)).then_some(&self.policy.sender_options.strip);
        let strips = walk.edits.iter().flat_map(|edits| &edits.strip).chain(options.into_iter().flatten());
        let asked = asks_to_seal.then(|| SEAL_FIELD.into());
        let edits = Edits {
            add: walk.edits.iter().flat_map(|edits| &edits.add).cloned().collect(),
            remove: walk.edits.iter().flat_map(|edits| edits.remove.clone()).chain(asked).collect(),
            subject: self.stripped_subject(strips),
        };
        let Walk { notices, archive, audit, .. } = walk;
        Decision { treatment, rule, edits, notices, archive, audit, tls }
    }

    /// Gives the strictest of what may have to happen, of equals the first. There is more than one thing only in doubt.
    fn strictest(&self, walk: &Walk<'_>, recipient: &Recipient) -> (Treatment, Arc<str>, TlsAnswer) {
        let without_rule = || {
            if recipient.is_inside {
                (Treatment::Pass, INTERNAL_DOMAINS.into(), TlsAnswer::NotAsked)
            } else {
                (self.chosen_for(&self.policy.default), DEFAULT.into(), TlsAnswer::NotAsked)
            }
        };
        let by_rules = walk.deciders.iter().map(|rule| self.treatment(rule, recipient));
        let all = by_rules.chain((!walk.is_decided).then(without_rule));
        all.reduce(|strictest, next| if next.0.action() > strictest.0.action() { next } else { strictest })
            .unwrap_or_else(without_rule)
    }

    /// Gives what a deciding rule does for this recipient.
    fn treatment(&self, rule: &Rule, recipient: &Recipient) -> (Treatment, Arc<str>, TlsAnswer) {
        let name = Arc::clone(&rule.name);
        let domain = recipient.address.as_ref().map(Address::domain).filter(|_| rule.tls == Tls::Enough);
        match (&rule.treatment, domain) {
            (Some(Treatment::Seal(_)), Some(domain)) if self.question.tls.has(domain) => {
                (Treatment::Pass, name, TlsAnswer::Enough)
            }
            (treatment, domain) => {
                let treatment = treatment.as_ref().unwrap_or(&self.policy.default);
                let tls = domain.map_or(TlsAnswer::NotAsked, |domain| TlsAnswer::NotKnown(domain.to_owned()));
                (self.chosen_for(treatment), name, tls)
            }
        }
    }

    /// Gives the treatment as the sender's choice changes it.
    fn chosen_for(&self, treatment: &Treatment) -> Treatment {
        let Treatment::Seal(template) = treatment else { return treatment.clone() };
        let options = &self.policy.sender_options;
        let chosen = *self.chosen.get_or_init(|| options.read(self.question.header));
        if chosen == Chosen::default() {
            return treatment.clone();
        }
        let mut known = self.templates.borrow_mut();
        if let Some((_, changed)) = known.iter().find(|(own, _)| Arc::ptr_eq(own, template)) {
            return Treatment::Seal(Arc::clone(changed));
        }
        let changed = options.apply(chosen, template).map_or_else(|| Arc::clone(template), Arc::new);
        known.push((Arc::clone(template), Arc::clone(&changed)));
        Treatment::Seal(changed)
    }

    /// Gives the subject without these, if that is a change and the subject is surely what the field says.
    fn stripped_subject<'r>(&self, strips: impl Iterator<Item = &'r Regex>) -> Option<Arc<str>> {
        let mut strips = strips.peekable();
        strips.peek()?;
        let subject = self.facts.subjects().first().filter(|subject| subject.is_exact())?;
        let whole = subject.readable().composed();
        let rest = strips.fold(whole.to_owned(), |text, strip| strip.replace_all(&text, " ").into_owned());
        let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_change = whole.split_whitespace().ne(rest.split_whitespace());
        is_change.then(|| rest.into())
    }
}

/// Says whether a rule is met whose conditions and exceptions came out like this: unknown is met in doubt.
fn verdict_on(rule: &Rule, when: Verdict, unless: Verdict) -> Verdict {
    match all_of([when, unless.opposite()]) {
        Verdict::Unknown if !rule.leans_to_met() => Verdict::NotMet,
        verdict => verdict,
    }
}

/// What the rules that are met say, in their order.
#[derive(Default)]
struct Walk<'p> {
    /// Those with an action, up to the first that is met for sure.
    deciders: Vec<&'p Rule>,
    /// The last of them is met for sure.
    is_decided: bool,
    edits: Vec<&'p RuleEdits>,
    notices: Vec<Arc<str>>,
    archive: Vec<Arc<Archive>>,
    audit: Vec<Arc<str>>,
    is_over: bool,
}

impl<'p> Walk<'p> {
    fn take(&mut self, rule: &'p Rule, verdict: Verdict) {
        if verdict == Verdict::NotMet {
            return;
        }
        if rule.mode == Mode::Audit {
            self.audit.push(Arc::clone(&rule.name));
            return;
        }
        let is_sure = verdict == Verdict::Met;
        if !self.is_decided && rule.treatment.is_some() {
            self.deciders.push(rule);
            self.is_decided = is_sure;
        }
        self.edits.push(&rule.edits);
        self.notices.extend(rule.tell_sender.clone());
        let archive = rule.archive.iter().filter(|archive| !self.archive.contains(archive));
        self.archive.extend(archive.cloned().collect::<Vec<_>>());
        // If it is not met after all, those behind it have their say.
        self.is_over = rule.stop && is_sure;
    }
}

#[cfg(test)]
mod tests;
