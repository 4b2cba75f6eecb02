//! What a provider says of itself: its addresses and its keys, fetched when they are needed and kept for a while.
//!
//! Keys are kept for an hour, and fetched again before that when a token names one that is not among them: providers
//! change their keys without notice. Nobody can make the portal ask a provider more than once in [`PAUSE`] that way. While
//! a provider can't be reached, what it last said goes on for a day.

use openidconnect::{
    AuthUrl, IssuerUrl, JsonWebKeySetUrl, TokenUrl, UserInfoUrl,
    core::{CoreClientAuthMethod, CoreJsonWebKeySet, CoreProviderMetadata},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::{SignInFault, http::Http};
use crate::{
    config::{self, ProviderKind, values::is_safe},
    surroundings::Clock,
};

/// Seconds after which everything is fetched anew.
const FRESH: u64 = 3600;
/// Seconds for which it goes on while the provider can't be reached.
const USABLE: u64 = 24 * 3600;
/// Seconds between two fetches at least.
const PAUSE: u64 = 60;
/// Seconds in which nobody waits again for a provider that has not answered.
const RETRY: u64 = 5;
/// Stands for the tenant where Microsoft speaks of all of them.
pub(super) const ANY_TENANT: &str = "{tenantid}";
/// Most keys that make sense; Microsoft has about ten.
const MAX_KEYS: usize = 64;

/// What a provider says of itself.
#[derive(Clone)]
pub(super) struct Directory {
    /// What its document calls it: for Microsoft's many tenants, with `{tenantid}` in it.
    pub(super) issuer: IssuerUrl,
    /// Where readers are sent.
    pub(super) authorization: AuthUrl,
    /// Where codes are redeemed.
    pub(super) token: TokenUrl,
    /// Where it says more of the reader, if anywhere.
    pub(super) userinfo: Option<UserInfoUrl>,
    /// Whether the portal's secret goes into the form rather than into the header.
    pub(super) secret_in_form: bool,
    /// Whether its answers always name it (RFC 9207).
    pub(super) names_itself: bool,
    /// Whether readers can be made to choose an account there.
    pub(super) prompts: Vec<String>,
    /// The keys that it signs with.
    pub(super) keys: Keys,
}

/// The keys that a provider signs with.
#[derive(Clone, Default)]
pub(super) struct Keys {
    /// As the library knows them.
    pub(super) set: CoreJsonWebKeySet,
    /// Whose tokens a key may sign, by its ID, where the set says so: Microsoft's does. It has keys of one tenant only, and
    /// keys for all organisations, whose issuer holds the placeholder `{tenantid}`.
    issuers: Vec<(String, String)>,
}

impl Keys {
    /// Whether a key may sign for an issuer. `template` is the same issuer with a placeholder for its tenant, if it has one.
    pub(super) fn may_sign(&self, key_id: Option<&str>, issuer: &str, template: Option<&str>) -> bool {
        let mut said = self.issuers.iter().filter(|(id, _)| key_id == Some(id.as_str())).peekable();
        said.peek().is_none() || said.any(|(_, own)| own == issuer || template == Some(own.as_str()))
    }
}

/// What the library's metadata leave out.
#[derive(Deserialize)]
struct Extras {
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    prompt_values_supported: Vec<String>,
}

/// Keeps what a provider last said.
#[derive(Default)]
pub(super) struct Cache(Mutex<Cached>);

#[derive(Default)]
struct Cached {
    said: Option<(Directory, u64)>,
    failed: Option<u64>,
}

impl Cache {
    /// What the provider says of itself; what it said within the hour will do.
    ///
    /// # Errors
    /// When it can't be asked, or says what can't be right.
    pub(super) async fn get(
        &self,
        http: &Http,
        provider: &config::Provider,
        clock: &dyn Clock,
    ) -> Result<Directory, SignInFault> {
        self.get_since(http, provider, clock, FRESH).await
    }

    /// What the provider says of itself, asked anew for a key that was not in what it said before.
    ///
    /// # Errors
    /// When it can't be asked, or says what can't be right.
    pub(super) async fn get_anew(
        &self,
        http: &Http,
        provider: &config::Provider,
        clock: &dyn Clock,
    ) -> Result<Directory, SignInFault> {
        self.get_since(http, provider, clock, PAUSE).await
    }

    async fn get_since(
        &self,
        http: &Http,
        provider: &config::Provider,
        clock: &dyn Clock,
        fresh: u64,
    ) -> Result<Directory, SignInFault> {
        // Readers who come while it is being asked wait for that answer.
        let mut cached = self.0.lock().await;
        let now = clock.now();
        let since = |moment: u64| now.saturating_sub(moment);
        let usable = cached.said.clone().filter(|&(_, fetched)| since(fetched) < USABLE);
        let has_just_failed = |pause: u64| cached.failed.is_some_and(|failed| since(failed) < pause);
        match usable {
            Some((directory, fetched)) if since(fetched) < fresh || has_just_failed(PAUSE) => {
                return Ok(directory);
            }
            None if has_just_failed(RETRY) => return Err(SignInFault::Down),
            _ => {}
        }
        match fetch(http, provider).await {
            Ok(directory) => {
                *cached = Cached { said: Some((directory.clone(), clock.now())), failed: None };
                Ok(directory)
            }
            Err(fault) => {
                tracing::warn!(provider = %provider.name, cause = %fault, "provider could not be asked");
                cached.failed = Some(clock.now());
                cached
                    .said
                    .clone()
                    .filter(|&(_, fetched)| since(fetched) < USABLE)
                    .map(|(said, _)| said)
                    .ok_or(fault)
            }
        }
    }
}

async fn fetch(http: &Http, provider: &config::Provider) -> Result<Directory, SignInFault> {
    let document = http.get(&document_address(provider)).await?;
    let (directory, address) = read_document(provider, &document)?;
    let keys = http.get(address.as_str()).await?;
    Ok(Directory { keys: read_keys(&keys)?, ..directory })
}

/// Reads the discovery document; gives what it says, without keys, and where those are.
pub(super) fn read_document(
    provider: &config::Provider,
    document: &[u8],
) -> Result<(Directory, JsonWebKeySetUrl), SignInFault> {
    let malformed = SignInFault::Directory("the discovery document can't be read");
    let read = |document: &[u8]| -> Option<(CoreProviderMetadata, Extras)> {
        Some((serde_json::from_slice(document).ok()?, serde_json::from_slice(document).ok()?))
    };
    let (metadata, extras) = read(document).ok_or(malformed)?;
    if metadata.issuer().as_str() != expected_issuer(provider) {
        return Err(SignInFault::Directory("the discovery document names another issuer"));
    }
    let token = metadata.token_endpoint().ok_or(SignInFault::Directory("there is no token endpoint"))?;
    let addresses = [metadata.authorization_endpoint().url(), token.url(), metadata.jwks_uri().url()];
    let userinfo = metadata.userinfo_endpoint().map(UserInfoUrl::url);
    if !addresses.into_iter().chain(userinfo).all(|address| is_address_of(provider, address)) {
        return Err(SignInFault::Directory("an endpoint is not https"));
    }
    let ways = metadata.token_endpoint_auth_methods_supported();
    let has = |way| ways.is_some_and(|ways| ways.contains(&way));
    let directory = Directory {
        issuer: metadata.issuer().clone(),
        authorization: metadata.authorization_endpoint().clone(),
        token: token.clone(),
        userinfo: metadata.userinfo_endpoint().cloned(),
        secret_in_form: has(CoreClientAuthMethod::ClientSecretPost)
            && !has(CoreClientAuthMethod::ClientSecretBasic),
        names_itself: extras.authorization_response_iss_parameter_supported,
        prompts: extras.prompt_values_supported,
        keys: Keys::default(),
    };
    Ok((directory, metadata.jwks_uri().clone()))
}

/// Reads the keys that a provider signs with.
pub(super) fn read_keys(keys: &[u8]) -> Result<Keys, SignInFault> {
    let malformed = SignInFault::Directory("the keys can't be read");
    let read = |keys: &[u8]| -> Option<(CoreJsonWebKeySet, Value)> {
        Some((serde_json::from_slice(keys).ok()?, serde_json::from_slice(keys).ok()?))
    };
    let (set, all) = read(keys).ok_or(malformed)?;
    if set.keys().len() > MAX_KEYS {
        return Err(SignInFault::Directory("there are too many keys"));
    }
    let text = |key: &Value, name: &str| key.get(name).and_then(Value::as_str).map(str::to_owned);
    let keys = all.get("keys").and_then(Value::as_array).into_iter().flatten();
    let issuers = keys.filter_map(|key| Some((text(key, "kid")?, text(key, "issuer")?))).collect();
    Ok(Keys { set, issuers })
}

/// Plain http only where the provider itself is on this machine.
fn is_address_of(provider: &config::Provider, address: &Url) -> bool {
    is_safe(address) && (address.scheme() == "https" || provider.issuer.as_str().starts_with("http://"))
}

fn document_address(provider: &config::Provider) -> String {
    let base = provider.issuer.as_str().trim_end_matches('/');
    let tenant = match provider.kind {
        ProviderKind::Microsoft => format!("/{}/v2.0", provider.tenant.as_str()),
        ProviderKind::Google | ProviderKind::Generic => String::new(),
    };
    format!("{base}{tenant}/.well-known/openid-configuration")
}

/// The issuer that the discovery document must name (OpenID Connect Discovery 4.3). Microsoft's for several tenants has
/// a placeholder in it, so no token can have it; [`super::token`] sees to those.
pub(super) fn expected_issuer(provider: &config::Provider) -> String {
    let base = provider.issuer.as_str();
    match provider.kind {
        ProviderKind::Microsoft => tenant_issuer(base, provider.tenant.id().unwrap_or(ANY_TENANT)),
        ProviderKind::Google | ProviderKind::Generic => base.to_owned(),
    }
}

/// The issuer of one of Microsoft's tenants.
pub(super) fn tenant_issuer(base: &str, tenant: &str) -> String {
    format!("{}/{tenant}/v2.0", base.trim_end_matches('/'))
}
