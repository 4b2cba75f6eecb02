//! What a page shows of a mail. The words around it are the templates'.
//!
//! Nothing here prints what a mail says: `Debug` is derived only where there is nothing of it to print.

use std::fmt;

use sealpost_mime::structure::OverLimit;

use super::calendar::Event;
use super::frame::{self, Piece};
use super::height;
use super::moment::When;
use super::path::PartPath;
use crate::{sanitise::RemoteContent, texts::TextId};

/// A mail as a page shows it.
#[derive(Clone, Default)]
pub struct MailView {
    /// The way to it: empty for the mail itself, longer for a message in it.
    pub path: PartPath,
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
    /// The invitations in it.
    pub events: Vec<Event>,
    /// The body.
    pub body: Body,
    /// The attachments, in the order of the mail.
    pub attachments: Vec<AttachmentView>,
    /// The messages in it; each is among the attachments too.
    pub nested: Vec<MailView>,
}

/// One mailbox of an address list.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// The display name; may be empty.
    pub name: String,
    /// The address; empty for the name of a group.
    pub address: String,
}

/// The `Date` field.
#[derive(Clone, PartialEq, Eq)]
pub struct Date {
    /// In the sender's zone, which is named; as the mail has it if it can't be read.
    pub written: When,
    /// The same in UTC; `None` if the sender's zone is UTC, or the date can't be read.
    pub utc: Option<When>,
    /// RFC 3339, if it could be read.
    pub instant: Option<String>,
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
    /// Text as escaped HTML with links and quotations; white space counts.
    Text(String),
    /// HTML, to be shown in a frame or on a page of its own.
    Html(Html),
}

/// Sanitised HTML, and texts that stand between its pieces.
#[derive(Clone)]
pub struct Html {
    pieces: Vec<Piece>,
    remote: RemoteContent,
}

impl Html {
    pub(super) fn new(pieces: Vec<Piece>, remote: RemoteContent) -> Self {
        Self { pieces, remote }
    }

    /// A whole document for the `srcdoc` of a frame with [`super::SANDBOX`]; to be escaped as an attribute.
    #[must_use]
    pub fn document(&self) -> String {
        frame::document(&self.pieces, self.remote)
    }

    /// The pieces alone, for a document that has [`frame::STYLE`] and the style sheets, and is sandboxed as a whole.
    #[must_use]
    pub fn content(&self) -> String {
        frame::content(&self.pieces)
    }

    /// How high the frame should be in a window of a desktop and of a phone, in CSS pixels: an estimate, since nothing in
    /// the frame may run to tell.
    #[must_use]
    pub fn heights(&self) -> (u32, u32) {
        let sum = |width| self.pieces.iter().map(|piece| height::estimate(&piece.html, width)).sum::<u32>();
        (height::bounded(sum(height::DESKTOP)), height::bounded(sum(height::PHONE)))
    }
}

/// One line of the list of attachments.
#[derive(Clone, PartialEq, Eq)]
pub struct AttachmentView {
    /// What [`super::attachment`] knows it by.
    pub path: PartPath,
    /// A safe file name.
    pub name: String,
    /// What the mail says it is.
    pub media_type: String,
    /// Bytes, decoded.
    pub size: usize,
    /// Whether a browser can show it.
    pub preview: bool,
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

/// An attachment to be looked at.
#[derive(Clone)]
pub struct Preview {
    /// A safe file name.
    pub name: String,
    /// A media type of ours, by what the bytes are: a raster image, or text in UTF-8.
    pub media_type: &'static str,
    /// The image as it is, or the text in UTF-8.
    pub bytes: Vec<u8>,
}

/// Something that the reader should know about the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// So many images and backgrounds would have been loaded from other computers.
    RemoteImages(usize),
    /// The reader has had the images loaded from other computers.
    RemoteImagesLoaded,
    /// So many images of the mail itself are not shown, because they are too large.
    OmittedImages(usize),
    /// The HTML is too complex: text is shown in its place.
    HtmlTooComplex,
    /// A text is too long to be shown whole.
    TextCut,
    /// The mail is over a limit of structure and offered whole.
    Whole(OverLimit),
    /// The sender encrypted it with PGP besides.
    PgpEncrypted,
    /// The sender encrypted it with S/MIME besides.
    SmimeEncrypted,
    /// It is signed in a way that hides the text from who does not know S/MIME.
    SmimeSigned,
    /// It is signed; the signature is not checked here.
    Signed,
    /// A message in it is not opened, because there are too many.
    NotOpened,
}

impl MailView {
    /// The style sheets of the body and of the bodies of all messages in it: CSS that stays within these.
    #[must_use]
    pub fn sheets(&self) -> String {
        let mut out = match &self.body {
            Body::Html(html) => frame::sheets(&html.pieces),
            Body::Text(_) | Body::Empty => String::new(),
        };
        self.nested.iter().for_each(|nested| out.push_str(&nested.sheets()));
        out
    }

    /// The address lists that are not empty, with what they are called.
    #[must_use]
    pub fn people(&self) -> Vec<(TextId, &Mailboxes)> {
        let all = [
            (TextId("message-from"), &self.from),
            (TextId("message-to"), &self.to),
            (TextId("message-cc"), &self.cc),
        ];
        all.into_iter().filter(|(_, list)| !list.first.is_empty()).collect()
    }

    /// The name of the first author, or his address.
    #[must_use]
    pub fn author(&self) -> &str {
        let first = self.from.first.first();
        first.map_or("", |author| if author.name.is_empty() { &author.address } else { &author.name })
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox")
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Date")
    }
}

impl fmt::Debug for AttachmentView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttachmentView({})", self.path)
    }
}
