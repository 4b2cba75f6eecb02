//! Takes the texts out of a mail.

use super::Answer;

/// How far a decoded text is what the sender wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fidelity {
    /// Nothing was lost.
    Exact,
    /// Characters beyond ASCII may be other ones; those of ASCII are right.
    AsciiOnly,
    /// Some was lost or is read wrongly.
    Lossy,
}

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// In a part that a reader sees at once.
    Body,
    /// In an attachment.
    Attachment,
}

/// A decoded text.
#[derive(Clone)]
pub struct Text {
    /// The text, without tags, entities and encodings.
    pub text: String,
    /// How far it is right.
    pub fidelity: Fidelity,
    /// Where it stands.
    pub origin: Origin,
}

impl Text {
    /// Says whether something stands in the text that `find` looks for. `is_ascii` says whether that is ASCII, so that it
    /// can be told even where other characters are in doubt.
    pub fn holds(&self, is_ascii: bool, find: impl FnOnce(&str) -> bool) -> Answer {
        let enough = if is_ascii { Fidelity::AsciiOnly } else { Fidelity::Exact };
        if find(&self.text) {
            Answer::Yes
        } else if self.fidelity <= enough {
            Answer::No
        } else {
            Answer::CannotBeTold
        }
    }
}
