//! Answering: what must not work, and what the reader keeps when it does not.

use std::{thread::JoinHandle, time::Duration};

use sealpost_common::grant::Rights;
use sealpost_tests::process::wait_until;

use crate::{
    answer::field,
    client::{Answer, From},
    desk::{Desk, MAIL, form, input, unescape, written},
    gateway::Script,
};

const EVIL: &str = "x\r\nBcc: eve@evil.example\r\nX-Evil: y\r\n\r\nbody\0";

/// The names of the fields in a mail's header section.
fn names(mail: &str) -> Vec<&str> {
    // How the body is written depends on what it says.
    let is_own = |name: &&str| *name != "Content-Transfer-Encoding";
    let section = mail.split_once("\r\n\r\n").unwrap().0;
    let lines = section.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    lines.map(|line| line.split_once(':').unwrap().0).filter(is_own).collect()
}

const FIELDS: [&str; 12] = [
    "Sealpost-Seal",
    "From",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
];

#[test]
fn nothing_typed_or_uploaded_makes_a_header_field() {
    let mut desk = Desk::start("");
    let page = desk.write("reply-all");
    let name = "a%0D%0ABcc: eve@evil.example%22; x=\u{202e}y.txt";
    let files: [(&str, &str, &[u8]); 2] =
        [(name, "text/plain; x=\"y\"", b"\r\n.\r\nMAIL FROM:<>\r\n"), ("b.txt", "a/b\tX-Evil: y", b"")];
    let sent = desk.send(&page, &[("subject", EVIL), ("text", EVIL)], &files);
    assert_eq!(sent.status, 200, "{}", sent.visible());
    let taken = &desk.gateway.taken()[0];
    assert_eq!(names(&taken.mail), FIELDS);
    assert_eq!(taken.recipients.len(), 4);
    assert_eq!(field(taken, "subject"), "x  Bcc: eve@evil.example  X-Evil: y    body");
    assert!(!taken.mail.contains('\0'));
    assert_eq!(desk.gateway.heard().matches("MAIL FROM").count(), 1);
}

/// Fields of the original are foreign text, too.
#[test]
fn nothing_in_the_original_makes_a_header_field() {
    let evil = "=?utf-8?Q?x=0D=0ABcc:_eve@evil.example=0D=0A=0D=0A?=";
    let original = format!(
        "From: {evil} <alice@example.org>\r\nReply-To: \"{evil}\" <alice@example.org>\r\nTo: {evil} <bob@example.net>, \
         \"<eve@evil.example>\" <carol@example.com>, <a b@x.example>, <c@x.example> SIZE=1, dave@example.org\0\r\nCc: d@example.org\r\n\
         Subject: {evil}\r\nMessage-ID: <a@x>X-Evil: y\r\nReferences: <b@x\u{7f}> <c@x>\r\nDate: {evil}\r\n\r\n{EVIL}"
    );
    let mut desk = Desk::with(&original, "bob@example.net", Rights::all(), "");
    let page = desk.write("reply-all");
    let sent = desk.send(&page, &[("text", "x")], &[]);
    assert_eq!(sent.status, 200, "{}", sent.visible());
    let taken = &desk.gateway.taken()[0];
    assert_eq!(names(&taken.mail), FIELDS);
    assert!(!taken.recipients.iter().any(|line| line.contains("eve@")), "{:?}", taken.recipients);
    assert!(taken.recipients.iter().all(|line| line.ends_with('>')), "{:?}", taken.recipients);
    assert_eq!(field(taken, "in-reply-to"), "<a@x>");
    assert_eq!(field(taken, "references"), "<c@x> <a@x>");
    let page = desk.write("forward");
    assert_eq!(desk.send(&page, &[("to", "carol@example.com")], &[]).status, 200);
    let taken = &desk.gateway.taken()[1];
    assert!(!names(&taken.mail).contains(&"Bcc") && !names(&taken.mail).contains(&"X-Evil"));
}

