//! Measures an HTML document before a tree of it is built.
//!
//! Small documents can cost any parser dearly: nested formatting elements are rebuilt in every paragraph, attributes
//! are compared pairwise, elements misplaced in a table are searched for among their siblings. A count of `<` says
//! nothing about that. So the real parser (the one inside ammonia, same version, same context) runs first over a sink
//! that keeps no tree but adds up the cost, a small chunk at a time, and is stopped at the first excess.
//!
//! On the way it notes what ammonia would not tell: the attributes of `<body>`, the `cid:` images referred to, and the
//! style sheets.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use html5ever::TokenizerResult;
use html5ever::interface::tree_builder::{ElementFlags, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5ever::{QualName, local_name, ns};

use super::TooComplex;
use super::scales::{Node, Scales};

/// Largest HTML body that is looked at: 4 MiB. At 16 MB/s the sanitiser needs a quarter of a second for it.
pub const MAX_BYTES: usize = 4 << 20;
/// The parser is fed in chunks of this many bytes, and asked for the cost after each.
const CHUNK: usize = 1024;
/// Most bytes of style sheets that are looked at; what comes behind them is left out.
const MAX_SHEETS: usize = 256 << 10;

/// What the document holds besides the tree.
#[derive(Default)]
pub(super) struct Found {
    /// Attributes of the first `<body>` tag, then of `<html>`, name and value.
    pub(super) body: Vec<(String, String)>,
    /// Values of `src` that begin with `cid:`, in any case.
    pub(super) cids: BTreeSet<String>,
    pub(super) sheets: Vec<Source>,
}

/// A style sheet as the document has it.
#[derive(Debug, PartialEq)]
pub(super) struct Source {
    /// The `media` attribute: nothing is all media.
    pub(super) media: String,
    pub(super) css: String,
}

/// Parses `source` as a dry run.
///
/// # Errors
/// [`TooComplex`] once the document costs more than one is allowed to.
pub(super) fn measure(source: &str) -> Result<Found, TooComplex> {
    weigh(source, &mut 0)
}

/// Adds the bytes that were given to the parser to `read`.
fn weigh(source: &str, read: &mut usize) -> Result<Found, TooComplex> {
    if source.len() > MAX_BYTES {
        return Err(TooComplex);
    }
    let sink = Scales::default();
    let context = sink.create_element(
        QualName::new(None, ns!(html), local_name!("div")),
        vec![],
        ElementFlags::default(),
    );
    let builder = TreeBuilder::new_for_fragment(sink, context, None, TreeBuilderOpts::default());
    let options = TokenizerOpts {
        initial_state: Some(builder.tokenizer_state_for_context_elem(false)),
        ..TokenizerOpts::default()
    };
    let watch = Watch {
        builder,
        emitted: Cell::new(false),
        in_sheet: Cell::new(false),
        gathered: Cell::default(),
        found: RefCell::default(),
    };
    let tokenizer = Tokenizer::new(watch, options);
    let queue = BufferQueue::default();
    let mut separators = 0_usize;
    for chunk in chunks(source) {
        queue.push_back(StrTendril::from_slice(chunk));
        while let TokenizerResult::Script(_) = tokenizer.feed(&queue) {}
        // A tag that spans chunks gathers attributes, and each new one is compared with all before it.
        let here = chunk
            .bytes()
            .filter(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0C | b'/' | b'"' | b'\''))
            .count();
        separators = if tokenizer.sink.emitted.take() { here } else { separators.saturating_add(here) };
        let scales = &tokenizer.sink.builder.sink;
        scales.work(here.saturating_mul(separators) / 4);
        *read += chunk.len();
        if scales.exceeded() {
            return Err(TooComplex);
        }
    }
    // Text in a table is put in its place only now.
    tokenizer.end();
    if tokenizer.sink.builder.sink.exceeded() {
        return Err(TooComplex);
    }
    Ok(tokenizer.sink.found.take())
}

