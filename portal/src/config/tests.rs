use std::collections::BTreeSet;

use super::*;

const SAMPLE: &str = include_str!("../../../conf/portal.toml");

fn parse(text: &str) -> Result<Settings, ConfigError> {
    Settings::parse(text, Path::new("/etc/sealpost/portal.toml"))
}

/// The sample with every default taken in: what is commented out are lines such as `#key = value`.
fn sample_in_full() -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|first: char| first.is_ascii_lowercase() || first == '[') => {
            rest.to_owned()
        }
        _ => line.to_owned(),
    };
    SAMPLE.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// `Debug` prints all settings; two that print the same are the same.
fn shown(settings: &Settings) -> String {
    format!("{settings:#?}")
}

#[test]
fn the_sample_is_valid_and_its_comments_state_the_defaults() {
    let sample = parse(SAMPLE).unwrap();
    let full = sample_in_full();
    let of_postgres = |line: &&str| line.starts_with("postgres = ") || line.starts_with("password_file = ");
    // Of the databases there can be one.
    let (of_postgres, of_sqlite): (Vec<_>, Vec<_>) = full.lines().partition(of_postgres);
    let mut full = parse(&of_sqlite.join("\n")).unwrap();
    let other = format!("[state]\n{}", of_postgres.join("\n"));
    let other = parse(&SAMPLE.replace("[state]", &other).replace("\nsqlite", "\n#sqlite")).unwrap();
    assert!(matches!(other.state.store, Store::Postgres { password_file: Some(_), .. }));
    let privacy = std::mem::take(&mut full.privacy);
    assert!(!privacy.controller.is_empty() && privacy.own.is_some());
    assert_eq!(full.usage.admin_token_file.take().as_deref(), Some(Path::new("/etc/sealpost/admin.token")));
    assert_eq!(full.mail.hello.take().as_deref(), Some(sample.server.public_url.host()));
    // A provider has no default to be compared with but those of its own keys.
    let provider = full.providers.pop().unwrap();
    assert!(full.providers.is_empty() && sample.providers.is_empty());
    // Whoever takes the sample as it is must not trust the key of the example.
    assert!(std::mem::take(&mut full.gateways).len() == 1 && sample.gateways.is_empty());
    let least = "name = \"microsoft\"\nkind = \"microsoft\"\nclient_id = \"x\"\nclient_secret_file = \"x\"";
    let least = parse(&format!("{SAMPLE}\n[[provider]]\n{least}")).unwrap().providers.pop().unwrap();
    assert_eq!((provider.label, provider.issuer, provider.tenant), (least.label, least.issuer, least.tenant));
    assert_eq!(provider.vouches_for, least.vouches_for);
    assert!(provider.offer_first_to.iter().all(|domain| least.offer_first_to.contains(domain)));
    // Nor has answering.
    let answer = full.answer.take().unwrap();
    assert!(sample.answer.is_none());
    let mut least = with_answer("").unwrap().answer.unwrap();
    least.hello = Some(sample.server.public_url.host().to_owned());
    least.envelope_sender = answer.envelope_sender.clone();
    assert_eq!(format!("{answer:#?}"), format!("{least:#?}"));
    assert_eq!(shown(&sample), shown(&full));
    assert_eq!(sample.keys.opening_keys, Path::new("/etc/sealpost/opening-keys"));
    assert_eq!(sample.server.max_envelope_size, 169_869_312);
}

#[test]
fn every_key_stands_in_the_sample() {
    let full: toml::Table = sample_in_full().parse().unwrap();
    let mut in_sample = BTreeSet::new();
    for (section, value) in &full {
        let table = value.as_table().or_else(|| value.as_array()?.first()?.as_table()).unwrap();
        in_sample.extend(table.keys().map(|key| format!("{section}.{key}")));
    }
    // What the reader knows it says itself, when it meets a key that it does not know.
    let mut known = BTreeSet::new();
    for section in full.keys() {
        let is_list = ["gateway", "provider"].contains(&section.as_str());
        let header = if is_list { format!("[[{section}]]") } else { format!("[{section}]") };
        let message = parse(&format!("{header}\nnonsense = 1")).unwrap_err().to_string();
        let names = message.split_once("expected").unwrap().1;
        let quoted = names.split('`').skip(1).step_by(2);
        known.extend(quoted.map(|key| format!("{section}.{key}")));
    }
    assert_eq!(in_sample, known);
    let sections = parse("[nonsense]").unwrap_err().to_string();
    for section in sections.split_once("expected").unwrap().1.split('`').skip(1).step_by(2) {
        assert!(full.contains_key(section), "{section}");
    }
}