/// Who writes and who gets a reply is not for the form to say.
#[test]
fn forged_fields_change_nothing() {
    let mut desk = Desk::start("");
    let page = desk.write("reply");
    let forged: Vec<(&str, &str)> =
        ["to", "cc", "bcc", "from", "reply-to", "address", "recipient", "envelope_sender", "text"]
            .iter()
            .map(|name| (*name, "eve@evil.example"))
            .collect();
    assert_eq!(desk.send(&page, &forged, &[]).status, 200);
    let taken = &desk.gateway.taken()[0];
    assert_eq!(taken.recipients, ["RCPT TO:<alice@example.org>", "RCPT TO:<bob@example.net>"]);
    assert!(
        !taken.sender.contains("eve@") && taken.mail.matches("eve@evil.example").count() == 1,
        "the text"
    );
}

#[test]
fn strangers_and_foreign_sites_send_nothing() {
    let mut desk = Desk::start("");
    let page = desk.write("reply");
    let (headers, body) = desk.form(&page, &[("text", "forged")], &[]);
    for from in [From::Disk, From::ForeignByOrigin] {
        for path in ["/answer", "/answer/send"] {
            let answer = desk.browser.request("POST", path, from, &headers, &body);
            assert_eq!(answer.status, 403, "{path} {from:?}");
        }
    }
    // Without a sign-in, and with one that is over.
    let mut stranger = desk.site.browser();
    for path in ["/answer", "/answer/send"] {
        assert!(stranger.request("POST", path, From::Portal, &headers, &body).asks_to_prove(), "{path}");
    }
    let signed_out = desk.browser.post("/sign-out", &[]);
    assert_eq!(signed_out.header("clear-site-data"), Some("\"storage\""), "drafts of other tabs");
    assert!(desk.send(&page, &[("text", "late")], &[]).asks_to_prove());
    assert!(desk.gateway.taken().is_empty() && desk.gateway.heard().is_empty());
}

#[test]
fn a_form_without_an_id_of_ours_is_refused() {
    let mut desk = Desk::start("");
    let page = desk.write("reply");
    for id in ["", "x", "AAAA", &"A".repeat(200)] {
        assert_eq!(desk.send(&page, &[("submission", id)], &[]).status, 400, "{id}");
    }
    assert!(desk.gateway.taken().is_empty());
}

#[test]
fn an_answer_is_sent_once() {
    let mut desk = Desk::start("");
    let page = desk.write("reply");
    let sent = desk.send(&page, &[("text", "Once.")], &[]);
    let again = desk.send(&page, &[("text", "Once.")], &[]);
    assert_eq!((sent.status, again.status), (200, 200));
    assert!(!sent.text().contains("sent already") && again.text().contains("sent already"));
    assert_eq!(desk.gateway.taken().len(), 1);
    // Pressed twice at the same time.
    let page = desk.write("reply");
    let (headers, body) = desk.form(&page, &[("text", "Twice.")], &[]);
    let press = || {
        let (mut browser, headers, body) = (desk.browser.clone(), headers.clone(), body.clone());
        std::thread::spawn(move || {
            browser.request("POST", "/answer/send", From::Portal, &headers, &body).status
        })
    };
    let pressed: Vec<_> = (0..6).map(|_| press()).collect();
    assert!(pressed.into_iter().all(|press| press.join().unwrap() == 200));
    assert_eq!(desk.gateway.taken().len(), 2);
    // Another page is another answer, and another message, too.
    let page = desk.write("reply");
    assert_eq!(desk.send(&page, &[("text", "Once.")], &[]).status, 200);
    let taken = desk.gateway.taken();
    assert_eq!(taken.len(), 3);
    assert_ne!(field(&taken[0], "message-id"), field(&taken[2], "message-id"));
}

