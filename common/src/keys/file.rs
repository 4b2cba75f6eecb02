//! Which files are closed enough to hold a secret.

use std::{env, path::Path};

/// Says whether nobody but its owner has any business with a file of this mode, so that a secret may be read from it.
///
/// systemd hands a service its credentials in files that belong to root, and lets the service read them by an access
/// control list. The mask of such a list shows as the group's permission to read; right below `$CREDENTIALS_DIRECTORY`,
/// which systemd sets and nobody else can enter, that bit therefore opens the file to nobody.
#[must_use]
pub fn is_closed_to_others(path: &Path, mode: u32) -> bool {
    let credentials = env::var_os("CREDENTIALS_DIRECTORY");
    is_closed(path, mode, credentials.as_deref().map(Path::new))
}

fn is_closed(path: &Path, mode: u32, credentials: Option<&Path>) -> bool {
    let is_credential = credentials.is_some_and(|directory| path.parent() == Some(directory));
    let forbidden = if is_credential { 0o037 } else { 0o077 };
    mode & forbidden == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_may_read_systemd_credentials_and_nothing_else() {
        let credentials = Some(Path::new("/run/credentials/a.service"));
        for (path, mode, credentials, expected) in [
            ("/etc/a.key", 0o100_600, None, true),
            ("/etc/a.key", 0o100_400, credentials, true),
            ("/etc/a.key", 0o100_440, None, false),
            ("/etc/a.key", 0o100_440, credentials, false),
            ("/run/credentials/a.service/a.key", 0o100_440, credentials, true),
            ("/run/credentials/a.service/a.key", 0o100_440, None, false),
            ("/run/credentials/a.service/a.key", 0o100_460, credentials, false),
            ("/run/credentials/a.service/a.key", 0o100_444, credentials, false),
            ("/run/credentials/a.service/x/a.key", 0o100_440, credentials, false),
            ("/run/credentials/b.service/a.key", 0o100_440, credentials, false),
        ] {
            assert_eq!(is_closed(Path::new(path), mode, credentials), expected, "{path} {mode:o}");
        }
    }
}
