//! Tells what is in a mail, for the conditions of policy: attachments, texts, protection, automatic kinds, sensitive data.
//!
//! A [`Content`] does nothing until it is asked, and then each piece of work once; a policy without conditions on content
//! costs nothing. It does no I/O and never fails: what a mail does not let us tell is said to be so, as an
//! [`Answer::CannotBeTold`] or a [`Listing`] that is not complete, and policy decides on the safe side.

pub mod answer;
pub mod attachment;
pub mod automatic;
pub mod data_types;
pub mod protection;
pub mod text;

use std::cell::OnceCell;

pub use answer::{Answer, Count, Listing};
pub use attachment::Attachment;
pub use automatic::Automatic;
pub use data_types::{DataType, OwnType};
pub use protection::Protection;
pub use text::{Fidelity, Origin, Text};

use crate::parse::HeaderSection;

/// How much of a mail is looked at; beyond it the answer is that it cannot be told.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Parts of a mail, those of mails within it counted in.
    pub parts: usize,
    /// Levels of mails within mails.
    pub nested_mails: usize,
    /// Bytes of text that are taken out of one mail, after decoding and decompression.
    pub text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { parts: 1000, nested_mails: 8, text_bytes: 32 << 20 }
    }
}

/// What is in one mail; see the module.
pub struct Content<'m> {
    mail: &'m [u8],
    header: &'m HeaderSection<'m>,
    limits: Limits,
    attachments: OnceCell<Listing<Attachment>>,
    texts: OnceCell<Listing<Text>>,
}

impl<'m> Content<'m> {
    /// Takes a mail and its header section; looks at nothing yet.
    #[must_use]
    pub fn of(mail: &'m [u8], header: &'m HeaderSection<'m>, limits: Limits) -> Self {
        Self { mail, header, limits, attachments: OnceCell::new(), texts: OnceCell::new() }
    }

    /// Gives the attachments: every part that is not text to be read at once, those of mails within the mail too.
    #[must_use]
    pub fn attachments(&self) -> &Listing<Attachment> {
        self.attachments.get_or_init(Listing::unknown)
    }

    /// Gives the decoded texts: bodies, and attachments that are text or office documents.
    #[must_use]
    pub fn texts(&self) -> &Listing<Text> {
        self.texts.get_or_init(Listing::unknown)
    }

    /// Says whether the mail is protected in this way already.
    #[must_use]
    pub fn is_protected(&self, _by: Protection) -> Answer {
        Answer::CannotBeTold
    }

    /// Says whether the mail is of this automatic kind. `sender` is the envelope sender, empty for the null sender.
    #[must_use]
    pub fn is_automatic(&self, _kind: Automatic, _sender: &str) -> Answer {
        let _ = (self.mail, self.header, self.limits);
        Answer::CannotBeTold
    }

    /// Counts distinct values of a data type in the Subject and all texts.
    #[must_use]
    pub fn count(&self, data_type: &DataType) -> Count {
        let texts = self.texts();
        let found = texts.items.iter().map(|text| data_type.count(&text.text)).sum();
        Count { found, complete: texts.complete }
    }
}
