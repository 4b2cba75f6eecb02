//! Names the entry of a condition by which it is met: what stands in the policy, never what stands in the mail.

use sealpost_common::address::Address;

use super::{
    AddressList, HeaderTest, Importance, Sensitivity, Test, ValueTest, Verdict, Whose, conditions::Recipient,
    contents, facts::Facts, headers, with_ascii_domain,
};
use crate::{
    content::{Automatic, Protection},
    parse::{Authors, Field},
};

/// Gives the first entry that is met of a condition that is; `None` for conditions that have one only.
pub(super) fn entry(test: &Test, facts: &Facts<'_>, recipient: &Recipient) -> Option<String> {
    match test {
        Test::RecipientIs(_) | Test::LargerThan(_) | Test::SmallerThan(_) => None,
        Test::Recipient(list) => list.entry_for(recipient.address.as_ref()?),
        Test::Sender(whose, list) => sender(*whose, list, facts),
        Test::ToOrCc(list) => to_or_cc(list, facts),
        Test::Subject(words) => {
            facts.subjects().iter().find_map(|subject| words.entry_in(subject.readable()))
        }
        Test::Text(origin, words) => contents::entry_in_texts(*origin, words, facts),
        test => {
            let is_met = |(_, single): &(String, Test)| headers::on_mail(single, facts) == Verdict::Met;
            singles(test).into_iter().find(is_met).map(|(name, _)| name)
        }
    }
}

/// Takes a condition apart into one for each entry.
fn singles(test: &Test) -> Vec<(String, Test)> {
    match test {
        Test::Header(tests) => each(tests, header, Test::Header),
        Test::Importance(levels) => each(levels, |level| importance(*level), Test::Importance),
        Test::Sensitivity(levels) => each(levels, |level| sensitivity(*level), Test::Sensitivity),
        Test::Label(labels) => each(labels, String::clone, Test::Label),
        Test::Attachment(tests) => each(tests, |test| test.written.clone(), Test::Attachment),
        Test::Data(tests) => {
            each(tests, |test| format!("{}, at least {}", test.name, test.at_least), Test::Data)
        }
        Test::Protection(ways) => each(ways, |way| name(&Protection::NAMES, way), Test::Protection),
        Test::Automatic(kinds) => each(kinds, |kind| name(&Automatic::NAMES, kind), Test::Automatic),
        _ => Vec::new(),
    }
}

fn each<T: Clone>(
    entries: &[T],
    name: impl Fn(&T) -> String,
    test: impl Fn(Vec<T>) -> Test,
) -> Vec<(String, Test)> {
    entries.iter().map(|entry| (name(entry), test(vec![entry.clone()]))).collect()
}

fn name<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> String {
    names.iter().find(|(_, own)| own == value).map(|(name, _)| (*name).to_owned()).unwrap_or_default()
}

fn header(test: &HeaderTest) -> String {
    match &test.value {
        ValueTest::Any => test.name.clone(),
        ValueTest::Contains(wanted) => format!("{}: {wanted}", test.name),
        ValueTest::Matches(expression) => format!("{}: /{expression}/", test.name),
    }
}

fn importance(level: Importance) -> String {
    let name = match level {
        Importance::High => "high",
        Importance::Normal => "normal",
        Importance::Low => "low",
    };
    name.to_owned()
}

fn sensitivity(level: Sensitivity) -> String {
    let name = match level {
        Sensitivity::Personal => "personal",
        Sensitivity::Private => "private",
        Sensitivity::Confidential => "confidential",
    };
    name.to_owned()
}

fn sender(whose: Whose, list: &AddressList, facts: &Facts<'_>) -> Option<String> {
    let envelope_sender = || match facts.sender {
        "" => list.holds_null().then(|| "<>".to_owned()),
        sender => listed(list, Address::parse(sender).ok()?),
    };
    let author = || match facts.authors() {
        Authors::One(author) => listed(list, author.address.clone()),
        _ => None,
    };
    match whose {
        Whose::Envelope => envelope_sender(),
        Whose::Author => author(),
        Whose::Either => envelope_sender().or_else(author),
    }
}

fn to_or_cc(list: &AddressList, facts: &Facts<'_>) -> Option<String> {
    let fields = facts.header.fields().iter().filter(|field| field.is("To") || field.is("Cc"));
    let mut mailboxes = fields.filter_map(Field::mailboxes).flatten();
    mailboxes.find_map(|mailbox| listed(list, mailbox.address))
}

fn listed(list: &AddressList, address: Address) -> Option<String> {
    list.entry_for(&with_ascii_domain(address)?)
}
