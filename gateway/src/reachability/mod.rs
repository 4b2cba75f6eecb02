//! Finds out whether a recipient's domain is reached over verified TLS only, so that a rule with `tls = "enough"` may let a
//! mail pass.
//!
//! Yes is said for two reasons alone: DANE (RFC 7672: the MX records and those of every host are secured by DNSSEC, and every
//! host has TLSA records that can be used), or MTA-STS (RFC 8461: a policy in mode `enforce` that covers every MX host). Any
//! doubt is a no: a record missing, an error, a time limit passed. The mail is sealed then.
//!
//! Nothing here sends mail. That the MTA keeps to what was found out is for its own settings to see to: see "Verified TLS" in
//! `gateway/README.md`.

mod cache;
mod dane;
mod dns;
mod doubt;
mod fetch;
mod mta_sts;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::proto::rr::Name;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::rustls::pki_types::CertificateDer;

use cache::Cache;
use dns::Dns;
use fetch::Fetcher;

pub use dns::{Resolver, TrustAnchors};
pub use doubt::Doubt;

/// Domains of one mail that are looked up. A mail with more has its further recipients' mails sealed.
const MAX_DOMAINS: usize = 50;

/// MX hosts of a domain that are looked at. One with more is not worth the questions.
const MAX_HOSTS: usize = 20;

/// Bounds of the time for which a yes is believed, whatever the records say.
const SHORTEST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_hours(1);

/// How long a no is believed: because of what was found, and because nothing could be found out.
const ABSENT: Duration = Duration::from_mins(5);
const UNKNOWN: Duration = Duration::from_mins(1);

/// How to find out.
#[derive(Clone)]
pub struct ReachabilitySettings {
    /// Which resolver is asked.
    pub resolver: Resolver,
    /// The keys of the DNS root.
    pub trust_anchors: TrustAnchors,
    /// The authorities that sign the certificates of policy hosts; those of the system if there are none here.
    pub authorities: Vec<CertificateDer<'static>>,
    /// The port where policies are served; 443 but for tests.
    pub policy_port: u16,
    /// Longest time to find out about one domain.
    pub timeout: Duration,
}

impl ReachabilitySettings {
    /// Gives the usual settings: the system's resolver, the keys of the real root, five seconds.
    #[must_use]
    pub fn new() -> Self {
        Self {
            resolver: Resolver::System,
            trust_anchors: TrustAnchors::root(),
            authorities: Vec::new(),
            policy_port: 443,
            timeout: Duration::from_secs(5),
        }
    }
}

impl Default for ReachabilitySettings {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ReachabilitySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReachabilitySettings")
            .field("resolver", &self.resolver)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Why domains cannot be looked up at all.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// There is no resolver to ask.
    #[error("the resolver cannot be set up: {0}")]
    Resolver(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Policies cannot be fetched.
    #[error("fetching MTA-STS policies cannot be set up: {0}")]
    Fetcher(#[source] reqwest::Error),
}

/// Why a domain is reached over verified TLS only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By DANE.
    Dane,
    /// By an MTA-STS policy.
    MtaSts,
}

/// What was found out about a domain.
pub type Finding = Result<Way, Doubt>;

/// Looks domains up and remembers them for a while. Cheap to clone; clones share what they know.
#[derive(Clone)]
pub struct Reachability(Arc<Inner>);

struct Inner {
    dns: Dns,
    fetcher: Fetcher,
    cache: Cache,
    timeout: Duration,
}

impl Reachability {
    /// Sets it up. Nothing is asked yet.
    ///
    /// # Errors
    /// When the system's resolver or authorities cannot be read.
    pub fn new(settings: ReachabilitySettings) -> Result<Self, SetupError> {
        let dns = Dns::new(&settings.resolver, settings.trust_anchors, settings.timeout)?;
        let fetcher = Fetcher::new(dns.clone(), &settings.authorities, settings.policy_port)?;
        let (cache, timeout) = (Cache::default(), settings.timeout);
        Ok(Self(Arc::new(Inner { dns, fetcher, cache, timeout })))
    }