#[test]
fn errors_name_file_and_line() {
    let line = |number: usize| format!("/etc/sealpost/portal.toml:{number}: ");
    for (from, to, words) in [
        (
            "public_url = \"https://portal.example.org\"",
            "public_url = \"http://portal.example.org\"",
            "https",
        ),
        (
            "public_url = \"https://portal.example.org\"",
            "public_url = \"https://portal.example.org/x\"",
            "path",
        ),
        ("public_url", "publik_url", "publik_url"),
        ("#tls = \"opportunistic\"", "tls = \"maybe\"", "maybe"),
        ("#minutes = 15", "minutes = \"15\"", "invalid type"),
        ("from = \"Protected", "from = \"<>Protected", "mail address"),
        ("#relay = \"127.0.0.1:25\"", "relay = \"127.0.0.1\"", "HOST:PORT"),
        ("#trusted_proxies = [", "trusted_proxies = [\"10.0.0.0/33\", ", "10.0.0.0/33"),
    ] {
        let text = SAMPLE.replacen(from, to, 1);
        let number = 1 + text.lines().position(|line| line.contains(to)).unwrap();
        let message = parse(&text).unwrap_err().to_string();
        assert!(message.starts_with(&line(number)), "{to}: {message}");
        assert!(message.contains(words), "{to}: {message}");
    }
    for (from, to, words) in [
        ("domains = [\"example.org\", \"*.example.org\"]", "domains = []", "at least one"),
        ("domains = [\"example.org\"", "domains = [\"exa mple\"", "exa mple"),
        ("HckMaaYX", "HckMaa!X", "keys show"),
    ] {
        let text = sample_in_full()
            .replace("\npostgres", "\n#postgres")
            .replace("\npassword_file", "\n#password_file");
        let text = text.replacen(from, to, 1);
        let number = 1 + text.lines().position(|line| line.contains(to)).unwrap();
        let message = parse(&text).unwrap_err().to_string();
        assert!(message.starts_with(&line(number)) && message.contains(words), "{to}: {message}");
    }
}

#[test]
fn the_largest_message_has_room() {
    let server = |lines: &str| parse(&SAMPLE.replace("[server]", &format!("[server]\n{lines}")));
    for good in [
        "memory_limit = 641728512",
        "memory_limit = 5000000\nmax_envelope_size = 1000000",
        // The format has no larger ones.
        "memory_limit = 641728512\nmax_envelope_size = 1000000000000",
    ] {
        server(good).unwrap();
    }
    for (bad, line) in [
        ("memory_limit = 641728511", 1),
        ("\nmemory_limit = 4999990\nmax_envelope_size = 1000000", 2),
        ("memory_limit = 0\nmax_envelope_size = 30", 1),
    ] {
        let message = server(bad).unwrap_err().to_string();
        let line = 1 + SAMPLE.lines().position(|line| line == "[server]").unwrap() + line;
        assert!(message.starts_with(&format!("/etc/sealpost/portal.toml:{line}: ")), "{bad}: {message}");
        assert!(message.contains("no room for the largest message"), "{bad}: {message}");
    }
}

#[test]
fn the_database_is_checked() {
    let state = |lines: &str| parse(&SAMPLE.replace("sqlite = \"portal.sqlite\"", lines));
    for good in [
        "postgres = 'postgresql://sealpost@db.example.org/sealpost'",
        "postgres = 'postgres://sealpost@db.example.org:5433/sealpost?sslmode=verify-full&sslrootcert=/etc/ca.pem'",
        "postgres = 'postgresql:///sealpost?user=sealpost&host=/run/postgresql'",
        "postgres = 'postgresql://sealpost@[::1]/sealpost'\npassword_file = '/run/credentials/x/password'",
        "sqlite = '/var/lib/x'\nconnections = 1",
    ] {
        state(good).unwrap();
    }
    for (bad, words) in [
        ("", "missing"),
        ("sqlite = 'x'\npostgres = 'postgresql://a@b/c'", "not both"),
        ("sqlite = 'x'\npassword_file = 'y'", "postgres only"),
        ("sqlite = 'x'\nconnections = 0", "at least 1"),
        ("postgres = 'mysql://a@b/c'", "postgresql://"),
        ("postgres = 'db.example.org'", "URL"),
        ("postgres = 'postgresql://a:secret@b/c'", "password_file"),
        ("postgres = 'postgresql://a@b/c?password=secret'", "takes host"),
        ("postgres = 'postgresql://b/c'", "user"),
        ("postgres = 'postgresql://a@b'", "database"),
        ("postgres = 'postgresql:///c?user=a'", "socket"),
        ("postgres = 'postgresql://a@b/c?host=/run'", "socket"),
        ("postgres = 'postgresql://a@b/c?sslmode=always'", "verify-full"),
        ("postgres = 'postgresql://a@b/c?sslrootcert=ca.pem'", "path"),
    ] {
        let message = state(bad).unwrap_err().to_string();
        let line = 1 + SAMPLE.lines().position(|line| line == "[state]").unwrap();
        let named = message.strip_prefix("/etc/sealpost/portal.toml:").unwrap().split(':').next().unwrap();
        assert!(named.parse::<usize>().unwrap() >= line, "{bad}: {message}");
        assert!(message.contains(words) && !message.contains("secret"), "{bad}: {message}");
    }
}

