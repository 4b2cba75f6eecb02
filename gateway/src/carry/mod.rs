//! Makes the carrier mail: the mail's own addresses and threading, a short text, and the sealed envelope in `message.html`.
//!
//! The envelope is the bulk of it, so it is never copied into the mail: a [`Carrier`] is what stands before the envelope, the
//! envelope, and what stands behind it, and its text form is made while it is written. Nothing of the mail's body gets
//! here but sealed.

mod body;
mod colour;
mod header;
mod languages;
mod look;
mod pages;
mod texts;

use std::{
    borrow::Cow,
    io::{self, Write},
};

use jiff::{Timestamp, fmt::rfc2822, tz::TimeZone};
use rand::{Rng, RngExt as _};
use sealpost_common::{envelope::EnvelopeId, seal::SealedEnvelope};

use crate::{
    config::Portal,
    parse::HeaderSection,
    reinject::{Content, Sink, WriteError},
};

pub use colour::{Colour, MIN_CONTRAST};
pub use languages::{LANGUAGES, built_in, is_same};
pub use look::{Colours, Form, Logo, LogoKind, Look};
pub use texts::{Piece, Slot, Text, TextError, Texts};

/// A carrier mail, ready to be written.
pub struct Carrier {
    envelope_id: EnvelopeId,
    /// The header section, without the empty line that ends it.
    header: Vec<u8>,
    /// The body as far as `message.html` begins with the envelope, or all of it.
    before: Vec<u8>,
    /// What stands in `message.html`, and the rest of the body; `None` where the link holds the envelope.
    attached: Option<Attached>,
}

/// The envelope in `message.html`, and what stands behind it.
struct Attached {
    envelope: SealedEnvelope,
    after: Vec<u8>,
}

/// What goes into a carrier mail besides the envelope.
#[derive(Clone, Copy)]
pub struct Ingredients<'a> {
    /// The header section of the mail.
    pub header: &'a HeaderSection<'a>,
    /// The envelope sender, empty for the null sender.
    pub sender: &'a str,
    /// The Message-ID without angle brackets: the mail's own, or a new one when it has none.
    pub message_id: &'a str,
    /// The Subject instead of the mail's own, if any.
    pub subject: Option<&'a str>,
    /// The portal that opens the envelope.
    pub portal: &'a Portal,
    /// How the texts look, and what they say.
    pub look: &'a Look,
    /// How the envelope gets to the reader.
    pub form: Form,
    /// The name of this host.
    pub hostname: &'a str,
    /// The time.
    pub now: Timestamp,
}