/// Presses the button elsewhere, while this goes on.
fn press(desk: &Desk, form: &(String, Vec<u8>)) -> JoinHandle<Answer> {
    let (mut browser, (headers, body)) = (desk.browser.clone(), form.clone());
    std::thread::spawn(move || browser.request("POST", "/answer/send", From::Portal, &headers, &body))
}

/// Who presses twice, or reloads the page, is told that it was sent once it was, and keeps what he wrote until then.
#[test]
fn what_is_on_its_way_is_not_called_sent() {
    let mut desk = Desk::start("");
    desk.gateway.follows(Script { holds: true, ..Script::default() });
    let page = desk.write("reply");
    let form = desk.form(&page, &[("subject", "Kept"), ("text", "Once.")], &[]);
    let first = press(&desk, &form);
    wait_until("the mail at the gateway", Duration::from_mins(1), || {
        (desk.gateway.taken().len() == 1).then_some(())
    })
    .unwrap();
    let second = press(&desk, &form).join().unwrap();
    assert_eq!((second.status, written(&second).as_str()), (409, "Once."), "{}", second.visible());
    assert!(second.text().contains("just being sent") && second.carried() == desk.envelope);
    for word in ["data-sent", "was sent", "was not sent"] {
        assert!(!second.text().contains(word), "{word}");
    }
    // Pressed once more shortly before the gateway says so.
    let third = press(&desk, &form);
    std::thread::sleep(Duration::from_secs(1));
    desk.gateway.follows(Script::default());
    let (first, third) = (first.join().unwrap(), third.join().unwrap());
    assert!(first.status == 200 && first.text().contains("data-sent"));
    assert!(!first.text().contains("sent already"));
    let last = press(&desk, &form).join().unwrap();
    for later in [third, last] {
        assert!(later.status == 200 && later.text().contains("sent already"), "{}", later.visible());
    }
    assert_eq!(desk.gateway.taken().len(), 1);
}

/// What the gateway says is told whoever presses the button twice, though he sees the second answer only; and what it may have
/// taken is not sent again before he has been told.
#[test]
fn whoever_presses_twice_is_told_the_cause() {
    for (on, heard, said, status, times) in [
        ("MAIL", "MAIL", "451 4.3.2 later", 503, 2),
        ("MAIL", "MAIL", "550 5.7.1 no", 502, 2),
        ("END", "DATA", "452 4.3.1 full", 503, 2),
        ("END", "DATA", "", 504, 1),
    ] {
        let mut desk = Desk::start("");
        let script = Script { answer: Some((on, said)), holds: true, ..Script::default() };
        desk.gateway.follows(script.clone());
        let page = desk.write("reply");
        let form = desk.form(&page, &[("text", "Kept.")], &[]);
        let count = |desk: &Desk| desk.gateway.heard().lines().filter(|line| line.starts_with(heard)).count();
        let first = press(&desk, &form);
        wait_until("the first at the gateway", Duration::from_mins(1), || (count(&desk) == 1).then_some(()))
            .unwrap();
        let second = press(&desk, &form);
        std::thread::sleep(Duration::from_secs(1));
        desk.gateway.follows(Script { holds: false, ..script });
        let second = second.join().unwrap();
        for answer in [first.join().unwrap(), second.clone()] {
            assert_eq!((answer.status, written(&answer).as_str()), (status, "Kept."), "{on} {said}");
            assert_eq!(answer.text().contains("may have been sent"), status == 504, "{on} {said}");
        }
        assert_eq!(count(&desk), times, "{on} {said}");
        // A third press on the first page, which says nothing of that, tells it again.
        desk.gateway.follows(Script::default());
        if status == 504 {
            assert_eq!(press(&desk, &form).join().unwrap().status, 504);
        }
        let sent = desk.send(&second, &[], &[]);
        assert!(sent.text().contains("data-sent") && !sent.text().contains("sent already"), "{on} {said}");
        assert_eq!(desk.gateway.taken().len(), 1, "{on} {said}");
    }
}

