//! Reads the settings: `gateway.toml`, one file here a section, the policy and the keys that it names.
//!
//! Everything is read and checked at once, before anything runs, and every mistake is told with file and line. What comes out
//! ([`Settings`]) needs no further checks. Unknown keys are refused: a mistyped key would silently be a default.

mod brand;
mod carrier;
mod dkim;
mod envelope;
mod guards;
mod keys;
mod languages;
mod listener;
mod log;
mod metrics;
mod next_hop;
mod policy;
mod portal;
mod reachability;
mod sender;
mod server;
mod source;

use std::{collections::BTreeMap, net::SocketAddr, path::Path};

use serde::Deserialize;
use toml::Spanned;

pub use brand::Brands;
pub use carrier::CarrierSettings;
pub(crate) use dkim::dkim_record;
pub(crate) use envelope::DAY;
pub use envelope::EnvelopeSettings;
pub use keys::Keys;
pub(crate) use keys::read_signing_key;
pub use languages::Languages;
pub use listener::{Kind, Listener};
pub use log::{LogFormat, LogSettings};
pub use portal::Portal;
pub use source::{Cause, ConfigError, ConfigErrors};

use sealpost_common::address::DomainPattern;
use source::Source;

use crate::{
    decide::Policy,
    reachability::{Reachability, Resolver},
    receive::Limits,
    reinject::NextHop,
    sign::Signers,
};

/// All settings of the gateway, checked, with policy and keys in memory.
pub struct Settings {
    /// Where mail comes in.
    pub listeners: Vec<Listener>,
    /// The host name, sizes, time limits and trusted clients.
    pub limits: Limits,
    /// Where mail goes out.
    pub next_hop: NextHop,
    /// The keys to seal and to sign with.
    pub keys: Keys,
    /// The portal that opens our envelopes.
    pub portal: Portal,
    /// The domains that this gateway may seal for.
    pub sender_domains: Vec<DomainPattern>,
    /// What carrier mails are like, whatever their brand.
    pub carrier: CarrierSettings,
    /// How it looks, by brand.
    pub brands: Brands,
    /// The keys that sign it.
    pub signers: Signers,
    /// What the grant tells the portal.
    pub envelope: EnvelopeSettings,
    /// In which language recipients are written to.
    pub languages: Languages,
    /// What is sealed.
    pub policy: Policy,
    /// Which DNS server is asked.
    pub resolver: Resolver,
    /// Finds out which domains are reached over verified TLS only, if it is to.
    pub reachability: Option<Reachability>,
    /// What is logged, and how.
    pub log: LogSettings,
    /// Where Prometheus reads, if it does.
    pub metrics: Option<SocketAddr>,
}

impl Settings {
    /// Reads the settings file, and the policy and keys that it names.
    ///
    /// # Errors
    /// All mistakes in the files, each with file and line.
    pub fn load(path: &Path) -> Result<Self, ConfigErrors> {
        let mut source = Source::read(path)?;
        let file: File = source.parse()?;
        let settings = file.resolve(&mut source);
        source.finish(settings)
    }
}

/// `gateway.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listener: Vec<listener::Section>,
    server: server::Section,
    next_hop: next_hop::Section,
    keys: keys::Section,
    portal: portal::Section,
    sender: sender::Section,
    #[serde(default)]
    carrier: carrier::Section,
    #[serde(default)]
    brand: BTreeMap<String, Spanned<brand::Section>>,
    #[serde(default)]
    dkim: Vec<dkim::Section>,
    #[serde(default)]
    envelope: envelope::Section,
    #[serde(default)]
    policy: policy::Section,
    #[serde(default)]
    reachability: reachability::Section,
    #[serde(default)]
    log: log::LogSettings,
    #[serde(default)]
    metrics: metrics::Section,
}

impl File {
    /// Checks every section, so that all mistakes are found at once.
    fn resolve(self, source: &mut Source) -> Option<Settings> {
        let places = guards::Places {
            listeners: self.listener.iter().map(|listener| listener.address.clone()).collect(),
            trusted_networks: self.server.trusted_networks.get_ref().clone(),
            allow_public_clients: self.server.allow_public_clients,
        };
        let max_memory = self.server.max_memory.clone();
        let limits = self.server.resolve(source);
        let listeners = listener::resolve(self.listener, limits.as_ref(), source);
        let next_hop = self.next_hop.resolve(limits.as_ref().map(|limits| limits.hostname.as_str()), source);
        if let Some(listeners) = &listeners {
            guards::check_relay(listeners, &places, source);
            if let Some(next_hop) = &next_hop {
                guards::check_next_hop(listeners, next_hop, &places, source);
            }
        }
        let keys = self.keys.resolve(source);
        let portal = self.portal.resolve(source);
        let sender_domains = self.sender.resolve(source);
        let carrier = self.carrier.resolve(source);
        self.envelope.check_brand(|name| self.brand.contains_key(name), source);
        let brands = brand::resolve(self.brand, source);
        let signers = dkim::resolve(self.dkim, source);
        let languages = self.envelope.languages(source);
        let envelope = self.envelope.resolve(source);
        let policy = match (&envelope, &carrier, &brands) {
            (Some(envelope), Some(carrier), Some(brands)) => {
                self.policy.resolve(envelope, carrier, brands, source)
            }
            _ => None,
        };
        if let (Some(limits), Some(policy)) = (&limits, &policy) {
            server::check_policy(&max_memory, limits, policy, source);
        }
        let metrics = self.metrics.resolve(source);
        let (resolver, reachability) = self.reachability.resolve(source);
        Some(Settings {
            listeners: listeners?,
            limits: limits?,
            next_hop: next_hop?,
            keys: keys?,
            portal: portal?,
            sender_domains,
            carrier: carrier?,
            brands: brands?,
            signers: signers?,
            envelope: envelope?,
            languages: languages?,
            policy: policy?,
            resolver,
            reachability,
            log: self.log,
            metrics,
        })
    }
}

/// Reads a policy from a text, as if it stood in `policy.toml` of this folder; mistakes name files relative to it.
#[cfg(test)]
pub(crate) fn policy_in(folder: &Path, text: &str) -> Result<Policy, String> {
    use sealpost_common::grant::{Rights, SignIn};

    let envelope = EnvelopeSettings {
        rights: Rights::all(),
        sign_in: SignIn::Any,
        brand: String::new(),
        language: String::new(),
        lifetime: None,
    };
    let template = crate::decide::SealTemplate {
        name: crate::decide::DEFAULT_TEMPLATE.to_owned(),
        envelope,
        subject: None,
        form: crate::carry::Form::Both,
    };
    let source = Source::new(&folder.join("policy.toml"), text.to_owned());
    let root = format!("{}/", folder.display());
    policy::load(source, template, &|brand| brand != "absent")
        .map_err(|errors| errors.to_string().replace(&root, ""))
}

/// Reads a policy that names no other file.
#[cfg(test)]
pub(crate) fn policy_of(text: &str) -> Result<Policy, String> {
    policy_in(Path::new("/nowhere"), text).map_err(|error| error.replace("/nowhere/", ""))
}

#[cfg(test)]
mod tests;
