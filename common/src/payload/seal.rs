//! Compresses and encrypts a mail, segment by segment, while hashing what comes out.

use std::io::{self, Write};

use aead_stream::{EncryptorBE32, StreamPrimitive as _};
use aes_gcm::Aes256Gcm;
use sha2::{Digest, Sha256};
use zstd::stream::write::Encoder;

use super::{SEALED_SEGMENT_LEN, SEGMENT_LEN, stream};
use crate::envelope::EnvelopeId;
use crate::error::SealError;
use crate::grant::Dek;

/// On mail, levels above 1 save little and cost much: what fills it is base64 of data that is compressed already.
const COMPRESSION_LEVEL: i32 = 1;

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
    let mut encoder = Encoder::new(segments, COMPRESSION_LEVEL)?;
    encoder.set_pledged_src_size(Some(mail.len() as u64))?;
    encoder.write_all(mail)?;
    encoder.finish()
}

/// Cuts what is written into segments and seals them. A full segment is held back until more comes, because only then
/// it is known not to be the last.
struct SegmentWriter {
    encryptor: EncryptorBE32<Aes256Gcm>,
    segment: Vec<u8>,
    digest: Sha256,
    payload: Vec<u8>,
}

impl SegmentWriter {
    fn new(encryptor: EncryptorBE32<Aes256Gcm>, mail_len: usize) -> Self {
        // What does not compress grows by a few bytes each 128 KiB block; pages that stay unused cost nothing.
        let expected = mail_len + mail_len / 1024 + SEALED_SEGMENT_LEN;
        Self {
            encryptor,
            segment: Vec::with_capacity(SEALED_SEGMENT_LEN),
            digest: Sha256::new(),
            payload: Vec::with_capacity(expected),
        }
    }

    fn finish(mut self) -> Result<SealedPayload, SealError> {
        self.encryptor.encrypt_last_in_place(b"", &mut self.segment).ok().ok_or(SealError::Encryption)?;
        self.digest.update(&self.segment);
        self.payload.extend_from_slice(&self.segment);
        Ok(SealedPayload { bytes: self.payload, digest: self.digest.finalize().into() })
    }

    fn seal_full_segment(&mut self) -> io::Result<()> {
        self.encryptor.encrypt_next_in_place(b"", &mut self.segment).map_err(io::Error::other)?;
        self.digest.update(&self.segment);
        self.payload.extend_from_slice(&self.segment);
        self.segment.clear();
        Ok(())
    }
}

impl Write for SegmentWriter {
    fn write(&mut self, plaintext: &[u8]) -> io::Result<usize> {
        if self.segment.len() == SEGMENT_LEN && !plaintext.is_empty() {
            self.seal_full_segment()?;
        }
        let room = SEGMENT_LEN - self.segment.len();
        let fits = plaintext.get(..room).unwrap_or(plaintext);
        self.segment.extend_from_slice(fits);
        Ok(fits.len())
    }

    /// Does nothing: a segment leaves when it is full, or at the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
