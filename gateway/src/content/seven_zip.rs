//! Tells whether a 7z archive is encrypted (7zFormat.txt of the LZMA SDK).

use super::{
    Answer,
    bytes::{size_at, u64_at},
};

const SIGNATURE_HEADER_LEN: usize = 32;
/// Property IDs: a header as it is, or one that is packed.
const HEADER: u8 = 0x01;
const ENCODED_HEADER: u8 = 0x17;
/// The method ID of AES-256 with SHA-256, behind its flags: an ID of four bytes that has properties.
const AES: &[u8] = &[0x24, 0x06, 0xF1, 0x07, 0x01];

/// Says whether names or contents are encrypted.
///
/// Where the header itself is packed, which is the default for more than one file, it tells only of its own encryption;
/// what the contents are cannot be told without unpacking it.
pub(super) fn is_encrypted(archive: &[u8]) -> Answer {
    let header = || {
        let offset = usize::try_from(u64_at(archive, 12)?).ok()?;
        let start = SIGNATURE_HEADER_LEN.checked_add(offset)?;
        let size = size_at(archive, 20)?;
        archive.get(start..start.checked_add(size)?)
    };
    let Some(header) = header() else { return Answer::CannotBeTold };
    let has_aes = memchr::memmem::find(header, AES).is_some();
    match header.first() {
        _ if has_aes => Answer::Yes,
        // An archive without files has no header.
        None | Some(&HEADER) => Answer::No,
        Some(&ENCODED_HEADER | _) => Answer::CannotBeTold,
    }
}
