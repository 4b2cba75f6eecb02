//! Reads the plaintext of a grant: never panics, and what is accepted is, byte for byte, what a sealer writes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sealpost_common::fuzzing::read_grant;

fuzz_target!(|input: (bool, &[u8])| {
    let (is_padded, cbor) = input;
    let mut plaintext = cbor.to_vec();
    if !is_padded {
        plaintext.resize(plaintext.len().next_multiple_of(512), 0);
    }
    if let Ok((mail_len, terms, written)) = read_grant(&plaintext) {
        assert_eq!(written, plaintext);
        assert!(mail_len <= 150 << 20);
        assert!((1..=1000).contains(&terms.recipients.len()));
        assert!(terms.recipients.iter().all(|address| (1..=320).contains(&address.len())));
    }
});
