//! Says why a domain is not known to be reached over verified TLS only.

/// Why a domain is not known to be reached over verified TLS only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// It took too long to find out.
    #[error("it took too long to find out")]
    Timeout,
    /// What stands behind the @ is no domain.
    #[error("this is no domain")]
    NoDomain,
    /// The resolver gave no answer that could be used, or one with a wrong signature.
    #[error("the resolver has no answer about {0}: {1}")]
    Resolver(String, String),
    /// There are no records of a kind.
    #[error("{0} has no {1} records")]
    NoRecords(String, &'static str),
    /// The domain has no MX hosts, or takes no mail.
    #[error("it has no MX hosts")]
    NoHosts,
    /// The domain has more MX hosts than are looked at.
    #[error("it has too many MX hosts")]
    TooManyHosts,
    /// Its MX records are not secured by DNSSEC.
    #[error("its MX records are not signed")]
    Unsigned,
    /// Records of a host are not secured by DNSSEC, or stand under another name.
    #[error("the {1} records of {0} are not signed, or stand under another name")]
    UnsignedHost(String, &'static str),
    /// None of the host's TLSA records can be used.
    #[error("none of the TLSA records of {0} can be used")]
    UnusableTlsa(String),
    /// There is not just one MTA-STS record, or it is malformed.
    #[error("its _mta-sts record is missing, not the only one, or malformed")]
    PolicyRecord,
    /// The policy could not be fetched; what stood in the way.
    #[error("its MTA-STS policy could not be fetched: {0}")]
    Fetch(String),
    /// The policy is malformed.
    #[error("its MTA-STS policy is malformed: {0}")]
    PolicySyntax(&'static str),
    /// The policy does not ask to be enforced.
    #[error("its MTA-STS policy is not in mode enforce")]
    NotEnforced,
    /// The policy does not cover an MX host.
    #[error("its MTA-STS policy does not cover the MX host {0}")]
    NotCovered(String),
    /// Neither of the two ways.
    #[error("by DANE: {dane}; by MTA-STS: {policy}")]
    Neither {
        /// Why not by DANE.
        dane: Box<Doubt>,
        /// Why not by MTA-STS.
        policy: Box<Doubt>,
    },
}

impl Doubt {
    /// Whether it tells about today's network rather than about the domain.
    pub(super) fn may_pass_soon(&self) -> bool {
        match self {
            Self::Timeout | Self::Resolver(..) | Self::Fetch(_) => true,
            Self::Neither { dane, policy } => dane.may_pass_soon() || policy.may_pass_soon(),
            _ => false,
        }
    }
}
