//! Values of the settings that are more than a number or a text: each parses itself, so that the settings reader
//! can name the line of a bad one.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use lettre::message::Mailbox;
use sealpost_common::{address::DomainPattern, keys::VerifyingKey};
use serde::Deserialize;
use thiserror::Error;

/// Why a value of the settings can't be used.
#[derive(Debug, Error)]
pub enum ValueError {
    /// `public_url` is more or less than scheme, host and port.
    #[error("public_url must be https://HOST or https://HOST:PORT, without a path")]
    Url,
    /// Plain HTTP for others than this host.
    #[error("public_url must be https; plain http is only for a portal on loopback (127.0.0.1, localhost)")]
    PlainHttp,
    /// The address of a provider is more or less than it should be.
    #[error("{0:?} is no issuer such as \"https://login.example.org\" (https, no query, no fragment)")]
    Issuer(String),
    /// Not a name that can stand in a path.
    #[error("{0:?} is no name of lower-case letters, digits and hyphens, at most 32")]
    ProviderName(String),
    /// Not a tenant of Microsoft's.
    #[error("{0:?} is not \"common\", \"organizations\", \"consumers\" or a tenant's ID")]
    Tenant(String),
    /// A key that another kind of provider has.
    #[error("{0}")]
    Provider(&'static str),
    /// `[privacy]` is not whole.
    #[error("{0}")]
    Privacy(&'static str),
    /// `[state]` names no database that can be used.
    #[error("{0}")]
    State(&'static str),
    /// Not an IP address or network.
    #[error("{0:?} is no IP address and no network such as 10.0.0.0/8")]
    Network(String),
    /// Not `HOST:PORT`.
    #[error("{0:?} is not HOST:PORT")]
    HostPort(String),
    /// Not a mail address.
    #[error("{0:?} is no mail address such as \"Example Org <noreply@example.org>\"")]
    Sender(String),
    /// Not a verifying key.
    #[error("verifying_key is not a key as `sealpost-gateway keys show` prints it")]
    VerifyingKey,
    /// A gateway that may seal for nobody.
    #[error("domains must name at least one domain")]
    NoDomains,
    /// Not a language that there are texts in.
    #[error("{0:?} is none of the languages: {tags}", tags = crate::language::tags())]
    Language(String),
    /// Not a domain pattern.
    #[error("{0:?} is no domain, no \"*.domain\" and not \"*\"")]
    Domain(String),
}

/// The portal's address as readers see it: scheme and authority, no path.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The URL without a slash at its end, which is also its origin as browsers write it.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.0
    }

    /// Whether readers come over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The host name alone.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.0.split_once("://").map_or("", |(_, authority)| authority);
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        let text = text.strip_suffix('/').unwrap_or(&text).to_ascii_lowercase();
        let uri: axum::http::Uri = text.parse().ok().ok_or(ValueError::Url)?;
        let host = uri.host().ok_or(ValueError::Url)?;
        let authority_only = uri.path_and_query().is_none_or(|rest| rest.as_str() == "/")
            && !text.contains(['@', '?', '#'])
            && !text.ends_with('/');
        match uri.scheme_str() {
            Some("https") if authority_only => {}
            Some("http") if authority_only && is_loopback(host) => {}
            Some("http") if authority_only => return Err(ValueError::PlainHttp),
            _ => return Err(ValueError::Url),
        }
        let default_port = if text.starts_with("https://") { ":443" } else { ":80" };
        Ok(Self(text.strip_suffix(default_port).unwrap_or(&text).to_owned()))
    }
}

/// The address under which a provider is known: https, or plain http to this very machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BaseUrl(String);

impl BaseUrl {
    /// The address as it stands in the settings: issuers are compared letter by letter.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        let is_good = url::Url::parse(&text)
            .is_ok_and(|url| is_safe(&url) && url.query().is_none() && url.fragment().is_none());
        if is_good { Ok(Self(text)) } else { Err(ValueError::Issuer(text)) }
    }
}

