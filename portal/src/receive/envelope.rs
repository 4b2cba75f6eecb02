//! Takes an envelope in as it arrives, checks each part of it as soon as it is there, and keeps it for as long as
//! the request lives: in memory, in binary form, once.

use std::{
    io::{self, Read},
    sync::Arc,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use sealpost_common::{
    armor,
    envelope::{Parsed, UnverifiedHeader, UnwrappedEnvelope, VerifiedHeader},
    error::{Limit, OpenError, PayloadFault},
    keys::{OpeningKeys, TrustedGateways},
    limits::MAX_HEADER_LEN,
};
use sha2::{Digest as _, Sha256};

use super::form::FormDecoder;
use crate::{
    budget::Reservation,
    error::{EnvelopeFault, ReceiveError},
};

/// Bytes kept in one piece: whole lines, so that each piece can be written in the text form by itself.
const PIECE_LEN: usize = armor::BYTES_PER_LINE * 172;

/// Says who may have sealed an envelope, and opens its grant.
pub trait Trust: Send + Sync {
    /// Goes from the parsed header to the verified one.
    ///
    /// # Errors
    /// When the origin is not trusted.
    fn verify(&self, header: UnverifiedHeader) -> Result<VerifiedHeader, OpenError>;

    /// The keys at hand.
    fn opening_keys(&self) -> &OpeningKeys;
}

/// The gateways that this portal opens envelopes of, and its keys.
pub struct PortalTrust {
    /// The gateways.
    pub gateways: TrustedGateways,
    /// The keys.
    pub opening_keys: OpeningKeys,
}

impl Trust for PortalTrust {
    fn verify(&self, header: UnverifiedHeader) -> Result<VerifiedHeader, OpenError> {
        header.verify(&self.gateways)
    }

    fn opening_keys(&self) -> &OpeningKeys {
        &self.opening_keys
    }
}

/// An envelope that has arrived whole: signed by whom we trust, its terms known, its payload the one that was signed.
/// Nothing of the mail in it has been opened.
pub struct CarriedEnvelope {
    unwrapped: UnwrappedEnvelope,
    header_len: usize,
    identity: [u8; 32],
    pieces: Vec<Bytes>,
    /// Given back when the envelope is dropped, which is after the page that carries it has been sent.
    _reservation: Reservation,
}

impl CarriedEnvelope {
    /// The envelope's ID and terms, and what opens its payload.
    #[must_use]
    pub fn unwrapped(&self) -> &UnwrappedEnvelope {
        &self.unwrapped
    }

    /// What tells this envelope from every other: SHA-256 of its whole signed header. The envelope ID does not, as a
    /// gateway chooses it, and might choose that of another gateway's envelope.
    #[must_use]
    pub fn identity(&self) -> &[u8; 32] {
        &self.identity
    }

    /// Its size, in bytes of its binary form.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.header_len as u64 + self.unwrapped.payload_len()
    }

    /// Reads the payload from its first byte.
    #[must_use]
    pub fn payload(&self) -> PayloadReader<'_> {
        PayloadReader { pieces: &self.pieces, skip: self.header_len }
    }

    /// The text form, piece by piece, so that it is never in memory as a whole.
    pub fn text_form(
        self: Arc<Self>,
    ) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> + Send + 'static {
        let text = futures_util::stream::unfold((self, 0), |(envelope, index)| async move {
            let piece = envelope.pieces.get(index)?;
            let text = Bytes::from(armor::encode_lines(piece));
            Some((Ok(text), (envelope, index + 1)))
        });
        let line = |text: &'static [&'static str]| {
            let bytes: Bytes = text.concat().into();
            futures_util::stream::iter([Ok(bytes)])
        };
        line(&[armor::BEGIN, "\r\n"]).chain(text).chain(line(&[armor::END]))
    }
}

/// Reads a payload out of the pieces that an envelope is kept in.
pub struct PayloadReader<'e> {
    pieces: &'e [Bytes],
    skip: usize,
}

impl Read for PayloadReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while let Some((piece, rest)) = self.pieces.split_first() {
            match piece.get(self.skip..) {
                Some(mut bytes) if !bytes.is_empty() => {
                    let read = bytes.read(out)?;
                    self.skip += read;
                    return Ok(read);
                }
                _ => {
                    self.skip -= piece.len();
                    self.pieces = rest;
                }
            }
        }
        Ok(0)
    }
}

/// Takes in one envelope.
pub struct Intake<'t> {
    trust: &'t dyn Trust,
    form: FormDecoder,
    most: u64,
    reservation: Reservation,
    decoded: Vec<u8>,
    head: Head,
    pieces: Vec<Bytes>,
    /// The piece that is being filled.
    open_piece: Vec<u8>,
    received: u64,
}

