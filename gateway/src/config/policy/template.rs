//! `[template.NAME]`, `[data_type.NAME]` and `[sender_options]`.

use std::sync::Arc;

use regex::Regex;
use serde::Deserialize;
use toml::Spanned;

use super::{
    super::{
        brand::BrandError,
        carrier::{FormName, one_line},
        envelope::{self, SignInName},
        source::{Cause, Source},
    },
    Context,
    conditions::header_name,
    lists::{self, List},
};
use crate::{
    content::{
        DataType, OwnType,
        data_types::{Check, OwnTypeError},
    },
    decide::{SealTemplate, SenderOptions, TextPatterns, fold, without_forwarding},
};

/// `[template.NAME]`: what is not said here is as `gateway.toml` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct TemplateSection {
    rights: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    do_not_forward: bool,
    expires_after_days: Option<Spanned<u64>>,
    sign_in: Option<SignInName>,
    brand: Option<Spanned<String>>,
    language: Option<Spanned<String>>,
    subject: Option<Spanned<String>>,
    form: Option<FormName>,
}

impl TemplateSection {
    pub(super) fn resolve(self, name: &Spanned<String>, context: &mut Context<'_>) {
        let mut template = SealTemplate::clone(&context.default_template);
        let source = &mut *context.source;
        template.name.clone_from(name.get_ref());
        if let Some(rights) = &self.rights {
            template.envelope.rights = envelope::rights(rights, source);
        }
        if self.do_not_forward {
            template.envelope.rights = without_forwarding(template.envelope.rights);
        }
        if let Some(days) = &self.expires_after_days {
            let lifetime = source.check(days, envelope::lifetime(*days.get_ref()));
            template.envelope.lifetime = lifetime.or(template.envelope.lifetime);
        }
        if let Some(sign_in) = self.sign_in {
            template.envelope.sign_in = sign_in.into();
        }
        if let Some(brand) = &self.brand {
            let name = brand.get_ref();
            let known = (context.has_brand)(name).then(|| name.clone());
            let brand = source.check(brand, known.ok_or_else(|| BrandError::Unknown(name.clone()).into()));
            template.envelope.brand = brand.unwrap_or_default();
        }
        if let Some(language) = &self.language {
            let checked = source.check(language, envelope::language(language.get_ref()));
            template.envelope.language = checked.unwrap_or_default();
        }
        if let Some(subject) = &self.subject {
            template.subject = source.check(subject, one_line("subject", subject.get_ref()));
        }
        if let Some(form) = self.form {
            template.form = form.into();
        }
        if context.templates.insert(name.get_ref().clone(), Arc::new(template)).is_some() {
            context.source.note(name, Cause::Taken(name.get_ref().clone()));
        }
    }
}

/// `[data_type.NAME]`: a type of data of the organisation's own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct DataTypeSection {
    pattern: Spanned<String>,
    #[serde(default = "no_check")]
    check: Check,
    words: List,
}

fn no_check() -> Check {
    Check::None
}

impl DataTypeSection {
    pub(super) fn resolve(self, name: &Spanned<String>, context: &mut Context<'_>) {
        let words = lists::entries("words", &self.words, context.source, |word| Ok(word.to_owned()));
        let own = OwnType::new(self.pattern.get_ref(), self.check, &words.unwrap_or_default());
        let own = own.map_err(|error| match error {
            OwnTypeError::Pattern(error) => Cause::expression(self.pattern.get_ref(), &error),
            other => Cause::Expression { pattern: self.pattern.get_ref().clone(), why: other.to_string() },
        });
        let Some(own) = context.source.check(&self.pattern, own) else { return };
        let data_type = DataType::Own(Arc::new(own));
        if context.data_types.insert(name.get_ref().clone(), data_type).is_some() {
            context.source.note(name, Cause::Taken(name.get_ref().clone()));
        }
    }
}

/// `[sender_options]`: what senders may choose for one mail.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct SenderOptionsSection {
    expires_tag: Option<Spanned<String>>,
    expires_header: Option<Spanned<String>>,
    max_expires_after_days: Option<Spanned<u64>>,
    do_not_forward_tag: Option<Spanned<String>>,
    do_not_forward_header: Option<Spanned<String>>,
}

impl SenderOptionsSection {
    pub(super) fn resolve(self, source: &mut Source) -> Option<SenderOptions> {
        let mut options = SenderOptions::default();
        let mut header = |name: Option<Spanned<String>>| {
            name.and_then(|name| source.check(&name, header_name(name.get_ref())))
        };
        options.expires_header = header(self.expires_header);
        options.do_not_forward_header = header(self.do_not_forward_header);
        if let Some(days) = &self.max_expires_after_days {
            let days_of = |lifetime: u64| lifetime / envelope::DAY;
            options.max_days = source.check(days, envelope::lifetime(*days.get_ref()).map(days_of));
        }
        if let Some(tag) = &self.expires_tag {
            let tag = source.check(tag, expires_tag(tag.get_ref()))?;
            options.strip.push(tag.clone());
            options.expires_tag = Some(tag);
        }
        if let Some(tag) = &self.do_not_forward_tag {
            let words = source.check(tag, tag_words(tag.get_ref()))?;
            options.strip.push(source.check(tag, lists::stripper(tag.get_ref()))?);
            options.do_not_forward_tag = Some(words);
        }
        Some(options)
    }
}

/// Makes the expression that finds `[word 30]` in a subject.
fn expires_tag(word: &str) -> Result<Regex, Cause> {
    let word = fold(&one_line("expires_tag", word.trim_matches(['[', ']']))?);
    let number = r"\s*[:= ]\s*([0-9]{1,5})\s*(?:d|days?)?\s*";
    let pattern = format!(r"/\[\s*{}{number}\]/", regex::escape(&word));
    lists::expression(&pattern)?.ok_or(Cause::Empty("expires_tag"))
}

fn tag_words(tag: &str) -> Result<TextPatterns, Cause> {
    let tag = one_line("do_not_forward_tag", tag)?;
    let words = TextPatterns::new(&[tag], Vec::new());
    words.or(Err(Cause::OutOfBounds { key: "do_not_forward_tag", expected: "a shorter text" }))
}
