//! The sample files are read and complete, and every mistake is told with file and line.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use sealpost_common::keys::{OpeningKey, SigningKey};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Visitor, value::Error};
use tempfile::TempDir;

use super::{policy::PolicyFile, *};
use crate::carry::Texts;

fn sample(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../conf").join(name);
    fs::read_to_string(path).unwrap()
}

/// A folder with keys and the sample files.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = rand::rng();
    let write = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    write("signing.key", &SigningKey::generate(&mut rng).to_text_secret(), 0o600);
    write("sealing.key", &OpeningKey::generate(&mut rng).sealing_key().to_text(), 0o644);
    write("gateway.toml", &sample("gateway.toml"), 0o644);
    write("policy.toml", &sample("policy.toml"), 0o644);
    folder
}

fn load(folder: &TempDir) -> Result<Settings, String> {
    let root = format!("{}/", folder.path().display());
    Settings::load(&folder.path().join("gateway.toml"))
        .map_err(|errors| errors.to_string().replace(&root, ""))
}

#[test]
fn sample_files_are_read() {
    let settings = load(&folder()).map_err(|error| panic!("{error}")).ok().unwrap();
    assert_eq!(settings.listeners.len(), 3);
    assert!(settings.policy.rules.is_empty());
    assert_eq!(settings.portal.link_max_bytes, 8192);
}

/// A sample file with its switched-off keys switched on, which shows that each is spelled right and has a good value.
#[test]
fn defaults_in_the_sample_file_are_read() {
    let folder = folder();
    let recovery = OpeningKey::generate(&mut rand::rng()).sealing_key().to_text();
    fs::write(folder.path().join("recovery.key"), recovery).unwrap();
    fs::write(folder.path().join("logo.png"), logo(480, 128)).unwrap();
    write_certificate(&folder);
    let dkim = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    fs::write(folder.path().join("dkim.key"), dkim.serialize_pem()).unwrap();
    fs::set_permissions(folder.path().join("dkim.key"), fs::Permissions::from_mode(0o600)).unwrap();
    // Some keys are for unix sockets only.
    let text = sample("gateway.toml").replacen("127.0.0.1:12600", "unix:/run/sealpost/gateway.sock", 1);
    let goes_with_the_rest = |line: &&str| !EXAMPLES.iter().any(|key| line.starts_with(key));
    let lines = text.lines().filter(goes_with_the_rest);
    let text: String = lines.flat_map(|line| [switched_on(line), "\n"]).collect();
    fs::write(folder.path().join("gateway.toml"), text).unwrap();
    let settings = load(&folder).map_err(|error| panic!("{error}")).ok().unwrap();
    let defaults = load(&self::folder()).ok().unwrap();
    assert!(settings.keys.recovery.is_some() && settings.carrier.subject.is_some());
    assert!(settings.envelope.lifetime == Some(365 * 86_400));
    assert_eq!(format!("{:?}", settings.limits), format!("{:?}", defaults.limits));
    assert_eq!(format!("{:?}", settings.next_hop), format!("{:?}", defaults.next_hop));
    assert_eq!(format!("{:?}", settings.log), format!("{:?}", defaults.log));
    assert!(settings.metrics.is_some_and(|address| address.ip().is_loopback()) && defaults.metrics.is_none());
    assert_eq!(settings.envelope.brand, defaults.envelope.brand);
    let (look, usual) = (settings.brands.look("example", ""), defaults.brands.look("", ""));
    assert_eq!((look.colours, &look.texts, &look.language), (usual.colours, &usual.texts, &usual.language));
    assert_eq!(look.logo.as_ref().map(|logo| (logo.width, logo.height)), Some((240, 64)));
}

/// The first bytes of a PNG of this size, which are all that is looked at.
fn logo(width: u32, height: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
    png.extend(b"\x08\x06\0\0\0");
    png
}

/// Keys whose examples do not go with the rest of the sample.
const EXAMPLES: [&str; 5] = ["#addresses", "#ca_file", "#server_name", "#credentials_file", "#trust_anchor"];

