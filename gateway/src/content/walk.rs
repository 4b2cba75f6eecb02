//! Goes through the parts of a mail, and of the mails within it.
//!
//! The cutter is `sealpost_mime`, which the portal shows mails by: one pass, limits on parts, depth and header sections, a
//! boundary only where it stands alone in its line. `mail-parser` behind a check of our own was the other way; but it
//! takes boundaries from within lines, so that any check before it would count other parts than it then makes, and it decodes
//! every part before it can be asked which are of interest.
//!
//! The work is bounded: a mail within a mail is cut once more for each level, of which there are few, and all parts of
//! all levels together are counted.

use std::borrow::Cow;

use sealpost_mime::{
    Decoded,
    params::Disposition,
    structure::{Part, Structure},
};

use super::{
    Limits,
    cms::{self, Cms},
    room::{Room, Taken},
};

/// A part that has no parts.
pub(super) struct Leaf<'w, 'm> {
    pub(super) part: &'w Part<'m>,
    pub(super) disposition: Disposition,
    /// Whether other readers may take it otherwise.
    pub(super) ambiguous: bool,
}

/// What limits are left over in one walk.
pub(super) struct Walk<'r> {
    limits: Limits,
    room: &'r Room,
    parts: usize,
    /// Whether each part was seen, and none can be taken otherwise.
    complete: bool,
}

/// Gives each leaf to `see`, those of mails within mails behind the part that holds them; says whether that was surely all.
pub(super) fn leaves(mail: &[u8], limits: Limits, room: &Room, see: &mut dyn FnMut(&Leaf<'_, '_>)) -> bool {
    let mut walk = Walk { limits, room, parts: 0, complete: true };
    walk.mail(mail, 0, see);
    walk.complete
}

impl Walk<'_> {
    fn mail(&mut self, mail: &[u8], level: usize, see: &mut dyn FnMut(&Leaf<'_, '_>)) {
        let Ok(structure) = Structure::of(mail) else {
            self.complete = false;
            return;
        };
        // All parts of a mail count before any is looked into: their header sections lie in memory until the mails within
        // are done.
        let left = self.limits.parts.saturating_sub(self.parts);
        self.parts += structure.parts.len();
        self.complete &= structure.parts.len() <= left;
        for part in structure.parts.iter().take(left) {
            if part.children.is_empty() {
                self.leaf(part, level, see);
            } else {
                self.complete &= !part.ambiguous;
            }
        }
    }

    fn leaf(&mut self, part: &Part<'_>, level: usize, see: &mut dyn FnMut(&Leaf<'_, '_>)) {
        // A multipart in which no part begins is shown as text by some and not at all by others.
        let ambiguous = part.ambiguous || part.content_type.is_multipart();
        let leaf = Leaf { part, disposition: Disposition::of(&part.header, &part.content_type), ambiguous };
        // What it holds is elsewhere.
        self.complete &= !ambiguous && !part.content_type.is("message", "partial");
        if leaf.is_smime() {
            // Mail programs show what is in it; but for those whom it is encrypted for, nobody can.
            let object = leaf.decoded(self.room);
            self.complete &=
                object.is_some_and(|(object, _taken)| cms::kind(&object.value) == Some(Cms::Encrypted));
        }
        see(&leaf);
        if leaf.is_mail() {
            let may_go_on = level < self.limits.nested_mails && self.parts < self.limits.parts;
            // Held while it is gone through, and what is within it.
            let inner = if may_go_on { leaf.decoded(self.room) } else { None };
            self.complete &= inner.as_ref().is_some_and(|(inner, _)| inner.is_exact());
            if let Some((inner, _taken)) = &inner {
                self.mail(&inner.value, level + 1, see);
            }
        }
    }
}

impl<'m> Leaf<'_, 'm> {
    /// Gives the body without its transfer encoding, if there is room for it.
    pub(super) fn decoded<'r>(&self, room: &'r Room) -> Option<(Decoded<Cow<'m, [u8]>>, Taken<'r>)> {
        room.decode(self.part)
    }

    /// Gives the media type that the mail states, in lower case.
    pub(super) fn media_type(&self) -> &str {
        self.part.content_type.media_type()
    }

    /// Gives what stands behind the last dot of the name, in lower case.
    pub(super) fn extension(&self) -> Option<String> {
        super::attachment::extension(&self.disposition.file_name.as_ref()?.value)
    }

    /// Says whether it is a mail within the mail: by its type, or by its name where the type says nothing.
    pub(super) fn is_mail(&self) -> bool {
        match self.media_type() {
            "message/rfc822" | "message/global" => true,
            "application/octet-stream" => self.extension().as_deref() == Some("eml"),
            _ => false,
        }
    }

    /// Says whether it is an S/MIME object: by its type, or by its name.
    fn is_smime(&self) -> bool {
        matches!(self.media_type(), "application/pkcs7-mime" | "application/x-pkcs7-mime")
            || self.extension().as_deref() == Some("p7m")
    }

    /// Says whether readers may see it at once: a body, or RTF without a name, which some show so and others attach.
    pub(super) fn is_seen_at_once(&self) -> bool {
        self.is_body() || (matches!(self.media_type(), "text/rtf" | "application/rtf") && !self.is_named())
    }

    fn is_named(&self) -> bool {
        self.disposition.attachment || self.disposition.file_name.is_some()
    }

    /// Says whether it is a text that readers see at once, and no attachment.
    pub(super) fn is_body(&self) -> bool {
        let is_shown = matches!(
            self.media_type(),
            "text/plain"
                | "text/html"
                | "text/enriched"
                | "text/richtext"
                | "text/x-amp-html"
                | "text/watch-html"
        );
        (is_shown && !self.is_named()) || self.part.content_type.is_multipart()
    }
}
