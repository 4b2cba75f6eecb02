//! The gateway is restarted, and reads its settings again, while clients send mails.

mod hand_over;
mod load;
mod reload;

use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sealpost_tests::process::wait_until;
use sealpost_tests::sink::Sink;
use sealpost_tests::site::{Plan, Site};

/// When to give up: nothing here takes so long but on a machine that hangs.
const PATIENCE: Duration = Duration::from_mins(1);

fn site(sink: &Sink) -> Site {
    Site::new(&Plan { next_hop: Some(sink.address()), log_level: "info".into(), ..Plan::new("restart") })
        .unwrap()
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
