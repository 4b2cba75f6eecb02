//! Asks a real resolver over zones that are signed well, badly or not at all, and fetches policies over real HTTPS.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use sealpost_gateway::reachability::{
    Doubt, Finding, Reachability, ReachabilitySettings, Resolver, TrustAnchors, Way,
};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use crate::dns::{Dns, Signed};

const DIGEST: &str = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
const ENFORCE: &str = "version: STSv1\r\nmode: enforce\r\nmx: mx.example\r\nmax_age: 86400\r\n";

/// The zones of the table below.
fn zones() -> Vec<(&'static str, Signed, String)> {
    let host = |name: &str| format!("{name} IN A 127.0.0.1\n_25._tcp.{name} IN TLSA 3 1 1 {DIGEST}\n");
    let signed = format!(
        "{}{}\
         good IN MX 10 mx1\ngood IN MX 20 mx2\n*.wild IN MX 10 mx1\n\
         v6 IN MX 10 mx6\nmx6 IN AAAA ::1\n_25._tcp.mx6 IN TLSA 2 0 1 {DIGEST}\n\
         mixed IN MX 10 mx3\nmx3 IN A 127.0.0.1\n_25._tcp.mx3 IN TLSA 1 1 1 {DIGEST}\n_25._tcp.mx3 IN TLSA 3 1 1 {DIGEST}\n\
         missing IN MX 10 mx1\nmissing IN MX 20 mx4\nmx4 IN A 127.0.0.1\n\
         unusable IN MX 10 mx5\nmx5 IN A 127.0.0.1\n_25._tcp.mx5 IN TLSA 1 1 1 {DIGEST}\n\
         no-address IN MX 10 mx7\n_25._tcp.mx7 IN TLSA 3 1 1 {DIGEST}\n\
         to-unsigned IN MX 10 mx1.unsigned.lab.\nto-forged IN MX 10 mx1.forged.lab.\n\
         alias IN MX 10 other\nother IN CNAME mx1\n_25._tcp.other IN CNAME _25._tcp.mx1\n\
         whole-alias IN CNAME good\n\
         null IN MX 0 .\nno-mx IN A 127.0.0.1\n\
         policy IN MX 10 mx4\n_mta-sts.policy IN TXT \"v=STSv1; id=1\"\nmta-sts.policy IN A 127.0.0.1\n",
        host("mx1"),
        host("mx2"),
    );
    let mut policies = String::new();
    for (name, mx, ..) in POLICIES {
        write!(
            policies,
            "{name} IN MX 10 {mx}\n_mta-sts.{name} IN TXT \"v=STSv1; id=1;\"\nmta-sts.{name} IN A 127.0.0.1\n"
        )
        .unwrap();
    }
    let unsigned = format!(
        "{}good IN MX 10 mx1\n{policies}\
         two-records IN MX 10 mx1\n_mta-sts.two-records IN TXT \"v=STSv1; id=1\"\n_mta-sts.two-records IN TXT \"v=STSv1; id=2\"\n\
         mta-sts.two-records IN A 127.0.0.1\n\
         no-record IN MX 10 mx1\nmta-sts.no-record IN A 127.0.0.1\n\
         no-policy-host IN MX 10 mx1\n_mta-sts.no-policy-host IN TXT \"v=STSv1; id=1\"\n",
        host("mx1")
    );
    let small = format!("{}good IN MX 10 mx1\n", host("mx1"));
    let forged = format!(
        "{small}policy IN MX 10 mx1\n_mta-sts.policy IN TXT \"v=STSv1; id=1\"\nmta-sts.policy IN A 127.0.0.1\n"
    );
    vec![
        ("lab", Signed::Hashed, "ns IN A 127.0.0.1\n".to_owned()),
        ("signed.lab", Signed::Well, signed),
        ("hashed.lab", Signed::Hashed, small.clone()),
        ("forged.lab", Signed::Forged, forged),
        ("expired.lab", Signed::Expired, small.clone()),
        ("stripped.lab", Signed::Stripped, small),
        ("unsigned.lab", Signed::Not, unsigned),
    ]
}

