//! The way of one request from the envelope to the page. Read this first.

use std::{borrow::Cow, sync::Arc};

use axum::response::{IntoResponse as _, Response};
use sealpost_common::{
    error::OpenError,
    grant::{Rights, SignIn, Terms},
    probe::is_probe_recipient,
};

use crate::{
    App, Portal,
    answer::{self, Offers},
    authenticate::{Proof, VerifiedRecipient, Visit, Wish, authenticate, browser, session},
    budget::Reservation,
    client::ClientNetwork,
    error::{EnvelopeFault, ReceiveError, Refusal},
    open::{self, OpenedMail},
    pages,
    receive::{AnswerRoom, Arrival, Upload, receive},
    render::{self, RemoteContent},
    texts::Texts,
    usage::ShowsMessage,
};

/// Shows the mail in the envelope that comes with the form, to one of its recipients; or asks the reader to prove
/// that he is one.
///
/// # Errors
/// Whatever keeps the reader from what he asked for; each has its page.
pub async fn show(portal: &App, visit: Visit, wish: Wish, form: Upload) -> Result<Response, Refusal> {
    let largest = portal.settings.server.max_envelope_size;
    let room = room_for_answer(portal, &visit, wish).await;
    let received = receive(form, &portal.trust, largest, &portal.budget, room).await;
    let mut arrival = received.map_err(|error| match error {
        ReceiveError::Exhausted(_) if room.is_some() => Refusal::BusyForForm,
        error => error.into(),
    })?;
    if wish == Wish::Open {
        // Any site may send that form, and who opens a message has not been told yet what loading images reveals.
        arrival.fields.remote = RemoteContent::default();
    }
    let switched = arrival.fields.language.filter(|_| wish == Wish::Again);
    let wanted = visit.wanted.switched_to(switched);
    let language = wanted.language_for(&arrival.envelope.unwrapped().terms().language);
    let jar = switched.into_iter().fold(visit.jar, |jar, to| browser::set_language(jar, to.tag()));
    let visit = Visit { jar, wanted, ..visit };
    let texts = Texts::of(language);
    let outcome = respond(portal, visit, wish, &arrival, texts).await;
    let mut response = with_what_was_written(portal, wish, &arrival, texts, outcome);
    // For the page of a refusal.
    response.extensions_mut().insert(language);
    Ok(response)
}

/// The same once the envelope is there, in the language that is now known.
async fn respond(
    portal: &App,
    visit: Visit,
    wish: Wish,
    arrival: &Arrival,
    texts: Texts,
) -> Result<Response, Refusal> {
    let terms = arrival.envelope.unwrapped().terms();
    if terms.recipients.iter().any(|recipient| is_probe_recipient(recipient)) {
        return Err(EnvelopeFault::Probe.into());
    }
    fits(portal, arrival)?;
    admit(portal, terms).await?;
    let network = visit.network;
    let (jar, proof) = authenticate(portal, visit, wish, arrival).await?;
    let response = match proof {
        Proof::Verified(recipient) => deliver(portal, arrival, recipient, wish, (network, texts)).await,
        Proof::AskToProve(hint) => pages::prove(texts, portal, arrival, hint),
        Proof::AskForPasscode { address, reference, hint } => {
            pages::passcode(texts, portal, arrival, &address, &reference, hint)
        }
    };
    // Whatever came of it, an address that was proved has been proved.
    Ok(pages::with_cookies(jar, with_what_was_written(portal, wish, arrival, texts, response)))
}

/// Puts what the reader was writing into the page of a refusal that passes.
fn with_what_was_written(
    portal: &Portal,
    wish: Wish,
    arrival: &Arrival,
    texts: Texts,
    outcome: Result<Response, Refusal>,
) -> Response {
    let is_writing = match wish {
        Wish::Answer | Wish::Send | Wish::Again => arrival.answer.way.is_some(),
        Wish::Passcode | Wish::Read => arrival.answer.way.is_some() && arrival.answer.waits,
        _ => false,
    };
    match outcome {
        Err(refusal) if is_writing && refusal.is_passing() => {
            pages::later(texts, portal, arrival, wish, refusal)
        }
        outcome => outcome.into_response(),
    }
}

