//! Hostile HTML through the whole way from mail to frame.

use std::fmt::Write;

use sealpost_portal::render::{self, Body};

use crate::{corpus, payloads::PAYLOADS, walk};

/// The document that the frame shows for this HTML.
pub(crate) fn frame(html: &str) -> String {
    let mail = format!("MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}");
    match render::view(mail.as_bytes()).body {
        Body::Html(html) => html.document(),
        Body::Text(text) => {
            format!("<html><head></head><body><div class=\"part text\">{text}</div></body></html>")
        }
        Body::Empty => panic!("no body"),
    }
}

/// Checks one document, and that `leak` stands in it at most as the address of a link or as text.
pub(crate) fn check(name: &str, document: &str, leak: Option<&str>, report: &mut String) {
    for fault in walk::faults(document) {
        writeln!(report, "{name}: {fault}").unwrap();
    }
    let head = document.split("<body").next().unwrap();
    if leak.is_some_and(|leak| head.contains(leak)) {
        writeln!(report, "{name}: the head holds the address").unwrap();
    }
}

#[test]
fn our_own_payloads_come_out_harmless() {
    let mut report = String::new();
    for (name, payload) in PAYLOADS {
        check(name, &frame(payload), Some("leak.invalid"), &mut report);
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn foreign_payloads_come_out_harmless() {
    let mut report = String::new();
    let mut count = 0;
    for (name, payload, leak) in corpus::payloads() {
        check(&name, &frame(&payload), leak.as_deref(), &mut report);
        count += 1;
    }
    println!("{count} foreign payloads");
    assert!(report.is_empty(), "{report}");
}

/// Payloads that hide in the structure around them: in an attribute, in a table, cut short, in each other.
#[test]
fn payloads_in_hostile_places_come_out_harmless() {
    let mut report = String::new();
    for (name, payload) in PAYLOADS {
        let around = [
            format!("<table><tr>{payload}<td>{payload}</table>"),
            format!("<svg>{payload}</svg>{payload}"),
            format!("<math><annotation-xml encoding='text/html'>{payload}</annotation-xml>{payload}"),
            format!("<select>{payload}</select><textarea>{payload}</textarea>"),
            format!("<p title='{payload}' alt=\"{payload}\">"),
            format!("<!-- {payload} --!>{payload}<!--"),
            format!("<style>{payload}</style><title>{payload}</title>"),
            format!("</div></body></html>{payload}"),
            payload.chars().take(payload.len() / 2).collect(),
            payload.replace('<', "<\0"),
            payload.to_uppercase(),
        ];
        for (place, html) in around.iter().enumerate() {
            check(&format!("{name} in place {place}"), &frame(html), Some("leak.invalid"), &mut report);
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn what_mails_need_is_kept() {
    for (html, expected) in [
        (
            "<p><b>b</b> <i>i</i> <u>u</u> <font color='#ff0000' size='4'>red</font></p>",
            "<p><b>b</b> <i>i</i> <u>u</u> <font color=\"#ff0000\" size=\"4\">red</font></p>",
        ),
        (
            "<table border=1 cellpadding=4 bgcolor='#eeeeee'><tr><td align=right width='50%'>12.50</td></tr></table>",
            "<table border=\"1\" cellpadding=\"4\" bgcolor=\"#eeeeee\"><tbody><tr><td align=\"right\" width=\"50%\">12.50</td></tr></tbody></table>",
        ),
        (
            "<blockquote type=cite style='margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex'>q</blockquote>",
            "<blockquote type=\"cite\" style=\"margin:0 0 0 0.8ex;border-left:1px #ccc solid;padding-left:1ex\">q</blockquote>",
        ),
        ("<pre>a  b\n\tc &lt; d</pre>", "<pre>a  b\n\tc &lt; d</pre>"),
        ("<ol start=3 type=a><li>x<li>y</ol>", "<ol start=\"3\" type=\"a\"><li>x</li><li>y</li></ol>"),
        ("<p dir=rtl lang=he>שלום</p>", "<p dir=\"rtl\" lang=\"he\">שלום</p>"),
        (
            "<a href='https://example.com/?a=1&amp;b=2'>s</a>",
            "<a href=\"https://example.com/?a=1&amp;b=2\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">s</a>",
        ),
    ] {
        let document = frame(html);
        assert!(document.contains(expected), "{html}\n{document}");
    }
}
