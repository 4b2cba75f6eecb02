//! Whatever breaks, a mail that policy wants sealed is either handed on sealed or stays with whom it came from.

use std::fs;
use std::time::Duration;

use sealpost_tests::mails::{text, unique_text};
use sealpost_tests::place::installed;
use sealpost_tests::postfix::Filter;
use sealpost_tests::process::free_address;
use sealpost_tests::sink::{At, Fault, Kept, Sink};
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::smtp::{Client, Reply};
use sealpost_tests::{carrier, smtp};

const SENDER: &str = "alice@example.org";
const OUTSIDE: &str = "bob@example.net";
const PARTNER: &str = "carol@partner.example";

const PLACES: [At; 7] = [At::Connect, At::Hello, At::Mail, At::Rcpt, At::Data, At::Content, At::Dot];

/// Makes a site whose gateway hands on to a sink.
fn site_with_sink(name: &str) -> (Site, Sink) {
    let sink = Sink::start().unwrap();
    let plan = Plan { next_hop: Some(sink.address()), ..Plan::new(name) };
    let mut site = Site::new(&plan).unwrap();
    site.start_gateway().unwrap();
    (site, sink)
}

/// Returns a mail with a body that stands nowhere else, which the site then looks for in its logs.
fn mail_for(site: &mut Site, recipient: &str) -> (Vec<u8>, String) {
    let (subject, body) = (unique_text("Subject"), unique_text("Body"));
    site.secrets.add("the subject", &subject);
    site.secrets.add("the body", &body);
    (text(SENDER, recipient, &subject, &body), body)
}

/// Sends a mail by SMTP or LMTP and returns the reply for its one recipient.
fn send(site: &Site, protocol: Filter, recipient: &str, mail: &[u8]) -> Reply {
    if protocol == Filter::Smtp {
        return smtp::deliver(site.ports.gateway_smtp, SENDER, &[recipient], mail).unwrap();
    }
    let mut session = Client::open(site.ports.gateway_lmtp, "LHLO").unwrap();
    session.deliver_each(SENDER, &[recipient], mail).unwrap().remove(0)
}

/// Fails if one of the mails shows the body.
fn assert_sealed(kept: &[Kept], body: &str) {
    for kept in kept {
        assert!(carrier::is_sealed(&kept.mail), "not sealed");
        assert!(!String::from_utf8_lossy(&kept.mail).contains(body), "handed on in clear");
    }
}

#[test]
fn the_next_hops_refusal_is_the_reply_and_nothing_is_lost_or_clear() {
    let (mut site, sink) = site_with_sink("refusals");
    for protocol in [Filter::Smtp, Filter::Lmtp] {
        for at in PLACES {
            for refusal in ["452 4.3.1 Queue full", "550 5.7.1 Not wanted"] {
                let (mail, body) = mail_for(&mut site, OUTSIDE);
                sink.set_fault(Some((at, Fault::Reply(refusal))));
                let reply = send(&site, protocol, OUTSIDE, &mail);
                let code: u16 = refusal[..3].parse().unwrap();
                let case = format!("{protocol:?} {at:?} {refusal}: {reply:?}");
                match at {
                    // Here the next hop speaks of itself or is out of step; the mail can be tried again.
                    At::Connect | At::Hello | At::Content => assert!(!reply.is_success(), "{case}"),
                    _ => assert_eq!(reply.code, code, "{case}"),
                }
                assert!(sink.take().is_empty(), "{case}");

                sink.set_fault(None);
                let reply = send(&site, protocol, OUTSIDE, &mail);
                assert!(reply.is_success(), "after {case}: {reply:?}");
                let kept = sink.take();
                assert_eq!(kept.len(), 1, "after {case}");
                assert_sealed(&kept, &body);
            }
        }
    }
    site.finish().unwrap();
}

#[test]
fn a_cut_connection_is_a_transient_failure() {
    let (mut site, sink) = site_with_sink("cuts");
    for protocol in [Filter::Smtp, Filter::Lmtp] {
        for at in PLACES {
            let (mail, body) = mail_for(&mut site, OUTSIDE);
            sink.set_fault(Some((at, Fault::Cut)));
            let reply = send(&site, protocol, OUTSIDE, &mail);
            assert!(reply.is_transient(), "{protocol:?} {at:?}: {reply:?}");
            let cut = sink.take();
            assert_sealed(&cut, &body);
            // Only after the last dot can the next hop have the mail all the same.
            assert_eq!(cut.len(), usize::from(at == At::Dot), "{protocol:?} {at:?}");

            sink.set_fault(None);
            assert!(send(&site, protocol, OUTSIDE, &mail).is_success());
            let kept = sink.take();
            assert_eq!(kept.len(), 1, "{protocol:?} {at:?}");
            assert_sealed(&kept, &body);
        }
    }
    site.finish().unwrap();
}

