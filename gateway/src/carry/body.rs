//! Builds the carrier mail's body: a short text in plain and in HTML, and the attachment `message.html`.
//!
//! All text that comes out of the mail's header section is escaped, shortened and freed of control characters here.

use std::fmt::Write as _;

use askama::Template;
use mail_builder::{
    headers::content_type::ContentType,
    mime::{BodyPart, MimePart},
};
use rand::{Rng, RngExt as _};

use super::{CarryError, Ingredients};
use crate::parse::Authors;

/// Stands for the envelope while the body is built. No template, address or URL can hold it: of its kind only this is
/// drawn anew for each mail.
struct Place(String);

/// The most characters of a display name that are shown; longer ones are cut, to keep lines short.
const MAX_NAME: usize = 64;

#[derive(Template)]
#[template(path = "carrier.txt")]
struct PlainText<'a> {
    sender: &'a Sender,
    portal: &'a str,
}

#[derive(Template)]
#[template(path = "carrier.html")]
struct HtmlText<'a> {
    sender: &'a Sender,
    portal: &'a str,
    link: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessageHtml<'a> {
    sender: &'a Sender,
    portal: &'a str,
    envelope: &'a str,
}

/// Who the texts say has sent the mail.
struct Sender {
    name: Option<String>,
    address: Option<String>,
}

impl Sender {
    /// Takes the author when there is just one, else the envelope sender.
    fn of(ingredients: Ingredients<'_>) -> Self {
        match ingredients.header.authors() {
            Authors::One(author) => {
                let name = author.name.map(|name| plain(&name)).filter(|name| !name.is_empty());
                Self { name, address: Some(plain_address(author.address.as_str())) }
            }
            Authors::None | Authors::Several(_) | Authors::Unreadable => {
                let address = Some(ingredients.sender).filter(|sender| !sender.is_empty());
                Self { name: None, address: address.map(plain_address) }
            }
        }
    }

    /// Gives the address, in angle brackets where a name stands before it.
    fn shown_address(&self) -> Option<String> {
        let address = self.address.as_deref()?;
        Some(if self.name.is_some() { format!("<{address}>") } else { address.to_owned() })
    }

    /// Gives name and address on one line.
    fn line(&self) -> String {
        match (&self.name, self.shown_address()) {
            (Some(name), Some(address)) => format!("{name} {address}"),
            (None, Some(address)) => address,
            (_, None) => "Somebody".to_owned(),
        }
    }
}

/// Makes a text from a header field fit to be shown: no control characters, none that turn the direction of writing, one space
/// between words, not endless.
fn plain(text: &str) -> String {
    let shown: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !turns(*c)).collect();
    let mut words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = words.char_indices().nth(MAX_NAME) {
        words.truncate(cut);
        words.push('\u{2026}');
    }
    words
}

/// An address is shown whole, or it would be another one.
fn plain_address(address: &str) -> String {
    address.chars().filter(|c| !c.is_control() && !turns(*c)).collect()
}

/// Says whether the character changes the direction of writing of what follows it, which can make an address look like another.
fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

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
    let sender = Sender::of(ingredients);
    let portal = ingredients.portal.url.as_str();
    let place = Place(format!("sealpost-envelope-{:032x}", rng.random::<u128>()));
    let text = PlainText { sender: &sender, portal }.render()?;
    let html = HtmlText { sender: &sender, portal, link }.render()?;
    let texts = vec![MimePart::new("text/plain", text), MimePart::new("text/html", html)];
    let alternative = multipart("multipart/alternative", texts, rng);
    let whole = if is_attached {
        let message = ascii(&MessageHtml { sender: &sender, portal, envelope: &place.0 }.render()?);
        let attachment = MimePart::new("text/html", BodyPart::Text(message.into()))
            .attachment("message.html")
            .transfer_encoding("7bit");
        multipart("multipart/mixed", vec![alternative, attachment], rng)
    } else {
        alternative
    };
    let mut written = Vec::new();
    whole.write_part(&mut written);
    let mut body =
        written.split_off(memchr::memmem::find(&written, b"\r\n\r\n").ok_or(CarryError::NoPlace)? + 2);
    // The empty line belongs to neither.
    body.drain(..2);
    let content_type = written;
    if !is_attached {
        return Ok(Built { content_type, before: body, after: None });
    }
    let at = memchr::memmem::find(&body, place.0.as_bytes()).ok_or(CarryError::NoPlace)?;
    let after = body.split_off(at + place.0.len());
    body.truncate(at);
    Ok(Built { content_type, before: body, after: Some(after) })
}

/// Makes a multipart with a boundary from our own source of randomness.
fn multipart<'x>(kind: &'static str, parts: Vec<MimePart<'x>>, rng: &mut impl Rng) -> MimePart<'x> {
    let boundary = format!("=_{:032x}", rng.random::<u128>());
    MimePart::new(ContentType::new(kind).attribute("boundary", boundary), parts)
}

/// Makes HTML that fits a 7bit part: characters beyond ASCII as references, lines ended by CRLF.
fn ascii(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    for c in html.chars() {
        match c {
            '\n' => out.push_str("\r\n"),
            _ if c.is_ascii() => out.push(c),
            _ => write!(out, "&#x{:x};", u32::from(c)).expect("a String takes everything"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_names_safely() {
        for (name, shown) in [
            ("Alice  Example", "Alice Example"),
            ("Alice\r\nBcc: x", "Alice Bcc: x"),
            ("\u{202e}gro.elpmaxe@knab\u{202c}", "gro.elpmaxe@knab"),
            ("a\0b", "a b"),
            (" ", ""),
        ] {
            assert_eq!(plain(name), shown);
        }
        assert_eq!(plain(&"ü".repeat(100)).chars().count(), MAX_NAME + 1);
    }

    #[test]
    fn makes_ascii_of_html() {
        assert_eq!(ascii("<p>Jürgen \u{1f600}\n</p>"), "<p>J&#xfc;rgen &#x1f600;\r\n</p>");
    }
}
