//! The images of a mail that its HTML shows by their Content-ID.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};

use sealpost_mime::structure::{Part, Structure};
use sealpost_mime::transfer;

use crate::sanitise;

/// The images of the mail that its HTML may show, by Content-ID.
pub(super) struct Images<'c, 'm> {
    structure: &'c Structure<'m>,
    by_id: HashMap<String, usize>,
    /// Images that are no parts of their own.
    unpacked: HashMap<String, String>,
    /// What was found out about a part: each is decoded once.
    known: RefCell<HashMap<usize, Option<String>>>,
    shown: RefCell<BTreeSet<usize>>,
    left: Cell<usize>,
    omitted: Cell<usize>,
}

impl<'c, 'm> Images<'c, 'm> {
    /// The images of a mail, of which so many bytes may be shown.
    pub(super) fn new(structure: &'c Structure<'m>, left: usize) -> Self {
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
            unpacked: HashMap::new(),
            known: RefCell::default(),
            shown: RefCell::default(),
            left: Cell::new(left),
            omitted: Cell::new(0),
        }
    }

    /// Adds an image that is no part of its own.
    pub(super) fn add(&mut self, id: &str, bytes: &[u8]) {
        if bytes.len() <= sanitise::MAX_IMAGE_BYTES
            && let Some(uri) = sanitise::data_uri(bytes)
        {
            self.unpacked.insert(id.to_owned(), uri);
        }
    }

    /// The parts that were asked for.
    pub(super) fn shown(&self) -> BTreeSet<usize> {
        self.shown.take()
    }

    /// How many images were left out for their size.
    pub(super) fn omitted(&self) -> usize {
        self.omitted.get()
    }

    /// The `data:` address of the image with this Content-ID.
    pub(super) fn resolve(&self, id: &str) -> Option<String> {
        let index = self.by_id.get(id).copied();
        let mut known = self.known.borrow_mut();
        let uri = match index.and_then(|index| Some((index, self.structure.get(index)?))) {
            Some((index, part)) => known.entry(index).or_insert_with(|| self.decode(part)).as_ref()?,
            None => self.unpacked.get(id)?,
        };
        let Some(left) = self.left.get().checked_sub(uri.len()) else {
            self.omitted.set(self.omitted.get() + 1);
            return None;
        };
        self.left.set(left);
        self.shown.borrow_mut().extend(index);
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
