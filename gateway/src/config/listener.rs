//! `[[listener]]`: where mail comes in.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::Spanned;

use super::{
    server::{connections, network, seconds},
    source::{Cause, Source, read_public_key, read_secret_key},
};
use crate::{
    listen::{Address, SocketFile},
    milter::{self, Mixed},
    receive::{Limits, Protocol, Service, Tls, TlsFiles},
};

/// Who may connect to a unix socket unless the settings say otherwise: owner and group.
const DEFAULT_MODE: u32 = 0o660;

/// One address to listen on, and what is spoken there.
#[derive(Clone)]
pub struct Listener {
    /// Where.
    pub address: Address,
    /// What.
    pub kind: Kind,
}

/// What a listener speaks.
#[derive(Clone)]
pub enum Kind {
    /// SMTP or LMTP.
    Mail(Service),
    /// The milter protocol.
    Milter(milter::Service),
}

impl Kind {
    /// What clients may do there.
    pub(crate) fn limits(&self) -> &Limits {
        match self {
            Self::Mail(service) => &service.limits,
            Self::Milter(service) => &service.limits,
        }
    }

    /// The name of the protocol in settings and logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Mail(service) if service.protocol == Protocol::Smtp => "smtp",
            Self::Mail(_) => "lmtp",
            Self::Milter(_) => "milter",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    protocol: ProtocolName,
    pub(super) address: Spanned<String>,
    mode: Option<Spanned<String>>,
    owner: Option<Spanned<String>>,
    group: Option<Spanned<String>>,
    max_connections: Option<Spanned<usize>>,
    carry_timeout: Option<Spanned<u64>>,
    tls: Option<Spanned<TlsMode>>,
    tls_certificate: Option<Spanned<PathBuf>>,
    tls_key: Option<Spanned<PathBuf>>,
    client_ca: Option<Spanned<PathBuf>>,
    #[serde(default)]
    proxy_protocol: Vec<Spanned<String>>,
    #[serde(default)]
    xclient: bool,
    mixed: Option<Spanned<MixedName>>,
}

