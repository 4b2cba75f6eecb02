//! `sealpost-portal open`: opens an envelope offline, in ten years too. It needs the opening key (or the recovery
//! key) and nothing else: no database, no network, no relay.
//!
//! The envelope is read whole, in binary form, and its payload compared with the digest in its header before the
//! first byte of the mail is written, so a damaged file gives an error and no output. Only a payload that was sealed
//! wrongly by its gateway can end in the middle of the output; the exit code is then 1. The mail itself is streamed.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
};

use anyhow::Context as _;
use sealpost_common::{
    address::DomainPattern,
    envelope::{UnverifiedHeader, VerifiedHeader},
    error::OpenError,
    keys::{KeyId, OpeningKeys, TrustedGateway, TrustedGateways, VerifyingKey},
    limits,
};

use crate::{
    budget::Budget,
    config::Settings,
    error::ReceiveError,
    keys,
    receive::{FormDecoder, Intake, Trust},
};

#[derive(clap::Args)]
pub(super) struct OpenArguments {
    /// The settings file: its opening keys open, its gateways' signatures are checked.
    #[arg(long, value_name = "FILE", required_unless_present = "key")]
    config: Option<PathBuf>,
    /// A file with an opening key or recovery key; besides or instead of those of the settings.
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// A file with a gateway's verifying key, to check the signature with.
    #[arg(long, value_name = "FILE")]
    verifying_key: Vec<PathBuf>,
    /// message.html, a saved carrier mail, a bare envelope or a file with a link; `-` is standard input.
    envelope: PathBuf,
}

pub(super) fn run(arguments: &OpenArguments) -> anyhow::Result<()> {
    let trust = RecoveryTrust::gather(arguments)?;
    let mut input: Box<dyn Read> = if arguments.envelope.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        let name = arguments.envelope.display();
        Box::new(File::open(&arguments.envelope).with_context(|| name.to_string())?)
    };

    let largest = limits::MAX_HEADER_LEN as u64 + limits::MAX_PAYLOAD_LEN;
    let budget = Budget::new(2 * largest, 1);
    let mut intake = Intake::new(&trust, FormDecoder::any(), largest, budget.reservation());
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = input.read(&mut buffer).context("the envelope can't be read")?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        intake.push(bytes).map_err(explain)?;
    }
    let envelope = intake.finish().map_err(explain)?;
    if !trust.origin_checked.load(Ordering::Relaxed) {
        writeln!(
            io::stderr(),
            "note: no verifying key is known for this envelope, so its origin was not checked: anybody could have sealed it"
        )?;
    }
    let mut mail = envelope.unwrapped().open(envelope.payload())?;
    let mut out = io::stdout().lock();
    io::copy(&mut mail, &mut out).context("the mail can't be written out whole")?;
    out.flush()?;
    Ok(())
}

fn explain(error: ReceiveError) -> anyhow::Error {
    let is_key = matches!(
        &error,
        ReceiveError::Fault(crate::error::EnvelopeFault::Envelope(OpenError::UnknownOpeningKey))
    );
    let error = anyhow::Error::from(error);
    if is_key { error.context("it was sealed to another key; give that one by --key") } else { error }
}

/// Takes envelopes of everybody, but checks the signature where it can. Whether a gateway may seal for its sender's
/// domain is not asked: that list is of today, the envelope perhaps of ten years ago.
struct RecoveryTrust {
    opening_keys: OpeningKeys,
    gateway_ids: Vec<KeyId>,
    gateways: TrustedGateways,
    origin_checked: AtomicBool,
}

impl RecoveryTrust {
    fn gather(arguments: &OpenArguments) -> anyhow::Result<Self> {
        let mut opening_keys = Vec::new();
        let mut verifying_keys = Vec::new();
        if let Some(config) = &arguments.config {
            let settings = Settings::load(config)?;
            let files = keys::read_key_directory(&settings.keys.opening_keys)?;
            opening_keys.extend(files.into_iter().map(|file| file.key));
            verifying_keys
                .extend(settings.gateways.iter().map(|gateway| gateway.verifying_key.key().clone()));
        }
        for path in &arguments.key {
            opening_keys.push(keys::read_opening_key(path)?);
        }
        for path in &arguments.verifying_key {
            let read = || Ok::<_, anyhow::Error>(VerifyingKey::from_text(&std::fs::read_to_string(path)?)?);
            verifying_keys.push(read().with_context(|| path.display().to_string())?);
        }
        let gateway_ids = verifying_keys.iter().map(VerifyingKey::id).collect();
        let any_sender = |key| TrustedGateway { key, domains: vec![DomainPattern::Any] };
        Ok(Self {
            opening_keys: OpeningKeys::new(opening_keys),
            gateway_ids,
            gateways: TrustedGateways::new(verifying_keys.into_iter().map(any_sender).collect()),
            origin_checked: AtomicBool::new(false),
        })
    }
}

impl Trust for RecoveryTrust {
    fn verify(&self, header: UnverifiedHeader) -> Result<VerifiedHeader, OpenError> {
        if !self.gateway_ids.contains(&header.signing_key_id()) {
            return Ok(header.skip_signature_for_recovery());
        }
        let verified = header.verify(&self.gateways)?;
        self.origin_checked.store(true, Ordering::Relaxed);
        Ok(verified)
    }

    fn opening_keys(&self) -> &OpeningKeys {
        &self.opening_keys
    }
}
