//! Leaves addresses alone that did not answer, so that not every mail waits for one that is dead.
//!
//! Only waiting starts a pause: a connection that is refused at once costs nothing, and trying again at once is then the
//! quickest way back. When a pause is over one mail tries; while it does, the others are still told to come again.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::failure::Failure;

/// Addresses that are remembered at most; a next hop has a few.
const MAX_TARGETS: usize = 1000;

/// What can fail to answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// The name servers, asked for a host.
    Name(String),
    /// One address of a host.
    Ip(SocketAddr),
    /// A unix socket.
    Unix(PathBuf),
}

enum State {
    PausedUntil(Instant),
    Trying,
}

/// The addresses that did not answer.
pub(crate) struct Pauses {
    /// Only those in trouble stand here.
    states: Mutex<HashMap<Target, State>>,
    length: Duration,
}

impl Pauses {
    pub(crate) fn new(length: Duration) -> Self {
        Self { states: Mutex::default(), length }
    }

    /// Begins a try; none while the address is left alone.
    pub(crate) fn begin(&self, target: Target) -> Result<Try<'_>, Failure> {
        let mut states = self.lock();
        let is_first_again = match states.get(&target) {
            None => false,
            Some(State::PausedUntil(end)) if *end <= Instant::now() => true,
            Some(State::PausedUntil(_) | State::Trying) => return Err(Failure::Paused),
        };
        if is_first_again {
            states.insert(target.clone(), State::Trying);
        }
        Ok(Try { pauses: self, target, is_first_again })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Target, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One try at an address. Dropped without an end, it says nothing about the address.
pub(crate) struct Try<'a> {
    pauses: &'a Pauses,
    target: Target,
    is_first_again: bool,
}

impl Try<'_> {
    /// Ends the try with what came of it.
    pub(crate) fn end<T>(mut self, result: &Result<T, Failure>) {
        let now = Instant::now();
        let mut states = self.pauses.lock();
        match result {
            Err(failure) if failure.is_timeout() && !self.pauses.length.is_zero() => {
                if states.len() >= MAX_TARGETS {
                    states.retain(|_, state| matches!(state, State::PausedUntil(end) if *end > now));
                }
                if states.len() < MAX_TARGETS || states.contains_key(&self.target) {
                    states.insert(self.target.clone(), State::PausedUntil(now + self.pauses.length));
                }
            }
            _ => {
                states.remove(&self.target);
            }
        }
        self.is_first_again = false;
    }
}

impl Drop for Try<'_> {
    fn drop(&mut self) {
        if self.is_first_again {
            // The mail that tried had no more time: the next one may.
            self.pauses.lock().insert(self.target.clone(), State::PausedUntil(Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn target(port: u16) -> Target {
        Target::Ip((Ipv4Addr::LOCALHOST, port).into())
    }

    fn begins(pauses: &Pauses, port: u16) -> bool {
        pauses.begin(target(port)).is_ok()
    }

    fn end(pauses: &Pauses, port: u16, result: &Result<(), Failure>) {
        pauses.begin(target(port)).unwrap_or_else(|_| panic!("{port} is paused")).end(result);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_does_not_answer_is_left_alone_and_then_tried_by_one() {
        let pauses = Pauses::new(Duration::from_secs(10));
        end(&pauses, 1, &Err(Failure::Timeout));
        assert!(!begins(&pauses, 1) && begins(&pauses, 2));
        tokio::time::advance(Duration::from_secs(10)).await;
        let first = pauses.begin(target(1)).unwrap_or_else(|_| panic!("the pause is over"));
        assert!(!begins(&pauses, 1), "one is enough to find out");
        first.end(&Err::<(), _>(Failure::Timeout));
        tokio::time::advance(Duration::from_secs(9)).await;
        assert!(!begins(&pauses, 1));
        tokio::time::advance(Duration::from_secs(1)).await;
        end(&pauses, 1, &Ok(()));
        assert!(begins(&pauses, 1) && begins(&pauses, 1));
        assert!(pauses.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_at_once_starts_no_pause() {
        let pauses = Pauses::new(Duration::from_secs(10));
        end(&pauses, 1, &Err(Failure::Connect(std::io::ErrorKind::ConnectionRefused.into())));
        assert!(begins(&pauses, 1));
        let pauses = Pauses::new(Duration::ZERO);
        end(&pauses, 1, &Err(Failure::Timeout));
        assert!(begins(&pauses, 1), "pauses are switched off");
    }

    #[tokio::test(start_paused = true)]
    async fn a_try_that_is_given_up_leaves_the_next_one_free() {
        let pauses = Pauses::new(Duration::from_secs(10));
        end(&pauses, 1, &Err(Failure::Timeout));
        tokio::time::advance(Duration::from_secs(10)).await;
        drop(pauses.begin(target(1)));
        assert!(begins(&pauses, 1));
    }

    #[test]
    fn is_bounded() {
        let pauses = Pauses::new(Duration::from_secs(10));
        for port in 0..=u16::MAX {
            end(&pauses, port, &Err(Failure::Timeout));
        }
        assert!(pauses.lock().len() <= MAX_TARGETS);
    }
}
