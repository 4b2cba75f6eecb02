//! Reads an address and a domain pattern: never panics, accepts nothing that could end a line or a path, and the
//! normalised spelling is an address of the same mailbox.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sealpost_common::address::{Address, DomainPattern};

fuzz_target!(|text: &str| {
    if let Ok(address) = Address::parse(text) {
        assert_eq!(address.as_str(), text);
        assert!(!text.chars().any(char::is_control));
        assert!(address.local().starts_with('"') || !text.contains(['<', '>', ' ', ',']));
        assert!(!address.domain().contains(['@', '<', '>', ' ']));
        let normalised =
            Address::parse(&address.normalised()).expect("the normalised spelling is an address");
        assert!(normalised.same_mailbox(&address));
        assert_eq!(normalised.normalised(), address.normalised());
    }
    if let Ok(pattern) = DomainPattern::parse(text) {
        assert_eq!(DomainPattern::parse(&pattern.to_string()), Ok(pattern));
    }
});
