//! Starts, watches and ends a child process that writes a log file.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{os::unix::process::CommandExt, thread};

use anyhow::{Context, Result, bail};
use rand::RngExt;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// How long a program may take to open its port: a debug build on a busy machine.
const START: Duration = Duration::from_secs(30);
/// How long a program may take to end after SIGTERM.
const STOP: Duration = Duration::from_secs(15);

/// Ports to choose from: below those that the kernel gives to outgoing connections (32768 and up), one of which could
/// take a port between its choice and its use.
const PORTS: Range<u16> = 10_000..32_000;

/// Returns a loopback address that nothing listens on, another one each time.
pub fn free_address() -> Result<SocketAddr> {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    for _ in 0..1000 {
        let address = SocketAddr::from(([127, 0, 0, 1], rand::rng().random_range(PORTS)));
        let is_new = GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(address.port());
        if is_new && TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    bail!("no port in {PORTS:?} is free")
}

/// A running child in a process group of its own. Dropping it ends it, and kills what is left of the group.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with no standard input, and with output and errors appended to `log`.
    pub fn start(name: &str, mut command: Command, log: &Path) -> Result<Self> {
        let output = OpenOptions::new().create(true).append(true).open(log)?;
        let errors = output.try_clone()?;
        let child = command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0).spawn();
        let child = child.with_context(|| format!("start {name}"))?;
        Ok(Self { name: name.into(), child, log: log.into() })
    }

    /// Returns the process ID.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Returns the log so far.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits until something listens on `address`; fails at once if the program ends before that.
    pub fn wait_for_port(&mut self, address: SocketAddr) -> Result<()> {
        let begin = Instant::now();
        while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended ({status}) before it listened:\n{}", self.name, self.log());
            }
            if begin.elapsed() > START {
                bail!("{} doesn't listen on {address} after {START:?}:\n{}", self.name, self.log());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Waits until the log shows what `look` looks for; fails at once, with the log, if the program ends before that.
    pub fn wait_for_log<T>(
        &mut self,
        patience: Duration,
        mut look: impl FnMut(&str) -> Option<T>,
    ) -> Result<T> {
        let begin = Instant::now();
        loop {
            let ended = self.child.try_wait()?;
            let log = self.log();
            if let Some(found) = look(&log) {
                return Ok(found);
            }
            if let Some(status) = ended {
                bail!("{} ended ({status}) before it was ready:\n{log}", self.name);
            }
            if begin.elapsed() > patience {
                bail!("{} isn't ready after {patience:?}:\n{log}", self.name);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the program ends by itself.
    pub fn wait_until_ended(&mut self, patience: Duration) -> Result<ExitStatus> {
        wait_until(&format!("{} to end", self.name), patience, || self.child.try_wait().transpose())?
            .with_context(|| format!("wait for {}", self.name))
    }

    /// Ends the program with SIGTERM, with SIGKILL where that's not enough, and returns its exit status.
    pub fn stop(mut self) -> Result<ExitStatus> {
        if self.child.try_wait()?.is_none() {
            kill_process(self.pid(), Signal::TERM)?;
        }
        let begin = Instant::now();
        while begin.elapsed() < STOP {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(10));
        }
        bail!("{} still runs {STOP:?} after SIGTERM", self.name)
    }

    /// Waits until the program ends by itself, and returns its exit status.
    pub fn wait(mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    /// Kills the program at once (`kill -9`) and waits until it's gone.
    pub fn kill(mut self) -> Result<()> {
        self.kill_group()?;
        Ok(())
    }

    fn kill_group(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            kill_process_group(self.pid(), Signal::KILL)?;
            self.child.wait()?;
        }
        Ok(())
    }

    /// Returns the peak of resident memory so far, in bytes (`VmHWM`).
    pub fn peak_memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? * 1024)
    }

    /// Returns the processor time used so far, in user and system mode, of all threads.
    pub fn cpu_time(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id()))?;
        // The name in parentheses can hold anything; utime and stime are the 12th and 13th field behind it.
        let (_, fields) = stat.rsplit_once(") ").context("a stat without name")?;
        let mut ticks = 0;
        for field in fields.split(' ').skip(11).take(2) {
            ticks += field.parse::<u64>()?;
        }
        Ok(Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // First politely: a program may have children of its own to end.
        if matches!(self.child.try_wait(), Ok(None)) {
            kill_process(self.pid(), Signal::TERM).ok();
            let patience = Duration::from_secs(2);
            wait_until("its end", patience, || self.child.try_wait().ok().flatten()).ok();
        }
        if let Err(error) = self.kill_group() {
            eprintln!("{} could not be killed: {error:#}", self.name);
        }
        if thread::panicking() {
            eprintln!("log of {}: {}", self.name, self.log.display());
        }
    }
}

/// Runs a command to its end and returns its standard output; fails with its errors if it does.
pub fn run(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("run {command:?}"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?}: {}\n{errors}{}", output.status, String::from_utf8_lossy(&output.stdout));
    }
    Ok(output.stdout)
}

/// Runs a command with a file as its standard input, else as [`run`].
pub fn run_on(command: &mut Command, input: &Path) -> Result<Vec<u8>> {
    let output = command.stdin(File::open(input)?).output().with_context(|| format!("run {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(output.stdout)
}

/// Returns a command that runs as root: as it is for root, by sudo (which must not ask) for others.
#[must_use]
pub fn as_root(program: &str) -> Command {
    if rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}

/// Calls `look` every few milliseconds until it gives something, at most for `patience`.
pub fn wait_until<T>(what: &str, patience: Duration, mut look: impl FnMut() -> Option<T>) -> Result<T> {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if begin.elapsed() > patience {
            bail!("waited {patience:?} in vain for {what}");
        }
        thread::sleep(Duration::from_millis(20));
    }
}
