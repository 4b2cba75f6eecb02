//! What every measurement needs: a load, a sink, a gateway between them.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sealpost_tests::mails::large;
use sealpost_tests::place::{Folder, find_program};
use sealpost_tests::process::{Process, free_address, run};
use sealpost_tests::site::{Plan, Site};

/// Who writes all the mails.
pub(crate) const SENDER: &str = "alice@example.org";
/// Gets its mail sealed by the policy of the harness.
pub(crate) const OUTSIDE: &str = "bob@example.net";
/// Gets its mail as it is.
pub(crate) const PARTNER: &str = "carol@partner.example";

/// One kind of load: so many mails of about so many bytes, over so many connections at a time.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) bytes: usize,
    pub(crate) sessions: usize,
    pub(crate) mails: usize,
}

impl Load {
    /// Names the size as tables do.
    pub(crate) fn size(&self) -> String {
        match self.bytes {
            0..1_000_000 => format!("{} KB", self.bytes / 1_000),
            _ => format!("{} MB", self.bytes / 1_000_000),
        }
    }
}

/// What one run of a load gave.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) mails_per_second: f64,
    /// Processor milliseconds for each mail of the program that was watched.
    pub(crate) cpu: f64,
}

/// A folder with mails to send, and a sink to send them to.
pub(crate) struct Ground {
    folder: Folder,
    sink: SocketAddr,
    _sink: Process,
}

impl Ground {
    pub(crate) fn new() -> Result<Self> {
        let folder = Folder::new("bench")?;
        let (sink, process) = start_sink(&folder, &[])?;
        Ok(Self { folder, sink, _sink: process })
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Where mails end.
    pub(crate) fn sink(&self) -> SocketAddr {
        self.sink
    }

    /// A site whose gateway runs and hands on to the sink.
    pub(crate) fn gateway(&self) -> Result<Site> {
        self.gateway_with("")
    }

    /// The same with a line more in `[server]`.
    pub(crate) fn gateway_with(&self, setting: &str) -> Result<Site> {
        let mut site =
            Site::new(&Plan { next_hop: Some(self.sink), log_level: "info".into(), ..Plan::new("bench") })?;
        site.change_gateway_settings("[server]", &format!("[server]\n{setting}"))?;
        site.start_gateway()?;
        Ok(site)
    }

    /// A site whose gateway runs and hands on to the site's own Postfix, which is not started yet.
    pub(crate) fn inside() -> Result<Site> {
        let mut site = Site::new(&Plan { log_level: "info".into(), ..Plan::new("bench") })?;
        site.start_gateway()?;
        Ok(site)
    }

    /// Sends the load to `to` and waits until the last mail is taken there; watches the processor time of `program`.
    pub(crate) fn send(
        &self,
        load: Load,
        to: SocketAddr,
        recipient: &str,
        program: Option<&Process>,
    ) -> Result<Figures> {
        let mut source = self.source(load, to, recipient)?;
        let cpu = |program: Option<&Process>| program.map_or(Ok(Duration::ZERO), Process::cpu_time);
        let before = cpu(program)?;
        let begin = Instant::now();
        run(&mut source)?;
        let (wall, cpu) = (begin.elapsed(), cpu(program)?.saturating_sub(before));
        let mails = f64::from(u32::try_from(load.mails)?);
        Ok(Figures { mails_per_second: mails / wall.as_secs_f64(), cpu: cpu.as_secs_f64() * 1e3 / mails })
    }

    /// Returns the command that sends the load; each session sends all its mails over one connection.
    pub(crate) fn source(&self, load: Load, to: SocketAddr, recipient: &str) -> Result<Command> {
        let mail = self.mail(load.bytes, recipient)?;
        let mut source =
            Command::new(find_program("smtp-source").context("smtp-source is missing: install postfix")?);
        source.arg("-d").args(["-s", &load.sessions.to_string(), "-m", &load.mails.to_string()]);
        source.args(["-f", SENDER, "-t", recipient]).arg("-F").arg(&mail).arg(to.to_string());
        Ok(source)
    }

    /// Writes a mail of about this size, most of it the base64 of random bytes, with line ends as smtp-source wants them.
    pub(crate) fn mail(&self, bytes: usize, recipient: &str) -> Result<PathBuf> {
        let path = self.folder.join(&format!("{bytes}-{recipient}"));
        if !path.exists() {
            let mail = large(SENDER, recipient, "Load", bytes);
            fs::write(&path, String::from_utf8(mail)?.replace("\r\n", "\n"))?;
        }
        Ok(path)
    }
}

/// Starts `smtp-sink` with more arguments.
pub(crate) fn start_sink(folder: &Folder, arguments: &[&str]) -> Result<(SocketAddr, Process)> {
    let address = free_address()?;
    let mut command =
        Command::new(find_program("smtp-sink").context("smtp-sink is missing: install postfix")?);
    if rustix::process::geteuid().is_root() {
        command.args(["-u", "nobody"]);
    }
    command.args(arguments).args([&address.to_string(), "1000"]);
    let mut process = Process::start("smtp-sink", command, Path::new(&folder.join("sink.log")))?;
    process.wait_for_port(address)?;
    Ok((address, process))
}

/// Returns the middle one.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    percentile(figures, 50)
}

/// Returns the figure that so many in a hundred don't exceed.
pub(crate) fn percentile(figures: impl IntoIterator<Item = f64>, hundredths: usize) -> f64 {
    let mut figures: Vec<_> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures[(figures.len() - 1) * hundredths / 100]
}

/// Returns the medians of several runs.
pub(crate) fn medians(runs: &[Figures]) -> Figures {
    Figures {
        mails_per_second: median(runs.iter().map(|run| run.mails_per_second)),
        cpu: median(runs.iter().map(|run| run.cpu)),
    }
}
