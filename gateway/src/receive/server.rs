//! Accepts connections: from trusted networks only, no more than allowed, none any more after shutdown.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::session::Session;
use super::wire::Wire;
use super::{Limits, MailHandler, Place, Places, Service, proxy};
use crate::listen::{Peer, Socket, Stream};
use crate::metrics::{self, Open};
use crate::reply::Reply;

/// Pause after a connection could not be accepted, say for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Refused connections that are answered at a time; more are closed without a word.
const MAX_REFUSALS: usize = 32;

/// Longest time in which a refused client takes the reply.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// Longest time for a load balancer to say who its client is.
const PROXY_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs a listener until `shutdown` holds `true` or its sender is dropped.
///
/// Then no connection is taken on any more, sessions without a mail in progress end with 421, and those with one may
/// finish it within [`super::Limits::shutdown_grace`]. A session keeps the service that it began with when another takes its place.
pub async fn serve<H: MailHandler>(
    socket: impl Into<Socket>,
    service: Arc<ArcSwap<Service>>,
    handler: Arc<H>,
    shutdown: watch::Receiver<bool>,
) {
    let session = |stream, peer, service, stopped| {
        serve_connection(stream, peer, service, Arc::clone(&handler), stopped)
    };
    let refuse = |stream, reply| async move { refuse(Wire::new(stream, REFUSAL_TIMEOUT), &reply).await };
    accept(socket.into(), service, session, refuse, shutdown).await;
}

/// Who may connect to a listener.
pub(crate) trait Door {
    /// What is spoken there.
    fn protocol(&self) -> &'static str;
    /// The limits of all listeners.
    fn limits(&self) -> &Limits;
    /// The connections of this one.
    fn places(&self) -> Option<&Places>;
    /// Whether who may connect is only known from what a load balancer at this address says.
    fn is_balancer(&self, ip: IpAddr) -> bool;
}

impl Door for Service {
    fn protocol(&self) -> &'static str {
        self.protocol.as_str()
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn places(&self) -> Option<&Places> {
        self.places.as_ref()
    }

    fn is_balancer(&self, ip: IpAddr) -> bool {
        self.balancers.iter().any(|network| network.contains(ip))
    }
}

/// Accepts connections as [`serve`] does, whatever is spoken on them: `session` runs one, `refuse` answers one that gets none.
pub(crate) async fn accept<D, S, R>(
    socket: Socket,
    service: Arc<ArcSwap<D>>,
    session: impl Fn(Stream, Peer, Arc<D>, watch::Receiver<bool>) -> S,
    refuse: impl Fn(Stream, Reply) -> R,
    mut shutdown: watch::Receiver<bool>,
) where
    D: Door,
    S: Future<Output = ()> + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let (stop, stopped) = watch::channel(false);
    let mut sessions = JoinSet::new();
    let refusals = Places::new(MAX_REFUSALS);
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
        match admit(&*service, peer) {
            Ok(places) => {
                let session = session(stream, peer, service, stopped.clone());
                sessions.spawn(async move {
                    session.await;
                    drop(places);
                });
            }
            Err(refusal) => {
                metrics::connection_refused(service.protocol());
                if let Some(place) = refusals.take() {
                    let refused = refuse(stream, refusal);
                    sessions.spawn(async move {
                        refused.await;
                        drop(place);
                    });
                }
            }
        }
    }
    drop(socket);
    stop.send_replace(true);
    let finished = async { while sessions.join_next().await.is_some() {} };
    let grace = service.load().limits().shutdown_grace;
    if tokio::time::timeout(grace, finished).await.is_err() {
        tracing::warn!("sessions were cut off: their mails took longer than shutdown may");
    }
}

/// Runs one session on a connection, whatever it is made of. Whether a peer may connect is known but for clients behind a
/// load balancer, who are told apart here.
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
    let mut wire = Wire::new(stream, service.limits.write_timeout);
    let mut client = None;
    if service.is_balancer(peer.ip()) {
        let Some(said) = proxy::read(&mut wire, Instant::now() + PROXY_TIMEOUT).await else {
            tracing::warn!(%peer, "connection closed: no good PROXY header from a load balancer");
            return;
        };
        client = said;
        let behind = client.map_or(peer, Peer::Remote);
        if let Err(refusal) = trust(&service.limits, behind) {
            return refuse(wire, &refusal).await;
        }
    }
    let _open = Open::session(service.protocol.as_str());
    Session::new(wire, peer, client, service, handler, shutdown).run().await;
}

/// Gives a connection its places, or says why it gets none.
fn admit(door: &impl Door, peer: Peer) -> Result<(Place, Option<Place>), Reply> {
    if !door.is_balancer(peer.ip()) {
        trust(door.limits(), peer)?;
    }
    let own = door.places().map(|places| places.take().ok_or(()));
    if let (Some(place), Ok(own)) = (door.limits().places.take(), own.transpose()) {
        return Ok((place, own));
    }
    tracing::warn!(%peer, "connection refused: too many connections");
    Err(Reply::new(421, [4, 3, 2], "Too many connections, try again later"))
}

/// Refuses who is in no trusted network. Who may write to the file of a unix socket is for its permissions to say.
fn trust(limits: &Limits, peer: Peer) -> Result<(), Reply> {
    let networks = &limits.trusted_networks;
    if peer == Peer::Local || networks.iter().any(|network| network.contains(peer.ip())) {
        return Ok(());
    }
    tracing::warn!(%peer, "connection refused: not from a trusted network");
    Err(Reply::new(554, [5, 7, 1], "Your address is not in a network that may use this server"))
}

/// Answers a connection that gets no session.
async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(mut wire: Wire<S>, reply: &Reply) {
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
