//! Runs one milter connection, from the negotiation to its end.
//!
//! indymilter accepts connections by itself and stops them all at once. Here it is given one connection each time, so that who
//! may connect and how many is decided where it is for the other protocols, and so that a connection with a mail in
//! progress may finish it when the gateway is stopped.

use std::{
    io,
    net::IpAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use arc_swap::ArcSwap;
use indymilter::{Actions, Config};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{oneshot, watch},
};

use super::{MailEditor, Service, callbacks::callbacks, session::Shared};
use crate::{
    listen::{Peer, Socket, Stream},
    metrics::Open,
    receive::{Door as _, Limits, accept},
};

/// Runs a listener until `shutdown` holds `true` or its sender is dropped.
///
/// Then no connection is taken on any more, and those with a mail in progress may finish it within
/// [`Limits::shutdown_grace`]. A connection keeps the service that it began with when another takes its place.
pub async fn serve<E: MailEditor>(
    socket: impl Into<Socket>,
    service: Arc<ArcSwap<Service>>,
    editor: Arc<E>,
    shutdown: watch::Receiver<bool>,
) {
    let session = |stream, peer: Peer, service, stopped| {
        serve_connection(stream, peer.ip(), service, Arc::clone(&editor), stopped)
    };
    // There is no word for a refusal: the MTA takes a closed connection for a failure that may pass.
    let refuse = |stream, _| async move { drop::<Stream>(stream) };
    accept(socket.into(), service, session, refuse, shutdown).await;
}

/// Runs a connection with a client that is already allowed, whatever it is made of.
///
/// When `shutdown` holds `true` or its sender is dropped, it ends as soon as it has no mail in progress.
pub async fn serve_connection<S, E>(
    stream: S,
    peer: IpAddr,
    service: Arc<Service>,
    editor: Arc<E>,
    mut shutdown: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    E: MailEditor,
{
    let (over, is_over) = oneshot::channel::<()>();
    let (busy, mut is_busy) = watch::channel(false);
    let config = Config {
        max_connections: 1,
        actions: Actions::empty(),
        connection_timeout: idle_timeout(&service.limits),
    };
    let _open = Open::session(service.protocol());
    let shared = Shared { peer, service, editor, busy };
    let stopped = async {
        // Either is as good as the other: nobody is left who could tell us to stop.
        shutdown.wait_for(|stop| *stop).await.ok();
        is_busy.wait_for(|busy| !*busy).await.ok();
    };
    let ended = async {
        tokio::select! {
            _ = is_over => {}
            () = stopped => {}
        }
    };
    let connection = Once { stream: Some(stream), over: Some(over) };
    if let Err(error) = indymilter::run(connection, callbacks(Arc::new(shared)), config, ended).await {
        tracing::error!(%peer, %error, "a milter connection could not be begun");
    }
}

/// How long a client may be silent. Between RCPT and the header section it waits for its own client, which may be as slow as
/// DATA may be.
fn idle_timeout(limits: &Limits) -> Duration {
    limits.command_timeout + limits.data_timeout
}

/// A listener that has one connection. With room for one at a time it is asked for the next when that one is over.
struct Once<S> {
    stream: Option<S>,
    over: Option<oneshot::Sender<()>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> indymilter::Listener for Once<S> {
    type Io = S;

    fn poll_accept(&mut self, _context: &mut Context<'_>) -> Poll<io::Result<S>> {
        if let Some(stream) = self.stream.take() {
            return Poll::Ready(Ok(stream));
        }
        self.over = None;
        Poll::Pending
    }
}
