//! Seals a large mail and opens it as a stream, in memory that does not grow with the mail.
//!
//! 20 MB in every run, the largest mail that the format allows with `SEALPOST_LONG=1`. The only test in its file: it
//! measures the whole process.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "format/support.rs"]
#[expect(dead_code, reason = "the tests of the format use all of it")]
mod support;

use std::fs;
use std::io::Read;

use rand::Rng as _;
use sealpost_common::envelope::{Parsed, UnverifiedHeader};
use sealpost_common::limits::MAX_MAIL_LEN;
use sha2::{Digest, Sha256};
use support::World;

/// zstd's window at level 1, its buffers, a segment and ours.
const MOST_MEMORY: u64 = 2 * 1024 * 1024;

#[test]
fn opening_takes_no_more_memory_for_a_large_mail() {
    let is_long = std::env::var_os("SEALPOST_LONG").is_some_and(|value| value == "1");
    let size = if is_long { usize::try_from(MAX_MAIL_LEN).unwrap() } else { 20_000_000 };
    let mut world = World::new(1);
    let mut mail = vec![0; size];
    // Every other MiB compresses.
    mail.chunks_mut(1 << 20).step_by(2).for_each(|chunk| world.rng.fill_bytes(chunk));
    let digest = Sha256::digest(&mail);
    let sealed = world.seal(&mail);
    drop(mail);

    let Parsed::Complete(header) = UnverifiedHeader::parse(sealed.header()).unwrap() else {
        panic!("cut short")
    };
    let unwrapped = header.verify(&world.gateways).unwrap().unwrap(&world.keys).unwrap();
    let before = forget_peak_memory();
    let mut reader = unwrapped.open(sealed.payload()).unwrap();
    let (mut opened, mut total, mut piece) = (Sha256::new(), 0, vec![0; 65_536]);
    loop {
        let read = reader.read(&mut piece).unwrap();
        if read == 0 {
            break;
        }
        opened.update(&piece[..read]);
        total += read;
    }
    assert_eq!(total, size);
    assert!(opened.finalize() == digest);
    if let (Some(before), Some(peak)) = (before, status("VmHWM:")) {
        let grown = peak.saturating_sub(before);
        println!("{size} bytes of mail opened in {grown} bytes of memory");
        assert!(grown < MOST_MEMORY, "{grown} bytes");
    }
}

/// Starts a new measurement of the peak and gives the memory in use now; only Linux can.
fn forget_peak_memory() -> Option<u64> {
    fs::write("/proc/self/clear_refs", "5").ok()?;
    status("VmRSS:")
}

fn status(key: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix(key))?.trim().strip_suffix(" kB")?;
    kilobytes.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
