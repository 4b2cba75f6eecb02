//! Oversized, deep and hostile mails: what comes of them is bounded, however large they are.
//!
//! How much work is done on the way is counted where it is done (`sanitise::measure`); no clock is looked at here, as
//! a test machine may be busy. A mail that hangs stops the test run's own guard.

use std::process::Command;

use sealpost_portal::render::{self, Body, MailView};

use crate::corpus;

/// Most bytes of a body and of all lists that come of any mail: images, text with all its links, and HTML.
const LIMIT: usize = 48 << 20;

/// Bytes that the page of a view holds.
fn size(view: &MailView) -> usize {
    let body = match &view.body {
        Body::Html(html) => html.document().len(),
        Body::Text(text) => text.len(),
        Body::Empty => 0,
    };
    let lists =
        [&view.from, &view.to, &view.cc].into_iter().flat_map(|list| list.first.iter().chain(&list.more));
    let people: usize = lists.map(|mailbox| mailbox.name.len() + mailbox.address.len()).sum();
    let attached: usize =
        view.attachments.iter().map(|listed| listed.name.len() + listed.media_type.len()).sum();
    body + people + view.subject.len() + attached + view.nested.iter().map(size).sum::<usize>()
}

#[test]
fn what_comes_of_bombs_is_bounded() {
    let Some(folder) = corpus::folder() else { return };
    let made = tempfile::tempdir().unwrap();
    // `1` for the full size of 265 MB.
    let long = std::env::var_os("SEALPOST_LONG").map(|_| "1".to_owned());
    let scale = std::env::var("SEALPOST_BOMB_SCALE").ok().or(long).unwrap_or_else(|| "0.01".to_owned());
    let script = folder.join("bombs/make_bombs.py");
    let run = Command::new("python3").arg(script).arg(made.path()).args(["--scale", &scale]).output();
    let Ok(run) = run else {
        eprintln!("python3 not found: not run");
        return;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let bombs = corpus::files(made.path(), "eml");
    assert!(!bombs.is_empty());
    for bomb in bombs {
        let mail = std::fs::read(&bomb).unwrap();
        let view = render::view(&mail);
        for attachment in view.attachments.iter().take(3) {
            assert_eq!(render::attachment(&mail, &attachment.path).unwrap().bytes.len(), attachment.size);
        }
        let name = bomb.file_name().unwrap().display();
        println!("{name} {} bytes: {} bytes {:?}", mail.len(), size(&view), view.notices);
        assert!(size(&view) < LIMIT, "{name}");
    }
}

/// HTML that is as costly as the limits let it be: refused or shown, it ends, and what comes of it is bounded.
#[test]
fn what_comes_of_costly_html_is_bounded() {
    let fill = |unit: &str| unit.repeat((4 << 20) / unit.len());
    let fonts = |count: usize| (0..count).map(|i| format!("<font size={i}>")).collect::<Vec<_>>().concat();
    let attributes = |count: usize| (0..count).map(|i| format!(" a{i}")).collect::<Vec<_>>().concat();
    let face = format!("<font face='{}'>", "x".repeat(200));
    for (name, html) in [
        ("ampersands", fill("&")),
        ("entities", fill("&notit;")),
        ("angle brackets", fill("<")),
        ("end tags", fill("</p>")),
        ("unmatched end tags", format!("<b><i><u>{}", fill("</a></b>"))),
        ("wide", fill("<i></i>")),
        ("text in elements", "<p>lorem ipsum dolor</p>".repeat(66_000)),
        ("deep and wide", format!("{}{}", "<div>".repeat(390), "<p>x".repeat(190_000))),
        ("deep spans and wide", format!("{}{}", "<span>".repeat(390), "<p>x</p>".repeat(190_000))),
        ("rebuilt formatting", format!("{}{}", fonts(300), "<p>x</p>".repeat(650))),
        ("rebuilt long formatting", format!("<p>{}{}", face.repeat(300), "<p>x".repeat(100_000))),
        ("misnested", "<b><p></b>".repeat(60_000)),
        ("misnested links", "<a><div></a>".repeat(60_000)),
        ("misplaced in a table", format!("<table>{}", "<i>x</i>".repeat(19_000))),
        ("tables", "<table><tr><td>x</table>".repeat(49_000)),
        ("attributes on one", format!("<p{}>", attributes(10_000))),
        ("attributes on many", format!("<p{}>", attributes(500)).repeat(1500)),
        ("attributes in comments", fill("<!-- a b c d -->")),
        ("one long comment", format!("<!--{}", fill("a b c "))),
        ("styles", "<p style='color:red;margin:1px 2px;font:bold 12px Arial'>x</p>".repeat(60_000)),
        ("one long style", format!("<p style='{}'>", fill("color:red;"))),
        ("nested functions in styles", format!("<p style='color:{}'>", "rgb(".repeat(2000)).repeat(500)),
        ("selects", "<select><option selected>x<selectedcontent>".repeat(40_000)),
        (
            "selects with much in them",
            format!(
                "<select><button><selectedcontent></button>{}",
                "<option selected><b>x</b>".repeat(60_000)
            ),
        ),
        ("templates", "<template><p>".repeat(30_000)),
        ("noscript", fill("<noscript>")),
        ("links", "<a href='https://a.example/'>x</a>".repeat(100_000)),
        ("images", "<img src='data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP'>".repeat(70_000)),
        ("cids", (0..150_000).map(|i| format!("<img src=cid:{i}>")).collect::<Vec<_>>().concat()),
        ("svg", fill("<svg><g>")),
        ("math", fill("<math><mi>")),
        ("raw text", format!("<style>{}", fill("a{b:c}"))),
    ] {
        let mail = format!("Content-Type: text/html\r\n\r\n{html}");
        let view = render::view(mail.as_bytes());
        println!("{name}, {} bytes: {} bytes, {:?}", html.len(), size(&view), view.notices);
        assert!(size(&view) < LIMIT, "{name}");
    }
}

/// Header fields as long as they are read, full of what a parser may stumble over.
#[test]
fn what_comes_of_costly_headers_is_bounded() {
    let fill = |unit: &str| unit.repeat((1 << 16) / unit.len());
    let units = [
        "=?utf-8?Q?",
        "=?utf-8?B?",
        "=?",
        "=?a?Q?b?= ",
        "(",
        "()",
        "\"",
        "\\",
        "<",
        "<a@b>,",
        ",",
        ":;",
        "a:",
        "a ",
        "a@",
        "@",
        ";",
        ";a=b",
        ";a*0*=",
        ";a*1=b",
        ";a*=u''%",
        "'",
        "%",
        "\r\n ",
        "=",
        "/",
        "a/",
        "\u{202E}",
        "ü",
        "\u{1}",
    ];
    let fields = [
        "From",
        "To",
        "Subject",
        "Date",
        "Content-Type",
        "Content-Disposition",
        "Content-ID",
        "Content-Transfer-Encoding",
    ];
    for unit in units {
        let value = fill(unit);
        let mail: String =
            fields.iter().map(|field| format!("{field}: a{value}\r\n")).collect::<Vec<_>>().concat();
        for mail in [mail.clone(), mail.replace(": a", ": multipart/mixed; boundary=b; filename=")] {
            let mail = mail.get(..mail.len().min(1_000_000)).unwrap_or(&mail);
            let view = render::view(mail.as_bytes());
            println!("{unit:?}: {} bytes, {} characters of subject", size(&view), view.subject.len());
            assert!(size(&view) < LIMIT, "{unit:?}");
        }
    }
}
