//! Whatever is wrong with an envelope, the answer is one and the same page, byte for byte.

use sealpost_common::grant::Terms;

use crate::{
    client::{Answer, From},
    site::{SAMPLE, Site, foreign_sealer, set_up, terms, text},
};

const PATHS: [&str; 4] = ["/open", "/passcode", "/read", "/attachment"];

fn open(site: &Site, path: &str, fields: &[(&str, &[u8])]) -> Answer {
    site.browser().post(path, fields).without_date()
}

#[test]
fn every_fault_of_an_envelope_gets_the_same_page() {
    let site = Site::start();
    let bob = terms(&["bob@example.net"]);
    let sealed = site.seal(SAMPLE, &bob);
    let good = sealed.to_bytes();
    let header = sealed.header().len();
    let expected = open(&site, "/open", &[("envelope", b"no envelope at all")]);
    assert_eq!(expected.status, 400);
    assert!(expected.text().contains("be opened</h1>"));

    let mut faults: Vec<(String, Vec<u8>)> = Vec::new();
    // A flipped bit in every part of the envelope: magic, version, suite, IDs, lengths, digest, grant, signature,
    // payload.
    for offset in
        [0, 8, 9, 10, 30, 40, 50, 74, 80, 100, 1300, header - 1, header, header + 100, good.len() - 1]
    {
        let mut changed = good.clone();
        changed[offset] ^= 0x10;
        faults.push((format!("a bit flipped at {offset}"), changed));
    }
    for length in [1, 7, 40, 75, header - 1, header, header + 1, good.len() - 1] {
        faults.push((format!("cut to {length} bytes"), good[..length].to_vec()));
    }
    faults.push(("one byte more".to_owned(), [good.as_slice(), b"x"].concat()));
    faults.push(("twice".to_owned(), [good.as_slice(), good.as_slice()].concat()));
    let seal = |sealer: &sealpost_common::seal::Sealer, terms: &Terms| {
        sealer.seal(SAMPLE.as_bytes(), terms, &mut rand::rng()).unwrap().to_bytes()
    };
    faults.push(("a foreign gateway".to_owned(), seal(&foreign_sealer(site.directory.path()), &bob)));
    let elsewhere = tempfile::tempdir().unwrap();
    let other_portal = set_up(elsewhere.path(), "127.0.0.1:25", "");
    faults.push(("another portal's key".to_owned(), seal(&other_portal, &bob)));
    let mut foreign_sender = bob.clone();
    foreign_sender.author = Some("alice@example.com".to_owned());
    faults.push(("a sender of another domain".to_owned(), seal(&site.sealer, &foreign_sender)));

    for (name, envelope) in &faults {
        for path in PATHS {
            assert!(open(&site, path, &[("file", envelope)]) == expected, "{name}, {path}");
        }
    }
    assert!(open(&site, "/open", &[("file", &good)]).asks_to_prove());
    assert_eq!(site.relay.count(), 0);
}

#[test]
fn every_fault_of_a_form_gets_the_same_page() {
    let site = Site::start();
    let bob = terms(&["bob@example.net"]);
    let envelope = site.sample(&bob);
    let expected = open(&site, "/open", &[("envelope", b"")]);
    let twice = format!("{envelope}\r\n{envelope}");
    let unended = envelope.strip_suffix("-----END SEALPOST ENVELOPE-----").unwrap();
    let dirty = envelope.replacen("\r\n", "\r\n!", 2);
    let forms: [&[(&str, &[u8])]; 8] = [
        &[],
        &[("file", b"")],
        &[("link", b"AAAA")],
        &[("link", b"!")],
        &[("envelope", envelope.as_bytes()), ("envelope", envelope.as_bytes())],
        &[("envelope", twice.as_bytes())],
        &[("envelope", unended.as_bytes())],
        &[("envelope", dirty.as_bytes())],
    ];
    for (index, form) in forms.iter().enumerate() {
        assert!(open(&site, "/open", form) == expected, "form {index}");
    }
    let long = vec![b'x'; 5000];
    let fields: [(&str, &[u8]); 2] = [("address", &long), ("envelope", envelope.as_bytes())];
    assert!(open(&site, "/passcode", &fields) == expected);
    let many: Vec<(&str, &[u8])> = (0..20).map(|_| ("address", b"a".as_slice())).collect();
    assert!(open(&site, "/passcode", &many) == expected);
    for headers in ["", "Content-Type: text/plain\r\n", "Content-Type: multipart/form-data; boundary=x\r\n"] {
        let answer = site.browser().request("POST", "/open", From::Disk, headers, envelope.as_bytes());
        assert_eq!((answer.status, &answer.body), (400, &expected.body), "{headers}");
    }
}

#[test]
fn an_envelope_over_the_limit_is_refused_and_the_page_arrives() {
    let site = Site::start_with("[server]\npublic_url = 'http://ADDRESS'\nmax_envelope_size = 100000\n");
    let expected = open(&site, "/open", &[("envelope", b"")]);
    let bob = terms(&["bob@example.net"]);
    let incompressible: String = (0..400_000_u64)
        .map(|i| {
            char::from(
                b'!' + u8::try_from((i.wrapping_mul(i).wrapping_mul(2_654_435_761) >> 13) % 90).unwrap(),
            )
        })
        .collect();
    let large = text(&site.seal(&incompressible, &bob));
    assert!(open(&site, "/open", &[("envelope", large.as_bytes())]) == expected);
}
