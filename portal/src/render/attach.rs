//! The attachments of a mail: what they are called, their bytes, what a browser may show of them, all of them as one file.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::{Cursor, Write as _};

use sealpost_mime::params::Disposition;
use sealpost_mime::structure::{self, Part, Structure};
use sealpost_mime::tnef::Tnef;
use sealpost_mime::{charset, transfer};
use zip::write::SimpleFileOptions;

use super::compose::MAX_TEXT;
use super::container::{self, Container};
use super::header::Shown as _;
use super::path::PartPath;
use super::view::{Attachment, AttachmentView, Preview};
use super::whole::whole_mail;
use super::{filename, view_with};
use crate::sanitise::{self, RemoteContent};

/// The name under which a mail is offered whole.
pub(super) const WHOLE_NAME: &str = "message.eml";

/// Most bytes that a ZIP file has for one file in it, besides the file: its name and some numbers, twice.
const MAX_ENTRY: usize = 1024;

/// The attachment that [`view_with`] lists under `path`; `None` if there is none.
///
/// Any part that has no parts can be had, those of the body too, and those of messages in the mail.
#[must_use]
pub fn attachment(mail: &[u8], path: &PartPath) -> Option<Attachment> {
    let (mail, path) = innermost(mail, path);
    attachment_in(&mail, &path)
}

/// The message that holds what is under `path`, and the way to it from there. Of messages in messages only one is kept at a
/// time: however they are encoded, they take no more than the mail once more.
fn innermost<'m>(mail: &'m [u8], path: &PartPath) -> (Cow<'m, [u8]>, PartPath) {
    let (mut mail, mut path) = (Cow::Borrowed(mail), path.clone());
    while let Some((inner, rest)) = inner_message(&mail, &path) {
        (mail, path) = (Cow::Owned(inner), rest);
    }
    (mail, path)
}

/// The message that the first step of `path` leads to, if there is another step.
fn inner_message(mail: &[u8], path: &PartPath) -> Option<(Vec<u8>, PartPath)> {
    let (index, rest) = path.split().filter(|(_, rest)| !rest.is_empty())?;
    let structure = Structure::of(mail).ok()?;
    let part = structure.get(index).filter(|part| part.children.is_empty() && container::is_message(part))?;
    Some((transfer::decode(part).value.into_owned(), rest))
}

/// The same where no message is on the way.
fn attachment_in(mail: &[u8], path: &PartPath) -> Option<Attachment> {
    let Ok(structure) = Structure::of(mail) else {
        let whole = || Attachment {
            name: WHOLE_NAME.to_owned(),
            media_type: "message/rfc822".to_owned(),
            bytes: whole_mail(mail).into_owned(),
        };
        return (*path == PartPath::from(0)).then(whole);
    };
    let (index, rest) = path.split()?;
    let part = structure.get(index).filter(|part| part.children.is_empty())?;
    if rest.is_empty() {
        return Some(Attachment {
            name: file_name(part, index),
            media_type: media_type(part),
            bytes: transfer::decode(part).value.into_owned(),
        });
    }
    match container::of(part)? {
        Container::Message(_) => None,
        Container::Tnef(bytes) => container::item(bytes, &rest),
    }
}

/// What a browser may show of the attachment under `path`.
///
/// Its media type is ours: an image by its first bytes, a text in UTF-8, whatever the mail calls it.
#[must_use]
pub fn preview(mail: &[u8], path: &PartPath) -> Option<Preview> {
    let found = attachment(mail, path)?;
    if let Some(media_type) = sanitise::raster_type(&found.bytes) {
        return Some(Preview { name: found.name, media_type, bytes: found.bytes });
    }
    if !is_text(&found.media_type) || found.bytes.len() > MAX_TEXT {
        return None;
    }
    let text = charset::decode(&found.bytes, charset_of(mail, path).as_deref()).value;
    Some(Preview { name: found.name, media_type: "text/plain; charset=utf-8", bytes: text.into_bytes() })
}

/// The charset that the part under `path` names.
fn charset_of(mail: &[u8], path: &PartPath) -> Option<String> {
    let (mail, path) = innermost(mail, path);
    let (index, _) = path.split().filter(|(_, rest)| rest.is_empty())?;
    let structure = Structure::of(&mail).ok()?;
    structure.get(index)?.content_type.parameter("charset").map(|label| label.value)
}

/// Whether a browser can show an attachment.
pub(super) fn has_preview(media_type: &str, bytes: &[u8]) -> bool {
    sanitise::raster_type(bytes).is_some() || is_text(media_type) && bytes.len() <= MAX_TEXT
}

/// Types whose source is a text that people read. HTML and SVG are shown as such nowhere.
fn is_text(media_type: &str) -> bool {
    let kept_back = ["text/html", "text/rtf", "text/xml", "text/x-amp-html"];
    let known = [
        "application/json",
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
    ];
    media_type.starts_with("text/") && !kept_back.contains(&media_type) || known.contains(&media_type)
}

/// All attachments as one ZIP file, not compressed: most of them are already. `None` if there are none, or the file
/// can't be written.
#[must_use]
pub fn archive(mail: &[u8]) -> Option<Vec<u8>> {
    let Ok(structure) = Structure::of(mail) else {
        let mut archive = Archive::with_room(mail.len(), 1);
        archive.add(WHOLE_NAME, &whole_mail(mail))?;
        return archive.finish();
    };
    let listed: Vec<(usize, PartPath)> = view_with(mail, RemoteContent::Blocked)
        .attachments
        .iter()
        .filter_map(|row| row.path.split())
        .collect();
    let mut archive = Archive::with_room(mail.len(), listed.len());
    // What is packed in one part is unpacked once.
    for rows in listed.chunk_by(|(one, _), (other, _)| one == other) {
        let Some((index, part)) = rows.first().and_then(|(index, _)| Some((*index, structure.get(*index)?)))
        else {
            continue;
        };
        let bytes = transfer::decode(part).value;
        let tnef = Tnef::parse(&bytes).filter(|_| rows.iter().any(|(_, rest)| !rest.is_empty()));
        for (_, rest) in rows {
            match rest.split().and_then(|(item, _)| container::named(tnef.as_ref()?, item)) {
                Some((name, bytes)) => archive.add(&name, bytes)?,
                None => archive.add(&file_name(part, index), &bytes)?,
            }
        }
    }
    archive.finish()
}

