//! Filters the style sheets of a mail.
//!
//! Rules with simple selectors and `@media` of simple queries stay, with the declarations that a `style` attribute may
//! have; every other at-rule goes. All of it is written anew from tokens and bound to the piece of the page that the mail
//! has, so that a sheet reaches neither another mail nor the page around it, and cannot end the element that it stands in.

use cssparser::{
    AtRuleParser, CowRcStr, ParseError, Parser, ParserState, QualifiedRuleParser, StyleSheetParser,
};

use super::measure::Source;
use super::media;
use super::selector::{self, Names, PIECE};
use super::style::{self, Filtered, unexpected};

/// Most selectors of a document; the rules behind them are left out.
const MAX_SELECTORS: usize = 4000;
/// Most bytes of what comes out of one sheet or one `@media` in it, and of one list of selectors; how long all sheets of a
/// document may be is for the measuring to say.
const MAX_BYTES: usize = 256 << 10;
/// A browser tries every selector with every element: most pairs of them.
const MAX_PAIRS: usize = 10_000_000;

/// The style sheets of a document, filtered, for a piece that is yet to get its number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet(String);

impl Sheet {
    /// Whether nothing is left of them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes of it, about.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Writes it for the piece that has this class.
    #[must_use]
    pub fn bound_to(&self, class: &str) -> String {
        self.0.replace(PIECE, &format!(".{class}"))
    }
}

/// Filters the style sheets of a document with about so many elements; gives also how many `url()` in them would have
/// loaded something from outside.
pub(super) fn filter(sources: &[Source], body: &Names, elements: usize) -> (Sheet, usize) {
    let mut rules = Rules { body, out: String::new(), selectors: 0, remote: 0, in_media: false };
    for Source { media, css } in sources {
        let Some(media) = media::attribute(media) else { continue };
        let all = std::mem::take(&mut rules.out);
        rules.read(&mut Parser::new(css));
        rules.wrap(all, &media);
    }
    let Rules { out, selectors, remote, .. } = rules;
    // Nothing that is written has this sign: it could only come from a fault of ours.
    let fits = selectors.saturating_mul(elements) <= MAX_PAIRS && !out.contains('<');
    (Sheet(if fits { out } else { String::new() }), remote)
}

/// Reads rules and writes those that stay.
struct Rules<'b> {
    body: &'b Names,
    out: String,
    selectors: usize,
    remote: usize,
    in_media: bool,
}

impl Rules<'_> {
    fn read(&mut self, parser: &mut Parser<'_>) {
        // Each rule writes itself; one with an error is left out.
        StyleSheetParser::new(parser, self).for_each(drop);
    }

    /// Puts what has been written since `before` was taken under a list of media, and behind that.
    fn wrap(&mut self, before: String, media: &str) {
        let inner = std::mem::replace(&mut self.out, before);
        if media == "all" {
            self.out.push_str(&inner);
        } else if !inner.is_empty() {
            self.out.push_str("@media ");
            self.out.push_str(media);
            self.out.push('{');
            self.out.push_str(&inner);
            self.out.push('}');
        }
    }
}

impl<'i> QualifiedRuleParser<'i> for Rules<'_> {
    type Prelude = String;
    type QualifiedRule = ();
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<String, ParseError<()>> {
        let mut list = String::new();
        input.parse_comma_separated_ignoring_errors(|input| {
            let selector = selector::selector(input, self.body)?;
            if self.selectors == MAX_SELECTORS || list.len() > MAX_BYTES {
                return Err(unexpected());
            }
            self.selectors += 1;
            list.push_str(if list.is_empty() { "" } else { "," });
            list.push_str(&selector);
            Ok::<_, ParseError<()>>(())
        });
        if list.is_empty() { Err(unexpected()) } else { Ok(list) }
    }

    fn parse_block(
        &mut self,
        selectors: String,
        _: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        let mut filtered = Filtered::default();
        style::declarations(input, &mut filtered);
        self.remote = self.remote.saturating_add(filtered.remote);
        let length = selectors.len() + filtered.style.len();
        if !filtered.style.is_empty() && self.out.len() + length <= MAX_BYTES {
            for text in [selectors.as_str(), "{", &filtered.style, "}"] {
                self.out.push_str(text);
            }
        }
        Ok(())
    }
}

