//! Reads what other hosts say to the gateway: a next hop's replies, MTA-STS records and policies. Never panics; a reply that
//! is whole is read alike whatever stands behind it; no policy covers a host that none of its lines could mean.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sealpost_gateway::fuzzing::{announces_policy, policy_covers, read_reply};

fuzz_target!(|data: &[u8]| {
    if let Ok(Some(length)) = read_reply(data) {
        assert!((4..=data.len()).contains(&length));
        assert_eq!(read_reply(&data[..length]), Ok(Some(length)));
        assert_ne!(read_reply(&data[..length - 1]), Ok(Some(length - 1)));
    }
    announces_policy(&data.split(|&byte| byte == 0).map(<[u8]>::to_vec).collect::<Vec<_>>());
    if policy_covers(data, "mx.mail.example") {
        let text = String::from_utf8(data.to_vec()).unwrap().to_ascii_lowercase();
        assert!(text.contains("mx.mail.example") || text.contains("*.mail.example"));
        assert!(text.contains("enforce"));
    }
});