/// Domains below `unsigned.lab` whose policy host gives an answer: MX host, answer to the request, whether it is enough.
const POLICIES: [(&str, &str, &str, bool); 15] = [
    ("enforce", "mx.example.", "200 OK|text/plain", true),
    ("charset", "mx.example.", "200 OK|Text/Plain; charset=utf-8", true),
    ("other-mx", "mx.evil.example.", "200 OK|text/plain", false),
    ("testing", "mx.example.", "200 OK|text/plain|testing", false),
    ("none", "mx.example.", "200 OK|text/plain|none", false),
    ("redirected", "mx.example.", "301 Moved|text/plain", false),
    ("absent", "mx.example.", "404 Not Found|text/plain", false),
    ("created", "mx.example.", "201 Created|text/plain", false),
    ("failing", "mx.example.", "500 Failure|text/plain", false),
    ("html", "mx.example.", "200 OK|text/html", false),
    ("untyped", "mx.example.", "200 OK|", false),
    ("long", "mx.example.", "200 OK|text/plain|long", false),
    ("cut", "mx.example.", "200 OK|text/plain|cut", false),
    ("other-name", "mx.example.", "200 OK|text/plain", false),
    ("unknown-authority", "mx.example.", "200 OK|text/plain", false),
];

/// Certificates by the name that is asked for.
#[derive(Debug)]
struct Certificates {
    usual: Arc<CertifiedKey>,
    of_other_name: Arc<CertifiedKey>,
    of_unknown_authority: Arc<CertifiedKey>,
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(match hello.server_name()? {
            "mta-sts.other-name.unsigned.lab" => &self.of_other_name,
            "mta-sts.unknown-authority.unsigned.lab" => &self.of_unknown_authority,
            _ => &self.usual,
        }))
    }
}

fn authority() -> (Issuer<'static, KeyPair>, CertificateDer<'static>) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    (Issuer::new(params, key), certificate)
}

fn certificate(issuer: &Issuer<'static, KeyPair>, names: Vec<String>) -> Arc<CertifiedKey> {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = aws_lc_rs::default_provider();
    Arc::new(CertifiedKey::from_der(vec![certificate.der().clone()], key, &provider).unwrap())
}

/// The policy host of all domains.
struct PolicyHost {
    port: u16,
    authority: CertificateDer<'static>,
    requests: Arc<AtomicUsize>,
}

impl PolicyHost {
    async fn start() -> Self {
        let ((issuer, authority), (unknown, _)) = (self::authority(), self::authority());
        let names = POLICIES.iter().map(|(name, ..)| format!("mta-sts.{name}.unsigned.lab"));
        let own =
            ["mta-sts.policy.signed.lab", "mta-sts.policy.forged.lab", "mta-sts.two-records.unsigned.lab"];
        let names = names.filter(|name| !name.contains("other-name")).chain(own.map(str::to_owned)).collect();
        let certificates = Certificates {
            usual: certificate(&issuer, names),
            of_other_name: certificate(&issuer, vec!["mta-sts.unsigned.lab".to_owned()]),
            of_unknown_authority: certificate(
                &unknown,
                vec!["mta-sts.unknown-authority.unsigned.lab".to_owned()],
            ),
        };
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(certificates));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, counted) = (acceptor.clone(), Arc::clone(&counted));
                tokio::spawn(async move {
                    let stream = acceptor.accept(stream).await.ok()?;
                    let mut stream = BufReader::new(stream);
                    let mut request = String::new();
                    while !request.ends_with("\r\n\r\n") {
                        (stream.read_line(&mut request).await.ok()? > 0).then_some(())?;
                    }
                    counted.fetch_add(1, Ordering::Relaxed);
                    stream.write_all(&answer(&request)).await.ok()?;
                    stream.shutdown().await.ok()
                });
            }
        });
        Self { port, authority, requests }
    }
}

