//! Runs the gateway: its listeners with one pipeline behind them, until it is told to stop.
//!
//! Sockets and the signal to stop are arguments, so that tests run the whole gateway in their own process.

use std::{io, path::Path, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use sd_notify::NotifyState;
use thiserror::Error;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::Instant,
};
use tracing::{error, info, warn};

use crate::{
    config::{Kind, Listener, LogSettings, Settings},
    hand_over::{self, Baton, Inherited},
    listen::{Address, Socket},
    metrics::{self, Endpoint, MetricsError, Ready},
    milter,
    pipeline::{Pipeline, Stages},
    plan::Planner,
    receive::{self, Door as _, Memory, Service},
    reinject::{NextHop, Reinjector},
};

/// What of a listener cannot change while it listens.
const LISTENERS: &str = "[[listener]] address, mode, owner, group, protocol";

/// What of the limits cannot.
const FIXED_LIMITS: &str = "max_memory, max_connections";

/// Why the gateway cannot start.
#[derive(Debug, Error)]
pub enum ServeError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: Address,
        /// Why.
        source: io::Error,
    },
    /// There are no metrics.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// The system gives no threads, or no signals.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

/// A gateway, ready to run.
pub struct Gateway {
    listeners: Vec<Running>,
    pipeline: Arc<Pipeline>,
    next_hop: ArcSwap<NextHop>,
    memory: Memory,
    log: LogSettings,
}

/// A listener of a running gateway.
struct Running {
    address: Address,
    service: Shared,
}

/// What a listener offers, to be replaced while it runs.
enum Shared {
    Mail(Arc<ArcSwap<Service>>),
    Milter(Arc<ArcSwap<milter::Service>>),
}

impl Gateway {
    /// Puts a gateway together.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let listeners = settings.listeners.iter().cloned().map(|Listener { address, kind }| {
            let service = match kind {
                Kind::Mail(service) => Shared::Mail(Arc::new(ArcSwap::from_pointee(service))),
                Kind::Milter(service) => Shared::Milter(Arc::new(ArcSwap::from_pointee(service))),
            };
            Running { address, service }
        });
        let (listeners, next_hop, log) = (listeners.collect(), settings.next_hop.clone(), settings.log);
        let memory = settings.limits.memory.clone();
        leave_for_texts(&memory, &settings);
        let reinjector = Reinjector::new(next_hop.clone());
        let pipeline = Arc::new(Pipeline::new(Planner::new(settings), reinjector));
        Self { listeners, pipeline, next_hop: ArcSwap::from_pointee(next_hop), memory, log }
    }

    /// Runs until `shutdown` holds `true` or its sender is gone, and mails in progress are done.
    ///
    /// The sockets stand in the order of the listeners in the settings.
    pub async fn run(self: Arc<Self>, sockets: Vec<Socket>, mut shutdown: watch::Receiver<bool>) {
        get_acquainted(&self.pipeline.stages().reinjector);
        let mut running = JoinSet::new();
        for (socket, listener) in sockets.into_iter().zip(&self.listeners) {
            let (pipeline, shutdown) = (Arc::clone(&self.pipeline), shutdown.clone());
            match &listener.service {
                Shared::Mail(service) => {
                    running.spawn(receive::serve(socket, Arc::clone(service), pipeline, shutdown))
                }
                Shared::Milter(service) => {
                    running.spawn(milter::serve(socket, Arc::clone(service), pipeline, shutdown))
                }
            };
        }
        // It is time to stop, too, when nobody is left who could say so.
        shutdown.wait_for(|stop| *stop).await.ok();
        let deadline = Instant::now() + self.shutdown_grace();
        while running.join_next().await.is_some() {}
        self.pipeline.finish_notices(deadline).await;
    }

    fn shutdown_grace(&self) -> Duration {
        let graces = self.listeners.iter().map(|listener| match &listener.service {
            Shared::Mail(service) => service.load().limits().shutdown_grace,
            Shared::Milter(service) => service.load().limits().shutdown_grace,
        });
        graces.max().unwrap_or_default()
    }

    /// Takes other settings for the sessions and mails that begin from now on; none is dropped. Says which of them were
    /// changed and have to wait for a restart.
    ///
    /// To be called within the runtime that the gateway runs in.
    pub fn reload(&self, settings: Settings) -> Vec<&'static str> {
        let mut unheeded = Vec::new();
        let mut note = |changed: bool, what| {
            if changed && !unheeded.contains(&what) {
                unheeded.push(what);
            }
        };
        note(settings.log != self.log, "[log]");
        note(settings.listeners.len() != self.listeners.len(), LISTENERS);
        for running in &self.listeners {
            let new = settings.listeners.iter().find(|new| new.address == running.address);
            match (&running.service, new.map(|new| new.kind.clone())) {
                (Shared::Mail(shared), Some(Kind::Mail(mut service))) => {
                    let old = shared.load();
                    note(service.protocol != old.protocol, LISTENERS);
                    service.protocol = old.protocol;
                    note(service.keep_shared(&old), FIXED_LIMITS);
                    shared.store(Arc::new(service));
                }
                (Shared::Milter(shared), Some(Kind::Milter(mut service))) => {
                    note(service.keep_shared(&shared.load()), FIXED_LIMITS);
                    shared.store(Arc::new(service));
                }
                _ => note(true, LISTENERS),
            }
        }
        let next_hop = settings.next_hop.clone();
        let reinjector = if **self.next_hop.load() == next_hop {
            // With its open connections.
            self.pipeline.stages().reinjector.clone()
        } else {
            let reinjector = Reinjector::new(next_hop.clone());
            get_acquainted(&reinjector);
            reinjector
        };
        leave_for_texts(&self.memory, &settings);
        self.pipeline.replace(Stages { planner: Planner::new(settings), reinjector });
        self.next_hop.store(Arc::new(next_hop));
        unheeded
    }
}

