//! `[policy]` and the policy file that it names.
//!
//! Everything is compiled when the file is read: patterns, list files, templates. Switched-off rules are checked like the others: a
//! mistake in one would show only on the day that it is wanted.

mod conditions;
mod lists;
mod rule;
mod template;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use serde::Deserialize;
use toml::Spanned;

use super::{
    brand::Brands,
    carrier::CarrierSettings,
    envelope::EnvelopeSettings,
    source::{Cause, ConfigErrors, Source},
};
use crate::{
    content::DataType,
    decide::{
        ASKED_FOR, Action, DEFAULT, DEFAULT_TEMPLATE, DomainList, INTERNAL_DOMAINS, Policy, SealTemplate,
        Treatment,
    },
};

#[cfg(test)]
pub(super) use conditions::{AttachmentSection, ConditionsSection, DataSection};
pub(super) use rule::RuleSection;
pub(super) use template::{DataTypeSection, SenderOptionsSection, TemplateSection};

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
    /// Reads the policy. Its default template is what the settings say.
    pub(super) fn resolve(
        self,
        envelope: &EnvelopeSettings,
        carrier: &CarrierSettings,
        brands: &Brands,
        source: &mut Source,
    ) -> Option<Policy> {
        let path = source.resolve(self.file.get_ref());
        let template = SealTemplate {
            name: DEFAULT_TEMPLATE.to_owned(),
            envelope: envelope.clone(),
            subject: carrier.subject.clone(),
            form: carrier.form,
        };
        let has_brand = |brand: &str| brands.has(brand);
        let policy = Source::read(&path).and_then(|source| load(source, template, &has_brand));
        policy.map_err(|errors| source.note_all(errors)).ok()
    }
}

/// Reads a policy from its file.
pub(super) fn load(
    mut source: Source,
    template: SealTemplate,
    has_brand: &dyn Fn(&str) -> bool,
) -> Result<Policy, ConfigErrors> {
    let file: PolicyFile = source.parse()?;
    let policy = file.resolve(template, has_brand, &mut source);
    source.finish(policy)
}

/// `policy.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyFile {
    #[serde(default)]
    internal_domains: Vec<Spanned<String>>,
    default: Action,
    #[serde(default)]
    sender_options: SenderOptionsSection,
    #[serde(default)]
    template: BTreeMap<Spanned<String>, TemplateSection>,
    #[serde(default)]
    data_type: BTreeMap<Spanned<String>, DataTypeSection>,
    #[serde(default)]
    rule: Vec<RuleSection>,
}

/// What rules refer to by name, and the file that they stand in.
struct Context<'s> {
    source: &'s mut Source,
    internal_domains: DomainList,
    default_template: Arc<SealTemplate>,
    templates: HashMap<String, Arc<SealTemplate>>,
    has_brand: &'s dyn Fn(&str) -> bool,
    data_types: HashMap<String, DataType>,
    slots: usize,
}

impl PolicyFile {
    fn resolve(
        self,
        default_template: SealTemplate,
        has_brand: &dyn Fn(&str) -> bool,
        source: &mut Source,
    ) -> Option<Policy> {
        let internal_domains = lists::list("internal_domains", &self.internal_domains, source, lists::domain);
        let default_template = Arc::new(default_template);
        let mut context = Context {
            source,
            internal_domains: internal_domains.into_iter().collect(),
            templates: HashMap::from([(DEFAULT_TEMPLATE.to_owned(), Arc::clone(&default_template))]),
            default_template,
            has_brand,
            data_types: DataType::NAMES.into_iter().map(|(name, of)| (name.to_owned(), of)).collect(),
            slots: 0,
        };
        self.template.into_iter().for_each(|(name, section)| section.resolve(&name, &mut context));
        self.data_type.into_iter().for_each(|(name, section)| section.resolve(&name, &mut context));
        let sender_options = self.sender_options.resolve(context.source);
        let mut names = HashSet::from([INTERNAL_DOMAINS, DEFAULT, ASKED_FOR].map(str::to_owned));
        let mut rules = Vec::new();
        for section in self.rule {
            if !names.insert(section.name.get_ref().clone()) {
                let cause = Cause::DuplicateRule(section.name.get_ref().clone());
                context.source.note(&section.name, cause);
            }
            let enabled = section.enabled;
            rules.extend(section.resolve(&mut context).filter(|_| enabled));
        }
        let Context { internal_domains, default_template, slots, .. } = context;
        let default = match self.default {
            Action::Pass => Treatment::Pass,
            Action::Seal => Treatment::Seal(Arc::clone(&default_template)),
            Action::Reject => Treatment::Reject(Arc::default()),
        };
        let sender_options = sender_options?;
        Some(Policy { internal_domains, rules, default, default_template, sender_options, slots })
    }
}

#[cfg(test)]
mod tests;
