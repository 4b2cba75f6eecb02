//! `[metrics]`: where Prometheus reads.

use std::net::SocketAddr;

use serde::Deserialize;
use toml::Spanned;

use super::{listener::socket_address, source::Source};

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    address: Option<Spanned<String>>,
}

impl Section {
    /// Gives the address to listen on; none switches metrics off.
    pub(super) fn resolve(self, source: &mut Source) -> Option<SocketAddr> {
        let address = self.address?;
        source.check(&address, socket_address(address.get_ref()))
    }
}