/// Asks the next hop what it can, in the background: one that is down is no reason not to take connections, and each mail
/// tells of it.
fn get_acquainted(reinjector: &Reinjector) {
    let reinjector = reinjector.clone();
    tokio::spawn(async move { reinjector.get_acquainted().await });
}

/// Has large mails leave free what the policy needs to look into texts, if it does.
fn leave_for_texts(memory: &Memory, settings: &Settings) {
    memory.leave_for_texts(settings.policy.memory_for_texts(), settings.limits.max_message_size);
}

/// Listens on all addresses, with the sockets that were handed over where there are such.
///
/// # Errors
/// The first address that cannot be listened on.
pub fn bind(listeners: &[Listener], inherited: &mut Inherited) -> Result<Vec<Socket>, ServeError> {
    listeners.iter().map(|listener| bind_one(&listener.address, inherited)).collect()
}

fn bind_one(address: &Address, inherited: &mut Inherited) -> Result<Socket, ServeError> {
    let bound = match inherited.claim(address) {
        Ok(None) => address.bind(),
        Ok(Some(socket)) => Ok(socket),
        Err(error) => Err(error),
    };
    bound.map_err(|source| ServeError::Bind { address: address.clone(), source })
}

/// Runs the gateway of these settings until SIGTERM or SIGINT. At SIGHUP it reads them again from the file, at SIGUSR2 it
/// starts another gateway in its place.
///
/// # Errors
/// When it cannot start.
pub fn until_signal(settings: Settings, path: &Path, mut inherited: Inherited) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut signals = Signals::new()?;
        let sockets = bind(&settings.listeners, &mut inherited)?;
        let metrics_socket = bind_metrics(&settings, &mut inherited)?;
        drop(inherited);
        for Listener { address, kind } in &settings.listeners {
            info!(protocol = kind.name(), %address, "listening");
        }
        let addresses = settings.listeners.iter().map(|listener| listener.address.clone());
        let baton = Baton::new(addresses.zip(&sockets), metrics_socket.as_ref())?;
        let metrics = serve_metrics(&settings, metrics_socket)?;
        let (stop, shutdown) = watch::channel(false);
        let gateway = Arc::new(Gateway::new(settings));
        let running = tokio::spawn(Arc::clone(&gateway).run(sockets, shutdown));
        metrics.ready.set(true);
        hand_over::say_ready()?;
        notify(&[NotifyState::Ready]);
        loop {
            match signals.next().await {
                Wish::Stop => break,
                Wish::Reload => reload(&gateway, path).await,
                Wish::HandOver => match baton.pass().await {
                    Ok(process) => {
                        info!(process, "another process has taken our place");
                        notify(&[NotifyState::MainPid(process)]);
                        metrics.stop();
                        break;
                    }
                    Err(error) => error!(%error, "no other process took our place: we go on"),
                },
            }
        }
        info!("stopping: mails in progress are finished");
        notify(&[NotifyState::Stopping]);
        metrics.ready.set(false);
        // With these the sockets would still take connections, and keep them waiting in vain.
        drop(baton);
        stop.send_replace(true);
        // Its tasks log their own faults; there is nothing else to be told here.
        running.await.map_err(io::Error::other)?;
        Ok(())
    })
}

