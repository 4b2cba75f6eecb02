//! Takes the text out of HTML, and out of the XML of office documents: tags and comments dropped, entities decoded.
//!
//! One pass, no tree: policy looks for words and numbers, not for layout. What CSS hides is text too. `mail-parser` has
//! such a function, which takes any `<` for a tag and puts no line end where a table's cell or a list's item ends; only its
//! table of entities is used.

use mail_parser::decoders::html::add_html_token;
use memchr::{memchr, memchr2, memmem};

/// Elements of HTML before and behind which a word ends, sorted; all others stand within words.
const BREAKING: [&str; 62] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "button",
    "caption",
    "center",
    "col",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "frame",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "iframe",
    "input",
    "label",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "object",
    "ol",
    "optgroup",
    "option",
    "p",
    "pre",
    "section",
    "select",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
    "video",
];
/// Elements of HTML whose content is no text.
const RAW: [&str; 2] = ["script", "style"];
/// Elements of HTML whose content is text without tags.
const WITHOUT_TAGS: [&str; 2] = ["textarea", "title"];
/// Elements of office documents, without their prefixes, before and behind which a word ends: of paragraphs, line ends,
/// tabs, spaces, cells, shared strings.
const BREAKING_IN_OFFICE: [&str; 14] = [
    "p",
    "h",
    "br",
    "cr",
    "tab",
    "s",
    "line-break",
    "tc",
    "table-cell",
    "si",
    "c",
    "row",
    "comment",
    "sheet",
];
/// The longest name of an entity is `CounterClockwiseContourIntegral`.
const MAX_ENTITY: usize = 34;

/// Gives the text of an HTML document.
pub(super) fn text(html: &str) -> String {
    let mut stripper = Stripper::new(html);
    while let Some(tag) = stripper.next_tag(true) {
        let name = tag.name.to_ascii_lowercase();
        if BREAKING.binary_search(&name.as_str()).is_ok() {
            stripper.line_end();
        }
        if tag.closing {
            continue;
        }
        if RAW.contains(&name.as_str()) {
            stripper.skip_raw(&name);
        } else if WITHOUT_TAGS.contains(&name.as_str()) {
            stripper.write_untagged(&name);
        }
    }
    stripper.out
}

/// Gives the text of one XML file of an office document.
pub(super) fn office_text(xml: &str) -> String {
    let mut stripper = Stripper::new(xml);
    while let Some(tag) = stripper.next_tag(false) {
        let local = tag.name.rsplit(':').next().unwrap_or(tag.name);
        if BREAKING_IN_OFFICE.contains(&local) {
            stripper.line_end();
        }
        // A cell that holds the number of a shared string, which is listed elsewhere.
        if tag.name == "c" && !tag.closing && tag.attributes.contains(" t=\"s\"") {
            stripper.skip_past("</c>");
        }
    }
    stripper.out
}

struct Stripper<'h> {
    rest: &'h str,
    out: String,
}

struct Tag<'h> {
    name: &'h str,
    attributes: &'h str,
    closing: bool,
}

impl<'h> Stripper<'h> {
    fn new(rest: &'h str) -> Self {
        Self { rest, out: String::with_capacity(rest.len() / 2) }
    }

