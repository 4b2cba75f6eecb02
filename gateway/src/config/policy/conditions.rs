//! `[rule.when]` and `[rule.unless]`.

use std::{fmt, marker::PhantomData};

use regex::Regex;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor, value},
};
use toml::Spanned;

use super::{
    super::{
        carrier::one_line,
        source::{Cause, Source},
    },
    Context,
    lists::{self, List},
};
use crate::{
    content::{Automatic, Origin, Protection},
    decide::{
        AttachmentTest, Condition, DataTest, HeaderTest, Importance, Sensitivity, Side, Test, ValueTest,
        Whose, fold,
    },
};

/// `[rule.when]` and `[rule.unless]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ConditionsSection {
    recipient_is: Option<Spanned<Side>>,
    recipients: List,
    recipient_domains: List,
    senders: List,
    envelope_senders: List,
    authors: List,
    to_or_cc: List,
    subject_words: List,
    header: Option<OneOrMany<HeaderSection>>,
    importance: Option<Spanned<Vec<Importance>>>,
    sensitivity: Option<Spanned<Vec<Sensitivity>>>,
    labels: List,
    larger_than: Option<usize>,
    smaller_than: Option<usize>,
    attachment: Option<OneOrMany<AttachmentSection>>,
    text_words: List,
    body_words: List,
    attachment_words: List,
    data: Option<OneOrMany<DataSection>>,
    protection: List,
    automatic: List,
}

/// `header = { name = "…", value = "…" }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct HeaderSection {
    name: Spanned<String>,
    value: Option<Spanned<String>>,
}

/// `attachment = { names = ["…"], … }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct AttachmentSection {
    names: List,
    extensions: List,
    types: List,
    larger_than: Option<u64>,
    encrypted: Option<bool>,
    readable: Option<bool>,
}

/// `data = { type = "…", at_least = 1 }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct DataSection {
    r#type: Spanned<String>,
    #[serde(default = "one")]
    at_least: Spanned<usize>,
}

fn one() -> Spanned<usize> {
    Spanned::new(0..0, 1)
}

/// The most values that a condition can ask for, as those found are kept to tell them apart.
const MOST_VALUES: usize = 10_000;

/// Conditions made ready.
pub(super) struct Compiled {
    pub(super) conditions: Vec<Condition>,
    /// What takes the words of `subject_words` out of a subject, if there is such a condition.
    pub(super) strip: Option<Vec<Regex>>,
}

/// Whether conditions are wanted or are exceptions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    When,
    Unless,
}

