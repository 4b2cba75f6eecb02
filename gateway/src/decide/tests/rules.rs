//! How rules follow each other, and what is done in doubt.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

#[test]
fn order_sides_and_default() {
    let policy = policy(
        r#"
        internal_domains = ["example.org", "*.example.org"]
        default = "pass"
        [[rule]]
        name = "first"
        action = "reject"
        when = { recipient_domains = ["example.net"] }
        [[rule]]
        name = "second"
        action = "seal"
        when = { recipient_domains = ["example.net"] }
        [[rule]]
        name = "inside too"
        action = "seal"
        when = { recipients = ["chief@example.org"], recipient_is = "anywhere" }
        [[rule]]
        name = "rest"
        action = "seal"
        when = { subject_words = ["lunch"] }
        "#,
    );
    for (recipient, expected, by) in [
        ("bob@example.org", Action::Pass, INTERNAL_DOMAINS),
        ("bob@EXAMPLE.ORG", Action::Pass, INTERNAL_DOMAINS),
        ("bob@mail.example.org", Action::Pass, INTERNAL_DOMAINS),
        ("chief@example.org", Action::Seal, "inside too"),
        ("bob@badexample.org", Action::Seal, "rest"),
        ("bob@example.net", Action::Reject, "first"),
        ("\"bob@example.org\"@example.net", Action::Reject, "first"),
        ("bob@example.com", Action::Seal, "rest"),
        ("bob@example.org@evil.example", Action::Reject, "first"),
        ("postmaster", Action::Reject, "first"),
    ] {
        let decided = action(&policy, PLAIN, "alice@example.org", recipient);
        assert_eq!(decided, (expected, by.to_owned()), "{recipient}");
    }
    let without_lunch = PLAIN.replace("Lunch", "Dinner");
    assert_eq!(action(&policy, &without_lunch, "", "bob@example.com"), (Action::Pass, DEFAULT.to_owned()));
}

/// What a rule does with a condition or an exception that cannot be told.
#[test]
fn in_doubt_the_safe_side() {
    for (does, leans) in [
        ("action = \"seal\"", true),
        ("action = \"reject\"", true),
        ("archive = { to = \"x@example.org\" }", true),
        ("action = \"pass\"", false),
        ("action = \"pass\"\narchive = { to = \"x@example.org\" }", false),
        ("add_header = [{ name = \"X\", value = \"y\" }]", false),
    ] {
        for (table, header, met) in [
            ("when", "From: robot@example.org", true),
            ("when", "From: Alice", leans),
            ("when", "From: x@y.example", false),
            ("unless", "From: robot@example.org", false),
            ("unless", "From: Alice", leans),
            ("unless", "From: x@y.example", true),
        ] {
            let text = format!(
                "internal_domains = [\"example.org\"]\ndefault = \"pass\"\n[[rule]]\nname = \"r\"\n{does}\n\
                 [rule.{table}]\nauthors = [\"robot@example.org\"]\n"
            );
            let policy = policy(&text);
            decided(&policy, &with(header), "", TO);
            let explanation = ask(&with(header), "", TO, &[], |question| explain(&policy, question));
            assert_eq!(explanation.rules[0].outcome == Outcome::Met, met, "{does} {table} {header}");
        }
    }
}

#[test]
fn conditions_are_all_wanted_and_one_exception_is_enough() {
    let text = |action: &str| {
        format!(
            "default = \"pass\"\n[[rule]]\nname = \"r\"\naction = \"{action}\"\n[rule.when]\n\
             recipient_domains = [\"example.net\"]\nsubject_words = [\"confidential\"]\n[rule.unless]\n\
             senders = [\"robot@example.org\"]\nheader = {{ name = \"X-Public\" }}\n"
        )
    };
    let (seal, pass) = (policy(&text("seal")), policy(&text("pass")));
    for (header, sender, recipient, seals, passes) in [
        ("Subject: confidential", "a@example.org", "b@example.net", true, true),
        ("Subject: lunch", "a@example.org", "b@example.net", false, false),
        ("Subject: confidential", "a@example.org", "b@example.com", false, false),
        ("Subject: confidential", "robot@example.org", "b@example.net", false, false),
        ("Subject: confidential\r\nX-Public: 1", "a@example.org", "b@example.net", false, false),
        // An exception that cannot be told: sealing goes on, passing stops.
        ("Subject: confidential\r\nFrom: nobody", "a@example.org", "b@example.net", true, false),
    ] {
        let mail = with(header);
        assert_eq!(action(&seal, &mail, sender, recipient).1 == "r", seals, "seal {header:?}");
        assert_eq!(action(&pass, &mail, sender, recipient).1 == "r", passes, "pass {header:?}");
    }
}