/// Whether nobody on the way can listen or answer in the host's place: https, or plain http to this very machine.
#[must_use]
pub fn is_safe(url: &url::Url) -> bool {
    let is_local = || url.host_str().is_some_and(is_loopback);
    let has_safe_scheme = url.scheme() == "https" || (url.scheme() == "http" && is_local());
    has_safe_scheme && url.username().is_empty() && url.password().is_none()
}

/// Whether browsers treat this host as this very machine, and so plain HTTP to it as safe.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare.ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A set of IP addresses: one, or a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    bits: u128,
    prefix: u32,
}

impl Network {
    /// The network of this one address.
    #[must_use]
    pub fn host(address: IpAddr) -> Self {
        Self { bits: as_v6(address), prefix: 128 }
    }

    /// Whether the address lies in the network.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        (as_v6(address) ^ self.bits).checked_shr(128 - self.prefix).unwrap_or(0) == 0
    }
}

/// IPv4 addresses as their IPv4-mapped IPv6 ones, so that one comparison serves both.
fn as_v6(address: IpAddr) -> u128 {
    let v6: Ipv6Addr = match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    };
    v6.to_bits()
}

impl TryFrom<String> for Network {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        let (address, prefix) = text.split_once('/').unwrap_or((&text, ""));
        let unusable = || ValueError::Network(text.clone());
        let address: IpAddr = address.parse().ok().ok_or_else(unusable)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            "" if !text.contains('/') => width,
            digits => digits.parse().ok().ok_or_else(unusable)?,
        };
        if prefix > width {
            return Err(unusable());
        }
        Ok(Self { bits: as_v6(address), prefix: 128 - width + prefix })
    }
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HostPort {
    /// A name or an IP address, without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl TryFrom<String> for HostPort {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        let parsed = text.rsplit_once(':').and_then(|(host, port)| {
            let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
            let port = port.parse().ok()?;
            (!host.is_empty()).then(|| Self { host: host.to_owned(), port })
        });
        parsed.ok_or(ValueError::HostPort(text))
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// The sender of the portal's own mails.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Sender(Mailbox);

impl Sender {
    /// Display name and address.
    #[must_use]
    pub fn mailbox(&self) -> &Mailbox {
        &self.0
    }
}

impl TryFrom<String> for Sender {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        Mailbox::from_str(&text).map(Self).ok().ok_or(ValueError::Sender(text))
    }
}

/// A mailbox that any server takes: no name that could be mistaken, an address in ASCII.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PlainSender {
    name: String,
    address: String,
}

impl PlainSender {
    /// The display name; empty where there is none.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The domain of the address.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl TryFrom<String> for PlainSender {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        let mailbox = Mailbox::from_str(&text).ok();
        let mailbox = mailbox.filter(|mailbox| {
            let address = mailbox.email.to_string();
            address.is_ascii() && sealpost_common::address::Address::parse(&address).is_ok()
        });
        let mailbox = mailbox.ok_or(ValueError::Sender(text))?;
        Ok(Self { name: mailbox.name.unwrap_or_default(), address: mailbox.email.to_string() })
    }
}

/// A gateway's verifying key.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct GatewayKey(VerifyingKey);

impl GatewayKey {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &VerifyingKey {
        &self.0
    }
}

impl TryFrom<String> for GatewayKey {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        VerifyingKey::from_text(&text).map(Self).ok().ok_or(ValueError::VerifyingKey)
    }
}

/// The sender domains of a gateway: at least one.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct DomainList(Vec<DomainPattern>);

impl DomainList {
    /// The patterns as they stand in the settings.
    #[must_use]
    pub fn patterns(&self) -> &[DomainPattern] {
        &self.0
    }
}

impl TryFrom<Vec<String>> for DomainList {
    type Error = ValueError;

    fn try_from(texts: Vec<String>) -> Result<Self, ValueError> {
        if texts.is_empty() {
            return Err(ValueError::NoDomains);
        }
        let parse = |text: String| DomainPattern::parse(&text).ok().ok_or(ValueError::Domain(text));
        texts.into_iter().map(parse).collect::<Result<_, _>>().map(Self)
    }
}
