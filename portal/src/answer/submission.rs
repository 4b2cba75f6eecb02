//! Knows one answer from the next, so that none is sent twice: not by a reload, not by a second press of the button.
//!
//! The page on which an answer is written has a random ID. That it is being sent, that it was, and what was sent is remembered
//! among the counted requests, as three keyed hashes: the first until it is known what came of it, the others for
//! `passcode.window_minutes`. Who goes back in his browser and changes what he sent has the same page and another answer.
//! Where nobody says what came of it, because the portal was killed, that is over after `answer.timeout` and [`AROUND`]; until
//! then nobody else sends it, and after it only for a reader who has been told.

use std::{sync::Arc, time::Duration};

use crate::{
    Portal,
    authenticate::{VerifiedRecipient, mailbox_name},
    config::Settings,
    error::Refusal,
    receive::{AnswerFields, Arrival, CarriedEnvelope, Way},
    state::{Digest, Ended, Progress, SubmissionKeys, SubmissionTimes},
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

/// A new ID for a page.
pub(super) fn new_id(portal: &Portal) -> Result<String, NoRandomness> {
    Ok(text::to_base64url(&portal.surroundings.random::<ID_LEN>()?))
}

/// What all that is sent from one page has in common: its ID, its envelope and its reader.
pub(super) struct Name {
    id: Vec<u8>,
    envelope: Arc<CarriedEnvelope>,
    mailbox: String,
}

impl Name {
    /// The one that the form brings; `None` if its ID is none of ours.
    pub(super) fn of(arrival: &Arrival, reader: &VerifiedRecipient) -> Option<Self> {
        let id = text::from_base64url(&arrival.answer.submission).filter(|id| id.len() == ID_LEN)?;
        Some(Self { id, envelope: Arc::clone(&arrival.envelope), mailbox: mailbox_name(reader.address()) })
    }

    fn parts(&self) -> [&[u8]; 3] {
        [&self.id, self.envelope.identity(), self.mailbox.as_bytes()]
    }
}

/// One answer, by its name and what is in it.
#[derive(Clone, Copy)]
pub(super) struct Submission {
    keys: SubmissionKeys,
    message_id: Digest,
}

impl Submission {
    /// The one that the form brings. Goes through all of its files.
    pub(super) fn of(portal: &Portal, name: &Name, answer: &AnswerFields) -> Self {
        let digest = |kind| portal.secretary.request(kind, &name.parts());
        let content = content(portal, name, answer);
        Self {
            keys: SubmissionKeys { begun: digest("answer-submission"), sent: digest("answer-sent"), content },
            message_id: portal.secretary.request("answer-message-id", &[&content]),
        }
    }

    /// Takes it on if nobody has; gives how far it had come before. Only for a reader who `is_warned` it is sent once more that may
    /// have been sent.
    pub(super) async fn begin(&self, portal: &Portal, is_warned: bool) -> Result<Progress, Refusal> {
        let now = portal.surroundings.clock.now();
        Ok(portal.state.begin_submission(&self.keys, now, times(&portal.settings), is_warned).await?)
    }

    /// How far it has come.
    pub(super) async fn progress(&self, portal: &Portal) -> Result<Progress, Refusal> {
        let now = portal.surroundings.clock.now();
        Ok(portal.state.submission(&self.keys, now, times(&portal.settings)).await?)
    }

    /// Says what came of it.
    pub(super) async fn end(&self, portal: &Portal, ended: Ended) {
        let now = portal.surroundings.clock.now();
        if let Err(cause) = portal.state.end_submission(&self.keys, now, times(&portal.settings), ended).await
        {
            tracing::error!(%cause, ?ended, "what came of an answer could not be kept");
        }
    }

    /// The Message-ID, without angle brackets. One that is tried again as it is has the same, so that mail programs know it;
    /// what was changed in between must not be taken for it.
    pub(super) fn message_id(&self, portal: &Portal) -> String {
        let unique = self.message_id.get(..ID_LEN).unwrap_or_default();
        format!("{}@{}", text::to_base64url(unique), portal.settings.server.public_url.host())
    }
}

/// Keyed hash of all that the reader decides of an answer.
fn content(portal: &Portal, name: &Name, answer: &AnswerFields) -> Digest {
    let way = answer.way.map_or("", Way::name);
    let chosen = [u8::from(answer.copy), u8::from(answer.original)];
    let mut parts = name.parts().to_vec();
    parts.extend([way.as_bytes(), &chosen, answer.to.as_bytes()]);
    parts.extend([answer.subject.as_bytes(), answer.text.as_bytes()]);
    for file in &answer.files {
        parts.extend([file.name.as_bytes(), file.media_type.as_bytes(), file.bytes.as_slice()]);
    }
    portal.secretary.request("answer-content", &parts)
}

/// For how long it is known how far an answer has come.
pub(crate) fn times(settings: &Settings) -> SubmissionTimes {
    let timeout = settings.answer.as_ref().map_or(0, |answer| answer.timeout.max(1));
    SubmissionTimes { under_way: timeout.saturating_add(AROUND), sent: 60 * settings.passcode.window_minutes }
}
