//! The one-time passcode: made, mailed, counted, checked.
//!
//! Whoever asks gets the same answer after the same work, whether or not the address is a recipient: a passcode is
//! made and kept either way, and the mail that only a recipient gets is sent behind the reader's back.

use axum_extra::extract::cookie::CookieJar;
use sealpost_common::grant::Terms;
use zeroize::Zeroizing;

use super::{Visit, browser, recipient_named};
use crate::{
    Portal,
    error::Refusal,
    mailer::PasscodeMail,
    state::{Digest, Limit, NewPasscode, PasscodeBinding, Verdict},
    surroundings::{NoRandomness, Surroundings},
    texts::Texts,
};

/// Digits of a passcode.
const DIGITS: usize = 8;
/// Characters of a reference code, none of which looks like another.
const REFERENCE_ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Characters of a reference code.
const REFERENCE_LEN: usize = 6;

/// What came of asking for a passcode.
pub enum Asked {
    /// It is on its way to the recipient, if there is one who has the mailbox.
    Sent {
        /// The cookies that go back.
        jar: CookieJar,
        /// The reference on page and mail.
        reference: String,
    },
    /// Too many were asked for.
    TooMany {
        /// The cookies that go back.
        jar: CookieJar,
        /// Seconds until the next has a chance.
        wait: u64,
    },
}

/// Asks for a passcode for the reader who says that `mailbox` is his.
///
/// # Errors
/// When the mail queue is full, the database fails, or there is no randomness.
pub async fn ask(
    portal: &Portal,
    visit: Visit,
    envelope: &[u8; 32],
    terms: &Terms,
    mailbox: &str,
) -> Result<Asked, Refusal> {
    let Visit { jar, network, wanted } = visit;
    let settings = &portal.settings.passcode;
    let now = portal.surroundings.clock.now();
    let limits = match known_browser(portal, &jar, mailbox, now).await? {
        Some(browser) => vec![own_limit(portal, &browser, mailbox)],
        None => limits(portal, envelope, mailbox, network.as_bytes()),
    };
    if let Verdict::Over { wait } =
        portal.state.count_request(&limits, now, 60 * settings.window_minutes).await?
    {
        return Ok(Asked::TooMany { jar, wait });
    }

    // Set once more it would be kept until the browser is closed, and no longer for as long as it was set for.
    let (jar, token) = if let Some(token) = browser::browser_token(&jar) {
        (jar, token)
    } else {
        let token = browser::Token::random(&portal.surroundings)?;
        (browser::set_browser_token(jar, &token), token)
    };
    let passcode = new_passcode(&portal.surroundings)?;
    let reference = new_reference(&portal.surroundings)?;
    let binding = bind(portal, &token, envelope, mailbox);
    let code = portal.secretary.passcode(&binding, passcode.as_bytes());
    let expires = now.saturating_add(settings.minutes.get().saturating_mul(60));
    let tries = settings.tries.get();
    portal.state.add_passcode(&NewPasscode { binding, code, tries, expires }).await?;

    let recipient = recipient_named(terms, mailbox);
    let mail = PasscodeMail {
        to: recipient.clone().unwrap_or_default(),
        passcode,
        reference: reference.clone(),
        minutes: settings.minutes.get(),
        in_subject: settings.in_subject,
        texts: Texts::of(wanted.language_for(&terms.language)),
        date: now,
        expires,
        id: portal.surroundings.random()?,
    };
    portal.mailer.send(recipient.map(|_| mail))?;
    Ok(Asked::Sent { jar, reference })
}

/// Whether the typed passcode is one that this browser has been given for this envelope and mailbox; it is then used
/// up. A text that is no passcode at all costs no try.
///
/// # Errors
/// When the database fails.
pub async fn check(
    portal: &Portal,
    jar: &CookieJar,
    envelope: &[u8; 32],
    terms: &Terms,
    mailbox: &str,
    typed: &str,
) -> Result<bool, Refusal> {
    let (Some(token), Some(passcode)) = (browser::browser_token(jar), digits(typed)) else {
        tracing::info!(cause = "no passcode", "passcode refused");
        return Ok(false);
    };
    let binding = bind(portal, &token, envelope, mailbox);
    let code = portal.secretary.passcode(&binding, passcode.as_bytes());
    let right = portal.state.use_passcode(&binding, &code, portal.surroundings.clock.now()).await?;
    let is_proof = recipient_named(terms, mailbox).is_some() && right;
    if !is_proof {
        tracing::info!(cause = "wrong, used or too late", "passcode refused");
    }
    Ok(is_proof)
}

fn bind(portal: &Portal, token: &browser::Token, envelope: &[u8; 32], mailbox: &str) -> PasscodeBinding {
    PasscodeBinding {
        browser: portal.secretary.browser(token.as_bytes()),
        envelope: portal.secretary.envelope(envelope),
        address: portal.secretary.address(mailbox),
    }
}

