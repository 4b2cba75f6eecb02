//! Remembers for a while that a reader has proved his address.

use axum_extra::extract::cookie::CookieJar;
use sealpost_common::grant::{SignIn, Terms};
use subtle::ConstantTimeEq as _;

use super::{VerifiedRecipient, Wish, browser, mailbox_name, recipient_named};
use crate::{
    Portal,
    error::Refusal,
    state::{ProofWay, ProvedAddress},
};

/// What the reader's session is good for, as far as this envelope goes.
pub enum Standing {
    /// There is none.
    SignedOut,
    /// It proves one of the recipients, in a way that the sender allows.
    Verified(VerifiedRecipient),
    /// It proves an address that the envelope is not for.
    OtherAddress,
    /// It proves a recipient, but in another way than the sender demands.
    OtherWay,
}

/// Finds out what the session is good for. Where an envelope is opened, which may be asked for by another site's form,
/// the token counts that comes along from there, too.
///
/// # Errors
/// When the database fails.
pub async fn standing(
    portal: &Portal,
    jar: &CookieJar,
    wish: Wish,
    terms: &Terms,
) -> Result<Standing, Refusal> {
    let opener = || browser::opener_token(jar).filter(|_| wish == Wish::Open);
    let Some(token) = browser::session_token(jar).or_else(opener) else { return Ok(Standing::SignedOut) };
    let Some(proved) = living(portal, &token).await? else { return Ok(Standing::SignedOut) };
    let proved_here = |recipient: &str| {
        bool::from(portal.secretary.address(&mailbox_name(recipient)).as_slice().ct_eq(&proved.address))
    };
    let recipient = terms.recipients.iter().find(|recipient| proved_here(recipient));
    let address = recipient.and_then(|recipient| recipient_named(terms, &mailbox_name(recipient)));
    let is_recipient = address.is_some();
    let standing = match (address, allows(terms.sign_in, proved.way)) {
        (None, _) => Standing::OtherAddress,
        (Some(_), false) => Standing::OtherWay,
        (Some(address), true) => return Ok(Standing::Verified(VerifiedRecipient::proved(address))),
    };
    tracing::info!(is_recipient, "a session does not suffice");
    Ok(standing)
}

/// Whether the browser holds a session that lives; the token that comes along from other sites counts, too.
///
/// # Errors
/// When the database fails.
pub async fn is_signed_in(portal: &Portal, jar: &CookieJar) -> Result<bool, Refusal> {
    let Some(token) = browser::session_token(jar).or_else(|| browser::opener_token(jar)) else {
        return Ok(false);
    };
    Ok(living(portal, &token).await?.is_some())
}

async fn living(portal: &Portal, token: &browser::Token) -> Result<Option<ProvedAddress>, Refusal> {
    let token = portal.secretary.session(token.as_bytes());
    Ok(portal.state.session(&token, portal.surroundings.clock.now()).await?)
}

fn allows(sign_in: SignIn, way: ProofWay) -> bool {
    match sign_in {
        SignIn::Any => true,
        SignIn::Passcode => way == ProofWay::Passcode,
        SignIn::Provider => way == ProofWay::Provider,
    }
}

/// Begins a session for the reader who has just proved this address, in place of any other of his browser; the token
/// is always a new one. `keep` is whether he chose to stay signed in.
///
/// # Errors
/// When the database fails, or there is no randomness.
pub async fn begin(
    portal: &Portal,
    jar: CookieJar,
    mailbox: &str,
    way: ProofWay,
    keep: bool,
) -> Result<CookieJar, Refusal> {
    end_row(portal, &jar).await?;
    let token = browser::Token::random(&portal.surroundings)?;
    let settings = &portal.settings.session;
    let kept = Some(settings.keep_hours.saturating_mul(3600)).filter(|&seconds| keep && seconds > 0);
    let lasts = kept.unwrap_or(settings.minutes.saturating_mul(60));
    let expires = portal.surroundings.clock.now().saturating_add(lasts);
    let proved = ProvedAddress { address: portal.secretary.address(mailbox), way };
    portal.state.add_session(&portal.secretary.session(token.as_bytes()), &proved, expires).await?;
    tracing::info!(?way, kept = kept.is_some(), "signed in");
    Ok(browser::set_session_token(jar, &token, kept))
}

/// Ends the session.
///
/// # Errors
/// When the database fails.
pub async fn end(portal: &Portal, jar: CookieJar) -> Result<CookieJar, Refusal> {
    end_row(portal, &jar).await?;
    Ok(browser::forget_session(jar))
}

async fn end_row(portal: &Portal, jar: &CookieJar) -> Result<(), Refusal> {
    for token in [browser::session_token(jar), browser::opener_token(jar)].into_iter().flatten() {
        portal.state.remove_session(&portal.secretary.session(token.as_bytes())).await?;
    }
    Ok(())
}
