//! Remembers what must stand in no log, and looks for it there.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

/// The least length of a secret: a shorter one could stand somewhere by chance.
const SHORTEST: usize = 8;

/// The secrets of one run: bodies, subjects, passcodes, keys, tokens.
#[derive(Debug, Default)]
pub struct Secrets(Vec<(String, String)>);

impl Secrets {
    /// Adds a secret; `what` says in an error what was found, without showing it.
    pub fn add(&mut self, what: &str, secret: impl Into<String>) {
        let secret = secret.into();
        assert!(secret.len() >= SHORTEST, "too short to look for: {what}");
        self.0.push((what.to_owned(), secret));
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Fails if one of them stands in a file, as it is or as a part of it long enough to be recognised.
    pub fn check_file(&self, file: &Path) -> Result<()> {
        let text = fs::read(file)?;
        for (what, secret) in &self.0 {
            // A log may cut a long value; its first 24 bytes would give it away all the same.
            let needle = &secret.as_bytes()[..secret.len().min(24)];
            if contains(&text, needle) {
                bail!("{} holds {what}", file.display());
            }
        }
        Ok(())
    }
}

/// Tells whether `needle` stands somewhere in `haystack`.
#[must_use]
pub fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    find(haystack, needle).is_some()
}

/// Returns where `needle` stands in `haystack` first.
#[must_use]
pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}
