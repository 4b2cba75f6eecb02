//! `[brand.NAME]`: how carrier mails look and what they say.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use imagesize::ImageType;
use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use super::{
    envelope::language,
    source::{Cause, Source},
};
use crate::carry::{
    Colour, Colours, LANGUAGES, Logo, LogoKind, Look, MIN_CONTRAST, TextError, Texts, built_in, is_same,
};

/// The largest logo in bytes. It goes out with every mail, twice: in the mail and in `message.html`.
const MAX_LOGO: usize = 64 * 1024;
/// The most pixels of a logo, to each side.
const MAX_LOGO_SIDE: usize = 4096;

/// What is wrong with a brand.
#[derive(Debug, Error)]
pub enum BrandError {
    /// No table has this brand's name.
    #[error("there is no table [brand.{0}]; an empty one takes the usual look")]
    Unknown(String),
    /// A colour is none.
    #[error("{key} is {text:?}, which is no colour such as \"#0b57a4\"")]
    Colour {
        /// The key.
        key: &'static str,
        /// The value.
        text: String,
    },
    /// A colour cannot be read on another.
    #[error(
        "the contrast of {above} on {below} is {ratio:.2}, and many people need {MIN_CONTRAST}: make one of them darker or \
         lighter"
    )]
    Contrast {
        /// The key of the colour that is read.
        above: &'static str,
        /// The key of the colour behind it.
        below: &'static str,
        /// Their contrast.
        ratio: f64,
    },
    /// A text is not good.
    #[error("the text {key} {error}")]
    Text {
        /// Its key.
        key: String,
        /// What is wrong.
        #[source]
        error: TextError,
    },
    /// No text has this key.
    #[error("there is no text {0:?}")]
    UnknownText(String),
    /// The texts would be in two languages.
    #[error("texts in a language that is not built in have to be set all, and these are not: {0}")]
    MissingTexts(String),
    /// Texts are set in a language that is not built in, or for the second time in the brand's own.
    #[error("{0:?} is the brand's own language (set [brand.NAME.texts] for it), or none of: {all}", all = LANGUAGES.join(", "))]
    TextsIn(String),
    /// The logo cannot be read.
    #[error("the logo {} cannot be read: {source}", path.display())]
    LogoFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The logo is not good.
    #[error("the logo {} {what}", path.display())]
    Logo {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
}

/// The looks by the names of their brands.
#[derive(Debug, Clone, Default)]
pub struct Brands {
    named: BTreeMap<String, Brand>,
    /// That of the brand "".
    usual: Brand,
}

/// A brand's look in all languages.
#[derive(Debug, Clone)]
struct Brand {
    /// In the brand's own language.
    own: Look,
    /// In the languages that are built in.
    others: Vec<Look>,
}

impl Brand {
    /// The brand in all languages: in its own with its own texts, in each other with those that are built in and `texts_in`.
    fn new(own: Look, texts_in: &BTreeMap<&'static str, Texts>) -> Self {
        let look = |language: &'static str| Look {
            language: language.to_owned(),
            texts: texts_in.get(language).cloned().unwrap_or_else(|| built_in_texts(language, &own)),
            ..own.clone()
        };
        Self { others: LANGUAGES.map(look).into(), own }
    }

    fn look(&self, language: &str) -> &Look {
        if language.is_empty() || is_same(&self.own.language, language) {
            return &self.own;
        }
        self.others.iter().find(|look| is_same(&look.language, language)).unwrap_or(&self.own)
    }
}

impl Default for Brand {
    fn default() -> Self {
        Self::new(Look::default(), &BTreeMap::new())
    }
}

/// What a brand says in a language for which nothing is set: what is built in. The footer, most of which is name and address,
/// stays.
fn built_in_texts(language: &str, own: &Look) -> Texts {
    Texts { footer: own.texts.footer.clone(), ..Texts::in_language(language) }
}

impl Brands {
    /// Gives a brand's look in a language, and the usual one where nothing is said about the brand. It speaks its own language
    /// where none is asked for, or one that is not built in.
    #[must_use]
    pub fn look(&self, brand: &str, language: &str) -> &Look {
        self.named.get(brand).unwrap_or(&self.usual).look(language)
    }

