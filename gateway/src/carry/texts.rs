//! What the carrier mail and `message.html` say: texts with places for the sender and their like. Their words are built in, in
//! each of [`super::LANGUAGES`], and can be set for a brand.
//!
//! A text is plain; it is escaped where it is shown. What stands in its places comes out of the mail, and is set apart from the
//! direction of writing around it there.

use std::fmt;

use super::languages;

/// What stands in a place of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// `{sender}`: name and address of the sender.
    Sender,
    /// `{portal}`: the address of the portal.
    Portal,
    /// `{file}`: the name of the attached file.
    File,
    /// `{button}`: the label of the button to read.
    Button,
}

impl Slot {
    const NAMES: [(&'static str, Self); 4] =
        [("sender", Self::Sender), ("portal", Self::Portal), ("file", Self::File), ("button", Self::Button)];
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words, as they are.
    Words(String),
    /// A place.
    Slot(Slot),
}

/// A text in one line, in pieces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(Vec<Piece>);

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It is longer than `MAX_TEXT` characters.
    #[error("must have at most {MAX_TEXT} characters")]
    TooLong,
    /// It has more than `MAX_WORD` characters without a space, and lines are broken at spaces only.
    #[error("must have a space every {MAX_WORD} characters")]
    LongWord,
    /// It has a line end or another control character, or one that turns the direction of writing.
    #[error("must be one line without control characters")]
    Control,
    /// It says nothing, where it has to.
    #[error("must not be empty")]
    Empty,
    /// A place in braces that this text has not.
    #[error("has braces around a word that stands for nothing there")]
    Slot,
}

/// The most characters of a text.
pub(super) const MAX_TEXT: usize = 500;
/// The most characters of a text without a space between them. As references (`&#x1f600;`) they fit a line of a mail.
pub(super) const MAX_WORD: usize = 90;

impl Text {
    /// Reads a text, in which `{name}` is a place. It may have each of `slots`, and no others.
    ///
    /// # Errors
    /// [`TextError`] says what is wrong.
    pub fn parse(text: &str, slots: &[Slot]) -> Result<Self, TextError> {
        if text.split(' ').any(|word| word.chars().count() > MAX_WORD) {
            return Err(TextError::LongWord);
        }
        Self::built_in(text, slots)
    }

    /// Reads a text that may have long words: some languages have no spaces between them.
    fn built_in(text: &str, slots: &[Slot]) -> Result<Self, TextError> {
        if text.chars().count() > MAX_TEXT {
            return Err(TextError::TooLong);
        }
        if text.chars().any(|c| c.is_control() || turns(c)) {
            return Err(TextError::Control);
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((words, behind)) = rest.split_once('{') {
            let (name, after) = behind.split_once('}').ok_or(TextError::Slot)?;
            let slot = Slot::NAMES.into_iter().find(|(own, _)| *own == name).map(|(_, slot)| slot);
            let slot = slot.filter(|slot| slots.contains(slot)).ok_or(TextError::Slot)?;
            pieces.extend([Piece::Words(words.to_owned()), Piece::Slot(slot)]);
            rest = after;
        }
        pieces.push(Piece::Words(rest.to_owned()));
        pieces.retain(|piece| !matches!(piece, Piece::Words(words) if words.is_empty()));
        Ok(Self(pieces))
    }

    /// Gives the pieces in their order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Gives the words of a text that has no places.
    #[must_use]
    pub fn plain(&self) -> String {
        self.filled(|_| "".into())
    }

    /// Gives words in parts that each fit a line of a mail, for languages that have no spaces between words.
    #[must_use]
    pub(super) fn line_parts(words: &str) -> Vec<String> {
        if words.split(' ').all(|word| word.chars().count() <= MAX_WORD) {
            return vec![words.to_owned()];
        }
        let letters: Vec<char> = words.chars().collect();
        letters.chunks(MAX_WORD).map(|part| part.iter().collect()).collect()
    }

    /// Says whether the text says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the text with what `fill` puts in its places.
    pub fn filled<'a>(&'a self, fill: impl Fn(Slot) -> std::borrow::Cow<'a, str>) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Words(words) => words.as_str().into(),
                Piece::Slot(slot) => fill(*slot),
            })
            .collect()
    }
}

/// Says whether the character changes the direction of writing of what follows it, which can make an address look like another.
pub(super) fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text as the settings have it.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |slot| Slot::NAMES.into_iter().find(|(_, own)| *own == slot).map_or("", |(name, _)| name);
        f.write_str(&self.filled(|slot| format!("{{{}}}", name(slot)).into()))
    }
}

