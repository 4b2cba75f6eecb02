//! Hands listening sockets over, so that no connection is refused while one process takes another's place.
//!
//! Sockets come in as systemd hands them over (`LISTEN_FDS`, see `sd_listen_fds(3)`), and go out to the process that takes
//! our place in the same way. A connection that comes in between waits in the socket's queue.

use std::{
    env, fmt,
    io::{self, BufRead as _, BufReader},
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::net::UnixListener as StdUnixListener,
    },
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use command_fds::{CommandFdExt as _, FdMapping, FdMappingCollision};
use listenfd::ListenFd;
use thiserror::Error;
use tokio::net::{TcpListener, UnixListener};
use tracing::warn;

use crate::listen::{Address, Socket};

/// Set for a process that takes another's place: it has to say when it is ready.
const SUCCESSOR: &str = "SEALPOST_SUCCESSOR";

/// What it says, on its standard output.
const READY: &str = "ready";

/// The number of the first socket that is handed over.
const FIRST_FD: i32 = 3;

/// How long another process may take to begin.
const START: Duration = Duration::from_mins(1);

/// Sockets that were handed to this process.
#[derive(Default)]
pub struct Inherited(Vec<Handed>);

/// A socket that was handed over, and what it is called.
struct Handed {
    name: String,
    socket: StdSocket,
}

enum StdSocket {
    Tcp(std::net::TcpListener),
    Unix(StdUnixListener),
}

impl Inherited {
    /// Takes the sockets of this process. To be called once, before there are other threads, as it changes the environment.
    ///
    /// # Errors
    /// When what was handed over are no sockets that take connections.
    pub fn take() -> io::Result<Self> {
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut handed = ListenFd::from_env();
        let mut sockets = Vec::new();
        for place in 0..handed.len() {
            let name = names.split(':').nth(place).unwrap_or_default().to_owned();
            let socket = match handed.take_tcp_listener(place) {
                Ok(Some(socket)) => StdSocket::Tcp(socket),
                Ok(None) => continue,
                Err(_other) => match handed.take_unix_listener(place)? {
                    Some(socket) => StdSocket::Unix(socket),
                    None => continue,
                },
            };
            sockets.push(Handed { name, socket });
        }
        Ok(Self(sockets))
    }

    /// Takes the socket that listens on this address, or is called by the name that the address says.
    ///
    /// # Errors
    /// When the runtime does not take it.
    pub fn claim(&mut self, address: &Address) -> io::Result<Option<Socket>> {
        match self.0.iter().position(|handed| handed.is_on(address)) {
            Some(place) => Ok(Some(self.0.swap_remove(place).socket.into_tokio()?)),
            None => Ok(None),
        }
    }
}

/// What nobody claimed is closed, and whoever waits there is let down.
impl Drop for Inherited {
    fn drop(&mut self) {
        for Handed { name, socket } in &self.0 {
            warn!(name, %socket, "a socket was handed over that no [[listener]] has as its address");
        }
    }
}

impl Handed {
    fn is_on(&self, address: &Address) -> bool {
        match (&self.socket, address) {
            (_, Address::Handed(name)) => self.name == *name,
            (StdSocket::Tcp(socket), Address::Tcp(address)) => {
                socket.local_addr().is_ok_and(|own| own == *address)
            }
            (StdSocket::Unix(socket), Address::Unix(file)) => {
                socket.local_addr().is_ok_and(|own| own.as_pathname() == Some(file.path.as_path()))
            }
            _ => false,
        }
    }
}

impl StdSocket {
    fn into_tokio(self) -> io::Result<Socket> {
        match self {
            Self::Tcp(socket) => {
                socket.set_nonblocking(true)?;
                Ok(Socket::Tcp(TcpListener::from_std(socket)?))
            }
            Self::Unix(socket) => {
                socket.set_nonblocking(true)?;
                Ok(Socket::Unix(UnixListener::from_std(socket)?))
            }
        }
    }
}

