//! Builds the carrier mail's body: a short text in plain and in HTML, the logo, and the attachment `message.html`.
//!
//! ```text
//! multipart/mixed
//!   multipart/alternative
//!     text/plain
//!     multipart/related        (only with a logo)
//!       text/html
//!       image/png              the logo, inline
//!   text/html                  message.html
//! ```
//!
//! The logo is related to the HTML alone: so those who read the plain text get no picture that nothing tells about, and
//! those who read HTML get it in its place and not among the attachments. Without an attachment the alternative is all.

use std::fmt::Write as _;

use mail_builder::{
    headers::content_type::ContentType,
    mime::{BodyPart, MimePart},
};
use rand::{Rng, RngExt as _};

use super::{
    CarryError, Ingredients,
    look::Logo,
    pages::{Pages, Particulars},
};

/// Lines of `message.html` are broken at the last space before this many octets, below the 998 that a mail may have.
const LINE_ROOM: usize = 900;

/// The parts of a body.
pub(super) struct Built {
    /// The Content-Type field.
    pub(super) content_type: Vec<u8>,
    /// What stands before the envelope, or the whole body where none is attached.
    pub(super) before: Vec<u8>,
    /// What stands behind the attached envelope.
    pub(super) after: Option<Vec<u8>>,
}

/// Builds the body.
pub(super) fn build(
    ingredients: Ingredients<'_>,
    link: Option<&str>,
    is_attached: bool,
    rng: &mut impl Rng,
) -> Result<Built, CarryError> {
    // Of its kind only this is drawn anew for each mail, so no template, address or URL can hold it.
    let place = format!("sealpost-envelope-{:032x}", rng.random::<u128>());
    let cid = format!("logo-{:032x}@{}", rng.random::<u128>(), ingredients.hostname);
    let particulars = Particulars { link, place: is_attached.then_some(place.as_str()), cid: &cid };
    let Pages { text, html, message } = Pages::fill(ingredients, particulars)?;
    let room = text.len() + html.len() + message.as_ref().map_or(0, String::len);
    let html = match &ingredients.look.logo {
        Some(logo) => with_logo(html, logo, cid, rng),
        None => MimePart::new("text/html", html),
    };
    let alternative = multipart("multipart/alternative", vec![MimePart::new("text/plain", text), html], rng);
    let whole = match message {
        Some(message) => {
            let attachment = MimePart::new("text/html", BodyPart::Text(ascii(&message).into()))
                .attachment("message.html")
                .transfer_encoding("7bit");
            multipart("multipart/mixed", vec![alternative, attachment], rng)
        }
        None => alternative,
    };
    // Encoding makes it a little longer.
    let mut content_type = Vec::with_capacity(room + room / 4);
    whole.write_part(&mut content_type);
    let end = memchr::memmem::find(&content_type, b"\r\n\r\n").ok_or(CarryError::NoPlace)?;
    // The empty line belongs to neither.
    let mut before = content_type.split_off(end + 4);
    content_type.truncate(end + 2);
    if !is_attached {
        return Ok(Built { content_type, before, after: None });
    }
    let at = memchr::memmem::find(&before, place.as_bytes()).ok_or(CarryError::NoPlace)?;
    let after = before.split_off(at + place.len());
    before.truncate(at);
    Ok(Built { content_type, before, after: Some(after) })
}

/// Joins the HTML with the logo that it shows.
fn with_logo<'x>(html: String, logo: &'x Logo, cid: String, rng: &mut impl Rng) -> MimePart<'x> {
    let name = logo.kind.file_name();
    let kind = ContentType::new(logo.kind.media_type()).attribute("name", name);
    let image = MimePart::new(kind, BodyPart::Binary(logo.bytes.as_slice().into()))
        .header("Content-Disposition", ContentType::new("inline").attribute("filename", name))
        .cid(cid);
    let boundary = boundary(rng);
    let kind = ContentType::new("multipart/related").attribute("type", "text/html");
    MimePart::new(kind.attribute("boundary", boundary), vec![MimePart::new("text/html", html), image])
}

/// Makes a multipart with a boundary from our own source of randomness.
fn multipart<'x>(kind: &'static str, parts: Vec<MimePart<'x>>, rng: &mut impl Rng) -> MimePart<'x> {
    MimePart::new(ContentType::new(kind).attribute("boundary", boundary(rng)), parts)
}

fn boundary(rng: &mut impl Rng) -> String {
    format!("=_{:032x}", rng.random::<u128>())
}

/// Makes HTML that fits a 7bit part: characters beyond ASCII as references, lines ended by CRLF and not too long.
fn ascii(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 16);
    for (number, line) in html.split('\n').enumerate() {
        if number > 0 {
            out.push_str("\r\n");
        }
        if line.is_ascii() && line.len() <= LINE_ROOM {
            out.push_str(line);
        } else {
            ascii_line(line, &mut out);
        }
    }
    out
}

fn ascii_line(line: &str, out: &mut String) {
    // Where the line begins, and its last space.
    let (mut start, mut space) = (out.len(), None);
    for c in line.chars() {
        if c == ' ' {
            space = Some(out.len());
        }
        if c.is_ascii() {
            out.push(c);
        } else {
            write!(out, "&#x{:x};", u32::from(c)).expect("a String takes everything");
        }
        if out.len() - start > LINE_ROOM
            && let Some(at) = space.take()
        {
            out.replace_range(at..=at, "\r\n");
            start = at + 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_ascii_of_html() {
        assert_eq!(ascii("<p>Jürgen \u{1f600}\n</p>"), "<p>J&#xfc;rgen &#x1f600;\r\n</p>");
    }

    #[test]
    fn breaks_long_lines_at_spaces() {
        let html = "\u{627}\u{644}\u{631} ".repeat(300);
        let broken = ascii(&html);
        assert!(broken.split("\r\n").all(|line| line.len() <= LINE_ROOM), "{broken}");
        assert_eq!(broken.replace("\r\n", " "), ascii(&html.replace(' ', "\n")).replace("\r\n", " "));
    }
}
