//! Large mails: 25 MB the whole way, with the peak memory of both programs; and how much larger a carrier mail is than
//! its original.

use std::fs;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use sealpost_tests::mails::large;
use sealpost_tests::place::{installed, long_run, results};
use sealpost_tests::postfix::Filter;
use sealpost_tests::reader::{Form, Page, Reader};
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::{carrier, smtp};

use crate::desk::{Desk, GENEROUS, RECIPIENT, SENDER, open, submit};

const MIB: u64 = 1 << 20;
/// What the portal takes itself, as portal/README.md says under "Memory"; and for each connection that sends.
const ITSELF: u64 = 64 * MIB;
const CONNECTION: u64 = MIB;
/// A tenth of what a worker may take: these mails have next to nothing that is rendered, but are decompressed.
const WORKER: u64 = 32 * MIB;

/// What a reader asks for.
const WAYS: [&str; 4] = ["/read", "/attachments", "/print", "/mail"];

/// The forms of a message's page for all that a reader asks for. It's looked through once, as it's long.
fn forms(page: &Page) -> [Form; 4] {
    let form = page.form("/mail").unwrap();
    WAYS.map(|action| Form { action: action.into(), ..form.clone() })
}

/// Asks until there is room; returns the answer, and how often there was none.
fn insist(reader: &mut Reader, form: &Form) -> (Page, usize) {
    for refused in 0..1000 {
        let page = submit(reader, form).unwrap();
        if page.status != 503 {
            return (page, refused);
        }
        assert_eq!(page.header("retry-after"), Some("30"), "{}", form.action);
        // Less than it says: a test is in a hurry.
        thread::sleep(Duration::from_millis(250));
    }
    panic!("{} was refused a thousand times", form.action);
}

/// Looks at what came of a mail with one attachment.
fn assert_whole(action: &str, page: &Page, mail: &[u8]) {
    assert_eq!(page.status, 200, "{action}");
    match action {
        "/mail" => assert!(page.is_whole() && page.body.ends_with(mail), "the mail differs"),
        "/attachments" => {
            // In base64 with line ends, 57 bytes take 78; a little of the mail is header fields.
            let least = mail.len() / 78 * 56;
            assert!(page.is_whole() && page.body.starts_with(b"PK") && page.body.len() > least, "{action}");
        }
        _ => assert!(page.text().contains("A large mail"), "{action}"),
    }
}

/// Eight readers ask for all there is of a mail of 25 MB at once, where there is room for six of its envelopes and one mail
/// that is opened.
#[test]
fn readers_of_large_mails_share_the_memory_that_there_is() {
    const READERS: usize = 8;
    const LIMIT: u64 = 200_000_000;
    let plan = Plan { passcode_settings: GENEROUS.into(), log_level: "info".into(), ..Plan::new("readers") };
    let mut desk = Desk::new(plan).unwrap();
    let settings = format!("memory_limit = {LIMIT}\nmax_envelope_size = 40000000\nworkers = 2");
    desk.site.add_server_settings(&settings).unwrap();
    desk.site.start_portal().unwrap();
    let mail = large(SENDER, RECIPIENT, "A large mail", 25_000_000);
    let message = desk.seal(&mail, &[RECIPIENT]).unwrap();
    let mut reader = desk.reader();
    let page = desk.read(&mut reader, &message).unwrap();
    let forms = forms(&page);
    let start = Barrier::new(READERS);
    let read = |number: usize| {
        let mut reader = reader.clone();
        let mut refused = 0;
        start.wait();
        for step in 0..WAYS.len() {
            let form = &forms[(number + step) % WAYS.len()];
            let (page, times) = insist(&mut reader, form);
            assert_whole(&form.action, &page, &mail);
            refused += times;
        }
        refused
    };
    let begin = Instant::now();
    let refused: usize = thread::scope(|scope| {
        let read = &read;
        let readers: Vec<_> = (0..READERS).map(|number| scope.spawn(move || read(number))).collect();
        readers.into_iter().map(|reader| reader.join().unwrap()).sum()
    });
    let (peak, bound) = (
        desk.site.portal().peak_memory().unwrap(),
        ITSELF + LIMIT + 2 * WORKER + READERS as u64 * CONNECTION,
    );
    let report = format!(
        "{READERS} readers of a mail of {} bytes, {} requests in {:.1} s: told {refused} times to try again; peak memory of the \
         portal {} MiB of at most {} MiB\n",
        mail.len(),
        READERS * WAYS.len(),
        begin.elapsed().as_secs_f64(),
        peak / MIB,
        bound / MIB
    );
    print!("{report}");
    fs::write(results("figures").unwrap().join("readers.txt"), report).unwrap();
    assert!(refused > 0, "there was room for all");
    assert!(peak <= bound, "{peak} bytes of {bound}");
    desk.site.finish().unwrap();
}