    /// Goes to behind the next tag, and writes the text before it.
    fn next_tag(&mut self, one_space: bool) -> Option<Tag<'h>> {
        loop {
            let at = memchr2(b'<', b'&', self.rest.as_bytes());
            let (text, from) = self.rest.split_at_checked(at.unwrap_or(self.rest.len()))?;
            self.write(text, one_space);
            self.rest = from;
            if from.is_empty() {
                return None;
            }
            if from.starts_with('&') {
                self.entity();
            } else if let Some(after) = from.strip_prefix("<!--") {
                self.rest = after;
                self.skip_comment();
            } else if from.starts_with("<!") || from.starts_with("<?") || is_bogus_end(from) {
                self.skip_past(">");
            } else if let Some(tag) = self.tag() {
                return Some(tag);
            } else {
                self.keep("<");
            }
        }
    }

    fn write(&mut self, text: &str, one_space: bool) {
        if !one_space {
            self.out.push_str(text);
            return;
        }
        let mut pieces = text.split(|c: char| c.is_ascii_whitespace());
        self.out.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            if !self.out.ends_with([' ', '\n']) {
                self.out.push(' ');
            }
            self.out.push_str(piece);
        }
    }

    fn line_end(&mut self) {
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    /// Writes what the rest begins with as it is.
    fn keep(&mut self, start: &str) {
        self.out.push_str(start);
        self.rest = self.rest.strip_prefix(start).unwrap_or_default();
    }

    /// Goes to behind this end. Where there is none, all the rest is text: some reader may show it.
    fn skip_past(&mut self, end: &str) {
        match memmem::find(self.rest.as_bytes(), end.as_bytes()) {
            Some(at) => self.rest = self.rest.get(at + end.len()..).unwrap_or_default(),
            None => self.keep(self.rest),
        }
    }

    /// Goes to behind a comment (HTML Standard, 13.2.5.43 to 52), which may end as soon as it begins, and by `--!>`, too.
    fn skip_comment(&mut self) {
        for empty in [">", "->"] {
            if let Some(rest) = self.rest.strip_prefix(empty) {
                self.rest = rest;
                return;
            }
        }
        let mut ends = memchr::memchr_iter(b'>', self.rest.as_bytes());
        let found = ends.find_map(|at| {
            let (before, end) = self.rest.split_at_checked(at)?;
            (before.ends_with("--") || before.ends_with("--!")).then(|| end.get(1..))?
        });
        match found {
            Some(rest) => self.rest = rest,
            None => self.keep(self.rest),
        }
    }

    /// Cuts the rest before the end tag of an element in which no other tag counts; `None` where there is none.
    fn until_end_of(&self, name: &str) -> Option<(&'h str, &'h str)> {
        let bytes = self.rest.as_bytes();
        let is_end = |at: &usize| {
            let after = self.rest.get(at + 2..).unwrap_or_default();
            after.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
                && after
                    .as_bytes()
                    .get(name.len())
                    .is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'))
        };
        let at = memmem::find_iter(bytes, b"</").find(is_end)?;
        self.rest.split_at_checked(at)
    }

    /// Goes to behind an element whose content is no markup. Where it has no end, all the rest is text: some reader may show it.
    fn skip_raw(&mut self, name: &str) {
        match self.until_end_of(name) {
            Some((_, rest)) => {
                self.rest = rest;
                self.skip_past(">");
            }
            None => self.keep(self.rest),
        }
    }

    /// Writes the content of an element in which entities count, and no tags.
    fn write_untagged(&mut self, name: &str) {
        let (content, rest) = self.until_end_of(name).unwrap_or((self.rest, ""));
        self.rest = content;
        while let Some(at) = memchr(b'&', self.rest.as_bytes()) {
            let (text, from) = self.rest.split_at_checked(at).unwrap_or((self.rest, ""));
            self.write(text, true);
            self.rest = from;
            self.entity();
        }
        self.write(self.rest, true);
        self.rest = rest;
    }

    /// Reads the tag that the rest begins with.
    fn tag(&mut self) -> Option<Tag<'h>> {
        let inner = self.rest.strip_prefix('<')?;
        let (inner, closing) = inner.strip_prefix('/').map_or((inner, false), |inner| (inner, true));
        inner.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(())?;
        let end =
            inner.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(inner.len());
        let (name, attributes) = inner.split_at_checked(end)?;
        let length = attributes_len(attributes.as_bytes());
        let (attributes, rest) = attributes.split_at_checked(length)?;
        let Some(rest) = rest.strip_prefix('>') else {
            // It has no end: all the rest is text.
            self.keep(self.rest);
            return Some(Tag { name: "", attributes: "", closing });
        };
        self.rest = rest;
        Some(Tag { name, attributes, closing })
    }

    /// Writes the character that the entity which the rest begins with stands for.
    fn entity(&mut self) {
        let bytes = self.rest.as_bytes();
        let name = bytes
            .iter()
            .skip(1)
            .take(MAX_ENTITY)
            .take_while(|b| b.is_ascii_alphanumeric() || **b == b'#')
            .count();
        let (Some(token), true) = (self.rest.get(..=name), name > 0) else { return self.keep("&") };
        let is_ended = bytes.get(name + 1) == Some(&b';');
        if !is_ended && !token.starts_with("&#") {
            return self.keep("&");
        }
        // Numbers count without their semicolon too.
        add_html_token(&mut self.out, format!("{token};").as_bytes(), false);
        self.rest = self.rest.get(name + 1 + usize::from(is_ended)..).unwrap_or_default();
    }
}

