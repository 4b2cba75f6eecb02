//! STARTTLS on the receiving side: what was said before it counts for nothing behind it, and where it is required no mail
//! comes without it.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use sealpost_gateway::listen::Peer;
use sealpost_gateway::receive::{Protocol, Service, Tls, TlsFiles, serve_connection};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::sync::watch;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, RootCertStore, pki_types::PrivateKeyDer},
};

use crate::talk::{Recorder, Talk, codes, corpus_bytes, corpus_json, limits};

/// An authority, and certificates that it signed.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Signs a certificate; gives it and its key.
    fn sign(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    /// TLS for a server, which asks clients for certificates of this authority if it is to.
    fn tls(&self, is_required: bool, asks_clients: bool) -> Tls {
        let (certificate, key) = self.sign("mx.example");
        let (certificate, key, ca) = (certificate.pem(), key.serialize_pem(), self.0.pem());
        let client_ca = asks_clients.then_some(ca.as_bytes());
        Tls::new(
            TlsFiles { certificate: certificate.as_bytes(), key: key.as_bytes(), client_ca },
            is_required,
        )
        .unwrap()
    }

    /// A client that trusts this authority, with a certificate of another one, if any.
    fn connector(&self, client: Option<&Self>) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.unwrap().with_root_certificates(roots);
        let config = match client {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let (certificate, key) = authority.sign("client.example");
                let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
                builder.with_client_auth_cert(vec![certificate.der().clone()], key).unwrap()
            }
        };
        TlsConnector::from(Arc::new(config))
    }
}

/// Begins a session; gives the client's end.
fn start(service: Service) -> (DuplexStream, Arc<Recorder>, watch::Sender<bool>) {
    let (client, server) = tokio::io::duplex(1 << 16);
    let (shutdown, stopped) = watch::channel(false);
    let recorder = Arc::new(Recorder::default());
    tokio::spawn(serve_connection(server, Peer::Local, Arc::new(service), Arc::clone(&recorder), stopped));
    (client, recorder, shutdown)
}

/// Says something and gives all that comes back up to the last line of so many replies, or to the end.
async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, octets: &str, replies: usize) -> String {
    if stream.write_all(octets.as_bytes()).await.is_err() {
        return String::new();
    }
    let mut said = Vec::new();
    while !said.ends_with(b"\n") || codes(str::from_utf8(&said).unwrap()).len() < replies {
        if said.is_empty() && replies == 0 {
            break;
        }
        match stream.read_u8().await {
            Ok(octet) => said.push(octet),
            Err(_) => break,
        }
    }
    String::from_utf8(said).unwrap()
}

async fn begin_tls(mut client: DuplexStream, connector: &TlsConnector) -> TlsStream<DuplexStream> {
    say(&mut client, "", 1).await;
    let hello = say(&mut client, "EHLO c.example\r\n", 1).await;
    assert!(hello.contains("250-STARTTLS\r\n"), "{hello}");
    assert!(say(&mut client, "STARTTLS\r\n", 1).await.starts_with("220 2.0.0 "));
    connector.connect("mx.example".try_into().unwrap(), client).await.unwrap()
}

fn service(tls: Tls) -> Service {
    Service { tls: Some(tls), ..Service::new(Protocol::Smtp, limits()) }
}

const MAIL: &str = "MAIL FROM:<a@b.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n";

#[tokio::test]
async fn a_mail_comes_in_within_tls() {
    let authority = Authority::new();
    let (client, recorder, _running) = start(service(authority.tls(true, false)));
    let mut stream = begin_tls(client, &authority.connector(None)).await;
    let hello = say(&mut stream, "EHLO c.example\r\n", 1).await;
    assert!(hello.starts_with("250-") && !hello.contains("STARTTLS"), "{hello}");
    assert_eq!(codes(&say(&mut stream, "STARTTLS\r\n", 1).await), [503]);
    assert_eq!(codes(&say(&mut stream, MAIL, 3).await), [250, 250, 354]);
    assert_eq!(codes(&say(&mut stream, "Subject: t\r\n\r\nx\r\n.\r\nQUIT\r\n", 2).await), [250, 221]);
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0, "ended as TLS ends, not cut off");
    let mails = recorder.mails();
    assert_eq!((mails.len(), mails[0].client.protocol), (1, "ESMTPS"));
    assert_eq!(&mails[0].mail[..], b"Subject: t\r\n\r\nx\r\n");
}

