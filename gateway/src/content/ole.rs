//! Reads OLE files ([MS-CFB]) as far as policy asks: which streams there are, and whether they are encrypted.

use super::{
    Answer,
    bytes::{size_at, u16_at, u32_at},
    magic,
};

/// The first bytes of the file ([MS-CFB], 2.2).
pub(super) const SIGNATURE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// Bytes of a directory entry ([MS-CFB], 2.6.1).
const ENTRY_LEN: usize = 128;
/// Sector numbers of the allocation table in the header.
const HEADER_FAT_SECTORS: usize = 109;
/// Sectors of a directory that are looked at; entries of streams that say what the file is stand at the front.
const MAX_DIRECTORY_SECTORS: usize = 1000;

/// Names of streams that say what the file is.
const NAMES: [&str; 9] = [
    "EncryptedPackage",
    "EncryptedSummary",
    "WordDocument",
    "Workbook",
    "Book",
    "PowerPoint Document",
    "__properties_version1.0",
    "VisioDocument",
    "\u{5}SummaryInformation",
];
/// A file has each of these streams once in a storage; of one with far more, nothing can be told.
const MAX_STREAMS: usize = 1000;

/// An OLE file.
struct File<'o> {
    bytes: &'o [u8],
    sector: usize,
}

/// A stream that the directory lists, with one of the names that say something.
struct Stream<'o> {
    name: &'static str,
    /// Its first sector, if it has one of its own.
    first: Option<&'o [u8]>,
}

/// Tells what kind of file it is by the names of its streams.
pub(super) fn media_type(bytes: &[u8]) -> &'static str {
    const KINDS: [(&str, &str); 8] = [
        ("EncryptedPackage", magic::ENCRYPTED_OFFICE),
        ("WordDocument", "application/msword"),
        ("Workbook", "application/vnd.ms-excel"),
        ("Book", "application/vnd.ms-excel"),
        ("PowerPoint Document", "application/vnd.ms-powerpoint"),
        ("__properties_version1.0", "application/vnd.ms-outlook"),
        ("VisioDocument", "application/vnd.visio"),
        ("\u{5}SummaryInformation", magic::OLE),
    ];
    let streams = File::of(bytes).and_then(|file| file.streams()).unwrap_or_default();
    let known = |(name, _): &&(&str, &str)| streams.iter().any(|stream| stream.name == *name);
    KINDS.iter().find(known).map_or(magic::OLE, |(_, kind)| kind)
}

/// Says whether it is an Office document behind a password.
pub(super) fn is_encrypted(bytes: &[u8]) -> Answer {
    let Some(streams) = File::of(bytes).and_then(|file| file.streams()) else { return Answer::CannotBeTold };
    let mut answer = Answer::No;
    for stream in &streams {
        answer = answer.or(match stream.name {
            "EncryptedPackage" | "EncryptedSummary" => Answer::Yes,
            "WordDocument" => word(stream.first),
            "Workbook" | "Book" => excel(stream.first),
            "PowerPoint Document" => Answer::of(memchr::memmem::find(bytes, POWERPOINT_ENCRYPTED).is_some()),
            _ => Answer::No,
        });
    }
    answer
}

/// The token of an encrypted presentation in its Current User stream ([MS-PPT], 2.3.2), which is small and may stand anywhere.
const POWERPOINT_ENCRYPTED: &[u8] = &0xF3D1_C4DF_u32.to_le_bytes();

/// Looks at the bit fEncrypted of the FIB ([MS-DOC], 2.5.2).
fn word(first: Option<&[u8]>) -> Answer {
    match first.and_then(|fib| u16_at(fib, 10)) {
        Some(flags) => Answer::of(flags & 0x0100 != 0),
        None => Answer::CannotBeTold,
    }
}

/// Looks for the record `FilePass` ([MS-XLS], 2.4.117), which stands near the front.
fn excel(first: Option<&[u8]>) -> Answer {
    const FILE_PASS: u16 = 0x002F;
    let Some(sector) = first else { return Answer::CannotBeTold };
    let mut at = 0;
    while let (Some(kind), Some(len)) = (u16_at(sector, at), u16_at(sector, at + 2)) {
        if kind == FILE_PASS {
            return Answer::Yes;
        }
        at += 4 + usize::from(len);
    }
    Answer::No
}

impl<'o> File<'o> {
    fn of(bytes: &'o [u8]) -> Option<Self> {
        let shift = u16_at(bytes, 30)?;
        // 512 or 4096 bytes.
        matches!(shift, 9 | 12).then(|| Self { bytes, sector: 1 << shift })
    }

    fn sector(&self, number: u32) -> Option<&'o [u8]> {
        let start = usize::try_from(number).ok()?.checked_add(1)?.checked_mul(self.sector)?;
        let rest = self.bytes.get(start..)?;
        Some(rest.get(..self.sector).unwrap_or(rest)).filter(|sector| !sector.is_empty())
    }

    /// Gives the number of the sector that follows this one in its chain.
    fn next(&self, number: u32) -> Option<u32> {
        let per_sector = self.sector / 4;
        let number = usize::try_from(number).ok()?;
        let table = number / per_sector;
        // Files whose table is listed beyond the header are over 6 MB; their directory seldom stands there.
        let table = (table < HEADER_FAT_SECTORS).then(|| u32_at(self.bytes, 76 + 4 * table))??;
        u32_at(self.sector(table)?, number % per_sector * 4)
    }

    /// Gives the streams of the directory; `None` when it cannot be read to its end.
    fn streams(&self) -> Option<Vec<Stream<'o>>> {
        const END_OF_CHAIN: u32 = 0xFFFF_FFFE;
        let mut streams = Vec::new();
        let mut number = u32_at(self.bytes, 48)?;
        for _ in 0..MAX_DIRECTORY_SECTORS {
            if number == END_OF_CHAIN {
                return Some(streams);
            }
            streams
                .extend(self.sector(number)?.chunks_exact(ENTRY_LEN).filter_map(|entry| self.stream(entry)));
            if streams.len() > MAX_STREAMS {
                break;
            }
            number = self.next(number)?;
        }
        None
    }

    fn stream(&self, entry: &'o [u8]) -> Option<Stream<'o>> {
        const STREAM: u8 = 2;
        (entry.get(66) == Some(&STREAM)).then_some(())?;
        let bytes = usize::from(u16_at(entry, 64)?).min(64).saturating_sub(2);
        let units = entry.get(..bytes)?.chunks_exact(2).filter_map(|unit| u16_at(unit, 0));
        let name: String =
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        let name = NAMES.into_iter().find(|known| *known == name)?;
        // Smaller streams share sectors in a stream of their own ([MS-CFB], 2.4).
        let is_large = size_at(entry, 120)? >= size_at(self.bytes, 56)?;
        let first = is_large.then(|| self.sector(u32_at(entry, 116)?)).flatten();
        Some(Stream { name, first })
    }
}
