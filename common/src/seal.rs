//! Seals a mail: compress, encrypt, grant, sign (ENVELOPE.md, "Sealing").
//!
//! There is nothing to choose: suite, segments and padding are the format's. The DEK lives as long as one call.

use std::io::{self, Write};

use encodify::base64::URL_SAFE_NO_PAD;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::armor;
use crate::envelope::{EnvelopeId, FixedPart, encode_signed_part};
use crate::error::SealError;
use crate::grant::{Dek, Grant, GrantPlaintext, Terms};
use crate::keys::{KeyId, SealingKey, SigningKey};
use crate::limits::MAX_MAIL_LEN;
use crate::payload;

/// Seals mails with one signing key, to one portal.
#[derive(Debug)]
pub struct Sealer {
    signer: SigningKey,
    portal: SealingKey,
    recovery: Option<SealingKey>,
}

impl Sealer {
    /// Takes the keys. With a recovery key each envelope has a second grant, for that key; one that is the sealing key
    /// itself is left out.
    #[must_use]
    pub fn new(signing_key: SigningKey, sealing_key: SealingKey, recovery_key: Option<SealingKey>) -> Self {
        let recovery = recovery_key.filter(|key| key.id() != sealing_key.id());
        Self { signer: signing_key, portal: sealing_key, recovery }
    }

    /// Gives the ID of the signing key.
    #[must_use]
    pub fn signing_key_id(&self) -> KeyId {
        self.signer.id()
    }

    /// Seals a mail, every byte of it as it is.
    ///
    /// # Errors
    /// [`SealError::MailTooLarge`], [`SealError::Terms`] and [`SealError::GrantTooLarge`] are the caller's; waiting does
    /// not help. [`SealError::Compression`] can pass.
    pub fn seal(
        &self,
        mail: &[u8],
        terms: &Terms,
        rng: &mut impl CryptoRng,
    ) -> Result<SealedEnvelope, SealError> {
        if mail.len() as u64 > MAX_MAIL_LEN {
            return Err(SealError::MailTooLarge(mail.len()));
        }
        terms.check().map_err(SealError::Terms)?;
        let (envelope_id, dek) = draw(rng);
        let sealed = payload::seal(mail, &dek, envelope_id)?;
        let fixed_part = FixedPart {
            envelope_id,
            signing_key_id: self.signer.id(),
            payload_len: sealed.bytes.len() as u64,
            payload_digest: sealed.digest,
        };
        let plaintext = GrantPlaintext { dek, mail_len: mail.len() as u64, terms: terms.clone() };
        let header = self.header(&fixed_part, &plaintext, rng)?;
        Ok(SealedEnvelope { envelope_id, header, payload: sealed.bytes })
    }

    fn header(
        &self,
        fixed_part: &FixedPart,
        plaintext: &GrantPlaintext,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, SealError> {
        let fixed_part = fixed_part.encode();
        let grants = [Some(&self.portal), self.recovery.as_ref()]
            .into_iter()
            .flatten()
            .map(|key| Grant::wrap(key, &fixed_part, plaintext, rng))
            .collect::<Result<Vec<_>, _>>()?;
        let mut header = encode_signed_part(&fixed_part, &grants);
        let signature = self.signer.sign_header(&header);
        header.extend_from_slice(&signature);
        Ok(header)
    }
}

/// Draws an envelope ID and a DEK.
fn draw(rng: &mut impl CryptoRng) -> (EnvelopeId, Dek) {
    let mut envelope_id = [0; 16];
    rng.fill_bytes(&mut envelope_id);
    let mut dek = Zeroizing::new([0; 32]);
    rng.fill_bytes(dek.as_mut_slice());
    (EnvelopeId::from_bytes(envelope_id), dek)
}

/// A sealed envelope, in the two parts that follow one another in it. Nothing in it is secret.
pub struct SealedEnvelope {
    envelope_id: EnvelopeId,
    header: Vec<u8>,
    payload: Vec<u8>,
}

impl SealedEnvelope {
    /// Gives the envelope's ID.
    #[must_use]
    pub fn envelope_id(&self) -> EnvelopeId {
        self.envelope_id
    }

    /// Gives the header.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// Gives the payload.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Gives the number of bytes of the envelope.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no envelope is empty")]
    pub fn len(&self) -> usize {
        self.header.len() + self.payload.len()
    }

    /// Gives the bytes of the envelope.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.header.as_slice(), &self.payload].concat()
    }

    /// Writes the bytes of the envelope.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.header)?;
        out.write_all(&self.payload)
    }

    /// Writes the text form, in pieces of some kilobytes; no line break after the END line.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        self.text_chunks().try_for_each(|chunk| out.write_all(&chunk))
    }

    /// Gives the text form in chunks of some kilobytes, for writers that cannot block; together they are what
    /// [`SealedEnvelope::write_text`] writes.
    pub fn text_chunks(&self) -> impl Iterator<Item = Vec<u8>> + Send + '_ {
        armor::text_chunks(&self.header, &self.payload)
    }

    /// Gives the number of bytes that [`SealedEnvelope::write_text`] writes.
    #[must_use]
    pub fn text_len(&self) -> usize {
        armor::text_len(self.len())
    }

    /// Gives the fragment of the link form, without the `#`.
    #[must_use]
    pub fn link_fragment(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.to_bytes())
    }

    /// Gives the number of bytes that [`SealedEnvelope::link_fragment`] has.
    #[must_use]
    pub fn link_fragment_len(&self) -> usize {
        URL_SAFE_NO_PAD.encoded_len(self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::armor::TextDecoder;

    #[test]
    fn the_text_form_comes_in_whole_lines_over_the_border_of_the_parts() {
        for (header_len, payload_len) in
            [(0, 1), (1, 675), (674, 1), (48_599, 3), (48_600, 0), (48_601, 120_000)]
        {
            let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(header_len + payload_len).collect();
            let (header, payload) = bytes.split_at(header_len);
            let envelope_id = EnvelopeId::from_bytes([0; 16]);
            let sealed = SealedEnvelope { envelope_id, header: header.to_vec(), payload: payload.to_vec() };
            let mut text = Vec::new();
            sealed.write_text(&mut text).unwrap();
            assert_eq!(text.len(), sealed.text_len());
            let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
            assert!(lines[1..lines.len() - 2].iter().all(|line| line.len() == 901));
            let (mut decoder, mut envelope) = (TextDecoder::new(), Vec::new());
            decoder.push(&text, &mut envelope).unwrap();
            decoder.finish().unwrap();
            assert_eq!(envelope, bytes);
        }
    }
}
