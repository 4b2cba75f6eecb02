//! Describes attachments: name, type, size, and whether they are encrypted.

use super::{
    Answer, Limits, Listing, encrypted, magic,
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
}

/// Lists the attachments of a mail.
pub(super) fn list(mail: &[u8], limits: Limits, room: &Room) -> Listing<Attachment> {
    let mut items = Vec::new();
    let mut has_room = true;
    let complete = walk::leaves(mail, limits, room, &mut |leaf| {
        if leaf.is_body() {
            return;
        }
        let attachment = Attachment::of(leaf, room).filter(|attachment| room.keep(attachment.weight()));
        has_room &= attachment.is_some();
        items.extend(attachment);
    });
    Listing { items, complete: complete && has_room }
}

impl Attachment {
    fn of(leaf: &Leaf<'_, '_>, room: &Room) -> Option<Self> {
        let (body, _taken) = leaf.decoded(room)?;
        let name = leaf.disposition.file_name.as_ref();
        let extension = leaf.extension();
        let media_type = leaf.media_type().to_owned();
        let detected = magic::detect(&body.value);
        let found = encrypted::answer(&body.value, detected);
        // What is called an archive and is none may be one that got damaged.
        let is_claimed =
            extension.as_deref().is_some_and(encrypted::may_be) || encrypted::is_archive_type(&media_type);
        let is_doubtful = !body.is_exact() || (is_claimed && detected.is_none() && !body.value.is_empty());
        let is_encrypted = match found {
            Answer::No if is_claimed && is_doubtful => Answer::CannotBeTold,
            answer => answer,
        };
        Some(Self {
            name: name.map(|name| name.value.clone()),
            name_is_exact: name.is_none_or(sealpost_mime::Decoded::is_exact) && !leaf.ambiguous,
            extension,
            media_type,
            detected,
            size: body.value.len() as u64,
            size_is_exact: body.is_exact(),
            is_encrypted,
        })
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