#[tokio::test]
async fn what_was_said_before_tls_is_forgotten() {
    let authority = Authority::new();
    let (mut client, recorder, _running) =
        start(Service { xclient: true, ..service(authority.tls(false, false)) });
    assert_eq!(codes(&say(&mut client, "", 1).await), [220]);
    let before = "XCLIENT LOGIN=eve ADDR=192.0.2.66\r\nEHLO c.example\r\nXFORWARD IDENT=1\r\nMAIL FROM:<eve@b.example>\r\n";
    assert_eq!(codes(&say(&mut client, before, 4).await), [220, 250, 250, 250]);
    assert_eq!(codes(&say(&mut client, "STARTTLS\r\n", 1).await), [220]);
    let connector = authority.connector(None);
    let mut stream = connector.connect("mx.example".try_into().unwrap(), client).await.unwrap();
    let out_of_step = "RCPT TO:<b@b.example>\r\nMAIL FROM:<a@b.example>\r\n";
    assert_eq!(codes(&say(&mut stream, out_of_step, 2).await), [503, 503], "neither sender nor greeting");
    say(&mut stream, "EHLO c.example\r\n", 1).await;
    assert_eq!(codes(&say(&mut stream, MAIL, 3).await), [250, 250, 354]);
    assert_eq!(codes(&say(&mut stream, "x\r\n.\r\n", 1).await), [250]);
    let client = recorder.mails()[0].client.clone();
    assert_eq!((client.xforward, client.login), (Vec::new(), None));
}

#[tokio::test]
async fn nothing_comes_without_tls_where_it_is_required() {
    let authority = Authority::new();
    let (mut client, recorder, _running) = start(service(authority.tls(true, false)));
    say(&mut client, "EHLO c.example\r\n", 2).await;
    for command in
        ["MAIL FROM:<a@b.example>", "RCPT TO:<b@b.example>", "DATA", "XFORWARD IDENT=1", "VRFY x", "RSET"]
    {
        assert_eq!(codes(&say(&mut client, &format!("{command}\r\n"), 1).await), [530], "{command}");
    }
    for command in ["NOOP", "EHLO c.example"] {
        assert_eq!(codes(&say(&mut client, &format!("{command}\r\n"), 1).await), [250], "{command}");
    }
    // The text of a mail behind a refused DATA is no command.
    let said = say(&mut client, &format!("{MAIL}MAIL FROM:<eve@b.example>\r\n"), 9).await;
    assert_eq!(codes(&said), [530, 530, 530], "and closed");
    assert_eq!(recorder.mails().len(), 0);
}

#[tokio::test]
async fn clients_show_certificates_where_they_have_to() {
    let (authority, other) = (Authority::new(), Authority::new());
    for (client, is_taken) in [(Some(&authority), true), (Some(&other), false), (None, false)] {
        let (stream, recorder, _running) = start(service(authority.tls(true, true)));
        let mut stream = begin_tls(stream, &authority.connector(client)).await;
        let said = say(&mut stream, &format!("EHLO c.example\r\n{MAIL}"), 4).await;
        assert_eq!(codes(&said), if is_taken { vec![250, 250, 250, 354] } else { vec![] });
        assert_eq!(codes(&say(&mut stream, "x\r\n.\r\n", 1).await).len(), usize::from(is_taken));
        assert_eq!(recorder.mails().len(), usize::from(is_taken));
    }
}

#[tokio::test]
async fn a_handshake_that_fails_ends_the_session() {
    let authority = Authority::new();
    let (mut client, recorder, _running) = start(service(authority.tls(false, false)));
    say(&mut client, "EHLO c.example\r\n", 2).await;
    assert_eq!(codes(&say(&mut client, "STARTTLS\r\n", 1).await), [220]);
    let mut rest = Vec::new();
    client.write_all(format!("EHLO c.example\r\n{MAIL}x\r\n.\r\n").as_bytes()).await.unwrap();
    client.read_to_end(&mut rest).await.unwrap();
    assert!(!rest.is_ascii() || !rest.starts_with(b"250"), "no reply in clear: {}", rest.escape_ascii());
    assert_eq!(recorder.mails().len(), 0);
}

#[test]
fn keys_do_not_print() {
    let authority = Authority::new();
    let printed = format!("{:?}", service(authority.tls(true, true)));
    assert!(printed.contains("tls: Some(Tls(required))"), "{printed}");
}

/// What `smtp/protocol-abuse.json` leads to where STARTTLS is offered: a command in the same segment ends the session.
#[tokio::test(start_paused = true)]
async fn protocol_abuse_with_tls_offered() {
    let Some(corpus) = corpus_json("smtp/protocol-abuse.json") else { return };
    let authority = Authority::new();
    for (id, expected, is_closed) in [
        ("starttls-injection", [220, 250, 554], true),
        ("starttls-injection-mail", [220, 250, 554], true),
        ("starttls-args", [220, 250, 501], false),
        ("starttls-state", [220, 250, 250], false),
    ] {
        let mut talk = Talk::of(service(authority.tls(false, false)), 1 << 16);
        let case = corpus["cases"].as_array().unwrap().iter().find(|case| case["id"] == id).unwrap();
        let (mut said, mut closed) = (String::new(), false);
        for step in case["steps"].as_array().unwrap() {
            talk.send(&corpus_bytes(step)).await;
            let (more, is_closed) = talk.hear().await;
            said.push_str(&more);
            closed |= is_closed;
        }
        assert!(codes(&said).starts_with(&expected) && closed == is_closed, "{id}: {said}");
        assert_eq!(talk.recorder.mails().len(), 0);
    }
}
