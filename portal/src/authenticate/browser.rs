//! The cookies, and where a request came from.
//!
//! All cookies are `__Host-` (`Secure`, no `Domain`, `Path=/`) and `HttpOnly`. Chromium keeps such cookies for plain http on
//! loopback too, so demo and tests need no other name. They differ in the requests that they go along with:
//! - browser and session are `SameSite=Strict`: every request that they are for comes from a page of our own.
//! - the sign-in is `Lax`: the provider sends the reader back from its own site, by GET.
//! - the opener is `None`, so that it goes along with the form post from `message.html`, which no other cookie does. It
//!   holds the session's token again, and is looked at where an envelope is opened and nowhere else: that changes
//!   nothing, and no other site can read the answer.
//! - the language is `None` too, for the same reason; it is no secret.

use axum::http::{HeaderMap, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use time::Duration;

use crate::{
    surroundings::{NoRandomness, Surroundings},
    text,
};

/// Binds passcodes to the browser that asked for them.
pub(crate) const BROWSER: &str = "__Host-sealpost-browser";
/// Holds the session's token.
pub(crate) const SESSION: &str = "__Host-sealpost-session";
/// Holds it once more, for opening an envelope from another site's form.
pub(crate) const OPENER: &str = "__Host-sealpost-opener";
/// Holds the tag of the language that the reader has switched to.
pub(crate) const LANGUAGE: &str = "__Host-sealpost-language";
/// Seconds for which it is kept: a year.
const LANGUAGE_SECONDS: u64 = 365 * 24 * 3600;
/// Holds the secret of a sign-in with a provider.
pub(crate) const SIGN_IN: &str = "__Host-sealpost-sign-in";

/// The random value of a cookie. What the state keeps of it is a keyed hash.
pub struct Token([u8; 32]);

impl Token {
    /// Makes a new one.
    ///
    /// # Errors
    /// When there is no randomness for it.
    pub fn random(surroundings: &Surroundings) -> Result<Self, NoRandomness> {
        surroundings.random().map(Self)
    }

    /// The bytes, to be hashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn of(jar: &CookieJar, name: &str) -> Option<Self> {
        text::from_base64url(jar.get(name)?.value())?.try_into().ok().map(Self)
    }

    fn to_cookie(&self, name: &'static str, same_site: SameSite) -> Cookie<'static> {
        cookie(name, text::to_base64url(&self.0), same_site)
    }
}

fn cookie(name: &'static str, value: String, same_site: SameSite) -> Cookie<'static> {
    Cookie::build((name, value)).path("/").secure(true).http_only(true).same_site(same_site).build()
}

/// Makes the browser forget a cookie; it takes that only with the attributes that the cookie has.
fn forget(jar: CookieJar, name: &'static str, same_site: SameSite) -> CookieJar {
    let mut cookie = cookie(name, String::new(), same_site);
    cookie.make_removal();
    jar.add(cookie)
}

/// Makes the browser keep a cookie for so many seconds, or until it is closed.
fn kept(mut cookie: Cookie<'static>, seconds: Option<u64>) -> Cookie<'static> {
    if let Some(seconds) = seconds {
        cookie.set_max_age(Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX)));
    }
    cookie
}

/// The browser's token, if it has one.
#[must_use]
pub fn browser_token(jar: &CookieJar) -> Option<Token> {
    Token::of(jar, BROWSER)
}

/// The session's token, if there is one.
#[must_use]
pub fn session_token(jar: &CookieJar) -> Option<Token> {
    Token::of(jar, SESSION)
}

/// The session's token as it comes along from other sites, if there is one: good for opening an envelope only.
#[must_use]
pub fn opener_token(jar: &CookieJar) -> Option<Token> {
    Token::of(jar, OPENER)
}

/// Sets the browser's token.
pub fn set_browser_token(jar: CookieJar, token: &Token) -> CookieJar {
    jar.add(token.to_cookie(BROWSER, SameSite::Strict))
}

/// Sets the browser's token, to be kept for so many seconds.
pub fn keep_browser_token(jar: CookieJar, token: &Token, seconds: u64) -> CookieJar {
    jar.add(kept(token.to_cookie(BROWSER, SameSite::Strict), Some(seconds)))
}

/// Sets the session's token, to be kept for so many seconds, or until the browser is closed.
pub fn set_session_token(jar: CookieJar, token: &Token, seconds: Option<u64>) -> CookieJar {
    let both = [(SESSION, SameSite::Strict), (OPENER, SameSite::None)];
    both.into_iter()
        .fold(jar, |jar, (name, same_site)| jar.add(kept(token.to_cookie(name, same_site), seconds)))
}

/// Makes the browser forget the session.
pub fn forget_session(jar: CookieJar) -> CookieJar {
    forget(forget(jar, SESSION, SameSite::Strict), OPENER, SameSite::None)
}

/// What the browser holds of a sign-in that has begun, if one has.
#[must_use]
pub fn sign_in(jar: &CookieJar) -> Option<Vec<u8>> {
    text::from_base64url(jar.get(SIGN_IN)?.value())
}

/// Gives the browser a sign-in to hold for so many seconds.
pub fn set_sign_in(jar: CookieJar, secret: &[u8], seconds: u64) -> CookieJar {
    jar.add(kept(cookie(SIGN_IN, text::to_base64url(secret), SameSite::Lax), Some(seconds)))
}

/// Makes the browser forget the sign-in.
pub fn forget_sign_in(jar: CookieJar) -> CookieJar {
    forget(jar, SIGN_IN, SameSite::Lax)
}

/// The tag of the language that the reader has switched to, if he has: whatever the browser sends.
#[must_use]
pub fn language(jar: &CookieJar) -> Option<&str> {
    jar.get(LANGUAGE).map(Cookie::value)
}

/// Makes the browser remember the language.
pub fn set_language(jar: CookieJar, tag: &'static str) -> CookieJar {
    jar.add(kept(cookie(LANGUAGE, tag.to_owned(), SameSite::None), Some(LANGUAGE_SECONDS)))
}

/// Whether a request comes from a page of this portal: browsers say so in `Sec-Fetch-Site`, older ones only in
/// `Origin`. What says neither is no browser that a reader uses, and is refused.
#[must_use]
pub fn is_own_page(headers: &HeaderMap, origin: &str) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers.get(header::ORIGIN).is_some_and(|value| value == origin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_pass() {
        let ours = "https://portal.example";
        for (site, origin, expected) in [
            (Some("same-origin"), None, true),
            (Some("same-origin"), Some("null"), true),
            (Some("same-site"), Some(ours), false),
            (Some("cross-site"), Some(ours), false),
            (Some("none"), None, false),
            (None, Some(ours), true),
            (None, Some("https://portal.example.evil"), false),
            (None, Some("http://portal.example"), false),
            (None, Some("null"), false),
            (None, None, false),
        ] {
            let mut headers = HeaderMap::new();
            site.map(|value| headers.insert("sec-fetch-site", value.parse().unwrap()));
            origin.map(|value| headers.insert(header::ORIGIN, value.parse().unwrap()));
            assert_eq!(is_own_page(&headers, ours), expected, "{site:?} {origin:?}");
        }
    }

    /// All 64 alike in one bit would come by chance once in 10^16 runs.
    #[test]
    fn tokens_are_256_random_bits() {
        let tokens: Vec<_> = (0..64).map(|_| Token::random(&Surroundings::real()).unwrap()).collect();
        for bit in 0..256 {
            let set = tokens.iter().filter(|token| token.as_bytes()[bit / 8] >> (bit % 8) & 1 == 1).count();
            assert!((1..64).contains(&set), "bit {bit}");
        }
        for token in &tokens {
            let cookie = token.to_cookie(SESSION, SameSite::Strict);
            assert_eq!(text::from_base64url(cookie.value()).as_deref(), Some(token.as_bytes()));
        }
    }

    #[test]
    fn cookies_have_all_their_locks() {
        let token = Token::random(&Surroundings::real()).unwrap();
        let jar = set_browser_token(set_session_token(CookieJar::new(), &token, None), &token);
        let jar = set_language(set_sign_in(jar, &[7; 41], 900), "de");
        let mut found = Vec::new();
        for cookie in jar.iter() {
            let shown = cookie.to_string();
            for part in ["__Host-", "; Secure", "; HttpOnly", "; SameSite=", "; Path=/"] {
                assert!(shown.contains(part), "{part} in {shown}");
            }
            assert!(!shown.contains("Domain"));
            assert_eq!(shown.contains("Max-Age"), [SIGN_IN, LANGUAGE].contains(&cookie.name()), "{shown}");
            found.push((cookie.name().to_owned(), cookie.same_site().unwrap().to_string()));
        }
        found.sort();
        let expected = [
            (BROWSER, "Strict"),
            (LANGUAGE, "None"),
            (OPENER, "None"),
            (SESSION, "Strict"),
            (SIGN_IN, "Lax"),
        ];
        let expected = expected.map(|(name, site)| (name.to_owned(), site.to_owned()));
        assert_eq!(found, expected);

        for cookie in forget_sign_in(forget_session(CookieJar::new())).iter() {
            let site = cookie.same_site().unwrap().to_string();
            assert!(expected.contains(&(cookie.name().to_owned(), site)), "{cookie}");
            let shown = cookie.to_string();
            for part in ["; Secure", "; HttpOnly", "; Path=/", "; Max-Age=0"] {
                assert!(shown.contains(part), "{part} in {shown}");
            }
        }
    }
}
