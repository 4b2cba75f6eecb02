//! The privacy statement, linked from every page: the organisation's own text, or what this program does, in the reader's
//! language and with the periods of the settings.
//!
//! Whoever changes what is stored, sent as a cookie or logged changes these texts, and their date.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use askama::Template;
use axum::{extract::State, response::Response};
use thiserror::Error;

use crate::{
    App,
    authenticate::browser,
    config::{OwnPrivacy, Settings},
    error::Refusal,
    language::{Language, Wanted},
    pages,
    sanitise::{self, RemoteContent},
    texts::Texts,
};

/// When the program's own text was last changed.
const UPDATED: &str = "2026-11-30";
/// Largest file of an own text, in bytes.
const MAX_LEN: u64 = 1 << 20;

/// Why the organisation's own text can't be shown.
#[derive(Debug, Error)]
pub enum PrivacyError {
    /// Its file can't be read.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// It is larger or more intricate than a page should be.
    #[error("{}: too large or too complex for a page", .0.display())]
    Size(PathBuf),
}

/// The organisation's own text, as HTML: for all readers, and for those of some languages.
pub struct OwnText {
    base: String,
    by_language: HashMap<&'static str, String>,
}

impl OwnText {
    /// Reads the file, and for each language a file beside it that has the tag before its ending (`privacy.de.html`).
    ///
    /// # Errors
    /// When a file can't be read or is too large.
    pub fn read(own: &OwnPrivacy) -> Result<Self, PrivacyError> {
        let mut by_language = HashMap::new();
        for language in Language::all() {
            let ending = own.file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let path = own.file.with_extension(format!("{}.{ending}", language.tag()));
            if path.exists() {
                by_language.insert(language.tag(), read(&path)?);
            }
        }
        Ok(Self { base: read(&own.file)?, by_language })
    }

    fn of(&self, language: Language) -> &str {
        self.by_language.get(language.tag()).unwrap_or(&self.base)
    }
}

/// Reads a file: HTML through the sanitiser of mails, anything else as paragraphs of text.
fn read(path: &Path) -> Result<String, PrivacyError> {
    let failed = |source| PrivacyError::File { path: path.to_owned(), source };
    if fs::metadata(path).map_err(failed)?.len() > MAX_LEN {
        return Err(PrivacyError::Size(path.to_owned()));
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("html")) {
        let safe = sanitise::html(&text, &|_| None, 0, RemoteContent::Blocked);
        return Ok(safe.ok().ok_or_else(|| PrivacyError::Size(path.to_owned()))?.html);
    }
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    let paragraphs = paragraphs.map(|paragraph| format!("<p>{}</p>", ammonia::clean_text(paragraph)));
    Ok(paragraphs.collect::<Vec<_>>().join("\n"))
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct PrivacyPage<'p> {
    t: Texts,
    controller: &'p str,
    date: String,
    own: Option<&'p str>,
    passcode_minutes: u64,
    requests_minutes: u64,
    known_days: u64,
    session_minutes: u64,
    keep_hours: u64,
    sign_in_minutes: u64,
    providers: String,
    login_hint: bool,
    answers: bool,
    keep_days: u64,
    smallest: u64,
    cookies: Cookies,
}

/// The names of the cookies.
struct Cookies {
    browser: &'static str,
    session: &'static str,
    opener: &'static str,
    sign_in: &'static str,
    language: &'static str,
}

/// `GET /privacy`
pub(crate) async fn show(State(app): State<App>, wanted: Wanted) -> Result<Response, Refusal> {
    let t = Texts::of(wanted.language());
    let settings = &app.settings;
    let own = app.privacy.as_ref().map(|own| own.of(t.language()));
    let page = PrivacyPage {
        t,
        controller: &settings.privacy.controller,
        date: settings.privacy.own.as_ref().map_or_else(|| UPDATED.to_owned(), |own| own.updated.to_string()),
        own,
        passcode_minutes: settings.passcode.minutes.get(),
        requests_minutes: crate::requests_kept(settings).div_ceil(60),
        known_days: settings.passcode.known_days,
        session_minutes: settings.session.minutes,
        keep_hours: settings.session.keep_hours,
        sign_in_minutes: settings.sign_in.minutes,
        providers: provider_names(settings),
        login_hint: settings.sign_in.login_hint,
        answers: settings.answer.is_some(),
        keep_days: settings.usage.keep_days,
        smallest: settings.usage.smallest_shown,
        cookies: Cookies {
            browser: browser::BROWSER,
            session: browser::SESSION,
            opener: browser::OPENER,
            sign_in: browser::SIGN_IN,
            language: browser::LANGUAGE,
        },
    };
    Ok(pages::html(page.render()?))
}

fn provider_names(settings: &Settings) -> String {
    settings.providers.iter().map(|provider| provider.label.as_str()).collect::<Vec<_>>().join(", ")
}
