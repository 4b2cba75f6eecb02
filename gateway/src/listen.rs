//! Addresses to listen on, the sockets bound there, and the connections that come in: TCP and unix sockets alike.
//!
//! What is spoken on them, and who may speak, is not known here.

use std::{
    fmt, fs, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    os::unix::{
        fs::{FileTypeExt as _, PermissionsExt as _, chown},
        net::UnixStream as StdUnixStream,
    },
    path::{Path, PathBuf},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixSocket, UnixStream},
};

/// Connections that may wait to be accepted; the system's own limit may be lower.
const BACKLOG: u32 = 1024;

/// Where a listener listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// An IP address and a port.
    Tcp(SocketAddr),
    /// A unix socket.
    Unix(SocketFile),
    /// A socket that is handed over by its name, by systemd say.
    Handed(String),
}

/// The file of a unix socket, and who may connect to it: whoever may write to the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketFile {
    /// Its path.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
    /// Its owner's number, where that is not the gateway's own.
    pub owner: Option<u32>,
    /// Its group's number, where that is not the gateway's own.
    pub group: Option<u32>,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(file) => write!(f, "unix:{}", file.path.display()),
            Self::Handed(name) => write!(f, "fd:{name}"),
        }
    }
}

impl Address {
    /// Listens here. A socket file that a dead process left behind is replaced, one that somebody listens on is not.
    ///
    /// # Errors
    /// What the system says.
    pub fn bind(&self) -> io::Result<Socket> {
        match self {
            Self::Tcp(address) => {
                let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
                // A restart must not wait until the last connections are forgotten.
                socket.set_reuseaddr(true)?;
                socket.bind(*address)?;
                Ok(Socket::Tcp(socket.listen(BACKLOG)?))
            }
            Self::Unix(file) => Ok(Socket::Unix(file.bind()?)),
            Self::Handed(_) => Err(io::Error::new(io::ErrorKind::NotFound, "no such socket was handed over")),
        }
    }
}

impl SocketFile {
    /// Sets mode and owner before anybody can connect, which is from `listen` on.
    fn bind(&self) -> io::Result<UnixListener> {
        remove_stale(&self.path)?;
        let socket = UnixSocket::new_stream()?;
        socket.bind(&self.path)?;
        fs::set_permissions(&self.path, fs::Permissions::from_mode(self.mode))?;
        if self.owner.is_some() || self.group.is_some() {
            chown(&self.path, self.owner, self.group)?;
        }
        socket.listen(BACKLOG)
    }
}

/// Removes a socket file that nobody listens on. Anything else stays, and binding there fails.
fn remove_stale(path: &Path) -> io::Result<()> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    match StdUnixStream::connect(path) {
        Err(error) if is_socket && error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        _ => Ok(()),
    }
}

/// A socket that takes connections.
#[derive(Debug)]
pub enum Socket {
    /// On an IP address and a port.
    Tcp(TcpListener),
    /// A unix socket.
    Unix(UnixListener),
}

impl Socket {
    /// Takes the next connection.
    ///
    /// # Errors
    /// What the system says. Later connections may be taken all the same.
    pub async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // A reply must not wait for the acknowledgement of the one before.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%peer, %error, "TCP_NODELAY could not be set");
                }
                Ok((Stream::Tcp(stream), Peer::Remote(peer)))
            }
            Self::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok((Stream::Unix(stream), Peer::Local))
            }
        }
    }
}

impl From<TcpListener> for Socket {
    fn from(listener: TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

impl From<UnixListener> for Socket {
    fn from(listener: UnixListener) -> Self {
        Self::Unix(listener)
    }
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// A host, or this one, over IP.
    Remote(SocketAddr),
    /// A process on this host, over a unix socket.
    Local,
}

impl Peer {
    /// The peer's IP address. A process on this host counts as `127.0.0.1`, as with Postfix.
    #[must_use]
    pub fn ip(&self) -> IpAddr {
        match self {
            Self::Remote(address) => address.ip().to_canonical(),
            Self::Local => Ipv4Addr::LOCALHOST.into(),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote(address) => address.fmt(f),
            Self::Local => f.write_str("unix socket"),
        }
    }
}

/// A connection of either kind.
#[derive(Debug)]
pub enum Stream {
    /// Over TCP.
    Tcp(TcpStream),
    /// Over a unix socket.
    Unix(UnixStream),
}

/// Calls the method of the stream that it is.
macro_rules! either {
    ($stream:expr, $method:ident $(, $argument:expr)*) => {
        match $stream.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).$method($($argument),*),
            Self::Unix(stream) => Pin::new(stream).$method($($argument),*),
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, poll_read, context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, poll_write, context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, poll_flush, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, poll_shutdown, context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    fn file(path: PathBuf) -> Address {
        Address::Unix(SocketFile { path, mode: 0o600, owner: None, group: None })
    }

    #[tokio::test]
    async fn a_unix_socket_has_its_mode_and_takes_connections() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let address = file(path.clone());
        let socket = address.bind().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(address.to_string(), format!("unix:{}", path.display()));
        let mut client = UnixStream::connect(&path).await.unwrap();
        let (mut stream, peer) = socket.accept().await.unwrap();
        assert_eq!((peer, peer.ip()), (Peer::Local, Ipv4Addr::LOCALHOST.into()));
        stream.write_all(b"220").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut heard = String::new();
        client.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "220");
    }

    #[tokio::test]
    async fn only_a_socket_that_nobody_listens_on_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let address = file(path.clone());
        let first = address.bind().unwrap();
        assert_eq!(address.bind().unwrap_err().kind(), io::ErrorKind::AddrInUse, "somebody listens");
        drop(first);
        assert!(path.exists(), "a process that ends leaves its file behind");
        address.bind().unwrap();

        fs::remove_file(&path).unwrap();
        fs::write(&path, "a file of somebody else").unwrap();
        assert_eq!(address.bind().unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert_eq!(fs::read_to_string(&path).unwrap(), "a file of somebody else");
    }
}
