//! The text of a mail without any form, as an answer quotes it.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use sealpost_mime::charset;
use sealpost_mime::structure::{self, Part, Structure};

use super::bare::Bare;
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
/// So many bytes of a text are read for each that is wanted of it.
const READ_FOR_SHOWN: usize = 4;
/// HTML is read in parts of so many bytes, so that copies of it are small.
const PART: usize = 64 << 10;

/// The text of a mail, in lines that end in LF and without control characters; whether there is more than so many bytes.
///
/// HTML comes by way of the sanitiser: what is not shown is not quoted. Of HTML that is too complex for it, the bare text is.
#[must_use]
pub fn plain_text(mail: &[u8], most: usize) -> (String, bool) {
    let Ok(structure) = Structure::of(mail) else { return (String::new(), false) };
    let choice = body::choose(&structure);
    let mut images = Images::new(&structure, 0);
    // Some of it may be nothing to be shown.
    let read = most.saturating_mul(READ_FOR_SHOWN);
    let mut text = String::new();
    let mut whole = true;
    let mut add = |(piece, uncut): (String, bool)| {
        if text.len() > most {
            return false;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&text::shown(&piece));
        whole &= uncut;
        true
    };
    match unpack(&structure, &choice, &mut images) {
        Some(Unpacked { text, whole, is_html: false, .. }) => add((text, whole)),
        Some(Unpacked { text, whole, .. }) => add(of_unpacked((text, whole), read)),
        None => choice.body.iter().all(|segment| add(of_segment(&structure, segment, read))),
    };
    let (text, uncut) = charset::start(text.trim_end().to_owned(), most);
    (text, !(uncut && whole))
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

fn of_segment(structure: &Structure<'_>, segment: &Segment, most: usize) -> (String, bool) {
    let (part, is_html) = match segment {
        Segment::Text { part } | Segment::Html { alternative: Some(part), .. } => (*part, false),
        Segment::Html { part, alternative: None } => (*part, true),
    };
    let Some(part) = structure.get(part) else { return (String::new(), true) };
    if !is_html {
        return compose::unflowed_text(part, most);
    }
    let shown = compose::part_html(part, sanitise::MAX_BYTES).and_then(|source| of_html(&source, most));
    shown.unwrap_or_else(|| of_part(part, most))
}

/// The text of HTML in a winmail.dat.
fn of_unpacked((source, whole): (String, bool), most: usize) -> (String, bool) {
    let shown = Some(&source).filter(|_| whole).and_then(|source| of_html(source, most));
    let (text, uncut) = shown.unwrap_or_else(|| of_source(std::iter::once(source), most));
    (text, uncut && whole)
}

/// The text of HTML that can be shown, and whether that is all; `None` if it is too complex.
fn of_html(source: &str, most: usize) -> Option<(String, bool)> {
    let clean = sanitise::html(source, &|_| None, 0, RemoteContent::Blocked).ok()?;
    Some(written(std::iter::once(clean.html), str::to_owned, most))
}

/// The bare text of a part in HTML, which may be too complex to be shown: at most so many bytes, and whether that is all.
pub(super) fn of_part(part: &Part<'_>, most: usize) -> (String, bool) {
    let (bytes, label) = compose::bytes_and_charset(part);
    let mut pieces = charset::Pieces::of(&bytes, label.as_deref());
    let (text, uncut) = of_source(&mut pieces, most);
    (text, uncut && pieces.is_done())
}

/// The same of HTML that comes in pieces.
pub(super) fn of_source(pieces: impl Iterator<Item = String>, most: usize) -> (String, bool) {
    let mut bare = Bare::default();
    written(pieces, |part| bare.take(part), most)
}

/// What is written in HTML, as `read` gives it with short tags: at most so many bytes, and whether that is all.
fn written(
    pieces: impl Iterator<Item = String>,
    mut read: impl FnMut(&str) -> String,
    most: usize,
) -> (String, bool) {
    let state = RefCell::new(State { most, ..State::default() });
    let tokenizer = Tokenizer::new(Writer { state }, TokenizerOpts::default());
    let queue = BufferQueue::default();
    for piece in pieces {
        if tokenizer.sink.state.borrow().cut {
            break;
        }
        let mut rest = piece.as_str();
        while !rest.is_empty() {
            let end = (0..=PART.min(rest.len())).rev().find(|at| rest.is_char_boundary(*at)).unwrap_or(0);
            let (part, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
            rest = tail;
            queue.push_back(StrTendril::from(read(part)));
            // Without scripts it never stops before the end.
            drop(tokenizer.feed(&queue));
        }
    }
    tokenizer.end();
    tokenizer.sink.state.into_inner().finish()
}

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
    /// Bytes that are wanted.
    most: usize,
    /// Whether there are more.
    cut: bool,
}

impl State {
    fn text(&mut self, text: &str) {
        if self.out.len() + self.line.len() > self.most {
            self.cut |= !text.trim_ascii().is_empty();
            return;
        }
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

    fn finish(mut self) -> (String, bool) {
        self.end_line(false);
        let (text, uncut) = charset::start(self.out, self.most);
        (text, uncut && !self.cut)
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
            let (text, whole) = of_html(html, 1000).unwrap();
            assert_eq!((text.trim_end(), whole), (expected.trim_end(), true), "{html}");
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
