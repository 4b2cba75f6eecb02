//! Files that a browser gets: attachments, all of them, the whole mail.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};

use bytes::Bytes;

use super::in_pieces;
use crate::{
    budget::Reservation,
    headers::{DOWNLOAD_POLICY, PREVIEW_POLICY},
    open::OpenedMail,
    render::Preview,
};

/// A file that a browser gets.
pub struct File {
    name: String,
    bytes: Bytes,
    /// Bytes of memory that it takes.
    room: usize,
    /// The media type under which it is shown; `None` for a file to be saved.
    shown_as: Option<&'static str>,
}

impl File {
    /// A file to be saved. Whatever its mail calls it, no browser shall show it here.
    #[must_use]
    pub fn saved(name: String, bytes: Vec<u8>) -> Self {
        Self::new(name, bytes, None)
    }

    /// The mail itself, to be saved; it is not copied.
    #[must_use]
    pub fn whole(name: String, mail: OpenedMail) -> Self {
        let room = mail.bytes().len();
        Self { name, bytes: Bytes::from_owner(mail), room, shown_as: None }
    }

    /// A file to be looked at.
    #[must_use]
    pub fn shown(preview: Preview) -> Self {
        Self::new(preview.name, preview.bytes, Some(preview.media_type))
    }

    fn new(name: String, bytes: Vec<u8>, shown_as: Option<&'static str>) -> Self {
        let room = bytes.capacity();
        Self { name, bytes: bytes.into(), room, shown_as }
    }

    /// Bytes of memory that it takes, which may be more than it has.
    #[must_use]
    pub fn room(&self) -> u64 {
        self.room as u64
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
    let body = in_pieces(file.bytes, Some(held));
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
