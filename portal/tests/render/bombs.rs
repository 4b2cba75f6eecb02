//! Oversized, deep and hostile mails: answered in bounded time.

use std::process::Command;
use std::time::{Duration, Instant};

use sealpost_portal::render;

use crate::corpus;

/// Far above what any of them takes; a test machine may be busy.
const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn bombs_are_answered_in_bounded_time() {
    let Some(folder) = corpus::folder() else { return };
    let made = tempfile::tempdir().unwrap();
    // `1` for the full size of 265 MB.
    let scale = std::env::var("SEALPOST_BOMB_SCALE").unwrap_or_else(|_| "0.01".to_owned());
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
        let start = Instant::now();
        let view = render::view(&mail);
        let viewed = start.elapsed();
        let notices: Vec<String> = view.notices.iter().map(ToString::to_string).collect();
        for attachment in view.attachments.iter().take(3) {
            assert_eq!(render::attachment(&mail, attachment.index).unwrap().bytes.len(), attachment.size);
        }
        println!("{} {} bytes: {viewed:?} {notices:?}", bomb.file_name().unwrap().display(), mail.len());
        assert!(viewed < LIMIT, "{} took {viewed:?}", bomb.display());
    }
}

/// HTML that is as costly as the limits let it be; whether it is refused or shown, it must not take long.
#[test]
fn costly_html_is_answered_in_bounded_time() {
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
        let start = Instant::now();
        let view = render::view(mail.as_bytes());
        let viewed = start.elapsed();
        println!("{name}, {} bytes: {viewed:?}, {:?}", html.len(), view.notices);
        assert!(viewed < LIMIT, "{name} took {viewed:?}");
    }
}

/// Header fields as long as they are read, full of what a parser may stumble over.
#[test]
fn costly_headers_are_answered_in_bounded_time() {
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
            let start = Instant::now();
            let view = render::view(mail.as_bytes());
            assert!(start.elapsed() < LIMIT, "{unit:?} took {:?}", start.elapsed());
            println!("{unit:?}: {:?}, {} characters of subject", start.elapsed(), view.subject.len());
        }
    }
}