/// Refuses what nobody may read any more, or not here, before anybody is asked who he is.
pub(crate) async fn admit(portal: &Portal, terms: &Terms) -> Result<(), Refusal> {
    if terms.expires.is_some_and(|expires| expires <= portal.surroundings.clock.now()) {
        return Err(Refusal::Gone);
    }
    if let Some(hash) = &terms.message_id_hash
        && portal.state.is_revoked(hash).await?
    {
        return Err(Refusal::Gone);
    }
    if terms.sign_in == SignIn::Provider && portal.settings.providers.is_empty() {
        return Err(Refusal::SignInNotOffered);
    }
    Ok(())
}

/// Gives a verified recipient what he asked for, as far as the mail's terms allow it.
async fn deliver(
    portal: &App,
    arrival: &Arrival,
    recipient: VerifiedRecipient,
    wish: Wish,
    (network, texts): (ClientNetwork, Texts),
) -> Result<Response, Refusal> {
    let rights = arrival.envelope.unwrapped().terms().rights;
    let needed = match wish {
        Wish::Again if arrival.answer.way.is_some() => {
            return answer::go_on(portal, arrival, recipient, texts).await;
        }
        // He was about to answer when he had to prove his address once more.
        Wish::Passcode | Wish::Read if arrival.answer.waits => {
            return answer::go_on(portal, arrival, recipient, texts).await;
        }
        Wish::Open | Wish::Again | Wish::Passcode | Wish::Read => {
            return message(portal, arrival, recipient, rights, texts).await;
        }
        Wish::Answer => return answer::write(portal, arrival, recipient, texts).await,
        Wish::Send => return answer::send(portal, arrival, recipient, network, texts).await,
        Wish::Print => Rights::PRINT,
        Wish::Attachment | Wish::Preview | Wish::Archive | Wish::Original => Rights::DOWNLOAD,
    };
    if !rights.contains(needed) {
        return Err(if wish == Wish::Print { Refusal::NoPrint } else { Refusal::NoAttachment });
    }
    if wish == Wish::Print {
        return print(portal, arrival, recipient, texts).await;
    }
    saved(portal, arrival, recipient, wish).await
}

async fn message(
    portal: &Portal,
    arrival: &Arrival,
    recipient: VerifiedRecipient,
    rights: Rights,
    texts: Texts,
) -> Result<Response, Refusal> {
    let remote = arrival.fields.remote;
    let (settings, reader) = (portal.settings.answer.clone(), recipient.address().to_owned());
    let write = move |mail: OpenedMail| {
        let offers = Offers::of(settings.as_ref(), rights, mail.bytes(), &reader);
        pages::write_message(texts, render::view_with(mail.bytes(), remote), rights, remote, offers)
    };
    let (page, mut held) = of_mail(portal, arrival, recipient, write).await?;
    let page = page?;
    held.resize(page.len() as u64)?;
    let mut response = pages::message(page, held, &arrival.envelope, remote)?;
    response.extensions_mut().insert(ShowsMessage);
    Ok(response)
}

async fn print(
    portal: &Portal,
    arrival: &Arrival,
    recipient: VerifiedRecipient,
    texts: Texts,
) -> Result<Response, Refusal> {
    let (remote, rights) = (arrival.fields.remote, arrival.envelope.unwrapped().terms().rights);
    let write =
        move |mail: OpenedMail| pages::write_print(texts, &render::view_with(mail.bytes(), remote), rights);
    let (page, mut held) = of_mail(portal, arrival, recipient, write).await?;
    let page = page?;
    held.resize(page.len() as u64)?;
    Ok(pages::print(page, held, remote))
}

