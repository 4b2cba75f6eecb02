//! The sealed envelope of Sealpost: format, keys, sealing and opening.
//!
//! `ENVELOPE.md` beside this crate is the specification; the modules follow its chapters and use its words. The crate
//! does no I/O but through [`std::io::Read`] and [`std::io::Write`] arguments, knows no clock, and takes randomness as
//! an argument. The suite is fixed: callers seal and open, and choose nothing.
//!
//! - The gateway: [`seal::Sealer::seal`] gives a [`seal::SealedEnvelope`].
//! - The portal: [`armor::TextDecoder`] or [`armor::decode_link`], then [`envelope::UnverifiedHeader::parse`], and from
//!   there on one type a step.

pub mod address;
pub mod armor;
pub mod envelope;
pub mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod grant;
pub mod keys;
mod label;
pub mod limits;
mod payload;
pub mod seal;
