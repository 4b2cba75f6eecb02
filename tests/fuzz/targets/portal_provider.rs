//! Reads what a provider says: discovery document, keys and the answer to a code, divided by zero bytes. Never panics, and no
//! ID token holds that no key has signed.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sealpost_portal::{authenticate::provider::fuzzing::holds, config::Provider};

static PROVIDER: LazyLock<Provider> = LazyLock::new(|| {
    let table = "name = 'p'\nkind = 'generic'\nlabel = 'P'\nissuer = 'https://p.example'\nclient_id = 'portal'\n\
        client_secret_file = 's'\nvouches_for = ['*']\n";
    toml::from_str(table).expect("a good table")
});

fuzz_target!(|said: &[u8]| {
    let mut parts = said.splitn(3, |&byte| byte == 0);
    let mut next = || parts.next().unwrap_or_default();
    assert!(!holds(&PROVIDER, next(), next(), next()));
});