/// What the policy host says to a request.
fn answer(request: &str) -> Vec<u8> {
    assert!(request.starts_with("GET /.well-known/mta-sts.txt HTTP/1.1\r\n"), "{request}");
    let policy =
        POLICIES.iter().find(|(name, ..)| request.contains(&format!("host: mta-sts.{name}.unsigned.lab")));
    let mut parts = policy.map_or("200 OK|text/plain", |(_, _, answer, _)| *answer).split('|');
    let (status, media_type) = (parts.next().unwrap(), parts.next().unwrap());
    let mut page = match parts.next() {
        Some("long") => ENFORCE.to_owned() + &"x: y\r\n".repeat(12_000),
        Some(mode @ ("testing" | "none")) => ENFORCE.replace("enforce", mode),
        _ => ENFORCE.to_owned(),
    };
    if request.contains("mta-sts.policy.signed.lab") {
        page = page.replace("mx.example", "*.signed.lab");
    }
    let length = page.len() + usize::from(policy.is_some_and(|(name, ..)| *name == "cut"));
    let media_type =
        if media_type.is_empty() { String::new() } else { format!("Content-Type: {media_type}\r\n") };
    let location = "Location: https://mta-sts.enforce.unsigned.lab/.well-known/mta-sts.txt\r\n";
    format!("HTTP/1.1 {status}\r\n{media_type}{location}Content-Length: {length}\r\nConnection: close\r\n\r\n{page}")
        .into_bytes()
}

fn reachability(
    resolver: std::net::SocketAddr,
    anchors: TrustAnchors,
    host: &PolicyHost,
    timeout: Duration,
) -> Reachability {
    let settings = ReachabilitySettings {
        resolver: Resolver::At(resolver),
        trust_anchors: anchors,
        authorities: vec![host.authority.clone()],
        policy_port: host.port,
        timeout,
    };
    Reachability::new(settings).map_err(|error| error.to_string()).unwrap()
}

