//! The harness itself: what it's built on works as the other tests take it to.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sealpost_tests::browser::Browser;
use sealpost_tests::inbox::Inbox;
use sealpost_tests::mails::Attachment;
use sealpost_tests::place::{Folder, installed, project_root};
use sealpost_tests::postfix::{Filter, Ports, Postfix, Setup};
use sealpost_tests::process::run;
use sealpost_tests::sink::{At, Fault, Sink};
use sealpost_tests::{mails, smtp};

/// Else it's found only when the long campaign begins.
#[test]
fn each_fuzz_target_that_has_first_inputs_gets_them() {
    let Some(python) = std::env::var_os("SEALPOST_PYTHON") else {
        println!("not run, for want of SEALPOST_PYTHON (tests/run provides it)");
        return;
    };
    let (folder, fuzz) = (Folder::new("seeds").unwrap(), project_root().join("tests/fuzz"));
    run(Command::new(python).arg(fuzz.join("seeds.py")).arg(folder.path())).unwrap();
    let planted: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(planted.len() > 10, "{planted:?}");
    for inputs in planted {
        let target = Path::new(inputs.file_name().unwrap()).with_extension("rs");
        assert!(fuzz.join("targets").join(&target).is_file(), "{}", target.display());
    }
}

#[test]
fn the_sink_keeps_mails_byte_for_byte_and_breaks_off_where_told() {
    let sink = Sink::start().unwrap();
    let mail = b"Subject: x\r\n\r\n.dot\r\n..two\r\nbare\n.lf\r\n";
    let reply = smtp::deliver(sink.address(), "a@example.org", &["b@example.net"], mail).unwrap();
    assert!(reply.is_success());
    let kept = sink.wait().unwrap();
    assert_eq!(
        (kept.mail.as_slice(), kept.mail_from.as_str(), kept.accepted),
        (&mail[..], "FROM:<a@example.org>", true)
    );

    sink.set_fault(Some((At::Rcpt, Fault::Reply("550 5.1.1 No such user"))));
    assert_eq!(smtp::deliver(sink.address(), "", &["b@example.net"], mail).unwrap().code, 550);
    sink.set_fault(Some((At::Dot, Fault::Cut)));
    assert!(smtp::deliver(sink.address(), "", &["b@example.net"], mail).is_err());
    assert!(!sink.wait().unwrap().accepted);
    sink.set_fault(Some((At::Content, Fault::Cut)));
    assert!(
        smtp::deliver(sink.address(), "", &["b@example.net"], &mails::large("a@b", "c@d", "x", 1 << 20))
            .is_err()
    );
    assert!(sink.take().is_empty());
}

#[test]
fn scripts_run_in_the_browser_only_when_they_may() {
    if !installed(&["chromium", "chromedriver"]) {
        return;
    }
    let folder = Folder::new("browser").unwrap();
    let page = folder.join("page.html");
    fs::write(&page, "<title>off</title><noscript><p id=n>none</p></noscript><script>document.title='on'</script><h1>Hello</h1>").unwrap();
    for (name, javascript) in [("on", true), ("off", false)] {
        let browser = Browser::start(&folder, name, javascript).unwrap();
        browser.open_file(&page).unwrap();
        assert_eq!(browser.text("h1").unwrap(), "Hello");
        assert_eq!(browser.evaluate("return document.title").unwrap(), name);
        assert_eq!(browser.shows("#n").unwrap(), !javascript);
        browser.screenshots(&format!("harness-{name}")).unwrap();
    }
}

#[test]
fn postfix_hands_mails_to_the_filter_and_delivers_what_comes_back() {
    if !installed(&["postfix"]) {
        return;
    }
    for filter in [Filter::Smtp, Filter::Lmtp] {
        let folder = Folder::new("postfix").unwrap();
        let mut ports = Ports::choose().unwrap();
        let sink = Sink::start().unwrap();
        ports.gateway_smtp = sink.address();
        ports.gateway_lmtp = sink.address();
        let postfix = Postfix::start(&folder, &ports, &Setup::new(filter, &["bob@example.net"])).unwrap();
        let long = "x".repeat(5000);
        let mail = mails::text("alice@example.org", "bob@example.net", "Hello", &long);
        let reply =
            smtp::deliver(ports.submission, "alice@example.org", &["bob@example.net"], &mail).unwrap();
        assert!(reply.is_success(), "{reply:?}");
        let kept = sink.wait().unwrap();
        assert!(String::from_utf8_lossy(&kept.mail).contains(&long), "long lines stay whole");
        assert!(kept.mail_from.contains("BODY=8BITMIME"), "{kept:?}");

        let reply =
            smtp::deliver(ports.reinjection, "alice@example.org", &["bob@example.net"], &kept.mail).unwrap();
        assert!(reply.is_success(), "{reply:?}");
        let mail = postfix.mailbox("bob@example.net").wait_for("the mail", |_| true).unwrap();
        assert!(mail.starts_with(b"Return-Path: <alice@example.org>\nX-Original-To: bob@example.net\nDelivered-To: bob@example.net\n"));
        postfix.drain(Duration::from_secs(10)).unwrap();
        let troubles = postfix.troubles();
        assert!(troubles.is_empty(), "{troubles:#?}");
        postfix.stop().unwrap();
    }
}

#[test]
fn the_inbox_shows_mails_and_hands_out_attachments() {
    if !installed(&["chromium", "chromedriver"]) {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let inbox = runtime.block_on(Inbox::start()).unwrap();
    let folder = Folder::new("inbox").unwrap();
    let page = Attachment {
        name: "message.html".into(),
        media_type: "text/html".into(),
        bytes: b"<title>m</title><h1>Inside</h1>".into(),
    };
    let mail = mails::with_attachments(
        "Alice <alice@example.org>",
        "bob@example.net",
        "Sealed",
        "<p>Hello <b>Bob</b></p>",
        std::slice::from_ref(&page),
    );
    let passcode = mails::text("portal@example.org", "bob@example.net", "Your passcode", "It is 12345678.");
    for mail in [&mail, &passcode] {
        assert!(
            smtp::deliver(inbox.smtp(), "alice@example.org", &["bob@example.net"], mail)
                .unwrap()
                .is_success()
        );
    }
    assert_eq!(inbox.count(), 2);

    let browser = Browser::start(&folder, "browser", false).unwrap();
    browser.open(&inbox.url()).unwrap();
    assert_eq!(browser.texts(".kind").unwrap(), ["passcode", "sealed"]);
    browser.screenshots("inbox-list").unwrap();
    browser.click("a[href='/mail/1']").unwrap();
    assert_eq!(browser.text("#text").unwrap().trim(), "It is 12345678.");
    browser.click("a[href='/']").unwrap();
    browser.click("a[href='/mail/0']").unwrap();
    assert_eq!(browser.in_frame("iframe", |frame| frame.text("b")).unwrap(), "Bob");
    browser.screenshots("inbox-mail").unwrap();
    browser.click(".button.plain").unwrap();
    assert_eq!(browser.downloaded("message.html").unwrap(), page.bytes);
    browser.click("#open").unwrap();
    browser.follow_new_window().unwrap();
    assert_eq!(browser.text("h1").unwrap(), "Inside");
}
