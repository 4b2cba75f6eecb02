//! A full disk under Postfix's queue costs no mail, and the gateway itself writes to no file at all.

use std::fs::{self, OpenOptions};
use std::process::Stdio;
use std::time::Duration;

use sealpost_tests::mails::{large, text, unique_text};
use sealpost_tests::place::{installed, results};
use sealpost_tests::postfix::{Filter, Setup};
use sealpost_tests::secrets::contains;
use sealpost_tests::sink::{At, Fault, Sink};
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::smtp::Client;
use sealpost_tests::watch::Watch;
use sealpost_tests::{carrier, smtp};

const SENDER: &str = "alice@example.org";
const OUTSIDE: &str = "bob@example.net";
const MARK: &str = "only-for-your-eyes-4711";
/// Room for the queue, and what of it new mails must leave free.
const ROOM: u64 = 12_000_000;
const TIGHT: &str = "message_size_limit = 1000000\nqueue_minfree = 4000000\n";

#[test]
fn a_full_queue_refuses_new_mails_and_lets_those_out_that_are_in_it() {
    if !installed(&["postfix"]) {
        return;
    }
    for filter in [Filter::Lmtp, Filter::Smtp, Filter::Proxy, Filter::Milter] {
        let far_end = Sink::start().unwrap();
        let mut site = Site::new(&Plan::new("full")).unwrap();
        let setup = Setup {
            far_end: Some(far_end.address()),
            queue_room: Some(ROOM),
            main: TIGHT,
            ..Setup::new(filter, &[])
        };
        site.start_postfix_as(&setup).unwrap();
        if filter.is_before_queue() {
            // Mails pile up behind the gateway, for want of a relay host.
            site.start_gateway().unwrap();
            far_end.set_fault(Some((At::Connect, Fault::Reply("421 4.3.2 Not now"))));
        }
        let (mut taken, mut refused) = (0, 0);
        while refused < 3 {
            let recipient = format!("r{taken}@example.net");
            let mail =
                [large(SENDER, &recipient, "Hello", 500_000), format!("{MARK}\r\n").into_bytes()].concat();
            let reply = smtp::deliver(site.ports.submission, SENDER, &[&recipient], &mail).unwrap();
            assert!(reply.is_success() || reply.is_transient(), "{reply:?}");
            if reply.is_success() {
                taken += 1;
            } else {
                refused += 1;
            }
            assert!(taken < 100, "the queue is never full");
        }
        assert!(taken > 3, "{filter:?}: only {taken} mails were taken");
        if filter.is_before_queue() {
            far_end.set_fault(None);
        } else {
            site.postfix().wait_for_queued(taken).unwrap();
            site.start_gateway().unwrap();
        }
        site.postfix().drain(Duration::from_mins(2)).unwrap();
        let kept = far_end.take();
        assert_eq!(kept.len(), taken, "{filter:?}: each mail that was taken is delivered once");
        for (number, kept) in kept.iter().enumerate() {
            assert!(carrier::is_sealed(&kept.mail) && !contains(&kept.mail, MARK.as_bytes()), "{number}");
        }
        let mail = text(SENDER, OUTSIDE, "Hello", MARK);
        let reply = smtp::deliver(site.ports.submission, SENDER, &[OUTSIDE], &mail).unwrap();
        assert!(reply.is_success(), "there's room again: {reply:?}");
        far_end.wait().unwrap();
        let text = format!("{filter:?}: {taken} mails taken, then 452; {taken} delivered once, 0 clear\n");
        print!("{text}");
        fs::write(results("figures").unwrap().join(format!("full-disk-{filter:?}.txt").to_lowercase()), text)
            .unwrap();
        site.finish().unwrap();
    }
}

#[test]
fn the_gateway_writes_to_no_file() {
    if !installed(&["strace"]) {
        return;
    }
    let sink = Sink::start().unwrap();
    let mut site = Site::new(&Plan { next_hop: Some(sink.address()), ..Plan::new("gateway-watch") }).unwrap();
    let (watch, command) = Watch::new(site.folder().path(), &site.gateway_serve_command()).unwrap();
    let gateway = site.spawn_gateway_as(command).unwrap();
    site.put_gateway(gateway);
    let mut mails = 0;
    for fault in [None, Some((At::Dot, Fault::Reply("451 4.3.0 Not now"))), Some((At::Content, Fault::Cut))] {
        sink.set_fault(fault);
        for (address, hello) in [(site.ports.gateway_smtp, "EHLO"), (site.ports.gateway_lmtp, "LHLO")] {
            for size in [0, 300_000] {
                let body = unique_text("Body");
                watch.forbid(body.as_bytes());
                let mail = if size == 0 {
                    text(SENDER, OUTSIDE, "Hello", &body)
                } else {
                    [large(SENDER, OUTSIDE, "Hello", size), body.into_bytes()].concat()
                };
                let mut session = Client::open(address, hello).unwrap();
                let recipients = [OUTSIDE, "carol@partner.example"];
                if hello == "EHLO" {
                    session.deliver(SENDER, &recipients, &mail).unwrap();
                } else {
                    session.deliver_each(SENDER, &recipients, &mail).unwrap();
                }
                mails += 1;
            }
        }
    }
    assert!(site.stop_gateway().unwrap().success());
    let seen = watch.finish().unwrap();
    println!("{mails} mails; written to: {:?}; opened for writing: {:?}", seen.written, seen.writable);
    assert!(seen.leaks.is_empty() && seen.odd.is_empty(), "{:?} {:?}", seen.leaks, seen.odd);
    for name in seen.written.keys().chain(seen.writable.keys()) {
        assert!(
            name.ends_with("gateway.log") || name.starts_with("/dev/"),
            "the gateway can write to {name}"
        );
    }
    site.finish().unwrap();
}

/// The log goes to a full disk: mails are carried all the same.
#[test]
fn a_log_that_cannot_be_written_stops_no_mail() {
    let sink = Sink::start().unwrap();
    let site = Site::new(&Plan { next_hop: Some(sink.address()), ..Plan::new("full-log") }).unwrap();
    let mut command = site.gateway_serve_command();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut gateway =
        command.stdin(Stdio::null()).stdout(full.try_clone().unwrap()).stderr(full).spawn().unwrap();
    let reply = sealpost_tests::process::wait_until("the gateway", Duration::from_secs(30), || {
        let mail = text(SENDER, OUTSIDE, "Hello", MARK);
        smtp::deliver(site.ports.gateway_smtp, SENDER, &[OUTSIDE], &mail).ok()
    });
    gateway.kill().unwrap();
    gateway.wait().unwrap();
    assert!(reply.unwrap().is_success());
    assert!(carrier::is_sealed(&sink.wait().unwrap().mail));
}
