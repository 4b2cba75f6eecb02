//! The page that shows a mail, and the one to be printed.

use std::sync::Arc;

use askama::Template;
use axum::{
    http::header,
    response::{IntoResponse as _, Response},
};
use sealpost_common::grant::Rights;

use super::{around, in_pieces, set_policy};
use crate::{
    answer,
    budget::Reservation,
    error::Refusal,
    headers::{MESSAGE_POLICY, MESSAGE_POLICY_LOADED, PRINT_POLICY, PRINT_POLICY_LOADED},
    receive::CarriedEnvelope,
    render::{Answer, Body, MailView, Method, Notice, OverLimit, RemoteContent, Repeats, SANDBOX, STYLE},
    texts::Texts,
};

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
    download: bool,
}

/// What the terms of a mail allow.
#[derive(Clone, Copy)]
struct Allowed {
    print: bool,
    download: bool,
    forward: bool,
}

impl<'p> MessageBody<'p> {
    fn nested(&self, view: &'p MailView) -> Self {
        Self { t: self.t, view, rights: self.rights }
    }
}

impl<'p> PrintBody<'p> {
    fn nested(&self, view: &'p MailView) -> Self {
        Self { t: self.t, view, download: self.download }
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
    page: String,
    held: Reservation,
    envelope: &Arc<CarriedEnvelope>,
    remote: RemoteContent,
) -> Result<Response, Refusal> {
    let mut response = around(page, held, envelope)?;
    let policy = match remote {
        RemoteContent::Blocked => MESSAGE_POLICY,
        RemoteContent::Loaded => MESSAGE_POLICY_LOADED,
    };
    set_policy(&mut response, policy);
    Ok(response)
}

/// Writes the page to be printed, with what is missing on it. Keeps a processor busy.
///
/// # Errors
/// When the page can't be written.
pub fn write_print(t: Texts, view: &MailView, rights: Rights) -> Result<String, askama::Error> {
    PrintPage { t, body: PrintBody { t, view, download: Allowed::by(rights).download } }.render()
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
