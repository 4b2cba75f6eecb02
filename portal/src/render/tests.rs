use sealpost_common::grant::Rights;

use super::*;
use crate::answer::Offers;

/// The page of a mail that may be downloaded and printed.
const ENGLISH: crate::texts::Texts = crate::texts::Texts::ENGLISH;

fn page(mail: &str) -> String {
    crate::pages::write_message(
        ENGLISH,
        view(mail.as_bytes()),
        Rights::all(),
        RemoteContent::Blocked,
        Offers::default(),
    )
    .unwrap()
}

fn frame(view: &MailView) -> String {
    match &view.body {
        Body::Html(html) => html.document(),
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
    let report = attachment(mail.as_bytes(), &view.attachments[0].path).unwrap();
    assert_eq!((report.name.as_str(), report.bytes.as_slice()), ("report.pdf", &b"%PDF"[..]));
    let nested = attachment(mail.as_bytes(), &view.attachments[1].path).unwrap();
    assert_eq!(nested.bytes, b"Subject: inner / mail\r\n\r\ntext");
    for none in ["0", "99", "5.0", "6.9", "6.0.0"] {
        assert!(attachment(mail.as_bytes(), &none.parse().unwrap()).is_none(), "{none}");
    }
    let inner = attachment(mail.as_bytes(), &"7.0".parse().unwrap()).unwrap();
    assert_eq!(inner.bytes, b"text");
    let [message] = view.nested.as_slice() else { panic!("one message") };
    assert_eq!(message.subject, "inner / mail");
    assert!(matches!(&message.body, Body::Text(text) if text == "text"));
}

#[test]
fn the_page_escapes_everything() {
    let html = page(&whole_mail());
    assert!(html.contains("<bdi>Report &#60;2025&#62; x</bdi>"), "{html}");
    assert!(html.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    assert!(html.contains("&#60;p&#62;Grüße&#60;/p&#62;") && !html.contains("<p>Gr"));
    assert!(html.contains("One picture of this message is on other computers"));
    assert!(html.contains("formaction=\"/attachment\" name=\"part\" value=\"6\""), "{html}");
    assert_eq!(html.matches("<form").count(), 2, "signing out, and the envelope");
    let hostile = "From: \"<script>\" <\"><b>@x>\nSubject: </h1><script>\nDate: \"><script>\n\
                   Content-Type: a/b; name=\"<script>.x\"\nContent-Disposition: attachment\n\n<script>";
    let html = page(hostile);
    assert!(!html.contains("<script>") && !html.contains("<b>"), "{html}");
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
    assert!(matches!(&alone.body, Body::Text(text) if text.is_empty()));
    assert_eq!(alone.notices, [Notice::HtmlTooComplex]);
}

/// Pictures that were pasted make HTML long. Its words are read all the same, on the page and in an answer.
#[test]
fn html_without_another_text_gives_way_to_its_words() {
    let picture = format!("<img src=\"data:image/png;base64,{}\">", "A".repeat(3 << 20));
    let html = format!(
        "<html><head><title>t</title><style>p{{}}</style></head><body><p>One &lt;{picture} two\
         <script>x</script><!-- y --><p>gr\u{fc}n{picture}<br>three</body></html>"
    );
    let latin: Vec<u8> = html.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for (charset, source) in [
        ("utf-8", html.clone().into_bytes()),
        ("iso-8859-1", latin),
        ("utf-16le", html.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ] {
        let mail = [format!("Content-Type: text/html; charset={charset}\n\n").as_bytes(), &source].concat();
        let view = view(&mail);
        let whole = charset != "utf-16le";
        let Body::Text(text) = &view.body else { panic!("no text") };
        let expected = if whole { "One &lt; two\n\ngrün\nthree\n" } else { "One &lt; two\n\ngrün\n" };
        assert_eq!(text, expected, "{charset}");
        let told: &[Notice] =
            if whole { &[Notice::HtmlTooComplex] } else { &[Notice::HtmlTooComplex, Notice::TextCut] };
        assert_eq!(view.notices, told, "{charset}");
        let quoted = expected.trim_end().replace("&lt;", "<");
        assert_eq!(plain_text(&mail, 1000), (quoted, !whole), "{charset}");
    }
    let long = format!("Content-Type: text/html\n\n{}", "<p>words".repeat(1 << 20));
    let view = view(long.as_bytes());
    assert!(matches!(&view.body, Body::Text(text) if text.len() <= compose::MAX_TEXT));
    assert_eq!(view.notices, [Notice::HtmlTooComplex, Notice::TextCut]);
    assert_eq!(view.attachments.len(), 1);
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
    assert_eq!(attachment(mail.as_bytes(), &0.into()).unwrap().bytes, mail.as_bytes());
    assert!(page(&mail).contains("more than 1000 parts"));
}

#[test]
fn nothing_prints_what_a_mail_says() {
    let mail = whole_mail();
    let view = view(mail.as_bytes());
    let printed = format!("{:?} {:?} {:?} {:?}", view.from.first, view.date, view.attachments, view.notices);
    for secret in ["alice", "2025", "report", "Al\u{ef}ce", "pdf"] {
        assert!(!printed.to_lowercase().contains(&secret.to_lowercase()), "{printed}");
    }
}

#[test]
fn remote_images_are_loaded_only_when_asked_for() {
    let mail = whole_mail();
    let blocked = view_with(mail.as_bytes(), RemoteContent::Blocked);
    assert!(!frame(&blocked).contains("a.example"));
    let loaded = view_with(mail.as_bytes(), RemoteContent::Loaded);
    assert!(frame(&loaded).contains("<img src=\"https://a.example/1\">"));
    assert!(frame(&loaded).contains("img-src data: https:;"));
    assert_eq!(loaded.notices, [Notice::RemoteImagesLoaded]);
}

#[test]
fn messages_in_messages_are_opened_to_a_depth_and_a_number() {
    let wrap = |mail: &str| format!("Subject: outer\nContent-Type: message/rfc822\n\n{mail}");
    let deep = (0..20).fold("Subject: innermost\n\ntext".to_owned(), |mail, _| wrap(&mail));
    let (mut level, mut depth) = (view(deep.as_bytes()), 0);
    while let Some(next) = level.nested.pop() {
        level = next;
        depth += 1;
    }
    assert_eq!(depth, MAX_NESTED);
    assert_eq!(level.notices, [Notice::NotOpened]);
    let many = "--b\n\nSubject: one of many\n\ntext\n".repeat(100);
    let digest = view(format!("Content-Type: multipart/digest; boundary=b\n\n{many}--b--").as_bytes());
    assert_eq!((digest.nested.len(), digest.attachments.len()), (20, 100));
    assert_eq!(digest.notices, [Notice::NotOpened]);
}

#[test]
fn previews_are_of_types_of_ours() {
    let mail = format!(
        "Content-Type: multipart/mixed; boundary=b\n\n\
         --b\nContent-Type: text/html; name=x.gif\nContent-Transfer-Encoding: base64\n\
         Content-Disposition: attachment\n\n{GIF}\n\
         --b\nContent-Type: image/svg+xml\n\n<svg onload=alert(1)>\n\
         --b\nContent-Type: text/html\nContent-Disposition: attachment\n\n<script>\n\
         --b\nContent-Type: text/csv; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n=FC;<script>\n--b--"
    );
    let of =
        |part: usize| preview(mail.as_bytes(), &part.into()).map(|shown| (shown.media_type, shown.bytes));
    assert_eq!(of(1).unwrap().0, "image/gif");
    assert_eq!(of(2), None);
    assert_eq!(of(3), None);
    assert_eq!(of(4).unwrap(), ("text/plain; charset=utf-8", "ü;<script>".as_bytes().to_vec()));
    let offered: Vec<bool> = view(mail.as_bytes()).attachments.iter().map(|listed| listed.preview).collect();
    assert_eq!(offered, [true, false, false, true]);
}

#[test]
fn an_invitation_is_shown_once_and_can_be_saved() {
    let calendar = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Lunch <b>\nDTSTART:20250120T100000Z\n\
                    LOCATION:Roof\nORGANIZER;CN=Al:mailto:al@x.example\nEND:VEVENT\nEND:VCALENDAR\n";
    let mail = format!(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/calendar\n\n{calendar}\n\
         --b\nContent-Type: application/ics; name=invite.ics\n\n{}\n--b--",
        calendar.replace('\n', "\r\n")
    );
    let view = view(mail.as_bytes());
    assert_eq!((view.events.len(), view.attachments.len()), (1, 2));
    let html = page(&mail);
    for expected in ["Invitation", "Lunch &#60;b&#62;", "Roof", "2025-01-20T10:00:00Z", "al@x.example"] {
        assert!(html.contains(expected), "{expected}: {html}");
    }
}

#[test]
fn what_the_sender_encrypted_besides_is_explained() {
    for (mail, expected) in [
        (
            "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx",
            Some(Notice::SmimeEncrypted),
        ),
        ("Content-Type: application/x-pkcs7-mime; smime-type=signed-data\n\nx", Some(Notice::SmimeSigned)),
        ("Content-Type: multipart/encrypted; boundary=b\n\n--b\n\nx\n--b--", Some(Notice::PgpEncrypted)),
        ("Subject: x\n\n-----BEGIN PGP MESSAGE-----\n\nx", Some(Notice::PgpEncrypted)),
        ("Content-Type: multipart/signed; boundary=b\n\n--b\n\nx\n--b--", Some(Notice::Signed)),
        ("Subject: x\n\nx", None),
    ] {
        assert_eq!(view(mail.as_bytes()).notices, Vec::from_iter(expected), "{mail}");
    }
}

#[test]
fn the_page_to_be_printed_holds_it_all_and_no_form() {
    let html = crate::pages::write_print(ENGLISH, &view(whole_mail().as_bytes()), Rights::all()).unwrap();
    for expected in
        ["<p>Grüße</p>", "Report &#60;2025&#62; x", "report.pdf", "inner / mail", "data:image/gif;base64,"]
    {
        assert!(html.contains(expected), "{expected}: {html}");
    }
    for forbidden in ["<form", "<iframe", "<script", "formaction=\"/attachment", "https://a.example/1\""] {
        assert!(!html.contains(forbidden), "{forbidden}: {html}");
    }
}

/// Paper tells what is not on it. It offers nothing to press.
#[test]
fn the_page_to_be_printed_tells_what_is_missing() {
    let printed = |mail: &str, rights: Rights| {
        crate::pages::write_print(ENGLISH, &view(mail.as_bytes()), rights).unwrap()
    };
    let long = format!("Subject: x\n\n{}", "words ".repeat(500_000));
    let complex = format!("Content-Type: text/html\n\n<p>the words{}", "<div>".repeat(50_000));
    let nested = format!("Content-Type: message/rfc822\n\n{complex}");
    let parts = format!("Content-Type: multipart/mixed; boundary=b\n\n{}--b--", "--b\n\nx\n".repeat(1001));
    for (mail, told) in [
        (whole_mail(), "One picture of this message is on other computers and not shown."),
        (long, "too long to be shown whole. The complete text is among the attachments."),
        (complex, "too complex to be shown safely"),
        (nested, "too complex to be shown safely"),
        (parts, "more than 1000 parts"),
    ] {
        let html = printed(&mail, Rights::all());
        assert_eq!(html.matches("class=\"notice\"").count(), 1, "{told}");
        assert!(html.contains(told), "{told}");
        for forbidden in ["<button", "<form", "formaction", "Load"] {
            assert!(!html.contains(forbidden), "{told}: {forbidden}");
        }
    }
}

/// Who may not save a mail is not sent to its attachments.
#[test]
fn what_is_said_of_a_long_text_fits_the_rights() {
    let mail = format!("Subject: x\n\n{}", "words ".repeat(500_000));
    let read = |rights| {
        let view = view(mail.as_bytes());
        crate::pages::write_message(ENGLISH, view, rights, RemoteContent::Blocked, Offers::default()).unwrap()
    };
    let printed = |rights| crate::pages::write_print(ENGLISH, &view(mail.as_bytes()), rights).unwrap();
    let (all, none) = (Rights::all(), Rights::none());
    for (html, told, untold) in [
        (read(all), "is among the attachments", "allow it to be saved"),
        (read(none), "the sender does not allow it to be saved", "is among the attachments"),
        (printed(all), "is among the attachments", "allow it to be saved"),
        (printed(none), "the sender does not allow it to be saved", "is among the attachments"),
    ] {
        assert!(html.contains(told) && !html.contains(untold), "{told}");
    }
}

#[test]
fn sender_s_rights_are_kept_and_explained() {
    let mail = whole_mail();
    let html = crate::pages::write_message(
        ENGLISH,
        view(mail.as_bytes()),
        Rights::none(),
        RemoteContent::Blocked,
        Offers::default(),
    )
    .unwrap();
    for gone in [
        "formaction=\"/print\"",
        "formaction=\"/mail\"",
        "formaction=\"/attachment",
        "formaction=\"/preview\"",
    ] {
        assert!(!html.contains(gone), "{gone}");
    }
    for told in ["report.pdf", "do not print", "do not pass this message on", "requests, not locks"] {
        assert!(html.contains(told), "{told}");
    }
}

#[test]
fn all_attachments_come_in_one_file() {
    let mail = whole_mail();
    let bytes = archive(mail.as_bytes()).unwrap();
    let mut files = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let names: Vec<String> = files.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names, ["report.pdf", "inner _ mail.eml"]);
    let mut report = Vec::new();
    std::io::Read::read_to_end(&mut files.by_name("report.pdf").unwrap(), &mut report).unwrap();
    assert_eq!(report, b"%PDF");
    assert_eq!(archive_file_name(mail.as_bytes()), "Report _2025_ x.zip");
    assert!(archive(b"Subject: x\n\nno files").is_none());
}
