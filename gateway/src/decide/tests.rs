//! Decisions as tables: a policy, mails, what must come out.

use sealpost_common::address::DomainPattern;

use super::*;

const PLAIN: &str = "From: Alice <alice@example.org>\r\nSubject: Lunch\r\n\r\nbody";

fn domains(list: &[&str]) -> Vec<DomainPattern> {
    list.iter().map(|domain| DomainPattern::parse(domain).unwrap()).collect()
}

fn senders(list: &[&str]) -> Vec<SenderPattern> {
    let read = |text: &&str| match text.strip_prefix('@') {
        Some(domain) => SenderPattern::Domain(DomainPattern::parse(domain).unwrap()),
        None => SenderPattern::Address(Address::parse(text).unwrap()),
    };
    list.iter().map(read).collect()
}

fn words(list: &[&str]) -> Vec<SubjectWord> {
    list.iter().map(|word| SubjectWord::new(word).unwrap()).collect()
}

fn header(name: &str, value: Option<&str>) -> HeaderCondition {
    HeaderCondition { name: name.to_owned(), value: value.map(fold) }
}

fn rule(name: &str, action: Action, when: Conditions, unless: Conditions) -> Rule {
    Rule { name: name.to_owned(), action, when, unless }
}

fn policy(rules: Vec<Rule>) -> Policy {
    Policy { internal_domains: domains(&["example.org", "*.example.org"]), rules, default: Action::Pass }
}

fn decided(policy: &Policy, mail: &str, sender: &str, recipient: &str) -> (Action, String) {
    let header = HeaderSection::parse(mail.as_bytes());
    let decision = decide(policy, &header, sender, &[recipient]).remove(0);
    (decision.action, decision.rule)
}

/// One rule named `r`: does it apply to this mail?
fn rule_applies(rule: &Rule, mail: &str, sender: &str, recipient: &str) -> bool {
    decided(&policy(vec![rule.clone()]), mail, sender, recipient).1 == "r"
}

#[test]
fn order_and_internal_domains() {
    let to_net = Conditions { recipient_domains: domains(&["example.net"]), ..Conditions::default() };
    let policy = policy(vec![
        rule("first", Action::Reject, to_net.clone(), Conditions::default()),
        rule("second", Action::Seal, to_net, Conditions::default()),
        rule(
            "rest",
            Action::Seal,
            Conditions { subject_words: words(&["lunch"]), ..Conditions::default() },
            Conditions::default(),
        ),
    ]);
    for (recipient, expected, by) in [
        ("bob@example.org", Action::Pass, INTERNAL_DOMAINS),
        ("bob@EXAMPLE.ORG", Action::Pass, INTERNAL_DOMAINS),
        ("bob@mail.example.org", Action::Pass, INTERNAL_DOMAINS),
        ("bob@badexample.org", Action::Seal, "rest"),
        ("bob@example.net", Action::Reject, "first"),
        ("\"bob@example.org\"@example.net", Action::Reject, "first"),
        ("bob@example.com", Action::Seal, "rest"),
        ("bob@example.org@evil.example", Action::Reject, "first"),
        ("postmaster", Action::Reject, "first"),
    ] {
        assert_eq!(
            decided(&policy, PLAIN, "alice@example.org", recipient),
            (expected, by.to_owned()),
            "{recipient}"
        );
    }
    let without_lunch = PLAIN.replace("Lunch", "Dinner");
    assert_eq!(decided(&policy, &without_lunch, "", "bob@example.com"), (Action::Pass, DEFAULT.to_owned()));
}

