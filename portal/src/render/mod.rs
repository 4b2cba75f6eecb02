//! Turns an opened mail into what a page shows: header fields, a safe body, a list of attachments.
//!
//! Read in this order: `sealpost_mime` cuts the mail into parts, `body` chooses among them, `compose` makes the body of
//! those chosen (text escaped, HTML sanitised into a `frame`), `header` and `filename` make names fit to show.
//!
//! Every step is bounded in time and memory whatever the mail holds. A mail over a limit of structure is not taken
//! apart: it is offered whole, as one attachment. This is CPU work; callers keep it off the async threads.

mod body;
mod compose;
mod filename;
mod frame;
mod header;
mod text;

use std::borrow::Cow;
use std::fmt;

pub use frame::SANDBOX;
pub use header::{Date, Mailbox};
pub use sealpost_mime::structure::OverLimit;

use header::Shown as _;
use sealpost_mime::params::Disposition;
use sealpost_mime::section::Section;
use sealpost_mime::structure::{self, Part, Structure};
use sealpost_mime::transfer;

/// So many mailboxes of a field are shown at once, the others on request.
const SHOWN_AT_ONCE: usize = 10;

/// A mail as a page shows it.
#[derive(Clone, Default)]
pub struct MailView {
    /// The subject; empty if there is none.
    pub subject: String,
    /// The mailboxes of all `From` fields.
    pub from: Mailboxes,
    /// The mailboxes of all `To` fields.
    pub to: Mailboxes,
    /// The mailboxes of all `Cc` fields.
    pub cc: Mailboxes,
    /// The date that the sender gave.
    pub date: Option<Date>,
    /// What the reader should know about this view.
    pub notices: Vec<Notice>,
    /// The body.
    pub body: Body,
    /// The attachments, in the order of the mail.
    pub attachments: Vec<AttachmentView>,
}

/// An address list, long ones in two pieces.
#[derive(Clone, Default)]
pub struct Mailboxes {
    /// Shown at once.
    pub first: Vec<Mailbox>,
    /// Shown on request.
    pub more: Vec<Mailbox>,
    /// Whether the list was too long to be read to its end.
    pub cut: bool,
}

/// The body of a mail.
#[derive(Clone, Default)]
pub enum Body {
    /// There is none.
    #[default]
    Empty,
    /// Text as escaped HTML with links; white space counts.
    Text(String),
    /// A whole HTML document for the `srcdoc` of a frame with [`SANDBOX`]; to be escaped as an attribute.
    Html(String),
}

/// One line of the list of attachments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentView {
    /// What [`attachment`] knows it by.
    pub index: usize,
    /// A safe file name.
    pub name: String,
    /// What the mail says it is.
    pub media_type: String,
    /// Bytes, decoded.
    pub size: usize,
}

/// An attachment to be saved. Its media type is for show: it is served as application/octet-stream.
#[derive(Clone)]
pub struct Attachment {
    /// A safe file name.
    pub name: String,
    /// What the mail says it is.
    pub media_type: String,
    /// The decoded bytes, exactly.
    pub bytes: Vec<u8>,
}

/// Something that the reader should know about the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// So many images and backgrounds would have been loaded from other computers.
    RemoteImages(usize),
    /// So many images of the mail itself are not shown, because they are too large.
    OmittedImages(usize),
    /// The HTML is too complex: text is shown in its place.
    HtmlTooComplex,
    /// A text is too long to be shown whole.
    TextCut,
    /// The mail is over a limit of structure and offered whole.
    Whole(OverLimit),
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::RemoteImages(1) => write!(f, "1 remote image is blocked."),
            Notice::RemoteImages(n) => write!(f, "{n} remote images are blocked."),
            Notice::OmittedImages(1) => write!(f, "1 image is too large to be shown here."),
            Notice::OmittedImages(n) => write!(f, "{n} images are too large to be shown here."),
            Notice::HtmlTooComplex => {
                write!(
                    f,
                    "The formatted version of this message is too complex to be shown safely, so you see its text."
                )
            }
            Notice::TextCut => {
                write!(
                    f,
                    "This message is too long to be shown whole. The complete text is among the attachments."
                )
            }
            Notice::Whole(limit) => write!(
                f,
                "This message cannot be shown here: {limit}. You can save it and open it in a mail program."
            ),
        }
    }
}

impl AttachmentView {
    /// The size as people say it.
    #[must_use]
    pub fn size_text(&self) -> String {
        let size = self.size;
        match size {
            1 => "1 byte".to_owned(),
            0..1000 => format!("{size} bytes"),
            1000..1_000_000 => format!("{} kB", size.div_ceil(1000)),
            _ => format!("{}.{} MB", size / 1_000_000, size % 1_000_000 / 100_000),
        }
    }
}

