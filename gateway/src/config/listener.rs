//! `[[listener]]`: where mail comes in.

use std::net::SocketAddr;

use serde::Deserialize;
use toml::Spanned;

use super::source::{Cause, Source};
use crate::receive::Protocol;

/// One address to listen on and the protocol spoken there.
#[derive(Debug, Clone, Copy)]
pub struct Listener {
    /// SMTP or LMTP.
    pub protocol: Protocol,
    /// IP address and port.
    pub address: SocketAddr,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    protocol: ProtocolName,
    address: Spanned<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum ProtocolName {
    Smtp,
    Lmtp,
}

pub(super) fn resolve(sections: Vec<Section>, source: &mut Source) -> Option<Vec<Listener>> {
    if sections.is_empty() {
        source.note_file(Cause::Empty("listener"));
    }
    sections.into_iter().map(|section| section.resolve(source)).collect()
}

impl Section {
    fn resolve(self, source: &mut Source) -> Option<Listener> {
        let protocol = match self.protocol {
            ProtocolName::Smtp => Protocol::Smtp,
            ProtocolName::Lmtp => Protocol::Lmtp,
        };
        let address = source.check(&self.address, socket_address(self.address.get_ref()))?;
        Some(Listener { protocol, address })
    }
}

pub(super) fn socket_address(text: &str) -> Result<SocketAddr, Cause> {
    text.parse().or(Err(Cause::OutOfBounds {
        key: "address",
        expected: "an IP address and a port such as 127.0.0.1:12600",
    }))
}
