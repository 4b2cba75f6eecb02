//! What cannot be told, and what a rule decides that is met only in doubt.

use super::*;

#[test]
fn header_conditions_that_cannot_be_told() {
    let long = "\u{fdfa} ".repeat(10_000);
    let (class, label) = (format!("X-Class: {long}"), format!("msip_labels: {long}"));
    for (condition, header, expected) in [
        // Only a field that names nobody names nobody of the list.
        ("to_or_cc = [\"@secret.example\"]", "To: undisclosed-recipients:;", NOT),
        ("to_or_cc = [\"@secret.example\"]", "To:", NOT),
        ("to_or_cc = [\"@secret.example\"]", "Cc: undisclosed recipients : ;", NOT),
        (
            "to_or_cc = [\"@secret.example\"]",
            "To: Team, bob@secret.example, undisclosed-recipients:;",
            UNKNOWN,
        ),
        ("to_or_cc = [\"@secret.example\"]", "To: Team, undisclosed-recipients:;", UNKNOWN),
        ("to_or_cc = [\"@secret.example\"]", "To: bob@secret.example, undisclosed-recipients:;", MET),
        // Which of several fields counts is for the reader's program to say.
        ("importance = [\"high\"]", "Importance: low\r\nX-Priority: 1", UNKNOWN),
        ("importance = [\"low\"]", "Importance: low\r\nX-Priority: 1", UNKNOWN),
        ("importance = [\"low\", \"high\"]", "Importance: low\r\nX-Priority: 1", MET),
        ("importance = [\"normal\"]", "Importance: low\r\nX-Priority: 1", NOT),
        ("importance = [\"high\"]", "Importance: high\r\nX-Priority: 3\r\nPriority: urgent", MET),
        ("importance = [\"normal\"]", "Importance: high\r\nX-Priority: 3", NOT),
        ("importance = [\"high\"]", "Importance: =?x-unheard-of?q?low?=", UNKNOWN),
        ("importance = [\"normal\"]", "Importance: =?x-unheard-of?q?other?=", UNKNOWN),
        ("sensitivity = [\"private\"]", "Sensitivity: =?x-unheard-of?q?private?=", UNKNOWN),
        // A word in a charset that nobody knows, and one that touches text.
        ("subject_words = [\"secret\"]", "Subject: =?x-unheard-of?q?public?=", UNKNOWN),
        ("subject_words = [\"veränderung\"]", "Subject: Ver=?utf-8?Q?=C3=A4?=nderung", MET),
        ("subject_words = [\"secret\"]", "Subject: secret=?utf-8?Q?s?=", UNKNOWN),
        ("subject_words = [\"secret\"]", "Subject: Re:=?utf-8?Q?secrets?=", NOT),
        // What becomes much longer when it is folded is not folded whole.
        ("header = { name = \"X-Class\", value = \"x\" }", &class, UNKNOWN),
        ("labels = [\"x\"]", &label, UNKNOWN),
    ] {
        assert_eq!(verdict(condition, &with(header), "", TO), expected, "{condition} {header:.80?}");
    }
}

/// Whether the first rule is met is surely so, in doubt, or surely not so.
const SURELY: &str = "From: robot@example.org";
const IN_DOUBT: &str = "From: Alice";

