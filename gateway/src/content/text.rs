//! Takes the texts out of a mail: bodies, text files, RTF, documents, archives.
//!
//! Looked into: every `text/` type, JSON, XML and their like, files of such extensions whatever type they are given, and
//! whatever is nothing but text; RTF; Word, Excel and PowerPoint files of the kinds with an `x` or `m` at the end,
//! OpenDocument files; what is in zip archives and in TNEF. Not looked into, and taken as without text: PDF, the older
//! Office formats, other archives, and all of which nothing is known; that such a file was met is noted.

use sealpost_mime::Decoded;
pub use sealpost_mime::Fidelity;

use super::{
    Answer, Limits, Listing,
    form::{self, Form},
    kind::{File, Kind},
    room::Room,
    walk::{self, Leaf},
};

/// Archives within archives that are looked into.
const MAX_LEVELS: usize = 5;

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

/// What the texts of a mail are, and of each attachment whether it was read.
pub(super) struct Reading {
    pub(super) texts: Listing<Text>,
    /// For each attachment, in the order in which they are listed: whether all text that may be in it is among the texts.
    pub(super) readable: Vec<bool>,
}

/// Reads the texts of a mail.
pub(super) fn read(mail: &[u8], limits: Limits, room: &Room) -> Reading {
    let mut collector = Collector {
        items: Vec::new(),
        room,
        left: limits.text_bytes,
        complete: true,
        readable: Vec::new(),
        met_closed: false,
        lost_count: false,
    };
    let complete = walk::leaves(mail, limits, room, &mut |leaf| collector.leaf(leaf));
    let Collector { items, complete: read_all, readable, .. } = collector;
    Reading { texts: Listing { items, complete: complete && read_all }, readable }
}

pub(super) struct Collector<'r> {
    items: Vec<Text>,
    pub(super) room: &'r Room,
    pub(super) left: usize,
    complete: bool,
    readable: Vec<bool>,
    /// Whether something was met that may hold text and is not looked into.
    met_closed: bool,
    /// Whether there may be attachments in one that there was no room for.
    lost_count: bool,
}

/// Where a file stands, and how far its bytes are right.
#[derive(Clone, Copy)]
pub(super) struct At {
    origin: Origin,
    lowest: Fidelity,
    /// In how many archives and the like it is.
    level: usize,
}

impl At {
    /// Goes into an archive that stands here; `None` if that is too deep.
    pub(super) fn within(self) -> Option<Self> {
        (self.level < MAX_LEVELS).then_some(Self {
            origin: Origin::Attachment,
            level: self.level + 1,
            ..self
        })
    }

    /// Is the body of the mail, where this is what the mail is packed in.
    pub(super) fn as_body(self) -> Self {
        Self { origin: if self.level == 0 { Origin::Body } else { self.origin }, ..self }
    }

    /// Says whether no byte was lost.
    pub(super) fn is_exact(self) -> bool {
        self.lowest == Fidelity::Exact
    }
}

