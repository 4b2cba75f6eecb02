//! Facts about a client that another server tells: XFORWARD and XCLIENT of Postfix (its `XFORWARD_README` and
//! `XCLIENT_README`), and what the PROXY protocol says.

use std::net::{IpAddr, SocketAddr};

use super::params::is_xtext;
use crate::reply::Reply;

/// Attributes of XFORWARD that are announced and taken.
pub(super) const XFORWARD: [&str; 7] = ["NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE"];

/// Attributes of XCLIENT that are announced and taken.
pub(super) const XCLIENT: [&str; 8] =
    ["NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT"];

/// Longest value of an attribute.
const MAX_VALUE: usize = 1024;

/// Attributes as `NAME=value`, names in upper case, values verbatim in xtext, each name once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attributes(Vec<String>);

impl Attributes {
    /// Reads what stands behind the verb: `NAME=xtext`, at least one, of these names only.
    pub(super) fn parse(text: &str, verb: &str, names: &[&str]) -> Result<Self, Reply> {
        let mut attributes = Self::default();
        for attribute in text.split(' ').filter(|attribute| !attribute.is_empty()) {
            let parted = attribute.split_once('=').map(|(name, value)| (name.to_ascii_uppercase(), value));
            match parted {
                Some((name, value)) if names.contains(&name.as_str()) && is_good(&name, value) => {
                    attributes.set(&name, value);
                }
                _ => return Err(bad(verb)),
            }
        }
        if attributes.0.is_empty() { Err(bad(verb)) } else { Ok(attributes) }
    }

    /// Makes those of a client of which only the address is known.
    pub(super) fn of(client: SocketAddr) -> Self {
        let address = match client.ip().to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("IPV6:{address}"),
        };
        Self(vec![format!("ADDR={address}"), format!("PORT={}", client.port())])
    }

    /// Sets one; what was known under this name before is forgotten.
    fn set(&mut self, name: &str, value: &str) {
        self.0.retain(|known| known.split('=').next() != Some(name));
        self.0.push(format!("{name}={value}"));
    }

    /// Sets all of these.
    pub(super) fn merge(&mut self, more: &Self) {
        for attribute in &more.0 {
            if let Some((name, value)) = attribute.split_once('=') {
                self.set(name, value);
            }
        }
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The value of one, if it is known.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|attribute| attribute.strip_prefix(name)?.strip_prefix('='))
    }

    /// Those that XFORWARD has, to be sent on.
    pub(super) fn to_xforward(&self) -> Vec<String> {
        let is_known =
            |attribute: &&String| XFORWARD.iter().any(|name| attribute.split('=').next() == Some(name));
        self.0.iter().filter(is_known).cloned().collect()
    }
}

fn bad(verb: &str) -> Reply {
    Reply::new(501, [5, 5, 4], format!("Bad {verb} attribute"))
}

/// Whether a value can be one of this attribute: text without control characters, and where it's an address or a port
/// none but that.
fn is_good(name: &str, value: &str) -> bool {
    let is_text = !value.is_empty() && value.len() <= MAX_VALUE && is_xtext(value);
    is_text
        && match name {
            _ if matches!(value, "[UNAVAILABLE]" | "[TEMPUNAVAIL]") => true,
            "ADDR" | "DESTADDR" => is_address(value),
            "PORT" | "DESTPORT" => {
                value.parse::<u16>().is_ok_and(|_| value.bytes().all(|b| b.is_ascii_digit()))
            }
            _ => true,
        }
}

/// Whether this is an address as Postfix writes it: IPv6 with `IPV6:` before it.
fn is_address(value: &str) -> bool {
    let v6 = value.get(..5).filter(|start| start.eq_ignore_ascii_case("IPV6:")).and_then(|_| value.get(5..));
    match v6 {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => value.parse::<std::net::Ipv4Addr>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_facts_replace_former_ones_and_the_next_hop_gets_what_xforward_has() {
        let mut known = Attributes::of("[::ffff:192.0.2.1]:4711".parse().unwrap());
        assert_eq!(known.to_xforward(), ["ADDR=192.0.2.1", "PORT=4711"]);
        assert_eq!(Attributes::of("[2001:db8::1]:1".parse().unwrap()).get("ADDR"), Some("IPV6:2001:db8::1"));
        let more = Attributes::parse("LOGIN=alice addr=IPV6:2001:db8::2 HELO=c.example", "XCLIENT", &XCLIENT);
        known.merge(&more.unwrap());
        assert_eq!(known.to_xforward(), ["PORT=4711", "ADDR=IPV6:2001:db8::2", "HELO=c.example"]);
        assert_eq!(known.get("LOGIN"), Some("alice"));
        known.clear();
        assert_eq!(known, Attributes::default());
    }

    #[test]
    fn what_is_no_attribute_is_refused() {
        for text in [
            "",
            " ",
            "ADDR",
            "ADDR=",
            "=x",
            "LOGIN=a",
            "ADDR=192.0.2.1 FOO=x",
            "ADDR=mx.example",
            "ADDR=2001:db8::1",
            "ADDR=IPV6:192.0.2.1",
            "ADDR=192.0.2.1+0A",
            "PORT=65536",
            "PORT=+25",
            "PORT=x",
            "HELO=a+0D+0Ab",
            "HELO=+4",
        ] {
            assert!(Attributes::parse(text, "XFORWARD", &XFORWARD).is_err(), "{text}");
        }
        let long = format!("HELO={}", "a".repeat(MAX_VALUE + 1));
        assert!(Attributes::parse(&long, "XFORWARD", &XFORWARD).is_err());
        for text in ["ADDR=[UNAVAILABLE] PORT=[UNAVAILABLE]", "ADDR=192.0.2.1 ADDR=192.0.2.2", "helo=a+2Bb"] {
            assert!(Attributes::parse(text, "XFORWARD", &XFORWARD).is_ok(), "{text}");
        }
    }
}
