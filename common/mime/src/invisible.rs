//! Knows the characters that show nothing.

use icu_properties::{CodePointSetData, CodePointSetDataBorrowed, props::DefaultIgnorableCodePoint};

/// Says whether the character shows nothing and stands only for how lines break, letters join or text runs (Unicode's
/// `Default_Ignorable_Code_Point`). What it stands between, a reader takes for one word.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    const INVISIBLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    !c.is_ascii() && INVISIBLE.contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_is_invisible() {
        for c in "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180b}\u{180e}\u{180f}\u{200b}\u{200f}\u{202e}\u{2060}\u{2064}\u{206f}\
            \u{3164}\u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{fff0}\u{1d173}\u{e0000}\u{e0041}\u{e01ef}\u{e0fff}"
            .chars()
        {
            assert!(is_invisible(c), "{c:?}");
        }
        for c in " aZ\u{301}\u{e9}\u{a0}\u{2003}\u{2028}\u{3042}\u{1f600}\u{fffd}\0".chars() {
            assert!(!is_invisible(c), "{c:?}");
        }
    }
}
