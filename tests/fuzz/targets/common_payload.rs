//! Reads a frame out of a payload that is sealed as it must be: never panics, gives just as many bytes as the grant
//! says, and the size of the reader's buffer makes no difference.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sealpost_common::fuzzing::read_frame;

/// As large as any mail length that is tried.
const LARGE: usize = 1 << 16;

fuzz_target!(|input: (u16, u16, &[u8])| {
    let (mail_len, step, frame) = input;
    if frame.is_empty() {
        return;
    }
    let outcome = |step| {
        let mail = read_frame(frame, u64::from(mail_len), step).map_err(|error| error.outcome());
        if let Ok(mail) = &mail {
            assert_eq!(mail.len(), usize::from(mail_len));
        }
        mail
    };
    assert_eq!(outcome(usize::from(step) + 1), outcome(LARGE));
});
