//! Words, phrases and regular expressions to look for in texts.
//!
//! Words are compared after Unicode normalisation (NFKC) and full case folding, with any white space between words as one
//! space, so that a full-width or decomposed spelling is the same word. Regular expressions see the text itself, composed (NFC).

use std::{
    cell::{Cell, OnceCell},
    fmt::{self, Write},
};

use aho_corasick::{AhoCorasick, BuildError};
use icu_normalizer::ComposingNormalizerBorrowed;
use regex::Regex;
use sealpost_mime::is_invisible;

/// What is looked for in a text: one of the words or expressions is enough.
#[derive(Debug, Clone)]
pub struct TextPatterns {
    words: Option<WordSet>,
    expressions: Vec<Regex>,
    is_ascii: bool,
}

impl TextPatterns {
    /// Puts words and expressions together. Empty words are left out.
    ///
    /// # Errors
    /// When the words are too many or too long.
    pub fn new(words: &[String], expressions: Vec<Regex>) -> Result<Self, BuildError> {
        let is_ascii = words.iter().all(|word| word.is_ascii())
            && expressions.iter().all(|expression| expression.as_str().is_ascii());
        Ok(Self { words: WordSet::new(words)?, expressions, is_ascii })
    }

    /// Says whether the text holds one of them.
    #[must_use]
    pub fn stand_in(&self, text: Readable<'_>) -> bool {
        self.words.as_ref().is_some_and(|words| words.first_in(text.folded()).is_some())
            || self.expressions.iter().any(|expression| expression.is_match(text.composed()))
    }

    /// Gives the entry that the text holds, as it stands in the policy.
    pub(super) fn entry_in(&self, text: Readable<'_>) -> Option<String> {
        let word = self.words.as_ref().and_then(|words| words.first_in(text.folded()));
        let expression = || self.expressions.iter().find(|expression| expression.is_match(text.composed()));
        word.cloned().or_else(|| expression().map(|expression| format!("/{expression}/")))
    }

    /// Says whether only ASCII is looked for.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.is_ascii
    }
}

/// Words and phrases, all looked for at once.
///
/// A word stands alone when no letter or digit touches it; writing without spaces between words (Chinese, Japanese, Thai …)
/// has no such borders. In square brackets it is a tag and is found anywhere.
#[derive(Debug, Clone)]
struct WordSet {
    automaton: AhoCorasick,
    /// For each word, how it is written, and whether it is found anywhere.
    words: Vec<(String, bool)>,
}

impl WordSet {
    fn new(words: &[String]) -> Result<Option<Self>, BuildError> {
        let folded = words.iter().map(|word| (fold(word), word)).filter(|(folded, _)| !folded.is_empty());
        let (folded, words): (Vec<String>, Vec<_>) = folded
            .map(|(folded, word)| {
                let is_anywhere = is_tag(&folded);
                (folded, (word.clone(), is_anywhere))
            })
            .unzip();
        if folded.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { automaton: AhoCorasick::new(&folded)?, words }))
    }

    /// Gives the word that ends first in a text.
    fn first_in(&self, folded: &str) -> Option<&String> {
        self.automaton.find_overlapping_iter(folded).find_map(|found| {
            let (word, is_anywhere) = self.words.get(found.pattern().as_usize())?;
            (*is_anywhere || stands_alone(folded, found.start(), found.end())).then_some(word)
        })
    }
}

/// Says whether a word is a tag such as `[encrypt]`.
pub(crate) fn is_tag(word: &str) -> bool {
    word.starts_with('[') && word.ends_with(']')
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let (Some(before), Some(word), Some(after)) = (text.get(..start), text.get(start..end), text.get(end..))
    else {
        return false;
    };
    !joined(before.chars().next_back(), word.chars().next())
        && !joined(word.chars().next_back(), after.chars().next())
}

/// A text with its forms for comparing.
#[derive(Clone, Copy)]
pub struct Readable<'t> {
    text: &'t str,
    forms: &'t Forms,
}

