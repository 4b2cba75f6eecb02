//! What is in the mails of the corpus: no mail makes it fail, a second parser says the same, and false alarms are counted.

use std::{
    fmt::Write as _,
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use proptest::prelude::*;
use sealpost_gateway::{
    content::{Answer, Automatic, Content, DataType, Limits, Origin, Protection},
    parse::HeaderSection,
};

use crate::corpus::{foreign_mails, own_mails, with_crlf};

/// Asks everything about a mail; says how many bytes of text it holds.
fn ask_all(mail: &[u8]) -> usize {
    let header = HeaderSection::parse(mail);
    let content = Content::of(mail, &header, Limits::default());
    let ways = Protection::NAMES.iter().filter(|(_, way)| content.is_protected(*way) == Answer::Yes);
    assert!(ways.count() <= 1, "protected in two ways");
    for (_, kind) in Automatic::NAMES {
        black_box(content.is_automatic(kind, ""));
    }
    for (_, data_type) in DataType::NAMES {
        black_box(content.count(&data_type, usize::MAX));
    }
    for attachment in &content.attachments().items {
        assert!(attachment.size <= mail.len() as u64);
    }
    let texts = content.texts().items.iter().map(|text| text.text.len()).sum();
    let most = Limits::default().memory + mail.len();
    assert!((texts..=most).contains(&content.memory_taken()), "{} octets counted", content.memory_taken());
    texts
}

#[test]
fn no_mail_makes_it_fail() {
    for (_, mail) in own_mails().into_iter().chain(foreign_mails()) {
        ask_all(&mail);
        ask_all(&with_crlf(&mail));
        ask_all(&mail[..mail.len() / 2]);
    }
}

#[test]
fn oversized_deep_and_hostile_mails_cost_little() {
    let maker = corpus().join("bombs/make_bombs.py");
    if !maker.is_file() {
        println!("foreign corpus not found: not run");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let made =
        Command::new("python3").arg(maker).arg(folder.path()).args(["--scale", "0.01"]).output().unwrap();
    assert!(made.status.success());
    let mut count = 0;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            ask_all(&fs::read(path).unwrap());
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}

fn corpus() -> PathBuf {
    let usual = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    std::env::var_os("SEALPOST_CORPUS").map_or(usual, PathBuf::from)
}

/// What a loose search looks for in the mails of the corpus.
const LOOSE: [(&str, &str); 5] = [
    ("numbers of 12 to 19 digits", r"\b[0-9](?:[ -]?[0-9]){11,18}\b"),
    ("of nine", r"\b[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}\b"),
    ("of ten", r"\b[0-9]{10}\b"),
    ("of eleven", r"\b[0-9]{11}\b"),
    ("words that begin like an IBAN", r"\b[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4}"),
];

/// In how many mails of the corpus each type is found. By hand none of these numbers was found in them, so that each would be
/// a false alarm; addresses of e-mail are in most.
const EXPECTED: [(&str, usize); 11] = [
    ("payment-card", 0),
    ("iban", 0),
    ("us-ssn", 0),
    ("us-itin", 0),
    ("us-aba-routing", 0),
    ("us-passport", 0),
    ("uk-passport", 0),
    ("us-dea", 0),
    ("uk-nhs", 0),
    ("uk-nino", 0),
    ("de-tax-id", 0),
];

/// CONTENT.md says how many numbers there are that could be taken for what they are not.
#[test]
fn the_counts_in_the_document_are_those_of_the_corpus() {
    let mails = foreign_mails();
    if mails.is_empty() {
        return;
    }
    let octets: usize = mails.iter().map(|(_, mail)| mail.len()).sum();
    let mut texts = Vec::new();
    for (_, mail) in &mails {
        let header = HeaderSection::parse(mail);
        let content = Content::of(mail, &header, Limits::default());
        texts.extend(content.texts().items.iter().map(|text| text.text.clone()));
        texts.extend(header.named("Subject").map(|subject| subject.text().as_str().to_owned()));
    }
    let counted = LOOSE.map(|(name, expression)| {
        let expression = regex::Regex::new(expression).unwrap();
        let found: usize = texts.iter().map(|text| expression.find_iter(text).count()).sum();
        format!("{name}: {found}")
    });
    let size = format!("{} mails of other projects ({} KB)", mails.len(), octets / 1000);
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTENT.md");
    let document = fs::read_to_string(document).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    for count in counted.iter().chain([&size]) {
        println!("{count}");
    }
    for count in counted.iter().chain([&size]) {
        assert!(document.contains(count.as_str()), "{count}");
    }
}

#[test]
fn false_alarms_are_counted() {
    let mails = foreign_mails();
    if mails.is_empty() {
        return;
    }
    for (name, expected) in EXPECTED {
        let (_, data_type) = DataType::NAMES.into_iter().find(|(known, _)| *known == name).unwrap();
        let mut found = Vec::new();
        for (file, mail) in &mails {
            let header = HeaderSection::parse(mail);
            let count = Content::of(mail, &header, Limits::default()).count(&data_type, usize::MAX);
            if count.found > 0 {
                found.push(format!("{file}: {}", count.found));
            }
        }
        println!("{name}: {} of {} mails {found:?}", found.len(), mails.len());
        assert_eq!(found.len(), expected, "{name}: {found:?}");
    }
}

/// Python's `email` reads the same mails: names and sizes of attachments, and texts, where both say that they can.
#[test]
fn a_second_parser_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for (place, (name, mail)) in own_mails().into_iter().chain(foreign_mails()).enumerate() {
        let mail = with_crlf(&mail);
        let header = HeaderSection::parse(&mail);
        let content = Content::of(&mail, &header, Limits::default());
        let (attachments, texts) = (content.attachments(), content.texts());
        let listed: Vec<_> = attachments
            .items
            .iter()
            .map(|a| serde_json::json!({"name": a.name, "type": a.media_type, "size": a.size, "exact": a.name_is_exact && a.size_is_exact}))
            .collect();
        // Python does not unpack what Outlook packs.
        let has_packed = attachments.items.iter().any(|a| a.detected == Some("application/ms-tnef"));
        let bodies: Vec<_> = texts
            .items
            .iter()
            .filter(|text| text.origin == Origin::Body)
            .map(|text| serde_json::json!({"text": text.text, "exact": text.holds(false, |_| false) == Answer::No}))
            .collect();
        let ours = serde_json::json!({
            "file": name, "attachments": listed, "complete": attachments.complete && !has_packed && !header.is_defective(), "bodies": bodies,
        });
        fs::write(folder.path().join(format!("{place}.json")), ours.to_string()).unwrap();
        fs::write(folder.path().join(format!("{place}.eml")), mail).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails/check_content.py");
    let output = Command::new("python3").arg(script).arg(folder.path()).output().unwrap();
    println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success());
}

/// Prints how fast text is looked through; the figures of a release build stand in CONTENT.md. Texts that are nothing but
/// candidates are among them.
#[test]
fn five_megabytes_are_looked_through() {
    let words =
        "The quick brown fox, born 1948-12-10, paid 1,234.56 to order 2026-000123 and 4111 1111 1111 1112. ";
    let numbers = "4111111111111111 536-22-8726 021000021 DE89370400440532013000 a@b.example passport ";
    let base64 = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0MTExMTExMTExMTExMTEx";
    for (kind, piece) in
        [("prose", words), ("numbers", numbers), ("base64", base64), ("digits", "1"), ("groups", "1111 ")]
    {
        let text = piece.repeat((5 << 20) / piece.len());
        let mail = format!("Subject: x\r\n\r\n{text}");
        let start = Instant::now();
        assert_eq!(ask_all(mail.as_bytes()), text.len());
        let all = start.elapsed().as_secs_f64();
        let mut line = format!("{kind}: everything {:.0} MB/s;", 5.0 / all);
        for (name, data_type) in DataType::NAMES {
            let start = Instant::now();
            black_box(data_type.count(&text));
            write!(line, " {name} {:.0}", 5.0 / start.elapsed().as_secs_f64()).unwrap();
        }
        println!("{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        ask_all(&bytes);
    }

    #[test]
    fn no_text_makes_it_fail(text in "(?s).{0,500}") {
        for (_, data_type) in DataType::NAMES {
            black_box(data_type.count(&text));
        }
    }

    #[test]
    fn no_change_to_a_file_makes_it_fail(which in 0..17_usize, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails/files");
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let mut bytes = fs::read(&files[which % files.len()]).unwrap();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        bytes.truncate(cut.index(bytes.len()) + 1);
        let encoded = encodify::base64::MIME.encode(&bytes);
        let header = "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n";
        ask_all(format!("{header}{encoded}").as_bytes());
    }
}
