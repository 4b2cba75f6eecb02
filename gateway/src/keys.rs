//! Makes the gateway's signing key and shows its public half, which the portal needs.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use sealpost_common::keys::{SigningKey, VerifyingKey};
use thiserror::Error;

/// Why a key file could not be made.
#[derive(Debug, Error)]
pub(crate) enum GenerateError {
    /// There is a file already; a key is never overwritten.
    #[error("{} exists already; a key is never overwritten", .0.display())]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Makes a signing key, writes it to a new file that only its owner can read, and gives its public half.
pub(crate) fn generate(path: &Path) -> Result<VerifyingKey, GenerateError> {
    let key = SigningKey::generate(&mut rand::rng());
    let written =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
            writeln!(file, "# Signing key of a Sealpost gateway, ID {}. Secret.", key.id())?;
            writeln!(file, "{}", *key.to_text_secret())?;
            file.sync_all()
        });
    match written {
        Ok(()) => Ok(key.verifying_key()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(GenerateError::Exists(path.to_owned()))
        }
        Err(source) => Err(GenerateError::Write { path: path.to_owned(), source }),
    }
}
