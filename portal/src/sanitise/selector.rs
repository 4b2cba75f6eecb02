//! Filters the selectors of a style sheet and binds them to the piece of the page that the mail has.
//!
//! What stays: types, classes, IDs and a few pseudo-classes that tell an element's place, joined as descendants, children or
//! next siblings. `html` and `body` become the piece itself. A selector with anything else goes, and leaves the others of
//! its list; one with `~` too, for which a browser looks at all siblings before.

use std::fmt::Write;

use cssparser::{ParseError, Parser, Token, parse_nth};

use super::style::unexpected;
use super::{names, profile};

/// Stands in what is written for the piece: nothing else that is written has a control character.
pub(super) const PIECE: char = '\u{1}';
/// Most elements that a selector names, and most names of one.
const MOST: usize = 8;

/// The pseudo-classes. None tells what a reader does, so nothing moves under his pointer.
const PLACES: [&str; 6] = ["link", "visited", "root", "first-child", "last-child", "only-child"];

/// Names of the element that stands for `<body>`, as they are written.
#[derive(Default)]
pub(super) struct Names {
    pub(super) class: String,
    pub(super) id: String,
}

/// An element in a selector.
#[derive(Default)]
struct Compound {
    /// How it is joined to the one before: a space, `>` or `+`.
    joined: char,
    /// The type, `*`, or nothing.
    element: String,
    /// Classes, IDs and pseudo-classes, as they are written.
    names: Vec<String>,
}

/// Filters one selector to the end of what `parser` has; more than one comes out where it may mean the piece as well.
pub(super) fn selector(parser: &mut Parser<'_>, body: &Names) -> Result<String, ParseError<()>> {
    let mut compounds = compounds(parser)?;
    let Some(first) = compounds.first() else { return Err(unexpected()) };
    if first.element == "html" {
        // What tells one `<html>` from another is not kept.
        if !first.names.is_empty() {
            return Err(unexpected());
        }
        let joined = compounds.get(1).map(|next| (next.joined, next.element.as_str()));
        match joined {
            Some((' ' | '>', "body")) => drop(compounds.remove(0)),
            Some((' ', _)) | None => {}
            Some(_) => return Err(unexpected()),
        }
    }
    let Some((first, others)) = compounds.split_first() else { return Err(unexpected()) };
    if others.iter().any(|compound| ["html", "body"].contains(&compound.element.as_str())) {
        return Err(unexpected());
    }
    // What stands beside the piece is not the mail's.
    let is_beside = others.first().is_some_and(|next| next.joined == '+');
    if ["html", "body"].contains(&first.element.as_str()) {
        if is_beside {
            return Err(unexpected());
        }
        return Ok(format!("{PIECE}{}{}", first.names.concat(), written(others)));
    }
    let all = format!("{PIECE}{}", written(&compounds));
    let may_be_body = !is_beside && first.element.is_empty() && first.names.iter().all(|name| body.has(name));
    Ok(if may_be_body { format!("{all},{PIECE}{}{}", first.names.concat(), written(others)) } else { all })
}

impl Names {
    fn has(&self, name: &str) -> bool {
        match name.split_at_checked(1) {
            Some((".", class)) => self.class.split(' ').any(|known| known == class),
            Some(("#", id)) => self.id == id,
            _ => false,
        }
    }
}

impl Compound {
    /// Adds what begins with `token`: a type only as the first.
    fn add(
        &mut self,
        token: &Token<'_>,
        is_first: bool,
        parser: &mut Parser<'_>,
    ) -> Result<(), ParseError<()>> {
        match token {
            Token::Delim('*') if is_first => "*".clone_into(&mut self.element),
            Token::Ident(element) if is_first => {
                let element = element.to_ascii_lowercase();
                let is_known = ["html", "body"].contains(&&*element) || profile::TAGS.contains(&&*element);
                self.element = Some(element).filter(|_| is_known).ok_or_else(unexpected)?;
            }
            _ if self.names.len() == MOST => return Err(unexpected()),
            Token::IDHash(id) => self.names.push(format!("#{}", names::written(id).ok_or_else(unexpected)?)),
            sign => match name(sign, parser)? {
                root if root == ":root" && is_first => "html".clone_into(&mut self.element),
                name if name != ":root" => self.names.push(name),
                _ => return Err(unexpected()),
            },
        }
        Ok(())
    }
}

fn written(compounds: &[Compound]) -> String {
    let mut out = String::new();
    for Compound { joined, element, names } in compounds {
        // Writing to a String cannot fail.
        write!(out, "{joined}{element}{}", names.concat()).unwrap_or_default();
    }
    out
}