impl Collector<'_> {
    /// Takes the texts out of a part, and notes whether it was read.
    fn leaf(&mut self, leaf: &Leaf<'_, '_>) {
        if leaf.is_body() {
            let is_known = self.part(leaf).is_some();
            self.complete &= is_known;
        } else {
            let is_known = self.attached(|collector| collector.part(leaf)).is_some();
            self.complete &= is_known;
        }
    }

    /// Reads an attachment, and notes whether that was done. What cannot be looked at, for want of room or else, may hold
    /// anything.
    fn attached(&mut self, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        let place = self.readable.len();
        self.readable.push(false);
        self.met_closed = false;
        let read = read(self);
        if let Some(is_readable) = self.readable.get_mut(place) {
            *is_readable = read.is_some() && !self.met_closed && !self.lost_count;
        }
        read
    }

    fn part(&mut self, leaf: &Leaf<'_, '_>) -> Option<()> {
        if leaf.is_mail() {
            return Some(());
        }
        let Some((body, _taken)) = leaf.decoded(self.room) else {
            self.lost_count = true;
            return None;
        };
        let label = leaf.part.content_type.parameter("charset");
        let is_certain = body.is_exact() && !leaf.ambiguous && label.as_ref().is_none_or(Decoded::is_exact);
        let lowest = if is_certain { Fidelity::Exact } else { Fidelity::Lossy };
        let origin = if leaf.is_seen_at_once() { Origin::Body } else { Origin::Attachment };
        let (extension, label) = (leaf.extension(), label.map(|label| label.value));
        let file = File {
            bytes: &body.value,
            media_type: leaf.media_type(),
            extension: extension.as_deref(),
            charset: label.as_deref(),
            flowed: is_flowed(leaf).then(|| has_parameter(leaf, "delsp", "yes")),
        };
        let at = At { origin, lowest, level: 0 };
        match file.stated_form().filter(|_| leaf.is_body()) {
            Some(form) => self.text_of(&file, form, at),
            None => self.file(&file, at),
        }
    }

    /// Takes the texts out of a file; `None` if it may hold some that are not looked at.
    pub(super) fn file(&mut self, file: &File<'_>, at: At) -> Option<()> {
        match file.kind() {
            Kind::Text(form) => {
                if file.is_more_than_text() {
                    self.note_closed();
                }
                self.text_of(file, form, at)
            }
            Kind::Rtf => self.rtf(file.bytes, at),
            Kind::Zip => self.archive(file.bytes, at),
            Kind::Tnef => self.tnef(file.bytes, at),
            Kind::None => Some(()),
            // It was one before it was damaged.
            Kind::Closed if !at.is_exact() && file.is_called_document() => None,
            Kind::Closed => {
                self.note_closed();
                Some(())
            }
            Kind::Locked => None,
        }
    }

    /// Takes the text of a file that is text in this form.
    pub(super) fn text_of(&mut self, file: &File<'_>, form: Form, at: At) -> Option<()> {
        let bytes = file.bytes.get(..self.left).unwrap_or(file.bytes);
        self.pay(bytes.len())?;
        let text = form::decode(bytes, file.charset, (form, file.flowed), self.room)?;
        self.push(text, at);
        // Beyond the limit there is more.
        (bytes.len() == file.bytes.len()).then_some(())
    }

    /// Takes a text that was found.
    pub(super) fn keep(&mut self, text: Decoded<String>, at: At) -> Option<()> {
        self.pay(text.value.len())?;
        form::keep(&text.value, self.room).then(|| self.push(text, at))
    }

    fn push(&mut self, text: Decoded<String>, at: At) {
        let fidelity = text.fidelity.max(at.lowest);
        if fidelity == Fidelity::Lossy {
            // What was lost may be what is looked for.
            self.note_closed();
        }
        self.items.push(Text { text: text.value, fidelity, origin: at.origin });
    }

    /// Reads a file that is an attachment of the mail beside the one that it is packed in, if that is one.
    pub(super) fn item(&mut self, file: &File<'_>, at: At) -> Option<()> {
        let within = at.within()?;
        if at.level > 0 {
            return self.file(file, within);
        }
        let met_closed = self.met_closed;
        let read = self.attached(|collector| collector.file(file, within));
        self.met_closed = met_closed;
        read
    }

    /// Notes that something may hold text and is not looked into.
    pub(super) fn note_closed(&mut self) {
        self.met_closed = true;
    }

    /// Counts so many bytes against the limit; `None` if they are over it.
    pub(super) fn pay(&mut self, bytes: usize) -> Option<()> {
        self.left = self.left.checked_sub(bytes)?;
        Some(())
    }
}

fn is_flowed(leaf: &Leaf<'_, '_>) -> bool {
    leaf.media_type() == "text/plain" && has_parameter(leaf, "format", "flowed")
}

fn has_parameter(leaf: &Leaf<'_, '_>, name: &str, value: &str) -> bool {
    leaf.part.content_type.parameter(name).is_some_and(|found| found.value.eq_ignore_ascii_case(value))
}
