//! Puts the chosen parts of the body together: text as text, HTML into the frame.

use std::borrow::Cow;
use std::collections::BTreeSet;

use sealpost_mime::structure::{Part, Structure};
use sealpost_mime::{charset, flowed, transfer};

use super::body::{Choice, Segment, Unpacked};
use super::frame::Piece;
use super::images::Images;
use super::plain;
use super::text;
use super::view::{Body, Html, Notice};
use crate::sanitise::{self, RemoteContent, Sanitised, TooComplex};

/// Most bytes of text shown; the part is then offered as an attachment too.
pub(super) const MAX_TEXT: usize = 2 << 20;
/// Most files of all winmail.dat on a page.
const MAX_PACKED: usize = 1000;
/// A part in HTML is this much longer than what it holds, at most: each byte takes three in quoted-printable, and two or three
/// in UTF-16 and base64.
const LONGEST_ENCODING: usize = 4;
/// Most bytes of style sheets on a page.
const MAX_SHEETS: usize = 512 << 10;
/// Most messages within a mail that are opened with it.
const MAX_MESSAGES: usize = 20;

/// So many bytes of messages in each other may be decoded whatever the length of the mail.
const MIN_DECODED: usize = 4 << 20;

/// What is left to be spent on a page, by the mail and all messages in it.
pub(super) struct Allowance {
    html: usize,
    pub(super) images: usize,
    sheets: usize,
    /// How many pieces have a style sheet: the last one's number.
    styled: usize,
    text: usize,
    pub(super) packed: usize,
    pub(super) messages: usize,
    /// Bytes of messages that are decoded at the same time, one in another.
    pub(super) decoded: usize,
    pub(super) remote: RemoteContent,
}

impl Allowance {
    /// All that there is for a mail of this length.
    pub(super) fn new(mail_len: usize, remote: RemoteContent) -> Self {
        Self {
            html: sanitise::MAX_BYTES,
            images: sanitise::MAX_IMAGE_BYTES,
            sheets: MAX_SHEETS,
            styled: 0,
            text: MAX_TEXT,
            packed: MAX_PACKED,
            messages: MAX_MESSAGES,
            decoded: mail_len.max(MIN_DECODED),
            remote,
        }
    }
}

/// The body, and what there is to say about it.
#[derive(Default)]
pub(super) struct Composed {
    pub(super) body: Body,
    pub(super) notices: Vec<Notice>,
    /// Images that the body shows.
    pub(super) shown: BTreeSet<usize>,
    /// Parts that are shown in part only.
    pub(super) cut: BTreeSet<usize>,
}

/// Composes the body of a mail.
pub(super) fn compose(
    structure: &Structure<'_>,
    choice: &Choice,
    images: &Images<'_, '_>,
    allowance: &mut Allowance,
) -> Composed {
    let remote = allowance.remote;
    let mut composer = Composer {
        structure,
        images,
        allowance,
        blocked: 0,
        omitted: 0,
        too_complex: false,
        cut: BTreeSet::new(),
    };
    let pieces = composer.pieces(choice);
    let body = match pieces.as_slice() {
        [] => Body::Empty,
        _ if pieces.iter().all(|piece| piece.text) => {
            Body::Text(pieces.into_iter().map(|piece| piece.html).collect::<Vec<_>>().join("\n"))
        }
        _ => Body::Html(Html::new(pieces, remote)),
    };
    let omitted = composer.omitted + images.omitted();
    let notices = [
        (composer.blocked > 0 && remote == RemoteContent::Blocked)
            .then_some(Notice::RemoteImages(composer.blocked)),
        (omitted > 0).then_some(Notice::OmittedImages(omitted)),
        composer.too_complex.then_some(Notice::HtmlTooComplex),
        (!composer.cut.is_empty()).then_some(Notice::TextCut),
    ];
    let cut = composer.cut;
    Composed { body, notices: notices.into_iter().flatten().collect(), shown: images.shown(), cut }
}

/// Goes through the parts of the body with what is left of each allowance.
struct Composer<'c, 'm> {
    structure: &'c Structure<'m>,
    images: &'c Images<'c, 'm>,
    allowance: &'c mut Allowance,
    blocked: usize,
    omitted: usize,
    too_complex: bool,
    cut: BTreeSet<usize>,
}

impl Composer<'_, '_> {
    fn pieces(&mut self, choice: &Choice) -> Vec<Piece> {
        if let Some(unpacked) = &choice.unpacked
            && let Some(piece) = self.unpacked(unpacked, choice.body.is_empty())
        {
            return vec![piece];
        }
        choice.body.iter().map(|segment| self.piece(segment)).collect()
    }