fn compounds(parser: &mut Parser<'_>) -> Result<Vec<Compound>, ParseError<()>> {
    let mut all: Vec<Compound> = Vec::new();
    // How the next element is joined, once the last one is complete.
    let mut joined = Some(' ');
    while let Ok(token) = parser.next_including_whitespace().cloned() {
        match token {
            Token::WhiteSpace(_) => joined = joined.or(Some(' ')),
            Token::Delim(sign @ ('>' | '+')) if !all.is_empty() && joined.is_none_or(|j| j == ' ') => {
                joined = Some(sign);
            }
            token => {
                let is_first = joined.is_some();
                if let Some(joined) = joined.take() {
                    all.push(Compound { joined, ..Compound::default() });
                }
                let Some(compound) = all.last_mut() else { return Err(unexpected()) };
                compound.add(&token, is_first, parser)?;
            }
        }
    }
    let is_complete = joined.is_none_or(|joined| joined == ' ');
    if is_complete && (1..=MOST).contains(&all.len()) { Ok(all) } else { Err(unexpected()) }
}

/// Reads a class or a pseudo-class, of which the sign has been read.
fn name(sign: &Token<'_>, parser: &mut Parser<'_>) -> Result<String, ParseError<()>> {
    let token = parser.next_including_whitespace()?.clone();
    let written = match (sign, &token) {
        (Token::Delim('.'), Token::Ident(class)) => names::written(class).map(|class| format!(".{class}")),
        (Token::Colon, Token::Ident(place)) => {
            let place = place.to_ascii_lowercase();
            PLACES.contains(&place.as_str()).then(|| format!(":{place}"))
        }
        (Token::Colon, Token::Function(name)) if name.eq_ignore_ascii_case("nth-child") => {
            let (step, first) =
                parser.parse_nested_block(|block| Ok::<_, ParseError<()>>(parse_nth(block)?))?;
            Some(format!(":nth-child({step}n{first:+})"))
        }
        _ => None,
    };
    written.ok_or_else(unexpected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(source: &str) -> String {
        let body = Names { class: "m-b m-c".into(), id: "m-i".into() };
        selector(&mut Parser::new(source), &body).map(|out| out.replace(PIECE, "&")).unwrap_or_default()
    }

    #[test]
    fn simple_selectors_are_bound_to_the_piece() {
        for (source, expected) in [
            ("p", "& p"),
            (" TD ", "& td"),
            ("*", "& *"),
            (".a", "& .m-a"),
            ("p.a#x.b", "& p.m-a#m-x.m-b"),
            ("p . a", ""),
            ("a:link", "& a:link"),
            ("tr:nth-child(EVEN) td:first-child", "& tr:nth-child(2n+0) td:first-child"),
            ("tr:nth-child(-n + 3)", "& tr:nth-child(-1n+3)"),
            (".a  >.b+ p", "& .m-a>.m-b+p"),
            (".a\n.b /* c */", "& .m-a .m-b"),
            ("\\70", "& p"),
            (".part", "& .m-part"),
            (".größe", "& .m-größe"),
        ] {
            assert_eq!(filtered(source), expected, "{source}");
        }
    }

    #[test]
    fn html_and_body_are_the_piece() {
        for (source, expected) in [
            ("html", "&"),
            (":root", "&"),
            ("body", "&"),
            ("html>body p", "& p"),
            ("html body.x > p", "&.m-x>p"),
            ("html p", "& p"),
            ("body#i", "&#m-i"),
            (".b", "& .m-b,&.m-b"),
            (".b.c#i p", "& .m-b.m-c#m-i p,&.m-b.m-c#m-i p"),
            (".b.a", "& .m-b.m-a"),
            ("html>p", ""),
            ("html.a p", ""),
            ("p body", ""),
            ("* html p", ""),
            ("body body", ""),
            ("html + body", ""),
            ("body + div", ""),
            ("html body+p", ""),
            (".b + p", "& .m-b+p"),
        ] {
            assert_eq!(filtered(source), expected, "{source}");
        }
    }

    #[test]
    fn all_else_goes() {
        for source in [
            "",
            ">",
            "> p",
            "p >",
            "p > > p",
            "p ~ p",
            "p p p p p p p p p",
            ".a.a.a.a.a.a.a.a.a",
            "[class]",
            "a[href^=x]",
            "p::before",
            "p:before",
            "a:hover",
            ":is(p)",
            ":not(p)",
            "p:has(a)",
            ":nth-child(x)",
            ":nth-child(2 of p)",
            "iframe",
            "o\\:p",
            "svg|a",
            "*|p",
            "|p",
            "&",
            ".a\\\u{1}",
            ".a\\:b",
            ".\\3c b",
            "#1",
            "p,",
            "p!",
            "p;",
            "'p'",
            "p(",
            "@media",
            "<!-- p",
            "</style>",
        ] {
            assert_eq!(filtered(source), "", "{source}");
        }
    }
}
