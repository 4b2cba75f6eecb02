//! What the text of an answer begins with: an empty line for the answer, and below it what it is to.

use super::Quotation;
use crate::{language::Language, receive::Way, render::Mailbox, texts::Texts};

/// The text with which a page begins.
pub(super) fn opening_text(t: Texts, quotation: &Quotation, way: Way) -> String {
    if way == Way::Forward {
        return forwarded_text(t, quotation);
    }
    let author = quotation.from.first().map_or("", name_of);
    let wrote = match &quotation.date {
        Some(date) => {
            let date = t.when(&date.written);
            t.get("answer-quoted").with("date", &date).with("author", author).to_string()
        }
        None => t.get("answer-quoted-without-date").with("author", author).to_string(),
    };
    let cut = if quotation.cut { "> [...]\n" } else { "" };
    format!("\n\n{wrote}\n{}{cut}", quotation.marked())
}

/// Whether a text is no more than what its page began with, in whatever language that was.
pub(super) fn is_as_it_began(text: &str, quotation: &Quotation, way: Way) -> bool {
    Language::all().iter().any(|language| {
        let began = opening_text(Texts::of(*language), quotation, way);
        // Browsers change line ends.
        began.split_whitespace().eq(text.split_whitespace())
    })
}

fn forwarded_text(t: Texts, quotation: &Quotation) -> String {
    let list = |list: &[Mailbox]| list.iter().map(whole_name).collect::<Vec<_>>().join(", ");
    let fields = [
        (t.get("message-from"), list(&quotation.from)),
        (t.get("message-to"), list(&quotation.to)),
        (t.get("message-cc"), list(&quotation.cc)),
        (
            t.get("message-date"),
            quotation.date.as_ref().map(|date| t.when(&date.written)).unwrap_or_default(),
        ),
        (t.get("answer-subject"), quotation.subject.clone()),
    ];
    let said = fields.iter().filter(|(_, value)| !value.is_empty());
    let said = said.map(|(name, value)| format!("{name}: {value}\n")).collect::<Vec<_>>().concat();
    let title = t.get("answer-forwarded");
    let cut = if quotation.cut { "[...]\n" } else { "" };
    format!("\n\n-------- {title} --------\n{said}\n{}\n{cut}", quotation.text)
}

fn name_of(mailbox: &Mailbox) -> &str {
    if mailbox.name.is_empty() { &mailbox.address } else { &mailbox.name }
}

fn whole_name(mailbox: &Mailbox) -> String {
    match (mailbox.name.as_str(), mailbox.address.as_str()) {
        ("", address) => address.to_owned(),
        (name, "") => name.to_owned(),
        (name, address) => format!("{name} <{address}>"),
    }
}
