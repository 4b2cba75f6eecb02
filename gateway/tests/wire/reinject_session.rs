//! Runs the re-inject client up to its first mail: TLS, signing in, LMTP, unix sockets, several addresses, pauses.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use sealpost_gateway::receive::{Client, Path};
use sealpost_gateway::reinject::{
    Address, Authorities, Credentials, Dialect, NextHop, Refusal, Reinjector, Tls, TlsLevel, Transaction,
};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::next_hop::{Behaviour, FakeNextHop};

/// An authority that signs certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// A server with a certificate for this name.
    fn acceptor(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    fn trusted(&self) -> Authorities {
        Authorities::Only(vec![self.certificate.clone()])
    }
}

fn path(raw: &str) -> Path {
    Path { raw: raw.to_owned(), params: Vec::new() }
}

/// Sends a mail to these recipients; gives the reply for each.
async fn send_to(reinjector: &Reinjector, recipients: &[&str]) -> Vec<String> {
    let recipients: Vec<_> = recipients.iter().map(|raw| path(raw)).collect();
    let transaction = Transaction {
        client: &Client {
            ip: Ipv4Addr::LOCALHOST.into(),
            helo: "c.example".to_owned(),
            protocol: "ESMTP",
            xforward: Vec::new(),
            login: None,
        },
        sender: &path("a@b.example"),
        recipients: recipients.iter().collect(),
        size: Some(3),
        eight_bit: false,
        utf8_header: false,
        deadline: Instant::now() + Duration::from_hours(1),
    };
    let replies = match reinjector.prepare(&transaction).await {
        Ok(prepared) => prepared.commit(Bytes::from_static(b"x\r\n")).await,
        Err(Refusal::Mail(reply)) => vec![reply],
        Err(Refusal::Recipients(replies)) => replies,
    };
    replies.iter().map(ToString::to_string).collect()
}

async fn send(reinjector: &Reinjector) -> String {
    send_to(reinjector, &["b@b.example"]).await.remove(0)
}

fn next_hop(fake: &FakeNextHop) -> NextHop {
    NextHop::new(fake.address.to_string(), "gateway.example")
}

const HELLO: &str = "EHLO gateway.example|";
const MAIL: &str = "MAIL FROM:<a@b.example> SIZE=3|RCPT TO:<b@b.example>|DATA|";

/// For each level: what a next hop offers, and says to STARTTLS; the reply to the mail, and whether it went encrypted.
#[tokio::test]
async fn encryption_at_each_level() {
    let (ours, foreign) = (Authority::new(), Authority::new());
    let (right, other_name) = (Some(ours.acceptor("127.0.0.1")), Some(ours.acceptor("mx.example")));
    let (unknown, none) = (Some(foreign.acceptor("127.0.0.1")), None);
    let (go, no) = ("220 2.0.0 go on", "454 4.7.0 not now");
    let injected = "220 2.0.0 go on\r\n250 2.0.0 injected";
    let (clear, encrypted) = (Ok(false), Ok(true));
    for (level, acceptor, says, expected) in [
        (TlsLevel::Off, &right, go, clear),
        (TlsLevel::May, &none, go, clear),
        (TlsLevel::May, &right, go, encrypted),
        (TlsLevel::May, &unknown, go, encrypted),
        (TlsLevel::May, &other_name, go, encrypted),
        (TlsLevel::May, &right, no, clear),
        (TlsLevel::May, &right, injected, Err("451 4.7.5")),
        (TlsLevel::Require, &none, go, Err("451 4.7.10")),
        (TlsLevel::Require, &right, go, encrypted),
        (TlsLevel::Require, &unknown, go, encrypted),
        (TlsLevel::Require, &right, no, Err("451 4.7.5")),
        (TlsLevel::Require, &right, injected, Err("451 4.7.5")),
        (TlsLevel::Verify, &none, go, Err("451 4.7.10")),
        (TlsLevel::Verify, &right, go, encrypted),
        (TlsLevel::Verify, &unknown, go, Err("451 4.7.5")),
        (TlsLevel::Verify, &other_name, go, Err("451 4.7.5")),
        (TlsLevel::Verify, &right, no, Err("451 4.7.5")),
        (TlsLevel::Verify, &right, injected, Err("451 4.7.5")),
    ] {
        let behaviour = Behaviour { tls: acceptor.clone(), ..Behaviour::saying("STARTTLS", says) };
        let fake = FakeNextHop::start(behaviour).await;
        let tls = Tls::new(level, &ours.trusted(), None).unwrap();
        let reinjector = Reinjector::new(NextHop { tls, ..next_hop(&fake) });
        for _ in 0..2 {
            let reply = send(&reinjector).await;
            let commands = fake.commands();
            let what = format!("{level:?}, {says}: {reply}, {commands}");
            assert!(reply.starts_with(expected.err().unwrap_or("250 ")), "{what}");
            let in_clear = commands.split("(TLS)").next().unwrap();
            assert_eq!(in_clear.contains("MAIL"), expected == clear, "{what}");
        }
        if expected == encrypted {
            // Asked again after the handshake, and the second mail on the same connection.
            let commands = fake.commands();
            assert_eq!(commands, format!("{HELLO}STARTTLS|(TLS){HELLO}{MAIL}{MAIL}"), "{level:?}");
        }
        let mails = if expected.is_ok() { 2 } else { 0 };
        assert_eq!(fake.mails().len(), mails, "{level:?}, {says}");
    }
}

