//! Numbers of the United Kingdom: passport, NHS, National Insurance.
//!
//! Sources: HM Passport Office (nine digits); NHS Data Dictionary, "NHS NUMBER" (modulus 11); HM Revenue and Customs,
//! National Insurance Manual NIM39110 (form and prefixes that are not used).

use std::sync::LazyLock;

use regex::Regex;

use super::{
    Values, check,
    scan::{self, Context, Number, stands_alone, words},
    us,
};

static NHS_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    words(&[
        "nhs",
        "national health service",
        "patient",
        "patients",
        "hospital",
        "gp surgery",
        "health number",
    ])
});
static NINO: LazyLock<Regex> = LazyLock::new(|| {
    let expression = r"(?-u:\b)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z][ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[A-D](?-u:\b)";
    Regex::new(expression).expect("the expression is right")
});

/// Prefixes of National Insurance numbers that are not given.
const NEVER_NINO: [&str; 7] = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"];

/// Adds passport numbers with a word near. They look as those of the United States with digits alone do.
pub(super) fn find_passport(text: &str, found: &mut Values) {
    let context = us::passport_context(text);
    scan::numbers(text, &[&[9]], "", &mut |Number { digits, place, .. }| {
        if context.is_near(&place) {
            found.insert(digits);
        }
    });
}

/// Adds NHS numbers with a word near: every eleventh phone number written in the same groups has the right check digit.
pub(super) fn find_nhs(text: &str, found: &mut Values) {
    let context = Context::new(text, &NHS_WORDS);
    scan::numbers(text, &[&[10], &[3, 3, 4]], " -", &mut |Number { digits, place, .. }| {
        let is_one_digit = digits.bytes().all(|byte| digits.as_bytes().first() == Some(&byte));
        if check::mod_11(&digits) && !is_one_digit && context.is_near(&place) {
            found.insert(digits);
        }
    });
}

/// Adds National Insurance numbers, in capitals.
pub(super) fn find_nino(text: &str, found: &mut Values) {
    for number in NINO.find_iter(text) {
        let is_given = number.as_str().get(..2).is_some_and(|prefix| !NEVER_NINO.contains(&prefix));
        if is_given && stands_alone(text, &number.range()) {
            found.insert(number.as_str().replace([' ', '-'], ""));
        }
    }
}
