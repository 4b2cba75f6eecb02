//! `[carrier]`: how the carrier mail looks.

use serde::Deserialize;
use toml::Spanned;

use super::source::{Cause, Source};

/// How the carrier mail looks.
#[derive(Debug, Clone, Default)]
pub struct CarrierSettings {
    /// The Subject of every carrier mail; `None` keeps the mail's own.
    pub subject: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    subject: Option<Spanned<String>>,
}

impl Section {
    pub(super) fn resolve(self, source: &mut Source) -> Option<CarrierSettings> {
        let subject = match &self.subject {
            Some(subject) => Some(source.check(subject, one_line("subject", subject.get_ref()))?),
            None => None,
        };
        Some(CarrierSettings { subject })
    }
}

/// Checks a text that goes into mails: one line, not empty, not endless.
pub(super) fn one_line(key: &'static str, text: &str) -> Result<String, Cause> {
    let good = (1..=200).contains(&text.len()) && !text.chars().any(char::is_control) && text.trim() == text;
    good.then(|| text.to_owned())
        .ok_or(Cause::OutOfBounds { key, expected: "one line of 1 to 200 bytes without spaces at its ends" })
}
