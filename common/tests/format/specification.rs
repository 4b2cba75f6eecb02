//! Holds ENVELOPE.md to the truth: its worked example, its outcomes, its limits and its labels.
//!
//! The example is computed here step by step from the specification's own equations, with the primitives only, so that
//! a reader can follow it and no error of the crate can hide in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce};
use ed25519_dalek::{Signature, VerifyingKey};
use encodify::base64::{MIME, URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, XWing};
use hpke::{Deserializable as _, OpModeR, Serializable as _, single_shot_open};
use minicbor::Decoder;
use minicbor::data::Type;
use sealpost_common::error::{ArmorFault, GrantFault, HeaderFault, Limit, OpenError, PayloadFault};
use sealpost_common::limits;
use sha2::{Digest, Sha256};

const SPECIFICATION: &str = include_str!("../../ENVELOPE.md");

/// Gives the contents of the fenced blocks with this info string.
fn blocks(info: &str) -> Vec<&'static str> {
    let start = format!("\n```{info}\n");
    SPECIFICATION.split(start.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

/// Walks through `fields_all.txt` as the specification says, and names what is met on the way.
fn walk() -> BTreeMap<&'static str, Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors/fields_all.txt");
    let vector = fs::read_to_string(path).unwrap();
    let (head, body) = vector.split_once("\n\n").unwrap();
    let key = |prefix: &str| {
        let line = head.lines().find_map(|line| line.split_once(prefix)).unwrap().1;
        URL_SAFE_NO_PAD.decode(line).unwrap()
    };
    let verifying_key = key("sealpost-verifying-key-v1:");
    let seed = key("sealpost-opening-key-v1:");
    let envelope = MIME.decode(body).unwrap();

    let opening_key = <XWing as Kem>::PrivateKey::from_bytes(&seed).unwrap();
    let sealing_key = XWing::sk_to_pk(&opening_key).to_bytes();
    let ciphertext_len = usize::try_from(u32::from_be_bytes(envelope[83..87].try_into().unwrap())).unwrap();
    let signed_len = 75 + 8 + 4 + 1120 + ciphertext_len;
    let (fixed_part, opening_key_id) = (&envelope[..74], &envelope[75..83]);
    let (enc, ciphertext) = (&envelope[87..1207], &envelope[1207..signed_len]);
    let (signature, payload) = (&envelope[signed_len..signed_len + 64], &envelope[signed_len + 64..]);

    let signed = [b"sealpost/v1/header\0", &envelope[..signed_len]].concat();
    let verifier = VerifyingKey::try_from(verifying_key.as_slice()).unwrap();
    verifier.verify_strict(&signed, &Signature::try_from(signature).unwrap()).unwrap();

    let info = [b"sealpost/v1/grant\0", fixed_part, opening_key_id].concat();
    let encapped = <XWing as Kem>::EncappedKey::from_bytes(enc).unwrap();
    let plaintext = single_shot_open::<AesGcm256, HkdfSha256, XWing>(
        &OpModeR::Base,
        &opening_key,
        &encapped,
        &info,
        ciphertext,
        b"",
    )
    .unwrap();
    // The last item of this map is the language, "en".
    let cbor_len = plaintext.iter().rposition(|&byte| byte != 0).unwrap() + 1;
    let (cbor, padding) = plaintext.split_at(cbor_len);
    // Map of 12, key 0, byte string of 32 bytes.
    assert_eq!(cbor[..4], [0xac, 0x00, 0x58, 0x20]);
    let dek = &cbor[4..36];

    let mut payload_key = vec![0; 32];
    Hkdf::<Sha256>::new(Some(&envelope[10..26]), dek)
        .expand(b"sealpost/v1/payload\0", &mut payload_key)
        .unwrap();
    let nonce = [&[0; 7][..], &0_u32.to_be_bytes(), &[1]].concat();
    let segment = Aes256Gcm::new_from_slice(&payload_key)
        .unwrap()
        .decrypt(&Nonce::try_from(nonce.as_slice()).unwrap(), payload)
        .unwrap();
    let mut mail = Vec::new();
    zstd::stream::read::Decoder::new(segment.as_slice()).unwrap().read_to_end(&mut mail).unwrap();

    BTreeMap::from([
        ("verifying key", verifying_key.clone()),
        (
            "signing-key ID",
            sha256(&[b"sealpost/v1/verifying-key-id\0", verifying_key.as_slice()].concat())[..8].to_vec(),
        ),
        ("opening key", seed),
        ("sealing key", sealing_key.to_vec()),
        (
            "opening-key ID",
            sha256(&[b"sealpost/v1/sealing-key-id\0", sealing_key.as_slice()].concat())[..8].to_vec(),
        ),
        ("fixed part", fixed_part.to_vec()),
        ("number of grants", envelope[74..75].to_vec()),
        ("grant: opening-key ID", opening_key_id.to_vec()),
        ("grant: ciphertext length", envelope[83..87].to_vec()),
        ("grant: enc", enc.to_vec()),
        ("grant: ciphertext", ciphertext.to_vec()),
        ("signature", signature.to_vec()),
        ("signed bytes", signed),
        ("info", info),
        ("CBOR", cbor.to_vec()),
        ("padding", padding.to_vec()),
        ("DEK", dek.to_vec()),
        ("payload", payload.to_vec()),
        ("SHA-256 of the payload", sha256(payload)),
        ("payload key", payload_key),
        ("nonce", nonce),
        ("segment plaintext", segment),
        ("mail", mail),
    ])
}

