//! One `[[provider]]`: an OpenID Connect provider that readers may sign in with.

use std::{fmt, path::PathBuf};

use sealpost_common::address::DomainPattern;
use serde::Deserialize;

use super::values::{BaseUrl, DomainList, ValueError};

/// Microsoft's global cloud; its issuers are this and the tenant's ID.
const MICROSOFT: &str = "https://login.microsoftonline.com";
/// Google's issuer.
const GOOGLE: &str = "https://accounts.google.com";

/// Domains of Microsoft's mailboxes for everybody.
const MICROSOFT_DOMAINS: [&str; 24] = [
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "passport.com",
    "outlook.de",
    "hotmail.de",
    "live.de",
    "outlook.fr",
    "hotmail.fr",
    "live.fr",
    "outlook.it",
    "hotmail.it",
    "live.it",
    "outlook.es",
    "hotmail.es",
    "hotmail.co.uk",
    "live.co.uk",
    "live.nl",
    "hotmail.nl",
    "outlook.jp",
    "hotmail.co.jp",
    "outlook.com.br",
    "outlook.pt",
];
/// Domains of Google's mailboxes for everybody.
const GOOGLE_DOMAINS: [&str; 2] = ["gmail.com", "googlemail.com"];

/// An OpenID Connect provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Table")]
pub struct Provider {
    /// What it is called in paths and in the log.
    pub name: ProviderName,
    /// Which rules say what proves an address.
    pub kind: ProviderKind,
    /// What its button says.
    pub label: String,
    /// The ID under which the provider knows this portal.
    pub client_id: String,
    /// The file with the secret that goes with it.
    pub client_secret_file: PathBuf,
    /// Its issuer; for Microsoft, what all its issuers begin with.
    pub issuer: BaseUrl,
    /// Whose accounts may sign in (Microsoft only).
    pub tenant: Tenant,
    /// Domains whose recipients are offered this provider first.
    pub offer_first_to: Vec<DomainPattern>,
    /// Domains whose addresses it is believed to know.
    pub vouches_for: Vec<DomainPattern>,
}

/// Which rules say what proves an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// Microsoft accounts, personal or of any tenant.
    Microsoft,
    /// Google accounts.
    Google,
    /// Any other provider.
    Generic,
}

/// A provider's name: lower-case letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ProviderName(String);

impl ProviderName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ProviderName {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        let is_name = (1..=32).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if is_name { Ok(Self(text)) } else { Err(ValueError::ProviderName(text)) }
    }
}

/// Whose accounts may sign in at Microsoft: the last part of the address that readers are sent to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Tenant(String);

impl Tenant {
    /// Everybody's accounts.
    fn common() -> Self {
        Self("common".to_owned())
    }

    /// The tenant as it stands in addresses.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one tenant's ID; `None` where accounts of several tenants may sign in.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self.0.as_str() {
            "common" | "organizations" => None,
            "consumers" => Some(CONSUMERS),
            id => Some(id),
        }
    }
}

/// The ID of the tenant that all personal Microsoft accounts are in.
pub(crate) const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Whether a text has the form of a tenant's ID: 32 hexadecimal digits in five groups.
pub(crate) fn is_tenant_id(text: &str) -> bool {
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

impl TryFrom<String> for Tenant {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        let is_word = ["common", "organizations", "consumers"].contains(&text.as_str());
        if is_word || is_tenant_id(&text) { Ok(Self(text)) } else { Err(ValueError::Tenant(text)) }
    }
}

/// The table as it stands in the settings.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: ProviderName,
    kind: ProviderKind,
    label: Option<String>,
    client_id: String,
    client_secret_file: PathBuf,
    issuer: Option<BaseUrl>,
    tenant: Option<Tenant>,
    offer_first_to: Option<Vec<String>>,
    vouches_for: Option<DomainList>,
}

impl TryFrom<Table> for Provider {
    type Error = ValueError;

    fn try_from(table: Table) -> Result<Self, ValueError> {
        let missing = |what| ValueError::Provider(what);
        if table.tenant.is_some() && table.kind != ProviderKind::Microsoft {
            return Err(missing("tenant is for kind = \"microsoft\" only"));
        }
        if table.client_id.is_empty() {
            return Err(missing("client_id is empty"));
        }
        let (label, issuer, domains): (_, _, &[&str]) = match table.kind {
            ProviderKind::Microsoft => (Some("Microsoft"), Some(MICROSOFT), &MICROSOFT_DOMAINS),
            ProviderKind::Google => (Some("Google"), Some(GOOGLE), &GOOGLE_DOMAINS),
            ProviderKind::Generic => (None, None, &[]),
        };
        let label = table.label.or(label.map(str::to_owned));
        let issuer = match (table.issuer, issuer) {
            (Some(issuer), _) => Some(issuer),
            (None, known) => known.map(|known| BaseUrl::try_from(known.to_owned())).transpose()?,
        };
        let vouches_for = match (table.vouches_for, table.kind) {
            (Some(list), _) => list.patterns().to_vec(),
            (None, ProviderKind::Generic) => {
                return Err(missing(
                    "kind = \"generic\" needs vouches_for: the domains whose addresses it knows",
                ));
            }
            (None, _) => vec![DomainPattern::Any],
        };
        let offer_first_to = match table.offer_first_to {
            Some(texts) => patterns(texts)?,
            None if table.kind == ProviderKind::Generic => {
                vouches_for.iter().filter(|&pattern| *pattern != DomainPattern::Any).cloned().collect()
            }
            None => patterns(domains.iter().map(|&domain| domain.to_owned()).collect())?,
        };
        Ok(Self {
            name: table.name,
            kind: table.kind,
            label: label.ok_or(missing("kind = \"generic\" needs a label for its button"))?,
            client_id: table.client_id,
            client_secret_file: table.client_secret_file,
            issuer: issuer.ok_or(missing("kind = \"generic\" needs an issuer"))?,
            tenant: table.tenant.unwrap_or_else(Tenant::common),
            offer_first_to,
            vouches_for,
        })
    }
}

fn patterns(texts: Vec<String>) -> Result<Vec<DomainPattern>, ValueError> {
    let parse = |text: String| DomainPattern::parse(&text).ok().ok_or(ValueError::Domain(text));
    texts.into_iter().map(parse).collect()
}
