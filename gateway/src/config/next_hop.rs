//! `[next_hop]`: where mail goes out.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};
use toml::Spanned;

use super::{
    server::seconds,
    source::{Cause, Source, read_public_key, read_secret_key},
};
use crate::reinject::{Address, Authorities, Credentials, Dialect, NextHop, Tls, TlsLevel};

/// All keys but the addresses have the defaults of [`NextHop::new`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    address: Option<Spanned<String>>,
    addresses: Option<Spanned<Vec<Spanned<String>>>>,
    protocol: Option<ProtocolName>,
    tls: Option<Spanned<TlsName>>,
    ca_file: Option<Spanned<PathBuf>>,
    server_name: Option<Spanned<String>>,
    credentials_file: Option<Spanned<PathBuf>>,
    connect_timeout: Option<Spanned<u64>>,
    greeting_timeout: Option<Spanned<u64>>,
    command_timeout: Option<Spanned<u64>>,
    data_block_timeout: Option<Spanned<u64>>,
    data_done_timeout: Option<Spanned<u64>>,
    pause_after_timeout: Option<Spanned<u64>>,
    max_connections: Option<Spanned<usize>>,
    max_idle: Option<usize>,
    max_idle_age: Option<Spanned<u64>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum ProtocolName {
    Smtp,
    Lmtp,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum TlsName {
    Off,
    May,
    Require,
    Verify,
}

impl Section {
    /// `hostname` is that of `[server]`; without a good one nothing comes out, but this section is checked all the same.
    pub(super) fn resolve(self, hostname: Option<&str>, source: &mut Source) -> Option<NextHop> {
        let addresses = self.addresses(source);
        let tls = self.tls(source);
        let credentials = self.credentials_file.as_ref().map(|place| self.credentials(place, source));
        let mut next_hop = NextHop::new("", hostname.unwrap_or_default());
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
        if let Some(value) = self.pause_after_timeout {
            next_hop.pause_after_timeout = source.check(&value, pause(*value.get_ref()))?;
        }
        if let Some(value) = self.max_connections {
            next_hop.max_connections = source.check(&value, connections(*value.get_ref()))?;
        }
        next_hop.max_idle = self.max_idle.unwrap_or(next_hop.max_idle);
        if let Some(ProtocolName::Lmtp) = self.protocol {
            next_hop.dialect = Dialect::Lmtp;
        }
        next_hop.addresses = addresses?;
        next_hop.tls = tls?;
        next_hop.credentials = match credentials {
            Some(credentials) => Some(credentials?),
            None => None,
        };
        hostname.map(|_| next_hop)
    }

    /// The addresses: one, or a list.
    fn addresses(&self, source: &mut Source) -> Option<Vec<Address>> {
        match (&self.address, &self.addresses) {
            (Some(one), None) => Some(vec![source.check(one, address(one.get_ref()))?]),
            (None, Some(list)) => {
                let addresses = source.each(list.get_ref(), address);
                if list.get_ref().is_empty() {
                    source.note(list, Cause::Empty("addresses"));
                }
                (addresses.len() == list.get_ref().len()).then_some(addresses)
            }
            (_, Some(list)) => {
                source.note(list, one_or_list());
                None
            }
            (None, None) => {
                source.note_file(one_or_list());
                None
            }
        }
    }

    fn level(&self) -> TlsLevel {
        match self.tls.as_ref().map(|tls| *tls.get_ref()) {
            None | Some(TlsName::Off) => TlsLevel::Off,
            Some(TlsName::May) => TlsLevel::May,
            Some(TlsName::Require) => TlsLevel::Require,
            Some(TlsName::Verify) => TlsLevel::Verify,
        }
    }

    fn tls(&self, source: &mut Source) -> Option<Tls> {
        let level = self.level();
        if level != TlsLevel::Verify {
            for (key, place) in [
                ("ca_file", self.ca_file.as_ref().map(Spanned::span)),
                ("server_name", self.server_name.as_ref().map(Spanned::span)),
            ] {
                let Some(span) = place else { continue };
                let expected = "given with tls = \"verify\" only";
                source.note(&Spanned::new(span, ()), Cause::OutOfBounds { key, expected });
            }
        }
        let authorities = match &self.ca_file {
            Some(path) => {
                Authorities::Only(source.check(path, read_certificates(&source.resolve(path.get_ref())))?)
            }
            None => Authorities::System,
        };
        if let (TlsLevel::Verify, None, Some(tls)) = (level, &self.server_name, &self.tls)
            && self.names().any(|name| name.starts_with("unix:"))
        {
            let expected = "given to verify the certificate behind a unix socket";
            source.note(tls, Cause::OutOfBounds { key: "server_name", expected });
        }
        let server_name = self.server_name.as_ref().map(|name| name.get_ref().as_str());
        let tls = Tls::new(level, &authorities, server_name).map_err(Cause::Tls);
        match (&self.server_name, &self.tls) {
            (Some(place), _) => source.check(place, tls),
            (None, Some(place)) => source.check(place, tls),
            (None, None) => tls.ok(),
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let list = self.addresses.iter().flat_map(Spanned::get_ref);
        self.address.iter().chain(list).map(|name| name.get_ref().as_str())
    }

    /// The credentials, which nobody on the way must see.
    fn credentials(&self, place: &Spanned<PathBuf>, source: &mut Source) -> Option<Credentials> {
        if self.level() < TlsLevel::Require {
            let expected = "given with tls = \"require\" or \"verify\" only";
            source.note(place, Cause::OutOfBounds { key: "credentials_file", expected });
        }
        source.check(place, read_credentials(&source.resolve(place.get_ref())))
    }
}

fn one_or_list() -> Cause {
    Cause::OutOfBounds { key: "next_hop", expected: "given an address, or a list of addresses" }
}

fn connections(value: usize) -> Result<usize, Cause> {
    let expected = "from 1 to 100000";
    let good = (1..=100_000).contains(&value).then_some(value);
    good.ok_or(Cause::OutOfBounds { key: "max_connections", expected })
}

fn pause(value: u64) -> Result<std::time::Duration, Cause> {
    if value == 0 { Ok(std::time::Duration::ZERO) } else { seconds("pause_after_timeout", value) }
}

fn address(text: &str) -> Result<Address, Cause> {
    let good = match text.strip_prefix("unix:") {
        Some(path) => Path::new(path).is_absolute() && !path.contains('\0'),
        None => text.rsplit_once(':').is_some_and(|(host, port)| {
            let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-.[]:".contains(&byte);
            !host.is_empty() && host.bytes().all(is_good) && port.parse::<u16>().is_ok_and(|port| port != 0)
        }),
    };
    let expected = "a host and a port such as 127.0.0.1:12526, or unix:/path";
    good.then(|| Address::from(text.to_owned())).ok_or(Cause::OutOfBounds { key: "address", expected })
}

/// Reads certificates in PEM.
pub(super) fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Cause> {
    let text = read_public_key(path)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(Cause::Certificates(path.to_owned())),
    }
}

fn read_credentials(path: &Path) -> Result<Credentials, Cause> {
    let text = read_secret_key(path)?;
    Credentials::parse(&text).map_err(|source| Cause::Credentials { path: path.to_owned(), source })
}