/// Sent, gone back in the browser, changed, and sent from the same page: that is another answer.
#[test]
fn what_was_changed_after_it_was_sent_is_not_called_sent() {
    let files: [(&str, &str, &[u8]); 1] = [("a.txt", "text/plain", b"x")];
    let none: [(&str, &str, &[u8]); 0] = [];
    for (changed, attached) in [
        (("text", "Yes. No."), &files[..]),
        (("subject", "Other"), &files),
        (("copy", "no"), &files),
        (("text", "Yes."), &[("b.txt", "text/plain", b"x")]),
        (("text", "Yes."), &[("a.txt", "text/plain", b"y")]),
        (("text", "Yes."), &none),
    ] {
        let mut desk = Desk::start("");
        let page = desk.write("reply");
        let written_first = [("text", "Yes."), ("subject", "Kept")];
        assert_eq!(desk.send(&page, &written_first, &files).status, 200);
        let again = desk.send(&page, &written_first, &files);
        assert!(again.text().contains("sent already") && again.text().contains("data-sent"));
        let changes = [&written_first[..], &[changed]].concat();
        let other = desk.send(&page, &changes, attached);
        assert_eq!(other.status, 409, "{changed:?}");
        assert!(other.text().contains("was sent from this page before"), "{}", other.visible());
        assert!(!other.text().contains("data-sent") && !other.text().contains("data-fresh"));
        let expected = |name| changes.iter().rev().find(|(known, _)| *known == name).unwrap().1;
        assert_eq!(
            (written(&other).as_str(), input(&other, "subject").as_str()),
            (expected("text"), expected("subject"))
        );
        assert_ne!(other.hidden("submission"), page.hidden("submission"));
        assert_eq!(desk.gateway.taken().len(), 1);
        let sent = desk.send(&other, &[], attached);
        assert!(sent.text().contains("data-sent") && !sent.text().contains("sent already"), "{changed:?}");
        let taken = desk.gateway.taken();
        assert_eq!(taken.len(), 2);
        assert_ne!(field(&taken[0], "message-id"), field(&taken[1], "message-id"));
    }
}

/// A portal that is killed leaves an answer begun, and nobody knows whether the gateway took it.
#[test]
fn what_nobody_sends_any_more_may_be_sent_again() {
    let mut desk = Desk::start("timeout = 30");
    desk.gateway.follows(Script { holds: true, ..Script::default() });
    let page = desk.write("reply");
    let form = desk.form(&page, &[("text", "Perhaps.")], &[]);
    let first = press(&desk, &form);
    wait_until("the mail at the gateway", Duration::from_mins(1), || {
        (desk.gateway.taken().len() == 1).then_some(())
    })
    .unwrap();
    desk.site.clock.forward(30 + 80);
    assert_eq!(press(&desk, &form).join().unwrap().status, 409, "it may still be at it");
    desk.site.clock.forward(20);
    let unsure = press(&desk, &form).join().unwrap();
    assert_eq!((unsure.status, written(&unsure).as_str()), (504, "Perhaps."));
    assert!(unsure.text().contains("may have been sent") && !unsure.text().contains("data-sent"));
    assert_eq!(desk.gateway.taken().len(), 1);
    desk.gateway.follows(Script::default());
    assert_eq!(first.join().unwrap().status, 200);
    // Had it been killed, this would send it once more. What came of it has been heard of, so it is not.
    assert!(desk.send(&unsure, &[], &[]).text().contains("sent already"));
    assert_eq!(desk.gateway.taken().len(), 1);
}

