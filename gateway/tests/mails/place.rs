//! A gateway's planner with keys and settings of its own, and the portal's keys to open what it seals.

use std::{fs, os::unix::fs::PermissionsExt};

use jiff::Timestamp;
use rand::{SeedableRng, rngs::StdRng};
use sealpost_common::{
    address::DomainPattern,
    armor::TextDecoder,
    envelope::{Parsed, UnverifiedHeader, UnwrappedEnvelope},
    keys::{OpeningKey, OpeningKeys, SigningKey, TrustedGateway, TrustedGateways},
};
use sealpost_gateway::{
    config::Settings,
    decide::VerifiedTls,
    parse::HeaderSection,
    plan::{Planner, Surroundings},
};
use tempfile::TempDir;

/// A gateway's settings folder and the portal's keys.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) gateways: TrustedGateways,
    pub(crate) opening_keys: OpeningKeys,
}

/// 2026-10-12 08:00:00 UTC, a while after the test mails were written.
pub(crate) const NOW: i64 = 1_791_792_000;

pub(crate) const SETTINGS: &str = r#"
[[listener]]
protocol = "lmtp"
address = "127.0.0.1:12600"
[server]
hostname = "gateway.example.org"
[next_hop]
address = "127.0.0.1:12526"
[keys]
signing_key = "signing.key"
sealing_key = "sealing.key"
[portal]
url = "https://portal.example.org"
[sender]
domains = ["*"]
"#;

pub(crate) const SEAL_ALL: &str = "default = \"seal\"\n";

impl Place {
    pub(crate) fn new(settings: &str, policy: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut rng = rng(1);
        let (signing, opening) = (SigningKey::generate(&mut rng), OpeningKey::generate(&mut rng));
        let path = |name: &str| folder.path().join(name);
        fs::write(path("signing.key"), signing.to_text_secret().as_bytes()).unwrap();
        fs::set_permissions(path("signing.key"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(path("sealing.key"), opening.sealing_key().to_text()).unwrap();
        fs::write(path("gateway.toml"), settings).unwrap();
        fs::write(path("policy.toml"), policy).unwrap();
        let trusted = TrustedGateway { key: signing.verifying_key(), domains: vec![DomainPattern::Any] };
        Self {
            folder,
            gateways: TrustedGateways::new(vec![trusted]),
            opening_keys: OpeningKeys::new(vec![opening]),
        }
    }

    pub(crate) fn settings(&self) -> Settings {
        match Settings::load(&self.folder.path().join("gateway.toml")) {
            Ok(settings) => settings,
            Err(errors) => panic!("{errors}"),
        }
    }

    /// Finds the envelope in a carrier mail (or `message.html`) and unwraps it.
    pub(crate) fn unwrap(&self, text: &[u8]) -> (UnwrappedEnvelope, Vec<u8>) {
        let (mut decoder, mut envelope) = (TextDecoder::new(), Vec::new());
        decoder.push(text, &mut envelope).unwrap();
        decoder.finish().unwrap();
        self.unwrap_bytes(&envelope)
    }

    pub(crate) fn unwrap_bytes(&self, envelope: &[u8]) -> (UnwrappedEnvelope, Vec<u8>) {
        let Parsed::Complete(header) = UnverifiedHeader::parse(envelope).unwrap() else { panic!("cut off") };
        let payload = envelope[header.header_len()..].to_vec();
        let unwrapped = header.verify(&self.gateways).unwrap().unwrap(&self.opening_keys).unwrap();
        (unwrapped, payload)
    }

    /// Opens the mail in a carrier mail.
    pub(crate) fn open(&self, carrier: &[u8]) -> Vec<u8> {
        let (unwrapped, payload) = self.unwrap(carrier);
        read(&unwrapped, &payload)
    }
}

pub(crate) fn read(unwrapped: &UnwrappedEnvelope, payload: &[u8]) -> Vec<u8> {
    let mut mail = Vec::new();
    std::io::Read::read_to_end(&mut unwrapped.open(payload).unwrap(), &mut mail).unwrap();
    mail
}

pub(crate) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Seals a mail for Bob and gives the carrier mail's bytes.
pub(crate) fn carrier(planner: &Planner, mail: &[u8], sender: &str) -> Vec<u8> {
    carrier_for(planner, mail, sender, &["bob@example.net"])
}

/// Seals a mail for these recipients and gives the carrier mail's bytes.
pub(crate) fn carrier_for(planner: &Planner, mail: &[u8], sender: &str, recipients: &[&str]) -> Vec<u8> {
    let header = HeaderSection::parse(mail);
    let mut rng = rng(2);
    let tls = VerifiedTls::default();
    let mut surroundings =
        Surroundings { now: Timestamp::from_second(NOW).unwrap(), rng: &mut rng, tls: &tls };
    let carrier = planner.seal(mail, &header, (sender, recipients), &mut surroundings).unwrap();
    let mut bytes = Vec::new();
    carrier.write(&mut bytes).unwrap();
    assert_eq!(bytes.len(), carrier.len());
    bytes
}
