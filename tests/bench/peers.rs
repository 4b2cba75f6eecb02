//! Other relays beside the gateway: what they spend on handing mails on as they are, which is the least a filter can do.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sealpost_tests::place::{Folder, project_root};
use sealpost_tests::process::{Process, free_address};

use crate::Extent;
use crate::load::{Figures, Ground, Load, OUTSIDE, PARTNER, medians};

const LOADS: [Load; 4] = [
    Load { bytes: 2_000, sessions: 1, mails: 500 },
    Load { bytes: 2_000, sessions: 10, mails: 2_000 },
    Load { bytes: 2_000, sessions: 50, mails: 2_000 },
    Load { bytes: 5_000_000, sessions: 10, mails: 40 },
];

/// Measures the gateway, aiosmtpd and Haraka by turns, and gives the table.
pub(crate) fn measure(extent: Extent) -> Result<String> {
    let mut table = "\
| mail | sessions | ours, seal /s | ours, pass /s | aiosmtpd /s | Haraka /s | ours sealing / the better of both | \
CPU seal ms | CPU pass ms | CPU aiosmtpd ms | CPU Haraka ms |
|---|---|---|---|---|---|---|---|---|---|---|
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
    let (aiosmtpd_port, aiosmtpd) = start_aiosmtpd(ground.folder(), ground.sink())?;
    let (haraka_port, haraka) = start_haraka(ground.folder(), ground.sink())?;
    let gateway = site.ports.gateway_smtp;
    let ways = [
        (gateway, OUTSIDE, site.gateway()),
        (gateway, PARTNER, site.gateway()),
        (aiosmtpd_port, OUTSIDE, &aiosmtpd),
        (haraka_port, OUTSIDE, &haraka),
    ];
    let mut runs: [Vec<Figures>; 4] = Default::default();
    for _ in 0..rounds {
        for (place, (to, recipient, program)) in ways.into_iter().enumerate() {
            runs[place].push(ground.send(load, to, recipient, Some(program))?);
        }
    }
    site.finish()?;
    let [seal, pass, aiosmtpd, haraka] = runs.map(|runs| medians(&runs));
    let mut row = String::new();
    writeln!(
        row,
        "| {} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {:.1} | {:.2} | {:.2} | {:.2} | {:.2} |",
        load.size(),
        load.sessions,
        seal.mails_per_second,
        pass.mails_per_second,
        aiosmtpd.mails_per_second,
        haraka.mails_per_second,
        seal.mails_per_second / aiosmtpd.mails_per_second.max(haraka.mails_per_second),
        seal.cpu,
        pass.cpu,
        aiosmtpd.cpu,
        haraka.cpu,
    )?;
    Ok(row)
}

/// Returns a program or package that `tests/bench/run` installs.
fn tool(path: &str) -> Result<PathBuf> {
    let path = project_root().join("tests/.tools/bench").join(path);
    ensure!(path.exists(), "{} is missing: start the benchmark by tests/bench/run", path.display());
    Ok(path)
}

/// Starts aiosmtpd with its own handler for relaying.
fn start_aiosmtpd(folder: &Folder, sink: SocketAddr) -> Result<(SocketAddr, Process)> {
    let address = free_address()?;
    let mut command = Command::new(tool("python/bin/python3")?);
    command.arg(project_root().join("tests/bench/aiosmtpd_relay.py"));
    command.args([address.port().to_string(), sink.port().to_string()]);
    let mut process = Process::start("aiosmtpd", command, &folder.join("aiosmtpd.log"))?;
    process.wait_for_port(address)?;
    Ok((address, process))
}

/// Starts Haraka with its usual settings and the queue plugin that hands each mail on before it says 250, as the gateway
/// does.
fn start_haraka(folder: &Folder, sink: SocketAddr) -> Result<(SocketAddr, Process)> {
    let address = free_address()?;
    let place = folder.make("haraka/config")?;
    for entry in fs::read_dir(tool("node_modules/Haraka/config")?)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), place.join(entry.file_name()))?;
        }
    }
    let usual = fs::read_to_string(place.join("smtp.ini"))?;
    let settings = [
        ("smtp.ini", format!("listen={address}\nnodes=0\n{usual}")),
        ("smtp_forward.ini", format!("host={}\nport={}\n", sink.ip(), sink.port())),
        ("plugins", "relay\nqueue/smtp_forward\n".to_owned()),
        ("relay.ini", "[relay]\nacl=true\n".to_owned()),
        ("relay_acl_allow", "127.0.0.0/8\n".to_owned()),
        ("loglevel", "ERROR\n".to_owned()),
        ("databytes", "200000000\n".to_owned()),
        ("me", "haraka.example.org\n".to_owned()),
    ];
    for (name, text) in settings {
        fs::write(place.join(name), text)?;
    }
    let mut command = Command::new("node");
    command.arg(tool("node_modules/Haraka/bin/haraka")?).arg("-c");
    command.arg(place.parent().context("the folder of Haraka's settings")?);
    let mut process = Process::start("Haraka", command, &folder.join("haraka.log"))?;
    process.wait_for_port(address)?;
    Ok((address, process))
}
