//! Oversized, deep and hostile mails through the whole portal: each is answered, in bounded time and memory, and others read on
//! meanwhile. A hundredth of the full size in the ordinary run, all of it in the long one.
//!
//! What a bomb costs is time of the portal's process: a clock on the wall would measure what else the machine does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use sealpost_tests::carrier;
use sealpost_tests::mails::text;
use sealpost_tests::place::{corpus, long_run, results};
use sealpost_tests::process::run;
use sealpost_tests::reader::{Form, Reader};
use sealpost_tests::site::Plan;

use crate::desk::{Desk, GENEROUS, RECIPIENT, SENDER, open, submit};

const MIB: u64 = 1 << 20;
const MARK: &str = "read-by-the-others-4711";
/// How long the other reader looks at his message before he asks for it again.
const PAUSE: Duration = Duration::from_millis(50);
/// For how long he may be left without a page: far beyond what a busy machine does to him, to notice a standstill.
const LONGEST_GAP: Duration = Duration::from_mins(1);

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

/// When the other reader got his pages.
struct Pages(Mutex<Gaps>);

#[derive(Clone, Copy)]
struct Gaps {
    pages: usize,
    last: Instant,
    longest: Duration,
}

impl Pages {
    fn new() -> Self {
        Self(Mutex::new(Gaps { pages: 0, last: Instant::now(), longest: Duration::ZERO }))
    }

    fn came(&self) {
        let mut gaps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *gaps = Gaps {
            pages: gaps.pages + 1,
            last: Instant::now(),
            longest: gaps.longest.max(gaps.last.elapsed()),
        };
    }

    /// How many came since this was last asked, and the longest time between two of them.
    fn take(&self) -> (usize, Duration) {
        let mut gaps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = (gaps.pages, gaps.longest.max(gaps.last.elapsed()));
        *gaps = Gaps { pages: 0, longest: Duration::ZERO, ..*gaps };
        taken
    }
}

/// Opens a bomb and fetches all that there is of it; returns the sizes of what came.
fn defuse(desk: &Desk, reader: &mut Reader, bomb: &Path) -> [usize; 4] {
    let name = bomb.file_name().unwrap().display();
    let file = bomb.to_str().unwrap();
    let arguments = ["seal", "--config", "gateway.toml", "--from", SENDER, "--to", RECIPIENT, file];
    let sealed = run(&mut desk.site.gateway_command(&arguments)).unwrap();
    let message = String::from_utf8(carrier::message_html(&sealed).unwrap()).unwrap();
    let page = open(reader, &message).unwrap();
    let page = submit(reader, &page.form("/read").unwrap()).unwrap();
    assert_eq!(page.status, 200, "{name}");
    let form = page.form("/print").unwrap();
    let mut fetch = |action: &str| {
        let form = Form { action: action.to_owned(), ..form.clone() };
        submit(reader, &form).unwrap()
    };
    let [printed, files, mail] = ["/print", "/attachments", "/mail"].map(&mut fetch);
    assert_eq!((printed.status, mail.status), (200, 200), "{name}");
    assert!(mail.is_whole() && mail.body.len() as u64 >= fs::metadata(bomb).unwrap().len(), "{name}");
    let has_files = page.text().contains("formaction=\"/attachment\"");
    assert_eq!(files.status, if has_files { 200 } else { 404 }, "{name}");
    assert!(!has_files || files.is_whole() && files.body.starts_with(b"PK"), "{name}");
    [page, printed, files, mail].map(|page| page.body.len())
}

/// What one bomb cost.
struct Cost {
    /// Of a processor in the portal's process, that of the other reader's few pages included.
    time: Duration,
    others: usize,
    gap: Duration,
    row: String,
}

fn cost(desk: &Desk, reader: &mut Reader, bomb: &Path, pages: &Pages) -> Cost {
    let (before, _) = (desk.site.portal().cpu_time().unwrap(), pages.take());
    let [page, printed, files, mail] = defuse(desk, reader, bomb);
    let time = desk.site.portal().cpu_time().unwrap().saturating_sub(before);
    let (others, gap) = pages.take();
    let (name, size) = (bomb.file_name().unwrap().display(), fs::metadata(bomb).unwrap().len());
    let (spent, waited) = (time.as_millis(), gap.as_millis());
    let row = format!(
        "| {name} | {size} | {page} | {printed} | {files} | {mail} | {spent} | {others} | {waited} |\n"
    );
    print!("{row}");
    Cost { time, others, gap, row }
}

/// Reads the same message over and over.
fn read_on(reader: &mut Reader, form: &Form, done: &AtomicBool, pages: &Pages) {
    while !done.load(Ordering::Relaxed) {
        let page = submit(reader, form).unwrap();
        assert!(page.status == 200 && page.text().contains(MARK), "{}", page.status);
        pages.came();
        thread::sleep(PAUSE);
    }
}

#[test]
fn bombs_are_read_within_bounds_and_hold_nobody_up() {
    // Mails of many senders.
    let plan = Plan { domains: "\"*\"".into(), passcode_settings: GENEROUS.into(), ..Plan::new("bombs") };
    let mut desk = Desk::new(plan).unwrap();
    desk.site.start_portal().unwrap();
    let (scale, most, most_time) = if long_run() {
        ("1", 400 * MIB, Duration::from_mins(1))
    } else {
        ("0.01", 256 * MIB, Duration::from_secs(10))
    };
    let Some(bombs) = bombs(&desk, scale) else { return };
    let small = desk.seal(&text(SENDER, RECIPIENT, "Small", MARK), &[RECIPIENT]).unwrap();
    let (mut reader, mut other) = (desk.reader(), desk.reader());
    desk.read(&mut reader, &small).unwrap();
    let again = desk.read(&mut other, &small).unwrap().form("/read").unwrap();
    let (done, pages) = (AtomicBool::new(false), Pages::new());
    let costs: Vec<Cost> = thread::scope(|scope| {
        let _end = End(&done);
        scope.spawn(|| read_on(&mut other, &again, &done, &pages));
        bombs.iter().map(|bomb| cost(&desk, &mut reader, bomb, &pages)).collect()
    });
    let peak = desk.site.portal().peak_memory().unwrap();
    let rows: String = costs.iter().map(|cost| cost.row.as_str()).collect();
    let slowest = costs.iter().map(|cost| cost.time).max().unwrap();
    let longest = costs.iter().map(|cost| cost.gap).max().unwrap();
    let read: usize = costs.iter().map(|cost| cost.others).sum();
    let report = format!(
        "| bomb | bytes | page | print | ZIP | mail | CPU ms | others' pages | longest gap ms |\n\
         |---|---|---|---|---|---|---|---|---|\n{rows}\n\
         {} bombs at scale {scale}: {slowest:?} of a processor for one at most, peak memory of the portal {} MiB; others read \
         {read} times and waited {longest:?} at most\n",
        bombs.len(),
        peak / MIB
    );
    print!("{report}");
    fs::write(results("figures").unwrap().join("bombs.txt"), report).unwrap();
    for (bomb, cost) in bombs.iter().zip(&costs) {
        let (name, Cost { time, gap, .. }) = (bomb.display(), cost);
        assert!(*time < most_time, "{name}: {time:?} of a processor");
        assert!(*gap < LONGEST_GAP, "{name}: another reader waited {gap:?}");
    }
    assert!(peak < most && read >= bombs.len(), "{} MiB, {read}", peak / MIB);
    desk.site.finish().unwrap();
}
