//! Mistakes in a policy are told with file and line.

use std::fs;

use crate::{
    config::{policy_in, policy_of},
    decide::Policy,
};

fn error_of(policy: &str) -> String {
    policy_of(policy).map(|_: Policy| ()).unwrap_err()
}

/// One rule with this action and these lines.
fn rule(lines: &str) -> String {
    format!("default = \"pass\"\n[[rule]]\nname = \"r\"\n{lines}\n")
}

#[test]
fn mistakes_of_rules_have_their_line() {
    for (line, lines, expected) in [
        (3, "", "the rule does nothing"),
        (4, "stop = true", "stop = true needs action"),
        (4, "action = \"sael\"", "unknown variant `sael`"),
        (4, "mode = \"test\"", "unknown variant `test`"),
        (5, "action = \"pass\"\ntemplate = \"default\"", "template needs action = \"seal\""),
        (5, "action = \"pass\"\ntls = \"enough\"", "tls needs action = \"seal\""),
        (5, "action = \"seal\"\ntls = \"perhaps\"", "unknown variant `perhaps`"),
        (5, "action = \"seal\"\ntemplate = \"gold\"", "there is no template named \"gold\""),
        (5, "action = \"seal\"\nreject_text = \"no\"", "reject_text needs action = \"reject\""),
        (5, "action = \"seal\"\nreject_code = \"5.7.1\"", "reject_code needs action = \"reject\""),
        (5, "action = \"reject\"\nreject_text = \"\"", "reject_text must be one line"),
        (5, "action = \"reject\"\nreject_code = \"4.7.1\"", "reject_code must be an enhanced"),
        (5, "action = \"reject\"\nreject_code = \"571\"", "reject_code must be an enhanced"),
        (5, "action = \"reject\"\ntell_sender = \"x\"", "tell_sender needs another action"),
        (5, "action = \"pass\"\ntell_sender = \"\"", "tell_sender must be a text"),
        (5, "action = \"pass\"\nadd_header = [{ name = \"X Y\", value = \"z\" }]", "\"X Y\" is not the name"),
        (5, "action = \"pass\"\nadd_header = [{ name = \"X\", value = \"\" }]", "value must be one line"),
        (
            5,
            "action = \"pass\"\nadd_header = [{ name = \"To\", value = \"x\" }]",
            "the header field \"To\" cannot",
        ),
        (
            5,
            "action = \"pass\"\nremove_header = [\"content-type\"]",
            "the header field \"content-type\" cannot",
        ),
        (5, "action = \"pass\"\nremove_header = [\"From\"]", "the header field \"From\" cannot"),
        (5, "action = \"pass\"\nstrip_subject = true", "strip_subject needs subject_words"),
        (5, "action = \"pass\"\narchive = { to = \"x\" }", "\"x\" is not a mail address"),
        (
            5,
            "action = \"pass\"\narchive = { to = \"a@example.net\" }",
            "<a@example.net> is of no internal domain",
        ),
        (
            5,
            "action = \"pass\"\narchive = { to = \"a@example.net\", template = \"default\" }",
            "template needs sealed = true",
        ),
        (
            5,
            "action = \"reject\"\narchive = { to = \"a@example.net\", sealed = true }",
            "archive needs another action",
        ),
        (5, "action = \"pass\"\nactive_from = 2026-13-01", ""),
        (5, "action = \"pass\"\nactive_from = 2026-12-01T08:00:00", "the time must be a date such as"),
        (
            6,
            "action = \"pass\"\nactive_from = 2026-12-02\nactive_until = 2026-12-01",
            "active_until must be later",
        ),
    ] {
        let error = error_of(&rule(lines));
        assert!(error.starts_with(&format!("policy.toml:{line}: {expected}")), "{lines}: {error}");
    }
}

#[test]
fn mistakes_of_conditions_have_their_line() {
    for (condition, expected) in [
        ("recipient = []", "unknown field `recipient`"),
        ("recipient_is = \"near\"", "unknown variant `near`"),
        ("recipients = []", "recipients must not be empty"),
        ("recipients = [\"example.net\"]", "\"example.net\" is not a mail address"),
        ("recipients = [\"@exa mple.net\"]", "\"exa mple.net\" is not a domain"),
        ("recipient_domains = [\"@example.net\"]", "\"@example.net\" is not a domain"),
        ("senders = ['/(/']", "\"/(/\" is no usable expression: unclosed group"),
        ("senders = [\"file:absent.txt\"]", "the list file absent.txt cannot be read: No such"),
        ("subject_words = [\" \"]", "a word must not be empty"),
        (
            "subject_words = ['/(?:x{1000}){1000}/']",
            "\"/(?:x{1000}){1000}/\" is no usable expression: Compiled",
        ),
        ("header = { value = \"x\" }", "missing field `name`"),
        ("header = []", "the list must not be empty"),
        ("header = \"X\"", "invalid type"),
        ("header = { name = \"X:\" }", "\"X:\" is not the name of a header field"),
        ("header = [{ name = \"X\", value = \"/[/\" }]", "\"/[/\" is no usable expression"),
        ("importance = [\"urgent\"]", "unknown variant `urgent`"),
        ("importance = []", "importance must not be empty"),
        ("sensitivity = []", "sensitivity must not be empty"),
        ("labels = [\"\"]", "a label must not be empty"),
        ("larger_than = -1", "invalid value"),
        ("attachment = { name = \"x\" }", "unknown field `name`"),
        ("attachment = { names = [] }", "names must not be empty"),
        ("attachment = { extensions = [\".\"] }", "an extension must not be empty"),
        ("data = { type = \"shoe-size\" }", "type: \"shoe-size\" is none of de-tax-id, email-addresses"),
        ("data = { type = \"iban\", at_least = 0 }", "at_least must be from 1 to 10000"),
        ("data = { type = \"iban\", at_least = 10001 }", "at_least must be from 1 to 10000"),
        ("protection = [\"tls\"]", "protection: \"tls\" is none of smime-encrypted"),
        ("automatic = [\"robot\"]", "automatic: \"robot\" is none of dsn"),
    ] {
        let error = error_of(&rule(&format!("action = \"seal\"\n[rule.when]\n{condition}")));
        assert!(error.starts_with(&format!("policy.toml:6: {expected}")), "{condition}: {error}");
    }
    let error = error_of(&rule("action = \"seal\"\n[rule.unless]\nrecipient_is = \"anywhere\""));
    assert!(error.starts_with("policy.toml:6: recipient_is must be \"inside\" or \"outside\""), "{error}");
}

