//! No connection is refused and no mail is lost by a restart: by systemd's way (somebody else holds the listening sockets) and
//! by the gateway's own (SIGUSR2 starts the next process).

use std::fs;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use command_fds::{CommandFdExt as _, FdMapping};
use regex::Regex;
use rustix::process::{Pid, Signal};
use sealpost_tests::process::Process;
use sealpost_tests::sink::Sink;
use sealpost_tests::site::Site;

use super::load::restart_under_load;
use super::{Running, site, wait_for_line};

/// The sockets that somebody else holds.
struct Sockets {
    smtp: TcpListener,
    lmtp: TcpListener,
    milter: TcpListener,
    unix: UnixListener,
}

impl Sockets {
    /// Makes them, and has the gateway look for them by their names, the first by its address.
    fn of(site: &Site) -> Self {
        let unix = site.folder().join("gateway.sock");
        for (address, name) in [
            (site.ports.gateway_lmtp.to_string(), "fd:sealpost-lmtp"),
            (site.ports.gateway_milter_split.to_string(), "fd:sealpost-milter"),
            (format!("unix:{}\"\nmode = \"0666", unix.display()), "fd:sealpost-unix"),
        ] {
            site.change_gateway_settings(&address, name).unwrap();
        }
        Self {
            smtp: TcpListener::bind(site.ports.gateway_smtp).unwrap(),
            lmtp: TcpListener::bind(site.ports.gateway_lmtp).unwrap(),
            milter: TcpListener::bind(site.ports.gateway_milter_split).unwrap(),
            unix: UnixListener::bind(unix).unwrap(),
        }
    }

    /// Starts a gateway with them.
    fn start(&self, site: &Site) -> Process {
        let mut command = site.gateway_command(&["serve", "--config", "gateway.toml"]);
        let sockets: [OwnedFd; 4] = [
            self.smtp.try_clone().unwrap().into(),
            self.lmtp.try_clone().unwrap().into(),
            self.milter.try_clone().unwrap().into(),
            self.unix.try_clone().unwrap().into(),
        ];
        let mapped =
            sockets.into_iter().zip(3..).map(|(parent_fd, child_fd)| FdMapping { parent_fd, child_fd });
        command.fd_mappings(mapped.collect()).unwrap();
        let names = "sealpost-smtp:sealpost-lmtp:sealpost-milter:sealpost-unix";
        command.env("LISTEN_FDS", "4").env("LISTEN_FDNAMES", names);
        Process::start("gateway", command, &site.folder().join("gateway.log")).unwrap()
    }
}

#[test]
fn with_sockets_of_systemd_no_connection_is_refused() {
    let sink = Sink::start().unwrap();
    let site = site(&sink);
    let sockets = Sockets::of(&site);
    let path = site.folder().join("gateway.sock");
    let mut gateway = Some(sockets.start(&site));
    restart_under_load("sockets-of-systemd", &sink, &site, |_| {
        // Waits in the queue until somebody takes it.
        let waiting = UnixStream::connect(&path).unwrap();
        assert!(gateway.take().unwrap().stop().unwrap().success());
        gateway = Some(sockets.start(&site));
        let mut greeting = [0; 4];
        std::io::Read::read_exact(&mut &waiting, &mut greeting).unwrap();
        assert_eq!(&greeting, b"220 ");
    });
    assert!(gateway.take().unwrap().stop().unwrap().success());
    site.finish().unwrap();
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
    fs::write(&policy, good).unwrap();

    let process = Regex::new(r"process=(\d+)").unwrap();
    restart_under_load("hand-over", &sink, &site, |number| {
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