/// Only the gateway gets an answer, and it is not even told of one before it has said that it seals.
#[test]
fn what_does_not_seal_gets_nothing() {
    for keywords in ["", "8BITMIME\nSMTPUTF8\nPIPELINING", "XSEALPOSTX\nX-XSEALPOST", "AUTH XSEALPOST"] {
        let mut desk = Desk::start("");
        desk.gateway.follows(Script { keywords: Some(keywords), ..Script::default() });
        let page = desk.write("reply");
        let answer = desk.send(&page, &[("text", "secret")], &[]);
        assert_eq!(answer.status, 503, "{keywords}");
        assert!(answer.text().contains("be sent now") && written(&answer) == "secret");
        let heard = desk.gateway.heard();
        assert!(!heard.contains("MAIL") && !heard.contains("RCPT") && !heard.contains("DATA"), "{heard}");
    }
}

#[test]
fn what_the_relay_refuses_is_not_lost() {
    for (on, said, status) in [
        ("EHLO", "421 4.3.2 down", 503),
        ("MAIL", "451 4.3.2 later", 503),
        ("RCPT", "450 4.2.1 <alice@example.org> later", 503),
        ("DATA", "451 4.3.0 later", 503),
        ("END", "452 4.3.1 full", 503),
        ("MAIL", "550 5.7.1 no", 502),
        ("RCPT", "550 5.1.1 <alice@example.org> unknown", 502),
        ("END", "554 5.6.0 no", 502),
        ("EHLO", "", 503),
        ("RCPT", "", 503),
        ("END", "", 504),
    ] {
        let mut desk = Desk::start("");
        desk.gateway.follows(Script { answer: Some((on, said)), ..Script::default() });
        let page = desk.write("reply");
        let answer = desk.send(
            &page,
            &[("subject", "Kept"), ("text", "This is kept.")],
            &[("a.txt", "text/plain", b"x")],
        );
        assert_eq!(answer.status, status, "{on} {said}");
        assert_eq!(
            (input(&answer, "subject").as_str(), written(&answer).as_str()),
            ("Kept", "This is kept.")
        );
        assert!(answer.text().contains("choose them again") && answer.carried() == desk.envelope);
        assert_eq!(answer.text().contains("may have been sent"), status == 504, "{on} {said}");
        assert_eq!(answer.text().contains("was not sent"), status != 504, "{on} {said}");
        assert!(desk.gateway.taken().is_empty(), "{on} {said}");
        // Tried again from the page that came, it gets through.
        desk.gateway.follows(Script::default());
        let sent = desk.send(&answer, &[("text", "This is kept.")], &[]);
        assert_eq!((sent.status, desk.gateway.taken().len()), (200, 1), "{on} {said}");
    }
}

#[test]
fn a_relay_that_is_away_or_silent_is_waited_for_only_so_long() {
    let mut desk = Desk::start("timeout = 1");
    desk.gateway.follows(Script { silent: true, ..Script::default() });
    let page = desk.write("reply");
    // Were it waited for as long as by default, the browser would give up before.
    let answer = desk.send(&page, &[("text", "kept")], &[]);
    assert_eq!((answer.status, written(&answer).as_str()), (503, "kept"));
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let site = format!(
        "[server]\npublic_url = 'http://ADDRESS'\n[answer]\nrelay = '{gone}'\nfrom = 'answers@example.org'\n"
    );
    let site = crate::site::Site::start_with(&site);
    let envelope = site.sample(&crate::site::terms(&["bob@example.net"]));
    let (mut browser, _) = site.sign_in(&envelope);
    let page = browser.post("/answer", &[("way", b"reply"), ("envelope", envelope.as_bytes())]);
    let fields = [
        ("way", "reply".into()),
        ("submission", page.hidden("submission")),
        ("text", "kept".into()),
        ("envelope", envelope),
    ];
    let (headers, body) = form(&fields, &[]);
    assert_eq!(browser.request("POST", "/answer/send", From::Portal, &headers, &body).status, 503);
}

