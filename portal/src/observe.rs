//! Logs one line a request: what kind, how it ended, how long it took. No address, no ID, no IP, nothing of its
//! content, at any level.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};

use crate::{
    config::{Log, LogFormat, LogLevel},
    error::Outcome,
};

/// Logs the request once it is answered.
pub async fn log_request(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        _ => "other",
    };
    let response = next.run(request).await;
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    let outcome = response.extensions().get::<Outcome>().map_or("ok", |outcome| outcome.0);
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(method, route, status = response.status().as_u16(), outcome, milliseconds, "request");
    response
}

/// Sets logging up for the whole process: to standard error, as the settings say.
///
/// Only this program's own lines follow the settings' level. Libraries are held at `warn`, whatever is set: at
/// `debug` and `trace` some of them print what they send and receive.
pub fn start_logging(log: &Log) {
    use tracing_subscriber::{
        filter::LevelFilter, filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _,
    };

    let level = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let targets =
        Targets::new().with_default(level.min(LevelFilter::WARN)).with_target("sealpost_portal", level);
    let registry = tracing_subscriber::registry().with(targets);
    let lines = tracing_subscriber::fmt::layer().log_internal_errors(false).with_writer(std::io::stderr);
    // A second subscriber, in a process that already has one, is left out: the first goes on.
    let started = match log.format {
        LogFormat::Text => registry.with(lines.with_ansi(false)).try_init(),
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging was set up already");
    }
    silence_panics();
}

/// Logs of a panic only where it was: its own words may quote what it failed on, which may be a mail.
fn silence_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panic: the request at hand fails");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "dear Bob, the key is under the mat";

    /// Set where the test runs itself in a process of its own, as hook and log are those of the whole process.
    const OWN_PROCESS: &str = "SEALPOST_TEST_OWN_PROCESS";

    #[test]
    fn a_panic_writes_nothing_of_the_mail() {
        if std::env::var_os(OWN_PROCESS).is_some() {
            start_logging(&Log { format: LogFormat::Text, level: LogLevel::Trace });
            std::thread::spawn(|| panic!("can't cut {SECRET:?}")).join().unwrap_err();
            return;
        }
        let run = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "observe::tests::a_panic_writes_nothing_of_the_mail", "--nocapture"])
            .env(OWN_PROCESS, "1")
            .output()
            .unwrap();
        let written = [run.stdout, run.stderr].concat();
        let written = String::from_utf8(written).unwrap();
        assert!(run.status.success() && written.contains("observe.rs"), "{written}");
        assert!(!written.contains("under the mat"), "{written}");
    }
}
