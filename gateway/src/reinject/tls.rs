//! Encrypts the connection to the next hop (STARTTLS, RFC 3207) by rustls.

use std::fmt;
use std::io;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error as RustlsError, RootCertStore, SignatureScheme,
};

use super::next_hop::Address;

/// Says when the connection is encrypted; each level asks for more than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsLevel {
    /// Never.
    Off,
    /// When the next hop offers it; with any certificate. Keeps out who only listens.
    May,
    /// Always, or there is no mail; with any certificate.
    Require,
    /// Always, with a certificate for its name that is signed by a trusted authority.
    Verify,
}

/// The authorities that are trusted to sign certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorities {
    /// Those of the operating system.
    System,
    /// Just these.
    Only(Vec<CertificateDer<'static>>),
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The name that the certificate must have is no host name or IP address.
    #[error("{0:?} is no host name or IP address that a certificate could have")]
    ServerName(String, #[source] InvalidDnsNameError),
    /// rustls does not take the authorities: there are none, or they are not certificates.
    #[error("the trusted authorities cannot be used")]
    Authorities(#[source] RustlsError),
}

/// Whether and how connections are encrypted.
#[derive(Clone)]
pub struct Tls {
    level: TlsLevel,
    authorities: Authorities,
    /// Made of the others; none when the level is off.
    config: Option<Arc<ClientConfig>>,
    /// The name that the certificate must have; else the host of the address that was connected to.
    server_name: Option<ServerName<'static>>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("level", &self.level)
            .field("server_name", &self.server_name)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Tls {
    fn eq(&self, other: &Self) -> bool {
        let parts = |tls: &Self| (tls.level, tls.authorities.clone(), tls.server_name.clone());
        parts(self) == parts(other)
    }
}

impl Eq for Tls {}

impl Tls {
    /// No encryption.
    #[must_use]
    pub fn off() -> Self {
        Self { level: TlsLevel::Off, authorities: Authorities::System, config: None, server_name: None }
    }

    /// Sets encryption up.
    ///
    /// # Errors
    /// When the name is none, or there are no authorities to verify by.
    pub fn new(
        level: TlsLevel,
        authorities: &Authorities,
        server_name: Option<&str>,
    ) -> Result<Self, TlsError> {
        if level == TlsLevel::Off {
            return Ok(Self::off());
        }
        let server_name = server_name.map(parse_name).transpose()?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Authorities)?;
        let config = match (level, authorities) {
            (TlsLevel::Verify, Authorities::System) => {
                let verifier = rustls_platform_verifier::Verifier::new(provider);
                let verifier = Arc::new(verifier.map_err(TlsError::Authorities)?);
                builder.dangerous().with_custom_certificate_verifier(verifier)
            }
            (TlsLevel::Verify, Authorities::Only(certificates)) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates {
                    roots.add(certificate.clone()).map_err(TlsError::Authorities)?;
                }
                if roots.is_empty() {
                    return Err(TlsError::Authorities(RustlsError::NoCertificatesPresented));
                }
                builder.with_root_certificates(roots)
            }
            _ => builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider))),
        };
        let config = Some(Arc::new(config.with_no_client_auth()));
        Ok(Self { level, authorities: authorities.clone(), config, server_name })
    }

    /// When the connection is encrypted.
    #[must_use]
    pub fn level(&self) -> TlsLevel {
        self.level
    }

    /// Gives what makes the handshake with this address: nothing where there is no encryption.
    pub(super) fn connector(
        &self,
        address: &Address,
    ) -> io::Result<Option<(TlsConnector, ServerName<'static>)>> {
        let Some(config) = &self.config else { return Ok(None) };
        let name = match (&self.server_name, address.host()) {
            (Some(name), _) => name.clone(),
            (None, Some(host)) => parse_name(host).map_err(io::Error::other)?,
            // Only where any certificate will do; the settings refuse a socket without a name to verify.
            (None, None) => parse_name("localhost").map_err(io::Error::other)?,
        };
        Ok(Some((TlsConnector::from(Arc::clone(config)), name)))
    }
}

fn parse_name(name: &str) -> Result<ServerName<'static>, TlsError> {
    ServerName::try_from(name.to_owned()).map_err(|error| TlsError::ServerName(name.to_owned(), error))
}

/// Takes every certificate, but not a handshake that its key did not sign.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, RustlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, RustlsError> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, RustlsError> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
