//! The words that readers see: Fluent texts, one directory of `locales/` for each language, built into the program.
//!
//! To add a text: write it into a file of `locales/en`, and into the same file of every other language, under one ID and with
//! the same arguments. Use it in a template that has a field `t: Texts`:
//!
//! ```text
//! {{ t.get("prove-title") }}
//! {{ t.get("passcode-minutes").with("minutes", minutes) }}
//! {{ t.get("refused-gone").part("body") }}                                  the attribute `.body` of a text
//! {% let (before, after) = t.get("passcode-sent-to").around("address") %}
//! {{ before }}<b>{{ address }}</b>{{ after }}                               markup around an argument
//! ```
//!
//! In Rust, an ID that goes through other hands is a [`TextId`], so that a test finds it. Tests fail when a text is missing in a
//! language, is used nowhere, has other arguments or parts than in English, or when an ID is used that does not exist.
//!
//! What stands in a template as an argument is taken by reference: the result of a call first gets a name by `{% let %}`.
//!
//! Texts hold no markup, and templates escape them like everything else (never `|safe`): who translates can't write HTML.
//! Where a part of a sentence needs an element of its own, the text is cut in two at that argument ([`Text::around`]), and the
//! template puts the element between the halves. Arguments are not isolated by invisible characters, as they would turn up
//! in subjects and attributes; where a foreign value may be written in the other direction, put it into `<bdi>` that way.
//! Plural forms are Fluent's selectors. Scripts hold no words; what they show stands hidden in the page.

use std::{borrow::Cow, collections::HashMap, fmt};

use fluent_templates::{LanguageIdentifier, fluent_bundle::FluentValue};

use jiff::civil::Date;

use crate::{language::Language, render::When};

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// Stands in a text for an argument around which it is cut; for private use, so nobody types it.
const CUT: &str = "\u{F0000}";

/// The ID of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextId(pub &'static str);

impl From<&'static str> for TextId {
    fn from(id: &'static str) -> Self {
        Self(id)
    }
}

impl From<&Self> for TextId {
    fn from(id: &Self) -> Self {
        *id
    }
}

/// All texts in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Texts {
    language: Language,
}

impl Texts {
    /// The texts as they were written.
    pub const ENGLISH: Self = Self { language: Language::ENGLISH };

    /// The texts in this language.
    #[must_use]
    pub fn of(language: Language) -> Self {
        Self { language }
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The languages that a reader may switch to.
    #[must_use]
    pub fn languages(&self) -> &'static [Language] {
        Language::all()
    }

    /// One text.
    #[must_use]
    pub fn get<'a>(&self, id: impl Into<TextId>) -> Text<'a> {
        Text { language: self.language, id: id.into(), part: None, arguments: HashMap::new() }
    }

    /// A moment as people say it.
    #[must_use]
    pub fn when(&self, when: &When) -> String {
        let day = |date: Date| {
            let (weekday, day) = (date.weekday().to_monday_one_offset(), date.day());
            let (month, year) = (date.month(), date.year());
            self.get("date-day")
                .with("weekday", &weekday)
                .with("day", &day)
                .with("month", &month)
                .with("year", &year)
                .to_string()
        };
        match when {
            When::Day(date) => day(*date),
            When::Minute(at, zone) => {
                let (date, time) = (day(at.date()), at.strftime("%H:%M").to_string());
                let moment = self.get("date-minute").with("date", &date).with("time", &time).to_string();
                match zone.as_str() {
                    "" => moment,
                    zone => self.get("date-zone").with("moment", &moment).with("zone", zone).to_string(),
                }
            }
            When::Unread(written) => written.clone(),
        }
    }

    /// The size of a file as people say it.
    #[must_use]
    pub fn size(&self, bytes: &usize) -> String {
        match bytes {
            0..1000 => self.get("size-bytes").with("bytes", bytes).to_string(),
            1000..1_000_000 => {
                self.get("size-kilobytes").with("kilobytes", &bytes.div_ceil(1000)).to_string()
            }
            _ => {
                let (whole, tenths) = (bytes / 1_000_000, bytes % 1_000_000 / 100_000);
                self.get("size-megabytes").with("whole", &whole).with("tenths", &tenths).to_string()
            }
        }
    }
}

/// What may stand in a text.
pub trait Argument {
    /// The value for Fluent.
    fn value(&self) -> FluentValue<'_>;
}

macro_rules! arguments {
    ($($type:ty),*) => {$(
        impl Argument for $type {
            fn value(&self) -> FluentValue<'_> {
                self.into()
            }
        }
    )*};
}

arguments!(str, String, u64, usize, i8, i16);

impl<T: Argument + ?Sized> Argument for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

/// One text, with its arguments; shown without any escaping.
pub struct Text<'a> {
    language: Language,
    id: TextId,
    part: Option<&'static str>,
    arguments: HashMap<Cow<'static, str>, FluentValue<'a>>,
}

impl<'a> Text<'a> {
    /// Gives it an argument.
    #[must_use]
    pub fn with<A: Argument + ?Sized>(mut self, name: &'static str, value: &'a A) -> Self {
        self.arguments.insert(name.into(), value.value());
        self
    }

    /// An attribute of the text instead of the text itself.
    #[must_use]
    pub fn part(self, name: &'static str) -> Self {
        Self { part: Some(name), ..self }
    }

    /// What stands before the argument of this name, and what stands after it.
    #[must_use]
    pub fn around(mut self, name: &'static str) -> (String, String) {
        self.arguments.insert(name.into(), CUT.into());
        let whole = self.to_string();
        whole
            .split_once(CUT)
            .map_or((whole.clone(), String::new()), |(before, after)| (before.into(), after.into()))
    }

    fn in_language(&self, language: Language) -> Option<String> {
        let language: LanguageIdentifier = language.tag().parse().ok()?;
        let id = self.id.0;
        let id = self.part.map_or(Cow::Borrowed(id), |part| format!("{id}.{part}").into());
        LOCALES.lookup_single_language(&language, &id, Some(&self.arguments)).ok()
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.in_language(self.language).or_else(|| self.in_language(Language::ENGLISH));
        // Tests see to it that there is one.
        f.write_str(found.as_deref().unwrap_or(self.id.0))
    }
}

#[cfg(test)]
mod tests;
