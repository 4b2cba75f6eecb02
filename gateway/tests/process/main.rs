//! What a process has one of: where its log lines go, and where its metrics are counted.
//!
//! These tests are a program of their own, since every gateway in the same process would log and count into them: a test
//! of another mail, at the same moment, would put its own lines and figures among theirs. For the same reason those whose
//! gateway runs within wait for each other, see [`ALONE`].

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

#[path = "../mails/foreign.rs"]
mod foreign;
mod logs;
mod metrics;
#[path = "../mails/next_hop.rs"]
#[expect(dead_code, reason = "the tests of mails use all of it")]
mod next_hop;
#[path = "../mails/place.rs"]
#[expect(dead_code, reason = "the tests of mails use all of it")]
mod place;
mod program;

/// Held by the test whose gateway runs.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
