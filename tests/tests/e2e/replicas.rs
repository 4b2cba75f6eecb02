//! Three portals on one PostgreSQL behind one address, without sticky sessions: every request may go to another of them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use sealpost_tests::browser::Browser;
use sealpost_tests::mails::{large, text, unique_text};
use sealpost_tests::place::{installed, long_run};
use sealpost_tests::postgres::{self, Postgres};
use sealpost_tests::providers::{self, Providers};
use sealpost_tests::reader::{From, Page, Reader, form_of};
use sealpost_tests::replicas::Replicas;
use sealpost_tests::site::Plan;

use crate::desk::{Desk, GENEROUS, RECIPIENT, SENDER, open, submit};
use crate::sign_in::heading;

struct Farm {
    replicas: Replicas,
    desk: Desk,
    _providers: Option<Providers>,
    database: String,
    server: &'static Postgres,
}

impl Farm {
    /// Starts three portals, if all that they need is installed.
    fn start(name: &str, passcode_settings: &str) -> Option<Self> {
        Self::start_with(name, passcode_settings, false)
    }

    fn start_with(name: &str, passcode_settings: &str, with_providers: bool) -> Option<Self> {
        let server = postgres::shared().filter(|_| installed(&["nginx"]))?;
        let database = server.database().unwrap();
        let plan = Plan {
            passcode_settings: format!("{GENEROUS}\n{passcode_settings}"),
            state_settings: format!("postgres = \"{}\"", server.url(&database)),
            ..Plan::new(name)
        };
        let mut desk = Desk::new(plan).unwrap();
        let providers = with_providers.then(|| Providers::start(&mut desk.site).unwrap());
        let replicas = Replicas::start(&desk.site, 3).unwrap();
        Some(Self { replicas, desk, _providers: providers, database, server })
    }

    fn seal(&mut self, mail: &[u8]) -> String {
        self.desk.seal(mail, &[RECIPIENT]).unwrap()
    }

    fn count(&self, query: &str) -> u64 {
        self.server.sql(&self.database, query).unwrap().trim().parse().unwrap()
    }

    fn finish(self) {
        self.replicas.finish().unwrap();
        self.desk.site.finish().unwrap();
    }
}

/// Opens a message from a page of the portal, with the reader's session.
fn reopen(reader: &mut Reader, message: &str) -> Page {
    reader.post("/open", From::Portal, &form_of(message, "/open").unwrap().fields).unwrap()
}

#[test]
fn a_reader_goes_from_portal_to_portal_while_they_are_killed() {
    let Some(mut farm) = Farm::start("replicas", "") else { return };
    let body = unique_text("Body");
    let message = farm.seal(&text(SENDER, RECIPIENT, "Hello", &body));
    // More requests than portals at each step: all of them are asked.
    for killed in 0..3 {
        let mut reader = farm.desk.reader();
        for _ in 0..3 {
            assert!(open(&mut reader, &message).unwrap().form("/passcode").is_ok());
        }
        let page = open(&mut reader, &message).unwrap();
        let (page, passcode) = farm.desk.ask(&mut reader, &page).unwrap();
        farm.replicas.kill(killed).unwrap();
        let wrong = if passcode == "00000000" { "00000001" } else { "00000000" };
        for _ in 0..4 {
            let refused = submit(&mut reader, &page.form("/read").unwrap().with("passcode", wrong)).unwrap();
            assert_eq!(refused.status, 200, "portal {killed} was killed");
            assert!(!refused.text().contains(&body));
        }
        let shown = submit(&mut reader, &page.form("/read").unwrap().with("passcode", &passcode)).unwrap();
        assert!(shown.text().contains(&body), "portal {killed} was killed");
        for _ in 0..3 {
            assert!(reopen(&mut reader, &message).text().contains(&body));
            let mail = submit(&mut reader, &shown.form("/mail").unwrap()).unwrap();
            assert!(mail.status == 200 && String::from_utf8_lossy(&mail.body).contains(&body));
        }
        let out = reader.post("/sign-out", From::Portal, &[]).unwrap();
        assert_eq!(out.status, 200);
        for _ in 0..3 {
            assert!(!reopen(&mut reader, &message).text().contains(&body), "signed out of all");
        }
        farm.replicas.resume(&farm.desk.site, killed).unwrap();
    }
    farm.finish();
}

