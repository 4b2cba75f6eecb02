//! Tells what kind of file something is, as far as the text in it goes: how it is read, or that it is not.

use super::{form::Form, magic, ole};

/// A file, and what is said of it.
#[derive(Clone, Copy, Default)]
pub(super) struct File<'f> {
    pub(super) bytes: &'f [u8],
    /// The media type that is stated, in lower case; empty if none is.
    pub(super) media_type: &'f str,
    /// What stands behind the last dot of its name, in lower case.
    pub(super) extension: Option<&'f str>,
    /// The charset that is stated.
    pub(super) charset: Option<&'f str>,
    /// For lines that flow, whether the spaces at their ends go.
    pub(super) flowed: Option<bool>,
}

/// How the text in a file is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is text.
    Text(Form),
    /// It is RTF.
    Rtf,
    /// It is a zip archive, as office documents are.
    Zip,
    /// It is what Outlook packs (TNEF).
    Tnef,
    /// It holds none: pictures, sound, film, fonts, signatures.
    None,
    /// It may hold text, and is of a kind that is not looked into.
    Closed,
    /// It is of a kind that is looked into, but cannot be: encrypted, damaged, or a mail at a place where mails are not.
    Locked,
}

/// The media types of TNEF.
const TNEF: [&str; 2] = [magic::TNEF, "application/vnd.ms-tnef"];

/// Says whether this is TNEF, by what is stated or by the first bytes.
pub(super) fn is_tnef(media_type: &str, detected: Option<&str>) -> bool {
    TNEF.contains(&media_type) || detected == Some(magic::TNEF)
}

impl File<'_> {
    /// Gives the form of its text by what is stated.
    pub(super) fn stated_form(&self) -> Option<Form> {
        form_of(self.media_type, self.extension)
    }

    /// Tells the kind. The first bytes go before what is stated.
    ///
    /// Those alone are enough to tell it, but for what lies in an OLE file.
    pub(super) fn kind(&self) -> Kind {
        if self.bytes.is_empty() {
            return Kind::None;
        }
        let detected = magic::detect(self.bytes);
        match detected {
            // Readers take more for RTF than what is called so.
            _ if self.bytes.starts_with(b"{\\rt") => Kind::Rtf,
            _ if self.bytes.starts_with(b"PK\x03\x04") => Kind::Zip,
            Some(magic::ZIP) => Kind::Zip,
            Some(magic::TNEF) => Kind::Tnef,
            Some(magic::ENCRYPTED_OFFICE) => Kind::Locked,
            _ if TNEF.contains(&self.media_type) => Kind::Locked,
            _ => match (self.stated_form(), detected) {
                (Some(form), _) => Kind::Text(form),
                (None, Some(detected)) if is_without_text(detected) => Kind::None,
                (None, Some(detected)) if detected.starts_with("text/") => Kind::Text(Form::Plain),
                (None, Some(_)) => Kind::Closed,
                (None, None) => self.kind_of_unknown(),
            },
        }
    }

    /// Tells the kind of what has no known signature.
    fn kind_of_unknown(&self) -> Kind {
        let is_mail =
            matches!(self.media_type, "message/rfc822" | "message/global") || self.extension == Some("eml");
        if is_mail {
            Kind::Locked
        } else if is_signature(self.media_type) {
            Kind::None
        } else if is_plain(self.bytes) {
            // Whatever it is called.
            Kind::Text(Form::Plain)
        } else if is_without_text(self.media_type) || self.extension.is_some_and(is_without_text_by_name) {
            Kind::None
        } else {
            Kind::Closed
        }
    }

    /// Says whether a file that is read as text is also something else, in which there may be other text.
    pub(super) fn is_more_than_text(&self) -> bool {
        magic::detect(self.bytes)
            .is_some_and(|detected| !is_without_text(detected) && !detected.starts_with("text/"))
    }

    /// Says whether it is an OLE file, as the older kinds of Office documents are.
    pub(super) fn is_ole(&self) -> bool {
        self.bytes.starts_with(ole::SIGNATURE)
    }

    /// Says whether it is called a document that is looked into.
    pub(super) fn is_called_document(&self) -> bool {
        const EXTENSIONS: [&str; 12] =
            ["docx", "docm", "dotx", "xlsx", "xlsm", "pptx", "pptm", "ppsx", "odt", "ods", "odp", "rtf"];
        self.extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
    }
}

