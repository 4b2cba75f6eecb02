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
    answer,
    authenticate::{
        PasscodeHint, ProveHint,
        provider::{Departure, Offers, offers},
    },
    budget::Reservation,
    config::Settings,
    error::{Outcome, Refusal},
    headers::{
        DOWNLOAD_POLICY, MESSAGE_POLICY, MESSAGE_POLICY_LOADED, PREVIEW_POLICY, PRINT_POLICY,
        PRINT_POLICY_LOADED, SCRIPT_POLICY,
    },
    receive::CarriedEnvelope,
    render::{
        Answer, Body, MailView, Method, Notice, OverLimit, Preview, RemoteContent, Repeats, SANDBOX, STYLE,
    },
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
#[template(path = "prove.html")]
struct ProvePage<'p> {
    t: Texts,
    several: bool,
    /// What the reader has typed as his address.
    address: &'p str,
    hint: ProveHint,
    /// Minutes until a passcode may be asked for again.
    wait_minutes: u64,
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
    t: Texts,
    departure: &'p Departure,
}

#[derive(Template)]
#[template(path = "signed_in.html")]
struct SignedInPage {
    t: Texts,
    signed_in: bool,
}

#[derive(Template)]
#[template(path = "passcode.html")]
struct PasscodePage<'p> {
    t: Texts,
    several: bool,
    address: &'p str,
    reference: &'p str,
    hint: PasscodeHint,
    /// Minutes until another passcode may be asked for.
    wait_minutes: u64,
    minutes: u64,
    /// The address that the mail with the passcode comes from.
    from: String,
    /// Hours for which the reader may stay signed in; 0 is no such choice.
    keep_hours: u64,
}

#[derive(Template)]
#[template(path = "read.html")]
struct MessagePage<'p> {
    t: Texts,
    body: MessageBody<'p>,
    rights: Allowed,
    /// Names of attachments that must not be downloaded.
    withheld: Vec<&'p str>,
    /// Whether images have been loaded from other computers.
    loaded: bool,
    /// How the reader may answer.
    offers: answer::Offers,
}

/// A mail on its page, or a message in it.
#[derive(Template)]
#[template(path = "message_body.html")]
struct MessageBody<'p> {
    t: Texts,
    view: &'p MailView,
    rights: Allowed,
}

/// What the terms of a mail allow.
#[derive(Clone, Copy)]
struct Allowed {
    print: bool,
    download: bool,
    forward: bool,
}

#[derive(Template)]
#[template(path = "print.html")]
struct PrintPage<'p> {
    t: Texts,
    body: PrintBody<'p>,
}

/// A mail on the page to be printed, or a message in it.
#[derive(Template)]
#[template(path = "print_body.html")]
struct PrintBody<'p> {
    t: Texts,
    view: &'p MailView,
}

impl<'p> MessageBody<'p> {
    fn nested(&self, view: &'p MailView) -> Self {
        Self { t: self.t, view, rights: self.rights }
    }
}

impl<'p> PrintBody<'p> {
    fn nested(&self, view: &'p MailView) -> Self {
        Self { t: self.t, view }
    }
}

impl Allowed {
    fn by(rights: Rights) -> Self {
        Self {
            print: rights.contains(Rights::PRINT),
            download: rights.contains(Rights::DOWNLOAD),
            forward: rights.contains(Rights::FORWARD),
        }
    }
}

/// A file that a browser gets.
pub struct File {
    name: String,
    bytes: Vec<u8>,
    /// The media type under which it is shown; `None` for a file to be saved.
    shown_as: Option<&'static str>,
}

impl File {
    /// A file to be saved. Whatever its mail calls it, no browser shall show it here.
    #[must_use]
    pub fn saved(name: String, bytes: Vec<u8>) -> Self {
        Self { name, bytes, shown_as: None }
    }

    /// A file to be looked at.
    #[must_use]
    pub fn shown(preview: Preview) -> Self {
        Self { name: preview.name, bytes: preview.bytes, shown_as: Some(preview.media_type) }
    }

    /// Its size.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
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

/// The page that asks the reader to prove his address, in the ways that the sender allows.
///
/// # Errors
/// When the page can't be written.
pub fn prove(
    t: Texts,
    settings: &Settings,
    envelope: &Arc<CarriedEnvelope>,
    address: &str,
    hint: ProveHint,
) -> Result<Response, Refusal> {
    let terms = envelope.unwrapped().terms();
    let by_provider = terms.sign_in != SignIn::Passcode && !settings.providers.is_empty();
    let wait = match hint {
        ProveHint::TooMany { wait } => Some(wait),
        _ => None,
    };
    let login_hint = match terms.recipients.as_slice() {
        [only] if settings.sign_in.login_hint => only.as_str(),
        _ => "",
    };
    let page = ProvePage {
        t,
        several: is_for_several(envelope),
        address,
        hint,
        wait_minutes: whole_minutes(wait),
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
    if let Some(wait) = wait {
        say_too_many(&mut response, wait);
    }
    Ok(response)
}

/// The page that asks for the passcode.
///
/// # Errors
/// When the page can't be written.
pub fn passcode(
    t: Texts,
    settings: &Settings,
    envelope: &Arc<CarriedEnvelope>,
    address: &str,
    reference: &str,
    hint: PasscodeHint,
) -> Result<Response, Refusal> {
    let wait = match hint {
        PasscodeHint::TooMany { wait } => Some(wait),
        PasscodeHint::Sent | PasscodeHint::Wrong => None,
    };
    let page = PasscodePage {
        t,
        several: is_for_several(envelope),
        address,
        reference,
        hint,
        wait_minutes: whole_minutes(wait),
        minutes: settings.passcode.minutes,
        from: settings.mail.from.mailbox().email.to_string(),
        keep_hours: settings.session.keep_hours,
    };
    let mut response = carrying(&page, envelope)?;
    if let Some(wait) = wait {
        say_too_many(&mut response, wait);
    }
    Ok(response)
}

/// Minutes after which a wait of so many seconds is over.
fn whole_minutes(wait: Option<u64>) -> u64 {
    wait.unwrap_or(0).div_ceil(60).max(1)
}

/// Marks a page as the answer to a request beyond a limit; the next has a chance after so many seconds.
fn say_too_many(response: &mut Response, wait: u64) {
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.max(1)));
    response.extensions_mut().insert(Outcome("too-many"));
}

