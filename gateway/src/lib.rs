//! The gateway of Sealpost: takes mails from the MTA, seals those that policy selects, hands them back to the MTA.
//!
//! Read [`pipeline`] first. The way of one mail: [`receive`], [`parse`], [`decide`], [`seal`], [`carry`],
//! [`reinject`]; each module is one step and gives what the next one takes. `README.md` beside this crate is the guide.

pub mod carry;
pub mod config;
pub mod decide;
pub mod parse;
pub mod receive;
pub mod reinject;
pub mod reply;
pub mod seal;
