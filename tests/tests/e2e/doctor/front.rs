//! A reverse proxy in front of the portal that shows whatever certificate it is given, even one that is good for nothing.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};

/// An authority that signs certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Gives its own certificate, for those who are to trust it.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// Signs a certificate, and gives it with a key.
    fn sign(&self, certificate: &Certificate) -> CertifiedKey {
        let mut params = CertificateParams::new([certificate.name.to_owned()]).unwrap();
        let [from, until] = certificate.hours.map(after);
        (params.not_before, params.not_after) = (from.into(), until.into());
        let mut key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.0).unwrap().der().clone();
        if certificate.has_other_key {
            key = KeyPair::generate().unwrap();
        }
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let key = aws_lc_rs::default_provider().key_provider.load_private_key(key).unwrap();
        // Nobody compares the two here, as any good server does.
        CertifiedKey::new(vec![signed], key)
    }
}

/// What a certificate is like.
#[derive(Clone, Copy)]
pub(crate) struct Certificate {
    /// For whom it is.
    pub(crate) name: &'static str,
    /// From and until when it is good, in hours from now.
    pub(crate) hours: [i64; 2],
    /// It is shown by a server that has another key.
    pub(crate) has_other_key: bool,
}

fn after(hours: i64) -> SystemTime {
    let apart = Duration::from_hours(hours.unsigned_abs());
    if hours < 0 { SystemTime::now() - apart } else { SystemTime::now() + apart }
}

/// A running reverse proxy; it ends with this value.
pub(crate) struct Front {
    pub(crate) address: SocketAddr,
    _runtime: Runtime,
}

impl Front {
    /// Listens on a free port, and hands everything on to the portal.
    pub(crate) fn start(portal: SocketAddr, authority: &Authority, certificate: &Certificate) -> Self {
        let shown = Arc::new(SingleCertAndKey::from(authority.sign(certificate)));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(shown);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that does not like the certificate breaks off.
                    let mut client = acceptor.accept(stream).await.ok()?;
                    let mut portal = TcpStream::connect(portal).await.ok()?;
                    copy_bidirectional(&mut client, &mut portal).await.ok()
                });
            }
        });
        Self { address, _runtime: runtime }
    }
}
