//! Addresses of e-mail, for lists of them: distinct ones count.
//!
//! Source: RFC 5321, 4.1.2, in the forms that occur: local parts without quotes, domains with a dot. What stands in a
//! Message-ID looks the same and counts too.

use super::Values;

/// The longest local part and domain (RFC 5321, 4.5.3.1).
const MAX_LOCAL: usize = 64;
const MAX_DOMAIN: usize = 255;

/// Adds the addresses in a text.
pub(super) fn find(text: &str, found: &mut Values) {
    for at in memchr::memchr_iter(b'@', text.as_bytes()) {
        if let Some(address) = address(text, at) {
            found.insert(address.to_lowercase());
        }
    }
}

/// Gives the address around this `@`.
fn address(text: &str, at: usize) -> Option<&str> {
    let (before, behind) = (text.get(..at)?, text.get(at + 1..)?);
    let in_local = |c: &char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(*c);
    let local: usize =
        before.chars().rev().take(MAX_LOCAL + 1).take_while(in_local).map(char::len_utf8).sum();
    let local =
        before.get(before.len() - local..)?.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '_');
    let in_domain = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '.');
    let domain: usize = behind.chars().take(MAX_DOMAIN).take_while(in_domain).map(char::len_utf8).sum();
    let domain = behind.get(..domain)?.trim_end_matches(['-', '.']);
    let (_, top) = domain.rsplit_once('.')?;
    let is_sound = (1..=MAX_LOCAL).contains(&local.chars().count())
        && !local.ends_with('.')
        && domain.split('.').all(|label| !label.is_empty() && label.len() <= 63)
        && top.chars().count() >= 2
        && (top.starts_with("xn--") || top.chars().all(char::is_alphabetic));
    if is_sound { text.get(at - local.len()..at + 1 + domain.len()) } else { None }
}
