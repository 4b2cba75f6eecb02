//! Bounds the connections of one listener, or of all together.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places for connections. Clones share them.
#[derive(Clone)]
pub struct Places {
    free: Arc<Semaphore>,
    count: usize,
}

/// A place that is taken; given back when dropped.
pub struct Place(#[expect(dead_code, reason = "it is only held")] OwnedSemaphorePermit);

impl Places {
    /// Makes so many places.
    #[must_use]
    pub fn new(count: usize) -> Self {
        let count = count.min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(count)), count }
    }

    /// Takes a place, if one is free.
    #[must_use]
    pub fn take(&self) -> Option<Place> {
        Arc::clone(&self.free).try_acquire_owned().ok().map(Place)
    }

    /// How many there are, taken or not.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }
}

/// Says how many there are, not how many are free, so that settings can be compared.
impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Places({})", self.count)
    }
}