/// The largest that a mail may be.
#[test]
fn a_mail_of_150_megabytes_is_read() {
    if !long_run() {
        return;
    }
    let plan = Plan { passcode_settings: GENEROUS.into(), log_level: "info".into(), ..Plan::new("largest") };
    let mut desk = Desk::new(plan).unwrap();
    desk.site.change_gateway_settings("[server]\n", "[server]\nmax_message_size = 157286400\n").unwrap();
    desk.site.stop_gateway().unwrap();
    desk.site.start_gateway().unwrap();
    desk.site.start_portal().unwrap();
    let mail = large(SENDER, RECIPIENT, "A large mail", 150 * 1024 * 1024 - 10_000);
    let message = desk.seal(&mail, &[RECIPIENT]).unwrap();
    let mut reader = desk.reader();
    let page = desk.read(&mut reader, &message).unwrap();
    assert_whole("/read", &page, &mail);
    let mut times = Vec::new();
    for form in forms(&page) {
        let begin = Instant::now();
        assert_whole(&form.action, &submit(&mut reader, &form).unwrap(), &mail);
        times.push(format!("{} {:.1} s", form.action, begin.elapsed().as_secs_f64()));
    }
    // In binary form an envelope is three quarters of its text; one request at a time.
    let envelope = message.len() as u64 / 4 * 3;
    let bound = ITSELF + envelope + 3 * mail.len() as u64 + WORKER + CONNECTION;
    let peak = desk.site.portal().peak_memory().unwrap();
    let report = format!(
        "a mail of {} bytes, {}: peak memory of the portal {} MiB of at most {} MiB\n",
        mail.len(),
        times.join(", "),
        peak / MIB,
        bound / MIB
    );
    print!("{report}");
    fs::write(results("figures").unwrap().join("largest.txt"), report).unwrap();
    assert!(peak <= bound, "{peak} bytes of {bound}");
    desk.site.finish().unwrap();
}

#[test]
fn a_mail_of_25_megabytes_goes_the_whole_way() {
    if !installed(&["postfix"]) {
        return;
    }
    let mut site =
        Site::start(&Plan { log_level: "info".into(), ..Plan::new("large") }, Filter::Lmtp, &[RECIPIENT])
            .unwrap();
    let mail = large(SENDER, RECIPIENT, "A large mail", 25_000_000);
    let begin = Instant::now();
    assert!(smtp::deliver(site.ports.submission, SENDER, &[RECIPIENT], &mail).unwrap().is_success());
    let mailbox = site.postfix().mailbox(RECIPIENT);
    let carrier = mailbox.wait_for("the carrier mail", carrier::is_sealed).unwrap();
    let through = begin.elapsed();

    let begin = Instant::now();
    let message = String::from_utf8(carrier::message_html(&carrier).unwrap()).unwrap();
    let mut reader = Reader::new(site.portal_address());
    let page = open(&mut reader, &message).unwrap();
    let page = submit(&mut reader, &page.form("/passcode").unwrap()).unwrap();
    let passcode = mailbox.wait_for("the passcode", |mail| carrier::passcode(mail).is_ok()).unwrap();
    let passcode = carrier::passcode(&passcode).unwrap();
    site.secrets.add("a passcode", &passcode);
    let page = submit(&mut reader, &page.form("/read").unwrap().with("passcode", &passcode)).unwrap();
    let file = submit(&mut reader, &page.form("/attachment").unwrap()).unwrap();
    let read = begin.elapsed();

    let opened = site.open(&carrier).unwrap();
    // On top stand the fields that Postfix put there.
    assert!(opened.ends_with(&mail), "the mail differs");
    let expected = sealpost_tests::mails::random_bytes(25_000_000, 25_000_000 / 78 * 57);
    assert!(file.body == expected, "the attachment differs");
    let (gateway, portal) = (site.gateway().peak_memory().unwrap(), site.portal().peak_memory().unwrap());
    let report = format!(
        "a mail of {} bytes: carrier mail {} bytes; through Postfix and gateway in {:.1} s, read at the portal in {:.1} s; \
         peak memory of the gateway {} MiB, of the portal {} MiB\n",
        mail.len(),
        carrier.len(),
        through.as_secs_f64(),
        read.as_secs_f64(),
        gateway / MIB,
        portal / MIB
    );
    print!("{report}");
    fs::write(results("figures").unwrap().join("large.txt"), report).unwrap();
    assert!(gateway < 256 * MIB && portal < 384 * MIB, "the programs keep the mail more than a few times");
    site.finish().unwrap();
}

#[test]
fn the_carrier_of_a_large_mail_is_hardly_larger() {
    let desk = Desk::new(Plan::new("ratio")).unwrap();
    let mut report = Vec::new();
    for (size, most) in [(1_000_000, 1.03), (5_000_000, 1.02), (25_000_000, 1.02)] {
        let mail = large(SENDER, RECIPIENT, "A large mail", size);
        assert!(
            smtp::deliver(desk.site.ports.gateway_smtp, SENDER, &[RECIPIENT], &mail).unwrap().is_success()
        );
        let carrier = desk.next_hop.wait().unwrap().mail;
        #[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
        let ratio = carrier.len() as f64 / mail.len() as f64;
        report.push(format!(
            "mail {} bytes, carrier mail {} bytes, ratio {ratio:.4}\n",
            mail.len(),
            carrier.len()
        ));
        assert!(ratio <= most, "{report:?}");
    }
    print!("{}", report.concat());
    fs::write(results("figures").unwrap().join("ratio.txt"), report.concat()).unwrap();
    desk.site.finish().unwrap();
}
