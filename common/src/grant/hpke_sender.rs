//! Seals by HPKE (RFC 9180) in base mode, single shot, with X-Wing, HKDF-SHA256 and AES-256-GCM: the sender's half.

use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use hkdf::{Hkdf, HkdfExtract};
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::xwing::{ENC_LEN, Encapsulated, Encapsulator};

/// Stands before every label (section 4).
const VERSION: &[u8; 7] = b"HPKE-v1";
/// "HPKE" || KEM 0x647A (X-Wing) || KDF 0x0001 (HKDF-SHA256) || AEAD 0x0002 (AES-256-GCM), section 5.1.
const SUITE_ID: &[u8; 10] = b"HPKE\x64\x7a\x00\x01\x00\x02";
/// The mode without a pre-shared key and without an authenticated sender.
const MODE_BASE: u8 = 0;

/// enc, ciphertext = SealBase(key, info, aad = "", plaintext), section 6.1. `None` when the cryptography library fails.
pub(crate) fn seal(
    key: &Encapsulator,
    info: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Option<([u8; ENC_LEN], Vec<u8>)> {
    let Encapsulated { enc, secret } = key.encapsulate(rng)?;
    let schedule = KeySchedule::base(&secret, info);
    let cipher = Aes256Gcm::new(<&Key<Aes256Gcm>>::from(&*schedule.key));
    // The first and only message under this key: its nonce is the base nonce itself (section 5.2).
    let ciphertext = cipher.encrypt(&Nonce::from(schedule.base_nonce), plaintext).ok()?;
    Some((enc, ciphertext))
}

/// What `KeySchedule` gives for one message (section 5.1).
struct KeySchedule {
    key: Zeroizing<[u8; 32]>,
    base_nonce: [u8; 12],
}

impl KeySchedule {
    fn base(shared_secret: &[u8; 32], info: &[u8]) -> Self {
        let psk_id_hash = labeled_extract(b"", b"psk_id_hash", b"").0;
        let info_hash = labeled_extract(b"", b"info_hash", info).0;
        let context = [&[MODE_BASE], psk_id_hash.as_slice(), info_hash.as_slice()].concat();
        let secret = labeled_extract(shared_secret, b"secret", b"").1;
        let mut schedule = Self { key: Zeroizing::new([0; 32]), base_nonce: [0; 12] };
        labeled_expand(&secret, b"key", &context, schedule.key.as_mut_slice());
        labeled_expand(&secret, b"base_nonce", &context, &mut schedule.base_nonce);
        schedule
    }
}

/// `LabeledExtract` (section 4), as bytes and ready for expanding.
fn labeled_extract(salt: &[u8], label: &[u8], ikm: &[u8]) -> ([u8; 32], Hkdf<Sha256>) {
    let mut extract = HkdfExtract::<Sha256>::new(Some(salt));
    for part in [VERSION.as_slice(), SUITE_ID, label, ikm] {
        extract.input_ikm(part);
    }
    let (bytes, hkdf) = extract.finalize();
    (bytes.into(), hkdf)
}

/// `LabeledExpand` (section 4).
fn labeled_expand(secret: &Hkdf<Sha256>, label: &[u8], info: &[u8], out: &mut [u8]) {
    let len = u16::try_from(out.len()).expect("keys and nonces are short").to_be_bytes();
    secret
        .expand_multi_info(&[&len, VERSION, SUITE_ID, label, info], out)
        .expect("HKDF-SHA256 gives up to 8160 bytes");
}
