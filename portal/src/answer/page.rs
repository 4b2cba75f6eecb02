//! The pages of an answer: the one on which it is written, and the one that says that it was sent.

use askama::Template;
use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use sealpost_common::address::DomainPattern;

use super::{
    Fault, ForwardTo, Original, Outcome, Party, Quotation, may_send_whole, opening::opening_text,
    subject_of_answer, submission::new_id,
};
use crate::{
    Portal, error,
    error::Refusal,
    headers::SCRIPT_POLICY,
    pages,
    receive::{Arrival, Way},
    text,
    texts::{TextId, Texts},
};

/// Longest text that the page lets a reader type, in UTF-16 units: in UTF-8 it is within what is taken.
const MAX_TYPED: usize = crate::receive::answer::MAX_TEXT / 4;

#[derive(Template)]
#[template(path = "answer.html")]
struct AnswerPage<'p> {
    t: Texts,
    way: Way,
    title: TextId,
    fault: Option<Fault>,
    /// Whether nothing has been typed yet.
    fresh: bool,
    /// What the fault is, in words.
    said: String,
    reader: &'p Party,
    /// To whom it goes, and who gets a copy; nobody where that is not fixed.
    fixed: [(TextId, &'p [Party]); 2],
    /// To whom the message may be passed on.
    may: ForwardTo<'p>,
    /// The domains among them, as the settings have them.
    domains: String,
    /// Those from whom the reader chooses, and whether he has; nobody where he types.
    choices: Vec<(&'p Party, bool)>,
    /// The addresses that were typed.
    typed: &'p str,
    subject: &'p str,
    text: &'p str,
    submission: &'p str,
    /// Whether the reader is or was told that it may have been sent.
    warned: bool,
    /// What the browser keeps the draft by.
    draft: &'p str,
    copy: bool,
    /// Whether the mail itself may go along, and whether it does.
    original: (bool, bool),
    max_files: usize,
    max_file_bytes: u64,
    size: String,
    max_typed: usize,
}

#[derive(Template)]
#[template(path = "sent.html")]
struct SentPage<'p> {
    t: Texts,
    outcome: Outcome,
    to: Vec<&'p Party>,
    copy: bool,
    draft: &'p str,
}

impl<'p> AnswerPage<'p> {
    /// What says to whom it goes: who may be among them, and what is wrong with it.
    fn described_by(&self) -> String {
        let hint = (!matches!(self.may, ForwardTo::Anyone)).then_some("to-hint");
        let fault = self.is_about_addresses().then_some("fault");
        hint.into_iter().chain(fault).collect::<Vec<_>>().join(" ")
    }

    fn is_about_addresses(&self) -> bool {
        self.fault.is_some_and(Fault::is_about_addresses)
    }

    /// Whom it goes to, where that is fixed.
    fn people(&self) -> Vec<(TextId, &'p [Party])> {
        self.fixed.into_iter().filter(|(_, list)| !list.is_empty()).collect()
    }
}

/// What the reader has typed so far, or has before him when he begins.
struct Typed<'t> {
    to: &'t str,
    subject: &'t str,
    text: &'t str,
    submission: &'t str,
    copy: bool,
    original: bool,
    fresh: bool,
}

/// The page on which an answer is written, for the first time.
pub(super) fn first(
    t: Texts,
    portal: &Portal,
    arrival: &Arrival,
    original: &Original,
    quotation: &Quotation,
    (way, submission): (Way, &str),
) -> Result<Response, Refusal> {
    let subject = subject_of_answer(&original.subject, way);
    let text = opening_text(t, quotation, way);
    let typed =
        Typed { to: "", subject: &subject, text: &text, submission, copy: true, original: true, fresh: true };
    write(t, portal, arrival, original, (way, None), &typed)
}

/// The same with what the reader wrote, and what is wrong with it, if anything is.
pub(super) fn again(
    t: Texts,
    portal: &Portal,
    arrival: &Arrival,
    original: &Original,
    (way, fault): (Way, Option<Fault>),
) -> Result<Response, Refusal> {
    let answer = &arrival.answer;
    // What is sent besides what was sent has a page of its own.
    let other = if fault == Some(Fault::SentOther) { Some(new_id(portal)?) } else { None };
    let typed = Typed {
        to: &answer.to,
        subject: &answer.subject,
        text: &answer.text,
        submission: other.as_ref().unwrap_or(&answer.submission),
        copy: answer.copy,
        original: answer.original,
        fresh: false,
    };
    let mut response = write(t, portal, arrival, original, (way, fault), &typed)?;
    if let Some(fault) = fault {
        *response.status_mut() = fault.status();
        response.extensions_mut().insert(error::Outcome(fault.class()));
    }
    if let Some(Fault::TooMany { wait }) = fault {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.max(1)));
    }
    Ok(response)
}

