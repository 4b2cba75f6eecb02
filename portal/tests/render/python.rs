//! Holds our parts, texts and subjects against those that Python's `email` package finds.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sealpost_portal::render::{self, Attachment, Body};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{corpus, walk};

const BLANKS: &str =
    "blanks at the end of a quoted-printable line are deleted, as RFC 2045 asks; Python keeps them";
const LAST_LINE: &str = "without a closing boundary Python drops the last line end";
const NOT_BASE64: &str = "Python gives up on broken base64 and returns it raw; here what can be decoded is";
const NO_FIELD: &str = "a line within the header that is no field: both begin the body there, as Postfix does, but take \
    different lines for one, or decode the rest differently";
const BOUNDARY: &str = "boundaries that are prefixes of or equal to an outer one: here the innermost counts";

const LAST_ALTERNATIVE: &str =
    "of several alternatives in plain text Python takes the first; here it is the last, as RFC 2046 asks";
const AS_BROWSERS: &str = "iso-8859-1 is read as windows-1252 here, as browsers do";

/// Mails in which we differ from Python, and why that is right, or no worse.
const EXPLAINED: &[(&str, &str)] = &[
    ("testdata_dovecot-crlf_004.eml", BLANKS),
    ("messages_bilingual-simple.eml", BLANKS),
    ("attachment_emails_attachment_message_rfc822_inline_image.eml", BLANKS),
    ("fixtures_nested.eml", BLANKS),
    ("multipart-no-end-boundary.msg.eml", LAST_LINE),
    ("messages_missing-final-boundary.eml", LAST_LINE),
    ("mime_emails_raw_email4.eml", LAST_LINE),
    ("thirdparty_005.eml", LAST_LINE),
    ("messages_empty-multipart.txt.eml", LAST_LINE),
    ("messages_boolean_decoded_content.eml", NOT_BASE64),
    ("mail_mime-bad-content-transfer-encoding.raw.eml", NOT_BASE64),
    ("tests_test_english_no_text_content.txt.eml", NO_FIELD),
    ("tests_test_japanese_plaintext_euc-jp_over_base64.txt.eml", NO_FIELD),
    ("rfc2822_example13.eml", NO_FIELD),
    ("malformed_019.eml", NO_FIELD),
    ("malformed_005.eml", BOUNDARY),
    ("malformed_013.eml", BOUNDARY),
    ("malformed_017.eml", "the semicolon before the boundary is missing; Python then sees no multipart"),
    ("thirdparty_003.eml", "blanks after the name of the transfer encoding; Python then does not know it"),
    ("thirdparty_012.eml", "the boundary is folded; Python keeps the line end in it and finds no part"),
    (
        "messages_mailformed-headers.eml",
        "no boundary is found; Python also loses the line of the closing one",
    ),
    ("low-quality_bad-header-start.raw.eml", LAST_ALTERNATIVE),
    ("thirdparty_001.eml", LAST_ALTERNATIVE),
    ("error_emails_content_transfer_encoding_7-bit.eml", AS_BROWSERS),
    ("flowed-delsp.eml", "Python does not join flowed lines"),
];

