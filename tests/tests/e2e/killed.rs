//! The gateway is killed (`kill -9`) at random moments while Postfix hands it mails. Counted: mails sent, received, sealed.
//! Nothing is lost, nothing is in clear; a mail comes twice only in SMTP's own window, when the kill falls between the
//! next hop's 250 and ours. After the queue, Postfix notes those in its log: "message may be sent more than once". Before the
//! queue, the client is refused for now and sends it again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rand::RngExt;
use regex::Regex;
use sealpost_tests::mails::{large, text};
use sealpost_tests::place::{installed, long_run, results};
use sealpost_tests::postfix::Filter;
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::smtp::Client;
use sealpost_tests::{carrier, secrets};

const SENDER: &str = "alice@example.org";
const OUTSIDE: &str = "bob@example.net";
const PARTNER: &str = "carol@partner.example";
const CLIENTS: usize = 4;
/// Stands in every body.
const MARK: &str = "only-for-your-eyes-4711";

/// What came out in one mailbox.
#[derive(Default)]
struct Count {
    sealed: usize,
    clear: usize,
    /// How many copies came of each mail, by its Message-ID.
    copies: BTreeMap<String, usize>,
}

fn count(site: &Site, recipient: &str) -> Count {
    let mut count = Count::default();
    for mail in site.postfix().mailbox(recipient).mails().unwrap() {
        *count.copies.entry(message_id(&mail)).or_default() += 1;
        let (sealed, clear) = (carrier::is_sealed(&mail), secrets::contains(&mail, MARK.as_bytes()));
        assert_ne!(sealed, clear, "neither sealed nor clear, or both");
        count.sealed += usize::from(sealed);
        count.clear += usize::from(clear);
    }
    count
}

