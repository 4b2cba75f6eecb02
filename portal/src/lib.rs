//! Portal.
