//! The way of one request from the envelope to the page. Read this first.

use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use sealpost_common::{
    grant::{Rights, SignIn, Terms},
    probe::is_probe_recipient,
};

use crate::{
    App, Portal,
    answer::{self, Offers},
    authenticate::{Proof, VerifiedRecipient, Visit, Wish, authenticate, browser},
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
    let room = room_for_answer(portal, wish);
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
    let write = move |mail: &OpenedMail| {
        let offers = Offers::of(settings.as_ref(), rights, mail.bytes(), &reader);
        pages::write_message(texts, render::view_with(mail.bytes(), remote), rights, remote, offers)
    };
    let page = with_mail(portal, arrival, recipient, write).await??;
    let held = hold(portal, page.len())?;
    let mut response = pages::message(&page, held, &arrival.envelope, remote)?;
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
        move |mail: &OpenedMail| pages::write_print(texts, &render::view_with(mail.bytes(), remote), rights);
    let page = with_mail(portal, arrival, recipient, write).await??;
    let held = hold(portal, page.len())?;
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
    let take = move |mail: &OpenedMail| {
        let mail = mail.bytes();
        match wish {
            Wish::Original => {
                Some(pages::File::saved(render::mail_file_name(mail), render::whole_mail(mail).into_owned()))
            }
            Wish::Archive => {
                Some(pages::File::saved(render::archive_file_name(mail), render::archive(mail)?))
            }
            Wish::Preview => Some(pages::File::shown(render::preview(mail, &part)?)),
            _ => render::attachment(mail, &part).map(|found| pages::File::saved(found.name, found.bytes)),
        }
    };
    let found = with_mail(portal, arrival, recipient, take).await?.ok_or(Refusal::NoAttachment)?;
    let held = hold(portal, found.len())?;
    Ok(pages::file(found, held))
}

/// How much the form may bring that the reader writes himself: nothing but where he answers, or proves his address to go on
/// with it.
fn room_for_answer(portal: &Portal, wish: Wish) -> Option<AnswerRoom> {
    let settings = portal.settings.answer.as_ref()?;
    match wish {
        Wish::Send => Some(AnswerRoom { files: settings.max_files, file_bytes: settings.max_file_bytes }),
        // Files are chosen again.
        Wish::Answer | Wish::Again | Wish::Passcode | Wish::Read => {
            Some(AnswerRoom { files: 0, file_bytes: 0 })
        }
        _ => None,
    }
}

/// Takes room for what is left of a mail that has been opened, until it has been sent.
fn hold(portal: &Portal, bytes: usize) -> Result<Reservation, Refusal> {
    let mut reservation = portal.budget.reservation();
    reservation.grow(bytes as u64)?;
    Ok(reservation)
}

/// Opens the mail on a worker, does `work` with it there, and forgets it.
pub(crate) async fn with_mail<T: Send + 'static>(
    portal: &Portal,
    arrival: &Arrival,
    recipient: VerifiedRecipient,
    work: impl FnOnce(&OpenedMail) -> T + Send + 'static,
) -> Result<T, Refusal> {
    let envelope = Arc::clone(&arrival.envelope);
    let mut reservation = portal.budget.reservation();
    // Once for the mail, once for its decoded parts.
    reservation.grow(envelope.unwrapped().mail_len().saturating_mul(2))?;
    let done = portal.budget.work(move || Ok(work(&open::open(&envelope, &recipient, reservation)?))).await?;
    done.map_err(|cause: sealpost_common::error::OpenError| cause.into())
}
