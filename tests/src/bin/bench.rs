//! `tests/bench/run`: mails a second through the gateway, passed and sealed, against the same load going straight to the
//! sink, with the gateway's processor time for each.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use sealpost_tests::mails::large;
use sealpost_tests::place::{Folder, find_program, project_root};
use sealpost_tests::process::{Process, free_address, run};
use sealpost_tests::site::{Plan, Site};

const SENDER: &str = "alice@example.org";
const SEALED: &str = "bob@example.net";
const PASSED: &str = "carol@partner.example";
const ROUNDS: usize = 3;

/// One load: size of a mail, how many sessions at once, how many mails.
const LOADS: [(&str, usize, u32, u32); 5] = [
    ("2 KB", 2_000, 1, 1000),
    ("2 KB", 2_000, 50, 5000),
    ("100 KB", 100_000, 1, 500),
    ("100 KB", 100_000, 50, 2000),
    ("5 MB", 5_000_000, 10, 60),
];

/// Measures the gateway.
#[derive(Parser)]
#[command(name = "tests/bench/run")]
struct Arguments {
    /// Put the table into tests/bench/README.md.
    #[arg(long)]
    write: bool,
}

/// The way of a mail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Straight,
    Pass,
    Seal,
}

const WAYS: [Way; 3] = [Way::Straight, Way::Pass, Way::Seal];

/// What one round gave.
#[derive(Clone, Copy, Default)]
struct Figure {
    mails_a_second: f64,
    cpu_milliseconds: f64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let folder = Folder::new("bench")?;
    let sink = start_sink(&folder)?;
    let plan = Plan { next_hop: Some(sink.1), log_level: "info".into(), ..Plan::new("bench-site") };
    let mut site = Site::new(&plan)?;
    site.start_gateway()?;
    let table = table(&folder, &site, sink.1)?;
    println!("{table}");
    if arguments.write {
        write_down(&table)?;
    }
    site.finish()
}

/// Starts Postfix's sink; as root it wants to become somebody else.
fn start_sink(folder: &Folder) -> Result<(Process, SocketAddr)> {
    let address = free_address()?;
    let mut command = Command::new(find_program("smtp-sink").context("smtp-sink is not installed")?);
    if rustix::process::geteuid().is_root() {
        command.args(["-u", "nobody"]);
    }
    command.arg(address.to_string()).arg("1000");
    let mut sink = Process::start("smtp-sink", command, &folder.join("sink.log"))?;
    sink.wait_for_port(address)?;
    Ok((sink, address))
}

fn table(folder: &Folder, site: &Site, sink: SocketAddr) -> Result<String> {
    let mut table = String::from(
        "| mail | sessions | straight /s | pass /s | of straight | CPU ms | seal /s | of straight | CPU ms |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for (name, size, sessions, count) in LOADS {
        let mail = folder.join("mail.eml");
        fs::write(&mail, large(SENDER, SEALED, "Benchmark", size))?;
        let mut rounds = [[Figure::default(); ROUNDS]; 3];
        for round in 0..ROUNDS {
            for (way, figures) in WAYS.iter().zip(&mut rounds) {
                figures[round] = measure(site, sink, *way, &mail, sessions, count)?;
                eprint!(".");
            }
        }
        let [straight, pass, seal] = rounds.map(median);
        let percent = |figure: Figure| 100.0 * figure.mails_a_second / straight.mails_a_second;
        writeln!(
            table,
            "| {name} | {sessions} | {:.0} | {:.0} | {:.0} % | {:.2} | {:.0} | {:.0} % | {:.2} |",
            straight.mails_a_second,
            pass.mails_a_second,
            percent(pass),
            pass.cpu_milliseconds,
            seal.mails_a_second,
            percent(seal),
            seal.cpu_milliseconds
        )?;
    }
    eprintln!();
    let memory = site.gateway().peak_memory()? >> 20;
    write!(table, "\nPeak memory of the gateway over all of it: {memory} MiB. {}\n", machine()?)?;
    Ok(table)
}

fn measure(site: &Site, sink: SocketAddr, way: Way, mail: &Path, sessions: u32, count: u32) -> Result<Figure> {
    let to = if way == Way::Straight { sink } else { site.ports.gateway_smtp };
    let recipient = if way == Way::Seal { SEALED } else { PASSED };
    let source: PathBuf = find_program("smtp-source").context("smtp-source is not installed")?;
    let mut command = Command::new(source);
    command.args(["-s", &sessions.to_string(), "-m", &count.to_string(), "-f", SENDER, "-t", recipient]);
    command.arg("-F").arg(mail).arg(to.to_string());
    let before = site.gateway().cpu_time()?;
    let begin = Instant::now();
    run(&mut command)?;
    let elapsed = begin.elapsed();
    let cpu: Duration = site.gateway().cpu_time()? - before;
    Ok(Figure {
        mails_a_second: f64::from(count) / elapsed.as_secs_f64(),
        cpu_milliseconds: 1000.0 * cpu.as_secs_f64() / f64::from(count),
    })
}

fn median(mut figures: [Figure; ROUNDS]) -> Figure {
    figures.sort_by(|one, other| one.mails_a_second.total_cmp(&other.mails_a_second));
    figures[ROUNDS / 2]
}

fn machine() -> Result<String> {
    let info = fs::read_to_string("/proc/cpuinfo")?;
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches(['\t', ' ', ':']);
    let count = info.lines().filter(|line| line.starts_with("processor")).count();
    Ok(format!("Machine: {count} processors, {model}."))
}

fn write_down(table: &str) -> Result<()> {
    const MARKS: (&str, &str) = ("<!-- figures -->\n", "<!-- end of figures -->");
    let path = project_root().join("tests/bench/README.md");
    let text = fs::read_to_string(&path)?;
    let (head, rest) = text.split_once(MARKS.0).context("no place for figures in the README")?;
    let (_, tail) = rest.split_once(MARKS.1).context("no end of figures in the README")?;
    Ok(fs::write(path, [head, MARKS.0, "\n", table, "\n", MARKS.1, tail].concat())?)
}
