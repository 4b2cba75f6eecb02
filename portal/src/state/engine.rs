//! SQLite or PostgreSQL: the one set of statements runs on either.
//!
//! Statements number their placeholders (`$1`), which both engines take. What differs is here: how a transaction keeps
//! others out, who may clean up, and when the engine counts as away.

use std::time::Duration;

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, query_scalar};

use super::{Digest, StateError};

/// How long one piece of work on the database may take, waiting for a connection included.
const LONGEST: Duration = Duration::from_secs(10);

/// The lock of whoever cleans up; outside the range of nothing else that is locked, but never waited for.
const CLEAN_UP: i64 = 0x5ea1_905f_0c1e_a400;

/// What there is of either engine.
#[derive(Clone)]
pub(super) enum Engine<S, P> {
    Sqlite(S),
    Postgres(P),
}

/// Connections.
pub(super) type Pool = Engine<SqlitePool, PgPool>;

/// All or nothing.
pub(super) type Transaction =
    Engine<sqlx::Transaction<'static, Sqlite>, sqlx::Transaction<'static, Postgres>>;

/// Does the same with whichever engine it is; the name stands for its pool or transaction.
macro_rules! on {
    ($engine:expr, $name:ident => $work:expr) => {
        match $engine {
            $crate::state::engine::Engine::Sqlite($name) => $work,
            $crate::state::engine::Engine::Postgres($name) => $work,
        }
    };
}
pub(super) use on;

impl Pool {
    /// Begins a transaction that alone may read and write what goes by these keys, until it ends: in all processes that
    /// share the database, so that what is counted in it is exact.
    ///
    /// SQLite has one writer at a time. PostgreSQL locks a number made of each key; always in the same order, so that no
    /// two transactions wait for each other.
    pub(super) async fn begin_alone(&self, keys: &[&Digest]) -> Result<Transaction, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => Ok(Engine::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?)),
            Self::Postgres(pool) => {
                let mut numbers: Vec<i64> = keys.iter().map(|key| lock_number(key)).collect();
                numbers.sort_unstable();
                numbers.dedup();
                let mut transaction = pool.begin().await?;
                sqlx::query("SELECT pg_advisory_xact_lock(number) FROM unnest($1::bigint[]) AS number")
                    .bind(numbers)
                    .execute(&mut *transaction)
                    .await?;
                Ok(Engine::Postgres(transaction))
            }
        }
    }

    /// Begins a transaction to clean up in; `None` while another portal does so.
    pub(super) async fn begin_clean_up(&self) -> Result<Option<Transaction>, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => Ok(Some(Engine::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?))),
            Self::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                let ours: bool = query_scalar("SELECT pg_try_advisory_xact_lock($1)")
                    .bind(CLEAN_UP)
                    .fetch_one(&mut *transaction)
                    .await?;
                Ok(ours.then_some(Engine::Postgres(transaction)))
            }
        }
    }
}

impl Transaction {
    /// Makes all of it last.
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        on!(self, transaction => transaction.commit().await)
    }
}

/// Does work on the database, within reason: a database that has gone without a word must not hold requests.
pub(super) async fn within_reason<T>(
    work: impl Future<Output = Result<T, StateError>>,
) -> Result<T, StateError> {
    tokio::time::timeout(LONGEST, work).await.map_err(StateError::TimedOut)?
}

/// The number that PostgreSQL locks for a key. Two keys with one number only wait for each other.
fn lock_number(key: &Digest) -> i64 {
    let (first, _) = key.split_first_chunk().expect("a digest is longer than a number");
    i64::from_be_bytes(*first)
}
