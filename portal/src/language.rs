//! Chooses the language of a page or mail: the one that the reader has switched to; else the one that the sender's policy
//! names for him (the envelope's language term); else what his browser asks for; else that of the settings.

use std::sync::LazyLock;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use axum_extra::extract::cookie::CookieJar;
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use fluent_templates::LanguageIdentifier;
use serde::{Deserialize, Deserializer};

use crate::{App, authenticate::browser, config::values::ValueError};

/// Languages of `Accept-Language` that are looked at; browsers send a handful.
const MAX_ACCEPTED: usize = 20;
/// Longest language tag (RFC 5646, 4.4.1).
const MAX_TAG: usize = 35;

/// A language that the portal speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    tag: &'static str,
    name: &'static str,
    direction: &'static str,
}

/// The tag, which is also the directory of its texts; what it calls itself; the direction in which it is written.
const LANGUAGES: [Language; 12] = [
    language("en", "English", "ltr"),
    language("de", "Deutsch", "ltr"),
    language("fr", "Français", "ltr"),
    language("es", "Español", "ltr"),
    language("it", "Italiano", "ltr"),
    language("pt", "Português", "ltr"),
    language("nl", "Nederlands", "ltr"),
    language("pl", "Polski", "ltr"),
    language("ja", "日本語", "ltr"),
    language("zh-Hans", "简体中文", "ltr"),
    language("ar", "العربية", "rtl"),
    language("he", "עברית", "rtl"),
];

const fn language(tag: &'static str, name: &'static str, direction: &'static str) -> Language {
    Language { tag, name, direction }
}

/// The languages without script or region: whoever asks for any Chinese gets the one that there is.
static SPOKEN: LazyLock<Vec<LanguageIdentifier>> =
    LazyLock::new(|| LANGUAGES.iter().filter_map(|language| language.bare().parse().ok()).collect());

impl Language {
    /// The language of the sources, which has every text.
    pub const ENGLISH: Self = language("en", "English", "ltr");

    /// All languages, in the order in which a reader may choose.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &LANGUAGES
    }

    /// Its BCP 47 tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        self.tag
    }

    /// What it calls itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The direction in which it is written: `ltr` or `rtl`.
    #[must_use]
    pub fn direction(self) -> &'static str {
        self.direction
    }

    /// The language with just this tag.
    #[must_use]
    pub fn tagged(tag: &str) -> Option<Self> {
        LANGUAGES.into_iter().find(|language| language.tag == tag)
    }

    /// The first of these that the portal speaks, in whatever regional form it is asked for.
    fn first_spoken(asked: &[LanguageIdentifier]) -> Option<Self> {
        let found = negotiate_languages(asked, &SPOKEN, None, NegotiationStrategy::Lookup);
        let found = found.first()?.language;
        LANGUAGES.into_iter().find(|language| found == language.bare())
    }

    fn bare(self) -> &'static str {
        self.tag.split_once('-').map_or(self.tag, |(bare, _)| bare)
    }
}

/// The tags of all languages, for people.
pub(crate) fn tags() -> String {
    LANGUAGES.map(Language::tag).join(", ")
}

impl TryFrom<String> for Language {
    type Error = ValueError;

    fn try_from(tag: String) -> Result<Self, ValueError> {
        Self::tagged(&tag).ok_or(ValueError::Language(tag))
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// What a request tells of its reader's languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    switched: Option<Language>,
    accepted: Option<Language>,
    default: Language,
}

impl Wanted {
    /// Reads the cookie of the switch and `Accept-Language`.
    #[must_use]
    pub fn of(headers: &HeaderMap, default: Language) -> Self {
        let jar = CookieJar::from_headers(headers);
        Self {
            switched: browser::language(&jar).and_then(Language::tagged),
            accepted: Language::first_spoken(&accepted(headers)),
            default,
        }
    }

    /// The language of a page that belongs to no envelope.
    #[must_use]
    pub fn language(self) -> Language {
        self.switched.or(self.accepted).unwrap_or(self.default)
    }

