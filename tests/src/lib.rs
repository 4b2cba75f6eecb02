//! The harness of the end-to-end tests, the demo and the benchmark: starts gateway, portal, Postfix and a browser
//! on loopback ports, each run in a temporary folder of its own, and looks at what comes out.

pub mod browser;
pub mod carrier;
pub mod certificate;
pub mod inbox;
pub mod maildir;
pub mod mails;
pub mod milter;
pub mod place;
pub mod postfix;
pub mod postgres;
pub mod process;
pub mod providers;
pub mod proxy;
pub mod reader;
pub mod replicas;
pub mod secrets;
pub mod sink;
pub mod site;
pub mod smtp;
pub mod watch;