/// The forms of a text for comparing, each made when it is first asked for.
///
/// Some characters stand for many (U+FDFA for 18), so that a form could be many times as long as its text. No text in any
/// language gets a quarter longer; of one that does, the rest is cut off, and what it holds cannot be told.
#[derive(Default)]
pub struct Forms {
    composed: OnceCell<Option<String>>,
    folded: OnceCell<String>,
    is_cut: Cell<bool>,
}

/// How much longer than a short text its forms may be in any case.
const SHORT: usize = 1024;

impl Forms {
    /// Says whether one of them is not whole.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_cut.get()
    }

    fn note<T>(&self, (form, is_whole): (T, bool)) -> T {
        self.is_cut.set(self.is_cut.get() || !is_whole);
        form
    }
}

impl<'t> Readable<'t> {
    /// Takes a text and where its forms are kept, which must be those of this very text.
    #[must_use]
    pub fn new(text: &'t str, forms: &'t Forms) -> Self {
        Self { text, forms }
    }

    /// Gives the text as words are compared.
    #[must_use]
    pub fn folded(self) -> &'t str {
        self.forms.folded.get_or_init(|| self.forms.note(fold_within(self.text, most(self.text))))
    }

    /// Gives the text as expressions see it.
    #[must_use]
    pub fn composed(self) -> &'t str {
        let composed = self.forms.composed.get_or_init(|| self.forms.note(compose(self.text)));
        composed.as_deref().unwrap_or(self.text)
    }
}

/// How long a form of this text may be.
fn most(text: &str) -> usize {
    text.len() + text.len() / 4 + SHORT
}

/// Composes the text (NFC); `None` when it is composed already. Says whether that is all of it.
fn compose(text: &str) -> (Option<String>, bool) {
    const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();
    if text.is_ascii() {
        return (None, true);
    }
    let (composed, rest) = NFC.split_normalized(text);
    if rest.is_empty() {
        return (None, true);
    }
    let mut out = Bounded::new(text.len(), most(text));
    let is_whole = out.write_str(composed).and_then(|()| NFC.normalize_to(rest, &mut out)).is_ok();
    (Some(out.text), is_whole)
}

/// Makes a text ready for comparing: normalised, case-folded, without invisible characters, white space one space.
#[must_use]
pub fn fold(text: &str) -> String {
    fold_within(text, usize::MAX).0
}

/// Does so up to a length; says whether that is all of it.
fn fold_within(text: &str, most: usize) -> (String, bool) {
    const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
    if text.is_ascii() {
        return (one_space(&text.to_ascii_lowercase()), true);
    }
    let mut folded = CaseFolder(Bounded::new(text.len(), most));
    let is_whole = NFKC.normalize_to(text, &mut folded).is_ok();
    let Bounded { text: folded, .. } = folded.0;
    let mut out = Bounded::new(folded.len(), most);
    let is_whole = NFKC.normalize_to(&folded, &mut out).is_ok() && is_whole;
    drop(folded);
    (one_space(&out.text), is_whole)
}

fn one_space(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// A text that takes no more than so many octets.
struct Bounded {
    text: String,
    most: usize,
}

impl Bounded {
    fn new(likely: usize, most: usize) -> Self {
        Self { text: String::with_capacity(likely.min(most)), most }
    }
}

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.text.len().saturating_add(more.len()) > self.most {
            return Err(fmt::Error);
        }
        self.text.push_str(more);
        Ok(())
    }
}

/// Folds the case of what is written through it: upper and then lower case, character by character, is full case folding but
/// for the dotless i.
struct CaseFolder(Bounded);

impl Write for CaseFolder {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let visible = more.chars().filter(|c| !is_invisible(*c));
        visible
            .flat_map(char::to_uppercase)
            .flat_map(char::to_lowercase)
            .try_for_each(|c| self.0.write_char(c))
    }
}

/// Says whether two neighbouring characters belong to one word.
fn joined(left: Option<char>, right: Option<char>) -> bool {
    left.is_some_and(has_borders) && right.is_some_and(has_borders)
}

/// Says whether the character makes a word of its neighbours.
pub(crate) fn has_borders(c: char) -> bool {
    c.is_alphanumeric() && !written_without_spaces(c)
}

