//! Parts that hold parts of their own: messages, and what Outlook packs into a winmail.dat.

use std::borrow::Cow;

use sealpost_mime::params::Disposition;
use sealpost_mime::structure::Part;
use sealpost_mime::tnef::{Item, Tnef};
use sealpost_mime::transfer;

use super::attach::{has_preview, plain_media_type};
use super::filename;
use super::path::PartPath;
use super::view::{Attachment, AttachmentView};

/// A part that holds others, decoded.
pub(super) enum Container<'m> {
    /// A message.
    Message(Cow<'m, [u8]>),
    /// A winmail.dat.
    Tnef(Cow<'m, [u8]>),
}

/// What a part holds; `None` for parts that hold nothing.
pub(super) fn of<'m>(part: &Part<'m>) -> Option<Container<'m>> {
    if is_message(part) {
        Some(Container::Message(transfer::decode(part).value))
    } else if is_tnef(part) {
        Some(Container::Tnef(transfer::decode(part).value))
    } else {
        None
    }
}

/// Whether a part is a message, or the header of one.
pub(super) fn is_message(part: &Part<'_>) -> bool {
    matches!(part.content_type.media_type(), "message/rfc822" | "message/global" | "text/rfc822-headers")
}

/// Whether a part is a winmail.dat.
pub(super) fn is_tnef(part: &Part<'_>) -> bool {
    let kind = part.content_type.media_type();
    let named = || {
        let name = Disposition::of(&part.header, &part.content_type).file_name;
        name.is_some_and(|name| name.value.eq_ignore_ascii_case("winmail.dat"))
    };
    matches!(kind, "application/ms-tnef" | "application/vnd.ms-tnef")
        || kind == "application/octet-stream" && named()
}

/// The lines for what a winmail.dat holds; `None` if it holds no files, so that it is offered itself.
pub(super) fn items(bytes: &[u8], path: &PartPath) -> Option<Vec<AttachmentView>> {
    let tnef = Tnef::parse(bytes)?;
    let lines = tnef.items.iter().enumerate().map(|(index, item)| {
        let media_type = media_type(item);
        AttachmentView {
            path: path.join(index),
            name: name(item, index),
            preview: has_preview(&media_type, item.bytes),
            media_type,
            size: item.bytes.len(),
        }
    });
    Some(lines.collect()).filter(|lines: &Vec<_>| !lines.is_empty())
}

/// Name and bytes of one of the files of a winmail.dat.
pub(super) fn named<'t>(tnef: &Tnef<'t>, index: usize) -> Option<(String, &'t [u8])> {
    tnef.items.get(index).map(|item| (name(item, index), item.bytes))
}

/// One of the files of a winmail.dat. It is cut out where it lies, as a copy would be one too many of a large one.
pub(super) fn item(bytes: Cow<'_, [u8]>, path: &PartPath) -> Option<Attachment> {
    let (index, rest) = path.split()?;
    let tnef = Tnef::parse(&bytes)?;
    let item = tnef.items.get(index).filter(|_| rest.is_empty())?;
    let (name, media_type) = (name(item, index), media_type(item));
    let begin = item.bytes.as_ptr().addr().checked_sub(bytes.as_ptr().addr())?;
    let end = begin.checked_add(item.bytes.len()).filter(|end| *end <= bytes.len())?;
    let mut bytes = bytes.into_owned();
    bytes.truncate(end);
    bytes.drain(..begin);
    Some(Attachment { name, media_type, bytes })
}

fn name(item: &Item<'_>, index: usize) -> String {
    filename::safe(&item.name).unwrap_or_else(|| filename::default(&item.media_type, index))
}

fn media_type(item: &Item<'_>) -> String {
    let given = plain_media_type(&item.media_type);
    if given.contains('/') { given } else { "application/octet-stream".to_owned() }
}
