//! What is told of a decision.

use super::*;

#[test]
fn explanations_show_entries_and_nothing_of_the_mail() {
    let policy = policy(
        r#"
        default = "pass"
        [[rule]]
        name = "merger"
        mode = "audit"
        action = "seal"
        when = { senders = ["alice@example.org"], subject_words = ["merger"] }
        unless = { header = { name = "X-Public" } }
        [[rule]]
        name = "tagged"
        action = "seal"
        add_header = [{ name = "X-A", value = "top" }]
        when = { subject_words = ["confidential"] }
        "#,
    );
    let mail = "From: alice@example.org\r\nSubject: confidential merger with Heron\r\n\r\n";
    let explanation = ask(mail, "", "b@z.example", &[], |question| explain(&policy, question));
    let expected = "b@z.example: seal by \"tagged\"; template \"default\"; adds X-A\n\
        \x20 rule \"merger\": met, audit only\n\
        \x20   when recipient_is: met\n\
        \x20   when senders: met (alice@example.org)\n\
        \x20   when subject_words: met (merger)\n\
        \x20   unless header: not met\n\
        \x20 rule \"tagged\": met\n\
        \x20   when recipient_is: met\n\
        \x20   when subject_words: met (confidential)\n";
    assert_eq!(explanation.to_text("b@z.example"), expected);
    let json = explanation.to_json("b@z.example");
    assert_eq!(
        (&json["action"], &json["rule"], &json["audit"][0]),
        (&"seal".into(), &"tagged".into(), &"merger".into())
    );
    assert_eq!(json["rules"][0]["when"][2]["verdict"], "met");
    assert_eq!(json["rules"][0]["when"][2]["by"], "merger");
    assert_eq!(json["rules"][0]["unless"][0]["by"], serde_json::Value::Null);
    assert!(!json.to_string().contains("Heron"));
}

/// What is told is the policy's own entry, in its own spelling.
#[test]
fn the_entry_that_is_met_is_told() {
    let mail = "From: Alice <ALICE@Example.org>\r\nTo: x@y.example, bob@example.net\r\nSubject: Falcon 17\r\n\
        X-Class: Top Secret\r\nImportance: high\r\nSensitivity: private\r\nAuto-Submitted: auto-generated\r\n\
        msip_labels: MSIP_Label_1_Enabled=true; MSIP_Label_1_Name=Internal;\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nDE89 3704 0044 0532 0130 00, 536-22-8726\r\n\
        --b\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.4 startxref\r\n--b--\r\n";
    for (condition, expected) in [
        ("recipient_is = \"outside\"", None),
        ("larger_than = 1", None),
        ("recipients = [\"x@y.example\", \"Bob@Example.net\"]", Some("bob@example.net")),
        ("recipients = [\"x@y.example\", \"@*.net\"]", Some("@*.net")),
        ("recipient_domains = ['/NET$/']", Some("/NET$/")),
        ("senders = [\"<>\", \"@*\"]", Some("<>")),
        ("authors = [\"x@y.example\", \"@example.org\"]", Some("@example.org")),
        ("to_or_cc = [\"@z.example\", \"@*.example\"]", Some("@*.example")),
        ("subject_words = [\"heron\", \"FALCON\"]", Some("FALCON")),
        ("subject_words = ['/fal.on \\d+/']", Some("/fal.on \\d+/")),
        (
            "header = [{ name = \"X-Seal\" }, { name = \"X-Class\", value = \"secret\" }]",
            Some("X-Class: secret"),
        ),
        ("header = [{ name = \"X-Class\" }]", Some("X-Class")),
        ("importance = [\"low\", \"high\"]", Some("high")),
        ("sensitivity = [\"personal\", \"private\"]", Some("private")),
        ("labels = [\"Secret\", \"Internal\"]", Some("internal")),
        ("attachment = {}", Some("any")),
        (
            "attachment = [{ larger_than = 99 }, { extensions = [\"pdf\"], encrypted = false }]",
            Some("extensions = [\"pdf\"], encrypted = false"),
        ),
        ("attachment = { readable = false }", Some("readable = false")),
        ("body_words = [\"de88\", \"de89\"]", Some("de89")),
        ("data = [{ type = \"iban\", at_least = 2 }, { type = \"us-ssn\" }]", Some("us-ssn, at least 1")),
        ("automatic = [\"list\", \"auto-generated\"]", Some("auto-generated")),
    ] {
        let text = format!(
            "default = \"pass\"\n[[rule]]\nname = \"r\"\naction = \"seal\"\n[rule.unless]\n{condition}\n"
        );
        let explanation = ask(mail, "", TO, &[], |question| explain(&policy(&text), question));
        let trace = &explanation.rules[0].unless[0];
        assert_eq!((trace.verdict, trace.by.as_deref()), (MET, expected), "{condition}");
    }
}
