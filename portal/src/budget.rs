//! Bounds what all requests together may hold and compute, so that load ends in a plain "try again", never in a
//! portal that is out of memory.
//!
//! What grows with envelopes and mails is reserved, byte by byte; what a worker takes besides has a bound of its own, and
//! there are only so many workers. `portal/README.md`, "Memory", puts both together.

use std::sync::Arc;

use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Memory is counted in these units, as a semaphore can't count that many bytes.
const UNIT: u64 = 1024;

/// Most bytes that a worker takes besides the mail and what is decoded of it: to open it, to make its HTML harmless, to
/// write the page. The limits of `render` and `sanitise` keep it below; a test of the bombs measures it.
pub const WORKER_ROOM: u64 = 320 << 20;

/// Most workers where the settings name no number: on a host of many processors their room would be most of the memory.
const MOST_WORKERS: usize = 4;

/// There is no room for this request now.
#[derive(Debug, Error)]
#[error("the portal is at its limit")]
pub struct Exhausted;

/// The work did not come to its end: it panicked, or the portal is shutting down.
#[derive(Debug, Error)]
#[error("the work did not come to its end")]
pub struct WorkLost;

/// The portal's memory and processors.
pub struct Budget {
    most: u64,
    memory: Arc<Semaphore>,
    workers: Arc<Semaphore>,
}

/// A worker that is free for one piece of work.
pub struct Worker {
    _permit: OwnedSemaphorePermit,
}

/// Bytes that one request holds; given back when dropped.
pub struct Reservation {
    memory: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    bytes: u64,
}

impl Budget {
    /// Sets the bounds; `workers` 0 means one for each processor, up to four.
    #[must_use]
    pub fn new(memory: u64, workers: usize) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let units = usize::try_from(memory / UNIT).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self {
            most: memory,
            memory: Arc::new(Semaphore::new(units)),
            workers: Arc::new(Semaphore::new(if workers == 0 {
                processors.min(MOST_WORKERS)
            } else {
                workers
            })),
        }
    }

    /// Whether so many bytes could be held if nobody else held any.
    #[must_use]
    pub fn could_hold(&self, bytes: u64) -> bool {
        bytes <= self.most
    }

    /// A reservation of nothing yet.
    #[must_use]
    pub fn reservation(&self) -> Reservation {
        Reservation { memory: Arc::clone(&self.memory), held: None, bytes: 0 }
    }

    /// Waits for a worker. Room that only the work takes is best reserved then, so that nothing is held while waiting.
    ///
    /// # Errors
    /// When the portal is shutting down.
    pub async fn worker(&self) -> Result<Worker, WorkLost> {
        let permit = Arc::clone(&self.workers).acquire_owned().await;
        permit.map(|permit| Worker { _permit: permit }).ok().ok_or(WorkLost)
    }

    /// Runs work once a worker is free, as [`Worker::run`].
    ///
    /// # Errors
    /// When the portal is shutting down, or the work panicked.
    pub async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkLost> {
        self.worker().await?.run(work).await
    }
}

impl Worker {
    /// Runs work that keeps a processor busy on a thread of its own.
    ///
    /// # Errors
    /// When the portal is shutting down, or the work panicked.
    pub async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkLost> {
        let done = tokio::task::spawn_blocking(move || {
            let _worker = self;
            work()
        });
        done.await.ok().ok_or(WorkLost)
    }
}

impl Reservation {
    /// Takes room for so many bytes more.
    ///
    /// # Errors
    /// When there is not that much; never waits, as two half-read uploads could then wait for each other.
    pub fn grow(&mut self, bytes: u64) -> Result<(), Exhausted> {
        let held_units = self.bytes.div_ceil(UNIT);
        let bytes = self.bytes.checked_add(bytes).ok_or(Exhausted)?;
        let more = u32::try_from(bytes.div_ceil(UNIT) - held_units).ok().ok_or(Exhausted)?;
        let permit = Arc::clone(&self.memory).try_acquire_many_owned(more).ok().ok_or(Exhausted)?;
        match &mut self.held {
            Some(held) => held.merge(permit),
            None => self.held = Some(permit),
        }
        self.bytes = bytes;
        Ok(())
    }

    /// Takes room for so many bytes in place of what it takes; what is too much is given back at once.
    ///
    /// # Errors
    /// When it has to take more, and there is not that much.
    pub fn resize(&mut self, bytes: u64) -> Result<(), Exhausted> {
        if let Some(more) = bytes.checked_sub(self.bytes) {
            return self.grow(more);
        }
        if let Some(held) = &mut self.held {
            let kept = usize::try_from(bytes.div_ceil(UNIT)).unwrap_or(usize::MAX);
            drop(held.split(held.num_permits().saturating_sub(kept)));
        }
        self.bytes = bytes;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_given_back() {
        let budget = Budget::new(10 * UNIT, 1);
        let mut one = budget.reservation();
        let mut two = budget.reservation();
        one.grow(UNIT / 2).unwrap();
        one.grow(UNIT / 2).unwrap();
        one.grow(7 * UNIT).unwrap();
        two.grow(2 * UNIT).unwrap();
        assert!(two.grow(1).is_err());
        drop(one);
        two.grow(8 * UNIT).unwrap();
        assert!(two.grow(u64::MAX).is_err());
    }

    #[test]
    fn room_that_is_too_much_is_given_back() {
        let budget = Budget::new(10 * UNIT, 1);
        let mut one = budget.reservation();
        let mut two = budget.reservation();
        one.grow(9 * UNIT + 1).unwrap();
        assert!(two.grow(1).is_err());
        one.resize(3 * UNIT + 1).unwrap();
        two.grow(6 * UNIT).unwrap();
        assert!(two.grow(1).is_err());
        one.resize(4 * UNIT).unwrap();
        assert!(one.resize(4 * UNIT + 1).is_err());
        one.resize(0).unwrap();
        two.resize(10 * UNIT).unwrap();
        assert!(budget.could_hold(10 * UNIT) && !budget.could_hold(10 * UNIT + 1));
    }

    #[tokio::test]
    async fn work_that_panics_costs_no_worker() {
        let budget = Budget::new(0, 1);
        assert!(budget.work(|| panic!("as a test")).await.is_err());
        assert_eq!(budget.work(|| 7).await.unwrap(), 7);
    }
}
