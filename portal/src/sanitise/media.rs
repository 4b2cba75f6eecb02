//! Filters the media queries of a style sheet: of paper or screen, its width and its light. Others are left out of the
//! list, as if they did not match.

use cssparser::{BasicParseError, ParseError, Parser, ToCss, Token};

use super::style::{pixels_per, unexpected};

/// Most queries of a list, and most conditions of a query.
const MOST: usize = 8;

/// Filters a `media` attribute; `None` where no query of it can match. Nothing is all media.
pub(super) fn attribute(value: &str) -> Option<String> {
    list(&mut Parser::new(value))
}

/// Filters a list of queries to its end.
pub(super) fn list(parser: &mut Parser<'_>) -> Option<String> {
    if parser.is_exhausted() {
        return Some("all".to_owned());
    }
    let mut queries = parser.parse_comma_separated_ignoring_errors(query);
    queries.truncate(MOST);
    (!queries.is_empty()).then(|| queries.join(","))
}

fn query(parser: &mut Parser<'_>) -> Result<String, ParseError<()>> {
    let mut out = String::new();
    let only = parser.try_parse(|input| input.expect_ident_matching("only")).is_ok();
    if let Ok(kind) = parser.try_parse(Parser::expect_ident_cloned) {
        let kind = kind.to_ascii_lowercase();
        if !["all", "screen", "print"].contains(&kind.as_str()) {
            return Err(unexpected());
        }
        out.push_str(if only { "only " } else { "" });
        out.push_str(&kind);
    } else if only {
        return Err(unexpected());
    }
    for _ in 0..MOST {
        if parser.is_exhausted() {
            break;
        }
        if !out.is_empty() {
            parser.expect_ident_matching("and")?;
            out.push_str(" and ");
        }
        parser.expect_parenthesis_block()?;
        out.push_str(&parser.parse_nested_block(condition)?);
    }
    Ok(out)
}

fn condition(parser: &mut Parser<'_>) -> Result<String, ParseError<()>> {
    let feature = parser.expect_ident()?.to_ascii_lowercase();
    parser.expect_colon()?;
    let value = match feature.as_str() {
        "min-width" | "max-width" | "min-device-width" | "max-device-width" => length(parser)?,
        "prefers-color-scheme" => {
            let light = parser.expect_ident()?.to_ascii_lowercase();
            if !["light", "dark"].contains(&light.as_str()) {
                return Err(unexpected());
            }
            light
        }
        _ => return Err(unexpected()),
    };
    Ok(format!("({feature}:{value})"))
}

fn length(parser: &mut Parser<'_>) -> Result<String, BasicParseError> {
    match parser.next()? {
        token @ Token::Dimension { value, unit, .. } if pixels_per(unit).is_some() && *value >= 0.0 => {
            Ok(token.to_css_string())
        }
        Token::Number { value, .. } if *value == 0.0 => Ok("0".to_owned()),
        _ => Err(BasicParseError::unexpected_token()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matches_paper_screen_width_and_light_stays() {
        for (source, expected) in [
            ("", Some("all")),
            (" Screen", Some("screen")),
            ("only screen and (max-width : 600px)", Some("only screen and (max-width:600px)")),
            (
                "(min-width:37.5em) and (MAX-WIDTH:0),print",
                Some("(min-width:37.5em) and (max-width:0),print"),
            ),
            ("(prefers-color-scheme: dark)", Some("(prefers-color-scheme:dark)")),
            ("tv, print", Some("print")),
            ("not print", None),
            ("only", None),
            ("only (max-width:1px)", None),
            ("screen (max-width:1px)", None),
            ("screen and", None),
            ("screen and print", None),
            ("(max-width:-1px)", None),
            ("(max-width:100vw)", None),
            ("(max-width:calc(1px))", None),
            ("(max-width:1px;x)", None),
            ("(width<=1px)", None),
            ("(min-height:1px)", None),
            ("((max-width:1px))", None),
            ("(-webkit-min-device-pixel-ratio:2)", None),
            ("(prefers-color-scheme)", None),
            ("\\70 rint", Some("print")),
            ("url(x)", None),
            ("</style>", None),
        ] {
            assert_eq!(attribute(source).as_deref(), expected, "{source}");
        }
        let many = ["print"; 100].join(",");
        assert_eq!(attribute(&many).unwrap().matches("print").count(), MOST);
        assert_eq!(attribute(&["(max-width:1px)"; 9].join(" and ")), None);
    }
}
