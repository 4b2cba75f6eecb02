//! Opens the parsers that stand behind encryption to the fuzz targets in `tests/fuzz`, and to nothing else: the module
//! exists only under cargo-fuzz (`--cfg fuzzing`), where an input can't be expected to be encrypted to anybody.

use std::io::Read as _;

use zeroize::Zeroizing;

use crate::envelope::{EnvelopeId, FixedPart};
use crate::error::OpenError;
use crate::grant::{GrantPlaintext, Terms};
use crate::keys::KeyId;
use crate::payload::{MailReader, seal_frame};

/// Reads the plaintext of a grant; gives the length of the mail, the terms, and the plaintext as a sealer writes it.
///
/// # Errors
/// `grant`, `too-large`.
pub fn read_grant(plaintext: &[u8]) -> Result<(u64, Terms, Vec<u8>), OpenError> {
    let grant = GrantPlaintext::parse(plaintext)?;
    let written = grant.encode_padded().to_vec();
    Ok((grant.mail_len, grant.terms, written))
}

/// Seals bytes that pose as a zstd frame, and reads the mail out of them, `step` bytes at a time.
///
/// # Errors
/// `payload`, `truncated`.
pub fn read_frame(frame: &[u8], mail_len: u64, step: usize) -> Result<Vec<u8>, OpenError> {
    let (dek, envelope_id) = (Zeroizing::new([0; 32]), EnvelopeId::from_bytes([0; 16]));
    let sealed = seal_frame(frame, &dek, envelope_id);
    let fixed_part = FixedPart {
        envelope_id,
        signing_key_id: KeyId::from_bytes([0; 8]),
        payload_len: sealed.bytes.len() as u64,
        payload_digest: sealed.digest,
    };
    let mut reader = MailReader::new(sealed.bytes.as_slice(), &fixed_part, &dek, mail_len)?;
    let (mut mail, mut piece) = (Vec::new(), vec![0; step]);
    loop {
        let len = reader.read(&mut piece)?;
        if len == 0 {
            return Ok(mail);
        }
        mail.extend_from_slice(piece.get(..len).unwrap_or_default());
    }
}