/// What one more passcode is counted against where the browser is a stranger. All of it wears off with the window.
/// Somebody who uses up an address from one network does not use it up for the recipient's own, somebody who has got hold
/// of one envelope not for his others, and nobody does for a browser that the recipient has used before.
/// An address is counted in the same way whether or not it is a recipient's, or the limits would tell which it is.
fn limits(portal: &Portal, envelope: &[u8; 32], mailbox: &str, network: &[u8]) -> Vec<Limit> {
    let settings = &portal.settings.passcode;
    let mailbox = mailbox.as_bytes();
    let limit = |kind, parts: &[&[u8]], most| Limit { subject: portal.secretary.request(kind, parts), most };
    vec![
        limit("address-network", &[mailbox, network], settings.per_address_and_network),
        limit("address", &[mailbox], settings.per_address),
        limit("envelope", &[envelope, mailbox], settings.per_envelope),
        limit("network", &[network], settings.per_network),
    ]
}

/// What one more passcode is counted against in a browser in which the address was proved before.
fn own_limit(portal: &Portal, browser: &Digest, mailbox: &str) -> Limit {
    let subject = portal.secretary.request("address-browser", &[mailbox.as_bytes(), browser]);
    Limit { subject, most: portal.settings.passcode.per_address_and_network }
}

/// The browser, if the address was proved in it before.
async fn known_browser(
    portal: &Portal,
    jar: &CookieJar,
    mailbox: &str,
    now: u64,
) -> Result<Option<Digest>, Refusal> {
    let Some(token) = browser::browser_token(jar) else { return Ok(None) };
    let browser = portal.secretary.browser(token.as_bytes());
    let known = portal.state.is_known_browser(&browser, &portal.secretary.address(mailbox), now).await?;
    Ok(known.then_some(browser))
}

/// Remembers that the address was proved in this browser.
///
/// # Errors
/// When the database fails.
pub async fn remember_browser(portal: &Portal, jar: CookieJar, mailbox: &str) -> Result<CookieJar, Refusal> {
    let seconds = portal.settings.passcode.known_days.saturating_mul(24 * 60 * 60);
    let Some(token) = browser::browser_token(&jar).filter(|_| seconds > 0) else { return Ok(jar) };
    let expires = portal.surroundings.clock.now().saturating_add(seconds);
    let (browser, address) = (portal.secretary.browser(token.as_bytes()), portal.secretary.address(mailbox));
    portal.state.add_known_browser(&browser, &address, expires).await?;
    Ok(browser::keep_browser_token(jar, &token, seconds))
}

/// Eight digits, each passcode as likely as any other.
fn new_passcode(surroundings: &Surroundings) -> Result<Zeroizing<String>, NoRandomness> {
    const PASSCODES: u32 = 100_000_000;
    const FAIR: u32 = u32::MAX - u32::MAX % PASSCODES;
    loop {
        let number = u32::from_be_bytes(surroundings.random()?);
        if number < FAIR {
            return Ok(Zeroizing::new(format!("{:0DIGITS$}", number % PASSCODES)));
        }
    }
}

fn new_reference(surroundings: &Surroundings) -> Result<String, NoRandomness> {
    let bytes: [u8; REFERENCE_LEN] = surroundings.random()?;
    let letter = |byte: u8| REFERENCE_ALPHABET.get(usize::from(byte % 32)).copied().map(char::from);
    Ok(bytes.into_iter().filter_map(letter).collect())
}

/// Whether nothing was typed but what may stand between the digits.
#[must_use]
pub fn is_blank(typed: &str) -> bool {
    typed.chars().all(is_filler)
}

fn is_filler(typed: char) -> bool {
    typed.is_whitespace() || typed == '-'
}

/// The digits of what was typed or pasted, which may be grouped by spaces or hyphens, and be those that an Arabic, Persian or
/// Japanese keyboard writes; `None` if it is no passcode.
fn digits(typed: &str) -> Option<Zeroizing<String>> {
    let mut digits = Zeroizing::new(String::with_capacity(typed.len()));
    for written in typed.chars().filter(|&c| !is_filler(c)) {
        digits.push(digit(written)?);
    }
    (digits.len() == DIGITS).then_some(digits)
}

/// A decimal digit as ASCII.
fn digit(written: char) -> Option<char> {
    // Where the digits from 0 to 9 stand: ASCII, Arabic-Indic, its eastern form, full width.
    let zeros = ['0', '\u{660}', '\u{6f0}', '\u{ff10}'];
    let value = zeros.into_iter().filter_map(|zero| u32::from(written).checked_sub(zero.into())).min()?;
    char::from_digit(value, 10)
}

/// Whether a text has the form of a reference code, so that a page may show it again.
#[must_use]
pub fn is_reference(text: &str) -> bool {
    text.len() == REFERENCE_LEN && text.bytes().all(|byte| REFERENCE_ALPHABET.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passcodes_are_eight_digits_and_references_readable() {
        for _ in 0..200 {
            assert!(digits(&new_passcode(&Surroundings::real()).unwrap()).is_some());
            assert!(is_reference(&new_reference(&Surroundings::real()).unwrap()));
        }
    }

    #[test]
    fn typed_passcodes_may_be_grouped() {
        for good in [
            "12345678",
            " 1234 5678 ",
            "1234-5678",
            "12 34 56 78\u{a0}",
            "１２３４５６７８",
            "١٢٣٤٥٦٧٨",
            "۱۲۳۴۵۶۷۸",
        ] {
            assert_eq!(digits(good).unwrap().as_str(), "12345678", "{good:?}");
        }
        for bad in
            ["", "1234567", "123456789", "1234567x", "1234567\u{66a}", "1234567/", "1234567:", "₁₂₃₄₅₆₇₈"]
        {
            assert!(digits(bad).is_none(), "{bad:?}");
        }
    }
}
