//! What becomes of a mail: what is found in it, what is decided, the carrier mail, and the way to the next hop; through the
//! milter too, and by the program's own commands.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod carry;
mod command_line;
mod content;
mod content_corpus;
mod content_files;
mod content_sealed;
mod corpus;
mod dkim;
mod dns;
mod foreign;
mod looks;
mod loops;
mod milter;
mod milter_client;
mod milter_edits;
mod next_hop;
mod pipeline;
mod place;
mod reachability;
mod reload;
mod verified_tls;