/// The page that goes on to the provider by itself.
///
/// A page and no redirect, as browsers hold a redirect after a form against `form-action`, and some providers send
/// readers on to further hosts.
///
/// # Errors
/// When the page can't be written.
pub fn departure(t: Texts, departure: &Departure) -> Result<Response, Refusal> {
    Ok(html(DeparturePage { t, departure }.render()?))
}

/// The page after signing in with a provider.
///
/// # Errors
/// When the page can't be written.
pub fn signed_in(t: Texts, signed_in: bool) -> Result<Response, Refusal> {
    let mut response = html(SignedInPage { t, signed_in }.render()?);
    set_policy(&mut response, SCRIPT_POLICY);
    Ok(response)
}

/// Writes the page that shows a mail; its attachments are only named where the sender does not allow downloads.
/// Keeps a processor busy.
///
/// # Errors
/// When the page can't be written.
pub fn write_message(
    t: Texts,
    mut view: MailView,
    rights: Rights,
    remote: RemoteContent,
    offers: answer::Offers,
) -> Result<String, askama::Error> {
    let rights = Allowed::by(rights);
    let listed = if rights.download { Vec::new() } else { take_attachments(&mut view) };
    let withheld = listed.iter().map(String::as_str).collect();
    let body = MessageBody { t, view: &view, rights };
    MessagePage { t, body, rights, withheld, loaded: remote == RemoteContent::Loaded, offers }.render()
}

/// Takes the attachments off a mail and the messages in it; gives the names of the mail's own.
fn take_attachments(view: &mut MailView) -> Vec<String> {
    for nested in &mut view.nested {
        take_attachments(nested);
    }
    std::mem::take(&mut view.attachments).into_iter().map(|attachment| attachment.name).collect()
}

/// The page that shows a mail, as it has been written; `held` is given back once it has been sent.
///
/// # Errors
/// When the page has no place for the envelope.
pub fn message(
    page: &str,
    held: Reservation,
    envelope: &Arc<CarriedEnvelope>,
    remote: RemoteContent,
) -> Result<Response, Refusal> {
    let mut response = around(page, Some(held), envelope)?;
    let policy = match remote {
        RemoteContent::Blocked => MESSAGE_POLICY,
        RemoteContent::Loaded => MESSAGE_POLICY_LOADED,
    };
    set_policy(&mut response, policy);
    Ok(response)
}

/// Writes the page to be printed. Keeps a processor busy.
///
/// # Errors
/// When the page can't be written.
pub fn write_print(t: Texts, view: &MailView) -> Result<String, askama::Error> {
    PrintPage { t, body: PrintBody { t, view } }.render()
}

/// The page to be printed, as it has been written; `held` is given back once it has been sent.
#[must_use]
pub fn print(page: String, held: Reservation, remote: RemoteContent) -> Response {
    let body = axum::body::Body::from_stream(in_pieces(page.into(), Some(held)));
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response();
    let policy = match remote {
        RemoteContent::Blocked => PRINT_POLICY,
        RemoteContent::Loaded => PRINT_POLICY_LOADED,
    };
    set_policy(&mut response, policy);
    response
}

/// A file; `held` is given back once it has been sent.
#[must_use]
pub fn file(file: File, held: Reservation) -> Response {
    let length = HeaderValue::from(file.bytes.len());
    let (media_type, way, policy) = match file.shown_as {
        Some(media_type) => (media_type, "inline", PREVIEW_POLICY),
        None => ("application/octet-stream", "attachment", DOWNLOAD_POLICY),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_DISPOSITION, disposition(way, &file.name)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (header::CONTENT_LENGTH, length),
    ];
    let body = in_pieces(file.bytes.into(), Some(held));
    (headers, axum::body::Body::from_stream(body)).into_response()
}

/// `Content-Disposition` with the file name twice (RFC 6266): in ASCII for old browsers, in UTF-8 for all others.
fn disposition(way: &'static str, name: &str) -> HeaderValue {
    let plain = |c: char| if c.is_ascii_graphic() && !"\"\\%".contains(c) || c == ' ' { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let encode = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let encoded: String = name.bytes().map(encode).collect();
    HeaderValue::try_from(format!("{way}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}"))
        .unwrap_or(HeaderValue::from_static(way))
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

fn is_for_several(envelope: &CarriedEnvelope) -> bool {
    envelope.unwrapped().terms().recipients.len() > 1
}

/// Writes a page and the envelope in it.
fn carrying(page: &impl Template, envelope: &Arc<CarriedEnvelope>) -> Result<Response, Refusal> {
    around(&page.render()?, None, envelope)
}

/// Puts the envelope into a page that has been written.
pub(crate) fn around(
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

pub(crate) fn html(page: String) -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

pub(crate) fn set_policy(response: &mut Response, policy: &'static str) {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
}
