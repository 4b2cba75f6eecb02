//! `[policy]` and the policy file that it names.

use std::{collections::HashSet, path::PathBuf};

use sealpost_common::address::{Address, DomainPattern};
use serde::Deserialize;
use toml::Spanned;

use super::{
    carrier::one_line,
    source::{Cause, ConfigErrors, Source},
};
use crate::decide::{
    Action, Conditions, DEFAULT, HeaderCondition, INTERNAL_DOMAINS, Policy, Rule, SenderPattern, SubjectWord,
    ascii_domain, fold, with_ascii_domain,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Section {
    file: Spanned<PathBuf>,
}

impl Default for Section {
    fn default() -> Self {
        Self { file: Spanned::new(0..0, "policy.toml".into()) }
    }
}

impl Section {
    pub(super) fn resolve(self, source: &mut Source) -> Option<Policy> {
        let path = source.resolve(self.file.get_ref());
        let policy = Source::read(&path).and_then(load);
        policy.map_err(|errors| source.note_all(errors)).ok()
    }
}

/// Reads a policy from its file.
fn load(mut source: Source) -> Result<Policy, ConfigErrors> {
    let file: PolicyFile = source.parse()?;
    let policy = file.resolve(&mut source);
    source.finish(Some(policy))
}

/// `policy.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyFile {
    #[serde(default)]
    internal_domains: Vec<Spanned<String>>,
    default: Action,
    #[serde(default)]
    rule: Vec<RuleSection>,
}

/// `[[rule]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSection {
    name: Spanned<String>,
    /// For people; the gateway does nothing with it.
    #[serde(default, rename = "comment")]
    _comment: String,
    #[serde(default = "enabled")]
    enabled: bool,
    action: Action,
    #[serde(default)]
    when: ConditionsSection,
    #[serde(default)]
    unless: ConditionsSection,
}

fn enabled() -> bool {
    true
}

/// `[rule.when]` and `[rule.unless]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct ConditionsSection {
    recipient_domains: Option<Spanned<Vec<Spanned<String>>>>,
    senders: Option<Spanned<Vec<Spanned<String>>>>,
    subject_words: Option<Spanned<Vec<Spanned<String>>>>,
    header: Option<HeaderSection>,
}

/// `header = { name = "…", value = "…" }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderSection {
    name: Spanned<String>,
    value: Option<Spanned<String>>,
}

impl PolicyFile {
    /// Checks disabled rules too: a mistake in one would show only on the day that it is wanted.
    fn resolve(self, source: &mut Source) -> Policy {
        let internal_domains = source.each(&self.internal_domains, domain);
        let mut names = HashSet::from([INTERNAL_DOMAINS.to_owned(), DEFAULT.to_owned()]);
        let mut rules = Vec::new();
        for section in self.rule {
            if !names.insert(section.name.get_ref().clone()) {
                source.note(&section.name, Cause::DuplicateRule(section.name.get_ref().clone()));
            }
            let enabled = section.enabled;
            rules.extend(section.resolve(source).filter(|_| enabled));
        }
        Policy { internal_domains, rules, default: self.default }
    }
}

impl RuleSection {
    fn resolve(self, source: &mut Source) -> Option<Rule> {
        let name = source.check(&self.name, one_line("name", self.name.get_ref()));
        let when = self.when.resolve(source);
        let unless = self.unless.resolve(source);
        Some(Rule { name: name?, action: self.action, when: when?, unless: unless? })
    }
}

impl ConditionsSection {
    fn resolve(self, source: &mut Source) -> Option<Conditions> {
        let header = match self.header {
            Some(header) => Some(header.resolve(source)?),
            None => None,
        };
        let recipient_domains: Vec<DomainPattern> =
            entries("recipient_domains", self.recipient_domains, source, domain);
        let senders = entries("senders", self.senders, source, sender);
        let subject_words = entries("subject_words", self.subject_words, source, subject_word);
        Some(Conditions { recipient_domains, senders, subject_words, header })
    }
}

/// Converts a list. An empty one is a mistake: it could mean "any" as well as "none".
fn entries<V>(
    key: &'static str,
    list: Option<Spanned<Vec<Spanned<String>>>>,
    source: &mut Source,
    convert: impl Fn(&str) -> Result<V, Cause>,
) -> Vec<V> {
    let Some(list) = list else { return Vec::new() };
    if list.get_ref().is_empty() {
        source.note(&list, Cause::Empty(key));
    }
    source.each(list.get_ref(), convert)
}

/// Reads a domain pattern; international names are compared in their ASCII form.
fn domain(text: &str) -> Result<DomainPattern, Cause> {
    let (below, name) = text.strip_prefix("*.").map_or(("", text), |name| ("*.", name));
    let error = || Cause::Domain(text.to_owned());
    let name = ascii_domain(name).ok_or_else(error)?;
    super::sender::domain(&format!("{below}{name}")).or(Err(error()))
}

fn sender(text: &str) -> Result<SenderPattern, Cause> {
    match text.strip_prefix('@') {
        Some(rest) => domain(rest).map(SenderPattern::Domain),
        None => Address::parse(text)
            .ok()
            .and_then(with_ascii_domain)
            .map(SenderPattern::Address)
            .ok_or_else(|| Cause::Address(text.to_owned())),
    }
}

fn subject_word(text: &str) -> Result<SubjectWord, Cause> {
    SubjectWord::new(text).ok_or(Cause::Empty("a subject word"))
}

impl HeaderSection {
    fn resolve(self, source: &mut Source) -> Option<HeaderCondition> {
        let name = source.check(&self.name, header_name(self.name.get_ref()))?;
        let value = match &self.value {
            Some(value) => Some(source.check(value, one_line("value", value.get_ref()))?),
            None => None,
        };
        Some(HeaderCondition { name, value: value.map(|value| fold(&value)) })
    }
}

fn header_name(text: &str) -> Result<String, Cause> {
    let good = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
    good.then(|| text.to_owned()).ok_or_else(|| Cause::HeaderName(text.to_owned()))
}
