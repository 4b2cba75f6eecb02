//! Reads what was delivered to a Maildir.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use anyhow::Result;

use crate::process::wait_until;

/// A Maildir; it needs not exist yet.
#[derive(Clone, Debug)]
pub struct Maildir {
    path: PathBuf,
}

impl Maildir {
    /// Names a Maildir.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.into() }
    }

    /// Returns all mails in the order of their delivery, with the fields that virtual(8) put on top.
    pub fn mails(&self) -> Result<Vec<Vec<u8>>> {
        let mut found = Vec::new();
        for folder in ["new", "cur"] {
            let entries = match fs::read_dir(self.path.join(folder)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                found.push((entry.metadata()?.modified()?, entry.file_name(), fs::read(entry.path())?));
            }
        }
        found.sort();
        Ok(found.into_iter().map(|(_, _, mail)| mail).collect())
    }

    /// Returns how many mails are there.
    #[must_use]
    pub fn count(&self) -> usize {
        let count = |folder| fs::read_dir(self.path.join(folder)).map_or(0, Iterator::count);
        count("new") + count("cur")
    }

    /// Removes all mails.
    pub fn clear(&self) -> Result<()> {
        for folder in ["new", "cur"] {
            for entry in fs::read_dir(self.path.join(folder)).into_iter().flatten() {
                fs::remove_file(entry?.path())?;
            }
        }
        Ok(())
    }

    /// Waits for a mail that `wanted` accepts and returns it; the last one if there are several.
    pub fn wait_for(&self, what: &str, wanted: impl Fn(&[u8]) -> bool) -> Result<Vec<u8>> {
        wait_until(what, Duration::from_mins(1), || {
            self.mails().ok()?.into_iter().rev().find(|mail| wanted(mail))
        })
    }
}
