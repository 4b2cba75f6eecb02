//! The program itself: its commands, exit statuses and messages.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use crate::place::{Place, SEAL_ALL, SETTINGS};

const MAIL: &str = "From: Alice <alice@example.org>\r\nSubject: confidential merger\r\n\r\nThe body.\r\n";

const POLICY: &str = r#"
internal_domains = ["example.org"]
default = "pass"
[[rule]]
name = "marked"
action = "seal"
[rule.when]
subject_words = ["confidential"]
"#;

struct Run {
    success: bool,
    out: Vec<u8>,
    err: String,
}

impl Run {
    fn out(&self) -> &str {
        str::from_utf8(&self.out).unwrap()
    }
}

/// Runs the program in a folder, with something on its standard input.
fn run(folder: &Path, arguments: &[&str], input: &str) -> Run {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sealpost-gateway"));
    let program = program.current_dir(folder).args(arguments);
    let mut child =
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that does not read its input may be gone by now.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{:?}", output.status);
    let err = String::from_utf8(output.stderr).unwrap();
    Run { success: output.status.success(), out: output.stdout, err }
}

#[test]
fn check_says_what_is_wrong_and_where() {
    let place = Place::new(SETTINGS, POLICY);
    let good = run(place.folder.path(), &["check", "--config", "gateway.toml"], "");
    assert!(good.success && good.out().contains("1 rules, then pass"), "{}", good.out());
    let good = run(place.folder.path(), &["check", "--config", "gateway.toml", "--json"], "");
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&good.out).unwrap()["ok"], true);

    fs::write(place.folder.path().join("policy.toml"), "default = \"pass\"\nrules = []\n").unwrap();
    fs::remove_file(place.folder.path().join("sealing.key")).unwrap();
    let bad = run(place.folder.path(), &["check", "--config", "gateway.toml"], "");
    assert!(!bad.success);
    assert!(bad.err.contains("gateway.toml:11: the key file sealing.key cannot be read"), "{}", bad.err);
    assert!(bad.err.contains("policy.toml:2: unknown field `rules`"), "{}", bad.err);
    let bad = run(place.folder.path(), &["check", "--config", "gateway.toml", "--json"], "");
    let json: serde_json::Value = serde_json::from_slice(&bad.out).unwrap();
    assert!(!bad.success && json["ok"] == false && json["errors"].as_array().unwrap().len() == 2);
}

#[test]
fn decide_prints_decisions_and_nothing_of_the_mail() {
    let place = Place::new(SETTINGS, POLICY);
    fs::write(place.folder.path().join("mail.eml"), MAIL).unwrap();
    let arguments =
        ["decide", "--config", "gateway.toml", "--from", "alice@example.org", "--to", "b@example.net"];
    let arguments = [&arguments[..], &["--to", "c@example.org"]].concat();
    let expected = "b@example.net: seal by \"marked\"; template \"default\"\n\
        \x20 rule \"marked\": met\n\
        \x20   when recipient_is: met\n\
        \x20   when subject_words: met (confidential)\n\
        c@example.org: pass by \"internal_domains\"\n\
        \x20 rule \"marked\": not met\n\
        \x20   when recipient_is: not met\n\
        \x20   when subject_words: met (confidential)\n";
    for (file, input) in [("mail.eml", ""), ("-", MAIL)] {
        let decided = run(place.folder.path(), &[&arguments[..], &[file]].concat(), input);
        assert!(decided.success, "{}", decided.err);
        assert_eq!(decided.out(), expected);
    }
    let decided = run(place.folder.path(), &[&arguments[..], &["--json", "-"]].concat(), MAIL);
    let lines: Vec<serde_json::Value> =
        decided.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines.first().unwrap()["action"], "seal");
    assert!(!decided.out().contains("merger"));
}

#[test]
fn seal_prints_a_carrier_mail_that_opens() {
    let place = Place::new(SETTINGS, "default = \"reject\"\n");
    for sender in ["alice@example.org", "", "<>"] {
        let arguments = ["seal", "--config", "gateway.toml", "--from", sender, "--to", "b@example.net", "-"];
        let sealed = run(place.folder.path(), &arguments, MAIL);
        assert!(sealed.success, "{}", sealed.err);
        assert_eq!(place.open(&sealed.out), MAIL.as_bytes());
    }
}

