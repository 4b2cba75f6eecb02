//! Knows one answer from the next, so that none is sent twice: not by a reload, not by a second press of the button.
//!
//! The page on which an answer is written has a random ID. That it is being sent, and that it was, is remembered among the
//! counted requests, as two keyed hashes: the one until it is known what came of it, the other for
//! `passcode.window_minutes`. Where nobody says what came of it, because the portal was killed, that is over after
//! `answer.timeout` and [`AROUND`]; until then nobody else sends it.

use std::time::Duration;

use crate::{
    Portal,
    authenticate::{VerifiedRecipient, mailbox_name},
    config::Settings,
    error::Refusal,
    receive::Arrival,
    state::{Digest, Progress, SubmissionKeys, SubmissionTimes},
    surroundings::NoRandomness,
    text,
};

/// How long all may take that is done with an answer before it is handed over: waiting for the database and a worker.
pub(super) const PREPARATION: Duration = Duration::from_mins(1);
/// Seconds besides `answer.timeout` for which somebody who has begun to send an answer may be at it: the preparation, the
/// database once more, and what the portals' clocks differ by.
const AROUND: u64 = PREPARATION.as_secs() + 30;

/// Bytes of an ID.
const ID_LEN: usize = 16;

/// One answer, by its ID, its envelope and its reader.
#[derive(Clone, Copy)]
pub(super) struct Submission {
    keys: SubmissionKeys,
    message_id: Digest,
}

impl Submission {
    /// A new ID for a page.
    pub(super) fn new_id(portal: &Portal) -> Result<String, NoRandomness> {
        Ok(text::to_base64url(&portal.surroundings.random::<ID_LEN>()?))
    }

    /// The one that the form names; `None` if it is none of ours.
    pub(super) fn of(portal: &Portal, arrival: &Arrival, reader: &VerifiedRecipient) -> Option<Self> {
        let id = text::from_base64url(&arrival.answer.submission).filter(|id| id.len() == ID_LEN)?;
        let mailbox = mailbox_name(reader.address());
        let parts: [&[u8]; 3] = [&id, arrival.envelope.identity(), mailbox.as_bytes()];
        Some(Self {
            keys: SubmissionKeys {
                begun: portal.secretary.request("answer-submission", &parts),
                sent: portal.secretary.request("answer-sent", &parts),
            },
            message_id: portal.secretary.request("answer-message-id", &parts),
        })
    }

    /// Takes it on if nobody has; gives how far it had come before.
    pub(super) async fn begin(&self, portal: &Portal) -> Result<Progress, Refusal> {
        let now = portal.surroundings.clock.now();
        Ok(portal.state.begin_submission(&self.keys, now, times(&portal.settings)).await?)
    }

    /// How far it has come.
    pub(super) async fn progress(&self, portal: &Portal) -> Result<Progress, Refusal> {
        let now = portal.surroundings.clock.now();
        Ok(portal.state.submission(&self.keys, now, times(&portal.settings)).await?)
    }

    /// Says what came of it: it was sent, or may be tried again from the same page.
    pub(super) async fn end(&self, portal: &Portal, is_sent: bool) {
        let now = portal.surroundings.clock.now();
        if let Err(cause) = portal.state.end_submission(&self.keys, now, is_sent).await {
            tracing::error!(%cause, is_sent, "what came of an answer could not be kept");
        }
    }

    /// The Message-ID, without angle brackets. One that is tried again has the same, so that mail programs know it.
    pub(super) fn message_id(&self, portal: &Portal) -> String {
        let unique = self.message_id.get(..ID_LEN).unwrap_or_default();
        format!("{}@{}", text::to_base64url(unique), portal.settings.server.public_url.host())
    }
}

/// For how long it is known how far an answer has come.
pub(crate) fn times(settings: &Settings) -> SubmissionTimes {
    let timeout = settings.answer.as_ref().map_or(0, |answer| answer.timeout.max(1));
    SubmissionTimes { under_way: timeout.saturating_add(AROUND), sent: 60 * settings.passcode.window_minutes }
}
