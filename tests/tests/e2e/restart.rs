//! The gateway is restarted, again and again, while clients send mails: by systemd's way (somebody else holds the listening
//! sockets) and by its own (SIGUSR2 starts the next process). Counted: connections refused, mails lost, mails doubled.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use command_fds::{CommandFdExt as _, FdMapping};
use regex::Regex;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sealpost_tests::place::results;
use sealpost_tests::process::{Process, wait_until};
use sealpost_tests::sink::Sink;
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::smtp::{self, Client};

const RESTARTS: usize = 20;
const CLIENTS: usize = 4;
/// Mails that have to come through between two restarts, so that none falls into silence.
const BETWEEN: usize = 10;
/// When to give up: nothing here takes so long but on a machine that hangs.
const PATIENCE: Duration = Duration::from_mins(1);

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

/// Sends mails, each in a session of its own and until it is accepted, as Postfix does.
fn send(address: SocketAddr, client: usize, stop: &AtomicBool, done: &AtomicUsize) -> Met {
    let mut met = Met::default();
    for number in 0.. {
        let id = format!("mail-{client}-{number}");
        let mail = format!(
            "From: alice@example.org\r\nSubject: {id}\r\nMessage-ID: <{id}@example.org>\r\n\r\nx\r\n"
        );
        while !attempt(address, &id, mail.as_bytes(), &mut met) {}
        met.accepted.insert(id);
        done.fetch_add(1, Ordering::Relaxed);
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    met
}

/// Tries once; says whether the mail was accepted.
fn attempt(address: SocketAddr, id: &str, mail: &[u8], met: &mut Met) -> bool {
    let Ok(mut client) = Client::connect(address) else {
        met.refused += 1;
        return false;
    };
    let mut before_data = || {
        for command in ["", "EHLO c.example"] {
            let reply = if command.is_empty() { client.reply() } else { client.command(command) }?;
            if !reply.is_success() {
                return Ok(Some(reply));
            }
        }
        client.begin("alice@example.org", &["carol@partner.example"])
    };
    match before_data() {
        Ok(None) => {}
        Ok(Some(reply)) => {
            assert!(reply.is_transient(), "{reply:?}");
            met.put_off += 1;
            return false;
        }
        Err(_) => {
            met.cut += 1;
            return false;
        }
    }
    let Ok(reply) = client.send(&smtp::data(mail)).and_then(|()| client.reply()) else {
        met.unclear.insert(id.to_owned());
        met.cut += 1;
        return false;
    };
    assert!(reply.is_success() || reply.is_transient(), "{reply:?}");
    met.put_off += usize::from(reply.is_transient());
    reply.is_success()
}

/// Restarts under load, and counts.
fn restart_under_load(name: &str, sink: &Sink, address: SocketAddr, mut restart: impl FnMut(usize)) {
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let all = thread::scope(|scope| {
        let (stop, done) = (&stop, &done);
        let clients: Vec<_> =
            (0..CLIENTS).map(|client| scope.spawn(move || send(address, client, stop, done))).collect();
        for number in 0..RESTARTS {
            let wanted = done.load(Ordering::Relaxed) + BETWEEN;
            let came = wait_until("mails between two restarts", PATIENCE, || {
                (done.load(Ordering::Relaxed) >= wanted).then_some(())
            });
            if came.is_err() {
                stop.store(true, Ordering::Relaxed);
                panic!("{name}: no mails before restart {number}");
            }
            restart(number);
        }
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().map(|client| client.join().unwrap()).collect::<Vec<_>>()
    });
    let mut met = Met::default();
    for one in all {
        met.accepted.extend(one.accepted);
        met.unclear.extend(one.unclear);
        met.refused += one.refused;
        met.put_off += one.put_off;
        met.cut += one.cut;
    }
    let subject = Regex::new(r"Subject: (mail-\d+-\d+)").unwrap();
    let mut copies: BTreeMap<String, usize> = BTreeMap::new();
    for kept in sink.take().iter().filter(|kept| kept.accepted) {
        let mail = String::from_utf8_lossy(&kept.mail).into_owned();
        *copies.entry(subject.captures(&mail).unwrap()[1].to_owned()).or_default() += 1;
    }
    let twice: BTreeSet<_> =
        copies.iter().filter(|(_, count)| **count > 1).map(|(id, _)| id.clone()).collect();
    let report = format!(
        "{name}: {RESTARTS} restarts, {} mails accepted, {} received, {} twice; {} connections refused, {} attempts put \
         off, {} cut\n",
        met.accepted.len(),
        copies.len(),
        twice.len(),
        met.refused,
        met.put_off,
        met.cut
    );
    print!("{report}");
    fs::write(results("figures").unwrap().join(format!("restart-{name}.txt")), &report).unwrap();
    assert_eq!(met.refused, 0, "connections refused");
    assert!(met.accepted.iter().all(|id| copies.contains_key(id)), "mails lost");
    assert!(twice.is_subset(&met.unclear), "mails doubled outside the protocol's window");
}

fn site(sink: &Sink) -> Site {
    Site::new(&Plan { next_hop: Some(sink.address()), log_level: "info".into(), ..Plan::new("restart") })
        .unwrap()
}

/// Starts a gateway with the sockets that somebody else holds.
fn start_with(site: &Site, smtp: &TcpListener, lmtp: &UnixListener) -> Process {
    let mut command = site.gateway_command(&["serve", "--config", "gateway.toml"]);
    let descriptor = |parent_fd: OwnedFd, child_fd| FdMapping { parent_fd, child_fd };
    let sockets = vec![
        descriptor(smtp.try_clone().unwrap().into(), 3),
        descriptor(lmtp.try_clone().unwrap().into(), 4),
    ];
    command.fd_mappings(sockets).unwrap();
    command.env("LISTEN_FDS", "2").env("LISTEN_FDNAMES", "sealpost-smtp:sealpost-lmtp");
    Process::start("gateway", command, &site.folder().join("gateway.log")).unwrap()
}

#[test]
fn with_sockets_of_systemd_no_connection_is_refused() {
    let sink = Sink::start().unwrap();
    let site = site(&sink);
    let (smtp, path) = (TcpListener::bind(site.ports.gateway_smtp).unwrap(), site.folder().join("lmtp.sock"));
    let lmtp = UnixListener::bind(&path).unwrap();
    site.change_gateway_settings(&site.ports.gateway_lmtp.to_string(), "fd:sealpost-lmtp").unwrap();
    let mut gateway = Some(start_with(&site, &smtp, &lmtp));
    restart_under_load("sockets-of-systemd", &sink, site.ports.gateway_smtp, |_| {
        // Waits in the queue until somebody takes it.
        let waiting = UnixStream::connect(&path).unwrap();
        assert!(gateway.take().unwrap().stop().unwrap().success());
        gateway = Some(start_with(&site, &smtp, &lmtp));
        let mut greeting = [0; 4];
        std::io::Read::read_exact(&mut &waiting, &mut greeting).unwrap();
        assert_eq!(&greeting, b"220 ");
    });
    assert!(gateway.take().unwrap().stop().unwrap().success());
    site.finish().unwrap();
}

/// The gateway that runs now, which is not our child but the first time. Ended when dropped.
struct Running(Pid);

impl Running {
    fn signal(&self, signal: Signal) {
        kill_process(self.0, signal).unwrap();
    }

    fn wait_for_its_end(&self) {
        wait_until("the end of a process", PATIENCE, || test_kill_process(self.0).err().map(drop)).unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        kill_process(self.0, Signal::KILL).ok();
    }
}

/// Waits for more lines of the log with this in them than there were.
fn wait_for_line(site: &Site, text: &str, count: usize) -> String {
    let log = site.folder().join("gateway.log");
    wait_until(text, PATIENCE, || {
        let log = fs::read_to_string(&log).unwrap_or_default();
        log.lines().filter(|line| line.contains(text)).nth(count).map(str::to_owned)
    })
    .unwrap()
}

#[test]
fn a_gateway_hands_its_sockets_to_the_next_one() {
    let sink = Sink::start().unwrap();
    let mut site = site(&sink);
    site.start_gateway().unwrap();
    let first = site.take_gateway().unwrap();
    let mut running = Running(Pid::from_raw(first.id().cast_signed()).unwrap());
    // Reaped as soon as it ends, so that its end can be seen.
    let reaper = thread::spawn(move || first.wait());

    // A new process that cannot start leaves all as it was, and says why.
    let policy = site.folder().join("policy.toml");
    let good = fs::read_to_string(&policy).unwrap();
    fs::write(&policy, "default = \"seal\"\ndefault = \n").unwrap();
    running.signal(Signal::USR2);
    wait_for_line(&site, "no other process took our place", 0);
    wait_for_line(&site, "policy.toml:2: ", 0);
    // So does a reload.
    running.signal(Signal::HUP);
    wait_for_line(&site, "settings not loaded again", 0);
    wait_for_line(&site, "mistake in the settings mistake=", 0);
    fs::write(&policy, good).unwrap();
    running.signal(Signal::HUP);
    wait_for_line(&site, "settings loaded again", 0);

    let process = Regex::new(r"process=(\d+)").unwrap();
    let address = site.ports.gateway_smtp;
    restart_under_load("hand-over", &sink, address, |number| {
        running.signal(Signal::USR2);
        let line = wait_for_line(&site, "another process has taken our place", number);
        let next: i32 = process.captures(&line).unwrap()[1].parse().unwrap();
        running.wait_for_its_end();
        running = Running(Pid::from_raw(next).unwrap());
    });
    reaper.join().unwrap().unwrap();
    running.signal(Signal::TERM);
    running.wait_for_its_end();
    site.finish().unwrap();
}