#[test]
fn providers_are_checked() {
    let provider = |lines: &str| {
        let all = "[[provider]]\nname = 'x'\nclient_id = 'c'\nclient_secret_file = 's'\n";
        parse(&format!("{SAMPLE}\n{all}{lines}"))
    };
    let generic =
        "kind = 'generic'\nlabel = 'X'\nissuer = 'https://x.example'\nvouches_for = ['x.example']\n";
    let good = provider(generic).unwrap().providers.pop().unwrap();
    assert_eq!(good.offer_first_to, good.vouches_for);
    assert_eq!(good.client_secret_file, Path::new("/etc/sealpost/s"));
    for (lines, words) in [
        (generic.replace("vouches_for", "#"), "vouches_for"),
        (generic.replace("label", "#"), "label"),
        (generic.replace("issuer", "#"), "issuer"),
        (generic.replace("https", "http"), "https"),
        (generic.replace("x.example'\nv", "x.example?a=b'\nv"), "query"),
        (generic.replace("https://x", "https://u:p@x"), "issuer"),
        (format!("{generic}tenant = 'common'\n"), "microsoft"),
        (format!("{generic}secret = 'x'\n"), "secret"),
        ("kind = 'microsoft'\ntenant = '../x'\n".to_owned(), "tenant"),
        ("kind = 'facebook'\n".to_owned(), "facebook"),
        (
            format!(
                "{generic}[[provider]]\nname = 'x'\nclient_id = 'c'\nclient_secret_file = 's'\n{generic}"
            ),
            "same name",
        ),
        (
            format!(
                "{generic}[[provider]]\nname = 'X/'\nclient_id = 'c'\nclient_secret_file = 's'\n{generic}"
            ),
            "X/",
        ),
    ] {
        let message = provider(&lines).unwrap_err().to_string();
        assert!(
            message.starts_with("/etc/sealpost/portal.toml:") && message.contains(words),
            "{lines}: {message}"
        );
    }
}

/// The sample with as little of `[answer]` as there must be, and these lines.
fn with_answer(lines: &str) -> Result<Settings, ConfigError> {
    let least = "[answer]\nrelay = \"127.0.0.1:12601\"\nfrom = \"Example <answers@example.org>\"\n";
    parse(&format!("{SAMPLE}\n{least}{lines}"))
}

#[test]
fn answering_is_checked() {
    for good in
        ["forward_to = 'anyone'", "forward_to = ['example.org', '*.example.org']", "max_recipients = 1000"]
    {
        assert!(with_answer(good).is_ok(), "{good}");
    }
    for (lines, words) in [
        ("forward_to = 'everybody'", "forward_to must be"),
        ("forward_to = []", "forward_to must be"),
        ("max_recipients = 0", "from 1 to 1000"),
        ("max_files = 1001", "from 1 to 1000"),
        ("envelope_sender = 'nobody'", "mail address"),
        ("envelope_sender = 'jürgen@example.org'", "mail address"),
        ("tls = 'maybe'", "maybe"),
        ("subject = 'x'", "subject"),
    ] {
        let message = with_answer(lines).unwrap_err().to_string();
        assert!(
            message.starts_with("/etc/sealpost/portal.toml:") && message.contains(words),
            "{lines}: {message}"
        );
    }
    assert!(
        parse(&format!("{SAMPLE}\n[answer]\nrelay = '127.0.0.1:1'"))
            .unwrap_err()
            .to_string()
            .contains("from")
    );
}

#[test]
fn a_missing_key_is_named() {
    let message = parse(&SAMPLE.replace("state_key =", "#state_key =")).unwrap_err().to_string();
    assert!(message.contains("state_key"), "{message}");
}

#[test]
fn public_urls_are_origins() {
    for (text, origin, host) in [
        ("https://Portal.Example/", "https://portal.example", "portal.example"),
        ("https://portal.example:443", "https://portal.example", "portal.example"),
        ("https://portal.example:8443", "https://portal.example:8443", "portal.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1"),
        ("http://localhost:80", "http://localhost", "localhost"),
        ("http://[::1]:8080", "http://[::1]:8080", "[::1]"),
    ] {
        let url = PublicUrl::try_from(text.to_owned()).unwrap();
        assert_eq!((url.origin(), url.host()), (origin, host), "{text}");
    }
    for bad in [
        "portal.example",
        "ftp://portal.example",
        "https://",
        "https://a@portal.example",
        "https://portal.example/?x",
        "https://portal.example/#x",
        "https://portal.example//",
        "http://192.0.2.1",
        "http://localhost.evil.example",
    ] {
        assert!(PublicUrl::try_from(bad.to_owned()).is_err(), "{bad}");
    }
}

#[test]
fn networks_contain_what_they_say() {
    for (network, address, expected) in [
        ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("0.0.0.0/0", "192.0.2.1", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("::/0", "2001:db8::1", true),
        ("192.0.2.7", "192.0.2.7", true),
        ("192.0.2.7", "::ffff:192.0.2.7", true),
        ("2001:db8::/32", "2001:db9::", false),
    ] {
        let parsed = Network::try_from(network.to_owned()).unwrap();
        assert_eq!(parsed.contains(address.parse().unwrap()), expected, "{network} {address}");
    }
    for bad in ["", "10.0.0.0/", "10.0.0.0/33", "::/129", "example.org", "10.0.0.0/-1"] {
        assert!(Network::try_from(bad.to_owned()).is_err(), "{bad}");
    }
}
