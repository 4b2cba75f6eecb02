//! Makes the carrier mail of any mail, in any form, with any texts: never panics, and what comes out keeps to RFC 5322 whatever
//! went in. The end of the input is the brand's texts as well, and its last octet the form.

#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sealpost_common::grant::{Rights, SignIn, Terms};
use sealpost_common::keys::{OpeningKey, SigningKey};
use sealpost_common::seal::Sealer;
use sealpost_gateway::carry::{Carrier, Form, Ingredients, Logo, LogoKind, Look, Texts, new_message_id};
use sealpost_gateway::config::Portal;
use sealpost_gateway::parse::HeaderSection;

const HOSTNAME: &str = "mx.example.org";

/// A brand that says what stands at the end of the input, where it may.
fn look(input: &[u8]) -> Look {
    let mut look = Look::default();
    let start = input.len().saturating_sub(200);
    let words = String::from_utf8_lossy(&input[start..]).replace(['\r', '\n'], " ");
    for key in Texts::KEYS {
        // What a text may not be stays as usual.
        look.texts.set(key, &words).expect("a known text").ok();
    }
    if let Some(1) = input.last().map(|last| last >> 7) {
        look.language = "ar".to_owned();
        look.logo = Some(Logo::new(input.to_vec(), LogoKind::Png, (input.len(), 64), "logo".to_owned()).into());
    }
    look
}

fn form(input: &[u8]) -> (Form, usize) {
    let last = input.last().copied().unwrap_or_default();
    let form = [Form::Both, Form::Attachment, Form::Link][usize::from(last % 3)];
    (form, if last & 0x40 == 0 { 8192 } else { 0 })
}

fn carrier(mail: &[u8]) -> Vec<u8> {
    let mut rng = StdRng::seed_from_u64(1);
    let (signing, opening) = (SigningKey::generate(&mut rng), OpeningKey::generate(&mut rng));
    let terms = Terms {
        envelope_sender: None,
        author: None,
        recipients: vec!["b@example.net".to_owned()],
        message_id_hash: None,
        created: 0,
        expires: None,
        rights: Rights::all(),
        sign_in: SignIn::Any,
        brand: String::new(),
        language: String::new(),
    };
    let sealer = Sealer::new(signing, opening.sealing_key(), None);
    // The carrier does not depend on what is in the envelope.
    let envelope = sealer.seal(b"", &terms, &mut rng).expect("the terms keep every rule");

    let header = HeaderSection::parse(mail);
    let message_id = header.message_id().unwrap_or_else(|| new_message_id(HOSTNAME, &mut rng));
    let (form, link_max_bytes) = form(mail);
    let portal = Portal { url: "https://portal.example".to_owned(), link_max_bytes };
    let ingredients = Ingredients {
        header: &header,
        sender: "alice@example.org",
        message_id: &message_id,
        subject: None,
        portal: &portal,
        look: &look(mail),
        form,
        hostname: HOSTNAME,
        now: Timestamp::UNIX_EPOCH,
    };
    let carrier = Carrier::new(envelope, ingredients, &mut rng).expect("no mail makes it fail");
    let mut bytes = Vec::new();
    carrier.write(&mut bytes).expect("writing to memory");
    assert_eq!(bytes.len(), carrier.len());
    let (header, body) = bytes.split_at(end_of_header(&bytes));
    assert_eq!(!header.is_ascii(), carrier.has_eight_bit_header());
    assert!(body.is_ascii(), "8-bit bytes in the body");
    bytes
}

fn end_of_header(bytes: &[u8]) -> usize {
    bytes.windows(4).position(|octets| octets == b"\r\n\r\n").expect("an empty line ends the header") + 4
}

fuzz_target!(|mail: &[u8]| {
    let bytes = carrier(mail);
    assert!(bytes.ends_with(b"\r\n") && !bytes.contains(&0));
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    let (_, lines) = lines.split_last().expect("a line");
    for line in lines {
        let content = line.strip_suffix(b"\r").expect("CRLF ends each line");
        assert!(!content.contains(&b'\r') && content.len() <= 998);
    }

    let header = &bytes[..end_of_header(&bytes) - 2];
    let mut names = Vec::new();
    for line in header.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)) {
        if line.is_empty() || line.starts_with(b" ") || line.starts_with(b"\t") {
            assert!(line.is_empty() || !line.trim_ascii().is_empty(), "a folded line of nothing but space");
            continue;
        }
        let colon =
            line.iter().position(|&byte| byte == b':').expect("every line is a field or goes on with one");
        let name = &line[..colon];
        assert!(!name.is_empty() && name.iter().all(|&byte| (33..=126).contains(&byte)), "a field name");
        names.push(name.to_ascii_lowercase());
    }
    let count = |name: &[u8]| names.iter().filter(|known| *known == name).count();
    for name in [&b"from"[..], b"date", b"message-id", b"mime-version", b"content-type"] {
        assert_eq!(count(name), 1, "{}", String::from_utf8_lossy(name));
    }
    for name in [&b"bcc"[..], b"resent-bcc", b"dkim-signature"] {
        assert_eq!(count(name), 0, "{}", String::from_utf8_lossy(name));
    }
});
