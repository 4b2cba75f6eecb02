//! Receives what a reader's browser sends: an envelope in any of its forms, and a few short fields.
//!
//! The form streams by ([`Upload`]); of the envelope only its binary form is kept ([`CarriedEnvelope`]). Once something
//! is wrong the rest of the upload is read and dropped.

pub mod answer;
pub mod envelope;
pub mod form;
pub mod mail;
pub mod upload;

use std::sync::Arc;

use zeroize::Zeroizing;

pub use answer::{AnswerFields, AnswerRoom, Excess, MAX_CHOICES, UploadedFile, Way, longest_answer};
pub use envelope::{CarriedEnvelope, Intake, PortalTrust, Trust};
pub use form::{FormDecoder, longest_form};
pub use upload::{Upload, UploadField};

use crate::{
    budget::Budget,
    config::Settings,
    error::{EnvelopeFault, ReceiveError},
    language::Language,
    render::{PartPath, RemoteContent},
};

/// Longest value of a short field: an address has at most 320 bytes.
const MAX_FIELD: usize = 1024;
/// Most fields of a form that is ours, files and recipients not counted.
const MAX_FIELDS: usize = 24;
/// Most files of a form, those included that are not kept.
const MAX_FILES: usize = 1000;

/// The most bytes that any form takes: one with the largest envelope, and an answer with as many files as may be.
#[must_use]
pub fn longest_upload(settings: &Settings) -> usize {
    let answers = settings.answer.as_ref().map_or(0, |answer| answer.max_file_bytes);
    let form = usize::try_from(longest_form(settings.server.max_envelope_size)).unwrap_or(usize::MAX);
    form.saturating_add(longest_answer(answers))
}

/// What has arrived.
pub struct Arrival {
    /// The envelope, checked as far as that is possible without opening the mail.
    pub envelope: Arc<CarriedEnvelope>,
    /// What the reader filled in or pressed.
    pub fields: Fields,
    /// What he writes in answer.
    pub answer: Arc<AnswerFields>,
}

/// What the reader filled in or pressed.
#[derive(Default)]
pub struct Fields {
    /// The address that he says is his.
    pub address: String,
    /// The passcode that he typed.
    pub passcode: Zeroizing<String>,
    /// The reference code that his page shows.
    pub reference: String,
    /// The attachment that he wants.
    pub attachment: Option<PartPath>,
    /// Whether images are loaded from other computers.
    pub remote: RemoteContent,
    /// Whether he wants to stay signed in.
    pub keep: bool,
    /// The language in which he wants to see the page again.
    pub language: Option<Language>,
}

/// Receives a form; only with `room` what is written in answer.
///
/// # Errors
/// When it has no envelope, or one that is refused, or there is no room for it.
pub async fn receive(
    mut form: Upload,
    trust: &dyn Trust,
    most: u64,
    budget: &Budget,
    room: Option<AnswerRoom>,
) -> Result<Arrival, ReceiveError> {
    let received = receive_fields(&mut form, trust, most, budget, room).await;
    if received.is_err() {
        form.drop_rest().await;
    }
    received
}

async fn receive_fields(
    form: &mut Upload,
    trust: &dyn Trust,
    most: u64,
    budget: &Budget,
    room: Option<AnswerRoom>,
) -> Result<Arrival, ReceiveError> {
    let (mut fields, mut answer) = (Fields::default(), AnswerFields::default());
    let mut envelope = None;
    let (mut count, mut files, mut choices) = (0, 0, 0);
    while let Some(field) = form.next_field().await? {
        let (counted, allowed) = match field.name() {
            "files" => (&mut files, MAX_FILES),
            "to" => (&mut choices, MAX_CHOICES),
            _ => (&mut count, MAX_FIELDS),
        };
        *counted += 1;
        if *counted > allowed {
            return Err(EnvelopeFault::ForeignForm.into());
        }
        let decoder = match field.name() {
            "envelope" | "file" => FormDecoder::any(),
            "link" => FormDecoder::link(),
            name if AnswerFields::has(name) => {
                answer.take(field, room, budget).await?;
                continue;
            }
            name => {
                let name = name.to_owned();
                fields.set(&name, short_value(field).await?);
                continue;
            }
        };
        if envelope.is_some() {
            return Err(EnvelopeFault::ForeignForm.into());
        }
        envelope =
            Some(receive_envelope(field, Intake::new(trust, decoder, most, budget.reservation())).await?);
    }
    let envelope = Arc::new(envelope.ok_or(EnvelopeFault::Missing)?);
    Ok(Arrival { envelope, fields, answer: Arc::new(answer) })
}

async fn receive_envelope(
    mut field: UploadField<'_>,
    mut intake: Intake<'_>,
) -> Result<CarriedEnvelope, ReceiveError> {
    while let Some(chunk) = field.chunk().await? {
        intake.push(&chunk)?;
    }
    intake.finish()
}

async fn short_value(mut field: UploadField<'_>) -> Result<Zeroizing<String>, ReceiveError> {
    let mut value = Zeroizing::new(Vec::new());
    while let Some(chunk) = field.chunk().await? {
        value.extend_from_slice(&chunk);
        if value.len() > MAX_FIELD {
            return Err(EnvelopeFault::ForeignForm.into());
        }
    }
    let text = std::str::from_utf8(&value).ok().ok_or(EnvelopeFault::ForeignForm)?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

impl Fields {
    fn set(&mut self, name: &str, value: Zeroizing<String>) {
        match name {
            "address" => self.address.clone_from(&value),
            "passcode" => self.passcode = value,
            "reference" => self.reference.clone_from(&value),
            "keep" => self.keep = value.as_str() == "yes",
            "language" => self.language = Language::tagged(&value),
            "part" => self.attachment = value.parse().ok(),
            "images" if value.as_str() == "load" => self.remote = RemoteContent::Loaded,
            _ => {}
        }
    }
}
