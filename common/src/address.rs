//! Reads mail addresses and domain patterns.
//!
//! An [`Address`] is what stands between `<` and `>` in SMTP (RFC 5321 `Mailbox`, RFC 6531 for non-ASCII), not a header
//! field: no display name, no comment. The reader is a little wider than the grammar where real mail is (dots anywhere
//! in the local part), and never accepts what could end a line, a path or a header field. It resolves nothing.

use std::fmt;

use crate::limits::MAX_ADDRESS_LEN;

/// The most bytes of a domain (RFC 5321, 4.5.3.1.2).
const MAX_DOMAIN_LEN: usize = 255;
/// The most bytes of an ASCII label of a domain (RFC 1035, 2.3.4).
const MAX_LABEL_LEN: usize = 63;

/// A mail address with a local part and a domain.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    text: String,
    local: String,
    domain: String,
}

/// Says why a text is not an address or not a domain pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It has more than 320 bytes.
    #[error("the address is too long")]
    TooLong,
    /// It has no `@`.
    #[error("the address has no @")]
    NoAt,
    /// The local part is empty, badly quoted, or has characters that need quoting.
    #[error("the local part of the address is wrong")]
    LocalPart,
    /// The domain is no domain name and no address literal.
    #[error("the domain is wrong")]
    Domain,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// [`AddressError`] says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.len() > MAX_ADDRESS_LEN {
            return Err(AddressError::TooLong);
        }
        // A domain has no `@`, a quoted local part may: the last one divides.
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::NoAt)?;
        if !is_local_part(local) {
            return Err(AddressError::LocalPart);
        }
        if !is_domain(domain) && !is_address_literal(domain) {
            return Err(AddressError::Domain);
        }
        Ok(Self { text: text.to_owned(), local: local.to_owned(), domain: domain.to_ascii_lowercase() })
    }

    /// Gives the local part as written, quotes included.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    /// Gives the domain in lower case (ASCII only; A-labels and U-labels stay what they are).
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Gives the address as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Says whether both address the same mailbox: ASCII letters of either case are the same, in both parts.
    ///
    /// RFC 5321 leaves the case of a local part to its host; hosts that tell `Bob` from `bob` are not met any more.
    #[must_use]
    pub fn same_mailbox(&self, other: &Self) -> bool {
        self.normalised() == other.normalised()
    }

    /// Gives the one spelling that all spellings of this mailbox share: ASCII lower case, no needless quotes.
    #[must_use]
    pub fn normalised(&self) -> String {
        let unquoted = self.local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let local = unquoted.filter(|inner| is_plain_local_part(inner)).unwrap_or(&self.local);
        format!("{}@{}", local.to_ascii_lowercase(), self.domain)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Prints no address: what is formatted for debugging ends up in logs.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(..)")
    }
}

/// A set of domains: one domain (`example.org`), all below one (`*.example.org`, not itself), or all (`*`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DomainPattern {
    /// Every domain, and a sender that has none.
    Any,
    /// This domain only.
    Exactly(String),
    /// Every domain below this one, however deep, but not itself.
    Below(String),
}

impl DomainPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`AddressError::Domain`] for anything but a domain name, `*.` and a domain name, or `*`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let lower = text.to_ascii_lowercase();
        match lower.strip_prefix("*.") {
            _ if lower == "*" => Ok(Self::Any),
            Some(parent) if is_domain(parent) => Ok(Self::Below(parent.to_owned())),
            None if is_domain(&lower) => Ok(Self::Exactly(lower)),
            _ => Err(AddressError::Domain),
        }
    }

    /// Says whether the domain is in the set; ASCII letters of either case are the same.
    #[must_use]
    pub fn matches(&self, domain: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(name) => domain.eq_ignore_ascii_case(name),
            Self::Below(parent) => domain
                .to_ascii_lowercase()
                .strip_suffix(parent.as_str())
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|below| !below.is_empty()),
        }
    }
}

impl fmt::Display for DomainPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Exactly(name) => f.write_str(name),
            Self::Below(parent) => write!(f, "*.{parent}"),
        }
    }
}

fn is_local_part(local: &str) -> bool {
    match local.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').is_some_and(is_quoted_content),
        None => is_plain_local_part(local),
    }
}

/// RFC 5321 `Dot-string` with dots anywhere, and RFC 6531's non-ASCII characters.
fn is_plain_local_part(local: &str) -> bool {
    !local.is_empty()
        && !local.chars().any(|c| c.is_control() || c.is_whitespace() || "()<>[]:;@\\,\"".contains(c))
}

/// RFC 5321 `QcontentSMTP`: quotes and backslashes only after a backslash, no control characters.
fn is_quoted_content(content: &str) -> bool {
    let mut escaped = false;
    for c in content.chars() {
        if c.is_control() || (c == '"' && !escaped) {
            return false;
        }
        escaped = c == '\\' && !escaped;
    }
    !escaped
}

fn is_domain(domain: &str) -> bool {
    domain.len() <= MAX_DOMAIN_LEN && domain.split('.').all(is_label)
}

