//! Tells whether a RAR archive is encrypted: versions 1.5 to 4 (technote.txt of RAR 4) and 5 (RAR 5.0 archive format).

use super::{
    Answer,
    bytes::{size_at, u16_at},
};

const SIGNATURE_4: &[u8] = b"Rar!\x1a\x07\x00";
const SIGNATURE_5: &[u8] = b"Rar!\x1a\x07\x01\x00";

/// Says whether names or contents are encrypted.
pub(super) fn is_encrypted(archive: &[u8]) -> Answer {
    let found = match (archive.strip_prefix(SIGNATURE_5), archive.strip_prefix(SIGNATURE_4)) {
        (Some(blocks), _) => rar_5(blocks),
        (_, Some(blocks)) => rar_4(blocks),
        _ => None,
    };
    found.map_or(Answer::CannotBeTold, Answer::of)
}

/// Goes through the blocks; `None` when they do not lead to the end.
fn rar_4(blocks: &[u8]) -> Option<bool> {
    const MAIN: u8 = 0x73;
    const FILE: u8 = 0x74;
    const END: u8 = 0x7b;
    let mut at = 0_usize;
    while at < blocks.len() {
        let block = blocks.get(at..)?;
        let (kind, flags) = (*block.get(2)?, u16_at(block, 3)?);
        match kind {
            MAIN if flags & 0x0080 != 0 => return Some(true),
            FILE if flags & 0x0004 != 0 => return Some(true),
            END => return Some(false),
            _ => {}
        }
        let header = usize::from(u16_at(block, 5)?);
        // Files have their packed size where other blocks have the size of what is added.
        let added = if flags & 0x8000 != 0 || kind == FILE { size_at(block, 7)? } else { 0 };
        at = at.checked_add(header.max(7))?.checked_add(added)?;
    }
    // The block at the end is younger than the format.
    (at == blocks.len() && at > 0).then_some(false)
}

/// Goes through the blocks; `None` when they do not lead to the end.
fn rar_5(blocks: &[u8]) -> Option<bool> {
    const FILE: u64 = 2;
    const ENCRYPTION: u64 = 4;
    const END: u64 = 5;
    let mut rest = blocks;
    loop {
        // Behind the checksum.
        let (size, header_start) = number(rest.get(4..)?)?;
        let header = header_start.get(..usize::try_from(size).ok()?)?;
        let (kind, tail) = number(header)?;
        let (flags, tail) = number(tail)?;
        let (extra, tail) = if flags & 1 != 0 { number(tail)? } else { (0, tail) };
        let (data, _) = if flags & 2 != 0 { number(tail)? } else { (0, tail) };
        match kind {
            ENCRYPTION => return Some(true),
            FILE if has_encryption_record(header, extra)? => return Some(true),
            END => return Some(false),
            _ => {}
        }
        let after = header_start.get(header.len()..)?;
        rest = after.get(usize::try_from(data).ok()?..)?;
    }
}

/// Looks through the extra area at the end of a file header for the record of its encryption.
fn has_encryption_record(header: &[u8], extra: u64) -> Option<bool> {
    let mut rest = header.get(header.len().checked_sub(usize::try_from(extra).ok()?)?..)?;
    while !rest.is_empty() {
        let (size, record) = number(rest)?;
        let record_len = usize::try_from(size).ok()?;
        let (kind, _) = number(record.get(..record_len)?)?;
        if kind == 1 {
            return Some(true);
        }
        rest = record.get(record_len..)?;
    }
    Some(false)
}

/// Reads a number of seven bits a byte, the lowest first.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}