#[test]
fn mistakes_of_templates_types_and_options_have_their_line() {
    for (line, text, expected) in [
        (2, "[template.default]", "the name \"default\" is taken"),
        (3, "[template.x]\nrights = [\"fly\"]", "rights must be a list of"),
        (3, "[template.x]\nexpires_after_days = 0", "expires_after_days must be"),
        (3, "[template.x]\nsign_in = \"none\"", "unknown variant `none`"),
        (3, "[template.x]\nsubject = \"\"", "subject must be one line"),
        (3, "[template.x]\nbrand = \"absent\"", "there is no table [brand.absent]"),
        (3, "[template.x]\nform = \"paper\"", "unknown variant `paper`"),
        (3, "[template.x]\nlanguage = \"d e\"", "language must be"),
        (2, "[data_type.x]", "missing field `pattern`"),
        (3, "[data_type.x]\npattern = '('", "\"(\" is no usable expression: unclosed group"),
        (2, "[data_type.iban]\npattern = 'x'", "the name \"iban\" is taken"),
        (4, "[data_type.x]\npattern = 'x'\ncheck = \"odd\"", "unknown variant `odd`"),
        (3, "[sender_options]\nexpires_header = \"X:\"", "\"X:\" is not the name"),
        (3, "[sender_options]\nexpires_tag = \"\"", "expires_tag must be one line"),
        (3, "[sender_options]\nmax_expires_after_days = 0", "expires_after_days must be"),
        (3, "[sender_options]\ndo_not_forward_tag = \"\"", "do_not_forward_tag must be one line"),
    ] {
        let error = error_of(&format!("default = \"pass\"\n{text}\n"));
        assert!(error.starts_with(&format!("policy.toml:{line}: {expected}")), "{text}: {error}");
    }
}

#[test]
fn mistakes_of_list_files_have_their_own_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let policy =
        rule("action = \"seal\"\n[rule.when]\nrecipients = [\"x@example.net\", \"file:lists/people.txt\"]");
    fs::create_dir(folder.path().join("lists")).unwrap();
    let write = |text: &str| fs::write(folder.path().join("lists/people.txt"), text).unwrap();
    write("# people\n\n  bob@example.net  \nexample.net\n@example.com\n/(/\n");
    let error = policy_in(folder.path(), &policy).map(|_: Policy| ()).unwrap_err();
    let expected = "lists/people.txt:4: \"example.net\" is not a mail address\n\
        lists/people.txt:6: \"/(/\" is no usable expression: unclosed group";
    assert_eq!(error, expected);
    write("# nobody\n");
    let error = policy_in(folder.path(), &policy).map(|_: Policy| ()).unwrap_err();
    assert_eq!(error, "policy.toml:6: recipients must not be empty");
    write("bob@example.net\n");
    assert!(policy_in(folder.path(), &policy).is_ok());
}

/// Every example of the guide is a policy that can be used.
#[test]
fn examples_of_the_guide_are_read() {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/POLICY.md");
    let text = fs::read_to_string(guide).unwrap();
    let mut examples = 0;
    for block in text.split("```toml\n").skip(1) {
        let example = block.split("```").next().unwrap();
        if let Err(error) = policy_of(example) {
            panic!("{error}\n{example}");
        }
        examples += 1;
    }
    assert!(examples >= 4);
}

/// The guide names every key, type and kind.
#[test]
fn the_guide_is_complete() {
    use crate::{
        config::tests::keys_of,
        content::{Automatic, DataType, Protection},
    };
    let guide = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/POLICY.md")).unwrap();
    let names = Protection::NAMES.iter().map(|(name, _)| *name);
    let names = names.chain(Automatic::NAMES.iter().map(|(name, _)| *name));
    let names = names.chain(DataType::NAMES.iter().map(|(name, _)| *name));
    let keys = [
        keys_of::<super::ConditionsSection>(),
        keys_of::<super::AttachmentSection>(),
        keys_of::<super::TemplateSection>(),
        keys_of::<super::RuleSection>(),
    ];
    let unsaid = ["name", "comment", "enabled"];
    for name in keys.concat().into_iter().chain(names).filter(|name| !unsaid.contains(name)) {
        let as_key = [format!("`{name}`"), format!("`{name} ="), format!("[rule.{name}]")];
        assert!(as_key.iter().any(|written| guide.contains(written)), "{name} is not in the guide");
    }
}
