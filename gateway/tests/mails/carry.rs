//! Carrier mails: golden ones for the project's own mails, and for every mail of the corpus what must hold for all.

use std::{collections::HashSet, fs, path::PathBuf, process::Command};

use rand::Rng as _;
use sealpost_common::armor::{BEGIN, END, decode_link};
use sealpost_gateway::{parse::HeaderSection, plan::Planner};

use crate::{
    corpus::{foreign_mails, own_mails, with_crlf},
    foreign::python,
    place::{Place, SEAL_ALL, SETTINGS, carrier, rng},
};

const SENDER: &str = "alice@example.org";

/// Compares with `golden/NAME.txt`, where the envelope itself is left out. To accept a change, run with
/// `SEALPOST_ACCEPT=1` and read the difference.
#[test]
fn carrier_mails_of_own_mails_are_as_written_down() {
    let place = Place::new(SETTINGS, SEAL_ALL);
    let planner = Planner::new(place.settings());
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/mails/golden");
    for name in ["plain", "thread", "encoded-subject", "missing-fields", "double-from", "boundary-lookalike"]
    {
        let mail = own_mails().into_iter().find(|(file, _)| *file == format!("{name}.eml")).unwrap().1;
        let found = without_envelope(&carrier(&planner, &mail, SENDER));
        let path = folder.join(format!("{name}.txt"));
        if std::env::var_os("SEALPOST_ACCEPT").is_some() {
            fs::write(&path, &found).unwrap();
        }
        assert_eq!(found, fs::read_to_string(&path).unwrap(), "{name}");
    }
}

