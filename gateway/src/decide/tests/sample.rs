//! The ready rules of `conf/policy.toml`, each switched on.

use std::fs;

use super::*;

fn sample() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../conf/policy.toml")).unwrap()
}

/// The sample policy with this rule switched on.
fn with_rule(name: &str) -> Policy {
    let sample = sample();
    let (before, rule) = sample.split_once(&format!("name = {name:?}\n")).unwrap();
    let rule = rule.replacen("enabled = false", "enabled = true", 1);
    let policy = policy(&format!("{before}name = {name:?}\n{rule}"));
    assert!(policy.rules.iter().map(|rule| rule.name.as_ref()).eq([name]), "{name}");
    policy
}

fn text(text: &str) -> String {
    format!("From: alice@example.org\r\nSubject: figures\r\n\r\n{text}\r\n")
}

fn with_file(part: &str) -> String {
    format!(
        "From: alice@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee there.\r\n\
         --b\r\n{part}\r\n--b--\r\n"
    )
}

#[test]
fn ready_rules_seal_what_they_are_for_and_nothing_else() {
    let ibans = "DE89370400440532013000, GB82WEST12345698765432, FR1420041010050500013M02606";
    let pdf = with_file("Content-Type: application/pdf; name=invoice.pdf\r\n\r\n%PDF-1.4 startxref");
    let picture = with_file("Content-Type: image/gif; name=logo.gif\r\n\r\nGIF89a");
    let rtf = format!("Content-Type: text/rtf\r\n\r\n{{\\rtf1 {ibans}}}");
    let cms = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3DQEHA6CAMIACAQAx\r\n";
    let rows = [
        ("subject tag", with("Subject: [Encrypt] figures"), "a@example.org", TO, true),
        ("subject tag", with("Subject: encrypt figures"), "a@example.org", TO, false),
        ("confidential", with("Sensitivity: Company-Confidential"), "a@example.org", TO, true),
        ("confidential", with("Sensitivity: Private"), "a@example.org", TO, false),
        ("financial data", text("Pay with 4111 1111 1111 1111."), "a@example.org", TO, true),
        ("financial data", text("Pay with 4111 1111 1111 1112."), "a@example.org", TO, false),
        ("financial data", text(ibans), "a@example.org", TO, true),
        ("financial data", text("One alone: DE89370400440532013000"), "a@example.org", TO, false),
        ("financial data", rtf, "a@example.org", TO, true),
        ("financial data", pdf.clone(), "a@example.org", TO, false),
        ("health data", text("SSN 536-22-8726"), "a@example.org", TO, true),
        ("health data", text("SSN 536-00-8726"), "a@example.org", TO, false),
        ("closed attachments", pdf, "a@example.org", TO, true),
        ("closed attachments", picture, "a@example.org", TO, false),
        ("closed attachments", text("nothing is attached"), "a@example.org", TO, false),
        ("closed attachments", cms.to_owned(), "a@example.org", TO, false),
        ("partners", text("x"), "a@example.org", "bob@law.example.net", true),
        ("partners", text("x"), "a@example.org", "bob@office.law.example.net", true),
        ("partners", text("x"), "a@example.org", TO, false),
        ("partners", text("x"), "newsletter@example.org", "bob@law.example.net", false),
        ("partners", cms.to_owned(), "a@example.org", "bob@law.example.net", false),
    ];
    for (rule, mail, sender, recipient, is_met) in &rows {
        let by = if *is_met { rule } else { DEFAULT };
        let expected = (if *is_met { Action::Seal } else { Action::Pass }, by.to_owned());
        assert_eq!(action(&with_rule(rule), mail, sender, recipient), expected, "{rule}: {mail}");
    }
    let sample = sample();
    let names = sample.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    for name in names.filter(|name| *name != "reference") {
        for is_met in [true, false] {
            assert!(rows.iter().any(|row| row.0 == name && row.4 == is_met), "{name} {is_met}");
        }
    }
}
