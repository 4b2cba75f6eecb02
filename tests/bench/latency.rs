//! How long one client waits for the reply to its mail, when it is alone.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Result, ensure};
use sealpost_tests::mails::large;
use sealpost_tests::smtp::Client;

use crate::Extent;
use crate::load::{Ground, OUTSIDE, PARTNER, SENDER, median, percentile};

const MAILS: usize = 3_000;

/// Measures a whole transaction of 2 KB (MAIL to the reply to the last dot) over one connection, and gives the table.
pub(crate) fn measure(extent: Extent) -> Result<String> {
    let ground = Ground::new()?;
    let site = ground.gateway()?;
    let gateway = site.ports.gateway_smtp;
    let mut times: [Vec<f64>; 3] = Default::default();
    let mails = extent.mails(MAILS, 100);
    // By turns in blocks, so that all three see the same machine.
    for _ in 0..10 {
        for (place, (to, recipient)) in
            [(ground.sink(), OUTSIDE), (gateway, PARTNER), (gateway, OUTSIDE)].into_iter().enumerate()
        {
            times[place].extend(block(to, recipient, mails / 10)?);
        }
    }
    site.finish()?;
    let [straight, pass, seal] = times.map(|times| (median(times.clone()), percentile(times, 99)));
    Ok(format!(
        "| 2 KB, one session, ms | straight | pass | seal | added by pass | added by seal |
|---|---|---|---|---|---|
| median | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |
| 99th percentile | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |
",
        straight.0,
        pass.0,
        seal.0,
        pass.0 - straight.0,
        seal.0 - straight.0,
        straight.1,
        pass.1,
        seal.1,
        pass.1 - straight.1,
        seal.1 - straight.1,
    ))
}

fn block(to: SocketAddr, recipient: &str, mails: usize) -> Result<Vec<f64>> {
    let mail = large(SENDER, recipient, "Latency", 2_000);
    let mut client = Client::open(to, "EHLO")?;
    (0..mails)
        .map(|_| {
            let begin = Instant::now();
            let reply = client.deliver(SENDER, &[recipient], &mail)?;
            ensure!(reply.is_success(), "refused: {reply:?}");
            Ok(begin.elapsed().as_secs_f64() * 1e3)
        })
        .collect()
}
