//! Numbers of the United States: social security, taxpayer identification, bank routing, passport, DEA registration.
//!
//! Sources: Social Security Administration, "Social Security Number Randomization" (areas, groups and serials that are
//! never given) and POMS RM 10201.035 (numbers of advertisements); IRS, Internal Revenue Manual 3.21.263.6.7.4 (ranges of
//! ITINs); American Bankers Association, "Routing Number Policy", and Federal Reserve (ranges, checksum); Department of State
//! (nine digits, or a letter and eight digits since 2021); DEA, Diversion Control Division, "DEA Registration Number".

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{
    Values, check,
    scan::{self, Context, Number, stands_alone, words},
};

static SSN_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    words(&[
        "ssn",
        "ssns",
        "ss#",
        "soc sec",
        "social security",
        "social-security",
        "sozialversicherungsnummer (us)",
    ])
});
static ITIN_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    words(&["itin", "itins", "taxpayer", "tax payer", "tax id", "tax identification", "tin", "w-7"])
});
static ROUTING_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    words(&[
        "aba",
        "routing",
        "rtn",
        "transit",
        "bank",
        "wire",
        "ach",
        "fedwire",
        "direct deposit",
        "checking",
    ])
});
static PASSPORT_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    words(&[
        "passport",
        "passports",
        "passeport",
        "reisepass",
        "pasaporte",
        "passaporto",
        "passaporte",
        "paspoort",
    ])
});
static PASSPORT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?-u:\b)[A-Za-z][0-9]{8}(?-u:\b)").expect("the expression is right"));
/// The first letter says which kind of registrant it is, the second begins his name; 9 stands for a business address.
static DEA: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?-u:\b)[A-HJ-MPR-UX][A-Z9][0-9]{7}(?-u:\b)").expect("the expression is right")
});

/// Numbers printed in advertisements, and in instructions of the agency itself.
const NEVER_SSN: [&str; 3] = ["078051120", "219099999", "123456789"];

/// Adds social security numbers: with hyphens by their form alone, otherwise with a word near.
pub(super) fn find_ssn(text: &str, found: &mut Values) {
    let context = Context::new(text, &SSN_WORDS);
    scan::numbers(text, &[&[9], &[3, 2, 4]], " -", &mut |number| {
        if is_ssn(&number.digits) && (number.separator == Some('-') || context.is_near(&number.place)) {
            found.insert(number.digits);
        }
    });
}

fn is_ssn(digits: &str) -> bool {
    let (area, group, serial) = (part(digits, 0..3), part(digits, 3..5), part(digits, 5..9));
    !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0 && !NEVER_SSN.contains(&digits)
}

/// Adds individual taxpayer identification numbers: with hyphens by their form alone, otherwise with a word near.
pub(super) fn find_itin(text: &str, found: &mut Values) {
    let context = Context::new(text, &ITIN_WORDS);
    scan::numbers(text, &[&[9], &[3, 2, 4]], " -", &mut |number| {
        let (area, group) = (part(&number.digits, 0..3), part(&number.digits, 3..5));
        let is_itin = area >= 900 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99);
        if is_itin && (number.separator == Some('-') || context.is_near(&number.place)) {
            found.insert(number.digits);
        }
    });
}

/// Adds bank routing numbers with a word near.
pub(super) fn find_routing(text: &str, found: &mut Values) {
    let context = Context::new(text, &ROUTING_WORDS);
    scan::numbers(text, &[&[9], &[4, 4, 1]], "-", &mut |Number { digits, place, .. }| {
        if is_routing(&digits) && context.is_near(&place) {
            found.insert(digits);
        }
    });
}

fn is_routing(digits: &str) -> bool {
    let district = part(digits, 0..2);
    let is_sound = check::weighted(digits, &[3, 7, 1]).is_some_and(|sum| sum % 10 == 0);
    // Federal Reserve districts, thrift institutions, electronic ones, traveller's cheques; 00 is the government.
    matches!(district, 0..=12 | 21..=32 | 61..=72 | 80) && is_sound && digits != "000000000"
}

/// Adds passport numbers with a word near.
pub(super) fn find_passport(text: &str, found: &mut Values) {
    let context = passport_context(text);
    scan::numbers(text, &[&[9]], "", &mut |Number { digits, place, .. }| {
        if context.is_near(&place) {
            found.insert(digits);
        }
    });
    let context = passport_context(text);
    for number in PASSPORT.find_iter(text) {
        if stands_alone(text, &number.range()) && context.is_near(&number.range()) {
            found.insert(number.as_str().to_ascii_uppercase());
        }
    }
}

/// Says whether a word for passports stands near.
pub(super) fn passport_context(text: &str) -> Context<'_> {
    Context::new(text, &PASSPORT_WORDS)
}

/// Adds DEA registration numbers.
pub(super) fn find_dea(text: &str, found: &mut Values) {
    for number in DEA.find_iter(text) {
        if is_dea(number.as_str()) && stands_alone(text, &number.range()) {
            found.insert(number.as_str().to_owned());
        }
    }
}

/// The last digit is that of the first, third and fifth, and twice the second, fourth and sixth, added up.
fn is_dea(number: &str) -> bool {
    let digits = number.get(2..).unwrap_or_default();
    let sum = check::weighted(digits.get(..6).unwrap_or_default(), &[1, 2]);
    sum.is_some_and(|sum| sum % 10 == part(digits, 6..7)) && digits != "0000000"
}

fn part(digits: &str, place: Range<usize>) -> u32 {
    digits.get(place).and_then(|part| part.parse().ok()).unwrap_or_default()
}
