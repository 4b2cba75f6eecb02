//! How a mail is sealed: a template of the policy, and what the sender may choose within it.

use regex::Regex;
use sealpost_common::grant::Rights;

use super::words::{Forms, Readable, TextPatterns};
use crate::{
    carry::Form,
    config::{DAY, EnvelopeSettings},
    parse::{Field, HeaderSection},
};

/// The name of the template that `gateway.toml` gives.
pub const DEFAULT_TEMPLATE: &str = "default";

/// What readers may still do with a mail that must not go further.
const RIGHTS_OF_DO_NOT_FORWARD: [Rights; 2] = [Rights::REPLY, Rights::REPLY_ALL];

/// How a mail is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealTemplate {
    /// Its name in the policy.
    pub name: String,
    /// What the grant tells the portal.
    pub envelope: EnvelopeSettings,
    /// The Subject of the carrier mail; `None` keeps the mail's own.
    pub subject: Option<String>,
    /// In which forms the envelope goes into the carrier mail.
    pub form: Form,
}

/// Leaves of the rights what does not carry the mail further: replies.
#[must_use]
pub fn without_forwarding(rights: Rights) -> Rights {
    let kept = RIGHTS_OF_DO_NOT_FORWARD.into_iter().filter(|right| rights.contains(*right));
    kept.fold(Rights::none(), Rights::union)
}

/// What senders may choose for one mail, and by which marks.
#[derive(Debug, Clone, Default)]
pub struct SenderOptions {
    /// The subject tag with a number of days after which the mail can no longer be opened; the number is its one group.
    pub expires_tag: Option<Regex>,
    /// The header field with that number.
    pub expires_header: Option<String>,
    /// The most days that may be chosen; `None` for as many as the template has.
    pub max_days: Option<u64>,
    /// The words of the subject that forbid forwarding.
    pub do_not_forward_tag: Option<TextPatterns>,
    /// The header field that forbids forwarding, whatever its value but `no`, `false` and `0`.
    pub do_not_forward_header: Option<String>,
    /// What takes the tags out of a subject.
    pub strip: Vec<Regex>,
}

/// What the sender chose for this mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The days after which the mail can no longer be opened.
    pub days: Option<u64>,
    /// Forwarding is forbidden.
    pub do_not_forward: bool,
}

impl SenderOptions {
    /// Reads what the sender chose.
    #[must_use]
    pub fn read(&self, header: &HeaderSection<'_>) -> Chosen {
        let has_tags = self.expires_tag.is_some() || self.do_not_forward_tag.is_some();
        let subject = header.named("Subject").next().filter(|_| has_tags).map(Field::text);
        let forms = Forms::default();
        let subject = subject.as_ref().map(|text| Readable::new(text.as_str(), &forms));
        let by_tag = self
            .expires_tag
            .as_ref()
            .zip(subject)
            .and_then(|(tag, subject)| tag.captures(subject.folded())?.get(1)?.as_str().parse().ok());
        let value = |name: &String| Some(header.named(name).next()?.text().as_str().trim().to_owned());
        let by_header = || self.expires_header.as_ref().and_then(value)?.parse().ok();
        let forbids = |name: &String| header.named(name).any(|field| !says_no(field));
        let has_tag = |tag: &TextPatterns| subject.is_some_and(|subject| tag.stand_in(subject));
        Chosen {
            days: by_tag.or_else(by_header),
            do_not_forward: self.do_not_forward_tag.as_ref().is_some_and(has_tag)
                || self.do_not_forward_header.as_ref().is_some_and(forbids),
        }
    }

    /// Gives the template as the sender's choice changes it; `None` when it does not.
    #[must_use]
    pub fn apply(&self, chosen: Chosen, template: &SealTemplate) -> Option<SealTemplate> {
        let mut changed = template.clone();
        if let Some(days) = chosen.days {
            let own = days.max(1).saturating_mul(DAY);
            let most = self.max_days.map(|days| days.saturating_mul(DAY)).or(template.envelope.lifetime);
            changed.envelope.lifetime = Some(most.map_or(own, |most| own.min(most)));
        }
        if chosen.do_not_forward {
            changed.envelope.rights = without_forwarding(template.envelope.rights);
        }
        (changed != *template).then_some(changed)
    }
}

fn says_no(field: &Field<'_>) -> bool {
    let value = field.text();
    ["no", "false", "0"].iter().any(|no| value.as_str().eq_ignore_ascii_case(no))
}
