//! The policy as decisions need it: patterns compiled, templates resolved, disabled rules left out.

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use regex::Regex;
use sealpost_common::address::Address;

use super::{
    addresses::DomainList,
    conditions::{Condition, Cost, Test},
    edits::NewField,
    template::{SealTemplate, SenderOptions},
};
use crate::{content::Limits, reply::EnhancedCode};

/// What happens to a mail for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Hand the mail on, with no more than the header section changed.
    Pass,
    /// Seal the mail and hand on the carrier mail.
    Seal,
    /// Refuse the mail for good.
    Reject,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Seal => "seal",
            Self::Reject => "reject",
        })
    }
}

/// An action with what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Treatment {
    /// Hand the mail on.
    Pass,
    /// Seal the mail by this template.
    Seal(Arc<SealTemplate>),
    /// Refuse the mail with these words.
    Reject(Arc<Rejection>),
}

impl Treatment {
    /// Gives the action alone.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Self::Pass => Action::Pass,
            Self::Seal(_) => Action::Seal,
            Self::Reject(_) => Action::Reject,
        }
    }
}

/// How a mail is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejection {
    /// What the sender is told; `None` for the rule's name.
    pub text: Option<String>,
    /// The enhanced status code; `None` for 5.7.1.
    pub code: Option<EnhancedCode>,
}

/// An organisation's rules.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Recipients of these domains are inside.
    pub internal_domains: DomainList,
    /// The enabled rules in their order.
    pub rules: Vec<Rule>,
    /// What happens to recipients outside for whom no rule decides.
    pub default: Treatment,
    /// The template that `gateway.toml` gives.
    pub default_template: Arc<SealTemplate>,
    /// What senders may choose.
    pub sender_options: SenderOptions,
    /// How many conditions the rules have; their slots are below this number.
    pub slots: usize,
}

impl Policy {
    /// Says whether the address, its domain in the ASCII form, is of an internal domain.
    #[must_use]
    pub fn is_internal(&self, address: &Address) -> bool {
        self.internal_domains.holds(address.domain())
    }

    /// Gives the usual way to seal: the default's, or that of the settings where the default is not to seal.
    #[must_use]
    pub fn usual_seal(&self) -> Treatment {
        Treatment::Seal(Arc::clone(self.usual_template()))
    }

    fn usual_template(&self) -> &Arc<SealTemplate> {
        match &self.default {
            Treatment::Seal(template) => template,
            Treatment::Pass | Treatment::Reject(_) => &self.default_template,
        }
    }

    /// Gives the bytes of memory that looking into the texts of one mail may take: none if no rule does.
    #[must_use]
    pub fn memory_for_texts(&self) -> usize {
        let reads = |condition: &Condition| match &condition.test {
            Test::Text(..) | Test::Data(_) => true,
            Test::Attachment(tests) => tests.iter().any(|test| test.readable.is_some()),
            _ => false,
        };
        let reads_some = self.rules.iter().any(|rule| rule.when.iter().chain(&rule.unless).any(reads));
        if reads_some { Limits::default().memory } else { 0 }
    }

    /// Says whether a decision may need more of a mail than its header section: for a condition, or to know whether the sender
    /// may be told anything.
    #[must_use]
    pub fn looks_inside(&self) -> bool {
        let is_dear = |condition: &Condition| condition.cost() == Cost::Content;
        let looks =
            |rule: &Rule| rule.tell_sender.is_some() || rule.when.iter().chain(&rule.unless).any(is_dear);
        self.rules.iter().any(looks)
    }

    /// Counts the sealed forms that one mail can have at once: one for each template, for each rule that seals and changes header
    /// fields, and for each archive whose copy is sealed. At least one, as a mail may ask to be sealed.
    #[must_use]
    pub fn most_sealed_forms(&self) -> usize {
        let acting = || self.rules.iter().filter(|rule| rule.mode == Mode::Enforce);
        let sealing = acting().filter_map(|rule| match &rule.treatment {
            Some(Treatment::Seal(template)) => Some((rule, template)),
            _ => None,
        });
        let (own, shared): (Vec<_>, Vec<_>) = sealing.partition(|(rule, _)| !rule.edits.is_empty());
        let templates = shared.into_iter().map(|(_, template)| template).chain([self.usual_template()]);
        let archives = acting().filter_map(|rule| rule.archive.as_ref());
        let archives = archives.filter(|archive| archive.sealed.is_some());
        own.len() + count_distinct(templates) + count_distinct(archives)
    }

    /// Says whether some rule seals only where the way is not surely encrypted.
    #[must_use]
    pub fn asks_for_tls(&self) -> bool {
        self.rules.iter().any(|rule| rule.mode == Mode::Enforce && rule.tls == Tls::Enough)
    }
}

fn count_distinct<T: PartialEq>(items: impl IntoIterator<Item = T>) -> usize {
    let mut distinct: Vec<T> = Vec::new();
    for item in items {
        if !distinct.contains(&item) {
            distinct.push(item);
        }
    }
    distinct.len()
}

/// One rule: what to do, when, and when not.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The name that logs and replies give.
    pub name: Arc<str>,
    /// Whether it acts or is only logged.
    pub mode: Mode,
    /// When it holds.
    pub active: Active,
    /// Whether the rules behind it are left out when it is met.
    pub stop: bool,
    /// The rule is met when all of these are.
    pub when: Vec<Condition>,
    /// The rule is not met when any of these is.
    pub unless: Vec<Condition>,
    /// What happens to the mail; `None` for a rule that leaves that to others.
    pub treatment: Option<Treatment>,
    /// Whether an encrypted way to the recipient makes sealing needless.
    pub tls: Tls,
    /// What changes in the header section.
    pub edits: RuleEdits,
    /// What the sender is told in a mail of its own.
    pub tell_sender: Option<Arc<str>>,
    /// Who else gets a copy.
    pub archive: Option<Arc<Archive>>,
}

impl Rule {
    /// Says whether a condition that cannot be told counts as met: then the mail is sealed, refused or archived rather than not.
    #[must_use]
    pub fn leans_to_met(&self) -> bool {
        match &self.treatment {
            Some(treatment) => treatment.action() != Action::Pass,
            None => self.archive.is_some(),
        }
    }
}

/// Whether a rule acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It acts.
    #[default]
    Enforce,
    /// It is logged and explained, and changes nothing.
    Audit,
}

/// Whether an encrypted way to the recipient makes sealing needless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Mails are sealed whatever the way.
    #[default]
    Ignored,
    /// Recipients who are reached over verified TLS only get the mail as it is.
    Enough,
}

/// From when until when a rule holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Active {
    /// The first moment; `None` for always.
    pub from: Option<Timestamp>,
    /// The first moment when it no longer holds; `None` for never.
    pub until: Option<Timestamp>,
}

impl Active {
    /// Says whether the rule holds now.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

/// What a rule changes in the header section.
#[derive(Debug, Clone, Default)]
pub struct RuleEdits {
    /// Fields that are added.
    pub add: Vec<Arc<NewField>>,
    /// Names of fields that are left out.
    pub remove: Vec<Arc<str>>,
    /// What is taken out of the subject.
    pub strip: Vec<Regex>,
}

impl RuleEdits {
    /// Says whether nothing changes.
    fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty() && self.strip.is_empty()
    }
}

/// Who gets a copy besides the recipients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The address.
    pub address: Address,
    /// The template to seal the copy by; `None` for a copy in clear, which only an internal address can have.
    pub sealed: Option<Arc<SealTemplate>>,
}
