//! The two cookies, and where a request came from.
//!
//! Both cookies are `__Host-` (`Secure`, no `Domain`, `Path=/`), `HttpOnly` and `SameSite=Strict`. Strict suffices: the form
//! post from `message.html` needs no cookie, and every later request comes from a page of our own. Chromium keeps
//! such cookies for plain http on loopback too, so demo and tests need no other name.

use axum::http::{HeaderMap, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use crate::{
    surroundings::{NoRandomness, Surroundings},
    text,
};

/// Binds passcodes to the browser that asked for them.
const BROWSER: &str = "__Host-sealpost-browser";
/// Holds the session's token.
const SESSION: &str = "__Host-sealpost-session";

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

    fn to_cookie(&self, name: &'static str) -> Cookie<'static> {
        Cookie::build((name, text::to_base64url(&self.0)))
            .path("/")
            .secure(true)
            .http_only(true)
            .same_site(SameSite::Strict)
            .build()
    }
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

/// Sets the browser's token.
pub fn set_browser_token(jar: CookieJar, token: &Token) -> CookieJar {
    jar.add(token.to_cookie(BROWSER))
}

/// Sets the session's token.
pub fn set_session_token(jar: CookieJar, token: &Token) -> CookieJar {
    jar.add(token.to_cookie(SESSION))
}

/// Makes the browser forget the session.
pub fn forget_session(jar: CookieJar) -> CookieJar {
    jar.add(Cookie::build((SESSION, "")).path("/").secure(true).http_only(true).removal().build())
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

    #[test]
    fn cookies_have_all_their_locks() {
        let token = Token::random(&Surroundings::real()).unwrap();
        let cookie = token.to_cookie(SESSION).to_string();
        for part in ["__Host-", "; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"] {
            assert!(cookie.contains(part), "{part} in {cookie}");
        }
        assert!(!cookie.contains("Domain"));
    }
}
