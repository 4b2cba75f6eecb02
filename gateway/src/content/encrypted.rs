//! Tells whether a file is an encrypted archive or document.
//!
//! Looked into: zip (with Office Open XML and OpenDocument), 7z, rar, PDF, Office files in OLE. A file within an archive is
//! not looked into again. A PDF that opens without a password but is encrypted for its restrictions counts as encrypted.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Answer, magic, ole, rar, seven_zip, zip};

/// Says whether these bytes, of the type that they were found to be, are encrypted.
pub(super) fn answer(bytes: &[u8], detected: Option<&str>) -> Answer {
    match detected {
        Some(magic::SEVEN_ZIP) => seven_zip::is_encrypted(bytes),
        Some(magic::RAR) => rar::is_encrypted(bytes),
        Some(magic::PDF) => pdf(bytes),
        _ if bytes.starts_with(ole::SIGNATURE) => ole::is_encrypted(bytes),
        // Also what begins with a program that unpacks it.
        _ if bytes.starts_with(b"PK") || bytes.starts_with(b"MZ") => zip::is_encrypted(bytes),
        _ => Answer::No,
    }
}

/// Says whether files with this extension are of a kind that can be encrypted and is looked into.
pub(super) fn may_be(extension: &str) -> bool {
    const EXTENSIONS: [&str; 26] = [
        "zip", "zipx", "7z", "rar", "pdf", "doc", "dot", "docx", "docm", "dotx", "xls", "xlsx", "xlsm",
        "xlsb", "xltx", "ppt", "pptx", "pptm", "pps", "ppsx", "potx", "odt", "ods", "odp", "odg", "jar",
    ];
    EXTENSIONS.contains(&extension)
}

/// Says whether this media type is that of an archive or document that is looked into.
pub(super) fn is_archive_type(media_type: &str) -> bool {
    const TYPES: [&str; 7] = [
        magic::ZIP,
        "application/x-zip-compressed",
        "application/x-zip",
        magic::SEVEN_ZIP,
        magic::RAR,
        "application/x-rar-compressed",
        magic::PDF,
    ];
    TYPES.contains(&media_type)
}

/// The entry of a trailer that names the encryption (ISO 32000-1, 7.6.1); letters may stand as hexadecimal escapes (7.3.5).
static PDF_ENCRYPT: LazyLock<Regex> = LazyLock::new(|| {
    let letter = |c: char| format!("(?:{c}|#(?i:{:02x}))", u32::from(c));
    let name = "Encrypt".chars().map(letter).collect::<Vec<_>>().concat();
    Regex::new(&format!(
        r"(?-u)/{name}[\x00\t\n\x0c\r ]*(?:[0-9]{{1,10}}[\x00\t\n\x0c\r ]+[0-9]{{1,5}}[\x00\t\n\x0c\r ]+R|<<)"
    ))
    .expect("the expression is right")
});

fn pdf(bytes: &[u8]) -> Answer {
    if PDF_ENCRYPT.is_match(bytes) {
        return Answer::Yes;
    }
    // The trailer stands at the end; a file without an end may have lost it.
    let whole = memchr::memmem::rfind(bytes, b"startxref").is_some();
    if whole { Answer::No } else { Answer::CannotBeTold }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pdf_trailers() {
        for (trailer, expected) in [
            ("trailer << /Root 1 0 R >> startxref 9 %%EOF", Answer::No),
            ("trailer << /Root 1 0 R /Encrypt 12 0 R >> startxref 9 %%EOF", Answer::Yes),
            ("trailer << /Encrypt<< /Filter /Standard >> >> startxref 9 %%EOF", Answer::Yes),
            ("trailer << /#45ncryp#74 12 0 R >> startxref 9 %%EOF", Answer::Yes),
            ("trailer << /EncryptMetadata false >> startxref 9 %%EOF", Answer::No),
            ("(how to /Encrypt a file) startxref 9", Answer::No),
            ("trailer << /Root 1 0 R", Answer::CannotBeTold),
        ] {
            assert_eq!(
                answer(format!("%PDF-1.7\n{trailer}").as_bytes(), Some(magic::PDF)),
                expected,
                "{trailer}"
            );
        }
    }
}