/// Cuts `source` into chunks of about [`CHUNK`] bytes at character boundaries.
fn chunks(source: &str) -> impl Iterator<Item = &str> {
    let mut rest = source;
    std::iter::from_fn(move || {
        let end = (CHUNK..CHUNK + 4).find(|&at| rest.is_char_boundary(at)).unwrap_or(rest.len());
        let (chunk, tail) = rest.split_at_checked(end)?;
        rest = tail;
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// Stands between tokenizer and tree builder and notes what passes.
struct Watch {
    builder: TreeBuilder<Rc<Node>, Scales>,
    emitted: Cell<bool>,
    /// Whether text belongs to the last style sheet.
    in_sheet: Cell<bool>,
    /// Bytes of style sheets so far.
    gathered: Cell<usize>,
    found: RefCell<Found>,
}

impl Watch {
    /// Adds text to the style sheet that it stands in.
    fn gather(&self, text: &str) {
        let mut found = self.found.borrow_mut();
        let all = self.gathered.get() + text.len();
        match found.sheets.last_mut() {
            Some(sheet) if all <= MAX_SHEETS => {
                sheet.css.push_str(text);
                self.gathered.set(all);
            }
            _ => self.in_sheet.set(false),
        }
    }

    fn note(&self, tag: &Tag) {
        if tag.kind != TagKind::StartTag {
            return;
        }
        let mut found = self.found.borrow_mut();
        if matches!(&*tag.name, "body" | "html") {
            let new = tag.attrs.iter().take(50).map(|a| (a.name.local.to_string(), a.value.to_string()));
            let known: Vec<_> =
                new.filter(|(name, _)| found.body.iter().all(|(old, _)| old != name)).collect();
            found.body.extend(known);
        }
        for attribute in &tag.attrs {
            if &*attribute.name.local == "src"
                && attribute
                    .value
                    .trim_start()
                    .get(..4)
                    .is_some_and(|scheme| scheme.eq_ignore_ascii_case("cid:"))
            {
                found.cids.insert(attribute.value.trim().to_owned());
            }
        }
    }
}

/// The style sheet that a tag begins, still empty.
fn sheet_of(tag: &Tag) -> Option<Source> {
    let value = |name: &str| {
        let found = tag.attrs.iter().find(|attribute| &*attribute.name.local == name);
        found.map(|attribute| attribute.value.trim().to_owned()).unwrap_or_default()
    };
    let kind = value("type");
    let is_css = kind.is_empty() || kind.eq_ignore_ascii_case("text/css");
    let is_sheet = tag.kind == TagKind::StartTag && &*tag.name == "style" && is_css;
    is_sheet.then(|| Source { media: value("media"), css: String::new() })
}

impl TokenSink for Watch {
    type Handle = Rc<Node>;

    fn process_token(&self, token: Token, line_number: u64) -> TokenSinkResult<Rc<Node>> {
        if !matches!(token, Token::ParseError(_)) {
            self.emitted.set(true);
        }
        let mut sheet = None;
        match &token {
            Token::TagToken(tag) => {
                self.note(tag);
                self.in_sheet.set(false);
                sheet = sheet_of(tag);
            }
            Token::CharacterTokens(text) if self.in_sheet.get() => self.gather(text),
            _ => {}
        }
        let result = self.builder.process_token(token, line_number);
        // Where the tag stands for something else, as in SVG, its content is not read as raw text.
        if let (Some(sheet), TokenSinkResult::RawData(_)) = (sheet, &result) {
            self.found.borrow_mut().sheets.push(sheet);
            self.in_sheet.set(true);
        }
        result
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_documents_pass() {
        let row =
            "<tr><td style='color:red'><b>x</b> &amp; <a href='https://example.org/'>y</a><br></td></tr>";
        let table = format!("<html><body><table>{}</table></body></html>", row.repeat(5000));
        assert!(measure(&table).is_ok());
    }

    #[test]
    fn costly_documents_are_refused() {
        let fonts: String = (0..300).map(|i| format!("<font size={i}>")).collect::<Vec<_>>().concat();
        let attributes: String = (0..300_000).map(|i| format!(" a{i}=1")).collect::<Vec<_>>().concat();
        for (name, source) in [
            ("nested divs", "<div>".repeat(50_000)),
            ("nested cells", "<table><tr><td><a><b>".repeat(20_000)),
            ("formatting rebuilt in each paragraph", format!("<p>{fonts}{}", "<p>x".repeat(50_000))),
            (
                "formatting with long attributes",
                format!("<p><font face='{}'>{}", "x".repeat(9000), "<p>x".repeat(90_000)),
            ),
            ("misplaced in a table", format!("<div><table>{}", "<i></i>".repeat(250_000))),
            ("attributes", format!("<p{attributes}>")),
            ("text to be escaped", "&".repeat(1 << 20)),
            ("misplaced text to be escaped", format!("<table>{}", "&".repeat(1 << 20))),
            ("attributes to be escaped", format!("<p title='{}'>", "\u{a0}".repeat(1 << 20))),
            ("angle brackets", "<".repeat(4 << 20)),
            ("deep and wide", format!("{}{}", "<span>".repeat(390), "<p>x</p>".repeat(190_000))),
            ("many elements", "<i></i>".repeat(250_000)),
            ("too long", " ".repeat(MAX_BYTES + 1)),
        ] {
            // Refused with the chunk that goes over: what comes behind it is not looked at, and costs nothing. Only text
            // in a table that is still open is put in its place at the end.
            let (mut read, mut doubled) = (0, 0);
            assert!(weigh(&source, &mut read).is_err(), "{name}");
            assert!(weigh(&source.repeat(2), &mut doubled).is_err(), "{name}");
            assert!(read <= MAX_BYTES, "{name}: {read}");
            assert!(doubled == read || read == source.len() || doubled == 0, "{name}: {read}, {doubled}");
        }
    }

    #[test]
    fn body_attributes_and_cids_are_found() {
        let found =
            measure("<html dir=rtl><body BGCOLOR='#fff' dir=ltr><img src=' CID:a@b'><img src=x></body>")
                .unwrap();
        assert_eq!(found.body.len(), 2);
        assert_eq!(found.cids.iter().collect::<Vec<_>>(), ["CID:a@b"]);
    }

    #[test]
    fn style_sheets_are_found_where_browsers_find_them() {
        let source = "<style media=' print '>a<b></style><svg><style>b</style></svg><p><STYLE type=text/css>c{\n}\
                      </style><style type=text/less>d</style><!-- <style>e</style> --><title><style>f</style></title>g\
                      <style>h";
        let found = measure(source).unwrap();
        let found: Vec<_> =
            found.sheets.iter().map(|sheet| (sheet.media.as_str(), sheet.css.as_str())).collect();
        assert_eq!(found, [("print", "a<b>"), ("", "c{\n}"), ("", "h")]);
    }

    #[test]
    fn style_sheets_are_gathered_up_to_a_bound() {
        let sheet = format!("<style>{}</style>", "a{b:c}".repeat(10_000));
        let found = measure(&sheet.repeat(20)).unwrap();
        let all: usize = found.sheets.iter().map(|sheet| sheet.css.len()).sum();
        assert!((MAX_SHEETS - CHUNK..=MAX_SHEETS).contains(&all), "{all}");
    }
}
