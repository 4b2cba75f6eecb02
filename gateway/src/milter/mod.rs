//! Receives mail as a milter: Postfix keeps the mail and is told what to change in it.
//!
//! The way of one connection: [`serve_connection`] hands it to indymilter with the `callbacks`, which do nothing but call
//! the `session`. That puts the mail together (`mail`), has it looked at by a [`MailEditor`], and tells the MTA the
//! `edits`. One mail has one body for all its recipients here; who needs another one gets it by re-injection, which is
//! the editor's business.
//!
//! Fails closed: what goes wrong is told to the MTA as a temporary failure, and what goes wrong without a word (a process
//! that is killed between two edits) is one as well for an MTA with `milter_default_action = tempfail`.

mod callbacks;
mod connection;
mod edits;
mod mail;
mod session;

use std::{future::Future, net::IpAddr};

use crate::{
    plan::Outgoing,
    receive::{Door, Limits, Places, Received, keep_shared},
    reply::Reply,
};

pub use connection::{serve, serve_connection};

/// How the protocol is called in [`Client::protocol`](crate::receive::Client).
pub(crate) const PROTOCOL: &str = "MILTER";

/// What becomes of recipients who would get a mail in clear that others get sealed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mixed {
    /// They get it sealed as well.
    #[default]
    Seal,
    /// They are taken off the mail and get it by re-injection.
    Split,
}

/// What a milter listener does and allows.
#[derive(Debug, Clone)]
pub struct Service {
    /// What becomes of mixed recipients.
    pub mixed: Mixed,
    /// What clients may do, and who may be one.
    pub limits: Limits,
    /// The connections of this listener; those of all are in [`Limits`].
    pub places: Option<Places>,
}

impl Service {
    /// Takes over what the connections of a running listener share; says whether it was to be something else.
    pub(crate) fn keep_shared(&mut self, running: &Self) -> bool {
        keep_shared((&mut self.limits, &mut self.places), (&running.limits, &running.places))
    }
}

impl Door for Service {
    fn protocol(&self) -> &'static str {
        "milter"
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn places(&self) -> Option<&Places> {
        self.places.as_ref()
    }

    fn is_balancer(&self, _ip: IpAddr) -> bool {
        false
    }
}

/// Says what is to become of a mail that the MTA holds.
pub trait MailEditor: Send + Sync + 'static {
    /// Looks at a mail and answers for it. If this panics, the MTA is told to try again later.
    fn edit(&self, mail: Received, mixed: Mixed) -> impl Future<Output = Verdict> + Send;
}

/// What the MTA is to do with its mail.
pub enum Verdict {
    /// Refuse it with this reply, 4xx or 5xx.
    Refuse(Reply),
    /// Deliver it, changed in this way.
    Accept(Change),
}

/// What is to be changed in a mail. The default is: nothing.
#[derive(Default)]
pub struct Change {
    /// What stands in its place; `None` for the mail as it is.
    pub outgoing: Option<Outgoing>,
    /// The recipients who do not get it from the MTA, by their place: they have got theirs.
    pub served: Vec<usize>,
}
