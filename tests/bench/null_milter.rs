//! A milter that takes every mail to its end and changes nothing.

use std::net::SocketAddr;

use anyhow::Result;
use indymilter::{Callbacks, Config, Status};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running milter; it ends when it is dropped.
pub(crate) struct NullMilter {
    address: SocketAddr,
    _runtime: Runtime,
    _stop: oneshot::Sender<()>,
    _server: JoinHandle<()>,
}

impl NullMilter {
    pub(crate) fn start() -> Result<Self> {
        let runtime = Runtime::new()?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let address = listener.local_addr()?;
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
        Ok(Self { address, _runtime: runtime, _stop: stop, _server: server })
    }

    /// Returns the line of `main.cf` that takes it in.
    pub(crate) fn setting(&self) -> String {
        format!("smtpd_milters = inet:{}:{}\nmilter_protocol = 6\n", self.address.ip(), self.address.port())
    }
}
