//! The most memory that the gateway takes while 50 large mails come in at once.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use sealpost_tests::mails::large;
use sealpost_tests::smtp::Client;

use crate::load::{Ground, OUTSIDE, SENDER};

const SESSIONS: usize = 50;
/// Size of a mail, and `[server] max_memory`.
const CASES: [(usize, u64); 3] = [(5_000_000, 1 << 30), (25_000_000, 4 << 30), (25_000_000, 512 << 20)];

/// Sends 50 sealed mails over 50 sessions and gives the peak of resident memory beside the bytes in flight. A mail that the
/// gateway has no room for is sent again until it is taken.
pub(crate) fn measure() -> Result<String> {
    let mut table = "\
| mails at once | in flight MB | told to come again | peak MB | 2.5 x in flight + 50 MB | `max_memory` MB |
|---|---|---|---|---|---|
"
    .to_owned();
    for (bytes, bound) in CASES {
        let ground = Ground::new()?;
        let site = ground.gateway_with(&format!("max_memory = {bound}"))?;
        let again = send_all(site.ports.gateway_smtp, &large(SENDER, OUTSIDE, "Memory", bytes))?;
        let peak = site.gateway().peak_memory()?;
        site.finish()?;
        let in_flight = (SESSIONS * bytes) as u64;
        writeln!(
            table,
            "| {SESSIONS} of {} MB | {} | {again} | {} | {} | {} |",
            bytes / 1_000_000,
            in_flight / 1_000_000,
            peak / 1_000_000,
            in_flight * 5 / 2 / 1_000_000 + 50,
            bound / 1_000_000,
        )?;
    }
    Ok(table)
}

/// Returns how many times a mail was told to come again.
fn send_all(gateway: SocketAddr, mail: &[u8]) -> Result<usize> {
    thread::scope(|scope| {
        let senders: Vec<_> = (0..SESSIONS).map(|_| scope.spawn(|| send(gateway, mail))).collect();
        senders.into_iter().map(|sender| sender.join().expect("a sender doesn't panic")).sum()
    })
}

fn send(gateway: SocketAddr, mail: &[u8]) -> Result<usize> {
    for again in 0..1_000 {
        let reply = Client::open(gateway, "EHLO")?.deliver(SENDER, &[OUTSIDE], mail)?;
        if reply.is_success() {
            return Ok(again);
        }
        ensure!(reply.is_transient(), "refused: {reply:?}");
        thread::sleep(Duration::from_millis(100));
    }
    anyhow::bail!("a mail found no room in 1,000 tries")
}
