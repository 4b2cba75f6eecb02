//! Lists of addresses, domains, words and patterns: entries in the policy itself, `/expressions/`, and `file:` for entries from
//! a file, one a line.

use std::{fs, ops::Range, path::PathBuf};

use regex::{Regex, RegexBuilder};
use sealpost_common::address::{Address, DomainPattern};
use toml::Spanned;

use super::super::{
    sender,
    source::{Cause, Source},
};
use crate::decide::{
    AddressPattern, TextPatterns, ascii_domain, fold, has_borders, is_tag, with_ascii_domain,
};

/// The most memory of one compiled expression, and of its cache while it runs.
const MAX_COMPILED: usize = 1 << 20;
/// The deepest nesting of groups in an expression.
const MAX_NESTING: u32 = 50;
/// The most bytes of a list file.
const MAX_LIST_FILE: u64 = 64 << 20;

/// An optional list as it stands in the policy.
pub(super) type List = Option<Spanned<Vec<Spanned<String>>>>;

/// An entry and where it stands.
struct Entry {
    text: String,
    place: Place,
}

enum Place {
    Policy(Range<usize>),
    File(PathBuf, usize),
}

/// Converts a list that is there and has an entry. An empty one is a mistake: it could mean "any" as well as "none".
pub(super) fn entries<V>(
    key: &'static str,
    list: &List,
    source: &mut Source,
    convert: impl Fn(&str) -> Result<V, Cause>,
) -> Option<Vec<V>> {
    let list_of = list.as_ref()?;
    if list_of.get_ref().is_empty() {
        source.note(list_of, Cause::Empty(key));
    }
    Some(self::list(key, list_of.get_ref(), source, convert))
}

/// Converts every entry of a list and of its files, and notes those that cannot be.
pub(super) fn list<V>(
    key: &'static str,
    list: &[Spanned<String>],
    source: &mut Source,
    convert: impl Fn(&str) -> Result<V, Cause>,
) -> Vec<V> {
    let mut converted = Vec::new();
    for Entry { text, place } in list.iter().flat_map(|entry| expand(key, entry, source)).collect::<Vec<_>>()
    {
        match (convert(&text), place) {
            (Ok(value), _) => converted.push(value),
            (Err(cause), Place::Policy(span)) => source.note(&Spanned::new(span, ()), cause),
            (Err(cause), Place::File(path, line)) => source.note_in(path, line, cause),
        }
    }
    converted
}

/// Gives the entry itself, or those of the file that it names.
fn expand(key: &'static str, entry: &Spanned<String>, source: &mut Source) -> Vec<Entry> {
    let Some(name) = entry.get_ref().strip_prefix("file:") else {
        return vec![Entry { text: entry.get_ref().clone(), place: Place::Policy(entry.span()) }];
    };
    let path = source.resolve(name.as_ref());
    match read(&path) {
        Ok(entries) if entries.is_empty() => {
            source.note(entry, Cause::Empty(key));
            Vec::new()
        }
        Ok(entries) => entries,
        Err(error) => {
            source.note(entry, Cause::ListFile { path, source: error });
            Vec::new()
        }
    }
}

/// Reads a list file: one entry a line; empty lines and lines that begin with `#` are left out.
fn read(path: &PathBuf) -> std::io::Result<Vec<Entry>> {
    if fs::metadata(path)?.len() > MAX_LIST_FILE {
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "larger than 64 MiB"));
    }
    let text = fs::read_to_string(path)?;
    let lines = text.lines().map(str::trim).enumerate();
    let entries = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    Ok(entries
        .map(|(index, line)| Entry { text: line.to_owned(), place: Place::File(path.clone(), index + 1) })
        .collect())
}

/// Reads a domain pattern; international names are compared in their ASCII form.
pub(super) fn domain(text: &str) -> Result<DomainPattern, Cause> {
    let (below, name) = text.strip_prefix("*.").map_or(("", text), |name| ("*.", name));
    let error = || Cause::Domain(text.to_owned());
    let name = ascii_domain(name).ok_or_else(error)?;
    sender::domain(&format!("{below}{name}")).or(Err(error()))
}

