//! Finds sensitive data in text: numbers with a known form and check, counted by distinct values.
//!
//! Each family is a file that names its source. Text is first made uniform ([`Normal`]); a number counts only where it
//! stands alone (`scan`). Where form and check digits alone would be met by too many other numbers, a word has to stand
//! near that says what it is. The work is linear in the text, whatever it is: expressions are those of the crate `regex`,
//! which never goes back, and candidates are of bounded length.

mod card;
mod check;
mod email;
mod germany;
mod iban;
mod normal;
mod own;
mod scan;
mod uk;
mod us;

use std::{collections::HashSet, sync::Arc};

pub use normal::Normal;
pub use own::{Check, OwnType, OwnTypeError};

/// A kind of sensitive data.
#[derive(Debug, Clone)]
pub enum DataType {
    /// Payment card numbers.
    PaymentCard,
    /// International bank account numbers.
    Iban,
    /// US social security numbers.
    UsSsn,
    /// US individual taxpayer identification numbers.
    UsItin,
    /// US bank routing numbers.
    UsAbaRouting,
    /// US passport numbers.
    UsPassport,
    /// UK passport numbers.
    UkPassport,
    /// US DEA registration numbers.
    UsDea,
    /// UK NHS numbers.
    UkNhs,
    /// UK National Insurance numbers.
    UkNino,
    /// German tax identification numbers.
    DeTaxId,
    /// Addresses of e-mail.
    EmailAddresses,
    /// A type of the organisation's own.
    Own(Arc<OwnType>),
}

/// The distinct values of one type that were found, in one form each, up to a number.
#[derive(Debug)]
pub struct Values {
    found: HashSet<String>,
    most: usize,
}

impl Values {
    /// Begins with none; beyond so many, others are not looked at.
    pub(super) fn up_to(most: usize) -> Self {
        Self { found: HashSet::new(), most }
    }

    fn insert(&mut self, value: String) {
        if !self.is_full() {
            self.found.insert(value);
        }
    }

    /// Gives their number.
    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    /// Says whether there may be others that are not looked at.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= self.most
    }
}

impl DataType {
    /// The built-in types, with the names that settings give them.
    pub const NAMES: [(&'static str, Self); 12] = [
        ("payment-card", Self::PaymentCard),
        ("iban", Self::Iban),
        ("us-ssn", Self::UsSsn),
        ("us-itin", Self::UsItin),
        ("us-aba-routing", Self::UsAbaRouting),
        ("us-passport", Self::UsPassport),
        ("uk-passport", Self::UkPassport),
        ("us-dea", Self::UsDea),
        ("uk-nhs", Self::UkNhs),
        ("uk-nino", Self::UkNino),
        ("de-tax-id", Self::DeTaxId),
        ("email-addresses", Self::EmailAddresses),
    ];

    /// Counts distinct values in a text.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        let mut found = Values::up_to(usize::MAX);
        self.find(&Normal::of(text), &mut found);
        found.len()
    }

    /// Adds the values in a text to those found before.
    pub fn find(&self, text: &Normal<'_>, found: &mut Values) {
        let text = text.as_str();
        match self {
            Self::PaymentCard => card::find(text, found),
            Self::Iban => iban::find(text, found),
            Self::UsSsn => us::find_ssn(text, found),
            Self::UsItin => us::find_itin(text, found),
            Self::UsAbaRouting => us::find_routing(text, found),
            Self::UsPassport => us::find_passport(text, found),
            Self::UkPassport => uk::find_passport(text, found),
            Self::UsDea => us::find_dea(text, found),
            Self::UkNhs => uk::find_nhs(text, found),
            Self::UkNino => uk::find_nino(text, found),
            Self::DeTaxId => germany::find_tax_id(text, found),
            Self::EmailAddresses => email::find(text, found),
            Self::Own(own) => own.find(text, found),
        }
    }
}

#[cfg(test)]
mod tests;
