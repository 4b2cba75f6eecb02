//! The languages whose texts are built in: Fluent files, one directory of `locales/` for each.
//!
//! They are read once, when the settings are: each becomes a [`super::Text`] with places, as one of the settings does.

use std::{borrow::Cow, collections::HashMap};

use fluent_templates::{LanguageIdentifier, fluent_bundle::FluentValue};

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// The tags of the languages.
pub const LANGUAGES: [&str; 12] =
    ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "ja", "zh-Hans", "ar", "he"];

/// The places of texts.
const PLACES: [(&str, &str); 4] =
    [("sender", "{sender}"), ("portal", "{portal}"), ("file", "{file}"), ("button", "{button}")];

/// Gives the built-in language that a tag means, whatever its region: `de-AT` is German.
#[must_use]
pub fn built_in(tag: &str) -> Option<&'static str> {
    LANGUAGES.into_iter().find(|own| is_same(own, tag))
}

/// Says whether two tags mean the same language, if perhaps as it is written in different regions.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    let primary = |tag: &str| tag.split_once('-').map_or(tag.to_owned(), |(primary, _)| primary.to_owned());
    primary(one).eq_ignore_ascii_case(&primary(other))
}

/// Gives the words of a text in a built-in language, with places in braces; nothing where there is no such text.
pub(super) fn words(language: &str, key: &str) -> String {
    let places: HashMap<Cow<'static, str>, FluentValue<'_>> =
        PLACES.into_iter().map(|(name, place)| (name.into(), place.into())).collect();
    let language: Option<LanguageIdentifier> = language.parse().ok();
    let found = language.and_then(|tag| LOCALES.lookup_single_language(&tag, key, Some(&places)).ok());
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::carry::{Look, Texts, texts::MAX_WORD};

    #[test]
    fn every_language_has_every_text_with_its_places_and_no_others() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales");
        let entries = fs::read_dir(&folder).unwrap();
        let names: BTreeSet<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(names, LANGUAGES.map(str::to_owned).into());
        let english = Texts::default();
        let places = |text: &str| -> BTreeSet<String> {
            text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap().to_owned()).collect()
        };
        for language in LANGUAGES {
            let source = fs::read_to_string(folder.join(language).join("carrier.ftl")).unwrap();
            let ids =
                source.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect::<BTreeSet<_>>();
            let known =
                english.all().into_iter().map(|(key, _)| key).filter(|key| *key != "footer").collect();
            assert_eq!(ids, known, "{language}");
            let texts = Texts::in_language(language);
            for ((key, text), (_, usual)) in texts.all().into_iter().zip(english.all()) {
                assert_eq!(places(&text.to_string()), places(&usual.to_string()), "{language}: {key}");
                assert_eq!(text.is_empty(), key == "footer", "{language}: {key}");
            }
            // These stand where no line can be broken but at a space.
            for text in [&texts.heading, &texts.button, &texts.portal_button, &texts.nobody] {
                assert!(text.plain().chars().count() <= MAX_WORD, "{language}");
            }
        }
    }

    #[test]
    fn tags_mean_languages() {
        for (tag, expected) in [
            ("de", Some("de")),
            ("de-AT", Some("de")),
            ("PT-br", Some("pt")),
            ("zh-CN", Some("zh-Hans")),
            ("zh", Some("zh-Hans")),
            ("sv", None),
            ("", None),
            ("den", None),
        ] {
            assert_eq!(built_in(tag), expected, "{tag}");
        }
        let directions =
            LANGUAGES.map(|tag| Look { language: tag.to_owned(), ..Look::default() }.direction());
        assert_eq!(directions.iter().filter(|direction| **direction == "rtl").count(), 2);
    }
}
