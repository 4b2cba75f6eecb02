//! Seals: states the terms of a mail for the portal and makes the sealed envelope.
//!
//! The work is the processor's alone; callers in async code run it on a thread of its own.

use rand::CryptoRng;
use sealpost_common::{
    address::{Address, AddressError, DomainPattern},
    error::SealError,
    grant::{Terms, hash_message_id},
    probe::is_probe_recipient,
    seal::{SealedEnvelope, Sealer},
};
use thiserror::Error;

use crate::{
    config::{EnvelopeSettings, Keys},
    parse::{Authors, HeaderSection},
};

/// Seals the mails of one organisation for one portal.
pub struct MailSealer {
    sealer: Sealer,
    sender_domains: Vec<DomainPattern>,
}

/// What is sealed, and for whom.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The mail, every byte of it.
    pub mail: &'a [u8],
    /// Its header section.
    pub header: &'a HeaderSection<'a>,
    /// The Message-ID of the carrier mail, which is the mail's own where it has one.
    pub message_id: &'a str,
    /// The envelope sender, empty for the null sender.
    pub sender: &'a str,
    /// The envelope recipients that get it sealed.
    pub recipients: &'a [&'a str],
    /// The time, in seconds since 1970.
    pub now: u64,
    /// What the grant tells the portal.
    pub settings: &'a EnvelopeSettings,
    /// The language of the portal's pages, a tag; empty for the reader's own choice.
    pub language: &'a str,
}

/// Why a mail cannot be sealed. None of these ever leads to a mail in clear.
#[derive(Debug, Error)]
pub enum SealRefusal {
    /// The envelope sender is not an address.
    #[error("the envelope sender is not an address")]
    Sender(#[source] AddressError),
    /// An envelope recipient is not an address.
    #[error("the envelope recipient <{0}> is not an address")]
    Recipient(String, #[source] AddressError),
    /// An envelope recipient is the one of probes.
    #[error("the envelope recipient <{0}> is reserved")]
    Reserved(String),
    /// The portal would refuse the envelope, as it trusts this gateway for other domains only.
    #[error(
        "mails from <{0}> are not sealed here: add the domain to [sender] domains, and to the portal's settings"
    )]
    ForeignSender(String),
    /// Nobody knows the sender: no author and a null sender.
    #[error("a mail without author and envelope sender is not sealed here: [sender] domains lacks \"*\"")]
    NoSender,
    /// Sealing failed.
    #[error("the mail could not be sealed")]
    Seal(#[from] SealError),
}

impl MailSealer {
    /// Takes the keys and settings.
    #[must_use]
    pub fn new(keys: Keys, sender_domains: Vec<DomainPattern>) -> Self {
        Self { sealer: Sealer::new(keys.signing, keys.sealing, keys.recovery), sender_domains }
    }

    /// Says whether mails from this domain are sealed here.
    #[must_use]
    pub fn seals_for(&self, domain: &str) -> bool {
        self.sender_domains.iter().any(|pattern| pattern.matches(domain))
    }

    /// Seals the mail.
    ///
    /// # Errors
    /// [`SealRefusal`] names the cause; waiting helps only for those of [`SealRefusal::Seal`] that can pass.
    pub fn seal(
        &self,
        subject: Subject<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<SealedEnvelope, SealRefusal> {
        let terms = self.terms(subject)?;
        Ok(self.sealer.seal(subject.mail, &terms, rng)?)
    }

    fn terms(&self, subject: Subject<'_>) -> Result<Terms, SealRefusal> {
        let envelope_sender = match subject.sender {
            "" => None,
            sender => Some(Address::parse(sender).map_err(SealRefusal::Sender)?),
        };
        let author = match subject.header.authors() {
            Authors::One(author) => Some(author.address),
            Authors::None | Authors::Several(_) | Authors::Unreadable => None,
        };
        self.check_sender(author.as_ref().or(envelope_sender.as_ref()))?;
        let recipients = subject.recipients.iter().map(|recipient| {
            if is_probe_recipient(recipient) {
                return Err(SealRefusal::Reserved((*recipient).to_owned()));
            }
            let address = Address::parse(recipient);
            address.map_err(|error| SealRefusal::Recipient((*recipient).to_owned(), error))
        });
        let recipients = recipients.map(|address| address.map(|address| address.as_str().to_owned()));
        let text = |address: Option<Address>| address.map(|address| address.as_str().to_owned());
        Ok(Terms {
            envelope_sender: text(envelope_sender),
            author: text(author),
            recipients: recipients.collect::<Result<_, _>>()?,
            message_id_hash: Some(hash_message_id(subject.message_id)),
            created: subject.now,
            expires: subject.settings.lifetime.map(|lifetime| subject.now.saturating_add(lifetime)),
            rights: subject.settings.rights,
            sign_in: subject.settings.sign_in,
            brand: subject.settings.brand.clone(),
            language: subject.language.to_owned(),
        })
    }

    /// Makes sure that the portal will take the envelope: it trusts our key for certain sender domains only.
    fn check_sender(&self, sender: Option<&Address>) -> Result<(), SealRefusal> {
        let trusted = |pattern: &DomainPattern| match sender {
            Some(sender) => pattern.matches(sender.domain()),
            None => *pattern == DomainPattern::Any,
        };
        if self.sender_domains.iter().any(trusted) {
            return Ok(());
        }
        Err(match sender {
            Some(sender) => SealRefusal::ForeignSender(sender.as_str().to_owned()),
            None => SealRefusal::NoSender,
        })
    }
}
