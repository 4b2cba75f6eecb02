//! `[portal]`: the portal that opens our envelopes.

use serde::Deserialize;
use toml::Spanned;

use super::source::{Cause, Source};

/// Where recipients read, and how large an envelope may be to go into a link.
#[derive(Debug, Clone)]
pub struct Portal {
    /// The portal's address without a slash at its end.
    pub url: String,
    /// Largest envelope, in bytes, that the link in the carrier mail holds; 0 for no such links.
    pub link_max_bytes: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    url: Spanned<String>,
    #[serde(default = "default_link_max_bytes")]
    link_max_bytes: usize,
}

fn default_link_max_bytes() -> usize {
    8192
}

impl Section {
    pub(super) fn resolve(self, source: &mut Source) -> Option<Portal> {
        let url = source.check(&self.url, portal_url(self.url.get_ref()))?;
        Some(Portal { url, link_max_bytes: self.link_max_bytes })
    }
}

/// Checks the URL strictly, because it stands in every mail that we send: `https`, and `http` on this machine only.
fn portal_url(text: &str) -> Result<String, Cause> {
    let url = text.trim_end_matches('/');
    let rest =
        url.strip_prefix("https://").or_else(|| url.strip_prefix("http://").filter(|rest| is_loopback(rest)));
    let good = rest.is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:[]%".contains(&byte);
        !host.is_empty() && rest.bytes().all(allowed) && url.len() <= 500
    });
    good.then(|| url.to_owned()).ok_or_else(|| Cause::Url(text.to_owned()))
}

fn is_loopback(rest: &str) -> bool {
    let host = rest.split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map_or(host, |(host, _)| host);
    host == "localhost"
        || host == "[::1]"
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_urls() {
        for (text, expected) in [
            ("https://portal.example.org", Some("https://portal.example.org")),
            ("https://portal.example.org/", Some("https://portal.example.org")),
            ("https://example.org:8443/mail/", Some("https://example.org:8443/mail")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("http://localhost", Some("http://localhost")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("http://portal.example.org", None),
            ("http://127.0.0.1.example.org", None),
            ("https://", None),
            ("https:///path", None),
            ("https://a@b.example", None),
            ("https://b.example/?q", None),
            ("https://b.example/#f", None),
            ("https://b.example/\"onclick", None),
            ("https://b.example/ x", None),
            ("javascript:alert(1)", None),
            ("", None),
        ] {
            assert_eq!(portal_url(text).ok().as_deref(), expected, "{text:?}");
        }
    }
}
