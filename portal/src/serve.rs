//! Takes connections: so many at once, and none whose other end has gone quiet.
//!
//! The reverse proxy in front does most of that, too. What is here keeps a portal up whose proxy does not.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo, http::Request};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

use crate::config;

/// How long a connection may bring no request. Longer than proxies commonly keep theirs, which are the ones to close it: a
/// proxy can't send a form again that met a closed connection.
const QUIET_TIME: Duration = Duration::from_secs(75);

/// How long to wait when no connection can be taken, as file descriptors run out.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves `router` on `listener` until `shutdown` is done, and then what has begun.
pub(crate) async fn serve(
    listener: TcpListener,
    settings: &config::Server,
    router: Router,
    shutdown: impl Future<Output = ()>,
) {
    let room = Arc::new(Semaphore::new(settings.max_connections.get() as usize));
    let patience = Duration::from_secs(settings.send_timeout.get().into());
    let graceful = GracefulShutdown::new();
    let service = TowerToHyperService::new(router);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(QUIET_TIME);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let next = async {
            // The semaphore is never closed.
            let place = Arc::clone(&room).acquire_owned().await.ok()?;
            Some((accept(&listener).await, place))
        };
        let ((connection, peer), place) = tokio::select! {
            Some(next) = next => next,
            () = &mut shutdown => break,
        };
        set_up(&connection, patience);
        let service = service.clone();
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            service.call(request)
        });
        let served = graceful.watch(http.serve_connection(TokioIo::new(connection), answer));
        tokio::spawn(async move {
            if let Err(cause) = served.await {
                tracing::debug!(%cause, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The next connection, however long it takes.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(taken) => return taken,
            Err(cause) if is_about_one_connection(&cause) => {}
            Err(cause) => {
                tracing::error!(%cause, "no connection can be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Whether the client was gone before its connection was taken.
fn is_about_one_connection(cause: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(cause.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Pages go out in pieces: the last, small one must not wait for the reader's acknowledgement; and a reader who takes none must
/// not hold the memory of his page (`TCP_USER_TIMEOUT`, tcp(7)).
fn set_up(connection: &TcpStream, patience: Duration) {
    // The kernel takes no more than an int holds.
    let milliseconds = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX).unsigned_abs();
    let bounded = rustix::net::sockopt::set_tcp_user_timeout(connection, milliseconds);
    if let Err(cause) = connection.set_nodelay(true).and(bounded.map_err(Into::into)) {
        tracing::warn!(%cause, "an option of a connection could not be set");
    }
}