/// Says whether the script of the character puts no spaces between words: Thai to Khmer, CJK, kana.
fn written_without_spaces(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_words() {
        for (word, text, found) in [
            ("confidential", "Confidential: figures", true),
            ("confidential", "STRICTLY CONFIDENTIAL", true),
            ("confidential", "confidentially yours", false),
            ("confidential", "non-confidential", true),
            ("secret", "secretary", false),
            ("secret", "top-secret!", true),
            ("secret", "secret2", false),
            ("secret", "secretary's secret", true),
            ("[encrypt]", "Re:[ENCRYPT]figures", true),
            ("[encrypt]", "encrypt figures", false),
            ("top secret", "Top   secret plans", true),
            ("top secret", "top\r\n\tsecret", true),
            ("top secret", "topsecret", false),
            ("vertraulich", "Streng VERTRAULICH", true),
            ("übung", "ÜBUNG macht", true),
            ("übung", "U\u{308}BUNG macht", true),
            ("straße", "STRASSE", true),
            ("strasse", "Straße", true),
            ("office", "oﬃce", true),
            ("secret", "ｓｅｃｒｅｔ", true),
            ("secret", "se\u{ad}cret", true),
            ("secret", "sec\u{200b}ret", true),
            ("secret", "sec\u{e0041}ret", true),
            ("secret", "sec\u{3164}ret", true),
            ("secret", "sec\u{180b}\u{17b5}ret", true),
            ("ΟΔΟΣ", "οδος", true),
            ("οδός", "ΟΔΌΣ", true),
            ("機密", "極機密書類", true),
            ("ลับ", "เอกสารลับมาก", true),
            ("#geheim", "x#geheim", true),
        ] {
            let patterns = TextPatterns::new(&[word.to_owned()], Vec::new()).unwrap();
            assert_eq!(
                patterns.stand_in(Readable::new(text, &Forms::default())),
                found,
                "{word:?} in {text:?}"
            );
        }
        assert!(WordSet::new(&["  ".to_owned()]).unwrap().is_none());
    }

    #[test]
    fn finds_one_of_many_words() {
        let words = ["secret", "secretary", "[x]", "a b"].map(str::to_owned);
        let patterns = TextPatterns::new(&words, Vec::new()).unwrap();
        for (text, found) in
            [("secretary", true), ("a  B", true), ("secretaryship", false), ("a[X]b", true), ("", false)]
        {
            assert_eq!(patterns.stand_in(Readable::new(text, &Forms::default())), found, "{text:?}");
        }
    }

    /// U+FDFA is 3 octets, and 33 when it is folded; U+0958 is 3, and 6 when it is composed.
    #[test]
    fn forms_that_get_much_longer_than_their_text_are_cut() {
        let long = "\u{fdfa} ".repeat(1000);
        for (text, is_folded_cut, is_composed_cut) in [
            ("\u{fdfa} \u{958}".to_owned(), false, false),
            ("\u{2026} \u{bd} \u{1f600} \u{212b} \u{e9}\u{df} ".repeat(1000), false, false),
            (long.clone(), true, false),
            ("\u{958}".repeat(1000), true, true),
            ("x".repeat(10_000) + &long, true, false),
            ("\u{958} x ".repeat(400), false, false),
        ] {
            let (of_folded, of_composed) = (Forms::default(), Forms::default());
            let folded = Readable::new(&text, &of_folded).folded();
            let composed = Readable::new(&text, &of_composed).composed();
            let found = (of_folded.is_cut(), of_composed.is_cut());
            assert_eq!(found, (is_folded_cut, is_composed_cut), "{text:.20}");
            assert!(folded.len().max(composed.len()) <= most(&text), "{text:.20}");
        }
        assert_eq!(fold(&long).len(), 34 * 1000 - 1, "elsewhere nothing is cut");
    }

    #[test]
    fn expressions_see_the_composed_text() {
        let expression = Regex::new("(?i)^über \\d{3}$").unwrap();
        let patterns = TextPatterns::new(&[], vec![expression]).unwrap();
        for (text, found) in [("Über 123", true), ("U\u{308}ber 123", true), ("über 12", false)] {
            assert_eq!(patterns.stand_in(Readable::new(text, &Forms::default())), found, "{text:?}");
        }
    }
}
