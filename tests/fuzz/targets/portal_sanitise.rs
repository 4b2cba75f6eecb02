//! Sanitises any HTML: never panics, and what comes out is harmless also when it is parsed and sanitised once more
//! (markup that changes its meaning when it is parsed again is how sanitisers are got round). Style sheets come out in the
//! plain form that is expected, bound to their piece.

#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use sealpost_portal::sanitise::{MAX_IMAGE_BYTES, RemoteContent, Sanitised, html};

const IMAGE: &str = "data:image/png;base64,iVBORw0KGgo=";

fn sanitise(source: &str) -> Option<Sanitised> {
    html(source, &|_| Some(IMAGE.to_owned()), MAX_IMAGE_BYTES, RemoteContent::Blocked).ok()
}

/// Takes HTML apart without regard to the order of attributes, which ammonia does not keep.
fn words(html: &str) -> BTreeSet<&str> {
    html.split(|c: char| c.is_whitespace() || "<>".contains(c)).collect()
}

/// Names what no sanitised document has outside of text, where `<` is always escaped.
const FORBIDDEN: [&str; 12] = [
    "<script", "<iframe", "<object", "<embed", "<form", "<input", "<meta", "<base", "<link", "<style",
    "<svg", "<math",
];

/// Checks that a style sheet holds rules for its piece, `@media`, and nothing that loads, ends it or moves an element.
fn check_sheet(css: &str) {
    let mut depth = 0_i32;
    let mut rest = css;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(at);
        let opens = after.starts_with('{');
        let is_media = depth == 0 && before.starts_with("@media ");
        assert!(
            !opens || is_media || before.split(',').all(|selector| selector.starts_with(".part-1")),
            "{css}"
        );
        depth += if opens { 1 } else { -1 };
        assert!((0..=2).contains(&depth), "{css}");
        rest = &after[1..];
    }
    assert!(depth == 0 && rest.is_empty(), "{css}");
    let lower = css.to_ascii_lowercase().replace("list-style-position", "");
    for forbidden in ["url(", "@import", "<", "/*", "position:", "z-index", "var(", "calc(", "[", "::"] {
        assert!(!lower.contains(forbidden), "{forbidden} in {css}");
    }
}

fuzz_target!(|source: &str| {
    let Some(first) = sanitise(source) else { return };
    let lower = first.html.to_ascii_lowercase();
    for start in FORBIDDEN {
        assert!(!lower.contains(start), "{start} in {}", first.html);
    }
    check_sheet(&first.sheet.bound_to("part-1"));
    // Each time names get a prefix.
    let plain = first.html.replace("m-", "");
    if let Some(second) = sanitise(&first.html) {
        assert_eq!(second.blocked_images, 0, "remote content came back in {}", first.html);
        let known = words(&plain);
        // Less may be left: the second time a tidied link is seen, and one to no valid address is dropped.
        let again = second.html.replace("m-", "");
        assert!(words(&again).is_subset(&known), "{} became {}", first.html, second.html);
    }
});
