//! The gateway in the wrong place: in a loop of its own, or before people who may not use it.

use std::net::IpAddr;
use std::time::Duration;

use sealpost_tests::mails::text;
use sealpost_tests::milter::Milter;
use sealpost_tests::place::installed;
use sealpost_tests::postfix::{Filter, Setup};
use sealpost_tests::secrets::contains;
use sealpost_tests::sink::Sink;
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::smtp::{self, Client};

use super::mails::MARK;

const SENDER: &str = "alice@example.org";
const OUTSIDE: &str = "bob@example.net";
const PARTNER: &str = "carol@partner.example";
/// The most often that a mail in a loop may come by the gateway.
const MOST_ROUNDS: usize = 60;

#[test]
fn a_loop_ends_in_a_bounce() {
    if !installed(&["postfix"]) {
        return;
    }
    for filter in [Filter::Lmtp, Filter::Smtp] {
        let sink = Sink::start().unwrap();
        let mut site = Site::new(&Plan::new("loop")).unwrap();
        site.start_gateway().unwrap();
        // The filter stays on for what comes back.
        let changed = Some(("  -o content_filter=\n", ""));
        let setup = Setup { far_end: Some(sink.address()), changed, ..Setup::new(filter, &[SENDER]) };
        site.start_postfix_as(&setup).unwrap();
        for (count, recipient) in [OUTSIDE, PARTNER].into_iter().enumerate() {
            let mail = text(SENDER, recipient, "Hello", MARK);
            assert!(smtp::deliver(site.ports.submission, SENDER, &[recipient], &mail).unwrap().is_success());
            let mailbox = site.postfix().mailbox(SENDER);
            let bounce = mailbox.wait_for("a bounce", |mail| contains(mail, recipient.as_bytes())).unwrap();
            // Whoever notices first: the gateway by its mark (5.4.6), Postfix by its count of hops (5.4.0).
            let reason = contains(&bounce, b"5.4.6") || contains(&bounce, b"5.4.0");
            assert!(reason, "{}", String::from_utf8_lossy(&bounce));
            site.postfix().drain(Duration::from_mins(1)).unwrap();
            assert_eq!(mailbox.count(), count + 1, "one bounce for each mail");
        }
        assert!(sink.take().is_empty(), "a mail in a loop is delivered to nobody");
        let handed_in = site
            .postfix()
            .log()
            .lines()
            .filter(|line| line.contains("postfix/sealpost") && line.contains(" to=<"))
            .count();
        assert!(handed_in <= 2 * MOST_ROUNDS, "{handed_in} rounds");
        println!("{filter:?}: two mails in a loop came by {handed_in} times");
        site.finish().unwrap();
    }
}

#[test]
fn a_stranger_cannot_relay() {
    if !installed(&["postfix"]) {
        return;
    }
    let stranger = IpAddr::from([127, 0, 0, 2]);
    let sink = Sink::start().unwrap();
    let mut site = Site::new(&Plan::new("stranger")).unwrap();
    site.change_gateway_settings("[server]", "[server]\ntrusted_networks = [\"127.0.0.1/32\"]").unwrap();
    site.start_gateway().unwrap();
    // The whole loopback network is trusted by the snippet; here all of it but one host is outside.
    let narrow = Some(("=127.0.0.0/8", "=127.0.0.1/32"));
    let setup =
        Setup { far_end: Some(sink.address()), changed: narrow, ..Setup::new(Filter::Lmtp, &[SENDER]) };
    site.start_postfix_as(&setup).unwrap();
    for address in [site.ports.gateway_smtp, site.ports.gateway_lmtp] {
        let greeting = Client::connect_from(stranger, address).unwrap().reply().unwrap();
        assert_eq!(greeting.code, 554, "{greeting:?}");
    }
    for address in [site.ports.gateway_milter, site.ports.gateway_milter_split] {
        // There is no word for a refusal.
        let end = Client::connect_from(stranger, address).unwrap().reply().unwrap_err();
        assert!(end.to_string().contains("closed the connection"), "{address}: {end:#}");
        assert!(Milter::begin(address, SENDER, &[OUTSIDE], "Hello").is_ok(), "{address}: for us it's open");
    }
    for address in [site.ports.reinjection, site.ports.portal_mail] {
        let mut session = Client::connect_from(stranger, address).unwrap();
        assert!(session.reply().unwrap().is_success());
        assert!(session.command("EHLO stranger.example").unwrap().is_success());
        // It may not pretend to be another host either.
        let refusal = session.command("XFORWARD ADDR=127.0.0.1 NAME=localhost").unwrap();
        assert!(refusal.is_permanent(), "{address}: {refusal:?}");
        let refusal = session.deliver(SENDER, &[OUTSIDE], b"Subject: x\r\n\r\nx\r\n").unwrap();
        assert_eq!(refusal.code, 554, "{address}: {refusal:?}");
    }
    assert!(sink.take().is_empty());
    // Nobody else can connect at all: what listens, listens on the loopback only.
    let ports = site.ports;
    for port in [
        ports.gateway_smtp,
        ports.gateway_lmtp,
        ports.gateway_milter,
        ports.gateway_milter_split,
        ports.reinjection,
        ports.portal_mail,
    ] {
        let listeners = listeners_on(port.port());
        assert_eq!(listeners, ["0100007F"], "{port}");
    }
    site.finish().unwrap();
}

/// Returns the addresses, as the kernel writes them, on which somebody listens on a port.
fn listeners_on(port: u16) -> Vec<String> {
    let mut found = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = std::fs::read_to_string(table).unwrap_or_default();
        for line in text.lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            let (address, of_port) = fields[1].split_once(':').unwrap();
            // 0A is the state of a listener.
            if fields[3] == "0A" && u16::from_str_radix(of_port, 16) == Ok(port) {
                found.push(address.to_owned());
            }
        }
    }
    found
}
