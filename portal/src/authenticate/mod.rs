//! Finds out whether the reader is a recipient of the envelope, or what he must do to prove it.

pub mod browser;
pub mod passcode;
pub mod provider;
pub mod session;

use axum_extra::extract::cookie::CookieJar;
use passcode::Asked;
use sealpost_common::{
    address::Address,
    grant::{SignIn, Terms},
    probe::PROBE_RECIPIENT,
};
use session::Standing;

use crate::{
    Portal,
    client::ClientNetwork,
    error::Refusal,
    language::Wanted,
    receive::{Arrival, Fields},
    state::ProofWay,
    usage::{self, Figure},
};

/// Who asks, as far as the request tells.
pub struct Visit {
    /// The cookies that came along, and those that go back.
    pub jar: CookieJar,
    /// The network that the request came from.
    pub network: ClientNetwork,
    /// The languages that it wants.
    pub wanted: Wanted,
}

/// What the reader pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Open an envelope: the only one that may come from another site, and it changes nothing.
    Open,
    /// See the same page again, in another language.
    Again,
    /// Have a passcode mailed.
    Passcode,
    /// Read the mail.
    Read,
    /// Read the mail on a page to be printed.
    Print,
    /// Download an attachment.
    Attachment,
    /// Look at an attachment.
    Preview,
    /// Download all attachments.
    Archive,
    /// Download the whole mail.
    Original,
    /// Write an answer.
    Answer,
    /// Send it.
    Send,
}

/// Proof that the reader is a recipient of the envelope: nothing outside this module makes one, and the payload is
/// not opened without. It has no `Debug` output, because that would hold the address.
pub struct VerifiedRecipient {
    address: String,
}

impl VerifiedRecipient {
    fn proved(address: String) -> Self {
        Self { address }
    }

    /// The address that is proved, as the envelope spells it; its domain in ASCII where it is not.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// Whoever reads a probe: it is for nobody, so nobody has to prove anything. `None` for every envelope that is for somebody.
#[must_use]
pub fn unclaimed(terms: &Terms) -> Option<VerifiedRecipient> {
    terms.is_probe().then(|| VerifiedRecipient::proved(PROBE_RECIPIENT.to_owned()))
}

/// What there is to do next.
pub enum Proof {
    /// Show the mail.
    Verified(VerifiedRecipient),
    /// Ask the reader to prove his address.
    AskToProve(ProveHint),
    /// Ask the reader for the passcode that was mailed under this reference.
    AskForPasscode {
        /// The address that he typed; empty where there is only one recipient.
        address: String,
        /// The reference on page and mail.
        reference: String,
        /// What he has to know besides.
        hint: PasscodeHint,
    },
}

/// Why the reader is asked to prove his address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProveHint {
    /// He has just come.
    First,
    /// His sign-in is over.
    SignedOut,
    /// He is signed in with an address that the message was not sent to.
    OtherAddress,
    /// He is signed in, but in another way than the sender demands.
    OtherWay,
    /// He did not type an address.
    NoAddress,
    /// Too many passcodes were asked for, so none is on its way.
    TooMany {
        /// Seconds until the next has a chance.
        wait: u64,
    },
}

/// What the reader has to know who is asked for a passcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasscodeHint {
    /// One is on its way.
    Sent,
    /// He has just typed a wrong one.
    Wrong,
    /// He has not typed any.
    Missing,
    /// Too many were asked for, so no further one is on its way.
    TooMany {
        /// Seconds until the next has a chance.
        wait: u64,
    },
}

