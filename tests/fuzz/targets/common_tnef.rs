//! Unpacks any winmail.dat, and any RTF: never panics, and what comes out is bounded.

#![no_main]

use std::hint::black_box;

use libfuzzer_sys::fuzz_target;
use sealpost_mime::{charset, rtf, tnef::Tnef};

fuzz_target!(|bytes: &[u8]| {
    if let Some(tnef) = Tnef::parse(bytes) {
        let held: usize = tnef.items.iter().map(|item| item.bytes.len()).sum();
        assert!(held <= bytes.len());
        black_box((tnef.html(usize::MAX), tnef.text(usize::MAX)));
    }
    let unpacked = rtf::decompress(bytes);
    assert!(unpacked.as_ref().is_none_or(|rtf| rtf.len() <= rtf::MAX_RTF));
    black_box(rtf::read(bytes));
    assert!(rtf::all_text(bytes).value.len() <= charset::most_octets(bytes, Some("windows-1252")));
    black_box(rtf::read(&unpacked.unwrap_or_default()));
});
