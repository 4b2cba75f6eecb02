//! The mails that tests send: own ones from `tests/mails`, the corpus, and generated ones of a given size.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::place::{corpus, project_root};

/// One mail of a collection.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Its path below its collection, to name it by.
    pub name: String,
    /// The bytes that `DATA` is to carry, before dots are stuffed.
    pub mail: Vec<u8>,
}

/// Returns the project's own test mails and, if the corpus is there, its mails.
///
/// A mail with other line ends than CRLF comes twice: as it is, and with CRLF for them as a mail server sends it.
pub fn samples() -> Result<Vec<Sample>> {
    let mut files = Vec::new();
    collect(&project_root().join("tests/mails"), &mut files)?;
    if let Some(corpus) = corpus() {
        collect(&corpus.join("mails"), &mut files)?;
        collect(&corpus.join("mails-synthetic"), &mut files)?;
    }
    files.sort();
    let mut samples = Vec::new();
    for file in files {
        let mail = fs::read(&file).with_context(|| format!("read {}", file.display()))?;
        let mail = if mail.ends_with(b"\r\n") { mail } else { [&mail[..], b"\r\n"].concat() };
        let tidy = with_crlf(&mail);
        let name = file.to_string_lossy().into_owned();
        if tidy != mail {
            samples.push(Sample { name: format!("{name} (line ends as they are)"), mail });
        }
        samples.push(Sample { name, mail: tidy });
    }
    Ok(samples)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "eml") {
            files.push(path);
        }
    }
    Ok(())
}

/// Turns every line end (CRLF, lone LF, lone CR) into CRLF.
#[must_use]
pub fn with_crlf(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len());
    let mut bytes = mail.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' => {
                bytes.next_if_eq(&b'\n');
                out.extend_from_slice(b"\r\n");
            }
            b'\n' => out.extend_from_slice(b"\r\n"),
            other => out.push(other),
        }
    }
    out
}

/// Returns a plain text mail.
#[must_use]
pub fn text(from: &str, to: &str, subject: &str, body: &str) -> Vec<u8> {
    let id: u128 = rand::rng().random();
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n\
         Message-ID: <{id:032x}@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
    )
    .into_bytes()
}

/// A file to attach.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Returns an HTML mail with a plain text alternative and attachments.
#[must_use]
pub fn with_attachments(
    from: &str,
    to: &str,
    subject: &str,
    html: &str,
    attachments: &[Attachment],
) -> Vec<u8> {
    let id: u128 = rand::rng().random();
    let mut mail = format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n\
         Message-ID: <{id:032x}@example.org>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"outer\"\r\n\r\n--outer\r\n\
         Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{html}\r\n"
    );
    for Attachment { name, media_type, bytes } in attachments {
        write!(
            mail,
            "--outer\r\nContent-Type: {media_type}; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{}",
            base64_lines(bytes)
        )
        .expect("writing to a string can't fail");
    }
    mail.push_str("--outer--\r\n");
    mail.into_bytes()
}

/// Returns a mail of about `size` bytes, nearly all of it one base64 attachment of random bytes.
#[must_use]
pub fn large(from: &str, to: &str, subject: &str, size: usize) -> Vec<u8> {
    let bytes = random_bytes(size as u64, size / 78 * 57);
    let attachment =
        Attachment { name: "data.bin".into(), media_type: "application/octet-stream".into(), bytes };
    with_attachments(from, to, subject, "<p>See the attachment.</p>", &[attachment])
}

/// Returns random bytes, the same for the same seed.
#[must_use]
pub fn random_bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    StdRng::seed_from_u64(seed).fill(&mut bytes[..]);
    bytes
}

/// Returns a text of random words that stands nowhere else, to look for in logs and files.
#[must_use]
pub fn unique_text(purpose: &str) -> String {
    let number: u128 = rand::rng().random();
    format!("{purpose} {number:032x}")
}

/// Encodes bytes as base64 in lines of 76.
#[must_use]
pub fn base64_lines(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len() / 57 * 78 + 80);
    for line in bytes.chunks(57) {
        for group in line.chunks(3) {
            let word = group.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte))
                << (8 * (3 - group.len()));
            for place in 0..4 {
                let code = word >> (18 - 6 * place) & 63;
                out.push(if place > group.len() { '=' } else { char::from(ALPHABET[code as usize]) });
            }
        }
        out.push_str("\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{base64_lines, with_crlf};

    #[test]
    fn line_ends_become_crlf() {
        assert_eq!(with_crlf(b"a\nb\rc\r\nd\n\re"), b"a\r\nb\r\nc\r\nd\r\n\r\ne");
    }

    #[test]
    fn base64_pads_each_rest() {
        for (bytes, text) in
            [("", ""), ("f", "Zg==\r\n"), ("fo", "Zm8=\r\n"), ("foo", "Zm9v\r\n"), ("foob", "Zm9vYg==\r\n")]
        {
            assert_eq!(base64_lines(bytes.as_bytes()), text);
        }
    }
}
