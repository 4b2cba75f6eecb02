//! `[state]`: which database, and how to get to it.

use std::{net::IpAddr, path::PathBuf};

use serde::Deserialize;
use sqlx::postgres::PgSslMode;
use url::Url;

use super::values::ValueError;

/// What may stand behind the question mark.
const QUERY: &str =
    "postgres takes host, port, user, sslmode, sslrootcert, sslcert and sslkey behind its question mark";

/// `[state]`
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "StateTable")]
pub struct State {
    /// The database.
    pub store: Store,
    /// Connections to it at most.
    pub connections: u32,
}

/// The database that holds the state.
#[derive(Debug, Clone)]
pub enum Store {
    /// A SQLite file; made when it is not there.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres {
        /// Where it is.
        url: PostgresUrl,
        /// The file with the password, where one is needed.
        password_file: Option<PathBuf>,
    },
}

impl Store {
    /// The files that the settings name.
    pub(super) fn files(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::Sqlite(file) => Some(file),
            Self::Postgres { password_file, .. } => password_file.as_mut(),
        }
    }
}

/// The keys of the table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StateTable {
    sqlite: Option<PathBuf>,
    postgres: Option<PostgresUrl>,
    password_file: Option<PathBuf>,
    #[serde(default = "default_connections")]
    connections: u32,
}

fn default_connections() -> u32 {
    8
}

impl TryFrom<StateTable> for State {
    type Error = ValueError;

    fn try_from(table: StateTable) -> Result<Self, ValueError> {
        let store = match (table.sqlite, table.postgres, table.password_file) {
            (Some(file), None, None) => Store::Sqlite(file),
            (None, Some(url), password_file) => Store::Postgres { url, password_file },
            (Some(_), None, Some(_)) => return Err(ValueError::State("password_file is for postgres only")),
            (Some(_), Some(_), _) => return Err(ValueError::State("sqlite or postgres, not both")),
            (None, None, _) => return Err(ValueError::State("sqlite or postgres is missing")),
        };
        if table.connections == 0 {
            return Err(ValueError::State("connections must be at least 1"));
        }
        Ok(Self { store, connections: table.connections })
    }
}

/// Where a PostgreSQL database is: `postgresql://USER@HOST:PORT/DATABASE?sslmode=...`, without a password.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct PostgresUrl(Url);

impl PostgresUrl {
    /// The text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it states `sslmode`.
    #[must_use]
    pub fn says_how_to_encrypt(&self) -> bool {
        self.0.query_pairs().any(|(key, _)| key == "sslmode")
    }

    /// Whether the server is on this host, as far as its name tells.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0.host_str().is_some_and(|host| {
            host == "localhost"
                || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        })
    }
}

impl TryFrom<String> for PostgresUrl {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        let url = Url::parse(&text).ok().ok_or(ValueError::State("postgres is no URL"))?;
        if !["postgresql", "postgres"].contains(&url.scheme()) || url.fragment().is_some() {
            return Err(ValueError::State("postgres must be postgresql://USER@HOST/DATABASE"));
        }
        if url.password().is_some() {
            return Err(ValueError::State("no password in postgres: it belongs into password_file"));
        }
        let mut socket = false;
        for (key, value) in url.query_pairs() {
            match &*key {
                "host" => socket = true,
                "sslmode" if value.parse::<PgSslMode>().is_err() => {
                    return Err(ValueError::State(
                        "sslmode is disable, prefer, require, verify-ca or verify-full",
                    ));
                }
                "sslrootcert" | "sslcert" | "sslkey" | "sslmode" | "port" | "user" => {}
                _ => return Err(ValueError::State(QUERY)),
            }
            if !value.starts_with('/') && ["host", "sslrootcert", "sslcert", "sslkey"].contains(&&*key) {
                return Err(ValueError::State("host, sslrootcert, sslcert and sslkey take a path from / on"));
            }
        }
        let names_user = !url.username().is_empty() || url.query_pairs().any(|(key, _)| key == "user");
        if !names_user || url.path().trim_matches('/').is_empty() {
            return Err(ValueError::State(
                "postgres must name user and database: postgresql://USER@HOST/DATABASE",
            ));
        }
        if socket == url.host_str().is_some_and(|host| !host.is_empty()) {
            return Err(ValueError::State(
                "postgres must name either a host or the directory of a socket (?host=/...)",
            ));
        }
        Ok(Self(url))
    }
}
