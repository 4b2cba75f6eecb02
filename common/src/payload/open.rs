//! Opens a payload as a stream, in memory that does not depend on its length.
//!
//! [`SegmentReader`] authenticates segments and hashes them; zstd reads from it; [`MailReader`] counts what zstd gives.
//! The plaintext of the last segment is released only when the digest fits and nothing follows, and the last byte of
//! the mail only when the frame has ended just there. So whoever has read `mail length` bytes has an authentic mail,
//! and whoever was refused half way has authentic bytes of a mail that was cut.

use std::io::{self, BufRead, Read};
use std::mem;

use aead_stream::{DecryptorBE32, StreamPrimitive as _};
use aes_gcm::Aes256Gcm;
use sha2::{Digest, Sha256};
use zstd::stream::read::Decoder;

use super::{SEALED_SEGMENT_LEN, frame, stream};
use crate::envelope::FixedPart;
use crate::error::{OpenError, PayloadFault};
use crate::grant::Dek;
use crate::limits::MAX_WINDOW_LOG;

/// Reads the mail out of a payload.
///
/// An error of it is an [`OpenError`] inside: `OpenError::from(io_error)` takes it out. After an error it gives
/// nothing more. What it gave before an error is to be thrown away where that is possible.
pub struct MailReader<R: Read> {
    state: State<R>,
    /// Bytes of the mail that are still to come.
    missing: u64,
}

enum State<R: Read> {
    Reading(Box<Decoder<'static, SegmentReader<R>>>),
    Complete,
    Refused,
}

impl<R: Read> MailReader<R> {
    pub(crate) fn new(
        payload: R,
        fixed_part: &FixedPart,
        dek: &Dek,
        mail_len: u64,
    ) -> Result<Self, OpenError> {
        let segments = SegmentReader::new(payload, fixed_part, dek);
        let mut decoder = Decoder::with_buffer(segments)?.single_frame();
        decoder.window_log_max(MAX_WINDOW_LOG)?;
        Ok(Self { state: State::Reading(Box::new(decoder)), missing: mail_len })
    }
}

impl<R: Read> Read for MailReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        // Anything but a clean step leaves the reader refused.
        match mem::replace(&mut self.state, State::Refused) {
            State::Reading(decoder) => Ok(self.advance(decoder, out)?),
            State::Complete => {
                self.state = State::Complete;
                Ok(0)
            }
            State::Refused => Err(OpenError::Payload(PayloadFault::AlreadyRefused).into()),
        }
    }
}

impl<R: Read> MailReader<R> {
    fn advance(
        &mut self,
        mut decoder: Box<Decoder<'static, SegmentReader<R>>>,
        out: &mut [u8],
    ) -> Result<usize, OpenError> {
        let wanted = usize::try_from(self.missing).unwrap_or(usize::MAX).min(out.len());
        let out = out.get_mut(..wanted).unwrap_or_default();
        let read = if out.is_empty() { 0 } else { read_plaintext(&mut decoder, out)? };
        if read == 0 && wanted > 0 {
            return Err(OpenError::Payload(PayloadFault::MailLength));
        }
        self.missing -= read as u64;
        self.state = if self.missing == 0 {
            check_end(decoder)?;
            State::Complete
        } else {
            State::Reading(decoder)
        };
        Ok(read)
    }
}

/// Checks that the frame ends after the last byte of the mail, and the payload after the frame.
fn check_end<R: Read>(mut decoder: Box<Decoder<'static, SegmentReader<R>>>) -> Result<(), OpenError> {
    if read_plaintext(&mut decoder, &mut [0])? != 0 {
        return Err(OpenError::Payload(PayloadFault::MailLength));
    }
    if decoder.get_ref().is_used_up() { Ok(()) } else { Err(OpenError::Payload(PayloadFault::TrailingData)) }
}

