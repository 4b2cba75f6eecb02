//! The running portal refuses whatever is not as it should be: damaged envelopes, passcodes that are wrong or another's,
//! readers who are no recipients, requests from other sites.

use rand::SeedableRng;
use rand::rngs::StdRng;
use sealpost_common::armor::TextDecoder;
use sealpost_common::grant::{Rights, SignIn, Terms};
use sealpost_common::keys::{OpeningKey, SealingKey, SigningKey};
use sealpost_common::seal::Sealer;
use sealpost_tests::mails::{base64_lines, large, text, unique_text};
use sealpost_tests::reader::{From, Page, Reader, form_of};
use sealpost_tests::site::{Plan, Site};

use crate::desk::{Desk, RECIPIENT, SENDER, open, submit};

/// Returns the bytes of the envelope in a `message.html`.
fn envelope(message: &str) -> Vec<u8> {
    let mut decoder = TextDecoder::new();
    let mut bytes = Vec::new();
    decoder.push(message.as_bytes(), &mut bytes).unwrap();
    decoder.finish().unwrap();
    bytes
}

/// Returns the text form of an envelope.
fn armor(envelope: &[u8]) -> String {
    let lines = base64_lines(envelope);
    format!("-----BEGIN SEALPOST ENVELOPE-----\r\n{lines}-----END SEALPOST ENVELOPE-----\r\n")
}

fn fields(envelope: &[u8]) -> Vec<(String, String)> {
    vec![("envelope".into(), armor(envelope))]
}

/// What a refused envelope gets: the same page, whatever is wrong with it.
struct OnePage(Page);

impl OnePage {
    fn of(reader: &mut Reader) -> Self {
        let page = reader.post("/open", From::File, &fields(b"this is no envelope at all")).unwrap();
        assert_eq!(page.status, 400);
        Self(page)
    }

    fn assert_same(&self, page: &Page, case: &str) {
        assert_eq!(page.status, 400, "{case}");
        assert_eq!(page.text(), self.0.text(), "{case}");
    }
}

#[test]
fn any_damage_to_an_envelope_gets_one_plain_page() {
    let mut desk = Desk::start("damage").unwrap();
    let body = unique_text("Body");
    desk.site.secrets.add("the body", &body);
    let message = desk.seal(&text(SENDER, RECIPIENT, "Hello", &body), &[RECIPIENT]).unwrap();
    let good = envelope(&message);
    // Signed in, so that nothing but the envelope stands between the reader and the mail.
    let mut reader = desk.reader();
    let page = desk.read(&mut reader, &message).unwrap();
    assert!(page.text().contains(&body));
    let page = reader.post("/read", From::Portal, &fields(&good)).unwrap();
    assert!(page.text().contains(&body), "a session reads a good envelope: {}", page.text());

    let plain = OnePage::of(&mut reader);
    let mut try_both = |damaged: &[u8], case: &str| {
        for (path, from) in [("/open", From::File), ("/read", From::Portal)] {
            plain
                .assert_same(&reader.post(path, from, &fields(damaged)).unwrap(), &format!("{case}, {path}"));
        }
    };
    for at in 0..good.len() {
        let mut damaged = good.clone();
        damaged[at] ^= 1 << (at % 8);
        try_both(&damaged, &format!("bit {} of byte {at} flipped", at % 8));
    }
    for length in (0..good.len()).step_by(97).chain([good.len() - 1]) {
        try_both(&good[..length], &format!("cut to {length} bytes"));
    }
    try_both(&[&good[..], b"x"].concat(), "a byte more");
    desk.site.finish().unwrap();
}

#[test]
fn moved_segments_get_the_plain_page() {
    let mut desk = Desk::start("segments").unwrap();
    let message = desk.seal(&large(SENDER, RECIPIENT, "Hello", 400_000), &[RECIPIENT]).unwrap();
    let good = envelope(&message);
    let mut reader = desk.reader();
    assert_eq!(desk.read(&mut reader, &message).unwrap().status, 200);
    let plain = OnePage::of(&mut reader);
    // From the end of the header on, segments of 64 KiB and their tags.
    let payload = u64::from_be_bytes(good[34..42].try_into().unwrap());
    let start = good.len() - usize::try_from(payload).unwrap();
    let segment = |number: usize| start + number * (65536 + 16)..start + (number + 1) * (65536 + 16);
    let mut swapped = good[..start].to_vec();
    for range in [segment(1), segment(0), segment(2)] {
        swapped.extend_from_slice(&good[range]);
    }
    swapped.extend_from_slice(&good[segment(2).end..]);
    let dropped = [&good[..segment(1).start], &good[segment(1).end..]].concat();
    let doubled = [&good[..segment(1).end], &good[segment(1)], &good[segment(2).start..]].concat();
    for (case, envelope) in [("swapped", swapped), ("dropped", dropped), ("doubled", doubled)] {
        plain.assert_same(&reader.post("/read", From::Portal, &fields(&envelope)).unwrap(), case);
    }
    desk.site.finish().unwrap();
}

