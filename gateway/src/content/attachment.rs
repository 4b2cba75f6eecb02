//! Describes attachments.

use super::Answer;

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
