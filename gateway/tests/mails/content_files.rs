//! Which files are looked into, and which are told to be closed.

use sealpost_gateway::content::Content;

use crate::content::{TEXT, ask, attachments, file, multi, texts, with_file, zip_of_all};

/// For each attachment whether it was read: `+` or `-`.
fn readable(mail: &[u8]) -> String {
    let mark = |content: &Content<'_>| {
        let listed = content.attachments().items.iter();
        listed.map(|attachment| if content.is_readable(attachment) { '+' } else { '-' }).collect()
    };
    ask(mail, mark)
}

const RTF: &[u8] = br"{\rtf1\ansi Pass{\b port} 531234567{\*\shptxt in a box}}";
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0";
const BINARY: &[u8] = b"\x00\x01\x02\x03";

/// An archive in so many archives.
fn nested(levels: usize) -> Vec<u8> {
    (0..levels).fold(b"secret".to_vec(), |inner, level| {
        let name = if level == 0 { "a.txt" } else { "a.zip" };
        zip_of_all(&[(name, &inner)])
    })
}

#[test]
fn files_are_read_or_told_to_be_closed() {
    let zip = |name: &str, bytes: &[u8]| zip_of_all(&[(name, bytes)]);
    let rtf_from_html =
        br"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}\htmlrtf Hi\htmlrtf0 Ho{\*\htmltag72 <i title=x>}}";
    let document = |embedded: &str, bytes: &[u8]| {
        let parts: [(&str, &[u8]); 4] = [
            ("[Content_Types].xml", b"<x/>"),
            ("word/document.xml", b"<p>a</p>"),
            ("word/media/image1.png", b"\x89PNG\r\n\x1a\n"),
            (embedded, bytes),
        ];
        zip_of_all(&parts)
    };
    for (name, bytes, expected, is_readable) in [
        ("a.rtf", RTF.to_vec(), "@Passport 531234567\nin a box", "+"),
        ("a.doc", RTF.to_vec(), "@Passport 531234567\nin a box", "+"),
        ("a.rtf", RTF[..32].to_vec(), "@Passport 531234?", "-"),
        ("a.rtf", br"{\rtf1 a{\object{\*\objdata 00}}}".to_vec(), "@a", "-"),
        ("a.rtf", b"plain".to_vec(), "@plain", "+"),
        ("a.rtf", rtf_from_html.to_vec(), "@HiHo|@Ho", "+"),
        ("a.zip", zip("a.rtf", RTF), "@Passport 531234567\nin a box", "+"),
        (
            "a.zip",
            zip("word.docx", &file("word.docx")),
            "@Passport no. 531234567\nGr\u{fc}\u{df}e & mehr|@Confidential footer",
            "+",
        ),
        ("a.zip", zip("data.bin", &file("slides.pptx")), "@Quarterly figures", "+"),
        (
            "a.zip",
            zip("a.zip", &file("plain.zip")),
            "@The account is DE89 3704 0044 0532 0130 00.|@second",
            "+",
        ),
        ("a.zip", nested(5), "@secret", "+"),
        ("a.zip", nested(6), "...", "-"),
        ("a.zip", zip("a.zip", &file("encrypted.zip")), "...", "-"),
        ("a.zip", zip("a.docx", &file("encrypted.docx")), "...", "-"),
        ("a.zip", zip("a.docx", &file("word.docx")[..400]), "...", "-"),
        ("a.zip", zip("a.eml", b"Subject: x\r\n\r\nsecret"), "...", "-"),
        ("a.zip", zip_of_all(&[("a.pdf", b"%PDF-1.4 startxref"), ("a.txt", b"x")]), "@x", "-"),
        ("a.zip", zip("a.doc", OLE), "", "-"),
        ("a.zip", zip("a.bin", BINARY), "", "-"),
        ("a.zip", zip("README", b"read me"), "@read me", "+"),
        ("a.zip", zip("README", &b"\xc3\xbc".repeat(3000)), &format!("@{}", "\u{fc}".repeat(3000)), "+"),
        ("a.zip", zip("a.jpg", b"\xff\xd8\xff"), "", "+"),
        ("a.zip", zip("folder/", b""), "", "+"),
        ("a.docx", document("word/embeddings/s.xlsx", &zip("a.txt", b"b")), "@a|@b", "+"),
        ("a.docx", document("word/embeddings/o.bin", OLE), "@a", "-"),
        ("a.docx", document("word/diagrams/data1.xml", b"<p>b</p>"), "@a|@b", "+"),
        ("a.docx", document("word/theme/theme1.xml", b"<p>b</p>"), "@a", "+"),
        ("a.odt", zip_of_all(&[("content.xml", b"<p>a</p>"), ("Object 1", OLE)]), "@a", "-"),
        ("a.docx", document("word/fonts/font1.odttf", BINARY), "@a", "+"),
        ("a.docx", document("secret.pdf", b"%PDF-1.4 startxref"), "@a", "-"),
        ("a.docx", document("other.rtf", RTF), "@a|@Passport 531234567\nin a box", "+"),
        ("a.txt", b"a \x1b$B".to_vec(), "@a \u{1b}$B?", "-"),
        ("plain.pdf", file("plain.pdf"), "", "-"),
        ("picture.png", file("plain.pdf"), "", "-"),
        (
            "plain.txt",
            file("plain.pdf"),
            &format!("@{}", String::from_utf8_lossy(&file("plain.pdf")).trim()),
            "-",
        ),
        ("plain.7z", file("plain.7z"), "", "-"),
        ("encrypted.zip", file("encrypted.zip"), "...", "-"),
        ("encrypted.docx", file("encrypted.docx"), "...", "-"),
        (
            "word.docx",
            file("word.docx"),
            "@Passport no. 531234567\nGr\u{fc}\u{df}e & mehr|@Confidential footer",
            "+",
        ),
        ("a.doc", OLE.to_vec(), "", "-"),
        ("a.gz", b"\x1f\x8b\x08\0".to_vec(), "", "-"),
        ("a.bin", BINARY.to_vec(), "", "-"),
        ("a.bmp", BINARY.to_vec(), "", "+"),
        ("a.bmp", b"secret".to_vec(), "@secret", "+"),
        ("a.png", b"\x89PNG\r\n\x1a\n".to_vec(), "", "+"),
        ("a.csv", b"a;b".to_vec(), "@a;b", "+"),
        ("README", b"read me".to_vec(), "@read me", "+"),
        ("empty.pdf", Vec::new(), "", "+"),
    ] {
        let mail = with_file(name, &bytes);
        let expected = ["See there.", expected].join(if expected.is_empty() { "" } else { "|" });
        assert_eq!((texts(&mail), readable(&mail).as_str()), (expected, is_readable), "{name}");
    }
}

