//! Runs every test vector in `common/vectors`, whose README says what is in the files, and holds the outcome against
//! the one that the file names.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use encodify::base64::MIME;
use sealpost_common::address::DomainPattern;
use sealpost_common::armor::{TextDecoder, decode_link};
use sealpost_common::envelope::{Parsed, UnverifiedHeader};
use sealpost_common::error::OpenError;
use sealpost_common::grant::Terms;
use sealpost_common::keys::{OpeningKey, OpeningKeys, TrustedGateway, TrustedGateways, VerifyingKey};
use sha2::{Digest, Sha256};

/// The outcomes that vectors can have; each must occur.
const OUTCOMES: [&str; 14] = [
    "opens",
    "armor",
    "not-an-envelope",
    "version",
    "suite",
    "too-large",
    "malformed",
    "truncated",
    "unknown-signing-key",
    "signature",
    "unknown-opening-key",
    "grant",
    "untrusted-sender",
    "payload",
];

/// The keys that say what must come out of an envelope that opens, besides the mail.
const TERMS_KEYS: [&str; 10] = [
    "envelope-sender",
    "author",
    "recipient",
    "message-id-hash",
    "created",
    "expires",
    "rights",
    "sign-in",
    "brand",
    "language",
];

struct Vector {
    file: String,
    pairs: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Vector {
    fn parse(file: String, bytes: &[u8]) -> Self {
        let end = bytes
            .windows(2)
            .position(|pair| pair == b"\n\n")
            .unwrap_or_else(|| panic!("{file}: no blank line"));
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let pair = |line: &str| {
            let (key, value) = line.split_once(':').unwrap_or_else(|| panic!("{file}: {line}"));
            (key.to_owned(), value.trim().to_owned())
        };
        Self { pairs: head.lines().map(pair).collect(), body: bytes[end + 2..].to_vec(), file }
    }

    fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    fn get(&self, key: &str) -> &str {
        self.all(key).next().unwrap_or_else(|| panic!("{}: no {key}", self.file))
    }

    fn gateways(&self) -> TrustedGateways {
        assert_eq!(self.all("verifying-key").count(), self.all("domains").count(), "{}", self.file);
        let pattern = |text: &str| DomainPattern::parse(text).unwrap();
        let gateway = |(key, domains): (&str, &str)| TrustedGateway {
            key: VerifyingKey::from_text(key).unwrap(),
            domains: domains.split_whitespace().map(pattern).collect(),
        };
        TrustedGateways::new(self.all("verifying-key").zip(self.all("domains")).map(gateway).collect())
    }

    fn opening_keys(&self) -> OpeningKeys {
        OpeningKeys::new(self.all("opening-key").map(|key| OpeningKey::from_text(key).unwrap()).collect())
    }

    fn envelope(&self) -> Result<Vec<u8>, OpenError> {
        match self.get("form") {
            "binary" => Ok(MIME.decode(&self.body).unwrap()),
            "text" => {
                let mut envelope = Vec::new();
                let mut decoder = TextDecoder::new();
                decoder.push(&MIME.decode(&self.body).unwrap(), &mut envelope)?;
                decoder.finish()?;
                Ok(envelope)
            }
            "link" => {
                let link = std::str::from_utf8(&self.body).unwrap();
                let link = link.strip_suffix('\n').unwrap_or(link);
                decode_link(link.split_once('#').map_or("", |(_, fragment)| fragment))
            }
            form => panic!("{}: form {form}", self.file),
        }
    }

    fn open(&self) -> Result<(Terms, Vec<u8>), OpenError> {
        let envelope = self.envelope()?;
        let Parsed::Complete(header) = UnverifiedHeader::parse(&envelope)? else {
            return Err(OpenError::Truncated);
        };
        let payload = &envelope[header.header_len()..];
        let unwrapped = header.verify(&self.gateways())?.unwrap(&self.opening_keys())?;
        let mut mail = Vec::new();
        unwrapped.open(payload)?.read_to_end(&mut mail)?;
        assert_eq!(unwrapped.mail_len(), mail.len() as u64);
        Ok((unwrapped.terms().clone(), mail))
    }

    /// Says what is wrong, if anything is.
    fn run(&self) -> Result<(), String> {
        match (self.open(), self.get("expect")) {
            (Ok((terms, mail)), "opens") => {
                self.compare("mail-length", &[mail.len().to_string()])?;
                self.compare("mail-sha256", &[hex(&Sha256::digest(mail))])?;
                TERMS_KEYS.into_iter().try_for_each(|key| self.compare(key, &show(&terms, key)))
            }
            (Ok(_), wanted) => Err(format!("{}: opens, but {wanted} is right", self.file)),
            (Err(error), wanted) if error.outcome() == wanted => Ok(()),
            (Err(error), wanted) => {
                Err(format!("{}: {} ({error}), but {wanted} is right", self.file, error.outcome()))
            }
        }
    }

    fn compare(&self, key: &str, found: &[String]) -> Result<(), String> {
        let wanted: Vec<&str> = self.all(key).collect();
        if wanted == found {
            Ok(())
        } else {
            Err(format!("{}: {key} is {found:?}, not {wanted:?}", self.file))
        }
    }
}

/// Writes one of the terms as a vector writes it.
fn show(terms: &Terms, key: &str) -> Vec<String> {
    match key {
        "envelope-sender" => vec![terms.envelope_sender.clone().unwrap_or_default()],
        "author" => terms.author.iter().cloned().collect(),
        "recipient" => terms.recipients.clone(),
        "message-id-hash" => terms.message_id_hash.iter().map(|hash| hex(hash)).collect(),
        "created" => vec![terms.created.to_string()],
        "expires" => terms.expires.iter().map(u64::to_string).collect(),
        "rights" => vec![terms.rights.bits().to_string()],
        "sign-in" => vec![terms.sign_in.as_str().to_owned()],
        "brand" => vec![terms.brand.clone()],
        "language" => vec![terms.language.clone()],
        _ => unreachable!("{key}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn vectors() -> Vec<Vector> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| Vector::parse(name(path), &fs::read(path).unwrap())).collect()
}

#[test]
fn every_vector_has_the_outcome_that_it_names() {
    let wrong: Vec<String> = vectors().iter().filter_map(|vector| vector.run().err()).collect();
    assert!(wrong.is_empty(), "{} vectors are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_vectors_are_many_and_know_every_outcome() {
    let vectors = vectors();
    let count = |outcome: &str| vectors.iter().filter(|vector| vector.get("expect") == outcome).count();
    let missing: Vec<_> = OUTCOMES.into_iter().filter(|outcome| count(outcome) == 0).collect();
    assert!(missing.is_empty(), "no vector for {missing:?}");
    assert!(vectors.len() > 100 && count("opens") * 3 < vectors.len(), "{} vectors", vectors.len());
    for vector in &vectors {
        assert_eq!(format!("{}.txt", vector.get("name")), vector.file);
    }
}
