//! Signs carrier mails, and mails that we edited, by DKIM (RFC 6376, RFC 8463).
//!
//! The body is hashed piece by piece, once for all signatures, so that a carrier mail is never whole in memory. Canonicalisation
//! and signing are those of mail-auth. What is signed: relaxed/relaxed, no `l=`. Fields that readers act on are signed once more
//! often than they stand there, so that none can be put in front of them unseen.
//!
//! mail-auth 0.13 makes a wrong hash of bodies that end in blank lines. No carrier mail does; of other mails those lines are
//! left out before hashing, which the relaxed canonicalisation does anyway.

use std::borrow::Cow;

use jiff::Timestamp;
use mail_auth::{
    common::{
        crypto::{DkimKey, HashContext as _, HashImpl as _, HashOutput, Sha256, SigningKey as _},
        headers::{Writable, Writer},
    },
    dkim::{Canonicalization, Signature, canonicalize::BodyHasher},
};
use thiserror::Error;

use crate::{
    carry::Carrier,
    decide::EditedMail,
    parse::{Field, HeaderSection},
};

/// Fields that are signed, and once more than they stand there.
const OVERSIGNED: [&str; 12] = [
    "From",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "To",
    "Cc",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

/// Fields that are signed where they stand; others on the way may add them.
const SIGNED: [&str; 9] = [
    "Sender",
    "Auto-Submitted",
    "List-Id",
    "List-Help",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Subscribe",
    "List-Post",
    "List-Archive",
];

/// One key and what it signs for. It does not print: it holds a secret.
pub struct Signer {
    /// The domains of authors whose mails it signs, in ASCII and lower case; the ones below them, too.
    pub domains: Vec<String>,
    /// Where in the DNS the public key stands.
    pub selector: String,
    /// The secret key.
    pub key: DkimKey,
    /// The value of the TXT record with the public key.
    pub record: String,
    /// Seconds for which the signature is good; `None` for ever.
    pub lifetime: Option<u64>,
    /// Signs mails that pass, too, when we have changed their header section.
    pub edited_mails: bool,
}

/// Why a signature could not be made: a fault of the gateway itself.
#[derive(Debug, Error)]
#[error("the DKIM signature could not be made")]
pub struct SignError(#[from] mail_auth::Error);

/// All keys to sign with; none if there is nothing to sign.
#[derive(Default)]
pub struct Signers(Vec<Signer>);

impl Signers {
    /// Takes the keys.
    #[must_use]
    pub fn new(signers: Vec<Signer>) -> Self {
        Self(signers)
    }

    /// Gives the names and values of the TXT records that have to stand in the DNS.
    pub(crate) fn records(&self) -> impl Iterator<Item = (String, String)> {
        self.0.iter().flat_map(|Signer { domains, selector, record, .. }| {
            domains.iter().map(move |domain| (format!("{selector}._domainkey.{domain}"), record.clone()))
        })
    }

    /// Puts signatures on a carrier mail, if there is a key for its author's domain.
    ///
    /// # Errors
    /// None that any mail can cause.
    pub fn sign_carrier(&self, carrier: &mut Carrier, now: Timestamp) -> Result<(), SignError> {
        let signatures =
            self.sign(carrier.header_section(), |_| true, || hash(carrier.body_chunks()), now)?;
        if !signatures.is_empty() {
            carrier.edit_header_section(|section| [&signatures, section].concat());
        }
        Ok(())
    }

    /// Puts signatures on a mail whose header section we have changed, if there is a key for its author's domain that is to be
    /// used for such mails. One whose header section is malformed stays as it is, as readers differ about its end.
    ///
    /// # Errors
    /// None that any mail can cause.
    pub fn sign_edited(&self, mail: &mut EditedMail, now: Timestamp) -> Result<(), SignError> {
        if !self.0.iter().any(|signer| signer.edited_mails) {
            return Ok(());
        }
        let (header, body) = split(mail);
        if HeaderSection::parse(&header).is_defective() {
            return Ok(());
        }
        let body = without_last_blank_lines(body);
        let mut signatures =
            self.sign(&header, |signer| signer.edited_mails, || hash([Cow::Borrowed(body)]), now)?;
        signatures.append(&mut mail.head);
        mail.head = signatures;
        Ok(())
    }

    fn sign(
        &self,
        header: &[u8],
        may_sign: impl Fn(&Signer) -> bool,
        hash: impl FnOnce() -> HashOutput,
        now: Timestamp,
    ) -> Result<Vec<u8>, SignError> {
        let header = HeaderSection::parse(header);
        let signers = self.for_authors(&header.author_domains().unwrap_or_default(), may_sign);
        let mut fields = Vec::new();
        if signers.is_empty() {
            return Ok(fields);
        }
        let hash = hash();
        for (domain, signer) in signers {
            let signature = signer.sign(domain, &header, &hash, now)?;
            write_field(&signature, &mut fields);
        }
        Ok(fields)
    }

    /// Finds the keys of the domain that is nearest to the first author's for whom there is one. Receivers that check DMARC take
    /// only signatures of that domain or one above it.
    fn for_authors<'s>(
        &'s self,
        domains: &[String],
        may_sign: impl Fn(&Signer) -> bool,
    ) -> Vec<(&'s str, &'s Signer)> {
        let signers = || self.0.iter().filter(|signer| may_sign(signer));
        let of = |author: &str| {
            let author = idna::domain_to_ascii(author).ok()?;
            let found = signers().filter_map(|signer| Some((signer.domain_for(&author)?, signer)));
            let found: Vec<_> = found.collect();
            let nearest = found.iter().map(|(domain, _)| domain.len()).max()?;
            Some(found.into_iter().filter(|(domain, _)| domain.len() == nearest).collect())
        };
        domains.iter().find_map(|author| of(author)).unwrap_or_default()
    }
}

impl Signer {
    /// Gives the one of our domains that is the author's or the nearest above it.
    fn domain_for(&self, author: &str) -> Option<&str> {
        let is_for = |domain: &&String| {
            let below = author.strip_suffix(domain.as_str());
            below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
        };
        self.domains.iter().filter(is_for).max_by_key(|domain| domain.len()).map(String::as_str)
    }

    fn sign(
        &self,
        domain: &str,
        header: &HeaderSection<'_>,
        body_hash: &HashOutput,
        now: Timestamp,
    ) -> Result<Signature, SignError> {
        let fields = Signed::of(header);
        let created = u64::try_from(now.as_second()).unwrap_or_default();
        let mut signature = Signature {
            v: 1,
            a: self.key.algorithm(),
            d: domain.to_owned(),
            s: self.selector.clone(),
            bh: body_hash.as_ref().to_vec(),
            h: fields.names.clone(),
            t: created,
            x: self.lifetime.map_or(0, |lifetime| created.saturating_add(lifetime)),
            ch: Canonicalization::Relaxed,
            cb: Canonicalization::Relaxed,
            ..Signature::default()
        };
        signature.b = self.key.sign(Input { fields: &fields, signature: &signature })?;
        Ok(signature)
    }
}

/// Writes the field. mail-auth may fold before the last semicolon, and dkimpy takes that space for a part of what was signed,
/// although it belongs to the value that is left out of it (RFC 6376, 3.7).
fn write_field(signature: &Signature, out: &mut Vec<u8>) {
    signature.write(out, true);
    if out.ends_with(b"\r\n\t;\r\n") {
        out.truncate(out.len() - b"\r\n\t;\r\n".len());
        out.extend_from_slice(b";\r\n");
    }
}

/// The fields that are signed.
struct Signed {
    /// Their names as `h=` lists them.
    names: Vec<String>,
    /// Names and values of those that stand there, in the order of the names.
    values: Vec<(String, Vec<u8>)>,
}

impl Signed {
    fn of(header: &HeaderSection<'_>) -> Self {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for name in OVERSIGNED.iter().chain(&SIGNED) {
            // Of several fields with one name the last is the first to be taken (RFC 6376, 5.4.2).
            for field in header.fields().iter().rev().filter(|field| field.is(name)) {
                names.push((*name).to_owned());
                values.push(((*name).to_owned(), value(field)));
            }
        }
        names.extend(OVERSIGNED.map(str::to_owned));
        Self { names, values }
    }
}

