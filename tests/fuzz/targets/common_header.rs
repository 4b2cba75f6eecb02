//! Parses a header: never panics, and each shorter prefix of a header asks for more or is refused for the same reason.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sealpost_common::envelope::{Parsed, UnverifiedHeader};

fuzz_target!(|input: (u16, &[u8])| {
    let (cut, bytes) = input;
    let prefix = &bytes[..usize::from(cut).min(bytes.len())];
    match (UnverifiedHeader::parse(prefix), UnverifiedHeader::parse(bytes)) {
        (Ok(Parsed::Complete(early)), Ok(Parsed::Complete(late))) => {
            assert_eq!(early.header_len(), late.header_len());
            assert_eq!(early.signing_key_id(), late.signing_key_id());
            assert!(late.header_len() <= bytes.len());
        }
        (Ok(Parsed::Complete(_)), _) => panic!("more bytes made a header incomplete or wrong"),
        (Err(early), Err(late)) => assert_eq!(early.outcome(), late.outcome()),
        (Err(_), Ok(_)) => panic!("more bytes mended a header"),
        (Ok(Parsed::NeedMore), _) => (),
    }
});
