//! Measures gateway and portal: mails a second, processor time, latency, memory; alone, beside other relays, inside Postfix.
//!
//! Load and sink are Postfix's own `smtp-source` and `smtp-sink`. Whatever is compared is measured by turns in the same run,
//! so that a machine that slows down for a while slows all of it; quoted are medians, and ratios within this one run.

mod cores;
mod floor;
mod inside_postfix;
mod latency;
mod load;
mod memory;
mod null_milter;
mod peers;
mod portal;
mod sealing;
mod steps;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use sealpost_tests::place::project_root;

/// Measures the speed of the gateway.
#[derive(Parser)]
#[command(name = "tests/bench/run")]
struct Arguments {
    /// Fewer rounds with fewer mails: an orientation.
    #[arg(long)]
    quick: bool,
    /// Put the figures into tests/bench/README.md.
    #[arg(long)]
    write: bool,
    /// What to measure; everything if nothing is named.
    sections: Vec<Section>,
}

/// One table of the report.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Section {
    /// Passed and sealed, by size and sessions.
    Sealing,
    /// The steps of one mail inside the process.
    Steps,
    /// Median and 99th percentile of one session.
    Latency,
    /// Peak memory with 50 sessions at once.
    Memory,
    /// On one core and on two.
    Cores,
    /// Other relays beside it.
    Peers,
    /// As a filter of a real Postfix.
    Postfix,
    /// The portal, on SQLite and on PostgreSQL.
    Portal,
}

/// How much is measured.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    rounds: usize,
    share: usize,
}

impl Extent {
    /// Returns how many of this many mails are sent.
    fn mails(self, full: usize, at_least: usize) -> usize {
        (full / self.share).max(at_least)
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let extent =
        if arguments.quick { Extent { rounds: 1, share: 10 } } else { Extent { rounds: 3, share: 1 } };
    let sections =
        if arguments.sections.is_empty() { Section::value_variants() } else { &arguments.sections };
    let mut tables = Vec::new();
    for section in sections {
        let table = section.measure(extent)?;
        println!("{table}");
        tables.push((*section, table));
    }
    if arguments.write { write_down(&tables) } else { Ok(()) }
}

impl Section {
    fn measure(self, extent: Extent) -> Result<String> {
        match self {
            Self::Sealing => {
                Ok(format!("{}; {}\n\n{}", machine(), floor::measure(), sealing::measure(extent)?))
            }
            Self::Steps => Ok(steps::measure(extent)),
            Self::Latency => latency::measure(extent),
            Self::Memory => memory::measure(),
            Self::Cores => cores::measure(extent),
            Self::Peers => peers::measure(extent),
            Self::Postfix => inside_postfix::measure(extent),
            Self::Portal => portal::measure(extent),
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Says what the figures are measured on.
fn machine() -> String {
    let cpu = fs::read_to_string(Path::new("/proc/cpuinfo")).unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{cores} cores, {}", model.trim_start_matches([' ', '\t', ':']))
}

/// Replaces these tables in the README.
fn write_down(tables: &[(Section, String)]) -> Result<()> {
    let path = project_root().join("tests/bench/README.md");
    let mut text = fs::read_to_string(&path)?;
    for (section, table) in tables {
        let name = section.name();
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
        let (head, rest) = text.split_once(&begin).with_context(|| format!("no place for {name}"))?;
        let (_, tail) = rest.split_once(&end).with_context(|| format!("no end of {name}"))?;
        text = [head, &begin, "\n", table, "\n", &end, tail].concat();
    }
    Ok(fs::write(path, text)?)
}
