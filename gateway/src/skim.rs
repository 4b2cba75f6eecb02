//! Reads the text form of an envelope piece by piece and keeps its header only; the payload is hashed as it comes.
//!
//! Whoever sends a mail decides how large an envelope in it is. What is asked of one here takes no memory that grows with it.

use sealpost_common::{
    armor::TextDecoder,
    envelope::{Parsed, UnverifiedHeader},
};
use sha2::{Digest as _, Sha256};

/// Octets of text that are decoded at a time.
const PIECE: usize = 64 * 1024;

/// An envelope without its payload. Nothing in it is to be believed.
pub(crate) struct Skimmed {
    /// The header.
    pub(crate) header: UnverifiedHeader,
    /// Its octets.
    pub(crate) octets: Vec<u8>,
    payload_len: u64,
    payload_digest: [u8; 32],
}

impl Skimmed {
    /// Gives the length of the whole envelope; `None` if there is none as long.
    pub(crate) fn envelope_len(&self) -> Option<usize> {
        usize::try_from(self.payload_len).ok()?.checked_add(self.octets.len())
    }

    /// Says whether the payload is the one that the header claims to have.
    pub(crate) fn is_whole(&self) -> bool {
        self.header.is_of_hashed(self.payload_len, &self.payload_digest)
    }
}

/// Reads the one envelope in a text; `None` where there is none, or more.
pub(crate) fn skim(text: &[u8]) -> Option<Skimmed> {
    let mut decoder = TextDecoder::new();
    // What is not dealt with yet: the beginning of the header, or a piece of the payload.
    let mut octets = Vec::new();
    let mut found = None;
    let (mut payload_len, mut hash) = (0, Sha256::new());
    for piece in text.chunks(PIECE) {
        decoder.push(piece, &mut octets).ok()?;
        if found.is_none() {
            let Parsed::Complete(header) = UnverifiedHeader::parse(&octets).ok()? else { continue };
            let payload = octets.split_off(header.header_len().min(octets.len()));
            found = Some((header, std::mem::replace(&mut octets, payload)));
        }
        payload_len += octets.len() as u64;
        hash.update(&octets);
        octets.clear();
    }
    decoder.finish().ok()?;
    let (header, octets) = found?;
    Some(Skimmed { header, octets, payload_len, payload_digest: hash.finalize().into() })
}

#[cfg(test)]
mod tests {
    use sealpost_common::{
        armor::{BEGIN, END, encode_lines},
        grant::{Rights, SignIn, Terms},
        keys::{OpeningKey, SigningKey},
        seal::Sealer,
    };

    use super::*;

    fn envelope(mail: &[u8]) -> Vec<u8> {
        let terms = Terms {
            envelope_sender: None,
            author: None,
            recipients: vec!["bob@example.net".to_owned()],
            message_id_hash: None,
            created: 1_700_000_000,
            expires: None,
            rights: Rights::none(),
            sign_in: SignIn::Any,
            brand: String::new(),
            language: String::new(),
        };
        let mut rng = rand::rng();
        let sealing = OpeningKey::generate(&mut rng).sealing_key();
        Sealer::new(SigningKey::generate(&mut rng), sealing, None)
            .seal(mail, &terms, &mut rng)
            .unwrap()
            .to_bytes()
    }

    fn text(envelope: &[u8]) -> Vec<u8> {
        [b"before ", BEGIN.as_bytes(), b"\r\n", &encode_lines(envelope), END.as_bytes(), b" after"].concat()
    }

    #[test]
    fn the_header_is_kept_and_the_payload_hashed() {
        let noise: Vec<u8> =
            (0..300_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        for mail in [&b"short"[..], &noise] {
            let mut envelope = envelope(mail);
            let skimmed = skim(&text(&envelope)).unwrap();
            assert!(skimmed.is_whole() && envelope.starts_with(&skimmed.octets));
            assert_eq!(skimmed.octets.len(), skimmed.header.header_len());
            assert_eq!(skimmed.envelope_len(), Some(envelope.len()));
            *envelope.last_mut().unwrap() ^= 1;
            assert!(!skim(&text(&envelope)).unwrap().is_whole());
            envelope.pop();
            assert!(!skim(&text(&envelope)).unwrap().is_whole());
        }
    }

    #[test]
    fn what_is_not_one_envelope_is_none() {
        let whole = text(&envelope(b"mail"));
        for text in
            [&b""[..], b"no envelope", &text(b"no header"), &whole[..whole.len() - 20], &whole.repeat(2)]
        {
            assert!(skim(text).is_none(), "{}", text.escape_ascii());
        }
    }
}
