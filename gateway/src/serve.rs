//! Runs the gateway: its listeners with one pipeline behind them, until it is told to stop.
//!
//! Listeners and the signal to stop are arguments, so that tests run the whole gateway in their own process.

use std::{io, net::SocketAddr, sync::Arc};

use thiserror::Error;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
};
use tracing::info;

use crate::{
    config::{Listener, Settings},
    pipeline::Pipeline,
    plan::Planner,
    receive::{self, Limits, Protocol},
    reinject::Reinjector,
};

/// Why the gateway cannot start.
#[derive(Debug, Error)]
pub enum ServeError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The system gives no threads, or no signals.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

/// A gateway, ready to run.
pub struct Gateway {
    limits: Arc<Limits>,
    pipeline: Arc<Pipeline>,
}

impl Gateway {
    /// Puts a gateway together.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let limits = Arc::new(settings.limits.clone());
        let reinjector = Reinjector::new(settings.next_hop.clone());
        Self { limits, pipeline: Arc::new(Pipeline::new(Planner::new(settings), reinjector)) }
    }

    /// Runs until `shutdown` holds `true` or its sender is gone, and mails in progress are done.
    pub async fn run(self, listeners: Vec<(TcpListener, Protocol)>, shutdown: watch::Receiver<bool>) {
        let mut running = JoinSet::new();
        for (listener, protocol) in listeners {
            let (limits, pipeline) = (Arc::clone(&self.limits), Arc::clone(&self.pipeline));
            running.spawn(receive::serve(listener, protocol, limits, pipeline, shutdown.clone()));
        }
        while running.join_next().await.is_some() {}
    }
}

/// Binds all listeners.
///
/// # Errors
/// The first address that cannot be listened on.
pub async fn bind(listeners: &[Listener]) -> Result<Vec<(TcpListener, Protocol)>, ServeError> {
    let mut bound = Vec::new();
    for Listener { protocol, address } in listeners {
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|source| ServeError::Bind { address: *address, source })?;
        bound.push((listener, *protocol));
    }
    Ok(bound)
}

/// Runs the gateway of these settings until SIGTERM or SIGINT.
///
/// # Errors
/// When it cannot start.
pub fn until_signal(settings: Settings) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let listeners = bind(&settings.listeners).await?;
        for Listener { protocol, address } in &settings.listeners {
            info!(?protocol, %address, "listening");
        }
        let (stop, shutdown) = watch::channel(false);
        let running = tokio::spawn(Gateway::new(settings).run(listeners, shutdown));
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("stopping: mails in progress are finished");
        stop.send_replace(true);
        // Its tasks log their own faults; there is nothing else to be told here.
        running.await.map_err(io::Error::other)?;
        Ok(())
    })
}
