//! Lets a reader answer a message, and sends what he writes. Read this first.
//!
//! The envelope is authenticated and opened again for each step, and everything that decides where the answer goes comes
//! from the opened mail: participants, conversation, and who the reader is. From the form come the text, the subject, the
//! files, and, where messages are passed on, addresses that the settings allow.
//!
//! The portal never seals. `submit` hands the answer to the gateway, which does, and to nobody else. Nothing of an answer is
//! kept but keyed hashes: that it is being sent, that it was, and that its reader has sent one.

mod compose;
mod fault;
mod original;
mod page;
mod participants;
mod submission;
mod submit;
mod thread;

use std::{sync::Arc, time::Duration};

use axum::response::Response;
use sealpost_common::grant::Rights;
use tokio::time::{Instant, timeout_at};

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
    budget::{Reservation, WorkLost},
    client::ClientNetwork,
    config::{self, ForwardRule},
    error::{EnvelopeFault, Refusal},
    open::OpenedMail,
    pipeline::with_mail,
    receive::{AnswerFields, Arrival, Excess, Way},
    state::{Limit, Progress, Verdict},
    texts::Texts,
};
use submission::{PREPARATION, Submission};

/// How often it is looked whether an answer has been sent that another request is sending.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How many times: five seconds in all, for as long as most people wait.
const LOOKS: u32 = 20;

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
        if settings.is_none() {
            return Self::default();
        }
        let count = |way| Participants::of(mail, reader, way).map_or(0, |found| found.count());
        let (author, all) = (count(Way::Reply), count(Way::ReplyAll));
        Self {
            reply: rights.contains(Rights::REPLY) && author > 0,
            reply_all: rights.contains(Rights::REPLY_ALL) && all > author,
            forward: rights.contains(Rights::FORWARD),
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
    let submission = Submission::new_id(app)?;
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
    Submission::of(app, arrival, &reader).ok_or(EnvelopeFault::ForeignForm)?;
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
    let submission = Submission::of(app, arrival, &reader).ok_or(EnvelopeFault::ForeignForm)?;
    let address = reader.address().to_owned();
    let whole = answer.original && may_send_whole(arrival, way);
    let take = move |mail: &OpenedMail| Original::of(mail, &address, way, whole);
    let mut original = with_mail(app, arrival, reader, take).await?.ok_or(Refusal::NoAnswer)?;
    let checked = check(settings, way, answer, &mut original.participants);
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
        let may = match &settings.forward_to {
            config::ForwardTo::Named(ForwardRule::Participants) => ForwardTo::Participants,
            config::ForwardTo::Named(ForwardRule::Anyone) => ForwardTo::Anyone,
            config::ForwardTo::Domains(domains) => ForwardTo::Domains(domains.patterns()),
        };
        participants.pass_on_to(&answer.to, may)?;
    }
    if participants.cut || participants.count() > settings.max_recipients {
        return Err(Fault::TooManyRecipients);
    }
    if participants.count() == 0 {
        return Err(Fault::NoAddress);
    }
    if answer.text.trim().is_empty() && answer.files.is_empty() && way != Way::Forward {
        return Err(Fault::Empty);
    }
    Ok(())
}

/// Sends it, once, within the limits.
async fn dispatch(
    app: &App,
    answer: &Arc<AnswerFields>,
    original: &Arc<Original>,
    submission: Submission,
    network: ClientNetwork,
) -> Result<Outcome, NotSent> {
    let whole = original.whole.as_ref().map_or(0, |whole| whole.bytes.len());
    let mut held = app.budget.reservation();
    if held.grow(compose::estimate(answer.text.len(), answer.file_bytes(), whole)).is_err() {
        return Err(NotSent::Fault(Fault::Busy));
    }
    // All of it goes on when the reader does not wait for it, so that it is known what became of it; and the portal waits for it
    // before it ends.
    let under_way = Arc::clone(&app.under_way).acquire_owned().await.ok().ok_or(WorkLost)?;
    let (task_app, answer, original) = (Arc::clone(app), Arc::clone(answer), Arc::clone(original));
    let task = tokio::spawn(async move {
        let (app, _under_way) = (task_app, under_way);
        let begun = Instant::now();
        let before = submission.begin(&app).await?;
        if before == Progress::Idle {
            let ready =
                timeout_at(begun + PREPARATION, prepare(&app, answer, &original, submission, network, held));
            let ready = ready.await.unwrap_or(Err(NotSent::Fault(Fault::Busy)));
            let sent = match ready {
                Ok(ready) => hand_over(&app, ready, &original).await,
                Err(cause) => Err(cause),
            };
            submission.end(&app, sent.is_ok()).await;
            sent?;
        }
        Ok(before)
    });
    match task.await {
        Ok(Ok(Progress::Idle)) => Ok(Outcome::Sent),
        Ok(Ok(Progress::UnderWay)) => await_other(app, submission).await,
        Ok(Ok(Progress::Sent)) => Ok(Outcome::SentBefore),
        Ok(Err(cause)) => Err(cause),
        // It panicked, somewhere; nothing is given back, as it may have been sent.
        Ok(Ok(Progress::Unknown)) | Err(_) => Err(NotSent::Fault(Fault::Unsure)),
    }
}

