//! Carrier mails of every brand and form: what other parsers make of them, what stands in them, and that they open.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use mail_parser::{MessageParser, MimeHeaders as _, PartType};
use sealpost_common::armor::decode_link;
use sealpost_gateway::{
    carry::{LANGUAGES, Texts},
    plan::Planner,
};
use sha2::{Digest as _, Sha256};

use crate::{
    carry::without_envelope,
    corpus::{own_mails, with_crlf},
    foreign::python,
    place::{Place, SEAL_ALL, SETTINGS, carrier, carrier_for},
};

const SENDER: &str = "alice@example.org";

/// A brand with everything: a logo, colours, and texts in a language that is written from right to left, as long as they may be.
fn brand() -> String {
    let words = "\u{5d0}\u{5d1}\u{5d2}<&\"'> ".repeat(20);
    let places = |usual: &str| -> String {
        ["{sender} ", "{portal} ", "{file} ", "{button} "]
            .into_iter()
            .filter(|place| usual.contains(place.trim_end()))
            .collect()
    };
    let texts: Vec<String> = Texts::default()
        .all()
        .iter()
        .map(|(key, usual)| format!("{key} = '''{}{words}'''", places(&usual.to_string())))
        .collect();
    format!(
        "[brand.x]\nlogo = \"logo.png\"\nlogo_alt = \"A \\\"B\\\" & <C>\"\naccent = \"#7a0019\"\nlanguage = \"he\"\n\
         [brand.x.texts]\n{}\n[envelope]\nbrand = \"x\"\n",
        texts.join("\n")
    )
}

/// The settings by name: with and without a brand, in each form, with room in links and without.
pub(crate) fn variants() -> BTreeMap<String, Place> {
    let mut places = BTreeMap::new();
    for (look, brand) in [("usual", String::new()), ("brand", brand())] {
        for form in ["both", "attachment", "link"] {
            for link_max_bytes in [0, 8192] {
                let portal = format!("[portal]\nlink_max_bytes = {link_max_bytes}");
                let settings = SETTINGS.replace("[portal]", &portal);
                let place = Place::new(&format!("{settings}[carrier]\nform = \"{form}\"\n{brand}"), SEAL_ALL);
                fs::write(place.folder.path().join("logo.png"), logo()).unwrap();
                places.insert(format!("{look}-{form}-{link_max_bytes}"), place);
            }
        }
    }
    places
}

/// The first octets of a PNG, and then some of all kinds.
fn logo() -> Vec<u8> {
    let head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\0\x40\x08\x06\0\0\0";
    head.iter().copied().chain((0..5000u16).map(|number| number.to_be_bytes()[1])).collect()
}

fn has_attachment(name: &str) -> bool {
    name != "usual-link-8192" && name != "brand-link-8192"
}

fn has_link(name: &str) -> bool {
    name.ends_with("8192") && !name.contains("attachment")
}

#[test]
fn every_brand_and_form_opens_and_keeps_to_its_lines() {
    for (name, place) in variants() {
        let planner = Planner::new(place.settings());
        for (file, mail) in own_mails() {
            let sealed = carrier(&planner, &with_crlf(&mail), SENDER);
            let message = MessageParser::new().parse(&sealed).unwrap();
            let end = memchr::memmem::find(&sealed, b"\r\n\r\n").unwrap();
            assert!(sealed[end..].is_ascii() && sealed.ends_with(b"--\r\n"), "{name} {file}");
            for line in sealed.split(|byte| *byte == b'\n') {
                assert!(line.len() <= 999, "{name} {file}: a line of {} octets", line.len());
            }
            let attached = message.attachments().find(|part| part.attachment_name() == Some("message.html"));
            assert_eq!(attached.is_some(), has_attachment(&name), "{name} {file}");
            if attached.is_some() {
                assert!(place.open(&sealed) == with_crlf(&mail), "{name} {file}");
            }
            let html = message.body_html(0).unwrap();
            let link = html.split_once("https://portal.example.org#").map(|(_, rest)| rest);
            let Some(link) = link else {
                assert!(attached.is_some(), "{name} {file}: neither link nor attachment");
                continue;
            };
            assert!(has_link(&name), "{name} {file}");
            let link = link.split_once('"').unwrap().0;
            let (unwrapped, payload) = place.unwrap_bytes(&decode_link(link).unwrap());
            assert!(crate::place::read(&unwrapped, &payload) == with_crlf(&mail), "{name} {file}");
            if attached.is_none() {
                assert!(message.body_text(0).unwrap().contains(link), "{name} {file}: not in the plain text");
            }
        }
    }
}

