//! Bounds the connections that mails have at a time.
//!
//! A mail holds a connection for each form in which it goes out before it uses any. With a next hop that takes few, mails that
//! each hold one and wait for another would wait for one another; so each has its places all at once, or waits without any.

use std::sync::Arc;

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

use crate::reply::Reply;

/// The places for connections in use.
#[derive(Clone)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    all: u32,
}

/// The places of one mail; given back when it is dropped.
pub struct Reservation {
    _places: OwnedSemaphorePermit,
}

impl Places {
    /// Makes so many, at least one.
    pub(crate) fn new(most: usize) -> Self {
        let all = u32::try_from(most.clamp(1, Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        Self { free: Arc::new(Semaphore::new(all as usize)), all }
    }

    /// Waits for so many in turn, or for all if that is fewer, but no longer than for half of the time that is left.
    pub(crate) async fn reserve(&self, wanted: usize, deadline: Instant) -> Result<Reservation, Reply> {
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX).min(self.all);
        let waits = deadline.saturating_duration_since(Instant::now()) / 2;
        match timeout(waits, Arc::clone(&self.free).acquire_many_owned(wanted)).await {
            Ok(Ok(places)) => Ok(Reservation { _places: places }),
            Ok(Err(_closed)) => Err(Reply::local_error()),
            Err(_elapsed) => {
                tracing::warn!(
                    "a mail was refused for now: the connections to the next hop are taken (max_connections)"
                );
                Err(Reply::new(451, [4, 3, 2], "Too many mails at a time, try again later"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// What is had at once; `None` for what waits.
    async fn at_once(places: &Places, wanted: usize) -> Option<Reservation> {
        let reserved = places.reserve(wanted, Instant::now() + Duration::from_hours(1));
        timeout(Duration::from_mins(1), reserved).await.ok().map(|reserved| reserved.ok().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn places_are_had_all_at_once_or_not_at_all() {
        let places = Places::new(3);
        let two = at_once(&places, 2).await.unwrap();
        assert!(at_once(&places, 2).await.is_none(), "it does not hold one and wait for the other");
        let one = at_once(&places, 1).await.unwrap();
        assert!(at_once(&places, 0).await.is_some() && at_once(&places, 1).await.is_none());
        drop((two, one));
        let all = at_once(&places, 100).await.unwrap();
        assert!(at_once(&places, 1).await.is_none(), "who needs more than there are is alone");
        let refused = places.reserve(1, Instant::now() + Duration::from_secs(8)).await;
        assert_eq!(refused.err().map(|reply| reply.code()), Some(451));
        drop(all);
        assert!(at_once(&places, 3).await.is_some());
    }
}
