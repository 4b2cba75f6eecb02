//! What is in a mail: tables of mails, sample files, and for every mail of the corpus what must hold for all.

use std::{fmt::Write as _, fs, path::PathBuf};

use encodify::base64;
use sealpost_gateway::{
    content::{Answer, Automatic, Content, DataType, Limits, Origin, Protection},
    parse::HeaderSection,
};

/// Asks about the content of a mail.
pub(crate) fn ask<T>(mail: &[u8], question: impl FnOnce(&Content<'_>) -> T) -> T {
    let header = HeaderSection::parse(mail);
    question(&Content::of(mail, &header, Limits::default()))
}

pub(crate) fn file(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/mails/files").join(name)).unwrap()
}

/// A mail with one attachment.
pub(crate) fn with_file(name: &str, bytes: &[u8]) -> Vec<u8> {
    let encoded = base64::MIME.encode(bytes);
    format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee there.\r\n--b\r\n\
         Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{encoded}\r\n--b--\r\n"
    )
    .into_bytes()
}

/// Writes a multipart: `multi("mixed", &[part, …])`.
pub(crate) fn multi(kind: &str, parts: &[&str]) -> String {
    let boundary = format!("b{}", parts.concat().len());
    let parts: String = parts.iter().fold(String::new(), |mut all, part| {
        write!(all, "--{boundary}\r\n{part}\r\n").unwrap();
        all
    });
    format!("Content-Type: multipart/{kind}; boundary={boundary}\r\n\r\n{parts}--{boundary}--\r\n")
}

pub(crate) const TEXT: &str = "Content-Type: text/plain\r\n\r\nHello";
const PDF: &str =
    "Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\n\r\n%PDF-1.4 startxref";

pub(crate) fn attachments(mail: &[u8]) -> String {
    ask(mail, |content| {
        let listing = content.attachments();
        let mut lines: Vec<String> = listing
            .items
            .iter()
            .map(|a| {
                let name = a.name.as_deref().unwrap_or("-");
                let doubt = if a.name_is_exact { "" } else { "?" };
                let size = if a.size_is_exact { "" } else { "?" };
                format!(
                    "{name}{doubt} {} {} {}{size}",
                    a.extension.as_deref().unwrap_or("-"),
                    a.media_type,
                    a.size
                )
            })
            .collect();
        if !listing.complete {
            lines.push("...".to_owned());
        }
        lines.join(", ")
    })
}