/// Writes a certificate, its key, and the authority of clients.
fn write_certificate(folder: &TempDir) {
    let made = rcgen::generate_simple_self_signed(["gateway.example.org".to_owned()]).unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("gateway.key"), made.signing_key.serialize_pem()).unwrap();
    fs::set_permissions(path("gateway.key"), fs::Permissions::from_mode(0o600)).unwrap();
    for name in ["gateway.crt", "clients-ca.crt"] {
        fs::write(path(name), made.cert.pem()).unwrap();
    }
}

#[test]
fn dangerous_settings_are_refused() {
    let outside = sample("gateway.toml").replacen("127.0.0.1:12600", "0.0.0.0:12600", 1);
    let handed = sample("gateway.toml").replacen("127.0.0.1:12600", "fd:sealpost", 1);
    let outside_as_milter = sample("gateway.toml").replacen("127.0.0.1:12602", "0.0.0.0:12602", 1);
    let networks = "#trusted_networks = [\"127.0.0.0/8\", \"::1/128\"]";
    for (text, expected) in [
        (
            sample("gateway.toml").replacen("127.0.0.1:12600", "127.0.0.1:12526", 1),
            "[next_hop] is this listener",
        ),
        (outside.clone(), ""),
        (outside.replace(networks, "trusted_networks = [\"10.1.0.0/16\"]"), ""),
        (
            outside.replace(networks, "trusted_networks = [\"203.0.113.0/24\"]"),
            "0.0.0.0:12600 can be reached from outside, and 203.0.113.0/24 is no private network",
        ),
        (
            outside.replace(networks, "trusted_networks = [\"203.0.113.0/24\"]\nallow_public_clients = true"),
            "",
        ),
        (sample("gateway.toml").replace(networks, "trusted_networks = [\"203.0.113.0/24\"]"), ""),
        (
            handed.replace(networks, "trusted_networks = [\"203.0.113.0/24\"]"),
            "fd:sealpost can be reached from outside, and 203.0.113.0/24 is no private network",
        ),
        (handed, ""),
        (outside_as_milter.clone(), ""),
        (
            outside_as_milter.replace(networks, "trusted_networks = [\"203.0.113.0/24\"]"),
            "0.0.0.0:12602 can be reached from outside, and 203.0.113.0/24 is no private network",
        ),
    ] {
        let folder = folder();
        fs::write(folder.path().join("gateway.toml"), text).unwrap();
        let error = load(&folder).err().unwrap_or_default();
        assert!(error.contains(expected) && error.is_empty() == expected.is_empty(), "{error}");
        assert!(error.is_empty() || error.starts_with("gateway.toml:"), "{error}");
    }
}

