//! Finds numbers that stand alone in a text, and words that stand near them.

use std::{cell::RefCell, collections::VecDeque, iter::Peekable, ops::Range};

use regex::{Matches, Regex};

/// The most groups of one number, and one behind them.
const MAX_GROUPS: usize = 6;
/// How many bytes before a number, and behind it, the word may stand that says what it is.
const NEAR_BEFORE: usize = 300;
const NEAR_BEHIND: usize = 100;
/// How far back the beginning of a web address is looked for.
const MAX_LINK: usize = 256;

/// A number that was found: its digits, and where it stands.
pub(super) struct Number {
    pub(super) digits: String,
    pub(super) place: Range<usize>,
    /// What stands between its groups, if it is written in groups.
    pub(super) separator: Option<char>,
}

/// Gives every number to `see` that is written in one of these layouts, each a list of lengths of groups, and stands alone.
///
/// Between groups stands one of `separators`, and the same one throughout. A number in groups is none where another group
/// as long goes before it or follows it in the same way: then it is a row of a table.
pub(super) fn numbers(text: &str, layouts: &[&[usize]], separators: &str, see: &mut dyn FnMut(Number)) {
    let mut runs = runs(text);
    let mut window: VecDeque<Range<usize>> = runs.by_ref().take(MAX_GROUPS).collect();
    let mut before: Option<Range<usize>> = None;
    while let Some(first) = window.front().cloned() {
        for layout in layouts {
            if let Some((place, separator)) = matched(text, layout, separators, before.as_ref(), &window)
                && stands_alone(text, &place)
            {
                let digits = text.get(place.clone()).unwrap_or_default();
                let digits = digits.chars().filter(char::is_ascii_digit).collect();
                see(Number { digits, place, separator });
            }
        }
        before = Some(first);
        window.pop_front();
        window.extend(runs.next());
    }
}

/// Gives the runs of digits.
fn runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes.get(at..)?.iter().position(u8::is_ascii_digit)?;
        let length = bytes.get(start..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        at = start + length;
        Some(start..at)
    })
}

/// Says whether the runs at the front are of this layout, and gives place and separator.
fn matched(
    text: &str,
    layout: &[usize],
    separators: &str,
    before: Option<&Range<usize>>,
    window: &VecDeque<Range<usize>>,
) -> Option<(Range<usize>, Option<char>)> {
    let fits = layout
        .iter()
        .enumerate()
        .all(|(index, length)| window.get(index).is_some_and(|run| run.len() == *length));
    let (first, last) = (window.front()?, window.get(layout.len().checked_sub(1)?)?);
    if !fits {
        return None;
    }
    let place = first.start..last.end;
    let Some(second) = window.get(1).filter(|_| layout.len() > 1) else { return Some((place, None)) };
    let separator = between(text, first, second).filter(|c| separators.contains(*c))?;
    let joined = |left: &Range<usize>, right: &Range<usize>| between(text, left, right) == Some(separator);
    let mut pairs = window.iter().zip(window.iter().skip(1)).take(layout.len() - 1);
    let goes_before = before.is_some_and(|run| run.len() == first.len() && joined(run, first));
    let follows = window.get(layout.len()).is_some_and(|run| run.len() == last.len() && joined(last, run));
    (pairs.all(|(left, right)| joined(left, right)) && !goes_before && !follows)
        .then_some((place, Some(separator)))
}

/// Gives the character between two runs, if it is just one.
fn between(text: &str, left: &Range<usize>, right: &Range<usize>) -> Option<char> {
    let mut chars = text.get(left.end..right.start)?.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// Says whether a number or word is no part of something longer: a word, an identifier, a decimal, a phone number, an
/// amount, an address, a path.
pub(super) fn stands_alone(text: &str, place: &Range<usize>) -> bool {
    let mut before = text.get(..place.start).unwrap_or_default().chars().rev();
    let mut behind = text.get(place.end..).unwrap_or_default().chars();
    let is_clear = |neighbour: Option<char>, next: Option<char>, is_before: bool| {
        let is_digit = next.is_some_and(|c| c.is_ascii_digit());
        let is_word = next.is_some_and(char::is_alphanumeric);
        match neighbour {
            Some(c) if c.is_alphanumeric() => false,
            Some('_' | '@' | '%' | '\\' | '$' | '\u{20AC}' | '\u{A3}' | '\u{A5}') => false,
            Some('+' | '&' | '~') => !is_before && !is_word,
            Some('-') => !is_word,
            Some('.' | ',' | ':') => !is_digit,
            Some('/') => !is_word || (!is_before && is_digit),
            Some('=') => is_before || !is_word,
            None | Some(_) => true,
        }
    };
    is_clear(before.next(), before.next(), true)
        && is_clear(behind.next(), behind.next(), false)
        && !is_in_link(text, place.start)
}

/// Says whether the word that this place is in is a web address.
fn is_in_link(text: &str, at: usize) -> bool {
    let before = text.as_bytes().get(at.saturating_sub(MAX_LINK)..at).unwrap_or_default();
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'<' | b'>' | b'"' | b'\'');
    let start = before.iter().rposition(is_end).map_or(0, |end| end + 1);
    let word = before.get(start..).unwrap_or_default();
    memchr::memmem::find(word, b"://").is_some() || word.starts_with(b"www.")
}

