//! Receives mail: an SMTP and an LMTP server that hands each mail to a [`MailHandler`] and gives the handler's reply.
//!
//! The way of one session: [`serve`] accepts a connection from a trusted network, `session` reads its commands
//! line by line (`framer`), understands them (`command`, `path`, `params`), reads the mail (`data`) and has
//! it carried. Nothing here keeps a mail or answers for it: 250 is only what the handler said.

mod attributes;
mod channel;
mod command;
mod data;
mod framer;
mod mail;
mod memory;
mod network;
mod params;
mod path;
mod places;
mod proxy;
mod refusals;
mod server;
mod session;
mod state;
mod tls;
mod wire;

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::reply::Reply;

pub use memory::{Memory, Share};
pub use network::{Network, NetworkError};
pub use places::{Place, Places};
pub use server::{serve, serve_connection};
pub use tls::{Tls, TlsError, TlsFiles};

impl Protocol {
    /// Names it as the metrics do.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Lmtp => "lmtp",
        }
    }
}

/// Says which of the two protocols a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// SMTP (RFC 5321): one reply for a mail.
    Smtp,
    /// LMTP (RFC 2033): one reply for each recipient.
    Lmtp,
}

/// What a listener speaks and allows.
#[derive(Debug, Clone)]
pub struct Service {
    /// SMTP or LMTP.
    pub protocol: Protocol,
    /// What clients may do, and who may be one.
    pub limits: Limits,
    /// The connections of this listener; those of all are in [`Limits`].
    pub places: Option<Places>,
    /// STARTTLS, where it is offered.
    pub tls: Option<Tls>,
    /// Load balancers: they, and nobody else, begin their connections with the PROXY protocol's header.
    pub balancers: Vec<Network>,
    /// Whether clients may say by XCLIENT for whom they speak.
    pub xclient: bool,
}

impl Service {
    /// Gives a service with nothing but these limits.
    #[must_use]
    pub fn new(protocol: Protocol, limits: Limits) -> Self {
        Self { protocol, limits, places: None, tls: None, balancers: Vec::new(), xclient: false }
    }

    /// Whether this is the address of a load balancer.
    pub(crate) fn is_balancer(&self, ip: IpAddr) -> bool {
        self.balancers.iter().any(|network| network.contains(ip))
    }

    /// Takes over what the sessions of a running listener share; says whether it was to be something else.
    pub(crate) fn keep_shared(&mut self, running: &Self) -> bool {
        let count = |places: &Option<Places>| places.as_ref().map(Places::count);
        let changed = self.limits.memory.size() != running.limits.memory.size()
            || self.limits.places.count() != running.limits.places.count()
            || count(&self.places) != count(&running.places);
        self.limits.memory = running.limits.memory.clone();
        self.limits.places = running.limits.places.clone();
        self.places.clone_from(&running.places);
        changed
    }
}

/// Says which replies the client expects after the end of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyMode {
    /// One for the mail (SMTP).
    One,
    /// One for each recipient, in the order of [`Received::recipients`] (LMTP).
    PerRecipient,
}

/// The handler's answer to a mail, in the form that [`ReplyMode`] asked for.
///
/// `One` is always right: over LMTP every recipient then gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replies {
    /// The reply for the mail.
    One(Reply),
    /// The replies for the recipients, in their order.
    PerRecipient(Vec<Reply>),
}

/// Carries received mails. The reply it gives is the reply that the client gets.
pub trait MailHandler: Send + Sync + 'static {
    /// Takes a mail on and answers for it. If this panics, the client gets 451 and keeps the mail.
    fn carry(&self, mail: Received, replies: ReplyMode) -> impl Future<Output = Replies> + Send;

    /// Whether DSN parameters (RFC 3461) get through to the next hop. Where they do not they are not announced, and the
    /// client does what is to be done for a host that knows nothing of them.
    fn carries_dsn(&self) -> bool {
        true
    }
}

/// One mail as it came in. It has no `Debug` output, because that would hold the mail.
#[derive(Clone)]
pub struct Received {
    /// Who handed it in.
    pub client: Client,
    /// The envelope sender with the parameters of MAIL.
    pub sender: Path,
    /// The envelope recipients with the parameters of their RCPT.
    pub recipients: Vec<Path>,
    /// What DATA carried, dots unstuffed, without the final `.`: every byte of it.
    pub mail: Bytes,
    /// What the mail takes of the memory for mails; more has to be asked for.
    pub memory: Arc<Share>,
    /// How long the mail took to come in, from the 354 to the end of its data.
    pub receiving: Duration,
    /// When the client may give up waiting for the reply. It then tries again, so nothing should be sent after that.
    pub deadline: Instant,
}

