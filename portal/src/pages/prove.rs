//! The pages on which a reader proves his address.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use sealpost_common::grant::SignIn;

use super::{carrying, html, set_policy};
use crate::{
    Portal,
    authenticate::{
        PasscodeHint, ProveHint,
        provider::{Departure, Offers, offers},
    },
    error::{Outcome, Refusal},
    headers::SCRIPT_POLICY,
    receive::{AnswerFields, Arrival},
    texts::Texts,
};

#[derive(Template)]
#[template(path = "prove.html")]
struct ProvePage<'p> {
    t: Texts,
    draft: Option<&'p AnswerFields>,
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
#[template(path = "passcode.html")]
struct PasscodePage<'p> {
    t: Texts,
    draft: Option<&'p AnswerFields>,
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
    /// Whether he has chosen so.
    keep: bool,
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

/// The page that asks the reader to prove his address, in the ways that the sender allows.
///
/// # Errors
/// When the page can't be written.
pub fn prove(t: Texts, portal: &Portal, arrival: &Arrival, hint: ProveHint) -> Result<Response, Refusal> {
    let settings = &portal.settings;
    let terms = arrival.envelope.unwrapped().terms();
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
        draft: draft(arrival),
        several: is_for_several(arrival),
        address: &arrival.fields.address,
        hint,
        wait_minutes: whole_minutes(wait),
        by_passcode: terms.sign_in != SignIn::Provider,
        by_provider,
        offers: offers(if by_provider { &settings.providers } else { &[] }, terms),
        keep_hours: settings.session.keep_hours,
        login_hint,
    };
    let mut response = carrying(&page, portal, arrival)?;
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
    portal: &Portal,
    arrival: &Arrival,
    address: &str,
    reference: &str,
    hint: PasscodeHint,
) -> Result<Response, Refusal> {
    let wait = match hint {
        PasscodeHint::TooMany { wait } => Some(wait),
        PasscodeHint::Sent | PasscodeHint::Wrong | PasscodeHint::Missing => None,
    };
    let settings = &portal.settings;
    let page = PasscodePage {
        t,
        draft: draft(arrival),
        several: is_for_several(arrival),
        address,
        reference,
        hint,
        wait_minutes: whole_minutes(wait),
        minutes: settings.passcode.minutes.get(),
        from: settings.mail.from.mailbox().email.to_string(),
        keep_hours: settings.session.keep_hours,
        keep: arrival.fields.keep,
    };
    let mut response = carrying(&page, portal, arrival)?;
    if let Some(wait) = wait {
        say_too_many(&mut response, wait);
    }
    Ok(response)
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

fn is_for_several(arrival: &Arrival) -> bool {
    arrival.envelope.unwrapped().terms().recipients.len() > 1
}

/// What the reader was writing when his sign-in was over; without it, it would be lost.
fn draft(arrival: &Arrival) -> Option<&AnswerFields> {
    Some(&*arrival.answer).filter(|answer| answer.way.is_some())
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
