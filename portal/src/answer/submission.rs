//! Knows one answer from the next, so that none is sent twice: not by a reload, not by a second press of the button.
//!
//! The page on which an answer is written has a random ID. That it was sent is remembered among the counted requests, as a
//! keyed hash, for `passcode.window_minutes`.

use crate::{
    Portal,
    authenticate::{VerifiedRecipient, mailbox_name},
    error::Refusal,
    receive::Arrival,
    state::{Digest, Limit, Verdict},
    surroundings::NoRandomness,
    text,
};

/// Bytes of an ID.
const ID_LEN: usize = 16;

/// One answer, by its ID, its envelope and its reader.
#[derive(Clone)]
pub(super) struct Submission {
    claim: Digest,
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
            claim: portal.secretary.request("answer-submission", &parts),
            message_id: portal.secretary.request("answer-message-id", &parts),
        })
    }

    /// Takes it on; false if that was done before.
    pub(super) async fn claim(&self, portal: &Portal) -> Result<bool, Refusal> {
        let limit = Limit { subject: self.claim, most: 1 };
        let now = portal.surroundings.clock.now();
        let window = 60 * portal.settings.passcode.window_minutes;
        Ok(portal.state.count_request(&[limit], now, window).await? == Verdict::Within)
    }

    /// Gives it back: it was not sent.
    pub(super) async fn release(&self, portal: &Portal) -> Result<(), Refusal> {
        Ok(portal.state.forget_requests(&self.claim).await?)
    }

    /// The Message-ID, without angle brackets. One that is tried again has the same, so that mail programs know it.
    pub(super) fn message_id(&self, portal: &Portal) -> String {
        let unique = self.message_id.get(..ID_LEN).unwrap_or_default();
        format!("{}@{}", text::to_base64url(unique), portal.settings.server.public_url.host())
    }
}
