//! Says from which network a request came, past the reverse proxies that are trusted. The answer is only hashed and
//! counted, never logged.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

use crate::config::Network;

/// The network of a request, in the form under which it is counted: an IPv4 address, or the first 64 bits of an
/// IPv6 one, as one reader commonly has all of those.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClientNetwork([u8; 8]);

impl ClientNetwork {
    /// The network behind this connection. `X-Forwarded-For` is read from its end as far as trusted proxies wrote it:
    /// what stands before is whatever the client claims.
    #[must_use]
    pub fn of(peer: SocketAddr, headers: &HeaderMap, trusted_proxies: &[Network]) -> Self {
        let trusted = |address: IpAddr| trusted_proxies.iter().any(|network| network.contains(address));
        let mut client = peer.ip();
        let forwarded: Vec<&[u8]> = headers
            .get_all("x-forwarded-for")
            .iter()
            // Hop by hop: what a client writes in front must not make a proxy's word unreadable.
            .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
            .collect();
        for hop in forwarded.iter().rev() {
            if !trusted(client) {
                break;
            }
            let Some(address) = address_of(hop) else { break };
            client = address;
        }
        Self::containing(client)
    }

    /// The form under which the network is hashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn containing(address: IpAddr) -> Self {
        match address.to_canonical() {
            // 64:ff9b::/64 is a prefix that no IPv6 client has.
            IpAddr::V4(v4) => {
                let [a, b, c, d] = v4.octets();
                Self([0, 0x64, 0xff, 0x9b, a, b, c, d])
            }
            IpAddr::V6(v6) => Self(((v6.to_bits() >> 64) as u64).to_be_bytes()),
        }
    }
}

/// Reads a hop: an address, with the port that some proxies write behind it.
fn address_of(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?.trim();
    let bare = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    hop.parse().ok().or_else(|| hop.parse().ok().map(|with_port: SocketAddr| with_port.ip())).or_else(bare)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn network(text: &str) -> Network {
        Network::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn forwarded_addresses_are_believed_as_far_as_proxies_are_trusted() {
        let proxies = [network("127.0.0.1"), network("10.0.0.0/8"), network("fd00::/8")];
        for (peer, forwarded, expected) in [
            ("192.0.2.1:1", None, "192.0.2.1"),
            ("192.0.2.1:1", Some("198.51.100.7"), "192.0.2.1"),
            ("127.0.0.1:1", Some("198.51.100.7"), "198.51.100.7"),
            ("127.0.0.1:1", Some("203.0.113.9, 198.51.100.7"), "198.51.100.7"),
            ("127.0.0.1:1", Some("203.0.113.9, 198.51.100.7, 10.1.1.1"), "198.51.100.7"),
            ("127.0.0.1:1", Some("nonsense, 10.1.1.1"), "10.1.1.1"),
            ("[fd00::1]:1", Some("2001:db8::1"), "2001:db8::ffff"),
            ("[::ffff:10.0.0.1]:1", Some("192.0.2.4"), "192.0.2.4"),
            ("127.0.0.1:1", Some("\u{ff}, 198.51.100.7"), "198.51.100.7"),
            ("127.0.0.1:1", Some("198.51.100.7:4321"), "198.51.100.7"),
            ("127.0.0.1:1", Some("[2001:db8::1]:4321"), "2001:db8::ffff"),
            ("127.0.0.1:1", Some("[2001:db8::1]"), "2001:db8::ffff"),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = forwarded {
                headers.insert("x-forwarded-for", HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            let found = ClientNetwork::of(peer.parse().unwrap(), &headers, &proxies);
            assert_eq!(found, ClientNetwork::containing(expected.parse().unwrap()), "{peer} {forwarded:?}");
        }
    }
}
