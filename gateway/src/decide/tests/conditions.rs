//! Conditions on envelope, header section and size: what a mail is, and what must come out.

use super::*;
use crate::config::policy_in;

#[test]
fn recipient_conditions() {
    for (condition, recipient, expected) in [
        ("recipient_is = \"inside\"", "bob@example.org", MET),
        ("recipient_is = \"inside\"", "bob@mail.EXAMPLE.org", MET),
        ("recipient_is = \"inside\"", "bob@badexample.org", NOT),
        ("recipient_is = \"outside\"", "bob@badexample.org", MET),
        ("recipient_is = \"outside\"", "bob@example.org", NOT),
        ("recipient_is = \"outside\"", "postmaster", MET),
        ("recipients = [\"bob@example.net\"]", "BOB@example.NET", MET),
        ("recipients = [\"bob@example.net\"]", "\"bob\"@example.net", MET),
        ("recipients = [\"bob@example.net\"]", "bobby@example.net", NOT),
        ("recipients = [\"x@y.example\", \"@example.net\"]", "anybody@example.net", MET),
        ("recipients = [\"@example.net\"]", "anybody@sub.example.net", NOT),
        ("recipients = [\"@*.example.net\"]", "anybody@a.sub.example.net", MET),
        ("recipients = [\"@*.example.net\"]", "anybody@example.net", NOT),
        ("recipients = [\"@*\"]", "anybody@any.example", MET),
        ("recipients = ['/^sales-[a-z]+@/']", "SALES-emea@example.net", MET),
        ("recipients = ['/^sales-[a-z]+@/']", "x-sales-emea@example.net", NOT),
        ("recipients = ['/(?-i)^Bob/']", "bob@example.net", NOT),
        ("recipients = [\"bob@example.net\"]", "postmaster", UNKNOWN),
        ("recipient_domains = [\"example.net\", \"*.law.example\"]", "b@example.net", MET),
        ("recipient_domains = [\"example.net\", \"*.law.example\"]", "b@a.law.example", MET),
        ("recipient_domains = [\"example.net\", \"*.law.example\"]", "b@law.example", NOT),
        ("recipient_domains = [\"*\"]", "b@law.example", MET),
        ("recipient_domains = ['/\\.example$/']", "b@law.example", MET),
        ("recipient_domains = [\"example.net\"]", "\"b c\"@law.example", NOT),
        // An MTA whose own domain that is takes these for ways to another.
        ("recipient_domains = [\"example.net\"]", "\"b@example.net\"@law.example", UNKNOWN),
        ("recipient_domains = [\"example.net\"]", "b%example.net@law.example", UNKNOWN),
        ("recipients = [\"b@example.net\"]", "example.net!b@law.example", UNKNOWN),
        ("recipient_is = \"inside\"", "b%example.net@example.org", NOT),
        ("recipient_is = \"outside\"", "example.net!b@example.org", MET),
        ("recipient_is = \"outside\"", "\"b\\@example.net\"@example.org", MET),
    ] {
        assert_eq!(
            verdict(condition, PLAIN, "a@example.org", recipient),
            expected,
            "{condition} {recipient}"
        );
    }
}

#[test]
fn sender_conditions() {
    let list = "[\"alice@example.org\", \"@sales.example.org\", \"/^robot-/\"]";
    for (header, sender, either, envelope, author) in [
        ("From: x@y.example", "Alice@Example.org", MET, MET, NOT),
        ("From: x@y.example", "bounce+alice@example.org", NOT, NOT, NOT),
        ("From: x@y.example", "anybody@sales.example.org", MET, MET, NOT),
        ("From: x@y.example", "anybody@other.sales.example.org", NOT, NOT, NOT),
        ("From: x@y.example", "robot-7@y.example", MET, MET, NOT),
        ("From: Alice <alice@example.org>", "", MET, NOT, MET),
        ("From: Alice <alice@example.org>", "x@y.example", MET, NOT, MET),
        // Which of the two authors it is cannot be told.
        ("From: alice@example.org\r\nFrom: x@y.example", "", UNKNOWN, NOT, UNKNOWN),
        ("From: alice@example.org, x@y.example", "", UNKNOWN, NOT, UNKNOWN),
        ("From: a@y.example, x@y.example", "", NOT, NOT, NOT),
        ("From: Alice", "x@y.example", UNKNOWN, NOT, UNKNOWN),
        ("From: Alice", "alice@example.org", MET, MET, UNKNOWN),
        ("To: nobody@y.example", "", NOT, NOT, NOT),
        ("To: nobody@y.example", "no address", UNKNOWN, UNKNOWN, NOT),
        ("no header section at all", "x@y.example", UNKNOWN, NOT, UNKNOWN),
    ] {
        for (key, expected) in [("senders", either), ("envelope_senders", envelope), ("authors", author)] {
            let condition = format!("{key} = {}", list.replace("\"/^robot-/\"", "'/^robot-/'"));
            assert_eq!(
                verdict(&condition, &with(header), sender, TO),
                expected,
                "{key} {header:?} {sender:?}"
            );
        }
    }
    for (sender, expected) in [("", MET), ("a@y.example", NOT)] {
        assert_eq!(verdict("envelope_senders = [\"<>\"]", PLAIN, sender, TO), expected);
    }
}

