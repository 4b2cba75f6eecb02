//! Reads networks of IP addresses (`192.0.2.0/24`, `2001:db8::/32`, `127.0.0.1`) and says who is inside.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A network of IP addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// Says why a text is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The part before `/` is no IP address.
    #[error("not an IP address: {0}")]
    Address(String),
    /// The part after `/` is no number, or too large for the kind of address.
    #[error("not a prefix length of this kind of address: {0}")]
    Prefix(String),
    /// Bits are set behind the prefix, so the network is not the one that was meant.
    #[error("bits are set behind the prefix of {0}")]
    HostBits(String),
}

impl Network {
    /// Whether an address is inside. An IPv4 address is the same written as IPv6 (`::ffff:192.0.2.1`).
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (address, bits) = number(address);
        let (own, own_bits) = number(self.address);
        bits == own_bits && (address ^ own) & mask(self.prefix, bits) == 0
    }
}

impl Network {
    /// Whether all of another network is inside.
    #[must_use]
    pub fn holds(&self, other: Self) -> bool {
        self.prefix <= other.prefix && self.contains(other.address)
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let Ok(address) = address.parse::<IpAddr>() else {
            return Err(NetworkError::Address(text.to_owned()));
        };
        let (value, bits) = number(address);
        let prefix = match prefix {
            None => bits,
            Some(prefix) => match prefix.parse() {
                Ok(prefix) if prefix <= bits => prefix,
                _ => return Err(NetworkError::Prefix(text.to_owned())),
            },
        };
        if value & !mask(prefix, bits) & mask(bits, bits) != 0 {
            return Err(NetworkError::HostBits(text.to_owned()));
        }
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// Gives an address as a number, and the number of its bits.
fn number(address: IpAddr) -> (u128, u8) {
    match address.to_canonical() {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

/// Gives the number whose upper `prefix` of `bits` bits are set.
fn mask(prefix: u8, bits: u8) -> u128 {
    let all = u128::MAX.checked_shr(128 - u32::from(bits)).unwrap_or(0);
    all & !all.checked_shr(u32::from(prefix)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_and_outside() {
        for (network, inside, outside) in [
            ("127.0.0.0/8", "127.1.2.3", "128.0.0.1"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("10.0.0.0/9", "::ffff:10.127.0.1", "10.128.0.1"),
            ("::1", "::1", "127.0.0.1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("0.0.0.0/0", "255.1.1.1", "::1"),
            ("::/0", "2001:db8::1", "10.0.0.1"),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert!(parsed.contains(inside.parse().unwrap()), "{network} holds {inside}");
            assert!(!parsed.contains(outside.parse().unwrap()), "{network} does not hold {outside}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for bad in
            ["", "localhost", "127.0.0.1/33", "::1/129", "10.0.0.0/", "10.0.0.0/x", "10.0.0.1/8", "10.0.0/8"]
        {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }
}
