//! Compresses and encrypts a mail, segment by segment, while hashing what comes out.

use std::cell::RefCell;
use std::io::{self, Write};

use aead_stream::aead::{self, Buffer};
use aead_stream::{EncryptorBE32, StreamPrimitive as _};
use aes_gcm::Aes256Gcm;
use sha2::{Digest, Sha256};
use zstd::stream::write::Encoder;
use zstd::zstd_safe::{CCtx, CParameter, ResetDirective, get_error_name};

use super::{SEALED_SEGMENT_LEN, SEGMENT_LEN, stream};
use crate::envelope::EnvelopeId;
use crate::error::SealError;
use crate::grant::Dek;

/// On mail, levels above 1 save little and cost much: what fills it is base64 of data that is compressed already.
const COMPRESSION_LEVEL: i32 = 1;

thread_local! {
    // To set one up takes longer than to compress a small mail. It holds about a megabyte.
    static CONTEXT: RefCell<CCtx<'static>> = RefCell::new(CCtx::create());
}

/// A payload and what the header says about it.
pub(crate) struct SealedPayload {
    pub(crate) bytes: Vec<u8>,
    pub(crate) digest: [u8; 32],
}

/// payload = STREAM(payload key, zstd(mail)).
pub(crate) fn seal(mail: &[u8], dek: &Dek, envelope_id: EnvelopeId) -> Result<SealedPayload, SealError> {
    let segments = SegmentWriter::new(stream(dek, envelope_id).encryptor(), mail.len());
    compress(mail, segments).map_err(SealError::Compression)?.finish()
}

/// Seals a frame that is there already, whatever is in it.
#[cfg(fuzzing)]
pub(crate) fn seal_frame(frame: &[u8], dek: &Dek, envelope_id: EnvelopeId) -> SealedPayload {
    let mut segments = SegmentWriter::new(stream(dek, envelope_id).encryptor(), frame.len());
    segments.write_all(frame).expect("writing to memory");
    segments.finish().expect("a frame has less than 2^32 segments")
}

/// Writes the mail as one zstd frame that states its length and has no checksum (the segments are authenticated).
fn compress(mail: &[u8], segments: SegmentWriter) -> io::Result<SegmentWriter> {
    CONTEXT.with_borrow_mut(|context| {
        context.reset(ResetDirective::SessionAndParameters).map_err(fault)?;
        context.set_parameter(CParameter::CompressionLevel(COMPRESSION_LEVEL)).map_err(fault)?;
        let mut encoder = Encoder::with_context(segments, context);
        encoder.set_pledged_src_size(Some(mail.len() as u64))?;
        encoder.write_all(mail)?;
        encoder.finish()
    })
}

fn fault(code: usize) -> io::Error {
    io::Error::other(get_error_name(code))
}

/// Cuts what is written into segments and seals each in its place. A full segment is held back until more comes, because
/// only then it is known not to be the last.
struct SegmentWriter {
    encryptor: EncryptorBE32<Aes256Gcm>,
    digest: Sha256,
    payload: Vec<u8>,
    /// Where the segment begins that is not sealed yet.
    open: usize,
}

impl SegmentWriter {
    fn new(encryptor: EncryptorBE32<Aes256Gcm>, mail_len: usize) -> Self {
        // What does not compress grows by a few bytes each 128 KiB block; pages that stay unused cost nothing.
        let expected = mail_len + mail_len / 1024 + SEALED_SEGMENT_LEN;
        Self { encryptor, digest: Sha256::new(), payload: Vec::with_capacity(expected), open: 0 }
    }

    fn finish(mut self) -> Result<SealedPayload, SealError> {
        let mut segment = Segment { payload: &mut self.payload, start: self.open };
        self.encryptor.encrypt_last_in_place(b"", &mut segment).ok().ok_or(SealError::Encryption)?;
        self.digest.update(&segment);
        Ok(SealedPayload { bytes: self.payload, digest: self.digest.finalize().into() })
    }

    fn seal_full_segment(&mut self) -> io::Result<()> {
        let mut segment = Segment { payload: &mut self.payload, start: self.open };
        self.encryptor.encrypt_next_in_place(b"", &mut segment).map_err(io::Error::other)?;
        self.digest.update(&segment);
        self.open = self.payload.len();
        Ok(())
    }
}

/// The end of a payload, as what is encrypted in its place.
struct Segment<'a> {
    payload: &'a mut Vec<u8>,
    start: usize,
}

impl AsRef<[u8]> for Segment<'_> {
    fn as_ref(&self) -> &[u8] {
        self.payload.get(self.start..).unwrap_or_default()
    }
}

impl AsMut<[u8]> for Segment<'_> {
    fn as_mut(&mut self) -> &mut [u8] {
        self.payload.get_mut(self.start..).unwrap_or_default()
    }
}

impl Buffer for Segment<'_> {
    fn extend_from_slice(&mut self, other: &[u8]) -> Result<(), aead::Error> {
        self.payload.extend_from_slice(other);
        Ok(())
    }

    fn truncate(&mut self, len: usize) {
        self.payload.truncate(self.start + len);
    }
}

impl Write for SegmentWriter {
    fn write(&mut self, plaintext: &[u8]) -> io::Result<usize> {
        if self.payload.len() - self.open == SEGMENT_LEN && !plaintext.is_empty() {
            self.seal_full_segment()?;
        }
        let room = SEGMENT_LEN - (self.payload.len() - self.open);
        let fits = plaintext.get(..room).unwrap_or(plaintext);
        self.payload.extend_from_slice(fits);
        Ok(fits.len())
    }

    /// Does nothing: a segment leaves when it is full, or at the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