/// Why no carrier mail came out: always a fault of the gateway itself.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// A template could not be filled in.
    #[error("the text of the carrier mail could not be made")]
    Template(#[from] askama::Error),
    /// The time cannot be written as a Date.
    #[error("the time could not be written as a date")]
    Date(#[from] jiff::Error),
    /// The place of the envelope in the finished text was lost.
    #[error("the carrier mail has no place for the envelope")]
    NoPlace,
}

impl Carrier {
    /// Puts the carrier mail together.
    ///
    /// # Errors
    /// None that any mail can cause.
    pub fn new(
        envelope: SealedEnvelope,
        ingredients: Ingredients<'_>,
        rng: &mut impl Rng,
    ) -> Result<Self, CarryError> {
        let date = rfc2822::to_string(&ingredients.now.to_zoned(TimeZone::UTC))?;
        let mut header = received(&envelope, ingredients.hostname, &date).into_bytes();
        let no_sender = format!("MAILER-DAEMON@{}", ingredients.hostname);
        let replacements = header::Replacements {
            from: if ingredients.sender.is_empty() { &no_sender } else { ingredients.sender },
            message_id: ingredients.message_id,
            date: &date,
            subject: ingredients.subject,
        };
        header::copy(ingredients.header, replacements, &mut header);
        header.extend_from_slice(b"MIME-Version: 1.0\r\n");
        let fits = envelope.len() <= ingredients.portal.link_max_bytes;
        let link = (fits && ingredients.form != Form::Attachment)
            .then(|| format!("{}#{}", ingredients.portal.url, envelope.link_fragment()));
        // An envelope that is too large for the link is attached in any case: nobody could read it otherwise.
        let is_attached = link.is_none() || ingredients.form != Form::Link;
        let built = body::build(ingredients, link.as_deref(), is_attached, rng)?;
        header.extend_from_slice(&built.content_type);
        let envelope_id = envelope.envelope_id();
        let attached = built.after.map(|after| Attached { envelope, after });
        Ok(Self { envelope_id, header, before: built.before, attached })
    }

    /// Gives the header section: fields that end with CRLF each, without the empty line behind them.
    #[must_use]
    pub fn header_section(&self) -> &[u8] {
        &self.header
    }

    /// Gives the body in three parts: before the envelope, the envelope's header, behind the envelope.
    pub(crate) fn parts(&self) -> [&[u8]; 3] {
        match &self.attached {
            Some(Attached { envelope, after }) => [&self.before, envelope.header(), after],
            None => [&self.before, &[], &[]],
        }
    }

    /// Changes the header section; what `edit` gives must be fields that end with CRLF each, too.
    pub fn edit_header_section(&mut self, edit: impl FnOnce(&[u8]) -> Vec<u8>) {
        self.header = edit(&self.header);
    }

    /// Gives the body piece by piece, and makes the envelope's text while it goes. All of it is ASCII, its lines are no longer
    /// than 998 octets and end with CRLF, and the last one is not blank.
    pub fn body_chunks(&self) -> impl Iterator<Item = Cow<'_, [u8]>> + Send {
        let attached = self.attached.iter().flat_map(|Attached { envelope, after }| {
            let text = envelope.text_chunks().map(Cow::Owned);
            text.chain([Cow::Borrowed(after.as_slice())])
        });
        [Cow::Borrowed(self.before.as_slice())].into_iter().chain(attached)
    }

    /// Gives the size of the body in bytes.
    #[must_use]
    pub fn body_len(&self) -> usize {
        let attached = |Attached { envelope, after }: &Attached| envelope.text_len() + after.len();
        self.before.len() + self.attached.as_ref().map_or(0, attached)
    }

    /// Gives the ID of the envelope in it.
    #[must_use]
    pub fn envelope_id(&self) -> EnvelopeId {
        self.envelope_id
    }

    /// Gives the size of the mail in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no carrier mail is empty")]
    pub fn len(&self) -> usize {
        self.header.len() + END_OF_HEADER.len() + self.body_len()
    }

    /// Says whether the header section has bytes above 127; the body never has.
    #[must_use]
    pub fn has_eight_bit_header(&self) -> bool {
        !self.header.is_ascii()
    }

    /// Writes the mail.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.header)?;
        out.write_all(END_OF_HEADER)?;
        self.body_chunks().try_for_each(|chunk| out.write_all(&chunk))
    }
}

/// The empty line between header section and body.
const END_OF_HEADER: &[u8] = b"\r\n";

impl Content for Carrier {
    async fn write_to(self, sink: &mut Sink<'_>) -> Result<(), WriteError> {
        sink.write(&self.header).await?;
        sink.write(END_OF_HEADER).await?;
        sink.write(&self.before).await?;
        if let Some(Attached { envelope, after }) = &self.attached {
            for text in envelope.text_chunks() {
                // Base64 between its BEGIN and END lines, which begin with dashes.
                sink.write_clean(&text).await?;
            }
            sink.write(after).await?;
        }
        Ok(())
    }
}

/// Makes our trace field for a mail that goes on as it is.
pub(crate) fn trace(hostname: &str, now: Timestamp) -> Result<String, CarryError> {
    let date = rfc2822::to_string(&now.to_zoned(TimeZone::UTC))?;
    Ok(format!("Received: by {hostname} (Sealpost);\r\n\t{date}\r\n"))
}

/// Gives our own trace field. Its `id` is the envelope's, which the portal's log and ours have in common.
fn received(envelope: &SealedEnvelope, hostname: &str, date: &str) -> String {
    let id = u128::from_be_bytes(*envelope.envelope_id().as_bytes());
    format!("Received: by {hostname} (Sealpost) id {id:032x};\r\n\t{date}\r\n")
}

/// Makes a Message-ID, without angle brackets, for a mail that has none.
pub fn new_message_id(hostname: &str, rng: &mut impl Rng) -> String {
    format!("{:032x}@{hostname}", rng.random::<u128>())
}
