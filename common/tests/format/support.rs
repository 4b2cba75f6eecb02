//! Gives the tests keys, terms and mails.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sealpost_common::address::DomainPattern;
use sealpost_common::envelope::open_bytes;
use sealpost_common::error::OpenError;
use sealpost_common::grant::{Rights, SignIn, Terms, hash_message_id};
use sealpost_common::keys::{OpeningKey, OpeningKeys, SigningKey, TrustedGateway, TrustedGateways};
use sealpost_common::seal::{SealedEnvelope, Sealer};

/// A gateway, the portal that trusts it, and randomness that is the same in every run.
pub(crate) struct World {
    pub(crate) sealer: Sealer,
    pub(crate) gateways: TrustedGateways,
    pub(crate) keys: OpeningKeys,
    pub(crate) rng: StdRng,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let (signing, opening) = (SigningKey::generate(&mut rng), OpeningKey::generate(&mut rng));
        Self {
            gateways: trust(&signing, &["example.org"]),
            sealer: Sealer::new(signing, opening.sealing_key(), None),
            keys: OpeningKeys::new(vec![opening]),
            rng,
        }
    }

    pub(crate) fn seal(&mut self, mail: &[u8]) -> SealedEnvelope {
        self.sealer.seal(mail, &terms(), &mut self.rng).unwrap()
    }

    pub(crate) fn open(&self, envelope: &[u8]) -> Result<Vec<u8>, OpenError> {
        open_bytes(envelope, &self.gateways, &self.keys)
    }

    /// Bytes that do not compress.
    pub(crate) fn noise(&mut self, len: usize) -> Vec<u8> {
        let mut noise = vec![0; len];
        self.rng.fill_bytes(&mut noise);
        noise
    }
}

pub(crate) fn trust(key: &SigningKey, domains: &[&str]) -> TrustedGateways {
    let domains = domains.iter().map(|domain| DomainPattern::parse(domain).unwrap()).collect();
    TrustedGateways::new(vec![TrustedGateway { key: key.verifying_key(), domains }])
}

pub(crate) fn terms() -> Terms {
    Terms {
        envelope_sender: Some("alice@example.org".to_owned()),
        author: Some("alice@example.org".to_owned()),
        recipients: vec!["bob@example.net".to_owned()],
        message_id_hash: Some(hash_message_id("<1@example.org>")),
        created: 1_800_000_000,
        expires: None,
        rights: Rights::all(),
        sign_in: SignIn::Any,
        brand: String::new(),
        language: "en".to_owned(),
    }
}
