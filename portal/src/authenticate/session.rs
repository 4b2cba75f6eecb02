//! Remembers for a while that a reader has proved his address.

use axum_extra::extract::cookie::CookieJar;
use sealpost_common::grant::Terms;
use subtle::ConstantTimeEq as _;

use super::{VerifiedRecipient, browser, mailbox_name};
use crate::{Portal, error::Refusal};

/// The recipient of this envelope that the session has proved, if there is such a session.
///
/// # Errors
/// When the database fails.
pub async fn verified_recipient(
    portal: &Portal,
    jar: &CookieJar,
    terms: &Terms,
) -> Result<Option<VerifiedRecipient>, Refusal> {
    let Some(token) = browser::session_token(jar) else { return Ok(None) };
    let token = portal.secretary.session(token.as_bytes());
    let now = portal.surroundings.clock.now();
    let Some(proved) = portal.state.session_address(&token, now).await? else { return Ok(None) };
    let proved_here = |recipient: &&String| {
        bool::from(portal.secretary.address(&mailbox_name(recipient)).as_slice().ct_eq(&proved))
    };
    Ok(terms.recipients.iter().find(proved_here).map(|_| VerifiedRecipient::proved()))
}

/// Begins a session for the reader who has just proved this address, in place of any other of his browser.
///
/// # Errors
/// When the database fails, or there is no randomness.
pub async fn begin(portal: &Portal, jar: CookieJar, mailbox: &str) -> Result<CookieJar, Refusal> {
    end_row(portal, &jar).await?;
    let token = browser::Token::random(&portal.surroundings)?;
    let expires = portal.surroundings.clock.now().saturating_add(60 * portal.settings.session.minutes);
    let (hash, address) = (portal.secretary.session(token.as_bytes()), portal.secretary.address(mailbox));
    portal.state.add_session(&hash, &address, expires).await?;
    Ok(browser::set_session_token(jar, &token))
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
    if let Some(token) = browser::session_token(jar) {
        portal.state.remove_session(&portal.secretary.session(token.as_bytes())).await?;
    }
    Ok(())
}
