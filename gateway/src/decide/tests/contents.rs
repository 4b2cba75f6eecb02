//! Conditions on content, and when content is looked at.

use super::*;
use crate::receive::Memory;

/// A mail with a text and two attachments.
const MIXED: &str = "From: alice@example.org\r\nSubject: figures\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    <p>Project <b>Fal</b>con: pay to DE89 3704 0044 0532 0130 00, card 4111=201111 1111 1111.\r\n\
    --b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"Report 7.XLSX\"\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nAAECAwQFBgc=\r\n\
    --b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=notes.txt\r\n\r\n\
    the heron flies\r\n--b--\r\n";

/// A mail whose first part never ends, so that what is in it cannot be told.
const BROKEN: &str = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx";

#[test]
fn attachment_conditions() {
    for (condition, expected) in [
        ("attachment = {}", MET),
        ("attachment = { names = [\"report*\"] }", MET),
        ("attachment = { names = [\"Report ?.xlsx\"] }", MET),
        ("attachment = { names = [\"report\"] }", NOT),
        ("attachment = { extensions = [\"xlsx\"] }", MET),
        ("attachment = { extensions = [\".XLSX\", \"*.doc\"] }", MET),
        ("attachment = { extensions = [\"xls\"] }", NOT),
        ("attachment = { types = [\"text/*\"] }", MET),
        ("attachment = { types = [\"image/*\"] }", NOT),
        ("attachment = { larger_than = 7 }", MET),
        ("attachment = { larger_than = 100 }", NOT),
        ("attachment = { extensions = [\"xlsx\"], larger_than = 7 }", MET),
        // No attachment is so in both respects.
        ("attachment = { extensions = [\"xlsx\"], types = [\"text/*\"] }", NOT),
        // It says that it is a workbook, and is none that can be read.
        ("attachment = { encrypted = true }", UNKNOWN),
        ("attachment = { encrypted = false }", MET),
        ("attachment = [{ extensions = [\"pdf\"] }, { extensions = [\"txt\"] }]", MET),
        ("attachment = { readable = false }", MET),
        ("attachment = { readable = true, extensions = [\"txt\"] }", MET),
        ("attachment = { readable = false, extensions = [\"txt\"] }", NOT),
        ("attachment = { readable = true, extensions = [\"xlsx\"] }", NOT),
    ] {
        assert_eq!(verdict(condition, MIXED, "", TO), expected, "{condition}");
    }
    assert_eq!(verdict("attachment = {}", PLAIN, "", TO), NOT);
}

#[test]
fn text_conditions() {
    for (condition, expected) in [
        ("text_words = [\"project falcon\"]", MET),
        ("text_words = [\"heron\"]", MET),
        ("text_words = ['/FAL.on/']", MET),
        ("text_words = [\"fal\"]", NOT),
        ("text_words = [\"figures\"]", NOT),
        ("body_words = [\"falcon\"]", MET),
        ("body_words = [\"heron\"]", NOT),
        ("attachment_words = [\"falcon\"]", NOT),
        ("attachment_words = [\"x\", \"heron\"]", MET),
    ] {
        assert_eq!(verdict(condition, MIXED, "", TO), expected, "{condition}");
    }
}

#[test]
fn data_conditions() {
    let own = "\n[data_type.bird]\npattern = '\\b(falcon|heron)\\b'\n";
    for (condition, expected) in [
        ("data = { type = \"iban\" }", MET),
        ("data = { type = \"iban\", at_least = 2 }", NOT),
        ("data = { type = \"us-ssn\" }", NOT),
        ("data = [{ type = \"us-ssn\" }, { type = \"payment-card\" }]", MET),
        ("data = { type = \"bird\", at_least = 1 }", MET),
        ("data = { type = \"bird\", at_least = 3 }", NOT),
    ] {
        assert_eq!(verdict(&format!("{condition}{own}"), MIXED, "", TO), expected, "{condition}");
    }
}

