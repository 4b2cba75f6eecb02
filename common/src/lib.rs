//! The sealed envelope of Sealpost: format, keys, sealing and opening.
//!
//! `ENVELOPE.md` beside this crate is the specification; the modules follow its chapters and use its words. The crate
//! does no I/O but through [`std::io::Read`] and [`std::io::Write`] arguments, knows no clock, and takes randomness as
//! an argument. The suite is fixed: callers seal and open, and choose nothing.
//!
//! - The gateway: [`seal::Sealer::seal`] gives a [`seal::SealedEnvelope`].
//! - The portal: [`armor::TextDecoder`] or [`armor::decode_link`], then [`envelope::UnverifiedHeader::parse`], and from
//!   there on one type a step.
//!
//! ```
//! use sealpost_common::address::DomainPattern;
//! use sealpost_common::envelope::open_bytes;
//! use sealpost_common::grant::{Rights, SignIn, Terms};
//! use sealpost_common::keys::{OpeningKey, OpeningKeys, SigningKey, TrustedGateway, TrustedGateways};
//! use sealpost_common::seal::Sealer;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut rng = rand::rng();
//! let (signing_key, opening_key) = (SigningKey::generate(&mut rng), OpeningKey::generate(&mut rng));
//! let domains = vec![DomainPattern::parse("example.org")?];
//! let gateways = TrustedGateways::new(vec![TrustedGateway { key: signing_key.verifying_key(), domains }]);
//!
//! let terms = Terms {
//!     envelope_sender: Some("alice@example.org".to_owned()),
//!     author: Some("alice@example.org".to_owned()),
//!     recipients: vec!["bob@example.net".to_owned()],
//!     message_id_hash: None,
//!     created: 1_795_348_800,
//!     expires: None,
//!     rights: Rights::all(),
//!     sign_in: SignIn::Any,
//!     brand: String::new(),
//!     language: String::new(),
//! };
//! let sealer = Sealer::new(signing_key, opening_key.sealing_key(), None);
//! let envelope = sealer.seal(b"Subject: Invoice\r\n\r\nsee below\r\n", &terms, &mut rng)?.to_bytes();
//!
//! let mail = open_bytes(&envelope, &gateways, &OpeningKeys::new(vec![opening_key]))?;
//! assert_eq!(mail, b"Subject: Invoice\r\n\r\nsee below\r\n");
//! # Ok(())
//! # }
//! ```

pub mod address;
pub mod answer;
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
pub mod probe;
pub mod seal;
