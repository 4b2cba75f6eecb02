//! Puts the chosen parts of the body together: text as text, HTML into the frame.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};

use sealpost_mime::structure::{Part, Structure};
use sealpost_mime::{charset, flowed, transfer};

use super::body::{Choice, Segment};
use super::frame::{self, Piece};
use super::{Body, Notice, text};
use crate::sanitise::{self, Sanitised, TooComplex};

/// Most bytes of text shown; the part is then offered as an attachment too.
const MAX_TEXT: usize = 2 << 20;

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
pub(super) fn compose(structure: &Structure<'_>, choice: &Choice) -> Composed {
    let images = Images::new(structure);
    let mut composer = Composer {
        structure,
        images: &images,
        html_left: sanitise::MAX_BYTES,
        image_left: sanitise::MAX_IMAGE_BYTES,
        text_left: MAX_TEXT,
        blocked: 0,
        omitted: 0,
        too_complex: false,
        cut: BTreeSet::new(),
    };
    let pieces: Vec<Piece> = choice.body.iter().map(|segment| composer.piece(segment)).collect();
    let only_text = pieces.iter().all(|piece| piece.text);
    let body = match pieces.as_slice() {
        [] => Body::Empty,
        _ if only_text => {
            Body::Text(pieces.into_iter().map(|piece| piece.html).collect::<Vec<_>>().join("\n"))
        }
        _ => Body::Html(frame::document(&pieces)),
    };
    let omitted = composer.omitted + images.omitted.get();
    let notices = [
        (composer.blocked > 0).then_some(Notice::RemoteImages(composer.blocked)),
        (omitted > 0).then_some(Notice::OmittedImages(omitted)),
        composer.too_complex.then_some(Notice::HtmlTooComplex),
        (!composer.cut.is_empty()).then_some(Notice::TextCut),
    ];
    let cut = composer.cut;
    Composed { body, notices: notices.into_iter().flatten().collect(), shown: images.shown.take(), cut }
}

/// Goes through the parts of the body with what is left of each allowance.
struct Composer<'c, 'm> {
    structure: &'c Structure<'m>,
    images: &'c Images<'c, 'm>,
    html_left: usize,
    image_left: usize,
    text_left: usize,
    blocked: usize,
    omitted: usize,
    too_complex: bool,
    cut: BTreeSet<usize>,
}

impl Composer<'_, '_> {
    fn piece(&mut self, segment: &Segment) -> Piece {
        let (part, alternative) = match segment {
            Segment::Text { part } => return self.text(*part),
            Segment::Html { part, alternative } => (*part, *alternative),
        };
        if let Ok(clean) = self.html(part) {
            return Piece { html: clean.html, style: clean.body_style, dir: clean.dir, text: false };
        }
        self.too_complex = true;
        self.text(alternative.unwrap_or(part))
    }

    fn html(&mut self, index: usize) -> Result<Sanitised, TooComplex> {
        let part = self.structure.get(index).ok_or(TooComplex)?;
        let source = part_text(part);
        self.html_left = self.html_left.checked_sub(source.len()).ok_or(TooComplex)?;
        let clean = sanitise::html(&source, &|id| self.images.resolve(id), self.image_left)?;
        self.image_left = self.image_left.saturating_sub(clean.image_bytes);
        self.blocked = self.blocked.saturating_add(clean.blocked_images);
        self.omitted = self.omitted.saturating_add(clean.omitted_images);
        Ok(clean)
    }

    fn text(&mut self, index: usize) -> Piece {
        let mut source = self.structure.get(index).map(part_text).unwrap_or_default();
        if source.len() > self.text_left {
            let end = (0..=self.text_left).rev().find(|at| source.is_char_boundary(*at)).unwrap_or(0);
            source.truncate(end);
            self.cut.insert(index);
        }
        self.text_left -= source.len();
        let kind = self.structure.get(index).map(|part| &part.content_type);
        let parameter = |name: &str| kind.and_then(|kind| kind.parameter(name)).unwrap_or_default().value;
        let flowed = parameter("format").eq_ignore_ascii_case("flowed");
        if flowed {
            source = flowed::unflow(&source, parameter("delsp").eq_ignore_ascii_case("yes"));
        }
        Piece { html: text::html(&source), style: String::new(), dir: None, text: true }
    }
}

/// The decoded text of a part.
fn part_text(part: &Part<'_>) -> String {
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

/// The images of the mail that its HTML may show, by Content-ID.
struct Images<'c, 'm> {
    structure: &'c Structure<'m>,
    by_id: HashMap<String, usize>,
    /// What was found out about a part: each is decoded once.
    known: RefCell<HashMap<usize, Option<String>>>,
    shown: RefCell<BTreeSet<usize>>,
    left: Cell<usize>,
    omitted: Cell<usize>,
}

impl<'c, 'm> Images<'c, 'm> {
    fn new(structure: &'c Structure<'m>) -> Self {
        let leaves = structure.parts.iter().enumerate().filter(|(_, part)| part.children.is_empty());
        let ids = leaves.filter_map(|(index, part)| Some((part.header.id("content-id")?, index)));
        // Of two with the same Content-ID the first counts.
        let mut by_id = HashMap::new();
        for (id, index) in ids {
            by_id.entry(id).or_insert(index);
        }
        Images {
            structure,
            by_id,
            known: RefCell::default(),
            shown: RefCell::default(),
            left: Cell::new(sanitise::MAX_IMAGE_BYTES),
            omitted: Cell::new(0),
        }
    }

    /// The `data:` address of the image with this Content-ID.
    fn resolve(&self, id: &str) -> Option<String> {
        let index = *self.by_id.get(id)?;
        let part = self.structure.get(index)?;
        let mut known = self.known.borrow_mut();
        let uri = known.entry(index).or_insert_with(|| self.decode(part)).as_ref()?;
        let Some(left) = self.left.get().checked_sub(uri.len()) else {
            self.omitted.set(self.omitted.get() + 1);
            return None;
        };
        self.left.set(left);
        self.shown.borrow_mut().insert(index);
        Some(uri.clone())
    }

    fn decode(&self, part: &Part<'_>) -> Option<String> {
        // Whatever the encoding, a body far over the allowance is no image within it.
        if part.body.len() / 4 > sanitise::MAX_IMAGE_BYTES {
            self.omitted.set(self.omitted.get() + 1);
            return None;
        }
        sanitise::data_uri(&transfer::decode(part).value)
    }
}
