//! The database of a test's portal: SQLite, or PostgreSQL in the binary that runs the same tests on it.

use std::{fs, path::Path};

use sealpost_tests::postgres::{self, Postgres};

use crate::POSTGRES;

/// The lines of `[state]` for a portal that begins with an empty database. Without PostgreSQL, which is said in one line
/// and allowed only outside `tests/run`, the tests use SQLite once more.
pub(crate) fn settings() -> String {
    let server = if POSTGRES { postgres::shared() } else { None };
    server.map_or_else(|| "sqlite = 'portal.sqlite'\n".to_owned(), fresh)
}

/// The lines of `[state]` for a new database of this server.
pub(crate) fn fresh(server: &Postgres) -> String {
    format!("postgres = '{}'\n", server.url(&server.database().unwrap()))
}

/// Fails if one of these stands in the database of the portal whose settings lie in this directory.
pub(crate) fn assert_without(directory: &Path, needles: &[String]) {
    for (name, bytes) in contents(directory) {
        for needle in needles {
            let hex: String =
                needle.bytes().flat_map(|byte| format!("{byte:02x}").into_bytes()).map(char::from).collect();
            for needle in [needle, &hex] {
                let found = bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
                assert!(!found, "{needle} in {name}");
            }
        }
    }
}

/// All bytes of the database: SQLite's files, or what `pg_dump` gives.
pub(crate) fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let settings = fs::read_to_string(directory.join("portal.toml")).unwrap();
    if let Some((_, name)) = settings.split_once("postgres = 'postgresql:///") {
        let name = name.split('?').next().unwrap();
        return vec![(name.to_owned(), postgres::shared().unwrap().dump(name).unwrap().into_bytes())];
    }
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let is_database = |path: &std::path::PathBuf| path.to_str().unwrap().contains("portal.sqlite");
    let read = |path: std::path::PathBuf| (path.display().to_string(), fs::read(&path).unwrap());
    let all: Vec<_> = files.filter(is_database).map(read).collect();
    assert!(!all.is_empty());
    all
}
