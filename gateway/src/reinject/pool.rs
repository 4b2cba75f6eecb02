//! Keeps idle connections for the next mail. Connections in use are not counted here: a mail has its places for them before.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::connection::Connection;

/// How old a session may get. A busy one would never be idle for long enough to be closed, and would stay with a host
/// that is meant to be left: the second of a list, say, when the first one is back. Postfix takes as much.
const MAX_SESSION: Duration = Duration::from_mins(5);

/// The idle connections to one next hop.
pub(crate) struct Pool {
    state: Mutex<State>,
    max_idle: usize,
    max_age: Duration,
}

#[derive(Default)]
struct State {
    /// The oldest one first.
    idle: Vec<(Instant, Connection)>,
    /// A task is under way that closes connections that get too old.
    is_watched: bool,
}

impl Pool {
    /// Makes an empty pool.
    pub(crate) fn new(max_idle: usize, max_age: Duration) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), max_idle, max_age })
    }

    /// Takes the connection that was used last, if one is still usable.
    pub(crate) fn take(&self) -> Option<Connection> {
        let mut state = self.lock();
        while let Some((since, mut connection)) = state.idle.pop() {
            if since.elapsed() < self.max_age && connection.is_silent() {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection whose last transaction is over.
    pub(crate) fn put(self: &Arc<Self>, connection: Connection) {
        let mut state = self.lock();
        if state.idle.len() >= self.max_idle || connection.age() >= MAX_SESSION {
            connection.quit();
            return;
        }
        state.idle.push((Instant::now(), connection));
        if !std::mem::replace(&mut state.is_watched, true) {
            let pool = Arc::downgrade(self);
            let mut wake = Instant::now() + self.max_age;
            tokio::spawn(async move {
                loop {
                    sleep_until(wake).await;
                    let Some(next) = pool.upgrade().and_then(|pool| pool.close_old()) else { break };
                    wake = next;
                }
            });
        }
    }

    /// Closes the connections that are too old; says when the next one will be, if there is one.
    fn close_old(&self) -> Option<Instant> {
        let mut state = self.lock();
        let young = state.idle.iter().position(|(since, _)| since.elapsed() < self.max_age);
        let old = young.unwrap_or(state.idle.len());
        for (_, connection) in state.idle.drain(..old) {
            connection.quit();
        }
        let next = state.idle.first().map(|(since, _)| *since + self.max_age);
        state.is_watched = next.is_some();
        next
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