/// Tells the service manager how things stand, if there is one.
fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        warn!(%error, "the service manager could not be told");
    }
}

/// The metrics that are served, if any.
struct Served {
    ready: Ready,
    task: Option<JoinHandle<()>>,
}

impl Served {
    /// Leaves it to the process that has taken our place.
    fn stop(&self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Listens for whoever wants metrics, if the settings say where.
fn bind_metrics(settings: &Settings, inherited: &mut Inherited) -> Result<Option<TcpListener>, ServeError> {
    let Some(address) = settings.metrics else { return Ok(None) };
    match bind_one(&Address::Tcp(address), inherited)? {
        Socket::Tcp(listener) => Ok(Some(listener)),
        Socket::Unix(_) => Ok(None),
    }
}

/// Serves metrics there.
fn serve_metrics(settings: &Settings, socket: Option<TcpListener>) -> Result<Served, ServeError> {
    let Some(socket) = socket else { return Ok(Served { ready: Ready::default(), task: None }) };
    let endpoint = Endpoint::new(socket)?;
    metrics::settings_taken(settings);
    metrics::memory_bounded(settings.limits.memory.size());
    let ready = endpoint.ready();
    info!(address = %endpoint.address()?, "metrics");
    Ok(Served { ready, task: Some(tokio::spawn(endpoint.run())) })
}

/// Reads the settings again. Mistakes in them are logged, and the gateway goes on with those that it has.
async fn reload(gateway: &Gateway, path: &Path) {
    let path = path.to_owned();
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        notify(&[NotifyState::Reloading, now]);
    }
    let loaded = tokio::task::spawn_blocking(move || Settings::load(&path)).await;
    match loaded {
        Ok(Ok(settings)) => {
            metrics::settings_taken(&settings);
            let unheeded = gateway.reload(settings);
            metrics::reloaded(true);
            info!("settings loaded again");
            for setting in unheeded {
                warn!(setting, "this setting was changed, and has to wait for a restart");
            }
        }
        Err(failure) => {
            metrics::reloaded(false);
            error!(%failure, "settings not loaded again, by a fault within: the gateway goes on with those that it has");
        }
        Ok(Err(errors)) => {
            metrics::reloaded(false);
            for mistake in &errors.0 {
                error!(%mistake, "mistake in the settings");
            }
            error!("settings not loaded again: the gateway goes on with those that it has");
        }
    }
    notify(&[NotifyState::Ready]);
}

/// What the gateway is told to do while it runs.
#[derive(PartialEq, Eq)]
enum Wish {
    /// To end.
    Stop,
    /// To read its settings again.
    Reload,
    /// To have another process take its place.
    HandOver,
}

/// The signals that tell it.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    user_two: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            user_two: signal(SignalKind::user_defined2())?,
        })
    }

    async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.terminate.recv() => Wish::Stop,
            _ = self.interrupt.recv() => Wish::Stop,
            _ = self.hang_up.recv() => Wish::Reload,
            _ = self.user_two.recv() => Wish::HandOver,
        }
    }
}
