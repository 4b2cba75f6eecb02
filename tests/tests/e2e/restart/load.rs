//! Clients that send mails by SMTP, by LMTP and as an MTA to its milter while the gateway is restarted, again and again. Counted:
//! connections refused, mails lost, mails doubled.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::{fs, thread};

use anyhow::Result;
use regex::Regex;
use sealpost_tests::carrier;
use sealpost_tests::milter::Milter;
use sealpost_tests::place::results;
use sealpost_tests::process::wait_until;
use sealpost_tests::sink::Sink;
use sealpost_tests::site::Site;
use sealpost_tests::smtp::{self, Client, Reply};

use super::PATIENCE;

const RESTARTS: usize = 20;
/// Clients of each way.
const CLIENTS: usize = 2;
/// Mails that have to come through by each way between two restarts, so that none falls into silence.
const BETWEEN: usize = 4;
const SENDER: &str = "alice@example.org";
/// Gets the mail as it is, so that each can be counted at the sink.
const PASSED: &str = "carol@partner.example";
/// Gets it sealed.
const SEALED: &str = "bob@example.net";

/// How a client hands mails in.
#[derive(Clone, Copy, Debug)]
enum Way {
    Smtp,
    Lmtp,
    /// With a recipient who gets it sealed, in place, and one who is taken off the mail.
    Milter,
}

const WAYS: [Way; 3] = [Way::Smtp, Way::Lmtp, Way::Milter];

/// How an attempt ends.
enum End {
    Accepted,
    /// With 4xx.
    PutOff,
    /// Without a reply, before the mail was whole.
    Cut,
    /// Without a reply to the whole mail.
    Unclear,
    /// Before it began: the connection was not taken.
    Refused,
}

impl Way {
    fn address(self, site: &Site) -> SocketAddr {
        match self {
            Self::Smtp => site.ports.gateway_smtp,
            Self::Lmtp => site.ports.gateway_lmtp,
            Self::Milter => site.ports.gateway_milter_split,
        }
    }

    fn attempt(self, address: SocketAddr, id: &str) -> End {
        match self {
            Self::Smtp => by_smtp(address, "EHLO", id),
            Self::Lmtp => by_smtp(address, "LHLO", id),
            Self::Milter => as_mta(address, id),
        }
    }
}

fn by_smtp(address: SocketAddr, hello: &str, id: &str) -> End {
    let Ok(mut client) = Client::connect(address) else { return End::Refused };
    match before_data(&mut client, hello) {
        Ok(None) => {}
        Ok(Some(reply)) => {
            assert!(reply.is_transient(), "{reply:?}");
            return End::PutOff;
        }
        Err(_) => return End::Cut,
    }
    let mail = format!("From: {SENDER}\r\nSubject: {id}\r\nMessage-ID: <{id}@example.org>\r\n\r\nx\r\n");
    let Ok(reply) = client.send(&smtp::data(mail.as_bytes())).and_then(|()| client.reply()) else {
        return End::Unclear;
    };
    assert!(reply.is_success() || reply.is_transient(), "{reply:?}");
    if reply.is_success() { End::Accepted } else { End::PutOff }
}

/// Goes as far as the reply to DATA, or to the first refusal, which is returned.
fn before_data(client: &mut Client, hello: &str) -> Result<Option<Reply>> {
    let greeting = client.reply()?;
    if !greeting.is_success() {
        return Ok(Some(greeting));
    }
    let answer = client.command(&format!("{hello} c.example"))?;
    if !answer.is_success() {
        return Ok(Some(answer));
    }
    client.begin(SENDER, &[PASSED])
}

fn as_mta(address: SocketAddr, id: &str) -> End {
    let Ok(mut milter) = Milter::connect(address) else { return End::Refused };
    if milter.hand_in(SENDER, &[SEALED, PASSED], id).and_then(|()| milter.body(b"x\r\n")).is_err() {
        return End::Cut;
    }
    match milter.end() {
        Ok(body) => {
            assert!(carrier::is_sealed(&body.expect("a new body")), "{id}: not sealed");
            End::Accepted
        }
        Err(error) if error.is::<io::Error>() => End::Unclear,
        Err(_) => End::PutOff,
    }
}

/// What the clients met.
#[derive(Default)]
struct Met {
    /// Mails that were accepted.
    accepted: BTreeSet<String>,
    /// Mails of which one attempt ended after the final dot and before the reply.
    unclear: BTreeSet<String>,
    /// Connections that were not taken.
    refused: usize,
    /// Attempts that ended with 4xx.
    put_off: usize,
    /// Attempts that ended without a reply.
    cut: usize,
}

