//! The figures over HTTP, for who knows the admin token: `GET /metrics` for Prometheus, `/admin/usage` for people.
//!
//! Without `[usage] admin_token_file` there is neither. The page is in English, as settings and documents are. It sets no
//! cookie: the token comes with the form each time, and a browser may keep it as a password.

use askama::Template;
use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{
    report::{self, Report},
    today,
};
use crate::{
    App, Portal,
    authenticate::Visit,
    error::{Outcome, Refusal},
    keys::{self, KeyFileError},
    pages,
    state::{HOUR, Limit, Verdict},
    texts::Texts,
};

/// Wrong tokens from one network in an hour.
const WRONG_TRIES: u32 = 10;
/// Fewest characters of a token.
const MIN_TOKEN_LEN: usize = 24;
/// Days that the page shows unless it is asked for more or fewer.
const DAYS: u64 = 30;

/// The SHA-256 of the token that opens the figures.
pub(crate) struct AdminToken([u8; 32]);

impl AdminToken {
    /// Reads the token from its file.
    ///
    /// # Errors
    /// When the file can't be read, is exposed, or its token is too short.
    pub(crate) fn read(path: &std::path::Path) -> Result<Self, KeyFileError> {
        let text = keys::read_secret(path)?;
        let token = text.trim_end_matches(['\r', '\n']);
        if token.len() < MIN_TOKEN_LEN || token.contains(char::is_whitespace) {
            return Err(KeyFileError::AdminToken(path.to_owned()));
        }
        Ok(Self(Sha256::digest(token).into()))
    }

    fn is(&self, typed: &str) -> bool {
        let typed: [u8; 32] = Sha256::digest(typed).into();
        self.0.ct_eq(&typed).into()
    }
}

/// Whether somebody may see the figures.
enum Access {
    Granted,
    Wrong,
    /// Too many wrong tokens came from there; also a right one is not looked at.
    TooMany,
}

async fn access(portal: &Portal, visit: &Visit, typed: &str) -> Result<Access, Refusal> {
    let network = visit.network.as_bytes();
    let limit = Limit { subject: portal.secretary.request("admin", &[network]), most: WRONG_TRIES };
    let now = portal.surroundings.clock.now();
    if portal.state.is_used_up(&limit, now, HOUR).await? {
        return Ok(Access::TooMany);
    }
    if portal.admin_token.as_ref().is_some_and(|token| token.is(typed)) {
        return Ok(Access::Granted);
    }
    Ok(match portal.state.count_request(&[limit], now, HOUR).await? {
        Verdict::Within => Access::Wrong,
        Verdict::Over { .. } => Access::TooMany,
    })
}

/// `GET /metrics`
pub(crate) async fn metrics(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Response {
    let said = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = said.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let granted = match access(&app, &visit, token).await {
        Ok(granted) => granted,
        Err(refusal) => return plain(refusal.status(), refusal.outcome(), "try again"),
    };
    match granted {
        Access::Granted => {
            let text = report::metrics(&app.usage, app.settings.usage.smallest_shown);
            let media_type = "text/plain; version=0.0.4; charset=utf-8";
            ([(header::CONTENT_TYPE, media_type)], text).into_response()
        }
        Access::Wrong => {
            let mut response = plain(StatusCode::UNAUTHORIZED, Outcome("admin-token"), "wrong token");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
        Access::TooMany => {
            plain(StatusCode::TOO_MANY_REQUESTS, Outcome("admin-token"), "too many wrong tokens")
        }
    }
}

fn plain(status: StatusCode, outcome: Outcome, text: &'static str) -> Response {
    let mut response = (status, format!("{text}\n")).into_response();
    response.extensions_mut().insert(outcome);
    response
}

/// The form of the page.
#[derive(Deserialize)]
pub(crate) struct Asked {
    token: String,
    #[serde(default)]
    days: u64,
}

#[derive(Template)]
#[template(path = "usage.html")]
struct UsagePage {
    t: Texts,
    note: &'static str,
    days: u64,
    keep_days: u64,
    report: Option<Report>,
}

/// `GET /admin/usage`
pub(crate) async fn ask(State(app): State<App>) -> Result<Response, Refusal> {
    page(&app, "", DAYS, None)
}

/// `POST /admin/usage`
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    form: Result<Form<Asked>, FormRejection>,
) -> Result<Response, Refusal> {
    let Form(asked) = form.ok().ok_or(Refusal::NotFound)?;
    let days = if asked.days == 0 { DAYS } else { asked.days.min(app.settings.usage.keep_days.max(1)) };
    let token = Zeroizing::new(asked.token);
    let (status, note) = match access(&app, &visit, &token).await? {
        Access::Granted => return page(&app, "", days, Some(report(&app, days).await?)),
        Access::Wrong => (StatusCode::FORBIDDEN, "This token is wrong."),
        Access::TooMany => (StatusCode::TOO_MANY_REQUESTS, "Too many wrong tokens. Try again in an hour."),
    };
    let mut response = page(&app, note, days, None)?;
    *response.status_mut() = status;
    response.extensions_mut().insert(Outcome("admin-token"));
    Ok(response)
}

fn page(portal: &Portal, note: &'static str, days: u64, report: Option<Report>) -> Result<Response, Refusal> {
    let keep_days = portal.settings.usage.keep_days;
    Ok(pages::html(UsagePage { t: Texts::ENGLISH, note, days, keep_days, report }.render()?))
}

/// The report of the last days, with what this portal has counted and not yet handed to the database.
async fn report(portal: &Portal, days: u64) -> Result<Report, Refusal> {
    portal.usage.keep(&portal.state).await?;
    let last = today(portal.surroundings.clock.now());
    let first = (last + 1).saturating_sub(days);
    let counts = portal.state.figures(first).await?;
    Ok(Report::new(&counts, first, last, portal.settings.usage.smallest_shown))
}