/// Gives a field's value with its line end.
fn value(field: &Field<'_>) -> Vec<u8> {
    [field.value(), b"\r\n"].concat()
}

/// What is signed: the fields, then the signature itself without its last value.
struct Input<'a> {
    fields: &'a Signed,
    signature: &'a Signature,
}

impl Writable for Input<'_> {
    fn write(self, writer: &mut impl Writer) {
        let fields = self.fields.values.iter().map(|(name, value)| (name.as_bytes(), value.as_slice()));
        Canonicalization::Relaxed.canonicalize_headers(fields, writer);
        self.signature.write(writer, false);
    }
}

/// Hashes a body that comes in pieces.
fn hash<'b>(chunks: impl IntoIterator<Item = Cow<'b, [u8]>>) -> HashOutput {
    let mut hasher = BodyHasher::new(Sha256::hasher(), Canonicalization::Relaxed, 0);
    for chunk in chunks {
        hasher.write(&chunk);
    }
    hasher.finish().0.complete()
}

/// Gives header section and body of a mail of which only a part of the header section was written anew.
fn split(mail: &EditedMail) -> (Vec<u8>, &[u8]) {
    const END: &[u8] = b"\r\n\r\n";
    let EditedMail { head, rest } = mail;
    if let Some(at) = memchr::memmem::find(head, END) {
        // All of it is new; what stands in `rest` is body.
        return (head.get(..at + 2).unwrap_or_default().to_vec(), rest);
    }
    if head.ends_with(b"\r\n") && rest.starts_with(b"\r\n") {
        return (head.clone(), rest.get(2..).unwrap_or_default());
    }
    match memchr::memmem::find(rest, END) {
        Some(at) => {
            let (fields, body) = rest.split_at(at + 2);
            ([head, fields].concat(), body.get(2..).unwrap_or_default())
        }
        None => ([head, &rest[..]].concat(), b""),
    }
}

/// Cuts off the blank lines at the end of a body, down to the end of the last line that is not blank.
fn without_last_blank_lines(body: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let Some(last) = body.iter().rposition(|byte| !is_blank(byte)) else { return b"" };
    let (text, blank) = body.split_at(last + 1);
    let end = blank.iter().position(|byte| *byte == b'\n').map_or(blank.len(), |at| at + 1);
    body.get(..text.len() + end).unwrap_or(body)
}
