//! Mails straight to the sink, through the gateway as they are, and through it sealed; and straight to the sink as many bytes
//! as they have sealed, which no gateway can be quicker than.

use std::fmt::Write as _;

use anyhow::{Result, ensure};

use sealpost_tests::process::run;
use sealpost_tests::site::Site;

use crate::Extent;
use crate::load::{Figures, Ground, Load, OUTSIDE, PARTNER, SENDER, medians};

const LOADS: [Load; 9] = [
    Load { bytes: 2_000, sessions: 1, mails: 2_000 },
    Load { bytes: 2_000, sessions: 10, mails: 10_000 },
    Load { bytes: 2_000, sessions: 50, mails: 10_000 },
    Load { bytes: 100_000, sessions: 1, mails: 500 },
    Load { bytes: 100_000, sessions: 10, mails: 1_500 },
    Load { bytes: 100_000, sessions: 50, mails: 1_500 },
    Load { bytes: 5_000_000, sessions: 1, mails: 30 },
    Load { bytes: 5_000_000, sessions: 10, mails: 60 },
    Load { bytes: 5_000_000, sessions: 50, mails: 100 },
];

/// Measures every load in three ways and gives the table.
pub(crate) fn measure(extent: Extent) -> Result<String> {
    let mut table = "\
| mail | sessions | straight /s | straight, size of the sealed mail /s | pass /s | seal /s | seal/pass | CPU pass ms | CPU seal ms | peak MB |
|---|---|---|---|---|---|---|---|---|---|
"
    .to_owned();
    for load in LOADS {
        let load = Load { mails: extent.mails(load.mails, load.sessions), ..load };
        table += &row(load, extent.rounds)?;
    }
    Ok(table)
}

fn row(load: Load, rounds: usize) -> Result<String> {
    let ground = Ground::new()?;
    let site = ground.gateway()?;
    let gateway = Some(site.gateway());
    let as_sealed = Load { bytes: sealed_len(&ground, &site, load)?, ..load };
    let mut runs: [Vec<Figures>; 4] = Default::default();
    for _ in 0..rounds {
        runs[0].push(ground.send(load, ground.sink(), OUTSIDE, None)?);
        runs[1].push(ground.send(load, site.ports.gateway_smtp, PARTNER, gateway)?);
        runs[2].push(ground.send(load, site.ports.gateway_smtp, OUTSIDE, gateway)?);
        runs[3].push(ground.send(as_sealed, ground.sink(), OUTSIDE, None)?);
    }
    let peak = site.gateway().peak_memory()? / 1_000_000;
    site.finish()?;
    let [straight, pass, seal, as_sealed] = runs.map(|runs| medians(&runs));
    ensure!(seal.cpu > 0.0, "the gateway did nothing");
    let mut row = String::new();
    writeln!(
        row,
        "| {} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {:.2} | {:.2} | {:.2} | {peak} |",
        load.size(),
        load.sessions,
        straight.mails_per_second,
        as_sealed.mails_per_second,
        pass.mails_per_second,
        seal.mails_per_second,
        seal.mails_per_second / pass.mails_per_second,
        pass.cpu,
        seal.cpu,
    )?;
    Ok(row)
}

/// Returns the size of the mail of a load once it is sealed.
fn sealed_len(ground: &Ground, site: &Site, load: Load) -> Result<usize> {
    let mut seal = site.gateway_command(&["seal", "--config"]);
    seal.arg(site.gateway_settings()).args(["--from", SENDER, "--to", OUTSIDE]);
    Ok(run(seal.arg(ground.mail(load.bytes, OUTSIDE)?))?.len())
}
