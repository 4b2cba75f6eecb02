//! What the machine itself needs for the work that sealing is made of, one step alone on one core.

use std::hint::black_box;
use std::time::Instant;

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use sealpost_tests::mails::large;
use sha2::{Digest, Sha256};

/// Bytes of a segment, as in the envelope.
const SEGMENT: usize = 65_536;
const ROUNDS: usize = 7;

/// Measures zstd level 1, AES-256-GCM, SHA-256 and base64 on a mail of 5 MB, each on what it gets when sealing, and says
/// how many milliseconds each took at its best.
#[must_use]
pub(crate) fn measure() -> String {
    let mail = large("alice@example.org", "bob@example.net", "Floor", 5_000_000);
    let compressed = zstd::bulk::compress(&mail, 1).expect("zstd compresses");
    let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from([7; 32]));
    let steps = [
        best(|| black_box(zstd::bulk::compress(&mail, 1).expect("zstd compresses")).len()),
        best(|| {
            let mut copy = compressed.clone();
            for (number, segment) in copy.chunks_mut(SEGMENT).enumerate() {
                let mut nonce = [0; 12];
                nonce[..8].copy_from_slice(&number.to_be_bytes());
                black_box(
                    cipher
                        .encrypt_inout_detached(&Nonce::from(nonce), b"", segment.into())
                        .expect("a segment is encrypted"),
                );
            }
            copy.len()
        }),
        best(|| usize::from(black_box(Sha256::digest(&compressed))[0])),
        best(|| black_box(encodify::base64::MIME.encode(&compressed)).len()),
    ];
    format!(
        "floor for 5 MB, ms: zstd {:.1} + AES-256-GCM {:.1} + SHA-256 {:.1} + base64 {:.1} = {:.1}",
        steps[0],
        steps[1],
        steps[2],
        steps[3],
        steps.iter().sum::<f64>()
    )
}

/// Runs a step several times and returns the shortest time in milliseconds.
fn best(mut step: impl FnMut() -> usize) -> f64 {
    let once = |_| {
        let begin = Instant::now();
        black_box(step());
        begin.elapsed().as_secs_f64() * 1e3
    };
    (0..ROUNDS).map(once).fold(f64::INFINITY, f64::min)
}