#[test]
fn a_slow_next_hop_is_waited_for_but_not_for_ever() {
    let sink = Sink::start().unwrap();
    let timeouts = "connect_timeout = 2\ngreeting_timeout = 2\ncommand_timeout = 2\ndata_block_timeout = 2\ndata_done_timeout = 2\n\
                    pause_after_timeout = 0\n";
    let plan =
        Plan { next_hop: Some(sink.address()), next_hop_settings: timeouts.into(), ..Plan::new("slow") };
    let mut site = Site::new(&plan).unwrap();
    site.start_gateway().unwrap();
    for at in [At::Connect, At::Hello, At::Mail, At::Rcpt, At::Data, At::Dot] {
        let (mail, body) = mail_for(&mut site, OUTSIDE);
        sink.set_fault(Some((at, Fault::Slow(Duration::from_millis(300)))));
        assert!(send(&site, Filter::Smtp, OUTSIDE, &mail).is_success(), "{at:?}, slow");
        assert_sealed(&sink.take(), &body);

        sink.set_fault(Some((at, Fault::Slow(Duration::from_secs(4)))));
        let reply = send(&site, Filter::Smtp, OUTSIDE, &mail);
        assert!(reply.is_transient(), "{at:?}, too slow: {reply:?}");
        sink.set_fault(None);
        assert!(send(&site, Filter::Smtp, OUTSIDE, &mail).is_success(), "{at:?}, again");
        assert_sealed(&sink.take(), &body);
    }
    site.finish().unwrap();
}

#[test]
fn a_next_hop_that_is_down_is_a_transient_failure() {
    let plan = Plan { next_hop: Some(free_address().unwrap()), ..Plan::new("down") };
    let mut site = Site::new(&plan).unwrap();
    site.start_gateway().unwrap();
    for protocol in [Filter::Smtp, Filter::Lmtp] {
        for recipient in [OUTSIDE, PARTNER] {
            let (mail, _) = mail_for(&mut site, recipient);
            let reply = send(&site, protocol, recipient, &mail);
            assert!(reply.is_transient(), "{reply:?}");
        }
    }
    site.finish().unwrap();
}

#[test]
fn over_lmtp_each_recipient_has_his_own_reply() {
    let (mut site, sink) = site_with_sink("mixed-lmtp");
    let recipients = [OUTSIDE, PARTNER, "dora@example.net", "erik@example.org"];
    for (refused, codes) in [
        (None, [250, 250, 250, 250]),
        (Some((OUTSIDE, "450 4.2.1 Busy")), [450, 250, 250, 250]),
        (Some((PARTNER, "550 5.1.1 Unknown")), [250, 550, 250, 250]),
    ] {
        let (mail, body) = mail_for(&mut site, "list@example.net");
        if let Some((recipient, reply)) = refused {
            sink.refuse(recipient, reply);
        }
        let mut session = Client::open(site.ports.gateway_lmtp, "LHLO").unwrap();
        let replies = session.deliver_each(SENDER, &recipients, &mail).unwrap();
        assert_eq!(replies.iter().map(|reply| reply.code).collect::<Vec<_>>(), codes);
        assert_each_as_decided(&sink.take(), &body, &mail, |recipient| {
            refused.is_none_or(|(other, _)| other != recipient)
        });
        sink.accept_all();
    }
    site.finish().unwrap();
}

/// Checks who got what: the outside sealed, partner and inside the mail as it was, each once.
fn assert_each_as_decided(kept: &[Kept], body: &str, mail: &[u8], gets_it: impl Fn(&str) -> bool) {
    for (recipient, sealed) in
        [(OUTSIDE, true), ("dora@example.net", true), (PARTNER, false), ("erik@example.org", false)]
    {
        let got: Vec<_> =
            kept.iter().filter(|kept| kept.recipients.iter().any(|rcpt| rcpt.contains(recipient))).collect();
        assert_eq!(got.len(), usize::from(gets_it(recipient)), "copies for {recipient}");
        for got in got {
            assert_eq!(carrier::is_sealed(&got.mail), sealed, "{recipient}");
            assert_eq!(String::from_utf8_lossy(&got.mail).contains(body), !sealed, "{recipient}");
            assert!(sealed || got.mail.ends_with(mail), "{recipient} gets other bytes than were sent");
        }
    }
}

#[test]
fn over_smtp_a_refused_recipient_stops_the_mail_for_all() {
    let (mut site, sink) = site_with_sink("mixed-smtp");
    let recipients = [OUTSIDE, PARTNER, "dora@example.net", "erik@example.org"];
    for refused in [OUTSIDE, PARTNER] {
        let (mail, body) = mail_for(&mut site, "list@example.net");
        sink.refuse(refused, "450 4.2.1 Busy");
        let reply = smtp::deliver(site.ports.gateway_smtp, SENDER, &recipients, &mail).unwrap();
        assert_eq!(reply.code, 450);
        assert!(reply.lines.concat().contains(refused), "the reply names who was refused: {reply:?}");
        assert!(sink.take().is_empty());
        sink.accept_all();
        assert!(smtp::deliver(site.ports.gateway_smtp, SENDER, &recipients, &mail).unwrap().is_success());
        assert_each_as_decided(&sink.take(), &body, &mail, |_| true);
    }
    site.finish().unwrap();
}

