//! The kinds of conditions, and how each is evaluated: met, not met, or not to be told.

use regex::Regex;
use sealpost_common::address::Address;

use super::{
    addresses::{AddressList, with_ascii_domain},
    contents,
    facts::Facts,
    words::{Forms, Readable, TextPatterns, fold},
};
use crate::{
    content::{Answer, Automatic, DataType, Origin, Protection},
    parse::{Authors, Field},
};

/// What evaluating a condition gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is met.
    Met,
    /// It is not met.
    NotMet,
    /// It cannot be told, because the mail is malformed there or too large to be looked at.
    Unknown,
}

impl From<Answer> for Verdict {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Yes => Self::Met,
            Answer::No => Self::NotMet,
            Answer::CannotBeTold => Self::Unknown,
        }
    }
}

/// One condition of a rule.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Its key in `policy.toml`.
    pub key: &'static str,
    /// Where its verdict on a mail is kept: each condition of a policy has a place of its own.
    pub slot: usize,
    /// What it looks at and for.
    pub test: Test,
}

/// What a condition looks at and for. Of the entries of a list, one is enough.
#[derive(Debug, Clone)]
pub enum Test {
    /// Whether the recipient is of an internal domain.
    RecipientIs(Side),
    /// The recipient's address.
    Recipient(AddressList),
    /// The sender's address.
    Sender(Whose, AddressList),
    /// Any address of To and Cc.
    ToOrCc(AddressList),
    /// The decoded subject.
    Subject(TextPatterns),
    /// Any header field.
    Header(Vec<HeaderTest>),
    /// How urgent the mail is said to be.
    Importance(Vec<Importance>),
    /// How confidential the mail is said to be.
    Sensitivity(Vec<Sensitivity>),
    /// Labels of Microsoft Purview that are set: their names (folded) or IDs.
    Label(Vec<String>),
    /// More bytes than this.
    LargerThan(usize),
    /// Fewer bytes than this.
    SmallerThan(usize),
    /// An attachment that is like one of these.
    Attachment(Vec<AttachmentTest>),
    /// A text of the mail, by where it stands; `None` for anywhere.
    Text(Option<Origin>, TextPatterns),
    /// So many values or more of one of these types of data.
    Data(Vec<DataTest>),
    /// The mail is protected already.
    Protection(Vec<Protection>),
    /// A program wrote the mail, or a list sent it on.
    Automatic(Vec<Automatic>),
}

/// What an attachment has to be like, in every respect that is named.
#[derive(Debug, Clone, Default)]
pub struct AttachmentTest {
    /// Its name, by patterns with `*` and `?`.
    pub names: Vec<Regex>,
    /// What stands behind the last dot of its name, in lower case.
    pub extensions: Vec<String>,
    /// Its media type, by patterns with `*`, as stated or as its first bytes tell.
    pub types: Vec<Regex>,
    /// It has more bytes than this.
    pub larger_than: Option<u64>,
    /// Whether it is an encrypted archive or document.
    pub encrypted: Option<bool>,
}

/// A type of data and how many values of it there have to be.
#[derive(Debug, Clone)]
pub struct DataTest {
    /// The type.
    pub data: DataType,
    /// The least number of different values.
    pub at_least: usize,
}

/// On which side of the organisation's border a recipient is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// In an internal domain.
    Inside,
    /// Not in an internal domain.
    Outside,
    /// Either.
    Anywhere,
}

/// Which sender a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The envelope sender or the author: one is enough.
    Either,
    /// The envelope sender.
    Envelope,
    /// The author, whom From names.
    Author,
}

/// A header field to look for.
#[derive(Debug, Clone)]
pub struct HeaderTest {
    /// The field's name.
    pub name: String,
    /// What its value has to be like.
    pub value: ValueTest,
}

/// What a header field's value has to be like.
#[derive(Debug, Clone)]
pub enum ValueTest {
    /// Anything: the field only has to be there.
    Any,
    /// It contains this text, folded.
    Contains(String),
    /// The expression is found in it.
    Matches(Regex),
}

/// How urgent a mail is said to be, by any of the fields that say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Importance {
    /// Urgent.
    High,
    /// Neither, or not said.
    Normal,
    /// Not urgent.
    Low,
}

/// How confidential the Sensitivity field says that a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sensitivity {
    /// Personal.
    Personal,
    /// Private.
    Private,
    /// Company-Confidential.
    Confidential,
}

impl Condition {
    /// Says how dear it is to evaluate: the recipient is looked at first, content last.
    #[must_use]
    pub fn cost(&self) -> Cost {
        match self.test {
            Test::RecipientIs(_) | Test::Recipient(_) => Cost::Recipient,
            Test::Sender(..)
            | Test::ToOrCc(_)
            | Test::Subject(_)
            | Test::Header(_)
            | Test::Importance(_)
            | Test::Sensitivity(_)
            | Test::Label(_)
            | Test::LargerThan(_)
            | Test::SmallerThan(_) => Cost::Header,
            Test::Attachment(_)
            | Test::Text(..)
            | Test::Data(_)
            | Test::Protection(_)
            | Test::Automatic(_) => Cost::Content,
        }
    }

