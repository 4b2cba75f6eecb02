//! `[[rule]]`.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use regex::Regex;
use sealpost_common::address::Address;
use serde::Deserialize;
use toml::{Spanned, value::Datetime};

use super::{
    super::{
        carrier::one_line,
        source::{Cause, Source},
    },
    Context,
    conditions::{ConditionsSection, Kind, header_name},
    lists,
};
use crate::{
    decide::{
        Action, Active, Archive, Mode, NewField, Rejection, Rule, RuleEdits, SealTemplate, Tls, Treatment,
    },
    reply::EnhancedCode,
};

/// Header fields that a rule must not change: who wrote the mail, its way, and how its body is to be read.
const PROTECTED: [&str; 10] = [
    "From",
    "Date",
    "Message-ID",
    "Received",
    "Return-Path",
    "MIME-Version",
    "DKIM-Signature",
    "Resent-From",
    "Resent-Date",
    "Resent-Message-ID",
];
/// So do those whose names begin like this.
const PROTECTED_PREFIX: &str = "content-";
/// Header fields of which there is one in a mail, so that a rule must not add another.
const SINGLE: [&str; 9] =
    ["Subject", "Sender", "Reply-To", "To", "Cc", "Bcc", "In-Reply-To", "References", "Auto-Submitted"];

/// The most bytes of what a sender is told.
const MAX_NOTICE: usize = 4000;

/// `[[rule]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RuleSection {
    pub(super) name: Spanned<String>,
    /// For people; the gateway does nothing with it.
    #[serde(default, rename = "comment")]
    _comment: String,
    #[serde(default = "yes")]
    pub(super) enabled: bool,
    active_from: Option<Spanned<Datetime>>,
    active_until: Option<Spanned<Datetime>>,
    #[serde(default)]
    mode: Mode,
    action: Option<Action>,
    stop: Option<Spanned<bool>>,
    template: Option<Spanned<String>>,
    tls: Option<Spanned<Tls>>,
    reject_text: Option<Spanned<String>>,
    reject_code: Option<Spanned<String>>,
    #[serde(default)]
    add_header: Vec<FieldSection>,
    #[serde(default)]
    remove_header: Vec<Spanned<String>>,
    strip_subject: Option<Spanned<bool>>,
    tell_sender: Option<Spanned<String>>,
    archive: Option<ArchiveSection>,
    #[serde(default)]
    when: ConditionsSection,
    #[serde(default)]
    unless: ConditionsSection,
}

fn yes() -> bool {
    true
}

/// `add_header = [{ name = "…", value = "…" }]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldSection {
    name: Spanned<String>,
    value: Spanned<String>,
}

/// `archive = { to = "…", sealed = true, template = "…" }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ArchiveSection {
    to: Spanned<String>,
    #[serde(default)]
    sealed: bool,
    template: Option<Spanned<String>>,
}

impl RuleSection {
    pub(super) fn resolve(mut self, context: &mut Context<'_>) -> Option<Rule> {
        let name = context.source.check(&self.name, one_line("name", self.name.get_ref()));
        let active = self.active(context.source);
        let treatment = self.treatment(context);
        let stop = self.stop.as_ref().map_or(treatment.is_some(), |stop| *stop.get_ref());
        if let Some(place) = self.stop.as_ref().filter(|_| stop && self.action.is_none()) {
            context.source.note(place, Cause::Needs { key: "stop = true", other: "action" });
        }
        let when = std::mem::take(&mut self.when).resolve(Kind::When, context);
        let unless = std::mem::take(&mut self.unless).resolve(Kind::Unless, context);
        let edits = self.edits(when.strip, context.source);
        let tell_sender = self.notice(context.source);
        let archive = self.archive.as_ref().map(|archive| archive.resolve(self.action, context));
        let does_nothing = self.action.is_none()
            && self.mode == Mode::Enforce
            && edits.add.is_empty()
            && edits.remove.is_empty()
            && edits.strip.is_empty()
            && tell_sender.is_none()
            && archive.is_none();
        if does_nothing {
            context.source.note(&self.name, Cause::IdleRule);
        }
        let tls = self.tls.as_ref().map_or(Tls::Ignored, |tls| *tls.get_ref());
        Some(Rule {
            name: name?.into(),
            mode: self.mode,
            active,
            stop,
            when: when.conditions,
            unless: unless.conditions,
            treatment,
            tls,
            edits,
            tell_sender,
            archive: archive.flatten().map(Arc::new),
        })
    }

    fn active(&self, source: &mut Source) -> Active {
        let mut time = |time: &Option<Spanned<Datetime>>, is_end| {
            let time = time.as_ref()?;
            source.check(time, timestamp(time.get_ref(), is_end))
        };
        let active = Active { from: time(&self.active_from, false), until: time(&self.active_until, true) };
        if let (Some(from), Some(until), Some(place)) = (active.from, active.until, &self.active_until)
            && until <= from
        {
            source
                .note(place, Cause::OutOfBounds { key: "active_until", expected: "later than active_from" });
        }
        active
    }

