//! Check digits. All take ASCII, and none holds for other characters than it is made for.

/// Says whether the last digit is that of Luhn's formula (ISO/IEC 7812-1, annex B).
pub(super) fn luhn(digits: &str) -> bool {
    let sum = digits.bytes().rev().zip(0_u32..).try_fold(0, |sum, (byte, place)| {
        let digit = value(byte)?;
        Some(sum + if place % 2 == 0 { digit } else { digit * 2 % 10 + digit / 5 })
    });
    !digits.is_empty() && sum.is_some_and(|sum| sum % 10 == 0)
}

/// Says whether the remainder by 97 is 1, letters standing for 10 to 35 (ISO/IEC 7064, MOD 97-10).
pub(super) fn mod_97(text: impl Iterator<Item = char>) -> bool {
    let remainder = text.into_iter().try_fold(0_u32, |remainder, c| {
        let value = c.to_digit(36)?;
        Some((remainder * if value < 10 { 10 } else { 100 } + value) % 97)
    });
    remainder == Some(1)
}

/// Says whether the sum of the digits, weighted by their places from the right, is divisible by 11; the last may be X for
/// ten. So for ISBN-10 and, without an X, for NHS numbers.
pub(super) fn mod_11(text: &str) -> bool {
    let sum = text.bytes().rev().zip(1_u32..).try_fold(0, |sum, (byte, weight)| {
        let digit = if weight == 1 && matches!(byte, b'X' | b'x') { 10 } else { value(byte)? };
        Some((sum + digit * weight) % 11)
    });
    text.len() > 1 && sum == Some(0)
}

/// Says whether the last digit is that of MOD 11,10 (ISO/IEC 7064, hybrid system).
pub(super) fn mod_11_10(digits: &str) -> bool {
    let product = digits.bytes().try_fold((10, 0), |(product, _), byte| {
        let digit = value(byte)?;
        let sum = (product + digit) % 10;
        Some((if sum == 0 { 10 } else { sum } * 2 % 11, sum))
    });
    // With the check digit added, the sum is 1.
    digits.len() > 1 && product.is_some_and(|(_, sum)| sum == 1)
}

/// Gives the sum of the digits times these weights, over and over; `None` when one is no digit.
pub(super) fn weighted(digits: &str, weights: &[u32]) -> Option<u32> {
    digits
        .bytes()
        .zip(weights.iter().cycle())
        .try_fold(0, |sum, (byte, weight)| Some(sum + value(byte)? * weight))
}

fn value(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits() {
        for (digits, valid) in
            [("79927398713", true), ("79927398710", false), ("0", true), ("", false), ("7a", false)]
        {
            assert_eq!(luhn(digits), valid, "{digits}");
        }
        for (text, valid) in
            [("3214282912345698765432161182", true), ("3214282912345698765432161181", false), ("1", true)]
        {
            assert_eq!(mod_97(text.chars()), valid, "{text}");
        }
        // ISBN-10, NHS.
        for (text, valid) in [
            ("0306406152", true),
            ("0306406153", false),
            ("080442957X", true),
            ("X804429570", false),
            ("9434765919", true),
            ("", false),
        ] {
            assert_eq!(mod_11(text), valid, "{text}");
        }
        // ISO/IEC 7064 gives 0794 with the check digit 5.
        for (digits, valid) in [("07945", true), ("07944", false), ("86095742719", true)] {
            assert_eq!(mod_11_10(digits), valid, "{digits}");
        }
    }
}
