//! Oversized, deep and hostile mails through the whole portal: each is answered, in bounded memory, and others read on
//! meanwhile. A hundredth of the full size in the ordinary run, all of it in the long one.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use sealpost_tests::carrier;
use sealpost_tests::mails::text;
use sealpost_tests::place::{corpus, long_run, results};
use sealpost_tests::process::run;
use sealpost_tests::site::Plan;

use crate::desk::{Desk, GENEROUS, RECIPIENT, SENDER, open, submit};

const MIB: u64 = 1 << 20;
const MARK: &str = "read-by-the-others-4711";

fn bombs(desk: &Desk, scale: &str) -> Option<Vec<PathBuf>> {
    let script = corpus()?.join("bombs/make_bombs.py");
    let folder = desk.site.folder().make("bombs").unwrap();
    run(Command::new("python3").arg(script).arg(&folder).args(["--scale", scale])).unwrap();
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "eml"));
    files.sort();
    Some(files)
}

/// Ends the other reader when it goes, also when a bomb has failed.
struct End<'d>(&'d AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn bombs_are_read_within_bounds_and_hold_nobody_up() {
    // Mails of many senders.
    let plan = Plan { domains: "\"*\"".into(), passcode_settings: GENEROUS.into(), ..Plan::new("bombs") };
    let mut desk = Desk::new(plan).unwrap();
    desk.site.start_portal().unwrap();
    let (scale, most) = if long_run() { ("1", 1024 * MIB) } else { ("0.01", 256 * MIB) };
    let Some(bombs) = bombs(&desk, scale) else { return };
    let small = desk.seal(&text(SENDER, RECIPIENT, "Small", MARK), &[RECIPIENT]).unwrap();
    let (mut reader, mut other) = (desk.reader(), desk.reader());
    desk.read(&mut reader, &small).unwrap();
    let page = desk.read(&mut other, &small).unwrap();
    assert!(page.text().contains(MARK));
    let again = page.form("/read").unwrap();
    let (done, read) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let _end = End(&done);
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let page = submit(&mut other, &again).unwrap();
                assert!(page.status == 200 && page.text().contains(MARK), "{}", page.status);
                read.fetch_add(1, Ordering::Relaxed);
            }
        });
        for bomb in &bombs {
            let name = bomb.file_name().unwrap().display();
            let arguments = [
                "seal",
                "--config",
                "gateway.toml",
                "--from",
                SENDER,
                "--to",
                RECIPIENT,
                bomb.to_str().unwrap(),
            ];
            let sealed = run(&mut desk.site.gateway_command(&arguments)).unwrap();
            let message = String::from_utf8(carrier::message_html(&sealed).unwrap()).unwrap();
            let before = read.load(Ordering::Relaxed);
            let page = open(&mut reader, &message).unwrap();
            let page = submit(&mut reader, &page.form("/read").unwrap()).unwrap();
            assert_eq!(page.status, 200, "{name}");
            let printed = submit(&mut reader, &page.form("/print").unwrap()).unwrap();
            assert_eq!(printed.status, 200, "{name}");
            println!(
                "{name}: {} bytes of page; others read {} times",
                page.body.len(),
                read.load(Ordering::Relaxed) - before
            );
        }
    });
    let (peak, read) = (desk.site.portal().peak_memory().unwrap(), read.into_inner());
    let report = format!(
        "bombs at scale {scale}: peak memory of the portal {} MiB, others read {read} times\n",
        peak / MIB
    );
    print!("{report}");
    fs::write(results("figures").unwrap().join("bombs.txt"), report).unwrap();
    assert!(peak < most && read >= 2 * bombs.len(), "{} MiB, {read}", peak / MIB);
    desk.site.finish().unwrap();
}
