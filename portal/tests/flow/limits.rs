//! Limits: on passcodes, which wear off, and on memory.

use std::{io::Read as _, time::Duration};

use sealpost_tests::process::wait_until;

use crate::{
    client::Answer,
    relay::Relay,
    site::{Site, terms, text},
};

/// A site with these limits on passcodes.
fn site(limits: &str) -> Site {
    Site::start_with(&format!("[server]\npublic_url = 'http://ADDRESS'\n[passcode]\n{limits}\n"))
}

fn ask(site: &Site, envelope: &str, address: &str, network: &str) -> Answer {
    let fields: [(&str, &[u8]); 2] = [("address", address.as_bytes()), ("envelope", envelope.as_bytes())];
    site.browser().post_forwarded("/passcode", network, &fields)
}

#[test]
fn each_limit_holds_and_wears_off() {
    for (limits, others) in [
        // Another address or network, or another envelope, gets through where the limit is not about it.
        ("per_address_and_network = 2", [true, true, false]),
        ("per_address = 2", [true, false, false]),
        ("per_network = 2", [false, true, false]),
        ("per_envelope = 2", [true, false, true]),
    ] {
        let site = site(limits);
        let recipients = ["bob@example.net", "carol@example.net"];
        let (envelope, another) = (site.sample(&terms(&recipients)), site.sample(&terms(&recipients)));
        let bob = |network: &str| ask(&site, &envelope, "bob@example.net", network);
        assert!(bob("192.0.2.1").asks_for_passcode(), "{limits}");
        site.clock.forward(600);
        assert!(bob("192.0.2.1").asks_for_passcode(), "{limits}");
        let refused = bob("192.0.2.1");
        assert_eq!(refused.status, 429, "{limits}");
        assert_eq!(refused.header("retry-after"), Some("3000"), "{limits}");
        let found = [
            ask(&site, &envelope, "carol@example.net", "192.0.2.1").asks_for_passcode(),
            bob("198.51.100.1").asks_for_passcode(),
            ask(&site, &another, "bob@example.net", "192.0.2.1").asks_for_passcode(),
        ];
        assert_eq!(found, others, "{limits}");
    }
}

/// Somebody who keeps on asking does not keep the recipient out: refused requests don't count.
#[test]
fn a_limit_wears_off_while_somebody_keeps_on_asking() {
    let site = site("per_address = 1");
    let envelope = site.sample(&terms(&["bob@example.net", "carol@example.net"]));
    let bob = || ask(&site, &envelope, "bob@example.net", "192.0.2.1");
    assert!(bob().asks_for_passcode());
    for _ in 0..59 {
        site.clock.forward(60);
        assert_eq!(bob().status, 429);
    }
    site.clock.forward(60);
    assert!(bob().asks_for_passcode());
}

/// Who has got hold of an envelope and types addresses that it is not for uses up nothing of its recipients'.
#[test]
fn addresses_of_strangers_use_up_nothing_of_a_recipient() {
    let site = site("per_envelope = 2\nper_address = 2\nper_address_and_network = 1");
    let envelope = site.sample(&terms(&["bob@example.net", "carol@example.net"]));
    for stranger in 0..50 {
        ask(&site, &envelope, &format!("{stranger}@example.com"), &format!("192.0.2.{stranger}"));
    }
    assert!(ask(&site, &envelope, "bob@example.net", "198.51.100.1").asks_for_passcode());
}

/// Who holds several envelopes does not find out by the limits for whom one of them is.
#[test]
fn the_limits_of_several_envelopes_are_those_of_a_recipient_for_everybody() {
    let answers = |recipients: &[&str]| {
        let site = site("per_address = 4\nper_envelope = 2");
        let known = site.sample(&terms(&["bob@example.net", "carol@example.net"]));
        let other = site.sample(&terms(recipients));
        [&known, &known, &other, &other, &other].map(|envelope| {
            let answer = ask(&site, envelope, "bob@example.net", "192.0.2.1");
            (answer.status, answer.header("retry-after").map(str::to_owned))
        })
    };
    let of_others = answers(&["mallory@example.com", "eve@example.com"]);
    assert_eq!(answers(&["bob@example.net", "eve@example.com"]), of_others);
    assert_eq!(of_others[4].0, 429);
}

