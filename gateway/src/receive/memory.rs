//! Bounds the memory that the mails of all sessions take together.
//!
//! Nobody waits for memory: sessions that hold some and wait for more would wait for one another. A mail that finds none is
//! refused for now, and the client tries again. The last part is kept for small mails, so that a few large ones whose
//! clients dawdle do not keep everybody else out.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::metrics;

/// What is counted at a time, in octets.
const UNIT: usize = 1024;

/// Each mail counts so many times: once for itself, and once for what it is sealed to, which compression and encryption
/// never make larger than this. While it comes in, the second part covers the copy that growing needs.
const COPIES: usize = 2;

/// Beside its octets each mail counts so much: for buffers, addresses, the header section of the carrier mail.
const OVERHEAD: usize = 16 * 1024;

/// Mails up to this size find a place in the part that others leave free.
const SMALL: usize = 512 * 1024;

/// What others leave free: one of so many parts of all.
const KEPT_PART: usize = 8;

/// The memory for mails. Clones share it.
#[derive(Clone)]
pub struct Memory {
    free: Arc<Semaphore>,
    units: usize,
}

/// What one mail takes of the memory; given back when it is dropped. The default one is of no memory and has no bound.
#[derive(Default)]
pub struct Share {
    memory: Option<Memory>,
    held: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Memory {
    /// Makes memory for mails of so many octets together.
    #[must_use]
    pub fn new(octets: usize) -> Self {
        let units = octets.div_ceil(UNIT).min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(units)), units }
    }

    /// How much there is, free or not, in octets.
    pub(crate) fn size(&self) -> usize {
        self.units * UNIT
    }

    /// Whether a mail of so many octets would find its place now.
    #[must_use]
    pub fn has_place_for(&self, mail: usize) -> bool {
        self.free.available_permits() >= Self::units_for(mail).saturating_add(self.left_by(mail))
    }

    /// Begins with nothing.
    #[must_use]
    pub fn share(&self) -> Share {
        Share { memory: Some(self.clone()), held: Mutex::default() }
    }

    /// What a mail of so many octets takes.
    fn units_for(mail: usize) -> usize {
        mail.saturating_mul(COPIES).saturating_add(OVERHEAD).div_ceil(UNIT)
    }

    /// What it has to leave free.
    fn left_by(&self, mail: usize) -> usize {
        if mail > SMALL { self.units / KEPT_PART } else { 0 }
    }
}

/// Says how much there is, not how much is free, so that settings can be compared.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} octets)", self.size())
    }
}

impl Share {
    /// Takes so much that a mail of so many octets has its place, and what it is sealed to; says whether there is enough.
    #[must_use]
    pub fn grow_for(&self, mail: usize) -> bool {
        let left = self.memory.as_ref().map_or(0, |memory| memory.left_by(mail));
        self.take(|held| Memory::units_for(mail).saturating_sub(held), left)
    }

    /// Takes so many octets more, for what was not counted yet; says whether there is enough.
    #[must_use]
    pub fn grow_by(&self, octets: usize) -> bool {
        self.take(|_| octets.div_ceil(UNIT), 0)
    }

    /// Takes the units that are wanted beside those that are held, if as many are left free.
    fn take(&self, wanted: impl Fn(usize) -> usize, left: usize) -> bool {
        let Some(memory) = &self.memory else { return true };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = wanted(held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits));
        if wanted == 0 {
            return true;
        }
        // Somebody else may take some in between: what is left is a rule of thumb, the bound is not.
        if memory.free.available_permits() < wanted.saturating_add(left) {
            return false;
        }
        let Ok(wanted) = u32::try_from(wanted) else { return false };
        let Ok(more) = Arc::clone(&memory.free).try_acquire_many_owned(wanted) else { return false };
        metrics::in_flight_grew(more.num_permits() * UNIT);
        match held.as_mut() {
            Some(held) => held.merge(more),
            None => *held = Some(more),
        }
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(held) = self.held.get_mut().unwrap_or_else(PoisonError::into_inner) {
            metrics::in_flight_shrank(held.num_permits() * UNIT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What so many octets of mail take.
    fn taken(mail: usize) -> usize {
        mail * COPIES + OVERHEAD
    }

    #[test]
    fn shares_take_and_give_back() {
        let memory = Memory::new(taken(1000) + taken(3000));
        let (one, other) = (memory.share(), memory.clone().share());
        assert!(one.grow_for(1) && one.grow_for(500) && one.grow_for(1000) && one.grow_for(2));
        assert!(!other.grow_for(3000 + UNIT), "so much is not free");
        assert!(other.grow_for(3000) && !one.grow_for(1000 + UNIT) && !memory.has_place_for(0));
        drop(one);
        assert!(other.grow_by(taken(1000)) && !other.grow_by(UNIT) && !other.grow_for(usize::MAX));
        drop(other);
        assert!(memory.has_place_for(3000));
        assert!(Share::default().grow_for(usize::MAX), "what is not counted has no bound");
        assert_eq!(format!("{memory:?}"), format!("Memory({} octets)", memory.size()));
    }

    #[test]
    fn large_mails_leave_a_part_for_small_ones() {
        let memory = Memory::new(8 * taken(SMALL + UNIT));
        let large: Vec<Share> = (0..9).map(|_| memory.share()).collect();
        let placed = large.iter().filter_map(|share| share.grow_for(SMALL + 1).then_some(())).count();
        assert_eq!(placed, 7);
        assert!(memory.share().grow_for(SMALL), "a small one finds its place");
    }
}
