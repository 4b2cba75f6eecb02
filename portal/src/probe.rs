//! Answers a gateway's probe: does this portal take its signature, hold its opening key, and open what it seals?
//!
//! A probe is an envelope whose only recipient is the reserved one (ENVELOPE.md, "Probes"). It is checked and opened like
//! any other, and the answer is the SHA-256 of what was in it. Every other envelope, and whatever is no envelope, gets one
//! and the same refusal. Nothing is kept of a probe but its place in the limit, so it can be handed in again at will.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use sealpost_common::error::OpenError;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{
    App, Portal,
    authenticate::{Visit, unclaimed},
    error::{EnvelopeFault, Outcome, Refusal},
    open,
    pipeline::admit,
    receive::{CarriedEnvelope, FormDecoder, Intake},
    state::{HOUR, Limit, Verdict},
};

/// The most bytes of a probe: the header with its grants, and a short text.
pub const MAX_PROBE_LEN: usize = 64 * 1024;

/// `POST /probe`
pub(crate) async fn probe(State(app): State<App>, visit: Visit, envelope: Bytes) -> Response {
    match answer(&app, &visit, &envelope).await {
        Ok(digest) => {
            let sha256 = digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
            say(StatusCode::OK, Outcome("probe"), &json!({ "outcome": "opened", "sha256": sha256 }))
        }
        Err(refusal) => {
            if refusal.status().is_server_error() {
                tracing::error!(cause = %refusal, "request failed");
            }
            // What is wrong with an envelope is for the log alone.
            let said = if matches!(refusal, Refusal::Envelope(_)) { "refused" } else { refusal.outcome().0 };
            let mut response = say(refusal.status(), refusal.outcome(), &json!({ "outcome": said }));
            if let Some(seconds) = refusal.retry_after() {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
    }
}

fn say(status: StatusCode, outcome: Outcome, body: &serde_json::Value) -> Response {
    let body = format!("{body}\n");
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    response.extensions_mut().insert(outcome);
    response
}

/// Gives the SHA-256 of what is in a probe.
async fn answer(portal: &Portal, visit: &Visit, envelope: &[u8]) -> Result<[u8; 32], Refusal> {
    let most = portal.settings.probe.per_network;
    let limit = Limit { subject: portal.secretary.request("probe", &[visit.network.as_bytes()]), most };
    let now = portal.surroundings.clock.now();
    if let Verdict::Over { wait } = portal.state.count_request(&[limit], now, HOUR).await? {
        return Err(Refusal::TooManyProbes { wait });
    }
    let reservation = portal.budget.reservation();
    let mut intake = Intake::new(&portal.trust, FormDecoder::Binary, MAX_PROBE_LEN as u64, reservation);
    intake.push(envelope)?;
    let envelope = Arc::new(intake.finish()?);
    let terms = envelope.unwrapped().terms();
    let nobody = unclaimed(terms).ok_or(Refusal::Envelope(EnvelopeFault::NoProbe))?;
    admit(portal, terms).await?;
    opened(portal, &envelope, nobody).await
}

async fn opened(
    portal: &Portal,
    envelope: &Arc<CarriedEnvelope>,
    nobody: crate::authenticate::VerifiedRecipient,
) -> Result<[u8; 32], Refusal> {
    let mut reservation = portal.budget.reservation();
    reservation.grow(envelope.unwrapped().mail_len())?;
    let envelope = Arc::clone(envelope);
    let work = move || {
        let _reservation = reservation;
        let mail = open::open(&envelope, &nobody)?;
        Ok::<[u8; 32], OpenError>(Sha256::digest(mail.bytes()).into())
    };
    Ok(portal.budget.work(work).await??)
}