#[test]
fn mistakes_about_tls_are_told_with_file_and_line() {
    let address = "address = \"127.0.0.1:12600\"\n";
    let first = 1 + sample("gateway.toml").split_once(address).unwrap().0.matches('\n').count();
    let pair = "tls_certificate = \"gateway.crt\"\ntls_key = \"gateway.key\"\n";
    for (keys, line, expected) in [
        ("tls = \"may\"\n", 1, "TLS needs tls_certificate and tls_key"),
        ("tls = \"may\"\ntls_key = \"gateway.key\"\n", 1, "TLS needs tls_certificate and tls_key"),
        (pair, 1, "tls = \"may\" or \"require\" is missing"),
        (
            &format!("{pair}tls = \"may\"\nclient_ca = \"clients-ca.crt\"\n"),
            4,
            "client_ca needs tls = \"require\"",
        ),
        (
            &format!("{}tls = \"may\"\n", pair.replace("gateway.key", "signing.key")),
            1,
            "TLS: there is no private key",
        ),
        (
            &format!("{}tls = \"may\"\n", pair.replace("gateway.key", "other.key")),
            1,
            "TLS: certificate and key cannot",
        ),
        (
            &format!("{}tls = \"may\"\n", pair.replace("gateway.crt", "sealing.key")),
            1,
            "TLS: there is no certificate",
        ),
        (
            &format!("{}tls = \"may\"\n", pair.replace("gateway.key", "gateway.crt")),
            2,
            "the key file gateway.crt can be read by group",
        ),
        (
            &format!("{}tls = \"may\"\n", pair.replace("gateway.crt", "absent.crt")),
            1,
            "the key file absent.crt cannot be read",
        ),
        ("carry_timeout = 0\n", 1, "carry_timeout must be from 1"),
        ("max_connections = 0\n", 1, "max_connections must be from 1"),
        ("proxy_protocol = [\"x\"]\n", 1, "\"x\" is not a network"),
    ] {
        let folder = folder();
        let other = tempfile::tempdir().unwrap();
        write_certificate(&other);
        write_certificate(&folder);
        fs::copy(other.path().join("gateway.key"), folder.path().join("other.key")).unwrap();
        let text = sample("gateway.toml").replacen(address, &format!("{address}{keys}"), 1);
        fs::write(folder.path().join("gateway.toml"), text).unwrap();
        let error = load(&folder).err().unwrap_or_default();
        assert!(error.starts_with(&format!("gateway.toml:{}: {expected}", first + line)), "{keys}: {error}");
        assert!(!error.contains("PRIVATE KEY"), "{error}");
    }
}

fn switched_on(line: &str) -> &str {
    let off =
        line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '['));
    off.filter(|rest| rest.contains(" = ") || rest.starts_with("[[")).unwrap_or(line)
}

#[test]
fn sample_files_have_every_key() {
    let gateway = sample("gateway.toml").replace("#[[dkim]]", "[[dkim]]");
    let has = |text: &str, keys: &[&str]| {
        for key in keys {
            let starts = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(" = "));
            assert!(text.lines().any(|line| starts(switched_on(line))), "{key} is missing in {text}");
        }
    };
    let mut sections: Vec<&str> = Vec::new();
    for (section, keys) in [
        ("[[listener]]", keys_of::<listener::Section>()),
        ("[server]", keys_of::<server::Section>()),
        ("[next_hop]", keys_of::<next_hop::Section>()),
        ("[keys]", keys_of::<keys::Section>()),
        ("[portal]", keys_of::<portal::Section>()),
        ("[sender]", keys_of::<sender::Section>()),
        ("[carrier]", keys_of::<carrier::Section>()),
        ("[brand.example]", keys_of::<brand::Section>().strip_suffix(&["texts", "texts_in"]).unwrap()),
        ("[[dkim]]", keys_of::<dkim::Section>()),
        ("[envelope]", keys_of::<envelope::Section>()),
        ("[policy]", keys_of::<super::policy::Section>()),
        ("[reachability]", keys_of::<reachability::Section>()),
        ("[log]", keys_of::<log::LogSettings>()),
        ("[metrics]", keys_of::<metrics::Section>()),
    ] {
        // A table may be there several times, each with the keys that its use calls for.
        let header = format!("\n{section}\n");
        let tables = gateway.split(&header).skip(1);
        let texts = tables.map(|after| after.split_once("\n[").map_or(after, |(text, _)| text));
        has(&texts.collect::<Vec<_>>().join("\n"), keys);
        let name = section.trim_matches(['[', ']']);
        sections.push(name.split_once('.').map_or(name, |(name, _)| name));
    }
    let texts = gateway.split_once("[brand.example.texts]").unwrap().1;
    for (key, text) in Texts::default().all() {
        assert!(texts.contains(&format!("\n#{key} = \"{text}\"\n")), "the text {key}");
    }
    assert_eq!(sections, keys_of::<File>());

    let policy = sample("policy.toml");
    for keys in [
        keys_of::<PolicyFile>().strip_suffix(&["sender_options", "template", "data_type", "rule"]).unwrap(),
        keys_of::<super::policy::SenderOptionsSection>(),
        keys_of::<super::policy::TemplateSection>(),
        keys_of::<super::policy::DataTypeSection>(),
        keys_of::<super::policy::RuleSection>().strip_suffix(&["when", "unless"]).unwrap(),
        keys_of::<super::policy::ConditionsSection>(),
    ] {
        has(&policy, keys);
    }
    let inline = [
        keys_of::<super::policy::AttachmentSection>(),
        keys_of::<super::policy::DataSection>(),
        &["to", "sealed"],
    ];
    assert!(inline.concat().iter().all(|key| policy.contains(&format!("{key} = "))));
    for table in ["[sender_options]", "[template.", "[data_type.", "[[rule]]", "[rule.when]", "[rule.unless]"]
    {
        assert!(policy.contains(table), "{table}");
    }
}

