//! Lets a reader answer a message, and sends what he writes. Read this first.
//!
//! The envelope is authenticated and opened again for each step, and everything that decides where the answer goes comes
//! from the opened mail: participants, conversation, and who the reader is. From the form come the text, the subject, the
//! files, and, where messages are passed on, addresses that the settings allow.
//!
//! The portal never seals. `submit` hands the answer to the gateway, which does, and to nobody else. Nothing of an answer is
//! kept but keyed hashes: that it is being sent, that it was, and that its reader has sent one.

mod compose;
mod dispatch;
mod fault;
mod opening;
mod original;
mod page;
mod participants;
mod submission;
mod submit;
mod thread;

use std::sync::Arc;

use axum::response::Response;
use sealpost_common::{address::DomainPattern, grant::Rights};

pub use compose::{Ingredients, compose};
pub use fault::Fault;
pub use original::{Original, Quotation, WholeMail, subject_of_answer};
pub use participants::{ForwardTo, Participants, Party, TypedFault};
pub(crate) use submission::times as submission_times;
pub use submit::{Relay, SubmitError};
pub use thread::Thread;

use crate::{
    App, Portal,
    authenticate::VerifiedRecipient,
    client::ClientNetwork,
    config::{self, ForwardRule},
    error::{EnvelopeFault, Refusal},
    open::OpenedMail,
    pipeline::with_mail,
    receive::{AnswerFields, Arrival, Excess, Way},
    texts::Texts,
};
use dispatch::dispatch;
use submission::{Name, Submission};

/// How a reader may answer a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offers {
    /// To its author.
    pub reply: bool,
    /// To more than that.
    pub reply_all: bool,
    /// Pass it on.
    pub forward: bool,
}

impl Offers {
    /// What rights, settings and the message itself allow the reader who has proved `reader`.
    #[must_use]
    pub fn of(settings: Option<&config::Answer>, rights: Rights, mail: &[u8], reader: &str) -> Self {
        let Some(settings) = settings else { return Self::default() };
        let count = |way| Participants::of(mail, reader, way).map_or(0, |found| found.count());
        let (author, all) = (count(Way::Reply), count(Way::ReplyAll));
        let passes_on = |found: Participants| found.can_pass_on(settings.forward_to.rule());
        Self {
            reply: rights.contains(Rights::REPLY) && author > 0,
            reply_all: rights.contains(Rights::REPLY_ALL) && all > author,
            forward: rights.contains(Rights::FORWARD)
                && Participants::of(mail, reader, Way::Forward).is_some_and(passes_on),
        }
    }

    /// Whether there is any way.
    #[must_use]
    pub fn any(self) -> bool {
        self != Self::default()
    }
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Sent,
    /// This very one was sent before.
    SentBefore,
}

/// Why an answer was not sent.
enum NotSent {
    /// Something that the reader is told on the page with what he wrote.
    Fault(Fault),
    /// Something else.
    Refusal(Refusal),
}

impl<E: Into<Refusal>> From<E> for NotSent {
    fn from(error: E) -> Self {
        Self::Refusal(error.into())
    }
}

/// The page on which an answer is written.
///
/// # Errors
/// When the message must not be answered so, or can't be opened.
pub(crate) async fn write(
    app: &App,
    arrival: &Arrival,
    reader: VerifiedRecipient,
    texts: Texts,
) -> Result<Response, Refusal> {
    let (settings, way) = permitted(app, arrival)?;
    let address = reader.address().to_owned();
    let take =
        move |mail: &OpenedMail| Some((Original::of(mail, &address, way, false)?, Quotation::of(mail)));
    let (original, quotation) = with_mail(app, arrival, reader, take).await?.ok_or(Refusal::NoAnswer)?;
    if original.participants.cut || original.participants.count() > settings.max_recipients {
        return Err(Refusal::TooManyParticipants);
    }
    if way == Way::Forward && !original.participants.can_pass_on(settings.forward_to.rule()) {
        return Err(Refusal::NoAnswer);
    }
    let submission = submission::new_id(app)?;
    page::first(texts, app, arrival, &original, &quotation, (way, &submission))
}

/// The page on which an answer is written, with what the reader has typed so far.
///
/// # Errors
/// When the message must not be answered so, or can't be opened.
pub(crate) async fn write_again(
    app: &App,
    arrival: &Arrival,
    reader: VerifiedRecipient,
    texts: Texts,
) -> Result<Response, Refusal> {
    let (_, way) = permitted(app, arrival)?;
    Name::of(arrival, &reader).ok_or(EnvelopeFault::ForeignForm)?;
    let address = reader.address().to_owned();
    let take = move |mail: &OpenedMail| Original::of(mail, &address, way, false);
    let original = with_mail(app, arrival, reader, take).await?.ok_or(Refusal::NoAnswer)?;
    page::again(texts, app, arrival, &original, (way, None))
}

