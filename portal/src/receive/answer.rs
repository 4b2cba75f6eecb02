//! Takes in what a reader writes in answer: a few fields, a text, files. All of it stays in memory, counted and bounded.
//!
//! What is too much is not kept, but its rest is read all the same, so that the reader gets a page that says so with what he
//! wrote still on it.

use sealpost_common::grant::Rights;
use zeroize::{Zeroize as _, Zeroizing};

use super::{UploadField, short_value};
use crate::{
    budget::{Budget, Reservation},
    error::ReceiveError,
};

/// Longest text of an answer, in bytes.
pub const MAX_TEXT: usize = 1 << 20;
/// Most recipients of whom each has a field of its own.
pub const MAX_CHOICES: usize = 100;
/// Longest list of addresses that is typed or chosen, in bytes: an address has at most 320.
const MAX_TO: usize = 40 * 1024;
/// Longest subject that is typed, in bytes; a header field shows less of it.
const MAX_SUBJECT: usize = 8 * 1024;
/// Longest media type of a file that is looked at.
const MAX_MEDIA_TYPE: usize = 100;

/// The most bytes of a form that an answer with files of so many bytes takes, the envelope not counted. What is a little too
/// much gets through, so that the reader is told so and not cut off.
#[must_use]
pub fn longest_answer(file_bytes: u64) -> usize {
    let most = file_bytes.saturating_mul(3).saturating_add(8 << 20);
    usize::try_from(most).unwrap_or(usize::MAX)
}

/// How a reader answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the author.
    Reply,
    /// To all participants.
    ReplyAll,
    /// To somebody else.
    Forward,
}

impl Way {
    const ALL: [Self; 3] = [Self::Reply, Self::ReplyAll, Self::Forward];

    /// Its name in forms.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::ReplyAll => "reply-all",
            Self::Forward => "forward",
        }
    }

    /// The right that it needs.
    #[must_use]
    pub fn right(self) -> Rights {
        match self {
            Self::Reply => Rights::REPLY,
            Self::ReplyAll => Rights::REPLY_ALL,
            Self::Forward => Rights::FORWARD,
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }
}

/// How much an answer may hold.
#[derive(Debug, Clone, Copy)]
pub struct AnswerRoom {
    /// Files.
    pub files: usize,
    /// Bytes of all files together.
    pub file_bytes: u64,
}

/// What was too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// The number of files.
    Files,
    /// The size of all files together.
    FileBytes,
    /// The text, or the list of addresses.
    Text,
}

/// A file that the reader attaches. It has no `Debug` output, because that would hold the file.
pub struct UploadedFile {
    /// The name that the browser gives; may be anything.
    pub name: String,
    /// The media type that the browser gives; may be anything.
    pub media_type: String,
    /// What is in it.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// What the reader wrote. It has no `Debug` output, because that would hold it.
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the form")]
#[derive(Default)]
pub struct AnswerFields {
    /// How he answers.
    pub way: Option<Way>,
    /// The ID of this one answer, as its page has it.
    pub submission: String,
    /// The addresses that he typed or chose, with commas between them.
    pub to: Zeroizing<String>,
    /// The subject that he typed.
    pub subject: Zeroizing<String>,
    /// The text.
    pub text: Zeroizing<String>,
    /// Whether he wants a copy.
    pub copy: bool,
    /// Whether the original goes along.
    pub original: bool,
    /// Whether he has been told that it may have been sent.
    pub warned: bool,
    /// Whether it waits for the reader to prove his address.
    pub waits: bool,
    /// The files.
    pub files: Vec<UploadedFile>,
    /// What was too much, if anything was.
    pub excess: Option<Excess>,
    held: Option<Reservation>,
}

impl AnswerFields {
    /// Whether a field of this name belongs to an answer.
    #[must_use]
    pub fn has(name: &str) -> bool {
        matches!(
            name,
            "way"
                | "submission"
                | "to"
                | "subject"
                | "text"
                | "copy"
                | "original"
                | "warned"
                | "waits"
                | "files"
        )
    }

