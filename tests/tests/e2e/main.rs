//! End-to-end tests: the real programs, a real Postfix, a real browser.

mod browser;
mod corpus;
mod dependencies;
mod documents;
mod faults;
mod harness;
mod killed;
