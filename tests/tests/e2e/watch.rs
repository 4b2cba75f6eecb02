//! While many mails are read, the portal writes no byte of an envelope or of a plaintext to any file.

use std::fs;
use std::path::Path;
use std::process::Command;

use sealpost_tests::mails::{Attachment, random_bytes, unique_text, with_attachments};
use sealpost_tests::place::{Folder, installed, results};
use sealpost_tests::process::Process;
use sealpost_tests::secrets::contains;
use sealpost_tests::site::Plan;
use sealpost_tests::watch::{Seen, Watch};

use crate::desk::{Desk, GENEROUS, RECIPIENT, SENDER, open, submit};

const MAILS: usize = 1000;

/// A mail, and what of it must not be written.
struct Secret {
    mail: Vec<u8>,
    body: String,
    attachment: Vec<u8>,
}

impl Secret {
    fn new(number: usize) -> Self {
        let body = unique_text("Body");
        let attachment = random_bytes(number as u64, 3000);
        let file = Attachment {
            name: "a.bin".into(),
            media_type: "application/octet-stream".into(),
            bytes: attachment.clone(),
        };
        let mail =
            with_attachments(SENDER, RECIPIENT, &unique_text("Subject"), &format!("<p>{body}</p>"), &[file]);
        Self { mail, body, attachment }
    }
}

#[test]
fn reading_a_thousand_mails_writes_nothing_of_them() {
    if !installed(&["strace"]) {
        return;
    }
    let mut desk = Desk::new(Plan { passcode_settings: GENEROUS.into(), ..Plan::new("watch") }).unwrap();
    let (watch, command) = Watch::new(desk.site.folder().path(), &desk.site.portal_serve_command()).unwrap();
    desk.site.start_portal_as(command).unwrap();
    let mut reader = desk.reader();
    let mut forbidden = Vec::new();
    for number in 0..MAILS {
        let secret = Secret::new(number);
        let message = desk.seal(&secret.mail, &[RECIPIENT]).unwrap();
        // A long run from the middle of each: of the envelope's text, of the body, of the attachment and its base64.
        let base64 = sealpost_tests::mails::base64_lines(&secret.attachment);
        let start = message.find("-----BEGIN").unwrap();
        let pieces = [
            &message.as_bytes()[start + 200..start + 230],
            secret.body.as_bytes(),
            &secret.attachment[100..124],
            &base64.as_bytes()[100..124],
        ];
        for piece in pieces {
            watch.forbid(piece);
            forbidden.push(piece.to_vec());
        }
        // Every tenth reader has no session yet and proves his address first.
        if number % 10 == 0 {
            reader = desk.reader();
        }
        let page = if number % 10 == 0 {
            desk.read(&mut reader, &message).unwrap()
        } else {
            let page = open(&mut reader, &message).unwrap();
            submit(&mut reader, &page.form("/read").unwrap()).unwrap()
        };
        assert!(page.text().contains(&secret.body), "mail {number} is shown: {}", page.text());
        let attachment = submit(&mut reader, &page.form("/attachment").unwrap()).unwrap();
        assert!(attachment.body == secret.attachment, "the attachment of mail {number} is the same");
    }
    desk.site.stop_portal().unwrap();
    let seen = watch.finish().unwrap();
    report(&seen);
    assert!(seen.leaks.is_empty(), "written to {:?}", seen.leaks);
    assert!(seen.odd.is_empty(), "{:?}", &seen.odd[..seen.odd.len().min(5)]);
    let database = desk.site.folder().join("portal.sqlite").display().to_string();
    let known = |name: &str| {
        name.contains(&database)
            || name.ends_with("portal.log")
            || name.starts_with("/dev/")
            || name.starts_with("/proc/")
    };
    for name in seen.writable.keys().chain(seen.written.keys()) {
        assert!(known(name), "the portal can write to {name}");
    }
    assert!(
        seen.written.keys().any(|name| name.contains(&database)),
        "the watch sees the database being written"
    );
    // And what lies there afterwards holds nothing of them either.
    for entry in fs::read_dir(desk.site.folder().path()).unwrap() {
        let path = entry.unwrap().path();
        let content = if path.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        let found = forbidden.iter().any(|piece| contains(&content, piece));
        assert!(!found, "{} holds a piece of a mail", path.display());
    }
    desk.site.finish().unwrap();
}

fn report(seen: &Seen) {
    let text = format!(
        "{MAILS} mails read; bytes written to files: {:#?}\nopened for writing: {:#?}\n",
        seen.written, seen.writable
    );
    fs::write(results("figures").unwrap().join("watch.txt"), text).unwrap();
}

/// The watch itself: it notices a program that does write.
#[test]
fn the_watch_notices_what_is_written() {
    if !installed(&["strace"]) {
        return;
    }
    let folder = Folder::new("watched").unwrap();
    let script = "printf 'some secret text' > file; printf 'harmless' > other; printf 'some secret text' | cat > /dev/null";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).current_dir(folder.path());
    let (watch, command) = Watch::new(folder.path(), &shell).unwrap();
    watch.forbid(b"secret");
    let process = Process::start("shell", command, &folder.join("log")).unwrap();
    let seen = watch.finish().unwrap();
    drop(process);
    assert_eq!(seen.leaks.len(), 1);
    assert!(Path::new(&seen.leaks[0]).ends_with("file"));
    assert!(seen.writable.contains_key("file") && seen.writable.contains_key("other"), "{seen:?}");
}
