//! Bounds the memory that the mails of all sessions take together.
//!
//! Nobody waits for memory: sessions that hold some and wait for more would wait for one another. A mail that finds none is
//! refused for now, and the client tries again.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What is counted at a time, in octets.
const UNIT: usize = 1024;

/// The memory for mails. Clones share it.
#[derive(Clone)]
pub struct Memory {
    free: Arc<Semaphore>,
    units: usize,
}

/// What one mail takes of the memory; given back when dropped.
pub(super) struct Share {
    free: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
}

impl Memory {
    /// Makes memory for mails of so many octets together.
    #[must_use]
    pub fn new(octets: usize) -> Self {
        let units = octets.div_ceil(UNIT).min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(units)), units }
    }

    /// How much there is, free or not, in octets.
    pub(super) fn size(&self) -> usize {
        self.units * UNIT
    }

    /// Begins with nothing.
    pub(super) fn share(&self) -> Share {
        Share { free: Arc::clone(&self.free), held: None }
    }
}

/// Says how much there is, not how much is free, so that settings can be compared.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} octets)", self.size())
    }
}

impl Share {
    /// Takes so much that a mail of so many octets has its place; says whether there is enough.
    pub(super) fn grow_to(&mut self, octets: usize) -> bool {
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let Ok(wanted) = u32::try_from(octets.div_ceil(UNIT).saturating_sub(held)) else { return false };
        let Ok(more) = Arc::clone(&self.free).try_acquire_many_owned(wanted) else { return false };
        match &mut self.held {
            Some(held) => held.merge(more),
            None => self.held = Some(more),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_take_and_give_back() {
        let memory = Memory::new(10 * UNIT);
        let (mut one, mut other) = (memory.share(), memory.clone().share());
        assert!(one.grow_to(1) && one.grow_to(UNIT) && one.grow_to(6 * UNIT) && one.grow_to(2));
        assert!(!other.grow_to(4 * UNIT + 1), "10 units, of which 6 are taken");
        assert!(other.grow_to(4 * UNIT) && !one.grow_to(6 * UNIT + 1));
        drop(one);
        assert!(other.grow_to(10 * UNIT) && !other.grow_to(usize::MAX));
        assert_eq!(format!("{memory:?}"), "Memory(10240 octets)");
    }
}
