//! What rules do.

use bytes::Bytes;
use sealpost_common::grant::Rights;

use super::*;

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
