//! Too much at a time: slow clients, endless mails, more mails than there is memory for. Good mail goes on, and what is
//! refused is refused for now.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit, setrlimit};
use sealpost_tests::mails::{large, text};
use sealpost_tests::milter::Milter;
use sealpost_tests::place::{installed, results};
use sealpost_tests::postfix::{Filter, Setup};
use sealpost_tests::process::wait_until;
use sealpost_tests::secrets::contains;
use sealpost_tests::sink::Sink;
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::smtp::Client;
use sealpost_tests::{carrier, smtp};

const SENDER: &str = "alice@example.org";
const OUTSIDE: &str = "bob@example.net";
const MARK: &str = "only-for-your-eyes-4711";
const SLOW: usize = 1000;
const GOOD: usize = 100;
const MIB: u64 = 1 << 20;

/// Makes a site whose gateway hands on to a sink, with more lines for `[server]`.
fn site_with(name: &str, server: &str) -> (Site, Sink) {
    let sink = Sink::start().unwrap();
    let mut site = Site::new(&Plan { next_hop: Some(sink.address()), ..Plan::new(name) }).unwrap();
    site.change_gateway_settings("[server]", &format!("[server]\n{server}")).unwrap();
    site.start_gateway().unwrap();
    (site, sink)
}

/// Begins a mail and stops in the middle of its text.
fn begin_slowly(site: &Site, number: usize) -> Client {
    let hello = if number.is_multiple_of(2) { "EHLO" } else { "LHLO" };
    let address = if hello == "EHLO" { site.ports.gateway_smtp } else { site.ports.gateway_lmtp };
    let mut client = Client::open(address, hello).unwrap();
    assert!(client.begin(SENDER, &[&format!("slow{number}@example.net")]).unwrap().is_none());
    client.send(b"From: alice@example.org\r\nSubject: slow\r\n\r\nonce upon").unwrap();
    client
}

/// The same as an MTA whose own client is slow.
fn begin_slowly_as_mta(site: &Site, number: usize) -> Milter {
    let recipient = format!("slow{number}@example.net");
    let mut client = Milter::begin(site.ports.gateway_milter, SENDER, &[&recipient], "slow").unwrap();
    client.body(MARK.as_bytes()).unwrap();
    client
}

fn send_good(site: &Site, count: usize) {
    let mut session = Client::open(site.ports.gateway_smtp, "EHLO").unwrap();
    for number in 0..count {
        let recipient = format!("good{number}@example.net");
        let mail = text(SENDER, &recipient, "Hello", MARK);
        let reply = session.deliver(SENDER, &[&recipient], &mail).unwrap();
        assert!(reply.is_success(), "{reply:?}");
    }
}

#[test]
fn a_thousand_slow_clients_do_not_hold_up_good_mail() {
    // Both ends of each connection are files of this user.
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, rustix::process::Rlimit { current: limit.maximum, ..limit }).unwrap();
    let (mut site, sink) = site_with("slow-clients", "max_connections = 1100");
    let (by_milter, by_smtp): (Vec<_>, Vec<_>) = (0..SLOW).partition(|number| number % 3 == 0);
    let slow_mtas: Vec<_> = by_milter.iter().map(|number| begin_slowly_as_mta(&site, *number)).collect();
    let mut slow: Vec<_> = by_smtp.iter().map(|number| begin_slowly(&site, *number)).collect();
    let begun = Instant::now();
    send_good(&site, GOOD);
    let beside = begun.elapsed();
    assert_eq!(sink.take().len(), GOOD);
    for client in &mut slow {
        client.send(b" a time\r\n.\r\n").unwrap();
    }
    for client in &mut slow {
        assert!(client.reply().unwrap().is_success());
    }
    let kept = sink.take();
    assert!(kept.len() == by_smtp.len() && kept.iter().all(|kept| carrier::is_sealed(&kept.mail)));
    for mut client in slow_mtas {
        client.body(b" a time\r\n").unwrap();
        let body = client.end().unwrap().expect("a new body");
        assert!(contains(&body, b"message.html") && !contains(&body, MARK.as_bytes()));
    }
    let begun = Instant::now();
    drop(slow);
    send_good(&site, GOOD);
    let report = format!(
        "{SLOW} clients in the middle of a mail: {GOOD} good mails in {beside:?}, without them {:?}; all {SLOW} ended well; \
         peak memory {} MiB\n",
        begun.elapsed(),
        site.gateway().peak_memory().unwrap() / MIB
    );
    print!("{report}");
    fs::write(results("figures").unwrap().join("slow-clients.txt"), report).unwrap();
    assert!(site.stop_gateway().unwrap().success());
    site.finish().unwrap();
}

