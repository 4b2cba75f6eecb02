//! Reads the portal's secret key files, and refuses those that others can read.
//!
//! Opening keys lie in one directory, a file each, named `opening-<time>-<key ID>.key`: the last by name is the
//! current one, whose sealing key the gateways use; all of them open envelopes, for ever.

use std::{
    fs, io,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rand::rngs::StdRng;
use sealpost_common::keys::{KeyError, OpeningKey, OpeningKeys, is_closed_to_others};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    config,
    state::{StateKey, StateKeyError},
    surroundings::{NoRandomness, Surroundings},
};

/// Why the keys can't be used.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// A file or directory can't be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Others than its owner can read a secret key.
    #[error("{}: is readable or writable for others than its owner; use `chmod 600`", .0.display())]
    Exposed(PathBuf),
    /// The file does not hold what it should.
    #[error("{}: {source}", .path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyError,
    },
    /// The file does not hold a state key.
    #[error("{}: {source}", .path.display())]
    StateKey {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: StateKeyError,
    },
    /// The file does not hold a client secret.
    #[error("{}: holds no client secret (one line, without spaces)", .0.display())]
    ClientSecret(PathBuf),
    /// The file does not hold an admin token.
    #[error("{}: holds no admin token (one line of at least 24 characters, without spaces)", .0.display())]
    AdminToken(PathBuf),
    /// The directory has no opening key.
    #[error("{}: holds no opening key (a file *.key); make one with `sealpost-portal keys generate`", .0.display())]
    NoOpeningKey(PathBuf),
    /// No key could be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// One file with an opening key.
pub struct KeyFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What is in it.
    pub key: OpeningKey,
}

/// Reads a secret text file.
///
/// # Errors
/// When it can't be read, or others than its owner can read or write it.
pub fn read_secret(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let failed = |source| KeyFileError::File { path: path.to_owned(), source };
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if !is_closed_to_others(path, mode) {
        return Err(KeyFileError::Exposed(path.to_owned()));
    }
    fs::read_to_string(path).map(Zeroizing::new).map_err(failed)
}

/// Reads the opening key in one file.
///
/// # Errors
/// When the file can't be read, is exposed, or holds anything but one opening key.
pub fn read_opening_key(path: &Path) -> Result<OpeningKey, KeyFileError> {
    let text = read_secret(path)?;
    OpeningKey::from_text(&text).map_err(|source| KeyFileError::Key { path: path.to_owned(), source })
}

/// Reads all opening keys of the directory, oldest first; none is no error.
///
/// # Errors
/// When a file can't be read, is exposed, or holds anything but one opening key.
pub fn read_key_directory(directory: &Path) -> Result<Vec<KeyFile>, KeyFileError> {
    let failed = |source| KeyFileError::File { path: directory.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "key") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.into_iter().map(|path| Ok(KeyFile { key: read_opening_key(&path)?, path })).collect()
}

/// The opening keys of the settings: at least one.
///
/// # Errors
/// When there is none, or one can't be used.
pub fn opening_keys(keys: &config::Keys) -> Result<OpeningKeys, KeyFileError> {
    let files = read_key_directory(&keys.opening_keys)?;
    if files.is_empty() {
        return Err(KeyFileError::NoOpeningKey(keys.opening_keys.clone()));
    }
    Ok(OpeningKeys::new(files.into_iter().map(|file| file.key).collect()))
}

/// The state key of the settings.
///
/// # Errors
/// When the file can't be read, is exposed, or holds something else.
pub fn state_key(path: &Path) -> Result<StateKey, KeyFileError> {
    let text = read_secret(path)?;
    StateKey::from_text(text.trim())
        .map_err(|source| KeyFileError::StateKey { path: path.to_owned(), source })
}

/// The secret that a provider has given to this portal.
///
/// # Errors
/// When the file can't be read, is exposed, or holds anything but one line.
pub fn client_secret(path: &Path) -> Result<String, KeyFileError> {
    let text = read_secret(path)?;
    let secret = text.trim();
    if secret.is_empty() || secret.contains(char::is_whitespace) {
        return Err(KeyFileError::ClientSecret(path.to_owned()));
    }
    Ok(secret.to_owned())
}

/// Makes a new opening key in the directory (made as well where missing) and so the current one.
///
/// # Errors
/// When no key can be made, or the file can't be written.
pub fn add_opening_key(directory: &Path, surroundings: &Surroundings) -> Result<KeyFile, KeyFileError> {
    fs::create_dir_all(directory)
        .map_err(|source| KeyFileError::File { path: directory.to_owned(), source })?;
    let key = new_opening_key(surroundings)?;
    let name = format!("opening-{}-{}.key", file_time(surroundings.clock.now()), key.id());
    let path = directory.join(name);
    write_opening_key(&path, &key)?;
    Ok(KeyFile { path, key })
}

/// Makes an opening key.
///
/// # Errors
/// When there is no randomness for it.
pub fn new_opening_key(surroundings: &Surroundings) -> Result<OpeningKey, KeyFileError> {
    let seed = Zeroizing::new(surroundings.random::<32>()?);
    let mut generator: StdRng = rand::SeedableRng::from_seed(*seed);
    Ok(OpeningKey::generate(&mut generator))
}

/// Writes an opening key to a new file.
///
/// # Errors
/// When the file exists or can't be written.
pub fn write_opening_key(path: &Path, key: &OpeningKey) -> Result<(), KeyFileError> {
    write_secret(path, &key.to_text_secret())
}

/// Makes a new state key in a new file.
///
/// # Errors
/// When the file exists or can't be written.
pub fn write_state_key(path: &Path, surroundings: &Surroundings) -> Result<(), KeyFileError> {
    write_secret(path, &StateKey::from_random(surroundings.random()?).to_text_secret())
}

/// Writes one line to a new file that only its owner can read, and waits until it is on the disk: an opening key
/// that is lost makes mails unreadable.
fn write_secret(path: &Path, line: &str) -> Result<(), KeyFileError> {
    use io::Write as _;

    let write = || {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(line.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    write().map_err(|source| KeyFileError::File { path: path.to_owned(), source })
}

/// A time such as `20261122T130501Z`, which sorts by name.
fn file_time(seconds: u64) -> String {
    let timestamp = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    timestamp.unwrap_or_default().strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_listed_oldest_first_and_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let first = add_opening_key(directory.path(), &Surroundings::real()).unwrap();
        let later = directory.path().join("opening-99991231T235959Z-x.key");
        write_opening_key(&later, &new_opening_key(&Surroundings::real()).unwrap()).unwrap();
        fs::write(directory.path().join("notes.txt"), "not a key").unwrap();
        let files = read_key_directory(directory.path()).unwrap();
        assert_eq!(files.len(), 2);
        assert_eq!(files[0].key.id(), first.key.id());
        assert_eq!(files[1].path, later);
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = add_opening_key(directory.path(), &Surroundings::real()).unwrap();
        assert_eq!(fs::metadata(&file.path).unwrap().permissions().mode() & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o620, 0o666] {
            fs::set_permissions(&file.path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(read_opening_key(&file.path), Err(KeyFileError::Exposed(_))), "{mode:o}");
        }
    }

    #[test]
    fn a_key_file_is_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.key");
        write_state_key(&path, &Surroundings::real()).unwrap();
        assert!(write_state_key(&path, &Surroundings::real()).is_err());
        assert!(state_key(&path).is_ok());
    }
}
