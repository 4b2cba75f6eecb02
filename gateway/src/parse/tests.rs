//! Header sections, well-formed and malformed.

use super::*;

fn names(mail: &str) -> (Vec<String>, bool) {
    let section = HeaderSection::parse(mail.as_bytes());
    (section.fields().iter().map(|f| f.name().to_owned()).collect(), section.is_defective())
}

#[test]
fn splits_header_sections() {
    for (mail, expected, defective) in [
        ("A: 1\r\nB: 2\r\n\r\nC: 3\r\n", "A B", false),
        ("A: 1\r\n", "A", false),
        ("A: 1", "A", false),
        ("A: 1\r\n 2\r\n\t3\r\nB: 4\r\n\r\n", "A B", false),
        ("From me Mon Jan 1\r\nA: 1\r\n\r\n", "A", false),
        ("A : 1\r\n\r\n", "A", false),
        ("A: 1\nB: 2\n\nC: 3\n", "A B", false),
        ("A: 1\rB: 2\r\rC: 3\r", "A B", false),
        ("A: 1\r\nno field\r\nB: 2\r\n\r\n", "A", true),
        ("A: 1\r\nFr om: x@y.example\r\n\r\n", "A", true),
        (" continued\r\nA: 1\r\n\r\n", "A", true),
        ("\r\nA: 1\r\n\r\n", "", true),
        ("Just a body.\r\nA: 1\r\n", "", true),
        ("", "", true),
        (":\r\n\r\n", "", true),
    ] {
        let (found, is_defective) = names(mail);
        assert_eq!((found.join(" ").as_str(), is_defective), (expected, defective), "{mail:?}");
    }
}

#[test]
fn finds_the_end_of_the_trace() {
    for (mail, own) in [
        ("A: 1\r\nReceived: x\r\n\r\n", Some(0)),
        ("Received: x\r\n y\r\nreturn-path: <>\r\nA: 1\r\n\r\n", Some(34)),
        ("Received: x\r\n\r\nA: 1\r\n", None),
        ("", None),
    ] {
        assert_eq!(HeaderSection::parse(mail.as_bytes()).after_trace(), own, "{mail:?}");
    }
}

#[test]
fn cuts_endless_sections() {
    let many = "A: 1\r\n".repeat(MAX_FIELDS + 5);
    let (found, defective) = names(&many);
    assert_eq!((found.len(), defective), (MAX_FIELDS, true));
    let long = format!("A: {}\r\n\r\n", "x".repeat(MAX_HEADER_BYTES));
    assert!(HeaderSection::parse(long.as_bytes()).is_defective());
}

#[test]
fn reads_authors() {
    let kind = |header: &str| {
        let mail = format!("{header}\r\n\r\nbody");
        match HeaderSection::parse(mail.as_bytes()).authors() {
            Authors::None => "none".to_owned(),
            Authors::One(one) => format!("{}|{}", one.name.unwrap_or_default(), one.address.as_str()),
            Authors::Several(list) => format!("{} authors", list.len()),
            Authors::Unreadable => "unreadable".to_owned(),
        }
    };
    for (header, expected) in [
        ("To: b@example.net", "none"),
        ("From: a@example.org", "|a@example.org"),
        ("From: Alice Example <a@example.org>", "Alice Example|a@example.org"),
        ("from: =?utf-8?q?J=C3=BCrgen?= <a@example.org>", "Jürgen|a@example.org"),
        ("From: \"x@evil.example\" <a@example.org>", "x@evil.example|a@example.org"),
        ("From:\r\n Alice\r\n <a@example.org>", "Alice|a@example.org"),
        ("From: a@example.org, b@example.org", "2 authors"),
        ("From: a@example.org\r\nFrom: b@example.org", "2 authors"),
        ("From: Team: a@example.org, b@example.org;", "2 authors"),
        ("From: =?utf-8?q?Smith,?=\r\n =?utf-8?q?_J_<x@y>?= <a@example.org>", "Smith, J <x@y>|a@example.org"),
        ("From: \"=?iso-8859-1?q?=FC?=\" <a@example.org>", "ü|a@example.org"),
        ("From: =?utf-8?q?lost <a@example.org>", "= ?utf-8?q?lost|a@example.org"),
        ("From: undisclosed", "unreadable"),
        ("From: <>", "unreadable"),
        ("From: ", "unreadable"),
        ("From: a@example.org, nobody", "unreadable"),
    ] {
        assert_eq!(kind(header), expected, "{header:?}");
    }
}

