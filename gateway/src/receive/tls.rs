//! What a listener needs for STARTTLS (RFC 3207): certificate, key, and whether clients have to begin it.

use std::fmt;
use std::sync::Arc;

use tokio_rustls::rustls::{
    self, RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject as _},
    server::{VerifierBuilderError, WebPkiClientVerifier},
};

/// TLS on a listener. It holds a private key and does not print.
#[derive(Clone)]
pub struct Tls {
    pub(super) config: Arc<ServerConfig>,
    pub(super) is_required: bool,
    asks_clients: bool,
}

/// What TLS is made of, each in PEM.
#[derive(Clone, Copy)]
pub struct TlsFiles<'a> {
    /// The certificate, followed by those between it and its root.
    pub certificate: &'a [u8],
    /// The certificate's private key.
    pub key: &'a [u8],
    /// The authorities that sign the certificates of clients. Without them clients need none.
    pub client_ca: Option<&'a [u8]>,
}

/// Why TLS cannot be had. No variant quotes a file.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate, or that of an authority, is not in PEM.
    #[error("there is no certificate in PEM: {0}")]
    Certificate(pem::Error),
    /// The private key is not in PEM.
    #[error("there is no private key in PEM: {0}")]
    Key(pem::Error),
    /// Certificate and key do not fit, or cannot be used.
    #[error("certificate and key cannot be used: {0}")]
    Pair(rustls::Error),
    /// An authority's certificate cannot be used.
    #[error("the certificate of an authority cannot be used: {0}")]
    Authority(rustls::Error),
    /// Clients' certificates cannot be checked against the authorities.
    #[error("the certificates of clients cannot be checked: {0}")]
    Verifier(#[from] VerifierBuilderError),
}

impl Tls {
    /// Makes TLS of these files.
    ///
    /// # Errors
    /// [`TlsError`] names the cause.
    pub fn new(files: TlsFiles<'_>, is_required: bool) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().map_err(TlsError::Pair)?;
        let builder = match files.client_ca {
            None => builder.with_no_client_auth(),
            Some(authorities) => {
                let mut roots = RootCertStore::empty();
                for authority in certificates(authorities)? {
                    roots.add(authority).map_err(TlsError::Authority)?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build()?)
            }
        };
        let key = PrivateKeyDer::from_pem_slice(files.key).map_err(TlsError::Key)?;
        let config = builder.with_single_cert(certificates(files.certificate)?, key);
        let (config, asks_clients) = (Arc::new(config.map_err(TlsError::Pair)?), files.client_ca.is_some());
        Ok(Self { config, is_required, asks_clients })
    }

    /// Whether clients have to show a certificate.
    #[must_use]
    pub fn asks_clients(&self) -> bool {
        self.asks_clients
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(TlsError::Certificate)?;
    if found.is_empty() { Err(TlsError::Certificate(pem::Error::NoItemsFound)) } else { Ok(found) }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_required { "Tls(required)" } else { "Tls(offered)" })
    }
}
