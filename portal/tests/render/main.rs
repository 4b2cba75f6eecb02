//! Shows mails and hostile HTML, and looks at what comes out with other eyes: a tree of html5ever's own kind, with an
//! allow-list written out a second time, and Python's `email` package.
//!
//! The foreign corpus is a folder of its own: `SEALPOST_CORPUS`, or `../shared/corpus` beside the project. A clone
//! without it runs the project's own payloads and mails.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod bombs;
mod corpus;
mod legit;
mod mails;
mod payloads;
mod python;
mod sanitise;
mod soup;
mod walk;