/// Where in a text words stand that say what a number is. They are looked for once, and no further than there is a number.
///
/// Numbers have to be asked about in their order, as only the next word is known.
pub(super) struct Context<'t> {
    words: RefCell<Peekable<Matches<'t, 't>>>,
}

impl<'t> Context<'t> {
    pub(super) fn new(text: &'t str, words: &'t Regex) -> Self {
        Self { words: RefCell::new(words.find_iter(text).peekable()) }
    }

    /// Says whether one of the words stands near.
    pub(super) fn is_near(&self, place: &Range<usize>) -> bool {
        let mut words = self.words.borrow_mut();
        while words.next_if(|word| word.start() < place.start.saturating_sub(NEAR_BEFORE)).is_some() {}
        words.peek().is_some_and(|word| word.start() <= place.end + NEAR_BEHIND)
    }
}

/// Makes the expression for words of ASCII: whole ones, in letters of either case.
pub(super) fn words(list: &[&str]) -> Regex {
    any_word(list).expect("the words are escaped")
}

/// Makes the expression for any words. Where one begins or ends with a letter or digit of ASCII, there is a border.
///
/// # Errors
/// When they are too many.
pub(super) fn any_word(list: &[&str]) -> Result<Regex, regex::Error> {
    // Borders of ASCII, as those of Unicode make the search much slower; next to any other letter there is a border.
    let border =
        |c: Option<char>| if c.is_some_and(|c| c.is_ascii_alphanumeric()) { r"(?-u:\b)" } else { "" };
    let bordered = |word: &&str| {
        let (before, behind) = (border(word.chars().next()), border(word.chars().next_back()));
        format!("{before}{}{behind}", regex::escape(word))
    };
    Regex::new(&format!("(?i)(?:{})", list.iter().map(bordered).collect::<Vec<_>>().join("|")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        numbers(text, &[&[9], &[3, 2, 4]], " -", &mut |number| all.push(number.digits));
        all
    }

    #[test]
    fn numbers_that_stand_alone() {
        for text in [
            "123456789",
            "123-45-6789",
            "123 45 6789",
            "(123456789)",
            "x: 123456789.",
            "no. 123456789, and",
            "=123456789",
            "#123456789",
            "\u{201c}123456789\u{201d}",
            "123456789\n",
            "9 123 45 6789 12",
            "a=123456789;",
            "123456789/27",
            "\u{5e74}\u{3000}123456789",
            "123456789-",
        ] {
            assert_eq!(found(text), ["123456789"], "{text:?}");
        }
    }

    #[test]
    fn numbers_within_something_longer() {
        for text in [
            "1234567890",
            "a123456789",
            "123456789b",
            "1.123456789",
            "123456789.5",
            "+123456789",
            "$123456789",
            "123456789\u{20AC}",
            "A-123456789",
            "123456789-B",
            "5-123-45-6789",
            "x/123456789",
            "123456789@x",
            "123 45-6789",
            "123  45 6789",
            "123 45 6789 4567",
            "123 123 45 6789",
            "http://x.example/?id=123456789",
            "www.example.org/?a=123456789",
            "ID_123456789",
            "12:123456789",
            "123456789%",
            "\u{fc}123456789",
        ] {
            assert_eq!(found(text), [""; 0], "{text:?}");
        }
    }

    #[test]
    fn words_near_a_number() {
        let expression = words(&["ssn", "tax id"]);
        for (text, near) in
            [("SSN 1", true), ("1 Tax ID", true), ("assn 1", false), ("1", false), ("das ssn\u{fc} 1", true)]
        {
            let at = text.find('1').unwrap();
            assert_eq!(Context::new(text, &expression).is_near(&(at..at + 1)), near, "{text}");
        }
        let far_between = format!("1 {0} 2 ssn 3 {0} 4 {0} ssn 5", " ".repeat(NEAR_BEFORE));
        let context = Context::new(&far_between, &expression);
        let found: Vec<bool> = ["1", "2", "3", "4", "5"]
            .iter()
            .map(|digit| far_between.find(digit).unwrap())
            .map(|at| context.is_near(&(at..at + 1)))
            .collect();
        assert_eq!(found, [false, true, true, false, true]);
        let far = format!("ssn {}1", " ".repeat(NEAR_BEFORE));
        assert!(!Context::new(&far, &expression).is_near(&(far.len() - 1..far.len())));
    }
}