#[test]
fn to_and_cc_conditions() {
    for (header, expected) in [
        ("To: Board <board@example.org>", MET),
        ("To: x@y.example\r\nCc: x@y.example,\r\n BOARD@example.org", MET),
        ("To: team: x@y.example, board@example.org;", MET),
        ("To: x@y.example", NOT),
        ("Bcc: board@example.org", NOT),
        ("To: undisclosed-recipients:;", NOT),
        ("To:", NOT),
        ("To: nobody in particular", UNKNOWN),
        ("To: x@y.example\r\nno field\r\nCc: x", UNKNOWN),
    ] {
        assert_eq!(
            verdict("to_or_cc = [\"board@example.org\"]", &with(header), "", TO),
            expected,
            "{header:?}"
        );
    }
}

#[test]
fn subject_conditions() {
    let condition = "subject_words = [\"confidential\", \"[encrypt]\", '/project-\\d+/']";
    for (header, expected) in [
        ("Subject: Confidential", MET),
        ("subject: x [Encrypt] y", MET),
        ("Subject: PROJECT-17", MET),
        ("Subject: project-x", NOT),
        ("Subject: =?utf-8?b?Y29uZmlkZW50aWFs?=", MET),
        ("Subject: =?utf-8?q?confi?= =?utf-8?q?dential?=", MET),
        ("Subject: strictly\r\n\tconfidential", MET),
        ("Subject: Lunch\r\n\ton Monday", NOT),
        ("Subject: confi\r\n\tdential", NOT),
        ("Subject: Lunch", NOT),
        ("Subject: Lunch\r\nSubject: confidential", MET),
        ("Subject:", NOT),
        ("To: b@z.example", NOT),
        ("Subject: =?x-unheard-of?b?4eHh?=", UNKNOWN),
        ("Subject: =?utf-8?b?broken", NOT),
        ("Subject: Lunch\r\nno field\r\nX: y", UNKNOWN),
        ("Lunch\r\n\r\nSubject: confidential", UNKNOWN),
    ] {
        assert_eq!(verdict(condition, &with(header), "", TO), expected, "{header:?}");
    }
}

#[test]
fn header_conditions() {
    for (field, contains, present, matches) in [
        ("X-Class: company secret", MET, MET, NOT),
        ("x-class: marked as COMPANY\r\n SECRET by tool", MET, MET, NOT),
        ("X-Class: public", NOT, MET, NOT),
        ("X-Class: level 7", NOT, MET, MET),
        ("X-Class: level x", NOT, MET, NOT),
        ("X-Class: public\r\nX-Class: company secret", MET, MET, NOT),
        ("X-Class:", NOT, MET, NOT),
        ("X-Classification: company secret", NOT, NOT, NOT),
        ("X-Class: =?utf-8?q?Company_Secret?=", MET, MET, NOT),
        ("X-Class: =?x-unheard-of?q?=E4?=", UNKNOWN, MET, UNKNOWN),
        ("no field\r\nX-Class: company secret", UNKNOWN, UNKNOWN, UNKNOWN),
    ] {
        for (condition, expected) in [
            ("header = { name = \"X-Class\", value = \"Company Secret\" }", contains),
            ("header = [{ name = \"X-Other\" }, { name = \"X-Class\" }]", present),
            ("header = { name = \"X-Class\", value = '/^level \\d$/' }", matches),
        ] {
            assert_eq!(verdict(condition, &with(field), "", TO), expected, "{condition} {field:?}");
        }
    }
}

