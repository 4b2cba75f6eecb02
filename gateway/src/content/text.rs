//! Takes the texts out of a mail: bodies, text files, office documents.
//!
//! Looked into: every `text/` type but RTF, JSON, XML and their like, files of such extensions whatever type they are
//! given, Word, Excel and PowerPoint files of the kinds with an `x` or `m` at the end, OpenDocument files, and text files
//! in zip archives. Not looked into, and taken as without text: PDF, RTF, the older Office formats, images, other archives.

pub use sealpost_mime::Fidelity;
use sealpost_mime::{Decoded, charset, flowed};

use super::{
    Answer, Limits, Listing, html, magic, office,
    room::Room,
    walk::{self, Leaf},
};

/// While a text is decoded there are several forms of it at a time: what comes out of its charset, what is made of that by its
/// form, and either again while it grows.
const TIMES_DECODING: usize = 4;

/// Then there are the text, its forms for comparing, and what making one of these takes, or the values found in it: none of
/// them larger than a text of ASCII, and a quarter larger at most than any other.
const TIMES_ASCII: usize = 4;
/// The same for a text with other characters. No text takes more.
pub(super) const MOST_TIMES: usize = 6;

/// What a text takes beside its octets, however short it is: forms for comparing may be so much longer.
const OVERHEAD: usize = 2048;

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
    fn new(decoded: Decoded<String>, origin: Origin, lowest: Fidelity) -> Self {
        Self { text: decoded.value, fidelity: decoded.fidelity.max(lowest), origin }
    }

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
pub(super) fn list(mail: &[u8], limits: Limits, room: &Room) -> Listing<Text> {
    let mut collector = Collector { items: Vec::new(), room, left: limits.text_bytes, complete: true };
    let complete = walk::leaves(mail, limits, room, &mut |leaf| {
        // What cannot be looked at, for want of room or else, may hold anything.
        let is_known = collector.leaf(leaf).is_some();
        collector.complete &= is_known;
    });
    Listing { items: collector.items, complete: complete && collector.complete }
}

struct Collector<'r> {
    items: Vec<Text>,
    room: &'r Room,
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

impl Collector<'_> {
    /// Takes the texts out of a leaf; `None` if it may hold some that are not looked at.
    fn leaf(&mut self, leaf: &Leaf<'_, '_>) -> Option<()> {
        if leaf.is_mail() {
            return Some(());
        }
        let room = self.room;
        let (body, _taken) = leaf.decoded(room)?;
        let origin = if leaf.is_body() { Origin::Body } else { Origin::Attachment };
        let is_file = origin == Origin::Attachment;
        let label = leaf.part.content_type.parameter("charset");
        let is_certain =
            body.is_exact() && !leaf.ambiguous && label.as_ref().is_none_or(sealpost_mime::Decoded::is_exact);
        let lowest = if is_certain { Fidelity::Exact } else { Fidelity::Lossy };
        if is_file && body.value.starts_with(b"PK\x03\x04") {
            return self.archive(&body.value, lowest);
        }
        if is_file && magic::detect(&body.value) == Some(magic::ENCRYPTED_OFFICE) {
            return None;
        }
        let Some(form) = form_of(leaf) else {
            let is_broken = lowest == Fidelity::Lossy
                && leaf.extension().is_some_and(|extension| is_document(&extension));
            return (!is_broken).then_some(());
        };
        let bytes = self.within_limit(&body.value);
        let label = label.map(|label| label.value);
        let flowed = is_flowed(leaf).then(|| has_parameter(leaf, "delsp", "yes"));
        let text = decode(bytes, label, (form, flowed), room)?;
        self.items.push(Text::new(text, origin, lowest));
        Some(())
    }

    /// Takes as many bytes as the limit leaves.
    fn within_limit<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let taken = bytes.get(..self.left).unwrap_or(bytes);
        self.complete &= taken.len() == bytes.len();
        self.left -= taken.len();
        taken
    }

    fn archive(&mut self, archive: &[u8], lowest: Fidelity) -> Option<()> {
        let (items, room) = (&mut self.items, self.room);
        let mut has_room = true;
        let found_all = office::texts(archive, (&mut self.left, room), &mut |name, content, bytes| {
            let form = match content {
                office::Content::Document => Form::Office,
                office::Content::File => {
                    form_of_extension(&super::attachment::extension(name).unwrap_or_default())
                }
            };
            let text = decode(bytes, None, (form, None), room);
            has_room &= text.is_some();
            items.extend(text.map(|text| Text::new(text, Origin::Attachment, lowest)));
        });
        (found_all && has_room && lowest == Fidelity::Exact).then_some(())
    }
}

/// Turns bytes into text, first as to their charset, then as to their form, if there is room for it and for all that is made
/// of it later. For lines that flow, says whether the spaces at their ends go.
fn decode(
    bytes: &[u8],
    label: Option<String>,
    (form, flowed): (Form, Option<bool>),
    room: &Room,
) -> Option<Decoded<String>> {
    let label = match form {
        Form::Html if label.is_none() && std::str::from_utf8(bytes).is_err() => {
            charset::declared_in_html(bytes)
        }
        _ => label,
    };
    let most = charset::most_octets(bytes, label.as_deref());
    let decoding = room.take(most.saturating_mul(TIMES_DECODING))?;
    let decoded = charset::decode(bytes, label.as_deref());
    let decoded = match form {
        Form::Plain => decoded,
        Form::Html => decoded.map(|text| html::text(&text)),
        Form::Office => decoded.map(|text| html::office_text(&text)),
        Form::Folded => decoded.map(unfold),
    };
    let decoded = match flowed {
        Some(delsp) => decoded.map(|text| flowed::unflow(&text, delsp)),
        None => decoded,
    };
    drop(decoding);
    let times = if decoded.value.is_ascii() { TIMES_ASCII } else { MOST_TIMES };
    room.keep(decoded.value.len().saturating_mul(times).saturating_add(OVERHEAD)).then_some(decoded)
}

/// Joins the lines of a calendar or card.
fn unfold(text: String) -> String {
    ["\r\n ", "\r\n\t", "\n ", "\n\t"]
        .iter()
        .fold(text, |text, fold| if text.contains(fold) { text.replace(fold, "") } else { text })
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