#[test]
fn what_is_too_much_is_told_with_what_was_written() {
    let settings = "max_files = 3\nmax_file_bytes = 10000\nmax_recipients = 2";
    let mut desk = Desk::start(settings);
    assert_eq!(desk.write("reply-all").status, 403, "three recipients");
    let page = desk.write("reply");
    let (small, large) = ([7_u8; 3000], [7_u8; 10_001]);
    let many: Vec<(&str, &str, &[u8])> = (0..150).map(|_| ("a.bin", "", &small[..10])).collect();
    let (long, larger) = ("x".repeat((1 << 20) + 1), vec![0; 30_000]);
    for (text, files, words) in [
        ("kept", many.clone(), "3 files at most"),
        ("kept", vec![("a.bin", "", &large[..])], "10 kB together"),
        ("kept", vec![("a.bin", "", &small[..]); 4], "at most"),
        ("kept", vec![("a.bin", "", larger.as_slice())], "10 kB together"),
        ("  \r\n ", vec![], "nothing in your message"),
        (&long, vec![], "text is too long"),
    ] {
        let answer = desk.send(&page, &[("text", text), ("subject", "Kept")], &files);
        assert_eq!(answer.status, 422, "{words}: {}", answer.visible().len());
        assert!(answer.text().contains(words), "{words}");
        assert_eq!(input(&answer, "subject"), "Kept");
        assert!(text.len() > 100 || written(&answer).trim() == text.trim(), "{words}");
    }
    assert!(desk.gateway.heard().is_empty());
    assert_eq!(desk.send(&page, &[("text", "x")], &many[..3]).status, 200);
}

/// Who answers the author, or passes the message on, does not answer those whom it went to besides.
#[test]
fn a_message_to_very_many_can_be_answered_to_its_author() {
    let many = "Somebody With a Name <somebody@example.org>,\r\n ".repeat(2000);
    let original = MAIL.replace("Cc: ", &format!("Cc: {many}"));
    let mut desk = Desk::with(&original, "bob@example.net", Rights::all(), "");
    for (way, status) in [("reply", 200), ("forward", 200), ("reply-all", 403)] {
        let page = desk.write(way);
        assert_eq!(page.status, status, "{way}");
        if status == 200 {
            let sent = desk.send(&page, &[("text", "x"), ("to", "carol@example.com")], &[]);
            assert_eq!(sent.status, 200, "{way}: {}", sent.visible());
        }
    }
    assert_eq!(desk.gateway.taken()[0].recipients[0], "RCPT TO:<alice@example.org>");
    assert_eq!(desk.gateway.taken()[1].recipients[0], "RCPT TO:<carol@example.com>");
}

#[test]
fn as_many_files_as_the_settings_allow() {
    let mut desk = Desk::start("max_files = 150");
    let page = desk.write("reply");
    let files: Vec<(String, Vec<u8>)> =
        (0..150_u8).map(|number| (format!("{number}.bin"), vec![number; 2000])).collect();
    let files: Vec<(&str, &str, &[u8])> =
        files.iter().map(|(name, bytes)| (name.as_str(), "", bytes.as_slice())).collect();
    assert_eq!(desk.send(&page, &[("text", "many")], &files).status, 200);
    let taken = &desk.gateway.taken()[0];
    let structure = sealpost_mime::structure::Structure::of(taken.mail.as_bytes()).unwrap();
    for (part, file) in structure.parts[2..].iter().zip(&files) {
        assert!(*sealpost_mime::transfer::decode(part).value == *file.2, "{}", file.0);
    }
    assert_eq!(structure.parts.len(), 152);
}

#[test]
fn an_upload_far_beyond_the_limits_is_cut_off() {
    let mut desk = Desk::start("max_file_bytes = 1000");
    let page = desk.write("reply");
    let huge = vec![b'x'; 400 << 20];
    let (headers, body) = desk.form(&page, &[("text", "x")], &[("a.bin", "", &huge)]);
    // The settings let the largest envelope in, twice as long in its text form, and a small answer.
    let (sent, buffered) = (desk.browser.post_until_cut_off("/answer/send", &headers, &body), 16 << 20);
    let sent = sent.expect("all of it was taken");
    assert!(sent < (335 << 20) + buffered, "cut off after {sent} bytes");
    assert!(desk.gateway.taken().is_empty());
    assert_eq!(desk.send(&page, &[("text", "x")], &[]).status, 200);
}

