//! Counts what the gateway does, for Prometheus. Every metric and every label stands in this file.
//!
//! No label holds an address or anything of a mail: decisions, protocols, reply classes, steps, key IDs and the names of
//! rules, of which a bounded number is told apart. Without `[metrics] address` nothing records, and the calls cost nothing.

mod server;

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ::metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use jiff::Timestamp;
use sealpost_common::keys::SealingKey;

use crate::config::Settings;

pub use server::{Endpoint, MetricsError, Ready};

/// Rule names that are told apart; more are counted together.
const MAX_RULES: usize = 200;

/// What the rules beyond [`MAX_RULES`] are counted as.
const OTHER_RULES: &str = "(other)";

/// Upper bounds of the buckets of durations, in seconds: from a small mail that is passed on to a large one on a slow link.
const SECONDS: [f64; 16] =
    [0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 300.0];

/// A step of a mail's way that is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// From the 354 to the end of data.
    Receive,
    /// Parsing and deciding.
    Decide,
    /// Sealing, and making the carrier mail.
    Seal,
    /// From the plan to the next hop's last reply.
    Deliver,
}

impl Step {
    fn as_str(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Decide => "decide",
            Self::Seal => "seal",
            Self::Deliver => "deliver",
        }
    }
}

/// Says what each metric means.
fn describe() {
    for (name, text) in [
        ("sealpost_mails_total", "Mails that were taken in, by protocol and decision."),
        ("sealpost_recipients_total", "Envelope recipients, by decision and the rule that made it."),
        ("sealpost_replies_total", "Replies to mails, by protocol and class (2xx, 4xx, 5xx)."),
        (
            "sealpost_refused_transactions_total",
            "Transactions refused before a mail was taken in, by reply class.",
        ),
        ("sealpost_connections_total", "Connections, by protocol and whether they got a session."),
        ("sealpost_next_hop_connects_total", "Connections to the next hop that were tried, by result."),
        ("sealpost_reloads_total", "Reloads of settings and policy, by result."),
        ("sealpost_sealing_failures_total", "Mails that policy wanted sealed and that could not be."),
    ] {
        describe_counter!(name, text);
    }
    describe_counter!("sealpost_received_bytes_total", Unit::Bytes, "Bytes of the mails that came in.");
    describe_counter!("sealpost_sent_bytes_total", Unit::Bytes, "Bytes of the mails made for the next hop.");
    describe_histogram!(
        "sealpost_step_duration_seconds",
        Unit::Seconds,
        "How long each step of a mail took."
    );
    for (name, text) in [
        ("sealpost_connections", "Sessions that are open, by protocol."),
        ("sealpost_next_hop_connections", "Connections to the next hop that are open."),
        ("sealpost_in_flight_bytes", "Bytes of all mails in work."),
        (
            "sealpost_in_flight_limit_bytes",
            "The bound on them: [server] max_memory less 80 MiB and 128 KiB a connection.",
        ),
        ("sealpost_last_reload_successful", "Whether the last reload took the new settings."),
        ("sealpost_last_reload_success_timestamp_seconds", "When settings were last taken, or the start."),
        ("sealpost_key_info", "1 for each key in use, 0 for those of earlier settings; by kind and key ID."),
        ("sealpost_build_info", "The program's version; always 1."),
    ] {
        describe_gauge!(name, text);
    }
}

/// Lets the counters that alerts watch grow stand at 0: who sees one for the first time at 1 has seen no growth.
fn begin_at_zero() {
    counter!("sealpost_sealing_failures_total").absolute(0);
    for ok in [true, false] {
        counter!("sealpost_next_hop_connects_total", "result" => result(ok)).absolute(0);
        counter!("sealpost_reloads_total", "result" => result(ok)).absolute(0);
    }
}

/// Counts a mail that was taken in; its decisions are mixed when its recipients are treated differently.
pub(crate) fn mail<'a>(
    protocol: &'static str,
    decisions: impl Iterator<Item = &'a str>,
    size_in: Option<usize>,
    size_out: Option<usize>,
) {
    let decisions: BTreeSet<&str> = decisions.collect();
    let decision = match decisions.first() {
        None => "none",
        Some(_) if decisions.len() > 1 => "mixed",
        Some(only) => only,
    };
    counter!("sealpost_mails_total", "protocol" => protocol, "decision" => decision.to_owned()).increment(1);
    counter!("sealpost_received_bytes_total").increment(size_in.unwrap_or_default() as u64);
    counter!("sealpost_sent_bytes_total").increment(size_out.unwrap_or_default() as u64);
}

/// Counts what was decided for a recipient.
pub(crate) fn recipient(decision: &'static str, rule: &str) {
    counter!("sealpost_recipients_total", "decision" => decision, "rule" => known_rule(rule)).increment(1);
}