/// Defines all texts: key, and places. The words are in `locales/`.
macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $key:ident [$($slot:ident),*];)+) => {
        /// All texts of a brand.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Texts {
            $($(#[doc = $doc])+ pub $key: Text,)+
        }

        impl Texts {
            /// The keys of all texts in the settings.
            pub const KEYS: &[&str] = &[$(stringify!($key)),+];

            /// Gives the texts of a built-in language; the footer is empty.
            #[must_use]
            pub fn in_language(language: &str) -> Self {
                let read = |key, slots: &[Slot]| {
                    Text::built_in(&languages::words(language, key), slots).expect("a test reads each of them")
                };
                Self { $($key: read(stringify!($key), &[$(Slot::$slot),*]),)+ }
            }

            /// Gives all texts with their keys.
            #[must_use]
            pub fn all(&self) -> Vec<(&'static str, &Text)> {
                vec![$((stringify!($key), &self.$key)),+]
            }

            /// Sets the text with this key; `None` when there is none.
            ///
            /// # Errors
            /// The inner result is that of [`Text::parse`]; only the footer may be empty.
            pub fn set(&mut self, key: &str, words: &str) -> Option<Result<(), TextError>> {
                let (text, slots): (&mut Text, &[Slot]) = match key {
                    $(stringify!($key) => (&mut self.$key, &[$(Slot::$slot),*]),)+
                    _ => return None,
                };
                Some(match Text::parse(words.trim(), slots) {
                    Ok(parsed) if parsed.is_empty() && key != "footer" => Err(TextError::Empty),
                    parsed => parsed.map(|parsed| *text = parsed),
                })
            }
        }

        impl Default for Texts {
            /// Those in English.
            fn default() -> Self {
                Self::in_language("en")
            }
        }
    };
}

texts! {
    /// The heading, and the title of the page.
    heading [];
    /// Who has sent it.
    intro [Sender];
    /// What stands for the sender where the mail names none.
    nobody [];
    /// The label of the button to read.
    button [];
    /// What is asked of the reader.
    proof [];
    /// How to read where the mail has no link.
    open_file [File, Button];
    /// How to read where the link fails and a file is attached.
    or_open_file [File, Button];
    /// What to do where the file does not open.
    or_choose_file [];
    /// The label of the button that leads to the portal.
    portal_button [];
    /// How to read by the link, in the mail's plain text.
    open_link [];
    /// Where the message opens.
    only_at [Portal];
    /// That an answer to the carrier mail goes in clear.
    no_reply [];
    /// What else the sender's organisation has to say; nothing if not set.
    footer [];
    /// The hint below the button of the page.
    patience [];
    /// The heading above the steps below.
    if_button_fails [];
    /// The first step.
    step_save [];
    /// The second step.
    step_open [Portal];
    /// The third step.
    step_choose [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_texts() {
        let words = |text: &str| Piece::Words(text.to_owned());
        let both = [Slot::Sender, Slot::Portal];
        for (text, expected) in [
            ("plain", Ok(vec![words("plain")])),
            ("", Ok(Vec::new())),
            (
                "From {sender} at {portal}.",
                Ok(vec![
                    words("From "),
                    Piece::Slot(Slot::Sender),
                    words(" at "),
                    Piece::Slot(Slot::Portal),
                    words("."),
                ]),
            ),
            ("{sender}{sender}", Ok(vec![Piece::Slot(Slot::Sender), Piece::Slot(Slot::Sender)])),
            ("lone } brace", Ok(vec![words("lone } brace")])),
            ("{file}", Err(TextError::Slot)),
            ("{Sender}", Err(TextError::Slot)),
            ("{", Err(TextError::Slot)),
            ("a\r\nb", Err(TextError::Control)),
            ("a\u{202e}b", Err(TextError::Control)),
        ] {
            assert_eq!(Text::parse(text, &both).map(|text| text.0), expected, "{text:?}");
        }
        assert_eq!(Text::parse(&"word ".repeat(101), &[]), Err(TextError::TooLong));
        assert_eq!(Text::parse(&"x".repeat(MAX_WORD + 1), &[]), Err(TextError::LongWord));
    }

    #[test]
    fn each_text_can_be_set() {
        let mut texts = Texts::default();
        for (key, text) in Texts::default().all() {
            assert_eq!(texts.set(key, &text.to_string()), Some(Ok(())), "{key}");
        }
        assert_eq!(texts, Texts::default());
        assert_eq!(texts.set("heading", " "), Some(Err(TextError::Empty)));
        assert_eq!(texts.set("subject", "x"), None);
    }

    #[test]
    fn long_words_are_parted() {
        let (short, long) = ("word ".repeat(40), "\u{8a9e}".repeat(200));
        assert_eq!(Text::line_parts(&short), vec![short]);
        let parts = Text::line_parts(&long);
        assert!(parts.len() == 3 && parts.concat() == long, "{parts:?}");
    }

    #[test]
    fn fills_places() {
        let text = Text::parse("{sender} wrote", &[Slot::Sender]).unwrap();
        assert_eq!(text.filled(|_| "Alice".into()), "Alice wrote");
    }
}