/// Sends `total` mails, each to one recipient outside and, every other one, to a partner who gets it in clear. What is
/// refused for now is sent again; the Message-IDs of those are returned.
fn load(site: &Site, total: usize, done: &AtomicUsize) -> BTreeSet<String> {
    let again = Mutex::new(BTreeSet::new());
    let tried_again = &again;
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            scope.spawn(move || {
                let mut session = Client::open(site.ports.submission, "EHLO").unwrap();
                for number in (client..total).step_by(CLIENTS) {
                    let recipients: &[&str] = if number % 2 == 0 { &[OUTSIDE, PARTNER] } else { &[OUTSIDE] };
                    let subject = format!("mail {number}");
                    // Some are large enough that a kill can fall in the middle of them.
                    let mail = match number % 10 {
                        0 => [large(SENDER, OUTSIDE, &subject, 400_000), format!("{MARK}\r\n").into_bytes()]
                            .concat(),
                        _ => text(SENDER, OUTSIDE, &subject, MARK),
                    };
                    let mut reply = session.deliver(SENDER, recipients, &mail).unwrap();
                    while reply.is_transient() {
                        tried_again.lock().unwrap().insert(message_id(&mail));
                        thread::sleep(Duration::from_millis(50));
                        // Postfix hangs up on clients that meet too many errors, whoever's they are.
                        session = Client::open(site.ports.submission, "EHLO").unwrap();
                        reply = session.deliver(SENDER, recipients, &mail).unwrap();
                    }
                    assert!(reply.is_success(), "{reply:?}");
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    again.into_inner().unwrap()
}

fn message_id(mail: &[u8]) -> String {
    let id = Regex::new(r"(?mi)^message-id:\s*<([^>]+)>").unwrap();
    let header = String::from_utf8_lossy(&mail[..mail.len().min(20_000)]).into_owned();
    id.captures(&header).expect("each mail has a Message-ID")[1].to_owned()
}

/// Returns the Message-IDs of the mails of which Postfix knows that they may come twice.
fn may_come_twice(log: &str) -> BTreeSet<String> {
    let id_of = Regex::new(r"postfix/cleanup\[\d+\]: (\w+): message-id=<([^>]+)>").unwrap();
    let ids: BTreeMap<_, _> =
        id_of.captures_iter(log).map(|found| (found[1].to_owned(), found[2].to_owned())).collect();
    let lost = Regex::new(
        r"postfix/sealpost/\w+\[\d+\]: (\w+): .*(?:message may be sent more than once|end of data)",
    )
    .unwrap();
    lost.captures_iter(log).filter_map(|found| ids.get(&found[1]).cloned()).collect()
}

fn kill_under_load(filter: Filter, total: usize) {
    let mut site =
        Site::start(&Plan { log_level: "info".into(), ..Plan::new("killed") }, filter, &[OUTSIDE, PARTNER])
            .unwrap();
    site.secrets.add("the bodies", MARK);
    let done = AtomicUsize::new(0);
    let mut kills = 0;
    // The load needs the site's ports only, the killer its gateway; so the gateway is taken out of it.
    let first = site.take_gateway().unwrap();
    let (last, tried_again) = thread::scope(|scope| {
        let mut gateway = first;
        let loading = scope.spawn(|| load(&site, total, &done));
        while !loading.is_finished() || site.postfix().queued().unwrap_or(0) > 20 {
            thread::sleep(Duration::from_millis(rand::rng().random_range(30..400)));
            gateway.kill().unwrap();
            kills += 1;
            gateway = site.spawn_gateway().unwrap();
        }
        (gateway, loading.join().unwrap())
    });
    site.put_gateway(last);
    site.postfix().drain(Duration::from_mins(2)).unwrap();

    let (outside, partner) = (count(&site, OUTSIDE), count(&site, PARTNER));
    let twice: BTreeSet<_> = [&outside, &partner]
        .iter()
        .flat_map(|count| count.copies.iter().filter(|(_, copies)| **copies > 1).map(|(id, _)| id.clone()))
        .collect();
    let report = format!(
        "{filter:?}: {total} mails sent, {kills} kills; outside: {} received, {} sealed, {} clear; partner: {} received, \
         {} sealed, {} clear; {} came twice; {} refused to clients for now\n",
        outside.copies.len(),
        outside.sealed,
        outside.clear,
        partner.copies.len(),
        partner.sealed,
        partner.clear,
        twice.len(),
        tried_again.len()
    );
    print!("{report}");
    fs::write(results("figures").unwrap().join(format!("killed-{filter:?}.txt").to_lowercase()), &report)
        .unwrap();
    assert_eq!(done.load(Ordering::Relaxed), total);
    assert_eq!((outside.copies.len(), outside.clear), (total, 0), "every mail is received sealed");
    assert_eq!(
        (partner.copies.len(), partner.sealed),
        (total.div_ceil(2), 0),
        "the partner gets his in clear"
    );
    let is_before_queue = matches!(filter, Filter::Proxy | Filter::MilterSplit);
    assert_eq!(tried_again.is_empty(), !is_before_queue, "only before the queue a client is refused");
    let window: BTreeSet<_> = may_come_twice(&site.postfix().log()).union(&tried_again).cloned().collect();
    assert!(
        twice.is_subset(&window),
        "came twice outside SMTP's window: {:?}",
        twice.difference(&window).collect::<Vec<_>>()
    );
    assert!(kills > 0);
    site.finish().unwrap();
}

#[test]
fn over_smtp_a_killed_gateway_loses_nothing() {
    if installed(&["postfix"]) {
        kill_under_load(Filter::Smtp, if long_run() { 5000 } else { 400 });
    }
}

#[test]
fn over_lmtp_a_killed_gateway_loses_nothing() {
    if installed(&["postfix"]) {
        kill_under_load(Filter::Lmtp, if long_run() { 5000 } else { 400 });
    }
}

#[test]
fn before_the_queue_a_killed_gateway_loses_nothing() {
    if installed(&["postfix"]) {
        kill_under_load(Filter::Proxy, if long_run() { 5000 } else { 400 });
    }
}

#[test]
fn as_a_milter_a_killed_gateway_loses_nothing() {
    if installed(&["postfix"]) {
        kill_under_load(Filter::MilterSplit, if long_run() { 5000 } else { 400 });
    }
}
