//! Fetches MTA-STS policies over HTTPS: no redirects, a verified certificate, a small page (RFC 8461 section 3.3).

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::dns::{Addrs, Name as HostName, Resolve, Resolving};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Certificate, Client, Response, StatusCode, redirect};
use tokio_rustls::rustls::pki_types::CertificateDer;

use super::SetupError;
use super::dns::{self, Dns};
use super::doubt::Doubt;
use super::mta_sts::{self, MAX_POLICY, Policy};

/// Fetches policies.
pub(super) struct Fetcher {
    dns: Dns,
    client: Client,
}

/// Finds policy hosts by the same resolver as all else.
struct ByDns {
    dns: Dns,
    port: u16,
}

impl Resolve for ByDns {
    fn resolve(&self, host: HostName) -> Resolving {
        let (dns, port) = (self.dns.clone(), self.port);
        Box::pin(async move {
            let addresses = dns.addresses(&dns::name(host.as_str())?).await?;
            let addresses: Addrs =
                Box::new(addresses.data.into_iter().map(move |ip| SocketAddr::new(ip, port)));
            Ok(addresses)
        })
    }
}

impl Fetcher {
    pub(super) fn new(
        dns: Dns,
        authorities: &[CertificateDer<'static>],
        port: u16,
    ) -> Result<Self, SetupError> {
        let mut builder = Client::builder()
            .https_only(true)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .pool_max_idle_per_host(0)
            .dns_resolver(ByDns { dns: dns.clone(), port });
        if !authorities.is_empty() {
            let certificates: Result<Vec<_>, _> =
                authorities.iter().map(|certificate| Certificate::from_der(certificate)).collect();
            builder = builder.tls_certs_only(certificates.map_err(SetupError::Fetcher)?);
        }
        Ok(Self { dns, client: builder.build().map_err(SetupError::Fetcher)? })
    }

    /// Gives the policy of a domain, and how long it may be believed. Takes as long as it takes.
    pub(super) async fn policy(&self, domain: &str) -> Result<(Policy, Duration), Doubt> {
        let records = self.dns.txt(&dns::name(&format!("_mta-sts.{domain}"))?).await;
        let records = records.map_err(|doubt| match doubt {
            Doubt::NoRecords(..) => Doubt::PolicyRecord,
            doubt => doubt,
        })?;
        mta_sts::check_records(&records.data)?;
        let host = domain.strip_suffix('.').unwrap_or(domain);
        let url = format!("https://mta-sts.{host}/.well-known/mta-sts.txt");
        let response = self.client.get(url).send().await.map_err(|error| fetch(&error))?;
        let policy = Policy::parse(&read(response).await?)?;
        let lifetime = records.lifetime.min(policy.max_age);
        Ok((policy, lifetime))
    }
}

/// Reads the page, if it is one.
async fn read(mut response: Response) -> Result<Vec<u8>, Doubt> {
    if response.status() != StatusCode::OK {
        return Err(Doubt::Fetch(format!("the answer is {}", response.status())));
    }
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("text/plain") {
        return Err(Doubt::Fetch("it is not text/plain".to_owned()));
    }
    let mut page = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| fetch(&error))? {
        if page.len() + chunk.len() > MAX_POLICY {
            return Err(Doubt::Fetch("it is too long".to_owned()));
        }
        page.extend_from_slice(&chunk);
    }
    Ok(page)
}

/// Says what stood in the way, with the cause behind it.
fn fetch(error: &reqwest::Error) -> Doubt {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    Doubt::Fetch(text)
}
