//! What the portal remembers between two requests: passcodes, sessions, request counts, revocations.
//!
//! All SQL of the crate is in this module and below, one set of statements for SQLite and PostgreSQL. Rows hold keyed hashes
//! and times only ([`Secretary`]); no address, passcode, token or mail is stored.

mod engine;
mod figures;
mod known_browsers;
pub mod limits;
mod open;
pub mod passcodes;
mod revocations;
pub mod secretary;
mod sessions;
mod sign_ins;
pub mod submissions;

use std::{io, path::PathBuf};

use thiserror::Error;

use crate::keys::KeyFileError;
use engine::{Pool, on, within_reason};
pub use limits::{HOUR, Limit, Verdict};
pub use open::reach;
pub use passcodes::{NewPasscode, PasscodeBinding};
pub use secretary::{Digest, Secretary, StateKey, StateKeyError};
pub use sessions::{ProofWay, ProvedAddress};
pub use submissions::{Ended, Progress, SubmissionKeys, SubmissionTimes};

/// Why the state can't be read or written.
#[derive(Debug, Error)]
pub enum StateError {
    /// The database file can't be made or opened.
    #[error("{}: {source}", .path.display())]
    File {
        /// The database.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The file with the password can't be used.
    #[error(transparent)]
    Password(#[from] KeyFileError),
    /// The tables can't be brought up to date.
    #[error("the tables can't be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A statement failed, or there is no connection.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The database did not answer.
    #[error("the database did not answer in time")]
    TimedOut(#[source] tokio::time::error::Elapsed),
}

/// The database.
#[derive(Clone)]
pub struct State {
    pool: Pool,
}

impl State {
    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StateError> {
        let ping =
            async { Ok(on!(&self.pool, pool => sqlx::query("SELECT 1").execute(pool).await.map(drop))?) };
        within_reason(ping).await
    }

    /// Removes all rows whose time is over; `window` is for how long requests are looked at, in seconds. Leaves it to
    /// another portal that is at it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clean_up(&self, now: u64, window: u64) -> Result<(), StateError> {
        let now = time(now);
        let Some(mut transaction) = self.pool.begin_clean_up().await? else { return Ok(()) };
        for (statement, until) in [
            ("DELETE FROM passcodes WHERE expires <= $1", now),
            ("DELETE FROM sessions WHERE expires <= $1", now),
            ("DELETE FROM known_browsers WHERE expires <= $1", now),
            ("DELETE FROM ended_sign_ins WHERE expires <= $1", now),
            ("DELETE FROM requests WHERE at <= $1", now.saturating_sub(time(window))),
        ] {
            on!(&mut transaction, open => sqlx::query(statement).bind(until).execute(&mut **open).await.map(drop))?;
        }
        Ok(transaction.commit().await?)
    }

    /// Ends all connections once their work is done.
    pub async fn close(&self) {
        on!(&self.pool, pool => pool.close().await);
    }
}

/// Seconds as the database keeps them.
fn time(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}