    /// Evaluates the condition for a recipient; what looks at the mail alone is evaluated once.
    pub(super) fn verdict(&self, facts: &Facts<'_>, recipient: &Recipient) -> Verdict {
        match &self.test {
            Test::RecipientIs(side) => met_if(match side {
                Side::Inside => recipient.is_inside,
                Side::Outside => !recipient.is_inside,
                Side::Anywhere => true,
            }),
            Test::Recipient(list) => match &recipient.address {
                Some(address) => met_if(list.holds(address)),
                None => Verdict::Unknown,
            },
            test => facts.once(self.slot, || on_mail(test, facts)),
        }
    }
}

/// How dear a condition is to evaluate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cost {
    /// It looks at the recipient only.
    Recipient,
    /// It looks at the header section, once for all recipients.
    Header,
    /// It looks at the whole mail, once for all recipients.
    Content,
}

/// A recipient as conditions see him.
pub(super) struct Recipient {
    /// The address, its domain in the ASCII form; `None` when it cannot be read.
    pub(super) address: Option<Address>,
    pub(super) is_inside: bool,
}

/// Met when one is met, else unknown when one is unknown.
pub(super) fn one_of(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let mut result = Verdict::NotMet;
    for verdict in verdicts {
        match verdict {
            Verdict::Met => return Verdict::Met,
            Verdict::Unknown => result = Verdict::Unknown,
            Verdict::NotMet => {}
        }
    }
    result
}

/// Met when every one is met, else not met when one is not.
pub(super) fn all_of(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let mut result = Verdict::Met;
    for verdict in verdicts {
        match verdict {
            Verdict::NotMet => return Verdict::NotMet,
            Verdict::Unknown => result = Verdict::Unknown,
            Verdict::Met => {}
        }
    }
    result
}

fn on_mail(test: &Test, facts: &Facts<'_>) -> Verdict {
    match test {
        Test::Sender(whose, list) => sender(*whose, list, facts),
        Test::ToOrCc(list) => to_or_cc(list, facts),
        Test::Subject(patterns) => subject(patterns, facts),
        Test::Header(tests) => one_of(tests.iter().map(|test| header_field(test, facts))),
        Test::Importance(wanted) => importance(wanted, facts),
        Test::Sensitivity(wanted) => sensitivity(wanted, facts),
        Test::Label(wanted) => labels(wanted, facts),
        Test::LargerThan(size) => met_if(facts.mail.len() > *size),
        Test::SmallerThan(size) => met_if(facts.mail.len() < *size),
        Test::Attachment(_) | Test::Text(..) | Test::Data(_) | Test::Protection(_) | Test::Automatic(_) => {
            contents::on_content(test, facts)
        }
        // They look at the recipient, not at the mail.
        Test::RecipientIs(_) | Test::Recipient(_) => Verdict::Unknown,
    }
}

fn sender(whose: Whose, list: &AddressList, facts: &Facts<'_>) -> Verdict {
    let envelope_sender = || match (facts.sender, Address::parse(facts.sender)) {
        ("", _) => met_if(list.holds_null()),
        (_, Ok(address)) => listed(list, address),
        (_, Err(_)) => Verdict::Unknown,
    };
    let author = || match facts.authors() {
        Authors::One(author) => listed(list, author.address.clone()),
        // Which of them wrote the mail cannot be told.
        Authors::Several(authors)
            if authors.iter().any(|author| listed(list, author.address.clone()) != Verdict::NotMet) =>
        {
            Verdict::Unknown
        }
        Authors::Unreadable => Verdict::Unknown,
        Authors::Several(_) | Authors::None => unknown_if(facts.header.is_defective()),
    };
    match whose {
        Whose::Envelope => envelope_sender(),
        Whose::Author => author(),
        Whose::Either => one_of([envelope_sender(), author()]),
    }
}

fn to_or_cc(list: &AddressList, facts: &Facts<'_>) -> Verdict {
    let fields = facts.header.fields().iter().filter(|field| field.is("To") || field.is("Cc"));
    let holds = |field: &Field<'_>| match field.mailboxes() {
        Some(mailboxes) => one_of(mailboxes.into_iter().map(|mailbox| listed(list, mailbox.address))),
        None => unknown_if(!is_empty_group(field)),
    };
    one_of(fields.map(holds).chain([unknown_if(facts.header.is_defective())]))
}

