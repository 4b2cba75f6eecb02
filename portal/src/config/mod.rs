//! Reads `portal.toml`.
//!
//! Every value is checked by the type that it is parsed into, so a [`Settings`] that exists is one that can be run;
//! an error names file and line. Keys that nobody knows are refused: a misspelt limit must not silently be no limit.
//! Secrets are not in the settings, only the names of the files that hold them.

mod answer;
mod memory;
mod provider;
mod state;
mod usage;
pub mod values;

use std::{
    fs, io,
    net::SocketAddr,
    num::{NonZeroU32, NonZeroU64},
    path::{Path, PathBuf},
};

use sealpost_common::limits;
use serde::Deserialize;
use thiserror::Error;

use crate::language::Language;

pub use answer::{Answer, ForwardRule, ForwardTo};
pub(crate) use provider::{CONSUMERS, is_tenant_id};
pub use provider::{Provider, ProviderKind, ProviderName, Tenant};
pub use state::{PostgresUrl, State, Store};
pub use usage::{OwnPrivacy, Privacy, Usage};
pub use values::{BaseUrl, DomainList, GatewayKey, Network, PlainSender, PublicUrl, Sender};

/// All settings of one portal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where and how the portal answers.
    pub server: Server,
    /// Where its own keys lie.
    pub keys: Keys,
    /// The gateways whose envelopes are opened.
    #[serde(default, rename = "gateway")]
    pub gateways: Vec<Gateway>,
    /// The OpenID Connect providers that readers may sign in with, in the order in which they are offered.
    #[serde(default, rename = "provider")]
    pub providers: Vec<Provider>,
    /// What all providers have in common.
    #[serde(default)]
    pub sign_in: SignIn,
    /// Where passcodes, sessions and revocations are kept.
    pub state: State,
    /// How the portal's own mails leave.
    pub mail: Mail,
    /// Life and limits of passcodes.
    #[serde(default)]
    pub passcode: Passcode,
    /// Life of a sign-in.
    #[serde(default)]
    pub session: Session,
    /// What is logged, and how.
    #[serde(default)]
    pub log: Log,
    /// Whether gateways may probe.
    #[serde(default)]
    pub probe: Probe,
    /// How readers answer; `None` where they can't.
    pub answer: Option<Answer>,
    /// What is counted.
    #[serde(default)]
    pub usage: Usage,
    /// What readers are told of all this.
    #[serde(default)]
    pub privacy: Privacy,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on (plain HTTP; TLS is the reverse proxy's).
    #[serde(default = "Server::default_listen")]
    pub listen: SocketAddr,
    /// The portal's address as readers see it.
    pub public_url: PublicUrl,
    /// Largest sealed envelope, in bytes of its binary form.
    #[serde(default = "Server::default_max_envelope_size")]
    pub max_envelope_size: u64,
    /// Bytes of envelopes and mails that all requests together may hold in memory.
    #[serde(default = "Server::default_memory_limit")]
    pub memory_limit: u64,
    /// How many mails are opened and rendered at once; 0 means one for each processor, up to four.
    #[serde(default)]
    pub workers: usize,
    /// Seconds that one request may take, the upload included.
    #[serde(default = "Server::default_request_timeout")]
    pub request_timeout: u64,
    /// Seconds for which a reader may take nothing of what is sent to him; then his connection ends.
    #[serde(default = "Server::default_send_timeout")]
    pub send_timeout: NonZeroU32,
    /// How many connections are served at once; further ones wait.
    #[serde(default = "Server::default_max_connections")]
    pub max_connections: NonZeroU32,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    #[serde(default = "Server::default_trusted_proxies")]
    pub trusted_proxies: Vec<Network>,
    /// The language for readers whose browser asks for none that the portal speaks.
    #[serde(default = "Server::default_language")]
    pub language: Language,
}

impl Server {
    fn default_listen() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 8080))
    }

    fn default_max_envelope_size() -> u64 {
        limits::MAX_HEADER_LEN as u64 + limits::MAX_PAYLOAD_LEN
    }

    fn default_memory_limit() -> u64 {
        1 << 30
    }

    fn default_language() -> Language {
        Language::ENGLISH
    }

    fn default_request_timeout() -> u64 {
        600
    }

    fn default_send_timeout() -> NonZeroU32 {
        const { NonZeroU32::new(60).unwrap() }
    }

    fn default_max_connections() -> NonZeroU32 {
        const { NonZeroU32::new(4096).unwrap() }
    }

    fn default_trusted_proxies() -> Vec<Network> {
        vec![Network::host([127, 0, 0, 1].into()), Network::host(std::net::Ipv6Addr::LOCALHOST.into())]
    }
}

/// `[keys]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// A directory; each `*.key` file in it holds opening keys.
    pub opening_keys: PathBuf,
    /// The file of the key under which the state keeps its hashes.
    pub state_key: PathBuf,
}

/// One `[[gateway]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// The gateway's verifying key, in its text form.
    pub verifying_key: GatewayKey,
    /// The sender domains that it may seal for.
    pub domains: DomainList,
}

/// `[mail]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Host and port of the organisation's MTA.
    #[serde(default = "Mail::default_relay")]
    pub relay: values::HostPort,
    /// The sender of the portal's own mails.
    pub from: Sender,
    /// Whether the connection to the relay is encrypted.
    #[serde(default)]
    pub tls: MailTls,
    /// The name that the portal gives in EHLO; its public host name where absent.
    #[serde(default)]
    pub hello: Option<String>,
    /// How many mails may wait for the relay; beyond it readers are asked to try again.
    #[serde(default = "Mail::default_queue")]
    pub queue: usize,
}

