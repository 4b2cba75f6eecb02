//! Stage `insertion`: by which ways does Postfix hand mails to this gateway?

use std::{fmt, net::IpAddr};

use super::{Postconf, Service};
use crate::{
    config::{Listener, Settings},
    doctor::Stage,
    listen::Address,
    reinject,
};

/// A host and port, or a unix socket, as Postfix writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::doctor) enum Endpoint {
    Host { host: String, port: u16 },
    Unix(String),
}

/// How a mail gets from Postfix to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::doctor) enum Entry {
    /// After the queue: `content_filter`, or a transport of its own.
    Transport(String),
    /// Before the queue: `smtpd_proxy_filter`.
    Proxy,
    /// As a milter.
    Milter,
}

/// One place of Postfix's settings that names one of the gateway's listeners.
#[derive(Debug, Clone)]
pub(in crate::doctor) struct Use {
    pub(in crate::doctor) entry: Entry,
    /// The service of `master.cf` that has it; `None` is mail that is handed in on this host (`sendmail`), or all mail.
    pub(in crate::doctor) service: Option<Service>,
    /// The listener's place in the settings.
    pub(in crate::doctor) listener: usize,
}

/// What was found.
pub(in crate::doctor) struct Found {
    pub(in crate::doctor) uses: Vec<Use>,
    /// Where mails come back, if that is a service of this Postfix.
    pub(in crate::doctor) reinjection: Option<Service>,
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.entry {
            Entry::Transport(name) => write!(f, "after the queue (transport {name})")?,
            Entry::Proxy => f.write_str("before the queue (smtpd_proxy_filter)")?,
            Entry::Milter => f.write_str("as a milter")?,
        }
        match &self.service {
            Some(service) => write!(f, " for {}", service.title()),
            None => f.write_str(" for mail of this host"),
        }
    }
}

impl Found {
    pub(super) fn look(conf: &Postconf, settings: &Settings) -> Self {
        let reinjection = conf.listeners().find(|service| is_next_hop(service, settings)).cloned();
        let is_back = |service: &Service| reinjection.as_ref().is_some_and(|back| back.name == service.name);
        let finder = Finder { conf, settings };
        let mut uses = Vec::new();
        for service in conf.listeners().filter(|service| !is_back(service)) {
            let own = Some(service);
            uses.extend(finder.transports(own, conf.of(service, "content_filter")));
            uses.extend(finder.direct(&Entry::Proxy, own, conf.of(service, "smtpd_proxy_filter")));
            uses.extend(finder.direct(&Entry::Milter, own, conf.of(service, "smtpd_milters")));
        }
        let pickup = conf.services.iter().find(|service| service.command == "pickup");
        let of_pickup = |name| pickup.map_or_else(|| conf.main(name), |service| conf.of(service, name));
        uses.extend(finder.transports(None, of_pickup("content_filter")));
        uses.extend(finder.direct(&Entry::Milter, None, conf.main("non_smtpd_milters")));
        for name in ["default_transport", "relay_transport"] {
            uses.extend(finder.transports(None, conf.main(name)));
        }
        let relay = conf.main("relayhost").map(|host| format!("smtp:{host}"));
        uses.extend(finder.transports(None, relay.as_deref()));
        Self { uses, reinjection }
    }
}

struct Finder<'a> {
    conf: &'a Postconf,
    settings: &'a Settings,
}

impl Finder<'_> {
    /// Reads `transport:destination` (or a list of destinations behind one transport).
    fn transports(&self, service: Option<&Service>, value: Option<&str>) -> Vec<Use> {
        let Some((transport, destinations)) = value.and_then(|value| value.split_once(':')) else {
            return Vec::new();
        };
        let transport = transport.trim();
        if self
            .conf
            .transport(transport)
            .is_none_or(|known| !matches!(known.command.as_str(), "smtp" | "lmtp"))
        {
            return Vec::new();
        }
        self.direct(&Entry::Transport(transport.to_owned()), service, Some(destinations))
    }

    /// Reads a list of destinations.
    fn direct(&self, entry: &Entry, service: Option<&Service>, value: Option<&str>) -> Vec<Use> {
        let words =
            value.unwrap_or_default().split([',', ' ', '\t', '{', '}']).filter(|word| !word.is_empty());
        let listeners = words.filter_map(|word| Endpoint::parse(word)?.listener(self.settings));
        listeners.map(|listener| Use { entry: entry.clone(), service: service.cloned(), listener }).collect()
    }
}

