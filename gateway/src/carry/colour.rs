//! Colours, and whether people can read one on another.

use std::fmt;

/// The least contrast of text and what is behind it (WCAG 2.2, success criterion 1.4.3, level AA).
pub const MIN_CONTRAST: f64 = 4.5;

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

    /// Gives the colour as it is, or mixed with as much white as it takes to be read on `behind`, which is dark.
    #[must_use]
    pub fn readable_on_dark(self, behind: Self) -> Self {
        // Steps of a sixteenth; white itself is readable on whatever is dark.
        let mixed = |part: u16| {
            Self(self.0.map(|channel| {
                let channel = u16::from(channel);
                u8::try_from(channel + (255 - channel) * part / 16).unwrap_or(u8::MAX)
            }))
        };
        let readable = (0..=16).map(mixed).find(|colour| colour.contrast(behind) >= MIN_CONTRAST);
        readable.unwrap_or(Self([255; 3]))
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

    /// The figures are those of the contrast checker of WebAIM.
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
    }
}
