//! `[next_hop]`: where mail goes out.

use serde::Deserialize;
use toml::Spanned;

use super::{
    server::seconds,
    source::{Cause, Source},
};
use crate::reinject::NextHop;

/// All keys but the address have the defaults of [`NextHop::new`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    address: Spanned<String>,
    connect_timeout: Option<Spanned<u64>>,
    greeting_timeout: Option<Spanned<u64>>,
    command_timeout: Option<Spanned<u64>>,
    data_block_timeout: Option<Spanned<u64>>,
    data_done_timeout: Option<Spanned<u64>>,
    max_idle: Option<usize>,
    max_idle_age: Option<Spanned<u64>>,
}

impl Section {
    /// `hostname` is that of `[server]`; without a good one nothing comes out, but this section is checked all the same.
    pub(super) fn resolve(self, hostname: Option<&str>, source: &mut Source) -> Option<NextHop> {
        let address = source.check(&self.address, host_and_port(self.address.get_ref()))?;
        let mut next_hop = NextHop::new(address, hostname.unwrap_or_default());
        for (key, value, timeout) in [
            ("connect_timeout", self.connect_timeout, &mut next_hop.connect_timeout),
            ("greeting_timeout", self.greeting_timeout, &mut next_hop.greeting_timeout),
            ("command_timeout", self.command_timeout, &mut next_hop.command_timeout),
            ("data_block_timeout", self.data_block_timeout, &mut next_hop.data_block_timeout),
            ("data_done_timeout", self.data_done_timeout, &mut next_hop.data_done_timeout),
            ("max_idle_age", self.max_idle_age, &mut next_hop.max_idle_age),
        ] {
            let Some(value) = value else { continue };
            *timeout = source.check(&value, seconds(key, *value.get_ref()))?;
        }
        next_hop.max_idle = self.max_idle.unwrap_or(next_hop.max_idle);
        hostname.map(|_| next_hop)
    }
}

fn host_and_port(text: &str) -> Result<String, Cause> {
    let good = text.rsplit_once(':').is_some_and(|(host, port)| {
        let host_is_good = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.[]:".contains(&byte));
        !host.is_empty() && host_is_good && port.parse::<u16>().is_ok_and(|port| port != 0)
    });
    let error = Cause::OutOfBounds { key: "address", expected: "a host and a port such as 127.0.0.1:12526" };
    good.then(|| text.to_owned()).ok_or(error)
}