/// The sample policy with its switched-off keys switched on: each is spelled right and has a good value.
#[test]
fn examples_in_the_sample_policy_are_read() {
    let folder = folder();
    fs::write(folder.path().join("words.txt"), "# words\n\nfalcon\n").unwrap();
    let text: String =
        sample("policy.toml").lines().flat_map(|line| [switched_on(line), "\n"]).collect::<String>();
    let text =
        text.replace("enabled = false", "enabled = true").replace("action = \"seal\"\n# Dates", "\n# Dates");
    for (action, without) in [
        ("seal", &["reject_text", "reject_code"][..]),
        ("reject", &["template = \"restricted", "tls", "tell_sender", "archive"]),
    ] {
        let text = text.replace("\n# Dates", &format!("\naction = {action:?}\n# Dates"));
        let kept: String = text
            .lines()
            .filter(|line| !without.iter().any(|key| line.starts_with(key)))
            .flat_map(|line| [line, "\n"])
            .collect();
        fs::write(folder.path().join("policy.toml"), kept).unwrap();
        let settings = load(&folder).map_err(|error| panic!("{error}")).ok().unwrap();
        assert_eq!(settings.policy.rules.len(), 7);
    }
}

/// Gives the names of the fields that a struct can be read from.
pub(super) fn keys_of<T: DeserializeOwned>() -> &'static [&'static str] {
    struct Fields<'a>(&'a mut &'static [&'static str]);
    impl<'de> Deserializer<'de> for Fields<'_> {
        type Error = Error;
        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            Err(serde::de::Error::custom("only structs"))
        }
        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Error> {
            *self.0 = fields;
            Err(serde::de::Error::custom("no value wanted"))
        }
        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }
    let mut fields: &'static [&'static str] = &[];
    assert!(<T as Deserialize>::deserialize(Fields(&mut fields)).is_err());
    fields
}

