//! Filters the value of a `style` attribute, and the declarations of a rule in a style sheet.
//!
//! A declaration passes when its property is on the list and every token of its value is of a harmless kind; the
//! tokens are then written anew, so that nothing of the source's own spelling (escapes, comments, an open string)
//! survives. What positions an element over others, moves it out of its place or loads anything is not on the list.

use std::fmt::Write;

use cssparser::color::parse_named_color;
use cssparser::{BasicParseError, BasicParseErrorKind, Delimiter, ParseError, Parser, ToCss, Token};

/// Longest attribute looked at.
const MAX_STYLE: usize = 8 << 10;
/// Greatest length, in CSS pixels, whatever its unit.
const MAX_PIXELS: f32 = 5000.0;
/// Greatest plain number and percentage.
const MAX_NUMBER: f32 = 5000.0;
const MAX_PERCENT: f32 = 10.0;

/// What a value may hold beside words, numbers, lengths and colours.
#[derive(Clone, Copy, PartialEq)]
enum Extra {
    Nothing,
    /// Quoted names, as in `font-family`.
    Strings,
    /// Small negative lengths, as in `letter-spacing`.
    Negative,
    /// Only the colour of the value is kept (`background`).
    OnlyColour,
}

/// The properties, by what their values may hold.
fn property(name: &str) -> Option<Extra> {
    Some(match name {
        "font" | "font-family" => Extra::Strings,
        "letter-spacing" | "word-spacing" => Extra::Negative,
        "background" => Extra::OnlyColour,
        "background-color"
        | "color"
        | "font-size"
        | "font-style"
        | "font-variant"
        | "font-weight"
        | "font-stretch"
        | "line-height"
        | "text-align"
        | "text-align-last"
        | "text-decoration"
        | "text-decoration-color"
        | "text-decoration-line"
        | "text-decoration-style"
        | "text-indent"
        | "text-transform"
        | "text-justify"
        | "text-wrap"
        | "white-space"
        | "word-break"
        | "word-wrap"
        | "overflow-wrap"
        | "hyphens"
        | "tab-size"
        | "vertical-align"
        | "direction"
        | "writing-mode"
        | "text-orientation"
        | "display"
        | "float"
        | "clear"
        | "box-sizing"
        | "overflow"
        | "overflow-x"
        | "overflow-y"
        | "table-layout"
        | "caption-side"
        | "empty-cells"
        | "border-collapse"
        | "border-spacing"
        | "list-style"
        | "list-style-type"
        | "list-style-position"
        | "width"
        | "min-width"
        | "max-width"
        | "height"
        | "min-height"
        | "max-height"
        | "margin"
        | "margin-top"
        | "margin-right"
        | "margin-bottom"
        | "margin-left"
        | "padding"
        | "padding-top"
        | "padding-right"
        | "padding-bottom"
        | "padding-left"
        | "border"
        | "border-top"
        | "border-right"
        | "border-bottom"
        | "border-left"
        | "border-color"
        | "border-style"
        | "border-width"
        | "border-top-color"
        | "border-right-color"
        | "border-bottom-color"
        | "border-left-color"
        | "border-top-style"
        | "border-right-style"
        | "border-bottom-style"
        | "border-left-style"
        | "border-top-width"
        | "border-right-width"
        | "border-bottom-width"
        | "border-left-width"
        | "border-radius"
        | "border-top-left-radius"
        | "border-top-right-radius"
        | "border-bottom-left-radius"
        | "border-bottom-right-radius" => Extra::Nothing,
        _ => return None,
    })
}

/// The filtered attribute, and how many `url()` in it would have loaded something from outside.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Filtered {
    pub(super) style: String,
    pub(super) remote: usize,
}

/// Filters one `style` attribute.
pub(super) fn filter(source: &str) -> Filtered {
    let mut out = Filtered::default();
    if source.len() > MAX_STYLE {
        return out;
    }
    declarations(&mut Parser::new(source), &mut out);
    out
}

/// Filters declarations to the end of the attribute or the block.
pub(super) fn declarations(parser: &mut Parser<'_>, out: &mut Filtered) {
    while !parser.is_exhausted() {
        let parsed = parser.parse_until_after(Delimiter::Semicolon, |declaration| {
            let name = declaration.expect_ident()?.to_ascii_lowercase();
            declaration.expect_colon()?;
            let value = value(declaration, property(&name), &mut out.remote)?;
            Ok::<_, ParseError<()>>((name, value))
        });
        let Ok((name, value)) = parsed else { continue };
        if value.is_empty() {
            continue;
        }
        let name = if name == "background" { "background-color" } else { &name };
        if !out.style.is_empty() {
            out.style.push(';');
        }
        // Writing to a String cannot fail.
        write!(out.style, "{name}:{value}").unwrap_or_default();
    }
}