#[test]
fn each_reader_and_each_network_has_a_limit() {
    let mut desk = Desk::start("per_reader = 2\nper_network = 3");
    let send = |desk: &mut Desk| {
        let page = desk.write("reply");
        desk.send(&page, &[("text", "again")], &[])
    };
    assert_eq!((send(&mut desk).status, send(&mut desk).status), (200, 200));
    let refused = send(&mut desk);
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("3600")));
    assert!(written(&refused) == "again" && refused.text().contains("60 minutes"));
    // Another reader from the same network.
    let carol = desk.reader("carol@example.com");
    let bob = std::mem::replace(&mut desk.browser, carol);
    assert_eq!((send(&mut desk).status, send(&mut desk).status), (200, 429));
    desk.browser = bob;
    desk.site.clock.forward(1700);
    // The page that was refused is good once the limit has worn off; here the sign-in is, too.
    assert_eq!(desk.send(&refused, &[("text", "again")], &[]).status, 429);
    assert_eq!(desk.gateway.taken().len(), 3);
}

#[test]
fn addresses_outside_ascii_are_written_or_refused() {
    let original = MAIL.replace("Alice <alice@example.org>", "Älice <älice@bücher.example>");
    for (keywords, status) in [(None, 200), (Some("8BITMIME\nXSEALPOST"), 502)] {
        let mut desk = Desk::with(&original, "jürgen@example.net", Rights::all(), "");
        desk.gateway.follows(Script { keywords, ..Script::default() });
        let page = desk.write("reply");
        assert_eq!(desk.send(&page, &[("text", "Grüße")], &[]).status, status);
        let taken = desk.gateway.taken();
        assert_eq!(taken.len(), usize::from(status == 200));
        let Some(taken) = taken.first() else { continue };
        assert!(taken.sender.ends_with(" BODY=8BITMIME SMTPUTF8"), "{}", taken.sender);
        assert_eq!(
            taken.recipients,
            ["RCPT TO:<älice@xn--bcher-kva.example>", "RCPT TO:<jürgen@example.net>"]
        );
        assert!(taken.mail.contains("Reply-To: <jürgen@example.net>\r\n"), "{}", taken.mail);
    }
}

#[test]
fn nothing_of_an_answer_is_stored() {
    let mut desk = Desk::start("");
    let page = desk.write("reply");
    assert_eq!(
        desk.send(&page, &[("subject", "keelhaul"), ("text", "capstan")], &[("fathom.txt", "", b"bowline")])
            .status,
        200
    );
    let submission = page.hidden("submission");
    let needles = [
        "keelhaul",
        "capstan",
        "fathom",
        "bowline",
        "bob@example.net",
        "alice@",
        "third@example.org",
        &submission,
    ];
    crate::database::assert_without(desk.site.directory.path(), &needles.map(str::to_owned));
}

/// Every form that is read holds its memory, and gives it back.
#[test]
fn memory_is_bounded_and_given_back() {
    let gateway = crate::gateway::Gateway::start();
    let site = crate::site::Site::start_with(&format!(
        "[server]\npublic_url = 'http://ADDRESS'\nmax_envelope_size = 100000\nmemory_limit = 4000000\n[answer]\nrelay = '{}'\ntls = 'none'\nfrom = 'answers@example.org'\n",
        gateway.address
    ));
    let envelope = site.sample(&crate::site::terms(&["bob@example.net"]));
    let (mut browser, _) = site.sign_in(&envelope);
    let page = browser.post("/answer", &[("way", b"reply"), ("envelope", envelope.as_bytes())]);
    let mut send = |size: usize| {
        let fields = [
            ("way", "reply".into()),
            ("submission", page.hidden("submission")),
            ("text", "kept".into()),
            ("envelope", envelope.clone()),
        ];
        let content = vec![7; size];
        let (headers, body) = form(&fields, &[("a.bin", "", &content)]);
        browser.request("POST", "/answer/send", From::Portal, &headers, &body).status
    };
    for _ in 0..3 {
        assert_eq!(send(3_000_000), 503);
    }
    assert_eq!(send(500_000), 200);
    assert_eq!(gateway.taken().len(), 1);
}