impl fmt::Display for StdSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(socket) => match socket.local_addr() {
                Ok(address) => address.fmt(f),
                Err(error) => error.fmt(f),
            },
            Self::Unix(socket) => match socket.local_addr() {
                Ok(address) => write!(f, "{address:?}"),
                Err(error) => error.fmt(f),
            },
        }
    }
}

/// Why no other process took our place.
#[derive(Debug, Error)]
pub enum HandOverError {
    /// It could not be started.
    #[error("the program cannot be started: {0}")]
    Start(#[from] io::Error),
    /// The sockets could not be handed over.
    #[error("the sockets cannot be handed over: {0}")]
    Sockets(#[from] FdMappingCollision),
    /// It ended before it was ready. It says why in the log, which is ours too.
    #[error("the new process ended before it was ready: {0}")]
    Ended(ExitStatus),
    /// It did not get ready.
    #[error("the new process was not ready within {} seconds and was ended", START.as_secs())]
    Late,
}

/// What another process needs to take our place: the sockets, by their names.
pub struct Baton(Vec<(String, OwnedFd)>);

impl Baton {
    /// Takes hold of the sockets, in addition to whoever accepts on them.
    ///
    /// # Errors
    /// When there are no more descriptors.
    pub fn new<'a>(
        sockets: impl Iterator<Item = (Address, &'a Socket)>,
        metrics: Option<&TcpListener>,
    ) -> io::Result<Self> {
        let mut held = Vec::new();
        for (address, socket) in sockets {
            let descriptor = match socket {
                Socket::Tcp(socket) => socket.as_fd(),
                Socket::Unix(socket) => socket.as_fd(),
            };
            // The others are known by their address, which has colons; and those part the names.
            let name = if let Address::Handed(name) = address { name } else { String::new() };
            held.push((name, descriptor.try_clone_to_owned()?));
        }
        if let Some(metrics) = metrics {
            held.push((String::new(), metrics.as_fd().try_clone_to_owned()?));
        }
        Ok(Self(held))
    }

    /// Starts this program again, maybe in a newer version, with the arguments of this process, and waits until it says that
    /// it is ready. Gives its process ID. If it does not get ready it is ended, and all is as it was.
    ///
    /// # Errors
    /// [`HandOverError`] says why there is no such process.
    pub async fn pass(&self) -> Result<u32, HandOverError> {
        let mut child = self.start()?;
        let Some(output) = child.stdout.take() else { return Err(HandOverError::Late) };
        let heard = tokio::task::spawn_blocking(move || {
            let mut lines = BufReader::new(output).lines();
            lines.any(|line| line.is_ok_and(|line| line == READY))
        });
        match tokio::time::timeout(START, heard).await {
            Ok(Ok(true)) => Ok(child.id()),
            Ok(_) => Err(HandOverError::Ended(child.wait()?)),
            Err(_elapsed) => {
                child.kill()?;
                child.wait()?;
                Err(HandOverError::Late)
            }
        }
    }

    fn start(&self) -> Result<Child, HandOverError> {
        let mut arguments = env::args_os();
        // By the name by which we were called: the file that we are of may have been replaced by now.
        let mut command = Command::new(arguments.next().unwrap_or_default());
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        command.env("LISTEN_FDS", self.0.len().to_string()).env("LISTEN_FDNAMES", names.join(":"));
        command.env_remove("LISTEN_PID").env(SUCCESSOR, "1");
        let mut mappings = Vec::new();
        for ((_, socket), child_fd) in self.0.iter().zip(FIRST_FD..) {
            mappings.push(FdMapping { parent_fd: socket.try_clone()?, child_fd });
        }
        command.fd_mappings(mappings)?;
        Ok(command.spawn()?)
    }
}

/// Tells the process whose place this one takes, if there is one, that it may go.
///
/// # Errors
/// When it is gone already.
pub fn say_ready() -> io::Result<()> {
    use io::Write as _;
    if env::var_os(SUCCESSOR).is_some() {
        writeln!(io::stdout(), "{READY}")?;
        io::stdout().flush()?;
    }
    Ok(())
}