#[tokio::test]
async fn the_certificate_may_have_another_name_than_the_address() {
    let authority = Authority::new();
    let tls = Some(authority.acceptor("relay.example"));
    let fake = FakeNextHop::start(Behaviour { tls, ..Behaviour::default() }).await;
    for (name, expected) in [("relay.example", "250 "), ("mx.example", "451 4.7.5 ")] {
        let tls = Tls::new(TlsLevel::Verify, &authority.trusted(), Some(name)).unwrap();
        let reinjector = Reinjector::new(NextHop { tls, ..next_hop(&fake) });
        assert!(send(&reinjector).await.starts_with(expected), "{name}");
    }
    assert!(Tls::new(TlsLevel::Verify, &Authorities::Only(Vec::new()), None).is_err());
    assert!(Tls::new(TlsLevel::Verify, &authority.trusted(), Some("no name")).is_err());
}

/// A large mail over TLS, so that writing and reading block on the way.
#[tokio::test]
async fn large_mails_go_over_tls() {
    let authority = Authority::new();
    let tls = Some(authority.acceptor("127.0.0.1"));
    let fake = FakeNextHop::start(Behaviour { tls, ..Behaviour::default() }).await;
    let tls = Tls::new(TlsLevel::Verify, &authority.trusted(), None).unwrap();
    let reinjector = Reinjector::new(NextHop { tls, ..next_hop(&fake) });
    let mail = Bytes::from(b"0123456789\r\n".repeat(500_000));
    let (client, sender, recipient) = (
        Client {
            ip: Ipv4Addr::LOCALHOST.into(),
            helo: String::new(),
            protocol: "SMTP",
            xforward: Vec::new(),
            login: None,
        },
        path("a@b.example"),
        path("b@b.example"),
    );
    let transaction = Transaction {
        client: &client,
        sender: &sender,
        recipients: vec![&recipient],
        size: None,
        eight_bit: false,
        utf8_header: false,
        deadline: Instant::now() + Duration::from_mins(5),
    };
    for _ in 0..2 {
        let prepared = reinjector.prepare(&transaction).await.ok().unwrap();
        assert!(prepared.commit(mail.clone()).await[0].is_success());
    }
    assert!(fake.mails() == [mail.to_vec(), mail.to_vec()] && fake.connections() == 1);
}