#[test]
fn over_smtp_a_retry_after_half_a_success_delivers_to_nobody_twice() {
    let (mut site, sink) = site_with_sink("half");
    let recipients = [OUTSIDE, PARTNER, "dora@example.net", "erik@example.org"];
    let (mail, body) = mail_for(&mut site, "list@example.net");
    sink.refuse_mail(PARTNER, "451 4.3.0 Try later");
    let mut all = Vec::new();
    for _ in 0..3 {
        let reply = smtp::deliver(site.ports.gateway_smtp, SENDER, &recipients, &mail).unwrap();
        assert!(reply.is_transient(), "{reply:?}");
        all.extend(sink.take());
    }
    sink.accept_all();
    assert!(smtp::deliver(site.ports.gateway_smtp, SENDER, &recipients, &mail).unwrap().is_success());
    all.extend(sink.take());
    assert_each_as_decided(&all, &body, &mail, |_| true);
    site.finish().unwrap();
}

#[test]
fn mixed_recipients_through_postfix_each_get_one_copy() {
    if !installed(&["postfix"]) {
        return;
    }
    let inside = "erik@example.org";
    for filter in [Filter::Smtp, Filter::Lmtp] {
        let mut site = Site::start(&Plan::new("mixed"), filter, &[OUTSIDE, PARTNER, inside]).unwrap();
        let (mail, body) = mail_for(&mut site, "list@example.net");
        let reply = smtp::deliver(site.ports.submission, SENDER, &[OUTSIDE, PARTNER, inside], &mail).unwrap();
        assert!(reply.is_success(), "{reply:?}");
        for (recipient, sealed) in [(OUTSIDE, true), (PARTNER, false), (inside, false)] {
            let got = site.postfix().mailbox(recipient).wait_for("the mail", |_| true).unwrap();
            assert_eq!(carrier::is_sealed(&got), sealed, "{recipient}");
            assert_eq!(String::from_utf8_lossy(&got).contains(&body), !sealed, "{recipient}");
        }
        site.postfix().drain(Duration::from_secs(20)).unwrap();
        for recipient in [OUTSIDE, PARTNER, inside] {
            assert_eq!(site.postfix().mailbox(recipient).count(), 1, "{recipient}");
        }
        site.finish().unwrap();
    }
}

/// What is wrong with a gateway that can't start, as a change to one of its files: another content, or none.
const BROKEN: [(&str, Option<&str>); 7] = [
    ("sealing.key", None),
    ("sealing.key", Some("sealpost-sealing-key-v1:AAAA\n")),
    ("signing.key", None),
    ("signing.key", Some("nothing\n")),
    ("policy.toml", None),
    ("policy.toml", Some("default = \"seal\"\n[[rule]]\nname = \"x\"\naction = \"sael\"\n")),
    ("gateway.toml", Some("[server]\nhostname = \"x\"\nunknown_key = 1\n")),
];

#[test]
fn with_a_broken_setting_mail_waits_in_the_queue_and_nothing_goes_out_in_clear() {
    if !installed(&["postfix"]) {
        return;
    }
    let mut site = Site::new(&Plan::new("broken")).unwrap();
    site.start_postfix(Filter::Smtp, &[OUTSIDE]).unwrap();
    for (name, content) in BROKEN {
        let file = site.folder().join(name);
        let good = fs::read(&file).unwrap();
        let permissions = fs::metadata(&file).unwrap().permissions();
        match content {
            Some(content) => fs::write(&file, content).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let check =
            site.gateway_command(&["check", "--config"]).arg(site.gateway_settings()).output().unwrap();
        let errors = String::from_utf8_lossy(&check.stderr).into_owned();
        assert_eq!(check.status.code(), Some(1), "{name}: {errors}");
        assert!(errors.contains(name), "the error names the file {name}: {errors}");
        assert!(site.start_gateway().is_err(), "the gateway runs with a broken {name}");

        let (mail, body) = mail_for(&mut site, OUTSIDE);
        assert!(smtp::deliver(site.ports.submission, SENDER, &[OUTSIDE], &mail).unwrap().is_success());
        std::thread::sleep(Duration::from_millis(500));
        site.postfix().wait_for_queued(1).unwrap();
        assert_eq!(site.postfix().mailbox(OUTSIDE).count(), 0, "{name}");

        fs::write(&file, good).unwrap();
        fs::set_permissions(&file, permissions).unwrap();
        site.start_gateway().unwrap();
        site.postfix().drain(Duration::from_secs(30)).unwrap();
        let got = site.postfix().mailbox(OUTSIDE).wait_for("the carrier mail", |_| true).unwrap();
        assert!(carrier::is_sealed(&got) && !String::from_utf8_lossy(&got).contains(&body), "{name}");
        site.postfix().mailbox(OUTSIDE).clear().unwrap();
        assert!(site.stop_gateway().unwrap().success());
    }
    site.finish().unwrap();
}