/// In which language a mail to these recipients is: that of its carrier mail, of its page and of the grant.
#[test]
fn recipients_are_written_to_in_their_language() {
    let of_domains: Vec<String> =
        LANGUAGES.iter().map(|tag| format!("\"{tag}.example\" = \"{tag}\"")).collect();
    let settings = |envelope: &str| {
        format!("{SETTINGS}[envelope]\nlanguages = {{ {} }}\n{envelope}", of_domains.join(", "))
    };
    let (unset, french) =
        (Place::new(&settings(""), SEAL_ALL), Place::new(&settings("language = \"fr-CA\""), SEAL_ALL));
    let mut cases: Vec<(&Place, Vec<String>, &str, &str)> =
        LANGUAGES.iter().map(|tag| (&unset, vec![format!("bob@{tag}.example")], *tag, *tag)).collect();
    let both = vec!["bob@ja.example".to_owned(), "eve@ar.example".to_owned()];
    cases.extend([
        (&unset, vec!["bob@example.net".to_owned()], "en", ""),
        (&unset, both.clone(), "en", ""),
        (&french, both, "fr", "fr-CA"),
        (&french, vec!["bob@he.example".to_owned(), "eve@he.example".to_owned()], "he", "he"),
    ]);
    for (place, recipients, language, term) in cases {
        let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
        let sealed = carrier_for(&Planner::new(place.settings()), &own_mails()[0].1, SENDER, &recipients);
        let end = memchr::memmem::find(&sealed, b"\r\n\r\n").unwrap();
        assert!(sealed[end..].is_ascii(), "{recipients:?}");
        assert!(sealed.split(|byte| *byte == b'\n').all(|line| line.len() <= 999), "{recipients:?}");
        let message = MessageParser::new().parse(&sealed).unwrap();
        let direction = if ["ar", "he"].contains(&language) { "rtl" } else { "ltr" };
        let attached =
            message.attachments().find(|part| part.attachment_name() == Some("message.html")).unwrap();
        let page = String::from_utf8(attached.contents().to_vec()).unwrap();
        for text in [message.body_html(0).unwrap().as_ref(), &page] {
            let start = format!("<html lang=\"{language}\" dir=\"{direction}\">");
            assert!(text.contains(&start), "{recipients:?}: {text}");
        }
        let texts = Texts::in_language(language);
        let said: String = texts.no_reply.plain().chars().take(8).collect();
        assert!(message.body_text(0).unwrap().contains(&said), "{recipients:?}");
        assert_eq!(place.unwrap(&sealed).0.terms().language, term, "{recipients:?}");
    }
}

