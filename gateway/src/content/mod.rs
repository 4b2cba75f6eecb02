//! Tells what is in a mail, for the conditions of policy: attachments, texts, protection, automatic kinds, sensitive data.
//!
//! A [`Content`] does nothing until it is asked, and then each piece of work once; a policy without conditions on content
//! costs nothing. It does no I/O and never fails: what a mail does not let us tell is said to be so, as an
//! [`Answer::CannotBeTold`] or a [`Listing`] that is not complete, and policy decides on the safe side.

pub mod answer;
pub mod attachment;
pub mod automatic;
mod bytes;
mod cms;
pub mod data_types;
mod encrypted;
mod form;
mod html;
mod kind;
mod magic;
mod office;
mod ole;
mod outlook;
pub mod protection;
mod rar;
mod room;
mod seven_zip;
pub mod text;
mod walk;
mod zip;

use std::cell::OnceCell;

pub use answer::{Answer, Count, Listing};
pub use attachment::Attachment;
pub use automatic::Automatic;
pub use data_types::{DataType, OwnType};
pub use protection::Protection;
pub use room::NoRoom;
pub use text::{Fidelity, Origin, Text};

use data_types::{Normal, Values};
use room::Room;

use crate::{parse::HeaderSection, receive::Share};

/// How much of a mail is looked at; beyond it the answer is that it cannot be told.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Parts of a mail, those of mails within it counted in.
    pub parts: usize,
    /// Levels of mails within mails.
    pub nested_mails: usize,
    /// Bytes of text that are taken out of one mail, after decoding and decompression.
    pub text_bytes: usize,
    /// Bytes of memory that looking into one mail may take beside the mail and its size once more.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // Enough for as much text as there may be, as it stands in UTF-8.
        let text_bytes = 32 << 20;
        Self { parts: 1000, nested_mails: 8, text_bytes, memory: form::MOST_TIMES * text_bytes }
    }
}

/// What is in one mail; see the module.
pub struct Content<'m> {
    mail: &'m [u8],
    header: &'m HeaderSection<'m>,
    limits: Limits,
    room: Room,
    attachments: OnceCell<Listing<Attachment>>,
    reading: OnceCell<text::Reading>,
    protection: OnceCell<protection::Found>,
    shape: OnceCell<automatic::Shape>,
    calendar: OnceCell<Answer>,
}

impl<'m> Content<'m> {
    /// Takes a mail and its header section; looks at nothing yet. What it takes then is not counted.
    #[must_use]
    pub fn of(mail: &'m [u8], header: &'m HeaderSection<'m>, limits: Limits) -> Self {
        Self::within(mail, header, limits, &Share::default())
    }

    /// Takes a mail that has this share of the memory for mails. What looking into it takes is counted there, too, until
    /// this is dropped.
    #[must_use]
    pub fn within(mail: &'m [u8], header: &'m HeaderSection<'m>, limits: Limits, memory: &Share) -> Self {
        let room = Room::beside(memory, mail.len(), limits);
        Self {
            mail,
            header,
            limits,
            room,
            attachments: OnceCell::new(),
            reading: OnceCell::new(),
            protection: OnceCell::new(),
            shape: OnceCell::new(),
            calendar: OnceCell::new(),
        }
    }

    /// Says whether there was memory for all that was asked for so far.
    ///
    /// # Errors
    /// When other mails had it. What was answered then is that it cannot be told, and it may be told later.
    pub fn check_room(&self) -> Result<(), NoRoom> {
        self.room.check()
    }

    /// Gives the bytes that were counted for what was made of the mail: the most at a time.
    #[must_use]
    pub fn memory_taken(&self) -> usize {
        self.room.peak()
    }

    /// Gives the attachments: every part that is not text to be read at once, those of mails within the mail and those that
    /// Outlook packs too.
    #[must_use]
    pub fn attachments(&self) -> &Listing<Attachment> {
        self.attachments.get_or_init(|| attachment::list(self.mail, self.limits, &self.room))
    }

    /// Gives the decoded texts: bodies, and what is found in attachments.
    #[must_use]
    pub fn texts(&self) -> &Listing<Text> {
        &self.reading().texts
    }

    /// Says whether all text that may be in an attachment is among the texts. It is not if the attachment is of a kind that is
    /// not looked into, encrypted, damaged, or over a limit; it is if it can hold none, as pictures.
    #[must_use]
    pub fn is_readable(&self, attachment: &Attachment) -> bool {
        self.reading().readable.get(attachment.place).copied().unwrap_or_default()
    }

    fn reading(&self) -> &text::Reading {
        self.reading.get_or_init(|| text::read(self.mail, self.limits, &self.room))
    }

    /// Says whether the mail is protected in this way already.
    #[must_use]
    pub fn is_protected(&self, by: Protection) -> Answer {
        self.protection.get_or_init(|| protection::find(self.mail, self.header, &self.room)).answer(by)
    }

    /// Says whether the mail is of this automatic kind. `sender` is the envelope sender, empty for the null sender.
    #[must_use]
    pub fn is_automatic(&self, kind: Automatic, sender: &str) -> Answer {
        let shape = self.shape.get_or_init(|| automatic::Shape::of(self.mail));
        let calendar = || *self.calendar.get_or_init(|| automatic::calendar(self.mail, &self.room));
        automatic::answer(kind, self.header, sender, (*shape, calendar))
    }

    /// Counts distinct values of a data type in the Subject and all texts, up to `most`.
    ///
    /// What stands in characters beyond ASCII may be in doubt; numbers are not.
    #[must_use]
    pub fn count(&self, data_type: &DataType, most: usize) -> Count {
        let texts = self.texts();
        let mut found = Values::up_to(most);
        let mut complete = texts.complete && !self.header.is_defective();
        for subject in self.header.named("Subject") {
            let subject = subject.text();
            data_type.find(&Normal::of(subject.as_str()), &mut found);
            complete &= subject.is_exact();
        }
        for text in &texts.items {
            if found.is_full() {
                break;
            }
            data_type.find(&Normal::of(&text.text), &mut found);
            complete &= text.fidelity <= Fidelity::AsciiOnly;
        }
        Count { found: found.len(), complete: complete && !found.is_full() }
    }
}
