//! Takes the texts out of a mail: bodies, text files, office documents.
//!
//! Looked into: every `text/` type but RTF, JSON, XML and their like, files of such extensions whatever type they are
//! given, Word, Excel and PowerPoint files of the kinds with an `x` or `m` at the end, OpenDocument files, and text files
//! in zip archives. Not looked into, and taken as without text: PDF, RTF, the older Office formats, images, other archives.

use std::borrow::Cow;

pub use sealpost_mime::Fidelity;
use sealpost_mime::{charset, flowed};

use super::{
    Answer, Limits, Listing, html, magic, office,
    walk::{self, Leaf},
};

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

/// Lists the texts of a mail.
pub(super) fn list(mail: &[u8], limits: Limits) -> Listing<Text> {
    let mut collector = Collector { items: Vec::new(), left: limits.text_bytes, complete: true };
    let complete = walk::leaves(mail, limits, &mut |leaf| collector.leaf(leaf));
    Listing { items: collector.items, complete: complete && collector.complete }
}

struct Collector {
    items: Vec<Text>,
    left: usize,
    complete: bool,
}

/// The form that a text has in its file.
#[derive(Clone, Copy)]
enum Form {
    Plain,
    Html,
    /// Office XML.
    Office,
    /// Calendars and cards, whose long lines go on behind a line end and a blank (RFC 5545, 3.1).
    Folded,
}

impl Collector {
    fn leaf(&mut self, leaf: &Leaf<'_, '_>) {
        if leaf.is_mail() {
            return;
        }
        let form = form_of(leaf);
        let body = leaf.decoded();
        let origin = if leaf.is_body() { Origin::Body } else { Origin::Attachment };
        let is_file = origin == Origin::Attachment;
        let lowest = if body.is_exact() && !leaf.ambiguous { Fidelity::Exact } else { Fidelity::Lossy };
        if is_file && body.value.starts_with(b"PK\x03\x04") {
            self.archive(&body.value, lowest);
        } else if is_file && magic::detect(&body.value) == Some(magic::ENCRYPTED_OFFICE) {
            self.complete = false;
        } else if let Some(form) = form {
            let bytes = self.within_limit(&body.value);
            let label = leaf.part.content_type.parameter("charset").map(|label| label.value);
            let mut text = decode(bytes, label, form);
            if is_flowed(leaf) {
                text.text = flowed::unflow(&text.text, has_parameter(leaf, "delsp", "yes"));
            }
            self.items.push(Text { fidelity: text.fidelity.max(lowest), origin, ..text });
        } else if lowest == Fidelity::Lossy
            && leaf.extension().is_some_and(|extension| is_document(&extension))
        {
            self.complete = false;
        }
    }

    /// Takes as many bytes as the limit leaves.
    fn within_limit<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let taken = bytes.get(..self.left).unwrap_or(bytes);
        self.complete &= taken.len() == bytes.len();
        self.left -= taken.len();
        taken
    }

    fn archive(&mut self, archive: &[u8], lowest: Fidelity) {
        let items = &mut self.items;
        let found_all = office::texts(archive, &mut self.left, &mut |name, content, bytes| {
            let form = match content {
                office::Content::Document => Form::Office,
                office::Content::File => {
                    form_of_extension(&super::attachment::extension(name).unwrap_or_default())
                }
            };
            let text = decode(&bytes, None, form);
            items.push(Text { fidelity: text.fidelity.max(lowest), ..text });
        });
        self.complete &= found_all && lowest == Fidelity::Exact;
    }
}

/// Turns bytes into text, first as to their charset, then as to their form.
fn decode(bytes: &[u8], label: Option<String>, form: Form) -> Text {
    let label = match form {
        Form::Html if label.is_none() && std::str::from_utf8(bytes).is_err() => {
            charset::declared_in_html(bytes)
        }
        _ => label,
    };
    let decoded = charset::decode(bytes, label.as_deref());
    let text = match form {
        Form::Plain => decoded.value,
        Form::Html => html::text(&decoded.value),
        Form::Office => html::office_text(&decoded.value),
        Form::Folded => ["\r\n ", "\r\n\t", "\n ", "\n\t"]
            .iter()
            .fold(Cow::Borrowed(decoded.value.as_str()), |text, fold| {
                if text.contains(fold) { Cow::Owned(text.replace(fold, "")) } else { text }
            })
            .into_owned(),
    };
    Text { text, fidelity: decoded.fidelity, origin: Origin::Attachment }
}

fn is_flowed(leaf: &Leaf<'_, '_>) -> bool {
    leaf.media_type() == "text/plain" && has_parameter(leaf, "format", "flowed")
}

fn has_parameter(leaf: &Leaf<'_, '_>, name: &str, value: &str) -> bool {
    leaf.part.content_type.parameter(name).is_some_and(|found| found.value.eq_ignore_ascii_case(value))
}

/// Gives the form of the text that a part holds, if it is one.
fn form_of(leaf: &Leaf<'_, '_>) -> Option<Form> {
    let media_type = leaf.media_type();
    let by_type = match media_type {
        "text/html"
        | "application/xhtml+xml"
        | "text/x-amp-html"
        | "text/watch-html"
        | "text/enriched"
        | "text/xml"
        | "application/xml" => Some(Form::Html),
        "text/calendar" | "text/vcard" | "text/x-vcard" | "text/directory" => Some(Form::Folded),
        "text/rtf" | "application/rtf" => None,
        "application/json"
        | "application/csv"
        | "application/sql"
        | "application/yaml"
        | "application/x-sh"
        | "application/javascript"
        | "message/delivery-status"
        | "message/disposition-notification"
        | "message/global-delivery-status"
        | "message/feedback-report" => Some(Form::Plain),
        _ if media_type.ends_with("+xml") => Some(Form::Html),
        _ if media_type.starts_with("text/") || media_type.ends_with("+json") => Some(Form::Plain),
        // Without a part that begins it is shown as text, if at all.
        _ if media_type.starts_with("multipart/") => Some(Form::Plain),
        _ => None,
    };
    let extension = leaf.extension().filter(|extension| is_text_extension(extension));
    match (by_type, extension) {
        (Some(Form::Plain) | None, Some(extension)) => Some(form_of_extension(&extension)),
        (form, _) => form,
    }
}

fn form_of_extension(extension: &str) -> Form {
    match extension {
        "html" | "htm" | "xhtml" | "shtml" | "xml" | "svg" => Form::Html,
        "ics" | "vcf" | "vcs" => Form::Folded,
        _ => Form::Plain,
    }
}

/// Says whether files with this extension are text.
pub(super) fn is_text_extension(extension: &str) -> bool {
    const EXTENSIONS: [&str; 33] = [
        "txt",
        "text",
        "csv",
        "tsv",
        "tab",
        "log",
        "md",
        "json",
        "xml",
        "html",
        "htm",
        "xhtml",
        "shtml",
        "svg",
        "ics",
        "vcf",
        "vcs",
        "ini",
        "conf",
        "cfg",
        "yaml",
        "yml",
        "toml",
        "sql",
        "js",
        "py",
        "sh",
        "bat",
        "ps1",
        "asc",
        "ldif",
        "tex",
        "properties",
    ];
    EXTENSIONS.contains(&extension)
}

/// Says whether files with this extension are documents that are looked into.
fn is_document(extension: &str) -> bool {
    const EXTENSIONS: [&str; 11] =
        ["docx", "docm", "dotx", "xlsx", "xlsm", "pptx", "pptm", "ppsx", "odt", "ods", "odp"];
    EXTENSIONS.contains(&extension)
}
