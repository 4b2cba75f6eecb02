//! Makes text uniform, so that numbers are found in whatever script and with whatever separators they are written.

use std::borrow::Cow;

use sealpost_mime::is_invisible;

/// The digit nought of each script (Unicode 16, general category Nd); the nine others follow it.
const NOUGHTS: [u32; 70] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x10D40, 0x11066,
    0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0, 0x11730, 0x118E0,
    0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1D7CE,
    0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E950,
];

/// A text in which digits, full-width forms, dashes and spaces are those of ASCII, and invisible characters are gone.
pub struct Normal<'t>(Cow<'t, str>);

impl<'t> Normal<'t> {
    /// Makes a text uniform.
    #[must_use]
    pub fn of(text: &'t str) -> Self {
        if text.is_ascii() {
            return Self(Cow::Borrowed(text));
        }
        // It never gets longer.
        let mut normal = String::with_capacity(text.len());
        normal.extend(text.chars().filter(|c| !is_invisible(*c)).map(uniform));
        Self(Cow::Owned(normal))
    }

    /// Gives the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn uniform(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    match c {
        // Full-width forms but for the digits, which are below.
        '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF5E}' => {
            char::from_u32(u32::from(c) - 0xFF01 + 0x21).unwrap_or(c)
        }
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => '-',
        '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => ' ',
        _ => digit(c).unwrap_or(c),
    }
}

fn digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let script = NOUGHTS.partition_point(|nought| *nought <= code).checked_sub(1)?;
    char::from_digit(code - NOUGHTS.get(script)?, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_text() {
        for (text, expected) in [
            ("plain 12", "plain 12"),
            ("\u{661}\u{662}\u{669}\u{660}", "1290"),
            ("\u{966}\u{967}\u{96F}", "019"),
            ("\u{FF11}\u{FF12}\u{FF0D}\u{FF21}\u{FF5A}", "12-Az"),
            ("\u{1D7D8}\u{1D7FF}", "09"),
            ("4111\u{A0}1111\u{2011}1111\u{2013}1111", "4111 1111-1111-1111"),
            ("41\u{200B}11\u{FEFF}\u{AD}", "4111"),
            ("41\u{34F}1\u{206A}1", "4111"),
            ("\u{66A}\u{97}gr\u{fc}n \u{1f600}", "\u{66A}\u{97}gr\u{fc}n \u{1f600}"),
        ] {
            assert_eq!(Normal::of(text).as_str(), expected, "{text:?}");
        }
        assert!(NOUGHTS.is_sorted());
    }
}