#[test]
fn attachments_and_their_names() {
    let nested = format!("Content-Type: message/rfc822\r\n\r\n{}", multi("mixed", &[TEXT, PDF]));
    let in_base64 = format!(
        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        base64::MIME.encode(multi("mixed", &[TEXT, PDF]))
    );
    let deep = (0..12).fold(TEXT.to_owned(), |mail, _| format!("Content-Type: message/rfc822\r\n\r\n{mail}"));
    let named =
        |value: &str| multi("mixed", &[TEXT, &format!("Content-Disposition: attachment; {value}\r\n\r\nx")]);
    for (mail, expected) in [
        (TEXT.to_owned(), ""),
        ("no header at all".to_owned(), "..."),
        (multi("mixed", &[TEXT, PDF]), "a.pdf pdf application/pdf 18"),
        (multi("alternative", &[TEXT, "Content-Type: text/html\r\n\r\n<p>Hello"]), ""),
        (multi("mixed", &[TEXT, &nested]), "- - message/rfc822 207, a.pdf pdf application/pdf 18"),
        (multi("mixed", &[TEXT, &in_base64]), "- - message/rfc822 207, a.pdf pdf application/pdf 18"),
        (
            named("filename=\"m.eml\"\r\nContent-Type: application/octet-stream"),
            "m.eml eml application/octet-stream 1, ...",
        ),
        (named("filename*=utf-8''%C3%BCbung.Docx"), "\u{fc}bung.Docx docx text/plain 1"),
        (named("filename*0=\"a.\"; filename*1=exe"), "a.exe exe text/plain 1"),
        (named("filename=\"=?utf-8?B?w7xidW5nLnBkZg==?=\""), "\u{fc}bung.pdf pdf text/plain 1"),
        (
            named("filename=\"=?utf-8?B?w7xidW5n?=\r\n =?utf-8?B?LnBkZg==?=\""),
            "\u{fc}bung.pdf pdf text/plain 1",
        ),
        (named("filename=\"=?x-unknown?B?w7xidW5nLnBkZg==?=\""), "\u{fc}bung.pdf? pdf text/plain 1"),
        (named("filename=\"=?utf-8?X?a?=.pdf\""), "=?utf-8?X?a?=.pdf? pdf text/plain 1"),
        (named("filename=a.txt; filename=a.exe"), "a.txt? txt text/plain 1"),
        (named("filename=a.exe; filename*=utf-8''a.txt"), "a.txt? txt text/plain 1"),
        (named("filename=ubung.TXT; filename*=utf-8''%C3%BCbung.txt"), "\u{fc}bung.txt txt text/plain 1"),
        (named("filename=a.txt\r\nContent-Type: text/plain; name=a.exe"), "a.txt? txt text/plain 1"),
        (
            named("filename=a.txt\r\nContent-Type: text/plain\r\nContent-Type: text/html"),
            "a.txt? txt text/plain 1, ...",
        ),
        (named("filename=\"a.exe. \""), "a.exe. exe text/plain 1"),
        (
            multi(
                "mixed",
                &[TEXT, "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBOR!w0K"],
            ),
            "- - image/png 6?",
        ),
        (
            multi("mixed", &[TEXT, "Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\nx"]),
            "winmail.dat dat application/ms-tnef 1, ...",
        ),
        ("Content-Type: multipart/mixed\r\n\r\nx".to_owned(), "..."),
        ("Content-Type: message/partial; id=x; number=1\r\n\r\nx".to_owned(), "- - message/partial 1, ..."),
    ] {
        assert_eq!(attachments(mail.as_bytes()), expected, "{mail}");
    }
    assert!(attachments(deep.as_bytes()).ends_with("..."));
    let many = multi("mixed", &vec![PDF; 1001]);
    assert!(attachments(many.as_bytes()).ends_with("..."));
}

#[test]
fn files_are_known_by_their_bytes_and_encryption_is_told() {
    use Answer::{CannotBeTold, No, Yes};
    let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    for (name, detected, encrypted) in [
        ("plain.zip", "application/zip", No),
        ("encrypted.zip", "application/zip", Yes),
        ("aes.zip", "application/zip", Yes),
        ("one.7z", "application/x-7z-compressed", No),
        ("plain.7z", "application/x-7z-compressed", No),
        ("encrypted.7z", "application/x-7z-compressed", Yes),
        ("names.7z", "application/x-7z-compressed", Yes),
        // The list of files is packed.
        ("packed.7z", "application/x-7z-compressed", CannotBeTold),
        ("contents.7z", "application/x-7z-compressed", CannotBeTold),
        ("word.docx", word, No),
        ("encrypted.docx", "application/x-encrypted-office", Yes),
        ("sheet.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", No),
        ("slides.pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", No),
        ("text.odt", "application/vnd.oasis.opendocument.text", No),
        ("plain.pdf", "application/pdf", No),
        ("encrypted.pdf", "application/pdf", Yes),
        ("streams.pdf", "application/pdf", Yes),
    ] {
        // Whatever it is called.
        for called in [name, "data.bin"] {
            let mail = with_file(called, &file(name));
            let found = ask(&mail, |content| {
                let attachment = &content.attachments().items[0];
                (attachment.detected, attachment.is_encrypted)
            });
            assert_eq!(found, (Some(detected), encrypted), "{name} as {called}");
        }
    }
}

