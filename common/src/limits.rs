//! Sets the limits of the format (ENVELOPE.md, "Limits").
//!
//! A reader refuses what is larger before it allocates or computes anything in proportion to it.

/// The most bytes that a mail may have: 150 MiB.
pub const MAX_MAIL_LEN: u64 = 150 * 1024 * 1024;

/// The most bytes that a payload may have: 160 MiB, room for a mail that does not compress.
pub const MAX_PAYLOAD_LEN: u64 = 160 * 1024 * 1024;

/// The most bytes that a header may have, signature included: 2 MiB.
pub const MAX_HEADER_LEN: usize = 2 * 1024 * 1024;

/// The most grants in a header.
pub const MAX_GRANTS: usize = 4;

/// The most bytes of a grant's ciphertext: 512 KiB of padded plaintext and the tag.
pub const MAX_GRANT_CIPHERTEXT_LEN: usize = 512 * 1024 + 16;

/// The most recipients that a grant may name.
pub const MAX_RECIPIENTS: usize = 1000;

/// The most bytes of an address: 64 for the local part, one for the `@`, 255 for the domain (RFC 5321, 4.5.3.1).
pub const MAX_ADDRESS_LEN: usize = 320;

/// The most bytes of a brand's name.
pub const MAX_BRAND_LEN: usize = 64;

/// The most bytes of a language tag; RFC 5646, 4.4.1 asks for room for 35.
pub const MAX_LANGUAGE_LEN: usize = 35;

/// The base-2 logarithm of the largest window that a reader grants to zstd: 8 MiB (RFC 8878, 3.1.1.1.2).
pub const MAX_WINDOW_LOG: u32 = 23;