impl ConditionsSection {
    /// Compiles the conditions, those first that cost least. A rule is for recipients outside if it does not say otherwise.
    pub(super) fn resolve(self, kind: Kind, context: &mut Context<'_>) -> Compiled {
        let mut tests: Vec<(&'static str, Test)> = Vec::new();
        let side = self.recipient_is.as_ref().map(|side| *side.get_ref());
        if let Some(place) =
            self.recipient_is.as_ref().filter(|_| kind == Kind::Unless && side == Some(Side::Anywhere))
        {
            let cause = Cause::OutOfBounds {
                key: "recipient_is",
                expected: "\"inside\" or \"outside\" in an exception",
            };
            context.source.note(place, cause);
        }
        let side = side.or((kind == Kind::When).then_some(Side::Outside));
        tests.extend(side.map(|side| ("recipient_is", Test::RecipientIs(side))));
        tests.extend(self.addresses(context.source));
        tests.extend(self.marks(context.source));
        let mut strip = None;
        tests.extend(self.words(&mut strip, context.source));
        tests.extend(self.contents(context));
        let first = context.slots;
        context.slots += tests.len();
        let place = |(index, (key, test))| Condition { key, slot: first + index, test };
        let mut conditions: Vec<Condition> = tests.into_iter().enumerate().map(place).collect();
        conditions.sort_by_key(Condition::cost);
        Compiled { conditions, strip }
    }

    /// Whom the mail is from and to.
    fn addresses(&self, source: &mut Source) -> Vec<(&'static str, Test)> {
        let mut tests = Vec::new();
        let mut add = |key, list: &List, read: fn(&str) -> Result<_, Cause>, test: fn(_) -> Test| {
            let entries = lists::entries(key, list, source, read);
            tests.extend(entries.map(|entries| (key, test(entries.into_iter().collect()))));
        };
        add("recipients", &self.recipients, lists::address, Test::Recipient);
        add("recipient_domains", &self.recipient_domains, lists::domain_of_address, Test::Recipient);
        add("senders", &self.senders, lists::address, |list| Test::Sender(Whose::Either, list));
        add("envelope_senders", &self.envelope_senders, lists::address, |list| {
            Test::Sender(Whose::Envelope, list)
        });
        add("authors", &self.authors, lists::address, |list| Test::Sender(Whose::Author, list));
        add("to_or_cc", &self.to_or_cc, lists::address, Test::ToOrCc);
        tests
    }

    /// What the mail says about itself.
    fn marks(&self, source: &mut Source) -> Vec<(&'static str, Test)> {
        let mut tests = Vec::new();
        if let Some(sections) = &self.header {
            let headers = sections.0.iter().filter_map(|section| section.resolve(source)).collect();
            tests.push(("header", Test::Header(headers)));
        }
        let importance = levels("importance", self.importance.as_ref(), source);
        tests.extend(importance.map(|levels| ("importance", Test::Importance(levels))));
        let sensitivity = levels("sensitivity", self.sensitivity.as_ref(), source);
        tests.extend(sensitivity.map(|levels| ("sensitivity", Test::Sensitivity(levels))));
        let label = |text: &str| match fold(text) {
            folded if folded.is_empty() => Err(Cause::Empty("a label")),
            folded => Ok(folded),
        };
        let labels = lists::entries("labels", &self.labels, source, label);
        tests.extend(labels.map(|labels| ("labels", Test::Label(labels))));
        tests.extend(self.larger_than.map(|size| ("larger_than", Test::LargerThan(size))));
        tests.extend(self.smaller_than.map(|size| ("smaller_than", Test::SmallerThan(size))));
        tests
    }

    /// What stands in its texts.
    fn words(&self, strip: &mut Option<Vec<Regex>>, source: &mut Source) -> Vec<(&'static str, Test)> {
        let mut tests = Vec::new();
        if let Some(words) = lists::words("subject_words", &self.subject_words, source) {
            *strip = Some(words.strip);
            tests.push(("subject_words", Test::Subject(words.patterns)));
        }
        for (key, list, origin) in [
            ("text_words", &self.text_words, None),
            ("body_words", &self.body_words, Some(Origin::Body)),
            ("attachment_words", &self.attachment_words, Some(Origin::Attachment)),
        ] {
            let words = lists::words(key, list, source);
            tests.extend(words.map(|words| (key, Test::Text(origin, words.patterns))));
        }
        tests
    }

    /// What else is in it.
    fn contents(&self, context: &mut Context<'_>) -> Vec<(&'static str, Test)> {
        let mut tests = Vec::new();
        if let Some(sections) = &self.attachment {
            let attachments =
                sections.0.iter().filter_map(|section| section.resolve(context.source)).collect();
            tests.push(("attachment", Test::Attachment(attachments)));
        }
        if let Some(sections) = &self.data {
            let data = sections.0.iter().filter_map(|section| section.resolve(context)).collect();
            tests.push(("data", Test::Data(data)));
        }
        let protection = lists::entries("protection", &self.protection, context.source, |name| {
            one_of("protection", &Protection::NAMES, name)
        });
        tests.extend(protection.map(|ways| ("protection", Test::Protection(ways))));
        let automatic = lists::entries("automatic", &self.automatic, context.source, |name| {
            one_of("automatic", &Automatic::NAMES, name)
        });
        tests.extend(automatic.map(|kinds| ("automatic", Test::Automatic(kinds))));
        tests
    }
}

/// Takes a list of levels, which must not be empty.
fn levels<V: Clone>(
    key: &'static str,
    list: Option<&Spanned<Vec<V>>>,
    source: &mut Source,
) -> Option<Vec<V>> {
    let list = list?;
    if list.get_ref().is_empty() {
        source.note(list, Cause::Empty(key));
    }
    Some(list.get_ref().clone())
}

/// Finds a value by its name.
fn one_of<V: Clone>(key: &'static str, names: &[(&'static str, V)], name: &str) -> Result<V, Cause> {
    let found = names.iter().find(|(own, _)| *own == name);
    found.map(|(_, value)| value.clone()).ok_or_else(|| Cause::NotOneOf {
        key,
        name: name.to_owned(),
        names: names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "),
    })
}

