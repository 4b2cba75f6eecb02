//! Decisions as tables: a policy, mails, what must come out.

use std::fmt::Write as _;

use bytes::Bytes;
use proptest::prelude::*;
use sealpost_common::grant::Rights;

mod in_doubt;

use super::*;
use crate::{
    config::{policy_in, policy_of},
    parse::HeaderSection,
    receive::{Memory, Share},
};

const PLAIN: &str = "From: Alice <alice@example.org>\r\nSubject: Lunch\r\n\r\nbody";
const NOW: &str = "2026-11-22T12:00:00Z";

fn policy(text: &str) -> Policy {
    match policy_of(text) {
        Ok(policy) => policy,
        Err(error) => panic!("{error}\n{text}"),
    }
}

/// Asks about one recipient.
fn ask<T>(
    mail: &str,
    sender: &str,
    recipient: &str,
    tls: &[&str],
    answer: impl FnOnce(&Question<'_>) -> Vec<T>,
) -> T {
    let tls = tls.iter().map(|domain| (*domain).to_owned()).collect();
    let question = Question {
        mail: mail.as_bytes(),
        header: &HeaderSection::parse(mail.as_bytes()),
        sender,
        recipients: &[recipient],
        now: NOW.parse().unwrap(),
        tls: &tls,
        memory: &Share::default(),
    };
    answer(&question).remove(0)
}

/// Decides, and makes sure that the explanation comes to the same.
fn decided(policy: &Policy, mail: &str, sender: &str, recipient: &str) -> Decision {
    let decision = ask(mail, sender, recipient, &[], |question| decide(policy, question).unwrap());
    let explanation = ask(mail, sender, recipient, &[], |question| explain(policy, question));
    assert_eq!(explanation.decision, decision);
    decision
}

/// Gives the action and who decided.
fn action(policy: &Policy, mail: &str, sender: &str, recipient: &str) -> (Action, String) {
    let decision = decided(policy, mail, sender, recipient);
    (decision.action(), decision.rule.to_string())
}

const TO: &str = "bob@example.net";

/// Gives the verdict on one condition.
fn verdict(condition: &str, mail: &str, sender: &str, recipient: &str) -> Verdict {
    let text = format!(
        "internal_domains = [\"example.org\", \"*.example.org\"]\ndefault = \"pass\"\n[[rule]]\nname = \"r\"\n\
         action = \"seal\"\n[rule.when]\nrecipient_is = \"anywhere\"\n[rule.unless]\n{condition}\n"
    );
    let explanation = ask(mail, sender, recipient, &[], |question| explain(&policy(&text), question));
    explanation.rules[0].unless[0].1
}

const MET: Verdict = Verdict::Met;
const NOT: Verdict = Verdict::NotMet;
const UNKNOWN: Verdict = Verdict::Unknown;

/// A mail with this header section.
fn with(header: &str) -> String {
    format!("{header}\r\n\r\nbody")
}

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

#[test]
fn rejections_say_what_they_are_told_to() {
    let text = "default = \"pass\"\n[[rule]]\nname = \"r\"\naction = \"reject\"\n";
    for (more, expected) in [
        ("", "550 5.7.1 rejected by the policy's rule \"r\""),
        ("reject_text = \"Use the portal\"", "550 5.7.1 Use the portal"),
        ("reject_text = \"Too large\"\nreject_code = \"5.3.4\"", "550 5.3.4 Too large"),
    ] {
        let decision = decided(&policy(&format!("{text}{more}")), PLAIN, "", TO);
        let Treatment::Reject(rejection) = decision.treatment else { panic!("not rejected") };
        let error = crate::error::PlanError::Rejected { rule: decision.rule, rejection };
        assert_eq!(error.reply().to_string(), expected);
    }
}

#[test]
fn templates_change_what_they_name() {
    let policy = policy(
        r#"
        default = "seal"
        [template.strict]
        do_not_forward = true
        expires_after_days = 7
        sign_in = "provider"
        brand = "legal"
        language = "de"
        subject = "Protected"
        form = "link"
        [template.few]
        rights = ["print"]
        form = "attachment"
        [[rule]]
        name = "s"
        action = "seal"
        template = "strict"
        when = { subject_words = ["strict"] }
        [[rule]]
        name = "f"
        action = "seal"
        template = "few"
        when = { subject_words = ["few"] }
        "#,
    );
    let template = |subject: &str| {
        let decision = decided(&policy, &with(&format!("Subject: {subject}")), "", TO);
        let Treatment::Seal(template) = decision.treatment else { panic!("not sealed") };
        template
    };
    let strict = template("strict");
    assert_eq!(strict.envelope.rights, Rights::REPLY.union(Rights::REPLY_ALL));
    assert_eq!(strict.envelope.lifetime, Some(7 * 86_400));
    assert_eq!((strict.envelope.brand.as_str(), strict.envelope.language.as_str()), ("legal", "de"));
    assert_eq!(strict.subject.as_deref(), Some("Protected"));
    assert_eq!(strict.form, crate::carry::Form::Link);
    assert_eq!(template("few").envelope.rights, Rights::PRINT);
    assert_eq!(template("few").form, crate::carry::Form::Attachment);
    assert_eq!(*template("other"), *policy.default_template);
}

#[test]
fn senders_choose_within_what_policy_allows() {
    let text = |max: &str| {
        format!(
            "default = \"seal\"\n[sender_options]\nexpires_tag = \"expires\"\nexpires_header = \"X-Days\"\n{max}\n\
             do_not_forward_tag = \"[do not forward]\"\ndo_not_forward_header = \"X-Keep\"\n\
             [template.t]\nexpires_after_days = 30\n[[rule]]\nname = \"r\"\naction = \"seal\"\ntemplate = \"t\"\n\
             when = {{ recipient_domains = [\"t.example\"] }}\n"
        )
    };
    let all = Rights::all();
    let few = Rights::REPLY.union(Rights::REPLY_ALL);
    for (max, header, recipient, days, rights, subject) in [
        ("", "Subject: x", "b@y.example", None, all, None),
        ("", "Subject: x [expires 10]", "b@y.example", Some(10), all, Some("x")),
        ("", "Subject: [Expires: 10 Days] x", "b@t.example", Some(10), all, Some("x")),
        ("", "Subject: x [expires=100d]", "b@t.example", Some(30), all, Some("x")),
        ("max_expires_after_days = 60", "Subject: x [expires 100]", "b@t.example", Some(60), all, Some("x")),
        ("max_expires_after_days = 60", "Subject: x [expires 100]", "b@y.example", Some(60), all, Some("x")),
        ("", "Subject: x [expires 0]", "b@y.example", Some(1), all, Some("x")),
        ("", "Subject: x [expires soon]", "b@y.example", None, all, None),
        ("", "X-Days: 5\r\nSubject: x", "b@y.example", Some(5), all, None),
        ("", "X-Days: soon\r\nSubject: x", "b@t.example", Some(30), all, None),
        ("", "X-Days: 5\r\nSubject: x [expires 6]", "b@y.example", Some(6), all, Some("x")),
        ("", "Subject: [Do  not Forward] x", "b@y.example", None, few, Some("x")),
        ("", "X-Keep: yes\r\nSubject: x", "b@y.example", None, few, None),
        ("", "X-Keep: no\r\nSubject: x", "b@y.example", None, all, None),
    ] {
        let decision = decided(&policy(&text(max)), &with(header), "", recipient);
        let Treatment::Seal(template) = &decision.treatment else { panic!("not sealed") };
        assert_eq!(template.envelope.lifetime, days.map(|days: u64| days * 86_400), "{header:?}");
        assert!(template.envelope.rights == rights, "{header:?}");
        assert_eq!(decision.edits.subject.as_deref(), subject, "{header:?}");
    }
}

#[test]
fn trigger_words_are_taken_out_of_the_subject() {
    let text = "default = \"pass\"\n[[rule]]\nname = \"r\"\naction = \"seal\"\nstrip_subject = true\n[rule.when]\n\
        subject_words = [\"[encrypt]\", \"top secret\", \"機密\", '/#p\\d+/']\n";
    for (subject, expected) in [
        ("Re: [Encrypt] figures", Some("Re: figures")),
        ("figures[ENCRYPT]today", Some("figures today")),
        ("Top\r\n Secret: figures", Some(": figures")),
        ("topsecret [encrypt]", Some("topsecret")),
        ("#P12 figures", Some("figures")),
        ("極機密書類", Some("極 書類")),
        ("=?utf-8?q?Ver=C3=A4nderung_[encrypt]?=", Some("Veränderung")),
        ("[encrypt]", Some("")),
        ("=?x-unheard-of?q?=E4?= [encrypt]", None),
    ] {
        let decision = decided(&policy(text), &with(&format!("Subject: {subject}")), "", TO);
        assert_eq!(decision.edits.subject.as_deref(), expected, "{subject:?}");
    }
}

#[test]
fn edits_change_the_header_section_and_nothing_else() {
    let add = |name: &str, value: &str| Arc::new(NewField { name: name.to_owned(), value: value.to_owned() });
    let long = "ä".repeat(60);
    for (mail, edits, expected) in [
        (
            "A: 1\r\nSubject: x\r\n y\r\nB: 2\r\n 3\r\nb: 4\r\nC: 5\r\n\r\nB: body\r\n",
            Edits { add: vec![add("X", "z")], remove: vec!["B".into()], subject: Some("new".into()) },
            "X: z\r\nA: 1\r\nSubject: new\r\nC: 5\r\n\r\nB: body\r\n",
        ),
        ("A: 1\r\n\r\nbody", Edits { remove: vec!["A".into()], ..Edits::default() }, "\r\nbody"),
        ("A: 1", Edits { remove: vec!["a".into()], ..Edits::default() }, ""),
        (
            "body only\r\n",
            Edits { add: vec![add("X", "z")], ..Edits::default() },
            "X: z\r\n\r\nbody only\r\n",
        ),
        (
            "From me Mon\r\nA: 1\r\n\r\nb",
            Edits { add: vec![add("X", "z")], ..Edits::default() },
            "From me Mon\r\nX: z\r\nA: 1\r\n\r\nb",
        ),
        ("S: 1\r\n\r\n", Edits { subject: Some("new".into()), ..Edits::default() }, "S: 1\r\n\r\n"),
        (
            "Subject: 1\r\nSubject: 2\r\n\r\n",
            Edits { subject: Some("".into()), ..Edits::default() },
            "Subject: \r\nSubject: 2\r\n\r\n",
        ),
    ] {
        let EditedMail { head, rest } =
            edits.apply(&Bytes::from(mail.to_owned()), &HeaderSection::parse(mail.as_bytes()));
        let edited = [head, rest.to_vec()].concat();
        assert_eq!(String::from_utf8(edited).unwrap(), expected, "{mail:?}");
    }
    let mut out = Vec::new();
    add("X", &long).write(&mut out);
    let written = String::from_utf8(out).unwrap();
    assert!(written.is_ascii() && written.lines().all(|line| line.len() <= 78), "{written}");
    assert_eq!(HeaderSection::parse(written.as_bytes()).fields()[0].text().as_str(), long);
}

#[test]
fn verified_tls_is_enough_where_a_rule_says_so() {
    let policy = policy(
        r#"
        internal_domains = ["example.org"]
        default = "pass"
        [[rule]]
        name = "always"
        action = "seal"
        when = { subject_words = ["secret"] }
        [[rule]]
        name = "by the way"
        action = "seal"
        tls = "enough"
        when = { recipient_domains = ["a.example", "b.example", "bücher.example"] }
        "#,
    );
    assert!(policy.asks_for_tls());
    let secret = "Subject: secret\r\n\r\n";
    for (mail, recipient, tls, expected, looked_up) in [
        (PLAIN, "x@a.example", &[][..], Action::Seal, &["a.example"][..]),
        (PLAIN, "x@A.example", &["a.example"], Action::Pass, &[]),
        (PLAIN, "x@a.example", &["b.example"], Action::Seal, &["a.example"]),
        (PLAIN, "x@bücher.example", &["xn--bcher-kva.example"], Action::Pass, &[]),
        (secret, "x@a.example", &["a.example"], Action::Seal, &[]),
        (PLAIN, "x@c.example", &["c.example"], Action::Pass, &[]),
        (PLAIN, "x@example.org", &[], Action::Pass, &[]),
        (PLAIN, "postmaster", &[], Action::Seal, &[]),
    ] {
        let decision = ask(mail, "", recipient, tls, |question| decide(&policy, question).unwrap());
        assert_eq!(decision.action(), expected, "{recipient} {tls:?}");
        assert_eq!(domains_to_look_up(std::slice::from_ref(&decision)), looked_up, "{recipient} {tls:?}");
        assert_eq!(
            decision.tls == TlsAnswer::Enough,
            !tls.is_empty() && decision.rule.as_ref() == "by the way" && expected == Action::Pass
        );
    }
}

#[test]
fn explanations_show_kinds_and_nothing_of_the_mail() {
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
    let mail = "From: alice@example.org\r\nSubject: confidential merger\r\n\r\n";
    let explanation = ask(mail, "", "b@z.example", &[], |question| explain(&policy, question));
    let expected = "b@z.example: seal by \"tagged\"; template \"default\"; adds X-A\n\
        \x20 rule \"merger\": met, audit only\n\
        \x20   when recipient_is: met\n\
        \x20   when senders: met\n\
        \x20   when subject_words: met\n\
        \x20   unless header: not met\n\
        \x20 rule \"tagged\": met\n\
        \x20   when recipient_is: met\n\
        \x20   when subject_words: met\n";
    assert_eq!(explanation.to_text("b@z.example"), expected);
    let json = explanation.to_json("b@z.example");
    assert_eq!(
        (&json["action"], &json["rule"], &json["audit"][0]),
        (&"seal".into(), &"tagged".into(), &"merger".into())
    );
    assert_eq!(json["rules"][0]["when"][2]["verdict"], "met");
    assert!(!json.to_string().contains("confidential"));
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
            let verdicts = trace.when.iter().map(|(_, verdict)| *verdict);
            let exceptions: Vec<Verdict> = trace.unless.iter().map(|(_, verdict)| *verdict).collect();
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

/// Only a rule whose other conditions are met has the mail taken apart, and only once for all recipients.
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
        unless = { senders = ["robot@example.org"] }
        "#,
    );
    let header = |text: &'static str| HeaderSection::parse(text.as_bytes());
    for (mail, sender, recipients, looks) in [
        ("Subject: lunch\r\n\r\nx", "", &["b@example.net", "c@example.net"][..], true),
        ("Subject: lunch\r\n\r\nx", "", &["b@example.org", "b@example.com"], false),
        ("Subject: public\r\n\r\nx", "", &["b@example.net"], false),
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

#[test]
fn a_mail_that_asks_for_it_is_sealed_for_all_outside_whatever_the_policy_says() {
    let inside = "internal_domains = [\"example.org\"]\n";
    let template = "[template.t]\nexpires_after_days = 3\n";
    let rule = |action: &str| {
        format!(
            "{inside}default = \"pass\"\n{template}[[rule]]\nname = \"r\"\n{action}\n[rule.when]\nrecipient_is = \"anywhere\"\n"
        )
    };
    let asking = |field: &str| with(&format!("From: alice@example.org\r\n{field}"));
    let asked = "asked for by Sealpost-Seal";
    for (text, field, recipient, expected) in [
        (format!("{inside}default = \"pass\""), "Sealpost-Seal: outside", TO, (Action::Seal, asked)),
        (format!("{inside}default = \"pass\""), "SEALPOST-seal:", TO, (Action::Seal, asked)),
        (format!("{inside}default = \"pass\""), "X-Sealpost-Seal: outside", TO, (Action::Pass, DEFAULT)),
        (
            format!("{inside}default = \"pass\""),
            "Sealpost-Seal: outside",
            "x@example.org",
            (Action::Pass, INTERNAL_DOMAINS),
        ),
        (format!("{inside}default = \"pass\""), "Sealpost-Seal: outside", "nobody", (Action::Seal, asked)),
        (format!("{inside}default = \"seal\""), "Sealpost-Seal: outside", TO, (Action::Seal, DEFAULT)),
        (format!("{inside}default = \"reject\""), "Sealpost-Seal: outside", TO, (Action::Reject, DEFAULT)),
        (rule("action = \"pass\""), "Sealpost-Seal: outside", TO, (Action::Seal, asked)),
        (rule("action = \"pass\"\nstop = true"), "Sealpost-Seal: outside", TO, (Action::Seal, asked)),
        (rule("action = \"pass\""), "Sealpost-Seal: outside", "x@example.org", (Action::Pass, "r")),
        (rule("action = \"reject\""), "Sealpost-Seal: outside", TO, (Action::Reject, "r")),
        (rule("action = \"seal\"\ntemplate = \"t\""), "Sealpost-Seal: outside", TO, (Action::Seal, "r")),
    ] {
        let found = decided(&policy(&text), &asking(field), "answers@example.org", recipient);
        assert_eq!((found.action(), found.rule.as_ref()), expected, "{text}\n{field} to {recipient}");
        let asks = !field.starts_with('X');
        assert_eq!(found.edits.removes("Sealpost-Seal"), asks, "the field goes no further: {field}");
    }
}

/// Verified TLS may be enough for what policy seals, not for what the mail itself asks for.
#[test]
fn verified_tls_is_not_enough_for_a_mail_that_asks_to_be_sealed() {
    let policy = policy(
        "default = \"pass\"\n[[rule]]\nname = \"r\"\naction = \"seal\"\ntls = \"enough\"\n[rule.when]\nrecipient_is = \"outside\"\n",
    );
    for (field, expected) in [("X: y", Action::Pass), ("Sealpost-Seal: outside", Action::Seal)] {
        let mail = with(field);
        let found =
            ask(&mail, "a@example.org", TO, &["example.net"], |question| decide(&policy, question).unwrap());
        assert_eq!(found.action(), expected, "{field}");
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