impl MailView {
    /// The address lists that are not empty, with what they are called.
    #[must_use]
    pub fn people(&self) -> Vec<(&'static str, &Mailboxes)> {
        let all = [("From", &self.from), ("To", &self.to), ("Cc", &self.cc)];
        all.into_iter().filter(|(_, list)| !list.first.is_empty()).collect()
    }
}

/// Makes the view of a mail.
#[must_use]
pub fn view(mail: &[u8]) -> MailView {
    match Structure::of(mail) {
        Ok(structure) => view_parts(&structure),
        Err(limit) => MailView {
            notices: vec![Notice::Whole(limit)],
            attachments: vec![AttachmentView {
                index: 0,
                name: WHOLE_NAME.to_owned(),
                media_type: "message/rfc822".to_owned(),
                size: mail.len(),
            }],
            ..heading(&structure::head(mail))
        },
    }
}

/// The name under which a mail is offered whole.
const WHOLE_NAME: &str = "message.eml";

/// The attachment that [`view`] lists under `index`; `None` if there is none.
///
/// Any part that has no parts can be had, those of the body too.
#[must_use]
pub fn attachment(mail: &[u8], index: usize) -> Option<Attachment> {
    let Ok(structure) = Structure::of(mail) else {
        let whole = || Attachment {
            name: WHOLE_NAME.to_owned(),
            media_type: "message/rfc822".to_owned(),
            bytes: mail.to_vec(),
        };
        return (index == 0).then(whole);
    };
    let part = structure.get(index).filter(|part| part.children.is_empty())?;
    Some(Attachment {
        name: file_name(part, index),
        media_type: media_type(part),
        bytes: transfer::decode(part).value.into_owned(),
    })
}

fn view_parts(structure: &Structure<'_>) -> MailView {
    let choice = body::choose(structure);
    let composed = compose::compose(structure, &choice);
    let mut listed: Vec<usize> =
        choice.attachments.into_iter().filter(|index| !composed.shown.contains(index)).collect();
    listed.extend(composed.cut);
    listed.sort_unstable();
    let attachments = listed.into_iter().filter_map(|index| {
        let part = structure.get(index)?;
        Some(AttachmentView {
            index,
            name: file_name(part, index),
            media_type: media_type(part),
            size: transfer::decode(part).value.len(),
        })
    });
    let heading = structure.get(0).map(|part| heading(&part.header)).unwrap_or_default();
    MailView { notices: composed.notices, body: composed.body, attachments: attachments.collect(), ..heading }
}

/// The view of a header alone.
fn heading(header: &Section<'_>) -> MailView {
    MailView {
        subject: header.text("subject").unwrap_or_default(),
        from: Mailboxes::of(header, "from"),
        to: Mailboxes::of(header, "to"),
        cc: Mailboxes::of(header, "cc"),
        date: header.date(),
        ..MailView::default()
    }
}

impl Mailboxes {
    fn of(header: &Section<'_>, name: &str) -> Self {
        let (mut first, cut) = header.mailboxes(name);
        let more = first.split_off(first.len().min(SHOWN_AT_ONCE));
        Mailboxes { first, more, cut }
    }
}

fn file_name(part: &Part<'_>, index: usize) -> String {
    let given = Disposition::of(&part.header, &part.content_type).file_name;
    let given = given.as_ref().and_then(|name| filename::safe(&name.value));
    given
        .or_else(|| mail_name(part))
        .unwrap_or_else(|| filename::default(part.content_type.media_type(), index))
}

/// A nested mail without a name is called by its subject.
fn mail_name(part: &Part<'_>) -> Option<String> {
    let is_mail = part.content_type.is("message", "rfc822") || part.content_type.is("message", "global");
    let bytes: Cow<'_, [u8]> = if is_mail { transfer::decode(part).value } else { return None };
    let subject = structure::head(&bytes).text("subject")?;
    let short: String = subject.chars().take(80).collect();
    // A slash in a subject is no folder.
    filename::safe(&format!("{}.eml", short.replace(['/', '\\'], "_")))
}

/// The media type as the mail has it, if it looks like one.
fn media_type(part: &Part<'_>) -> String {
    let given = part.content_type.media_type();
    let fine = given.len() <= 100
        && given.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'+' | b'.' | b'_'));
    if fine { given } else { "application/octet-stream" }.to_owned()
}

#[cfg(test)]
mod tests;