#[test]
fn sender_conditions() {
    let when = Conditions {
        senders: senders(&["alice@example.org", "@sales.example.org"]),
        ..Conditions::default()
    };
    let seal = rule("r", Action::Seal, when.clone(), Conditions::default());
    let pass = rule("r", Action::Pass, when, Conditions::default());
    let from = |from: &str| format!("{from}\r\n\r\nbody");
    for (header, sender, seals, passes) in [
        ("From: x@y.example", "Alice@Example.org", true, true),
        ("From: x@y.example", "bounce+alice@example.org", false, false),
        ("From: x@y.example", "anybody@sales.example.org", true, true),
        ("From: x@y.example", "anybody@other.sales.example.org", false, false),
        ("From: Alice <alice@example.org>", "", true, true),
        ("From: Alice <alice@example.org>", "x@y.example", true, true),
        // Which of the two authors it is cannot be told.
        ("From: alice@example.org\r\nFrom: x@y.example", "", true, false),
        ("From: alice@example.org, x@y.example", "", true, false),
        ("From: a@y.example, x@y.example", "", false, false),
        ("From: Alice", "x@y.example", true, false),
        ("From: Alice", "alice@example.org", true, true),
        ("To: nobody@y.example", "", false, false),
        ("To: nobody@y.example", "no address", true, false),
        ("no header section at all", "x@y.example", true, false),
    ] {
        let mail = from(header);
        assert_eq!(rule_applies(&seal, &mail, sender, "b@z.example"), seals, "seal {header:?} {sender:?}");
        assert_eq!(rule_applies(&pass, &mail, sender, "b@z.example"), passes, "pass {header:?} {sender:?}");
    }
}

#[test]
fn subject_conditions() {
    let when = Conditions { subject_words: words(&["confidential", "[encrypt]"]), ..Conditions::default() };
    let seal = rule("r", Action::Seal, when.clone(), Conditions::default());
    let pass = rule("r", Action::Pass, when, Conditions::default());
    for (header, seals, passes) in [
        ("Subject: Confidential", true, true),
        ("subject: x [Encrypt] y", true, true),
        ("Subject: =?utf-8?b?Y29uZmlkZW50aWFs?=", true, true),
        ("Subject: =?utf-8?q?confi?= =?utf-8?q?dential?=", true, true),
        ("Subject: strictly\r\n\tconfidential", true, true),
        ("Subject: Lunch", false, false),
        ("Subject: Lunch\r\nSubject: confidential", true, true),
        ("Subject:", false, false),
        ("To: b@z.example", false, false),
        ("Subject: =?x-unheard-of?b?4eHh?=", true, false),
        ("Subject: =?utf-8?b?broken", false, false),
        ("Subject: Lunch\r\nno field\r\nX: y", true, false),
        ("Lunch\r\n\r\nSubject: confidential", true, false),
    ] {
        let mail = format!("{header}\r\n\r\nbody");
        assert_eq!(rule_applies(&seal, &mail, "", "b@z.example"), seals, "seal {header:?}");
        assert_eq!(rule_applies(&pass, &mail, "", "b@z.example"), passes, "pass {header:?}");
    }
}

#[test]
fn header_conditions() {
    let with_value =
        Conditions { header: Some(header("X-Class", Some("Company Secret"))), ..Conditions::default() };
    let present = Conditions { header: Some(header("X-Class", None)), ..Conditions::default() };
    for (field, contains, is_there) in [
        ("X-Class: company secret", true, true),
        ("x-class: marked as COMPANY\r\n SECRET by tool", true, true),
        ("X-Class: public", false, true),
        ("X-Class: public\r\nX-Class: company secret", true, true),
        ("X-Class:", false, true),
        ("X-Classification: company secret", false, false),
        ("X-Class: =?utf-8?q?Company_Secret?=", true, true),
        ("no field\r\nX-Class: company secret", true, true),
    ] {
        let mail = format!("{field}\r\n\r\nbody");
        let applies = |when: &Conditions| {
            rule_applies(
                &rule("r", Action::Seal, when.clone(), Conditions::default()),
                &mail,
                "",
                "b@z.example",
            )
        };
        assert_eq!((applies(&with_value), applies(&present)), (contains, is_there), "{field:?}");
    }
}

