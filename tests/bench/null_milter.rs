//! Milters that seal nothing: one takes every mail to its end and changes nothing, one gives every body back as it came.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use bytes::Bytes;
use indymilter::{Actions, Callbacks, Config, ContextActions as _, EomContext, Status};
use tokio::net::UnixListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// What a milter does with a mail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Nothing.
    Nothing,
    /// Replaces the body by itself: what Postfix takes to replace one.
    GivesBack,
}

/// A running milter; it ends when it is dropped.
pub(crate) struct NullMilter {
    socket: PathBuf,
    _runtime: Runtime,
    _stop: oneshot::Sender<()>,
    _server: JoinHandle<()>,
}

impl NullMilter {
    /// Starts it on this Unix socket: over TCP, Postfix and it would wait 40 ms for each other's acknowledgements.
    pub(crate) fn start(socket: &Path, deed: Deed) -> Result<Self> {
        let runtime = Runtime::new()?;
        let listener = runtime.block_on(async { UnixListener::bind(socket) })?;
        // Postfix is another user.
        set_permissions(socket, Permissions::from_mode(0o666))?;
        let (stop, stopped) = oneshot::channel::<()>();
        // With these it is sent all of the mail, as a milter that seals has to be.
        let callbacks = Callbacks::<Vec<Bytes>>::new()
            .on_header(|_, _, _| Box::pin(async { Status::Continue }))
            .on_body(move |context, octets| {
                if deed == Deed::GivesBack {
                    context.data.get_or_insert_default().push(octets);
                }
                Box::pin(async { Status::Continue })
            })
            .on_eom(|context| Box::pin(give_back(context)));
        let actions = if deed == Deed::GivesBack { Actions::REPLACE_BODY } else { Actions::empty() };
        let config = Config { max_connections: 1_000, actions, ..Config::default() };
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

/// Gives back what was kept of the body, if anything was.
async fn give_back(context: &mut EomContext<Vec<Bytes>>) -> Status {
    for octets in context.data.take().unwrap_or_default() {
        if context.actions.replace_body(&octets).await.is_err() {
            return Status::Tempfail;
        }
    }
    Status::Accept
}
