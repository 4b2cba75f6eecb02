//! International bank account numbers: countries, their lengths and forms, MOD 97-10.
//!
//! Sources: ISO 13616-1; SWIFT, "IBAN Registry", release 99 (forms of the national part); ISO/IEC 7064.

use std::sync::LazyLock;

use regex::Regex;

use super::{Values, check, scan};

/// Countries and the forms of what follows the check digits: n digits, a letters, c either.
const COUNTRIES: [(&str, &str); 89] = [
    ("AD", "8n12c"),
    ("AE", "19n"),
    ("AL", "8n16c"),
    ("AT", "16n"),
    ("AZ", "4a20c"),
    ("BA", "16n"),
    ("BE", "12n"),
    ("BG", "4a6n8c"),
    ("BH", "4a14c"),
    ("BI", "23n"),
    ("BR", "23n1a1c"),
    ("BY", "4c4n16c"),
    ("CH", "5n12c"),
    ("CR", "18n"),
    ("CY", "8n16c"),
    ("CZ", "20n"),
    ("DE", "18n"),
    ("DJ", "23n"),
    ("DK", "14n"),
    ("DO", "4c20n"),
    ("EE", "16n"),
    ("EG", "25n"),
    ("ES", "20n"),
    ("FI", "14n"),
    ("FK", "2a12n"),
    ("FO", "14n"),
    ("FR", "10n11c2n"),
    ("GB", "4a14n"),
    ("GE", "2a16n"),
    ("GI", "4a15c"),
    ("GL", "14n"),
    ("GR", "7n16c"),
    ("GT", "24c"),
    ("HN", "4a20n"),
    ("HR", "17n"),
    ("HU", "24n"),
    ("IE", "4a14n"),
    ("IL", "19n"),
    ("IQ", "4a15n"),
    ("IS", "22n"),
    ("IT", "1a10n12c"),
    ("JO", "4a4n18c"),
    ("KW", "4a22c"),
    ("KZ", "3n13c"),
    ("LB", "4n20c"),
    ("LC", "4a24c"),
    ("LI", "5n12c"),
    ("LT", "16n"),
    ("LU", "3n13c"),
    ("LV", "4a13c"),
    ("LY", "21n"),
    ("MC", "10n11c2n"),
    ("MD", "20c"),
    ("ME", "18n"),
    ("MK", "3n10c2n"),
    ("MN", "16n"),
    ("MR", "23n"),
    ("MT", "4a5n18c"),
    ("MU", "4a19n3a"),
    ("NI", "4a20n"),
    ("NL", "4a10n"),
    ("NO", "11n"),
    ("OM", "3n16c"),
    ("PK", "4a16c"),
    ("PL", "24n"),
    ("PS", "4a21c"),
    ("PT", "21n"),
    ("QA", "4a21c"),
    ("RO", "4a16c"),
    ("RS", "18n"),
    ("RU", "14n15c"),
    ("SA", "2n18c"),
    ("SC", "4a20n3a"),
    ("SD", "14n"),
    ("SE", "20n"),
    ("SI", "15n"),
    ("SK", "20n"),
    ("SM", "1a10n12c"),
    ("SO", "19n"),
    ("ST", "21n"),
    ("SV", "4a20n"),
    ("TL", "19n"),
    ("TN", "20n"),
    ("TR", "6n16c"),
    ("UA", "6n19c"),
    ("VA", "18n"),
    ("VG", "4a16n"),
    ("XK", "16n"),
    ("YE", "4a4n18c"),
];
/// The longest has 34 characters; a separator may stand between each two groups.
const MAX_WRITTEN: usize = 34 + 11;

static START: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?-u:\b)[A-Za-z]{2}[0-9]{2}").expect("the expression is right"));

/// Adds the account numbers in a text.
pub(super) fn find(text: &str, found: &mut Values) {
    for start in START.find_iter(text) {
        if let Some((iban, end)) = read(text, start.start())
            && scan::stands_alone(text, &(start.start()..end))
        {
            found.insert(iban);
        }
    }
}

/// Reads the number that begins here, and tells where it ends.
fn read(text: &str, start: usize) -> Option<(String, usize)> {
    let country = text.get(start..start + 2)?.to_ascii_uppercase();
    let (_, form) = COUNTRIES.iter().find(|(code, _)| *code == country)?;
    let kinds: Vec<u8> = std::iter::repeat_n(b'n', 2).chain(kinds(form)).collect();
    let mut iban = country;
    let mut wanted = kinds.iter();
    let mut after_separator = true;
    let mut end = start + 2;
    for byte in text.as_bytes().get(start + 2..)?.iter().take(MAX_WRITTEN) {
        if wanted.len() == 0 {
            break;
        }
        end += 1;
        if matches!(byte, b' ' | b'-') && !after_separator {
            after_separator = true;
            continue;
        }
        let fits = match wanted.next()? {
            b'n' => byte.is_ascii_digit(),
            b'a' => byte.is_ascii_alphabetic(),
            _ => byte.is_ascii_alphanumeric(),
        };
        fits.then(|| iban.push(char::from(byte.to_ascii_uppercase())))?;
        after_separator = false;
    }
    let (head, rest) = iban.split_at_checked(4)?;
    let is_valid = wanted.len() == 0 && check::mod_97(rest.chars().chain(head.chars()));
    is_valid.then_some((iban, end))
}

/// Spells a form out: `2n1a` is `nna`.
fn kinds(form: &str) -> impl Iterator<Item = u8> {
    let mut count = 0;
    form.bytes().flat_map(move |byte| {
        if byte.is_ascii_digit() {
            count = count * 10 + usize::from(byte - b'0');
            return std::iter::repeat_n(byte, 0);
        }
        std::iter::repeat_n(byte, std::mem::take(&mut count))
    })
}