#[test]
fn conditions_are_all_wanted_and_one_exception_is_enough() {
    let when = Conditions {
        recipient_domains: domains(&["example.net"]),
        subject_words: words(&["confidential"]),
        ..Conditions::default()
    };
    let unless = Conditions {
        senders: senders(&["robot@example.org"]),
        header: Some(header("X-Public", None)),
        ..Conditions::default()
    };
    let seal = rule("r", Action::Seal, when.clone(), unless.clone());
    let pass = rule("r", Action::Pass, when, unless);
    for (header, sender, recipient, seals, passes) in [
        ("Subject: confidential", "a@example.org", "b@example.net", true, true),
        ("Subject: lunch", "a@example.org", "b@example.net", false, false),
        ("Subject: confidential", "a@example.org", "b@example.com", false, false),
        ("Subject: confidential", "robot@example.org", "b@example.net", false, false),
        ("Subject: confidential\r\nX-Public: 1", "a@example.org", "b@example.net", false, false),
        // An exception that cannot be told: sealing goes on, passing stops.
        ("Subject: confidential\r\nFrom: nobody", "a@example.org", "b@example.net", true, false),
    ] {
        let mail = format!("{header}\r\n\r\nbody");
        assert_eq!(rule_applies(&seal, &mail, sender, recipient), seals, "seal {header:?}");
        assert_eq!(rule_applies(&pass, &mail, sender, recipient), passes, "pass {header:?}");
    }
}

#[test]
fn international_domains_are_the_same_in_both_forms() {
    for pattern in ["bücher.example", "xn--bcher-kva.example", "BÜCHER.example"] {
        let when = Conditions {
            recipient_domains: domains(&[&ascii_domain(pattern).unwrap()]),
            ..Conditions::default()
        };
        let seal = rule("r", Action::Seal, when, Conditions::default());
        for recipient in ["b@bücher.example", "b@xn--bcher-kva.example", "b@Bücher.Example"] {
            assert!(rule_applies(&seal, PLAIN, "", recipient), "{pattern} {recipient}");
        }
        assert!(!rule_applies(&seal, PLAIN, "", "b@bucher.example"));
    }
}

/// Other programs may make a domain of it that is listed.
#[test]
fn a_domain_that_cannot_be_told_is_sealed() {
    let strange = "b@\u{301}law.example";
    let mut when = Conditions { recipient_domains: domains(&["law.example"]), ..Conditions::default() };
    for (sender, recipient) in [("a@example.org", strange), (strange, "b@law.example")] {
        assert!(rule_applies(
            &rule("r", Action::Seal, when.clone(), Conditions::default()),
            PLAIN,
            sender,
            recipient
        ));
        assert!(!rule_applies(
            &rule("r", Action::Pass, when.clone(), Conditions::default()),
            PLAIN,
            sender,
            recipient
        ));
        when.senders = senders(&["@law.example"]);
    }
}

#[test]
fn a_rule_without_conditions_always_applies() {
    let always = policy(vec![rule("all", Action::Seal, Conditions::default(), Conditions::default())]);
    assert_eq!(decided(&always, "", "", "b@z.example").0, Action::Seal);
    assert_eq!(decided(&always, "", "", "b@example.org").0, Action::Pass);
}

#[test]
fn reasons_show_nothing_of_the_mail() {
    let when = Conditions {
        subject_words: words(&["confidential"]),
        senders: senders(&["alice@example.org"]),
        ..Conditions::default()
    };
    let policy = policy(vec![rule("r", Action::Seal, when, Conditions::default())]);
    let mail = "From: alice@example.org\r\nSubject: confidential merger\r\n\r\n";
    let header = HeaderSection::parse(mail.as_bytes());
    let decisions = decide(&policy, &header, "", &["b@z.example", "b@example.org"]);
    assert_eq!(decisions[0].why, "sender is listed; subject holds a listed word");
}