/// Reads an address, `@` and a domain pattern, an expression, or `<>`.
pub(super) fn address(text: &str) -> Result<AddressPattern, Cause> {
    if text == "<>" {
        return Ok(AddressPattern::Null);
    }
    if let Some(expression) = expression(text)? {
        return Ok(AddressPattern::Expression(expression));
    }
    match text.strip_prefix('@') {
        Some(rest) => domain(rest).map(AddressPattern::Domain),
        None => mailbox(text).map(AddressPattern::Address),
    }
}

/// Reads a domain pattern or an expression that is looked for in the whole address.
pub(super) fn domain_of_address(text: &str) -> Result<AddressPattern, Cause> {
    match expression(text)? {
        Some(expression) => Ok(AddressPattern::Expression(expression)),
        None => domain(text).map(AddressPattern::Domain),
    }
}

/// Reads an address.
pub(super) fn mailbox(text: &str) -> Result<Address, Cause> {
    let address = Address::parse(text).ok().and_then(with_ascii_domain);
    address.ok_or_else(|| Cause::Address(text.to_owned()))
}

/// Reads `/…/` as an expression; anything else is none. Upper and lower case are the same unless it begins with `(?-i)`.
pub(super) fn expression(text: &str) -> Result<Option<Regex>, Cause> {
    let Some(inner) = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) else { return Ok(None) };
    compile(inner).map(Some).map_err(|error| Cause::expression(text, &error))
}

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(MAX_COMPILED)
        .dfa_size_limit(MAX_COMPILED)
        .nest_limit(MAX_NESTING)
        .build()
}

/// Reads a pattern for names: `*` is any text, `?` any character. It is compared with a folded name.
pub(super) fn glob(text: &str) -> Result<Regex, Cause> {
    let mut pattern = String::from("^(?s:");
    for c in fold(text).chars() {
        match c {
            '*' => pattern.push_str(".*"),
            '?' => pattern.push('.'),
            c => pattern.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    pattern.push_str(")$");
    if text.trim().is_empty() {
        return Err(Cause::Empty("a pattern"));
    }
    compile(&pattern).map_err(|error| Cause::expression(text, &error))
}

/// Words and expressions to look for, and what takes them out of a text.
pub(super) struct Words {
    pub(super) patterns: TextPatterns,
    pub(super) strip: Vec<Regex>,
}

/// Reads words, phrases, tags and expressions.
pub(super) fn words(key: &'static str, list: &List, source: &mut Source) -> Option<Words> {
    let read = |text: &str| match expression(text)? {
        Some(expression) => Ok((None, expression)),
        None if fold(text).is_empty() => Err(Cause::Empty("a word")),
        None => Ok((Some(text.to_owned()), stripper(text)?)),
    };
    let entries = entries(key, list, source, read)?;
    let is_expression = |entry: &&(Option<String>, Regex)| entry.0.is_none();
    let expressions =
        entries.iter().filter(is_expression).map(|(_, expression)| expression.clone()).collect();
    let words: Vec<String> = entries.iter().filter_map(|(word, _)| word.clone()).collect();
    let patterns = TextPatterns::new(&words, expressions);
    let patterns = match (patterns, list) {
        (Ok(patterns), _) => patterns,
        (Err(_), Some(list)) => {
            source.note(list, Cause::OutOfBounds { key, expected: "fewer or shorter words" });
            return None;
        }
        (Err(_), None) => return None,
    };
    Some(Words { patterns, strip: entries.into_iter().map(|(_, strip)| strip).collect() })
}

/// Makes an expression that finds a word or tag in a text as it was written. It may find less than the comparison with
/// folded texts: what it takes out is the look of a subject, not a decision.
pub(super) fn stripper(word: &str) -> Result<Regex, Cause> {
    let mut pattern = word.split_whitespace().map(regex::escape).collect::<Vec<_>>().join(r"\s+");
    if !is_tag(word.trim()) {
        let border = |c: Option<char>| c.is_some_and(has_borders);
        let (first, last) = (word.trim().chars().next(), word.trim().chars().next_back());
        pattern = format!(
            "{}{pattern}{}",
            if border(first) { r"\b{start-half}" } else { "" },
            if border(last) { r"\b{end-half}" } else { "" }
        );
    }
    compile(&pattern).map_err(|error| Cause::expression(word, &error))
}
