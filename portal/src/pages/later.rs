//! The page of a request that may get through a little later, and that brought what the reader was writing: it carries that along.
//!
//! A page that only said so would lead him back to one that his browser no longer has, without what he wrote.

use askama::Template;
use axum::response::{IntoResponse as _, Response};

use super::carrying;
use crate::{
    Portal,
    authenticate::Wish,
    error::{Refusal, Refused},
    receive::{AnswerFields, Arrival},
    texts::{TextId, Texts},
};

#[derive(Template)]
#[template(path = "later.html")]
struct LaterPage<'p> {
    t: Texts,
    draft: Option<&'p AnswerFields>,
    /// What he has typed as his address.
    address: &'p str,
    /// The reference of the passcode that he was asked for.
    reference: &'p str,
    title: TextId,
    had_files: bool,
}

/// Says that it does not work now, with a button that leads on to what he was writing.
#[must_use]
pub fn later(t: Texts, portal: &Portal, arrival: &Arrival, wish: Wish, refusal: Refusal) -> Response {
    let page = LaterPage {
        t,
        draft: Some(&*arrival.answer),
        address: &arrival.fields.address,
        reference: &arrival.fields.reference,
        title: refusal.text(),
        had_files: wish == Wish::Send,
    };
    let mut response = refusal.into_response();
    let Ok(page) = carrying(&page, portal, arrival) else {
        response.extensions_mut().insert(Refused(Refusal::BusyForForm.text()));
        return response;
    };
    let (head, body) = page.into_parts();
    response.extensions_mut().remove::<Refused>();
    response.headers_mut().extend(head.headers);
    *response.body_mut() = body;
    response
}