/// What Python finds in each mail; `None` without Python.
fn python(mails: &[PathBuf]) -> Option<Vec<Value>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render/compare.py");
    let child = Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        eprintln!("python3 not found: not run");
        return None;
    };
    let mut input = child.stdin.take().unwrap();
    let names: String = mails.iter().map(|path| format!("{}\n", path.display())).collect::<Vec<_>>().concat();
    let writer = std::thread::spawn(move || input.write_all(names.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    Some(output.stdout.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
}

/// All parts that have no parts, with the numbers that they have here.
fn leaves(mail: &[u8]) -> Vec<(usize, Attachment)> {
    (0..1000).filter_map(|index| Some((index, render::attachment(mail, &index.into())?))).collect()
}

/// A line without the marks of quotation that the page shows as levels.
fn unmarked(line: &str) -> &str {
    let mut rest = line;
    for level in 0..6 {
        let mark = rest.strip_prefix('>').or_else(|| rest.strip_prefix(" >").filter(|_| level > 0));
        let Some(after) = mark.filter(|_| !rest.starts_with(">From ")) else { break };
        rest = after;
    }
    rest
}

/// A text without them: levels of quotation are shown, their marks are not.
fn unquoted(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", unmarked(line))).collect::<Vec<_>>().concat()
}

/// A text without what may be broken and set otherwise.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

/// So much of a text as a report can hold.
fn start(text: &str) -> String {
    text.chars().take(200).collect()
}

/// What is to be seen of a body.
fn shown(body: &Body) -> Option<String> {
    match body {
        Body::Html(html) => Some(plain(&walk::visible_text(&html.document()))),
        Body::Text(html) => Some(plain(&walk::visible_text(html))),
        Body::Empty => None,
    }
}

fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[test]
fn parts_are_those_that_python_finds() {
    let mails = corpus::mails();
    let Some(found) = python(&mails) else { return };
    assert_eq!(found.len(), mails.len());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for (path, theirs) in mails.iter().zip(&found) {
        let mail = std::fs::read(path).unwrap();
        let view = render::view(&mail);
        let mut differ = |what: String| differences.push(format!("{}: {what}", path.display()));
        if let Some(subject) = theirs["subject"].as_str() {
            *counts.entry("subjects").or_default() += 1;
            let plain =
                |text: &str| text.chars().filter(|c| c.is_alphanumeric()).take(900).collect::<String>();
            if plain(subject) != plain(&view.subject) {
                differ(format!("subject {subject:?} is {:?}", view.subject));
            }
        }
        let ours = leaves(&mail);
        let parts = theirs["parts"].as_array().unwrap();
        *counts.entry("parts").or_default() += parts.len();
        let places = |list: Vec<usize>| format!("{list:?}");
        let (our_places, their_places) = (
            places(ours.iter().map(|(index, _)| *index).collect()),
            places(
                parts.iter().map(|part| usize::try_from(part["index"].as_u64().unwrap()).unwrap()).collect(),
            ),
        );
        if our_places != their_places {
            differ(format!("parts {their_places} are {our_places}"));
            continue;
        }
        for ((index, our), part) in ours.iter().zip(parts) {
            let kind = part["type"].as_str().unwrap();
            if our.media_type != kind {
                differ(format!("type {kind} of {index} is {}", our.media_type));
            }
            if let Some(sha256) = part["sha256"].as_str() {
                *counts.entry("bytes of parts").or_default() += 1;
                if sha256 != hex_sha256(&our.bytes) {
                    let (size, encoding) = (&part["size"], &part["encoding"]);
                    differ(format!("{size} bytes of {index} ({kind}, {encoding}) are {}", our.bytes.len()));
                }
            }
        }
        if parts.len() > 1
            && let Some(text) = theirs["body"]["text"].as_str()
            && let Some(shown) = shown(&view.body)
        {
            *counts.entry("bodies of several parts").or_default() += 1;
            let is_html = theirs["body"]["type"] == "text/html";
            let text = if is_html { walk::visible_text(text) } else { plain(&unquoted(text)) };
            if !shown.contains(&plain(&text)) {
                let (text, shown) = (start(&text), start(&shown));
                differ(format!("the body {text:?} is {shown:?}"));
            }
        }
        if let (Body::Text(html), [part]) = (&view.body, parts.as_slice())
            && let Some(text) = part["text"].as_str()
        {
            *counts.entry("texts").or_default() += 1;
            if plain(&unquoted(text)) != plain(&walk::visible_text(html)) {
                differ("the text differs".to_owned());
            }
        }
    }
    println!("compared {} mails: {counts:?}; {} differences", mails.len(), differences.len());
    let explained = |difference: &String| {
        EXPLAINED
            .iter()
            .find(|(file, _)| difference.contains(&format!("{file}: ")))
            .map(|(_, reason)| *reason)
    };
    let mut unexplained = Vec::new();
    for difference in &differences {
        match explained(difference) {
            Some(reason) => println!("{difference} ({reason})"),
            None => unexplained.push(difference),
        }
    }
    assert!(unexplained.is_empty(), "{unexplained:#?}");
}
