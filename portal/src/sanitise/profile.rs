//! The allow-list: which elements and attributes mail HTML may keep, and which values.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use ammonia::{Builder, UrlRelative};

use super::{RemoteContent, image, link, names, style};

/// Elements that stay. None of them runs, loads, posts, frames or holds raw text.
pub(super) const TAGS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Elements that go with all that they hold: none of it is text to a reader.
const WITH_CONTENT: &[&str] =
    &["script", "style", "title", "iframe", "noembed", "noframes", "template", "svg", "math", "applet"];

/// Attributes that any element may have. `background` is named only to be counted: it never stays.
pub(super) const ATTRIBUTES: &[&str] = &[
    "style",
    "class",
    "id",
    "align",
    "valign",
    "dir",
    "lang",
    "bgcolor",
    "color",
    "face",
    "size",
    "width",
    "height",
    "border",
    "cellpadding",
    "cellspacing",
    "colspan",
    "rowspan",
    "span",
    "scope",
    "nowrap",
    "start",
    "value",
    "type",
    "clear",
    "alt",
    "open",
    "hspace",
    "vspace",
    "reversed",
    "background",
];

/// Counts what the filter leaves out or puts in; shared with ammonia's callback.
pub(super) struct Tally {
    /// Images that would have been loaded from outside.
    pub(super) remote: AtomicUsize,
    /// Images left out because the page would become too large.
    pub(super) too_large: AtomicUsize,
    /// Bytes of `data:` addresses in the document.
    pub(super) inlined_bytes: AtomicUsize,
    most_bytes: usize,
    load: RemoteContent,
}

impl Tally {
    pub(super) fn new(most_bytes: usize, load: RemoteContent) -> Self {
        let zero = || AtomicUsize::new(0);
        Tally { remote: zero(), too_large: zero(), inlined_bytes: zero(), most_bytes, load }
    }
}

/// The sanitiser's settings for one document.
pub(super) fn builder(images: HashMap<String, String>, tally: std::sync::Arc<Tally>) -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().collect())
        .clean_content_tags(WITH_CONTENT.iter().copied().collect())
        .generic_attributes(ATTRIBUTES.iter().copied().collect())
        .tag_attributes([("a", ["href"].into()), ("img", ["src"].into())].into())
        .set_tag_attribute_value("a", "target", "_blank")
        .link_rel(Some("noopener noreferrer nofollow"))
        .url_schemes(["http", "https", "mailto", "tel", "cid", "data"].into())
        // The filter below refuses every relative address; ammonia must not judge before it counts.
        .url_relative(UrlRelative::PassThrough)
        .attribute_filter(move |element, attribute, value| {
            attribute_value(element, attribute, value, &images, &tally)
        });
    builder
}

fn attribute_value<'u>(
    element: &str,
    attribute: &str,
    value: &'u str,
    images: &HashMap<String, String>,
    tally: &Tally,
) -> Option<Cow<'u, str>> {
    match attribute {
        "href" => link::followable(value).map(Cow::Owned),
        "src" if element == "img" => source(value, images, tally).map(Cow::Owned),
        "background" => {
            tally.remote.fetch_add(usize::from(link::is_remote(value)), Ordering::Relaxed);
            None
        }
        "style" => {
            let filtered = style::filter(value);
            tally.remote.fetch_add(filtered.remote, Ordering::Relaxed);
            (!filtered.style.is_empty()).then_some(Cow::Owned(filtered.style))
        }
        "class" => Some(names::classes(value)).filter(|classes| !classes.is_empty()).map(Cow::Owned),
        "id" => names::written(value.trim()).map(Cow::Owned),
        // Set by us.
        "target" | "rel" => Some(value.into()),
        "alt" => (value.len() <= 2000).then(|| value.into()),
        _ => is_plain(attribute, value).then(|| value.into()),
    }
}

/// The `data:` address of an image that the mail itself holds; one from outside if the reader wants those.
fn source(value: &str, images: &HashMap<String, String>, tally: &Tally) -> Option<String> {
    if tally.load == RemoteContent::Loaded
        && let Some(url) = link::loadable(value)
    {
        return Some(url);
    }
    let found = match images.get(value.trim()) {
        Some(uri) => uri.clone(),
        None => image::inline(value).or_else(|| {
            tally.remote.fetch_add(usize::from(link::is_remote(value)), Ordering::Relaxed);
            None
        })?,
    };
    let total = tally.inlined_bytes.fetch_add(found.len(), Ordering::Relaxed).saturating_add(found.len());
    if total > tally.most_bytes {
        tally.inlined_bytes.fetch_sub(found.len(), Ordering::Relaxed);
        tally.too_large.fetch_add(1, Ordering::Relaxed);
        return None;
    }
    Some(found)
}

/// Whether a presentational attribute has a value of its plain grammar.
fn is_plain(attribute: &str, value: &str) -> bool {
    let value = value.trim();
    let all = |most: usize, ok: fn(u8) -> bool| value.len() <= most && value.bytes().all(ok);
    match attribute {
        "width" | "height" | "border" | "cellpadding" | "cellspacing" | "hspace" | "vspace" | "start"
        | "value" => {
            let digits = value.trim_end_matches("px").trim_end_matches(['%', '*']);
            digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit())
        }
        "colspan" | "rowspan" | "span" => value.parse::<u16>().is_ok_and(|n| n <= 1000),
        "dir" => ["ltr", "rtl", "auto"].iter().any(|known| value.eq_ignore_ascii_case(known)),
        "lang" => all(35, |b| b.is_ascii_alphanumeric() || b == b'-'),
        "bgcolor" | "color" => all(30, |b| b.is_ascii_alphanumeric() || b == b'#'),
        "size" => all(3, |b| b.is_ascii_digit() || matches!(b, b'+' | b'-')),
        "face" => {
            all(200, |b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b',' | b'-' | b'_' | b'\'' | b'"'))
        }
        _ => all(20, |b| b.is_ascii_alphanumeric()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presentational_values() {
        for (attribute, value) in [
            ("width", "50%"),
            ("width", "600"),
            ("height", "20px"),
            ("colspan", "2"),
            ("bgcolor", "#eeeeee"),
            ("size", "+2"),
            ("face", "Arial, 'Segoe UI'"),
            ("align", "right"),
            ("dir", "RTL"),
            ("nowrap", ""),
            ("lang", "de-AT"),
        ] {
            assert!(is_plain(attribute, value), "{attribute}={value}");
        }
        for (attribute, value) in [
            ("width", "99999"),
            ("width", "-5"),
            ("colspan", "100000"),
            ("bgcolor", "url(x)"),
            ("dir", "x"),
            ("face", "a;b"),
            ("align", "a b"),
            ("type", "image/svg+xml"),
        ] {
            assert!(!is_plain(attribute, value), "{attribute}={value}");
        }
    }
}
