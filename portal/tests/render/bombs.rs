//! Oversized, deep and hostile mails: what comes of them is bounded, however large they are.
//!
//! How much work is done on the way is counted where it is done (`sanitise::measure`); no clock is looked at here, as
//! a test machine may be busy. A mail that hangs stops the test run's own guard.

use std::fmt::Write as _;
use std::process::Command;

use sealpost_common::grant::Rights;
use sealpost_portal::{
    answer::Offers,
    budget::WORKER_ROOM,
    language::Language,
    pages,
    render::{self, Body, MailView, Notice, RemoteContent},
    texts::Texts,
};

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
        ("style sheets", "<style>a</style>".repeat(190_000)),
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

/// Attributes of a winmail.dat.
const FILE_BEGINS: u32 = 0x0006_9002;
const FILE_TITLE: u32 = 0x0001_8010;
const FILE_DATA: u32 = 0x0006_800F;
const BODY: u32 = 0x0002_800C;

/// Writes a winmail.dat.
fn winmail(attributes: &[(u32, &[u8])]) -> Vec<u8> {
    let mut out = vec![0x78, 0x9F, 0x3E, 0x22, 1, 0];
    for (id, data) in attributes {
        out.push(1);
        out.extend(id.to_le_bytes());
        out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        out.extend_from_slice(data);
        out.extend([0, 0]);
    }
    out
}

/// A mail of one part.
fn mail(content_type: &str, body: &[u8]) -> Vec<u8> {
    [b"Content-Type: ", content_type.as_bytes(), b"\r\n\r\n", body].concat()
}

/// Text grows most where it is full of addresses: each is written twice, in a link.
#[test]
fn what_comes_of_a_long_text_in_a_winmail_dat_is_bounded() {
    let text = "http://a ".repeat((6 << 20) / 9);
    let mail = mail("application/ms-tnef", &winmail(&[(BODY, text.as_bytes())]));
    let view = render::view(&mail);
    assert!(size(&view) < LIMIT, "{} bytes", size(&view));
    assert_eq!(view.notices, [Notice::TextCut]);
    let [listed] = view.attachments.as_slice() else { panic!("the winmail.dat alone") };
    assert!(render::attachment(&mail, &listed.path).unwrap().bytes.len() > text.len());
}

#[test]
fn a_winmail_dat_with_a_long_text_is_listed_beside_its_files() {
    let text = "words ".repeat(500_000);
    let file: [(u32, &[u8]); 3] = [(FILE_BEGINS, b""), (FILE_TITLE, b"a.txt\0"), (FILE_DATA, b"file")];
    let packed = winmail(&[&[(BODY, text.as_bytes())][..], &file].concat());
    let mail = mail("application/ms-tnef; name=winmail.dat", &packed);
    let view = render::view(&mail);
    let listed: Vec<_> = view.attachments.iter().map(|row| (row.name.as_str(), row.size)).collect();
    assert_eq!(listed, [("a.txt", 4), ("winmail.dat", packed.len())]);
    let mut files = zip::ZipArchive::new(std::io::Cursor::new(render::archive(&mail).unwrap())).unwrap();
    assert_eq!(files.by_name("a.txt").unwrap().size(), 4);
    assert_eq!(files.by_name("winmail.dat").unwrap().size(), packed.len() as u64);
}

/// A page lists a thousand files of all winmail.dat in it, in messages too; the others are listed as what they are.
#[test]
fn lists_of_packed_files_are_bounded() {
    fn rows(view: &MailView) -> usize {
        view.attachments.len() + view.nested.iter().map(rows).sum::<usize>()
    }
    let file: [(u32, &[u8]); 3] = [(FILE_BEGINS, b""), (FILE_TITLE, b"a\0"), (FILE_DATA, b"x")];
    let packed = winmail(&file.repeat(200));
    let part = [b"--b\r\n", &mail("application/ms-tnef", &packed)[..], b"\r\n"].concat();
    let many = mail("multipart/mixed; boundary=b", &[part.repeat(300), b"--b--\r\n".to_vec()].concat());
    let inner = mail("message/rfc822", &many);
    let outer = [b"--c\r\n", &inner[..], b"\r\n--c\r\n", &inner[..], b"\r\n--c--\r\n"].concat();
    let nested = mail("multipart/mixed; boundary=c", &outer);
    assert_eq!(rows(&render::view(&many)), 1000 + 295);
    assert_eq!(rows(&render::view(&nested)), 2 + 1000 + 295 + 300);
    // All of one name: none is left out for it.
    let files = zip::ZipArchive::new(std::io::Cursor::new(render::archive(&many).unwrap())).unwrap();
    assert_eq!(files.len(), 1000 + 295);
}