#[test]
fn a_rule_without_conditions_is_always_met() {
    let always = policy(
        "internal_domains = [\"example.org\"]\ndefault = \"pass\"\n[[rule]]\nname = \"r\"\naction = \"seal\"\n",
    );
    assert_eq!(action(&always, "", "", "b@z.example").0, Action::Seal);
    assert_eq!(action(&always, "", "", "b@example.org").0, Action::Pass);
}

#[test]
fn rules_hold_at_their_time_only() {
    for (key, holds) in [
        ("active_from = 2026-11-22", true),
        ("active_from = 2026-11-23", false),
        ("active_from = 2026-11-22T13:00:00+01:00", true),
        ("active_from = 2026-11-22T12:00:01Z", false),
        ("active_until = 2026-11-22", true),
        ("active_until = 2026-11-21", false),
        ("active_until = 2026-11-22T12:00:00Z", false),
        ("active_from = 2026-11-01\nactive_until = 2026-11-30", true),
    ] {
        let policy =
            policy(&format!("default = \"pass\"\n[[rule]]\nname = \"r\"\naction = \"seal\"\n{key}\n"));
        assert_eq!(action(&policy, PLAIN, "", TO).0 == Action::Seal, holds, "{key}");
    }
}

#[test]
fn audit_rules_change_nothing_and_are_told() {
    let policy = policy(
        r#"
        internal_domains = ["example.org"]
        default = "pass"
        [[rule]]
        name = "watch"
        mode = "audit"
        action = "reject"
        remove_header = ["X"]
        tell_sender = "x"
        "#
        .replace("tell_sender = \"x\"", "archive = { to = \"a@example.org\" }")
        .replace("\"reject\"", "\"seal\"")
        .as_str(),
    );
    let decision = decided(&policy, PLAIN, "", TO);
    assert_eq!((decision.action(), decision.rule.as_ref()), (Action::Pass, DEFAULT));
    assert!(decision.edits.is_empty() && decision.archive.is_empty());
    assert_eq!(decision.audit, ["watch".into()]);
    assert!(decided(&policy, PLAIN, "", "b@example.org").audit.is_empty());
}

const CHAIN: &str = r#"
    internal_domains = ["example.org"]
    default = "pass"
    [[rule]]
    name = "tag"
    add_header = [{ name = "X-One", value = "1" }]
    tell_sender = "one"
    [[rule]]
    name = "seal, go on"
    action = "seal"
    stop = false
    archive = { to = "archive@example.org" }
    [[rule]]
    name = "pass, too late"
    action = "pass"
    stop = false
    remove_header = ["X-Two"]
    archive = { to = "archive@example.org" }
    [[rule]]
    name = "end"
    action = "reject"
    [[rule]]
    name = "never reached"
    remove_header = ["X-Three"]
"#;

#[test]
fn rules_add_up_until_one_stops() {
    let decision = decided(&policy(CHAIN), PLAIN, "", TO);
    assert_eq!((decision.action(), decision.rule.as_ref()), (Action::Seal, "seal, go on"));
    assert_eq!(decision.edits.add[0].name, "X-One");
    assert_eq!(decision.edits.remove, ["X-Two".into()]);
    assert_eq!(decision.notices, ["one".into()]);
    assert_eq!(decision.archive.len(), 1);
    let explanation = ask(PLAIN, "", TO, &[], |question| explain(&policy(CHAIN), question));
    let outcomes: Vec<Outcome> = explanation.rules.iter().map(|rule| rule.outcome).collect();
    let met = Outcome::Met;
    assert_eq!(outcomes, [met, met, met, met, Outcome::NotReachedButMet]);
}

