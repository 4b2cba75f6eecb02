//! `[reachability]`: how to find out which domains are reached over verified TLS only.

use std::{net::SocketAddr, path::PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::{
    next_hop::read_certificates,
    server::seconds,
    source::{Cause, Source},
};
use crate::reachability::{Reachability, ReachabilitySettings, Resolver, TrustAnchors};

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Section {
    enabled: bool,
    resolver: Option<Spanned<String>>,
    trust_anchor: Option<Spanned<PathBuf>>,
    ca_file: Option<Spanned<PathBuf>>,
    timeout: Option<Spanned<u64>>,
}

impl Section {
    /// Gives the resolver, and what asks it about domains: nothing when that is switched off, or when there is a mistake,
    /// which is noted. What stands there is checked in any case.
    pub(super) fn resolve(self, source: &mut Source) -> (Resolver, Option<Reachability>) {
        let Some(settings) = self.settings(source) else { return (Resolver::System, None) };
        let resolver = settings.resolver.clone();
        let reachability = self.enabled.then(|| Reachability::new(settings));
        let noted = |error| source.note_file(Cause::Reachability(error));
        (resolver, reachability.and_then(|made| made.map_err(noted).ok()))
    }

    fn settings(&self, source: &mut Source) -> Option<ReachabilitySettings> {
        let mut settings = ReachabilitySettings::new();
        if let Some(place) = &self.resolver {
            settings.resolver = Resolver::At(source.check(place, server(place.get_ref()))?);
        }
        if let Some(place) = &self.trust_anchor {
            let anchors = TrustAnchors::from_file(&source.resolve(place.get_ref()));
            settings.trust_anchors = source.check(place, anchors.map_err(Cause::Reachability))?;
        }
        if let Some(place) = &self.ca_file {
            let certificates = read_certificates(&source.resolve(place.get_ref()));
            settings.authorities = source.check(place, certificates)?;
        }
        if let Some(place) = &self.timeout {
            settings.timeout = source.check(place, seconds("timeout", *place.get_ref()))?;
        }
        Some(settings)
    }
}

fn server(text: &str) -> Result<SocketAddr, Cause> {
    let expected = "an IP address and a port such as 127.0.0.1:53";
    text.parse().or(Err(Cause::OutOfBounds { key: "resolver", expected }))
}