#[test]
fn importance_sensitivity_and_label_conditions() {
    let label = "msip_labels: MSIP_Label_2096f6a2-d2f7_Enabled=true;\r\n \
        MSIP_Label_2096f6a2-d2f7_Name=Strictly Confidential; MSIP_Label_2096f6a2-d2f7_SiteId=x;";
    let off = label.replace("Enabled=true", "Enabled=False");
    for (condition, header, expected) in [
        ("importance = [\"high\"]", "Importance: High", MET),
        ("importance = [\"high\"]", "X-Priority: 1 (Highest)", MET),
        ("importance = [\"high\"]", "Priority: urgent", MET),
        ("importance = [\"high\"]", "X-Priority: 3\r\nImportance: high", MET),
        ("importance = [\"high\"]", "X-MSMail-Priority: Normal", NOT),
        ("importance = [\"high\"]", "To: x@y.example", NOT),
        ("importance = [\"low\"]", "Importance: low", MET),
        ("importance = [\"low\"]", "X-Priority: 5", MET),
        ("importance = [\"normal\"]", "To: x@y.example", MET),
        ("importance = [\"normal\", \"low\"]", "Importance: high", NOT),
        ("importance = [\"high\"]", "no field", UNKNOWN),
        ("sensitivity = [\"confidential\"]", "Sensitivity: Company-Confidential", MET),
        ("sensitivity = [\"confidential\"]", "Sensitivity: Private", NOT),
        ("sensitivity = [\"private\", \"personal\"]", "sensitivity: PERSONAL", MET),
        ("sensitivity = [\"private\", \"personal\"]", "To: x@y.example", NOT),
        ("sensitivity = [\"private\"]", "Sensitivity: =?x-unheard-of?q?=E4?=", UNKNOWN),
        ("sensitivity = [\"private\"]", "no field", UNKNOWN),
        ("labels = [\"strictly confidential\"]", label, MET),
        ("labels = [\"2096F6A2-D2F7\"]", label, MET),
        ("labels = [\"Confidential\"]", label, NOT),
        ("labels = [\"strictly confidential\"]", &off, NOT),
        ("labels = [\"x\"]", "To: x@y.example", NOT),
        ("labels = [\"x\"]", "no field", UNKNOWN),
    ] {
        assert_eq!(verdict(condition, &with(header), "", TO), expected, "{condition} {header:?}");
    }
}

#[test]
fn size_conditions() {
    let mail = with("To: x@y.example");
    let size = mail.len();
    for (key, limit, expected) in [
        ("larger_than", size - 1, MET),
        ("larger_than", size, NOT),
        ("smaller_than", size + 1, MET),
        ("smaller_than", size, NOT),
    ] {
        assert_eq!(verdict(&format!("{key} = {limit}"), &mail, "", TO), expected, "{key} {limit}");
    }
}

#[test]
fn entries_of_list_files_count_like_others() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("partners.txt"), "# partners\n\nlaw.example\n  *.bank.example\n")
        .unwrap();
    std::fs::write(folder.path().join("words.txt"), "project falcon\n/f\\d{3}/\n").unwrap();
    let text = "default = \"pass\"\n[[rule]]\nname = \"r\"\naction = \"seal\"\n[rule.when]\n\
        recipient_domains = [\"one.example\", \"file:partners.txt\"]\nsubject_words = [\"file:words.txt\"]\n";
    let policy = policy_in(folder.path(), text).unwrap();
    for (subject, recipient, expected) in [
        ("Project  Falcon", "b@law.example", Action::Seal),
        ("F123", "b@one.example", Action::Seal),
        ("falcon", "b@law.example", Action::Pass),
        ("F123", "b@a.bank.example", Action::Seal),
        ("F123", "b@other.example", Action::Pass),
    ] {
        let mail = with(&format!("Subject: {subject}"));
        assert_eq!(action(&policy, &mail, "", recipient).0, expected, "{subject} {recipient}");
    }
}

#[test]
fn international_domains_are_the_same_in_both_forms() {
    for pattern in ["bücher.example", "xn--bcher-kva.example", "BÜCHER.example"] {
        for key in ["recipient_domains = [\"", "recipients = [\"@", "recipients = [\"b@"] {
            let condition = format!("{key}{pattern}\"]");
            for recipient in ["b@bücher.example", "b@xn--bcher-kva.example", "b@Bücher.Example"] {
                assert_eq!(verdict(&condition, PLAIN, "", recipient), MET, "{condition} {recipient}");
            }
            assert_eq!(verdict(&condition, PLAIN, "", "b@bucher.example"), NOT);
        }
    }
}

/// Other programs may make a domain of it that is listed.
#[test]
fn a_domain_that_cannot_be_told_is_unknown() {
    let strange = "b@\u{301}law.example";
    assert_eq!(verdict("recipient_domains = [\"law.example\"]", PLAIN, "", strange), UNKNOWN);
    assert_eq!(verdict("senders = [\"@law.example\"]", PLAIN, strange, TO), UNKNOWN);
}