/// A ZIP file that is being written.
struct Archive {
    out: zip::ZipWriter<Cursor<Vec<u8>>>,
    names: Names,
}

impl Archive {
    /// Begins with room for so many files of a mail of this length: what grows by doubling is twice there at times. No file is
    /// longer than the part that it is decoded from.
    fn with_room(mail_len: usize, files: usize) -> Self {
        let out = Vec::with_capacity(mail_len.saturating_add(files.saturating_mul(MAX_ENTRY)));
        Self { out: zip::ZipWriter::new(Cursor::new(out)), names: Names::default() }
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> Option<()> {
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        self.out.start_file(self.names.unique(name), options).ok()?;
        self.out.write_all(bytes).ok()
    }

    fn finish(self) -> Option<Vec<u8>> {
        if self.names.taken.is_empty() { None } else { Some(self.out.finish().ok()?.into_inner()) }
    }
}

/// The names in a ZIP file, in lower case: file systems differ in whether case counts.
#[derive(Default)]
struct Names {
    taken: HashSet<String>,
    /// The number that is tried next for a name, so that many of one kind are not all tried again.
    next: HashMap<String, usize>,
}

impl Names {
    /// The name, with a number before its extension where it is taken.
    fn unique(&mut self, name: &str) -> String {
        let (stem, extension) =
            name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).unwrap_or((name, ""));
        let dot = if extension.is_empty() { "" } else { "." };
        let next = self.next.entry(name.to_lowercase()).or_insert(1);
        loop {
            let numbered = match *next {
                1 => name.to_owned(),
                number => format!("{stem} ({number}){dot}{extension}"),
            };
            *next += 1;
            if self.taken.insert(numbered.to_lowercase()) {
                return numbered;
            }
        }
    }
}

/// The name of the whole mail as a file.
#[must_use]
pub fn mail_file_name(mail: &[u8]) -> String {
    subject_name(mail).unwrap_or_else(|| WHOLE_NAME.to_owned())
}

/// The name of the file with all attachments.
#[must_use]
pub fn archive_file_name(mail: &[u8]) -> String {
    let name = mail_file_name(mail);
    format!("{}.zip", name.strip_suffix(".eml").unwrap_or(&name))
}

/// The lines that a list of attachments has for one part: itself, or what is packed in it, if there are no more than `packed`
/// left for that. With `itself`, the part is listed in any case.
pub(super) fn listed(
    part: &Part<'_>,
    path: &PartPath,
    index: usize,
    itself: bool,
    packed: &mut usize,
) -> Vec<AttachmentView> {
    let path = path.join(index);
    let mut lines = Vec::new();
    if let Some(Container::Tnef(bytes)) = container::of(part)
        && let Some(items) = container::items(&bytes, &path)
        && let Some(left) = packed.checked_sub(items.len())
    {
        *packed = left;
        lines = items;
    }
    if itself || lines.is_empty() {
        // The name first: it may be in what is decoded, which is then held twice.
        let name = file_name(part, index);
        let bytes = transfer::decode(part).value;
        let media_type = media_type(part);
        let preview = has_preview(&media_type, &bytes);
        lines.push(AttachmentView { path, name, media_type, size: bytes.len(), preview });
    }
    lines
}

/// The line of a mail that is offered whole.
pub(super) fn whole(mail: &[u8], path: &PartPath) -> AttachmentView {
    AttachmentView {
        path: path.join(0),
        name: WHOLE_NAME.to_owned(),
        media_type: "message/rfc822".to_owned(),
        size: whole_mail(mail).len(),
        preview: false,
    }
}

fn file_name(part: &Part<'_>, index: usize) -> String {
    let given = Disposition::of(&part.header, &part.content_type).file_name;
    let given = given.as_ref().and_then(|name| filename::safe(&name.value));
    given
        .or_else(|| match container::of(part) {
            Some(Container::Message(bytes)) => subject_name(&bytes),
            _ => None,
        })
        .unwrap_or_else(|| filename::default(part.content_type.media_type(), index))
}

/// A mail without a name is called by its subject.
fn subject_name(mail: &[u8]) -> Option<String> {
    let subject = structure::head(mail).text("subject")?;
    let short: String = subject.chars().take(80).collect();
    // A slash in a subject is no folder.
    filename::safe(&format!("{}.eml", short.replace(['/', '\\'], "_")))
}

/// The media type as the mail has it, if it looks like one.
fn media_type(part: &Part<'_>) -> String {
    plain_media_type(part.content_type.media_type())
}

/// A media type, if the text looks like one.
pub(super) fn plain_media_type(given: &str) -> String {
    let fine = given.len() <= 100
        && given.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'+' | b'.' | b'_'));
    if fine { given } else { "application/octet-stream" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_archive_are_unique() {
        let mut taken = Names::default();
        let names = ["a.txt", "A.TXT", "a (2).txt", "b", "b", ".c", "a.txt"];
        let found: Vec<String> = names.iter().map(|name| taken.unique(name)).collect();
        assert_eq!(found, ["a.txt", "A (2).TXT", "a (2) (2).txt", "b", "b (2)", ".c", "a (3).txt"]);
    }
}
