//! Stage `certificate`: is the portal's certificate good, and for how long?
//!
//! It is verified as browsers do, now and as if it were some days later, which needs nobody to take it apart.

use std::{io, sync::Arc, time::Duration};

use reqwest::Url;
use rustls_platform_verifier::Verifier;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, Error as RustlsError,
        client::danger::ServerCertVerifier,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, UnixTime},
    },
};

use super::Stage;

/// Days that a certificate should still be good for: automatic renewal has failed when it is not.
const DAYS: u64 = 14;

/// Longest time for the handshake.
const PATIENCE: Duration = Duration::from_secs(20);

/// Also tells whether the portal can be asked anything: not over a certificate that is not good.
pub(super) async fn examine(url: &str) -> (Stage, bool) {
    if !url.starts_with("https://") {
        return (Stage::skip("certificate", "plain http, on this machine only"), true);
    }
    match days_left(url).await {
        Err(error) if is_about_the_certificate(&error) => {
            let what = format!("the handshake with {url} failed: {error}");
            let todo = "have the portal's reverse proxy show a certificate for this name, in force, of an authority that \
                        browsers trust, with those between it and the authority";
            (Stage::fail("certificate", what, todo), false)
        }
        Err(_) => (Stage::skip("certificate", "the portal makes no TLS connection"), true),
        Ok(days) if days < DAYS => {
            let what = format!("the portal's certificate ends in less than {} days", days + 1);
            let todo =
                "renew the certificate of the portal's reverse proxy, and see why that is not done by itself";
            (Stage::fail("certificate", what, todo), true)
        }
        Ok(_) => (Stage::pass("certificate", format!("good for {DAYS} days or more")), true),
    }
}

fn is_about_the_certificate(error: &io::Error) -> bool {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
    matches!(cause, Some(RustlsError::InvalidCertificate(_)))
}

/// Gives the days for which the certificate is still good, as far as [`DAYS`].
async fn days_left(url: &str) -> io::Result<u64> {
    let url: Url = url.parse().map_err(io::Error::other)?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(443);
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(Verifier::new(Arc::clone(&provider)).map_err(io::Error::other)?);
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&verifier) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let handshake = async {
        let stream = TcpStream::connect((host, port)).await?;
        TlsConnector::from(Arc::new(config)).connect(name.clone(), stream).await
    };
    let stream = timeout(PATIENCE, handshake).await??;
    let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let good_after = |days| is_good(&*verifier, certificates, &name, days).is_ok();
    Ok((1..=DAYS).take_while(|days| good_after(*days)).last().unwrap_or(0))
}

/// Verifies a chain as if so many days had gone by.
fn is_good(
    verifier: &dyn ServerCertVerifier,
    certificates: &[CertificateDer<'_>],
    name: &ServerName<'_>,
    days: u64,
) -> Result<(), RustlsError> {
    let (own, others) = certificates.split_first().ok_or(RustlsError::NoCertificatesPresented)?;
    let then = UnixTime::now().as_secs() + days * 86_400;
    let then = UnixTime::since_unix_epoch(Duration::from_secs(then));
    verifier.verify_server_cert(own, others, name, &[], then).map(drop)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use tokio_rustls::rustls::{RootCertStore, client::WebPkiServerVerifier};

    use super::*;

    /// The certificate ends in so many days from now; it is its own authority.
    fn certificate(days: i64) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec!["portal.example.org".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        let now = i64::try_from(UnixTime::now().as_secs()).unwrap();
        let end =
            jiff::Timestamp::from_second(now + days * 86_400).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
        params.not_after =
            date_time_ymd(end.year().into(), end.month().try_into().unwrap(), end.day().try_into().unwrap());
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    #[test]
    fn a_certificate_that_ends_soon_is_found() {
        let name = ServerName::try_from("portal.example.org").unwrap();
        for (ends_in, good_after) in [(90, 14), (10, 8), (3, 1)] {
            let certificate = certificate(ends_in);
            let mut roots = RootCertStore::empty();
            roots.add(certificate.clone()).unwrap();
            let provider = Arc::new(aws_lc_rs::default_provider());
            let verifier =
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            let good = |days| is_good(&*verifier, std::slice::from_ref(&certificate), &name, days).is_ok();
            assert!(good(good_after), "{ends_in}");
            assert!(!good(u64::try_from(ends_in).unwrap() + 1), "{ends_in}");
        }
    }
}
