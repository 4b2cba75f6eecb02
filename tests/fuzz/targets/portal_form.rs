//! Reads an envelope in any form that the portal takes (binary, text, page, mail, link): never panics, and how the upload
//! is cut into pieces makes no difference.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sealpost_portal::receive::FormDecoder;

fn decode(mut decoder: FormDecoder, upload: &[u8], step: usize) -> Option<Vec<u8>> {
    let mut envelope = Vec::new();
    for piece in upload.chunks(step) {
        decoder.push(piece, &mut envelope).ok()?;
    }
    decoder.finish(&mut envelope).ok()?;
    Some(envelope)
}

fuzz_target!(|input: (bool, u8, &[u8])| {
    let (is_link, step, upload) = input;
    let decoder = || if is_link { FormDecoder::link() } else { FormDecoder::any() };
    let whole = decode(decoder(), upload, usize::MAX);
    assert_eq!(whole, decode(decoder(), upload, 1));
    assert_eq!(whole, decode(decoder(), upload, usize::from(step) + 1));
});
