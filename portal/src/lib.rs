//! The portal of Sealpost: takes a sealed envelope, proves that the reader is one of its recipients, and shows the
//! mail in it.
//!
//! [`router`] lists every route, [`pipeline::show`] every step of showing a mail; read these two first. The portal
//! keeps no mail: an envelope and what is opened of it live as long as the request that brought them.

pub mod answer;
pub mod assets;
pub mod authenticate;
pub mod budget;
pub mod cli;
pub mod client;
pub mod config;
pub mod error;
mod handlers;
pub mod headers;
pub mod keys;
pub mod language;
pub mod mailer;
pub mod observe;
pub mod open;
pub mod pages;
pub mod pipeline;
pub mod privacy;
pub mod probe;
pub mod receive;
pub mod render;
pub mod router;
pub mod sanitise;
mod serve;
pub mod state;
pub mod surroundings;
mod text;
pub mod texts;
pub mod usage;

use std::{future::Future, sync::Arc, time::Duration};

use sealpost_common::keys::{TrustedGateway, TrustedGateways};
use thiserror::Error;
use tokio::{net::TcpListener, sync::Semaphore, task::JoinHandle};

use authenticate::provider::{ProviderError, Providers};
use budget::Budget;
use config::Settings;
use mailer::Mailer;
use privacy::{OwnText, PrivacyError};
use receive::PortalTrust;
use state::{Secretary, State};
use surroundings::Surroundings;
use usage::{Usage, admin::AdminToken};

/// How often rows whose time is over are removed.
const CLEAN_UP_EVERY: Duration = Duration::from_mins(1);

/// How many answers may be on their way to the gateway.
const ANSWERS_AT_ONCE: u32 = 1024;

/// How long a portal that ends waits for answers that are still on their way.
const LAST_ANSWERS: Duration = Duration::from_secs(30);

/// All that a request needs, shared by all requests.
pub struct Portal {
    settings: Settings,
    surroundings: Surroundings,
    trust: PortalTrust,
    secretary: Secretary,
    state: State,
    mailer: Mailer,
    budget: Budget,
    /// A permit for each answer that is being sent.
    under_way: Arc<Semaphore>,
    providers: Providers,
    privacy: Option<OwnText>,
    usage: Usage,
    admin_token: Option<AdminToken>,
}

/// The portal as the routes hold it.
pub type App = Arc<Portal>;