/// Says whether files of this media type hold no text that policy looks for.
fn is_without_text(media_type: &str) -> bool {
    ["image/", "audio/", "video/", "font/"].iter().any(|kind| media_type.starts_with(kind))
        || is_signature(media_type)
}

/// Says whether this media type is one of signatures and keys, which may be text that says nothing.
fn is_signature(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/pkcs7-signature"
            | "application/x-pkcs7-signature"
            | "application/pgp-signature"
            | "application/pgp-keys"
    )
}

/// Says so of files with this extension that have no signature.
fn is_without_text_by_name(extension: &str) -> bool {
    const EXTENSIONS: [&str; 29] = [
        "png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "heic", "heif", "avif", "ico", "emf",
        "wmf", "mp3", "m4a", "aac", "wav", "ogg", "flac", "mp4", "m4v", "mov", "avi", "mkv", "mpg", "ttf",
        "otf", "p7s",
    ];
    EXTENSIONS.contains(&extension)
}

/// Says whether bytes are nothing but text in UTF-8, of which the last character may be cut off.
fn is_plain(bytes: &[u8]) -> bool {
    let is_text = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    is_text && !bytes.iter().any(|byte| byte.is_ascii_control() && !b"\t\n\x0c\r".contains(byte))
}

/// Gives the form of the text in a file of this type and extension, if it is one.
fn form_of(media_type: &str, extension: Option<&str>) -> Option<Form> {
    let by_type = match media_type {
        "text/html"
        | "application/xhtml+xml"
        | "text/x-amp-html"
        | "text/watch-html"
        | "text/enriched"
        | "text/xml"
        | "application/xml" => Some(Form::Html),
        "text/calendar" | "text/vcard" | "text/x-vcard" | "text/directory" => Some(Form::Folded),
        "text/rtf" | "application/rtf" => None,
        "application/json"
        | "application/csv"
        | "application/sql"
        | "application/yaml"
        | "application/x-sh"
        | "application/javascript"
        | "message/delivery-status"
        | "message/disposition-notification"
        | "message/global-delivery-status"
        | "message/feedback-report" => Some(Form::Plain),
        _ if media_type.ends_with("+xml") => Some(Form::Html),
        _ if media_type.starts_with("text/") || media_type.ends_with("+json") => Some(Form::Plain),
        // Without a part that begins it is shown as text, if at all.
        _ if media_type.starts_with("multipart/") => Some(Form::Plain),
        _ => None,
    };
    match (by_type, extension.and_then(form_of_extension)) {
        (Some(Form::Plain) | None, Some(form)) => Some(form),
        (form, _) => form,
    }
}

/// Gives the form of text files with this extension.
pub(super) fn form_of_extension(extension: &str) -> Option<Form> {
    const PLAIN: [&str; 24] = [
        "txt",
        "text",
        "csv",
        "tsv",
        "tab",
        "log",
        "md",
        "json",
        "ini",
        "conf",
        "cfg",
        "yaml",
        "yml",
        "toml",
        "sql",
        "js",
        "py",
        "sh",
        "bat",
        "ps1",
        "asc",
        "ldif",
        "tex",
        "properties",
    ];
    match extension {
        "html" | "htm" | "xhtml" | "shtml" | "xml" | "svg" => Some(Form::Html),
        "ics" | "vcf" | "vcs" => Some(Form::Folded),
        _ => PLAIN.contains(&extension).then_some(Form::Plain),
    }
}