    /// Bytes of all files.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes.len() as u64).sum()
    }

    /// Takes in one field; without `room` it is read and dropped.
    ///
    /// # Errors
    /// When the upload breaks off, or there is no memory for it.
    pub(super) async fn take(
        &mut self,
        mut field: UploadField<'_>,
        room: Option<AnswerRoom>,
        budget: &Budget,
    ) -> Result<(), ReceiveError> {
        let Some(room) = room else { return drop_field(&mut field).await };
        let name = field.name().to_owned();
        match name.as_str() {
            "files" => self.take_file(field, room, budget).await?,
            "to" => {
                let address = self.text_of(field, MAX_TO.saturating_sub(self.to.len()), budget).await?;
                let comma = if self.to.is_empty() || address.is_empty() { "" } else { ", " };
                self.to = Zeroizing::new([self.to.as_str(), comma, &address].concat());
            }
            "subject" => self.subject = self.text_of(field, MAX_SUBJECT, budget).await?,
            "text" => self.text = self.text_of(field, MAX_TEXT, budget).await?,
            name => self.set(name, &short_value(field).await?),
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str) {
        match name {
            "way" => self.way = Way::named(value),
            "submission" => value.clone_into(&mut self.submission),
            "copy" => self.copy = value == "yes",
            "original" => self.original = value == "yes",
            "warned" => self.warned = value == "yes",
            "waits" => self.waits = value == "yes",
            _ => {}
        }
    }

    /// A text, cut where it is too long.
    async fn text_of(
        &mut self,
        mut field: UploadField<'_>,
        most: usize,
        budget: &Budget,
    ) -> Result<Zeroizing<String>, ReceiveError> {
        let mut bytes = Zeroizing::new(Vec::new());
        while let Some(chunk) = field.chunk().await? {
            if bytes.len() + chunk.len() > most {
                self.excess.get_or_insert(Excess::Text);
                continue;
            }
            self.hold(chunk.len(), budget)?;
            bytes.extend_from_slice(&chunk);
        }
        Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// A file. A browser sends an empty one without a name where none was chosen.
    async fn take_file(
        &mut self,
        mut field: UploadField<'_>,
        room: AnswerRoom,
        budget: &Budget,
    ) -> Result<(), ReceiveError> {
        let (name, media_type) = (field.file_name(), field.media_type(MAX_MEDIA_TYPE));
        let mut bytes = Zeroizing::new(Vec::new());
        let before = self.file_bytes();
        while let Some(chunk) = field.chunk().await? {
            if self.excess.is_none() && before + (bytes.len() + chunk.len()) as u64 > room.file_bytes {
                self.give_up(Excess::FileBytes);
                bytes.zeroize();
            }
            if self.excess.is_none() {
                self.hold(chunk.len(), budget)?;
                bytes.extend_from_slice(&chunk);
            }
        }
        if name.is_empty() && bytes.is_empty() {
            return Ok(());
        }
        if self.files.len() >= room.files {
            self.give_up(Excess::Files);
        }
        if self.excess.is_none() {
            self.files.push(UploadedFile { name, media_type, bytes });
        }
        Ok(())
    }

    fn give_up(&mut self, excess: Excess) {
        self.files.clear();
        self.excess.get_or_insert(excess);
    }

    /// Takes memory for so many bytes, twice as much as they are: what they are gathered in grows by doubling.
    fn hold(&mut self, bytes: usize, budget: &Budget) -> Result<(), ReceiveError> {
        let held = self.held.get_or_insert_with(|| budget.reservation());
        Ok(held.grow(bytes as u64 * 2)?)
    }
}

async fn drop_field(field: &mut UploadField<'_>) -> Result<(), ReceiveError> {
    while field.chunk().await?.is_some() {}
    Ok(())
}