#[test]
fn envelopes_of_strangers_get_the_plain_page() {
    let desk = Desk::start("strangers").unwrap();
    let mut reader = desk.reader();
    let plain = OnePage::of(&mut reader);
    let mail = text(SENDER, RECIPIENT, "Hello", "Body");
    let own = |name: &str| std::fs::read_to_string(desk.site.folder().join(name)).unwrap();
    let line = |text: &str| text.lines().rfind(|line| line.starts_with("sealpost")).unwrap().to_owned();
    let signing = || SigningKey::from_text(&line(&own("signing.key"))).unwrap();
    let sealing = || SealingKey::from_text(&line(&own("sealing.key"))).unwrap();
    let mut rng = StdRng::seed_from_u64(4711);
    let (stranger, unknown) = (SigningKey::generate(&mut rng), OpeningKey::generate(&mut rng).sealing_key());
    let terms = |author: &str| Terms {
        envelope_sender: Some(author.into()),
        author: Some(author.into()),
        recipients: vec![RECIPIENT.into()],
        message_id_hash: None,
        created: 1_795_000_000,
        expires: None,
        rights: Rights::all(),
        sign_in: SignIn::Any,
        brand: "default".into(),
        language: "en".into(),
    };
    for (case, sealer, author, opens) in [
        ("ours", Sealer::new(signing(), sealing(), None), SENDER, true),
        ("signed by a stranger", Sealer::new(stranger, sealing(), None), SENDER, false),
        ("for a key that the portal has not", Sealer::new(signing(), unknown, None), SENDER, false),
        (
            "for a domain that its gateway has not",
            Sealer::new(signing(), sealing(), None),
            "eve@example.com",
            false,
        ),
    ] {
        let sealed = sealer.seal(&mail, &terms(author), &mut rng).unwrap();
        let page = reader.post("/open", From::File, &fields(&sealed.to_bytes())).unwrap();
        if opens {
            assert_eq!(page.status, 200, "{case}: {}", page.text());
        } else {
            plain.assert_same(&page, case);
        }
    }

    // A whole other organisation's mail, by way of its own gateway.
    let other = Site::new(&Plan::new("other")).unwrap();
    let file = other.folder().join("mail.eml");
    std::fs::write(&file, &mail).unwrap();
    let mut seal =
        other.gateway_command(&["seal", "--config", "gateway.toml", "--from", SENDER, "--to", RECIPIENT]);
    let carrier = sealpost_tests::process::run(seal.arg(&file)).unwrap();
    let message = sealpost_tests::carrier::message_html(&carrier).unwrap();
    let form = form_of(&String::from_utf8(message).unwrap(), "/open").unwrap();
    plain.assert_same(&reader.post("/open", From::File, &form.fields).unwrap(), "another organisation's");
    desk.site.finish().unwrap();
}

