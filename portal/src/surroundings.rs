//! The clock and the source of randomness, as arguments: nothing else in this crate asks for the time or for random
//! bytes, so tests can move the one and repeat the other.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use rand::{TryRng, rngs::SysRng};
use thiserror::Error;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Seconds since 1970.
    fn now(&self) -> u64;
}

/// Gives bytes that nobody can foretell.
pub trait Randomness: Send + Sync {
    /// Fills the buffer.
    ///
    /// # Errors
    /// When the source has none; nothing may then be made that should be secret.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The operating system gave no random bytes.
#[derive(Debug, Error)]
#[error("no random bytes to be had")]
pub struct NoRandomness;

/// What the portal knows of the world besides its arguments.
#[derive(Clone)]
pub struct Surroundings {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub randomness: Arc<dyn Randomness>,
}

impl Surroundings {
    /// The real clock and the operating system's randomness.
    #[must_use]
    pub fn real() -> Self {
        Self { clock: Arc::new(SystemClock), randomness: Arc::new(SystemRandomness) }
    }

    /// `N` fresh random bytes.
    ///
    /// # Errors
    /// When there are none to be had.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        let mut bytes = [0; N];
        self.randomness.fill(&mut bytes)?;
        Ok(bytes)
    }
}

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
    }
}

struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
        SysRng.try_fill_bytes(buffer).ok().ok_or(NoRandomness)
    }
}
