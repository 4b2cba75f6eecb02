//! `[carrier]`: what carrier mails are like, whatever their brand.

use serde::Deserialize;
use toml::Spanned;

use super::source::{Cause, Source};
use crate::carry::Form;

/// What carrier mails are like, whatever their brand.
#[derive(Debug, Clone, Default)]
pub struct CarrierSettings {
    /// The Subject of every carrier mail; `None` keeps the mail's own.
    pub subject: Option<String>,
    /// How the envelope gets to the reader.
    pub form: Form,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    subject: Option<Spanned<String>>,
    #[serde(default)]
    form: FormName,
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
pub(super) enum FormName {
    Link,
    Attachment,
    #[default]
    Both,
}

impl From<FormName> for Form {
    fn from(name: FormName) -> Self {
        match name {
            FormName::Link => Self::Link,
            FormName::Attachment => Self::Attachment,
            FormName::Both => Self::Both,
        }
    }
}

impl Section {
    pub(super) fn resolve(self, source: &mut Source) -> Option<CarrierSettings> {
        let subject = match &self.subject {
            Some(subject) => Some(source.check(subject, one_line("subject", subject.get_ref()))?),
            None => None,
        };
        Some(CarrierSettings { subject, form: self.form.into() })
    }
}

/// Checks a text that goes into mails: one line, not empty, not endless.
pub(super) fn one_line(key: &'static str, text: &str) -> Result<String, Cause> {
    let good = (1..=200).contains(&text.len()) && !text.chars().any(char::is_control) && text.trim() == text;
    good.then(|| text.to_owned())
        .ok_or(Cause::OutOfBounds { key, expected: "one line of 1 to 200 bytes without spaces at its ends" })
}