/// Three requests are under way, one at each portal, when one of these is killed: just one page is lost, and is there once the
/// reader asks for it again.
#[test]
fn a_portal_that_is_killed_takes_one_page_with_it() {
    let Some(mut farm) = Farm::start("replicas-killed", "") else { return };
    // What is read is far more than what lies between a portal and a reader who does not read on.
    let mails = [6_000_000, 40_000_000].map(|size| large(SENDER, RECIPIENT, "Hello", size));
    let messages = [farm.seal(&mails[0]), farm.seal(&mails[1])];
    let mut reader = farm.desk.reader();
    farm.desk.read(&mut reader, &messages[0]).unwrap();
    let pages = messages.map(|message| reopen(&mut reader, &message));
    for (killed, is_upload) in [(0, true), (1, false), (2, true)] {
        let (page, mail) = if is_upload { (&pages[0], &mails[0]) } else { (&pages[1], &mails[1]) };
        let ask = page.form("/mail").unwrap();
        let is_there = |page: &Page| page.status == 200 && page.is_whole() && page.body.ends_with(mail);
        let start = |_| {
            let begun = if is_upload { reader.begin_upload(&ask, 2) } else { reader.begin_download(&ask) };
            begun.unwrap()
        };
        let begun: Vec<_> = (0..3).map(start).collect();
        farm.replicas.wait_for_request(killed).unwrap();
        farm.replicas.kill(killed).unwrap();
        // All at once, as a proxy does not wait for ever.
        let ends: Vec<_> = begun.into_iter().map(|begun| thread::spawn(move || begun.finish())).collect();
        let ends = ends.into_iter().map(|end| end.join().unwrap());
        let lost = ends.filter(|page| !page.as_ref().is_ok_and(is_there)).count();
        assert_eq!(lost, 1, "portal {killed} was killed");
        for _ in 0..3 {
            assert!(is_there(&submit(&mut reader, &ask).unwrap()), "portal {killed} was killed");
        }
        farm.replicas.resume(&farm.desk.site, killed).unwrap();
    }
    farm.finish();
}

/// Away at one portal's word, back at another's, and read at a third.
#[test]
fn a_sign_in_with_a_provider_goes_over_all_portals() {
    if !installed(&["chromium", "chromedriver"]) || !providers::installed() {
        return;
    }
    let Some(mut farm) = Farm::start_with("replicas-provider", "", true) else { return };
    let browser = Browser::start(farm.desk.site.folder(), "browser", true).unwrap();
    let body = unique_text("Body");
    let message = farm.seal(&text(SENDER, RECIPIENT, "Hello", &body));
    let file = farm.desk.site.folder().join("message.html");
    std::fs::write(&file, message).unwrap();
    for _ in 0..3 {
        browser.forget_cookies().unwrap();
        browser.open_file(&file).unwrap();
        browser.click("button").unwrap();
        browser.follow_new_window().unwrap();
        browser.click("button[value='google']").unwrap();
        browser.click("#workspace").unwrap();
        assert_eq!(heading(&browser, "Hello"), "Hello");
        assert!(browser.text(".message-text").unwrap().contains(&body));
    }
    drop(browser);
    farm.finish();
}