/// Checks a value of the example, where `...` stands for bytes left out.
fn assert_shown(name: &str, shown: &str, value: &str) {
    match shown.split_once("...") {
        Some((start, end)) => {
            assert!(shown.len() < value.len() && value.starts_with(start) && value.ends_with(end), "{name}");
        }
        None => assert_eq!(shown, value, "{name}"),
    }
}

/// Each value is `name (n bytes) = hex`, going on in indented lines.
#[test]
fn the_values_of_the_worked_example_are_true() {
    let values = walk();
    let mut names: Vec<&str> = values.keys().copied().collect();
    for block in blocks("example") {
        for entry in block.replace("\n ", "").lines() {
            let (title, shown) = entry.split_once('=').unwrap();
            let (name, len) = title.trim().strip_suffix(" bytes)").unwrap().split_once(" (").unwrap();
            let value = values.get(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(len, value.len().to_string(), "{name}");
            assert_shown(name, &shown.replace(' ', ""), &hex(value));
            names.retain(|other| *other != name);
        }
    }
    assert_eq!(names, ["mail"], "the mail is shown as text, all else as values");
}

/// Writes the next item in CBOR diagnostic notation (RFC 8949, 8).
fn diagnose(decoder: &mut Decoder<'_>) -> String {
    match decoder.datatype().unwrap() {
        Type::Bytes => format!("h'{}'", hex(decoder.bytes().unwrap())),
        Type::String => format!("\"{}\"", decoder.str().unwrap()),
        Type::Array => {
            let len = decoder.array().unwrap().unwrap();
            format!("[{}]", (0..len).map(|_| diagnose(decoder)).collect::<Vec<_>>().join(", "))
        }
        Type::Map => {
            let len = decoder.map().unwrap().unwrap();
            let mut pair = |_| format!("{}: {}", diagnose(decoder), diagnose(decoder));
            format!("{{{}}}", (0..len).map(&mut pair).collect::<Vec<_>>().join(", "))
        }
        _ => decoder.u64().unwrap().to_string(),
    }
}

#[test]
fn the_texts_of_the_worked_example_are_true() {
    let values = walk();
    let mail = format!("{}\r\n", blocks("example-mail")[0].replace('\n', "\r\n"));
    assert_eq!(mail.as_bytes(), values["mail"]);

    let diagnostic: String = blocks("example-cbor")[0].lines().map(str::trim).collect::<Vec<_>>().join(" ");
    assert_eq!(diagnostic, diagnose(&mut Decoder::new(&values["CBOR"])));

    let header = &values["signed bytes"]["sealpost/v1/header\0".len()..];
    let envelope = [header, &values["signature"], &values["payload"]].concat();
    assert!(SPECIFICATION.contains(&format!("header, which has {} bytes", header.len() + 64)));
    assert!(SPECIFICATION.contains(&format!("the envelope, {} bytes", envelope.len())));
    let base64 = MIME.encode(&envelope);
    let text = format!("-----BEGIN SEALPOST ENVELOPE-----\r\n{base64}-----END SEALPOST ENVELOPE-----");
    let shown = blocks("example-text")[0].replace('\n', "\r\n");
    assert_shown("text form", &shown.replace("\r\n...\r\n", "..."), &text);
}

/// Gives the cells of all table rows with as many of them.
fn rows(cells: usize) -> impl Iterator<Item = Vec<&'static str>> {
    SPECIFICATION
        .lines()
        .filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'))
        .map(|row| row.split('|').map(str::trim).collect::<Vec<_>>())
        .filter(move |row| row.len() == cells)
}