/// Domains that have nothing to do with policies, and what is found out: a way, or words of the doubt.
const DOMAINS: [(&str, Result<Way, &str>); 29] = [
    ("good.signed.lab", Ok(Way::Dane)),
    ("GOOD.Signed.lab", Ok(Way::Dane)),
    ("good.signed.lab.", Ok(Way::Dane)),
    ("good.hashed.lab", Ok(Way::Dane)),
    ("v6.signed.lab", Ok(Way::Dane)),
    // The proof for names made of a wildcard is not understood by hickory: a no where yes would be right.
    ("any.wild.signed.lab", Err("no answer about")),
    ("mixed.signed.lab", Ok(Way::Dane)),
    ("policy.signed.lab", Ok(Way::MtaSts)),
    ("missing.signed.lab", Err("mx4.signed.lab. has no TLSA records")),
    ("unusable.signed.lab", Err("none of the TLSA records of mx5.signed.lab.")),
    ("no-address.signed.lab", Err("mx7.signed.lab. has no address records")),
    ("to-unsigned.signed.lab", Err("mx1.unsigned.lab. are not signed")),
    ("to-forged.signed.lab", Err("no answer about")),
    ("alias.signed.lab", Err("under another name")),
    ("whole-alias.signed.lab", Err("its MX records are not signed")),
    ("null.signed.lab", Err("it has no MX hosts")),
    ("no-mx.signed.lab", Err("has no MX records")),
    ("nothing.signed.lab", Err("has no MX records")),
    ("good.forged.lab", Err("no answer about")),
    ("policy.forged.lab", Err("no answer about")),
    ("good.expired.lab", Err("no answer about")),
    ("good.stripped.lab", Err("no answer about")),
    ("good.unsigned.lab", Err("its MX records are not signed")),
    ("two-records.unsigned.lab", Err("not the only one")),
    ("no-record.unsigned.lab", Err("_mta-sts record is missing")),
    ("no-policy-host.unsigned.lab", Err("could not be fetched")),
    ("[127.0.0.1]", Err("this is no domain")),
    ("127.0.0.1", Err("this is no domain")),
    ("", Err("this is no domain")),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn domains_and_what_is_found_out_about_them() {
    if !crate::dns::is_installed() {
        return;
    }
    let dns = Dns::new(&zones());
    let host = PolicyHost::start().await;
    for validates in [true, false] {
        let resolver = dns.resolver(validates);
        let reachability = reachability(resolver.address, dns.trust_anchors(), &host, Duration::from_mins(1));
        for (domain, expected) in DOMAINS {
            check(domain, expected, &reachability.find(domain).await, validates);
        }
        for (name, _, _, is_enough) in POLICIES {
            let domain = format!("{name}.unsigned.lab");
            let expected = if is_enough { Ok(Way::MtaSts) } else { Err("MTA-STS policy") };
            check(&domain, expected, &reachability.find(&domain).await, validates);
        }
        let domains = DOMAINS.iter().map(|(domain, _)| (*domain).to_owned()).collect();
        let mut among = reachability.among(domains, Instant::now() + Duration::from_mins(1)).await;
        among.sort();
        let mut expected: Vec<_> =
            DOMAINS.iter().filter(|(_, finding)| finding.is_ok()).map(|(domain, _)| *domain).collect();
        expected.sort_unstable();
        assert_eq!(among, expected, "validates: {validates}");
    }
}

fn check(domain: &str, expected: Result<Way, &str>, found: &Finding, validates: bool) {
    match (expected, found) {
        (Ok(expected), Ok(way)) if expected == *way => {}
        (Err(words), Err(doubt)) if doubt.to_string().contains(words) => {}
        _ => panic!("{domain} (resolver validates: {validates}): {found:?} instead of {expected:?}"),
    }
}

/// What was found out is not asked again while it holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_are_fetched_once() {
    if !crate::dns::is_installed() {
        return;
    }
    let dns = Dns::new(&zones());
    let host = PolicyHost::start().await;
    let resolver = dns.resolver(true);
    let reachability = reachability(resolver.address, dns.trust_anchors(), &host, Duration::from_mins(1));
    let domain = || vec!["enforce.unsigned.lab".to_owned()];
    let later = Instant::now() + Duration::from_mins(1);
    for _ in 0..3 {
        let found = tokio::join!(reachability.among(domain(), later), reachability.among(domain(), later));
        assert_eq!(found, (domain(), domain()));
    }
    assert_eq!(host.requests.load(Ordering::Relaxed), 1);
    // Nobody answers any more, and what is known still holds.
    drop(resolver);
    assert_eq!(reachability.among(domain(), later).await, domain());
}

/// The real root's keys did not sign our root.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_root_is_not_believed() {
    if !crate::dns::is_installed() {
        return;
    }
    let dns = Dns::new(&zones());
    let host = PolicyHost::start().await;
    let resolver = dns.resolver(true);
    let reachability = reachability(resolver.address, TrustAnchors::root(), &host, Duration::from_mins(1));
    for domain in ["good.signed.lab", "enforce.unsigned.lab"] {
        assert!(reachability.find(domain).await.is_err(), "{domain}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_resolver_that_does_not_answer_is_a_no_in_time() {
    let host = PolicyHost::start().await;
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for address in [silent.local_addr().unwrap(), closed] {
        let reachability = reachability(address, TrustAnchors::root(), &host, Duration::from_secs(5));
        let begun = Instant::now();
        let finding = reachability.find("good.signed.lab").await;
        assert!(matches!(finding, Err(Doubt::Timeout | Doubt::Resolver(..))), "{finding:?}");
        assert!(begun.elapsed() < Duration::from_secs(6));
        let soon = Instant::now() + Duration::from_secs(1);
        assert!(reachability.among(vec!["other.signed.lab".to_owned()], soon).await.is_empty());
        assert!(Instant::now() < soon + Duration::from_secs(1));
    }
}
