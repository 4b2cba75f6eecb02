//! `[[dkim]]`: the keys that sign carrier mails, and what stands about them in the DNS.

use std::path::{Path, PathBuf};

use encodify::base64::STANDARD;
use mail_auth::common::crypto::{DkimKey, Ed25519Key, RsaKey, Sha256};
use serde::Deserialize;
use thiserror::Error;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};
use toml::Spanned;

use super::{
    envelope::lifetime,
    source::{Cause, Source, read_secret_key},
};
use crate::sign::{Signer, Signers};

/// Why a key cannot sign. Nothing here quotes the file.
#[derive(Debug, Clone, Copy, Error)]
pub enum DkimKeyError {
    /// It is no PEM file with a secret key.
    #[error("it is no PEM file with a secret key (PKCS #8 or PKCS #1)")]
    NotPem,
    /// It is a key of another kind.
    #[error("it is neither an RSA key of 2048 to 8192 bits nor an Ed25519 key")]
    Kind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    domains: Spanned<Vec<Spanned<String>>>,
    selector: Spanned<String>,
    key: Spanned<PathBuf>,
    expires_after_days: Option<Spanned<u64>>,
    #[serde(default)]
    edited_mails: bool,
}

pub(super) fn resolve(sections: Vec<Section>, source: &mut Source) -> Option<Signers> {
    let signers: Vec<Option<Signer>> = sections.into_iter().map(|section| section.resolve(source)).collect();
    signers.into_iter().collect::<Option<Vec<_>>>().map(Signers::new)
}

impl Section {
    fn resolve(self, source: &mut Source) -> Option<Signer> {
        if self.domains.get_ref().is_empty() {
            source.note(&self.domains, Cause::Empty("domains"));
        }
        let domains = source.each(self.domains.get_ref(), |domain| dns_name("domains", domain));
        let selector = source.check(&self.selector, dns_name("selector", self.selector.get_ref()));
        let key = source.check(&self.key, read_dkim_key(&source.resolve(self.key.get_ref())));
        let lifetime = match &self.expires_after_days {
            Some(days) => Some(source.check(days, lifetime(*days.get_ref()))?),
            None => None,
        };
        let edited_mails = self.edited_mails;
        let DkimKeyPair { secret: key, record } = key?;
        Some(Signer { domains, selector: selector?, key, record, lifetime, edited_mails })
    }
}

/// Gives the name and the value of the TXT record that belongs to a key.
pub(crate) fn dkim_record(domain: &str, selector: &str, key: &Path) -> Result<(String, String), Cause> {
    let (domain, selector) = (dns_name("the domain", domain)?, dns_name("the selector", selector)?);
    Ok((format!("{selector}._domainkey.{domain}"), read_dkim_key(key)?.record))
}

/// A key that signs, and its public half as the DNS has it.
struct DkimKeyPair {
    /// The secret half.
    secret: DkimKey,
    /// The value of the TXT record.
    record: String,
}

/// Reads a key from a PEM file that only its owner can read.
fn read_dkim_key(path: &Path) -> Result<DkimKeyPair, Cause> {
    let text = read_secret_key(path)?;
    let wrong = |source| Cause::DkimKey { path: path.to_owned(), source };
    let der = PrivateKeyDer::from_pem_slice(text.as_bytes()).or(Err(wrong(DkimKeyError::NotPem)))?;
    key_pair(der).ok_or(wrong(DkimKeyError::Kind))
}

fn key_pair(der: PrivateKeyDer<'_>) -> Option<DkimKeyPair> {
    if let PrivateKeyDer::Pkcs8(pkcs8) = &der
        && let Ok(key) = Ed25519Key::from_pkcs8_maybe_unchecked_der(pkcs8.secret_pkcs8_der())
    {
        // RFC 8463, 4.2: the bare key.
        let record = format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(key.public_key()));
        return Some(DkimKeyPair { secret: DkimKey::Ed25519(key), record });
    }
    let key = RsaKey::<Sha256>::from_key_der(der).ok()?;
    let public = subject_public_key_info(&key.public_key());
    let record = format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(public));
    Some(DkimKeyPair { secret: DkimKey::Rsa(key), record })
}

/// Puts an RSA public key (RFC 8017, A.1.1) into the structure that verifiers want (RFC 5280, 4.1):
/// SEQUENCE { SEQUENCE { rsaEncryption, NULL }, BIT STRING }.
fn subject_public_key_info(key: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: [u8; 15] =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let bits = der(0x03, &[&[0], key].concat());
    der(0x30, &[&RSA_ENCRYPTION, bits.as_slice()].concat())
}

