//! Measures mails a second through the gateway, passed and sealed, against the same load going straight to the sink.
//!
//! Load and sink are Postfix's own `smtp-source` and `smtp-sink`. All ways are measured in turn, several rounds of them,
//! so that a machine that slows down for a while slows all of them; quoted are medians, and ratios within this one run.

mod floor;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use sealpost_tests::mails::large;
use sealpost_tests::place::{Folder, find_program, project_root};
use sealpost_tests::process::{Process, free_address, run};
use sealpost_tests::site::{Plan, Site};

const SENDER: &str = "alice@example.org";
/// Gets its mail sealed by the policy of the harness.
const OUTSIDE: &str = "bob@example.net";
/// Gets its mail as it is.
const PARTNER: &str = "carol@partner.example";

/// Measures the speed of the gateway.
#[derive(Parser)]
#[command(name = "tests/bench/run")]
struct Arguments {
    /// One round, and a tenth of the mails.
    #[arg(long)]
    quick: bool,
    /// Put the figures into tests/bench/README.md.
    #[arg(long)]
    write: bool,
}

/// One kind of load.
#[derive(Clone, Copy)]
struct Load {
    name: &'static str,
    bytes: usize,
    sessions: usize,
    mails: usize,
}

const LOADS: [Load; 7] = [
    Load { name: "2 KB", bytes: 2_000, sessions: 1, mails: 1_000 },
    Load { name: "2 KB", bytes: 2_000, sessions: 10, mails: 5_000 },
    Load { name: "2 KB", bytes: 2_000, sessions: 50, mails: 5_000 },
    Load { name: "100 KB", bytes: 100_000, sessions: 1, mails: 500 },
    Load { name: "100 KB", bytes: 100_000, sessions: 10, mails: 1_500 },
    Load { name: "5 MB", bytes: 5_000_000, sessions: 1, mails: 30 },
    Load { name: "5 MB", bytes: 5_000_000, sessions: 10, mails: 60 },
];

/// Which way the mails go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Straight,
    Pass,
    Seal,
}

const WAYS: [Way; 3] = [Way::Straight, Way::Pass, Way::Seal];

/// What one run of a load gave.
#[derive(Clone, Copy)]
struct Figures {
    mails_per_second: f64,
    cpu_per_mail: Duration,
}

struct Bench {
    site: Site,
    sink: SocketAddr,
    _sink: Process,
    folder: Folder,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let (rounds, share) = if arguments.quick { (1, 10) } else { (3, 1) };
    let mut report = format!("{}; {}\n\n", machine(), floor::measure());
    report += "| mail | sessions | straight /s | pass /s | seal /s | seal/pass | CPU pass ms | CPU seal ms | peak MB |\n";
    report += "|---|---|---|---|---|---|---|---|---|\n";
    for load in LOADS {
        report += &measure(Load { mails: (load.mails / share).max(load.sessions), ..load }, rounds)?;
    }
    print!("{report}");
    if arguments.write { write_down(&report) } else { Ok(()) }
}

/// Measures all ways of one load, and gives their row of the table.
fn measure(load: Load, rounds: usize) -> Result<String> {
    let bench = Bench::start()?;
    let mut all: BTreeMap<Way, Vec<Figures>> = BTreeMap::new();
    for _ in 0..rounds {
        for way in WAYS {
            all.entry(way).or_default().push(bench.measure(load, way)?);
        }
    }
    let peak = bench.site.gateway().peak_memory()?;
    bench.site.finish()?;
    Ok(row(load, &all, peak))
}

impl Bench {
    fn start() -> Result<Self> {
        let folder = Folder::new("bench")?;
        let sink = free_address()?;
        let mut command =
            Command::new(find_program("smtp-sink").context("smtp-sink is missing: install postfix")?);
        if rustix::process::geteuid().is_root() {
            command.args(["-u", "nobody"]);
        }
        command.args([&sink.to_string(), "1000"]);
        let mut process = Process::start("smtp-sink", command, &folder.join("sink.log"))?;
        process.wait_for_port(sink)?;
        let mut site =
            Site::new(&Plan { next_hop: Some(sink), log_level: "info".into(), ..Plan::new("bench") })?;
        site.start_gateway()?;
        Ok(Self { site, sink, _sink: process, folder })
    }

    fn measure(&self, load: Load, way: Way) -> Result<Figures> {
        let (to, recipient) = match way {
            Way::Straight => (self.sink, OUTSIDE),
            Way::Pass => (self.site.ports.gateway_smtp, PARTNER),
            Way::Seal => (self.site.ports.gateway_smtp, OUTSIDE),
        };
        let mail = self.mail(load.bytes, recipient)?;
        let mut source =
            Command::new(find_program("smtp-source").context("smtp-source is missing: install postfix")?);
        source.arg("-d").args(["-s", &load.sessions.to_string(), "-m", &load.mails.to_string()]);
        source.args(["-f", SENDER, "-t", recipient]).arg("-F").arg(&mail).arg(to.to_string());
        let cpu = self.site.gateway().cpu_time()?;
        let begin = Instant::now();
        run(&mut source)?;
        let (wall, cpu) = (begin.elapsed(), self.site.gateway().cpu_time()?.saturating_sub(cpu));
        let mails = u32::try_from(load.mails)?;
        ensure!(way == Way::Straight || cpu > Duration::ZERO, "the gateway did nothing");
        Ok(Figures { mails_per_second: f64::from(mails) / wall.as_secs_f64(), cpu_per_mail: cpu / mails })
    }

    /// Writes a mail of about this size, most of it the base64 of random bytes, with line ends as smtp-source wants them.
    fn mail(&self, bytes: usize, recipient: &str) -> Result<PathBuf> {
        let path = self.folder.join(&format!("{bytes}-{recipient}"));
        if !path.exists() {
            let mail = large(SENDER, recipient, "Load", bytes);
            fs::write(&path, String::from_utf8(mail)?.replace("\r\n", "\n"))?;
        }
        Ok(path)
    }
}

fn row(load: Load, all: &BTreeMap<Way, Vec<Figures>>, peak: u64) -> String {
    let rate = |way| median(all[&way].iter().map(|figures| figures.mails_per_second));
    let cpu = |way| median(all[&way].iter().map(|figures| figures.cpu_per_mail.as_secs_f64() * 1e3));
    format!(
        "| {} | {} | {:.0} | {:.0} | {:.0} | {:.2} | {:.2} | {:.2} | {} |\n",
        load.name,
        load.sessions,
        rate(Way::Straight),
        rate(Way::Pass),
        rate(Way::Seal),
        rate(Way::Seal) / rate(Way::Pass),
        cpu(Way::Pass),
        cpu(Way::Seal),
        peak / 1_000_000,
    )
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Says what the figures were measured on.
fn machine() -> String {
    let cpu = fs::read_to_string(Path::new("/proc/cpuinfo")).unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{cores} cores, {}", model.trim_start_matches([' ', '\t', ':']))
}

/// Replaces the figures in the README.
fn write_down(report: &str) -> Result<()> {
    const MARKS: (&str, &str) = ("<!-- figures -->\n", "<!-- end of figures -->");
    let path = project_root().join("tests/bench/README.md");
    let text = fs::read_to_string(&path)?;
    let (head, rest) = text.split_once(MARKS.0).context("no place for figures in the README")?;
    let (_, tail) = rest.split_once(MARKS.1).context("no end of figures in the README")?;
    Ok(fs::write(path, [head, MARKS.0, "\n", report, "\n", MARKS.1, tail].concat())?)
}
