//! The text of a mail without any form, as an answer quotes it.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use sealpost_mime::structure::{self, Structure};

use super::body::{self, Segment, Unpacked};
use super::header::Shown as _;
use super::images::Images;
use super::view::{Date, Mailbox};
use super::{compose, text, unpack};
use crate::sanitise::{self, RemoteContent};

/// Elements that stand in lines of their own.
const BLOCKS: [&str; 22] = [
    "p",
    "div",
    "br",
    "tr",
    "table",
    "ul",
    "ol",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "hr",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "center",
    "address",
];
/// Deepest quotation that is marked.
const MAX_QUOTES: usize = 6;

/// The text of a mail, in lines that end in LF and without control characters; whether there is more than so many bytes.
///
/// HTML comes by way of the sanitiser: what is not shown is not quoted.
#[must_use]
pub fn plain_text(mail: &[u8], most: usize) -> (String, bool) {
    let Ok(structure) = Structure::of(mail) else { return (String::new(), false) };
    let choice = body::choose(&structure);
    let mut images = Images::new(&structure, 0);
    let pieces: Vec<String> = match unpack(&structure, &choice, &mut images) {
        Some(Unpacked::Text(text)) => vec![text],
        Some(Unpacked::Html(html)) => vec![of_html(&html)],
        None => choice.body.iter().map(|segment| of_segment(&structure, segment)).collect(),
    };
    let whole = text::shown(&pieces.join("\n"));
    let whole = whole.trim_end();
    let end = (0..=most.min(whole.len())).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or(0);
    (whole.get(..end).unwrap_or_default().to_owned(), end < whole.len())
}

/// The mailboxes of a mail's fields called `name`, and whether there are more than were read.
#[must_use]
pub fn mailboxes(mail: &[u8], name: &str) -> (Vec<Mailbox>, bool) {
    structure::head(mail).mailboxes(name)
}

/// The subject of a mail; empty if there is none.
#[must_use]
pub fn subject(mail: &[u8]) -> String {
    structure::head(mail).text("subject").unwrap_or_default()
}

/// The date of a mail.
#[must_use]
pub fn date(mail: &[u8]) -> Option<Date> {
    structure::head(mail).date()
}

fn of_segment(structure: &Structure<'_>, segment: &Segment) -> String {
    let text = |part: usize| structure.get(part).map(compose::unflowed_text).unwrap_or_default();
    match segment {
        Segment::Text { part } | Segment::Html { alternative: Some(part), .. } => text(*part),
        Segment::Html { part, alternative: None } => {
            of_html(&structure.get(*part).map(compose::part_text).unwrap_or_default())
        }
    }
}

/// The text of HTML; none of one that is too complex to be shown.
fn of_html(source: &str) -> String {
    let Ok(clean) = sanitise::html(source, &|_| None, 0, RemoteContent::Blocked) else {
        return String::new();
    };
    let tokenizer = Tokenizer::new(Writer::default(), TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(clean.html));
    // Without scripts it never stops before the end.
    drop(tokenizer.feed(&queue));
    tokenizer.end();
    tokenizer.sink.state.into_inner().finish()
}

#[derive(Default)]
struct Writer {
    state: RefCell<State>,
}

/// What has been written, and where it stands.
#[derive(Default)]
struct State {
    out: String,
    line: String,
    quotes: usize,
    verbatim: usize,
    blank: bool,
}

impl State {
    fn text(&mut self, text: &str) {
        if self.verbatim > 0 {
            let mut lines = text.split('\n').peekable();
            while let Some(line) = lines.next() {
                self.line.push_str(line);
                if lines.peek().is_some() {
                    self.end_line(true);
                }
            }
            return;
        }
        for word in text.split_inclusive(|c: char| c.is_ascii_whitespace()) {
            let end = word.trim_end_matches(|c: char| c.is_ascii_whitespace());
            self.line.push_str(end);
            if end.len() < word.len() && !self.line.is_empty() && !self.line.ends_with(' ') {
                self.line.push(' ');
            }
        }
    }

    /// Ends the line; an empty one is written only where `forced`, and never twice in a row.
    fn end_line(&mut self, forced: bool) {
        let line = std::mem::take(&mut self.line);
        let line = line.trim_end();
        if line.is_empty() && (!forced || self.blank || self.out.is_empty()) {
            return;
        }
        self.blank = line.is_empty();
        self.out.push_str(&">".repeat(self.quotes.min(MAX_QUOTES)));
        if self.quotes > 0 && !line.is_empty() {
            self.out.push(' ');
        }
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn tag(&mut self, tag: &Tag) {
        let (name, starts) = (&*tag.name, tag.kind == TagKind::StartTag);
        if !BLOCKS.contains(&name) {
            if matches!(name, "td" | "th") && !starts && !self.line.is_empty() {
                self.line.push(' ');
            }
            return;
        }
        self.end_line(name == "br");
        match (name, starts) {
            ("p" | "table" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "hr", _) => {
                self.end_line(true);
            }
            ("li", true) => self.line.push_str("- "),
            ("pre", true) => self.verbatim += 1,
            ("pre", false) => self.verbatim = self.verbatim.saturating_sub(1),
            ("blockquote", true) => self.quotes += 1,
            ("blockquote", false) => self.quotes = self.quotes.saturating_sub(1),
            _ => {}
        }
    }

    fn finish(mut self) -> String {
        self.end_line(false);
        self.out
    }
}

impl TokenSink for Writer {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        match token {
            Token::TagToken(tag) => state.tag(&tag),
            Token::CharacterTokens(text) => state.text(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_text() {
        for (html, expected) in [
            ("<p>One\n two</p><p>three<br>four</p>", "One two\n\nthree\nfour\n"),
            ("<div>a</div><div>b</div>", "a\nb\n"),
            ("<ul><li>a</li><li>b</li></ul>c", "- a\n- b\n\nc\n"),
            ("a<blockquote>b<blockquote>c</blockquote></blockquote>d", "a\n> b\n>> c\nd\n"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n"),
            ("<pre>a\n  b</pre>", "a\n  b\n"),
            ("<script>alert(1)</script><style>p{}</style><title>t</title>a &amp; &lt;b&gt;", "a & <b>\n"),
            ("a<br><br><br><br>b", "a\n\nb\n"),
            ("", ""),
        ] {
            assert_eq!(of_html(html).trim_end(), expected.trim_end(), "{html}");
        }
    }

    #[test]
    fn the_text_of_a_mail() {
        let html = "Content-Type: text/html\r\n\r\n<p>only html</p>";
        let both = "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>h\r\n--b--\r\n";
        let flowed = "Content-Type: text/plain; format=flowed\r\n\r\none \r\ntwo\r\n";
        for (mail, expected) in [
            ("A: b\r\n\r\nline\r\n\0next\u{202e}\r\n", "line\nnext"),
            (html, "only html"),
            (both, "plain"),
            (flowed, "one two"),
            ("A: b\r\n\r\n", ""),
        ] {
            assert_eq!(plain_text(mail.as_bytes(), 1000), (expected.to_owned(), false), "{mail}");
        }
        assert_eq!(plain_text("A: b\r\n\r\nabcü".as_bytes(), 4), ("abc".to_owned(), true));
    }
}
