//! DANE for SMTP (RFC 7672): every MX host must have TLSA records that Postfix verifies its certificate by.

use std::time::Duration;

use hickory_resolver::proto::rr::Name;
use hickory_resolver::proto::rr::rdata::TLSA;
use hickory_resolver::proto::rr::rdata::tlsa::{CertUsage, Matching, Selector};

use super::dns::Dns;
use super::doubt::Doubt;

/// Checks all hosts; gives how long that may be believed.
pub(super) async fn all_hosts(dns: &Dns, hosts: &[Name]) -> Result<Duration, Doubt> {
    let mut lifetime = Duration::MAX;
    for host in hosts {
        lifetime = lifetime.min(check_host(dns, host).await?);
    }
    Ok(lifetime)
}

/// Checks one host.
///
/// Its addresses must be secured, too: where they are not, a sender looks up no TLSA records (section 2.2.2), and any TLS
/// will do. A host that is an alias is not followed: Postfix then takes TLSA records of either name.
async fn check_host(dns: &Dns, host: &Name) -> Result<Duration, Doubt> {
    let (addresses, tlsa) = tokio::join!(dns.addresses(host), async {
        let name = Name::from_ascii(format!("_25._tcp.{}", host.to_ascii())).or(Err(Doubt::NoDomain))?;
        dns.tlsa(&name).await
    });
    let (addresses, tlsa) = (addresses?, tlsa?);
    for (is_secure, kind) in [(addresses.is_secure, "address"), (tlsa.is_secure, "TLSA")] {
        if !is_secure {
            return Err(Doubt::UnsignedHost(host.to_ascii(), kind));
        }
    }
    if !tlsa.data.iter().any(is_usable) {
        return Err(Doubt::UnusableTlsa(host.to_ascii()));
    }
    Ok(addresses.lifetime.min(tlsa.lifetime))
}

/// Says whether a certificate can be verified by a record. Usages 0 and 1 do not count in SMTP (section 3.1.3), and what is
/// unknown or has the wrong length is left out by senders: with only such records they take any certificate.
fn is_usable(tlsa: &TLSA) -> bool {
    let usage = matches!(tlsa.cert_usage, CertUsage::DaneTa | CertUsage::DaneEe);
    let selector = matches!(tlsa.selector, Selector::Full | Selector::Spki);
    let data = match tlsa.matching {
        Matching::Sha256 => tlsa.cert_data.len() == 32,
        Matching::Sha512 => tlsa.cert_data.len() == 64,
        // A whole certificate or key may still be one that Postfix cannot read.
        Matching::Raw | Matching::Unassigned(_) | Matching::Private => false,
    };
    usage && selector && data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_that_verify_a_certificate() {
        for (usage, selector, matching, length, expected) in [
            (3, 1, 1, 32, true),
            (3, 0, 1, 32, true),
            (2, 0, 1, 32, true),
            (2, 1, 2, 64, true),
            (0, 1, 1, 32, false),
            (1, 1, 1, 32, false),
            (4, 1, 1, 32, false),
            (255, 1, 1, 32, false),
            (3, 2, 1, 32, false),
            (3, 255, 1, 32, false),
            (3, 1, 0, 500, false),
            (3, 1, 3, 32, false),
            (3, 1, 255, 32, false),
            (3, 1, 1, 31, false),
            (3, 1, 1, 0, false),
            (3, 1, 1, 64, false),
            (3, 1, 2, 32, false),
        ] {
            let (usage_type, selector_type) = (CertUsage::from(usage), Selector::from(selector));
            let tlsa = TLSA::new(usage_type, selector_type, Matching::from(matching), vec![7; length]);
            assert_eq!(is_usable(&tlsa), expected, "{usage} {selector} {matching} with {length} bytes");
        }
    }
}