#[test]
fn gives_domains() {
    for (value, expected) in [
        ("a@example.org", Some("example.org")),
        ("A <a@example.org>, b@Example.NET", Some("example.org example.net")),
        ("\"a<b\"@example.org", Some("example.org")),
        ("\"a b\"@example.org", Some("example.org")),
        ("Alice <\"a<b\"@example.org>, c@example.net", Some("example.org example.net")),
        ("<\"a>b\"@example.org>", Some("example.org")),
        ("\"a\\\"<@evil.example>b\"@example.org", Some("example.org")),
        ("\"x@evil.example\" <a@example.org>", Some("example.org")),
        ("\"a\\\\\" <b@example.org>", Some("example.org")),
        ("\"a <b@example.org>", None),
        ("\"A\" <@example.org>", None),
        ("nobody", None),
        ("a@example.org, nobody", None),
        ("<>", None),
        ("", None),
    ] {
        let mail = format!("From: {value}\r\n\r\n");
        let section = HeaderSection::parse(mail.as_bytes());
        let domains = section.named("From").next().unwrap().domains();
        assert_eq!(domains.map(|domains| domains.join(" ")).as_deref(), expected, "{value:?}");
    }
}

#[test]
fn decodes_text() {
    for (value, expected, exact) in [
        ("plain", "plain", true),
        ("=?utf-8?q?Ver=C3=A4nderung?=", "Veränderung", true),
        ("=?utf-8?b?5qmf5a+G?=\r\n =?utf-8?b?5pu46aGe?=", "機密書類", true),
        ("folded\r\n over lines", "folded over lines", true),
        ("=?iso-8859-1?q?=E4?= umlaut", "ä umlaut", true),
        ("=?x-unheard-of?q?=E4?=", "ä", false),
        ("=?x-unheard-of?q?abc?=", "abc", false),
        ("Ver=?utf-8?Q?=C3=A4?=nderung", "Veränderung", false),
        ("Re:=?utf-8?Q?a?=", "Re:a", true),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?=", false),
        ("", "", true),
    ] {
        let mail = format!("Subject: {value}\r\n\r\n");
        let section = HeaderSection::parse(mail.as_bytes());
        let text = section.named("subject").next().unwrap().text();
        assert_eq!((text.as_str(), text.is_exact()), (expected, exact), "{value:?}");
    }
    let section = HeaderSection::parse(b"Subject: caf\xe9\r\n\r\n");
    assert!(!section.named("Subject").next().unwrap().text().is_exact());
}

#[test]
fn reads_message_ids() {
    for (header, expected) in [
        ("Message-ID: <a@b>", Some("a@b")),
        ("message-id:\r\n <a@b>", Some("a@b")),
        ("Message-ID: <a@\r\n b>", Some("a@b")),
        ("Message-ID: a@b", Some("a@b")),
        ("Message-ID: <a@b> (comment)", Some("a@b")),
        ("Message-ID: <first@b>\r\nMessage-ID: <second@b>", Some("first@b")),
        ("Message-ID: <=?utf-8?q?a?=@b>", Some("=?utf-8?q?a?=@b")),
        ("Message-ID: <>", None),
        ("Message-ID:", None),
        ("To: x@y.example", None),
    ] {
        let mail = format!("{header}\r\n\r\n");
        assert_eq!(HeaderSection::parse(mail.as_bytes()).message_id().as_deref(), expected, "{header:?}");
    }
}

/// Looking for the end of each word up to the end of its field would take minutes.
#[test]
fn unfinished_encoded_words_cost_little() {
    for separator in ["", " ", "\r\n "] {
        let unfinished = format!("=?aa?q?x{separator}");
        let value = unfinished.repeat((MAX_VALUE_BYTES - 1) / unfinished.len());
        let mail = format!("From: {value}\r\n").repeat(MAX_HEADER_BYTES / MAX_VALUE_BYTES);
        let section = HeaderSection::parse(mail.as_bytes());
        for _ in 0..10 {
            assert!(
                section.fields().iter().all(|field| field.text().is_exact() && field.domains().is_none())
            );
        }
    }
}

#[test]
fn what_is_too_long_is_not_told() {
    for (length, is_told) in [(MAX_VALUE_BYTES, true), (MAX_VALUE_BYTES + 1, false)] {
        let value = format!("{} a@b.example", "x".repeat(length - 12));
        let mail = format!("From:{value}\r\nMessage-ID:{value}\r\n\r\n");
        let section = HeaderSection::parse(mail.as_bytes());
        let from = &section.fields()[0];
        assert_eq!(from.text().is_exact(), is_told, "{length}");
        assert_eq!(section.message_id().is_some(), is_told, "{length}");
        let list = format!("From:{}\r\n\r\n", value.replace("xx", ", "));
        let section = HeaderSection::parse(list.as_bytes());
        assert_eq!(section.fields()[0].mailboxes().map(|list| list.len()), is_told.then_some(1), "{length}");
        assert_eq!(section.fields()[0].domains().is_some(), is_told, "{length}");
    }
}

#[test]
fn finds_bare_newlines() {
    for (mail, bare) in [
        ("a\r\nb\r\n", false),
        ("", false),
        ("a\nb\r\n", true),
        ("\na", true),
        ("a\rb\r\n", true),
        ("a\r\n\r", true),
        ("a\r\r\n", true),
    ] {
        assert_eq!(has_bare_newline(mail.as_bytes()), bare, "{mail:?}");
    }
}
