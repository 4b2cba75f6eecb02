//! Holds our parts, texts and subjects against those that Python's `email` package finds.

use std::collections::{BTreeMap, BTreeSet};
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

const CLOSED: &str = "the mail ends without a closing boundary; Python writes one";
const FROM_LINE: &str = "Python drops the From line of a mailbox before the message";

/// Mails in which we differ from Python: in what, how often, and why that is right, or no worse.
const EXPLAINED: &[(&str, &str, usize, &str)] = &[
    ("testdata_dovecot-crlf_004.eml", "bytes", 1, BLANKS),
    ("messages_bilingual-simple.eml", "bytes", 1, BLANKS),
    ("attachment_emails_attachment_message_rfc822_inline_image.eml", "bytes", 1, BLANKS),
    ("fixtures_nested.eml", "bytes", 1, BLANKS),
    ("dkim_multipart-no-end-boundary.msg.eml", "bytes", 1, LAST_LINE),
    ("messages_missing-final-boundary.eml", "bytes", 1, LAST_LINE),
    ("mime_emails_raw_email4.eml", "bytes", 1, LAST_LINE),
    ("thirdparty_005.eml", "bytes", 1, LAST_LINE),
    ("messages_empty-multipart.txt.eml", "bytes", 1, LAST_LINE),
    ("messages_boolean_decoded_content.eml", "bytes", 1, NOT_BASE64),
    ("mail_mime-bad-content-transfer-encoding.raw.eml", "bytes", 1, NOT_BASE64),
    ("tests_test_english_no_text_content.txt.eml", "bytes", 1, NO_FIELD),
    ("tests_test_japanese_plaintext_euc-jp_over_base64.txt.eml", "bytes", 1, NO_FIELD),
    ("rfc2822_example13.eml", "bytes", 1, NO_FIELD),
    ("rfc2822_example13.eml", "text", 1, NO_FIELD),
    ("malformed_019.eml", "parts", 1, NO_FIELD),
    ("malformed_005.eml", "parts", 1, BOUNDARY),
    ("malformed_013.eml", "parts", 1, BOUNDARY),
    (
        "malformed_017.eml",
        "parts",
        1,
        "the semicolon before the boundary is missing; Python then sees no multipart",
    ),
    (
        "thirdparty_003.eml",
        "bytes",
        1,
        "blanks after the name of the transfer encoding; Python then does not know it",
    ),
    (
        "thirdparty_012.eml",
        "parts",
        1,
        "the boundary is folded; Python keeps the line end in it and finds no part",
    ),
    (
        "messages_mailformed-headers.eml",
        "bytes",
        1,
        "no boundary is found; Python also loses the line of the closing one",
    ),
    ("low-quality_bad-header-start.raw.eml", "body", 1, LAST_ALTERNATIVE),
    ("thirdparty_001.eml", "body", 1, LAST_ALTERNATIVE),
    ("error_emails_content_transfer_encoding_7-bit.eml", "body", 1, AS_BROWSERS),
    ("flowed-delsp.eml", "text", 1, "Python does not join flowed lines"),
    ("messages_enclosed-broken.eml", "message", 1, CLOSED),
    ("message_message-rfc822-multipart2.eml", "message", 1, CLOSED),
    ("complaints_yahoo.eml", "message", 1, FROM_LINE),
    ("attachment_emails_attachment_message_rfc822.eml", "message", 1, FROM_LINE),
    ("attachment_emails_attachment_message_rfc822_inline_image.eml", "message", 1, FROM_LINE),
    ("rfc_008.eml", "message", 1, "the message is in base64, against RFC 2046; Python does not decode it"),
    (
        "attachment-names.eml",
        "name",
        1,
        "percent-decoding gives what looks like an encoded word; it is not decoded once more",
    ),
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

/// The letters and digits that a text begins with, other signs left out.
fn letters(text: &str, most: usize) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).take(most).collect()
}

/// Bytes without white space, which Python does not keep in place when it writes a message anew.
fn black_sha256(bytes: &[u8]) -> String {
    let black = bytes.iter().copied().filter(|b| !matches!(b, b' ' | 0x09..=0x0D));
    hex_sha256(&black.collect::<Vec<_>>())
}

/// Compares one mail after the other; a difference has a kind, and says what it is.
#[derive(Default)]
struct Comparison {
    counts: BTreeMap<&'static str, usize>,
    differences: Vec<(String, &'static str, String)>,
    file: String,
}

impl Comparison {
    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn differ(&mut self, kind: &'static str, what: String) {
        self.differences.push((self.file.clone(), kind, what));
    }

