//! Reads HTML as a browser does and says what in it is not allowed.
//!
//! The lists are written out again on purpose: a slip in the sanitiser's own must not excuse itself.

use std::rc::Rc;

use html5ever::tendril::TendrilSink;
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{ParseOpts, parse_document, serialize};
use markup5ever_rcdom::{Handle, NodeData, RcDom, SerializableHandle};

/// Elements that a mail may show. What could run, load, post, frame or hold raw text is not here.
const ELEMENTS: &str = " a abbr acronym address article aside b bdi big blockquote br caption center cite code col \
    colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd \
    li main mark nav ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td \
    tfoot th thead time tr tt u ul var wbr ";

/// Attributes without addresses or code.
const ATTRIBUTES: &str = " align valign dir lang bgcolor color face size width height border cellpadding cellspacing \
    colspan rowspan span scope nowrap start value type clear alt open hspace vspace reversed ";

/// Reads `html` as a document, with scripts on or off (it decides how `noscript` is read).
pub(crate) fn parse(html: &str, scripts: bool) -> RcDom {
    let tree_builder = TreeBuilderOpts { scripting_enabled: scripts, ..TreeBuilderOpts::default() };
    parse_document(RcDom::default(), ParseOpts { tree_builder, ..ParseOpts::default() }).one(html)
}

pub(crate) fn written(dom: &RcDom) -> String {
    let mut out = Vec::new();
    let document: SerializableHandle = Rc::clone(&dom.document).into();
    serialize(&mut out, &document, html5ever::serialize::SerializeOpts::default()).unwrap();
    String::from_utf8(out).unwrap()
}

/// What is not allowed in the content of `<body>` of this document.
pub(crate) fn faults(document: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for scripts in [true, false] {
        let dom = parse(document, scripts);
        let sheets = find(&dom.document, "head").map(|head| sheets(&head)).unwrap_or_default();
        faults.extend(sheets.iter().skip(1).flat_map(|css| sheet_faults(css)));
        let body = find(&dom.document, "body").expect("a document has a body");
        for child in body.children.borrow().iter() {
            walk(child, &mut faults);
        }
        // Reading what a browser would write must give the same tree: no mutation brings anything to life.
        let once = written(&dom);
        let twice = written(&parse(&once, scripts));
        if once != twice {
            faults.push("changes when it is read and written again".to_owned());
        }
    }
    faults
}

pub(crate) fn find(node: &Handle, wanted: &str) -> Option<Handle> {
    if let NodeData::Element { name, .. } = &node.data
        && &*name.local == wanted
    {
        return Some(Rc::clone(node));
    }
    node.children.borrow().iter().find_map(|child| find(child, wanted))
}

/// The style sheets in an element: the first is the frame's own.
fn sheets(node: &Handle) -> Vec<String> {
    let is_style =
        |node: &&Handle| matches!(&node.data, NodeData::Element { name, .. } if &*name.local == "style");
    let children = node.children.borrow();
    let mut found = Vec::new();
    for style in children.iter().filter(is_style) {
        let texts = style.children.borrow();
        found.push(
            texts
                .iter()
                .map(|text| match &text.data {
                    NodeData::Text { contents } => contents.borrow().to_string(),
                    _ => "@".to_owned(),
                })
                .collect(),
        );
    }
    found
}

/// What is not allowed in a mail's style sheet: anything but plain declarations for elements within the mail.
fn sheet_faults(css: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut depth = 0_u32;
    let mut rest = css;
    while let Some((before, after)) = rest.split_once(['{', '}']) {
        let opens = rest.as_bytes()[before.len()] == b'{';
        let is_media = depth == 0 && before.starts_with("@media ");
        let fine = match (opens, depth) {
            (true, _) if is_media => {
                before[7..].chars().all(|c| c.is_ascii_alphanumeric() || " ():,.-".contains(c))
            }
            (true, _) => before.split(',').all(is_plain_selector),
            (false, 0) => false,
            (false, _) => before.is_empty() || is_plain_style(&before.to_lowercase()),
        };
        if !fine {
            faults.push(format!("style sheet with {before}"));
        }
        depth = if opens { depth + 1 } else { depth.saturating_sub(1) };
        rest = after;
    }
    if depth > 0 || !rest.is_empty() {
        faults.push(format!("style sheet with the end {rest}"));
    }
    faults
}

/// Whether a selector means nothing outside of its piece, and none of the frame's own classes.
fn is_plain_selector(selector: &str) -> bool {
    let Some(rest) = selector.strip_prefix(".part-") else { return false };
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let inside = rest.is_empty() || rest.starts_with([' ', '>', '.', '#', ':', '+']);
    let names = rest.split(['.', '#']).skip(1).all(|name| name.starts_with("m-"));
    inside
        && !rest.starts_with('+')
        && names
        && rest.chars().all(|c| c.is_alphanumeric() || " .#>+*:()-_".contains(c))
}

