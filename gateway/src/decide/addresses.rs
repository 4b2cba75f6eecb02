//! Lists of addresses and domains to compare with.
//!
//! Domains are compared in their ASCII form (`xn--…`), so that both forms of an international domain are the same.

use std::{borrow::Cow, collections::HashSet};

use regex::Regex;
use sealpost_common::address::{Address, DomainPattern};

/// Domains: single ones, all below one, all.
#[derive(Debug, Clone, Default)]
pub struct DomainList {
    any: bool,
    exactly: HashSet<String>,
    below: HashSet<String>,
}

impl DomainList {
    /// Adds a pattern in its ASCII form.
    pub fn add(&mut self, pattern: DomainPattern) {
        match pattern {
            DomainPattern::Any => self.any = true,
            DomainPattern::Exactly(domain) => drop(self.exactly.insert(domain)),
            DomainPattern::Below(domain) => drop(self.below.insert(domain)),
        }
    }

    /// Says whether the domain, ASCII and lower-case, is in the list.
    #[must_use]
    pub fn holds(&self, domain: &str) -> bool {
        if self.any || self.exactly.contains(domain) {
            return true;
        }
        let mut rest = domain;
        while let Some((_, parent)) = rest.split_once('.').filter(|_| !self.below.is_empty()) {
            if self.below.contains(parent) {
                return true;
            }
            rest = parent;
        }
        false
    }
}

impl DomainList {
    /// Gives the entry by which the domain is in the list, as a pattern.
    pub(super) fn entry_for(&self, domain: &str) -> Option<String> {
        if self.exactly.contains(domain) {
            return Some(domain.to_owned());
        }
        let parents = domain.match_indices('.').filter_map(|(at, _)| domain.get(at + 1..));
        let below = parents.into_iter().find(|parent| self.below.contains(*parent));
        below.map(|parent| format!("*.{parent}")).or_else(|| self.any.then(|| "*".to_owned()))
    }
}

impl FromIterator<DomainPattern> for DomainList {
    fn from_iter<I: IntoIterator<Item = DomainPattern>>(patterns: I) -> Self {
        let mut list = Self::default();
        patterns.into_iter().for_each(|pattern| list.add(pattern));
        list
    }
}

/// One entry of a list of addresses.
#[derive(Debug, Clone)]
pub enum AddressPattern {
    /// The null sender.
    Null,
    /// This address, whatever the case of its letters.
    Address(Address),
    /// Any address of the domain.
    Domain(DomainPattern),
    /// Any address that the expression is found in.
    Expression(Regex),
}

/// Addresses: single ones, those of domains, those that an expression is found in.
#[derive(Debug, Clone, Default)]
pub struct AddressList {
    null: bool,
    /// Normalised.
    addresses: HashSet<String>,
    domains: DomainList,
    expressions: Vec<Regex>,
}

impl AddressList {
    /// Says whether the address, its domain in the ASCII form, is in the list.
    #[must_use]
    pub fn holds(&self, address: &Address) -> bool {
        if self.domains.holds(address.domain()) {
            return true;
        }
        if self.addresses.is_empty() && self.expressions.is_empty() {
            return false;
        }
        let text = address.normalised();
        self.addresses.contains(&text) || self.expressions.iter().any(|expression| expression.is_match(&text))
    }

    /// Gives the entry by which the address is in the list, as policies write it.
    pub(super) fn entry_for(&self, address: &Address) -> Option<String> {
        let text = address.normalised();
        let expression = || self.expressions.iter().find(|expression| expression.is_match(&text));
        let domain = || self.domains.entry_for(address.domain()).map(|domain| format!("@{domain}"));
        self.addresses
            .get(&text)
            .cloned()
            .or_else(domain)
            .or_else(|| expression().map(|expression| format!("/{expression}/")))
    }

    /// Says whether the null sender is in the list.
    #[must_use]
    pub fn holds_null(&self) -> bool {
        self.null
    }
}

impl FromIterator<AddressPattern> for AddressList {
    fn from_iter<I: IntoIterator<Item = AddressPattern>>(patterns: I) -> Self {
        let mut list = Self::default();
        for pattern in patterns {
            match pattern {
                AddressPattern::Null => list.null = true,
                AddressPattern::Address(address) => drop(list.addresses.insert(address.normalised())),
                AddressPattern::Domain(domain) => list.domains.add(domain),
                AddressPattern::Expression(expression) => list.expressions.push(expression),
            }
        }
        list
    }
}

/// Gives the ASCII form of an international domain (`xn--…`), in which domains are compared; others stay as they are.
/// `None` when it has none: then it cannot be told which domain is meant.
#[must_use]
pub fn ascii_domain(domain: &str) -> Option<Cow<'_, str>> {
    if domain.is_ascii() {
        return Some(Cow::Borrowed(domain));
    }
    idna::domain_to_ascii(domain).ok().map(Cow::Owned)
}

/// Gives the address with its domain in the ASCII form, if it has one.
#[must_use]
pub fn with_ascii_domain(address: Address) -> Option<Address> {
    if address.domain().is_ascii() {
        return Some(address);
    }
    Address::parse(&format!("{}@{}", address.local(), ascii_domain(address.domain())?)).ok()
}