#[test]
fn parts_of_a_mail_are_read_or_told_to_be_closed() {
    let attached =
        |header: &str| format!("Content-Type: {header}\r\nContent-Disposition: attachment\r\n\r\nx");
    let binary = |kind: &str| {
        format!("Content-Type: {kind}; name=x\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAw==")
    };
    for (part, expected) in [
        (TEXT.to_owned(), ""),
        (attached("text/plain"), "+"),
        (format!("Content-Type: message/rfc822\r\n\r\n{TEXT}"), "+"),
        (format!("Content-Type: message/rfc822\r\n\r\n{}", multi("mixed", &[TEXT, &binary("a/b")])), "+-"),
        (binary("application/octet-stream"), "-"),
        (binary("application/pkcs7-mime"), "-"),
        (binary("application/pkcs7-signature"), "+"),
        (binary("image/x-unheard-of"), "+"),
        (binary("audio/basic"), "+"),
        (binary("application/vnd.ms-tnef"), "-"),
    ] {
        assert_eq!(readable(multi("mixed", &[TEXT, &part]).as_bytes()), expected, "{part}");
    }
}

/// Each file costs something, however small it is, and is not unpacked to see that it is none of interest.
#[test]
fn archives_of_very_many_files_cost_little() {
    let names: Vec<String> = (0..40_000).map(|number| format!("{number}.jpg")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"\xff\xd8\xff"[..])).collect();
    for (files, expected) in [(&files[..], "-"), (&files[..1000], "+")] {
        let mail = with_file("a.zip", &zip_of_all(files));
        assert_eq!(readable(&mail), expected);
        assert_eq!(texts(&mail).ends_with("..."), expected == "-");
    }
    let film = [b"\0\0\0\x20ftypqt".to_vec(), vec![0; 40 << 20]].concat();
    let large = with_file("a.zip", &zip_of_all(&[("a.mov", &film)]));
    assert_eq!((texts(&large).as_str(), readable(&large).as_str()), ("See there.", "+"));
}

