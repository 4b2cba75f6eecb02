//! Large texts that policy looks into, many at a time: each is decided by what stands at its very end, and memory keeps to its
//! bound.

use std::fs;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use sealpost_tests::mails::{Attachment, with_attachments};
use sealpost_tests::place::{Folder, results};
use sealpost_tests::process::run;
use sealpost_tests::sink::Sink;
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::{carrier, smtp};

const SENDER: &str = "alice@example.org";
const MIB: u64 = 1 << 20;
/// The least that the settings below allow: 2.5 times the largest mail, 128 KiB for each connection, and 304 MiB.
const BOUND: u64 = 347_000_000;
const CLIENTS: usize = 8;
const COPIES: usize = 6;

const POLICY: &str = "\
internal_domains = [\"example.org\"]
default = \"pass\"

[[rule]]
name = \"secret\"
action = \"seal\"
[rule.when]
text_words = [\"secret\"]

[[rule]]
name = \"accounts\"
action = \"seal\"
[rule.when]
data = { type = \"iban\", at_least = 2 }
";

/// Repeats a line to so many bytes, with an end to it.
fn lines(line: &[u8], bytes: usize, end: &str) -> Vec<u8> {
    [line.repeat(bytes / line.len()), end.as_bytes().to_vec(), b"\r\n".to_vec()].concat()
}

fn mail(to: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let header = format!(
        "From: {SENDER}\r\nTo: {to}\r\nSubject: Figures\r\nMIME-Version: 1.0\r\nContent-Type: {content_type}\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n"
    );
    [header.into_bytes(), body.to_vec()].concat()
}

fn zip(folder: &Folder, text: &[u8]) -> Vec<u8> {
    let (archive, file) = (folder.join("texts.zip"), folder.join("text.txt"));
    fs::write(&file, text).unwrap();
    run(Command::new("python3").args(["-m", "zipfile", "-c"]).args([&archive, &file])).unwrap();
    let bytes = fs::read(&archive).unwrap();
    fs::remove_file(&archive).unwrap();
    bytes
}

/// Makes mails whose text ends so: ASCII, one byte for two, tags, small files with a large text and with one that's too large
/// to be compared, and characters that stand for many. Says of each whether all of it is looked at.
fn mails(folder: &Folder, end: &str) -> Vec<(&'static str, Vec<u8>, bool)> {
    let zipped = |line: &[u8], bytes: usize| {
        let archive = zip(folder, &lines(line, bytes, end));
        assert!(archive.len() < 100_000);
        let file =
            Attachment { name: "texts.zip".into(), media_type: "application/zip".into(), bytes: archive };
        with_attachments(SENDER, "bob@example.net", "Figures", "<p>See there.</p>", &[file])
    };
    let html = lines(b"<p>A <b>bold</b> line &amp; more.</p>\r\n", 6_000_000, &format!("<p>{end}</p>"));
    let long = lines("\u{fdfa} \u{fdfa}\r\n".as_bytes(), 3_000_000, end);
    let plain = |charset: &str| format!("text/plain; charset={charset}");
    let to = "bob@example.net";
    vec![
        ("ascii", mail(to, &plain("us-ascii"), &lines(b"A line of many.\r\n", 8_000_000, end)), true),
        ("latin-1", mail(to, &plain("iso-8859-1"), &lines(b"Gr\xfc\xdfe\r\n", 6_000_000, end)), true),
        ("html", mail(to, "text/html; charset=utf-8", &html), true),
        ("unpacked", zipped(b"Nothing but a line of many.\r\n", 12_000_000), true),
        ("too-much", zipped(b"Gr\xfc\xdfe\r\n", 30_000_000), false),
        ("long", mail(to, &plain("utf-8"), &long), false),
    ]
}

/// Sends a mail until it is taken; returns how many times it was told to come again.
fn send(site: &Site, recipient: &str, mail: &[u8]) -> usize {
    for again in 0..3_000 {
        let reply = smtp::deliver(site.ports.gateway_smtp, SENDER, &[recipient], mail).unwrap();
        if reply.is_success() {
            return again;
        }
        assert!(reply.is_transient(), "{recipient}: {reply:?}");
        thread::sleep(Duration::from_millis(100));
    }
    panic!("{recipient}: found no room in 3,000 tries");
}

#[test]
fn large_texts_are_decided_by_their_last_word_within_the_bound_on_memory() {
    let sink = Sink::start().unwrap();
    let plan = Plan {
        next_hop: Some(sink.address()),
        policy: POLICY.into(),
        log_level: "info".into(),
        ..Plan::new("texts")
    };
    let mut site = Site::new(&plan).unwrap();
    let limits = |bound: u64| {
        format!("[server]\nmax_message_size = 10000000\nmax_connections = 20\nmax_memory = {bound}")
    };
    site.change_gateway_settings("[server]", &limits(BOUND - MIB)).unwrap();
    let refused = site.start_gateway().unwrap_err().to_string();
    assert!(refused.contains("304 MiB, as a rule looks into texts"), "{refused}");
    site.change_gateway_settings(&limits(BOUND - MIB), &limits(BOUND)).unwrap();
    site.start_gateway().unwrap();

    let mut work = Vec::new();
    for (is_secret, end) in [(true, "That is secret"), (false, "That is no secrecy")] {
        for (kind, mail, is_looked_at) in mails(site.folder(), end) {
            for copy in 0..COPIES {
                let recipient = format!("{kind}-{is_secret}-{copy}@example.net");
                work.push((recipient, mail.clone(), is_secret || !is_looked_at));
            }
        }
    }
    let next = Mutex::new(work.iter());
    let again: usize = thread::scope(|scope| {
        let client = || {
            let mut again = 0;
            loop {
                let next = next.lock().unwrap().next();
                let Some((recipient, mail, _)) = next else { return again };
                again += send(&site, recipient, mail);
            }
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    let kept = sink.take();
    assert_eq!(kept.len(), work.len(), "each mail came once");
    for (recipient, _, is_sealed) in &work {
        let path = format!("<{recipient}>");
        let kept = kept.iter().find(|kept| kept.recipients.iter().any(|found| found.contains(&path)));
        assert_eq!(carrier::is_sealed(&kept.unwrap().mail), *is_sealed, "{recipient}");
    }
    let peak = site.gateway().peak_memory().unwrap();
    let report = format!(
        "{} mails with texts of 3 to 30 MB over {CLIENTS} sessions, bound {BOUND}: all came through, told to come again \
         {again} times; peak memory {} MiB\n",
        work.len(),
        peak / MIB
    );
    print!("{report}");
    fs::write(results("figures").unwrap().join("memory-texts.txt"), &report).unwrap();
    assert!(peak < BOUND, "{report}");
    site.finish().unwrap();
}