fn any_rule() -> impl Strategy<Value = String> {
    let condition = prop_oneof![
        Just("recipient_domains = [\"a.example\"]"),
        Just("subject_words = [\"x\", \"[y]\"]"),
        Just("senders = [\"@example.org\"]"),
        Just("header = { name = \"X-Class\", value = \"x\" }"),
        Just("importance = [\"high\"]"),
        Just("larger_than = 60"),
        Just("text_words = [\"x\"]"),
        Just("attachment = {}"),
        Just("data = { type = \"iban\" }"),
        Just("protection = [\"smime-encrypted\"]"),
    ];
    let action = prop_oneof![
        Just("action = \"seal\""),
        Just("action = \"seal\"\nstop = false"),
        Just("action = \"reject\""),
        Just("action = \"pass\""),
        Just("add_header = [{ name = \"X-A\", value = \"b\" }]"),
        Just("action = \"seal\"\nmode = \"audit\""),
    ];
    (action, proptest::option::of(condition.clone()), proptest::option::of(condition)).prop_map(
        |(action, when, unless)| {
            let table = |name: &str, condition: Option<&str>| {
                condition.map(|condition| format!("[rule.{name}]\n{condition}\n")).unwrap_or_default()
            };
            format!("{action}\n{}{}", table("when", when), table("unless", unless))
        },
    )
}

fn any_mail() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("Subject: x"),
        Just("Subject: lunch"),
        Just("Subject: =?x-unheard-of?q?=E4?="),
        Just("From: alice@example.org"),
        Just("From: nobody"),
        Just("X-Class: x"),
        Just("Importance: high"),
        Just("no field"),
        Just("Content-Type: multipart/mixed; boundary=b"),
        Just("Content-Type: application/pkcs7-mime; smime-type=enveloped-data"),
        Just(""),
    ];
    proptest::collection::vec(line, 0..8).prop_map(|lines| lines.join("\r\n"))
}

proptest! {
    /// A rule that wants a mail sealed or refused gets it so, unless a rule that passes for sure stands before it: whatever
    /// the mail.
    #[test]
    fn nobody_gets_in_clear_what_a_rule_wants_sealed(
        rules in proptest::collection::vec(any_rule(), 1..6),
        mail in any_mail(),
        to_partner: bool,
    ) {
        let mut text = "default = \"pass\"\n".to_owned();
        for (number, rule) in rules.iter().enumerate() {
            writeln!(text, "[[rule]]\nname = \"{number}\"\n{rule}").unwrap();
        }
        let policy = policy(&text);
        let recipient = if to_partner { "b@a.example" } else { "b@c.example" };
        let explanation = ask(&mail, "", recipient, &[], |question| explain(&policy, question));
        let decision = ask(&mail, "", recipient, &[], |question| decide(&policy, question).unwrap());
        prop_assert_eq!(&explanation.decision, &decision);
        let enforced = policy.rules.iter().zip(&explanation.rules).filter(|(rule, _)| rule.mode == Mode::Enforce);
        let wishes = enforced.filter_map(|(rule, trace)| {
            let verdicts = trace.when.iter().map(|trace| trace.verdict);
            let exceptions: Vec<Verdict> = trace.unless.iter().map(|trace| trace.verdict).collect();
            let is_met = if rule.leans_to_met() {
                !verdicts.clone().any(|verdict| verdict == NOT) && !exceptions.contains(&MET)
            } else {
                verdicts.clone().all(|verdict| verdict == MET) && exceptions.iter().all(|verdict| *verdict == NOT)
            };
            let is_sure = verdicts.clone().all(|verdict| verdict == MET) && exceptions.iter().all(|verdict| *verdict == NOT);
            rule.treatment.as_ref().filter(|_| is_met).map(|treatment| (treatment.action(), is_sure))
        });
        let mut is_decided = false;
        let until_sure = wishes.take_while(|(_, is_sure)| !std::mem::replace(&mut is_decided, *is_sure));
        let strictest = until_sure.map(|(action, _)| action).max();
        prop_assert_eq!(decision.action(), strictest.unwrap_or(Action::Pass));
    }
}