    /// Gives those of the domains (ASCII) that are reached over verified TLS only. They are looked up at the same time; one
    /// about which nothing is known at the deadline is left out.
    pub async fn among(&self, domains: Vec<String>, deadline: Instant) -> Vec<String> {
        let mut lookups = JoinSet::new();
        for domain in domains.into_iter().take(MAX_DOMAINS) {
            let this = self.clone();
            lookups.spawn(async move { this.find(&domain).await.is_ok().then_some(domain) });
        }
        let mut verified = Vec::new();
        // What is not done by then ends with the set.
        while let Ok(Some(lookup)) = timeout_at(deadline, lookups.join_next()).await {
            verified.extend(lookup.ok().flatten());
        }
        verified
    }

    /// Finds out about one domain (ASCII), or remembers.
    ///
    /// # Errors
    /// [`Doubt`] says why the answer is no.
    pub async fn find(&self, domain: &str) -> Finding {
        let inner = &*self.0;
        // In a box, as it is large and mostly not needed.
        inner.cache.get_or(domain, Box::pin(inner.look_up(domain))).await
    }
}

impl Inner {
    /// Asks; gives the finding and how long to believe it.
    async fn look_up(&self, domain: &str) -> (Finding, Duration) {
        let found = timeout(self.timeout, self.ask(domain)).await.unwrap_or(Err(Doubt::Timeout));
        let (finding, lifetime) = match found {
            Ok((way, lifetime)) => (Ok(way), lifetime.clamp(SHORTEST, LONGEST)),
            Err(doubt) if doubt.may_pass_soon() => (Err(doubt), UNKNOWN),
            Err(doubt) => (Err(doubt), ABSENT),
        };
        match &finding {
            Ok(way) => tracing::debug!(domain, ?way, "reached over verified TLS"),
            Err(doubt) => tracing::debug!(domain, %doubt, "not known to be reached over verified TLS"),
        }
        (finding, lifetime)
    }

    async fn ask(&self, domain: &str) -> Result<(Way, Duration), Doubt> {
        let name = dns::name(domain)?;
        let mx = self.dns.mx(&name).await?;
        let hosts = mx_hosts(mx.data)?;
        let dane = async {
            if !mx.is_secure {
                return Err(Doubt::Unsigned);
            }
            dane::all_hosts(&self.dns, &hosts).await
        };
        let (dane, policy) = tokio::join!(dane, self.fetcher.policy(domain));
        let by_policy = policy.and_then(|(policy, lifetime)| {
            hosts.iter().try_for_each(|host| policy.check(&host.to_ascii()))?;
            Ok(lifetime)
        });
        match (dane, by_policy) {
            (Ok(lifetime), _) => Ok((Way::Dane, lifetime.min(mx.lifetime))),
            (Err(_), Ok(lifetime)) => Ok((Way::MtaSts, lifetime.min(mx.lifetime))),
            (Err(dane), Err(policy)) => {
                Err(Doubt::Neither { dane: Box::new(dane), policy: Box::new(policy) })
            }
        }
    }
}

/// Gives the hosts of MX records. A domain without any, or that takes no mail (RFC 7505), is reached over nothing.
fn mx_hosts(mut hosts: Vec<Name>) -> Result<Vec<Name>, Doubt> {
    hosts.sort();
    hosts.dedup();
    if hosts.is_empty() || hosts.iter().any(Name::is_root) {
        return Err(Doubt::NoHosts);
    }
    if hosts.len() > MAX_HOSTS { Err(Doubt::TooManyHosts) } else { Ok(hosts) }
}

/// Reads a policy, for the fuzz target.
#[cfg(fuzzing)]
pub(crate) fn fuzz_policy(policy: &[u8], host: &str) -> bool {
    mta_sts::Policy::parse(policy).is_ok_and(|policy| policy.check(host).is_ok())
}

/// Reads records, for the fuzz target.
#[cfg(fuzzing)]
pub(crate) fn fuzz_records(records: &[Vec<u8>]) -> bool {
    mta_sts::check_records(records).is_ok()
}
