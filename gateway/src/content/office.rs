//! Takes the text out of zip archives: Office Open XML, OpenDocument, and text files in any other.
//!
//! Entries that hold no text by their names are not looked into, nor are archives within the archive. What is unpacked
//! counts against the limit on text of the whole mail, and so does what it was unpacked from: many entries may share the
//! same packed bytes.

use super::{
    room::{Room, Taken},
    zip::{Directory, Entry},
};

/// The names of entries that hold the text of a document.
const DOCUMENT_TEXT: [(&str, &str); 14] = [
    ("word/document", ".xml"),
    ("word/header", ".xml"),
    ("word/footer", ".xml"),
    ("word/footnotes", ".xml"),
    ("word/endnotes", ".xml"),
    ("word/comments", ".xml"),
    ("xl/sharedStrings", ".xml"),
    ("xl/worksheets/", ".xml"),
    ("xl/comments", ".xml"),
    ("ppt/slides/", ".xml"),
    ("ppt/notesSlides/", ".xml"),
    ("ppt/comments/", ".xml"),
    ("content.xml", ""),
    ("styles.xml", ""),
];

/// What an entry holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// XML of an office document.
    Document,
    /// A text file, of the type that its extension says.
    File,
}

/// Gives each entry that holds text to `see`, unpacked; says whether that was surely all. `left` is how many bytes may be
/// unpacked, `room` what they may take in memory.
pub(super) fn texts(
    archive: &[u8],
    (left, room): (&mut usize, &Room),
    see: &mut dyn FnMut(&str, Content, &[u8]),
) -> bool {
    let Some(directory) = Directory::find(archive) else { return false };
    let is_listed = |entry: &Entry<'_>| matches!(entry.name, b"[Content_Types].xml" | b"mimetype");
    let is_document = directory.entries().take(1000).any(|entry| is_listed(&entry))
        && directory.entries().any(|entry| is_text_of_document(&String::from_utf8_lossy(entry.name)));
    for entry in directory.entries() {
        let name = String::from_utf8_lossy(entry.name);
        let Some(content) = content_of(&name, is_document) else { continue };
        let Some((bytes, _taken)) = unpack(&entry, left, room) else { return false };
        see(&name, content, &bytes);
    }
    directory.is_whole()
}

fn content_of(name: &str, is_document: bool) -> Option<Content> {
    if is_document && is_text_of_document(name) {
        return Some(Content::Document);
    }
    let extension = super::attachment::extension(name)?;
    // All else that is XML in a document says how it looks.
    let is_text = super::text::is_text_extension(&extension) && !(is_document && extension == "xml");
    is_text.then_some(Content::File)
}

fn is_text_of_document(name: &str) -> bool {
    DOCUMENT_TEXT.iter().any(|(start, end)| name.starts_with(start) && name.ends_with(end))
}

/// Unpacks an entry at the cost of what goes in and what comes out.
fn unpack<'r>(entry: &Entry<'_>, left: &mut usize, room: &'r Room) -> Option<(Vec<u8>, Taken<'r>)> {
    *left = left.checked_sub(entry.packed_len())?;
    let taken = room.take(entry.size().min(*left))?;
    let bytes = entry.read(*left)?;
    *left -= bytes.len();
    Some((bytes, taken))
}