/// A letter-digit-hyphen label, an underscore let through, or one with non-ASCII letters (a U-label).
fn is_label(label: &str) -> bool {
    let fits = !label.is_empty() && (label.len() <= MAX_LABEL_LEN || !label.is_ascii());
    let is_label_char =
        |c: char| c.is_alphanumeric() || c == '-' || c == '_' || (!c.is_ascii() && is_mark(c));
    fits && label.chars().all(is_label_char) && !label.starts_with('-') && !label.ends_with('-')
}

/// Lets through what U-labels hold besides letters and digits: combining marks and joiners, but nothing that
/// `char` counts as control or white space.
fn is_mark(c: char) -> bool {
    !c.is_control() && !c.is_whitespace()
}

/// RFC 5321 `address-literal`: `[192.0.2.1]`, `[IPv6:2001:db8::1]`, or a general one of such characters; not of every
/// `dcontent`, which `>` would be among.
fn is_address_literal(domain: &str) -> bool {
    domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(|inner| {
        !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses_and_their_parts() {
        for (text, local, domain) in [
            ("bob@example.org", "bob", "example.org"),
            ("Bob+Tag@EXAMPLE.Org", "Bob+Tag", "example.org"),
            ("..dots..@docomo.example", "..dots..", "docomo.example"),
            ("\"a@b\"@example.org", "\"a@b\"", "example.org"),
            ("\"a \\\"b\\\\\"@example.org", "\"a \\\"b\\\\\"", "example.org"),
            ("o'neil/x=y@sub.example.org", "o'neil/x=y", "sub.example.org"),
            ("postmaster@localhost", "postmaster", "localhost"),
            ("u@[192.0.2.1]", "u", "[192.0.2.1]"),
            ("u@[IPv6:2001:DB8::1]", "u", "[ipv6:2001:db8::1]"),
            ("jürgen@bücher.example", "jürgen", "bücher.example"),
            ("x@xn--bcher-kva.example", "x", "xn--bcher-kva.example"),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.local(), address.domain(), address.as_str()), (local, domain, text));
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        let long = format!("{}@example.org", "a".repeat(320));
        let label = format!("a@{}.example", "b".repeat(64));
        for (text, error) in [
            ("", AddressError::NoAt),
            ("postmaster", AddressError::NoAt),
            (long.as_str(), AddressError::TooLong),
            ("@example.org", AddressError::LocalPart),
            ("a b@example.org", AddressError::LocalPart),
            ("a>b@example.org", AddressError::LocalPart),
            ("\"a@example.org", AddressError::LocalPart),
            ("\"@example.org", AddressError::LocalPart),
            ("\"a\"b\"@example.org", AddressError::LocalPart),
            ("\"a\\\"@example.org", AddressError::LocalPart),
            ("a\r\nRCPT TO:<x@y.z>@example.org", AddressError::LocalPart),
            ("\"a\r\n\"@example.org", AddressError::LocalPart),
            ("a@", AddressError::Domain),
            ("a@example..org", AddressError::Domain),
            ("a@example.org.", AddressError::Domain),
            ("a@-example.org", AddressError::Domain),
            ("a@exa mple.org", AddressError::Domain),
            ("a@example.org\r\n", AddressError::Domain),
            ("a@exam\u{85}ple.org", AddressError::Domain),
            (label.as_str(), AddressError::Domain),
            ("a@[]", AddressError::Domain),
            ("a@[1.2.3.4", AddressError::Domain),
            ("a@[1.2.3>4]", AddressError::Domain),
        ] {
            assert_eq!(Address::parse(text).err(), Some(error), "{text:?}");
        }
    }

    #[test]
    fn knows_the_spellings_of_one_mailbox() {
        let same = |a: &str, b: &str| Address::parse(a).unwrap().same_mailbox(&Address::parse(b).unwrap());
        assert!(same("Bob@Example.ORG", "bob@example.org"));
        assert!(same("\"bob\"@example.org", "bob@example.org"));
        assert!(!same("\"b ob\"@example.org", "bob@example.org"));
        assert!(!same("bob+1@example.org", "bob@example.org"));
        assert!(!same("bob@example.org", "bob@mail.example.org"));
        // Only ASCII case folds: Unicode folding would let one mailbox pass for another.
        assert!(!same("JÜRGEN@example.org", "jürgen@example.org"));
        assert!(!same("\u{212a}@example.org", "k@example.org"));
    }

    #[test]
    fn domain_patterns_match_whole_labels() {
        let matches = |pattern: &str, domain: &str| DomainPattern::parse(pattern).unwrap().matches(domain);
        assert!(matches("example.org", "EXAMPLE.org"));
        assert!(!matches("example.org", "mail.example.org"));
        assert!(!matches("example.org", "badexample.org"));
        assert!(matches("*.example.org", "mail.Example.org"));
        assert!(matches("*.example.org", "a.b.example.org"));
        assert!(!matches("*.example.org", "example.org"));
        assert!(!matches("*.example.org", ".example.org"));
        assert!(!matches("*.example.org", "badexample.org"));
        assert!(matches("*", "anything.example"));
        for wrong in ["", "*.", "**", "*.*.org", "exa mple", "@example.org", "*example.org", "example.org,"] {
            assert_eq!(DomainPattern::parse(wrong), Err(AddressError::Domain), "{wrong:?}");
        }
        for text in ["*", "example.org", "*.example.org"] {
            assert_eq!(DomainPattern::parse(text).unwrap().to_string(), text);
        }
    }
}