/// Reads from zstd; an error that is not one of ours is its own.
fn read_plaintext(decoder: &mut impl Read, out: &mut [u8]) -> Result<usize, OpenError> {
    decoder
        .read(out)
        .map_err(|error| error.downcast().unwrap_or(OpenError::Payload(PayloadFault::Compression)))
}

/// Reads a payload segment by segment and gives their plaintext.
struct SegmentReader<R> {
    payload: R,
    /// Bytes of the payload that are still to come.
    missing: u64,
    /// Taken by the last segment.
    decryptor: Option<DecryptorBE32<Aes256Gcm>>,
    /// Taken by the last segment.
    digest: Sha256,
    wanted_digest: [u8; 32],
    segment: Vec<u8>,
    used: usize,
    is_first: bool,
}

impl<R: Read> SegmentReader<R> {
    fn new(payload: R, fixed_part: &FixedPart, dek: &Dek) -> Self {
        Self {
            payload,
            missing: fixed_part.payload_len,
            decryptor: Some(stream(dek, fixed_part.envelope_id).decryptor()),
            digest: Sha256::new(),
            wanted_digest: fixed_part.payload_digest,
            segment: Vec::with_capacity(SEALED_SEGMENT_LEN),
            used: 0,
            is_first: true,
        }
    }

    /// Says whether all segments were read and their plaintext was used.
    fn is_used_up(&self) -> bool {
        self.missing == 0 && self.used == self.segment.len()
    }

    /// Reads and opens the next segment; there must be one.
    fn next_segment(&mut self) -> Result<(), OpenError> {
        let len = usize::try_from(self.missing).unwrap_or(usize::MAX).min(SEALED_SEGMENT_LEN);
        self.segment.resize(len, 0);
        self.used = 0;
        read_exactly(&mut self.payload, &mut self.segment)?;
        self.missing -= len as u64;
        self.digest.update(&self.segment);
        let opened = match &mut self.decryptor {
            Some(decryptor) if self.missing > 0 => decryptor.decrypt_next_in_place(b"", &mut self.segment),
            _ => return self.open_last_segment(),
        };
        opened.ok().ok_or(OpenError::Payload(PayloadFault::Segment))?;
        self.check_first_segment()
    }

    fn open_last_segment(&mut self) -> Result<(), OpenError> {
        self.decryptor
            .take()
            .and_then(|decryptor| decryptor.decrypt_last_in_place(b"", &mut self.segment).ok())
            .ok_or(OpenError::Payload(PayloadFault::Segment))?;
        if self.digest.finalize_reset() != self.wanted_digest {
            return Err(OpenError::Payload(PayloadFault::Digest));
        }
        if read_some(&mut self.payload, &mut [0])? != 0 {
            return Err(OpenError::Payload(PayloadFault::TrailingData));
        }
        self.check_first_segment()
    }

    fn check_first_segment(&mut self) -> Result<(), OpenError> {
        if !mem::take(&mut self.is_first) || frame::is_permitted(&self.segment) {
            Ok(())
        } else {
            Err(OpenError::Payload(PayloadFault::Compression))
        }
    }
}

impl<R: Read> Read for SegmentReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for SegmentReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used == self.segment.len() && self.missing > 0 {
            self.next_segment()?;
        }
        Ok(self.segment.get(self.used..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.used = (self.used + amount).min(self.segment.len());
    }
}

/// Fills the buffer, or says that the payload ends before.
fn read_exactly(payload: &mut impl Read, mut buffer: &mut [u8]) -> Result<(), OpenError> {
    while !buffer.is_empty() {
        let read = read_some(payload, buffer)?;
        if read == 0 {
            return Err(OpenError::Truncated);
        }
        buffer = buffer.get_mut(read..).unwrap_or_default();
    }
    Ok(())
}

fn read_some(payload: &mut impl Read, buffer: &mut [u8]) -> Result<usize, OpenError> {
    loop {
        match payload.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(OpenError::ReadFailed(error)),
            Ok(read) => return Ok(read),
        }
    }
}
