//! SMTP and LMTP at the wire: the server that takes mails in, the client that hands them on, and both together.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod next_hop;
mod receive_corpus;
mod receive_dialogues;
mod receive_server;
mod receive_tls;
mod reinject;
mod reinject_roundtrip;
mod reinject_session;
mod talk;