/// Reads a value to its end; an error where a token is refused.
///
/// The whole value is read even when it is refused already, to count what it would load.
fn value(
    parser: &mut Parser<'_>,
    extra: Option<Extra>,
    remote: &mut usize,
) -> Result<String, ParseError<()>> {
    let mut out = String::new();
    let mut refused = extra.is_none();
    let extra = extra.unwrap_or(Extra::Nothing);
    let mut space = false;
    loop {
        let token = match parser.next_including_whitespace() {
            Ok(token) => token.clone(),
            Err(e) if e.kind == BasicParseErrorKind::EndOfInput => break,
            Err(e) => return Err(e.into()),
        };
        if let Token::WhiteSpace(_) = token {
            space = !out.is_empty();
            continue;
        }
        let text = match &token {
            Token::Function(name) => function(parser, &name.to_ascii_lowercase(), remote),
            Token::UnquotedUrl(url) => {
                *remote += usize::from(is_remote(url));
                None
            }
            other => plain(other, extra),
        };
        match text {
            Some(text) if extra == Extra::OnlyColour => {
                if out.is_empty() && is_colour(&token) {
                    out = text;
                }
            }
            Some(text) => {
                if std::mem::take(&mut space) {
                    out.push(' ');
                }
                out.push_str(&text);
            }
            None if extra == Extra::OnlyColour => {}
            None => refused = true,
        }
    }
    if refused { Err(unexpected()) } else { Ok(out) }
}

fn is_colour(token: &Token<'_>) -> bool {
    match token {
        Token::Hash(_) | Token::IDHash(_) | Token::Function(_) => true,
        Token::Ident(name) => parse_named_color(name).is_ok() || name.eq_ignore_ascii_case("transparent"),
        _ => false,
    }
}

/// Rewrites a colour function; every other function is refused.
fn function(parser: &mut Parser<'_>, name: &str, remote: &mut usize) -> Option<String> {
    let colour = matches!(name, "rgb" | "rgba" | "hsl" | "hsla");
    let mut remote_here = 0;
    let inner = parser.parse_nested_block(|block| {
        let mut out = String::new();
        let mut space = false;
        let mut refused = !colour;
        loop {
            let text = match block.next_including_whitespace() {
                Ok(Token::WhiteSpace(_)) => {
                    space = !out.is_empty();
                    continue;
                }
                Ok(Token::QuotedString(url) | Token::UnquotedUrl(url)) => {
                    remote_here += usize::from(is_remote(url));
                    None
                }
                Ok(
                    token @ (Token::Comma
                    | Token::Delim('/')
                    | Token::Number { .. }
                    | Token::Percentage { .. }),
                ) => plain(token, Extra::Nothing),
                Ok(Token::Dimension { value, unit, .. }) if unit.eq_ignore_ascii_case("deg") => {
                    Some(format!("{}deg", value.clamp(-360.0, 360.0)))
                }
                Ok(_) => None,
                Err(_) => break,
            };
            let Some(text) = text else {
                refused = true;
                continue;
            };
            if std::mem::take(&mut space) {
                out.push(' ');
            }
            out.push_str(&text);
        }
        if refused { Err(unexpected()) } else { Ok(out) }
    });
    *remote += remote_here;
    inner.ok().map(|inner| format!("{name}({inner})"))
}

/// Writes a token anew, or refuses it.
fn plain(token: &Token<'_>, extra: Extra) -> Option<String> {
    let ok = match token {
        Token::Ident(word) => {
            word.len() <= 60
                && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ' | '.'))
        }
        Token::QuotedString(text) => {
            extra == Extra::Strings
                && text.len() <= 100
                && text
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | ',' | '+' | '&'))
        }
        Token::Hash(hex) | Token::IDHash(hex) => {
            matches!(hex.len(), 3 | 4 | 6 | 8) && hex.bytes().all(|b| b.is_ascii_hexdigit())
        }
        Token::Number { value, .. } => (0.0..=MAX_NUMBER).contains(value),
        Token::Percentage { unit_value, .. } => (0.0..=MAX_PERCENT).contains(unit_value),
        Token::Dimension { value, unit, .. } => {
            let pixels = value * pixels_per(unit)?;
            let least = if extra == Extra::Negative { -5.0 } else { 0.0 };
            (least..=MAX_PIXELS).contains(&pixels)
        }
        Token::Comma | Token::Delim('/' | '!') => true,
        _ => false,
    };
    ok.then(|| token.to_css_string())
}

