//! Classes and IDs of a mail: each gets a prefix, in the attributes as in the selectors, so that none is taken for one of
//! the frame's or the page's own.

use std::fmt::Write;

const PREFIX: &str = "m-";
/// Longest name, in characters.
const MAX_NAME: usize = 60;
/// Most classes of one element.
const MAX_CLASSES: usize = 20;

/// The name as it is written; `None` for one that would have to be escaped in a selector.
pub(super) fn written(name: &str) -> Option<String> {
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    let fits = !name.is_empty() && name.chars().count() <= MAX_NAME;
    (plain && fits).then(|| format!("{PREFIX}{name}"))
}

/// A `class` attribute as it is written; may be empty.
pub(super) fn classes(value: &str) -> String {
    let mut out = String::new();
    for class in value.split_ascii_whitespace().take(MAX_CLASSES).filter_map(written) {
        let space = if out.is_empty() { "" } else { " " };
        // Writing to a String cannot fail.
        write!(out, "{space}{class}").unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_a_prefix_or_go() {
        for (name, expected) in [
            ("part", Some("m-part")),
            ("MsoNormal", Some("m-MsoNormal")),
            ("-a_1", Some("m--a_1")),
            ("größe", Some("m-größe")),
            ("", None),
            ("sm:hidden", None),
            ("a\\b", None),
            ("a\"b", None),
            ("a b", None),
            ("</style>", None),
        ] {
            assert_eq!(written(name).as_deref(), expected, "{name}");
        }
        assert_eq!(written(&"a".repeat(MAX_NAME + 1)), None);
        assert_eq!(classes(" a\n<b> part "), "m-a m-part");
        assert_eq!(classes(&"a ".repeat(100)).len(), MAX_CLASSES * "m-a ".len() - 1);
    }
}
