//! The pages, and how a page carries the envelope along.
//!
//! Every page that is followed by another about the same envelope ends in a form that holds it. Such a page is sent
//! in three parts: its text up to the envelope, the envelope piece by piece, and the end of the form. The form comes
//! last in the page, so what there is to see does not wait for it; buttons and fields name it by `form="carry"`.

use std::sync::Arc;

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::CookieJar;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use sealpost_common::grant::{Rights, SignIn};

use crate::{
    authenticate::{
        ProveHint,
        provider::{Departure, Offers, offers},
    },
    budget::Reservation,
    config::Settings,
    error::Refusal,
    headers::{DOWNLOAD_POLICY, MESSAGE_POLICY, SCRIPT_POLICY},
    receive::CarriedEnvelope,
    render::{Attachment, Body, MailView, SANDBOX},
};

/// Stands in a page where the envelope is to go. The form with it comes last, so the last one is ours.
const ENVELOPE: &str = "<!--envelope-->";

/// Bytes of a page or an attachment that are handed to the connection at once.
const PIECE_LEN: usize = 128 * 1024;

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage;

#[derive(Template)]
#[template(path = "prove.html")]
struct ProvePage<'p> {
    several: bool,
    hint: ProveHint,
    /// Whether a passcode will do.
    by_passcode: bool,
    /// Whether a sign-in with a provider will do, and there is one.
    by_provider: bool,
    offers: Offers<'p>,
    /// Hours for which the reader may stay signed in; 0 is no such choice.
    keep_hours: u64,
    /// The address that the provider is told; empty for none.
    login_hint: &'p str,
}

#[derive(Template)]
#[template(path = "departure.html")]
struct DeparturePage<'p> {
    departure: &'p Departure,
}

#[derive(Template)]
#[template(path = "signed_in.html")]
struct SignedInPage {
    signed_in: bool,
}

#[derive(Template)]
#[template(path = "passcode.html")]
struct PasscodePage<'p> {
    several: bool,
    address: &'p str,
    reference: &'p str,
    wrong: bool,
    minutes: u64,
    /// Hours for which the reader may stay signed in; 0 is no such choice.
    keep_hours: u64,
}

#[derive(Template)]
#[template(path = "read.html")]
struct MessagePage<'p> {
    view: &'p MailView,
    /// Names of attachments that must not be downloaded.
    withheld: Vec<&'p str>,
}

#[derive(Template)]
#[template(path = "plain.html")]
struct PlainPage {
    title: &'static str,
    text: &'static str,
}

/// The page for who comes without an envelope.
///
/// # Errors
/// When the page can't be written.
pub fn start() -> Result<Response, Refusal> {
    let mut response = html(StartPage.render()?);
    set_policy(&mut response, SCRIPT_POLICY);
    Ok(response)
}

/// The page that asks the reader to prove his address, in the ways that the sender allows.
///
/// # Errors
/// When the page can't be written.
pub fn prove(
    settings: &Settings,
    envelope: &Arc<CarriedEnvelope>,
    hint: ProveHint,
) -> Result<Response, Refusal> {
    let terms = envelope.unwrapped().terms();
    let by_provider = terms.sign_in != SignIn::Passcode && !settings.providers.is_empty();
    let login_hint = match terms.recipients.as_slice() {
        [only] if settings.sign_in.login_hint => only.as_str(),
        _ => "",
    };
    let page = ProvePage {
        several: is_for_several(envelope),
        hint,
        by_passcode: terms.sign_in != SignIn::Provider,
        by_provider,
        offers: offers(if by_provider { &settings.providers } else { &[] }, terms),
        keep_hours: settings.session.keep_hours,
        login_hint,
    };
    let mut response = carrying(&page, envelope)?;
    if by_provider {
        set_policy(&mut response, SCRIPT_POLICY);
    }
    Ok(response)
}

/// The page that asks for the passcode.
///
/// # Errors
/// When the page can't be written.
pub fn passcode(
    settings: &Settings,
    envelope: &Arc<CarriedEnvelope>,
    address: &str,
    reference: &str,
    wrong: bool,
) -> Result<Response, Refusal> {
    let page = PasscodePage {
        several: is_for_several(envelope),
        address,
        reference,
        wrong,
        minutes: settings.passcode.minutes,
        keep_hours: settings.session.keep_hours,
    };
    carrying(&page, envelope)
}