/// Tries of 10,000 guesses count no more than those of five, whichever portal they are sent to.
#[test]
fn ten_thousand_guesses_change_nothing() {
    const THREADS: usize = 24;
    let total = if long_run() { 100_000 } else { 10_000 };
    let Some(mut farm) = Farm::start("guesses", "tries = 5\nminutes = 600") else { return };
    let body = unique_text("Body");
    let message = farm.seal(&text(SENDER, RECIPIENT, "Hello", &body));
    let mut reader = farm.desk.reader();
    let page = open(&mut reader, &message).unwrap();
    let (page, passcode) = farm.desk.ask(&mut reader, &page).unwrap();
    let blank = page.form("/read").unwrap();
    let right: usize = passcode.parse().unwrap();
    let size = farm.count("SELECT pg_database_size(current_database())");

    let (next, going_on) = (AtomicUsize::new(1), AtomicBool::new(true));
    thread::scope(|scope| {
        let guess = || {
            let mut guesser = reader.clone();
            let mut number = next.fetch_add(1, Ordering::Relaxed);
            while number <= total {
                let wrong = format!("{:08}", (right + number) % 100_000_000);
                let page = submit(&mut guesser, &blank.clone().with("passcode", &wrong)).unwrap();
                assert!(page.status == 200 && !page.text().contains(&body), "{}", page.status);
                number = next.fetch_add(1, Ordering::Relaxed);
            }
        };
        let guessers: Vec<_> = (0..THREADS).map(|_| scope.spawn(guess)).collect();
        // Others are served meanwhile, with passcodes of their own.
        let watch = scope.spawn(|| {
            for guesser in guessers {
                guesser.join().unwrap();
            }
            going_on.store(false, Ordering::Relaxed);
        });
        let mut served = 0;
        while going_on.load(Ordering::Relaxed) || served == 0 {
            let page = farm.desk.read(&mut farm.desk.reader(), &message).unwrap();
            assert!(page.text().contains(&body));
            served += 1;
        }
        watch.join().unwrap();
        println!("{total} guesses, {served} readers served meanwhile");
    });

    assert_eq!(farm.count("SELECT count(*) FROM passcodes"), 1);
    assert_eq!(farm.count("SELECT tries_left FROM passcodes"), 0);
    let grown = farm.count("SELECT pg_database_size(current_database())") - size;
    assert!(grown < 4 << 20, "the database grew by {grown} bytes");
    let page = submit(&mut reader, &blank.with("passcode", &passcode)).unwrap();
    assert!(!page.text().contains(&body), "the right one after as many wrong ones");
    // With a new one it goes on.
    let page = open(&mut reader, &message).unwrap();
    let (page, passcode) = farm.desk.ask(&mut reader, &page).unwrap();
    let page = submit(&mut reader, &page.form("/read").unwrap().with("passcode", &passcode)).unwrap();
    assert!(page.text().contains(&body));
    farm.finish();
}

/// The example for nginx in portal/README.md: TLS, large uploads that it doesn't keep, and the reader's own network.
#[test]
fn the_example_for_nginx_works() {
    let Some(farm) = Farm::start("nginx", "") else { return };
    let site = &farm.desk.site;
    let health = farm.replicas.ask_by_tls(site, "127.0.0.1", b"GET /health HTTP/1.0\r\n\r\n").unwrap();
    assert!(health.starts_with("HTTP/1.1 200") && health.ends_with("ok\n"), "{health}");

    // Limits count the network that nginx saw, whatever a client says of itself, and over all portals.
    let probe = |from: &str, claims: &str| {
        let request = format!(
            "POST /probe HTTP/1.0\r\nX-Forwarded-For: {claims}\r\nContent-Type: application/octet-stream\r\n\
             Content-Length: 4\r\n\r\nnone"
        );
        let answer = farm.replicas.ask_by_tls(site, from, request.as_bytes()).unwrap();
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    for number in 0..120 {
        assert_eq!(probe("127.0.0.2", &format!("192.0.2.{number}")), "400");
    }
    assert_eq!(probe("127.0.0.2", "198.51.100.1"), "429");
    assert_eq!(probe("127.0.0.3", "127.0.0.2"), "400");

    let mail = large(SENDER, RECIPIENT, "Hello", 12_000_000);
    let message = farm.desk.seal(&mail, &[RECIPIENT]).unwrap();
    let opened: Page = open(&mut farm.desk.reader(), &message).unwrap();
    assert!(opened.form("/passcode").is_ok(), "{}", opened.status);
    let fields = form_of(&message, "/open").unwrap().fields;
    let part = "--b\r\nContent-Disposition: form-data; name=\"envelope\"\r\n\r\n";
    let body = format!("{part}{}\r\n--b--\r\n", fields[0].1);
    let head = format!(
        "POST /open HTTP/1.0\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let page =
        farm.replicas.ask_by_tls(&farm.desk.site, "127.0.0.1", format!("{head}{body}").as_bytes()).unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("/passcode"), "{page:.300}");
    let kept = farm.desk.site.folder().join("nginx-temporary");
    let files = walk(&kept);
    assert!(files.is_empty(), "nginx wrote {files:?}");
    let log = std::fs::read_to_string(farm.desk.site.folder().join("nginx.log")).unwrap();
    assert!(!log.contains("buffered to a temporary file"), "{log}");
    farm.finish();
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let walk_one = |entry: std::fs::DirEntry| {
        if entry.path().is_dir() { walk(&entry.path()) } else { vec![entry.path()] }
    };
    entries.flat_map(walk_one).collect()
}