impl HeaderSection {
    fn resolve(&self, source: &mut Source) -> Option<HeaderTest> {
        let name = source.check(&self.name, header_name(self.name.get_ref()))?;
        let value = match &self.value {
            None => ValueTest::Any,
            Some(value) => source.check(value, value_test(value.get_ref()))?,
        };
        Some(HeaderTest { name, value })
    }
}

fn value_test(text: &str) -> Result<ValueTest, Cause> {
    Ok(match lists::expression(text)? {
        Some(expression) => ValueTest::Matches(expression),
        None => ValueTest::Contains(fold(&one_line("value", text)?)),
    })
}

/// Reads the name of a header field.
pub(super) fn header_name(text: &str) -> Result<String, Cause> {
    let good =
        (1..=76).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
    good.then(|| text.to_owned()).ok_or_else(|| Cause::HeaderName(text.to_owned()))
}

impl AttachmentSection {
    fn resolve(&self, source: &mut Source) -> Option<AttachmentTest> {
        let mut patterns = |key, list: &List| match list {
            None => Some(Vec::<Regex>::new()),
            list => lists::entries(key, list, source, lists::glob),
        };
        let (names, types) = (patterns("names", &self.names)?, patterns("types", &self.types)?);
        let extension = |text: &str| {
            let bare = fold(text.trim_start_matches("*.").trim_start_matches('.'));
            if bare.is_empty() { Err(Cause::Empty("an extension")) } else { Ok(bare) }
        };
        let extensions =
            lists::entries("extensions", &self.extensions, source, extension).unwrap_or_default();
        let Self { larger_than, encrypted, readable, .. } = *self;
        let written = self.written();
        Some(AttachmentTest { names, extensions, types, larger_than, encrypted, readable, written })
    }

    /// Writes it as it stands in the policy.
    fn written(&self) -> String {
        let lists = [("names", &self.names), ("extensions", &self.extensions), ("types", &self.types)];
        let lists = lists.into_iter().filter_map(|(key, list)| {
            let entries: Vec<&str> =
                list.as_ref()?.get_ref().iter().map(|entry| entry.get_ref().as_str()).collect();
            Some(format!("{key} = {entries:?}"))
        });
        let larger_than = self.larger_than.map(|size| format!("larger_than = {size}"));
        let encrypted = self.encrypted.map(|encrypted| format!("encrypted = {encrypted}"));
        let readable = self.readable.map(|readable| format!("readable = {readable}"));
        let respects: Vec<String> = lists.chain(larger_than).chain(encrypted).chain(readable).collect();
        if respects.is_empty() { "any".to_owned() } else { respects.join(", ") }
    }
}

impl DataSection {
    fn resolve(&self, context: &mut Context<'_>) -> Option<DataTest> {
        let name = self.r#type.get_ref();
        let Some(data) = context.data_types.get(name).cloned() else {
            let mut names: Vec<&str> = context.data_types.keys().map(String::as_str).collect();
            names.sort_unstable();
            let cause = Cause::NotOneOf { key: "type", name: name.clone(), names: names.join(", ") };
            context.source.note(&self.r#type, cause);
            return None;
        };
        let at_least = *self.at_least.get_ref();
        if !(1..=MOST_VALUES).contains(&at_least) {
            let cause = Cause::OutOfBounds { key: "at_least", expected: "from 1 to 10000" };
            context.source.note(&self.at_least, cause);
        }
        Some(DataTest { name: name.clone(), data, at_least })
    }
}

/// A table, or a list of tables of which one is enough.
pub(in super::super) struct OneOrMany<T>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(PhantomData))
    }
}

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table or a list of tables")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(value::MapAccessDeserializer::new(map)).map(|one| OneOrMany(vec![one]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut many = Vec::new();
        while let Some(one) = list.next_element()? {
            many.push(one);
        }
        if many.is_empty() {
            return Err(serde::de::Error::custom("the list must not be empty"));
        }
        Ok(OneOrMany(many))
    }
}
