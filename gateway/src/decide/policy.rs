//! The policy as decisions need it: domains and words made ready, disabled rules left out.

use std::{borrow::Cow, fmt};

use sealpost_common::address::{Address, DomainPattern};

/// What happens to a mail for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Hand the mail on as it is.
    Pass,
    /// Seal the mail and hand on the carrier mail.
    Seal,
    /// Refuse the mail for good.
    Reject,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Seal => "seal",
            Self::Reject => "reject",
        })
    }
}

/// An organisation's rules.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Recipients of these domains always get the mail as it is.
    pub internal_domains: Vec<DomainPattern>,
    /// The enabled rules in their order; the first that applies decides.
    pub rules: Vec<Rule>,
    /// What happens when no rule applies.
    pub default: Action,
}

impl Policy {
    /// Says whether the address is of an internal domain.
    #[must_use]
    pub fn is_internal(&self, address: &Address) -> bool {
        self.internal_domains.iter().any(|pattern| pattern.matches(address.domain()))
    }
}

/// One rule: what to do, when, and when not.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The name that logs and replies give.
    pub name: String,
    /// What the rule does.
    pub action: Action,
    /// The rule applies when all of these are met.
    pub when: Conditions,
    /// The rule does not apply when any of these is met.
    pub unless: Conditions,
}

/// Conditions by kind; of the entries of one kind it takes one.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    /// The recipient is of one of these domains.
    pub recipient_domains: Vec<DomainPattern>,
    /// The envelope sender or the author is one of these.
    pub senders: Vec<SenderPattern>,
    /// The subject holds one of these.
    pub subject_words: Vec<SubjectWord>,
    /// There is such a header field.
    pub header: Option<HeaderCondition>,
}

/// A sender to compare with: one address or all of a domain.
#[derive(Debug, Clone)]
pub enum SenderPattern {
    /// This address, whatever the case of its letters.
    Address(Address),
    /// Any address of the domain (`@example.org`, `@*.example.org`).
    Domain(DomainPattern),
}

impl SenderPattern {
    /// Says whether the address is meant.
    #[must_use]
    pub fn matches(&self, address: &Address) -> bool {
        match self {
            Self::Address(own) => own.same_mailbox(address),
            Self::Domain(domain) => domain.matches(address.domain()),
        }
    }
}

/// A header field to look for.
#[derive(Debug, Clone)]
pub struct HeaderCondition {
    /// The field's name.
    pub name: String,
    /// What its value has to contain, lower-case; `None` when it only has to be there.
    pub value: Option<String>,
}

/// A word or phrase to look for in the subject.
///
/// It stands alone when no letter or digit touches it; writing without spaces between words (Chinese, Japanese, Thai …)
/// has no such borders. In square brackets it is a tag and is found anywhere.
#[derive(Debug, Clone)]
pub struct SubjectWord {
    folded: String,
    anywhere: bool,
}

impl SubjectWord {
    /// Makes a word ready for comparing; `None` when it is empty.
    #[must_use]
    pub fn new(word: &str) -> Option<Self> {
        let folded = fold(word);
        let anywhere = folded.starts_with('[') && folded.ends_with(']');
        (!folded.is_empty()).then_some(Self { folded, anywhere })
    }

    /// Says whether the subject, made ready by [`fold`], holds the word.
    #[must_use]
    pub fn stands_in(&self, folded_subject: &str) -> bool {
        folded_subject.match_indices(&self.folded).any(|(start, found)| {
            self.anywhere || {
                let before = folded_subject.get(..start).and_then(|text| text.chars().next_back());
                let after = folded_subject.get(start + found.len()..).and_then(|text| text.chars().next());
                !joined(before, found.chars().next()) && !joined(found.chars().next_back(), after)
            }
        })
    }
}

/// Gives the ASCII form of an international domain (`xn--…`), in which domains are compared; others stay as they are.
/// `None` when it has none: then it cannot be told which domain is meant.
#[must_use]
pub fn ascii_domain(domain: &str) -> Option<Cow<'_, str>> {
    if domain.is_ascii() {
        return Some(Cow::Borrowed(domain));
    }
    idna::domain_to_ascii(domain).ok().map(Cow::Owned)
}

/// Gives the address with its domain in the ASCII form, if it has one.
#[must_use]
pub fn with_ascii_domain(address: Address) -> Option<Address> {
    if address.domain().is_ascii() {
        return Some(address);
    }
    Address::parse(&format!("{}@{}", address.local(), ascii_domain(address.domain())?)).ok()
}

/// Lower-cases the text and makes any white space between words one space.
#[must_use]
pub fn fold(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Says whether two neighbouring characters belong to one word.
fn joined(left: Option<char>, right: Option<char>) -> bool {
    let in_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !written_without_spaces(c));
    in_word(left) && in_word(right)
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
    fn finds_words_in_subjects() {
        for (word, subject, found) in [
            ("confidential", "Confidential: figures", true),
            ("confidential", "STRICTLY CONFIDENTIAL", true),
            ("confidential", "confidentially yours", false),
            ("confidential", "non-confidential", true),
            ("secret", "secretary", false),
            ("secret", "top-secret!", true),
            ("secret", "secret2", false),
            ("[encrypt]", "Re:[ENCRYPT]figures", true),
            ("[encrypt]", "encrypt figures", false),
            ("top secret", "Top   secret plans", true),
            ("top secret", "topsecret", false),
            ("vertraulich", "Streng VERTRAULICH", true),
            ("übung", "ÜBUNG macht", true),
            ("機密", "極機密書類", true),
            ("ลับ", "เอกสารลับมาก", true),
            ("#geheim", "x#geheim", true),
        ] {
            let word = SubjectWord::new(word).unwrap();
            assert_eq!(word.stands_in(&fold(subject)), found, "{word:?} in {subject:?}");
        }
        assert!(SubjectWord::new("  ").is_none());
    }
}