    /// Says whether there is such a brand; the usual one always is.
    pub(super) fn has(&self, brand: &str) -> bool {
        brand.is_empty() || self.named.contains_key(brand)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    logo: Option<Spanned<PathBuf>>,
    logo_alt: Option<Spanned<String>>,
    logo_background: Option<Spanned<String>>,
    accent: Option<Spanned<String>>,
    accent_text: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
    surface: Option<Spanned<String>>,
    background: Option<Spanned<String>>,
    language: Option<Spanned<String>>,
    #[serde(default)]
    texts: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    texts_in: BTreeMap<String, Spanned<BTreeMap<String, Spanned<String>>>>,
}

/// Checks all brands.
pub(super) fn resolve(sections: BTreeMap<String, Spanned<Section>>, source: &mut Source) -> Option<Brands> {
    let mut brands = Brands::default();
    let mut all_good = true;
    for (name, section) in sections {
        match resolve_one(&name, &section, source) {
            Some(brand) if name.is_empty() => brands.usual = brand,
            Some(brand) => drop(brands.named.insert(name, brand)),
            None => all_good = false,
        }
    }
    all_good.then_some(brands)
}

fn resolve_one(name: &str, section: &Spanned<Section>, source: &mut Source) -> Option<Brand> {
    if super::envelope::brand(name).is_err() {
        let expected = "in a brand's table of at most 64 bytes without control characters";
        source.note(section, Cause::OutOfBounds { key: "the name", expected });
    }
    let own = section.get_ref();
    let language = match &own.language {
        Some(tag) => source.check(tag, language(tag.get_ref()).and_then(not_empty))?,
        None => Look::default().language,
    };
    let colours = own.colours(section, source);
    let texts = own.texts(&language, section, source);
    let logo = match &own.logo {
        Some(path) => {
            let alt = own.alt(source)?;
            let file = source.resolve(path.get_ref());
            Some(Arc::new(source.check(path, read_logo(&file, alt).map_err(Cause::from))?))
        }
        None => None,
    };
    let look = Look { language, logo, colours: colours?, texts: texts? };
    let texts_in = own.texts_in(&look, source)?;
    Some(Brand::new(look, &texts_in))
}

fn not_empty(tag: String) -> Result<String, Cause> {
    if tag.is_empty() { Err(Cause::Empty("language")) } else { Ok(tag) }
}

impl Section {
    fn alt(&self, source: &mut Source) -> Option<String> {
        match &self.logo_alt {
            Some(alt) => source.check(alt, super::carrier::one_line("logo_alt", alt.get_ref())),
            None => Some(String::new()),
        }
    }

    /// Reads the colours and makes sure that each can be read on what is behind it.
    fn colours(&self, place: &Spanned<Self>, source: &mut Source) -> Option<Colours> {
        let mut colours = Colours::default();
        let mut all_good = true;
        for (key, value, colour) in [
            ("logo_background", &self.logo_background, &mut colours.logo_background),
            ("accent", &self.accent, &mut colours.accent),
            ("accent_text", &self.accent_text, &mut colours.accent_text),
            ("text", &self.text, &mut colours.text),
            ("surface", &self.surface, &mut colours.surface),
            ("background", &self.background, &mut colours.background),
        ] {
            let Some(value) = value else { continue };
            let read = Colour::parse(value.get_ref());
            match source
                .check(value, read.ok_or(BrandError::Colour { key, text: value.get_ref().clone() }.into()))
            {
                Some(read) => *colour = read,
                None => all_good = false,
            }
        }
        for (keys, [above, below]) in colours.pairs() {
            let ratio = above.contrast(below);
            if all_good && ratio < MIN_CONTRAST {
                let [above, below] = keys;
                source.note(place, BrandError::Contrast { above, below, ratio }.into());
            }
        }
        all_good.then_some(colours)
    }

    /// Reads the texts in the brand's own language. All of them have to be set where none are built in, or a mail would be in
    /// two languages.
    fn texts(&self, language: &str, place: &Spanned<Self>, source: &mut Source) -> Option<Texts> {
        let known = built_in(language);
        let texts = set(&self.texts, Texts::in_language(known.unwrap_or("en")), source);
        if known.is_none() {
            let missing = |key: &&str| *key != "footer" && !self.texts.contains_key(*key);
            let missing: Vec<&str> = Texts::KEYS.iter().copied().filter(missing).collect();
            if !missing.is_empty() {
                source.note(place, BrandError::MissingTexts(missing.join(", ")).into());
            }
        }
        texts
    }

    /// Reads the texts in other languages.
    fn texts_in(&self, own: &Look, source: &mut Source) -> Option<BTreeMap<&'static str, Texts>> {
        let mut all_good = true;
        let mut read = BTreeMap::new();
        for (tag, texts) in &self.texts_in {
            let known = LANGUAGES.into_iter().find(|own| own == tag);
            let known = known.filter(|tag| !is_same(tag, &own.language));
            let language = source.check(texts, known.ok_or_else(|| BrandError::TextsIn(tag.clone()).into()));
            let texts = language.and_then(|language| {
                Some((language, set(texts.get_ref(), built_in_texts(language, own), source)?))
            });
            all_good &= texts.is_some();
            read.extend(texts);
        }
        all_good.then_some(read)
    }
}

