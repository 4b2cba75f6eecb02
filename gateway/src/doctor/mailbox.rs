//! Looks for mails in a Maildir or an mbox.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
    time::Duration,
};

use memchr::memmem;
use tokio::time::{Instant, sleep};

/// How often the mailbox is looked at.
const PAUSE: Duration = Duration::from_millis(250);

/// The most bytes of a mail that are looked at, and of the end of an mbox.
const MAX_MAIL: u64 = 4 << 20;

/// Waits for a mail of which `take` takes something; `None` if none came in time.
pub(super) async fn wait_for<T>(
    mailbox: &Path,
    patience: Duration,
    take: impl Fn(&[u8]) -> Option<T>,
) -> io::Result<Option<T>> {
    let deadline = Instant::now() + patience;
    loop {
        match find(mailbox, &take)? {
            None if Instant::now() < deadline => sleep(PAUSE).await,
            found => return Ok(found),
        }
    }
}

fn find<T>(mailbox: &Path, take: impl Fn(&[u8]) -> Option<T>) -> io::Result<Option<T>> {
    if !mailbox.is_dir() {
        return Ok(mails(&read_end(mailbox)?).into_iter().rev().find_map(take));
    }
    for folder in ["new", "cur"] {
        let entries = match fs::read_dir(mailbox.join(folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let found = take(&read_end(&entry?.path())?);
            if found.is_some() {
                return Ok(found);
            }
        }
    }
    Ok(None)
}

/// Parts an mbox; the lines between its mails are left out.
fn mails(mbox: &[u8]) -> Vec<&[u8]> {
    let ends = memmem::find_iter(mbox, b"\nFrom ").map(|place| place + 1).chain([mbox.len()]);
    let mut start = 0;
    ends.map(|end| {
        let mail = mbox.get(start..end).unwrap_or_default();
        start = end;
        let first_line = memchr::memchr(b'\n', mail).filter(|_| mail.starts_with(b"From "));
        first_line.and_then(|end| mail.get(end + 1..)).unwrap_or(mail)
    })
    .collect()
}

fn read_end(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = match File::open(path) {
        // A mail that was moved in between, or a mailbox that is yet to be made.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_MAIL)))?;
    let mut bytes = Vec::new();
    file.take(MAX_MAIL).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mbox_is_parted_into_its_mails() {
        let mbox = b"From alice@example.org Mon Oct 12\nSubject: 1\n\nFromage\n>From here\n\nFrom - Mon Oct 12\nSubject: 2\n\nx\n";
        assert_eq!(mails(mbox), [&b"Subject: 1\n\nFromage\n>From here\n\n"[..], b"Subject: 2\n\nx\n"]);
        // Of a large one the end is read, which may begin within a mail.
        assert_eq!(mails(b"rest\n\nFrom - x\nSubject: 3\n"), [&b"rest\n\n"[..], b"Subject: 3\n"]);
        assert_eq!(mails(b""), [b""]);
    }

    #[test]
    fn the_last_mail_of_an_mbox_and_any_of_a_maildir_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let number = |mail: &[u8]| {
            let text = String::from_utf8_lossy(mail).into_owned();
            Some(text.lines().find_map(|line| line.strip_prefix("Number: "))?.to_owned())
        };
        let (mbox, maildir) = (folder.path().join("mbox"), folder.path().join("maildir"));
        assert_eq!(find(&mbox, number).unwrap(), None);
        fs::write(&mbox, "From - x\nNumber: 1\n\nFrom - x\nNumber: 2\n\nFrom - x\nSubject: 3\n").unwrap();
        assert_eq!(find(&mbox, number).unwrap().as_deref(), Some("2"));
        fs::create_dir_all(maildir.join("cur")).unwrap();
        assert_eq!(find(&maildir, number).unwrap(), None);
        fs::write(maildir.join("cur/a"), "Number: 3\n").unwrap();
        assert_eq!(find(&maildir, number).unwrap().as_deref(), Some("3"));
    }
}