/// A rule is met or not: of what happens in these two cases, the stricter thing happens.
#[test]
fn a_rule_that_is_met_in_doubt_does_not_end_the_search() {
    const SEAL: &str = "action = \"seal\"";
    const REJECT: &str = "action = \"reject\"";
    const PASS: &str = "action = \"pass\"";
    const SEAL_OR_TLS: &str = "action = \"seal\"\ntls = \"enough\"";
    let tls = &["example.net"][..];
    for (first, second, default, tls, surely, in_doubt) in [
        (SEAL, REJECT, "pass", &[][..], (Action::Seal, "first"), (Action::Reject, "second")),
        (REJECT, SEAL, "pass", &[], (Action::Reject, "first"), (Action::Reject, "first")),
        (SEAL, PASS, "reject", &[], (Action::Seal, "first"), (Action::Seal, "first")),
        (SEAL, SEAL, "reject", &[], (Action::Seal, "first"), (Action::Seal, "first")),
        (PASS, SEAL, "pass", &[], (Action::Pass, "first"), (Action::Seal, "second")),
        (SEAL, "", "reject", &[], (Action::Seal, "first"), (Action::Reject, DEFAULT)),
        (SEAL, "", "pass", &[], (Action::Seal, "first"), (Action::Seal, "first")),
        (SEAL_OR_TLS, SEAL, "pass", tls, (Action::Pass, "first"), (Action::Seal, "second")),
        (SEAL_OR_TLS, REJECT, "pass", tls, (Action::Pass, "first"), (Action::Reject, "second")),
        (SEAL_OR_TLS, "", "seal", tls, (Action::Pass, "first"), (Action::Seal, DEFAULT)),
        // It is passed in either case.
        (SEAL_OR_TLS, "", "pass", tls, (Action::Pass, "first"), (Action::Pass, "first")),
        (SEAL_OR_TLS, "", "pass", &[], (Action::Seal, "first"), (Action::Seal, "first")),
    ] {
        let second_rule = format!("[[rule]]\nname = \"second\"\n{second}\n");
        let policy = policy(&format!(
            "default = \"{default}\"\n[[rule]]\nname = \"first\"\n{first}\n\
             [rule.when]\nauthors = [\"robot@example.org\"]\n{}",
            if second.is_empty() { "" } else { &second_rule }
        ));
        for (header, (action, rule)) in [(SURELY, surely), (IN_DOUBT, in_doubt)] {
            let mail = with(header);
            let decision = ask(&mail, "", TO, tls, |question| decide(&policy, question).unwrap());
            let said = (decision.action(), decision.rule.as_ref());
            assert_eq!(said, (action, rule), "{first} {second} {default} {header}");
            let explanation = ask(&mail, "", TO, tls, |question| explain(&policy, question));
            assert_eq!(explanation.decision, decision);
        }
    }
}

#[test]
fn what_rules_add_in_doubt_is_added_for_all_of_them() {
    let policy = policy(
        r#"
        internal_domains = ["example.org"]
        default = "pass"
        [[rule]]
        name = "kept"
        archive = { to = "one@example.org" }
        when = { authors = ["robot@example.org"] }
        [[rule]]
        name = "sealed"
        action = "seal"
        add_header = [{ name = "X-A", value = "a" }]
        archive = { to = "two@example.org" }
        when = { authors = ["robot@example.org"] }
        [[rule]]
        name = "marked"
        add_header = [{ name = "X-B", value = "b" }]
        [[rule]]
        name = "last"
        action = "pass"
        archive = { to = "three@example.org" }
        "#,
    );
    for (header, archives, fields) in [
        (SURELY, &["one@example.org", "two@example.org"][..], &["X-A"][..]),
        (IN_DOUBT, &["one@example.org", "two@example.org", "three@example.org"], &["X-A", "X-B"]),
        ("From: x@y.example", &["three@example.org"], &["X-B"]),
    ] {
        let decision = decided(&policy, &with(header), "", TO);
        let addresses: Vec<&str> = decision.archive.iter().map(|archive| archive.address.as_str()).collect();
        let names: Vec<&str> = decision.edits.add.iter().map(|field| field.name.as_str()).collect();
        assert_eq!((addresses.as_slice(), names.as_slice()), (archives, fields), "{header}");
        assert_eq!(decision.action() == Action::Seal, header == IN_DOUBT || header == SURELY, "{header}");
    }
}

#[test]
fn a_policy_says_whether_it_looks_inside() {
    for (rule, looks) in [
        ("when = { subject_words = [\"x\"], larger_than = 10 }", false),
        ("when = { text_words = [\"x\"] }", true),
        ("mode = \"audit\"\nunless = { attachment = {} }", true),
        ("unless = { automatic = [\"list\"] }", true),
        ("tell_sender = \"It was sealed.\"", true),
    ] {
        let text = format!("default = \"pass\"\n[[rule]]\nname = \"r\"\naction = \"seal\"\n{rule}\n");
        assert_eq!(policy(&text).looks_inside(), looks, "{rule}");
    }
}