/// Why the portal can't start, or stopped.
#[derive(Debug, Error)]
pub enum RunError {
    /// A key file can't be used.
    #[error(transparent)]
    Keys(#[from] keys::KeyFileError),
    /// The database can't be used.
    #[error(transparent)]
    State(#[from] state::StateError),
    /// The way to the mail relay can't be set up.
    #[error(transparent)]
    Mail(#[from] mailer::MailError),
    /// A provider's settings can't be used.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The privacy statement can't be shown.
    #[error(transparent)]
    Privacy(#[from] PrivacyError),
}

/// Runs the portal on `listener` until `shutdown` is done; requests that have begun are then answered first.
///
/// # Errors
/// When the keys, the database, the relay's settings or another file of the settings can't be used.
pub async fn run(
    settings: Settings,
    surroundings: Surroundings,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), RunError> {
    let (portal, postman) = Portal::start(settings, surroundings).await?;
    let portal = Arc::new(portal);
    let cleaner = tokio::spawn(clean_up(Arc::clone(&portal)));
    let keeper = tokio::spawn(keep_figures(Arc::clone(&portal)));
    serve::serve(listener, &portal.settings.server, router::router(Arc::clone(&portal)), shutdown).await;
    cleaner.abort();
    keeper.abort();
    if let Err(cause) = portal.usage.keep(&portal.state).await {
        tracing::warn!(%cause, "the last figures are lost");
    }
    // Answers whose readers have gone are sent.
    let none_under_way = portal.under_way.acquire_many(ANSWERS_AT_ONCE);
    if tokio::time::timeout(LAST_ANSWERS, none_under_way).await.is_err() {
        tracing::warn!("answers were still on their way to the gateway");
    }
    let state = portal.state.clone();
    drop(portal);
    // Passcodes that are still queued are sent, within reason.
    if tokio::time::timeout(Duration::from_secs(5), postman).await.is_err() {
        tracing::warn!("mails were still waiting for the relay");
    }
    state.close().await;
    Ok(())
}

impl Portal {
    async fn start(
        settings: Settings,
        surroundings: Surroundings,
    ) -> Result<(Self, JoinHandle<()>), RunError> {
        let trust = PortalTrust {
            gateways: trusted_gateways(&settings),
            opening_keys: keys::opening_keys(&settings.keys)?,
        };
        let secretary = Secretary::new(keys::state_key(&settings.keys.state_key)?);
        let state = State::open(&settings.state).await?;
        let clock = Arc::clone(&surroundings.clock);
        let (mailer, postman) = Mailer::start(&settings.mail, settings.server.public_url.host(), clock)?;
        let budget = Budget::new(settings.server.memory_limit, settings.server.workers);
        let providers = Providers::start(&settings)?;
        let privacy = settings.privacy.own.as_ref().map(OwnText::read).transpose()?;
        let admin_token = settings.usage.admin_token_file.as_deref().map(AdminToken::read).transpose()?;
        Ok((
            Self {
                settings,
                surroundings,
                trust,
                secretary,
                state,
                mailer,
                budget,
                under_way: Arc::new(Semaphore::new(ANSWERS_AT_ONCE as usize)),
                providers,
                privacy,
                usage: Usage::default(),
                admin_token,
            },
            postman,
        ))
    }
}

/// The gateways of the settings.
fn trusted_gateways(settings: &Settings) -> TrustedGateways {
    let gateways = settings.gateways.iter().map(|gateway| TrustedGateway {
        key: gateway.verifying_key.key().clone(),
        domains: gateway.domains.patterns().to_vec(),
    });
    TrustedGateways::new(gateways.collect())
}

/// For how many seconds counted requests are kept: those of the limits as long as the longest of their windows, and answers that
/// are being sent for twice as long as that may take: what nobody knows about is put down as begun that long ago.
fn requests_kept(settings: &Settings) -> u64 {
    let answers = answer::submission_times(settings);
    state::HOUR
        .max(settings.passcode.window_minutes.saturating_mul(60))
        .max(answers.under_way.saturating_mul(2))
        .max(answers.sent)
}

/// Removes rows whose time is over, again and again.
async fn clean_up(portal: App) {
    let mut ticks = tokio::time::interval(CLEAN_UP_EVERY);
    loop {
        ticks.tick().await;
        let now = portal.surroundings.clock.now();
        if let Err(cause) = portal.state.clean_up(now, requests_kept(&portal.settings)).await {
            tracing::error!(%cause, "old rows could not be removed");
        }
        let first = (usage::today(now) + 1).saturating_sub(portal.settings.usage.keep_days);
        if let Err(cause) = portal.state.forget_figures(first).await {
            tracing::error!(%cause, "old figures could not be removed");
        }
    }
}

/// Hands what has been counted to the database, again and again.
async fn keep_figures(portal: App) {
    let mut ticks = tokio::time::interval(usage::KEEP_EVERY);
    loop {
        ticks.tick().await;
        if let Err(cause) = portal.usage.keep(&portal.state).await {
            tracing::warn!(%cause, "figures wait for the database");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is forgotten too early is not counted, and wrong admin tokens and probes are counted over an hour.
    #[test]
    fn requests_are_kept_as_long_as_any_limit_looks_back() {
        let sample = include_str!("../../conf/portal.toml")
            .replace("[passcode]\n", "[passcode]\nwindow_minutes = MINUTES\n");
        let answer = "\n[answer]\nrelay = '127.0.0.1:25'\nfrom = 'a@example.org'\ntimeout = TIMEOUT\n";
        for (minutes, timeout, kept) in [
            ("60", "120", 3600),
            ("10", "120", 3600),
            ("1", "10", 3600),
            ("90", "120", 5400),
            ("10", "7200", 2 * 7290),
        ] {
            let text = format!("{sample}{answer}").replace("MINUTES", minutes).replace("TIMEOUT", timeout);
            let settings = Settings::parse(&text, std::path::Path::new("/etc/sealpost/portal.toml")).unwrap();
            assert_eq!(
                (settings.passcode.window_minutes.to_string().as_str(), requests_kept(&settings)),
                (minutes, kept)
            );
        }
    }
}