/// Gives the name under which a rule is counted.
fn known_rule(rule: &str) -> String {
    static KNOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if !known.contains(rule) {
        if known.len() >= MAX_RULES {
            return OTHER_RULES.to_owned();
        }
        known.insert(rule.to_owned());
    }
    rule.to_owned()
}

/// Counts a reply to a mail.
pub(crate) fn reply(protocol: &'static str, code: u16) {
    counter!("sealpost_replies_total", "protocol" => protocol, "class" => class(code)).increment(1);
}

/// Counts a transaction that was refused before a mail was taken in.
pub(crate) fn refused(protocol: &'static str, code: u16) {
    counter!("sealpost_refused_transactions_total", "protocol" => protocol, "class" => class(code))
        .increment(1);
}

fn class(code: u16) -> &'static str {
    match code / 100 {
        2 => "2xx",
        4 => "4xx",
        5 => "5xx",
        _ => "other",
    }
}

/// Notes how long a step took.
pub(crate) fn step(step: Step, took: Duration) {
    histogram!("sealpost_step_duration_seconds", "step" => step.as_str()).record(took);
}

/// Counts a mail that was to be sealed and could not be.
pub(crate) fn sealing_failed() {
    counter!("sealpost_sealing_failures_total").increment(1);
}

/// A number that is one higher while this lives: of open sessions, or of open connections.
pub(crate) struct Open(::metrics::Gauge);

impl Open {
    /// Counts a session until the value is dropped.
    pub(crate) fn session(protocol: &'static str) -> Self {
        counter!("sealpost_connections_total", "protocol" => protocol, "result" => "accepted").increment(1);
        Self::counted(gauge!("sealpost_connections", "protocol" => protocol))
    }

    /// Counts a connection to the next hop until the value is dropped.
    pub(crate) fn next_hop_connection() -> Self {
        Self::counted(gauge!("sealpost_next_hop_connections"))
    }

    fn counted(gauge: ::metrics::Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Counts a connection that got no session.
pub(crate) fn connection_refused(protocol: &'static str) {
    counter!("sealpost_connections_total", "protocol" => protocol, "result" => "refused").increment(1);
}

/// Counts a try to connect to the next hop and to greet it.
pub(crate) fn next_hop_tried(ok: bool) {
    counter!("sealpost_next_hop_connects_total", "result" => result(ok)).increment(1);
}

fn result(ok: bool) -> &'static str {
    if ok { "ok" } else { "failed" }
}

/// Notes that mails in work take so many bytes more.
pub(crate) fn in_flight_grew(bytes: usize) {
    gauge!("sealpost_in_flight_bytes").increment(as_float(bytes));
}

/// Notes that mails in work take so many bytes less.
pub(crate) fn in_flight_shrank(bytes: usize) {
    gauge!("sealpost_in_flight_bytes").decrement(as_float(bytes));
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float, exact up to 2^53")]
fn as_float(number: usize) -> f64 {
    number as f64
}

/// Notes how much mails in work may take together, which holds until a restart.
pub(crate) fn memory_bounded(bytes: usize) {
    gauge!("sealpost_in_flight_limit_bytes").set(as_float(bytes));
}

/// Notes the settings that the gateway runs with from now on.
pub(crate) fn settings_taken(settings: &Settings) {
    let keys = &settings.keys;
    let recovery = keys.recovery.as_ref().map(SealingKey::id);
    let ids =
        [("signing", Some(keys.signing.id())), ("sealing", Some(keys.sealing.id())), ("recovery", recovery)];
    let ids = ids.into_iter().filter_map(|(kind, id)| Some((kind, id?.to_string())));
    keys_in_use(ids.collect());
    gauge!("sealpost_last_reload_successful").set(1.0);
    gauge!("sealpost_last_reload_success_timestamp_seconds")
        .set(Timestamp::now().as_duration().as_secs_f64());
}

fn keys_in_use(keys: Vec<(&'static str, String)>) {
    static SHOWN: Mutex<Vec<(&'static str, String)>> = Mutex::new(Vec::new());
    let show = |(kind, id): &(&'static str, String), value| {
        gauge!("sealpost_key_info", "kind" => *kind, "id" => id.clone()).set(value);
    };
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    for gone in shown.iter().filter(|key| !keys.contains(key)) {
        show(gone, 0.0);
    }
    for key in &keys {
        show(key, 1.0);
    }
    *shown = keys;
}

/// Counts a reload. What was taken is told by [`settings_taken`].
pub(crate) fn reloaded(ok: bool) {
    counter!("sealpost_reloads_total", "result" => result(ok)).increment(1);
    gauge!("sealpost_last_reload_successful").set(if ok { 1.0 } else { 0.0 });
}
