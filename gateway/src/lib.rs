//! Gateway.

pub mod receive;
pub mod reinject;
pub mod reply;
