//! Seals and opens the payload: the mail as one zstd frame, cut into encrypted segments (ENVELOPE.md, "Payload").

mod frame;
mod open;
mod seal;

use aead_stream::{Key, Nonce, StreamBE32};
use aes_gcm::Aes256Gcm;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

pub use self::open::MailReader;
pub(crate) use self::seal::seal;
#[cfg(fuzzing)]
pub(crate) use self::seal::seal_frame;
use crate::envelope::EnvelopeId;
use crate::grant::Dek;
use crate::label::Label;

/// Bytes of plaintext in every segment but the last, which has 1 to as many.
const SEGMENT_LEN: usize = 65536;
/// Length of the AES-GCM tag at the end of each segment.
const TAG_LEN: usize = 16;
/// Bytes of ciphertext in every segment but the last.
const SEALED_SEGMENT_LEN: usize = SEGMENT_LEN + TAG_LEN;
/// The first bytes of a zstd frame (RFC 8878, 3.1.1).
const ZSTD_MAGIC: &[u8; 4] = &[0x28, 0xb5, 0x2f, 0xfd];

/// The nonces are 7 zero bytes, the number of the segment, and 1 for the last segment: the key is used for one
/// payload only, so they need no random part.
const NONCE_PREFIX: [u8; 7] = [0; 7];

/// payload key = HKDF-SHA256(ikm = DEK, salt = envelope ID, info = L("sealpost/v1/payload"), 32).
fn payload_key(dek: &Dek, envelope_id: EnvelopeId) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(envelope_id.as_bytes()), dek.as_slice())
        .expand(Label::Payload.bytes(), key.as_mut_slice())
        .expect("HKDF-SHA256 gives up to 8160 bytes");
    key
}

/// Sets STREAM up (Rogaway's, 32-bit counter) over AES-256-GCM.
fn stream(dek: &Dek, envelope_id: EnvelopeId) -> StreamBE32<Aes256Gcm> {
    use aead_stream::NewStream as _;
    let key = payload_key(dek, envelope_id);
    StreamBE32::new(
        <&Key<Aes256Gcm>>::from(&*key),
        <&Nonce<Aes256Gcm, StreamBE32<Aes256Gcm>>>::from(&NONCE_PREFIX),
    )
}

/// Says whether segments can add up to this length: one at least, none of them empty.
pub(crate) fn is_payload_len(len: u64) -> bool {
    let in_last = len % SEALED_SEGMENT_LEN as u64;
    len > 0 && (in_last == 0 || in_last > TAG_LEN as u64)
}
