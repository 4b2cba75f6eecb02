//! The whole mail as a reader gets it, to keep or to pass on.

use std::borrow::Cow;

use sealpost_mime::structure;

/// Fields that name those whom the sender kept from each other. Most MTAs have removed them before a mail is sealed; one that
/// hands it over before its queue has not.
const SECRET: [&str; 2] = ["bcc", "resent-bcc"];

/// The mail without what names its recipients in secret; all else byte for byte.
#[must_use]
pub fn whole_mail(mail: &[u8]) -> Cow<'_, [u8]> {
    structure::without_fields(mail, &SECRET)
}
