//! The envelope as its specification has it: there and back, changed in every way, by vectors of our own and of others.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod foreign;
mod round_trip;
mod specification;
mod support;
mod tampering;
mod vectors;
