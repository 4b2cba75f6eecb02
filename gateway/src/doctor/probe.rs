//! Stage `probe`: does the portal open what this gateway seals, for each of the sender domains?
//!
//! A probe is an envelope for nobody (ENVELOPE.md, "Probes"), made with the gateway's own keys.

use jiff::Timestamp;
use rand::RngExt as _;
use sealpost_common::{
    address::DomainPattern,
    error::SealError,
    grant::{Rights, SignIn, Terms, hash_message_id},
    keys::SigningKey,
    probe::PROBE_RECIPIENT,
    seal::Sealer,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Fault, Stage, portal};
use crate::{
    config::{Keys, Settings},
    error::causes,
};

/// Seconds that a probe can be opened: clocks may differ a little.
const LIFETIME: u64 = 300;

/// Domains that are tried at most; the portal bounds the number of probes.
const MAX_DOMAINS: usize = 20;

/// How the portal took a probe.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Opened,
    /// Something is wrong with the envelope; the portal says what to its own log only.
    Refused,
    /// The portal takes no probes.
    NotOffered,
    /// Anything else, by its status.
    Other(u16),
}

pub(super) async fn examine(settings: &Settings) -> Stage {
    let mut found = Vec::new();
    for pattern in settings.sender_domains.iter().take(MAX_DOMAINS) {
        match probe(settings, pattern).await {
            Ok(outcome) => found.push((pattern.to_string(), outcome)),
            Err(error) => return Stage::fail("probe", error, "try again; see the portal's log"),
        }
    }
    judge(settings, &found)
}

fn judge(settings: &Settings, found: &[(String, Outcome)]) -> Stage {
    let of = |wanted: &Outcome| {
        found
            .iter()
            .filter(|(_, outcome)| outcome == wanted)
            .map(|(domain, _)| domain.as_str())
            .collect::<Vec<_>>()
    };
    if !of(&Outcome::NotOffered).is_empty() {
        return Stage::skip("probe", "the portal takes no probes ([probe] enabled = false in portal.toml)");
    }
    let keys = &settings.keys;
    let (refused, opened) = (of(&Outcome::Refused), of(&Outcome::Opened));
    let mut faults = Vec::new();
    if !refused.is_empty() && opened.is_empty() {
        faults.push(Fault::new(
            format!(
                "the portal opens nothing of what this gateway seals (signing key {}, sealing key {})",
                keys.signing.id(),
                keys.sealing.id()
            ),
            "on the portal: `sealpost-portal keys list` must show that sealing key, and a [[gateway]] of portal.toml have \
             the verifying_key of `sealpost-gateway keys show` and the domains of [sender]; the portal's log says which",
        ));
    } else if !refused.is_empty() {
        faults.push(Fault::new(
            format!("the portal does not trust this gateway for senders in {}", refused.join(", ")),
            "add them to domains of its [[gateway]] in portal.toml, or take them out of [sender] domains",
        ));
    }
    for (domain, outcome) in found {
        if let Outcome::Other(status) = outcome {
            faults.push(Fault::new(
                format!("the portal answers the probe for {domain} with {status}"),
                advice(*status),
            ));
        }
    }
    Stage::of("probe", faults, format!("the portal opens what is sealed for {}", opened.join(", ")))
}

fn advice(status: u16) -> &'static str {
    match status {
        410 => "compare the clocks of both hosts",
        429 => "wait, or raise [probe] per_network in portal.toml",
        503 => "the portal has no memory left: see its load and memory_limit",
        _ => "see the portal's log, and that its reverse proxy hands everything on",
    }
}

async fn probe(settings: &Settings, pattern: &DomainPattern) -> Result<Outcome, String> {
    let mut rng = rand::rng();
    let text = format!("Sealpost probe {:032x}\r\n", rng.random::<u128>());
    let envelope = seal(settings, pattern, text.as_bytes())
        .map_err(|error| format!("no probe could be sealed: {error}"))?;
    let url = format!("{}/probe", settings.portal.url);
    let headers = [("content-type", "application/octet-stream".to_owned())];
    let answer = portal::post(&url, &headers, envelope).await;
    let answer = answer.map_err(|error| format!("{url} cannot be reached: {}", causes(&error)))?;
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let digest = hex(&Sha256::digest(text));
    Ok(match answer.status {
        200 if said.get("sha256").and_then(Value::as_str) == Some(&digest) => Outcome::Opened,
        400 => Outcome::Refused,
        404 => Outcome::NotOffered,
        status => Outcome::Other(status),
    })
}

/// Seals a text for nobody, from a sender whom the pattern matches.
fn seal(settings: &Settings, pattern: &DomainPattern, text: &[u8]) -> Result<Vec<u8>, SealError> {
    let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
    let mut rng = rand::rng();
    let terms = Terms {
        envelope_sender: sender(pattern),
        author: None,
        recipients: vec![PROBE_RECIPIENT.to_owned()],
        message_id_hash: Some(hash_message_id(&format!("{:032x}", rng.random::<u128>()))),
        created: now,
        expires: Some(now + LIFETIME),
        rights: Rights::none(),
        sign_in: SignIn::Any,
        brand: String::new(),
        language: String::new(),
    };
    let Keys { signing, sealing, .. } = &settings.keys;
    let signing = SigningKey::from_text(&signing.to_text_secret()).expect("a key reads its own text form");
    Ok(Sealer::new(signing, sealing.clone(), None).seal(text, &terms, &mut rng)?.to_bytes())
}

/// Gives a sender in a domain that only this pattern stands for: `*` alone takes a mail without sender.
fn sender(pattern: &DomainPattern) -> Option<String> {
    match pattern {
        DomainPattern::Any => None,
        DomainPattern::Exactly(domain) => Some(format!("postmaster@{domain}")),
        DomainPattern::Below(parent) => Some(format!("postmaster@sealpost-probe.{parent}")),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pattern_has_a_sender_of_its_own() {
        let sender = |text| sender(&DomainPattern::parse(text).unwrap());
        assert_eq!(sender("example.org").as_deref(), Some("postmaster@example.org"));
        assert_eq!(sender("*.example.org").as_deref(), Some("postmaster@sealpost-probe.example.org"));
        assert_eq!(sender("*"), None);
    }
}