impl Endpoint {
    /// Reads `inet:host:port`, `[host]:port`, `host:port`, `port`, `unix:path`.
    pub(in crate::doctor) fn parse(text: &str) -> Option<Self> {
        if let Some(path) = text.strip_prefix("unix:").or_else(|| text.strip_prefix("local:")) {
            return Some(Self::Unix(path.to_owned()));
        }
        let text = text.strip_prefix("inet:").unwrap_or(text);
        let (host, port) = text.rsplit_once(':').unwrap_or(("127.0.0.1", text));
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let host = if host.is_empty() { "127.0.0.1" } else { host };
        Some(Self::Host { host: host.to_owned(), port: port.parse().ok()? })
    }

    /// Gives the listener of the settings that this is, by its place.
    fn listener(&self, settings: &Settings) -> Option<usize> {
        settings.listeners.iter().position(|listener| self.is(listener))
    }

    fn is(&self, listener: &Listener) -> bool {
        match (self, &listener.address) {
            (Self::Unix(path), Address::Unix(file)) => {
                // A chrooted service counts from Postfix's queue folder.
                let own = file.path.to_string_lossy();
                own == path.as_str() || own.ends_with(&format!("/{}", path.trim_start_matches('/')))
            }
            (Self::Host { host, port }, Address::Tcp(own)) => *port == own.port() && is_host(host, own.ip()),
            _ => false,
        }
    }
}

/// Says whether a host of Postfix's settings may be this address. A name may be anything: the port decides.
fn is_host(host: &str, own: IpAddr) -> bool {
    match host.parse::<IpAddr>() {
        Ok(ip) => ip == own || own.is_unspecified(),
        Err(_) => true,
    }
}

/// Says whether a listener of Postfix is our next hop.
fn is_next_hop(service: &Service, settings: &Settings) -> bool {
    let (host, port) = service.name.rsplit_once(':').unwrap_or(("", &service.name));
    let host = host.trim_start_matches('[').trim_end_matches(']');
    settings.next_hop.addresses.iter().any(|address| match address {
        reinject::Address::Host(text) => {
            let same_port = text.rsplit_once(':').is_some_and(|(_, own)| own == port);
            same_port
                && (host.is_empty() || address.host().is_some_and(|own| own == host || own == "localhost"))
        }
        reinject::Address::Unix(path) => path.to_string_lossy().ends_with(service.name.as_str()),
    })
}

pub(super) fn examine(found: &Found, settings: &Settings) -> Stage {
    if found.uses.is_empty() {
        let addresses: Vec<String> =
            settings.listeners.iter().map(|listener| listener.address.to_string()).collect();
        return Stage::fail(
            "insertion",
            format!(
                "nothing in Postfix's settings names a listener of this gateway ({})",
                addresses.join(", ")
            ),
            "choose a way in conf/postfix/README.md and add its lines to main.cf and master.cf, then `postfix reload`. A \
             FILTER action in an access table cannot be seen from here",
        );
    }
    let uses: Vec<String> = found.uses.iter().map(ToString::to_string).collect();
    Stage::pass("insertion", uses.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_as_postfix_writes_them() {
        let host = |host: &str, port| Some(Endpoint::Host { host: host.to_owned(), port });
        for (text, expected) in [
            ("inet:127.0.0.1:12600", host("127.0.0.1", 12600)),
            ("[127.0.0.1]:12601", host("127.0.0.1", 12601)),
            ("inet:[::1]:12601", host("::1", 12601)),
            ("gateway.example.org:12601", host("gateway.example.org", 12601)),
            (":12601", host("127.0.0.1", 12601)),
            ("12601", host("127.0.0.1", 12601)),
            ("unix:/run/x.sock", Some(Endpoint::Unix("/run/x.sock".to_owned()))),
            ("connect_timeout=5s", None),
            ("[127.0.0.1]:smtp", None),
        ] {
            assert_eq!(Endpoint::parse(text), expected, "{text}");
        }
    }
}
