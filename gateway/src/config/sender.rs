//! `[sender]`: the domains that this gateway seals for.

use sealpost_common::address::DomainPattern;
use serde::Deserialize;
use toml::Spanned;

use super::source::{Cause, Source};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    domains: Spanned<Vec<Spanned<String>>>,
}

impl Section {
    pub(super) fn resolve(self, source: &mut Source) -> Vec<DomainPattern> {
        if self.domains.get_ref().is_empty() {
            source.note(&self.domains, Cause::Empty("domains"));
        }
        source.each(self.domains.get_ref(), domain)
    }
}

/// Reads a domain, `*.domain` or `*`.
pub(super) fn domain(text: &str) -> Result<DomainPattern, Cause> {
    DomainPattern::parse(text).or(Err(Cause::Domain(text.to_owned())))
}
