//! Decides which claims of an ID token prove that the reader holds an address (README.md, "What proves an address").

use std::fmt;

use openidconnect::AdditionalClaims;
use sealpost_common::address::Address;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{SignInFault, Unproved};
use crate::{
    authenticate::mailbox_name,
    config::{self, CONSUMERS, ProviderKind},
};

/// Mailboxes that Google itself runs for everybody.
const GOOGLE_MAIL: [&str; 2] = ["gmail.com", "googlemail.com"];

/// Claims beyond the standard's that decide whether an address counts.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(super) struct ProofClaims {
    /// Microsoft: the tenant that the account is in.
    pub(super) tid: Option<String>,
    /// Microsoft: whether the owner of the address's domain has been verified.
    pub(super) xms_edov: Option<Value>,
    /// Google: the organisation that the account belongs to.
    pub(super) hd: Option<String>,
    /// The second before which the token does not count (RFC 7519, 4.1.5); Microsoft's have it.
    pub(super) nbf: Option<i64>,
}

impl AdditionalClaims for ProofClaims {}

/// Prints no claim.
impl fmt::Debug for ProofClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProofClaims(..)")
    }
}

/// What a provider says of the reader, all of it signed or fetched from itself.
#[derive(Default)]
pub(super) struct Said<'c> {
    /// An address.
    pub(super) email: Option<&'c str>,
    /// Whether it says that the address is verified.
    pub(super) email_verified: Option<bool>,
    /// What else counts.
    pub(super) more: ProofClaims,
}

/// The mailbox that what a provider says proves.
///
/// # Errors
/// When it says no address, or one that is not proved by what it says.
pub(super) fn proved_mailbox(provider: &config::Provider, said: &Said<'_>) -> Result<String, SignInFault> {
    let email = said.email.ok_or(Unproved::NoAddress)?;
    let address = Address::parse(email).ok().ok_or(Unproved::NoAddress)?;
    let is_proved = match provider.kind {
        ProviderKind::Microsoft => microsoft(&said.more),
        ProviderKind::Google => said.email_verified == Some(true) && google(&address, &said.more),
        ProviderKind::Generic => said.email_verified == Some(true),
    };
    if !is_proved {
        return Err(Unproved::Unverified.into());
    }
    // As the passcode has it: one spelling for all spellings of a mailbox, and of a domain its form in ASCII.
    let mailbox = mailbox_name(email);
    let domain = mailbox.rsplit_once('@').map_or("", |(_, domain)| domain);
    let believed = |domain: &str| provider.vouches_for.iter().any(|pattern| pattern.matches(domain));
    if !believed(domain) && !believed(address.domain()) {
        return Err(Unproved::ForeignDomain.into());
    }
    Ok(mailbox)
}

/// Personal accounts have only addresses that Microsoft has seen their holders answer from. In all other tenants the
/// administrator writes what he likes into `email`; only `xms_edov` says that he owns its domain.
fn microsoft(claims: &ProofClaims) -> bool {
    let is_personal = claims.tid.as_deref() == Some(CONSUMERS);
    // A Boolean by its documentation; tokens have been seen with it as number and text.
    let is_owned = match &claims.xms_edov {
        Some(Value::Bool(owned)) => *owned,
        Some(Value::Number(number)) => number.as_u64() == Some(1),
        Some(Value::String(text)) => text == "1" || text == "true",
        _ => false,
    };
    is_personal || is_owned
}