impl Mail {
    fn default_relay() -> values::HostPort {
        values::HostPort { host: "127.0.0.1".to_owned(), port: 25 }
    }

    fn default_queue() -> usize {
        1000
    }
}

/// Whether the connection to the mail relay is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// Plain: for a relay on the same host.
    None,
    /// STARTTLS where the relay offers it, whatever its certificate.
    #[default]
    Opportunistic,
    /// STARTTLS with a certificate that is valid for the relay's name, or no mail.
    Required,
}

/// `[passcode]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Passcode {
    /// Minutes that a passcode is good for.
    pub minutes: NonZeroU64,
    /// Wrong tries until it is void.
    pub tries: NonZeroU32,
    /// Minutes over which the limits below are counted.
    pub window_minutes: u64,
    /// Passcodes for one address asked from one network.
    pub per_address_and_network: u32,
    /// Passcodes for one address asked from anywhere.
    pub per_address: u32,
    /// Passcodes for one address and one envelope asked from anywhere.
    pub per_envelope: u32,
    /// Passcodes asked from one network (an IPv4 address, an IPv6 /64).
    pub per_network: u32,
    /// Days for which a browser in which an address was proved by passcode has limits of its own for it; 0 remembers none.
    pub known_days: u64,
    /// Whether the passcode stands in the subject of its mail, too.
    pub in_subject: bool,
}

impl Default for Passcode {
    fn default() -> Self {
        Self {
            minutes: const { NonZeroU64::new(15).unwrap() },
            tries: const { NonZeroU32::new(5).unwrap() },
            window_minutes: 60,
            per_address_and_network: 10,
            per_address: 40,
            per_envelope: 20,
            per_network: 400,
            known_days: 30,
            in_subject: false,
        }
    }
}

/// `[session]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// Minutes after which the reader must prove his address again.
    pub minutes: u64,
    /// Hours after which he must do so who chose to stay signed in; 0 offers no such choice.
    pub keep_hours: u64,
}

impl Default for Session {
    fn default() -> Self {
        Self { minutes: 30, keep_hours: 12 }
    }
}

/// `[sign_in]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignIn {
    /// Minutes that a reader may spend at the provider.
    pub minutes: u64,
    /// Seconds that a provider may take for each answer.
    pub timeout: u64,
    /// Sign-ins begun or ended from one network within `passcode.window_minutes`.
    pub per_network: u32,
    /// Whether the provider is told the address of a message that has one recipient.
    pub login_hint: bool,
}

impl Default for SignIn {
    fn default() -> Self {
        Self { minutes: 15, timeout: 10, per_network: 400, login_hint: false }
    }
}

/// `[probe]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Probe {
    /// Whether there is a `POST /probe`.
    pub enabled: bool,
    /// Probes from one network in an hour.
    pub per_network: u32,
}

impl Default for Probe {
    fn default() -> Self {
        Self { enabled: true, per_network: 120 }
    }
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Lines for people or for programs.
    pub format: LogFormat,
    /// The least important level that is written.
    pub level: LogLevel,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: LogLevel::Info }
    }
}

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The least important level that is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Only what needs somebody to act.
    Error,
    /// What may need somebody to act.
    Warn,
    /// One line a request.
    Info,
    /// For finding faults.
    Debug,
    /// Everything of this program. Libraries write no more than warnings at any level.
    Trace,
}

/// Why the settings can't be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("{}: can't be read: {source}", .path.display())]
    Unreadable {
        /// The settings file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A key is unknown, missing or has a value that can't be used.
    #[error("{}:{line}: {message}", .path.display())]
    Invalid {
        /// The settings file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
}

impl Settings {
    /// Reads and checks the settings file; file names in it are meant relative to its own directory.
    ///
    /// # Errors
    /// When the file can't be read, has a key that is unknown or lacks one, or a value can't be used.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Checks the text of a settings file that stands (or would stand) at `path`.
    ///
    /// # Errors
    /// When it has a key that is unknown or lacks one, or a value can't be used.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let mut settings: Self = toml::from_str(text).map_err(|error| ConfigError::Invalid {
            path: path.to_owned(),
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        let base = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let own = [&mut settings.keys.opening_keys, &mut settings.keys.state_key];
        let secrets = settings.providers.iter_mut().map(|provider| &mut provider.client_secret_file);
        let own = own.into_iter().chain(settings.usage.admin_token_file.as_mut());
        let own = own.chain(settings.privacy.own.as_mut().map(|own| &mut own.file));
        for file in own.chain(settings.state.store.files()).chain(secrets) {
            *file = base.join(&*file);
        }
        settings.check_names(text, path)?;
        settings.check_memory(text, path)?;
        Ok(settings)
    }

    /// No two providers may have one name: it stands in the address that the provider sends readers back to.
    fn check_names(&self, text: &str, path: &Path) -> Result<(), ConfigError> {
        let mut names = std::collections::HashSet::new();
        let Some(twice) = self.providers.iter().position(|provider| !names.insert(provider.name.as_str()))
        else {
            return Ok(());
        };
        let table = text.lines().enumerate().filter(|(_, line)| line.trim() == "[[provider]]").nth(twice);
        Err(ConfigError::Invalid {
            path: path.to_owned(),
            line: table.map_or(1, |(index, _)| index + 1),
            message: "another provider has the same name".to_owned(),
        })
    }
}

/// The number, from 1, of the line that holds the byte at `offset`.
fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests;
