//! Files that a browser gets: attachments, all of them, the whole mail.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};

use super::in_pieces;
use crate::{
    budget::Reservation,
    headers::{DOWNLOAD_POLICY, PREVIEW_POLICY},
    render::Preview,
};

/// A file that a browser gets.
pub struct File {
    name: String,
    bytes: Vec<u8>,
    /// The media type under which it is shown; `None` for a file to be saved.
    shown_as: Option<&'static str>,
}

impl File {
    /// A file to be saved. Whatever its mail calls it, no browser shall show it here.
    #[must_use]
    pub fn saved(name: String, bytes: Vec<u8>) -> Self {
        Self { name, bytes, shown_as: None }
    }

    /// A file to be looked at.
    #[must_use]
    pub fn shown(preview: Preview) -> Self {
        Self { name: preview.name, bytes: preview.bytes, shown_as: Some(preview.media_type) }
    }

    /// Its size.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// A file; `held` is given back once it has been sent.
#[must_use]
pub fn file(file: File, held: Reservation) -> Response {
    let length = HeaderValue::from(file.bytes.len());
    let (media_type, way, policy) = match file.shown_as {
        Some(media_type) => (media_type, "inline", PREVIEW_POLICY),
        None => ("application/octet-stream", "attachment", DOWNLOAD_POLICY),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_DISPOSITION, disposition(way, &file.name)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (header::CONTENT_LENGTH, length),
    ];
    let body = in_pieces(file.bytes.into(), Some(held));
    (headers, axum::body::Body::from_stream(body)).into_response()
}

/// `Content-Disposition` with the file name twice (RFC 6266): in ASCII for old browsers, in UTF-8 for all others.
fn disposition(way: &'static str, name: &str) -> HeaderValue {
    let plain = |c: char| if c.is_ascii_graphic() && !"\"\\%".contains(c) || c == ' ' { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let encode = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let encoded: String = name.bytes().map(encode).collect();
    HeaderValue::try_from(format!("{way}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}"))
        .unwrap_or(HeaderValue::from_static(way))
}