/// Says whether the field names nobody, as `undisclosed-recipients:;` does.
fn is_empty_group(field: &Field<'_>) -> bool {
    let value = field.value().trim_ascii();
    value.is_empty() || value.strip_suffix(b";").is_some_and(|rest| rest.trim_ascii_end().ends_with(b":"))
}

fn listed(list: &AddressList, address: Address) -> Verdict {
    match with_ascii_domain(address) {
        Some(address) => met_if(list.holds(&address)),
        None => Verdict::Unknown,
    }
}

fn subject(patterns: &TextPatterns, facts: &Facts<'_>) -> Verdict {
    let found = facts.subjects().iter().map(|subject| {
        if patterns.stand_in(subject.readable()) { Verdict::Met } else { unknown_if(!subject.is_exact()) }
    });
    one_of(found.chain([unknown_if(facts.header.is_defective())]))
}

fn header_field(test: &HeaderTest, facts: &Facts<'_>) -> Verdict {
    let matches = |field: &Field<'_>| {
        if matches!(test.value, ValueTest::Any) {
            return Verdict::Met;
        }
        let value = field.text();
        let met = match &test.value {
            ValueTest::Any => true,
            ValueTest::Contains(wanted) => fold(value.as_str()).contains(wanted),
            ValueTest::Matches(expression) => {
                expression.is_match(Readable::new(value.as_str(), &Forms::default()).composed())
            }
        };
        if met { Verdict::Met } else { unknown_if(!value.is_exact()) }
    };
    let found = facts.header.named(&test.name).map(matches);
    one_of(found.chain([unknown_if(facts.header.is_defective())]))
}

fn importance(wanted: &[Importance], facts: &Facts<'_>) -> Verdict {
    let said = facts.header.fields().iter().filter_map(said_importance).reduce(|first, next| {
        // Of fields that say different things, the one that says something counts.
        if first == Importance::Normal { next } else { first }
    });
    let met = wanted.contains(&said.unwrap_or(Importance::Normal));
    if met { Verdict::Met } else { unknown_if(facts.header.is_defective()) }
}

fn said_importance(field: &Field<'_>) -> Option<Importance> {
    let names = ["Importance", "Priority", "X-Priority", "X-MSMail-Priority"];
    if !names.iter().any(|name| field.is(name)) {
        return None;
    }
    let value = fold(field.text().as_str());
    match value.split([' ', '(']).next().unwrap_or_default() {
        "high" | "urgent" | "1" | "2" => Some(Importance::High),
        "low" | "non-urgent" | "4" | "5" => Some(Importance::Low),
        _ => Some(Importance::Normal),
    }
}

fn sensitivity(wanted: &[Sensitivity], facts: &Facts<'_>) -> Verdict {
    let said = |field: &Field<'_>| {
        let value = field.text();
        let said = match fold(value.as_str()).as_str() {
            "personal" => Some(Sensitivity::Personal),
            "private" => Some(Sensitivity::Private),
            "company-confidential" | "confidential" => Some(Sensitivity::Confidential),
            _ => None,
        };
        match said {
            Some(said) => met_if(wanted.contains(&said)),
            None => unknown_if(!value.is_exact()),
        }
    };
    one_of(facts.header.named("Sensitivity").map(said).chain([unknown_if(facts.header.is_defective())]))
}

/// Looks for labels in the `msip_labels` field: `MSIP_Label_<ID>_Enabled=true; MSIP_Label_<ID>_Name=Confidential; …`.
fn labels(wanted: &[String], facts: &Facts<'_>) -> Verdict {
    let says = |field: &Field<'_>| {
        let value = field.text();
        let folded = fold(value.as_str());
        let settings: Vec<(&str, &str, &str)> = folded.split(';').filter_map(label_setting).collect();
        let is_off = |id: &str| {
            settings.iter().any(|(of, key, value)| *of == id && *key == "enabled" && *value == "false")
        };
        let is_wanted = |text: &str| wanted.iter().any(|wanted| wanted == text);
        let met = settings
            .iter()
            .any(|(id, key, value)| !is_off(id) && (is_wanted(id) || (*key == "name" && is_wanted(value))));
        if met { Verdict::Met } else { unknown_if(!value.is_exact()) }
    };
    one_of(facts.header.named("msip_labels").map(says).chain([unknown_if(facts.header.is_defective())]))
}

/// Splits `msip_label_<id>_<key>=<value>`, folded.
fn label_setting(text: &str) -> Option<(&str, &str, &str)> {
    let (name, value) = text.trim().split_once('=')?;
    let (id, key) = name.trim().strip_prefix("msip_label_")?.split_once('_')?;
    Some((id, key, value.trim()))
}

pub(super) fn met_if(met: bool) -> Verdict {
    if met { Verdict::Met } else { Verdict::NotMet }
}

pub(super) fn unknown_if(unknown: bool) -> Verdict {
    if unknown { Verdict::Unknown } else { Verdict::NotMet }
}
