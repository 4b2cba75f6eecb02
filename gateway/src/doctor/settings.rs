//! Stages `settings` and `keys`: do the files load?

use std::path::Path;

use super::{Fault, Stage, keys};
use crate::config::{ConfigError, Settings};

/// Loads the settings with policy and keys. What is wrong with a key file is told under `keys`.
pub(crate) fn examine(path: &Path) -> (Vec<Stage>, Option<Settings>) {
    match Settings::load(path) {
        Ok(settings) => {
            let rules = settings.policy.rules.len();
            let note = format!("{}: {rules} rules, {} listeners", path.display(), settings.listeners.len());
            (vec![Stage::pass("settings", note), keys::examine(&settings)], Some(settings))
        }
        Err(errors) => {
            let (of_keys, others): (Vec<ConfigError>, Vec<ConfigError>) =
                errors.0.into_iter().partition(ConfigError::is_about_a_key_file);
            let keys = if of_keys.is_empty() {
                Stage::skip("keys", "the settings do not load")
            } else {
                Stage::of("keys", faults(&of_keys), "")
            };
            (vec![Stage::of("settings", faults(&others), "nothing wrong but with keys"), keys], None)
        }
    }
}

fn faults(errors: &[ConfigError]) -> Vec<Fault> {
    let todo = "mend it at this place; `sealpost-gateway check` tells when all is well";
    errors.iter().map(|error| Fault::new(error.to_string(), todo)).collect()
}
