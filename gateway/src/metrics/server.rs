//! Answers `GET /metrics` (Prometheus' text format) and `GET /healthz`.
//!
//! What it tells is no secret, but nobody's business either: it is meant for the loopback or a private network. `/healthz`
//! says 200 while the listeners run, and 503 before that and once the gateway is stopping.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ::metrics::gauge;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use thiserror::Error;
use tokio::{net::TcpListener, time::interval};

use super::{SECONDS, begin_at_zero, describe};

/// How often samples are added up where nobody asks for them.
const UPKEEP: Duration = Duration::from_secs(5);

/// The media type of Prometheus' text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Why there are no metrics.
#[derive(Debug, Error)]
pub enum MetricsError {
    /// The recorder cannot be made.
    #[error("metrics cannot be recorded: {0}")]
    Recorder(#[from] BuildError),
}

/// The listener for Prometheus and for health checks.
pub struct Endpoint {
    listener: TcpListener,
    handle: PrometheusHandle,
    ready: Ready,
}

/// Says whether the listeners for mail run. Clones say the same.
#[derive(Clone, Default)]
pub struct Ready(Arc<AtomicBool>);

impl Ready {
    /// Says from now on that they do, or don't.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Relaxed);
    }
}

impl Endpoint {
    /// Begins to record, and answers on this socket once it runs.
    ///
    /// # Errors
    /// When that fails.
    pub fn new(listener: TcpListener) -> Result<Self, MetricsError> {
        Ok(Self { listener, handle: recorder()?, ready: Ready::default() })
    }

    /// Gives what says whether the gateway is ready; it is not yet.
    #[must_use]
    pub fn ready(&self) -> Ready {
        self.ready.clone()
    }

    /// Gives the address that is listened on.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until it is dropped.
    pub async fn run(self) {
        let Self { listener, handle, ready } = self;
        let upkeep = {
            let handle = handle.clone();
            async move {
                let mut ticks = interval(UPKEEP);
                loop {
                    ticks.tick().await;
                    handle.run_upkeep();
                }
            }
        };
        let router = Router::new()
            .route("/metrics", get(metrics).with_state(handle))
            .route("/healthz", get(healthz).with_state(ready));
        tokio::select! {
            () = upkeep => {}
            ended = axum::serve(listener, router) => {
                if let Err(error) = ended {
                    tracing::error!(%error, "metrics are no longer served");
                }
            }
        }
    }
}

async fn metrics(State(handle): State<PrometheusHandle>) -> Response {
    ([(header::CONTENT_TYPE, TEXT_FORMAT)], handle.render()).into_response()
}

async fn healthz(State(ready): State<Ready>) -> Response {
    if ready.0.load(Ordering::Relaxed) {
        (StatusCode::OK, "ok\n").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the listeners do not run\n").into_response()
    }
}

/// Gives the recorder of this process, which is made once.
fn recorder() -> Result<PrometheusHandle, BuildError> {
    static MADE: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*made {
        return Ok(handle.clone());
    }
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let recorder = PrometheusBuilder::new().set_buckets_for_metric(seconds, &SECONDS)?.build_recorder();
    let handle = recorder.handle();
    ::metrics::set_global_recorder(recorder).map_err(BuildError::from)?;
    describe();
    begin_at_zero();
    gauge!("sealpost_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(made.insert(handle).clone())
}