/// With one envelope nobody finds out by the limits for whom it is.
#[test]
fn the_limits_of_one_envelope_are_those_of_a_recipient_for_everybody() {
    for limits in [
        "per_address = 3",
        "per_address = 3\nper_envelope = 100",
        "per_envelope = 2",
        "per_address_and_network = 2\nper_envelope = 100",
        "per_network = 2",
    ] {
        let answers = |address: &str| {
            let site = site(limits);
            let envelope = site.sample(&terms(&["bob@example.net", "carol@example.net"]));
            let networks = [1, 1, 1, 2, 2, 3, 4, 5, 6];
            networks.map(|network| {
                site.clock.forward(60);
                let answer = ask(&site, &envelope, address, &format!("192.0.2.{network}"));
                (answer.status, answer.header("retry-after").map(str::to_owned))
            })
        };
        assert_eq!(answers("bob@example.net"), answers("ellen@example.com"), "{limits}");
    }
}

/// A flood, even from everywhere at once and for as long as it likes, leaves him his passcodes who has read here before.
#[test]
fn a_flood_does_not_reach_a_browser_in_which_the_address_was_proved() {
    let site = site("per_address = 3\nper_address_and_network = 2\nknown_days = 7\n[session]\nminutes = 1");
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let (mut bob, _) = site.sign_in(&envelope);
    let fields: [(&str, &[u8]); 1] = [("envelope", envelope.as_bytes())];
    let flood = || {
        let refused = (0..5).map(|network| ask(&site, &envelope, "", &format!("192.0.2.{network}")).status);
        assert_eq!(refused.filter(|&status| status == 429).count(), 2);
    };
    site.clock.forward(2 * 60 * 60);
    for _ in 0..3 {
        flood();
        assert_eq!(ask(&site, &envelope, "", "203.0.113.1").status, 429, "a browser that nobody knows");
        for _ in 0..2 {
            assert!(bob.post("/passcode", &fields).asks_for_passcode());
        }
        assert_eq!(bob.post("/passcode", &fields).status, 429, "his own limit");
        site.clock.forward(60 * 60);
    }
    site.clock.forward(7 * 24 * 60 * 60);
    flood();
    assert_eq!(bob.post("/passcode", &fields).status, 429, "forgotten after its days");
}

/// The envelope stays on the page, and a passcode that came before still works.
#[test]
fn beyond_a_limit_the_reader_keeps_his_place() {
    let site = site("per_address = 1");
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let mut bob = site.browser();
    let asked = bob.post("/passcode", &[("envelope", envelope.as_bytes())]);
    let passcode = site.relay.passcode(1);
    let reference = asked.hidden("reference");
    let fields: [(&str, &[u8]); 2] = [("reference", reference.as_bytes()), ("envelope", envelope.as_bytes())];
    let again = bob.post("/passcode", &fields);
    assert_eq!((again.status, again.header("retry-after")), (429, Some("3600")));
    assert!(again.text().contains("in 60 minutes") && again.text().contains("BEGIN SEALPOST ENVELOPE"));
    assert_eq!(again.hidden("reference"), reference);
    let page = bob.post("/read", &[("passcode", passcode.as_bytes()), ("envelope", envelope.as_bytes())]);
    assert!(page.status == 200 && page.text().contains("dear Bob"));

    let first = ask(&site, &envelope, "", "192.0.2.1");
    assert_eq!(first.status, 429);
    assert!(
        first.text().contains("Is this message for you?") && first.text().contains("BEGIN SEALPOST ENVELOPE")
    );
}

#[test]
fn a_stranger_meets_the_same_limits() {
    let site = site("per_address = 1");
    let envelope = site.sample(&terms(&["bob@example.net", "carol@example.net"]));
    let second = |address: &str| {
        ask(&site, &envelope, address, "192.0.2.1");
        let mut answer = ask(&site, &envelope, address, "192.0.2.1").without_date();
        // The page keeps what was typed.
        answer.body = answer.text().replace(address, "ADDRESS").into_bytes();
        answer
    };
    let recipient = second("bob@example.net");
    assert_eq!(recipient.status, 429);
    assert!(recipient == second("ellen@example.com"));
}

