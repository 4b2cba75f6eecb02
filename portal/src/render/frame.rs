//! The document in which the HTML of a mail is shown: the second layer around it.
//!
//! It is meant for the `srcdoc` of an `<iframe>` with [`SANDBOX`]: no script, no form, no origin of its own, links only
//! into new windows. Its own policy lets nothing load but `data:` images, and images over https once the reader has asked for
//! them. A `srcdoc` document is bound by the policy
//! of the page around it too, which must therefore allow `img-src data:` and `style-src 'unsafe-inline'`.

use crate::sanitise::RemoteContent;

/// The `sandbox` attribute of the frame. Without "escape", pages opened by a link would run no script.
pub const SANDBOX: &str = "allow-popups allow-popups-to-escape-sandbox";

/// The look of mail content, in its frame and on the page to be printed.
///
/// The address of the link under the pointer or the focus is shown below it, since the words of a link may name another
/// one: the frame is as high as the mail, so its own foot may be out of sight. The mail can set no element's position, so
/// the address hangs on the document, where nothing of the mail cuts it off, and begins at its edge; a long one is cut at
/// its end, behind the host. On paper each link is followed by its address instead.
pub const STYLE: &str = concat!(
    ":root{color-scheme:light;background:#fff}",
    "body{margin:0;padding:0 0 3em;color:#1b1b1b;font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",Arial,sans-serif;",
    "overflow-wrap:break-word}",
    ".part{box-sizing:border-box;padding:16px;overflow-x:auto}.part+.part{border-top:1px solid #ccc}",
    ".text{white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext}pre{white-space:pre-wrap}",
    ".quote{margin:0;padding-inline-start:12px;border-inline-start:3px solid #9ab;color:#456}",
    "img{max-width:100%}",
    "a:hover::after,a:focus-visible::after{all:initial;display:block;content:attr(href);position:absolute;left:0;",
    "box-sizing:border-box;max-width:100%;max-height:7em;overflow:hidden;overflow-wrap:anywhere;pointer-events:none;",
    "padding:3px 8px;background:#222;color:#fff;font:13px/1.4 system-ui,sans-serif;direction:ltr;z-index:9}",
    "@media print{.part{padding:0;overflow:visible}.part+.part{margin-top:16px;padding-top:16px}",
    "a[href]::after{all:initial;content:\" (\" attr(href) \")\";font:11px/1.3 system-ui,sans-serif;color:#444;",
    "overflow-wrap:anywhere}.text a::after{content:none}",
    "*{max-height:none!important;overflow:visible!important}}",
);

/// What the frame's own policy lets load: nothing from outside, or images over https.
fn images(remote: RemoteContent) -> &'static str {
    match remote {
        RemoteContent::Blocked => "data:",
        RemoteContent::Loaded => "data: https:",
    }
}

/// What stands before the parts of the mail.
fn head(remote: RemoteContent) -> String {
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src {}; \
         style-src 'unsafe-inline'; form-action 'none'\">\
         <meta name=\"referrer\" content=\"no-referrer\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <base target=\"_blank\"><style>{STYLE}</style>",
        images(remote)
    )
}

/// One part of the mail, as HTML that is safe already.
#[derive(Clone, Default)]
pub(super) struct Piece {
    pub(super) html: String,
    /// A filtered `style`, not yet escaped.
    pub(super) style: String,
    /// Classes besides the frame's own: the one that the style sheet is bound to, and those of the mail's body.
    pub(super) class: String,
    /// The ID of the mail's body; may be empty.
    pub(super) id: String,
    /// The filtered style sheet.
    pub(super) sheet: String,
    pub(super) dir: Option<&'static str>,
    /// Whether white space is to be kept.
    pub(super) text: bool,
}

/// The whole document.
pub(super) fn document(pieces: &[Piece], remote: RemoteContent) -> String {
    let mut out = head(remote);
    let sheets = sheets(pieces);
    if !sheets.is_empty() {
        out.push_str("<style>");
        out.push_str(&sheets);
        out.push_str("</style>");
    }
    out.push_str("</head><body dir=\"auto\">");
    out.push_str(&content(pieces));
    out.push_str("</body></html>");
    out
}

/// The style sheets of the pieces.
pub(super) fn sheets(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| piece.sheet.as_str()).collect()
}

/// The pieces, each in an element of its own.
pub(super) fn content(pieces: &[Piece]) -> String {
    let length: usize = pieces.iter().map(|piece| piece.html.len() + 200).sum();
    let mut out = String::with_capacity(length);
    for piece in pieces {
        out.push_str(if piece.text { "<div class=\"part text" } else { "<div class=\"part" });
        if !piece.class.is_empty() {
            out.push(' ');
            out.push_str(&piece.class);
        }
        out.push_str("\" dir=\"");
        out.push_str(piece.dir.unwrap_or("auto"));
        for (attribute, value) in [("id", &piece.id), ("style", &piece.style)] {
            if !value.is_empty() {
                out.push_str("\" ");
                out.push_str(attribute);
                out.push_str("=\"");
                out.push_str(&super::text::escape(value));
            }
        }
        out.push_str("\">");
        out.push_str(&piece.html);
        out.push_str("</div>");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_cannot_leave_its_attribute() {
        let piece = Piece {
            html: "x".into(),
            style: "font-family:\"a\"><b".into(),
            class: "part-1 m-a".into(),
            id: "m-b".into(),
            dir: Some("rtl"),
            ..Piece::default()
        };
        let document = document(&[piece], RemoteContent::Blocked);
        assert!(document.ends_with(
            "<div class=\"part part-1 m-a\" dir=\"rtl\" id=\"m-b\" style=\"font-family:&quot;a&quot;&gt;&lt;b\">x</div></body></html>"
        ));
    }

    #[test]
    fn the_policy_lets_nothing_load_before_the_reader_asks() {
        let blocked = head(RemoteContent::Blocked);
        assert!(blocked.contains("default-src 'none'; img-src data:; style-src 'unsafe-inline'"));
        assert!(!blocked.contains("https:") && !blocked.contains("url("));
        assert!(head(RemoteContent::Loaded).contains("default-src 'none'; img-src data: https:; style-src"));
        assert!(
            !SANDBOX.contains("scripts") && !SANDBOX.contains("same-origin") && !SANDBOX.contains("forms")
        );
    }
}