/// What the next hop offers, and says to AUTH; what it is sent; the reply to the mail.
#[tokio::test]
async fn signing_in() {
    const USER_PASSWORD: &str = "AHVzZXIAcGFzc3dvcmQ=";
    let plain = format!("AUTH PLAIN {USER_PASSWORD}|");
    let authority = Authority::new();
    for (features, says, sent, expected) in [
        ("AUTH PLAIN LOGIN", "235 2.7.0 welcome", plain.as_str(), "250 "),
        ("AUTH PLAIN", "535 5.7.8 no AHVzZXIAcGFzc3dvcmQ=", &plain, "451 4.7.8 "),
        ("AUTH PLAIN", "454 4.7.0 later", &plain, "451 4.7.8 "),
        ("AUTH PLAIN", "334 more", &plain, "451 4.7.8 "),
        ("AUTH PLAIN", "250 what", &plain, "451 4.7.8 "),
        ("AUTH CRAM-MD5", "235 2.7.0 welcome", "", "451 4.7.8 "),
        ("SIZE 100", "235 2.7.0 welcome", "", "451 4.7.8 "),
    ] {
        let tls = Some(authority.acceptor("127.0.0.1"));
        let fake = FakeNextHop::start(Behaviour { features, tls, ..Behaviour::saying("AUTH", says) }).await;
        let tls = Tls::new(TlsLevel::Verify, &authority.trusted(), None).unwrap();
        let credentials = Some(Credentials::parse("user\npassword\n").unwrap());
        let reinjector = Reinjector::new(NextHop { tls, credentials, ..next_hop(&fake) });
        let reply = send(&reinjector).await;
        assert!(reply.starts_with(expected) && !reply.contains(USER_PASSWORD), "{features}, {says}: {reply}");
        let commands = fake.commands();
        let encrypted = commands.split_once("(TLS)").unwrap().1;
        assert!(encrypted.starts_with(&format!("{HELLO}{sent}")), "{commands}");
        assert_eq!(fake.mails().len(), usize::from(expected == "250 "));
    }
    // Never in clear, whatever the settings were.
    let fake = FakeNextHop::start(Behaviour { features: "AUTH PLAIN", ..Behaviour::default() }).await;
    let credentials = Some(Credentials::parse("user\npassword\n").unwrap());
    let reinjector = Reinjector::new(NextHop { credentials, ..next_hop(&fake) });
    assert!(send(&reinjector).await.starts_with("451 4.7.10 "));
    assert_eq!(fake.commands(), HELLO);
}

#[tokio::test]
async fn a_unix_socket_and_lmtp() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("next-hop");
    let fake = FakeNextHop::start_at(&socket, Behaviour { lmtp: true, ..Behaviour::default() });
    let address = format!("unix:{}", socket.display());
    let hop = NextHop { dialect: Dialect::Lmtp, ..NextHop::new(address, "gateway.example") };
    let reinjector = Reinjector::new(hop);
    for _ in 0..2 {
        let replies = send_to(&reinjector, &["b@x", "550@x", "full@x", "c@x"]).await;
        let codes: Vec<_> = replies.iter().map(|reply| &reply[..9]).collect();
        assert_eq!(codes, ["250 2.0.0", "550 5.1.1", "452 4.2.2", "250 2.0.0"]);
    }
    assert!(fake.commands().starts_with("LHLO gateway.example|MAIL"));
    assert_eq!((fake.mails().len(), fake.connections()), (2, 1));
}

/// What the first address does when a session is begun, and in how many mails the second one is asked.
#[tokio::test(start_paused = true)]
async fn the_next_address_is_tried_until_a_session_has_begun() {
    for (verb, says, second_gets) in [
        ("greeting", "cut", 3),
        ("greeting", "421 4.3.2 busy", 3),
        ("greeting", "554 5.7.1 no", 3),
        ("greeting", "silent", 3),
        ("greeting", "babble", 3),
        ("EHLO", "502 5.5.1 what", 3),
        ("EHLO", "cut", 3),
        ("MAIL", "451 4.3.0 later", 0),
        ("MAIL", "cut", 0),
        ("MAIL", "silent", 0),
        ("RCPT", "550 5.1.1 unknown", 0),
        ("DATA", "421 4.3.2 bye", 0),
        (".", "cut", 0),
        (".", "452 4.3.1 full", 0),
        ("VRFY", "never asked", 0),
    ] {
        let first = FakeNextHop::start(Behaviour::saying(verb, says)).await;
        let second = FakeNextHop::start(Behaviour::default()).await;
        let addresses =
            vec![Address::from(first.address.to_string()), Address::from(second.address.to_string())];
        let reinjector = Reinjector::new(NextHop { addresses, max_idle: 0, ..next_hop(&first) });
        for _ in 0..3 {
            let reply = send(&reinjector).await;
            assert_eq!(
                reply.starts_with("250 "),
                second_gets > 0 || verb == "VRFY",
                "{says} to {verb}: {reply}"
            );
        }
        assert_eq!(second.mails().len(), second_gets, "{says} to {verb}");
    }
}

