//! Asks a resolver and checks the signatures of its answers (DNSSEC, RFC 4033 to 4035) by hickory.
//!
//! The signatures are checked here, from the keys of the root downwards, and the resolver's own word (the AD bit) counts for
//! nothing: so no trust in the way to the resolver is needed, and none in the resolver. It only has to hand on the
//! signatures. One that checks them itself, as Postfix needs for DANE, adds a second judge: what it finds forged it does not
//! answer.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::dnssec::TrustAnchors as Anchors;
use hickory_resolver::proto::rr::rdata::TLSA;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{TokioResolver, system_conf};

use super::SetupError;
use super::doubt::Doubt;

/// Answers that hickory remembers.
const CACHED_ANSWERS: u64 = 4096;

/// Which resolver is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolver {
    /// The one in the system's `resolv.conf`.
    System,
    /// This one.
    At(SocketAddr),
}

impl Resolver {
    /// Gives the servers to ask, and how.
    ///
    /// # Errors
    /// When `resolv.conf` cannot be read.
    pub(crate) fn configuration(&self) -> Result<(ResolverConfig, ResolverOpts), NetError> {
        match self {
            Self::System => system_conf::read_system_conf(),
            Self::At(address) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|connection| {
                    let mut connection = connection;
                    connection.port = address.port();
                    connection
                });
                let server = NameServerConfig::new(address.ip(), true, connections.into());
                Ok((ResolverConfig::from_name_servers(vec![server]), ResolverOpts::default()))
            }
        }
    }
}

/// The keys of the DNS root, from which all signatures are checked.
#[derive(Clone)]
pub struct TrustAnchors(Arc<Anchors>);

impl TrustAnchors {
    /// The keys of the real root.
    #[must_use]
    pub fn root() -> Self {
        Self(Arc::new(Anchors::default()))
    }

    /// Reads DNSKEY records from a file.
    ///
    /// # Errors
    /// When it cannot be read, or has no such records.
    pub fn from_file(path: &Path) -> Result<Self, SetupError> {
        let anchors = Anchors::from_file(path).map_err(|error| SetupError::Resolver(Box::new(error)))?;
        if anchors.is_empty() {
            return Err(SetupError::Resolver("there is no DNSKEY record".into()));
        }
        Ok(Self(Arc::new(anchors)))
    }
}

/// What was found under a name.
pub(super) struct Answer<T> {
    pub(super) data: Vec<T>,
    /// All of it is signed, and stands under the very name that was asked for.
    pub(super) is_secure: bool,
    /// How long it may be believed.
    pub(super) lifetime: Duration,
}

/// Asks a resolver.
#[derive(Clone)]
pub(super) struct Dns {
    resolver: TokioResolver,
}

/// Makes a DNS name of a domain.
pub(super) fn name(domain: &str) -> Result<Name, Doubt> {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !domain.bytes().all(is_good) || !domain.contains(|c: char| c.is_ascii_alphabetic()) {
        return Err(Doubt::NoDomain);
    }
    let mut name = Name::from_ascii(domain).or(Err(Doubt::NoDomain))?;
    name.set_fqdn(true);
    Ok(name)
}

impl Dns {
    pub(super) fn new(
        resolver: &Resolver,
        trust_anchors: TrustAnchors,
        timeout: Duration,
    ) -> Result<Self, SetupError> {
        let error = |error: NetError| SetupError::Resolver(Box::new(error));
        let (config, mut options) = resolver.configuration().map_err(error)?;
        options.validate = true;
        options.use_hosts_file = ResolveHosts::Never;
        options.cache_size = CACHED_ANSWERS;
        options.timeout = timeout;
        options.try_tcp_on_error = true;
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            .with_options(options)
            .with_trust_anchor(trust_anchors.0);
        Ok(Self { resolver: builder.build().map_err(error)? })
    }

    /// The MX hosts of a domain, in any order.
    pub(super) async fn mx(&self, name: &Name) -> Result<Answer<Name>, Doubt> {
        let take =
            |data: &RData| if let RData::MX(mx) = data { Some(mx.exchange.to_lowercase()) } else { None };
        self.ask(name, RecordType::MX, "MX", take).await
    }

    /// The TLSA records under a name.
    pub(super) async fn tlsa(&self, name: &Name) -> Result<Answer<TLSA>, Doubt> {
        let take = |data: &RData| if let RData::TLSA(tlsa) = data { Some(tlsa.clone()) } else { None };
        self.ask(name, RecordType::TLSA, "TLSA", take).await
    }

    /// The TXT records under a name, the strings of each put together.
    pub(super) async fn txt(&self, name: &Name) -> Result<Answer<Vec<u8>>, Doubt> {
        let take = |data: &RData| if let RData::TXT(txt) = data { Some(txt.txt_data.concat()) } else { None };
        self.ask(name, RecordType::TXT, "TXT", take).await
    }

    /// The addresses of a host: of the one kind if there are some, else of the other.
    pub(super) async fn addresses(&self, name: &Name) -> Result<Answer<IpAddr>, Doubt> {
        let take = RData::ip_addr;
        match self.ask(name, RecordType::A, "address", take).await {
            Err(Doubt::NoRecords(..)) => self.ask(name, RecordType::AAAA, "address", take).await,
            found => found,
        }
    }

    async fn ask<T>(
        &self,
        name: &Name,
        kind: RecordType,
        kind_name: &'static str,
        take: impl Fn(&RData) -> Option<T>,
    ) -> Result<Answer<T>, Doubt> {
        let lookup = self.resolver.lookup(name.clone(), kind).await.map_err(|error| match error {
            NetError::Dns(DnsError::NoRecordsFound(_) | DnsError::Nsec { .. }) => {
                Doubt::NoRecords(name.to_ascii(), kind_name)
            }
            error => Doubt::Resolver(name.to_ascii(), error.to_string()),
        })?;
        let answers = lookup.answers().iter().filter(|record| record.record_type() != RecordType::RRSIG);
        let (mut data, mut is_secure, mut lifetime) = (Vec::new(), true, Duration::MAX);
        for record in answers {
            let is_asked_for = record.record_type() == kind && record.name == *name;
            is_secure &= is_asked_for && record.proof.is_secure();
            lifetime = lifetime.min(Duration::from_secs(record.ttl.into()));
            data.extend(take(&record.data));
        }
        if data.is_empty() {
            Err(Doubt::NoRecords(name.to_ascii(), kind_name))
        } else {
            Ok(Answer { data, is_secure, lifetime })
        }
    }
}
