//! Says where mails are handed back, how, and how patiently.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::credentials::Credentials;
use super::tls::Tls;

/// Where a next hop listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// `host:port`, looked up at each connect; all addresses of the host are tried in turn.
    Host(String),
    /// The path of a unix socket.
    Unix(PathBuf),
}

impl Address {
    /// The name in the certificate: the host without its port. A unix socket has none.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        let Self::Host(address) = self else { return None };
        let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
        Some(host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host))
    }
}

impl From<String> for Address {
    /// Takes `unix:/path` as a socket, anything else as `host:port`.
    fn from(text: String) -> Self {
        match text.strip_prefix("unix:") {
            Some(path) => Self::Unix(path.into()),
            None => Self::Host(text),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(address) => f.write_str(address),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// The protocol of the next hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SMTP (RFC 5321): one reply to a content.
    Smtp,
    /// LMTP (RFC 2033): one reply to a content for each recipient that was accepted.
    Lmtp,
}

impl Dialect {
    /// The verb of the hello.
    pub(crate) fn hello(self) -> &'static str {
        match self {
            Self::Smtp => "EHLO",
            Self::Lmtp => "LHLO",
        }
    }
}

/// Says where mails are handed back, and how patiently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextHop {
    /// Where it listens. The later ones are for when no session can be begun at the earlier ones.
    pub addresses: Vec<Address>,
    /// SMTP or LMTP.
    pub dialect: Dialect,
    /// Whether and how the connection is encrypted.
    pub tls: Tls,
    /// Who we are there, if it wants to know. Only ever sent over TLS.
    pub credentials: Option<Credentials>,
    /// Our name in EHLO.
    pub hostname: String,
    /// Longest time to connect.
    pub connect_timeout: Duration,
    /// Longest wait for the greeting.
    pub greeting_timeout: Duration,
    /// Longest wait for TLS, and for the reply to EHLO, AUTH, XFORWARD, MAIL, RCPT, DATA.
    pub command_timeout: Duration,
    /// Longest time in which the next hop takes no more of the content.
    pub data_block_timeout: Duration,
    /// Longest wait for the reply to the content.
    pub data_done_timeout: Duration,
    /// How long an address that did not answer is left alone; mails are told to come again at once meanwhile.
    pub pause_after_timeout: Duration,
    /// Connections that mails have at a time. A mail that needs more has its way alone.
    pub max_connections: usize,
    /// Idle connections that are kept for further mails.
    pub max_idle: usize,
    /// How long a connection is kept idle.
    pub max_idle_age: Duration,
}

impl NextHop {
    /// Gives a next hop with the usual limits, to speak SMTP with in clear.
    #[must_use]
    pub fn new(address: impl Into<String>, hostname: impl Into<String>) -> Self {
        Self {
            addresses: vec![Address::from(address.into())],
            dialect: Dialect::Smtp,
            tls: Tls::off(),
            credentials: None,
            hostname: hostname.into(),
            connect_timeout: Duration::from_secs(10),
            greeting_timeout: Duration::from_secs(30),
            command_timeout: Duration::from_mins(1),
            data_block_timeout: Duration::from_mins(2),
            data_done_timeout: Duration::from_mins(5),
            pause_after_timeout: Duration::from_secs(10),
            max_connections: 100,
            max_idle: 20,
            max_idle_age: Duration::from_secs(15),
        }
    }
}

impl fmt::Display for NextHop {
    /// Names the addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, address) in self.addresses.iter().enumerate() {
            write!(f, "{}{address}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_addresses() {
        for (text, host) in [
            ("mx.example:25", Some("mx.example")),
            ("192.0.2.1:25", Some("192.0.2.1")),
            ("[2001:db8::1]:25", Some("2001:db8::1")),
            ("unix:/run/next-hop", None),
        ] {
            let address = Address::from(text.to_owned());
            assert_eq!((address.host(), address.to_string().as_str()), (host, text));
        }
    }
}