#[test]
fn mistakes_are_told_with_file_and_line() {
    for (file, from, to, expected) in [
        ("gateway.toml", "protocol = \"lmtp\"", "protocol = \"uucp\"", "unknown variant `uucp`"),
        ("gateway.toml", "\"127.0.0.1:12600\"", "\"localhost\"", "address must be an IP address and a port"),
        (
            "gateway.toml",
            "\"127.0.0.1:12600\"",
            "\"unix:gateway.sock\"",
            "address must be unix: and an absolute",
        ),
        ("gateway.toml", "#mode = \"0660\"", "mode = \"0660\"", "only a unix socket has this"),
        ("gateway.toml", "#max_recipients = 1000", "max_recipient = 1", "unknown field `max_recipient`"),
        ("gateway.toml", "#max_recipients = 1000", "max_recipients = 0", "max_recipients must be from 1"),
        ("gateway.toml", "#max_recipients = 1000", "max_recipients = \"x\"", "invalid type"),
        ("gateway.toml", "#max_memory = 1610612736", "max_memory = 1000", "max_memory must be at least two"),
        ("gateway.toml", "#carry_timeout = 540", "carry_timeout = 0", "carry_timeout must be from 1"),
        ("gateway.toml", "hostname = \"gateway", "hostname = \"gate way", "hostname must be"),
        (
            "gateway.toml",
            "#trusted_networks = [\"127",
            "trusted_networks = [\"x127",
            "\"x127.0.0.0/8\" is not a",
        ),
        (
            "gateway.toml",
            "#trusted_networks = [\"127.0.0.0/8\", \"::1/128\"]",
            "trusted_networks = []",
            "trusted_networks must",
        ),
        ("gateway.toml", "\"127.0.0.1:12526\"", "\"127.0.0.1\"", "address must be a host and a port"),
        (
            "gateway.toml",
            "\"signing.key\"",
            "\"absent.key\"",
            "the key file absent.key cannot be read: No such",
        ),
        (
            "gateway.toml",
            "\"signing.key\"",
            "\"sealing.key\"",
            "the key file sealing.key can be read by group",
        ),
        (
            "gateway.toml",
            "\"sealing.key\"",
            "\"gateway.toml\"",
            "the key file gateway.toml is not good: line ",
        ),
        ("gateway.toml", "\"https://portal", "\"http://portal", "\"http://portal.example.org\" is not a URL"),
        ("gateway.toml", "domains = [\"example", "domains = [\"exa mple", "\"exa mple.org\" is not a domain"),
        (
            "gateway.toml",
            "domains = [\"example.org\", \"*.example.org\"]",
            "domains = []",
            "domains must not be",
        ),
        ("gateway.toml", "#subject = \"You", "subject = \" You", "subject must be one line"),
        ("gateway.toml", "#rights = [\"reply\"", "rights = [\"replay\"", "rights must be a list of"),
        ("gateway.toml", "#address = \"127.0.0.1:12680\"", "address = \"12680\"", "address must be an IP"),
        ("gateway.toml", "[log]", "[logg]", "unknown field `logg`"),
        ("gateway.toml", "[log]", "[log", ""),
        ("policy.toml", "default = \"pass\"", "default = \"allow\"", "unknown variant `allow`"),
        (
            "policy.toml",
            "\"confidential\"\ncomment",
            "\"subject tag\"\ncomment",
            "there is already a rule named",
        ),
        ("policy.toml", "\"confidential\"\ncomment", "\"default\"\ncomment", "there is already a rule named"),
    ] {
        let line = 1 + sample(file).split_once(from).unwrap().0.matches('\n').count();
        let error = error_after(file, from, to);
        assert!(error.starts_with(&format!("{file}:{line}: {expected}")), "{to}: {error}");
    }
}

#[test]
fn memory_has_to_do_for_all_sealed_forms_of_a_mail() {
    const SEAL: &str = "action = \"seal\"\nwhen = { subject_words = [\"x\"] }\n";
    const KEEP: &str =
        "when = { recipient_is = \"outside\" }\narchive = { to = \"a@z.example\", sealed = true }\n";
    let largest = 157_286_400;
    let least = largest * 5 / 2 + (80 << 20) + 200 * (128 << 10);
    let policy = |rules: &[&str]| {
        let rule = |(number, text): (usize, &&str)| format!("[[rule]]\nname = \"{number}\"\n{text}");
        let rules: String = rules.iter().enumerate().map(rule).collect();
        format!("default = \"seal\"\n[template.strict]\ndo_not_forward = true\n{rules}")
    };
    let strict = format!("template = \"strict\"\n{SEAL}");
    let strip = format!("strip_subject = true\n{SEAL}");
    let audit = format!("mode = \"audit\"\n{strict}");
    for (rules, forms) in [
        (&[][..], 1),
        (&[SEAL], 1),
        (&[&audit], 1),
        (&[&strict, &strict], 2),
        (&[KEEP, KEEP], 2),
        (&[&strip, SEAL], 2),
        (&[&strict, &strip, KEEP], 4),
    ] {
        let folder = folder();
        fs::write(folder.path().join("policy.toml"), policy(rules)).unwrap();
        for (memory, suffices) in
            [(least + (forms - 1) * largest, true), (least + (forms - 1) * largest - 1024, false)]
        {
            let settings =
                sample("gateway.toml").replace("#max_memory = 1610612736", &format!("max_memory = {memory}"));
            fs::write(folder.path().join("gateway.toml"), settings).unwrap();
            let loaded = load(&folder).map(|_| ());
            assert_eq!(loaded.is_ok(), suffices, "{rules:?} {memory} {loaded:?}");
            if forms > 1 && !suffices {
                let error = loaded.unwrap_err();
                assert!(error.contains(&format!("may be sealed in {forms} forms")), "{error}");
            }
        }
    }
}