/// Pixels in one of `unit`; `None` for units that depend on the window or are no lengths.
pub(super) fn pixels_per(unit: &str) -> Option<f32> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "px" => 1.0,
        "pt" => 4.0 / 3.0,
        "pc" | "em" | "rem" => 16.0,
        "ex" | "ch" => 8.0,
        "in" => 96.0,
        "cm" => 38.0,
        "mm" | "q" => 3.8,
        _ => return None,
    })
}

fn is_remote(url: &str) -> bool {
    super::link::is_remote(url)
}

pub(super) fn unexpected() -> ParseError<()> {
    BasicParseError::unexpected_token().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_declarations_stay() {
        for (source, expected) in [
            ("color:#333", "color:#333"),
            ("color : RED ; ", "color:RED"),
            ("font-family:Arial, 'Segoe UI',sans-serif", "font-family:Arial, \"Segoe UI\",sans-serif"),
            ("margin:0 0 0 .8ex;border-left:1px #ccc solid", "margin:0 0 0 0.8ex;border-left:1px #ccc solid"),
            ("font:bold 12px/1.5 Arial", "font:bold 12px/1.5 Arial"),
            ("color:rgb(1, 2,3)", "color:rgb(1, 2,3)"),
            ("color:rgba(1 2 3 / 50%)", "color:rgba(1 2 3 / 50%)"),
            ("color:hsl(120deg 10% 20%)", "color:hsl(120deg 10% 20%)"),
            ("background:#fff url(x.png) no-repeat", "background-color:#fff"),
            ("background: no-repeat white", "background-color:white"),
            ("background:rgb(1,2,3)", "background-color:rgb(1,2,3)"),
            ("letter-spacing:-0.5px", "letter-spacing:-0.5px"),
            ("width:100%;display:none!important", "width:100%;display:none!important"),
            ("color:red;;bogus;width:1px", "color:red;width:1px"),
        ] {
            assert_eq!(filter(source).style, expected, "{source}");
        }
    }

    #[test]
    fn all_else_goes() {
        for source in [
            "position:fixed",
            "top:0;left:0;z-index:9",
            "margin-top:-2000px",
            "margin:0 -1px",
            "text-indent:-9999px",
            "width:100vw",
            "width:99999px",
            "width:1e9em",
            "transform:translateY(-100vh)",
            "background-image:url(https://a.example/)",
            "background-color:url(x)",
            "color:u\\72l(x)",
            "width:expression(alert(1))",
            "width:calc(1px + 1px)",
            "color:var(--a)",
            "--a:url(x)",
            "width:attr(x)",
            "-moz-binding:url(x)",
            "behavior:url(x)",
            "list-style:url(https://a.example/)",
            "list-style-image:url(x)",
            "content:'x'",
            "cursor:url(x),auto",
            "color:'red'",
            "color:{red}",
            "color:[red]",
            "color:(red)",
            "color:@x",
            "opacity:0.5",
            "visibility:hidden",
            "filter:blur(1px)",
            "color:rgb(calc(1),2,3)",
            "color:rgb(url(x))",
            "font-family:'<img>'",
            "font-family:'a/*b'",
            "font-family:'a\\';color:red'",
            "color:red}</style><img src=x>",
            "background:url(",
        ] {
            assert_eq!(filter(source).style, "", "{source}");
        }
        assert_eq!(filter(&format!("color:{}", " ".repeat(MAX_STYLE))).style, "");
    }

    #[test]
    fn comments_and_open_strings_are_not_copied() {
        assert_eq!(filter("color:red/*").style, "color:red");
        assert_eq!(filter("font-family:'Arial").style, "font-family:\"Arial\"");
        assert_eq!(filter("co\\6cor:r\\65 d").style, "color:red");
    }

    #[test]
    fn remote_urls_are_counted() {
        let source =
            "background:url(https://a.example/1) #fff;cursor:url('//a.example/2');list-style:url(cid:x)";
        assert_eq!(filter(source), Filtered { style: "background-color:#fff".into(), remote: 2 });
    }
}