/// Google runs the mailboxes of gmail.com and of its organisations (`hd`). Any other address it has only once sent a mail
/// to, when the account was made; its domain may have another owner by now.
fn google(address: &Address, claims: &ProofClaims) -> bool {
    GOOGLE_MAIL.contains(&address.domain()) || claims.hd.as_deref().is_some_and(|hd| !hd.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn provider(kind: &str, vouches_for: &str) -> config::Provider {
        let text = format!(
            "name = 'x'\nkind = '{kind}'\nlabel = 'X'\nissuer = 'https://x.example'\nclient_id = 'c'\n\
             client_secret_file = 's'\nvouches_for = ['{vouches_for}']\n"
        );
        toml::from_str(&text).unwrap()
    }

    fn proved(kind: &str, vouches_for: &str, claims: &Value) -> Option<String> {
        let said = Said {
            email: claims["email"].as_str(),
            email_verified: claims["email_verified"].as_bool(),
            more: serde_json::from_value(claims.clone()).unwrap(),
        };
        proved_mailbox(&provider(kind, vouches_for), &said).ok()
    }

    #[test]
    fn each_provider_has_its_own_rules() {
        const WORK: &str = "4f9b5a2e-0000-4000-8000-1234567890ab";
        let bob = "bob@example.net";
        for (kind, claims, expected) in [
            ("microsoft", json!({ "email": bob, "tid": CONSUMERS }), true),
            ("microsoft", json!({ "email": bob, "tid": WORK, "xms_edov": true }), true),
            ("microsoft", json!({ "email": bob, "tid": WORK, "xms_edov": "1" }), true),
            ("microsoft", json!({ "email": bob, "tid": WORK, "xms_edov": 1 }), true),
            ("microsoft", json!({ "email": bob, "tid": WORK, "xms_edov": false }), false),
            ("microsoft", json!({ "email": bob, "tid": WORK, "xms_edov": "false" }), false),
            ("microsoft", json!({ "email": bob, "tid": WORK, "xms_edov": [true] }), false),
            ("microsoft", json!({ "email": bob, "tid": WORK }), false),
            ("microsoft", json!({ "email": bob, "tid": WORK, "email_verified": true }), false),
            ("microsoft", json!({ "preferred_username": bob, "tid": CONSUMERS }), false),
            ("microsoft", json!({ "email": bob }), false),
            ("google", json!({ "email": "bob@gmail.com", "email_verified": true }), true),
            ("google", json!({ "email": "bob@GMail.com", "email_verified": true }), true),
            ("google", json!({ "email": "bob@gmail.com", "email_verified": false }), false),
            ("google", json!({ "email": "bob@gmail.com" }), false),
            ("google", json!({ "email": bob, "email_verified": true, "hd": "example.net" }), true),
            ("google", json!({ "email": bob, "email_verified": false, "hd": "example.net" }), false),
            ("google", json!({ "email": bob, "email_verified": true, "hd": "" }), false),
            ("google", json!({ "email": bob, "email_verified": true }), false),
            ("generic", json!({ "email": bob, "email_verified": true }), true),
            ("generic", json!({ "email": bob, "email_verified": false }), false),
            ("generic", json!({ "email": bob, "xms_edov": true, "tid": CONSUMERS, "hd": "x" }), false),
            ("generic", json!({ "email_verified": true }), false),
            ("generic", json!({ "email": "bob", "email_verified": true }), false),
            ("generic", json!({ "email": "bob@example.net\n", "email_verified": true }), false),
        ] {
            assert_eq!(proved(kind, "*", &claims).is_some(), expected, "{kind} {claims}");
        }
    }

    #[test]
    fn a_provider_is_believed_for_its_domains_only() {
        for (vouches_for, email, expected) in [
            ("example.net", "Bob@Example.NET", Some("bob@example.net")),
            ("example.net", "bob@mail.example.net", None),
            ("example.net", "bob@example.com", None),
            ("bücher.example", "bob@bücher.example", Some("bob@xn--bcher-kva.example")),
            ("xn--bcher-kva.example", "bob@bücher.example", Some("bob@xn--bcher-kva.example")),
            ("example.net", "bob@еxample.net", None),
        ] {
            let claims = json!({ "email": email, "email_verified": true });
            assert_eq!(proved("generic", vouches_for, &claims).as_deref(), expected, "{vouches_for} {email}");
        }
    }
}