/// Lines of `[next_hop]` in place of its address, and what is said about them.
#[test]
fn settings_of_the_next_hop_that_do_not_go_together() {
    let both = "next_hop must be given an address, or a list";
    for (lines, expected) in [
        ("", both),
        ("addresses = []", "addresses must not be empty"),
        ("address = \"a:25\"\naddresses = [\"b:25\"]", both),
        ("addresses = [\"a:25\", \"b\"]", "address must be a host and a port"),
        ("address = \"unix:run/socket\"", "address must be a host and a port"),
        ("address = \"a:25\"\nserver_name = \"b\"", "server_name must be given with tls = \"verify\" only"),
        ("address = \"a:25\"\ntls = \"require\"\nca_file = \"ca.pem\"", "ca_file must be given with tls"),
        ("address = \"a:25\"\ntls = \"verify\"\nca_file = \"absent\"", "the key file absent cannot be read"),
        ("address = \"a:25\"\ntls = \"verify\"\nca_file = \"sealing.key\"", "the file sealing.key holds no"),
        ("address = \"a:25\"\ntls = \"verify\"\nserver_name = \"a b\"", "\"a b\" is no host name"),
        ("address = \"unix:/s\"\ntls = \"verify\"", "server_name must be given to verify"),
        (
            "address = \"a:25\"\ntls = \"may\"\ncredentials_file = \"c\"",
            "credentials_file must be given with",
        ),
        (
            "address = \"a:25\"\ntls = \"require\"\ncredentials_file = \"sealing.key\"",
            "the key file sealing.key can",
        ),
        (
            "address = \"a:25\"\ntls = \"require\"\ncredentials_file = \"signing.key\"",
            "the credentials file signing",
        ),
        ("address = \"a:25\"\npause_after_timeout = 86401", "pause_after_timeout must be from 1"),
    ] {
        let error = error_after("gateway.toml", "address = \"127.0.0.1:12526\"", lines);
        assert!(error.contains(expected), "{lines}: {error}");
    }
}

/// Lines of `[reachability]`, and what is said about them.
#[test]
fn settings_of_the_reachability() {
    for (lines, expected) in [
        ("enabled = true", ""),
        ("enabled = true\nresolver = \"127.0.0.1:53\"\ntimeout = 1", ""),
        ("enabled = true\nresolver = \"localhost\"", "resolver must be an IP address and a port"),
        ("resolver = \"localhost\"", "resolver must be an IP address and a port"),
        ("enabled = true\ntimeout = 0", "timeout must be from 1"),
        ("enabled = true\ntrust_anchor = \"absent\"", "[reachability]: the resolver cannot be set up"),
        ("enabled = true\ntrust_anchor = \"sealing.key\"", "[reachability]: the resolver cannot be set up"),
        ("enabled = true\nca_file = \"sealing.key\"", "the file sealing.key holds no"),
        ("enabled = \"yes\"", "invalid type"),
    ] {
        let folder = folder();
        let text = sample("gateway.toml").replace("[reachability]", &format!("[reachability]\n{lines}"));
        fs::write(folder.path().join("gateway.toml"), text).unwrap();
        let error = load(&folder).map(|settings| assert!(settings.reachability.is_some())).err();
        assert!(error.is_some() != expected.is_empty(), "{lines}: {error:?}");
        assert!(error.unwrap_or_default().contains(expected), "{lines}");
    }
    assert!(load(&folder()).ok().unwrap().reachability.is_none(), "off unless it is switched on");
}