/// Says whether this is an end tag without a name, which is read over (HTML Standard, 13.2.5.7).
fn is_bogus_end(from: &str) -> bool {
    from.strip_prefix("</").is_some_and(|name| !name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Finds the end of a tag; a `>` in a quoted value is none, and a quote elsewhere begins no value (HTML Standard, 13.2.5.32
/// to 39).
fn attributes_len(attributes: &[u8]) -> usize {
    let is_space = |byte: &u8| byte.is_ascii_whitespace();
    let skip = |at: usize, over: &dyn Fn(&u8) -> bool| {
        at + attributes.get(at..).unwrap_or_default().iter().take_while(|byte| over(byte)).count()
    };
    let mut at = 0;
    loop {
        at = skip(at, &|byte| is_space(byte) || *byte == b'/');
        if attributes.get(at).is_none_or(|byte| *byte == b'>') {
            return at;
        }
        // A name may begin with any other character, an equals sign too.
        at = skip(at + 1, &|byte| !is_space(byte) && !matches!(byte, b'/' | b'>' | b'='));
        let equals = skip(at, &is_space);
        if attributes.get(equals) != Some(&b'=') {
            continue;
        }
        at = skip(equals + 1, &is_space);
        match attributes.get(at) {
            Some(quote @ (b'"' | b'\'')) => {
                let rest = attributes.get(at + 1..).unwrap_or_default();
                let Some(end) = memchr(*quote, rest) else { return attributes.len() };
                at += end + 2;
            }
            _ => at = skip(at, &|byte| !is_space(byte) && *byte != b'>'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_html() {
        for (html, expected) in [
            ("plain", "plain"),
            ("a<b>b</b>c", "abc"),
            ("<p>one</p><p>two</p>", "\none\ntwo\n"),
            ("<td>1</td><td>2</td>", "\n1\n2\n"),
            ("4111<span> </span>1111", "4111 1111"),
            ("a\r\n   b", "a b"),
            ("a &amp; b &lt;&#65;&#x42;&eacute;&nbsp;", "a & b <AB\u{e9}\u{a0}"),
            ("&#65 &unknown; &amp &;&", "A &unknown; &amp &;&"),
            ("a<!-- b > c -->d", "ad"),
            ("a<!-- b", "a b"),
            ("<!DOCTYPE html><?php x ?>a", "a"),
            ("<style>p { x }</style>a<SCRIPT>1 < 2 </b> </ScRiPt >b", "ab"),
            ("<script>x", "x"),
            ("<style>x</styles>y</style >z", "z"),
            ("<!-->a<!-- -->b", "ab"),
            ("<!--->a", "a"),
            ("<!-- a --!>b<!-- c -->", "b"),
            ("<!-- a -- > b --->c", "c"),
            ("<p =\">a<p =\">", "\na\n"),
            ("<p x=\"y\"=\">a", "\na"),
            ("<p x = '>' y=z\">a", "\na"),
            ("<title>a <b> &amp; <style></title>c", "\na <b> & <style>\nc"),
            ("<textarea><!-- a </textarea>b", "\n<!-- a \nb"),
            ("<title>a", "\na"),
            ("<a title=\"a > b\">x</a>", "x"),
            ("<a title='a > b' href=x>x</a>", "x"),
            ("<p o'clock>x</p>", "\nx\n"),
            ("1 < 2 <3", "1 < 2 <3"),
            ("<a href=\"x", "<a href=\"x"),
            ("a</ b>c</>d", "acd"),
            ("<br/>a<br>b", "\na\nb"),
            ("gr\u{fc}n<b>\u{1f600}</b>", "gr\u{fc}n\u{1f600}"),
        ] {
            assert_eq!(text(html), expected, "{html:?}");
        }
    }

    #[test]
    fn elements_are_sorted() {
        assert!(BREAKING.is_sorted());
    }

    #[test]
    fn text_of_office_documents() {
        let word =
            "<w:p><w:r><w:t>Pass</w:t></w:r><w:r><w:t xml:space=\"preserve\">port 12</w:t></w:r></w:p><w:p/>";
        let sheet = "<row><c r=\"A1\" t=\"s\"><v>17</v></c><c r=\"B1\"><v>4111</v></c></row>";
        for (xml, expected) in
            [(word, "\nPassport 12\n"), (sheet, "\n4111\n"), ("<text:p>a<text:s/>b</text:p>", "\na\nb\n")]
        {
            assert_eq!(office_text(xml), expected);
        }
    }

    #[test]
    fn broken_markup_costs_little() {
        for piece in ["<a \"", "<a b=\"", "&#", "<", "</", "<!--", "<script>", "<p '", "<a ="] {
            text(&piece.repeat(200_000));
        }
    }
}