/// The page that goes on to the provider by itself.
///
/// A page and no redirect, as browsers hold a redirect after a form against `form-action`, and some providers send
/// readers on to further hosts.
///
/// # Errors
/// When the page can't be written.
pub fn departure(departure: &Departure) -> Result<Response, Refusal> {
    Ok(html(DeparturePage { departure }.render()?))
}

/// The page after signing in with a provider.
///
/// # Errors
/// When the page can't be written.
pub fn signed_in(signed_in: bool) -> Result<Response, Refusal> {
    let mut response = html(SignedInPage { signed_in }.render()?);
    set_policy(&mut response, SCRIPT_POLICY);
    Ok(response)
}

/// Writes the page that shows a mail; its attachments are only named where the sender does not allow downloads.
/// Keeps a processor busy.
///
/// # Errors
/// When the page can't be written.
pub fn write_message(mut view: MailView, rights: Rights) -> Result<String, askama::Error> {
    let listed =
        if rights.contains(Rights::DOWNLOAD) { Vec::new() } else { std::mem::take(&mut view.attachments) };
    let withheld = listed.iter().map(|attachment| attachment.name.as_str()).collect();
    MessagePage { view: &view, withheld }.render()
}

/// The page that shows a mail, as it has been written; `held` is given back once it has been sent.
///
/// # Errors
/// When the page has no place for the envelope.
pub fn message(page: &str, held: Reservation, envelope: &Arc<CarriedEnvelope>) -> Result<Response, Refusal> {
    let mut response = around(page, Some(held), envelope)?;
    set_policy(&mut response, MESSAGE_POLICY);
    Ok(response)
}

/// An attachment, to be saved; `held` is given back once it has been sent. Whatever its mail calls it, no browser
/// shall show it here.
#[must_use]
pub fn download(attachment: Attachment, held: Reservation) -> Response {
    let length = HeaderValue::from(attachment.bytes.len());
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, disposition(&attachment.name)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOWNLOAD_POLICY)),
        (header::CONTENT_LENGTH, length),
    ];
    let body = in_pieces(attachment.bytes.into(), Some(held));
    (headers, axum::body::Body::from_stream(body)).into_response()
}

/// `Content-Disposition` with the file name twice (RFC 6266): in ASCII for old browsers, in UTF-8 for all others.
fn disposition(name: &str) -> HeaderValue {
    let plain = |c: char| if c.is_ascii_graphic() && !"\"\\%".contains(c) || c == ' ' { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let encode = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let encoded: String = name.bytes().map(encode).collect();
    HeaderValue::try_from(format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

/// A page with a title and a text, and no more.
#[must_use]
pub fn plain(status: StatusCode, title: &'static str, text: &'static str) -> Response {
    // The template has no part that can fail; should it do so all the same, the words still reach the reader.
    let page = PlainPage { title, text }.render();
    let mut response = page.map_or_else(|_| text.into_response(), html);
    *response.status_mut() = status;
    response
}

/// The page after signing out.
#[must_use]
pub fn signed_out() -> Response {
    plain(
        StatusCode::OK,
        "You are signed out",
        "Close this window, and on a computer that others use too, the whole browser.",
    )
}

/// Adds the cookies that are to be set.
#[must_use]
pub fn with_cookies(jar: CookieJar, response: Response) -> Response {
    (jar, response).into_response()
}

fn is_for_several(envelope: &CarriedEnvelope) -> bool {
    envelope.unwrapped().terms().recipients.len() > 1
}

/// Writes a page and the envelope in it.
fn carrying(page: &impl Template, envelope: &Arc<CarriedEnvelope>) -> Result<Response, Refusal> {
    around(&page.render()?, None, envelope)
}

/// Puts the envelope into a page that has been written.
fn around(
    page: &str,
    held: Option<Reservation>,
    envelope: &Arc<CarriedEnvelope>,
) -> Result<Response, Refusal> {
    let (before, after) = page.rsplit_once(ENVELOPE).ok_or(askama::Error::Fmt)?;
    let part = |text: &str, held| in_pieces(Bytes::from(text.to_owned()), held);
    let body = part(before, held).chain(Arc::clone(envelope).text_form()).chain(part(after, None));
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

fn html(page: String) -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

fn set_policy(response: &mut Response, policy: &'static str) {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
}
