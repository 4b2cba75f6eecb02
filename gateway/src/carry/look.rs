//! How a carrier mail looks: logo, colours, texts, language; and the way in which the envelope gets to the reader.
//!
//! Nothing here reads files: the settings give what is checked already.

use std::sync::Arc;

use encodify::base64::MIME;

use super::{colour::Colour, texts::Texts};

/// A brand's look.
#[derive(Debug, Clone)]
pub struct Look {
    /// The language tag of the texts.
    pub language: String,
    /// The picture above the text.
    pub logo: Option<Arc<Logo>>,
    /// The colours.
    pub colours: Colours,
    /// The texts.
    pub texts: Texts,
}

/// How the envelope gets to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// In the link alone, as long as `[portal] link_max_bytes` lets it; in the attachment alone where not.
    Link,
    /// In the attachment alone.
    Attachment,
    /// In the attachment, and in the link too as long as `[portal] link_max_bytes` lets it.
    #[default]
    Both,
}

/// The colours of a brand for light surroundings; those for dark ones come of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colours {
    /// Buttons and links.
    pub accent: Colour,
    /// The label of buttons.
    pub accent_text: Colour,
    /// The text.
    pub text: Colour,
    /// What is behind the text.
    pub surface: Colour,
    /// What is around that.
    pub background: Colour,
    /// What is behind the logo, in the dark too.
    pub logo_background: Colour,
}

impl Default for Colours {
    fn default() -> Self {
        Self {
            accent: Colour::new(0x0b_57a4),
            accent_text: Colour::new(0xff_ffff),
            text: Colour::new(0x1b_1f24),
            surface: Colour::new(0xff_ffff),
            background: Colour::new(0xee_f1f5),
            logo_background: Colour::new(0xff_ffff),
        }
    }
}

impl Colours {
    /// What is behind the text in dark surroundings.
    pub(super) const DARK_SURFACE: Colour = Colour::new(0x1f_242a);

    /// Gives the pairs of colours by their keys, the first of which is read on the second.
    #[must_use]
    pub fn pairs(&self) -> [([&'static str; 2], [Colour; 2]); 4] {
        [
            (["text", "surface"], [self.text, self.surface]),
            (["text", "background"], [self.text, self.background]),
            (["accent", "surface"], [self.accent, self.surface]),
            (["accent_text", "accent"], [self.accent_text, self.accent]),
        ]
    }

    /// Gives the colour of buttons and links in dark surroundings.
    #[must_use]
    pub fn dark_accent(&self) -> Colour {
        self.accent.readable_on_dark(Self::DARK_SURFACE)
    }
}

/// A picture, kept as it goes into mails.
#[derive(Clone)]
pub struct Logo {
    /// The file, byte for byte.
    pub bytes: Vec<u8>,
    /// The file as a `data:` URL, in lines that fit a mail; browsers drop line ends in URLs.
    pub data_url: String,
    /// What it is.
    pub kind: LogoKind,
    /// The width in pixels at which it is shown.
    pub width: usize,
    /// The height in pixels at which it is shown.
    pub height: usize,
    /// What it says to people who do not see it; empty for nothing.
    pub alt: String,
}

/// What a logo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoKind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
}

/// The room in which a logo is shown; a larger picture is shown smaller, so one of twice the size is sharp on fine screens.
const LOGO_ROOM: (usize, usize) = (240, 64);

impl LogoKind {
    /// Gives the media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
        }
    }

    /// Gives the name of the file in the mail.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Png => "logo.png",
            Self::Jpeg => "logo.jpg",
            Self::Gif => "logo.gif",
        }
    }
}

impl Logo {
    /// Takes a picture of this size in pixels, and makes it fit the room that there is.
    #[must_use]
    pub fn new(bytes: Vec<u8>, kind: LogoKind, (width, height): (usize, usize), alt: String) -> Self {
        let (width, height) = fit(width.max(1), height.max(1));
        let text = MIME.encode(&bytes).replace("\r\n", "\n");
        let data_url = format!("data:{};base64,\n{text}", kind.media_type());
        Self { bytes, data_url, kind, width, height, alt }
    }
}

impl std::fmt::Debug for Logo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Logo({} bytes, {}x{})", self.bytes.len(), self.width, self.height)
    }
}

/// Scales a picture down, if need be, in proportion.
fn fit(width: usize, height: usize) -> (usize, usize) {
    let (room_width, room_height) = LOGO_ROOM;
    if width <= room_width && height <= room_height {
        return (width, height);
    }
    if width.saturating_mul(room_height) >= height.saturating_mul(room_width) {
        (room_width, (height.saturating_mul(room_width) / width).max(1))
    } else {
        ((width.saturating_mul(room_height) / height).max(1), room_height)
    }
}

/// Languages that are written from right to left.
const RIGHT_TO_LEFT: [&str; 13] =
    ["ar", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr", "ug", "ur", "yi"];

impl Look {
    /// Gives the direction of writing of the language, `ltr` or `rtl`.
    #[must_use]
    pub fn direction(&self) -> &'static str {
        let mut subtags = self.language.split('-');
        let language = subtags.next().unwrap_or_default();
        let is_right_to_left = match subtags.next().filter(|subtag| subtag.len() == 4) {
            Some(script) => {
                ["arab", "hebr", "syrc", "thaa"].iter().any(|own| script.eq_ignore_ascii_case(own))
            }
            None => RIGHT_TO_LEFT.iter().any(|own| language.eq_ignore_ascii_case(own)),
        };
        if is_right_to_left { "rtl" } else { "ltr" }
    }
}

/// The usual look: no logo, blue buttons, English.
impl Default for Look {
    fn default() -> Self {
        Self { language: "en".to_owned(), logo: None, colours: Colours::default(), texts: Texts::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carry::colour::MIN_CONTRAST;

    #[test]
    fn knows_directions() {
        for (language, direction) in [
            ("en", "ltr"),
            ("ar", "rtl"),
            ("AR-eg", "rtl"),
            ("he", "rtl"),
            ("de-CH", "ltr"),
            ("az-Arab", "rtl"),
            ("ar-Latn", "ltr"),
            ("", "ltr"),
        ] {
            let look = Look { language: language.to_owned(), ..Look::default() };
            assert_eq!(look.direction(), direction, "{language}");
        }
    }

    #[test]
    fn the_usual_colours_can_be_read() {
        for (keys, [above, below]) in Colours::default().pairs() {
            assert!(above.contrast(below) >= MIN_CONTRAST, "{keys:?}");
        }
    }

    #[test]
    fn fits_logos() {
        for (size, shown) in [
            ((100, 40), (100, 40)),
            ((240, 64), (240, 64)),
            ((480, 128), (240, 64)),
            ((1000, 100), (240, 24)),
            ((100, 1000), (6, 64)),
            ((100_000, 1), (240, 1)),
        ] {
            let logo = Logo::new(Vec::new(), LogoKind::Png, size, String::new());
            assert_eq!((logo.width, logo.height), shown);
        }
    }
}