/// Kinds of mails as large as may be, of bytes that become three times as many in UTF-8, or of one tag.
const COSTLY: [&str; 16] = [
    "text/plain; charset=windows-1252",
    "text/plain; charset=gbk",
    "text/plain; charset=utf-16",
    "text/plain; charset=windows-1252; format=flowed",
    "text/html; charset=windows-1252",
    "text/html; charset=utf-16",
    "text/calendar; charset=windows-1252",
    "application/ms-tnef",
    "text/html; x=attribute",
    "text/html; x=attributes",
    "text/html; x=comment",
    "text/html; x=links",
    "text/plain; x=links",
    "multipart/related; x=image",
    "multipart/related; x=images",
    "multipart/related; x=elements",
];

fn costly(kind: &str) -> Vec<u8> {
    let length = 40 << 20;
    match kind.split_once("; x=") {
        Some((kind, "attribute")) => {
            let html = format!("<p>text<img src='data:image/png;base64,{}'>", "A".repeat(length));
            mail(kind, html.as_bytes())
        }
        Some((kind, "attributes")) => {
            let attributes: String = (0..4_000_000).map(|i| format!(" a{i}")).collect::<Vec<_>>().concat();
            mail(kind, format!("<p>text<p{attributes}>").as_bytes())
        }
        Some((kind, "comment")) => mail(kind, format!("<p>text<!--{}", "x".repeat(length)).as_bytes()),
        Some((kind, "links")) => {
            mail(kind, "<a href=https://a.b/>&amp;\"</a>\r\n".repeat((4 << 20) / 34).as_bytes())
        }
        Some((_, "image")) => related(1, ""),
        Some((_, "images")) => related(150, ""),
        // As many elements and images as the limits let through together.
        Some((_, _)) => related(1, &"<a href=//b>x</a>".repeat(198_000)),
        None if kind == "application/ms-tnef" => mail(kind, &winmail(&[(BODY, &vec![0x80; length])])),
        None => mail(kind, &vec![0x80; length]),
    }
}

/// A mail whose HTML shows as many bytes of images as may be, in so many images, and this.
fn related(images: usize, rest: &str) -> Vec<u8> {
    let shown = (0..images).map(|number| format!("<img src=cid:{number}@x>"));
    let html = shown.collect::<Vec<_>>().concat();
    let mut parts = format!("--b\r\nContent-Type: text/html\r\n\r\n{html}{rest}\r\n");
    let image = [b"GIF89a".to_vec(), vec![0; (14 << 20) / images]].concat();
    let encoded = encodify::base64::MIME.encode(&image);
    for number in 0..images {
        write!(
            parts,
            "--b\r\nContent-Type: image/gif\r\nContent-ID: <{number}@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n"
        )
        .unwrap();
    }
    mail("multipart/related; boundary=b", format!("{parts}--b--\r\n").as_bytes())
}

/// Sets back the most memory that this process has held at once, or reads it, in bytes.
fn most_held(set_back: bool) -> Option<usize> {
    if set_back {
        std::fs::write("/proc/self/clear_refs", "5").ok()?;
    }
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<usize>().ok()? << 10)
}

/// Names the kind of mail, and what is done with it.
const MEASURED: &str = "SEALPOST_MEASURED_BOMB";

#[test]
#[ignore = "measures its process: what_is_held_while_bombs_are_shown_is_bounded runs it alone"]
fn measured_alone() {
    let Ok(measured) = std::env::var(MEASURED) else { return };
    let (way, kind) = measured.split_once(' ').unwrap();
    let mail = costly(kind);
    let Some(before) = most_held(true) else { return };
    if way == "quoted" {
        drop(render::plain_text(&mail, 64 << 10));
    } else if way == "shown" {
        drop(render::view(&mail));
    } else {
        let view = render::view(&mail);
        let t = Texts::of(Language::ENGLISH);
        let page = if way == "opened" {
            pages::write_message(t, view, Rights::all(), RemoteContent::Blocked, Offers::default())
        } else {
            pages::write_print(t, &view, Rights::all())
        };
        println!("{} KiB of page", page.unwrap().len() >> 10);
    }
    let more = most_held(false).unwrap_or_default().saturating_sub(before);
    println!("{way} {kind}: {} KiB", more >> 10);
    // Of a mail whose images are shown, most is decoded of it.
    let room = usize::try_from(WORKER_ROOM).unwrap();
    assert!(more < room, "{way} {kind}: {} MiB", more >> 20);
}

/// Texts are decoded as far as they are shown: beside the mail little is held.
#[test]
fn what_is_held_while_bombs_are_shown_is_bounded() {
    let alone = ["--exact", "bombs::measured_alone", "--ignored", "--nocapture"];
    for kind in COSTLY {
        for way in ["shown", "quoted", "opened", "printed"] {
            let mut test = Command::new(std::env::current_exe().unwrap());
            let run = test.args(alone).env(MEASURED, format!("{way} {kind}")).output().unwrap();
            let said = [run.stdout, run.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(run.status.success(), "{said}");
            said.lines().filter(|line| line.contains(kind)).for_each(|line| println!("{line}"));
        }
    }
}
