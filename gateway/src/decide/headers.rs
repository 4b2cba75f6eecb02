//! The conditions that look at a mail's header section and envelope sender.

use sealpost_common::address::Address;

use super::{
    addresses::{AddressList, with_ascii_domain},
    conditions::{
        HeaderTest, Importance, Sensitivity, Test, ValueTest, Verdict, Whose, met_if, one_of, unknown_if,
    },
    contents,
    facts::Facts,
    words::{Forms, Readable, TextPatterns},
};
use crate::parse::{Authors, Field};

/// Evaluates a condition that looks at the mail.
pub(super) fn on_mail(test: &Test, facts: &Facts<'_>) -> Verdict {
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

/// Says whether the field names nobody: it is empty, or one group without a member, as `undisclosed-recipients:;` is.
fn is_empty_group(field: &Field<'_>) -> bool {
    let value = field.value().trim_ascii();
    let name = value.strip_suffix(b";").and_then(|rest| rest.trim_ascii_end().strip_suffix(b":"));
    value.is_empty() || name.is_some_and(|name| !name.iter().any(|byte| b",:;<>@".contains(byte)))
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
        let (value, forms) = (field.text(), Forms::default());
        let readable = Readable::new(value.as_str(), &forms);
        let met = match &test.value {
            ValueTest::Any => true,
            ValueTest::Contains(wanted) => readable.folded().contains(wanted),
            ValueTest::Matches(expression) => expression.is_match(readable.composed()),
        };
        if met { Verdict::Met } else { unknown_if(!value.is_exact() || forms.is_cut()) }
    };
    let found = facts.header.named(&test.name).map(matches);
    one_of(found.chain([unknown_if(facts.header.is_defective())]))
}

fn importance(wanted: &[Importance], facts: &Facts<'_>) -> Verdict {
    let names = ["Importance", "Priority", "X-Priority", "X-MSMail-Priority"];
    let fields = facts.header.fields().iter().filter(|field| names.iter().any(|name| field.is(name)));
    // A field that says that there is nothing to say stands back behind one that says something.
    let said = fields.map(said_importance).filter(|said| *said != Some(Importance::Normal));
    let verdict =
        |said: Option<Importance>| said.map_or(Verdict::Unknown, |said| met_if(wanted.contains(&said)));
    let mut verdicts = said.map(verdict);
    let first = verdicts.next().unwrap_or_else(|| met_if(wanted.contains(&Importance::Normal)));
    // Which of several fields a reader is shown cannot be told.
    let agreed = if verdicts.all(|next| next == first) { first } else { Verdict::Unknown };
    one_of([agreed, unknown_if(facts.header.is_defective())])
}

/// Gives what a field says of the importance; `None` when that cannot be told.
fn said_importance(field: &Field<'_>) -> Option<Importance> {
    let (value, forms) = (field.text(), Forms::default());
    let folded = Readable::new(value.as_str(), &forms).folded();
    let said = match folded.split([' ', '(']).next().unwrap_or_default() {
        "high" | "urgent" | "1" | "2" => Importance::High,
        "low" | "non-urgent" | "4" | "5" => Importance::Low,
        _ => Importance::Normal,
    };
    (value.is_exact() && !forms.is_cut()).then_some(said)
}

fn sensitivity(wanted: &[Sensitivity], facts: &Facts<'_>) -> Verdict {
    let said = |field: &Field<'_>| {
        let (value, forms) = (field.text(), Forms::default());
        let said = match Readable::new(value.as_str(), &forms).folded() {
            "personal" => Some(Sensitivity::Personal),
            "private" => Some(Sensitivity::Private),
            "company-confidential" | "confidential" => Some(Sensitivity::Confidential),
            _ => None,
        };
        if !value.is_exact() || forms.is_cut() {
            return Verdict::Unknown;
        }
        met_if(said.is_some_and(|said| wanted.contains(&said)))
    };
    one_of(facts.header.named("Sensitivity").map(said).chain([unknown_if(facts.header.is_defective())]))
}

/// Looks for labels in the `msip_labels` field: `MSIP_Label_<ID>_Enabled=true; MSIP_Label_<ID>_Name=Confidential; …`.
fn labels(wanted: &[String], facts: &Facts<'_>) -> Verdict {
    let says = |field: &Field<'_>| {
        let (value, forms) = (field.text(), Forms::default());
        let folded = Readable::new(value.as_str(), &forms).folded();
        let settings: Vec<(&str, &str, &str)> = folded.split(';').filter_map(label_setting).collect();
        let is_off = |id: &str| {
            settings.iter().any(|(of, key, value)| *of == id && *key == "enabled" && *value == "false")
        };
        let is_wanted = |text: &str| wanted.iter().any(|wanted| wanted == text);
        let met = settings
            .iter()
            .any(|(id, key, value)| !is_off(id) && (is_wanted(id) || (*key == "name" && is_wanted(value))));
        if met { Verdict::Met } else { unknown_if(!value.is_exact() || forms.is_cut()) }
    };
    one_of(facts.header.named("msip_labels").map(says).chain([unknown_if(facts.header.is_defective())]))
}

/// Splits `msip_label_<id>_<key>=<value>`, folded.
fn label_setting(text: &str) -> Option<(&str, &str, &str)> {
    let (name, value) = text.trim().split_once('=')?;
    let (id, key) = name.trim().strip_prefix("msip_label_")?.split_once('_')?;
    Some((id, key, value.trim()))
}
