//! Reads the four kinds of key files: never panics, and writes what it read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sealpost_common::keys::{OpeningKey, SealingKey, SigningKey, VerifyingKey};

fuzz_target!(|text: &str| {
    if let Ok(key) = SigningKey::from_text(text) {
        assert!(text.contains(key.to_text_secret().trim()));
        assert_eq!(key.id(), key.verifying_key().id());
    }
    if let Ok(key) = VerifyingKey::from_text(text) {
        assert!(text.contains(key.to_text().trim()));
    }
    if let Ok(key) = OpeningKey::from_text(text) {
        assert!(text.contains(key.to_text_secret().trim()));
        assert_eq!(key.id(), key.sealing_key().id());
    }
    if let Ok(key) = SealingKey::from_text(text) {
        assert!(text.contains(key.to_text().trim()));
    }
});