/// Waits a little for what comes of an answer that is being sent for another request of the reader: whose button was pressed
/// twice sees the answer to the second press only.
async fn await_other(portal: &Portal, submission: Submission) -> Result<Outcome, NotSent> {
    for _ in 0..LOOKS {
        tokio::time::sleep(LOOK_EVERY).await;
        match submission.progress(portal).await? {
            Progress::UnderWay => {}
            Progress::Sent => return Ok(Outcome::SentBefore),
            // The other request has been told why it was not sent, or that nobody knows.
            Progress::Idle | Progress::Unknown => return Err(NotSent::Fault(Fault::Unsure)),
        }
    }
    Err(NotSent::Fault(Fault::UnderWay))
}

/// Counts an answer against the limits.
async fn count(portal: &Portal, original: &Original, network: ClientNetwork) -> Result<Verdict, Refusal> {
    let Some(settings) = &portal.settings.answer else { return Err(Refusal::NoAnswer) };
    let mailbox = crate::authenticate::mailbox_name(&original.participants.reader.address);
    let limit = |kind, part: &[u8], most| Limit { subject: portal.secretary.request(kind, &[part]), most };
    let limits = [
        limit("answer-reader", mailbox.as_bytes(), settings.per_reader),
        limit("answer-network", network.as_bytes(), settings.per_network),
    ];
    let now = portal.surroundings.clock.now();
    Ok(portal.state.count_request(&limits, now, 60 * portal.settings.passcode.window_minutes).await?)
}

/// A mail that waits to be handed over, and whether the reader gets it, too.
struct Ready {
    mail: Vec<u8>,
    copy: bool,
    _held: Reservation,
}

/// Makes the mail, within the limits.
async fn prepare(
    app: &App,
    answer: Arc<AnswerFields>,
    original: &Arc<Original>,
    submission: Submission,
    network: ClientNetwork,
    held: Reservation,
) -> Result<Ready, NotSent> {
    if let Verdict::Over { wait } = count(app, original, network).await? {
        return Err(NotSent::Fault(Fault::TooMany { wait }));
    }
    let (work_app, work_original) = (Arc::clone(app), Arc::clone(original));
    let (message_id, date) = (submission.message_id(app), app.surroundings.clock.now());
    // The work goes on when nobody waits for it any more, and holds its memory as long.
    let work = move || {
        let mail = made(&work_app, &answer, &work_original, &message_id, date)?;
        Some(Ready { mail, copy: answer.copy, _held: held })
    };
    Ok(app.budget.work(work).await?.ok_or(Refusal::NoAnswer)?)
}

/// Hands the mail to the gateway.
async fn hand_over(portal: &Portal, ready: Ready, original: &Original) -> Result<(), NotSent> {
    let outcome = submit(portal, original, ready.copy, &ready.mail).await;
    drop(ready);
    let Err(cause) = outcome else { return Ok(()) };
    tracing::error!(%cause, "an answer was not handed over");
    Err(NotSent::Fault(match cause {
        SubmitError::Unsure => Fault::Unsure,
        cause if cause.is_permanent() => Fault::Refused,
        _ => Fault::Unavailable,
    }))
}

fn made(
    portal: &Portal,
    answer: &AnswerFields,
    original: &Original,
    message_id: &str,
    date: u64,
) -> Option<Vec<u8>> {
    let from = portal.settings.answer.as_ref()?.from.party(portal.settings.server.public_url.host())?;
    Some(compose(&Ingredients {
        participants: &original.participants,
        thread: &original.thread,
        from: &from,
        message_id,
        date,
        subject: &answer.subject,
        text: &answer.text,
        files: &answer.files,
        whole: original.whole.as_ref(),
    }))
}

async fn submit(portal: &Portal, original: &Original, copy: bool, mail: &[u8]) -> Result<(), SubmitError> {
    let Some(settings) = &portal.settings.answer else { return Err(SubmitError::NoGateway) };
    let host = portal.settings.server.public_url.host();
    let sender = settings.envelope_sender.as_ref().unwrap_or(&settings.from).party(host);
    let sender = sender.ok_or(SubmitError::NoGateway)?;
    let recipients: Vec<Party> = original.participants.envelope(copy).into_iter().cloned().collect();
    Relay::new(settings, host).submit(&sender, &recipients, mail).await
}

impl config::PlainSender {
    /// The mailbox, called by its name, or by this where it has none.
    fn party(&self, otherwise: &str) -> Option<Party> {
        let name = if self.name().is_empty() { otherwise } else { self.name() };
        Party::new(name, self.address())
    }
}
