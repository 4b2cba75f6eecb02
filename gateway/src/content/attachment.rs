//! Describes attachments: name, type, size, and whether they are encrypted.

use sealpost_mime::tnef::{Item, Tnef};

use super::{
    Answer, Limits, Listing, encrypted,
    kind::is_tnef,
    magic,
    room::Room,
    walk::{self, Leaf},
};

/// A part of a mail that is not text to be read at once.
#[derive(Clone)]
pub struct Attachment {
    /// The decoded file name, if the mail gives one.
    pub name: Option<String>,
    /// Whether the name is surely what readers see: decoded without loss, and given once.
    pub name_is_exact: bool,
    /// What stands behind the last dot of the name, in lower case.
    pub extension: Option<String>,
    /// The media type that the mail states, in lower case.
    pub media_type: String,
    /// The media type by the first bytes, where they tell.
    pub detected: Option<&'static str>,
    /// The size in bytes, decoded.
    pub size: u64,
    /// Whether the size is surely right: no byte was lost in decoding.
    pub size_is_exact: bool,
    /// Whether it is an encrypted archive or document.
    pub is_encrypted: Answer,
    /// Its place among all attachments, listed or not.
    pub(super) place: usize,
}

/// What a file is called of which nothing is known.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Lists the attachments of a mail.
pub(super) fn list(mail: &[u8], limits: Limits, room: &Room) -> Listing<Attachment> {
    let mut lister = Lister { items: Vec::new(), room, most: limits.parts, place: 0, complete: true };
    let complete = walk::leaves(mail, limits, room, &mut |leaf| {
        if !leaf.is_body() {
            let is_listed = lister.leaf(leaf).is_some();
            lister.complete &= is_listed;
        }
    });
    Listing { items: lister.items, complete: complete && lister.complete }
}

struct Lister<'r> {
    items: Vec<Attachment>,
    room: &'r Room,
    most: usize,
    /// Those that were met so far, whether there was room for them or not.
    place: usize,
    complete: bool,
}

impl Lister<'_> {
    /// Lists a part, and the files that Outlook packed in it; `None` if one of them is missing.
    fn leaf(&mut self, leaf: &Leaf<'_, '_>) -> Option<()> {
        let place = self.next();
        let (body, _taken) = leaf.decoded(self.room)?;
        let name = leaf.disposition.file_name.as_ref();
        let file = Named {
            name: name.map(|name| name.value.as_str()),
            name_is_exact: name.is_none_or(sealpost_mime::Decoded::is_exact) && !leaf.ambiguous,
            media_type: leaf.media_type(),
            bytes: &body.value,
            is_exact: body.is_exact(),
        };
        let is_kept = self.keep(Attachment::of(&file, place));
        // A mail is gone into as a mail, as for its texts.
        if leaf.is_mail() || !is_tnef(leaf.media_type(), magic::detect(&body.value)) {
            return is_kept;
        }
        let tnef = Tnef::parse(&body.value)?;
        let mut is_listed = is_kept.filter(|()| tnef.is_whole && body.is_exact());
        for item in &tnef.items {
            let place = self.next();
            is_listed =
                is_listed.and(self.keep(Attachment::of(&Named::packed(item, body.is_exact()), place)));
        }
        is_listed
    }

    fn next(&mut self) -> usize {
        self.place += 1;
        self.place - 1
    }

    fn keep(&mut self, attachment: Attachment) -> Option<()> {
        let has_room = self.items.len() < self.most && self.room.keep(attachment.weight());
        has_room.then(|| self.items.push(attachment))
    }
}

/// A file with what is said of it.
struct Named<'f> {
    name: Option<&'f str>,
    name_is_exact: bool,
    media_type: &'f str,
    bytes: &'f [u8],
    is_exact: bool,
}

impl<'f> Named<'f> {
    /// Takes a file that Outlook packed.
    fn packed(item: &'f Item<'f>, is_exact: bool) -> Self {
        Self {
            name: Some(item.name.as_str()).filter(|name| !name.is_empty()),
            name_is_exact: is_exact && !item.name.contains(char::REPLACEMENT_CHARACTER),
            media_type: if item.media_type.is_empty() { UNKNOWN_TYPE } else { &item.media_type },
            bytes: item.bytes,
            is_exact,
        }
    }
}

impl Attachment {
    fn of(file: &Named<'_>, place: usize) -> Self {
        let extension = file.name.and_then(extension);
        let detected = magic::detect(file.bytes);
        // What is called an archive and is none may be one that got damaged.
        let is_claimed = extension.as_deref().is_some_and(encrypted::may_be)
            || encrypted::is_archive_type(file.media_type);
        let is_doubtful = !file.is_exact || (is_claimed && detected.is_none() && !file.bytes.is_empty());
        let is_encrypted = match encrypted::answer(file.bytes, detected) {
            Answer::No if is_claimed && is_doubtful => Answer::CannotBeTold,
            answer => answer,
        };
        Self {
            name: file.name.map(str::to_owned),
            name_is_exact: file.name_is_exact,
            extension,
            media_type: file.media_type.to_owned(),
            detected,
            size: file.bytes.len() as u64,
            size_is_exact: file.is_exact,
            is_encrypted,
            place,
        }
    }

    /// Gives what it takes in memory.
    fn weight(&self) -> usize {
        let texts = [self.name.as_deref(), self.extension.as_deref(), Some(&self.media_type)];
        size_of::<Self>() + texts.iter().flatten().map(|text| text.len()).sum::<usize>()
    }
}

/// Gives the extension of a name, in lower case: what stands behind the last dot, of which Windows drops those at the end, as
/// it does spaces.
pub(super) fn extension(name: &str) -> Option<String> {
    let name = name.trim_end_matches(|c: char| c == '.' || c.is_whitespace() || c.is_control());
    let (_, extension) = name.rsplit_once('.')?;
    let sound = !extension.is_empty() && !extension.contains(['/', '\\']);
    sound.then(|| extension.trim().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions() {
        for (name, expected) in [
            ("a.pdf", Some("pdf")),
            ("a.tar.GZ", Some("gz")),
            ("a.exe. . ", Some("exe")),
            ("a.exe\u{a0}", Some("exe")),
            (".profile", Some("profile")),
            ("a.d/b", None),
            ("none", None),
            ("", None),
            ("...", None),
        ] {
            assert_eq!(extension(name).as_deref(), expected, "{name:?}");
        }
    }
}
