//! Tells the media type of a file by its first bytes, for the common ones.

use super::{ole, zip};

/// Bytes at an offset, and the type that they tell.
const SIGNATURES: [(usize, &[u8], &str); 44] = [
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (8, b"WAVEfmt", "audio/wav"),
    (8, b"AVI LIST", "video/x-msvideo"),
    (0, b"\x1aE\xdf\xa3", "video/x-matroska"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (0, b"Rar!\x1a\x07\x00", RAR),
    (0, b"Rar!\x1a\x07\x01\x00", RAR),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
    (257, b"ustar", "application/x-tar"),
    (32769, b"CD001", "application/x-iso9660-image"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\x78\x9f\x3e\x22", TNEF),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"%!PS", "application/postscript"),
    (0, b"L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
    (0, b"ITSF\x03", "application/vnd.ms-htmlhelp"),
    (0, b"!BDN", "application/vnd.ms-outlook-pst"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
    (0, b"wOF2", "font/woff2"),
    (0, b"-----BEGIN PGP MESSAGE", "application/pgp-encrypted"),
    (0, b"-----BEGIN PGP SIGNATURE", "application/pgp-signature"),
    (0, b"-----BEGIN PGP PUBLIC KEY", "application/pgp-keys"),
    (0, b"#!/", "text/x-shellscript"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
];

pub(super) const SEVEN_ZIP: &str = "application/x-7z-compressed";
pub(super) const RAR: &str = "application/vnd.rar";
pub(super) const ZIP: &str = "application/zip";
pub(super) const TNEF: &str = "application/ms-tnef";
pub(super) const PDF: &str = "application/pdf";
/// What OLE files are called of which nothing closer is known.
pub(super) const OLE: &str = "application/x-ole-storage";
/// An Office document behind a password, which lies encrypted in an OLE file ([MS-OFFCRYPTO], 1.3.3).
pub(super) const ENCRYPTED_OFFICE: &str = "application/x-encrypted-office";

/// Tells the media type, if the bytes are of a known one.
pub(super) fn detect(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(ole::SIGNATURE) {
        return Some(ole::media_type(bytes));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Some(zip::media_type(bytes));
    }
    let known = |(offset, signature, _): &&(usize, &[u8], &str)| {
        bytes.get(*offset..).is_some_and(|rest| rest.starts_with(signature))
    };
    SIGNATURES.iter().find(known).map(|(_, _, media_type)| *media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_by_their_first_bytes() {
        for (bytes, expected) in [
            (&b"%PDF-1.7\n"[..], Some("application/pdf")),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"\0\0\0\x20ftypheic", Some("image/heic")),
            (b"\0\0\0\x20ftypisom", Some("video/mp4")),
            (b"MZ\x90\0", Some("application/vnd.microsoft.portable-executable")),
            (b"PK\x05\x06\0\0", Some(ZIP)),
            (ole::SIGNATURE, Some(OLE)),
            (b"Hello", None),
            (b"%PD", None),
            (b"", None),
        ] {
            assert_eq!(detect(bytes), expected, "{bytes:?}");
        }
    }
}
