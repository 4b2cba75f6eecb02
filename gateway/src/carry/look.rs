//! How a carrier mail looks: the brand, and the way in which the envelope gets to the reader.

/// A brand's look, checked when the settings are read.
#[derive(Debug, Clone, Default)]
pub struct Look {}

/// How the envelope gets to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// In the link alone, as long as `[portal] link_max_bytes` lets it; in the attachment alone where not.
    Link,
    /// In the attachment alone.
    Attachment,
    /// In the attachment, and in the link too as long as `[portal] link_max_bytes` lets it.
    #[default]
    Both,
}