/// Slow clients that take every place keep others out for now, and only as long as they are there.
#[test]
fn when_all_places_are_taken_clients_are_told_to_come_again() {
    let (site, sink) = site_with("places", "max_connections = 10");
    let slow: Vec<_> = (0..10).map(|number| begin_slowly(&site, number)).collect();
    let greeting = Client::connect(site.ports.gateway_smtp).unwrap().reply().unwrap();
    assert_eq!(greeting.code, 421, "{greeting:?}");
    drop(slow);
    wait_until("a place", Duration::from_secs(20), || Client::open(site.ports.gateway_smtp, "EHLO").ok())
        .unwrap();
    send_good(&site, 1);
    assert_eq!(sink.take().len(), 1, "mails that were broken off went nowhere");
    site.finish().unwrap();
}

/// With `speed_adjust` Postfix takes a mail whole before it goes to the gateway, which so never meets a slow client.
#[test]
fn before_the_queue_slow_clients_do_not_reach_the_gateway() {
    if !installed(&["postfix"]) {
        return;
    }
    // The gateway has few places: the slow clients would take them all.
    let sink = Sink::start().unwrap();
    let mut site = Site::new(&Plan::new("slow-proxy")).unwrap();
    site.change_gateway_settings("[server]", "[server]\nmax_connections = 5").unwrap();
    site.start_gateway().unwrap();
    let setup = Setup { far_end: Some(sink.address()), ..Setup::new(Filter::Proxy, &[]) };
    site.start_postfix_as(&setup).unwrap();
    let slow: Vec<_> = (0..30)
        .map(|_| {
            let mut client = Client::open(site.ports.submission, "EHLO").unwrap();
            assert!(client.begin(SENDER, &["slow@example.net"]).unwrap().is_none());
            client.send(b"From: alice@example.org\r\n\r\nonce upon").unwrap();
            client
        })
        .collect();
    for number in 0..10 {
        let recipient = format!("good{number}@example.net");
        let mail = text(SENDER, &recipient, "Hello", MARK);
        let reply = smtp::deliver(site.ports.submission, SENDER, &[&recipient], &mail).unwrap();
        assert!(reply.is_success(), "{reply:?}");
    }
    drop(slow);
    site.postfix().drain(Duration::from_secs(30)).unwrap();
    assert_eq!(sink.take().len(), 10);
    site.finish().unwrap();
}

