//! Puts the security headers on every answer.
//!
//! Two choices need their reasons here:
//! - `Referrer-Policy: same-origin`, not `no-referrer`: nothing goes to other sites either way, but under
//!   `no-referrer` browsers send `Origin: null` with our own forms, which is all that tells browsers without
//!   `Sec-Fetch-Site` (Safari before 16.4) apart from a foreign site.
//! - No Cross-Origin-Opener-Policy on the page that answers a form from another site: webmail previews open that page
//!   from a sandboxed frame, where the policy ends in a browser's error page instead of ours, which says what to do.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::App;

/// For all pages but those that have a policy of their own.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'";

/// For the pages with a script of ours: the start page, those around a sign-in, and those of answers.
pub const SCRIPT_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// For the page that shows a mail. Its frame (`srcdoc`) inherits this policy and has one of its own besides: inline
/// styles and data: images are for the sanitised mail in there. The script is ours, and runs outside the frame only.
pub const MESSAGE_POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The same once the reader has asked for images from other computers.
pub const MESSAGE_POLICY_LOADED: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: https:; script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// For the page to be printed, which holds the mail itself: sandboxed as a whole, like the frame elsewhere.
pub const PRINT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
     frame-ancestors 'none'; base-uri 'none'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// The same once the reader has asked for images from other computers.
pub const PRINT_POLICY_LOADED: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; \
     form-action 'none'; frame-ancestors 'none'; base-uri 'none'; \
     sandbox allow-popups allow-popups-to-escape-sandbox";

/// For images and texts that a browser shows as they are.
pub const PREVIEW_POLICY: &str = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; form-action 'none'; \
     frame-ancestors 'none'; base-uri 'none'; sandbox";

/// For downloads: whatever they are, a browser that shows them all the same runs nothing.
pub const DOWNLOAD_POLICY: &str =
    "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox";

const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), \
     gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()";

/// Adds what an answer does not have yet.
pub async fn secure(State(app): State<App>, request: Request, next: Next) -> Response {
    let from_other_site = request.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    let is_asset = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    add(headers, header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    add(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(headers, header::REFERRER_POLICY, "same-origin");
    add(headers, HeaderName::from_static("permissions-policy"), PERMISSIONS);
    add(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    add(headers, HeaderName::from_static("x-robots-tag"), "noindex, nofollow");
    add(headers, header::X_FRAME_OPTIONS, "DENY");
    if !from_other_site {
        add(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    }
    if app.settings.server.public_url.is_https() {
        add(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    let keep = if is_asset && response_is_ok(&response) { "public, max-age=3600" } else { "no-store" };
    add(response.headers_mut(), header::CACHE_CONTROL, keep);
    response
}

fn response_is_ok(response: &Response) -> bool {
    response.status().is_success()
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
