//! Looks at the header of the zstd frame before zstd does (RFC 8878, 3.1.1.1; ENVELOPE.md, "Payload").
//!
//! zstd's decoder takes more than the format allows: skippable frames, dictionaries, and, when the frame states its size
//! and the caller's buffer is as large as that, any window, whatever limit was set.

use super::ZSTD_MAGIC;
use crate::limits::MAX_WINDOW_LOG;

const DICTIONARY_ID_FLAG: u8 = 0b0000_0011;
const SINGLE_SEGMENT_FLAG: u8 = 0b0010_0000;

/// Says whether a frame that begins so is permitted: a plain one, without a dictionary, with a window of 8 MiB at most.
pub(super) fn is_permitted(start: &[u8]) -> bool {
    match start.split_first_chunk() {
        Some((magic, [descriptor, rest @ ..]))
            if magic == ZSTD_MAGIC && descriptor & DICTIONARY_ID_FLAG == 0 =>
        {
            window_size(*descriptor, rest).is_some_and(|size| size <= 1 << MAX_WINDOW_LOG)
        }
        _ => false,
    }
}

/// Gives the bytes that a decoder must keep; a frame in a single segment must be kept whole.
fn window_size(descriptor: u8, rest: &[u8]) -> Option<u64> {
    if descriptor & SINGLE_SEGMENT_FLAG != 0 {
        return content_size(descriptor, rest);
    }
    let &window = rest.first()?;
    let base = 1_u64 << (10 + (window >> 3));
    Some(base + base / 8 * u64::from(window & 0b111))
}

/// Reads the content size of a frame in a single segment, which always states it (RFC 8878, 3.1.1.1.4).
fn content_size(descriptor: u8, rest: &[u8]) -> Option<u64> {
    Some(match descriptor >> 6 {
        0 => u64::from(*rest.first()?),
        1 => u64::from(u16::from_le_bytes(*rest.first_chunk()?)) + 256,
        2 => u64::from(u32::from_le_bytes(*rest.first_chunk()?)),
        _ => u64::from_le_bytes(*rest.first_chunk()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_frames_with_small_windows_are_permitted() {
        let cases: [(bool, &[u8]); 17] = [
            (true, b"\x28\xb5\x2f\xfd\x00\x38"),
            // 8 MiB, 9 MiB, and the largest window that can be written.
            (true, b"\x28\xb5\x2f\xfd\x00\x68"),
            (false, b"\x28\xb5\x2f\xfd\x00\x69"),
            (false, b"\x28\xb5\x2f\xfd\x00\xff"),
            (false, b"\x28\xb5\x2f\xfd\x80\xa0\x10\0\0\0"),
            // A single segment: content sizes in 1, 2, 4 and 8 bytes.
            (true, b"\x28\xb5\x2f\xfd\x20\0"),
            (true, b"\x28\xb5\x2f\xfd\x60\xff\xff"),
            (true, b"\x28\xb5\x2f\xfd\xa0\0\0\x80\0"),
            (false, b"\x28\xb5\x2f\xfd\xa0\x01\0\x80\0"),
            (false, b"\x28\xb5\x2f\xfd\xe0\0\0\0\0\0\0\0\x80"),
            // Cut short.
            (false, b"\x28\xb5\x2f\xfd"),
            (false, b"\x28\xb5\x2f\xfd\x00"),
            (false, b"\x28\xb5\x2f\xfd\x60\0"),
            // A dictionary, a skippable frame, another magic, nothing.
            (false, b"\x28\xb5\x2f\xfd\x01\x38\0"),
            (false, b"\x50\x2a\x4d\x18\0\0\0\0"),
            (false, b"\x27\xb5\x2f\xfd\x00\x38"),
            (false, b""),
        ];
        for (wanted, start) in cases {
            assert_eq!(is_permitted(start), wanted, "{start:x?}");
        }
    }
}