#[test]
fn a_portal_at_its_limit_asks_to_try_again() {
    let site = Site::start_with(
        "[server]\npublic_url = 'http://ADDRESS'\nmax_envelope_size = 40000\nmemory_limit = 200000\n",
    );
    let mut bob = terms(&["bob@example.net"]);
    let small = site.sample(&bob);
    bob.recipients = (0..600).map(|i| format!("recipient-number-{i}@example.net")).collect();
    let large = site.sample(&bob);
    let open = |envelope: &str| site.browser().post("/open", &[("envelope", envelope.as_bytes())]);
    for _ in 0..200 {
        assert!(open(&small).asks_to_prove(), "room is given back");
    }
    // Envelopes that have arrived, in forms that don't end.
    let begin = || site.browser().post_begun("/open", &[("envelope", large.as_bytes())]);
    let (mut begun, patience) = (Vec::new(), Duration::from_mins(1));
    let busy = wait_until("a full portal", patience, || {
        // One after the other: many at once may all find no room for their ends, and all give back what they had.
        begun.push(begin());
        Some(open(&large)).filter(|busy| busy.status == 503)
    });
    let busy = busy.unwrap();
    assert_eq!(busy.header("retry-after"), Some("30"));
    assert!(busy.text().contains("try again"));
    drop(begun);
    wait_until("room that is given back", patience, || (open(&large).status == 200).then_some(())).unwrap();
}

/// A mail that would never have room is refused before anybody is asked to prove anything, not put off for ever.
#[test]
fn a_mail_that_never_has_room_is_refused_at_once() {
    let site = Site::start_with(
        "[server]\npublic_url = 'http://ADDRESS'\nmax_envelope_size = 40000\nmemory_limit = 200000\n",
    );
    for (length, status) in [(60_000, 200), (70_000, 400)] {
        let mail = format!("Subject: Long\r\n\r\n{}", "x".repeat(length));
        let envelope = text(&site.seal(&mail, &terms(&["bob@example.net"])));
        assert!(envelope.len() < 40_000);
        let opened = site.browser().post("/open", &[("envelope", envelope.as_bytes())]);
        assert_eq!(opened.status, status, "{length}");
    }
}

/// Readers who leave their downloads unread must not fill the memory beyond its limit, nor keep it: not once they are gone, and
/// not for long if they stay.
#[test]
fn a_download_counts_until_it_is_sent_or_given_up() {
    for stays in [false, true] {
        let site = Site::start_with(
            "[server]\npublic_url = 'http://ADDRESS'\nmax_envelope_size = 10000000\nmemory_limit = 50000000\n\
             send_timeout = 2\n",
        );
        let bytes: Vec<u8> =
            (0..9_000_000_u64).flat_map(|i| (i * 2_654_435_761).to_le_bytes()).take(9_000_000).collect();
        let encoded = encodify::base64::MIME.encode(&bytes);
        let mail =
            format!("Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}");
        let envelope = text(&site.seal(&mail, &terms(&["bob@example.net"])));
        let (mut browser, _) = site.sign_in(&envelope);
        let fields: [(&str, &[u8]); 2] = [("part", b"0"), ("envelope", envelope.as_bytes())];
        let mut unread = browser.post_unread("/attachment", &fields);
        let mut start = [0; 12];
        unread.read_exact(&mut start).unwrap();
        assert!(start.ends_with(b" 200"));
        assert_eq!(browser.post("/attachment", &fields).status, 503);
        let stayed = stays.then_some(unread);
        let mut again = (0..300).map(|_| {
            std::thread::sleep(Duration::from_millis(100));
            browser.post("/attachment", &fields)
        });
        assert!(again.any(|answer| answer.status == 200 && answer.body == bytes), "stays: {stays}");
        drop(stayed);
    }
}

#[test]
fn a_full_mail_queue_answers_all_alike() {
    let relay = Relay::silent();
    let site = Site::start_at(relay, "queue = 2\n[server]\npublic_url = 'http://ADDRESS'\n");
    let envelope = site.sample(&terms(&["bob@example.net", "carol@example.net"]));
    // Four are on their way to a relay that says nothing, two wait.
    let found = (0..12).find_map(|_| {
        let answer = ask(&site, &envelope, "bob@example.net", "192.0.2.1");
        (answer.status == 503).then(|| answer.without_date())
    });
    let full = found.expect("the queue fills up");
    assert_eq!(full.header("retry-after"), Some("30"));
    assert!(full == ask(&site, &envelope, "ellen@example.com", "192.0.2.2").without_date());
}