#[tokio::test]
async fn nobody_listens_at_the_first_address() {
    let first = FakeNextHop::start(Behaviour::default()).await.stop();
    let second = FakeNextHop::start(Behaviour::default()).await;
    let addresses = ["unix:/nonexistent/socket".to_owned(), first.to_string(), second.address.to_string()];
    let addresses = addresses.into_iter().map(Address::from).collect();
    let reinjector = Reinjector::new(NextHop { addresses, ..next_hop(&second) });
    assert!(send(&reinjector).await.starts_with("250 "));
}

/// 1,000 mails to a next hop that takes connections and says nothing: one of them waits, and one after each pause.
#[tokio::test(start_paused = true)]
async fn a_dead_next_hop_is_left_alone_for_a_while() {
    let dead = FakeNextHop::start(Behaviour::saying("greeting", "silent")).await;
    let reinjector = Reinjector::new(next_hop(&dead));
    let begun = Instant::now();
    assert_eq!(send(&reinjector).await, "451 4.4.2 Next hop did not answer in time");
    assert!(begun.elapsed() >= Duration::from_secs(30));
    for round in 1..=3 {
        let begun = Instant::now();
        for _ in 0..333 {
            assert_eq!(send(&reinjector).await, "451 4.4.1 Next hop did not answer a moment ago");
        }
        assert!(begun.elapsed() < Duration::from_secs(1), "nobody waits");
        assert_eq!(dead.connections(), round);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(send(&reinjector).await, "451 4.4.2 Next hop did not answer in time");
    }
}

/// When it answers again, the first mail after the pause goes through, and all behind it.
#[tokio::test(start_paused = true)]
async fn a_next_hop_that_comes_back_is_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("next-hop");
    let dead = FakeNextHop::start_at(&socket, Behaviour::saying("greeting", "silent"));
    let reinjector = Reinjector::new(NextHop::new(format!("unix:{}", socket.display()), "gateway.example"));
    assert!(send(&reinjector).await.starts_with("451 4.4.2 "));
    dead.stop();
    std::fs::remove_file(&socket).unwrap();
    let alive = FakeNextHop::start_at(&socket, Behaviour::default());
    assert!(send(&reinjector).await.starts_with("451 4.4.1 "));
    tokio::time::advance(Duration::from_secs(10)).await;
    for _ in 0..3 {
        assert!(send(&reinjector).await.starts_with("250 "));
    }
    assert_eq!(alive.mails().len(), 3);
}

/// One that refuses at once costs nothing to ask, and is used at once when it is back.
#[tokio::test]
async fn a_next_hop_that_refuses_connections_is_asked_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("next-hop");
    let reinjector = Reinjector::new(NextHop::new(format!("unix:{}", socket.display()), "gateway.example"));
    for _ in 0..3 {
        assert_eq!(send(&reinjector).await, "451 4.4.1 Next hop cannot be reached");
    }
    let alive = FakeNextHop::start_at(&socket, Behaviour::default());
    assert!(send(&reinjector).await.starts_with("250 "));
    assert_eq!(alive.mails().len(), 1);
}

/// What is announced to our own clients depends on it.
#[tokio::test]
async fn whether_the_next_hop_has_dsn_is_known_from_its_last_hello() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("next-hop");
    let hop = NextHop::new(format!("unix:{}", socket.display()), "gateway.example");
    let reinjector = Reinjector::new(NextHop { max_idle: 0, ..hop });
    assert!(
        reinjector.get_acquainted().await.is_err() && reinjector.carries_dsn(),
        "nobody has said otherwise"
    );
    for (features, expected) in [("DSN", true), ("SIZE 1000", false), ("8BITMIME\ndsn", true)] {
        let fake = FakeNextHop::start_at(&socket, Behaviour { features, ..Behaviour::default() });
        assert!(reinjector.get_acquainted().await.is_ok());
        assert_eq!(reinjector.carries_dsn(), expected, "{features}");
        assert!(send(&reinjector).await.starts_with("250 "));
        fake.stop();
        std::fs::remove_file(&socket).unwrap();
    }
}