    /// What a winmail.dat says; `None` if it is too complex and there is something else that says it.
    fn unpacked(&mut self, unpacked: &Unpacked, alone: bool) -> Option<Piece> {
        let left = self.allowance.text;
        let (text, uncut) = if !unpacked.is_html {
            charset::start(unpacked.text.clone(), left)
        } else if unpacked.whole
            && let Ok(clean) = self.html(&unpacked.text)
        {
            return Some(self.html_piece(clean));
        } else {
            self.too_complex = true;
            if !alone {
                return None;
            }
            plain::of_source(std::iter::once(unpacked.text.clone()), left)
        };
        Some(self.shown(unpacked.part, &text, uncut && unpacked.whole))
    }

    fn piece(&mut self, segment: &Segment) -> Piece {
        let (index, alternative) = match segment {
            Segment::Text { part } => return self.text(*part),
            Segment::Html { part, alternative } => (*part, *alternative),
        };
        let Some(part) = self.structure.get(index) else { return text_piece("") };
        // The source is gone before its text is made.
        if let Some(clean) = part_html(part, self.allowance.html).and_then(|source| self.html(&source).ok()) {
            return self.html_piece(clean);
        }
        self.too_complex = true;
        if let Some(alternative) = alternative {
            return self.text(alternative);
        }
        let (text, uncut) = plain::of_part(part, self.allowance.text);
        self.shown(index, &text, uncut)
    }

    fn html(&mut self, source: &str) -> Result<Sanitised, TooComplex> {
        self.allowance.html = self.allowance.html.checked_sub(source.len()).ok_or(TooComplex)?;
        let resolve = |id: &str| self.images.resolve(id);
        let clean = sanitise::html(source, &resolve, self.allowance.images, self.allowance.remote)?;
        self.allowance.images = self.allowance.images.saturating_sub(clean.image_bytes);
        self.blocked = self.blocked.saturating_add(clean.blocked_images);
        self.omitted = self.omitted.saturating_add(clean.omitted_images);
        Ok(clean)
    }

    /// The piece of sanitised HTML. A style sheet over what is left for them on the page is left out.
    fn html_piece(&mut self, clean: Sanitised) -> Piece {
        let mut piece = Piece {
            html: clean.html,
            style: clean.body_style,
            class: clean.body_class,
            id: clean.body_id,
            dir: clean.dir,
            ..Piece::default()
        };
        if let Some(left) = self.allowance.sheets.checked_sub(clean.sheet.len())
            && !clean.sheet.is_empty()
        {
            self.allowance.sheets = left;
            self.allowance.styled += 1;
            let name = format!("part-{}", self.allowance.styled);
            piece.sheet = clean.sheet.bound_to(&name);
            piece.class = if piece.class.is_empty() { name } else { format!("{name} {}", piece.class) };
        }
        piece
    }

    fn text(&mut self, index: usize) -> Piece {
        let Some(part) = self.structure.get(index) else { return text_piece("") };
        let (text, uncut) = part_text(part, self.allowance.text);
        let text = unflowed(part, text);
        self.shown(index, &text, uncut)
    }

    /// The piece of a text that comes from a part; `uncut` if that is all of it.
    fn shown(&mut self, index: usize, text: &str, uncut: bool) -> Piece {
        if !uncut {
            self.cut.insert(index);
        }
        self.allowance.text = self.allowance.text.saturating_sub(text.len());
        text_piece(text)
    }
}

fn text_piece(source: &str) -> Piece {
    Piece { html: text::html(source), text: true, ..Piece::default() }
}

/// The decoded text of a part: at most so many bytes, and whether that is all.
pub(super) fn part_text(part: &Part<'_>, most: usize) -> (String, bool) {
    let (bytes, label) = bytes_and_charset(part);
    charset::decode_start(&bytes, label.as_deref(), most)
}

/// The source of a part in HTML; `None` if it has more than so many bytes.
pub(super) fn part_html(part: &Part<'_>, most: usize) -> Option<String> {
    if part.body.len() / LONGEST_ENCODING > most {
        return None;
    }
    let (source, whole) = part_text(part, most);
    whole.then_some(source)
}

/// The bytes of a text, and the charset that it is in.
pub(super) fn bytes_and_charset<'m>(part: &Part<'m>) -> (Cow<'m, [u8]>, Option<String>) {
    let bytes = transfer::decode(part).value;
    let label = part.content_type.parameter("charset").map(|label| label.value);
    let label = match label {
        None if part.content_type.is("text", "html") && std::str::from_utf8(&bytes).is_err() => {
            charset::declared_in_html(&bytes)
        }
        label => label,
    };
    (bytes, label)
}

/// The same as [`part_text`], its paragraphs in one line each where they are sent in several.
pub(super) fn unflowed_text(part: &Part<'_>, most: usize) -> (String, bool) {
    let (text, uncut) = part_text(part, most);
    (unflowed(part, text), uncut)
}

fn unflowed(part: &Part<'_>, text: String) -> String {
    let parameter = |name: &str| part.content_type.parameter(name).unwrap_or_default().value;
    if parameter("format").eq_ignore_ascii_case("flowed") {
        return flowed::unflow(&text, parameter("delsp").eq_ignore_ascii_case("yes"));
    }
    text
}