/// Decides what there is to do next, and does what the reader asked for on the way there.
///
/// # Errors
/// When a limit is passed, or something of the portal fails.
pub async fn authenticate(
    portal: &Portal,
    mut visit: Visit,
    wish: Wish,
    arrival: &Arrival,
) -> Result<(CookieJar, Proof), Refusal> {
    let (envelope, terms) = (arrival.envelope.identity(), arrival.envelope.unwrapped().terms());
    let fields = &arrival.fields;
    let hint = match session::standing(portal, &visit.jar, wish, terms).await? {
        Standing::Verified(recipient) => return Ok((visit.jar, Proof::Verified(recipient))),
        Standing::OtherAddress => ProveHint::OtherAddress,
        Standing::OtherWay => ProveHint::OtherWay,
        Standing::SignedOut if matches!(wish, Wish::Open | Wish::Again) => ProveHint::First,
        Standing::SignedOut => ProveHint::SignedOut,
    };
    let shown = Some(fields.reference.clone()).filter(|reference| passcode::is_reference(reference));
    let is_missing = passcode::is_blank(&fields.passcode);
    let tries_passcode = match wish {
        Wish::Passcode => true,
        // Where a reference is shown he was asked for one already.
        Wish::Read => !is_missing || shown.is_some(),
        Wish::Again => shown.is_some(),
        _ => false,
    };
    if !tries_passcode || terms.sign_in == SignIn::Provider {
        return Ok((visit.jar, Proof::AskToProve(hint)));
    }
    let Some(mailbox) = claimed_mailbox(terms, fields) else {
        return Ok((visit.jar, Proof::AskToProve(ProveHint::NoAddress)));
    };
    let ask_for_passcode =
        |reference, hint| Proof::AskForPasscode { address: fields.address.clone(), reference, hint };
    if wish == Wish::Passcode {
        return Ok(match (passcode::ask(portal, visit, envelope, terms, &mailbox).await?, shown) {
            (Asked::Sent { jar, reference }, _) => (jar, ask_for_passcode(reference, PasscodeHint::Sent)),
            // He may still have an earlier one to type.
            (Asked::TooMany { jar, wait }, Some(reference)) => {
                (jar, ask_for_passcode(reference, PasscodeHint::TooMany { wait }))
            }
            (Asked::TooMany { jar, wait }, None) => (jar, Proof::AskToProve(ProveHint::TooMany { wait })),
        });
    }
    if wish == Wish::Again || is_missing {
        let hint = if wish == Wish::Again { PasscodeHint::Sent } else { PasscodeHint::Missing };
        return Ok((visit.jar, ask_for_passcode(fields.reference.clone(), hint)));
    }
    if passcode::check(portal, &visit.jar, envelope, terms, &mailbox, &fields.passcode).await? {
        visit.jar = session::begin(portal, visit.jar, &mailbox, ProofWay::Passcode, fields.keep).await?;
        usage::count(portal, Figure::Passcode);
        visit.jar = passcode::remember_browser(portal, visit.jar, &mailbox).await?;
        let address = recipient_named(terms, &mailbox).unwrap_or(mailbox);
        return Ok((visit.jar, Proof::Verified(VerifiedRecipient::proved(address))));
    }
    Ok((visit.jar, ask_for_passcode(shown.unwrap_or_default(), PasscodeHint::Wrong)))
}

/// The mailbox that the reader says is his: that of the only recipient, or what he typed.
fn claimed_mailbox(terms: &Terms, fields: &Fields) -> Option<String> {
    match terms.recipients.as_slice() {
        [only] => Some(mailbox_name(only)),
        _ => Address::parse(&fields.address).is_ok().then(|| mailbox_name(&fields.address)),
    }
}

/// The name under which all spellings of a mailbox are the same: those of a domain in Unicode and in ASCII too, as
/// envelopes have the one and readers type the other.
pub(crate) fn mailbox_name(address: &str) -> String {
    let name =
        Address::parse(address).map_or_else(|_| address.to_ascii_lowercase(), |address| address.normalised());
    let in_ascii = name.rsplit_once('@').and_then(|(local, domain)| {
        let domain = idna::domain_to_ascii(domain).ok()?;
        Some(format!("{local}@{domain}"))
    });
    in_ascii.unwrap_or(name)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_mailbox_have_one_name() {
        for (one, other) in [
            ("Bob@Example.net", "bob@example.NET"),
            ("bob@bücher.example", "bob@xn--bcher-kva.example"),
            ("bob@BÜCHER.example", "bob@bücher.example"),
            ("\"bob\"@example.net", "bob@example.net"),
            ("bob@[192.0.2.1]", "BOB@[192.0.2.1]"),
            ("no address", "No Address"),
        ] {
            assert_eq!(mailbox_name(one), mailbox_name(other));
        }
        for (one, other) in [
            ("bob@example.net", "b0b@example.net"),
            ("bob@example.net", "bob@еxample.net"),
            ("bob@example.net", "bob@example.net.example"),
            ("bob+x@example.net", "bob@example.net"),
            ("jürgen@example.net", "jurgen@example.net"),
        ] {
            assert_ne!(mailbox_name(one), mailbox_name(other));
        }
    }
}
