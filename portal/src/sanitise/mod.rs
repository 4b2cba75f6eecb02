//! Makes the HTML of a mail harmless.
//!
//! Two layers guard the reader. This is the first: an allow-list of elements, attributes, style properties and
//! addresses, by ammonia with filters of our own; nothing that runs, loads from outside, posts, frames, covers or
//! leaves its place stays. The second is the frame that shows the result (`render::frame`): a sandbox without scripts
//! under a Content-Security-Policy of its own.
//!
//! A document that would cost too much is refused before ([`TooComplex`]); the caller then shows its text.
//!
//! Style sheets pass a filter of their own (`sheet`), bound to the mail that brings them; they stand in the head of the
//! frame, never among the elements.
//!
//! Not done here: links within the mail, style sheets of other computers.

mod image;
mod link;
mod measure;
mod media;
mod names;
mod profile;
mod scales;
mod selector;
mod sheet;
mod style;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub use image::{data_uri, raster_type};
pub use measure::MAX_BYTES;
pub use sheet::Sheet;

/// Most bytes of `data:` addresses in one document: 20 MiB, or 15 MB of images.
pub const MAX_IMAGE_BYTES: usize = 20 << 20;
/// Most different `cid:` images that are resolved.
const MAX_CIDS: usize = 500;

/// Whether images are loaded from other computers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RemoteContent {
    /// They are left out, and counted.
    #[default]
    Blocked,
    /// The reader has asked for them: images stay, over https. Backgrounds are left out all the same.
    Loaded,
}

/// Says that a document is too large, too deep or too intricate to be made harmless at a bounded cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the HTML is too complex")]
pub struct TooComplex;

/// HTML that can be shown in the frame.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sanitised {
    /// The content of a block element.
    pub html: String,
    /// The filtered `style` that `<body>` had, its colours included; may be empty.
    pub body_style: String,
    /// The classes that `<body>` had, as they are written here; may be empty.
    pub body_class: String,
    /// The ID that it had; may be empty.
    pub body_id: String,
    /// What is left of the style sheets.
    pub sheet: Sheet,
    /// The direction that `<body>` or `<html>` had: `ltr`, `rtl` or nothing.
    pub dir: Option<&'static str>,
    /// How many images and backgrounds would have been loaded from outside, and were not.
    pub blocked_images: usize,
    /// How many images of the mail itself were left out for their size.
    pub omitted_images: usize,
    /// Bytes of the `data:` addresses in the HTML.
    pub image_bytes: usize,
}

/// Sanitises `source`.
///
/// `resolve` is asked once for each `cid:` image of the document, with the Content-ID decoded, and answers with a
/// `data:` address as [`data_uri`] gives it, or nothing. All images together get at most `image_bytes`, however often
/// each is shown.
///
/// # Errors
/// [`TooComplex`] where the document is over the limits.
pub fn html(
    source: &str,
    resolve: &dyn Fn(&str) -> Option<String>,
    image_bytes: usize,
    remote: RemoteContent,
) -> Result<Sanitised, TooComplex> {
    let source = show_noscript(source);
    let found = measure::measure(&source)?;
    let images: HashMap<String, String> = found
        .cids
        .iter()
        .take(MAX_CIDS)
        .filter_map(|address| {
            let uri = resolve(&content_id(address)).filter(|uri| uri.starts_with("data:image/"))?;
            Some((address.clone(), uri))
        })
        .collect();
    let tally = Arc::new(profile::Tally::new(image_bytes, remote));
    let cleaned = profile::builder(images, Arc::clone(&tally)).clean(&source).to_string();
    let (body_style, remote_in_body) = body_style(&found.body);
    let body = body_names(&found.body);
    let elements = cleaned.bytes().filter(|b| *b == b'<').count();
    let (sheet, remote_in_sheet) = sheet::filter(&found.sheets, &body, elements);
    let remote = tally.remote.load(Ordering::Relaxed);
    Ok(Sanitised {
        html: without_overrides(cleaned),
        body_style,
        body_class: body.class,
        body_id: body.id,
        sheet,
        dir: direction(&found.body),
        blocked_images: remote.saturating_add(remote_in_body).saturating_add(remote_in_sheet),
        omitted_images: tally.too_large.load(Ordering::Relaxed),
        image_bytes: tally.inlined_bytes.load(Ordering::Relaxed),
    })
}

/// Turns `noscript` tags into unknown ones, so that what they hold is read as elements.
///
/// The frame runs no script, so a browser would show it; ammonia's parser takes it for raw text.
fn show_noscript(source: &str) -> std::borrow::Cow<'_, str> {
    const NAME: &str = "noscript";
    let lower = source.to_ascii_lowercase();
    if !lower.contains(NAME) {
        return source.into();
    }
    let mut out = String::with_capacity(source.len());
    let mut done = 0;
    for (at, _) in lower.match_indices(NAME) {
        // ASCII lower case keeps every byte's place.
        let Some(before) = source.get(done..at) else { continue };
        out.push_str(before);
        let in_tag = out.ends_with('<') || out.ends_with("</");
        out.push_str(if in_tag { "x-nscrpt" } else { source.get(at..at + NAME.len()).unwrap_or_default() });
        done = at + NAME.len();
    }
    out.push_str(source.get(done..).unwrap_or_default());
    out.into()
}

/// The Content-ID in a `cid:` address (RFC 2392: percent-encoded).
fn content_id(address: &str) -> String {
    let encoded = address.get(4..).unwrap_or_default();
    let bytes = sealpost_mime::escape::decode(encoded.as_bytes(), b'%');
    String::from_utf8_lossy(&bytes).into_owned()
}

fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim())
}

/// The look of `<body>`: without its background, light text meant for it could not be read.
fn body_style(attributes: &[(String, String)]) -> (String, usize) {
    let mut source = String::new();
    for (name, property) in [("bgcolor", "background-color"), ("text", "color")] {
        if let Some(colour) = attribute(attributes, name) {
            source = format!("{source}{property}:{};", colour.replace(';', ""));
        }
    }
    source.push_str(attribute(attributes, "style").unwrap_or_default());
    let filtered = style::filter(&source);
    let background = usize::from(attribute(attributes, "background").is_some_and(link::is_remote));
    (filtered.style, filtered.remote.saturating_add(background))
}

fn body_names(attributes: &[(String, String)]) -> selector::Names {
    let value = |name| attribute(attributes, name).unwrap_or_default();
    selector::Names {
        class: names::classes(value("class")),
        id: names::written(value("id")).unwrap_or_default(),
    }
}

fn direction(attributes: &[(String, String)]) -> Option<&'static str> {
    let dir = attribute(attributes, "dir")?;
    ["ltr", "rtl"].into_iter().find(|known| dir.eq_ignore_ascii_case(known))
}

/// Removes the characters that force a direction on others: they serve to disguise, never to write.
fn without_overrides(html: String) -> String {
    if html.contains(['\u{202D}', '\u{202E}']) { html.replace(['\u{202D}', '\u{202E}'], "") } else { html }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(source: &str) -> Sanitised {
        html(
            source,
            &|cid| (cid == "logo@x").then(|| "data:image/gif;base64,R0lGODlh".to_owned()),
            1000,
            RemoteContent::Blocked,
        )
        .unwrap()
    }

    #[test]
    fn what_stays_and_what_goes() {
        for (source, expected) in [
            ("<p>a<script>b</script><style>c</style><title>d</title>e</p>", "<p>ae</p>"),
            ("<img src=x onerror=alert(1) alt=a>", "<img alt=\"a\">"),
            ("<img src='https://a.example/1.png'>", "<img>"),
            (
                "<img src='cid:logo%40x'><img src='CID:logo@x'><img src=cid:other>",
                "<img src=\"data:image/gif;base64,R0lGODlh\"><img src=\"data:image/gif;base64,R0lGODlh\"><img>",
            ),
            (
                "<a href='https://a.example/' ping=x target=_top rel=opener title=x name=z>a</a>",
                "<a href=\"https://a.example/\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">a</a>",
            ),
            ("<p class='part x<y w'>a</p>", "<p class=\"m-part m-w\">a</p>"),
            ("<p id=portal>a</p><p id='a b' class=' '>b</p>", "<p id=\"m-portal\">a</p><p>b</p>"),
            ("<form action=x>a<input value=b><button>c</button></form>", "ac"),
            ("<svg><a href='javascript:x'>b</a></svg>c<math><mi>d</mi></math>", "c"),
            ("<iframe src=x>a</iframe>b<object data=x>c</object><embed src=x>", "bc"),
            ("<p style='color:red;position:fixed'>a</p>", "<p style=\"color:red\">a</p>"),
            ("<p>a&#x202e;b</p>", "<p>ab</p>"),
            ("<NoScript><p>a</p></noscript> noscript", "<p>a</p> noscript"),
            ("<meta http-equiv=refresh content=x><base href=x><link rel=x href=y>a<!-- b -->", "a"),
        ] {
            assert_eq!(clean(source).html, expected, "{source}");
        }
    }

    #[test]
    fn remote_content_is_counted() {
        let source = "<body background='https://a/1' style='background:url(//a/2)'><img src=https://a/3><td></td>\
                      <table background=http://a/4><tr><td style='background:url(http://a/5)'>x</table><img src=y.png>";
        assert_eq!(clean(source).blocked_images, 5);
    }

    #[test]
    fn images_are_loaded_over_https_when_the_reader_asks() {
        let source = "<img src='http://a.example/1?x=\"&amp;y' width=1><img src=//a.example/2><img src='\\\\a/3'>\
                      <img src=/4><img src='https:/5'><img src='ftp://a/6'><td background=http://a/7>x";
        let out = html(source, &|_| None, 0, RemoteContent::Loaded).unwrap();
        assert_eq!(
            out.html,
            "<img src=\"https://a.example/1?x=&quot;&amp;y\" width=\"1\"><img src=\"https://a.example/2\">\
             <img><img><img><img>x"
        );
        assert_eq!(out.blocked_images, 2);
    }

    #[test]
    fn the_look_of_the_body_is_kept() {
        let clean =
            clean("<html dir=rtl><body bgcolor=#000000 text=white style='font-size:20px;position:fixed'>x");
        assert_eq!(clean.body_style, "background-color:#000000;color:white;font-size:20px");
        assert_eq!(clean.dir, Some("rtl"));
    }

    #[test]
    fn images_are_bounded_however_often_they_are_shown() {
        let big = format!("data:image/gif;base64,{}", "A".repeat(1 << 20));
        let source = "<img src=cid:a>".repeat(100);
        let out = html(&source, &|_| Some(big.clone()), MAX_IMAGE_BYTES, RemoteContent::Blocked).unwrap();
        assert_eq!(out.omitted_images, 81);
        assert!(out.html.len() < MAX_IMAGE_BYTES + 10_000);
    }
}
