//! Accepts connections: from trusted networks only, no more than allowed, none any more after shutdown.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::session::Session;
use super::wire::Wire;
use super::{Limits, MailHandler, Service};
use crate::listen::{Peer, Socket, Stream};
use crate::reply::Reply;

/// Pause after a connection could not be accepted, say for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Refused connections that are answered at a time; more are closed without a word.
const MAX_REFUSALS: usize = 32;

/// Runs a listener until `shutdown` holds `true` or its sender is dropped.
///
/// Then no connection is taken on any more, sessions without a mail in progress end with 421, and those with one may
/// finish it within [`Limits::shutdown_grace`]. A session keeps the service that it began with when another takes its place.
pub async fn serve<H: MailHandler>(
    socket: impl Into<Socket>,
    service: Arc<ArcSwap<Service>>,
    handler: Arc<H>,
    mut shutdown: watch::Receiver<bool>,
) {
    let socket = socket.into();
    let (stop, stopped) = watch::channel(false);
    let mut sessions = JoinSet::new();
    let places = Arc::new(Semaphore::new(service.load().limits.max_connections.min(Semaphore::MAX_PERMITS)));
    let refusals = Arc::new(Semaphore::new(MAX_REFUSALS));
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            Some(ended) = sessions.join_next() => {
                log_failure(ended);
                continue;
            }
            _ = shutdown.wait_for(|stop| *stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                pause_after(&error).await;
                continue;
            }
        };
        let service = service.load_full();
        let Some(refusal) = refusal(&service.limits, peer, &places) else {
            let place = Arc::clone(&places).try_acquire_owned();
            let session = serve_connection(stream, peer, service, Arc::clone(&handler), stopped.clone());
            sessions.spawn(async move {
                session.await;
                drop(place);
            });
            continue;
        };
        if let Ok(place) = Arc::clone(&refusals).try_acquire_owned() {
            sessions.spawn(async move {
                refuse(stream, &refusal).await;
                drop(place);
            });
        }
    }
    drop(socket);
    stop.send_replace(true);
    let finished = async { while sessions.join_next().await.is_some() {} };
    if tokio::time::timeout(service.load().limits.shutdown_grace, finished).await.is_err() {
        tracing::warn!("sessions were cut off: their mails took longer than shutdown may");
    }
}

/// Runs one session on a connection that is already allowed, whatever it is made of.
///
/// It ends as [`serve`] says when `shutdown` holds `true` or its sender is dropped.
pub async fn serve_connection<S, H>(
    stream: S,
    peer: Peer,
    service: Arc<Service>,
    handler: Arc<H>,
    shutdown: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    H: MailHandler,
{
    Session::new(stream, peer, service, handler, shutdown).run().await;
}

/// Says why a peer may not have a session now, if so.
fn refusal(limits: &Limits, peer: Peer, places: &Semaphore) -> Option<Reply> {
    // Who may write to the file of a unix socket is for its permissions to say.
    let is_remote = peer != Peer::Local;
    if is_remote && !limits.trusted_networks.iter().any(|network| network.contains(peer.ip())) {
        tracing::warn!(%peer, "connection refused: not from a trusted network");
        return Some(Reply::new(554, [5, 7, 1], "Your address is not in a network that may use this server"));
    }
    if places.available_permits() == 0 {
        tracing::warn!(%peer, "connection refused: too many connections");
        return Some(Reply::new(421, [4, 3, 2], "Too many connections, try again later"));
    }
    None
}

/// Answers a connection that gets no session.
async fn refuse(stream: Stream, reply: &Reply) {
    let mut wire = Wire::new(stream, Duration::from_secs(1));
    wire.reply(reply, false);
    wire.close().await;
}

/// Waits a little after a failed accept, so that a lack of descriptors does not become a busy loop.
async fn pause_after(error: &io::Error) {
    tracing::warn!(%error, "a connection could not be accepted");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

/// Logs a session that ended by a panic.
fn log_failure(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(panicked = error.is_panic(), "a session failed within");
    }
}