/// Sets texts of a brand.
fn set(own: &BTreeMap<String, Spanned<String>>, mut texts: Texts, source: &mut Source) -> Option<Texts> {
    let mut all_good = true;
    for (key, words) in own {
        let set = match texts.set(key, words.get_ref()) {
            Some(set) => set.map_err(|error| BrandError::Text { key: key.clone(), error }.into()),
            None => Err(BrandError::UnknownText(key.clone()).into()),
        };
        all_good &= source.check(words, set).is_some();
    }
    all_good.then_some(texts)
}

/// Reads a picture and looks at its first bytes to tell what it is; a name tells nothing.
fn read_logo(path: &Path, alt: String) -> Result<Logo, BrandError> {
    let bytes = read_at_most(path, MAX_LOGO + 1)
        .map_err(|source| BrandError::LogoFile { path: path.to_owned(), source })?;
    let wrong = |what| BrandError::Logo { path: path.to_owned(), what };
    if bytes.len() > MAX_LOGO {
        return Err(wrong("has more than 65536 bytes; it goes out with every mail"));
    }
    let kind = match imagesize::image_type(&bytes) {
        Ok(ImageType::Png) => LogoKind::Png,
        Ok(ImageType::Jpeg) => LogoKind::Jpeg,
        Ok(ImageType::Gif) => LogoKind::Gif,
        // SVG would be a document, with scripts and links, and most mail programs show none.
        _ => return Err(wrong("is no PNG, JPEG or GIF")),
    };
    let size = imagesize::blob_size(&bytes).or(Err(wrong("is damaged")))?;
    let good = 1..=MAX_LOGO_SIDE;
    if !good.contains(&size.width) || !good.contains(&size.height) {
        return Err(wrong("is empty, or larger than 4096 by 4096 pixels"));
    }
    Ok(Logo::new(bytes, kind, (size.width, size.height), alt))
}

