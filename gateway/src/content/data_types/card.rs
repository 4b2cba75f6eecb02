//! Payment card numbers: known prefixes and lengths, grouping, Luhn.
//!
//! Sources: ISO/IEC 7812-1 (numbering, Luhn); the issuers' published ranges of issuer identification numbers: Visa 4;
//! Mastercard 51-55 and 2221-2720; American Express 34, 37; Discover 6011, 644-649, 65; Diners Club 300-305, 3095, 36, 38,
//! 39; JCB 3528-3589; China `UnionPay` 62, 81; Maestro 5018, 5020, 5038, 5893, 6304, 6759, 6761-6763; Mir 2200-2204; `RuPay`
//! 60, 82, 508.

use std::ops::RangeInclusive;

use super::{Values, check, scan};

/// First digits, how many they are, and lengths of the number.
const RANGES: [(RangeInclusive<u32>, usize, &[usize]); 25] = [
    (4..=4, 1, &[13, 16, 19]),
    (51..=55, 2, &[16]),
    (2221..=2720, 4, &[16]),
    (34..=34, 2, &[15]),
    (37..=37, 2, &[15]),
    (6011..=6011, 4, &[16, 19]),
    (644..=649, 3, &[16, 19]),
    (65..=65, 2, &[16, 19]),
    (300..=305, 3, &[14, 16, 19]),
    (3095..=3095, 4, &[14, 16, 19]),
    (36..=36, 2, &[14, 16, 19]),
    (38..=39, 2, &[14, 16, 19]),
    (3528..=3589, 4, &[16, 17, 18, 19]),
    (62..=62, 2, &[16, 17, 18, 19]),
    (81..=81, 2, &[16, 17, 18, 19]),
    (5018..=5018, 4, MAESTRO),
    (5020..=5020, 4, MAESTRO),
    (5038..=5038, 4, MAESTRO),
    (5893..=5893, 4, MAESTRO),
    (6304..=6304, 4, MAESTRO),
    (6759..=6759, 4, MAESTRO),
    (6761..=6763, 4, MAESTRO),
    (2200..=2204, 4, &[16, 17, 18, 19]),
    (60..=60, 2, &[16]),
    (82..=82, 2, &[16]),
];
const MAESTRO: &[usize] = &[12, 13, 14, 15, 16, 17, 18, 19];

/// How the numbers are written: in one, or in the groups that are embossed.
const LAYOUTS: [&[usize]; 17] = [
    &[12],
    &[13],
    &[14],
    &[15],
    &[16],
    &[17],
    &[18],
    &[19],
    &[4, 4, 4, 4],
    &[4, 4, 4, 4, 3],
    &[4, 4, 4, 4, 2],
    &[4, 4, 4, 4, 1],
    &[4, 6, 5],
    &[4, 6, 4],
    &[4, 3, 3, 3],
    &[4, 4, 5],
    &[6, 13],
];

/// Adds the card numbers in a text.
pub(super) fn find(text: &str, found: &mut Values) {
    scan::numbers(text, &LAYOUTS, " -.", &mut |number| {
        if is_card(&number.digits) {
            found.insert(number.digits);
        }
    });
}

fn is_card(digits: &str) -> bool {
    let of_range = |(range, length, lengths): &(RangeInclusive<u32>, usize, &[usize])| {
        let start: Option<u32> = digits.get(..*length).and_then(|start| start.parse().ok());
        lengths.contains(&digits.len()) && start.is_some_and(|start| range.contains(&start))
    };
    // Numbers of one or two digits over and over are no card's, but test patterns and rulers.
    let mut kinds: Vec<u8> = digits.bytes().skip(4).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let is_pattern = kinds.len() < 2
        && digits.get(..4).is_some_and(|start| start.bytes().all(|b| Some(&b) == kinds.first()));
    RANGES.iter().any(of_range) && !is_pattern && check::luhn(digits)
}
