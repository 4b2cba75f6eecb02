//! Stage `keys`: are they a set that makes sense? Whether the portal has their other halves is for `probe`.

use super::{Fault, Stage};
use crate::config::Settings;

pub(super) fn examine(settings: &Settings) -> Stage {
    let keys = &settings.keys;
    let mut faults = Vec::new();
    let recovery = keys.recovery.as_ref().map(sealpost_common::keys::SealingKey::id);
    if recovery == Some(keys.sealing.id()) {
        faults.push(Fault::new(
            "recovery_key is the portal's own sealing key, so there is no recovery key",
            "make one that is kept offline: sealpost-portal keys generate --out recovery.key",
        ));
    }
    let recovery = recovery.map_or_else(|| "none".to_owned(), |id| id.to_string());
    let note = format!("signing {}, sealing {}, recovery {recovery}", keys.signing.id(), keys.sealing.id());
    Stage::of("keys", faults, note)
}
