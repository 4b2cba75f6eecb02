//! End-to-end tests: the real programs, a real Postfix, a real browser.

mod dependencies;
mod documents;
mod harness;
