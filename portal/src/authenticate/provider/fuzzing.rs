//! Opens the readers of what a provider says to the fuzz targets; exists only under cargo-fuzz (`--cfg fuzzing`).

use openidconnect::Nonce;

use super::{directory, token};
use crate::{config, surroundings::Clock};

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> u64 {
        1_795_000_000
    }
}

/// Reads a provider's discovery document, its keys, and its answer to a code; says whether the ID token holds.
#[must_use]
pub fn holds(provider: &config::Provider, document: &[u8], keys: &[u8], answer: &[u8]) -> bool {
    let Ok((directory, _)) = directory::read_document(provider, document) else { return false };
    let Ok(keys) = directory::read_keys(keys) else { return false };
    let directory = directory::Directory { keys, ..directory };
    token::holds(provider, &directory, &Still, answer, &Nonce::new("nonce".to_owned()))
}
