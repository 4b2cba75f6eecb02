use askama::Template;

use super::*;

/// The template as a page includes it.
#[derive(Template)]
#[template(path = "message_body.html")]
struct Page {
    view: MailView,
}

fn page(mail: &str) -> String {
    Page { view: view(mail.as_bytes()) }.render().unwrap()
}

fn frame(view: &MailView) -> &str {
    match &view.body {
        Body::Html(document) => document,
        Body::Text(_) | Body::Empty => panic!("no frame"),
    }
}

const GIF: &str = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

fn whole_mail() -> String {
    format!(
        "From: =?utf-8?Q?Al=C3=AFce?= <alice@example.org>\r\n\
         To: Bob <bob@example.net>, carol@example.net\r\n\
         Subject: Report <2025> \u{202E}x\r\n\
         Date: Mon, 6 Jan 2025 10:00:00 +0000\r\n\
         Content-Type: multipart/mixed; boundary=m\r\n\r\n\
         --m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n\
         --r\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
         --a\r\nContent-Type: text/plain\r\n\r\nplain text\r\n\
         --a\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
         <p onclick=3Dx>Gr=FC=DFe</p><img src=3D\"cid:logo@x\"><img src=3D\"https://a.example/1\">\r\n\
         --a--\r\n\
         --r\r\nContent-Type: image/png; name=logo.gif\r\nContent-ID: <logo@x>\r\nContent-Transfer-Encoding: base64\r\n\
         \r\n{GIF}\r\n--r--\r\n\
         --m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"../a/report.pdf\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n\
         --m\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner / mail\r\n\r\ntext\r\n\
         --m--\r\n"
    )
}

#[test]
fn a_whole_mail() {
    let mail = whole_mail();
    let view = view(mail.as_bytes());
    assert_eq!(view.subject, "Report <2025> x");
    assert_eq!(view.from.first, [Mailbox { name: "Alïce".into(), address: "alice@example.org".into() }]);
    assert_eq!(view.to.first.len(), 2);
    assert_eq!(view.date.as_ref().unwrap().instant.as_deref(), Some("2025-01-06T10:00:00Z"));
    assert_eq!(view.notices, [Notice::RemoteImages(1)]);
    assert!(frame(&view).contains(&format!("<p>Grüße</p><img src=\"data:image/gif;base64,{GIF}\"><img>")));
    let listed: Vec<_> =
        view.attachments.iter().map(|a| (a.name.as_str(), a.media_type.as_str(), a.size)).collect();
    assert_eq!(listed, [("report.pdf", "application/pdf", 4), ("inner _ mail.eml", "message/rfc822", 29)]);
    let report = attachment(mail.as_bytes(), view.attachments[0].index).unwrap();
    assert_eq!((report.name.as_str(), report.bytes.as_slice()), ("report.pdf", &b"%PDF"[..]));
    let nested = attachment(mail.as_bytes(), view.attachments[1].index).unwrap();
    assert_eq!(nested.bytes, b"Subject: inner / mail\r\n\r\ntext");
    assert!(attachment(mail.as_bytes(), 0).is_none() && attachment(mail.as_bytes(), 99).is_none());
}

#[test]
fn the_page_escapes_everything() {
    let html = page(&whole_mail());
    assert!(html.contains("<bdi>Report &#60;2025&#62; x</bdi>"), "{html}");
    assert!(html.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    assert!(html.contains("&#60;p&#62;Grüße&#60;/p&#62;") && !html.contains("<p>Gr"));
    assert!(html.contains("1 remote image is blocked."));
    assert!(html.contains("formaction=\"/attachment\" name=\"part\" value=\"6\""), "{html}");
    assert!(!html.contains("<form"));
    let hostile = "From: \"<script>\" <\"><b>@x>\nSubject: </h1><script>\nDate: \"><script>\n\
                   Content-Type: a/b; name=\"<script>.x\"\nContent-Disposition: attachment\n\n<script>";
    let html = page(hostile);
    assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
}

#[test]
fn text_stands_in_the_page() {
    let html = page("Content-Type: text/plain; format=flowed\n\na <b> \nhttps://a.example/\n");
    assert!(html.contains("a &lt;b&gt; <a href=\"https://a.example/\""), "{html}");
    assert!(!html.contains("<iframe"));
    assert!(page("Subject: x\nContent-Type: image/png\n\nx").contains("This message has no text."));
}

#[test]
fn long_lists_are_folded() {
    let list = (0..25).map(|i| format!("p{i}@x")).collect::<Vec<_>>().join(", ");
    let mail = format!("To: {list}\n\nx");
    let view = view(mail.as_bytes());
    assert_eq!((view.to.first.len(), view.to.more.len(), view.to.cut), (10, 15, false));
    assert!(page(&mail).contains("<summary>15 more</summary>"));
}

#[test]
fn html_that_is_too_complex_gives_way_to_its_text() {
    let deep = "<div>".repeat(50_000);
    let mail = format!(
        "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nthe text\n--b\nContent-Type: text/html\n\n{deep}\n--b--"
    );
    let view = view(mail.as_bytes());
    assert!(matches!(&view.body, Body::Text(text) if text == "the text"));
    assert_eq!(view.notices, [Notice::HtmlTooComplex]);
    let alone = super::view(format!("Content-Type: text/html\n\n{deep}").as_bytes());
    assert!(matches!(&alone.body, Body::Text(text) if text.starts_with("&lt;div&gt;")));
}

#[test]
fn a_text_that_is_too_long_is_cut_and_attached() {
    let mail = format!("Subject: x\n\n{}", "ü".repeat(3 << 20));
    let view = view(mail.as_bytes());
    assert!(matches!(&view.body, Body::Text(text) if text.len() == 2 << 20));
    assert_eq!(view.notices, [Notice::TextCut]);
    assert_eq!(view.attachments[0].size, 6 << 20);
}

#[test]
fn a_mail_over_a_limit_is_offered_whole() {
    let parts = "--b\n\n".repeat(5000);
    let mail = format!("Subject: bomb\nContent-Type: multipart/mixed; boundary=b\n\n{parts}");
    let view = view(mail.as_bytes());
    assert_eq!(view.subject, "bomb");
    assert_eq!(view.notices, [Notice::Whole(OverLimit::Parts)]);
    assert!(matches!(view.body, Body::Empty));
    assert_eq!(view.attachments[0].name, "message.eml");
    assert_eq!(attachment(mail.as_bytes(), 0).unwrap().bytes, mail.as_bytes());
    assert!(page(&mail).contains("more than 1000 parts"));
}

#[test]
fn sizes_as_people_say_them() {
    let text =
        |size| AttachmentView { index: 0, name: String::new(), media_type: String::new(), size }.size_text();
    assert_eq!([text(1), text(999), text(1001), text(1_250_000)], ["1 byte", "999 bytes", "2 kB", "1.2 MB"]);
}
