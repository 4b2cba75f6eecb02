//! Takes the text out of zip archives: Office Open XML, OpenDocument, and the files in any other.
//!
//! Of a document only the entries that hold its text, and files that are embedded, are looked into. In any other archive each
//! file is told by its first bytes, and unpacked if it is of a kind that is looked into: archives and documents too, some
//! levels deep. What is unpacked counts against the limit on text of the whole mail, and so does what it was unpacked from:
//! many entries may share the same packed bytes.

use super::{
    form::Form,
    kind::{File, Kind},
    room::Taken,
    text::{At, Collector},
    zip::{Directory, Entry},
};

/// What an entry counts for beside its bytes: as much as it takes to begin to unpack it.
const COST_OF_ENTRY: usize = 1024;
/// How many bytes of a file tell its kind.
const START: usize = 512;

/// The names of entries that hold the text of a document.
const DOCUMENT_TEXT: [(&str, &str); 15] = [
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
    ("Object ", "/content.xml"),
];

/// Where documents have further text. It makes no document of an archive: the sheets of an xlsb beside it are binary.
const MORE_TEXT: [(&str, &str); 8] = [
    ("word/glossary/document", ".xml"),
    ("word/diagrams/data", ".xml"),
    ("xl/drawings/drawing", ".xml"),
    ("xl/diagrams/data", ".xml"),
    ("xl/threadedComments/", ".xml"),
    ("ppt/diagrams/data", ".xml"),
    ("ppt/slideMasters/", ".xml"),
    ("ppt/slideLayouts/", ".xml"),
];

/// Where documents have what is no text of theirs: pictures, fonts, looks, lists of what there is.
const DOCUMENT_PARTS: [&str; 18] = [
    "word/",
    "xl/",
    "ppt/",
    "visio/",
    "docProps/",
    "customXml/",
    "_rels/",
    "META-INF/",
    "Pictures/",
    "media/",
    "Fonts/",
    "Thumbnails/",
    "ObjectReplacements/",
    "Configurations",
    "Object ",
    "layout-cache",
    "manifest.rdf",
    "mimetype",
];

/// What an entry holds, by its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    /// XML of an office document.
    Document,
    /// A text file.
    Text(Form),
    /// A file of which nothing is known.
    File,
    /// What no reader of the document shows as text.
    Nothing,
}

impl<'r> Collector<'r> {
    /// Takes the texts out of an archive; `None` if that is surely not all.
    pub(super) fn archive(&mut self, archive: &[u8], at: At) -> Option<()> {
        let at = at.within()?;
        let directory = Directory::find(archive)?;
        let is_listed = |entry: &Entry<'_>| matches!(entry.name, b"[Content_Types].xml" | b"mimetype");
        let is_document = directory.entries().take(1000).any(|entry| is_listed(&entry))
            && directory.entries().any(|entry| is_text_of_document(&String::from_utf8_lossy(entry.name)));
        for entry in directory.entries() {
            self.entry(&entry, is_document, at)?;
        }
        (directory.is_whole() && at.is_exact()).then_some(())
    }

    fn entry(&mut self, entry: &Entry<'_>, is_document: bool, at: At) -> Option<()> {
        let name = String::from_utf8_lossy(entry.name);
        let extension = super::attachment::extension(&name);
        let content = content_of(&name, extension.as_deref(), is_document);
        if content == Content::Nothing {
            return Some(());
        }
        let is_known = content != Content::File || self.is_of_interest(entry, extension.as_deref())?;
        if !is_known {
            return Some(());
        }
        let (bytes, _taken) = self.unpack(entry)?;
        let file = File { bytes: &bytes, extension: extension.as_deref(), ..File::default() };
        match content {
            Content::Document => self.text_of(&file, Form::Office, at),
            Content::Text(form) => self.text_of(&file, form, at),
            Content::File => self.file(&file, at),
            Content::Nothing => Some(()),
        }
    }

    /// Says by the first bytes whether a file is to be unpacked, and notes if it may hold text and is not; `None` if it
    /// cannot be told.
    fn is_of_interest(&mut self, entry: &Entry<'_>, extension: Option<&str>) -> Option<bool> {
        self.pay(COST_OF_ENTRY)?;
        let start = entry.start(START)?;
        let file = File { bytes: &start, extension, ..File::default() };
        match file.kind() {
            Kind::None => Some(false),
            // What lies in it is told by the whole file.
            Kind::Closed if !file.is_ole() => {
                self.note_closed();
                Some(false)
            }
            _ => Some(true),
        }
    }

    /// Unpacks an entry at the cost of what goes in and what comes out.
    fn unpack(&mut self, entry: &Entry<'_>) -> Option<(Vec<u8>, Taken<'r>)> {
        self.pay(entry.packed_len().saturating_add(COST_OF_ENTRY))?;
        let taken = self.room.take(entry.size().min(self.left))?;
        let bytes = entry.read(self.left)?;
        self.pay(bytes.len())?;
        Some((bytes, taken))
    }
}

fn content_of(name: &str, extension: Option<&str>, is_document: bool) -> Content {
    if is_document && (is_text_of_document(name) || stands_at(name, &MORE_TEXT)) {
        return Content::Document;
    }
    if name.ends_with('/') {
        return Content::Nothing;
    }
    match extension.and_then(super::kind::form_of_extension) {
        // All else that is XML in a document says how it looks.
        _ if is_document && extension == Some("xml") => Content::Nothing,
        Some(form) => Content::Text(form),
        None if is_document && is_part_of_document(name) => Content::Nothing,
        None => Content::File,
    }
}

fn is_part_of_document(name: &str) -> bool {
    // In OpenDocument, an OLE object is a file beside the folders of the others.
    let is_ole = name.starts_with("Object ") && !name.contains('/');
    DOCUMENT_PARTS.iter().any(|start| name.starts_with(start)) && !name.contains("/embeddings/") && !is_ole
}

fn is_text_of_document(name: &str) -> bool {
    stands_at(name, &DOCUMENT_TEXT)
}

fn stands_at(name: &str, places: &[(&str, &str)]) -> bool {
    places.iter().any(|(start, end)| name.starts_with(start) && name.ends_with(end))
}