/// Without JavaScript what was written is nowhere but in the form, so the page that asks to wait carries it along.
#[test]
fn what_is_written_outlives_a_portal_that_is_busy() {
    let gateway = crate::gateway::Gateway::start();
    let site = crate::site::Site::start_with(&format!(
        "[server]\npublic_url = 'http://ADDRESS'\nmax_envelope_size = 1100000\nmemory_limit = 6000000\n[answer]\nrelay = '{}'\ntls = 'none'\nfrom = 'answers@example.org'\n",
        gateway.address
    ));
    let bytes: Vec<u8> =
        (0..130_000_u64).flat_map(|i| (i * 2_654_435_761).to_le_bytes()).take(1_000_000).collect();
    let mail = format!(
        "From: alice@example.org\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        encodify::base64::MIME.encode(&bytes)
    );
    let envelope = crate::site::text(&site.seal(&mail, &crate::site::terms(&["bob@example.net"])));
    let (mut browser, _) = site.sign_in(&envelope);
    let page = browser.post("/answer", &[("way", b"reply"), ("envelope", envelope.as_bytes())]);
    assert_eq!(page.status, 200);
    let long = "Long, & ".repeat(112_500);
    let id = page.hidden("submission");
    let mut post = |path: &str, text: &str, file: usize| {
        let fields = [
            ("way", "reply".into()),
            ("submission", id.clone()),
            ("subject", "Kept & well".into()),
            ("text", text.to_owned()),
            ("copy", "yes".into()),
            ("envelope", envelope.clone()),
        ];
        let content = vec![7; file];
        let (headers, body) = form(&fields, &[("a.bin", "", &content)]);
        browser.request("POST", path, From::Portal, &headers, &body)
    };
    for path in ["/answer/send", "/again", "/answer"] {
        let busy = post(path, &long, 0);
        assert_eq!((busy.status, busy.header("retry-after")), (503, Some("30")), "{path}");
        let shown = busy.text();
        assert!(shown.contains("very busy") && shown.contains("Nothing that you wrote is lost"), "{path}");
        assert!(!shown.contains("go back") && shown.contains("formaction=\"/again\""), "{path}");
        assert_eq!(shown.contains("choose them again"), path == "/answer/send");
        let kept =
            shown.split_once("name=\"text\" hidden>\n").unwrap().1.split_once("</textarea>").unwrap().0;
        assert!(unescape(kept) == long && busy.carried() == envelope, "{path}");
        assert_eq!(
            ["way", "submission", "subject", "copy"].map(|name| unescape(&busy.hidden(name))),
            ["reply", id.as_str(), "Kept & well", "yes"],
            "{path}"
        );
    }
    // What is too much to be taken in at all can only be sent once more by the browser.
    let busy = post("/answer/send", "short", 3_000_000);
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("30")));
    assert!(busy.text().contains("reload this page") && !busy.text().contains("Nothing was lost"));
    // Where the button leads, once there is room.
    let again = post("/again", "shorter", 0);
    assert_eq!((again.status, written(&again).as_str()), (200, "shorter"));
    assert_eq!(input(&again, "subject"), "Kept & well");
    assert_eq!(post("/answer/send", "shorter", 0).status, 200);
    assert_eq!(gateway.taken().len(), 1);
}
