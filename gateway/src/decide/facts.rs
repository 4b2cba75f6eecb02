//! What conditions look at, found out when it is first asked for and once for all recipients of a mail.

use std::{
    cell::{Cell, OnceCell},
    collections::HashSet,
};

use jiff::Timestamp;

use super::{
    conditions::Verdict,
    words::{Forms, Readable},
};
use crate::{
    content::{Content, Limits, NoRoom},
    parse::{Authors, Field, HeaderSection, Text},
    receive::Share,
};

/// A mail and all that a decision about it depends on.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The mail, every byte of it.
    pub mail: &'a [u8],
    /// Its header section.
    pub header: &'a HeaderSection<'a>,
    /// The envelope sender, empty for the null sender.
    pub sender: &'a str,
    /// The envelope recipients.
    pub recipients: &'a [&'a str],
    /// The time.
    pub now: Timestamp,
    /// The domains that are known to be reached over verified TLS only.
    pub tls: &'a VerifiedTls,
    /// What the mail takes of the memory for mails; what looking into it takes is counted there, too.
    pub memory: &'a Share,
}

/// The domains, ASCII and lower-case, that are known to be reached over verified TLS only. Whatever is not in here is not.
#[derive(Debug, Clone, Default)]
pub struct VerifiedTls(HashSet<String>);

impl VerifiedTls {
    /// Says whether the domain is known to be reached so.
    #[must_use]
    pub fn has(&self, domain: &str) -> bool {
        self.0.contains(domain)
    }
}

impl FromIterator<String> for VerifiedTls {
    fn from_iter<I: IntoIterator<Item = String>>(domains: I) -> Self {
        Self(domains.into_iter().collect())
    }
}

/// A decoded subject.
pub(super) struct SubjectText {
    text: Text,
    forms: Forms,
}

impl SubjectText {
    pub(super) fn readable(&self) -> Readable<'_> {
        Readable::new(self.text.as_str(), &self.forms)
    }

    /// Says whether it surely is what the field says, and was looked at whole.
    pub(super) fn is_exact(&self) -> bool {
        self.text.is_exact() && !self.forms.is_cut()
    }
}

/// The question with what was found out about the mail so far.
pub(super) struct Facts<'a> {
    pub(super) mail: &'a [u8],
    pub(super) header: &'a HeaderSection<'a>,
    pub(super) sender: &'a str,
    memory: &'a Share,
    authors: OnceCell<Authors>,
    subjects: OnceCell<Vec<SubjectText>>,
    content: OnceCell<Content<'a>>,
    /// For each text of the content.
    text_forms: OnceCell<Vec<Forms>>,
    verdicts: Vec<Cell<Option<Verdict>>>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(question: &Question<'a>, slots: usize) -> Self {
        Self {
            mail: question.mail,
            header: question.header,
            sender: question.sender,
            memory: question.memory,
            authors: OnceCell::new(),
            subjects: OnceCell::new(),
            content: OnceCell::new(),
            text_forms: OnceCell::new(),
            verdicts: vec![Cell::new(None); slots],
        }
    }

    /// Gives the verdict of this slot, evaluated when it is asked for the first time.
    pub(super) fn once(&self, slot: usize, evaluate: impl FnOnce() -> Verdict) -> Verdict {
        let Some(cell) = self.verdicts.get(slot) else { return evaluate() };
        cell.get().unwrap_or_else(|| {
            let verdict = evaluate();
            cell.set(Some(verdict));
            verdict
        })
    }

    pub(super) fn authors(&self) -> &Authors {
        self.authors.get_or_init(|| self.header.authors())
    }

    pub(super) fn subjects(&self) -> &[SubjectText] {
        self.subjects.get_or_init(|| {
            let texts = self.header.named("Subject").map(Field::text);
            texts.map(|text| SubjectText { text, forms: Forms::default() }).collect()
        })
    }

    pub(super) fn content(&self) -> &Content<'a> {
        self.content.get_or_init(|| Content::within(self.mail, self.header, Limits::default(), self.memory))
    }

    /// Fails if something could not be told because other mails have the memory now.
    pub(super) fn check_room(&self) -> Result<(), NoRoom> {
        self.content.get().map_or(Ok(()), Content::check_room)
    }

    /// Says whether somebody asked for the content.
    #[cfg(test)]
    pub(super) fn has_content(&self) -> bool {
        self.content.get().is_some()
    }

    /// Gives the forms for comparing of each text of the content, in their order.
    pub(super) fn text_forms(&self) -> &[Forms] {
        self.text_forms
            .get_or_init(|| self.content().texts().items.iter().map(|_| Forms::default()).collect())
    }
}
