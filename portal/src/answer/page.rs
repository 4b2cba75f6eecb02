//! The pages of an answer: the one on which it is written, and the one that says that it was sent.

use askama::Template;
use axum::{
    http::{HeaderValue, header},
    response::Response,
};

use super::{Fault, Original, Outcome, Party, Quotation, may_send_whole, subject_of_answer};
use crate::{
    Portal, error,
    error::Refusal,
    headers::SCRIPT_POLICY,
    pages,
    receive::{Arrival, Way},
    render::Mailbox,
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
    /// The addresses that were typed.
    typed: &'p str,
    subject: &'p str,
    text: &'p str,
    submission: &'p str,
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
    let typed = Typed {
        to: &answer.to,
        subject: &answer.subject,
        text: &answer.text,
        submission: &answer.submission,
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
    let size = t.size(&usize::try_from(settings.max_file_bytes).unwrap_or(usize::MAX));
    let page = AnswerPage {
        t,
        way,
        title: title(way),
        fault,
        fresh: typed.fresh,
        said: fault.map(|fault| said(t, fault, settings.max_files, &size)).unwrap_or_default(),
        reader: &participants.reader,
        fixed: [(TextId("message-to"), to), (TextId("message-cc"), cc)],
        typed: typed.to,
        subject: typed.subject,
        text: typed.text,
        submission: typed.submission,
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

/// What is wrong, in words.
fn said(t: Texts, fault: Fault, files: usize, size: &str) -> String {
    let minutes = match fault {
        Fault::TooMany { wait } => wait.div_ceil(60),
        _ => 0,
    };
    t.get(fault.text()).with("files", &files).with("size", size).with("minutes", &minutes).to_string()
}

/// What the text begins with: an empty line for the answer, and what it is to.
fn opening_text(t: Texts, quotation: &Quotation, way: Way) -> String {
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