/// Whether clients may or must begin TLS.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum TlsMode {
    Off,
    May,
    Require,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum ProtocolName {
    Smtp,
    Lmtp,
    Milter,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum MixedName {
    Seal,
    Split,
}

/// Without good `limits` nothing comes out, but the sections are checked all the same.
pub(super) fn resolve(
    sections: Vec<Section>,
    limits: Option<&Limits>,
    source: &mut Source,
) -> Option<Vec<Listener>> {
    if sections.is_empty() {
        source.note_file(Cause::Empty("listener"));
    }
    let listeners: Vec<_> = sections.into_iter().map(|section| section.resolve(limits, source)).collect();
    listeners.into_iter().collect()
}

impl Section {
    fn resolve(self, limits: Option<&Limits>, source: &mut Source) -> Option<Listener> {
        let address = self.address(source);
        let mixed = self.mixed(source);
        let places = match &self.max_connections {
            Some(count) => source.check(count, connections(*count.get_ref())).map(Some),
            None => Some(None),
        };
        let carry_timeout = match &self.carry_timeout {
            Some(value) => source.check(value, seconds("carry_timeout", *value.get_ref())).map(Some),
            None => Some(None),
        };
        let tls = self.tls(source);
        let balancers = source.each(&self.proxy_protocol, network);
        let mut limits = limits?.clone();
        limits.carry_timeout = carry_timeout?.unwrap_or(limits.carry_timeout);
        let (places, tls) = (places?, tls?);
        let xclient = self.xclient;
        let kind = match self.protocol {
            ProtocolName::Smtp => {
                Kind::Mail(Service { protocol: Protocol::Smtp, limits, places, tls, balancers, xclient })
            }
            ProtocolName::Lmtp => {
                Kind::Mail(Service { protocol: Protocol::Lmtp, limits, places, tls, balancers, xclient })
            }
            ProtocolName::Milter => Kind::Milter(milter::Service { mixed, limits, places }),
        };
        Some(Listener { address: address?, kind })
    }

    /// Reads what only milters have, and finds what milters do not have.
    fn mixed(&self, source: &mut Source) -> Mixed {
        let is_milter = matches!(self.protocol, ProtocolName::Milter);
        if let Some(mixed) = self.mixed.as_ref().filter(|_| !is_milter) {
            source.note(mixed, Cause::OnlyForMilters);
        }
        if let Some(tls) = self.tls.as_ref().filter(|_| is_milter) {
            source.note(tls, Cause::NotForMilters);
        }
        if let Some(network) = self.proxy_protocol.first().filter(|_| is_milter) {
            source.note(network, Cause::NotForMilters);
        }
        match self.mixed.as_ref().map(Spanned::get_ref) {
            None | Some(MixedName::Seal) => Mixed::Seal,
            Some(MixedName::Split) => Mixed::Split,
        }
    }

    /// Reads certificate and key, where TLS is on. The outer `None` is a mistake that is noted, the inner one no TLS.
    #[expect(clippy::option_option, reason = "two kinds of nothing, told apart")]
    fn tls(&self, source: &mut Source) -> Option<Option<Tls>> {
        let mode = self.tls.as_ref().map_or(TlsMode::Off, |mode| *mode.get_ref());
        let files = [&self.tls_certificate, &self.tls_key, &self.client_ca];
        if mode == TlsMode::Off {
            let unused = files.into_iter().flatten().next();
            return match unused {
                Some(unused) => {
                    note(source, unused, Cause::ListenerTls("tls = \"may\" or \"require\" is missing"))
                }
                None => Some(None),
            };
        }
        let place = self.tls.as_ref()?;
        let (Some(certificate), Some(key)) = (&self.tls_certificate, &self.tls_key) else {
            return note(source, place, Cause::ListenerTls("TLS needs tls_certificate and tls_key"));
        };
        if let Some(client_ca) = self.client_ca.as_ref().filter(|_| mode == TlsMode::May) {
            let cause = "client_ca needs tls = \"require\": without TLS nobody shows a certificate";
            return note(source, client_ca, Cause::ListenerTls(cause));
        }
        let path = |file: &Spanned<PathBuf>| source.resolve(file.get_ref());
        let (certificate_path, key_path) = (path(certificate), path(key));
        let client_ca_path = self.client_ca.as_ref().map(path);
        let certificate_pem = source.check(certificate, read_public_key(&certificate_path));
        let key_pem = source.check(key, read_secret_key(&key_path));
        let client_ca = match (&self.client_ca, client_ca_path) {
            (Some(place), Some(path)) => Some(source.check(place, read_public_key(&path))?),
            _ => None,
        };
        let (certificate_pem, key_pem) = (certificate_pem?, key_pem?);
        let files = TlsFiles {
            certificate: certificate_pem.as_bytes(),
            key: key_pem.as_bytes(),
            client_ca: client_ca.as_ref().map(|pem| pem.as_bytes()),
        };
        let tls = Tls::new(files, mode == TlsMode::Require);
        source.check(certificate, tls.map_err(Cause::ListenerTlsFiles)).map(Some)
    }

    fn address(&self, source: &mut Source) -> Option<Address> {
        if let Some(name) = self.address.get_ref().strip_prefix("fd:") {
            return source.check(&self.address, socket_name(name)).map(Address::Handed);
        }
        let Some(path) = self.address.get_ref().strip_prefix("unix:") else {
            for key in [&self.mode, &self.owner, &self.group].into_iter().flatten() {
                source.note(key, Cause::OnlyForUnixSockets);
            }
            return source.check(&self.address, socket_address(self.address.get_ref())).map(Address::Tcp);
        };
        let path = source.check(&self.address, socket_path(path));
        let mode = match &self.mode {
            Some(mode) => source.check(mode, permissions(mode.get_ref())),
            None => Some(DEFAULT_MODE),
        };
        let mut number = |name: &Option<Spanned<String>>, file| match name {
            Some(name) => source.check(name, number_of(name.get_ref(), Path::new(file))).map(Some),
            None => Some(None),
        };
        let (owner, group) = (number(&self.owner, "/etc/passwd"), number(&self.group, "/etc/group"));
        Some(Address::Unix(SocketFile { path: path?, mode: mode?, owner: owner?, group: group? }))
    }
}

fn note<T, V>(source: &mut Source, place: &Spanned<T>, cause: Cause) -> Option<V> {
    source.note(place, cause);
    None
}

pub(super) fn socket_address(text: &str) -> Result<SocketAddr, Cause> {
    text.parse().or(Err(Cause::OutOfBounds {
        key: "address",
        expected: "an IP address and a port such as 127.0.0.1:12600, or unix: and an absolute path",
    }))
}

/// Checks the name of a socket that is handed over (systemd's `FileDescriptorName`).
fn socket_name(text: &str) -> Result<String, Cause> {
    let good =
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let expected = "fd: and a name of letters, digits, \"-\", \"_\" and \".\"";
    good.then(|| text.to_owned()).ok_or(Cause::OutOfBounds { key: "address", expected })
}

/// Checks the path of a unix socket: absolute, and short enough for the system (`sun_path`, 108 bytes with a NUL).
fn socket_path(text: &str) -> Result<PathBuf, Cause> {
    let expected = "unix: and an absolute path of at most 107 bytes";
    let good = text.starts_with('/') && text.len() <= 107 && !text.contains('\0');
    good.then(|| PathBuf::from(text)).ok_or(Cause::OutOfBounds { key: "address", expected })
}

fn permissions(text: &str) -> Result<u32, Cause> {
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777);
    mode.ok_or(Cause::OutOfBounds { key: "mode", expected: "permission bits in octal such as \"0660\"" })
}

/// Gives the number of a user or group: a number itself, or a name in `/etc/passwd` or `/etc/group`, whose third field it
/// is in both. Names from elsewhere, say a directory service, have to be given as numbers.
fn number_of(name: &str, file: &Path) -> Result<u32, Cause> {
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let unknown = || Cause::UnknownName { name: name.to_owned(), file: file.to_owned() };
    let text =
        std::fs::read_to_string(file).map_err(|source| Cause::Names { file: file.to_owned(), source })?;
    let mut entries = text.lines().map(|line| line.split(':'));
    let entry = entries.find_map(|mut fields| (fields.next() == Some(name)).then(|| fields.nth(1)));
    entry.flatten().and_then(|number| number.parse().ok()).ok_or_else(unknown)
}
