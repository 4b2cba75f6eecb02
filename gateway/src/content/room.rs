//! Counts the memory that looking into one mail takes, before it takes it, so that all mails together keep to their bound.
//!
//! Three things can become of a wish: there is room; or the mail asks for more than one mail may have, and then what it
//! holds cannot be told; or other mails have the memory now ([`NoRoom`]), and then this one has to come again later. What
//! was taken from the memory for mails is given back when all that was made of the mail is gone, not piece by piece:
//! what counts is the most that it had at a time.

use std::{borrow::Cow, cell::Cell};

use sealpost_mime::{Decoded, structure::Part, transfer};
use thiserror::Error;

use super::Limits;
use crate::receive::Share;

/// There is no memory for what a mail holds, as other mails have it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too many large texts at a time, try again later")]
pub struct NoRoom;

/// What looking into one mail takes of the memory.
pub(super) struct Room {
    share: Share,
    /// What is set aside for what the mail is sealed to is free until then.
    set_aside: usize,
    most: usize,
    now: Cell<usize>,
    /// The most that there was at a time: so much is counted.
    peak: Cell<usize>,
    is_short: Cell<bool>,
}

/// What is needed for a while.
pub(super) struct Taken<'r> {
    room: &'r Room,
    octets: usize,
}

impl Room {
    /// Begins with nothing, for a mail of so many octets that has this share of the memory.
    pub(super) fn beside(memory: &Share, mail: usize, limits: Limits) -> Self {
        Self {
            share: memory.another(),
            set_aside: mail,
            most: limits.memory.min(memory.most_beside()).saturating_add(mail),
            now: Cell::new(0),
            peak: Cell::new(0),
            is_short: Cell::new(false),
        }
    }

    /// Takes so many octets until what it gives is dropped; `None` if it cannot have as much.
    pub(super) fn take(&self, octets: usize) -> Option<Taken<'_>> {
        self.keep(octets).then_some(Taken { room: self, octets })
    }

    /// Takes so many octets for as long as there is this room; says whether it can have as much.
    pub(super) fn keep(&self, octets: usize) -> bool {
        let wanted = self.now.get().saturating_add(octets);
        if wanted > self.most || self.is_short.get() {
            return false;
        }
        let more = wanted.saturating_sub(self.peak.get().max(self.set_aside));
        if more > 0 && !self.share.grow_for_texts(more) {
            self.is_short.set(true);
            return false;
        }
        self.now.set(wanted);
        self.peak.set(self.peak.get().max(wanted));
        true
    }

    /// Decodes a part. What comes out is never longer than what goes in.
    pub(super) fn decode<'m>(&self, part: &Part<'m>) -> Option<(Decoded<Cow<'m, [u8]>>, Taken<'_>)> {
        let taken = self.take(part.body.len())?;
        Some((transfer::decode(part), taken))
    }

    /// Fails if it was refused something because of other mails.
    pub(super) fn check(&self) -> Result<(), NoRoom> {
        if self.is_short.get() { Err(NoRoom) } else { Ok(()) }
    }

    /// Says how many octets there were at most at a time.
    pub(super) fn peak(&self) -> usize {
        self.peak.get()
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.room.now.set(self.room.now.get().saturating_sub(self.octets));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receive::Memory;

    const KIB: usize = 1024;

    /// Memory in which a mail of no octets has its place, and so many KiB are free beside it and beside the part that is kept.
    fn memory(kib: usize) -> (Memory, Share) {
        let memory = Memory::new((kib + 16) * KIB * 8 / 7 + KIB);
        let share = memory.share();
        assert!(share.grow_for(0));
        (memory, share)
    }

    #[test]
    fn counts_the_most_that_there_was_at_a_time() {
        let (memory, share) = memory(100);
        let free = |octets: usize| memory.share().grow_by(octets);
        let room = Room::beside(&share, 10 * KIB, Limits::default());
        let first = room.take(30 * KIB).unwrap();
        let second = room.take(20 * KIB).unwrap();
        assert!(!free(80 * KIB) && free(70 * KIB), "all but what is set aside is counted");
        drop((first, second));
        assert!(room.keep(20 * KIB) && room.take(30 * KIB).is_some());
        assert!(!free(80 * KIB) && free(70 * KIB), "what was given back is taken again");
        assert_eq!((room.peak(), room.check()), (50 * KIB, Ok(())));
        drop(room);
        assert!(free(100 * KIB), "all is given back");
    }

    #[test]
    fn what_one_mail_may_not_have_is_not_what_others_have() {
        let (memory, share) = memory(100);
        let limits = Limits { memory: 60 * KIB, ..Limits::default() };
        let room = Room::beside(&share, 10 * KIB, limits);
        assert!(!room.keep(70 * KIB + 1) && room.keep(70 * KIB) && !room.keep(1));
        assert_eq!(room.check(), Ok(()), "that is its own limit");
        drop(room);
        let other = memory.share();
        assert!(other.grow_by(70 * KIB));
        let room = Room::beside(&share, 10 * KIB, limits);
        assert!(room.keep(40 * KIB) && !room.keep(20 * KIB) && !room.keep(0));
        assert_eq!(room.check(), Err(NoRoom));
        drop(other);
        assert!(Room::beside(&share, 10 * KIB, limits).keep(70 * KIB));
    }

    /// A mail is told to come again only if it may find room then, also if its limit is more than there is at all.
    #[test]
    fn what_there_never_is_cannot_be_told() {
        let (_memory, share) = memory(100);
        let room = Room::beside(&share, 0, Limits::default());
        assert!(!room.keep(110 * KIB) && room.keep(100 * KIB));
        assert_eq!(room.check(), Ok(()));
        assert!(Room::beside(&Share::default(), 0, Limits::default()).keep(Limits::default().memory));
    }
}