/// Attributes of TNEF: the level and ID, the data.
fn tnef(attributes: &[(u32, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![0x78, 0x9f, 0x3e, 0x22, 1, 0];
    for (id, data) in attributes {
        bytes.push(1);
        bytes.extend(id.to_le_bytes());
        bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        bytes.extend([*data, &[0, 0]].concat());
    }
    bytes
}

const BODY: u32 = 0x0002_800C;
const BEGINS: u32 = 0x0006_9002;
const TITLE: u32 = 0x0001_8010;
const DATA: u32 = 0x0006_800F;
const PROPERTIES: u32 = 0x0006_9003;

#[test]
fn what_outlook_packs_is_read() {
    let packed_rtf = [&[0; 8][..], b"MELA", &[0; 4], RTF].concat();
    let length = u32::try_from(packed_rtf.len()).unwrap().to_le_bytes();
    let padding = &[0; 3][..packed_rtf.len().next_multiple_of(4) - packed_rtf.len()];
    let property = [&[1, 0, 0, 0, 2, 1, 9, 0x10, 1, 0, 0, 0][..], &length, &packed_rtf, padding].concat();
    let whole = tnef(&[
        (BODY, b"Hello\0"),
        (PROPERTIES, &property),
        (BEGINS, b""),
        (TITLE, b"notes.txt\0"),
        (DATA, b"4111 1111 1111 1111"),
        (BEGINS, b""),
        (TITLE, b"a.pdf\0"),
        (DATA, b"%PDF-1.4 startxref"),
        (BEGINS, b""),
        (TITLE, b"a.zip\0"),
        (DATA, &nested(2)),
    ]);
    let last = |bytes: &[u8]| tnef(&[(BEGINS, b""), (TITLE, b"inner.dat\0"), (DATA, bytes)]);
    let deep = (0..8).fold(b"secret".to_vec(), |inner, _| last(&inner));
    let all = "|Hello|Passport 531234567\nin a box|@4111 1111 1111 1111|@secret";
    let within = "|@Hello|@Passport 531234567\nin a box|@4111 1111 1111 1111|@secret";
    for (name, bytes, expected, is_readable, listed) in [
        ("winmail.dat", whole.clone(), all, "++-+", "winmail.dat, notes.txt, a.pdf, a.zip"),
        ("other.bin", whole.clone(), all, "++-+", "other.bin, notes.txt, a.pdf, a.zip"),
        ("a.zip", zip_of_all(&[("winmail.dat", &whole)]), within, "-", "a.zip"),
        ("winmail.dat", last(&whole), within, "+-", "winmail.dat, inner.dat"),
        ("winmail.dat", last(b"x"), "|@x", "++", "winmail.dat, inner.dat"),
        ("winmail.dat", last(&last(&last(b"x"))), "|@x", "++", "winmail.dat, inner.dat"),
        ("winmail.dat", deep, "|...", "--", "winmail.dat, inner.dat"),
        ("winmail.dat", whole[..30].to_vec(), "|Hello|...", "-", "winmail.dat, ..."),
        ("winmail.dat", whole[..4].to_vec(), "|...", "-", "winmail.dat, ..."),
    ] {
        let mail = with_file(name, &bytes);
        assert_eq!(texts(&mail), format!("See there.{expected}"), "{name}");
        assert_eq!(readable(&mail), is_readable, "{name}: {expected}");
        let names = attachments(&mail);
        let names: Vec<&str> = names.split(", ").filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(names.join(", "), listed, "{name}");
    }
    let stated = "Content-Type: application/ms-tnef; name=a.pdf\r\n\r\n%PDF-1.4";
    assert!(texts(stated.as_bytes()).ends_with("..."), "it is none that can be read");
}

/// Mail programs show what is in a signed object as if it were the mail itself.
#[test]
fn what_is_packed_with_its_signature_cannot_be_told() {
    let object = |oid: &[u8]| [&[0x30, 0x80][..], oid, b"\0\xff"].concat();
    let signed = object(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
    let compressed = object(b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09");
    let enveloped = object(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03");
    for (field, object, expected) in [
        ("application/pkcs7-mime; smime-type=signed-data", &signed, "..."),
        ("application/x-pkcs7-mime", &signed, "..."),
        ("application/octet-stream; name=smime.p7m", &signed, "..."),
        ("application/pkcs7-mime; smime-type=enveloped-data", &signed, "..."),
        ("application/pkcs7-mime; smime-type=compressed-data", &compressed, "..."),
        ("application/pkcs7-mime; smime-type=enveloped-data", &enveloped, ""),
        ("application/octet-stream; name=smime.p7m", &enveloped, ""),
    ] {
        let mail = format!(
            "Content-Type: {field}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            encodify::base64::MIME.encode(object)
        );
        assert_eq!(texts(mail.as_bytes()), expected, "{field}");
        assert_eq!(attachments(mail.as_bytes()).contains("..."), !expected.is_empty(), "{field}");
    }
}
