//! Makes the carrier mail: the mail's own addresses and threading, a short text, and the sealed envelope in `message.html`.
//!
//! The envelope is the bulk of it, so it is never copied into the mail: a [`Carrier`] is what stands before the envelope, the
//! envelope, and what stands behind it, and its text form is made while it is written. Nothing of the mail's body gets
//! here but sealed.

mod body;
mod header;

use std::io::{self, Write};

use jiff::{Timestamp, fmt::rfc2822, tz::TimeZone};
use rand::{Rng, RngExt as _};
use sealpost_common::seal::SealedEnvelope;

use crate::{
    config::Portal,
    parse::HeaderSection,
    reinject::{Content, Sink, WriteError},
};

/// A carrier mail, ready to be written.
pub struct Carrier {
    before: Vec<u8>,
    envelope: SealedEnvelope,
    after: Vec<u8>,
    eight_bit_header: bool,
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
        let mut before = received(&envelope, ingredients.hostname, &date).into_bytes();
        let no_sender = format!("MAILER-DAEMON@{}", ingredients.hostname);
        let replacements = header::Replacements {
            from: if ingredients.sender.is_empty() { &no_sender } else { ingredients.sender },
            message_id: ingredients.message_id,
            date: &date,
            subject: ingredients.subject,
        };
        header::copy(ingredients.header, replacements, &mut before);
        let eight_bit_header = !before.is_ascii();
        before.extend_from_slice(b"MIME-Version: 1.0\r\n");
        let link = (envelope.len() <= ingredients.portal.link_max_bytes)
            .then(|| format!("{}#{}", ingredients.portal.url, envelope.link_fragment()));
        let (start, after) = body::build(ingredients, link.as_deref(), rng)?;
        before.extend_from_slice(&start);
        Ok(Self { before, envelope, after, eight_bit_header })
    }

    /// Gives the size of the mail in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no carrier mail is empty")]
    pub fn len(&self) -> usize {
        self.before.len() + self.envelope.text_len() + self.after.len()
    }

    /// Says whether the header section has bytes above 127; the body never has.
    #[must_use]
    pub fn has_eight_bit_header(&self) -> bool {
        self.eight_bit_header
    }

    /// Writes the mail.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.before)?;
        self.envelope.write_text(out)?;
        out.write_all(&self.after)
    }
}

impl Content for Carrier {
    async fn write_to(self, sink: &mut Sink<'_>) -> Result<(), WriteError> {
        sink.write(&self.before).await?;
        for chunk in self.envelope.text_chunks() {
            sink.write(&chunk).await?;
        }
        sink.write(&self.after).await
    }
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
