//! Signing in with an OpenID Connect provider: the authorisation code flow with PKCE, state and nonce.
//!
//! [`begin`] sends the reader to the provider, [`finish`] takes him back. In between the portal remembers nothing
//! (`flow`); of what the provider says only the address counts, and that becomes a keyed hash in the session's row like
//! one that a passcode has proved. Tokens live as long as the request that fetched them.
//!
//! Several providers can't be mixed up (RFC 9700, 4.4): each sends readers back to an address of its own, the state is made
//! for that one only, and where a provider names itself in its answer (RFC 9207) the name must be its own.

mod claims;
mod directory;
mod fault;
mod flow;
#[cfg(fuzzing)]
pub mod fuzzing;
mod http;
mod offer;
mod token;

use axum_extra::extract::cookie::CookieJar;
use openidconnect::{
    AuthorizationCode, ClientSecret, LoginHint, PkceCodeChallenge, RedirectUrl, Scope,
    core::{CoreAuthPrompt, CoreAuthenticationFlow},
};
use sealpost_common::address::Address;
use serde::Deserialize;
use thiserror::Error;

pub use fault::{SignInFault, Unproved};
pub use http::HttpError;
pub use offer::{Offers, offers};

use self::{
    directory::{Cache, Directory},
    flow::Flow,
    http::Http,
    token::{ProofClient, Redeem},
};
use super::{Visit, browser, session};
use crate::{
    Portal,
    config::{self, ProviderKind, Settings},
    error::Refusal,
    keys::{self, KeyFileError},
    state::{Limit, ProofWay, Verdict},
    surroundings::Clock,
    usage::{self, Figure},
};

/// Longest code that a provider may send: Microsoft's have some 1,500 characters.
const MAX_CODE: usize = 8 * 1024;

/// Why the providers of the settings can't be used.
#[derive(Debug, Error)]
pub enum ProviderError {
    /// A secret can't be read.
    #[error(transparent)]
    Secret(#[from] KeyFileError),
    /// TLS can't be set up.
    #[error("connections to providers can't be set up: {0}")]
    Http(#[from] reqwest::Error),
    /// The address to come back to is none.
    #[error("the address that provider {0} sends readers back to can't be made")]
    Redirect(String),
}

/// All providers of the settings.
pub struct Providers {
    list: Vec<Provider>,
    http: Http,
}

/// One of them.
struct Provider {
    settings: config::Provider,
    secret: ClientSecret,
    redirect: RedirectUrl,
    cache: Cache,
}

impl Providers {
    /// Reads the secrets of all providers.
    ///
    /// # Errors
    /// When one can't be read, or TLS can't be set up.
    pub fn start(settings: &Settings) -> Result<Self, ProviderError> {
        let origin = settings.server.public_url.origin();
        let start = |provider: &config::Provider| {
            let redirect = RedirectUrl::new(format!("{origin}/sign-in/{}/return", provider.name));
            Ok(Provider {
                secret: ClientSecret::new(keys::client_secret(&provider.client_secret_file)?),
                redirect: redirect.ok().ok_or_else(|| ProviderError::Redirect(provider.name.to_string()))?,
                settings: provider.clone(),
                cache: Cache::default(),
            })
        };
        let list = settings.providers.iter().map(start).collect::<Result<_, ProviderError>>()?;
        Ok(Self { list, http: Http::new(settings.sign_in.timeout)? })
    }

    fn named(&self, name: &str) -> Result<&Provider, Refusal> {
        self.list.iter().find(|provider| provider.settings.name.as_str() == name).ok_or(Refusal::NotFound)
    }
}

impl Provider {
    fn client(&self, directory: &Directory) -> ProofClient {
        token::client(&self.settings, &self.secret, &self.redirect, directory)
    }

    async fn directory(&self, http: &Http, clock: &dyn Clock) -> Result<Directory, SignInFault> {
        self.cache.get(http, &self.settings, clock).await
    }

    async fn directory_anew(&self, http: &Http, clock: &dyn Clock) -> Result<Directory, SignInFault> {
        self.cache.get_anew(http, &self.settings, clock).await
    }
}

/// What the reader pressed to begin.
#[derive(Deserialize)]
pub struct Start {
    provider: String,
    #[serde(default)]
    keep: String,
    /// Whether he shall choose an account, as the one that he is signed in with is the wrong one.
    #[serde(default)]
    choose: String,
    /// His address, if the settings have it in the page.
    #[serde(default)]
    hint: String,
}

/// Where the reader goes next.
pub struct Departure {
    /// What the provider is called.
    pub label: String,
    /// Its address, with all that it needs to know.
    pub address: String,
}

/// Begins a sign-in: gives the browser the sign-in to hold, and the address to go to.
///
/// # Errors
/// When there is no such provider, it can't be asked, or a limit is passed.
pub async fn begin(portal: &Portal, visit: Visit, start: Start) -> Result<(CookieJar, Departure), Refusal> {
    let provider = portal.providers.named(&start.provider)?;
    count(portal, &visit).await?;
    let clock = portal.surroundings.clock.as_ref();
    let directory = provider.directory(&portal.providers.http, clock).await?;
    let (settings, name) = (&portal.settings.sign_in, &provider.settings.name);
    let seconds = settings.minutes.saturating_mul(60);
    let flow = Flow::begin(
        &portal.surroundings,
        clock.now().saturating_add(seconds),
        start.keep == "yes" && portal.settings.session.keep_hours > 0,
    )?;
    let secretary = &portal.secretary;
    let client = provider.client(&directory);
    let (state, nonce) = (flow.state(secretary, name), flow.nonce(secretary, name));
    let mut request = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
        .add_scope(Scope::new("email".to_owned()))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&flow.verifier(secretary, name)));
    if start.choose == "yes" {
        request = request.add_prompt(choose_account(provider.settings.kind, &directory));
    }
    if settings.login_hint && Address::parse(&start.hint).is_ok() {
        request = request.set_login_hint(LoginHint::new(start.hint));
    }
    let (address, _, _) = request.url();
    let departure = Departure { label: provider.settings.label.clone(), address: address.into() };
    Ok((flow.keep_in(visit.jar, seconds), departure))
}