#[test]
fn protection_and_automatic_conditions() {
    let header = |header: &str| format!("{header}\r\n\r\nbody\r\n");
    for (condition, mail, sender, expected) in [
        (
            "protection = [\"pgp-mime-encrypted\"]",
            header("Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b").replace(
                "body",
                "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\n\
                 Content-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA2xK\r\n\
                 -----END PGP MESSAGE-----\r\n--b--",
            ),
            "a@example.org",
            MET,
        ),
        // It says so, and its body is no such thing.
        (
            "protection = [\"smime-encrypted\"]",
            header("Content-Type: application/pkcs7-mime; smime-type=enveloped-data"),
            "a@example.org",
            UNKNOWN,
        ),
        ("protection = [\"smime-encrypted\", \"sealed\"]", PLAIN.to_owned(), "a@example.org", NOT),
        (
            "protection = [\"pgp-mime-encrypted\"]",
            header("Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b"),
            "a@example.org",
            NOT,
        ),
        ("automatic = [\"auto-reply\"]", header("Auto-Submitted: auto-replied"), "a@example.org", MET),
        ("automatic = [\"auto-reply\"]", header("Auto-Submitted: no"), "a@example.org", NOT),
        ("automatic = [\"list\", \"bulk\"]", header("List-Id: <l.example.org>"), "a@example.org", MET),
        ("automatic = [\"list\"]", header("To: b@example.net"), "a@example.org", NOT),
    ] {
        assert_eq!(verdict(condition, &mail, sender, TO), expected, "{condition} {mail:?}");
    }
}

#[test]
fn content_that_cannot_be_told_is_unknown() {
    for condition in
        ["attachment = { extensions = [\"xlsx\"] }", "text_words = [\"x y\"]", "data = { type = \"iban\" }"]
    {
        assert_eq!(verdict(condition, BROKEN, "", TO), UNKNOWN, "{condition}");
    }
}

/// Only a rule whose other conditions are met, and none of whose other exceptions is, has the mail taken apart, and only once
/// for all recipients.
#[test]
fn content_is_looked_at_only_when_it_decides() {
    let policy = policy(
        r#"
        internal_domains = ["example.org"]
        default = "pass"
        [[rule]]
        name = "first"
        action = "pass"
        when = { subject_words = ["public"] }
        [[rule]]
        name = "content"
        action = "seal"
        when = { recipient_domains = ["example.net"], text_words = ["x"] }
        unless = { protection = ["smime-encrypted"], senders = ["robot@example.org"] }
        "#,
    );
    let header = |text: &'static str| HeaderSection::parse(text.as_bytes());
    for (mail, sender, recipients, looks) in [
        ("Subject: lunch\r\n\r\nx", "", &["b@example.net", "c@example.net"][..], true),
        ("Subject: lunch\r\n\r\nx", "", &["b@example.org", "b@example.com"], false),
        ("Subject: public\r\n\r\nx", "", &["b@example.net"], false),
        ("Subject: lunch\r\n\r\nx", "robot@example.org", &["b@example.net"], false),
        ("Subject: lunch\r\n\r\nx", "robots@example.org", &["b@example.net"], true),
    ] {
        let tls = VerifiedTls::default();
        let header = header(mail);
        let now = NOW.parse().unwrap();
        let (mail, memory) = (mail.as_bytes(), &Share::default());
        let question = Question { mail, header: &header, sender, recipients, now, tls: &tls, memory };
        let judge = Judge::new(&policy, &question);
        for recipient in recipients {
            judge.decide(&judge.recipient(recipient));
        }
        assert_eq!(judge.facts.has_content(), looks, "{mail:?} {recipients:?}");
    }
}

/// What cannot be looked at because other mails have the memory is told later: nothing is decided until then.
#[test]
fn without_memory_nothing_is_decided_that_hangs_on_a_text() {
    let by_text = policy(
        "default = \"pass\"\n[[rule]]\nname = \"a\"\naction = \"seal\"\nwhen = { text_words = [\"x\"] }",
    );
    let by_subject = policy(
        "default = \"pass\"\n[[rule]]\nname = \"a\"\naction = \"seal\"\nwhen = { subject_words = [\"x\"] }",
    );
    let mail = format!("{PLAIN}{}", "Nothing to see.\r\n".repeat(10_000));
    let header = HeaderSection::parse(mail.as_bytes());
    let memory = Memory::new(8 << 20);
    let (share, other) = (memory.share(), memory.share());
    assert!(share.grow_for(mail.len()));
    let question = Question {
        mail: mail.as_bytes(),
        header: &header,
        sender: "a@example.org",
        recipients: &["b@example.net"],
        now: NOW.parse().unwrap(),
        tls: &VerifiedTls::default(),
        memory: &share,
    };
    let action =
        |policy: &Policy| decide(policy, &question).map(|decisions| decisions.first().unwrap().action());
    assert_eq!(action(&by_text), Ok(Action::Pass));
    assert!(other.grow_by((8 << 20) - 2 * mail.len() - (64 << 10)));
    assert_eq!(action(&by_text), Err(NoRoom));
    assert_eq!(action(&by_subject), Ok(Action::Pass), "that takes none");
    drop(other);
    assert_eq!(action(&by_text), Ok(Action::Pass));
}
