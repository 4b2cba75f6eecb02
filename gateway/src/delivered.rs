//! Remembers who already has a mail that failed for others, so that its next try does not reach him twice.
//!
//! Needed over SMTP only, where one reply stands for all recipients. It lives in memory: a restart between two tries
//! loses it, which costs a duplicate and never a mail. LMTP has no need of it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Mails that are remembered at a time; the oldest go first.
const MAX_MAILS: usize = 10_000;
/// How long a mail is remembered: as long as Postfix tries (`maximal_queue_lifetime`).
const MAX_AGE: Duration = Duration::from_hours(5 * 24);

/// What a mail is known by when it comes again.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl From<[u8; 32]> for Fingerprint {
    fn from(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

/// Who already has which mail.
#[derive(Default)]
pub(crate) struct Delivered {
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    recipients: HashMap<Fingerprint, HashSet<String>>,
    /// When each was first remembered, oldest first.
    order: VecDeque<(Instant, Fingerprint)>,
}

impl Delivered {
    /// Remembers that these recipients have the mail.
    pub(crate) fn remember<'a>(
        &self,
        mail: Fingerprint,
        recipients: impl Iterator<Item = &'a str>,
        now: Instant,
    ) {
        let mut memory = self.lock();
        memory.forget_old(now);
        if !memory.recipients.contains_key(&mail) {
            memory.order.push_back((now, mail));
        }
        memory.recipients.entry(mail).or_default().extend(recipients.map(str::to_owned));
    }

    /// Says whether the recipient has the mail.
    #[must_use]
    pub(crate) fn has(&self, mail: Fingerprint, recipient: &str, now: Instant) -> bool {
        let mut memory = self.lock();
        memory.forget_old(now);
        memory.recipients.get(&mail).is_some_and(|recipients| recipients.contains(recipient))
    }

    /// Forgets a mail that everybody has now.
    pub(crate) fn forget(&self, mail: Fingerprint) {
        let mut memory = self.lock();
        memory.recipients.remove(&mail);
        memory.order.retain(|(_, own)| *own != mail);
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        // Nothing in here can be left half done.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn forget_old(&mut self, now: Instant) {
        while let Some((since, mail)) = self.order.front() {
            if self.order.len() < MAX_MAILS && now.saturating_duration_since(*since) < MAX_AGE {
                return;
            }
            self.recipients.remove(mail);
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(number: usize) -> Fingerprint {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        Fingerprint(hash)
    }

    #[test]
    fn remembers_for_a_while() {
        let (delivered, now) = (Delivered::default(), Instant::now());
        delivered.remember(mail(1), ["a", "b"].into_iter(), now);
        assert!(delivered.has(mail(1), "a", now) && delivered.has(mail(1), "b", now));
        assert!(!delivered.has(mail(1), "c", now) && !delivered.has(mail(2), "a", now));
        assert!(delivered.has(mail(1), "a", now + MAX_AGE / 2));
        assert!(!delivered.has(mail(1), "a", now + MAX_AGE));
    }

    #[test]
    fn adds_to_what_it_knows_and_forgets_when_told() {
        let (delivered, now) = (Delivered::default(), Instant::now());
        delivered.remember(mail(1), ["a"].into_iter(), now);
        delivered.remember(mail(1), ["b"].into_iter(), now);
        assert!(delivered.has(mail(1), "a", now) && delivered.has(mail(1), "b", now));
        delivered.forget(mail(1));
        assert!(!delivered.has(mail(1), "a", now) && delivered.lock().order.is_empty());
    }

    #[test]
    fn is_bounded() {
        let (delivered, now) = (Delivered::default(), Instant::now());
        for number in 0..MAX_MAILS + 10 {
            delivered.remember(mail(number), ["a"].into_iter(), now);
        }
        assert!(!delivered.has(mail(0), "a", now));
        assert!(delivered.has(mail(MAX_MAILS + 9), "a", now));
        assert!(delivered.lock().recipients.len() <= MAX_MAILS);
    }
}
