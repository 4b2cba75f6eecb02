//! Bounds what all requests together may hold and compute, so that load ends in a plain "try again", never in a
//! portal that is out of memory.

use std::sync::Arc;

use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Memory is counted in these units, as a semaphore can't count that many bytes.
const UNIT: u64 = 1024;

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
    memory: Arc<Semaphore>,
    workers: Arc<Semaphore>,
}

/// Bytes that one request holds; given back when dropped.
pub struct Reservation {
    memory: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    bytes: u64,
}

impl Budget {
    /// Sets the bounds; `workers` 0 means one for each processor.
    #[must_use]
    pub fn new(memory: u64, workers: usize) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let units = usize::try_from(memory / UNIT).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self {
            memory: Arc::new(Semaphore::new(units)),
            workers: Arc::new(Semaphore::new(if workers == 0 { processors } else { workers })),
        }
    }

    /// A reservation of nothing yet.
    #[must_use]
    pub fn reservation(&self) -> Reservation {
        Reservation { memory: Arc::clone(&self.memory), held: None, bytes: 0 }
    }

    /// Runs work that keeps a processor busy on a thread of its own, once a worker is free.
    ///
    /// # Errors
    /// When the portal is shutting down, or the work panicked.
    pub async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkLost> {
        let worker = Arc::clone(&self.workers).acquire_owned().await.ok().ok_or(WorkLost)?;
        let done = tokio::task::spawn_blocking(move || {
            let _worker = worker;
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

    #[tokio::test]
    async fn work_that_panics_costs_no_worker() {
        let budget = Budget::new(0, 1);
        assert!(budget.work(|| panic!("as a test")).await.is_err());
        assert_eq!(budget.work(|| 7).await.unwrap(), 7);
    }
}
