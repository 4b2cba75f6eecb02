//! A milter that takes every mail to its end and changes nothing.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use indymilter::{Callbacks, Config, Status};
use tokio::net::UnixListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running milter; it ends when it is dropped.
pub(crate) struct NullMilter {
    socket: PathBuf,
    _runtime: Runtime,
    _stop: oneshot::Sender<()>,
    _server: JoinHandle<()>,
}

impl NullMilter {
    /// Starts it on this Unix socket: over TCP, Postfix and it would wait 40 ms for each other's acknowledgements.
    pub(crate) fn start(socket: &Path) -> Result<Self> {
        let runtime = Runtime::new()?;
        let listener = runtime.block_on(async { UnixListener::bind(socket) })?;
        // Postfix is another user.
        set_permissions(socket, Permissions::from_mode(0o666))?;
        let (stop, stopped) = oneshot::channel::<()>();
        // With these it is sent all of the mail, as a milter that seals has to be.
        let callbacks = Callbacks::<()>::new()
            .on_header(|_, _, _| Box::pin(async { Status::Continue }))
            .on_body(|_, _| Box::pin(async { Status::Continue }))
            .on_eom(|_| Box::pin(async { Status::Accept }));
        let config = Config { max_connections: 1_000, ..Config::default() };
        let server = runtime.spawn(async move {
            if let Err(error) = indymilter::run(listener, callbacks, config, stopped).await {
                eprintln!("the null milter broke: {error}");
            }
        });
        Ok(Self { socket: socket.to_owned(), _runtime: runtime, _stop: stop, _server: server })
    }

    /// Returns the line of `main.cf` that takes it in.
    pub(crate) fn setting(&self) -> String {
        format!("smtpd_milters = unix:{}\nmilter_protocol = 6\n", self.socket.display())
    }
}
