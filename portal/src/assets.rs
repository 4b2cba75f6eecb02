//! The portal's own static files, built into the program.

use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse as _, Response},
};

use crate::error::Refusal;

/// Name, media type and content.
const ASSETS: [(&str, &str, &str); 7] = [
    ("portal.css", "text/css; charset=utf-8", include_str!("../assets/portal.css")),
    ("kept.js", "text/javascript; charset=utf-8", include_str!("../assets/kept.js")),
    ("carry.js", "text/javascript; charset=utf-8", include_str!("../assets/carry.js")),
    ("start.js", "text/javascript; charset=utf-8", include_str!("../assets/start.js")),
    ("read.js", "text/javascript; charset=utf-8", include_str!("../assets/read.js")),
    ("answer.js", "text/javascript; charset=utf-8", include_str!("../assets/answer.js")),
    ("icon.svg", "image/svg+xml; charset=utf-8", include_str!("../assets/icon.svg")),
];

/// `GET /assets/{name}`
pub async fn asset(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|(known, ..)| *known == name) {
        Some((_, media_type, content)) => ([(header::CONTENT_TYPE, *media_type)], *content).into_response(),
        None => Refusal::NotFound.into_response(),
    }
}