/// The peer of a session, and what it says of its own client.
#[derive(Debug, Clone)]
pub struct Client {
    /// The address of the peer.
    pub ip: IpAddr,
    /// The name that it gave in HELO, EHLO or LHLO.
    pub helo: String,
    /// The protocol as it stands in a `Received` field: `SMTP`, `ESMTPS`, `LMTP` ...
    pub protocol: &'static str,
    /// What is known of the client behind it by XFORWARD, XCLIENT and PROXY: attributes of XFORWARD, `NAME=value`
    /// verbatim.
    pub xforward: Vec<String>,
    /// The name by which it authenticated itself, as XCLIENT says, in xtext.
    pub login: Option<String>,
}

/// An envelope address as it stood between `<` and `>`, with its ESMTP parameters, all verbatim.
///
/// Parsed forms are never sent on: quotes, escapes and xtext stay as the client wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The address; empty for the null sender.
    pub raw: String,
    /// `KEYWORD=value` or `KEYWORD`, checked for syntax, in the order in which they came.
    pub params: Vec<String>,
}

/// What a listener allows, and how it calls itself.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The name in the greeting.
    pub hostname: String,
    /// Largest mail, in octets, dots unstuffed. Announced as SIZE.
    pub max_message_size: usize,
    /// The memory for the mails of all sessions.
    pub memory: Memory,
    /// Recipients of one mail.
    pub max_recipients: usize,
    /// The connections of all listeners.
    pub places: Places,
    /// Refused commands since the last mail before the session is closed.
    pub max_errors: u32,
    /// Commands that lead nowhere (NOOP, RSET, VRFY, EHLO …) since the last mail before the session is closed.
    pub max_idle_commands: u32,
    /// Peers that may connect. The gateway passes on whatever they hand in, so nobody else may.
    pub trusted_networks: Vec<Network>,
    /// Longest time for one whole command line.
    pub command_timeout: Duration,
    /// Longest pause inside DATA.
    pub data_pause_timeout: Duration,
    /// Longest time for all of DATA.
    pub data_timeout: Duration,
    /// Longest time from the end of DATA to the replies to the mail.
    pub carry_timeout: Duration,
    /// Longest time in which the client takes no reply.
    pub write_timeout: Duration,
    /// How long mails in progress may take to finish after shutdown began.
    pub shutdown_grace: Duration,
}

impl Limits {
    /// Gives the usual limits, with nobody trusted yet.
    #[must_use]
    pub fn new(hostname: impl Into<String>) -> Self {
        Self {
            hostname: hostname.into(),
            max_message_size: 50 * 1024 * 1024,
            memory: Memory::new(1024 * 1024 * 1024),
            max_recipients: 1000,
            places: Places::new(200),
            max_errors: 20,
            max_idle_commands: 100,
            trusted_networks: Vec::new(),
            command_timeout: Duration::from_mins(5),
            data_pause_timeout: Duration::from_mins(3),
            data_timeout: Duration::from_mins(30),
            carry_timeout: Duration::from_mins(9),
            write_timeout: Duration::from_mins(1),
            shutdown_grace: Duration::from_mins(1),
        }
    }
}

impl Client {
    /// The value of an XFORWARD attribute as it came, if the client knows it.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let value =
            self.xforward.iter().find_map(|attribute| attribute.strip_prefix(name)?.strip_prefix('='))?;
        (!matches!(value, "[UNAVAILABLE]" | "[TEMPUNAVAIL]")).then_some(value)
    }

    /// The queue ID that the client has for the mail (XFORWARD `IDENT`).
    #[must_use]
    pub fn ident(&self) -> Option<&str> {
        self.attribute("IDENT")
    }
}

impl Path {
    /// Whether this is the null sender `<>`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.raw.is_empty()
    }

    /// The value of an ESMTP parameter (empty for one without value), if it was given.
    #[must_use]
    pub fn param(&self, keyword: &str) -> Option<&str> {
        self.params.iter().find_map(|param| {
            let (name, value) = param.split_once('=').unwrap_or((param, ""));
            name.eq_ignore_ascii_case(keyword).then_some(value)
        })
    }
}