fn read_at_most(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::ConfigErrors;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\0\x40\x08\x06\0\0\0";
    const GIF: &[u8] = b"GIF89a\x10\0\x08\0\x80\0\0";
    const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>";

    /// Reads the table `[brand.x]` of this text, in a folder with some files.
    fn read(text: &str) -> Result<Look, String> {
        Ok(brands(text)?.look("x", "").clone())
    }

    fn brands(text: &str) -> Result<Brands, String> {
        #[derive(Deserialize)]
        struct File {
            brand: BTreeMap<String, Spanned<Section>>,
        }
        let folder = tempfile::tempdir().unwrap();
        let huge = [PNG, &vec![0; MAX_LOGO]].concat();
        let wide = [&PNG[..16], b"\0\x01\0\0\0\0\0\x01\x08\x06\0\0\0"].concat();
        for (name, bytes) in [
            ("logo.png", PNG),
            ("logo.gif", GIF),
            ("logo.svg", SVG),
            ("svg.png", SVG),
            ("huge.png", &huge),
            ("wide.png", &wide),
            ("cut.png", &PNG[..12]),
        ] {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let mut source = Source::new(&folder.path().join("gateway.toml"), format!("[brand.x]\n{text}"));
        let told =
            |errors: ConfigErrors| errors.to_string().replace(&format!("{}/", folder.path().display()), "");
        let file: File = source.parse().map_err(told)?;
        let brands = resolve(file.brand, &mut source);
        source.finish(brands).map_err(told)
    }

    #[test]
    fn reads_brands() {
        let look = read("").unwrap();
        assert_eq!((look.logo.is_none(), look.colours, look.direction()), (true, Colours::default(), "ltr"));
        let look = read("logo = \"logo.gif\"\nlogo_alt = \"Bank\"\naccent = \"#7a0019\"").unwrap();
        let logo = look.logo.unwrap();
        assert_eq!((logo.kind, logo.width, logo.height, logo.alt.as_str()), (LogoKind::Gif, 16, 8, "Bank"));
        assert_eq!(look.colours.accent, Colour::new(0x7a_0019));
        assert_eq!(read("[brand.x.texts]\nheading = \"Mail\"").unwrap().texts.heading.plain(), "Mail");
        let farsi: Vec<String> = Texts::KEYS.iter().map(|key| format!("{key} = \"متن\"")).collect();
        let look = read(&format!("language = \"fa\"\n[brand.x.texts]\n{}", farsi.join("\n"))).unwrap();
        assert_eq!((look.language.as_str(), look.direction()), ("fa", "rtl"));
    }

    #[test]
    fn brands_speak_all_languages() {
        let brands = brands(
            "accent = \"#7a0019\"\nlanguage = \"de\"\n[brand.x.texts]\nheading = \"Post\"\nfooter = \"Bank\"\n\
             [brand.x.texts_in.fr]\nheading = \"Courrier\"\n[brand.x.texts_in.ar]\nfooter = \"بنك\"",
        )
        .unwrap();
        for (brand, language, expected) in [
            ("x", "", ["de", "ltr", "Post", "Nachricht lesen", "Bank"]),
            ("x", "de-AT", ["de", "ltr", "Post", "Nachricht lesen", "Bank"]),
            ("x", "sv", ["de", "ltr", "Post", "Nachricht lesen", "Bank"]),
            ("x", "fr", ["fr", "ltr", "Courrier", "Lire le message", "Bank"]),
            ("x", "en", ["en", "ltr", "Protected message", "Read the message", "Bank"]),
            ("x", "ar-EG", ["ar", "rtl", "رسالة محمية", "قراءة الرسالة", "بنك"]),
            ("x", "zh-CN", ["zh-Hans", "ltr", "受保护的邮件", "阅读邮件", "Bank"]),
            ("", "", ["en", "ltr", "Protected message", "Read the message", ""]),
            ("", "he", ["he", "rtl", "הודעה מוגנת", "קריאת ההודעה", ""]),
        ] {
            let look = brands.look(brand, language);
            let texts = &look.texts;
            let (heading, button, footer) =
                (texts.heading.plain(), texts.button.plain(), texts.footer.plain());
            let found = [look.language.as_str(), look.direction(), &heading, &button, &footer];
            assert_eq!(found, expected, "{brand:?} in {language:?}");
            let is_red = look.colours.accent == Colour::new(0x7a_0019);
            assert_eq!(is_red, brand == "x");
        }
    }

    #[test]
    fn tells_mistakes() {
        for (text, expected) in [
            ("logo = \"none.png\"", "2: the logo none.png cannot be read: No such file"),
            ("logo = \"logo.svg\"", "2: the logo logo.svg is no PNG, JPEG or GIF"),
            ("logo = \"svg.png\"", "2: the logo svg.png is no PNG, JPEG or GIF"),
            ("logo = \"huge.png\"", "2: the logo huge.png has more than 65536 bytes"),
            ("logo = \"wide.png\"", "2: the logo wide.png is empty, or larger than"),
            ("logo = \"cut.png\"", "2: the logo cut.png is damaged"),
            ("logo = \"logo.png\"\nlogo_alt = \" x\"", "3: logo_alt must be one line"),
            ("accent = \"blue\"", "2: accent is \"blue\", which is no colour such as"),
            (
                "accent = \"#ffd000\"",
                "1: the contrast of accent on surface is 1.47, and many people need 4.5",
            ),
            ("text = \"#808080\"", "1: the contrast of text on surface is 3.95"),
            ("background = \"#555555\"", "1: the contrast of text on background is"),
            ("surface = \"#0b57a4\"", "1: the contrast of text on surface is"),
            ("accent_text = \"#000000\"", "1: the contrast of accent_text on accent is"),
            ("language = \"\"", "2: language must not be empty"),
            ("language = \"de_DE\"", "2: language must be empty or a language tag"),
            (
                "language = \"sv\"",
                "1: texts in a language that is not built in have to be set all, and these are not: h",
            ),
            ("[brand.x.texts_in.sv]\nheading = \"x\"", "2: \"sv\" is the brand's own language (set"),
            ("[brand.x.texts_in.en]\nheading = \"x\"", "2: \"en\" is the brand's own language (set"),
            ("[brand.x.texts_in.de]\nheading = \"\"", "3: the text heading must not be empty"),
            ("[brand.x.texts]\nheading = \"\"", "3: the text heading must not be empty"),
            ("[brand.x.texts]\nheading = \"{sender}\"", "3: the text heading has braces around a word"),
            ("[brand.x.texts]\ntitle = \"x\"", "3: there is no text \"title\""),
            ("icon = \"x\"", "2: unknown field `icon`"),
        ] {
            let error = read(text).err().unwrap_or_default();
            assert!(error.starts_with(&format!("gateway.toml:{expected}")), "{text}: {error}");
        }
    }
}
