//! The conditions that look at a mail's content.

use regex::Regex;

use super::{
    conditions::{AttachmentTest, Test, Verdict},
    facts::Facts,
    words::{Readable, TextPatterns, fold},
};
use crate::content::{Answer, Attachment, Content, Origin};

/// Evaluates a condition on content; what is none cannot be told.
pub(super) fn on_content(test: &Test, facts: &Facts<'_>) -> Verdict {
    let content = facts.content();
    let answer = match test {
        Test::Attachment(tests) => {
            let is_like =
                |attachment: &Attachment| any(tests.iter().map(|test| is_like(attachment, test, content)));
            content.attachments().any(is_like)
        }
        Test::Text(origin, patterns) => texts(*origin, patterns, facts),
        Test::Data(tests) => {
            any(tests.iter().map(|test| content.count(&test.data, test.at_least).at_least(test.at_least)))
        }
        Test::Protection(ways) => any(ways.iter().map(|way| content.is_protected(*way))),
        Test::Automatic(kinds) => any(kinds.iter().map(|kind| content.is_automatic(*kind, facts.sender))),
        _ => Answer::CannotBeTold,
    };
    answer.into()
}

fn any(answers: impl Iterator<Item = Answer>) -> Answer {
    answers.fold(Answer::No, Answer::or)
}

fn texts(origin: Option<Origin>, patterns: &TextPatterns, facts: &Facts<'_>) -> Answer {
    let texts = facts.content().texts();
    let found = texts.items.iter().zip(facts.text_forms());
    let found = found.filter(|(text, _)| origin.is_none_or(|origin| text.origin == origin));
    let found = found.map(|(text, forms)| {
        let answer = text.holds(patterns.is_ascii(), |text| patterns.stand_in(Readable::new(text, forms)));
        if forms.is_cut() { answer.or(Answer::CannotBeTold) } else { answer }
    });
    any(found.chain([if texts.complete { Answer::No } else { Answer::CannotBeTold }]))
}

/// Gives the word or expression that stands in a text.
pub(super) fn entry_in_texts(
    origin: Option<Origin>,
    patterns: &TextPatterns,
    facts: &Facts<'_>,
) -> Option<String> {
    let found = facts.content().texts().items.iter().zip(facts.text_forms());
    let mut found = found.filter(|(text, _)| origin.is_none_or(|origin| text.origin == origin));
    found.find_map(|(text, forms)| patterns.entry_in(Readable::new(&text.text, forms)))
}

/// Says whether the attachment is so in every respect that the test names.
fn is_like(attachment: &Attachment, test: &AttachmentTest, content: &Content<'_>) -> Answer {
    let mut respects = Vec::new();
    let named = |wanted: &dyn Fn(&str) -> bool, name: Option<&str>| {
        if name.is_some_and(wanted) {
            Answer::Yes
        } else if attachment.name_is_exact {
            Answer::No
        } else {
            Answer::CannotBeTold
        }
    };
    if !test.names.is_empty() {
        let fits = |name: &str| matches_one(&test.names, name);
        respects.push(named(&fits, attachment.name.as_deref()));
    }
    if !test.extensions.is_empty() {
        let fits = |extension: &str| test.extensions.iter().any(|wanted| wanted == extension);
        respects.push(named(&fits, attachment.extension.as_deref()));
    }
    if !test.types.is_empty() {
        let types = [Some(attachment.media_type.as_str()), attachment.detected];
        respects.push(Answer::of(types.iter().flatten().any(|name| matches_one(&test.types, name))));
    }
    if let Some(size) = test.larger_than {
        let is_larger = attachment.size > size;
        let is_sure = is_larger || attachment.size_is_exact;
        respects.push(if is_sure { Answer::of(is_larger) } else { Answer::CannotBeTold });
    }
    if let Some(encrypted) = test.encrypted {
        respects.push(if encrypted { attachment.is_encrypted } else { not(attachment.is_encrypted) });
    }
    // The texts are read only if it hangs on that.
    if let Some(readable) = test.readable
        && all(&respects) != Answer::No
    {
        respects.push(Answer::of(content.is_readable(attachment) == readable));
    }
    all(&respects)
}

fn matches_one(patterns: &[Regex], name: &str) -> bool {
    let name = fold(name);
    patterns.iter().any(|pattern| pattern.is_match(&name))
}

fn not(answer: Answer) -> Answer {
    match answer {
        Answer::Yes => Answer::No,
        Answer::No => Answer::Yes,
        Answer::CannotBeTold => Answer::CannotBeTold,
    }
}

/// Yes when every one is, no when one is no.
fn all(answers: &[Answer]) -> Answer {
    not(any(answers.iter().map(|answer| not(*answer))))
}
