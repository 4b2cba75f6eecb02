//! Puts the chosen parts of the body together: text as text, HTML into the frame.

use std::collections::BTreeSet;

use sealpost_mime::structure::{Part, Structure};
use sealpost_mime::{charset, flowed, transfer};

use super::body::{Choice, Segment, Unpacked};
use super::frame::Piece;
use super::images::Images;
use super::text;
use super::view::{Body, Html, Notice};
use crate::sanitise::{self, RemoteContent, Sanitised, TooComplex};

/// Most bytes of text shown; the part is then offered as an attachment too.
pub(super) const MAX_TEXT: usize = 2 << 20;
/// Most messages within a mail that are opened with it.
const MAX_MESSAGES: usize = 20;

/// What is left to be spent on a page, by the mail and all messages in it.
pub(super) struct Allowance {
    html: usize,
    pub(super) images: usize,
    text: usize,
    pub(super) messages: usize,
    pub(super) remote: RemoteContent,
}

impl Allowance {
    pub(super) fn new(remote: RemoteContent) -> Self {
        Self {
            html: sanitise::MAX_BYTES,
            images: sanitise::MAX_IMAGE_BYTES,
            text: MAX_TEXT,
            messages: MAX_MESSAGES,
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
        match &choice.unpacked {
            Some(Unpacked::Text(source)) => return vec![text_piece(source)],
            Some(Unpacked::Html(source)) => {
                if let Ok(clean) = self.html(source) {
                    return vec![html_piece(clean)];
                }
                self.too_complex = true;
            }
            None => {}
        }
        choice.body.iter().map(|segment| self.piece(segment)).collect()
    }

    fn piece(&mut self, segment: &Segment) -> Piece {
        let (part, alternative) = match segment {
            Segment::Text { part } => return self.text(*part),
            Segment::Html { part, alternative } => (*part, *alternative),
        };
        let source = self.structure.get(part).map(part_text).unwrap_or_default();
        if let Ok(clean) = self.html(&source) {
            return html_piece(clean);
        }
        self.too_complex = true;
        self.text(alternative.unwrap_or(part))
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

    fn text(&mut self, index: usize) -> Piece {
        let mut source = self.structure.get(index).map(part_text).unwrap_or_default();
        let left = self.allowance.text;
        if source.len() > left {
            let end = (0..=left).rev().find(|at| source.is_char_boundary(*at)).unwrap_or(0);
            source.truncate(end);
            self.cut.insert(index);
        }
        self.allowance.text -= source.len();
        if let Some(part) = self.structure.get(index) {
            source = unflowed(part, source);
        }
        text_piece(&source)
    }
}

fn html_piece(clean: Sanitised) -> Piece {
    Piece { html: clean.html, style: clean.body_style, dir: clean.dir, text: false }
}

fn text_piece(source: &str) -> Piece {
    Piece { html: text::html(source), style: String::new(), dir: None, text: true }
}

/// The decoded text of a part.
pub(super) fn part_text(part: &Part<'_>) -> String {
    let bytes = transfer::decode(part).value;
    let label = part.content_type.parameter("charset").map(|label| label.value);
    let label = match label {
        None if part.content_type.is("text", "html") && std::str::from_utf8(&bytes).is_err() => {
            charset::declared_in_html(&bytes)
        }
        label => label,
    };
    charset::decode(&bytes, label.as_deref()).value
}

/// The decoded text of a part, its paragraphs in one line each where they are sent in several.
pub(super) fn unflowed_text(part: &Part<'_>) -> String {
    unflowed(part, part_text(part))
}

fn unflowed(part: &Part<'_>, text: String) -> String {
    let parameter = |name: &str| part.content_type.parameter(name).unwrap_or_default().value;
    if parameter("format").eq_ignore_ascii_case("flowed") {
        return flowed::unflow(&text, parameter("delsp").eq_ignore_ascii_case("yes"));
    }
    text
}
