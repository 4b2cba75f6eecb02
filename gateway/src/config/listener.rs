//! `[[listener]]`: where mail comes in.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::Spanned;

use super::source::{Cause, Source};
use crate::{
    listen::{Address, SocketFile},
    receive::{Limits, Protocol, Service},
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
}

impl Kind {
    /// The name of the protocol in settings and logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Mail(service) if service.protocol == Protocol::Smtp => "smtp",
            Self::Mail(_) => "lmtp",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    protocol: ProtocolName,
    address: Spanned<String>,
    mode: Option<Spanned<String>>,
    owner: Option<Spanned<String>>,
    group: Option<Spanned<String>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum ProtocolName {
    Smtp,
    Lmtp,
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
        let protocol = match self.protocol {
            ProtocolName::Smtp => Protocol::Smtp,
            ProtocolName::Lmtp => Protocol::Lmtp,
        };
        let kind = Kind::Mail(Service { protocol, limits: limits?.clone() });
        Some(Listener { address: address?, kind })
    }

    fn address(&self, source: &mut Source) -> Option<Address> {
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

fn socket_address(text: &str) -> Result<SocketAddr, Cause> {
    text.parse().or(Err(Cause::OutOfBounds {
        key: "address",
        expected: "an IP address and a port such as 127.0.0.1:12600, or unix: and an absolute path",
    }))
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