#[test]
fn a_passcode_is_good_once_for_one_envelope_in_one_browser_and_five_tries() {
    let mut desk = Desk::start("passcodes").unwrap();
    let body = unique_text("Body");
    let mail = text(SENDER, RECIPIENT, "Hello", &body);
    let (message, another) =
        (desk.seal(&mail, &[RECIPIENT]).unwrap(), desk.seal(&mail, &[RECIPIENT]).unwrap());

    // Five wrong tries, and the right one is no longer good.
    let mut reader = desk.reader();
    let page = open(&mut reader, &message).unwrap();
    let (mut page, passcode) = desk.ask(&mut reader, &page).unwrap();
    let wrong = if passcode == "00000000" { "00000001" } else { "00000000" };
    for _ in 0..5 {
        page = submit(&mut reader, &page.form("/read").unwrap().with("passcode", wrong)).unwrap();
        assert!(!page.text().contains(&body));
    }
    let page = submit(&mut reader, &page.form("/read").unwrap().with("passcode", &passcode)).unwrap();
    assert!(!page.text().contains(&body), "right after five wrong tries");

    // In another browser, and for another envelope; then where it belongs, and there once.
    let mut reader = desk.reader();
    let page = open(&mut reader, &message).unwrap();
    let (page, passcode) = desk.ask(&mut reader, &page).unwrap();
    let form = page.form("/read").unwrap().with("passcode", &passcode);
    let answer = submit(&mut desk.reader(), &form).unwrap();
    assert!(!answer.text().contains(&body), "in another browser");
    let foreign = form_of(&another, "/open").unwrap().fields.remove(0).1;
    let answer = submit(&mut reader, &form.clone().with("envelope", &foreign)).unwrap();
    assert!(!answer.text().contains(&body), "for another envelope");
    let answer = submit(&mut reader, &form).unwrap();
    assert!(answer.text().contains(&body), "where it belongs");
    let mut without_session = reader.clone();
    without_session.forget("__Host-sealpost-session");
    let answer = submit(&mut without_session, &form).unwrap();
    assert!(!answer.text().contains(&body), "a second time");

    let log = std::fs::read_to_string(desk.site.folder().join("portal.log")).unwrap();
    let lines = |words: &str| log.lines().filter(|line| line.contains(words)).count();
    assert_eq!(
        (lines("signed in"), lines("passcode refused")),
        (1, 9),
        "each proof and each refusal is logged"
    );
    desk.site.finish().unwrap();
}

#[test]
fn who_is_no_recipient_learns_nothing() {
    let desk = Desk::start("nobody").unwrap();
    let mail = text(SENDER, "list@example.net", "Hello", "Body");
    let message = desk.seal(&mail, &[RECIPIENT, "dora@example.net"]).unwrap();
    let answers: Vec<_> = [RECIPIENT, "eve@example.net"]
        .iter()
        .map(|address| {
            let mut reader = desk.reader();
            let page = open(&mut reader, &message).unwrap();
            assert!(!page.text().contains("dora@"), "the page names a recipient");
            let page =
                submit(&mut reader, &page.form("/passcode").unwrap().with("address", address)).unwrap();
            let form = page.form("/read").unwrap();
            let reference = form.fields.iter().find(|(name, _)| name == "reference").unwrap().1.clone();
            let shape =
                |page: &Page| page.text().replace(*address, "ADDRESS").replace(&reference, "REFERENCE");
            let wrong = submit(&mut reader, &form.with("passcode", "12345678")).unwrap();
            (page.status, shape(&page), wrong.status, shape(&wrong))
        })
        .collect();
    assert_eq!(answers[0], answers[1]);
    let mail = desk.relay.wait().unwrap();
    assert!(mail.recipients[0].contains(RECIPIENT));
    assert!(desk.relay.take().is_empty(), "somebody else was sent a passcode");
    desk.site.finish().unwrap();
}

#[test]
fn pages_of_other_sites_can_only_open() {
    let mut desk = Desk::start("foreign").unwrap();
    let body = unique_text("Body");
    let message = desk.seal(&text(SENDER, RECIPIENT, "Hello", &body), &[RECIPIENT]).unwrap();
    let mut reader = desk.reader();
    desk.read(&mut reader, &message).unwrap();
    let fields = form_of(&message, "/open").unwrap().fields;
    for path in ["/read", "/passcode", "/attachment", "/sign-out"] {
        for from in [From::Elsewhere, From::File] {
            let page = reader.post(path, from, &fields).unwrap();
            assert_eq!(page.status, 403, "{path} {from:?}");
            assert!(!page.text().contains(&body));
        }
    }
    assert_eq!(reader.post("/open", From::Elsewhere, &fields).unwrap().status, 200);
    desk.site.finish().unwrap();
}

#[test]
fn a_revoked_mail_is_gone_until_it_is_restored() {
    let desk = Desk::start("revoked").unwrap();
    let mail = text(SENDER, RECIPIENT, "Hello", "Body");
    let id = String::from_utf8_lossy(&mail)
        .split_once("Message-ID: ")
        .unwrap()
        .1
        .split_once('\r')
        .unwrap()
        .0
        .to_owned();
    let message = desk.seal(&mail, &[RECIPIENT]).unwrap();
    for (command, status) in [("revoke", 410), ("restore", 200)] {
        let mut command = desk.site.portal_command(&[command, "--config", "portal.toml"]);
        sealpost_tests::process::run(command.arg(&id)).unwrap();
        assert_eq!(open(&mut desk.reader(), &message).unwrap().status, status);
    }
    desk.site.finish().unwrap();
}
