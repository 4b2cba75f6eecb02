//! Stages `postfix`, `insertion`, `transport`, `sizes`, `reinjection`, `smuggling`: what Postfix's own settings say, read by
//! `postconf`. Nothing is changed, and the queue is not looked at.

mod insertion;
mod postconf;
mod reinjection;
mod sizes;
mod smuggling;
mod transport;

use std::path::Path;

use super::Stage;
use crate::config::Settings;

pub(super) use insertion::{Entry, Found};
pub(super) use postconf::{Postconf, PostconfError, Service};

/// The stages that rest on `postconf`.
const STAGES: [&str; 5] = ["insertion", "transport", "sizes", "reinjection", "smuggling"];

/// Looks at Postfix's settings, if there is a Postfix on this host; gives the ways by which mail comes to the gateway.
pub(super) fn examine(settings: &Settings, folder: Option<&Path>) -> (Vec<Stage>, Option<Found>) {
    let conf = match Postconf::read(folder) {
        Ok(conf) => conf,
        Err(error) => {
            let missing = matches!(error, PostconfError::Missing) && folder.is_none();
            let stage = if missing {
                Stage::skip("postfix", "no postconf on this host: run the doctor beside Postfix, too")
            } else {
                Stage::fail(
                    "postfix",
                    error.to_string(),
                    "run the doctor as a user who may read Postfix's settings, and name their folder by --postfix",
                )
            };
            let skipped = STAGES.map(|name| Stage::skip(name, "Postfix's settings are not known"));
            return (std::iter::once(stage).chain(skipped).collect(), None);
        }
    };
    let found = Found::look(&conf, settings);
    let version = conf.main("mail_version").unwrap_or("of unknown version");
    let stages = vec![
        Stage::pass(
            "postfix",
            format!("Postfix {version}, settings in {}", conf.main("config_directory").unwrap_or("?")),
        ),
        insertion::examine(&found, settings),
        transport::examine(&conf, &found, settings),
        sizes::examine(&conf, settings),
        reinjection::examine(&conf, &found),
        smuggling::examine(&conf, &found),
    ];
    (stages, Some(found))
}
