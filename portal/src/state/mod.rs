//! What the portal remembers between two requests: passcodes, sessions, request counts, revocations.
//!
//! All SQL of the crate is in this module and below, so another database can take SQLite's place behind the same
//! functions. Rows hold keyed hashes and times only ([`Secretary`]); no address, passcode, token or mail is stored.

pub mod limits;
pub mod passcodes;
mod revocations;
pub mod secretary;
mod sessions;
mod sign_ins;

use std::{
    borrow::Cow,
    fs::OpenOptions,
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    SqlSafeStr as _, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use thiserror::Error;

pub use limits::{Limit, Verdict};
pub use passcodes::{NewPasscode, PasscodeBinding};
pub use secretary::{Digest, Secretary, StateKey, StateKeyError};
pub use sessions::{ProofWay, ProvedAddress};

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
    /// The tables can't be brought up to date.
    #[error("the tables can't be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A statement failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

/// The database.
#[derive(Clone)]
pub struct State {
    pool: SqlitePool,
}

impl State {
    /// Opens the database, makes it where it is missing, and brings its tables up to date.
    ///
    /// The file is readable for its owner only. Deleted rows are overwritten (`secure_delete`); a passcode or session
    /// that is lost in a power cut is only asked for again, so commits don't wait for the disk (`synchronous=NORMAL`).
    ///
    /// # Errors
    /// When the file can't be made or is no database, or a migration fails.
    pub async fn open(path: &Path) -> Result<Self, StateError> {
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .map_err(|source| StateError::File { path: path.to_owned(), source })?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(5))
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY");
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        migrator().run(&pool).await?;
        Ok(Self { pool })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StateError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Removes all rows whose time is over; `window` is how long requests count for the limits, in seconds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clean_up(&self, now: u64, window: u64) -> Result<(), StateError> {
        let now = time(now);
        sqlx::query("DELETE FROM passcodes WHERE expires <= ?").bind(now).execute(&self.pool).await?;
        sqlx::query("DELETE FROM sessions WHERE expires <= ?").bind(now).execute(&self.pool).await?;
        sqlx::query("DELETE FROM ended_sign_ins WHERE expires <= ?").bind(now).execute(&self.pool).await?;
        sqlx::query("DELETE FROM requests WHERE at <= ?")
            .bind(now.saturating_sub(time(window)))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends all connections once their work is done.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// The migrations, oldest first; one that has been released never changes.
fn migrator() -> Migrator {
    let first = include_str!("../../migrations/0001_first.sql");
    let providers = include_str!("../../migrations/0002_providers.sql");
    let simple = |version, name, sql: &'static str| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(vec![simple(1, "first", first), simple(2, "providers", providers)])
}

/// Seconds as the database keeps them.
fn time(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}