/// Gives a DER value with its tag and length.
fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    if value.len() >= 0x80 {
        out.push(0x80 | u8::try_from(length.len()).unwrap_or_default());
    }
    out.extend(length);
    out.extend_from_slice(value);
    out
}

/// Reads the name of a domain or selector, in ASCII and lower case.
fn dns_name(key: &'static str, text: &str) -> Result<String, Cause> {
    let ascii = idna::domain_to_ascii(text).ok().filter(|name| {
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        name.len() <= 253 && name.split('.').all(label)
    });
    ascii.ok_or(Cause::OutOfBounds { key, expected: "names as they stand in the DNS" })
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;
    use crate::config::ConfigErrors;

    /// Reads a table, in a folder with keys of several kinds.
    fn read(text: &str) -> Result<Signers, String> {
        #[derive(Deserialize)]
        struct File {
            dkim: Vec<Section>,
        }
        let folder = tempfile::tempdir().unwrap();
        let pem = |kind| rcgen::KeyPair::generate_for(kind).unwrap().serialize_pem();
        let ed25519 = pem(&rcgen::PKCS_ED25519);
        for (name, content, mode) in [
            ("ed25519.key", ed25519.as_str(), 0o600),
            ("open.key", &ed25519, 0o640),
            ("ecdsa.key", &pem(&rcgen::PKCS_ECDSA_P256_SHA256), 0o600),
            ("rsa1024.key", include_str!("../../tests/mails/dkim/rsa1024.pem"), 0o600),
            ("rsa.key", include_str!("../../tests/mails/dkim/rsa.pem"), 0o600),
            ("pkcs1.key", include_str!("../../tests/mails/dkim/pkcs1.pem"), 0o600),
            ("text.key", "secret", 0o600),
        ] {
            fs::write(folder.path().join(name), content).unwrap();
            fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        let mut source = Source::new(&folder.path().join("gateway.toml"), format!("[[dkim]]\n{text}"));
        let told =
            |errors: ConfigErrors| errors.to_string().replace(&format!("{}/", folder.path().display()), "");
        let file: File = source.parse().map_err(told)?;
        let signers = resolve(file.dkim, &mut source);
        source.finish(signers).map_err(told)
    }

    #[test]
    fn reads_keys() {
        for key in ["ed25519", "rsa", "pkcs1"] {
            let text = format!("domains = [\"Bücher.example\"]\nselector = \"s1\"\nkey = \"{key}.key\"");
            assert_eq!(read(&text).err(), None, "{key}");
        }
    }

    #[test]
    fn tells_mistakes() {
        let (domains, selector) = ("domains = [\"example.org\"]", "selector = \"s1\"");
        for (domains, selector, rest, expected) in [
            ("domains = []", selector, "key = \"rsa.key\"", "2: domains must not be empty"),
            ("domains = [\"*.b.example\"]", selector, "key = \"rsa.key\"", "2: domains must be names as"),
            (domains, "selector = \"a b\"", "key = \"rsa.key\"", "3: selector must be names as"),
            (domains, selector, "key = \"none.key\"", "4: the key file none.key cannot be read: No such"),
            (domains, selector, "key = \"open.key\"", "4: the key file open.key can be read by group"),
            (domains, selector, "key = \"text.key\"", "4: the key file text.key is not good: it is no PEM"),
            (
                domains,
                selector,
                "key = \"ecdsa.key\"",
                "4: the key file ecdsa.key is not good: it is neither",
            ),
            (
                domains,
                selector,
                "key = \"rsa1024.key\"",
                "4: the key file rsa1024.key is not good: it is neither",
            ),
            (domains, selector, "key = \"rsa.key\"\nexpires_after_days = 0", "5: expires_after_days must be"),
            (domains, selector, "key = \"rsa.key\"\nl = true", "5: unknown field `l`"),
        ] {
            let error = read(&format!("{domains}\n{selector}\n{rest}")).err().unwrap_or_default();
            assert!(error.starts_with(&format!("gateway.toml:{expected}")), "{rest}: {error}");
            assert!(!error.contains("PRIVATE"), "{error}");
        }
    }

    #[test]
    fn writes_lengths() {
        assert_eq!(der(3, &[1, 2]), [3, 2, 1, 2]);
        assert_eq!(der(3, &[0; 0x80])[..3], [3, 0x81, 0x80]);
        assert_eq!(der(3, &[0; 0x123])[..4], [3, 0x82, 0x01, 0x23]);
    }
}
