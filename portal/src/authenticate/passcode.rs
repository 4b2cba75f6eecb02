//! The one-time passcode: made, mailed, counted, checked.
//!
//! Whoever asks gets the same answer after the same work, whether or not the address is a recipient: a passcode is
//! made and kept either way, and the mail that only a recipient gets is sent behind the reader's back.

use axum_extra::extract::cookie::CookieJar;
use sealpost_common::grant::Terms;
use zeroize::Zeroizing;

use super::{Visit, browser, mailbox_name};
use crate::{
    Portal,
    error::Refusal,
    mailer::PasscodeMail,
    state::{Limit, NewPasscode, PasscodeBinding, Verdict},
    surroundings::{NoRandomness, Surroundings},
    texts::Texts,
};

/// Digits of a passcode.
const DIGITS: usize = 8;
/// Characters of a reference code, none of which looks like another.
const REFERENCE_ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Characters of a reference code.
const REFERENCE_LEN: usize = 6;

/// Asks for a passcode for the reader who says that `mailbox` is his; gives the reference code for his page.
///
/// # Errors
/// When a limit is passed, the mail queue is full, the database fails, or there is no randomness.
pub async fn ask(
    portal: &Portal,
    visit: Visit,
    envelope: &[u8; 32],
    terms: &Terms,
    mailbox: &str,
) -> Result<(CookieJar, String), Refusal> {
    let Visit { jar, network, wanted } = visit;
    let settings = &portal.settings.passcode;
    let now = portal.surroundings.clock.now();
    let limits = limits(portal, envelope, terms, mailbox, network.as_bytes());
    if let Verdict::Over { wait } =
        portal.state.count_request(&limits, now, 60 * settings.window_minutes).await?
    {
        return Err(Refusal::TooMany { wait });
    }

    let token = match browser::browser_token(&jar) {
        Some(token) => token,
        None => browser::Token::random(&portal.surroundings)?,
    };
    let passcode = new_passcode(&portal.surroundings)?;
    let reference = new_reference(&portal.surroundings)?;
    let binding = bind(portal, &token, envelope, mailbox);
    let code = portal.secretary.passcode(&binding, passcode.as_bytes());
    let expires = now.saturating_add(60 * settings.minutes);
    portal.state.add_passcode(&NewPasscode { binding, code, tries: settings.tries, expires }).await?;

    let recipient = recipient_named(terms, mailbox);
    let mail = PasscodeMail {
        to: recipient.clone().unwrap_or_default(),
        passcode,
        reference: reference.clone(),
        minutes: settings.minutes,
        texts: Texts::of(wanted.language_for(&terms.language)),
        date: now,
        id: portal.surroundings.random()?,
    };
    portal.mailer.send(recipient.map(|_| mail))?;
    Ok((browser::set_browser_token(jar, &token), reference))
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
        return Ok(false);
    };
    let binding = bind(portal, &token, envelope, mailbox);
    let code = portal.secretary.passcode(&binding, passcode.as_bytes());
    let right = portal.state.use_passcode(&binding, &code, portal.surroundings.clock.now()).await?;
    Ok(recipient_named(terms, mailbox).is_some() && right)
}

/// Where to write to the recipient whose mailbox has this name: as the envelope spells him, never as somebody typed
/// it. Only a domain in Unicode is written as it was proved, since another program might map it to another domain.
///
/// Looks at all recipients whoever is asked for, so that the time tells nobody whether one was found, and where.
fn recipient_named(terms: &Terms, mailbox: &str) -> Option<String> {
    let spelled = terms.recipients.iter().fold(None, |found, recipient| {
        if mailbox_name(recipient) == mailbox { Some(recipient) } else { found }
    })?;
    match (spelled.rsplit_once('@'), mailbox.rsplit_once('@')) {
        (Some((local, domain)), Some((_, proved))) if !domain.is_ascii() => Some(format!("{local}@{proved}")),
        _ => Some(spelled.clone()),
    }
}

fn bind(portal: &Portal, token: &browser::Token, envelope: &[u8; 32], mailbox: &str) -> PasscodeBinding {
    PasscodeBinding {
        browser: portal.secretary.browser(token.as_bytes()),
        envelope: portal.secretary.envelope(envelope),
        address: portal.secretary.address(mailbox),
    }
}

/// What one more passcode is counted against. All of it wears off with the window, so a recipient is never out for
/// good; and somebody who uses up an address from one network does not use it up for the recipient's own.
fn limits(portal: &Portal, envelope: &[u8; 32], terms: &Terms, mailbox: &str, network: &[u8]) -> [Limit; 4] {
    let settings = &portal.settings.passcode;
    let recipients = u32::try_from(terms.recipients.len()).unwrap_or(u32::MAX);
    let limit = |kind, parts: &[&[u8]], most| Limit { subject: portal.secretary.request(kind, parts), most };
    [
        limit("address-network", &[mailbox.as_bytes(), network], settings.per_address_and_network),
        limit("address", &[mailbox.as_bytes()], settings.per_address),
        limit("envelope", &[envelope], settings.per_envelope.saturating_mul(recipients)),
        limit("network", &[network], settings.per_network),
    ]
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

/// The digits of what was typed or pasted, which may be grouped by spaces or hyphens; `None` if it is no passcode.
fn digits(typed: &str) -> Option<Zeroizing<String>> {
    let is_filler = |c: char| c.is_whitespace() || c == '-';
    let digits: Zeroizing<String> = Zeroizing::new(typed.chars().filter(|&c| !is_filler(c)).collect());
    (digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
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
        for good in ["12345678", " 1234 5678 ", "1234-5678", "12 34 56 78\u{a0}"] {
            assert_eq!(digits(good).unwrap().as_str(), "12345678", "{good:?}");
        }
        for bad in ["", "1234567", "123456789", "1234567x", "１２３４５６７８"] {
            assert!(digits(bad).is_none(), "{bad:?}");
        }
    }
}
