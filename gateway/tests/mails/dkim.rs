//! DKIM signatures, verified by two other implementations: dkimpy and opendkim.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use bytes::Bytes;
use jiff::Timestamp;
use sealpost_gateway::{decide::EditedMail, parse::HeaderSection, plan::Planner, sign::Signers};
use serde_json::Value;

use crate::{
    corpus::{foreign_mails, own_mails, with_crlf},
    foreign::python,
    place::{NOW, Place, SEAL_ALL, SETTINGS, carrier},
};

const SENDER: &str = "alice@example.org";
/// What verifies signatures: dkimpy, and `PyNaCl` for Ed25519.
const DKIMPY: &str = "dkim, nacl.signing";
const RSA: &str = include_str!("dkim/rsa.pem");
const ED25519: &str = include_str!("dkim/ed25519.pem");

/// TXT records by name.
type Records = BTreeMap<String, String>;

/// The settings with two keys, for these domains.
fn settings(domains: &BTreeSet<String>, more: &str) -> String {
    let table = |name: &str| {
        format!("[[dkim]]\ndomains = {domains:?}\nselector = \"{name}\"\nkey = \"{name}.key\"\n{more}\n")
            .replace('{', "[")
            .replace('}', "]")
    };
    format!("{SETTINGS}\n{}{}", table("rsa"), table("ed25519"))
}