#[test]
fn the_outcomes_are_those_of_the_code() {
    let errors = [
        OpenError::Armor(ArmorFault::NoBegin),
        OpenError::NotAnEnvelope,
        OpenError::Version(0),
        OpenError::Suite(0),
        OpenError::TooLarge(Limit::Mail),
        OpenError::Malformed(HeaderFault::GrantCount),
        OpenError::Truncated,
        OpenError::UnknownSigningKey,
        OpenError::Signature,
        OpenError::UnknownOpeningKey,
        OpenError::Grant(GrantFault::Unwrap),
        OpenError::UntrustedSender,
        OpenError::Payload(PayloadFault::Segment),
    ];
    let rules: Vec<_> =
        rows(3).filter(|row| row[0].parse::<u8>().is_ok() && row[2].starts_with('`')).collect();
    let numbers: Vec<usize> = rules.iter().map(|row| row[0].parse().unwrap()).collect();
    assert_eq!(numbers, (1..=rules.len()).collect::<Vec<_>>());
    let named: BTreeSet<&str> = rules.iter().map(|row| row[2].trim_matches('`')).collect();
    assert_eq!(named, errors.iter().map(OpenError::outcome).collect());
}

#[test]
fn the_limits_are_those_of_the_code() {
    let limits = [
        ("mail", limits::MAX_MAIL_LEN),
        ("payload", limits::MAX_PAYLOAD_LEN),
        ("header", limits::MAX_HEADER_LEN as u64),
        ("grants", limits::MAX_GRANTS as u64),
        ("ciphertext of a grant", limits::MAX_GRANT_CIPHERTEXT_LEN as u64),
        ("recipients", limits::MAX_RECIPIENTS as u64),
        ("address", limits::MAX_ADDRESS_LEN as u64),
        ("brand", limits::MAX_BRAND_LEN as u64),
        ("language", limits::MAX_LANGUAGE_LEN as u64),
        ("zstd window", 1 << limits::MAX_WINDOW_LOG),
    ];
    for (name, limit) in limits {
        let row = rows(2).find(|row| row[0] == name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(row[1].split(' ').next(), Some(limit.to_string().as_str()), "{name}");
    }
}

#[test]
fn every_link_inside_the_document_leads_somewhere() {
    let anchor =
        |heading: &str| heading.trim_matches(['#', ' ']).to_lowercase().replace(' ', "-").replace(',', "");
    let anchors: BTreeSet<String> =
        SPECIFICATION.lines().filter(|line| line.starts_with('#')).map(anchor).collect();
    for link in SPECIFICATION.split("](#").skip(1) {
        let target = link.split(')').next().unwrap();
        assert!(anchors.contains(target), "{target}");
    }
}
