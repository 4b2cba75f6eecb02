//! Sets up logging to standard error, and keeps contents of mails out of panic messages.

use std::io::IsTerminal as _;

use tracing::Level;

use crate::config::{LogFormat, LogSettings};

/// Starts logging. The level comes from the settings alone, not from the environment.
pub(crate) fn start(settings: LogSettings) {
    let builder = tracing_subscriber::fmt()
        .with_max_level(Level::from(settings.level))
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    // A panic's own message may quote what it failed on, which may be a mail.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panic: the mail at hand is answered with 451");
    }));
}