/// How a provider is told to let the reader choose an account: a generic one may know no better way than to let him sign
/// in again.
fn choose_account(kind: ProviderKind, directory: &Directory) -> CoreAuthPrompt {
    let can_choose = directory.prompts.iter().any(|prompt| prompt == "select_account");
    if kind == ProviderKind::Generic && !can_choose {
        CoreAuthPrompt::Login
    } else {
        CoreAuthPrompt::SelectAccount
    }
}

/// What the provider sends back with the reader.
#[derive(Deserialize)]
pub struct ProviderAnswer {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Ends a sign-in: checks what the provider answers, and begins a session for the address that it proves.
///
/// # Errors
/// When the answer belongs to no sign-in of this browser, or does not hold, or proves no address.
pub async fn finish(
    portal: &Portal,
    mut visit: Visit,
    name: &str,
    answer: ProviderAnswer,
) -> Result<CookieJar, Refusal> {
    let provider = portal.providers.named(name)?;
    let mailbox = match proved_by(portal, &visit, provider, answer).await {
        Err(Refusal::SignIn(fault)) => {
            tracing::info!(provider = %provider.settings.name, cause = %fault, "sign-in refused");
            return Err(fault.into());
        }
        proved => proved?,
    };
    let keep = Flow::of(&visit.jar).is_some_and(|flow| flow.keep());
    visit.jar = browser::forget_sign_in(visit.jar);
    let jar = session::begin(portal, visit.jar, &mailbox, ProofWay::Provider, keep).await?;
    usage::count(portal, Figure::Provider(name));
    Ok(jar)
}

async fn proved_by(
    portal: &Portal,
    visit: &Visit,
    provider: &Provider,
    answer: ProviderAnswer,
) -> Result<String, Refusal> {
    let (secretary, name) = (&portal.secretary, &provider.settings.name);
    let clock = portal.surroundings.clock.as_ref();
    let flow = Flow::of(&visit.jar).ok_or(SignInFault::Stale("the browser has begun none"))?;
    if !flow.has_state(secretary, name, &answer.state) {
        return Err(SignInFault::Stale("the state is another").into());
    }
    if flow.expires() <= clock.now() {
        return Err(SignInFault::Stale("its time is over").into());
    }
    if !portal.state.end_sign_in(&flow.ended(secretary), flow.expires()).await? {
        return Err(SignInFault::Stale("it has ended").into());
    }
    count(portal, visit).await?;
    let http = &portal.providers.http;
    let directory = provider.directory(http, clock).await?;
    check_name(provider, &directory, answer.iss.as_deref())?;
    if let Some(error) = answer.error {
        return Err(declined(&error).into());
    }
    let code = answer.code.filter(|code| !code.is_empty() && code.len() <= MAX_CODE);
    let redeem = Redeem {
        code: AuthorizationCode::new(code.ok_or(SignInFault::Token("there is no code"))?),
        verifier: flow.verifier(secretary, name),
        nonce: flow.nonce(secretary, name),
    };
    Ok(token::redeem(provider, http, &directory, clock, redeem).await?)
}

/// RFC 9207: an answer that names its provider must name this one; one that always names itself must do so.
fn check_name(provider: &Provider, directory: &Directory, named: Option<&str>) -> Result<(), SignInFault> {
    let is_right = match named {
        None => !directory.names_itself,
        Some(named) => {
            let tenant = tenant_of(&provider.settings, named);
            named == directory.issuer.as_str() || token::is_issuer(&provider.settings, named, tenant)
        }
    };
    if is_right { Ok(()) } else { Err(SignInFault::Token("the answer is another provider's")) }
}

/// The tenant in one of Microsoft's issuers.
fn tenant_of<'i>(provider: &config::Provider, issuer: &'i str) -> Option<&'i str> {
    let base = provider.issuer.as_str().trim_end_matches('/');
    issuer.strip_prefix(base)?.strip_prefix('/')?.strip_suffix("/v2.0")
}

fn declined(error: &str) -> SignInFault {
    const NO: [&str; 5] = [
        "access_denied",
        "login_required",
        "interaction_required",
        "consent_required",
        "account_selection_required",
    ];
    const KNOWN: [&str; 7] = [
        "invalid_request",
        "unauthorized_client",
        "unsupported_response_type",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
        "request_not_supported",
    ];
    if NO.contains(&error) {
        return SignInFault::Cancelled;
    }
    SignInFault::Declined(KNOWN.into_iter().find(|known| *known == error).unwrap_or("(one of its own)"))
}

/// Counts one more request that makes the portal ask a provider.
async fn count(portal: &Portal, visit: &Visit) -> Result<(), Refusal> {
    let subject = portal.secretary.request("sign-in", &[visit.network.as_bytes()]);
    let limit = Limit { subject, most: portal.settings.sign_in.per_network };
    let window = portal.settings.passcode.window_minutes.saturating_mul(60);
    match portal.state.count_request(&[limit], portal.surroundings.clock.now(), window).await? {
        Verdict::Within => Ok(()),
        Verdict::Over { wait } => Err(Refusal::TooManySignIns { wait }),
    }
}