impl<'i> AtRuleParser<'i> for Rules<'_> {
    type Prelude = String;
    type AtRule = ();
    type Error = ();

    fn parse_prelude(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
    ) -> Result<String, ParseError<()>> {
        if self.in_media || !name.eq_ignore_ascii_case("media") {
            return Err(unexpected());
        }
        media::list(input).ok_or_else(unexpected)
    }

    fn parse_block(
        &mut self,
        media: String,
        _: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        let before = std::mem::take(&mut self.out);
        self.in_media = true;
        self.read(input);
        self.in_media = false;
        self.wrap(before, &media);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(css: &str) -> (String, usize) {
        let body = Names { class: "m-dark".into(), id: String::new() };
        let source = Source { media: String::new(), css: css.to_owned() };
        let (sheet, remote) = filter(&[source], &body, 100);
        (sheet.0.replace(PIECE, "&"), remote)
    }

    #[test]
    fn rules_of_ordinary_mails_stay() {
        for (css, expected) in [
            ("p{color:red}", "& p{color:red}"),
            (
                "<!-- p.MsoNormal, li { margin:0cm; mso-style-unhide:no; font-family:\"Calibri\",sans-serif } -->",
                "& p.m-MsoNormal,& li{margin:0cm;font-family:\"Calibri\",sans-serif}",
            ),
            ("a:hover,td.x{color:red!important}", "& td.m-x{color:red!important}"),
            (".dark{color:#fff}", "& .m-dark,&.m-dark{color:#fff}"),
            ("body{background:#eee url(x.png)}", "&{background-color:#eee}"),
            (
                "@media only screen and (max-width:600px){.w{width:100%}[x]{color:red}}",
                "@media only screen and (max-width:600px){& .m-w{width:100%}}",
            ),
            ("@media screen{@media print{p{color:red}}b{color:red}}", "@media screen{& b{color:red}}"),
            ("@media all{p{color:red}}", "& p{color:red}"),
            (".preheader{display:none;max-height:0}", "& .m-preheader{display:none;max-height:0}"),
            ("p{color:red", "& p{color:red}"),
            ("@media print{p{color:red", "@media print{& p{color:red}}"),
            ("p{color:red}}b{color:red}i{color:red}", "& p{color:red}& i{color:red}"),
            ("p{b{color:red};font-size:9px}", "& p{font-size:9px}"),
        ] {
            assert_eq!(filtered(css), (expected.to_owned(), 0), "{css}");
        }
    }

    #[test]
    fn all_else_goes() {
        for css in [
            "@import 'https://a.example/';",
            "@import url(https://a.example/) screen;",
            "@charset 'x';",
            "@namespace svg url(x);",
            "@font-face{font-family:a;src:url(https://a.example/)}",
            "@keyframes a{from{color:red}}",
            "@supports (color:red){p{color:red}}",
            "@layer a{p{color:red}}",
            "@container (width>1px){p{color:red}}",
            "@scope (html){p{color:red}}",
            "@page{size:1px}",
            "@property --a{syntax:'*'}",
            "@-moz-document url(x){p{color:red}}",
            "@\\6d edia tv{p{color:red}}",
            "@media{",
            "@media print;",
            "p{position:fixed;top:0;z-index:9}",
            "p{background:url(x)}",
            "p{--a:1;color:var(--a)}",
            "p::after{content:'x'}",
            "p{}",
            "{color:red}",
            "color:red",
            "</style><script>",
            "<!-- -->",
            "/* p{color:red}",
            "'p{color:red}",
            "\\",
            "p{color:red</style><img src=x>}",
            "p{font-family:'</style>'}",
            "p{font-family:'\\3c/style>'}",
            ".\\3c \\2f style\\3e{color:red}",
            "#\\3c style{color:red}",
        ] {
            assert_eq!(filtered(css).0, "", "{css}");
        }
    }

    #[test]
    fn what_would_be_loaded_is_counted() {
        let css = "p{background:#fff url(https://a.example/1)}@media print{.a{background-image:url('//a.example/2')}}\
                   b{background:url(cid:x)}@import 'https://a.example/3';";
        assert_eq!(filtered(css), ("& p{background-color:#fff}".to_owned(), 2));
    }

    #[test]
    fn each_sheet_has_its_media_and_its_own_end() {
        let source = |media: &str, css: &str| Source { media: media.into(), css: css.into() };
        let sources = [
            source("print", "p{color:red}"),
            source("tv", "p{color:blue}"),
            source("all", "@media print{i{color:red"),
            source("", "b{color:red}"),
        ];
        let (sheet, _) = filter(&sources, &Names::default(), 100);
        assert_eq!(
            sheet.bound_to("part-7"),
            "@media print{.part-7 p{color:red}}@media print{.part-7 i{color:red}}.part-7 b{color:red}"
        );
    }

    #[test]
    fn sheets_are_bounded() {
        let many = "p{color:red}".repeat(20_000);
        assert_eq!(filtered(&many).0.matches('{').count(), MAX_SELECTORS);
        let lists = format!("{}.a{{color:red}}", ".a,".repeat(20_000));
        assert_eq!(filtered(&lists).0.matches(".m-a").count(), MAX_SELECTORS);
        let long = format!("p{{{}}}", "font-family:a;".repeat(20_000));
        assert!(filtered(&long.repeat(4)).0.len() <= MAX_BYTES);
        let (sheet, _) = filter(
            &[Source { media: String::new(), css: "p{color:red}".repeat(11) }],
            &Names::default(),
            1_000_000,
        );
        assert!(sheet.is_empty(), "too much work for a browser");
    }

    /// Each costs as much for a byte as ordinary CSS, or far less: none takes longer than its length explains.
    #[test]
    fn no_sheet_is_costly() {
        for piece in [
            "{", "(", "[", "p{", "a,", "a ", "a>", "@media", "@media{", "\\", "/*", "'", "url(", "rgb(", "!",
            ":", "<!--",
        ] {
            for end in ["", "{color:red}", "}"] {
                let css = format!("{}{end}", piece.repeat((256 << 10) / piece.len()));
                assert!(filtered(&css).0.len() <= MAX_BYTES, "{piece}");
            }
        }
    }
}
