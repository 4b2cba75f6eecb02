//! Each way into a real Postfix, with the settings of `conf/postfix`: the same mails by all of them, counted and compared
//! with what Postfix alone makes of them.

mod actions;
mod admin;
mod aliases;
mod dsn;
mod lane;
mod mails;
mod outcome;
mod relay;
mod several;
mod submission;
mod table;
mod tls;