fn write(
    t: Texts,
    portal: &Portal,
    arrival: &Arrival,
    original: &Original,
    (way, fault): (Way, Option<Fault>),
    typed: &Typed<'_>,
) -> Result<Response, Refusal> {
    let settings = portal.settings.answer.as_ref().ok_or(Refusal::NoAnswer)?;
    let participants = &original.participants;
    let (to, cc) =
        if way == Way::Forward { (&[][..], &[][..]) } else { (&participants.to[..], &participants.cc[..]) };
    let may = settings.forward_to.rule();
    let choices = if way == Way::Forward { participants.choices(may, typed.to) } else { Vec::new() };
    let size = t.size(&usize::try_from(settings.max_file_bytes).unwrap_or(usize::MAX));
    let page = AnswerPage {
        t,
        way,
        title: title(way),
        fault,
        fresh: typed.fresh,
        said: fault
            .map(|fault| said(t, fault, !choices.is_empty(), (settings.max_files, &size)))
            .unwrap_or_default(),
        reader: &participants.reader,
        fixed: [(TextId("message-to"), to), (TextId("message-cc"), cc)],
        may,
        domains: domains(may),
        choices,
        typed: typed.to,
        subject: typed.subject,
        text: typed.text,
        submission: typed.submission,
        warned: fault.map_or(arrival.answer.warned, |fault| fault == Fault::Unsure),
        draft: &draft_name(arrival, way),
        copy: typed.copy,
        original: (may_send_whole(arrival, way), typed.original),
        max_files: settings.max_files,
        max_file_bytes: settings.max_file_bytes,
        size,
        max_typed: MAX_TYPED,
    };
    carrying(portal, arrival, &page)
}

/// The page that says that an answer was sent, and to whom.
pub(super) fn sent(
    t: Texts,
    portal: &Portal,
    arrival: &Arrival,
    original: &Original,
    outcome: Outcome,
) -> Result<Response, Refusal> {
    let answer = &arrival.answer;
    let way = answer.way.unwrap_or(Way::Reply);
    let draft = draft_name(arrival, way);
    let page =
        SentPage { t, outcome, to: original.participants.all().collect(), copy: answer.copy, draft: &draft };
    let mut response = carrying(portal, arrival, &page)?;
    let class = if outcome == Outcome::Sent { "answer-sent" } else { "answer-sent-before" };
    response.extensions_mut().insert(error::Outcome(class));
    Ok(response)
}

/// Writes a page with a script of ours, and the envelope in it.
fn carrying(portal: &Portal, arrival: &Arrival, page: &impl Template) -> Result<Response, Refusal> {
    let mut response = pages::carrying(page, portal, arrival)?;
    pages::set_policy(&mut response, SCRIPT_POLICY);
    Ok(response)
}

/// What the browser keeps a draft by: the envelope that it is about, and the way. It tells nothing of either.
fn draft_name(arrival: &Arrival, way: Way) -> String {
    format!("{}-{}", text::to_base64url(arrival.envelope.identity()), way.name())
}

fn title(way: Way) -> TextId {
    match way {
        Way::Reply => TextId("answer-reply"),
        Way::ReplyAll => TextId("answer-reply-all"),
        Way::Forward => TextId("answer-forward"),
    }
}

/// The domains of those to whom a message may be passed on, as people write them.
fn domains(may: ForwardTo<'_>) -> String {
    let ForwardTo::Domains(patterns) = may else { return String::new() };
    let written = |pattern: &DomainPattern| {
        let pattern = pattern.to_string();
        let (unicode, read) = idna::domain_to_unicode(&pattern);
        if read.is_ok() { unicode } else { pattern }
    };
    patterns.iter().map(written).collect::<Vec<_>>().join(", ")
}

/// What is wrong, in words; of who is to get it differently where the reader chooses.
fn said(t: Texts, fault: Fault, chooses: bool, (files, size): (usize, &str)) -> String {
    if chooses && fault == Fault::NoAddress {
        return t.get("answer-fault-nobody").to_string();
    }
    let minutes = match fault {
        Fault::TooMany { wait } => wait.div_ceil(60),
        _ => 0,
    };
    t.get(fault.text()).with("files", &files).with("size", size).with("minutes", &minutes).to_string()
}
