//! Checks the whole chain from Postfix to the portal, one stage a file, and says of each what to do.
//!
//! It reads settings, asks Postfix for its own, and talks to listeners, next hop and portal as they run. It sends no mail
//! but the one that `--to` asks for, never touches the queue, and prints no secret. With `--mailbox` it opens that mail as its
//! reader does. A stage that rests on one which failed
//! is skipped, so that a single mistake is found by a single stage.

mod arrival;
mod certificate;
mod clock;
mod dialogue;
mod dkim;
mod keys;
mod listeners;
mod mail;
mod mailbox;
mod next_hop;
mod opened;
mod portal;
mod postfix;
mod probe;
mod processor;
mod reader;
mod report;
mod settings;

use std::{path::PathBuf, time::Duration};

pub(crate) use report::{Fault, Stage, write};

use crate::config::Settings;

/// What the doctor is asked to do.
pub(crate) struct Wishes {
    /// The settings file.
    pub(crate) config: PathBuf,
    /// Postfix's configuration folder, if not its usual one.
    pub(crate) postfix: Option<PathBuf>,
    /// Whom to send a test mail.
    pub(crate) to: Option<String>,
    /// The envelope sender of the test mail.
    pub(crate) from: Option<String>,
    /// Postfix's listener that takes the test mail; else its sendmail command does.
    pub(crate) submit: Option<String>,
    /// Where the test mail arrives.
    pub(crate) mailbox: Option<PathBuf>,
    /// How long to wait for it, and for the passcode.
    pub(crate) wait: Duration,
}

/// Runs all stages in their order.
pub(crate) async fn examine(wishes: &Wishes) -> Vec<Stage> {
    let (mut stages, settings) = settings::examine(&wishes.config);
    let Some(settings) = settings else {
        stages.extend(LATER.map(|name| Stage::skip(name, "the settings do not load")));
        return stages;
    };
    stages.push(dkim::examine(&settings).await);
    stages.push(processor::examine());
    stages.extend(listeners::examine(&settings).await);
    let (of_postfix, found) = postfix::examine(&settings, wishes.postfix.as_deref());
    // Where Postfix cannot be asked, the next hop is taken for its own, as it usually is.
    let is_own = found.as_ref().is_none_or(|found| found.reinjection.is_some());
    stages.push(next_hop::examine(&settings, wishes.to.as_deref(), is_own).await);
    stages.extend(of_postfix);
    stages.extend(of_portal(&settings).await);
    let way = mail::Way { postfix: found.as_ref(), is_healthy: !stages.iter().any(Stage::has_failed) };
    let (sending, sent) = mail::examine(&settings, wishes, way).await;
    stages.push(sending);
    let (arrival, envelope) = arrival::examine(&settings, wishes, sent.as_ref()).await;
    stages.push(arrival);
    stages.push(opened::examine(&settings, wishes, sent.as_ref(), envelope.as_deref()).await);
    stages
}

/// The stages behind the settings.
const LATER: [&str; 17] = [
    "dkim",
    "processor",
    "listeners",
    "next_hop",
    "postfix",
    "insertion",
    "transport",
    "sizes",
    "reinjection",
    "smuggling",
    "portal",
    "certificate",
    "clock",
    "probe",
    "mail",
    "arrival",
    "opened",
];

async fn of_portal(settings: &Settings) -> [Stage; 4] {
    let url = &settings.portal.url;
    let ((mut certificate, is_trusted), (mut portal, answer)) =
        tokio::join!(certificate::examine(url), portal::examine(url));
    let clock = clock::examine(answer.as_ref());
    if !is_trusted {
        portal = Stage::skip("portal", "its certificate is not good");
        // No certificate is good years before it was made.
        if clock.has_failed() {
            certificate = Stage::skip("certificate", "the clock is not right");
        }
    }
    let probe = match &answer {
        None => Stage::skip("probe", "the portal does not answer"),
        // A probe cannot be opened for long.
        Some(_) if clock.has_failed() => Stage::skip("probe", "the clock is not right"),
        Some(_) => probe::examine(settings).await,
    };
    [portal, certificate, clock, probe]
}
