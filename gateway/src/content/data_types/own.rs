//! Types of data that an organisation describes itself: an expression, a check, words that have to stand near.

use regex::{Regex, RegexBuilder};

use super::{Values, check, scan};

/// The most memory of one compiled expression.
const MAX_COMPILED: usize = 1 << 20;

/// What the digits of a found value have to obey; for `Mod97` letters count too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// Nothing.
    None,
    /// The last digit is that of Luhn (ISO/IEC 7812-1, annex B).
    Luhn,
    /// The remainder by 97 is 1, letters standing for 10 to 35 (ISO/IEC 7064, MOD 97-10); nothing is moved, as it is
    /// for an IBAN.
    Mod97,
    /// The sum of the digits, weighted by their places from the right, is divisible by 11; the last may be X for ten.
    Mod11,
}

/// A type of an organisation's own.
#[derive(Debug, Clone)]
pub struct OwnType {
    pattern: Regex,
    check: Check,
    words: Option<Regex>,
}

/// Why a type of one's own cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OwnTypeError {
    /// The expression is none, or too large.
    #[error("the expression cannot be used")]
    Pattern(#[from] regex::Error),
    /// The expression matches the empty text, and so everywhere.
    #[error("the expression matches the empty text")]
    MatchesNothing,
    /// A word is empty.
    #[error("a word is empty")]
    EmptyWord,
}

impl OwnType {
    /// Makes a type ready. One of `words` has to stand near a value, where there are any.
    ///
    /// The expression is matched against text in which digits, full-width forms, dashes and spaces are those of ASCII. Upper and
    /// lower case are the same unless it begins with `(?-i)`.
    ///
    /// # Errors
    /// [`OwnTypeError`] names the cause.
    pub fn new(pattern: &str, check: Check, words: &[String]) -> Result<Self, OwnTypeError> {
        let pattern = RegexBuilder::new(pattern).case_insensitive(true).size_limit(MAX_COMPILED).build()?;
        if pattern.is_match("") {
            return Err(OwnTypeError::MatchesNothing);
        }
        if words.iter().any(|word| word.trim().is_empty()) {
            return Err(OwnTypeError::EmptyWord);
        }
        let words: Vec<&str> = words.iter().map(|word| word.trim()).collect();
        let words = if words.is_empty() { None } else { Some(scan::any_word(&words)?) };
        Ok(Self { pattern, check, words })
    }

    /// Adds the values in a text.
    pub(super) fn find(&self, text: &str, found: &mut Values) {
        let context = self.words.as_ref().map(|words| scan::Context::new(text, words));
        for value in self.pattern.find_iter(text) {
            let is_near = context.as_ref().is_none_or(|context| context.is_near(&value.range()));
            if is_near && self.holds(value.as_str()) {
                found.insert(value.as_str().to_lowercase());
            }
        }
    }

    fn holds(&self, value: &str) -> bool {
        let kept = |keep: fn(&char) -> bool| value.chars().filter(keep).collect::<String>();
        match self.check {
            Check::None => true,
            Check::Luhn => check::luhn(&kept(char::is_ascii_digit)),
            Check::Mod97 => check::mod_97(value.chars().filter(char::is_ascii_alphanumeric)),
            Check::Mod11 => {
                let digits = kept(|c| c.is_ascii_digit() || matches!(c, 'X' | 'x'));
                check::mod_11(&digits)
            }
        }
    }
}
