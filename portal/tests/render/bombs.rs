//! Oversized, deep and hostile mails: answered in bounded time.

use std::process::Command;
use std::time::{Duration, Instant};

use sealpost_portal::render;

use crate::corpus;

/// Far above what any of them takes; a test machine may be busy.
const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn bombs_are_answered_in_bounded_time() {
    let Some(folder) = corpus::folder() else { return };
    let made = tempfile::tempdir().unwrap();
    // `1` for the full size of 265 MB.
    let scale = std::env::var("SEALPOST_BOMB_SCALE").unwrap_or_else(|_| "0.01".to_owned());
    let script = folder.join("bombs/make_bombs.py");
    let run = Command::new("python3").arg(script).arg(made.path()).args(["--scale", &scale]).output();
    let Ok(run) = run else {
        eprintln!("python3 not found: not run");
        return;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let bombs = corpus::files(made.path(), "eml");
    assert!(!bombs.is_empty());
    for bomb in bombs {
        let mail = std::fs::read(&bomb).unwrap();
        let start = Instant::now();
        let view = render::view(&mail);
        let viewed = start.elapsed();
        let notices: Vec<String> = view.notices.iter().map(ToString::to_string).collect();
        for attachment in view.attachments.iter().take(3) {
            assert_eq!(render::attachment(&mail, attachment.index).unwrap().bytes.len(), attachment.size);
        }
        println!("{} {} bytes: {viewed:?} {notices:?}", bomb.file_name().unwrap().display(), mail.len());
        assert!(viewed < LIMIT, "{} took {viewed:?}", bomb.display());
    }
}
