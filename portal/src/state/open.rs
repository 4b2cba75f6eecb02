//! Opens the database that the settings name, and brings its tables up to date.

use std::{borrow::Cow, fs::OpenOptions, os::unix::fs::OpenOptionsExt as _, path::Path, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, SqlSafeStr as _, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    State, StateError,
    engine::{Engine, within_reason},
};
use crate::{
    config::{self, PostgresUrl, Store},
    keys,
};

/// How long a request waits for a connection.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How often a SQLite file is tried to be opened and its tables made: another portal may be doing so at the same moment, and
/// SQLite waits for it neither when it turns to its write-ahead log nor between two migrations.
const ATTEMPTS: u32 = 20;

/// What every connection to PostgreSQL is set to, milliseconds: nothing waits for ever, and a portal that dies in the
/// middle of a transaction holds nobody up. The counts are exact at this isolation.
const SESSION: [(&str, &str); 4] = [
    ("statement_timeout", "5000"),
    ("lock_timeout", "5000"),
    ("idle_in_transaction_session_timeout", "10000"),
    ("default_transaction_isolation", "read committed"),
];

impl State {
    /// Opens the database, and brings its tables up to date.
    ///
    /// A SQLite file is made where it is missing, readable for its owner only. Deleted rows are overwritten
    /// (`secure_delete`); a passcode or session that is lost in a power cut is only asked for again, so commits don't
    /// wait for the disk (`synchronous=NORMAL`).
    ///
    /// # Errors
    /// When the file can't be made or is no database, the server can't be reached, or a migration fails.
    pub async fn open(settings: &config::State) -> Result<Self, StateError> {
        let pool = match &settings.store {
            Store::Sqlite(path) => Engine::Sqlite(open_sqlite(path, settings.connections).await?),
            Store::Postgres { url, password_file } => {
                let options = postgres_options(url, password_file.as_deref())?;
                migrate_postgres(&options).await?;
                let pool = PgPoolOptions::new()
                    .max_connections(settings.connections)
                    .acquire_timeout(LONGEST_WAIT)
                    .connect_lazy_with(options.options(SESSION));
                Engine::Postgres(pool)
            }
        };
        Ok(Self { pool })
    }
}

/// Whether a PostgreSQL server can be reached as the settings say; changes nothing. SQLite has nothing to be reached.
///
/// # Errors
/// When it can't be, or the password file can't be used.
pub async fn reach(settings: &config::State) -> Result<(), StateError> {
    let Store::Postgres { url, password_file } = &settings.store else { return Ok(()) };
    let options = postgres_options(url, password_file.as_deref())?;
    within_reason(async { Ok(options.connect().await?.close().await?) }).await
}

async fn open_sqlite(path: &Path, connections: u32) -> Result<SqlitePool, StateError> {
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
        .busy_timeout(LONGEST_WAIT)
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY");
    let mut attempt = 1;
    loop {
        match make_tables(options.clone(), connections).await {
            Err(_) if attempt < ATTEMPTS => tokio::time::sleep(LONGEST_WAIT / ATTEMPTS).await,
            done => return done,
        }
        attempt += 1;
    }
}

async fn make_tables(options: SqliteConnectOptions, connections: u32) -> Result<SqlitePool, StateError> {
    let pool = SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(LONGEST_WAIT)
        .connect_with(options)
        .await?;
    sqlite_tables().run(&pool).await?;
    Ok(pool)
}

/// The options of the address and the password in the file. A database elsewhere must prove who it is, unless the
/// address says otherwise.
fn postgres_options(url: &PostgresUrl, password: Option<&Path>) -> Result<PgConnectOptions, StateError> {
    let mut options: PgConnectOptions = url.as_str().parse()?;
    if !url.says_how_to_encrypt() {
        let near = options.get_socket().is_some() || url.is_loopback();
        options = options.ssl_mode(if near { PgSslMode::Prefer } else { PgSslMode::VerifyFull });
    }
    if let Some(file) = password {
        options = options.password(keys::read_secret(file)?.trim_end_matches(['\r', '\n']));
    }
    Ok(options.application_name("sealpost-portal"))
}

/// Brings the tables up to date, on a connection without time limits; portals that start at once wait for each other.
async fn migrate_postgres(options: &PgConnectOptions) -> Result<(), StateError> {
    let mut connection =
        tokio::time::timeout(2 * LONGEST_WAIT, options.connect()).await.map_err(StateError::TimedOut)??;
    postgres_tables().run(&mut connection).await?;
    Ok(connection.close().await?)
}

fn sqlite_tables() -> Migrator {
    migrator(&[
        ("first", include_str!("../../migrations/sqlite/0001_first.sql")),
        ("providers", include_str!("../../migrations/sqlite/0002_providers.sql")),
        ("known browsers", include_str!("../../migrations/sqlite/0003_known_browsers.sql")),
        ("figures", include_str!("../../migrations/sqlite/0004_figures.sql")),
    ])
}

fn postgres_tables() -> Migrator {
    migrator(&[
        ("first", include_str!("../../migrations/postgres/0001_first.sql")),
        ("known browsers", include_str!("../../migrations/postgres/0002_known_browsers.sql")),
        ("figures", include_str!("../../migrations/postgres/0003_figures.sql")),
    ])
}

/// The migrations, oldest first; one that has been released never changes.
fn migrator(files: &[(&'static str, &'static str)]) -> Migrator {
    let migration = |(version, &(name, sql)): (i64, &(&'static str, &'static str))| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations((1..).zip(files).map(migration).collect())
}
