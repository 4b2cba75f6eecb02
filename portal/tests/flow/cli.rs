//! The command line, as scripts use it.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use sealpost_common::{keys::SealingKey, seal::Sealer};

use crate::site::{SAMPLE, foreign_sealer, set_up, terms, text};

const PUBLIC_URL: &str = "[server]\npublic_url = 'https://portal.example.org'\n";

fn portal(directory: &Path, arguments: &[&str]) -> Output {
    portal_with_input(directory, arguments, b"")
}

fn portal_with_input(directory: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sealpost-portal"))
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may end before it has read everything.
    drop(child.stdin.take().unwrap().write_all(input));
    child.wait_with_output().unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn seal(sealer: &Sealer) -> Vec<u8> {
    let sealed = sealer.seal(SAMPLE.as_bytes(), &terms(&["bob@example.net"]), &mut rand::rng()).unwrap();
    text(&sealed).into_bytes()
}

#[test]
fn keys_are_made_listed_rotated_and_exported() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let settings = format!(
        "{PUBLIC_URL}[keys]\nopening_keys = 'keys'\nstate_key = 'state.key'\n[state]\nsqlite = 'x.sqlite'\n\
         [mail]\nfrom = 'p@example.org'\n"
    );
    fs::write(at.join("portal.toml"), settings).unwrap();
    assert!(!portal(at, &["keys", "export", "--config", "portal.toml"]).status.success());

    let made = portal(at, &["keys", "generate", "--config", "portal.toml", "--json"]);
    assert!(made.status.success(), "{}", stderr(&made));
    let first = json(&made)["id"].as_str().unwrap().to_owned();
    for secret in [at.join("state.key"), at.join(json(&made)["file"].as_str().unwrap())] {
        assert_eq!(fs::metadata(secret).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = portal(at, &["keys", "generate", "--config", "portal.toml"]);
    assert!(!again.status.success() && stderr(&again).contains("rotate"));

    std::thread::sleep(std::time::Duration::from_millis(1100));
    let rotated = portal(at, &["keys", "rotate", "--config", "portal.toml"]);
    assert!(stderr(&rotated).contains("offline"));
    let exported = portal(at, &["keys", "export", "--config", "portal.toml"]);
    assert_eq!(exported.stdout, rotated.stdout);
    let key = SealingKey::from_text(std::str::from_utf8(&exported.stdout).unwrap()).unwrap();

    let list = json(&portal(at, &["keys", "list", "--config", "portal.toml", "--json"]));
    assert_eq!(list[0]["id"], first.as_str());
    assert_eq!(list[0]["current"], false);
    assert_eq!(list[1]["id"], key.id().to_string());
    assert_eq!(list[1]["current"], true);
    let old = portal(at, &["keys", "export", "--config", "portal.toml", "--id", &first, "--json"]);
    assert_eq!(json(&old)["sealing_key"], json(&made)["sealing_key"]);
    for output in [&made, &rotated, &exported] {
        assert!(!String::from_utf8_lossy(&output.stdout).contains("opening-key-v1"));
    }
}

#[test]
fn check_says_what_is_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    set_up(at, "127.0.0.1:25", PUBLIC_URL);
    let good = portal(at, &["check", "--config", "portal.toml"]);
    assert!(good.status.success(), "{}", stderr(&good));
    assert_eq!(json(&portal(at, &["check", "--config", "portal.toml", "--json"]))["ok"], true);

    let settings = fs::read_to_string(at.join("portal.toml")).unwrap();
    let provider = "[[provider]]\nname = 'google'\nkind = 'google'\nclient_id = 'x'\nclient_secret_file = 'client.secret'\n";
    fs::write(at.join("portal.toml"), format!("{settings}{provider}")).unwrap();
    assert!(portal(at, &["check", "--config", "portal.toml"]).status.success());
    for (content, mode, words) in [
        ("two words", 0o600, "client secret"),
        ("\n", 0o600, "client secret"),
        ("secret", 0o644, "is readable"),
    ] {
        fs::write(at.join("client.secret"), content).unwrap();
        fs::set_permissions(at.join("client.secret"), fs::Permissions::from_mode(mode)).unwrap();
        let bad = portal(at, &["check", "--config", "portal.toml"]);
        assert_eq!(bad.status.code(), Some(1), "{content}");
        assert!(stderr(&bad).contains("client.secret: ") && stderr(&bad).contains(words), "{}", stderr(&bad));
    }
    fs::write(at.join("portal.toml"), settings).unwrap();

    fs::set_permissions(at.join("state.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let exposed = portal(at, &["check", "--config", "portal.toml"]);
    assert_eq!(exposed.status.code(), Some(1));
    assert!(stderr(&exposed).contains("state.key: is readable"));
    fs::remove_dir_all(at.join("keys")).unwrap();
    let both = json(&portal(at, &["check", "--config", "portal.toml", "--json"]));
    assert_eq!(both["errors"].as_array().unwrap().len(), 2);

    fs::write(at.join("portal.toml"), format!("{PUBLIC_URL}nonsense = 1\n")).unwrap();
    let unknown = portal(at, &["check", "--config", "portal.toml"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(stderr(&unknown).starts_with("portal.toml:3: "), "{}", stderr(&unknown));
    assert_eq!(portal(at, &["serve", "--config", "portal.toml"]).status.code(), Some(1));
    assert_eq!(portal(at, &["check", "--config", "missing.toml"]).status.code(), Some(1));
    assert_eq!(portal(at, &["nonsense"]).status.code(), Some(1));
    assert_eq!(portal(at, &["--help"]).status.code(), Some(0));
}

/// What runs and will not come out as meant is said, and does not keep the portal from running.
#[test]
fn check_warns() {
    let answer = "[answer]\nrelay = '127.0.0.1:1'\nfrom = 'Example <answers@example.org>'\n";
    let cases: [(&str, &[&str]); 6] = [
        (answer, &[]),
        (&format!("{answer}envelope_sender = 'bounces@mail.example.org'"), &[]),
        (&format!("{answer}envelope_sender = 'bounces@example.net'"), &["SPF"]),
        (&answer.replace("example.org", "example.net"), &["nobody outside can open answers"]),
        ("[passcode]\nper_address = 41\nper_envelope = 20", &[]),
        ("[passcode]\nper_address = 40\nper_envelope = 21", &["per_envelope"]),
    ];
    for (lines, expected) in cases {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        set_up(at, "127.0.0.1:25", &format!("{PUBLIC_URL}{lines}\n"));
        let printed = portal(at, &["check", "--config", "portal.toml"]);
        assert!(printed.status.success(), "{lines}: {}", stderr(&printed));
        let said = json(&portal(at, &["check", "--config", "portal.toml", "--json"]));
        let warnings = said["warnings"].as_array().unwrap();
        assert_eq!((said["ok"].as_bool(), warnings.len()), (Some(true), expected.len()), "{lines}: {said}");
        for words in expected {
            assert!(warnings[0].as_str().unwrap().contains(words), "{said}");
            assert!(
                stderr(&printed)
                    .contains(&format!("portal.toml: warning: {}", warnings[0].as_str().unwrap()))
            );
        }
    }
}

#[test]
fn open_recovers_with_nothing_but_the_key() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let sealer = set_up(at, "127.0.0.1:25", PUBLIC_URL);
    fs::write(at.join("message.html"), seal(&sealer)).unwrap();
    let key = fs::read_dir(at.join("keys")).unwrap().next().unwrap().unwrap().path();

    let opened = portal(at, &["open", "--config", "portal.toml", "message.html"]);
    assert_eq!((opened.stdout.as_slice(), stderr(&opened).as_str()), (SAMPLE.as_bytes(), ""));

    let by_key = portal_with_input(at, &["open", "--key", key.to_str().unwrap(), "-"], &seal(&sealer));
    assert_eq!((by_key.status.code(), by_key.stdout.as_slice()), (Some(0), SAMPLE.as_bytes()));
    assert!(stderr(&by_key).contains("origin was not checked"));

    let foreign =
        portal_with_input(at, &["open", "--config", "portal.toml", "-"], &seal(&foreign_sealer(at)));
    assert_eq!(foreign.stdout, SAMPLE.as_bytes());
    assert!(stderr(&foreign).contains("origin was not checked"));
}

#[test]
fn open_writes_nothing_when_it_must_refuse() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let sealer = set_up(at, "127.0.0.1:25", PUBLIC_URL);
    let sealed = sealer.seal(SAMPLE.as_bytes(), &terms(&["bob@example.net"]), &mut rand::rng()).unwrap();
    let good = sealed.to_bytes();
    portal(at, &["keys", "generate", "--out", "other.key"]);
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut forged = good.clone();
    forged[sealed.header().len() - 1] ^= 1;
    let cases: [(&str, &[&str], &[u8], &str); 6] = [
        ("wrong key", &["open", "--key", "other.key", "-"], &good, "--key"),
        ("flipped payload", &["open", "--config", "portal.toml", "-"], &flipped, "digest"),
        ("forged", &["open", "--config", "portal.toml", "-"], &forged, "signature"),
        ("cut", &["open", "--config", "portal.toml", "-"], &good[..good.len() - 1], "cut short"),
        ("nothing", &["open", "--config", "portal.toml", "-"], b"", "BEGIN"),
        ("a mail without one", &["open", "--config", "portal.toml", "-"], SAMPLE.as_bytes(), "BEGIN"),
    ];
    for (name, arguments, input, words) in cases {
        let output = portal_with_input(at, arguments, input);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{name}");
        assert!(stderr(&output).contains(words), "{name}: {}", stderr(&output));
    }
}

#[test]
fn stats_shows_figures_and_no_small_ones() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    set_up(at, "127.0.0.1:25", PUBLIC_URL);
    let output = portal(at, &["stats", "--config", "portal.toml"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("nothing to be shown"));

    let settings = sealpost_portal::config::Settings::load(&at.join("portal.toml")).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let counts = [("message", 7), ("error/gone", 4)]
        .map(|(kind, count)| ((sealpost_portal::usage::today(now), kind.to_owned()), count));
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let state = sealpost_portal::state::State::open(&settings.state).await.unwrap();
        state.add_figures(&counts.into_iter().collect()).await.unwrap();
        state.close().await;
    });
    // The day may have ended meanwhile.
    let shown = json(&portal(at, &["stats", "--config", "portal.toml", "--json", "--days", "2"]));
    assert_eq!(shown["figures"].as_array().unwrap().len(), 1, "{shown}");
    assert_eq!(
        (&shown["figures"][0]["kind"], &shown["figures"][0]["at_least"]),
        (&"message".into(), &7.into())
    );
    let text = portal(at, &["stats", "--config", "portal.toml", "--days", "2"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("Messages viewed") && text.contains("  7\n") && !text.contains("gone"), "{text}");
    assert_eq!(portal(at, &["stats", "--config", "portal.toml", "--days", "0"]).status.code(), Some(1));
}

#[test]
fn revoke_and_restore_say_what_they_did() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    set_up(at, "127.0.0.1:25", PUBLIC_URL);
    for (verb, words) in [
        ("restore", "it was not revoked"),
        ("revoke", "revoked"),
        ("revoke", "already"),
        ("restore", "restored"),
    ] {
        let output = portal(at, &[verb, "--config", "portal.toml", "<x@example.org>"]);
        assert!(String::from_utf8_lossy(&output.stdout).contains(words), "{verb}: {}", stderr(&output));
    }
    assert_eq!(portal(at, &["revoke", "--config", "portal.toml", "<>"]).status.code(), Some(1));
}
