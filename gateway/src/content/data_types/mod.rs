//! Finds sensitive data in text: numbers with a known form and check, counted by distinct values.

mod own;

use std::sync::Arc;

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
        match self {
            Self::Own(own) => own.count(text),
            _ => 0,
        }
    }
}
