//! Tells whether a mail is protected already.

/// A way in which a mail is protected before we see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protection {
    /// S/MIME, encrypted (RFC 8551: enveloped-data, authEnveloped-data).
    SmimeEncrypted,
    /// S/MIME, signed: multipart/signed or opaque.
    SmimeSigned,
    /// PGP/MIME, encrypted (RFC 3156).
    PgpMimeEncrypted,
    /// PGP/MIME, signed.
    PgpMimeSigned,
    /// An encrypted PGP message as armored text in a body.
    PgpInlineEncrypted,
    /// A PGP clear-signed text in a body.
    PgpInlineSigned,
    /// A carrier mail of Sealpost.
    Sealed,
}

impl Protection {
    /// All ways, with the names that settings give them.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("smime-encrypted", Self::SmimeEncrypted),
        ("smime-signed", Self::SmimeSigned),
        ("pgp-mime-encrypted", Self::PgpMimeEncrypted),
        ("pgp-mime-signed", Self::PgpMimeSigned),
        ("pgp-inline-encrypted", Self::PgpInlineEncrypted),
        ("pgp-inline-signed", Self::PgpInlineSigned),
        ("sealed", Self::Sealed),
    ];
}
