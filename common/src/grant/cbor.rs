//! Writes and reads the plaintext of a grant: one CBOR map in deterministic encoding (RFC 8949, 4.2.1).
//!
//! The reader takes the map apart, then writes it again and compares. So whatever is not the one deterministic encoding
//! (longer integers than needed, indefinite lengths, another order, a key twice) is refused by a single comparison.

use std::convert::Infallible;

use minicbor::decode::Error as DecodeError;
use minicbor::encode::Error as EncodeError;
use minicbor::{Decoder, Encoder};
use zeroize::Zeroizing;

use super::terms::{Rights, SignIn, Terms};
use super::{Dek, GrantPlaintext};
use crate::error::{GrantFault, TermsFault};
use crate::limits::MAX_RECIPIENTS;

/// The keys of the map.
mod key {
    pub(super) const DEK: u8 = 0;
    pub(super) const MAIL_LENGTH: u8 = 1;
    pub(super) const ENVELOPE_SENDER: u8 = 2;
    pub(super) const AUTHOR: u8 = 3;
    pub(super) const RECIPIENTS: u8 = 4;
    pub(super) const MESSAGE_ID_HASH: u8 = 5;
    pub(super) const CREATED: u8 = 6;
    pub(super) const EXPIRES: u8 = 7;
    pub(super) const RIGHTS: u8 = 8;
    pub(super) const SIGN_IN: u8 = 9;
    pub(super) const BRAND: u8 = 10;
    pub(super) const LANGUAGE: u8 = 11;
}

/// How many keys there are.
const KEYS: u64 = 12;
/// Room for everything of fixed size in the map, with its heads.
const FIXED_SIZE: usize = 256;
/// The longest head of a CBOR item.
const MAX_HEAD: usize = 9;

/// Writes the map.
pub(super) fn encode(plaintext: &GrantPlaintext) -> Zeroizing<Vec<u8>> {
    // The full length at once: a vector that grew would leave a copy of the DEK behind.
    let mut cbor = Zeroizing::new(Vec::with_capacity(max_len(&plaintext.terms)));
    write_map(&mut Encoder::new(&mut *cbor), plaintext).expect("writing to a vector cannot fail");
    cbor
}

fn max_len(terms: &Terms) -> usize {
    let others =
        [terms.envelope_sender.as_ref(), terms.author.as_ref(), Some(&terms.brand), Some(&terms.language)];
    let texts = terms.recipients.iter().chain(others.into_iter().flatten());
    FIXED_SIZE + texts.map(|text| text.len() + MAX_HEAD).sum::<usize>()
}

fn write_map(
    map: &mut Encoder<&mut Vec<u8>>,
    GrantPlaintext { dek, mail_len, terms }: &GrantPlaintext,
) -> Result<(), EncodeError<Infallible>> {
    let absent = u64::from(terms.message_id_hash.is_none()) + u64::from(terms.expires.is_none());
    map.map(KEYS - absent)?;
    map.u8(key::DEK)?.bytes(dek.as_slice())?;
    map.u8(key::MAIL_LENGTH)?.u64(*mail_len)?;
    map.u8(key::ENVELOPE_SENDER)?.str(terms.envelope_sender.as_deref().unwrap_or_default())?;
    map.u8(key::AUTHOR)?.str(terms.author.as_deref().unwrap_or_default())?;
    map.u8(key::RECIPIENTS)?.array(terms.recipients.len() as u64)?;
    for recipient in &terms.recipients {
        map.str(recipient)?;
    }
    if let Some(hash) = &terms.message_id_hash {
        map.u8(key::MESSAGE_ID_HASH)?.bytes(hash)?;
    }
    map.u8(key::CREATED)?.u64(terms.created)?;
    if let Some(expires) = terms.expires {
        map.u8(key::EXPIRES)?.u64(expires)?;
    }
    map.u8(key::RIGHTS)?.u8(terms.rights.bits())?;
    map.u8(key::SIGN_IN)?.str(terms.sign_in.as_str())?;
    map.u8(key::BRAND)?.str(&terms.brand)?;
    map.u8(key::LANGUAGE)?.str(&terms.language)?;
    Ok(())
}