#[test]
fn next_hops_that_are_read() {
    for lines in [
        "addresses = [\"a:25\", \"[::1]:25\", \"unix:/run/next-hop\"]",
        "address = \"unix:/s\"\nprotocol = \"lmtp\"\npause_after_timeout = 0",
        "address = \"unix:/s\"\ntls = \"verify\"\nserver_name = \"relay.example\"\nca_file = \"ca.pem\"",
        "address = \"a:25\"\ntls = \"verify\"\nca_file = \"ca.pem\"\ncredentials_file = \"credentials\"",
        "address = \"a:25\"\ntls = \"may\"",
    ] {
        let folder = folder();
        let certificate = rcgen::generate_simple_self_signed(vec!["ca.example".to_owned()]).unwrap();
        fs::write(folder.path().join("ca.pem"), certificate.cert.pem()).unwrap();
        let credentials = folder.path().join("credentials");
        fs::write(&credentials, "user\npassword\n").unwrap();
        fs::set_permissions(&credentials, fs::Permissions::from_mode(0o600)).unwrap();
        let text = sample("gateway.toml").replace("address = \"127.0.0.1:12526\"", lines);
        fs::write(folder.path().join("gateway.toml"), text).unwrap();
        let settings = load(&folder).map_err(|error| panic!("{lines}: {error}")).ok().unwrap();
        let shown = format!("{:?}", settings.next_hop);
        assert!(!shown.contains("password") && !shown.contains("user"), "{shown}");
    }
}

#[test]
fn mistakes_without_a_line_are_told_with_the_file_or_table() {
    let server = 1 + sample("gateway.toml").split_once("[server]").unwrap().0.matches('\n').count();
    for (file, from, to, expected) in [
        (
            "gateway.toml",
            "hostname = \"gateway.example.org\"",
            "",
            format!("gateway.toml:{server}: missing field `hostname`").as_str(),
        ),
        (
            "gateway.toml",
            "#file = \"policy.toml\"",
            "file = \"absent.toml\"",
            "absent.toml: cannot be read: No such",
        ),
        ("policy.toml", "default = \"pass\"", "", "policy.toml:"),
    ] {
        let error = error_after(file, from, to);
        assert!(error.starts_with(expected), "{to}: {error}");
    }
}

/// Changes a sample file and gives what is said about it.
fn error_after(file: &str, from: &str, to: &str) -> String {
    let folder = folder();
    fs::write(folder.path().join(file), sample(file).replacen(from, to, 1)).unwrap();
    let error = load(&folder).err().unwrap_or_default();
    assert!(!error.contains("key-v1:A"), "{error}");
    error
}

#[test]
fn international_domains_are_read() {
    let folder = folder();
    let text = sample("policy.toml").replace("\"*.example.org\"]", "\"*.bücher.example\"]");
    fs::write(folder.path().join("policy.toml"), text).unwrap();
    let domains = load(&folder).ok().unwrap().policy.internal_domains;
    assert!(domains.holds("a.xn--bcher-kva.example") && !domains.holds("xn--bcher-kva.example"));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let folder = folder();
    let text = sample("gateway.toml")
        .replace("signing.key", "absent.key")
        .replace("domains = [\"example.org\"", "domains = [\"exa mple.org\"");
    fs::write(folder.path().join("gateway.toml"), text).unwrap();
    assert_eq!(load(&folder).err().unwrap().lines().count(), 2);
}

#[test]
fn a_disabled_rule_is_checked_but_does_nothing() {
    let folder = folder();
    let text = sample("policy.toml").replacen("enabled = false", "enabled = true", 1);
    fs::write(folder.path().join("policy.toml"), &text).unwrap();
    assert_eq!(load(&folder).ok().unwrap().policy.rules.len(), 1);
    fs::write(folder.path().join("policy.toml"), text.replace("[\"confidential\"]", "[]")).unwrap();
    assert!(load(&folder).is_err());
}