impl Met {
    /// Takes an attempt to account; says whether the mail was accepted.
    fn note(&mut self, id: &str, end: &End) -> bool {
        match end {
            End::Accepted => return self.accepted.insert(id.to_owned()),
            End::Refused => self.refused += 1,
            End::PutOff => self.put_off += 1,
            End::Cut => self.cut += 1,
            End::Unclear => {
                self.unclear.insert(id.to_owned());
                self.cut += 1;
            }
        }
        false
    }

    fn add(&mut self, other: Self) {
        self.accepted.extend(other.accepted);
        self.unclear.extend(other.unclear);
        self.refused += other.refused;
        self.put_off += other.put_off;
        self.cut += other.cut;
    }
}

/// Sends mails, each in a session of its own and until it is accepted, as Postfix does.
fn send(way: Way, address: SocketAddr, client: usize, stop: &AtomicBool, done: &AtomicUsize) -> Met {
    let mut met = Met::default();
    for number in 0.. {
        let id = format!("mail-{way:?}-{client}-{number}");
        while !met.note(&id, &way.attempt(address, &id)) {}
        done.fetch_add(1, Ordering::Relaxed);
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    met
}

/// Restarts under load, and counts.
pub(super) fn restart_under_load(name: &str, sink: &Sink, site: &Site, mut restart: impl FnMut(usize)) {
    let (stop, done) = (AtomicBool::new(false), WAYS.map(|_| AtomicUsize::new(0)));
    let all: Vec<_> = thread::scope(|scope| {
        let stop = &stop;
        let start = |(way, done): (Way, _)| {
            let address = way.address(site);
            let client = move |client| scope.spawn(move || (way, send(way, address, client, stop, done)));
            (0..CLIENTS).map(client).collect::<Vec<_>>()
        };
        let clients: Vec<_> = WAYS.into_iter().zip(&done).flat_map(start).collect();
        for number in 0..RESTARTS {
            let wanted = done.each_ref().map(|done| done.load(Ordering::Relaxed) + BETWEEN);
            let came = wait_until("mails between two restarts", PATIENCE, || {
                let has_come =
                    |(done, wanted): (&AtomicUsize, &usize)| done.load(Ordering::Relaxed) >= *wanted;
                done.iter().zip(&wanted).all(has_come).then_some(())
            });
            if came.is_err() {
                stop.store(true, Ordering::Relaxed);
                panic!("{name}: no mails before restart {number}");
            }
            restart(number);
        }
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let copies = copies(sink);
    let mut met = WAYS.map(|_| Met::default());
    for (way, one) in all {
        met[way as usize].add(one);
    }
    let report: String =
        WAYS.iter().zip(&met).map(|(way, met)| report(&format!("{name}, {way:?}"), met, &copies)).collect();
    print!("{report}");
    fs::write(results("figures").unwrap().join(format!("restart-{name}.txt")), &report).unwrap();
    for met in &met {
        check(met, &copies);
    }
}

/// Counts how often the sink has each mail.
fn copies(sink: &Sink) -> BTreeMap<String, usize> {
    let subject = Regex::new(r"Subject: (mail-\w+-\d+-\d+)").unwrap();
    let mut copies: BTreeMap<String, usize> = BTreeMap::new();
    for kept in sink.take().iter().filter(|kept| kept.accepted) {
        let mail = String::from_utf8_lossy(&kept.mail).into_owned();
        *copies.entry(subject.captures(&mail).unwrap()[1].to_owned()).or_default() += 1;
    }
    copies
}

/// Returns the mails of one way that the sink has more than once.
fn twice<'a>(met: &'a Met, copies: &BTreeMap<String, usize>) -> BTreeSet<&'a String> {
    met.accepted.iter().filter(|id| copies.get(*id).is_some_and(|count| *count > 1)).collect()
}

fn report(name: &str, met: &Met, copies: &BTreeMap<String, usize>) -> String {
    format!(
        "{name}: {RESTARTS} restarts, {} mails accepted, {} received, {} twice; {} connections refused, {} attempts put \
         off, {} cut\n",
        met.accepted.len(),
        met.accepted.iter().filter(|id| copies.contains_key(*id)).count(),
        twice(met, copies).len(),
        met.refused,
        met.put_off,
        met.cut
    )
}

fn check(met: &Met, copies: &BTreeMap<String, usize>) {
    assert_eq!(met.refused, 0, "connections refused");
    assert!(met.accepted.iter().all(|id| copies.contains_key(id)), "mails lost");
    assert!(
        twice(met, copies).iter().all(|id| met.unclear.contains(*id)),
        "mails doubled outside the protocol's window"
    );
}