#[test]
fn what_a_brand_says_is_escaped() {
    let places = variants();
    let sealed = carrier(&Planner::new(places["brand-both-0"].settings()), &own_mails()[0].1, SENDER);
    let message = MessageParser::new().parse(&sealed).unwrap();
    let attached = message.attachments().find(|part| part.attachment_name() == Some("message.html")).unwrap();
    let page = String::from_utf8(attached.contents().to_vec()).unwrap();
    let html = message.body_html(0).unwrap();
    for text in [html.as_ref(), &page] {
        assert!(text.contains("alt=\"A &#34;B&#34; &#38; &#60;C&#62;\""), "{text}");
        assert!(!text.contains("<&") && text.contains("&#60;&#38;&#34;&#39;&#62;"));
        assert!(text.contains("lang=\"he\" dir=\"rtl\"") && text.contains("#7a0019"));
    }
    let data: String = page
        .split_once("src=\"data:image/png;base64,")
        .unwrap()
        .1
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let data = data.split_once('"').unwrap().0;
    assert!(encodify::base64::STANDARD.decode(data).unwrap() == logo(), "the logo of the page");
    let inline = message.parts.iter().find(|part| part.content_id().is_some()).unwrap();
    assert!(inline.contents() == logo(), "the logo of the mail");
    assert!(html.contains(&format!("cid:{}", inline.content_id().unwrap())));
}

/// Python's `email` finds no defect in any of them, and the same parts with the same content as mail-parser.
#[test]
fn other_parsers_see_the_same() {
    let Some(python) = python("email") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for (name, place) in variants() {
        let planner = Planner::new(place.settings());
        for (file, mail) in own_mails() {
            fs::write(folder.path().join(format!("{name}-{file}")), carrier(&planner, &mail, SENDER))
                .unwrap();
            count += 1;
        }
    }
    let output = check(&python, folder.path(), &[]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(text.trim(), format!("{count} carrier mails without defects"));

    let parts: BTreeMap<String, Vec<(String, String)>> =
        serde_json::from_slice(&check(&python, folder.path(), &["--parts"]).stdout).unwrap();
    for (name, expected) in parts {
        let bytes = fs::read(folder.path().join(&name)).unwrap();
        assert_eq!(leaves(&bytes), expected, "{name}");
    }
}

fn check(python: &Path, folder: &Path, arguments: &[&str]) -> Output {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/mails/check_carriers.py");
    Command::new(python).arg(script).args(arguments).arg(folder).output().unwrap()
}

/// Media type and hash of the content of each part that is no multipart, as mail-parser sees them.
fn leaves(mail: &[u8]) -> Vec<(String, String)> {
    let message = MessageParser::new().parse(mail).unwrap();
    let leaves = message.parts.iter().filter(|part| !matches!(part.body, PartType::Multipart(_)));
    leaves
        .map(|part| {
            let kind = part.content_type().unwrap();
            let hash = Sha256::digest(part.contents());
            let hash = u128::from_be_bytes(hash[..16].try_into().unwrap());
            (format!("{}/{}", kind.ctype(), kind.subtype().unwrap()), format!("{hash:032x}"))
        })
        .collect()
}

/// Mails that somebody has protected already are sealed as they are, and nothing of their form is seen outside.
#[test]
fn protected_mails_are_sealed_as_they_are() {
    let place = Place::new(SETTINGS, SEAL_ALL);
    let planner = Planner::new(place.settings());
    for (kind, body) in [
        (
            "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
            "MIAGCSqGSIb3DQEHA6CAMIACAQAxgg==\r\n",
        ),
        (
            "multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=b",
            "--b\r\nContent-Type: text/plain\r\n\r\nSigned  \r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nMIAG\r\n--b--\r\n",
        ),
        (
            "multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b",
            "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n\
             -----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n-----END PGP MESSAGE-----\r\n--b--\r\n",
        ),
        (
            "text/plain",
            "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\n- -- \r\nx \r\n-----BEGIN PGP SIGNATURE-----\r\n",
        ),
    ] {
        let mail =
            format!("From: alice@example.org\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n{body}");
        let sealed = carrier(&planner, mail.as_bytes(), SENDER);
        assert!(place.open(&sealed) == mail.as_bytes(), "{kind}");
        // An envelope may read "pgp" by chance.
        let text = without_envelope(&sealed);
        assert!(text.contains("\nContent-Type: multipart/mixed;"), "{kind}");
        assert!(!text.contains("pkcs7") && !text.contains("PGP") && !text.contains("pgp"), "{kind}");
    }
}
