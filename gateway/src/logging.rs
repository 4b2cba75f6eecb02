//! Sets up logging to standard error, and keeps contents of mails out of panic messages.

use std::io::IsTerminal as _;

use tracing::Level;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::config::{LogFormat, LogSettings};

/// Starts logging. The level comes from the settings alone, not from the environment.
///
/// Only this program's own lines follow it. Libraries are held at `warn`: at `debug` and `trace` some of them print what they
/// send and receive. indymilter's warning, for each piece of a mail that needs no answer, is none.
pub(crate) fn start(settings: LogSettings) {
    let level = LevelFilter::from(Level::from(settings.level));
    let targets =
        Targets::new().with_default(level.min(LevelFilter::WARN)).with_target("sealpost_gateway", level);
    let targets = targets.with_target("indymilter", LevelFilter::ERROR);
    let registry = tracing_subscriber::registry().with(targets);
    let lines = tracing_subscriber::fmt::layer()
        .with_target(false)
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => registry.with(lines.with_ansi(std::io::stderr().is_terminal())).init(),
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).init(),
    }
    // A panic's own message may quote what it failed on, which may be a mail.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panic: the mail at hand is answered with 451");
    }));
}
