//! Cuts a mail into its parts and decodes them: what the gateway's policy and the portal's page have in common.
//!
//! The two never know each other, but a mail has to fall into the same parts for both: what policy looked into must be what
//! the reader is shown. So the one cutter that both use is a crate of its own; `sealpost-common` stays the envelope format.
//!
//! [`structure`] cuts the mail, [`section`] reads header sections, [`params`] reads media types and file names,
//! [`transfer`] and [`charset`] turn bodies into bytes and text, [`tnef`] and [`rtf`] unpack what Outlook packs. Nothing
//! here fails on malformed input, and the work is linear in it; limits of structure are errors. Decoding says how far the
//! outcome is right ([`Fidelity`]); [`is_invisible`] says which characters a reader does not see. There is no I/O here, and
//! nothing that is for display: making text fit to show is the portal's.

pub mod charset;
mod encoded_word;
pub mod escape;
mod fidelity;
pub mod flowed;
mod invisible;
pub mod params;
pub mod rtf;
pub mod section;
pub mod structure;
pub mod tnef;
pub mod transfer;

pub use encoded_word::{decode as decode_words, rewrite as rewrite_words};
pub use fidelity::{Decoded, Fidelity};
pub use invisible::is_invisible;
