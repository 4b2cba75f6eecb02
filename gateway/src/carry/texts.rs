//! What the carrier mail and `message.html` say: texts with places for the sender and their like.
//!
//! A text is plain; it is escaped where it is shown. What stands in its places comes out of the mail, and is set apart from the
//! direction of writing around it there.

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
        if text.chars().count() > MAX_TEXT {
            return Err(TextError::TooLong);
        }
        if text.split(' ').any(|word| word.chars().count() > MAX_WORD) {
            return Err(TextError::LongWord);
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

/// Defines all texts: key, places, the words if nothing else is set.
macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $key:ident [$($slot:ident),*] = $words:literal;)+) => {
        /// All texts of a brand.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Texts {
            $($(#[doc = $doc])+ pub $key: Text,)+
        }

        impl Texts {
            /// The key of each text in the settings, and its words if nothing else is set.
            pub const ALL: &[(&str, &str)] = &[$((stringify!($key), $words)),+];

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
            fn default() -> Self {
                let read = |words, slots: &[Slot]| Text::parse(words, slots).expect("a test reads each of them");
                Self { $($key: read($words, &[$(Slot::$slot),*]),)+ }
            }
        }
    };
}

texts! {
    /// The heading, and the title of the page.
    heading [] = "Protected message";
    /// Who has sent it.
    intro [Sender] = "{sender} has sent you a protected message.";
    /// What stands for the sender where the mail names none.
    nobody [] = "Somebody";
    /// The label of the button to read.
    button [] = "Read the message";
    /// What is asked of the reader.
    proof [] = "You will be asked to prove that this mailbox is yours, for instance with a one-time passcode that is mailed to you.";
    /// How to read where the mail has no link.
    open_file [File, Button] = "To read it, open the attached file {file} and press “{button}”.";
    /// How to read where the link fails and a file is attached.
    or_open_file [File, Button] = "If the button does not work, open the attached file {file} and press “{button}” there.";
    /// What to do where the file does not open.
    or_choose_file [] = "If the file does not open on this device, save it and choose it on this page:";
    /// The label of the button that leads to the portal.
    portal_button [] = "Go to the portal";
    /// How to read by the link, in the mail's plain text.
    open_link [] = "To read it, open this link:";
    /// Where the message opens.
    only_at [Portal] = "The message opens only at {portal}.";
    /// That an answer to the carrier mail goes in clear.
    no_reply [] = "Replying to this mail is not protected: reply on the page that shows the message instead.";
    /// What else the sender's organisation has to say; nothing if not set.
    footer [] = "";
    /// The hint below the button of the page.
    patience [] = "A large message may take a moment.";
    /// The heading above the steps below.
    if_button_fails [] = "If the button does not work";
    /// The first step.
    step_save [] = "Save this file on your device.";
    /// The second step.
    step_open [Portal] = "Open {portal} in your browser.";
    /// The third step.
    step_choose [] = "Choose this file there.";
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
        for (key, words) in Texts::ALL {
            assert_eq!(texts.set(key, words), Some(Ok(())), "{key}");
        }
        assert_eq!(texts, Texts::default());
        assert_eq!(texts.set("heading", " "), Some(Err(TextError::Empty)));
        assert_eq!(texts.set("subject", "x"), None);
    }

    #[test]
    fn fills_places() {
        let text = Text::parse("{sender} wrote", &[Slot::Sender]).unwrap();
        assert_eq!(text.filled(|_| "Alice".into()), "Alice wrote");
    }
}
