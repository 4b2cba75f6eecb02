//! Large mails: 25 MB the whole way, with the peak memory of both programs; and how much larger a carrier mail is than
//! its original.

use std::fs;
use std::time::Instant;

use sealpost_tests::mails::large;
use sealpost_tests::place::{installed, results};
use sealpost_tests::postfix::Filter;
use sealpost_tests::reader::Reader;
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::{carrier, smtp};

use crate::desk::{Desk, RECIPIENT, SENDER, open, submit};

const MIB: u64 = 1 << 20;

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
