//! Takes the attributes, comments, scripts and styles out of HTML from which only the text is wanted.
//!
//! No tree is made, and a document may come in pieces: it takes little memory and time, however long and intricate it is. What comes
//! of it is read as tags and text; it is not safe to be shown as HTML.

/// Elements of which the content is no text to be read. Nothing else in a head is.
const UNREAD: [&str; 7] = ["script", "style", "title", "textarea", "iframe", "noembed", "noframes"];
/// Longer names are no elements that matter.
const MAX_NAME: usize = 16;

/// Goes through a document.
#[derive(Default)]
pub(super) struct Bare {
    state: State,
    /// The name of the tag that is being read, as far as it matters.
    name: String,
    is_end: bool,
    /// The element that is not read, until it ends.
    unread: Option<&'static str>,
}

/// Where in the document it stands.
#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Text,
    /// Behind `<` or `</`.
    Opened,
    Name,
    /// In a tag, behind its name.
    Tag,
    /// Behind the `=` of an attribute.
    Equals,
    Value,
    Quoted(char),
    /// Behind `<!`.
    Declaration,
    /// Behind `<!-`.
    Dash,
    /// In a comment, behind so many dashes.
    Comment(u8),
    /// In what ends with the next `>`.
    Bogus,
    /// In an element that is not read, behind so many characters of its end tag.
    Unread(usize),
}

impl Bare {
    /// The next piece without what is taken out.
    pub(super) fn take(&mut self, piece: &str) -> String {
        let mut out = String::with_capacity(piece.len());
        for c in piece.chars() {
            self.state = self.step(c, &mut out);
        }
        out
    }

    fn step(&mut self, c: char, out: &mut String) -> State {
        match (self.state, c) {
            (State::Text, '<') => {
                (self.is_end, self.state) = (false, State::Opened);
                self.name.clear();
                State::Opened
            }
            (State::Text, _) => {
                out.push(c);
                State::Text
            }
            (State::Opened, _) => self.opened(c, out),
            (State::Declaration, '-') => State::Dash,
            (State::Dash, '-') => State::Comment(2),
            (State::Comment(dashes), '>') if dashes >= 2 => State::Text,
            (State::Comment(dashes), '-') => State::Comment(dashes.saturating_add(1)),
            (State::Comment(dashes), '!') if dashes >= 2 => State::Comment(dashes),
            (State::Comment(_), _) => State::Comment(0),
            (State::Declaration | State::Dash | State::Bogus, '>') => State::Text,
            (State::Declaration | State::Dash | State::Bogus, _) => State::Bogus,
            (State::Quoted(quote), _) => {
                if c == quote {
                    State::Tag
                } else {
                    State::Quoted(quote)
                }
            }
            (State::Unread(matched), _) => self.unread(matched, c),
            (State::Name | State::Tag | State::Equals | State::Value, '>') => self.close(out),
            (State::Name, _) if c.is_ascii_whitespace() || c == '/' => State::Tag,
            (State::Name, _) => self.named(c),
            (State::Tag, '=') => State::Equals,
            (State::Equals, '"' | '\'') => State::Quoted(c),
            (State::Equals, _) if c.is_ascii_whitespace() => State::Equals,
            (State::Equals, _) => State::Value,
            (State::Value, _) if !c.is_ascii_whitespace() => State::Value,
            (State::Tag | State::Value, _) => State::Tag,
        }
    }

    fn opened(&mut self, c: char, out: &mut String) -> State {
        match c {
            _ if c.is_ascii_alphabetic() => self.named(c),
            '/' if !self.is_end => {
                self.is_end = true;
                State::Opened
            }
            '!' if !self.is_end => State::Declaration,
            '?' if !self.is_end => State::Bogus,
            '>' if self.is_end => State::Text,
            _ if self.is_end => State::Bogus,
            _ => {
                out.push_str("&lt;");
                self.state = State::Text;
                self.step(c, out)
            }
        }
    }

    fn named(&mut self, c: char) -> State {
        if self.name.len() <= MAX_NAME {
            self.name.push(c.to_ascii_lowercase());
        }
        State::Name
    }

    /// Ends a tag, and writes it if it is one that may matter.
    fn close(&mut self, out: &mut String) -> State {
        if let Some(unread) = UNREAD.into_iter().find(|name| *name == self.name) {
            self.unread = Some(unread).filter(|_| !self.is_end);
            return if self.is_end { State::Text } else { State::Unread(0) };
        }
        if self.name.len() <= MAX_NAME && self.name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            out.push_str(if self.is_end { "</" } else { "<" });
            out.push_str(&self.name);
            out.push('>');
        }
        State::Text
    }

    /// Looks for the end tag of the element that is not read.
    fn unread(&mut self, matched: usize, c: char) -> State {
        let name = self.unread.unwrap_or_default();
        let expected = ['<', '/'].into_iter().chain(name.chars()).nth(matched);
        match expected {
            Some(expected) if c.to_ascii_lowercase() == expected => State::Unread(matched + 1),
            None if c == '>' => State::Text,
            None if c.is_ascii_whitespace() || c == '/' => {
                name.clone_into(&mut self.name);
                self.is_end = true;
                State::Tag
            }
            _ => State::Unread(usize::from(c == '<')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_names_of_tags_stay_however_it_is_cut() {
        for (source, expected) in [
            ("<P class='a>b' id=x\n title = \"<p>\">a</P >b", "<p>a</p>b"),
            ("<a href=a=\"b>c</a>", "<a>c</a>"),
            ("a<!-- <p> -- > --->b<!---->c<!-->d<!--x--!>e", "abcde"),
            ("<!DOCTYPE html><?xml x?><![if !mso]>a<![endif]>b</>c</ x>d", "abcd"),
            ("a < b <3 << c <", "a &lt; b &lt;3 &lt;&lt; c "),
            ("a<ScRipt src=x>if (a</b) \"</scrip\"<</SCRIPT\n>b", "ab"),
            (
                "<head><title>a<p></title><style>p{}</style><meta x=y></head><body bgcolor=x>b",
                "<head><meta></head><body>b",
            ),
            ("<img src='data:image/png;base64,AAAA'>a &amp; b", "<img>a &amp; b"),
            ("<o:p>a</o:p><averyveryverylongname>b", "ab"),
            ("<br/>a<p>b<p title=\"c>d", "<br>a<p>b"),
        ] {
            assert_eq!(Bare::default().take(source), expected, "{source}");
            let mut bare = Bare::default();
            let apart: String =
                source.chars().map(|c| bare.take(&c.to_string())).collect::<Vec<_>>().concat();
            assert_eq!(apart, expected, "{source}");
        }
    }
}