#[test]
fn a_client_that_never_ends_its_mail_is_hung_up_on() {
    let (site, sink) = site_with(
        "endless",
        "command_timeout = 2\ndata_pause_timeout = 1\ndata_timeout = 3\nmax_message_size = 1000000",
    );
    for (address, hello) in [(site.ports.gateway_smtp, "EHLO"), (site.ports.gateway_lmtp, "LHLO")] {
        // One that falls silent.
        let mut silent = Client::open(address, hello).unwrap();
        assert!(silent.begin(SENDER, &[OUTSIDE]).unwrap().is_none());
        silent.send(b"Subject: x\r\n").unwrap();
        assert_eq!(silent.reply().unwrap().code, 421);
        // One that talks for ever, far beyond the largest mail.
        let mut endless = Client::open(address, hello).unwrap();
        assert!(endless.begin(SENDER, &[OUTSIDE]).unwrap().is_none());
        let line = [b"x".repeat(70), b"\r\n".to_vec()].concat().repeat(1000);
        let mut sent = 0;
        while endless.send(&line).is_ok() {
            sent += line.len() as u64;
            if sent.is_multiple_of(50 * line.len() as u64) {
                send_good(&site, 1);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        println!("{hello}: hung up after {sent} bytes");
    }
    let mut silent = begin_slowly_as_mta(&site, 0);
    assert_eq!(silent.wait_for_end().unwrap(), b"");
    // An MTA keeps to its own limit of size; from one that does not, no more is kept than from others.
    let mut endless = begin_slowly_as_mta(&site, 1);
    let piece = vec![b'x'; 60_000];
    for _ in 0..5_000 {
        endless.body(&piece).unwrap();
    }
    send_good(&site, 1);
    let refused = endless.end().unwrap_err().to_string();
    assert!(refused.contains("552 5.3.4"), "{refused}");
    let peak = site.gateway().peak_memory().unwrap();
    assert!(peak < 100 * MIB, "what is too much is not kept: {} MiB", peak / MIB);
    assert!(sink.take().iter().all(|kept| carrier::is_sealed(&kept.mail)));
    site.finish().unwrap();
}

#[test]
fn more_mails_than_memory_are_refused_for_now_and_come_through_later() {
    if !installed(&["postfix"]) {
        return;
    }
    // Room for two mails of that size with what they are sealed to, beside what the process and its connections take.
    let (octets, mails, bound) = (8_000_000, 8, 138_000_000);
    for filter in [Filter::Lmtp, Filter::Smtp, Filter::Proxy, Filter::Milter] {
        let sink = Sink::start().unwrap();
        let mut site = Site::new(&Plan { next_hop: Some(sink.address()), ..Plan::new("memory") }).unwrap();
        let settings =
            format!("[server]\nmax_message_size = 10000000\nmax_connections = 100\nmax_memory = {bound}");
        site.change_gateway_settings("[server]", &settings).unwrap();
        site.start_gateway().unwrap();
        let far_end = Some(sink.address());
        let setup = Setup { far_end, main: "message_size_limit = 10000000\n", ..Setup::new(filter, &[]) };
        site.start_postfix_as(&setup).unwrap();
        let mail = large(SENDER, OUTSIDE, "Hello", octets);
        // Two clients that hold the memory: all of their mail has come, but not its end.
        let mut holders: Vec<_> = (0..2)
            .map(|_| {
                let mut client = Client::open(site.ports.gateway_smtp, "EHLO").unwrap();
                assert!(client.begin(SENDER, &[OUTSIDE]).unwrap().is_none());
                client.send(&mail).unwrap();
                client
            })
            .collect();
        let send = |number: usize| {
            let recipient = format!("r{number}@example.net");
            smtp::deliver(site.ports.submission, SENDER, &[&recipient], &mail).unwrap()
        };
        let mut refused = Vec::new();
        for number in 0..mails {
            let reply = send(number);
            assert!(reply.is_success() || reply.is_transient(), "{reply:?}");
            if !reply.is_success() {
                refused.push(number);
            }
        }
        if filter.is_before_queue() {
            assert!(!refused.is_empty(), "the bound was never reached");
        } else {
            wait_until("a mail to be deferred", Duration::from_secs(30), || {
                site.postfix().log().contains("452 4.3.1").then_some(())
            })
            .unwrap();
        }
        for client in &mut holders {
            client.send(b".\r\n").unwrap();
            assert!(client.reply().unwrap().is_success());
        }
        drop(holders);
        for number in &refused {
            wait_until("the mail to be taken", Duration::from_mins(1), || {
                send(*number).is_success().then_some(())
            })
            .unwrap();
        }
        site.postfix().drain(Duration::from_mins(2)).unwrap();
        let kept = sink.take();
        assert_eq!(kept.len(), mails + 2, "{filter:?}");
        assert!(kept.iter().all(|kept| carrier::is_sealed(&kept.mail)));
        let peak = site.gateway().peak_memory().unwrap();
        let report = format!(
            "{filter:?}: {mails} mails of {octets} bytes, bound {bound}: all received sealed, {} refused to clients, {} put off; \
             peak memory {} MiB\n",
            refused.len(),
            site.postfix().log().matches("status=deferred").count(),
            peak / MIB
        );
        print!("{report}");
        fs::write(results("figures").unwrap().join(format!("memory-{filter:?}.txt").to_lowercase()), &report)
            .unwrap();
        assert!(peak < bound, "{report}");
        site.finish().unwrap();
    }
}
