//! Reads a link form: never panics, and no two fragments give one envelope.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sealpost_common::armor::decode_link;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Writes base64url without padding, six bits at a time.
fn encode(envelope: &[u8]) -> String {
    let digit = |index: usize| {
        let bit = |at: usize| envelope.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
        let number = (0..6).fold(0, |number, place| number << 1 | usize::from(bit(index * 6 + place)));
        char::from(ALPHABET[number])
    };
    (0..(envelope.len() * 8).div_ceil(6)).map(digit).collect()
}

fuzz_target!(|fragment: &str| {
    if let Ok(envelope) = decode_link(fragment) {
        assert_eq!(encode(&envelope), fragment);
    }
});
