//! `[envelope]`: what the grant tells the portal about every mail.

use std::collections::BTreeMap;

use sealpost_common::{
    grant::{Rights, SignIn},
    limits::{MAX_BRAND_LEN, MAX_LANGUAGE_LEN},
};
use serde::Deserialize;
use toml::Spanned;

use super::{
    brand::BrandError,
    languages::Languages,
    source::{Cause, Source},
};

/// Seconds of a day.
pub(crate) const DAY: u64 = 86_400;

/// What the grant tells the portal about every mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeSettings {
    /// What readers may do.
    pub rights: Rights,
    /// How readers prove who they are.
    pub sign_in: SignIn,
    /// The name of the look of the carrier mail and of the portal's pages; empty for the usual one.
    pub brand: String,
    /// The language of carrier mail and portal's pages, where the policy's template names one; else empty.
    pub language: String,
    /// Seconds after which the envelope no longer opens; `None` for never.
    pub lifetime: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Section {
    rights: Vec<Spanned<String>>,
    sign_in: SignInName,
    brand: Spanned<String>,
    language: Spanned<String>,
    languages: BTreeMap<String, Spanned<String>>,
    expires_after_days: Option<Spanned<u64>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum SignInName {
    Any,
    Passcode,
    Provider,
}

impl From<SignInName> for SignIn {
    fn from(name: SignInName) -> Self {
        match name {
            SignInName::Any => Self::Any,
            SignInName::Passcode => Self::Passcode,
            SignInName::Provider => Self::Provider,
        }
    }
}

impl Default for Section {
    fn default() -> Self {
        let text = |text: &str| Spanned::new(0..0, text.to_owned());
        Self {
            rights: RIGHTS.map(|(name, _)| text(name)).into(),
            sign_in: SignInName::Any,
            brand: text(""),
            language: text(""),
            languages: BTreeMap::new(),
            expires_after_days: None,
        }
    }
}

const RIGHTS: [(&str, Rights); 5] = [
    ("reply", Rights::REPLY),
    ("reply_all", Rights::REPLY_ALL),
    ("forward", Rights::FORWARD),
    ("print", Rights::PRINT),
    ("download", Rights::DOWNLOAD),
];

impl Section {
    /// Makes sure that the brand has a table; "" needs none.
    pub(super) fn check_brand(&self, is_known: impl Fn(&str) -> bool, source: &mut Source) {
        let name = self.brand.get_ref();
        if !name.is_empty() && !is_known(name) {
            source.note(&self.brand, BrandError::Unknown(name.clone()).into());
        }
    }

    /// Gives the languages of recipients.
    pub(super) fn languages(&self, source: &mut Source) -> Option<Languages> {
        let default = source.check(&self.language, language(self.language.get_ref()));
        Languages::resolve(default?, &self.languages, source)
    }

    pub(super) fn resolve(self, source: &mut Source) -> Option<EnvelopeSettings> {
        let rights = rights(&self.rights, source);
        let brand = source.check(&self.brand, brand(self.brand.get_ref()));
        let lifetime = match &self.expires_after_days {
            Some(days) => Some(source.check(days, lifetime(*days.get_ref()))?),
            None => None,
        };
        let sign_in = self.sign_in.into();
        Some(EnvelopeSettings { rights, sign_in, brand: brand?, language: String::new(), lifetime })
    }
}

/// Reads a list of rights.
pub(super) fn rights(names: &[Spanned<String>], source: &mut Source) -> Rights {
    source.each(names, right).into_iter().fold(Rights::none(), Rights::union)
}

fn right(name: &str) -> Result<Rights, Cause> {
    let found = RIGHTS.into_iter().find(|(own, _)| *own == name);
    found.map(|(_, right)| right).ok_or(Cause::OutOfBounds {
        key: "rights",
        expected: "a list of \"reply\", \"reply_all\", \"forward\", \"print\" and \"download\"",
    })
}

pub(super) fn brand(name: &str) -> Result<String, Cause> {
    let good = name.len() <= MAX_BRAND_LEN && !name.chars().any(char::is_control);
    good.then(|| name.to_owned())
        .ok_or(Cause::OutOfBounds { key: "brand", expected: "one line of at most 64 bytes" })
}

pub(super) fn language(tag: &str) -> Result<String, Cause> {
    let subtag = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let good = tag.is_empty() || (tag.len() <= MAX_LANGUAGE_LEN && tag.split('-').all(subtag));
    let error = Cause::OutOfBounds {
        key: "language",
        expected: "empty or a language tag such as \"en\" or \"pt-BR\"",
    };
    good.then(|| tag.to_owned()).ok_or(error)
}

pub(super) fn lifetime(days: u64) -> Result<u64, Cause> {
    let good = (1..=36_500).contains(&days).then_some(days * DAY);
    good.ok_or(Cause::OutOfBounds { key: "expires_after_days", expected: "from 1 to 36500" })
}