    /// Gives what the rule does, and notes what has no meaning without another action.
    fn treatment(&self, context: &mut Context<'_>) -> Option<Treatment> {
        let is = |action| self.action == Some(action);
        for (key, place, fits, other) in [
            ("template", self.template.as_ref().map(Spanned::span), is(Action::Seal), "action = \"seal\""),
            ("tls", self.tls.as_ref().map(Spanned::span), is(Action::Seal), "action = \"seal\""),
            (
                "reject_text",
                self.reject_text.as_ref().map(Spanned::span),
                is(Action::Reject),
                "action = \"reject\"",
            ),
            (
                "reject_code",
                self.reject_code.as_ref().map(Spanned::span),
                is(Action::Reject),
                "action = \"reject\"",
            ),
        ] {
            if let Some(span) = place.filter(|_| !fits) {
                context.source.note(&Spanned::new(span, ()), Cause::Needs { key, other });
            }
        }
        Some(match self.action? {
            Action::Pass => Treatment::Pass,
            Action::Seal => Treatment::Seal(template(self.template.as_ref(), context)),
            Action::Reject => {
                let source = &mut *context.source;
                let text = self.reject_text.as_ref();
                let text = text.and_then(|text| source.check(text, one_line("reject_text", text.get_ref())));
                let code = self.reject_code.as_ref();
                let code = code.and_then(|code| source.check(code, enhanced_code(code.get_ref())));
                Treatment::Reject(Arc::new(Rejection { text, code }))
            }
        })
    }

    fn edits(&self, strip: Option<Vec<Regex>>, source: &mut Source) -> RuleEdits {
        let mut edits = RuleEdits::default();
        for FieldSection { name, value } in &self.add_header {
            let checked = changeable(name.get_ref(), &SINGLE);
            let (name, value) =
                (source.check(name, checked), source.check(value, one_line("value", value.get_ref())));
            edits.add.extend(name.zip(value).map(|(name, value)| Arc::new(NewField { name, value })));
        }
        for name in &self.remove_header {
            let name = source.check(name, changeable(name.get_ref(), &[]));
            edits.remove.extend(name.map(|name| Arc::from(name.as_str())));
        }
        if let Some(place) = self.strip_subject.as_ref().filter(|strip| *strip.get_ref()) {
            match strip {
                Some(strip) => edits.strip = strip,
                None => source.note(
                    place,
                    Cause::Needs { key: "strip_subject", other: "subject_words in [rule.when]" },
                ),
            }
        }
        edits
    }

    fn notice(&self, source: &mut Source) -> Option<Arc<str>> {
        let place = self.tell_sender.as_ref()?;
        if self.action == Some(Action::Reject) {
            source.note(
                place,
                Cause::Needs { key: "tell_sender", other: "another action: a rejected mail comes back" },
            );
        }
        let text = place.get_ref().trim();
        let good = !text.is_empty()
            && text.len() <= MAX_NOTICE
            && !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
        let checked = good.then(|| Arc::from(text));
        let cause = Cause::OutOfBounds { key: "tell_sender", expected: "a text of 1 to 4000 bytes" };
        source.check(place, checked.ok_or(cause))
    }
}

impl ArchiveSection {
    fn resolve(&self, action: Option<Action>, context: &mut Context<'_>) -> Option<Archive> {
        if action == Some(Action::Reject) {
            let cause =
                Cause::Needs { key: "archive", other: "another action: nothing of a rejected mail is sent" };
            context.source.note(&self.to, cause);
        }
        if let Some(place) = self.template.as_ref().filter(|_| !self.sealed) {
            context.source.note(place, Cause::Needs { key: "template", other: "sealed = true" });
        }
        let sealed = self.sealed.then(|| template(self.template.as_ref(), context));
        let address: Address = context.source.check(&self.to, lists::mailbox(self.to.get_ref()))?;
        if sealed.is_none() && !context.internal_domains.holds(address.domain()) {
            context.source.note(&self.to, Cause::ArchiveOutside(address.as_str().to_owned()));
        }
        Some(Archive { address, sealed })
    }
}

/// Gives the template of this name; without a name, the default one.
fn template(name: Option<&Spanned<String>>, context: &mut Context<'_>) -> Arc<SealTemplate> {
    let default = Arc::clone(&context.default_template);
    let Some(name) = name else { return default };
    let Some(template) = context.templates.get(name.get_ref()) else {
        context.source.note(name, Cause::UnknownTemplate(name.get_ref().clone()));
        return default;
    };
    Arc::clone(template)
}

/// Checks that a rule may change this field.
fn changeable(name: &str, not: &[&str]) -> Result<String, Cause> {
    let name = header_name(name)?;
    let is_kept = PROTECTED.iter().chain(not).any(|kept| kept.eq_ignore_ascii_case(&name))
        || name.to_ascii_lowercase().starts_with(PROTECTED_PREFIX);
    if is_kept { Err(Cause::ProtectedField(name)) } else { Ok(name) }
}

fn enhanced_code(text: &str) -> Result<EnhancedCode, Cause> {
    let code = EnhancedCode::parse(text).filter(|code| code.class == 5);
    code.ok_or(Cause::OutOfBounds {
        key: "reject_code",
        expected: "an enhanced status code such as \"5.7.1\"",
    })
}

/// Reads a date or a time. A date begins and ends with the day in UTC.
fn timestamp(time: &Datetime, is_end: bool) -> Result<Timestamp, Cause> {
    let text = match (time.date, time.time, time.offset) {
        (Some(date), None, None) => format!("{date}T00:00:00Z"),
        (Some(_), Some(_), Some(_)) => time.to_string(),
        _ => String::new(),
    };
    let error = Cause::OutOfBounds {
        key: "the time",
        expected: "a date such as 2026-12-24, or a time such as 2026-12-24T18:00:00+01:00",
    };
    let Ok(start) = text.parse::<Timestamp>() else { return Err(error) };
    let length = if is_end && time.time.is_none() { 24 } else { 0 };
    start.checked_add(SignedDuration::from_hours(length)).or(Err(error))
}
