//! The whole portal in process, over real TCP: from the form that brings an envelope to the mail on the page, and
//! everything that must not work.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::similar_names,
    reason = "a test that fails shall panic; clippy allows that only in functions marked as tests, not in their helpers"
)]

mod answer;
mod answer_abuse;
mod cli;
mod client;
mod corpus;
mod database;
mod desk;
mod faults;
#[path = "../render/corpus.rs"]
#[expect(dead_code, reason = "the tests of rendering use all of it")]
mod foreign;
mod forms;
mod gateway;
mod language;
mod limits;
mod observatory;
mod pages;
mod passcode;
mod probe;
mod reading;
mod relay;
mod scripted;
mod sign_in;
mod site;
mod state;
mod uploads;
mod usage;
mod wire;

/// Whether the portals of this binary keep their state in PostgreSQL.
const POSTGRES: bool = false;
