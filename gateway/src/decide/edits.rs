//! Changes of the header section of a mail on its way out: fields added or left out, a subject without its trigger words.
//!
//! They change what goes out, the passed mail or the carrier mail. A sealed mail itself stays as it was received.

use std::sync::Arc;

use bytes::Bytes;
use mail_builder::headers::{Header as _, text::Text};

use crate::parse::HeaderSection;

/// A header field to put in front of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewField {
    /// The name.
    pub name: String,
    /// The value, one line.
    pub value: String,
}

impl NewField {
    /// Writes the field, encoded and folded as it needs to be.
    pub fn write(&self, out: &mut Vec<u8>) {
        write_field(&self.name, &self.value, out);
    }
}

/// What changes in a mail's header section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits {
    /// Fields that are added.
    pub add: Vec<Arc<NewField>>,
    /// Names of fields that are left out, however often they stand there.
    pub remove: Vec<Arc<str>>,
    /// The new Subject, if it changes.
    pub subject: Option<Arc<str>>,
}

/// A mail with a changed header section: what is new of it, and the rest as it came in.
pub struct EditedMail {
    /// The new header section, or as much of it as had to be written anew.
    pub head: Vec<u8>,
    /// What stands behind it.
    pub rest: Bytes,
}

impl Edits {
    /// Says whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty() && self.subject.is_none()
    }

    /// Says whether fields of this name are left out.
    #[must_use]
    pub fn removes(&self, name: &str) -> bool {
        self.remove.iter().any(|removed| removed.eq_ignore_ascii_case(name))
    }

    /// Makes the changes. New fields stand in front, where any reader of a malformed header section finds them too; all other
    /// octets stay what they are.
    #[must_use]
    pub fn apply(&self, mail: &Bytes, header: &HeaderSection<'_>) -> EditedMail {
        let (mut head, copied) = self.rewrite(mail, header, self.subject.as_deref());
        if header.fields().is_empty() && !head.is_empty() {
            // There is no header section: ours must not take the body for one.
            head.extend_from_slice(b"\r\n");
        }
        EditedMail { head, rest: mail.slice(copied.min(mail.len())..) }
    }

    /// Makes the changes in a header section that is well-formed and alone, but for the Subject, which stays.
    #[must_use]
    pub fn apply_to_fields(&self, section: &[u8]) -> Vec<u8> {
        let (mut changed, copied) = self.rewrite(section, &HeaderSection::parse(section), None);
        changed.extend_from_slice(section.get(copied..).unwrap_or_default());
        changed
    }

    /// Gives what is new up to the last change, and how much of the mail that stands for.
    fn rewrite(&self, mail: &[u8], header: &HeaderSection<'_>, subject: Option<&str>) -> (Vec<u8>, usize) {
        let mut copied = header.fields().first().map_or(0, |field| field.span().start);
        let mut head = mail.get(..copied).unwrap_or_default().to_vec();
        self.add.iter().for_each(|field| field.write(&mut head));
        let mut subject = subject;
        for field in header.fields() {
            let new_subject = if field.is("Subject") { subject.take() } else { None };
            if new_subject.is_none() && !self.removes(field.name()) {
                continue;
            }
            let span = field.span();
            head.extend_from_slice(mail.get(copied..span.start).unwrap_or_default());
            if let Some(subject) = new_subject {
                write_field(field.name(), subject, &mut head);
            }
            copied = span.end;
        }
        (head, copied)
    }
}

fn write_field(name: &str, value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    if value.is_empty() {
        out.extend_from_slice(b"\r\n");
    } else {
        Text::new(value).write_header(out, name.len() + 2);
    }
}
