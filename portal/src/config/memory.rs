//! Whether `memory_limit` has room for one message as large as `max_envelope_size` lets it be: a portal without it would ask
//! its readers to try again for ever.

use std::path::Path;

use super::{ConfigError, Settings};
use crate::open::room_for_largest;

impl Settings {
    /// Refuses a `memory_limit` under which the largest message can never be opened.
    pub(super) fn check_memory(&self, text: &str, path: &Path) -> Result<(), ConfigError> {
        let needed = room_for_largest(self.server.max_envelope_size);
        if self.server.memory_limit >= needed {
            return Ok(());
        }
        Err(ConfigError::Invalid {
            path: path.to_owned(),
            line: line_of_key(text, "memory_limit")
                .or_else(|| line_of_key(text, "max_envelope_size"))
                .unwrap_or(1),
            message: format!(
                "memory_limit has no room for the largest message: {needed} bytes for an envelope of max_envelope_size"
            ),
        })
    }
}

/// The number, from 1, of the line that sets a key which only one table has.
fn line_of_key(text: &str, key: &str) -> Option<usize> {
    let sets = |line: &str| line.split_once('=').is_some_and(|(name, _)| name.trim() == key);
    text.lines().position(sets).map(|index| index + 1)
}