/// How far the header is.
enum Head {
    /// Not all of it has arrived; what has.
    Arriving(Vec<u8>),
    /// It is there and in order; the payload is being hashed.
    Checked { unwrapped: Box<UnwrappedEnvelope>, header_len: usize, identity: [u8; 32], payload: Sha256 },
}

impl<'t> Intake<'t> {
    /// Begins with nothing; `most` is the size of the largest envelope that is taken.
    #[must_use]
    pub fn new(trust: &'t dyn Trust, form: FormDecoder, most: u64, reservation: Reservation) -> Self {
        Self {
            trust,
            form,
            most,
            reservation,
            decoded: Vec::new(),
            head: Head::Arriving(Vec::new()),
            pieces: Vec::new(),
            open_piece: Vec::new(),
            received: 0,
        }
    }

    /// Takes the next bytes of the form that the envelope comes in.
    ///
    /// # Errors
    /// As soon as it is clear that the envelope is to be refused, or when there is no room for it.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        let mut decoded = std::mem::take(&mut self.decoded);
        decoded.clear();
        self.form.push(bytes, &mut decoded)?;
        self.take(&decoded)?;
        self.decoded = decoded;
        Ok(())
    }

    /// Ends the envelope.
    ///
    /// # Errors
    /// When it is not complete, or its payload is not the one that was signed.
    pub fn finish(mut self) -> Result<CarriedEnvelope, ReceiveError> {
        let mut decoded = Vec::new();
        std::mem::replace(&mut self.form, FormDecoder::any()).finish(&mut decoded)?;
        self.take(&decoded)?;
        let Head::Checked { unwrapped, header_len, identity, payload } = self.head else {
            return Err(OpenError::Truncated.into());
        };
        if self.received < header_len as u64 + unwrapped.payload_len() {
            return Err(OpenError::Truncated.into());
        }
        if payload.finalize().as_slice() != unwrapped.payload_digest() {
            return Err(OpenError::Payload(PayloadFault::Digest).into());
        }
        self.pieces.push(self.open_piece.into());
        Ok(CarriedEnvelope {
            unwrapped: *unwrapped,
            header_len,
            identity,
            pieces: self.pieces,
            _reservation: self.reservation,
        })
    }

    /// Takes the next bytes of the envelope itself.
    fn take(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        self.received += bytes.len() as u64;
        if self.received > self.most {
            return Err(EnvelopeFault::TooLarge.into());
        }
        self.reservation.grow(bytes.len() as u64)?;
        self.check(bytes)?;
        self.keep(bytes);
        Ok(())
    }

    /// Checks the header once it is there, and from then on that the payload is no longer than signed.
    fn check(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        match &mut self.head {
            Head::Checked { unwrapped, header_len, payload, .. } => {
                payload.update(bytes);
                if self.received > *header_len as u64 + unwrapped.payload_len() {
                    return Err(OpenError::Payload(PayloadFault::TrailingData).into());
                }
                Ok(())
            }
            Head::Arriving(start) => {
                start.extend_from_slice(bytes);
                let Parsed::Complete(header) = UnverifiedHeader::parse(start)? else {
                    if start.len() > MAX_HEADER_LEN {
                        return Err(OpenError::TooLarge(Limit::Header).into());
                    }
                    return Ok(());
                };
                let header_len = header.header_len();
                let unwrapped = self.trust.verify(header)?.unwrap(self.trust.opening_keys())?;
                let whole = (header_len as u64).saturating_add(unwrapped.payload_len());
                if whole > self.most {
                    return Err(EnvelopeFault::TooLarge.into());
                }
                if self.received > whole {
                    return Err(OpenError::Payload(PayloadFault::TrailingData).into());
                }
                let (header, payload) = start.split_at_checked(header_len).unwrap_or((start, &[]));
                let (identity, payload) = (Sha256::digest(header).into(), Sha256::new_with_prefix(payload));
                self.head = Head::Checked { unwrapped: Box::new(unwrapped), header_len, identity, payload };
                Ok(())
            }
        }
    }

    fn keep(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = PIECE_LEN - self.open_piece.len();
            let (fits, rest) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.open_piece.extend_from_slice(fits);
            bytes = rest;
            if self.open_piece.len() == PIECE_LEN {
                let full = std::mem::replace(&mut self.open_piece, Vec::with_capacity(PIECE_LEN));
                self.pieces.push(full.into());
            }
        }
    }
}