/// Puts names in the place of what the envelope and the random numbers make of it; lines end with LF.
pub(crate) fn without_envelope(carrier: &[u8]) -> String {
    let text = String::from_utf8(carrier.to_vec()).unwrap().replace("\r\n", "\n").replace("=\n", "");
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let text = format!("{before}ENVELOPE{after}");
    let mut out = String::new();
    for line in text.lines() {
        let line = match line.split_once("/#") {
            Some((start, rest)) => format!("{start}/#FRAGMENT\"{}", rest.split_once('"').unwrap().1),
            None => line.to_owned(),
        };
        let line = match line.split_once(".org#") {
            Some((start, rest)) => format!("{start}.org#FRAGMENT\"{}", rest.split_once('"').unwrap().1),
            None => line,
        };
        // The mark is made of the envelope's header too.
        let line = match line.strip_prefix("Sealpost-Mark: ") {
            Some(mark) => format!("Sealpost-Mark: MARK of {} characters", mark.len()),
            None => line,
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

#[test]
fn every_mail_is_opened_as_it_came_in() {
    let place = Place::new(SETTINGS, SEAL_ALL);
    let without_links = SETTINGS.replace("[portal]", "[portal]\nlink_max_bytes = 0");
    let planners =
        [SETTINGS, &without_links].map(|settings| Planner::new(Place::new(settings, SEAL_ALL).settings()));
    let mut mails = own_mails();
    mails.extend(foreign_mails());
    for (name, mail) in mails {
        for mail in [with_crlf(&mail), mail] {
            let carrier = carrier(&planners[0], &mail, SENDER);
            assert!(place.open(&carrier) == mail, "{name}: opened otherwise than sealed");
            check_form(&name, &carrier);
            check_header(&name, &mail, &carrier);
            check_nothing_of_the_body(&name, &planners, &mail, &carrier);
        }
    }
}

/// Lines, 8-bit bytes and the one empty line that ends the header section.
fn check_form(name: &str, carrier: &[u8]) {
    assert!(carrier.ends_with(b"--\r\n"), "{name}: no end");
    let end = memchr::memmem::find(carrier, b"\r\n\r\n").unwrap();
    assert!(carrier[end..].is_ascii(), "{name}: 8-bit bytes in the body");
    for line in carrier.split_inclusive(|byte| *byte == b'\n') {
        assert!(line.ends_with(b"\r\n"), "{name}: a bare LF");
        let line = &line[..line.len() - 2];
        assert!(line.len() <= 998 && !line.contains(&b'\r') && !line.contains(&0), "{name}: a bad line");
    }
}

/// The fields that every carrier mail has, those that none may have, and those that it shares with the mail.
fn check_header(name: &str, mail: &[u8], carrier: &[u8]) {
    let (original, section) = (HeaderSection::parse(mail), HeaderSection::parse(carrier));
    assert!(!section.is_defective(), "{name}");
    for once in ["From", "Date", "Message-ID", "MIME-Version", "Content-Type"] {
        assert_eq!(section.named(once).count(), 1, "{name}: {once}");
    }
    for absent in
        ["Bcc", "Resent-Bcc", "DKIM-Signature", "Content-Transfer-Encoding", "Return-Path", "Autocrypt"]
    {
        assert_eq!(section.named(absent).count(), 0, "{name}: {absent}");
    }
    assert_eq!(section.hops(), original.hops() + 1, "{name}");
    for kept in
        ["Message-ID", "In-Reply-To", "References", "To", "Cc", "Reply-To", "Subject", "Auto-Submitted"]
    {
        let text = |header: &HeaderSection<'_>| {
            let text = header.named(kept).next().map(|field| field.text().as_str().replace([' ', '\0'], ""));
            text.filter(|text| !text.is_empty())
        };
        let Some(expected) = text(&original) else { continue };
        assert_eq!(text(&section), Some(expected), "{name}: {kept}");
    }
}

/// No 16 bytes of the mail's body stand in the carrier mail in clear, but those that a mail with this header section and no
/// body has in its carrier mail too.
fn check_nothing_of_the_body(name: &str, planners: &[Planner; 2], mail: &[u8], carrier_mail: &[u8]) {
    let end =
        [&b"\r\n\r\n"[..], b"\n\n", b"\r\r"].iter().filter_map(|end| memchr::memmem::find(mail, end)).min();
    let Some(end) = end else { return };
    let (header, body) = mail.split_at(end + 2);
    let usual: HashSet<Vec<u8>> =
        planners.iter().flat_map(|planner| windows(&carrier(planner, header, SENDER))).collect();
    let leaked = windows(carrier_mail)
        .into_iter()
        .find(|window| !usual.contains(window) && memchr::memmem::find(body, window).is_some());
    // The boundaries and the envelope are new in each carrier mail, and not of the body.
    assert!(
        leaked.is_none(),
        "{name}: {:?}",
        leaked.map(|window| String::from_utf8_lossy(&window).into_owned())
    );
}

/// All runs of 16 bytes outside the envelope.
fn windows(carrier: &[u8]) -> HashSet<Vec<u8>> {
    let begin = memchr::memmem::find(carrier, BEGIN.as_bytes()).unwrap();
    let end = memchr::memmem::find(carrier, END.as_bytes()).unwrap();
    let outside = [&carrier[..begin], &carrier[end + END.len()..]];
    outside.iter().flat_map(|part| part.windows(16)).map(<[u8]>::to_vec).collect()
}

/// Python's `email` finds no defect in any carrier mail, and the same parts in each.
#[test]
fn carrier_mails_parse_without_defects_in_python() {
    let Some(python) = python("email") else { return };
    let place = Place::new(SETTINGS, SEAL_ALL);
    let planner = Planner::new(place.settings());
    let folder = tempfile::tempdir().unwrap();
    let mut mails = own_mails();
    mails.extend(foreign_mails());
    for (number, (name, mail)) in mails.iter().enumerate() {
        let carrier = carrier(&planner, &with_crlf(mail), SENDER);
        fs::write(folder.path().join(format!("{number:04}-{name}")), carrier).unwrap();
    }
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/mails/check_carriers.py");
    let output = Command::new(python).arg(script).arg(folder.path()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(text.trim(), format!("{} carrier mails without defects", mails.len()));
}

#[test]
fn terms_say_what_the_portal_needs() {
    let place = Place::new(SETTINGS, SEAL_ALL);
    let planner = Planner::new(place.settings());
    let mail = |name: &str| own_mails().into_iter().find(|(file, _)| file == name).unwrap().1;
    for (name, sender, author) in [
        ("plain.eml", SENDER, Some("alice@example.org")),
        ("smtputf8.eml", SENDER, Some("jürgen@bücher.example")),
        ("double-from.eml", SENDER, None),
        ("several-authors.eml", SENDER, None),
        ("no-header.eml", SENDER, None),
        ("bounce.eml", "", Some("MAILER-DAEMON@mx.example.org")),
    ] {
        let carrier = carrier(&planner, &mail(name), sender);
        let (unwrapped, _) = place.unwrap(&carrier);
        let terms = unwrapped.terms();
        assert_eq!(
            terms.envelope_sender.as_deref(),
            Some(sender).filter(|sender| !sender.is_empty()),
            "{name}"
        );
        assert_eq!(terms.author.as_deref(), author, "{name}");
        assert_eq!(terms.recipients, ["bob@example.net"]);
        let message_id = HeaderSection::parse(&carrier).message_id().unwrap();
        assert_eq!(
            terms.message_id_hash,
            Some(sealpost_common::grant::hash_message_id(&message_id)),
            "{name}"
        );
        assert_eq!(i64::try_from(terms.created).unwrap(), crate::place::NOW);
    }
}

#[test]
fn a_link_carries_small_envelopes_only() {
    let place = Place::new(SETTINGS, SEAL_ALL);
    let planner = Planner::new(place.settings());
    let mut large = b"From: alice@example.org\r\n\r\n".to_vec();
    large.resize(20_000, 0);
    rng(3).fill_bytes(&mut large[30..]);
    let small = b"From: alice@example.org\r\n\r\nsmall\r\n".to_vec();
    for (mail, has_link) in [(small, true), (large, false)] {
        let carrier = carrier(&planner, &mail, SENDER);
        let text = String::from_utf8(carrier).unwrap().replace("=\r\n", "");
        let link =
            text.split_once("https://portal.example.org#").map(|(_, rest)| rest.split_once('"').unwrap().0);
        assert_eq!(link.is_some(), has_link);
        if let Some(fragment) = link {
            let (unwrapped, payload) = place.unwrap_bytes(&decode_link(fragment).unwrap());
            assert!(crate::place::read(&unwrapped, &payload) == mail);
        }
    }
}

#[test]
fn a_large_mail_of_base64_hardly_grows() {
    let place = Place::new(SETTINGS, SEAL_ALL);
    let planner = Planner::new(place.settings());
    let mut bytes = vec![0; 3_800_000];
    rng(4).fill_bytes(&mut bytes);
    let mut mail = b"From: alice@example.org\r\nContent-Transfer-Encoding: base64\r\n\r\n".to_vec();
    for chunk in bytes.chunks(57) {
        mail.extend_from_slice(base64_line(chunk).as_bytes());
    }
    let carrier = carrier(&planner, &mail, SENDER);
    let ratio =
        f64::from(u32::try_from(carrier.len()).unwrap()) / f64::from(u32::try_from(mail.len()).unwrap());
    println!("{} bytes of base64 become {} bytes: {ratio:.4}", mail.len(), carrier.len());
    assert!(ratio <= 1.05, "{ratio}");
}

fn base64_line(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut line = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let symbol = ALPHABET[(word >> (18 - 6 * place) & 63) as usize];
            line.push(if place <= chunk.len() { char::from(symbol) } else { '=' });
        }
    }
    line + "\r\n"
}