/// An attachment, all of them, or the whole mail.
async fn saved(
    portal: &Portal,
    arrival: &Arrival,
    recipient: VerifiedRecipient,
    wish: Wish,
) -> Result<Response, Refusal> {
    let part = arrival.fields.attachment.clone().unwrap_or_default();
    let take = move |mail: OpenedMail| {
        let bytes = mail.bytes();
        Some(match wish {
            Wish::Original => original(mail),
            Wish::Archive => pages::File::saved(render::archive_file_name(bytes), render::archive(bytes)?),
            Wish::Preview => pages::File::shown(render::preview(bytes, &part)?),
            _ => {
                let found = render::attachment(bytes, &part)?;
                pages::File::saved(found.name, found.bytes)
            }
        })
    };
    let (found, mut held) = of_mail(portal, arrival, recipient, take).await?;
    let found = found.ok_or(Refusal::NoAttachment)?;
    held.resize(found.room())?;
    Ok(pages::file(found, held))
}

/// The mail itself, not copied but where it names those who got it in secret.
fn original(mail: OpenedMail) -> pages::File {
    let name = render::mail_file_name(mail.bytes());
    let without_some = match render::whole_mail(mail.bytes()) {
        Cow::Borrowed(_) => None,
        Cow::Owned(rest) => Some(rest),
    };
    match without_some {
        Some(rest) => pages::File::saved(name, rest),
        None => pages::File::whole(name, mail),
    }
}

/// How much the form may bring that the reader writes himself: nothing but where he answers, or proves his address to go on
/// with it. Files are kept only for who is signed in: they may come before the envelope, and anybody can send a form.
async fn room_for_answer(portal: &Portal, visit: &Visit, wish: Wish) -> Option<AnswerRoom> {
    let settings = portal.settings.answer.as_ref()?;
    match wish {
        Wish::Send if may_be_signed_in(portal, visit).await => {
            Some(AnswerRoom { files: settings.max_files, file_bytes: settings.max_file_bytes })
        }
        // Files are chosen again.
        Wish::Send | Wish::Answer | Wish::Again | Wish::Passcode | Wish::Read => {
            Some(AnswerRoom { files: 0, file_bytes: 0 })
        }
        _ => None,
    }
}

/// Whether the reader is signed in, as far as the database says; where it says nothing, the request gets no further anyway.
async fn may_be_signed_in(portal: &Portal, visit: &Visit) -> bool {
    session::is_signed_in(portal, &visit.jar).await.unwrap_or(true)
}

/// Refuses a mail that there would be no room for, even if nobody else read one.
fn fits(portal: &Portal, arrival: &Arrival) -> Result<(), EnvelopeFault> {
    let envelope = &arrival.envelope;
    let needed = envelope.size().saturating_add(open::room_for(envelope.unwrapped().mail_len()));
    if portal.budget.could_hold(needed) { Ok(()) } else { Err(EnvelopeFault::TooLarge) }
}

/// Opens the mail on a worker, does `work` with it there, and forgets it.
pub(crate) async fn with_mail<T: Send + 'static>(
    portal: &Portal,
    arrival: &Arrival,
    recipient: VerifiedRecipient,
    work: impl FnOnce(&OpenedMail) -> T + Send + 'static,
) -> Result<T, Refusal> {
    Ok(of_mail(portal, arrival, recipient, move |mail| work(&mail)).await?.0)
}

/// Opens the mail on a worker and does `work` with it there. Gives what came of it, with the room that opening took, for
/// the caller to make it as large as what is left to be sent.
async fn of_mail<T: Send + 'static>(
    portal: &Portal,
    arrival: &Arrival,
    recipient: VerifiedRecipient,
    work: impl FnOnce(OpenedMail) -> T + Send + 'static,
) -> Result<(T, Reservation), Refusal> {
    let envelope = Arc::clone(&arrival.envelope);
    let worker = portal.budget.worker().await?;
    let mut room = portal.budget.reservation();
    room.grow(open::room_for(envelope.unwrapped().mail_len()))?;
    // The work goes on when nobody waits for it any more, and holds its room as long.
    let done = worker.run(move || Ok((work(open::open(&envelope, &recipient)?), room))).await?;
    done.map_err(|cause: OpenError| cause.into())
}