/// Whether all are names of the mail's own, by their prefix.
fn are_names<'v>(mut names: impl Iterator<Item = &'v str>) -> bool {
    names.all(|name| {
        name.strip_prefix("m-")
            .is_some_and(|name| name.chars().all(|c| c.is_alphanumeric() || "-_".contains(c)))
    })
}

fn walk(node: &Handle, faults: &mut Vec<String>) {
    match &node.data {
        NodeData::Text { .. } => {}
        NodeData::Element { name, attrs, .. } => {
            if &*name.ns != "http://www.w3.org/1999/xhtml" || !ELEMENTS.contains(&format!(" {} ", name.local))
            {
                faults.push(format!("element {}", name.local));
            }
            let attrs = attrs.borrow();
            let value =
                |wanted: &str| attrs.iter().find(|a| &*a.name.local == wanted).map(|a| a.value.to_string());
            for attribute in attrs.iter() {
                let found = &*attribute.name.local;
                if !is_allowed(&name.local, found, &attribute.value) {
                    faults.push(format!("{} {found}={}", name.local, attribute.value));
                }
            }
            if value("href").is_some() && value("rel").as_deref() != Some("noopener noreferrer nofollow") {
                faults.push(format!("link with rel {:?}", value("rel")));
            }
        }
        _ => faults.push("a comment or the like".to_owned()),
    }
    for child in node.children.borrow().iter() {
        walk(child, faults);
    }
}

fn is_allowed(element: &str, attribute: &str, value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    match attribute {
        "href" => {
            element == "a"
                && ["http://", "https://", "mailto:", "tel:"].iter().any(|scheme| lower.starts_with(scheme))
        }
        "target" => element == "a" && value == "_blank",
        "rel" => element == "a",
        "src" => {
            let kinds = ["png", "jpeg", "gif", "webp", "bmp"];
            let body =
                kinds.iter().find_map(|kind| value.strip_prefix(&format!("data:image/{kind};base64,")));
            let digit = |b: u8| b.is_ascii_alphanumeric() || b"+/=".contains(&b);
            element == "img" && body.is_some_and(|body| body.bytes().all(digit))
        }
        "style" => is_plain_style(&lower),
        // The pieces of the frame, and the mail's own.
        "class" => {
            let own = match element {
                "blockquote" if value == "quote" => "quote",
                "div" => {
                    ["part text", "part"].into_iter().find(|own| value.starts_with(own)).unwrap_or_default()
                }
                _ => "",
            };
            let is_number =
                |name: &&str| name.strip_prefix("part-").is_some_and(|n| n.parse::<u32>().is_ok());
            are_names(value[own.len()..].split_whitespace().filter(|name| own != "part" || !is_number(name)))
        }
        "id" => are_names([value].into_iter()),
        "alt" => true,
        _ => ATTRIBUTES.contains(&format!(" {attribute} ")) && !lower.contains("//") && !lower.contains(':'),
    }
}

fn is_plain_style(style: &str) -> bool {
    let without_colours =
        ["rgba(", "rgb(", "hsla(", "hsl("].iter().fold(style.to_owned(), |s, f| s.replace(f, ""));
    let without_colours = without_colours.replace("list-style-position", "");
    let words =
        ["position", "url", "expression", "behavior", "-moz-", "@", "\\", "<", "{", "}", "/*", "//", "--"];
    let negative = style.match_indices('-').any(|(at, _)| {
        let before = style[..at].chars().next_back();
        let digit = style[at + 1..].starts_with(|c: char| c.is_ascii_digit() || c == '.');
        digit && before.is_none_or(|c| !c.is_alphanumeric()) && !style.contains("-spacing:-")
    });
    !without_colours.contains('(') && !words.iter().any(|word| without_colours.contains(word)) && !negative
}

/// The text that a reader sees, without white space.
pub(crate) fn visible_text(html: &str) -> String {
    let mut text = String::new();
    let dom = parse(html, false);
    gather(&dom.document, &mut text);
    text.retain(|c| !c.is_whitespace());
    text
}

fn gather(node: &Handle, out: &mut String) {
    match &node.data {
        NodeData::Text { contents } => out.push_str(&contents.borrow()),
        NodeData::Element { name, .. } => {
            let unseen =
                ["script", "style", "title", "template", "iframe", "noembed", "noframes", "svg", "math"];
            if unseen.contains(&&*name.local) {
                return;
            }
        }
        _ => {}
    }
    for child in node.children.borrow().iter() {
        gather(child, out);
    }
}