fn place(domains: &[&str], more: &str) -> Place {
    let domains = domains.iter().map(|domain| (*domain).to_owned()).collect();
    let place = Place::new(&settings(&domains, more), SEAL_ALL);
    for (name, key) in [("rsa.key", RSA), ("ed25519.key", ED25519)] {
        let path = place.folder.path().join(name);
        fs::write(&path, key).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    place
}

/// The DNS records of both keys for a domain, as `keys dkim` prints them.
fn records(place: &Place, domains: &[&str]) -> Records {
    let record = |domain: &&str, selector: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_sealpost-gateway"))
            .current_dir(place.folder.path())
            .args(["keys", "dkim", "--json", "--domain", domain, "--selector", selector])
            .args(["--key", &format!("{selector}.key")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
        (printed["name"].as_str().unwrap().to_owned(), printed["value"].as_str().unwrap().to_owned())
    };
    // The value is the same for each domain; only the name is not.
    let values = ["rsa", "ed25519"].map(|selector| (selector, record(&domains[0], selector).1));
    let names = |domain: &&str| {
        let named =
            |(selector, value): &(&str, String)| (format!("{selector}._domainkey.{domain}"), value.clone());
        values.iter().map(named).collect::<Vec<_>>()
    };
    assert_eq!(record(&domains[0], "rsa").0, format!("rsa._domainkey.{}", domains[0]));
    domains.iter().flat_map(names).collect()
}

/// Verifies every mail with dkimpy; says by file name which of its signatures are good.
fn dkimpy(python: &Path, records: &Records, mails: &[(String, Vec<u8>)]) -> BTreeMap<String, Vec<bool>> {
    let folder = tempfile::tempdir().unwrap();
    let (keys, mail_folder) = (folder.path().join("keys.json"), folder.path().join("mails"));
    fs::write(&keys, serde_json::to_vec(records).unwrap()).unwrap();
    fs::create_dir(&mail_folder).unwrap();
    for (name, mail) in mails {
        fs::write(mail_folder.join(name), mail).unwrap();
    }
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/interop/check_dkim.py");
    let output = Command::new(python).arg(script).arg(&keys).arg(&mail_folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results: BTreeMap<String, Vec<Value>> = serde_json::from_slice(&output.stdout).unwrap();
    results.into_iter().map(|(name, all)| (name, all.into_iter().map(|one| one == true).collect())).collect()
}

/// Carrier mails of all mails that there are, signed for the domains of their authors, and the DNS records for these.
fn signed_carriers() -> (Vec<(String, Vec<u8>)>, Records) {
    let mut mails = own_mails();
    mails.extend(foreign_mails());
    let unsigned = Planner::new(Place::new(SETTINGS, SEAL_ALL).settings());
    let domain_of = |carrier: &[u8]| {
        let domain = HeaderSection::parse(carrier).author_domains().unwrap().swap_remove(0);
        idna::domain_to_ascii(&domain).unwrap()
    };
    let domains: BTreeSet<String> =
        mails.iter().map(|(_, mail)| domain_of(&carrier(&unsigned, &with_crlf(mail), SENDER))).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    let place = place(&domains, "");
    let planner = Planner::new(place.settings());
    let sealed = |(number, (_, mail)): (usize, &(String, Vec<u8>))| {
        (format!("{number:04}.eml"), carrier(&planner, &with_crlf(mail), SENDER))
    };
    (mails.iter().enumerate().map(sealed).collect(), records(&place, &domains))
}

#[test]
fn dkimpy_verifies_every_carrier_mail() {
    let Some(python) = python(DKIMPY) else { return };
    let (carriers, records) = signed_carriers();
    for (name, results) in dkimpy(&python, &records, &carriers) {
        assert_eq!(results, [true, true], "{name}");
    }
    println!("dkimpy verified both signatures of {} carrier mails", carriers.len());
}

#[test]
fn opendkim_verifies_every_carrier_mail() {
    const OPENDKIM: &str = "/usr/sbin/opendkim";
    if !Path::new(OPENDKIM).exists() {
        assert!(std::env::var_os("SEALPOST_ALL_PARTS").is_none(), "opendkim not installed");
        println!("opendkim not installed: not run");
        return;
    }
    let (mut carriers, records) = signed_carriers();
    let spoilt = String::from_utf8_lossy(&carriers[0].1).replacen("\r\nSubject:", "\r\nSubject: Re:", 1);
    carriers.push(("spoilt.eml".to_owned(), spoilt.into_bytes()));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let dns: Vec<String> = records.iter().map(|(name, value)| format!("{name} {value}")).collect();
    fs::write(path("dns"), dns.join("\n")).unwrap();
    fs::write(path("conf"), format!("Mode v\nTestDNSData {}\n", path("dns").display())).unwrap();
    for (name, mail) in &carriers {
        fs::write(path(name), mail).unwrap();
    }
    let names: Vec<&str> = carriers.iter().map(|(name, _)| name.as_str()).collect();
    let output = Command::new(OPENDKIM)
        .current_dir(folder.path())
        .args(["-x", "conf", "-t", &names.join(","), "-v", "-v"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    // One result for each mail and signature; the spoilt mail stands last.
    let verdicts: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("dkim=")).collect();
    assert_eq!(verdicts.len(), 2 * carriers.len(), "{}", String::from_utf8_lossy(&output.stderr));
    let (good, bad) = verdicts.split_at(verdicts.len() - 2);
    assert_eq!(good.iter().filter(|verdict| !verdict.starts_with("pass ")).count(), 0);
    assert!(bad.iter().all(|verdict| verdict.starts_with("fail ")), "{bad:?}");
    for algorithm in ["header.a=rsa-sha256", "header.a=ed25519-sha256"] {
        assert_eq!(good.iter().filter(|verdict| verdict.contains(algorithm)).count(), carriers.len() - 1);
    }
    println!("opendkim verified both signatures of {} carrier mails", carriers.len() - 1);
}

/// A change that a reader would notice breaks the signature; one that every server may make does not.
#[test]
fn a_changed_mail_is_not_verified() {
    let Some(python) = python(DKIMPY) else { return };
    let place = place(&["example.org"], "");
    let mail = own_mails().into_iter().find(|(name, _)| name == "thread.eml").unwrap().1;
    let signed = carrier(&Planner::new(place.settings()), &mail, SENDER);
    let signed = String::from_utf8(signed).unwrap();
    let (end, subject) = (signed.find("\r\n\r\n").unwrap(), signed.find("\r\nSubject:").unwrap());
    let with = |field: &str| format!("{field}\r\n{signed}");
    let lower = signed
        .find("\r\nTo: ")
        .map(|at| format!("{}\r\nto:   {}", &signed[..at], &signed[at + 6..]))
        .unwrap();
    let cases = [
        ("0 as it is", signed.clone(), true),
        ("0 a trace field", with("Received: by mx.example.net; Sun, 22 Nov 2026 12:00:00 +0000"), true),
        ("0 a field of another kind", with("X-Spam: no"), true),
        ("0 other spaces and letters", lower, true),
        ("0 blank lines at the end", format!("{signed}\r\n\r\n"), true),
        ("1 a second From", with("From: mallory@example.net"), false),
        ("1 a second Subject", with("Subject: other"), false),
        ("1 a second To", with("To: mallory@example.net"), false),
        ("1 a Cc where there is none", with("Cc: mallory@example.net"), false),
        ("1 a Reply-To where there is none", with("Reply-To: mallory@example.net"), false),
        ("1 a second Date", with("Date: Sun, 22 Nov 2026 12:00:00 +0000"), false),
        ("1 a second Message-ID", with("Message-ID: <x@example.net>"), false),
        ("1 a second Content-Type", with("Content-Type: text/plain"), false),
        ("1 an encoding", with("Content-Transfer-Encoding: base64"), false),
        (
            "1 no Subject",
            format!(
                "{}{}",
                &signed[..subject],
                &signed[signed[subject + 2..].find("\r\n").unwrap() + subject + 2..]
            ),
            false,
        ),
        ("1 an octet of the body", format!("{} {}", &signed[..end + 60], &signed[end + 60..]), false),
        ("1 more body", format!("{signed}more\r\n"), false),
        ("1 less body", signed[..signed.len() - 10].to_owned(), false),
    ];
    let mails: Vec<_> =
        cases.iter().map(|(name, mail, _)| ((*name).to_owned(), mail.clone().into_bytes())).collect();
    let results = dkimpy(&python, &records(&place, &["example.org"]), &mails);
    for (name, _, good) in &cases {
        assert_eq!(results[*name], [*good, *good], "{name}");
    }
}

/// Mails whose header section was changed are signed where that is wanted; also bodies whose end mail-auth would hash wrongly.
#[test]
fn dkimpy_verifies_edited_mails() {
    let Some(python) = python(DKIMPY) else { return };
    let own = place(&["example.org"], "edited_mails = true");
    let settings = own.settings();
    let heads = [
        "X-New: 1\r\n",
        "X-New: 1\r\nFrom: a@example.org\r\n",
        "X-New: 1\r\nFrom: a@example.org\r\nTo: b@example.net\r\n",
    ];
    let rests = ["From: a@example.org\r\nTo: b@example.net\r\n", "To: b@example.net\r\n", ""];
    let bodies = [
        "",
        "\r\n",
        "text",
        "text\r\n",
        "text\r\n\r\n \r\n\t\r\n",
        "a \t b  \r\n\r\nc\r\n \r\n",
        " \r\n",
        "\u{e9}\r\n",
    ];
    let mut mails = Vec::new();
    for (number, (head, rest)) in heads.iter().zip(rests).enumerate() {
        for (other, body) in bodies.iter().enumerate() {
            let rest = Bytes::from(format!("{rest}\r\n{body}").into_bytes());
            let mut mail = EditedMail { head: head.as_bytes().to_vec(), rest };
            settings.signers.sign_edited(&mut mail, Timestamp::from_second(NOW).unwrap()).unwrap();
            mails.push((format!("{number}{other}"), [&mail.head[..], &mail.rest].concat()));
        }
    }
    for (name, results) in dkimpy(&python, &records(&own, &["example.org"]), &mails) {
        assert_eq!(results, [true, true], "{name}");
    }
    let unsigned = place(&["example.org"], "").settings();
    let mut mail =
        EditedMail { head: b"From: a@example.org\r\n".to_vec(), rest: Bytes::from_static(b"\r\nx\r\n") };
    unsigned.signers.sign_edited(&mut mail, Timestamp::from_second(NOW).unwrap()).unwrap();
    assert_eq!(mail.head, b"From: a@example.org\r\n");
}

/// Whose domain signs, and what stands in the signature.
#[test]
fn the_nearest_domain_of_the_author_signs() {
    let place =
        place(&["example.org", "sub.example.org", "xn--bcher-kva.example"], "expires_after_days = 30");
    let planner = Planner::new(place.settings());
    for (from, domain) in [
        ("a@example.org", Some("example.org")),
        ("a@EXAMPLE.org", Some("example.org")),
        ("a@other.example.org", Some("example.org")),
        ("a@sub.example.org", Some("sub.example.org")),
        ("a@deep.sub.example.org", Some("sub.example.org")),
        ("a@bücher.example", Some("xn--bcher-kva.example")),
        ("\"a<b\"@example.org", Some("example.org")),
        ("a@example.net, b@example.org", Some("example.org")),
        ("a@notexample.org", None),
        ("a@example.net", None),
        ("a@org", None),
    ] {
        let sealed = carrier(&planner, format!("From: {from}\r\n\r\nx\r\n").as_bytes(), SENDER);
        let header = HeaderSection::parse(&sealed);
        let signatures: Vec<String> = header
            .named("DKIM-Signature")
            .map(|field| field.text().as_str().split_whitespace().collect())
            .collect();
        assert_eq!(signatures.len(), if domain.is_some() { 2 } else { 0 }, "{from}");
        for (signature, selector) in signatures.iter().zip(["rsa", "ed25519"]) {
            let tags: BTreeMap<&str, &str> =
                signature.split(';').filter_map(|tag| tag.split_once('=')).collect();
            assert_eq!(Some(tags["d"]), domain, "{from}");
            assert_eq!((tags["s"], tags["a"]), (selector, format!("{selector}-sha256").as_str()));
            assert_eq!((tags["c"], tags.get("l")), ("relaxed/relaxed", None));
            assert_eq!((tags["t"], tags["x"]), (&*NOW.to_string(), &*(NOW + 30 * 86_400).to_string()));
            let fields: Vec<String> = tags["h"].split(':').map(str::to_ascii_lowercase).collect();
            for (field, times) in
                [("from", 2), ("subject", 1), ("content-type", 2), ("received", 0), ("reply-to", 1)]
            {
                assert_eq!(fields.iter().filter(|own| *own == field).count(), times, "{field} in {fields:?}");
            }
        }
    }
    assert!(
        Signers::default()
            .sign_edited(&mut EditedMail { head: Vec::new(), rest: Bytes::new() }, Timestamp::UNIX_EPOCH)
            .is_ok()
    );
}
