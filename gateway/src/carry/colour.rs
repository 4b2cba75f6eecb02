//! Colours, and whether people can read one on another.

use std::fmt;

/// The least contrast of text and what is behind it (WCAG 2.2, success criterion 1.4.3, level AA).
pub const MIN_CONTRAST: f64 = 4.5;

/// The contrast of what we choose ourselves for dark surroundings: a bit more, as thin light strokes seem thinner there.
const DARK_CONTRAST: f64 = 5.5;

/// A colour without transparency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Colour {
    /// Makes a colour of 0xRRGGBB.
    #[must_use]
    pub const fn new(rgb: u32) -> Self {
        let [_, red, green, blue] = rgb.to_be_bytes();
        Self([red, green, blue])
    }

    /// Reads `#rrggbb`; other ways to write a colour are not known to all mail programs.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let all_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        all_hex.then(|| u32::from_str_radix(digits, 16).ok().map(Self::new)).flatten()
    }

    /// Gives the contrast ratio of two colours, from 1 to 21: (L1 + 0.05) / (L2 + 0.05), the lighter one above (WCAG 2.2).
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Gives the relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Gives the colour as it is, or as much lighter as it takes to be read well on `behind`, which is dark; its hue stays.
    #[must_use]
    pub fn readable_on_dark(self, behind: Self) -> Self {
        let (hue, saturation, lightness) = self.to_hsl();
        let lighter = (0..=20).map(|step| {
            let lightness = lightness + (1.0 - lightness) * f64::from(step) / 20.0;
            if step == 0 { self } else { Self::of_hsl(hue, saturation, lightness) }
        });
        // White is read on whatever is dark.
        lighter.into_iter().find(|colour| colour.contrast(behind) >= DARK_CONTRAST).unwrap_or(Self([255; 3]))
    }

    /// Gives hue (0 to 6), saturation and lightness (0 to 1).
    fn to_hsl(self) -> (f64, f64, f64) {
        let [red, green, blue] = self.0.map(|channel| f64::from(channel) / 255.0);
        let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
        let (chroma, lightness) = (most - least, f64::midpoint(most, least));
        if self.0.iter().all(|channel| Some(channel) == self.0.first()) {
            return (0.0, 0.0, lightness);
        }
        let saturation = chroma / (1.0 - (2.0 * lightness - 1.0).abs());
        let hue = if red >= green && red >= blue {
            ((green - blue) / chroma).rem_euclid(6.0)
        } else if green >= blue {
            (blue - red) / chroma + 2.0
        } else {
            (red - green) / chroma + 4.0
        };
        (hue, saturation, lightness)
    }

    fn of_hsl(hue: f64, saturation: f64, lightness: f64) -> Self {
        let chroma = saturation * lightness.min(1.0 - lightness);
        let channel = |turn: f64| {
            let place = (turn + 2.0 * hue).rem_euclid(12.0);
            let value = lightness - chroma * (place - 3.0).min(9.0 - place).clamp(-1.0, 1.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is from 0 to 255"
            )]
            let byte = (value * 255.0).round().clamp(0.0, 255.0) as u8;
            byte
        };
        Self([channel(0.0), channel(8.0), channel(4.0)])
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_colours() {
        for (text, expected) in [
            ("#0b57a4", Some("#0b57a4")),
            ("#FFFFFF", Some("#ffffff")),
            ("#fff", None),
            ("0b57a4", None),
            ("#0b57a4ff", None),
            ("#0b57ag", None),
            ("#+b57a4", None),
            ("red", None),
            ("#fff;}", None),
            ("", None),
        ] {
            assert_eq!(Colour::parse(text).map(|colour| colour.to_string()).as_deref(), expected, "{text:?}");
        }
    }

    /// The figures are those of the contrast checker of `WebAIM`.
    #[test]
    fn measures_contrast() {
        for (one, two, ratio) in [
            ("#000000", "#ffffff", 21.0),
            ("#ffffff", "#ffffff", 1.0),
            ("#777777", "#ffffff", 4.48),
            ("#767676", "#ffffff", 4.54),
            ("#0000ff", "#ffffff", 8.59),
            ("#ff0000", "#ffffff", 4.0),
        ] {
            let (one, two) = (Colour::parse(one).unwrap(), Colour::parse(two).unwrap());
            assert!((one.contrast(two) - ratio).abs() < 0.01, "{one} on {two}: {}", one.contrast(two));
            assert!((one.contrast(two) - two.contrast(one)).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn lightens_just_as_much_as_it_takes() {
        let dark = Colour::new(0x1f_242a);
        for accent in [0x0b_57a4, 0x00_0000, 0x8a_b8f0, 0x7a_0019, 0xff_ffff] {
            let readable = Colour::new(accent).readable_on_dark(dark);
            assert!(readable.contrast(dark) >= MIN_CONTRAST, "{readable}");
        }
        let light = Colour::new(0x8a_b8f0);
        assert_eq!(light.readable_on_dark(dark), light);
        let blue = Colour::new(0x12_3a5c).readable_on_dark(dark);
        assert_eq!(blue.to_string(), "#58a0de", "it stays a blue");
    }
}
