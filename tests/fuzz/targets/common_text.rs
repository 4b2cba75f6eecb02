//! Reads a text form, whole and in two other cuts: the cuts make no difference. What is read is written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sealpost_common::armor::TextDecoder;

fn decode<'t>(pieces: impl Iterator<Item = &'t [u8]>) -> Option<Vec<u8>> {
    let (mut decoder, mut envelope) = (TextDecoder::new(), Vec::new());
    for piece in pieces {
        decoder.push(piece, &mut envelope).ok()?;
    }
    decoder.finish().ok()?;
    Some(envelope)
}

fuzz_target!(|input: (u8, &[u8])| {
    let (size, text) = input;
    let whole = decode(std::iter::once(text));
    assert_eq!(whole, decode(text.chunks(1)));
    assert_eq!(whole, decode(text.chunks(usize::from(size) + 1)));
});
