//! `POST /probe`: opens envelopes for nobody, and tells nothing of any other one.

use sealpost_common::{grant::Terms, probe::PROBE_RECIPIENT, seal::SealedEnvelope};
use sha2::{Digest as _, Sha256};

use crate::{
    client::{Answer, From},
    site::{START, Site, foreign_sealer, terms, text},
};

const SECRET: &str = "a text that means nothing\r\n";

fn probe_terms() -> Terms {
    Terms { expires: Some(START + 300), ..terms(&[PROBE_RECIPIENT]) }
}

fn post(site: &Site, body: &[u8]) -> Answer {
    let content = "Content-Type: application/octet-stream\r\n";
    site.browser().request("POST", "/probe", From::Disk, content, body)
}

fn probe(site: &Site, envelope: &SealedEnvelope) -> Answer {
    post(site, &envelope.to_bytes())
}

fn refused() -> (u16, String) {
    (400, "{\"outcome\":\"refused\"}\n".to_owned())
}

fn said(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), Some("application/json"));
    (answer.status, answer.text())
}

#[test]
fn a_probe_is_opened_any_number_of_times_and_leaves_nothing() {
    let site = Site::start();
    let envelope = site.seal(SECRET, &probe_terms());
    let digest: String =
        Sha256::digest(SECRET).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    for _ in 0..3 {
        let answer = probe(&site, &envelope);
        assert_eq!(said(&answer), (200, format!("{{\"outcome\":\"opened\",\"sha256\":\"{digest}\"}}\n")));
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value));
        }
        assert_eq!(answer.header("set-cookie"), None, "no session is made");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    assert_eq!(site.relay.count(), 0, "nobody is written to");
}

/// What is handed in is no oracle: whatever is no probe gets one and the same answer.
#[test]
fn everything_but_a_probe_gets_the_same_refusal() {
    let site = Site::start();
    let good = site.seal(SECRET, &probe_terms());
    let for_somebody = |recipients: &[&str]| site.seal(SECRET, &terms(recipients)).to_bytes();
    let mut damaged = good.to_bytes();
    *damaged.last_mut().unwrap() ^= 1;
    let mut forged = good.to_bytes();
    forged[40] ^= 1;
    let other_sender =
        Terms { envelope_sender: Some("mallory@example.com".to_owned()), author: None, ..probe_terms() };
    let expired = Terms { expires: Some(START - 1), ..terms(&["bob@example.net"]) };
    let foreign =
        foreign_sealer(site.directory.path()).seal(SECRET.as_bytes(), &probe_terms(), &mut rand::rng());
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("for a reader", for_somebody(&["bob@example.net"])),
        ("for a reader too", for_somebody(&[PROBE_RECIPIENT, "bob@example.net"])),
        ("for a reader first", for_somebody(&["bob@example.net", PROBE_RECIPIENT])),
        ("in another spelling", for_somebody(&["Probe@sealpost.invalid"])),
        ("for a reader, expired", site.seal(SECRET, &expired).to_bytes()),
        ("of another domain", site.seal(SECRET, &other_sender).to_bytes()),
        ("of a stranger", foreign.unwrap().to_bytes()),
        ("damaged", damaged),
        ("forged", forged),
        ("cut", good.to_bytes()[..300].to_vec()),
        ("longer", [good.to_bytes(), b"x".to_vec()].concat()),
        ("in text form", text(&good).into_bytes()),
        ("nothing", Vec::new()),
        ("no envelope", b"SEALPOSX".to_vec()),
    ];
    for (what, body) in bodies {
        assert_eq!(said(&post(&site, &body)), refused(), "{what}");
    }
    let large =
        site.seal(&"x".repeat(10), &Terms { recipients: vec![PROBE_RECIPIENT.to_owned()], ..probe_terms() });
    let mut body = large.to_bytes();
    body.resize(70_000, 0);
    assert_eq!(post(&site, &body).status, 413, "more than a probe can have is not read");
}

#[test]
fn expiry_and_revocation_hold_for_probes_too() {
    let site = Site::start();
    let envelope = site.seal(SECRET, &probe_terms());
    assert_eq!(probe(&site, &envelope).status, 200);
    let revoke = |command: &str| {
        let settings = site.directory.path().join("portal.toml");
        let program = env!("CARGO_BIN_EXE_sealpost-portal");
        let mut command_line = std::process::Command::new(program);
        let done = command_line.args([command, "--config"]).arg(settings).arg("sample@example.org").status();
        assert!(done.unwrap().success());
    };
    revoke("revoke");
    assert_eq!(said(&probe(&site, &envelope)), (410, "{\"outcome\":\"gone\"}\n".to_owned()));
    revoke("restore");
    assert_eq!(probe(&site, &envelope).status, 200);
    site.clock.forward(300);
    assert_eq!(said(&probe(&site, &envelope)), (410, "{\"outcome\":\"gone\"}\n".to_owned()));
}

/// Nobody can prove that he is the reserved recipient, and no passcode goes there.
#[test]
fn the_reserved_recipient_reads_nothing() {
    let site = Site::start();
    for recipients in
        [&[PROBE_RECIPIENT][..], &["PROBE@sealpost.invalid"], &["bob@example.net", PROBE_RECIPIENT]]
    {
        let envelope = site.sample(&terms(recipients));
        for path in ["/open", "/passcode", "/read"] {
            let fields: [(&str, &[u8]); 2] =
                [("address", PROBE_RECIPIENT.as_bytes()), ("envelope", envelope.as_bytes())];
            let answer = site.browser().post(path, &fields);
            assert_eq!(answer.status, 400, "{path} {recipients:?}");
        }
    }
    assert_eq!(site.relay.count(), 0);
}

#[test]
fn probes_are_limited_and_can_be_switched_off() {
    let site = Site::start_with("[server]\npublic_url = 'http://ADDRESS'\n[probe]\nper_network = 2\n");
    let envelope = site.seal(SECRET, &Terms { expires: None, ..probe_terms() });
    assert_eq!(probe(&site, &envelope).status, 200);
    site.clock.forward(600);
    assert_eq!(said(&post(&site, b"nonsense")), refused(), "counts as well");
    let over = probe(&site, &envelope);
    assert_eq!((over.status, over.header("retry-after")), (429, Some("3000")));
    assert_eq!(over.text(), "{\"outcome\":\"too-many\"}\n");
    site.clock.forward(3000);
    assert_eq!(probe(&site, &envelope).status, 200);

    let site = Site::start_with("[server]\npublic_url = 'http://ADDRESS'\n[probe]\nenabled = false\n");
    let envelope = site.seal(SECRET, &probe_terms());
    assert_eq!(probe(&site, &envelope).status, 404);
}
