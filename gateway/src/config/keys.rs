//! `[keys]`: the gateway's signing key, the portal's sealing key, an optional recovery key.

use std::path::{Path, PathBuf};

use sealpost_common::keys::{SealingKey, SigningKey};
use serde::Deserialize;
use toml::Spanned;

use super::source::{Cause, Source, read_public_key, read_secret_key};

/// The keys that seal: none of them can open.
pub struct Keys {
    /// Signs the headers of our envelopes; secret.
    pub signing: SigningKey,
    /// The portal's public key.
    pub sealing: SealingKey,
    /// The public key whose other half lies in a safe, if there is one.
    pub recovery: Option<SealingKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "they are the keys of the settings file")]
pub(super) struct Section {
    signing_key: Spanned<PathBuf>,
    sealing_key: Spanned<PathBuf>,
    recovery_key: Option<Spanned<PathBuf>>,
}

impl Section {
    pub(super) fn resolve(self, source: &mut Source) -> Option<Keys> {
        let signing =
            source.check(&self.signing_key, read_signing_key(&source.resolve(self.signing_key.get_ref())));
        let sealing =
            source.check(&self.sealing_key, read_sealing_key(&source.resolve(self.sealing_key.get_ref())));
        let recovery = match &self.recovery_key {
            Some(path) => Some(source.check(path, read_sealing_key(&source.resolve(path.get_ref())))?),
            None => None,
        };
        Some(Keys { signing: signing?, sealing: sealing?, recovery })
    }
}

/// Reads a signing key from a file that only its owner can read.
pub(crate) fn read_signing_key(path: &Path) -> Result<SigningKey, Cause> {
    let text = read_secret_key(path)?;
    SigningKey::from_text(&text).map_err(|source| Cause::KeyFileContent { path: path.to_owned(), source })
}

fn read_sealing_key(path: &Path) -> Result<SealingKey, Cause> {
    let text = read_public_key(path)?;
    SealingKey::from_text(&text).map_err(|source| Cause::KeyFileContent { path: path.to_owned(), source })
}
