//! Sends an answer, once, within the limits: makes the mail, and hands it to the gateway.
//!
//! Who asks for the same answer while it is being sent waits a little for what comes of it.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout_at};

use super::{
    Fault, Ingredients, NotSent, Original, Outcome, Party, Relay, SubmitError, compose,
    compose::estimate,
    submission::{PREPARATION, Submission},
};
use crate::{
    App, Portal,
    budget::{Reservation, WorkLost},
    client::ClientNetwork,
    error::Refusal,
    receive::AnswerFields,
    state::{Ended, Limit, Progress, Verdict},
};

/// How often it is looked whether an answer has been sent that another request is sending.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How many times: five seconds in all, for as long as most people wait.
const LOOKS: u32 = 20;

/// Sends an answer if it has not been sent.
pub(super) async fn dispatch(
    app: &App,
    answer: &Arc<AnswerFields>,
    original: &Arc<Original>,
    submission: Submission,
    network: ClientNetwork,
) -> Result<Outcome, NotSent> {
    let attempt = || attempt(app, answer, original, submission, network);
    let mut before = attempt().await?;
    if before == Progress::UnderWay {
        before = await_other(app, submission).await?;
        // The other request was told why it was not sent. Of a button that was pressed twice its reader sees this one's answer only,
        // so this one finds out for itself.
        if before == Progress::Idle {
            before = attempt().await?;
        }
    }
    match before {
        Progress::Idle => Ok(Outcome::Sent),
        Progress::Sent => Ok(Outcome::SentBefore),
        Progress::SentOther => Err(NotSent::Fault(Fault::SentOther)),
        Progress::UnderWay => Err(NotSent::Fault(Fault::UnderWay)),
        Progress::Unknown => Err(NotSent::Fault(Fault::Unsure)),
    }
}

/// Sends it unless another request has begun to; gives how far it had come before.
async fn attempt(
    app: &App,
    answer: &Arc<AnswerFields>,
    original: &Arc<Original>,
    submission: Submission,
    network: ClientNetwork,
) -> Result<Progress, NotSent> {
    let whole = original.whole.as_ref().map_or(0, |whole| whole.bytes.len());
    let mut held = app.budget.reservation();
    // The message that goes along is there beside the mail that it goes into.
    let room = estimate(answer.text.len(), answer.file_bytes(), whole).saturating_add(whole as u64);
    if held.grow(room).is_err() {
        return Err(NotSent::Fault(Fault::Busy));
    }
    // All of it goes on when the reader does not wait for it, so that it is known what became of it; and the portal waits for it
    // before it ends.
    let under_way = Arc::clone(&app.under_way).acquire_owned().await.ok().ok_or(WorkLost)?;
    let (task_app, answer, original) = (Arc::clone(app), Arc::clone(answer), Arc::clone(original));
    let task = tokio::spawn(async move {
        let (app, _under_way) = (task_app, under_way);
        let begun = Instant::now();
        let before = submission.begin(&app, answer.warned).await?;
        if before == Progress::Idle {
            let ready =
                timeout_at(begun + PREPARATION, prepare(&app, answer, &original, submission, network, held));
            let ready = ready.await.unwrap_or(Err(NotSent::Fault(Fault::Busy)));
            let sent = match ready {
                Ok(ready) => hand_over(&app, ready, &original).await,
                Err(cause) => Err(cause),
            };
            submission.end(&app, ended(&sent)).await;
            sent?;
        }
        Ok(before)
    });
    // If it panicked, somewhere, nothing is given back, as it may have been sent.
    task.await.unwrap_or(Err(NotSent::Fault(Fault::Unsure)))
}

fn ended(sent: &Result<(), NotSent>) -> Ended {
    match sent {
        Ok(()) => Ended::Sent,
        Err(NotSent::Fault(Fault::Unsure)) => Ended::Unknown,
        Err(_) => Ended::NotSent,
    }
}

/// Waits a little for what comes of an answer that is being sent for another request of the reader: whose button was pressed
/// twice sees the answer to the second press only.
async fn await_other(portal: &Portal, submission: Submission) -> Result<Progress, NotSent> {
    for _ in 0..LOOKS {
        tokio::time::sleep(LOOK_EVERY).await;
        let progress = submission.progress(portal).await?;
        if progress != Progress::UnderWay {
            return Ok(progress);
        }
    }
    Ok(Progress::UnderWay)
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
