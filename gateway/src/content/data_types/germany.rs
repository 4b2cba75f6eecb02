//! Numbers of Germany: the tax identification number (Identifikationsnummer, section 139b of the Abgabenordnung).
//!
//! Source: Bundeszentralamt für Steuern, "Informationen zur Berechnung gültiger Prüfziffern und von Testfällen" (ELSTER,
//! "Prüfung der Steuer- und Steueridentifikationsnummer"); ISO/IEC 7064, MOD 11,10.

use super::{
    Values, check,
    scan::{self, Number},
};

/// Adds tax identification numbers.
pub(super) fn find_tax_id(text: &str, found: &mut Values) {
    scan::numbers(text, &[&[11], &[2, 3, 3, 3]], " ", &mut |Number { digits, .. }| {
        if is_tax_id(&digits) {
            found.insert(digits);
        }
    });
}

/// The first digit is not 0. Among the first ten, just one digit occurs twice or three times and no other more than once,
/// and not three times in a row.
fn is_tax_id(digits: &str) -> bool {
    let Some(first_ten) = digits.as_bytes().get(..10) else { return false };
    let count = |digit: u8| memchr::memchr_iter(digit, first_ten).count();
    let counts: Vec<usize> = (b'0'..=b'9').map(count).filter(|count| *count > 1).collect();
    let is_repeated_once = matches!(counts.as_slice(), [2 | 3]);
    let in_a_row = first_ten.windows(3).any(|three| matches!(three, [a, b, c] if a == b && b == c));
    !digits.starts_with('0') && is_repeated_once && !in_a_row && check::mod_11_10(digits)
}
