//! Reads zip archives as far as policy asks: which entries there are, whether they are encrypted, and the bytes of one.
//!
//! The directory is read in place, one entry at a time, and nothing is kept of it: an archive of a million entries costs no
//! memory. APPNOTE.TXT is PKWARE's ".ZIP File Format Specification", 6.3.10.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

use super::{
    Answer,
    bytes::{size_at, u16_at, u64_at},
    magic,
};

/// Local file header, central directory header, end of central directory, its zip64 form and locator (APPNOTE 4.3).
const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const END_LEN: usize = 22;
const LOCATOR_LEN: usize = 20;
const CENTRAL_LEN: usize = 46;
const LOCAL_LEN: usize = 30;
/// The longest comment behind the end record.
const MAX_COMMENT: usize = 0xFFFF;
/// Bit 0: encrypted; bit 13: values in the local header are masked, as the directory is encrypted (APPNOTE 4.4.4).
const ENCRYPTED_FLAGS: u16 = 1 | 1 << 13;
/// The method that stands for AES encryption (APPNOTE, appendix E).
const AES: u16 = 99;
/// Methods of the entries that are read.
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// The central directory of an archive.
#[derive(Clone, Copy)]
pub(super) struct Directory<'z> {
    archive: &'z [u8],
    /// What offsets count from: behind anything that was put in front of the archive.
    base: usize,
    start: usize,
    end: usize,
    entries: u64,
}

/// One entry of the directory.
pub(super) struct Entry<'z> {
    /// The name as bytes: UTF-8, or some old code page.
    pub(super) name: &'z [u8],
    pub(super) encrypted: bool,
    method: u16,
    packed: Option<&'z [u8]>,
    /// How many bytes it has when it is unpacked, as the directory says.
    size: usize,
}

/// Says whether an entry is encrypted.
pub(super) fn is_encrypted(archive: &[u8]) -> Answer {
    let Some(directory) = Directory::find(archive) else {
        return if archive.starts_with(b"PK") { without_directory(archive) } else { Answer::No };
    };
    if directory.entries().any(|entry| entry.encrypted) {
        return Answer::Yes;
    }
    if directory.is_whole() { Answer::No } else { without_directory(archive) }
}

/// Looks at the local headers alone, which can say yes, but not no.
fn without_directory(archive: &[u8]) -> Answer {
    let mut headers = memchr::memmem::find_iter(archive, LOCAL);
    let encrypted = headers.any(|at| {
        let flags = u16_at(archive, at + 6).unwrap_or_default();
        // A version that there is: the four bytes before may be there by chance.
        archive.get(at + 4).is_some_and(|version| (10..=63).contains(version)) && flags & ENCRYPTED_FLAGS != 0
    });
    if encrypted { Answer::Yes } else { Answer::CannotBeTold }
}

/// Tells which kind of file the archive is, by the names of its first entries.
pub(super) fn media_type(archive: &[u8]) -> &'static str {
    const KINDS: [(&[u8], &str); 5] = [
        (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        (b"META-INF/MANIFEST.MF", "application/java-archive"),
        (b"AndroidManifest.xml", "application/vnd.android.package-archive"),
    ];
    let Some(directory) = Directory::find(archive) else { return magic::ZIP };
    for entry in directory.entries().take(100) {
        if entry.name == b"mimetype" {
            return open_document(&entry.read(100).unwrap_or_default());
        }
        if let Some((_, kind)) = KINDS.iter().find(|(start, _)| entry.name.starts_with(start)) {
            return kind;
        }
    }
    magic::ZIP
}

fn open_document(mimetype: &[u8]) -> &'static str {
    const KINDS: [&str; 5] = [
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.oasis.opendocument.graphics",
        "application/epub+zip",
    ];
    KINDS.into_iter().find(|kind| mimetype.trim_ascii() == kind.as_bytes()).unwrap_or(magic::ZIP)
}

