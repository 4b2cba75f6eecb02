//! `cargo demo` as somebody would try it: from the inbox to the mail, a mail of one's own by swaks, and a clean end.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sealpost_tests::browser::Browser;
use sealpost_tests::place::{Folder, build_dir, installed, program, project_root};
use sealpost_tests::process::{Process, run, wait_until};
use serde_json::Value;

/// Else the demo, and with it the test below, waits for a second build of what stands already.
#[test]
fn the_demo_needs_nothing_built_that_the_tests_have_built() {
    program("demo").unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--workspace", "--bins", "--locked", "--message-format=json"]);
    cargo.current_dir(project_root()).env("CARGO_TARGET_DIR", build_dir().parent().unwrap());
    if build_dir().ends_with("release") {
        cargo.arg("--release");
    }
    let messages = run(&mut cargo).unwrap();
    let built: Vec<Value> =
        messages.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let artifacts = built.iter().filter(|message| message["reason"] == "compiler-artifact");
    assert!(artifacts.clone().count() > 100, "Cargo lists what it builds");
    let anew: Vec<_> =
        artifacts.filter(|unit| unit["fresh"] != true).map(|unit| &unit["package_id"]).collect();
    assert!(anew.is_empty(), "their features differ between the demo and the tests: {anew:?}");
}

#[test]
fn the_demo_shows_a_sealed_mail_and_ends_cleanly() {
    if !installed(&["chromium", "chromedriver", "swaks"]) {
        return;
    }
    let folder = Folder::new("demo-test").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    command.arg("--json");
    let mut demo = Process::start("demo", command, &folder.join("demo.log")).unwrap();
    let started =
        demo.wait_for_log(Duration::from_mins(5), |log| serde_json::from_str::<Value>(log).ok()).unwrap();
    let text = |key: &str| started[key].as_str().unwrap().to_owned();

    let browser = Browser::start(&folder, "browser", true).unwrap();
    browser.open(&text("inbox")).unwrap();
    browser.screenshots("demo-inbox").unwrap();
    browser.click("a[href='/mail/0']").unwrap();
    browser.screenshots("demo-carrier").unwrap();
    browser.click("#open").unwrap();
    browser.follow_new_window().unwrap();
    browser.click("button").unwrap();
    browser.follow_new_window().unwrap();
    browser.click("button[formaction='/passcode']").unwrap();
    browser.text("#passcode").unwrap();
    let passcode = passcode_in(&folder, &text("inbox"));
    browser.type_into("#passcode", &passcode).unwrap();
    browser.click("button[formaction='/read']").unwrap();
    assert_eq!(browser.text(".message-subject").unwrap(), "Figures for Monday");
    browser.screenshots("demo-read").unwrap();

    let (host, port) =
        text("gateway_smtp").split_once(':').map(|(host, port)| (host.to_owned(), port.to_owned())).unwrap();
    let mut swaks = Command::new("swaks");
    swaks.args([
        "--server",
        &host,
        "--port",
        &port,
        "--from",
        "alice@example.org",
        "--to",
        "bob@example.net",
    ]);
    swaks.args(["--h-Subject", "Only for you", "--body", "Hello Bob", "--attach", "@Cargo.toml"]);
    run(swaks.current_dir(project_root())).unwrap();
    browser.open(&text("inbox")).unwrap();
    assert_eq!(browser.texts(".subject").unwrap()[0], "Only for you");
    assert_eq!(browser.texts(".kind").unwrap(), ["sealed", "passcode", "sealed"]);

    assert!(demo.stop().unwrap().success());
    assert!(!Path::new(&text("folder")).exists(), "the folder is gone");
}

/// Reads the passcode in the inbox, in a browser of its own, as in a second window.
fn passcode_in(folder: &Folder, inbox: &str) -> String {
    let browser = Browser::start(folder, "second", false).unwrap();
    wait_until("the passcode in the inbox", Duration::from_secs(20), || {
        browser.open(inbox).ok()?;
        browser.shows(".kind.passcode").ok()?.then_some(())
    })
    .unwrap();
    browser.click("li:has(.kind.passcode) a").unwrap();
    let text = browser.text("#text").unwrap();
    browser.screenshots("demo-passcode").unwrap();
    text.lines()
        .map(str::trim)
        .find(|line| line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit()))
        .unwrap()
        .to_owned()
}
