//! The pages, and how a page carries the envelope along.
//!
//! Every page that is followed by another about the same envelope ends in a form that holds it. Such a page is sent
//! in three parts: its text up to the envelope, the envelope piece by piece, and the end of the form. The form comes
//! last in the page, so what there is to see does not wait for it; buttons and fields name it by `form="carry"`.

mod file;
mod later;
mod message;
mod prove;

use std::sync::Arc;

use askama::Template;
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::CookieJar;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

pub use file::{File, file};
pub use later::later;
pub use message::{message, print, write_message, write_print};
pub use prove::{departure, passcode, prove, signed_in};

use crate::{
    Portal,
    budget::Reservation,
    error::Refusal,
    headers::SCRIPT_POLICY,
    receive::{Arrival, CarriedEnvelope},
    texts::{TextId, Texts},
};

/// Stands in a page where the envelope is to go. The form with it comes last, so the last one is ours.
const ENVELOPE: &str = "<!--envelope-->";

/// Bytes of a page or an attachment that are handed to the connection at once.
const PIECE_LEN: usize = 128 * 1024;

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    t: Texts,
}

#[derive(Template)]
#[template(path = "plain.html")]
struct PlainPage {
    t: Texts,
    text: TextId,
}

/// The page for who comes without an envelope.
///
/// # Errors
/// When the page can't be written.
pub fn start(t: Texts) -> Result<Response, Refusal> {
    let mut response = html(StartPage { t }.render()?);
    set_policy(&mut response, SCRIPT_POLICY);
    Ok(response)
}

/// Writes a page with a title and a text, and no more, into a response; the text is the part `body` of the title's.
pub(crate) fn write_plain(response: &mut Response, t: Texts, text: TextId) {
    // The template has no part that can fail; should it do so all the same, the words still reach the reader.
    let page = PlainPage { t, text }.render();
    let page = page.unwrap_or_else(|_| t.get(text).part("body").to_string());
    *response.body_mut() = page.into();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
}

/// The page after signing out.
#[must_use]
pub fn signed_out(t: Texts) -> Response {
    let mut response = Response::default();
    write_plain(&mut response, t, TextId("signed-out"));
    response
}

/// Adds the cookies that are to be set.
#[must_use]
pub fn with_cookies(jar: CookieJar, response: Response) -> Response {
    (jar, response).into_response()
}

/// Writes a page and the envelope in it.
pub(crate) fn carrying(
    page: &impl Template,
    portal: &Portal,
    arrival: &Arrival,
) -> Result<Response, Refusal> {
    let page = page.render()?;
    let mut held = portal.budget.reservation();
    held.grow(page.len() as u64)?;
    around(page, held, &arrival.envelope)
}

/// Puts the envelope into a page that has been written; `held` is given back once it has been sent.
fn around(page: String, held: Reservation, envelope: &Arc<CarriedEnvelope>) -> Result<Response, Refusal> {
    let at = page.rfind(ENVELOPE).ok_or(askama::Error::Fmt)?;
    let mut before = Bytes::from(page);
    // Both are the same memory, which is held until the end has been sent.
    let after = before.split_off(at).split_off(ENVELOPE.len());
    let body =
        in_pieces(before, None).chain(Arc::clone(envelope).text_form()).chain(in_pieces(after, Some(held)));
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], axum::body::Body::from_stream(body))
        .into_response())
}

/// Sends bytes piece by piece. What waits for a slow reader is then still here, and counted; each piece is a copy, as
/// one that shared the memory would keep all of it beyond its reservation.
fn in_pieces(
    bytes: Bytes,
    held: Option<Reservation>,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> + Send + 'static {
    futures_util::stream::unfold((bytes, held), |(mut bytes, held)| async move {
        let piece = Bytes::copy_from_slice(&bytes.split_to(bytes.len().min(PIECE_LEN)));
        (!piece.is_empty()).then_some((Ok(piece), (bytes, held)))
    })
}

pub(crate) fn html(page: String) -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

pub(crate) fn set_policy(response: &mut Response, policy: &'static str) {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
}
