//! Fills in the texts of a carrier mail: plain text, HTML, and `message.html`.
//!
//! All text that comes out of the mail's header section is escaped, shortened and freed of control characters here.

use std::borrow::Cow;

use askama::Template;

use super::{
    CarryError, Ingredients,
    colour::Colour,
    look::{Colours, Look},
    texts::{Piece, Slot, Text, Texts, turns},
};
use crate::parse::Authors;

/// The most characters of a display name that are shown; longer ones are cut, to keep lines short.
const MAX_NAME: usize = 64;
/// The most characters of an address that stand in `message.html` without a place to break the line.
const MAX_ADDRESS_PART: usize = 100;
/// The length of a line of plain text.
const TEXT_WIDTH: usize = 72;
/// The typeface; Outlook on Windows is told another way.
const FONT: &str =
    "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Helvetica,Arial,sans-serif";

#[derive(Template)]
#[template(path = "carrier.txt", escape = "none")]
struct PlainText<'a> {
    texts: &'a Texts,
    sender: &'a Sender,
    portal: &'a str,
    link_alone: Option<&'a str>,
    is_right_to_left: bool,
}

impl PlainText<'_> {
    /// Gives a text in lines.
    fn said(&self, text: &Text) -> String {
        let filled = text.filled(|slot| match slot {
            Slot::Sender => self.set_apart(self.sender.line(&self.texts.nobody)),
            Slot::Portal => self.set_apart(self.portal.to_owned()),
            Slot::File => self.set_apart("message.html".to_owned()),
            Slot::Button => self.texts.button.plain().into(),
        });
        wrapped(&filled)
    }

    /// Keeps what is written from left to right whole in a text that is written from right to left: FIRST STRONG ISOLATE and
    /// POP DIRECTIONAL ISOLATE.
    fn set_apart(&self, text: String) -> Cow<'static, str> {
        if self.is_right_to_left { format!("\u{2068}{text}\u{2069}").into() } else { text.into() }
    }
}

#[derive(Template)]
#[template(path = "carrier.html")]
struct HtmlText<'a> {
    look: &'a Look,
    texts: &'a Texts,
    colours: Colours,
    dark_surface: Colour,
    dark_accent: Colour,
    font: &'static str,
    /// The side where lines begin.
    start: &'static str,
    sender: &'a Sender,
    portal: &'a str,
    link: Option<&'a str>,
    is_attached: bool,
    /// The Content-ID of the logo.
    cid: &'a str,
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessageHtml<'a> {
    look: &'a Look,
    texts: &'a Texts,
    colours: Colours,
    dark_surface: Colour,
    dark_accent: Colour,
    font: &'static str,
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

    /// Gives the address in parts that are short enough to stand on a line of a mail each.
    fn address_parts(&self) -> Option<Vec<String>> {
        let address: Vec<char> = self.shown_address()?.chars().collect();
        Some(address.chunks(MAX_ADDRESS_PART).map(|part| part.iter().collect()).collect())
    }

    /// Gives name and address on one line.
    fn line(&self, nobody: &Text) -> String {
        match (&self.name, self.shown_address()) {
            (Some(name), Some(address)) => format!("{name} {address}"),
            (None, Some(address)) => address,
            (_, None) => nobody.plain(),
        }
    }
}

/// The filled-in texts of a carrier mail.
pub(super) struct Pages {
    /// The plain text.
    pub(super) text: String,
    /// The HTML.
    pub(super) html: String,
    /// The attachment, where there is one, with a word that stands for the envelope.
    pub(super) message: Option<String>,
}

/// What the texts need to know besides the ingredients.
#[derive(Clone, Copy)]
pub(super) struct Particulars<'a> {
    /// The link that holds the envelope, if it fits one.
    pub(super) link: Option<&'a str>,
    /// What stands for the envelope in `message.html`, if that is attached.
    pub(super) place: Option<&'a str>,
    /// The Content-ID of the logo.
    pub(super) cid: &'a str,
}

impl Pages {
    /// Fills in the templates.
    pub(super) fn fill(
        ingredients: Ingredients<'_>,
        particulars: Particulars<'_>,
    ) -> Result<Self, CarryError> {
        let Particulars { link, place, cid } = particulars;
        let (look, portal) = (ingredients.look, ingredients.portal.url.as_str());
        let (texts, colours, sender) = (&look.texts, look.colours, &Sender::of(ingredients));
        let (dark_surface, dark_accent) = (Colours::DARK_SURFACE, colours.dark_accent());
        let is_right_to_left = look.direction() == "rtl";
        let (font, start) = (FONT, if is_right_to_left { "right" } else { "left" });
        let link_alone = link.filter(|_| place.is_none());
        let text = PlainText { texts, sender, portal, link_alone, is_right_to_left }.render()?;
        let is_attached = place.is_some();
        let html = HtmlText {
            look,
            texts,
            colours,
            dark_surface,
            dark_accent,
            font,
            start,
            sender,
            portal,
            link,
            is_attached,
            cid,
        }
        .render()?;
        let message = |envelope| {
            MessageHtml { look, texts, colours, dark_surface, dark_accent, font, sender, portal, envelope }
                .render()
        };
        Ok(Self { text, html, message: place.map(message).transpose()? })
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

/// Breaks a text into lines at its spaces.
fn wrapped(text: &str) -> String {
    let (mut out, mut width) = (String::with_capacity(text.len()), 0);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if width > 0 {
            let fits = width + 1 + length <= TEXT_WIDTH;
            out.push(if fits { ' ' } else { '\n' });
            width = if fits { width + 1 } else { 0 };
        }
        out.push_str(word);
        width += length;
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
    fn breaks_lines() {
        assert_eq!(wrapped("a  b"), "a b");
        let lines = wrapped(&"word ".repeat(40));
        assert!(lines.lines().all(|line| line.len() <= TEXT_WIDTH) && lines.lines().count() == 3, "{lines}");
        assert_eq!(wrapped(&"x".repeat(100)), "x".repeat(100));
        assert_eq!(wrapped(""), "");
    }
}
