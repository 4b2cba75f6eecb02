//! Watches what a program writes to files, by strace, and looks for bytes that must not be written.
//!
//! Every call that can put bytes into a file is traced with all its bytes: write, pwrite, writev, pwritev, and those that
//! copy between files. What goes to a socket, a pipe or an eventfd is left out: it isn't kept anywhere. Shared mappings
//! of files are noted too, as bytes written through them show in no call.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};
use regex::bytes::Regex;

use crate::place::find_program;
use crate::process::run;
use crate::secrets::contains;

const CALLS: &str = "write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,splice,vmsplice,openat,open,creat,\
                     mmap,memfd_create,mknod,mknodat,link,linkat,symlink,symlinkat,rename,renameat,renameat2";
/// How many bytes of one buffer are traced: more than SQLite writes at once, so that nothing of a file is missed.
const TRACED: usize = 65536;

/// What was seen so far.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Bytes written to each file.
    pub written: BTreeMap<String, u64>,
    /// Files opened for writing, made, or mapped for writing by all who map them.
    pub writable: BTreeMap<String, u64>,
    /// Where forbidden bytes were written.
    pub leaks: Vec<String>,
    /// Calls that can't be told to be harmless.
    pub odd: Vec<String>,
}

/// A running watch; the program is started by its command.
#[derive(Debug)]
pub struct Watch {
    fifo: PathBuf,
    seen: Arc<Mutex<Seen>>,
    forbidden: Arc<Mutex<Vec<Vec<u8>>>>,
    reader: Option<JoinHandle<Result<()>>>,
}

impl Watch {
    /// Prepares a watch in `folder` and returns it with the command that runs `program` under it.
    pub fn new(folder: &Path, program: &Command) -> Result<(Self, Command)> {
        let fifo = folder.join("strace.fifo");
        run(Command::new("mkfifo").arg(&fifo))?;
        let mut command = Command::new(find_program("strace").context("strace is not installed")?);
        // The tracer is a grandchild, so that the program itself is ours to stop; --seccomp-bpf leaves all other calls at
        // full speed.
        command.args([
            "--daemonize",
            "--follow-forks",
            "--seccomp-bpf",
            "--decode-fds=all",
            "--strings-in-hex=all",
            "--quiet=all",
        ]);
        command
            .arg(format!("--string-limit={TRACED}"))
            .arg(format!("--trace={CALLS}"))
            .arg("--output")
            .arg(&fifo);
        command.arg("--").arg(program.get_program()).args(program.get_args());
        if let Some(folder) = program.get_current_dir() {
            command.current_dir(folder);
        }
        let mut watch = Self { fifo, seen: Arc::default(), forbidden: Arc::default(), reader: None };
        watch.reader = Some(watch.start_reader());
        Ok((watch, command))
    }

    /// Forbids bytes from now on.
    pub fn forbid(&self, bytes: &[u8]) {
        self.forbidden.lock().unwrap_or_else(PoisonError::into_inner).push(bytes.to_vec());
    }

    /// Waits until the watched program has ended and returns all that was seen.
    pub fn finish(mut self) -> Result<Seen> {
        let reader = self.reader.take().context("the watch was finished already")?;
        reader.join().map_err(|_| anyhow::anyhow!("the reader of strace's output panicked"))??;
        fs::remove_file(&self.fifo)?;
        Ok(self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn start_reader(&self) -> JoinHandle<Result<()>> {
        let (fifo, seen, forbidden) = (self.fifo.clone(), self.seen.clone(), self.forbidden.clone());
        thread::spawn(move || {
            let pattern = Pattern::new()?;
            let mut trace = BufReader::with_capacity(1 << 20, File::open(fifo)?);
            let mut line = Vec::new();
            while {
                line.clear();
                trace.read_until(b'\n', &mut line)?
            } > 0
            {
                let forbidden = forbidden.lock().unwrap_or_else(PoisonError::into_inner);
                pattern.look(&line, &forbidden, &mut seen.lock().unwrap_or_else(PoisonError::into_inner));
            }
            Ok(())
        })
    }
}

/// Understands strace's lines.
struct Pattern {
    write: Regex,
    open: Regex,
    map: Regex,
    hex: Regex,
}

impl Pattern {
    fn new() -> Result<Self> {
        Ok(Self {
            // Threads other than the first have their ID in front; "<... resumed>" lines carry no new arguments.
            write: Regex::new(
                r"(?-u)^(?:\d+ +)?(?:write|pwrite64|writev|pwritev2?)\(\d+<([^\n]*?)>(?:\(deleted\))?, ",
            )?,
            open: Regex::new(r#"(?-u)^(?:\d+ +)?(?:openat|open|creat)\([^"]*"([^"]*)", ([A-Z_|]+)"#)?,
            map: Regex::new(
                r"(?-u)^(?:\d+ +)?mmap\([^,]*, \d+, ([A-Z_|]+), ([A-Z_|]+), \d+<([^\n]*?)>(?:\(deleted\))?, ",
            )?,
            hex: Regex::new(r#"(?-u)"((?:\\x[0-9a-f]{2})*)""#)?,
        })
    }

    fn look(&self, line: &[u8], forbidden: &[Vec<u8>], seen: &mut Seen) {
        if let Some(found) = self.write.captures(line) {
            let target = name(&found[1]);
            if !is_kept(&target) {
                return;
            }
            let bytes: Vec<u8> = self.hex.captures_iter(line).flat_map(|found| from_hex(&found[1])).collect();
            if forbidden.iter().any(|needle| contains(&bytes, needle)) {
                seen.leaks.push(target.clone());
            }
            *seen.written.entry(target).or_default() += bytes.len() as u64;
        } else if let Some(found) = self.open.captures(line) {
            let flags = String::from_utf8_lossy(&found[2]).into_owned();
            if ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_TMPFILE"]
                .iter()
                .any(|flag| flags.contains(flag))
            {
                *seen.writable.entry(name(&found[1])).or_default() += 1;
            }
        } else if let Some(found) = self.map.captures(line) {
            if contains(&found[1], b"PROT_WRITE") && contains(&found[2], b"MAP_SHARED") {
                *seen.writable.entry(name(&found[3])).or_default() += 1;
            }
        } else if !contains(line, b"mmap(") && !contains(line, b" resumed>") && contains(line, b"(") {
            seen.odd.push(String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned());
        }
    }
}

/// Tells whether bytes written there stay: not those to a socket, a pipe, an event counter or nowhere.
fn is_kept(target: &str) -> bool {
    let passing =
        ["TCP:", "TCPv6:", "UDP:", "UNIX", "socket:", "pipe:", "anon_inode:", "/dev/null", "NETLINK"];
    !passing.iter().any(|name| target.starts_with(name))
}

/// Returns the name of a file as strace writes it: in hexadecimal, sometimes with a remark on its kind behind it.
fn name(text: &[u8]) -> String {
    let end = text.iter().position(|byte| *byte == b'<').unwrap_or(text.len());
    let bytes = if text.starts_with(b"\\x") { from_hex(&text[..end]) } else { text.to_vec() };
    String::from_utf8_lossy(&bytes).into_owned()
}

fn from_hex(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default();
    text.chunks_exact(4)
        .map(|escape| u8::try_from(digit(escape[2]) << 4 | digit(escape[3])).unwrap_or_default())
        .collect()
}
