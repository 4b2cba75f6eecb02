//! Tells what a CMS object is (RFC 5652, section 3): a sequence that begins with its object identifier.

use memchr::memmem;

/// What a CMS object is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cms {
    /// Everybody can read what is in it.
    Signed,
    /// Only those whom it is for can (enveloped-data, authEnveloped-data).
    Encrypted,
}

/// Tells the kind by the first octets; `None` for compressed data, certificates alone, or no CMS object at all.
pub(super) fn kind(object: &[u8]) -> Option<Cms> {
    /// 1.2.840.113549.1.7.2, 1.2.840.113549.1.7.3 and 1.2.840.113549.1.9.16.1.23, as DER.
    const SIGNED: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    const ENVELOPED: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
    const AUTH_ENVELOPED: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17";
    // Tag and at most five octets of length stand before it.
    let starts = |identifier: &[u8]| {
        object.first() == Some(&0x30)
            && memmem::find(object.get(..20).unwrap_or(object), identifier).is_some_and(|at| at <= 6)
    };
    if starts(SIGNED) {
        Some(Cms::Signed)
    } else if starts(ENVELOPED) || starts(AUTH_ENVELOPED) {
        Some(Cms::Encrypted)
    } else {
        None
    }
}