    fn mail(&mut self, path: &Path, theirs: &Value) {
        path.file_name().unwrap().to_string_lossy().as_ref().clone_into(&mut self.file);
        let mail = std::fs::read(path).unwrap();
        let view = render::view(&mail);
        if let Some(subject) = theirs["subject"].as_str() {
            self.count("subjects");
            if letters(subject, 900) != letters(&view.subject, 900) {
                self.differ("subject", format!("{subject:?} is {:?}", view.subject));
            }
        }
        let ours = leaves(&mail);
        let parts = theirs["parts"].as_array().unwrap();
        let our_places: Vec<_> = ours.iter().map(|(index, _)| *index as u64).collect();
        let their_places: Vec<_> = parts.iter().map(|part| part["index"].as_u64().unwrap()).collect();
        if our_places != their_places {
            self.differ("parts", format!("{their_places:?} are {our_places:?}"));
            return;
        }
        for ((index, our), part) in ours.iter().zip(parts) {
            self.part(*index, our, part);
        }
        self.body(&view.body, &theirs["body"], parts);
    }

    fn part(&mut self, index: usize, our: &Attachment, part: &Value) {
        self.count("parts");
        let kind = part["type"].as_str().unwrap();
        if our.media_type != kind {
            self.differ("type", format!("{kind} of {index} is {}", our.media_type));
        }
        if let Some(sha256) = part["sha256"].as_str() {
            self.count("bytes of parts");
            if sha256 != hex_sha256(&our.bytes) {
                let (size, encoding) = (&part["size"], &part["encoding"]);
                self.differ(
                    "bytes",
                    format!("{size} of {index} ({kind}, {encoding}) are {}", our.bytes.len()),
                );
            }
        }
        if let Some(sha256) = part["message_sha256"].as_str() {
            self.count("messages");
            if sha256 != black_sha256(&our.bytes) {
                self.differ("message", format!("{index} of {} bytes", our.bytes.len()));
            }
        }
        // Bytes that Python can't read it gives as U+FFFD.
        let readable = |name: &&str| !name.contains('\u{FFFD}') && !letters(name, 1).is_empty();
        if let Some(name) = part["name"].as_str().filter(readable) {
            self.count("names");
            let name = name.rsplit(['/', '\\']).next().unwrap();
            // An ending that says what the file is may be added.
            if !letters(&our.name, 200).starts_with(&letters(name, 60)) {
                self.differ("name", format!("{name:?} of {index} is {:?}", our.name));
            }
        }
    }

    fn body(&mut self, ours: &Body, theirs: &Value, parts: &[Value]) {
        let is_html = theirs["type"] == "text/html";
        if (parts.len() > 1 || is_html)
            && let Some(text) = theirs["text"].as_str()
            && let Some(shown) = shown(ours)
        {
            self.count(if parts.len() > 1 { "bodies of several parts" } else { "HTML alone" });
            let text = if is_html { walk::visible_text(text) } else { plain(&unquoted(text)) };
            if !shown.contains(&plain(&text)) {
                let (text, shown) = (start(&text), start(&shown));
                self.differ("body", format!("{text:?} is {shown:?}"));
            }
        }
        if let (Body::Text(html), [part]) = (ours, parts)
            && let Some(text) = part["text"].as_str()
        {
            self.count("texts");
            if plain(&unquoted(text)) != plain(&walk::visible_text(html)) {
                self.differ("text", String::new());
            }
        }
    }
}

#[test]
fn parts_are_those_that_python_finds() {
    let mails = corpus::mails();
    let Some(found) = python(&mails) else { return };
    assert_eq!(found.len(), mails.len());
    let mut comparison = Comparison::default();
    for (path, theirs) in mails.iter().zip(&found) {
        comparison.mail(path, theirs);
    }
    let Comparison { counts, differences, .. } = comparison;
    println!("compared {} mails: {counts:?}; {} differences", mails.len(), differences.len());
    let mut kinds: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (file, kind, what) in &differences {
        println!("{file}: {kind} {what}");
        *kinds.entry((file, kind)).or_default() += 1;
    }
    let here: BTreeSet<_> = mails.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    let explained = EXPLAINED.iter().filter(|(file, ..)| here.contains(file));
    let explained: BTreeMap<_, _> =
        explained.map(|(file, kind, count, _)| ((*file, *kind), *count)).collect();
    assert_eq!(kinds, explained, "differences by file and kind, found and explained");
}
