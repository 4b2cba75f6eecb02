//! Names by which the portal has the gateway seal what readers answer.
//!
//! The portal never seals. It hands an answer to the gateway with [`SEAL_FIELD`] in it, once the gateway has said with
//! [`SEAL_KEYWORD`] that it knows the field: any other server would hand the answer on in clear.

/// The EHLO and LHLO keyword of a server that seals mails with [`SEAL_FIELD`].
pub const SEAL_KEYWORD: &str = "XSEALPOST";

/// The header field that asks for sealing to every recipient outside, whatever the policy says. Asking for it is safe whoever
/// does it, so it needs no proof; any value counts.
pub const SEAL_FIELD: &str = "Sealpost-Seal";

/// The value of [`SEAL_FIELD`] that the portal writes.
pub const SEAL_OUTSIDE: &str = "outside";