#[test]
fn rar_archives() {
    // Built by hand: signature, main header, file header with or without its mark of encryption, end.
    let rar_4 = |main: u8, flags: u8| {
        let mut bytes = b"Rar!\x1a\x07\x00".to_vec();
        bytes.extend([0, 0, 0x73, main, 0, 13, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend([0, 0, 0x74, flags, 0x80, 11, 0, 3, 0, 0, 0]);
        bytes.extend(*b"abc");
        bytes.extend([0, 0, 0x7b, 0, 0x40, 7, 0]);
        bytes
    };
    let rar_5 = |record: &[u8]| {
        let mut bytes = b"Rar!\x1a\x07\x01\x00".to_vec();
        bytes.extend([0, 0, 0, 0, 3, 1, 0, 0]);
        bytes.extend([
            0,
            0,
            0,
            0,
            4 + u8::try_from(record.len()).unwrap(),
            2,
            3,
            u8::try_from(record.len()).unwrap(),
            3,
        ]);
        bytes.extend(record);
        bytes.extend(*b"abc");
        bytes.extend([0, 0, 0, 0, 3, 5, 0, 0]);
        bytes
    };
    let header_encrypted = [&b"Rar!\x1a\x07\x01\x00"[..], &[0, 0, 0, 0, 3, 4, 0, 0]].concat();
    for (bytes, expected) in [
        (rar_4(0, 0), Answer::No),
        (rar_4(0, 4), Answer::Yes),
        (rar_4(0x80, 0), Answer::Yes),
        (rar_4(0, 0)[..20].to_vec(), Answer::No),
        (rar_4(0, 0)[..25].to_vec(), Answer::CannotBeTold),
        (rar_5(&[]), Answer::No),
        (rar_5(&[2, 3, 0]), Answer::No),
        (rar_5(&[2, 1, 0]), Answer::Yes),
        (rar_5(&[])[..12].to_vec(), Answer::CannotBeTold),
        (header_encrypted, Answer::Yes),
        (b"Rar!\x1a\x07\x00".to_vec(), Answer::CannotBeTold),
    ] {
        let mail = with_file("a.rar", &bytes);
        assert_eq!(ask(&mail, |content| content.attachments().items[0].is_encrypted), expected, "{bytes:?}");
    }
}

#[test]
fn damaged_archives_cannot_be_told() {
    for name in ["plain.zip", "word.docx", "plain.7z", "encrypted.docx", "plain.pdf"] {
        let whole = file(name);
        for cut in [whole.len() / 3, whole.len() * 2 / 3] {
            let mail = with_file(name, &whole[..cut]);
            let answer = ask(&mail, |content| content.attachments().items[0].is_encrypted);
            assert_ne!(answer, Answer::No, "{name} cut at {cut}");
        }
    }
    let not_a_zip = with_file("a.zip", b"hello");
    assert_eq!(ask(&not_a_zip, |content| content.attachments().items[0].is_encrypted), Answer::CannotBeTold);
    let empty = with_file("a.zip", b"");
    assert_eq!(ask(&empty, |content| content.attachments().items[0].is_encrypted), Answer::No);
    // An encrypted entry that the directory does not list.
    let hidden = [file("encrypted.zip"), file("plain.zip")].concat();
    let answer = ask(&with_file("a.zip", &hidden), |content| content.attachments().items[0].is_encrypted);
    assert_eq!(answer, Answer::No, "readers see the last archive alone");
}

/// The texts of a mail, one after the other; `~` for doubts beyond ASCII, `?` for doubts, `...` where there may be more.
pub(crate) fn texts(mail: &[u8]) -> String {
    ask(mail, |content| {
        let listing = content.texts();
        let mut all: Vec<String> = listing
            .items
            .iter()
            .map(|text| {
                let ascii = text.holds(true, |_| false) == Answer::No;
                let exact = text.holds(false, |_| false) == Answer::No;
                let doubt = if exact {
                    ""
                } else if ascii {
                    "~"
                } else {
                    "?"
                };
                let origin = if text.origin == Origin::Body { "" } else { "@" };
                format!("{origin}{}{doubt}", text.text.trim())
            })
            .collect();
        if !listing.complete {
            all.push("...".to_owned());
        }
        all.join("|")
    })
}

#[test]
fn texts_are_decoded() {
    let part = |header: &str, body: &str| format!("MIME-Version: 1.0\r\n{header}\r\n\r\n{body}").into_bytes();
    let latin = |header: &str, body: &[u8]| [part(header, ""), body.to_vec()].concat();
    for (mail, expected) in [
        (part("X: y", "plain"), "plain"),
        (part("Content-Type: text/html", "<p>a<b>b</b>&amp;<style>x</style></p>"), "ab&"),
        (part("Content-Transfer-Encoding: quoted-printable", "a=3Db=\r\nc =C3=BC"), "a=bc \u{fc}"),
        (part("Content-Transfer-Encoding: quoted-printable", "a=ZZ"), "a=ZZ?"),
        (part("Content-Transfer-Encoding: base64", "aGVsbG8gd29ybGQ="), "hello world"),
        (part("Content-Transfer-Encoding: base64", "aGVsbG8*gd29ybGQgYWdhaW4h"), "hello world again!?"),
        (part("Content-Transfer-Encoding: base64", "aGVsbG8gd29ybGQgYWdhaW4hI"), "hello world again!?"),
        (part("Content-Transfer-Encoding: x-rot13", "uryyb"), "uryyb?"),
        (part("Content-Transfer-Encoding: (x (\\)) y) base64", "aGVsbG8gd29ybGQ="), "hello world"),
        (part("Content-Transfer-Encoding: (x base64", "aGVsbG8gd29ybGQ="), "aGVsbG8gd29ybGQ=?"),
        (part("Content-Transfer-Encoding: =base64", "aGVsbG8gd29ybGQ="), "aGVsbG8gd29ybGQ=?"),
        (part("Content-Type: text/plain; charset=utf-8; charset=utf-7", "+ZeVnLIqe-"), "+ZeVnLIqe-?"),
        (latin("Content-Type: text/plain; charset=iso-8859-1", b"gr\xfcn"), "gr\u{fc}n"),
        (latin("Content-Type: text/plain; charset=utf-8", b"gr\xfcn"), "gr\u{fffd}n~"),
        (latin("Content-Type: text/plain", b"gr\xfcn"), "gr\u{fc}n~"),
        (latin("Content-Type: text/plain; charset=x-unknown", b"gr\xfcn"), "gr\u{fc}n?"),
        (latin("Content-Type: text/plain; charset=x-unknown", b"hello"), "hello?"),
        (latin("Content-Type: text/plain", b"\x1b$B%O\x1b(B"), "\u{1b}$B%O\u{1b}(B?"),
        (latin("Content-Type: text/plain; charset=iso-2022-jp", b"\x1b$B%O\x1b(B"), "\u{30cf}"),
        (latin("Content-Type: text/plain; charset=gb2312", b"\xbb\xfa\xc3\xdc"), "\u{673a}\u{5bc6}"),
        (latin("Content-Type: text/plain; charset=shift_jis", b"\x8b@\x96\xa7"), "\u{6a5f}\u{5bc6}"),
        (
            latin("Content-Type: text/plain; charset=koi8-r", b"\xf4\xc1\xca\xce\xc1"),
            "\u{422}\u{430}\u{439}\u{43d}\u{430}",
        ),
        (latin("Content-Type: text/html", b"<meta charset=iso-8859-2>\xb1"), "\u{105}"),
        (part("Content-Type: text/plain; charset=utf-7", "+ZeVnLIqe-"), "\u{65e5}\u{672c}\u{8a9e}"),
        (
            part("Content-Type: text/plain; format=flowed; delsp=yes", "\u{6a5f} \r\n\u{5bc6}"),
            "\u{6a5f}\u{5bc6}",
        ),
        (
            part("Content-Type: text/calendar; method=REQUEST", "SUMMARY:top se\r\n cret"),
            "@SUMMARY:top secret",
        ),
        (part("Content-Type: image/png", "\u{89}PNG\r\n\u{1a}\n"), ""),
        (part("Content-Type: image/png", "x"), "@x"),
        (part("Content-Type: application/octet-stream; name=a.csv", "a;b"), "@a;b"),
        (part("Content-Type: application/rtf; name=a.rtf", "{\\rtf1 x}"), "@x"),
        (part("Content-Type: text/rtf", "{\\rtf1 x}"), "x"),
        (
            multi("mixed", &[TEXT, "Content-Type: text/plain; name=a.html\r\n\r\n<b>x</b>"]).into_bytes(),
            "Hello|@x",
        ),
        (
            multi("mixed", &["Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ninner"]).into_bytes(),
            "inner",
        ),
        (
            b"Content-Type: text/plain\r\nno field\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8="
                .to_vec(),
            "no field\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=?|...",
        ),
    ] {
        assert_eq!(texts(&mail), expected, "{}", String::from_utf8_lossy(&mail));
    }
}

#[test]
fn documents_and_archives_are_read() {
    for (name, expected) in [
        ("word.docx", "See there.|@Passport no. 531234567\nGr\u{fc}\u{df}e & mehr|@Confidential footer"),
        ("sheet.xlsx", "See there.|@IBAN\nDE89 3704 0044 0532 0130 00|@4111111111111111\ninline"),
        ("slides.pptx", "See there.|@Quarterly figures"),
        ("text.odt", "See there.|@Open\ntext"),
        ("plain.zip", "See there.|@The account is DE89 3704 0044 0532 0130 00.|@second"),
        ("encrypted.zip", "See there.|..."),
        ("aes.zip", "See there.|..."),
        ("encrypted.docx", "See there.|..."),
        ("plain.pdf", "See there."),
        ("plain.7z", "See there."),
    ] {
        assert_eq!(texts(&with_file(name, &file(name))), expected, "{name}");
    }
    let sheet = with_file("a.bin", &file("sheet.xlsx"));
    for (data_type, count) in [(DataType::Iban, 1), (DataType::PaymentCard, 1), (DataType::UsSsn, 0)] {
        let found = ask(&sheet, |content| content.count(&data_type, usize::MAX));
        assert_eq!((found.found, found.complete), (count, true));
    }
    let cut = with_file("a.docx", &file("word.docx")[..400]);
    assert!(texts(&cut).ends_with("..."));
}

#[test]
fn what_is_unpacked_is_limited() {
    let bomb = with_file("a.zip", &zip_of("a.txt", &vec![b'0'; 40 << 20]));
    assert!(bomb.len() < 100_000);
    assert_eq!(texts(&bomb), "See there.|...");
}

/// Readers differ in the boundary that they take, and so in what they show.
#[test]
fn a_boundary_in_doubt_hides_nothing() {
    for boundary in ["boundary=a; boundary=b", "boundary*0=a; boundary*1=b", "boundary*=us-ascii''a"] {
        let mail = format!(
            "Content-Type: multipart/mixed; {boundary}\r\n\r\n--a\r\n\r\nharmless\r\n--a--\r\n--b\r\n\r\nsecret\r\n--b--\r\n"
        );
        assert!(texts(mail.as_bytes()).ends_with("..."), "{boundary}");
        assert!(attachments(mail.as_bytes()).ends_with("..."), "{boundary}");
    }
}

#[test]
fn an_archive_that_is_listed_in_part_is_not_seen_whole() {
    let one = zip_of("a.txt", b"first");
    let two = zip_of_all(&[("a.txt", b"first"), ("b.txt", b"second")]);
    assert_eq!(texts(&with_file("a.zip", &two)), "See there.|@first|@second");
    let second = two.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    let mut damaged = two.clone();
    damaged[second] = b'X';
    // The record at the end says that there is one entry.
    let mut understated = two.clone();
    let end = two.len() - 22;
    understated[end + 8] = 1;
    understated[end + 10] = 1;
    for archive in [damaged, understated] {
        let mail = with_file("a.zip", &archive);
        assert_eq!(texts(&mail), "See there.|@first|...");
        assert_eq!(ask(&mail, |content| content.attachments().items[0].is_encrypted), Answer::CannotBeTold);
    }
    assert_eq!(texts(&with_file("a.zip", &one)), "See there.|@first");
    // Who calls a file so makes no document of its archive.
    let disguised = zip_of_all(&[("mimetype", b"text/plain"), ("b.txt", b"second")]);
    assert_eq!(texts(&with_file("a.zip", &disguised)), "See there.|@text/plain|@second");
    let beside =
        zip_of_all(&[("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<p>a</p>"), ("b.txt", b"b")]);
    assert_eq!(texts(&with_file("a.docx", &beside)), "See there.|@a|@b");
}

/// The parts of all mails within a mail count together, however many are looked into.
#[test]
fn header_sections_of_nested_mails_are_limited_together() {
    let parts = "--b\r\nContent-Type: a/b\r\n\r\n\r\n".repeat(400);
    let mail = (0..3).fold(TEXT.to_owned(), |inner, level| {
        let boundary = format!("b{level}");
        let parts = parts.replace("--b", &format!("--{boundary}"));
        format!(
            "Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n--{boundary}\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n{parts}--{boundary}--\r\n"
        )
    });
    assert!(texts(mail.as_bytes()).ends_with("..."), "1,200 parts");
}

/// A zip archive of one packed file.
fn zip_of(name: &str, content: &[u8]) -> Vec<u8> {
    zip_of_all(&[(name, content)])
}

/// A zip archive of packed files.
pub(crate) fn zip_of_all(files: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write as _;
    let length = |bytes: usize| u32::try_from(bytes).unwrap().to_le_bytes();
    let (mut locals, mut centrals) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(content).unwrap();
        let packed = packed.finish().unwrap();
        let name_len = u16::try_from(name.len()).unwrap().to_le_bytes();
        let common = [
            &[20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
            &length(packed.len()),
            &length(content.len()),
            &name_len,
            &[0, 0],
        ]
        .concat();
        let central =
            [b"PK\x01\x02\x14\x00", &common[..], &[0; 10], &length(locals.len()), name.as_bytes()].concat();
        centrals.extend(central);
        locals.extend([b"PK\x03\x04", &common[..], name.as_bytes(), &packed].concat());
    }
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    let end =
        [b"PK\x05\x06\0\0\0\0", &count[..], &count, &length(centrals.len()), &length(locals.len()), &[0, 0]]
            .concat();
    [locals, centrals, end].concat()
}

fn protections(mail: &str) -> String {
    ask(mail.as_bytes(), |content| {
        let named = Protection::NAMES.iter().filter_map(|(name, way)| match content.is_protected(*way) {
            Answer::Yes => Some((*name).to_owned()),
            Answer::CannotBeTold => Some(format!("{name}?")),
            Answer::No => None,
        });
        named.collect::<Vec<_>>().join(" ")
    })
}

#[test]
fn protection_by_structure_and_bytes() {
    let cms = |oid: &[u8]| base64::MIME.encode([&[0x30, 0x80][..], oid].concat());
    let smime = |kind: &str, body: &str| {
        format!(
            "Content-Type: application/pkcs7-mime; {kind}name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}"
        )
    };
    let enveloped = cms(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03");
    let signed = cms(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
    let auth = cms(b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17");
    let armor = "-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n-----END PGP MESSAGE-----\r\n";
    let octets = format!("Content-Type: application/octet-stream\r\n\r\n{armor}");
    let version = "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1";
    let pgp = "encrypted; protocol=\"application/pgp-encrypted\"";
    let pgp_signed = "signed; protocol=\"application/pgp-signature\"";
    let p7s = "Content-Type: application/pkcs7-signature\r\n\r\nx";
    let asc = "Content-Type: application/pgp-signature\r\n\r\nx";
    for (mail, expected) in [
        (TEXT.to_owned(), ""),
        (smime("smime-type=enveloped-data; ", &enveloped), "smime-encrypted"),
        (smime("", &enveloped), "smime-encrypted"),
        (smime("smime-type=authEnveloped-data; ", &auth), "smime-encrypted"),
        (smime("smime-type=signed-data; ", &signed), "smime-signed"),
        (smime("", &signed), "smime-signed"),
        (smime("smime-type=enveloped-data; ", "aGVsbG8="), "smime-encrypted?"),
        (
            smime("smime-type=enveloped-data; ", &signed),
            "smime-encrypted? smime-signed? pgp-mime-encrypted? pgp-mime-signed? pgp-inline-encrypted? pgp-inline-signed? sealed?",
        ),
        (smime("smime-type=compressed-data; ", "aGVsbG8="), ""),
        (multi("mixed", &[TEXT, &smime("", &enveloped)]), ""),
        (multi("signed; protocol=\"application/pkcs7-signature\"", &[TEXT, p7s]), "smime-signed"),
        (multi(pgp_signed, &[TEXT, asc]), "pgp-mime-signed"),
        (multi(pgp_signed, &[TEXT]), "pgp-mime-signed?"),
        (multi(pgp, &[version, &octets]), "pgp-mime-encrypted"),
        (multi(pgp, &[version, &octets, TEXT]), "pgp-mime-encrypted?"),
        (multi(pgp, &[version, "Content-Type: application/octet-stream\r\n\r\nclear"]), "pgp-mime-encrypted?"),
        (multi("mixed", &[version, &octets]), ""),
        (format!("X: y\r\n\r\n{armor}"), "pgp-inline-encrypted"),
        (format!("X: y\r\n\r\nclear text\r\n{armor}"), ""),
        (format!("X: y\r\n\r\n{armor}clear text\r\n"), ""),
        (format!("X: y\r\n\r\n{armor}clear text\r\n{armor}"), ""),
        (multi("mixed", &[&format!("X: y\r\n\r\n{armor}"), &octets]), "pgp-inline-encrypted"),
        (multi("mixed", &[&format!("X: y\r\n\r\n{armor}"), PDF]), ""),
        (
            "X: y\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nx\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\nx\r\n-----END PGP SIGNATURE-----".to_owned(),
            "pgp-inline-signed",
        ),
    ] {
        assert_eq!(protections(&mail), expected, "{mail}");
    }
}

fn automatic(mail: &str, sender: &str) -> String {
    ask(mail.as_bytes(), |content| {
        let named =
            Automatic::NAMES.iter().filter_map(|(name, kind)| match content.is_automatic(*kind, sender) {
                Answer::Yes => Some((*name).to_owned()),
                Answer::CannotBeTold => Some(format!("{name}?")),
                Answer::No => None,
            });
        named.collect::<Vec<_>>().join(" ")
    })
}

#[test]
fn automatic_mails() {
    let status = "Content-Type: message/delivery-status\r\n\r\nx";
    let receipt = "Content-Type: message/disposition-notification\r\n\r\nx";
    let dsn = multi("report; report-type=delivery-status", &[TEXT, status]);
    for (mail, sender, expected) in [
        (TEXT.to_owned(), "a@example.org", ""),
        (TEXT.to_owned(), "", ""),
        (dsn.clone(), "", "dsn"),
        (dsn, "a@example.org", ""),
        (multi("report", &[TEXT, status]), "", "dsn"),
        (multi("report; report-type=delivery-status", &[TEXT]), "", ""),
        (multi("mixed", &[TEXT, status]), "", ""),
        (multi("report; report-type=disposition-notification", &[TEXT, receipt]), "a@example.org", "receipt"),
        ("Auto-Submitted: auto-replied\r\n\r\n".to_owned(), "", "auto-reply auto-generated"),
        ("Auto-Submitted: Auto-Replied (vacation)\r\n\r\n".to_owned(), "", "auto-reply auto-generated"),
        ("Auto-Submitted: auto-generated; x=y\r\n\r\n".to_owned(), "", "auto-generated"),
        ("Auto-Submitted: no\r\n\r\n".to_owned(), "", ""),
        ("Precedence: auto_reply\r\n\r\n".to_owned(), "", "auto-reply"),
        ("X-Autoreply: yes\r\n\r\n".to_owned(), "", "auto-reply"),
        ("X-Auto-Response-Suppress: All\r\n\r\n".to_owned(), "", "auto-generated"),
        ("X-Auto-Response-Suppress: None\r\n\r\n".to_owned(), "", ""),
        ("List-Id: <l.example.org>\r\n\r\n".to_owned(), "", "list"),
        ("List-Unsubscribe: <mailto:x@example.org>\r\n\r\n".to_owned(), "", "list"),
        ("Precedence: list\r\n\r\n".to_owned(), "", "list"),
        ("Precedence: bulk\r\n\r\n".to_owned(), "", "bulk"),
        ("Content-Type: text/calendar; method=REQUEST\r\n\r\nx".to_owned(), "", "calendar"),
        (
            multi(
                "alternative",
                &[TEXT, "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n"],
            ),
            "",
            "calendar",
        ),
        (multi("mixed", &[TEXT, "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n"]), "", ""),
        ("no header".to_owned(), "", "auto-reply? auto-generated? list? bulk?"),
    ] {
        assert_eq!(automatic(&mail, sender), expected, "{mail}");
    }
}