#[test]
fn seal_refuses_what_it_cannot_seal() {
    let place = Place::new(&SETTINGS.replace("\"*\"", "\"example.com\""), SEAL_ALL);
    let arguments = ["seal", "--config", "gateway.toml", "--from", "", "--to", "b@example.net", "-"];
    let sealed = run(place.folder.path(), &arguments, MAIL);
    assert!(!sealed.success && sealed.out.is_empty());
    assert!(sealed.err.contains("[sender] domains"), "{}", sealed.err);
    let arguments = ["seal", "--config", "gateway.toml", "--from", "", "--to", "b@example.net", "absent.eml"];
    assert!(run(place.folder.path(), &arguments, "").err.contains("absent.eml: No such file"));
}

#[test]
fn keys_are_made_once_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let made = run(folder.path(), &["keys", "generate", "--out", "new.key"], "");
    assert!(made.success && made.out().contains("sealpost-verifying-key-v1:"), "{}", made.err);
    let path = folder.path().join("new.key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let secret = fs::read_to_string(&path).unwrap();
    let secret = secret.lines().last().unwrap();
    assert!(!made.out().contains(secret));

    let again = run(folder.path(), &["keys", "generate", "--out", "new.key"], "");
    assert!(!again.success && again.err.contains("never overwritten"));
    assert_eq!(fs::read_to_string(&path).unwrap().lines().last().unwrap(), secret);

    assert_eq!(run(folder.path(), &["keys", "show", "--key", "new.key"], "").out(), made.out());
    let shown = run(folder.path(), &["keys", "show", "--key", "new.key", "--json"], "");
    let shown: serde_json::Value = serde_json::from_slice(&shown.out).unwrap();
    assert!(made.out().contains(shown["id"].as_str().unwrap()));

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let open = run(folder.path(), &["keys", "show", "--key", "new.key"], "");
    assert!(!open.success && open.err.contains("chmod 600") && !open.err.contains(secret));
}

#[test]
fn serve_does_not_start_without_its_files() {
    for (file, expected) in [
        ("policy.toml", "policy.toml: cannot be read"),
        ("signing.key", "signing.key cannot be read"),
        ("sealing.key", "sealing.key cannot be read"),
        ("gateway.toml", "gateway.toml: cannot be read"),
    ] {
        let place = Place::new(SETTINGS, POLICY);
        fs::remove_file(place.folder.path().join(file)).unwrap();
        let served = run(place.folder.path(), &["serve", "--config", "gateway.toml"], "");
        assert!(!served.success && served.err.contains(expected), "{}", served.err);
    }
}

#[test]
fn serve_says_when_an_address_is_taken() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let place = Place::new(&SETTINGS.replace("127.0.0.1:12600", &address), POLICY);
    let served = run(place.folder.path(), &["serve", "--config", "gateway.toml"], "");
    assert!(!served.success && served.err.contains(&format!("cannot listen on {address}")), "{}", served.err);
}

#[test]
fn serve_stops_at_a_signal() {
    for signal in ["TERM", "INT"] {
        let place = Place::new(&SETTINGS.replace("127.0.0.1:12600", "127.0.0.1:0"), POLICY);
        let mut program = Command::new(env!("CARGO_BIN_EXE_sealpost-gateway"));
        let program = program.current_dir(place.folder.path()).args(["serve", "--config", "gateway.toml"]);
        let mut child = program.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().contains("listening"));
        let kill = format!("kill -{signal} {}", child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        assert!(child.wait().unwrap().success(), "{signal}");
        assert!(lines.any(|line| line.unwrap().contains("stopping")));
    }
}

#[test]
fn wrong_arguments_end_with_1_and_help_with_0() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["frobnicate"][..], &["serve"], &["decide", "--config", "x"], &[]] {
        assert!(!run(folder.path(), arguments, "").success, "{arguments:?}");
    }
    for arguments in [&["--help"][..], &["--version"], &["keys", "generate", "--help"]] {
        assert!(run(folder.path(), arguments, "").success, "{arguments:?}");
    }
}
