//! `[envelope] language` and `languages`: in which language recipients are written to.

use std::collections::BTreeMap;

use sealpost_common::address::{Address, DomainPattern};
use toml::Spanned;

use super::{envelope::language, sender::domain, source::Source};

/// In which language recipients are written to.
#[derive(Debug, Clone, Default)]
pub struct Languages {
    /// Where nothing more special is said; empty for none.
    default: String,
    /// The languages of domains, the most special pattern first.
    of_domains: Vec<(DomainPattern, String)>,
}

impl Languages {
    /// Reads the languages of domains.
    pub(super) fn resolve(
        default: String,
        of_domains: &BTreeMap<String, Spanned<String>>,
        source: &mut Source,
    ) -> Option<Self> {
        let mut all_good = true;
        let mut read = Vec::new();
        for (name, tag) in of_domains {
            let pattern = source.check(tag, domain(name));
            let tag = source.check(tag, language(tag.get_ref()));
            all_good &= pattern.is_some() && tag.is_some();
            read.extend(pattern.zip(tag));
        }
        // "example.org" goes before "*.example.org", and that before "*.org".
        read.sort_by_key(|(pattern, _)| {
            let is_exact = matches!(pattern, DomainPattern::Exactly(_));
            (!is_exact, std::cmp::Reverse(pattern.to_string().len()))
        });
        all_good.then_some(Self { default, of_domains: read })
    }

    /// Gives the language for these recipients, a tag; empty where nothing is said: that of the policy's template, else that of
    /// the domain of them all, else the default.
    #[must_use]
    pub fn choose<'l>(&'l self, of_template: &'l str, recipients: &[&str]) -> &'l str {
        if !of_template.is_empty() {
            return of_template;
        }
        let mut tags = recipients.iter().map(|recipient| self.of_recipient(recipient));
        let first = tags.next().flatten().filter(|first| tags.all(|tag| tag == Some(*first)));
        first.unwrap_or(&self.default)
    }

    fn of_recipient(&self, recipient: &str) -> Option<&str> {
        let address = Address::parse(recipient).ok()?;
        let fits = |(pattern, _): &&(DomainPattern, String)| pattern.matches(address.domain());
        self.of_domains.iter().find(fits).map(|(_, tag)| tag.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_are_written_to_in_the_language_of_their_domains() {
        let patterns = [("example.de", "de"), ("*.example.de", "nl"), ("*.de", "de-AT"), ("*.fr", "fr")];
        let of_domains =
            patterns.into_iter().map(|(name, tag)| (name.to_owned(), Spanned::new(0..0, tag.to_owned())));
        let mut source = Source::new(std::path::Path::new("gateway.toml"), String::new());
        let languages = Languages::resolve("it".to_owned(), &of_domains.collect(), &mut source).unwrap();
        for (template, recipients, expected) in [
            ("", &["a@example.de"][..], "de"),
            ("", &["a@EXAMPLE.de", "b@example.de"], "de"),
            ("", &["a@x.example.de"], "nl"),
            ("", &["a@other.de"], "de-AT"),
            ("", &["a@x.fr", "b@y.fr"], "fr"),
            ("", &["a@x.fr", "b@example.de"], "it"),
            ("", &["a@x.fr", "b@example.org"], "it"),
            ("", &["b@example.org", "a@x.fr"], "it"),
            ("", &["a@example.org"], "it"),
            ("", &["no address"], "it"),
            ("", &[], "it"),
            ("pl", &["a@example.de"], "pl"),
        ] {
            assert_eq!(languages.choose(template, recipients), expected, "{template:?} {recipients:?}");
        }
        assert_eq!(Languages::default().choose("", &["a@example.de"]), "");
    }
}
