//! The gateway of Sealpost: takes mails from the MTA, seals those that policy selects, hands them back to the MTA.
//!
//! Read [`pipeline`] first. The way of one mail: [`receive`], [`parse`], [`decide`], [`seal`], [`carry`],
//! [`reinject`]; [`plan`] puts the middle ones together. `README.md` beside this crate is the guide.

pub mod carry;
pub mod cli;
pub mod config;
pub mod content;
mod copies;
pub mod decide;
mod deliver;
mod delivered;
mod doctor;
mod draft;
pub mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod hand_over;
mod keys;
pub mod listen;
mod logging;
mod mail_log;
mod mark;
pub mod metrics;
pub mod milter;
mod notice;
mod outgoing;
pub mod parse;
pub mod pipeline;
pub mod plan;
pub mod reachability;
pub mod receive;
pub mod reinject;
pub mod reply;
pub mod seal;
pub mod serve;
pub mod sign;
mod skim;
