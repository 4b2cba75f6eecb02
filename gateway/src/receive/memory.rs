//! Bounds the memory that the mails of all sessions take together.
//!
//! Nobody waits for memory: sessions that hold some and wait for more would wait for one another. A mail that finds none is
//! refused for now, and the client tries again. The last part is kept for small mails, so that a few large ones whose
//! clients dawdle do not keep everybody else out. Where policy looks into texts, large mails that come in leave it a part
//! for that, too: else they could take all that the ones need which are there, and none would ever get on.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// What the texts of such a mail take while policy looks into them: at most six times their size.
const SMALL_WORK: usize = 6 * SMALL;

/// What others leave free: one of so many parts of all.
const KEPT_PART: usize = 8;

/// The memory for mails. Clones share it.
#[derive(Clone)]
pub struct Memory {
    free: Arc<Semaphore>,
    units: usize,
    /// What large mails that come in leave free for the texts of mails that are there, in units.
    for_texts: Arc<AtomicUsize>,
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
        Self { free: Arc::new(Semaphore::new(units)), units, for_texts: Arc::default() }
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

    /// Says whether the largest mail finds its place once all others are gone, beside it so many octets for its texts, and
    /// so many sealed forms of it.
    pub(crate) fn suffices(&self, largest_mail: usize, texts: usize, forms: usize) -> bool {
        // Twice is what a mail with one form takes; what is left free for small ones comes on top, and a little for envelopes.
        let further_forms = largest_mail.saturating_mul(forms.saturating_sub(1));
        let wanted = (largest_mail.saturating_mul(5) / 2).saturating_add(texts.saturating_mul(7) / 6);
        wanted.saturating_add(further_forms) <= self.size()
    }

    /// Has large mails that come in leave so many octets free for texts, as far as the largest mail leaves as much.
    pub(crate) fn leave_for_texts(&self, octets: usize, largest_mail: usize) {
        let most = self.units.saturating_sub(self.units / KEPT_PART + Self::units_for(largest_mail));
        self.for_texts.store(octets.div_ceil(UNIT).min(most), Ordering::Relaxed);
    }

    /// What a mail of so many octets takes.
    fn units_for(mail: usize) -> usize {
        mail.saturating_mul(COPIES).saturating_add(OVERHEAD).div_ceil(UNIT)
    }

    /// What it has to leave free.
    fn left_by(&self, mail: usize) -> usize {
        if mail > SMALL { self.units / KEPT_PART + self.for_texts.load(Ordering::Relaxed) } else { 0 }
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
        self.take(|held| Memory::units_for(mail).saturating_sub(held), |_| left)
    }

    /// Takes so many octets more, for what was not counted yet; says whether there is enough.
    #[must_use]
    pub fn grow_by(&self, octets: usize) -> bool {
        self.take(|_| octets.div_ceil(UNIT), |_| 0)
    }

    /// Takes so many octets more for what is made of a mail's texts; says whether there is enough. Beyond what a small mail
    /// needs, the last part is left free.
    #[must_use]
    pub(crate) fn grow_for_texts(&self, octets: usize) -> bool {
        let kept = self.memory.as_ref().map_or(0, |memory| memory.units / KEPT_PART);
        self.take(|_| octets.div_ceil(UNIT), |held| if held > SMALL_WORK / UNIT { kept } else { 0 })
    }

    /// Begins another one of the same memory, with nothing.
    #[must_use]
    pub(crate) fn another(&self) -> Self {
        self.memory.as_ref().map(Memory::share).unwrap_or_default()
    }

    /// How many octets this mail could have beside those that it has, if no other was there and the last part is left free.
    pub(crate) fn most_beside(&self) -> usize {
        let Some(memory) = &self.memory else { return usize::MAX };
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        memory.units.saturating_sub(memory.units / KEPT_PART + held) * UNIT
    }

    /// Takes the units that are wanted beside those that are held, if as many are left free as has to be with so many held.
    fn take(&self, wanted: impl Fn(usize) -> usize, left: impl Fn(usize) -> usize) -> bool {
        let Some(memory) = &self.memory else { return true };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let had = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let wanted = wanted(had);
        if wanted == 0 {
            return true;
        }
        let left = left(had.saturating_add(wanted));
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

    #[test]
    fn large_mails_leave_what_the_texts_of_others_need() {
        let (large, texts) = (SMALL + UNIT, 4 << 20);
        let memory = Memory::new(16 * taken(large));
        let placed = |memory: &Memory| {
            let shares: Vec<Share> = (0..16).map(|_| memory.share()).collect();
            shares.iter().filter(|share| share.grow_for(large)).count()
        };
        assert_eq!(placed(&memory), 14);
        memory.leave_for_texts(texts, large);
        let with_texts = placed(&memory);
        assert!(with_texts <= 14 - texts / taken(large), "{with_texts} found their place");
        memory.leave_for_texts(usize::MAX, large);
        assert_eq!(placed(&memory), 1, "the largest mail finds its place however much is left");
        memory.leave_for_texts(0, large);
        assert_eq!(placed(&memory), 14);
    }

    #[test]
    fn texts_leave_the_last_part_to_small_mails() {
        let memory = Memory::new(64 << 20);
        let (large, small) = (memory.share().another(), memory.share().another());
        assert!(large.grow_for_texts(memory.size() / KEPT_PART * (KEPT_PART - 1)));
        assert!(!large.grow_for_texts(UNIT), "the rest is for small ones");
        assert!(small.grow_for_texts(SMALL_WORK) && memory.share().grow_for(SMALL));
        assert!(!small.grow_for_texts(UNIT), "nor is it for one that is no longer small");
        drop((large, small));
        assert!(memory.share().another().grow_for_texts(SMALL_WORK + UNIT));
        assert!(Share::default().another().grow_for_texts(usize::MAX));
    }

    #[test]
    fn the_largest_mail_and_its_texts_fit_once_the_others_are_gone() {
        let (mail, texts) = (10 << 20, 192 << 20);
        for (size, with, without) in
            [(mail * 5 / 2 - UNIT, false, false), (mail * 5 / 2, false, true), (249 << 20, true, true)]
        {
            let memory = Memory::new(size);
            let suffices = |texts| memory.suffices(mail, texts, 1);
            assert_eq!((suffices(texts), suffices(0)), (with, without), "{size}");
            if with {
                let share = memory.share();
                assert!(share.grow_for(mail) && share.another().grow_for_texts(texts));
            }
        }
    }

    #[test]
    fn the_largest_mail_has_all_its_sealed_forms_once_the_others_are_gone() {
        let mail = 10 << 20;
        for forms in 1..4 {
            let least = mail * 5 / 2 + (forms - 1) * mail;
            assert!(!Memory::new(least - UNIT).suffices(mail, 0, forms));
            let memory = Memory::new(least);
            assert!(memory.suffices(mail, 0, forms));
            let share = memory.share();
            assert!(share.grow_for(mail) && (1..forms).all(|_| share.grow_by(mail)));
        }
    }
}
