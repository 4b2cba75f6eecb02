//! End-to-end tests: the real programs, a real Postfix, a real browser.

mod answer;
mod bombs;
mod browser;
mod corpus;
mod demo;
mod dependencies;
mod desk;
mod disk;
mod doctor;
mod documents;
mod faults;
mod harness;
mod hostile;
mod insertion;
mod killed;
mod large;
mod legit;
mod looks;
mod milter;
mod overload;
mod portal;
mod restart;
mod sign_in;
mod storms;
mod watch;
