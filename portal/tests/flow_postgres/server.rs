//! What only a database server has: a way to it, a password, a certificate, and times when it is away.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command, time::Duration};

use sealpost_tests::{
    certificate,
    postgres::{self, PASSWORD, Postgres, USER},
    process::wait_until,
};

use crate::{
    relay::Relay,
    site::{Site, set_up, terms},
};

const SERVER: &str = "[server]\npublic_url = 'https://portal.example.org'\n";

/// What `sealpost-portal check` says with these lines of `[state]`.
fn check(directory: &Path, state: &str) -> (bool, String) {
    let settings = fs::read_to_string(directory.join("portal.toml")).unwrap();
    let (start, rest) = settings.split_once("[state]\n").unwrap();
    let end = &rest[rest.find("[mail]").unwrap()..];
    fs::write(directory.join("check.toml"), format!("{start}[state]\n{state}\n{end}")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_sealpost-portal"))
        .args(["check", "--config", "check.toml"])
        .current_dir(directory)
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

fn write_secret(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn check_tells_whether_the_server_can_be_reached() {
    let Some(server) = postgres::shared() else { return };
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    set_up(at, "127.0.0.1:25", SERVER);
    write_secret(&at.join("right"), &format!("{PASSWORD}\n"));
    write_secret(&at.join("wrong"), "not-the-password\n");
    fs::write(at.join("exposed"), PASSWORD).unwrap();
    let database = server.database().unwrap();
    let url = format!("postgres = 'postgresql://{USER}@{}/{database}'", server.address());
    for (state, words) in [
        (format!("{url}\npassword_file = 'right'"), ""),
        (format!("{url}\npassword_file = 'wrong'"), "password authentication failed"),
        (format!("{url}\npassword_file = 'exposed'"), "exposed: is readable"),
        (format!("{url}\npassword_file = 'missing'"), "missing: No such file"),
        (url.clone(), "password"),
        (format!("postgres = '{}'", server.url(&database)), ""),
        (format!("postgres = '{}'", server.url("another")), "does not exist"),
        (format!("postgres = 'postgresql://{USER}@127.0.0.1:1/{database}'"), "refused"),
        (format!("postgres = 'postgresql:///{database}?user={USER}&host=/nowhere'"), "No such file"),
    ] {
        let (ok, said) = check(at, &state);
        assert_eq!(ok, words.is_empty(), "{state}: {said}");
        assert!(said.contains(words) && !said.contains(PASSWORD), "{state}: {said}");
    }
}

#[test]
fn a_server_must_prove_its_name_where_the_settings_say_so() {
    if !postgres::is_installed() {
        return;
    }
    let mut server = Postgres::start(&["fsync=off"]).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    set_up(at, "127.0.0.1:25", SERVER);
    write_secret(&at.join("password"), PASSWORD);
    let (known, foreign) = (at.join("known.pem"), at.join("foreign.pem"));
    certificate::make("localhost", &known, &at.join("known.key")).unwrap();
    certificate::make("localhost", &foreign, &at.join("foreign.key")).unwrap();
    server.use_certificate(&known, &at.join("known.key")).unwrap();
    let database = server.database().unwrap();
    let port = server.address().port();
    for (host, mode, authority, words) in [
        ("localhost", "verify-full", &known, ""),
        ("localhost", "verify-full", &foreign, "certificate"),
        ("127.0.0.1", "verify-full", &known, "certificate"),
        ("127.0.0.1", "verify-ca", &known, ""),
        ("127.0.0.1", "require", &known, ""),
    ] {
        let state = format!(
            "postgres = 'postgresql://{USER}@{host}:{port}/{database}?sslmode={mode}&sslrootcert={}'\n\
             password_file = 'password'",
            authority.display()
        );
        let (ok, said) = check(at, &state);
        assert_eq!(ok, words.is_empty(), "{host} {mode}: {said}");
        assert!(said.contains(words), "{host} {mode}: {said}");
    }
}

/// While the database is away nothing opens, readers are asked to try again, and nobody need restart the portal.
#[test]
fn a_database_that_is_away_opens_nothing_and_comes_back() {
    if !postgres::is_installed() {
        return;
    }
    let mut server = Postgres::start(&["fsync=off"]).unwrap();
    let state = crate::database::fresh(&server);
    let settings =
        "[server]\npublic_url = 'http://ADDRESS'\n[answer]\nrelay = '127.0.0.1:1'\nfrom = 'a@example.org'\n";
    let site = Site::start_on(Relay::start(), settings, &state);
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let (mut signed_in, page) = site.sign_in(&envelope);
    let id = signed_in
        .post("/answer", &[("way", b"reply"), ("envelope", envelope.as_bytes())])
        .hidden("submission");
    assert!(page.text().contains("dear Bob"));
    let fields: [(&str, &[u8]); 2] = [("passcode", b"12345678"), ("envelope", envelope.as_bytes())];

    // Somebody else was mailed a passcode while he was writing.
    let several = site.sample(&terms(&["bob@example.net", "carol@example.com"]));
    let mut waiting = vec![
        ("waits", "yes".to_owned()),
        ("way", "reply".to_owned()),
        ("submission", id.clone()),
        ("text", "Half a thought.".to_owned()),
        ("address", "carol@example.com".to_owned()),
        ("envelope", several),
    ];
    let (mut carol, mails) = (site.browser(), site.relay.count());
    let mut write = |path: &str, fields: &[(&str, String)]| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        carol.post(path, &fields)
    };
    let asked = write("/passcode", &waiting);
    assert!(asked.asks_for_passcode());
    let (passcode, reference) = (site.relay.passcode(mails + 1), asked.hidden("reference"));
    waiting.push(("reference", reference.clone()));

    server.interrupt().unwrap();
    let with_passcode = [waiting.clone(), vec![("passcode", passcode)]].concat();
    let away = write("/read", &with_passcode);
    assert_eq!((away.status, away.hidden("reference")), (503, reference.clone()));
    assert!(away.hidden("address") == "carol@example.com" && away.text().contains("Half a thought."));
    for path in ["/open", "/read", "/passcode", "/mail"] {
        let away = signed_in.post(path, &fields);
        assert_eq!((away.status, away.header("retry-after")), (503, Some("30")), "{path}");
        assert!(away.text().contains("try again") && !away.text().contains("dear Bob"), "{path}");
    }
    let answer: [(&str, &[u8]); 4] = [
        ("way", b"reply"),
        ("submission", id.as_bytes()),
        ("text", b"This is kept."),
        ("envelope", envelope.as_bytes()),
    ];
    for path in ["/answer/send", "/again"] {
        let away = signed_in.post(path, &answer);
        assert_eq!((away.status, away.header("retry-after")), (503, Some("30")), "{path}");
        assert!(away.text().contains("This is kept.") && away.hidden("submission") == id, "{path}");
        assert!(away.text().contains("formaction=\"/again\"") && away.carried() == envelope, "{path}");
    }
    assert_eq!(signed_in.get("/health").status, 503);
    assert_eq!(signed_in.get("/").status, 200);

    server.resume().unwrap();
    wait_until("the portal's health", Duration::from_mins(1), || {
        (site.browser().get("/health").status == 200).then_some(())
    })
    .unwrap();
    let page = signed_in.post("/open", &[("envelope", envelope.as_bytes())]);
    assert!(page.text().contains("dear Bob"), "the session is still there");
    let asked = write("/again", &waiting);
    assert!(
        asked.asks_for_passcode() && asked.hidden("reference") == reference,
        "the passcode is still good"
    );
    assert!(write("/read", &with_passcode).text().contains("Half a thought."));
    let again = signed_in.post("/again", &answer);
    assert!(again.status == 200 && again.text().contains("This is kept."), "and what was written");
}