impl<'z> Directory<'z> {
    /// Finds the directory by the record at the end of the archive.
    pub(super) fn find(archive: &'z [u8]) -> Option<Self> {
        let tail = archive.len().saturating_sub(END_LEN + MAX_COMMENT);
        let end = tail + memchr::memmem::rfind(archive.get(tail..)?, END)?;
        let entries = u16_at(archive, end + 10)?;
        let (size, offset) = (size_at(archive, end + 12)?, size_at(archive, end + 16)?);
        if entries == u16::MAX || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
            return Self::find_64(archive, end);
        }
        // What stands in front of the archive moves everything by as much.
        let start = end.checked_sub(size)?;
        let base = start.checked_sub(offset)?;
        Some(Self { archive, base, start, end, entries: u64::from(entries) })
    }

    fn find_64(archive: &'z [u8], end: usize) -> Option<Self> {
        let locator = end.checked_sub(LOCATOR_LEN)?;
        archive.get(locator..)?.starts_with(LOCATOR_64).then_some(())?;
        let record = usize::try_from(u64_at(archive, locator + 8)?).ok()?;
        archive.get(record..)?.starts_with(END_64).then_some(())?;
        let entries = u64_at(archive, record.checked_add(32)?)?;
        let start = usize::try_from(u64_at(archive, record.checked_add(48)?)?).ok()?;
        let end = start.checked_add(usize::try_from(u64_at(archive, record.checked_add(40)?)?).ok()?)?;
        Some(Self { archive, base: 0, start, end, entries })
    }

    /// Says whether there are as many entries as are stated, and nothing else: readers that count otherwise see the same.
    pub(super) fn is_whole(self) -> bool {
        let (mut at, mut seen) = (self.start, 0);
        while seen < self.entries {
            let Some((_, next)) = self.entry(at) else { return false };
            (at, seen) = (next, seen + 1);
        }
        at == self.end
    }

    /// Gives the entries, as far as they can be read.
    pub(super) fn entries(self) -> impl Iterator<Item = Entry<'z>> {
        let mut at = self.start;
        let mut left = self.entries;
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let (entry, next) = self.entry(at)?;
            at = next;
            Some(entry)
        })
    }

    fn entry(self, at: usize) -> Option<(Entry<'z>, usize)> {
        let header = self.archive.get(at..)?;
        header.starts_with(CENTRAL).then_some(())?;
        let lengths = [u16_at(header, 28)?, u16_at(header, 30)?, u16_at(header, 32)?].map(usize::from);
        let (flags, method) = (u16_at(header, 8)?, u16_at(header, 10)?);
        let name = header.get(CENTRAL_LEN..CENTRAL_LEN + lengths.first()?)?;
        let local = self.base.checked_add(size_at(header, 42)?)?;
        let (local_flags, packed) = self.local(local, size_at(header, 20)?).unzip();
        let size = size_at(header, 24)?;
        let encrypted = (flags | local_flags.unwrap_or_default()) & ENCRYPTED_FLAGS != 0 || method == AES;
        let entry = Entry { name, encrypted, method, packed, size };
        Some((entry, at + CENTRAL_LEN + lengths.iter().sum::<usize>()))
    }

    /// Gives the flags of a local header and the packed bytes behind it.
    fn local(self, at: usize, packed: usize) -> Option<(u16, &'z [u8])> {
        let header = self.archive.get(at..)?;
        header.starts_with(LOCAL).then_some(())?;
        let start = LOCAL_LEN + usize::from(u16_at(header, 26)?) + usize::from(u16_at(header, 28)?);
        Some((u16_at(header, 6)?, header.get(start..start.checked_add(packed)?)?))
    }
}

impl Entry<'_> {
    /// Gives the number of bytes that it is packed in.
    pub(super) fn packed_len(&self) -> usize {
        self.packed.map_or(0, <[u8]>::len)
    }

    /// Gives the number of bytes that it is unpacked to, if it is what it says.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Unpacks so many bytes of it, or all if there are fewer; `None` if they cannot be read.
    pub(super) fn start(&self, length: usize) -> Option<Vec<u8>> {
        let packed = self.packed.filter(|_| !self.encrypted)?;
        match self.method {
            STORED => Some(packed.get(..length).unwrap_or(packed).to_vec()),
            DEFLATED => {
                let mut start = Vec::with_capacity(length);
                DeflateDecoder::new(packed).take(u64::try_from(length).ok()?).read_to_end(&mut start).ok()?;
                Some(start)
            }
            _ => None,
        }
    }

    /// Unpacks the entry; `None` if it is larger than `limit`, encrypted, damaged, packed in a way that we do not read, or
    /// not of the size that is stated: a bomb states a small one.
    pub(super) fn read(&self, limit: usize) -> Option<Vec<u8>> {
        let packed = self.packed.filter(|_| !self.encrypted && self.size <= limit)?;
        match self.method {
            STORED => (packed.len() == self.size).then(|| packed.to_vec()),
            DEFLATED => {
                let mut out = Vec::with_capacity(self.size);
                let mut unpacked = DeflateDecoder::new(packed);
                unpacked.by_ref().take(u64::try_from(self.size).ok()?).read_to_end(&mut out).ok()?;
                (unpacked.read(&mut [0]).ok()? == 0).then_some(out)
            }
            _ => None,
        }
        .filter(|out| out.len() == self.size)
    }
}