/// The page that the reader was on, or went to, when his sign-in was over.
///
/// # Errors
/// When the message must not be answered so, or can't be opened.
pub(crate) async fn go_on(
    app: &App,
    arrival: &Arrival,
    reader: VerifiedRecipient,
    texts: Texts,
) -> Result<Response, Refusal> {
    if arrival.answer.submission.is_empty() {
        write(app, arrival, reader, texts).await
    } else {
        write_again(app, arrival, reader, texts).await
    }
}

/// Sends an answer, and gives the page that says so; or the page on which it was written, with what is wrong.
///
/// # Errors
/// When the message must not be answered so, or can't be opened.
pub(crate) async fn send(
    app: &App,
    arrival: &Arrival,
    reader: VerifiedRecipient,
    network: ClientNetwork,
    texts: Texts,
) -> Result<Response, Refusal> {
    let (settings, way) = permitted(app, arrival)?;
    let answer = &arrival.answer;
    let name = Name::of(arrival, &reader).ok_or(EnvelopeFault::ForeignForm)?;
    let address = reader.address().to_owned();
    let whole = answer.original && may_send_whole(arrival, way);
    let (task_app, task_answer) = (Arc::clone(app), Arc::clone(answer));
    let take = move |mail: &OpenedMail| {
        let original = Original::of(mail, &address, way, whole)?;
        let is_empty = is_empty(&task_answer, mail, way);
        Some((original, is_empty, Submission::of(&task_app, &name, &task_answer)))
    };
    let (mut original, is_empty, submission) =
        with_mail(app, arrival, reader, take).await?.ok_or(Refusal::NoAnswer)?;
    let checked = check(settings, way, answer, &mut original.participants);
    let checked = checked.and(if is_empty { Err(Fault::Empty) } else { Ok(()) });
    let original = Arc::new(original);
    let outcome = match checked {
        Ok(()) => dispatch(app, answer, &original, submission, network).await,
        Err(fault) => Err(NotSent::Fault(fault)),
    };
    match outcome {
        Ok(outcome) => page::sent(texts, app, arrival, &original, outcome),
        Err(NotSent::Fault(fault)) => page::again(texts, app, arrival, &original, (way, Some(fault))),
        Err(NotSent::Refusal(refusal)) => Err(refusal),
    }
}

/// The settings and the way, if the message may be answered so.
fn permitted<'p>(portal: &'p Portal, arrival: &Arrival) -> Result<(&'p config::Answer, Way), Refusal> {
    let rights = arrival.envelope.unwrapped().terms().rights;
    let way = arrival.answer.way.filter(|way| rights.contains(way.right()));
    portal.settings.answer.as_ref().zip(way).ok_or(Refusal::NoAnswer)
}

/// Whether the mail itself may go along as a file: that is a download for whoever gets it.
fn may_send_whole(arrival: &Arrival, way: Way) -> bool {
    way == Way::Forward && arrival.envelope.unwrapped().terms().rights.contains(Rights::DOWNLOAD)
}

/// Whether there is nothing in an answer, or nothing but what its page began with.
fn is_empty(answer: &AnswerFields, mail: &OpenedMail, way: Way) -> bool {
    way != Way::Forward
        && answer.files.is_empty()
        && (answer.text.trim().is_empty() || opening::is_as_it_began(&answer.text, &Quotation::of(mail), way))
}

/// Looks at what the reader wrote, before anything is done; finds out to whom it goes.
fn check(
    settings: &config::Answer,
    way: Way,
    answer: &AnswerFields,
    participants: &mut Participants,
) -> Result<(), Fault> {
    if let Some(excess) = answer.excess {
        return Err(match excess {
            Excess::Files => Fault::TooManyFiles,
            Excess::FileBytes => Fault::FilesTooLarge,
            Excess::Text => Fault::TextTooLong,
        });
    }
    if way == Way::Forward {
        participants.pass_on_to(&answer.to, settings.forward_to.rule())?;
    }
    if participants.cut || participants.count() > settings.max_recipients {
        return Err(Fault::TooManyRecipients);
    }
    if participants.count() == 0 {
        return Err(Fault::NoAddress);
    }
    Ok(())
}

impl config::ForwardTo {
    /// To whom readers may pass messages on.
    fn rule(&self) -> ForwardTo<'_> {
        match self {
            Self::Named(ForwardRule::Participants) => ForwardTo::Participants,
            Self::Named(ForwardRule::Anyone) => ForwardTo::Anyone,
            Self::Domains(domains) if domains.patterns().contains(&DomainPattern::Any) => ForwardTo::Anyone,
            Self::Domains(domains) => ForwardTo::Domains(domains.patterns()),
        }
    }
}

impl config::PlainSender {
    /// The mailbox, called by its name, or by this where it has none.
    fn party(&self, otherwise: &str) -> Option<Party> {
        let name = if self.name().is_empty() { otherwise } else { self.name() };
        Party::new(name, self.address())
    }
}
