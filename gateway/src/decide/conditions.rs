//! The kinds of conditions, and how each is evaluated: met, not met, or not to be told.

use regex::Regex;
use sealpost_common::address::Address;

use super::{addresses::AddressList, facts::Facts, headers, words::TextPatterns};
use crate::content::{Answer, Automatic, DataType, Origin, Protection};

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

impl Verdict {
    /// Gives the verdict on the contrary.
    pub(super) fn opposite(self) -> Self {
        match self {
            Self::Met => Self::NotMet,
            Self::NotMet => Self::Met,
            Self::Unknown => Self::Unknown,
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
    /// Whether all text that may be in it is looked into.
    pub readable: Option<bool>,
    /// As it stands in the policy.
    pub written: String,
}

/// A type of data and how many values of it there have to be.
#[derive(Debug, Clone)]
pub struct DataTest {
    /// The type's name.
    pub name: String,
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
            test => facts.once(self.slot, || headers::on_mail(test, facts)),
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

pub(super) fn met_if(met: bool) -> Verdict {
    if met { Verdict::Met } else { Verdict::NotMet }
}

pub(super) fn unknown_if(unknown: bool) -> Verdict {
    if unknown { Verdict::Unknown } else { Verdict::NotMet }
}
