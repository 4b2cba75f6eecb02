//! The tests of `../flow` that the state has to do with, once more, with PostgreSQL in place of SQLite; and what only
//! PostgreSQL has.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::similar_names,
    reason = "a test that fails shall panic; clippy allows that only in functions marked as tests, not in their helpers"
)]

#[path = "../flow/answer.rs"]
mod answer;
#[path = "../flow/answer_abuse.rs"]
mod answer_abuse;
#[path = "../flow/cli.rs"]
mod cli;
#[path = "../flow/client.rs"]
mod client;
#[path = "../flow/database.rs"]
mod database;
#[path = "../flow/desk.rs"]
mod desk;
#[path = "../flow/gateway.rs"]
mod gateway;
#[path = "../flow/limits.rs"]
mod limits;
#[path = "../flow/pages.rs"]
mod pages;
#[path = "../flow/passcode.rs"]
mod passcode;
#[path = "../flow/probe.rs"]
mod probe;
#[path = "../flow/reading.rs"]
mod reading;
#[path = "../flow/relay.rs"]
mod relay;
#[path = "../flow/scripted.rs"]
mod scripted;
mod server;
#[path = "../flow/sign_in.rs"]
mod sign_in;
#[path = "../flow/site.rs"]
mod site;
#[path = "../flow/state.rs"]
mod state;
#[path = "../flow/usage.rs"]
mod usage;

/// Whether the portals of this binary keep their state in PostgreSQL.
const POSTGRES: bool = true;
