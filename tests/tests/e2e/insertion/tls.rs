//! Postfix and the gateway speak TLS with each other, each with a certificate that the other verifies.

use std::time::Duration;

use sealpost_tests::mails::text;
use sealpost_tests::place::installed;
use sealpost_tests::postfix::{Filter, Setup};
use sealpost_tests::process::wait_until;
use sealpost_tests::secrets::contains;
use sealpost_tests::sink::Sink;
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::{carrier, certificate, smtp};

use super::mails::MARK;

const SENDER: &str = "alice@example.org";
const OUTSIDE: &str = "bob@example.net";
const HOST: &str = "mx.example.org";

/// Starts a site where the gateway looks for `server_name` in Postfix's certificate.
fn start(server_name: &str, sink: &Sink) -> Site {
    let mut site = Site::new(&Plan::new("tls")).unwrap();
    let (certificate, key) = (site.folder().join("tls.crt"), site.folder().join("tls.key"));
    certificate::make(HOST, &certificate, &key).unwrap();
    let next_hop = format!("tls = \"verify\"\nca_file = \"tls.crt\"\nserver_name = \"{server_name}\"");
    site.change_gateway_settings("[next_hop]", &format!("[next_hop]\n{next_hop}")).unwrap();
    let listener = format!("address = \"{}\"", site.ports.gateway_lmtp);
    let tls = "tls = \"require\"\ntls_certificate = \"tls.crt\"\ntls_key = \"tls.key\"";
    site.change_gateway_settings(&listener, &format!("{listener}\n{tls}")).unwrap();
    site.start_gateway().unwrap();
    let (certificate, key) = (certificate.display(), key.display());
    let main = format!(
        "smtpd_tls_cert_file = {certificate}\nsmtpd_tls_key_file = {key}\nsmtpd_tls_security_level = may\n\
         smtpd_tls_received_header = yes\nsmtpd_tls_loglevel = 1\n\
         lmtp_tls_secure_cert_match = {HOST}\nlmtp_tls_CAfile = {certificate}\nlmtp_tls_loglevel = 1\n"
    );
    let level = ("lmtp_tls_security_level=none", "lmtp_tls_security_level=secure");
    let setup = Setup {
        far_end: Some(sink.address()),
        main: &main,
        changed: Some(level),
        ..Setup::new(Filter::Lmtp, &[])
    };
    site.start_postfix_as(&setup).unwrap();
    site
}

#[test]
fn both_ways_go_over_verified_tls_or_not_at_all() {
    if !installed(&["postfix", "openssl"]) {
        return;
    }
    for (server_name, goes) in [(HOST, true), ("other.example.org", false)] {
        let sink = Sink::start().unwrap();
        let site = start(server_name, &sink);
        let mail = text(SENDER, OUTSIDE, "Hello", MARK);
        let reply = smtp::deliver(site.ports.submission, SENDER, &[OUTSIDE], &mail).unwrap();
        assert!(reply.is_success(), "{reply:?}");
        if goes {
            let kept = sink.wait().unwrap();
            assert!(carrier::is_sealed(&kept.mail));
            assert!(contains(&kept.mail, b"(using TLSv1.3"), "the way back is told in the trace");
            assert!(site.postfix().log().contains("Verified TLS connection established to"));
        } else {
            wait_until("the mail to be deferred", Duration::from_secs(30), || {
                site.postfix().log().contains("status=deferred").then_some(())
            })
            .unwrap();
            site.postfix().wait_for_queued(1).unwrap();
            assert!(sink.take().is_empty());
        }
        site.finish().unwrap();
    }
}
