//! What a second core is good for.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context, Result};
use sealpost_tests::place::find_program;
use sealpost_tests::process::run;

use crate::Extent;
use crate::load::{Ground, Load, OUTSIDE, median};

const LOADS: [Load; 2] =
    [Load { bytes: 2_000, sessions: 10, mails: 5_000 }, Load { bytes: 5_000_000, sessions: 10, mails: 60 }];

/// Measures sealed mails a second with the gateway held on one core and on two, and gives the table. Load and sink take
/// their share of the same two.
pub(crate) fn measure(extent: Extent) -> Result<String> {
    let taskset = find_program("taskset").context("taskset is missing: install util-linux")?;
    let mut table = "| mail | one core /s | two cores /s | factor |\n|---|---|---|---|\n".to_owned();
    for load in LOADS {
        let load = Load { mails: extent.mails(load.mails, load.sessions), ..load };
        let ground = Ground::new()?;
        let site = ground.gateway()?;
        let mut rates: [Vec<f64>; 2] = Default::default();
        for _ in 0..extent.rounds {
            for (place, cores) in ["0", "0,1"].into_iter().enumerate() {
                let gateway = site.gateway().id().to_string();
                run(Command::new(&taskset).args(["--all-tasks", "--cpu-list", "--pid", cores, &gateway]))?;
                let figures = ground.send(load, site.ports.gateway_smtp, OUTSIDE, Some(site.gateway()))?;
                rates[place].push(figures.mails_per_second);
            }
        }
        site.finish()?;
        let [one, two] = rates.map(median);
        writeln!(table, "| {} | {one:.0} | {two:.0} | {:.2} |", load.size(), two / one)?;
    }
    Ok(table)
}
