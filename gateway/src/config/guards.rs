//! Settings that are right each by itself, and dangerous together: mail that goes round in circles, and an open relay.

use std::net::{IpAddr, SocketAddr};

use toml::Spanned;

use super::{
    listener::Listener,
    source::{Cause, Source},
};
use crate::{
    config::Kind,
    listen,
    receive::{Network, Tls},
    reinject::{self, NextHop},
};

/// Networks that are nobody's but one's own: this host, private ones, link-local ones, those of carrier-grade NAT.
const PRIVATE: [&str; 9] = [
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
];

/// The texts in the file that the guards may have to name.
pub(super) struct Places {
    /// The addresses of the listeners, in their order.
    pub(super) listeners: Vec<Spanned<String>>,
    /// The trusted networks.
    pub(super) trusted_networks: Vec<Spanned<String>>,
    /// `allow_public_clients`.
    pub(super) allow_public_clients: bool,
}

/// Notes a listener that is the next hop itself: each mail would come back for ever.
pub(super) fn check_next_hop(
    listeners: &[Listener],
    next_hop: &NextHop,
    places: &Places,
    source: &mut Source,
) {
    for (listener, place) in listeners.iter().zip(&places.listeners) {
        if next_hop.addresses.iter().any(|address| leads_to(address, &listener.address)) {
            source.note(place, Cause::NextHopIsListener);
        }
    }
}

fn leads_to(next_hop: &reinject::Address, listener: &listen::Address) -> bool {
    match (next_hop, listener) {
        (reinject::Address::Unix(path), listen::Address::Unix(file)) => *path == file.path,
        (reinject::Address::Host(text), listen::Address::Tcp(own)) => {
            let port = text.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            let host = next_hop.host().unwrap_or_default();
            let is_here = match host.parse::<IpAddr>() {
                Ok(ip) => ip == own.ip() || (ip.is_loopback() && own.ip().is_unspecified()),
                Err(_name) => {
                    host.eq_ignore_ascii_case("localhost")
                        && (own.ip().is_loopback() || own.ip().is_unspecified())
                }
            };
            port == Some(own.port()) && is_here
        }
        _ => false,
    }
}

/// Notes trusted networks of strangers, where a listener can be reached from outside: whoever is in them could send mail
/// through this host; a socket that is handed over may be such a listener. Clients that show a certificate are no strangers. A milter counts, too: what it splits or copies for an
/// archive goes to the next hop.
pub(super) fn check_relay(listeners: &[Listener], places: &Places, source: &mut Source) {
    let is_open = |listener: &&Listener| match &listener.address {
        listen::Address::Tcp(address) => is_public(*address) && !asks_clients(&listener.kind),
        // Where it leads is for the service manager's settings to say.
        listen::Address::Handed(_) => !asks_clients(&listener.kind),
        listen::Address::Unix(_) => false,
    };
    let Some(open) = listeners.iter().find(is_open).filter(|_| !places.allow_public_clients) else { return };
    for place in &places.trusted_networks {
        if place.get_ref().parse::<Network>().is_ok_and(|network| !is_private(network)) {
            let cause =
                Cause::OpenRelay { listener: open.address.to_string(), network: place.get_ref().clone() };
            source.note(place, cause);
        }
    }
}

/// Says whether all who are served show a certificate.
fn asks_clients(kind: &Kind) -> bool {
    match kind {
        Kind::Mail(service) => service.tls.as_ref().is_some_and(Tls::asks_clients),
        Kind::Milter(_) => false,
    }
}

fn is_public(address: SocketAddr) -> bool {
    address.ip().is_unspecified() || !private().any(|network| network.contains(address.ip()))
}

fn is_private(network: Network) -> bool {
    private().any(|private| private.holds(network))
}

fn private() -> impl Iterator<Item = Network> {
    PRIVATE.iter().filter_map(|network| network.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_listeners_are_known_under_each_of_their_names() {
        let tcp = |address: &str| listen::Address::Tcp(address.parse().unwrap());
        for (next_hop, listener, expected) in [
            ("127.0.0.1:12600", "127.0.0.1:12600", true),
            ("localhost:12600", "127.0.0.1:12600", true),
            ("LOCALHOST:12600", "[::1]:12600", true),
            ("127.0.0.1:12600", "0.0.0.0:12600", true),
            ("localhost:12600", "[::]:12600", true),
            ("[::1]:12600", "[::1]:12600", true),
            ("127.0.0.1:12526", "127.0.0.1:12600", false),
            ("192.0.2.1:12600", "127.0.0.1:12600", false),
            ("mx.example.org:12600", "127.0.0.1:12600", false),
        ] {
            let address = reinject::Address::Host(next_hop.to_owned());
            assert_eq!(leads_to(&address, &tcp(listener)), expected, "{next_hop} {listener}");
        }
    }

    #[test]
    fn public_addresses_and_private_networks() {
        for (address, expected) in [
            ("127.0.0.1:25", false),
            ("10.1.2.3:25", false),
            ("[fd00::1]:25", false),
            ("0.0.0.0:25", true),
            ("[::]:25", true),
            ("192.0.2.1:25", true),
            ("[2001:db8::1]:25", true),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
        }
        for (network, expected) in [
            ("127.0.0.1", true),
            ("192.168.7.0/24", true),
            ("fe80::/64", true),
            ("192.0.0.0/8", false),
            ("0.0.0.0/0", false),
            ("::/0", false),
            ("203.0.113.5", false),
        ] {
            assert_eq!(is_private(network.parse().unwrap()), expected, "{network}");
        }
    }
}