    /// The language of a page about an envelope; `term` is its language term, empty for none.
    #[must_use]
    pub fn language_for(self, term: &str) -> Language {
        let preferred = || Language::first_spoken(&identifier(term).into_iter().collect::<Vec<_>>());
        self.switched.or_else(preferred).unwrap_or_else(|| self.language())
    }

    /// The same reader, who has just switched.
    #[must_use]
    pub fn switched_to(self, language: Option<Language>) -> Self {
        Self { switched: language.or(self.switched), ..self }
    }
}

impl FromRequestParts<App> for Wanted {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers, app.settings.server.language))
    }
}

/// The languages of `Accept-Language`, the dearest first (RFC 9110, 12.5.4).
fn accepted(headers: &HeaderMap) -> Vec<LanguageIdentifier> {
    let fields = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|field| field.to_str().ok());
    let mut weighed: Vec<(f32, LanguageIdentifier)> = fields
        .flat_map(|field| field.split(','))
        .take(MAX_ACCEPTED)
        .filter_map(|entry| {
            let (tag, parameter) = entry.split_once(';').unwrap_or((entry, "q=1"));
            let weight: f32 = parameter.trim().strip_prefix("q=")?.trim().parse().ok()?;
            Some((weight, identifier(tag.trim())?)).filter(|(weight, _)| *weight > 0.0)
        })
        .collect();
    weighed.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    weighed.into_iter().map(|(_, tag)| tag).collect()
}

fn identifier(tag: &str) -> Option<LanguageIdentifier> {
    let looks_right = tag.len() <= MAX_TAG && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    tag.parse().ok().filter(|_| looks_right && !tag.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(cookie: &str, term: &str, accept: &str) -> &'static str {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
        headers.insert(header::COOKIE, format!("__Host-sealpost-language={cookie}").parse().unwrap());
        Wanted::of(&headers, Language::ENGLISH).language_for(term).tag()
    }

    #[test]
    fn the_reader_chooses_then_the_policy_then_the_browser() {
        for (cookie, term, accept, expected) in [
            ("", "", "", "en"),
            ("", "", "de", "de"),
            ("", "", "de-AT, en;q=0.5", "de"),
            ("", "", "en;q=0.5, fr-CA;q=0.9", "fr"),
            ("", "", "fr;q=0, it;q=0.1", "it"),
            ("", "", "sv, tlh, nl;q=0.3", "nl"),
            ("", "", "zh-TW, ja;q=0.1", "zh-Hans"),
            ("", "", "zh-Hans-CN", "zh-Hans"),
            ("", "", "PT-br", "pt"),
            ("", "", "he-IL;q=1.0", "he"),
            ("", "", "*", "en"),
            ("", "", "xx, yy-ZZ", "en"),
            ("", "", "de;q=x, pl", "pl"),
            ("", "", ";;,,q=,-,de-,1;q=1,\u{e4}", "en"),
            ("", "de-AT", "fr", "de"),
            ("", "zh-CN", "fr", "zh-Hans"),
            ("", "tlh", "fr", "fr"),
            ("", "-", "fr", "fr"),
            ("ar", "de", "fr", "ar"),
            ("zh-Hans", "de", "fr", "zh-Hans"),
            ("../x", "de", "fr", "de"),
        ] {
            assert_eq!(chosen(cookie, term, accept), expected, "{cookie:?} {term:?} {accept:?}");
        }
        let endless = "sv,".repeat(2000) + "de";
        assert_eq!(chosen("", "", &endless), "en");
        let long = "a-".repeat(4000) + "de";
        assert_eq!(chosen("", &long, &long), "en");
    }

    #[test]
    fn every_language_can_be_asked_for_and_switched_to() {
        for language in Language::all() {
            assert_eq!(chosen("", "", language.tag()), language.tag());
            assert_eq!(chosen(language.tag(), "en", "en"), language.tag());
            assert_eq!(Language::try_from(language.tag().to_owned()).ok(), Some(*language));
        }
        assert!(Language::try_from("de-AT".to_owned()).is_err());
    }
}
