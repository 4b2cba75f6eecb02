//! Counts how the portal is used: how often, a day, and nothing of anybody.
//!
//! Every figure stands in this file. None is made of what a reader or a mail says: ways of signing in and browser families
//! are those of the settings and of a fixed list, errors those of the log. Figures are added up in memory, handed to the
//! database every few seconds and at the end, and kept there a number for each day and kind.
//!
//! What is shown of them ([`report`]) leaves small numbers out. No figure that is shown is the sum of others that are, so
//! none can be worked out from the rest.

pub(crate) mod admin;
pub mod report;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::Response,
};

use crate::{
    App, Portal,
    error::Outcome,
    state::{self, StateError},
};

/// How often what has been counted is handed to the database.
pub(crate) const KEEP_EVERY: Duration = Duration::from_secs(5);

/// Seconds of a day.
const DAY: u64 = 24 * 3600;

/// Browser families by what their User-Agent holds, the first that fits: later ones name themselves after earlier ones.
const FAMILIES: [(&str, &[&str]); 7] = [
    ("edge", &["Edg/", "EdgA/", "EdgiOS/", "Edge/"]),
    ("opera", &["OPR/", "Opera"]),
    ("samsung", &["SamsungBrowser/"]),
    ("firefox", &["Firefox/", "FxiOS/"]),
    ("chrome", &["Chrome/", "Chromium/", "CriOS/"]),
    ("safari", &["Safari/"]),
    ("other", &[""]),
];

/// Something that is counted.
#[derive(Clone, Copy)]
pub enum Figure<'f> {
    /// A message was shown.
    Message,
    /// Somebody has proved his address by a passcode.
    Passcode,
    /// Somebody has proved his address by signing in with the provider of this name.
    Provider(&'f str),
    /// A message was opened with a browser of this family.
    Browser(&'static str),
    /// A request was not answered with what it asked for, for this reason.
    Error(&'static str),
}

impl Figure<'_> {
    /// What it is kept as.
    fn kind(self) -> String {
        match self {
            Self::Message => "message".to_owned(),
            Self::Passcode => "sign-in/passcode".to_owned(),
            Self::Provider(name) => format!("sign-in/provider/{name}"),
            Self::Browser(family) => format!("browser/{family}"),
            Self::Error(class) => format!("error/{class}"),
        }
    }
}

/// Numbers by day and kind.
pub type Counts = BTreeMap<(u64, String), u64>;

/// What has been counted and is not in the database yet, and all since the start.
#[derive(Default)]
pub struct Usage {
    fresh: Mutex<Counts>,
    since_start: Mutex<BTreeMap<String, u64>>,
}

impl Usage {
    fn fresh(&self) -> MutexGuard<'_, Counts> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, day: u64, figure: Figure) {
        let kind = figure.kind();
        let mut all = self.since_start.lock().unwrap_or_else(PoisonError::into_inner);
        *all.entry(kind.clone()).or_default() += 1;
        drop(all);
        *self.fresh().entry((day, kind)).or_default() += 1;
    }

    /// Hands what has been counted to the database. While that is away it waits here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(&self, state: &state::State) -> Result<(), StateError> {
        let counts = std::mem::take(&mut *self.fresh());
        if counts.is_empty() {
            return Ok(());
        }
        let kept = state.add_figures(&counts).await;
        if kept.is_err() {
            let mut fresh = self.fresh();
            for (figure, count) in counts {
                *fresh.entry(figure).or_default() += count;
            }
        }
        kept
    }

    /// Numbers since the start, by kind.
    fn since_start(&self) -> BTreeMap<String, u64> {
        self.since_start.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Counts one more.
pub(crate) fn count(portal: &Portal, figure: Figure) {
    if portal.settings.usage.keep_days > 0 {
        portal.usage.count(today(portal.surroundings.clock.now()), figure);
    }
}

/// The day that holds this moment, counted from 1970, in UTC.
#[must_use]
pub fn today(now: u64) -> u64 {
    now / DAY
}

/// Says of an answer that it shows a message; rides on the response.
#[derive(Clone, Copy)]
pub(crate) struct ShowsMessage;

/// Counts a request once it is answered.
pub(crate) async fn count_request(State(app): State<App>, request: Request, next: Next) -> Response {
    let opens = request.method() == Method::POST && request.uri().path() == "/open";
    let browser = opens.then(|| family(request.headers()));
    let response = next.run(request).await;
    if response.extensions().get::<ShowsMessage>().is_some() {
        count(&app, Figure::Message);
    }
    if response.status().is_client_error() || response.status().is_server_error() {
        let class = response.extensions().get::<Outcome>().map_or("other", |outcome| outcome.0);
        count(&app, Figure::Error(class));
    } else if let Some(family) = browser {
        count(&app, Figure::Browser(family));
    }
    response
}

/// The family of the browser that sends these headers. Its version and system are not looked at.
fn family(headers: &HeaderMap) -> &'static str {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let fits = |marks: &[&str]| marks.iter().any(|mark| agent.contains(mark));
    FAMILIES.iter().find(|(_, marks)| fits(marks)).map_or("other", |(family, _)| family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart_by_family() {
        for (agent, expected) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "firefox"),
            (
                "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/140.0 Mobile Safari/605.1.15",
                "firefox",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
                "chrome",
            ),
            ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "edge"),
            (
                "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36 SamsungBrowser/28.0",
                "samsung",
            ),
            (
                "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
                "safari",
            ),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 OPR/120.0", "opera"),
            ("curl/8.0 bob@example.net", "other"),
            ("", "other"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, agent.parse().unwrap());
            assert_eq!(family(&headers), expected, "{agent}");
        }
        assert_eq!(family(&HeaderMap::new()), "other");
    }
}