/// Reads the map at the start of `padded`, and says how many bytes it has.
pub(super) fn decode(padded: &[u8]) -> Result<(GrantPlaintext, usize), GrantFault> {
    let mut decoder = Decoder::new(padded);
    let plaintext = read_map(&mut decoder)?;
    let read = padded.get(..decoder.position()).ok_or(GrantFault::Encoding)?;
    if encode(&plaintext).as_slice() == read {
        Ok((plaintext, read.len()))
    } else {
        Err(GrantFault::Encoding)
    }
}

/// What was read of the map so far.
#[derive(Default)]
struct Fields<'b> {
    dek: Option<Dek>,
    mail_len: Option<u64>,
    envelope_sender: Option<&'b str>,
    author: Option<&'b str>,
    recipients: Option<Vec<String>>,
    message_id_hash: Option<[u8; 32]>,
    created: Option<u64>,
    expires: Option<u64>,
    rights: Option<Rights>,
    sign_in: Option<SignIn>,
    brand: Option<&'b str>,
    language: Option<&'b str>,
}

fn read_map(decoder: &mut Decoder<'_>) -> Result<GrantPlaintext, GrantFault> {
    let pairs = decoder.map()?.ok_or(GrantFault::Encoding)?;
    let mut fields = Fields::default();
    for _ in 0..pairs {
        fields.read_pair(decoder)?;
    }
    fields.complete().ok_or(GrantFault::Encoding)
}

impl<'b> Fields<'b> {
    fn read_pair(&mut self, decoder: &mut Decoder<'b>) -> Result<(), GrantFault> {
        match decoder.u8()? {
            key::DEK => self.dek = Some(Zeroizing::new(bytes32(decoder)?)),
            key::MAIL_LENGTH => self.mail_len = Some(decoder.u64()?),
            key::ENVELOPE_SENDER => self.envelope_sender = Some(decoder.str()?),
            key::AUTHOR => self.author = Some(decoder.str()?),
            key::RECIPIENTS => self.recipients = Some(recipients(decoder)?),
            key::MESSAGE_ID_HASH => self.message_id_hash = Some(bytes32(decoder)?),
            key::CREATED => self.created = Some(decoder.u64()?),
            key::EXPIRES => self.expires = Some(decoder.u64()?),
            key::RIGHTS => self.rights = Some(known(Rights::from_bits(decoder.u8()?))?),
            key::SIGN_IN => self.sign_in = Some(known(SignIn::from_word(decoder.str()?))?),
            key::BRAND => self.brand = Some(decoder.str()?),
            key::LANGUAGE => self.language = Some(decoder.str()?),
            _ => return Err(GrantFault::Encoding),
        }
        Ok(())
    }

    /// Gives the whole when every required key was there.
    fn complete(self) -> Option<GrantPlaintext> {
        let terms = Terms {
            envelope_sender: none_if_empty(self.envelope_sender?),
            author: none_if_empty(self.author?),
            recipients: self.recipients?,
            message_id_hash: self.message_id_hash,
            created: self.created?,
            expires: self.expires,
            rights: self.rights?,
            sign_in: self.sign_in?,
            brand: self.brand?.to_owned(),
            language: self.language?.to_owned(),
        };
        Some(GrantPlaintext { dek: self.dek?, mail_len: self.mail_len?, terms })
    }
}

fn bytes32(decoder: &mut Decoder<'_>) -> Result<[u8; 32], GrantFault> {
    decoder.bytes()?.try_into().ok().ok_or(GrantFault::Encoding)
}

fn recipients(decoder: &mut Decoder<'_>) -> Result<Vec<String>, GrantFault> {
    let count = decoder.array()?.ok_or(GrantFault::Encoding)?;
    if count > MAX_RECIPIENTS as u64 {
        return Err(GrantFault::Terms(TermsFault::RecipientCount));
    }
    (0..count).map(|_| Ok(decoder.str()?.to_owned())).collect()
}

fn known<T>(value: Option<T>) -> Result<T, GrantFault> {
    value.ok_or(GrantFault::Terms(TermsFault::Rights))
}

fn none_if_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Which item was wrong is of no use to anybody who may see it, so the decoder's report is dropped.
impl From<DecodeError> for GrantFault {
    fn from(_: DecodeError) -> Self {
        Self::Encoding
    }
}
