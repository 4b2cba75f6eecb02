//! The doctor finds what is wrong with a chain, and finds it in the right place: one thing at a time is broken in a real
//! one, and just the stage that is about it fails.

mod front;
mod relay_host;
mod stripping;
mod surroundings;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sealpost_tests::carrier;
use sealpost_tests::maildir::Maildir;
use sealpost_tests::place::installed;
use sealpost_tests::postfix::Filter;
use sealpost_tests::process::{as_root, free_address, run};
use sealpost_tests::secrets::contains;
use sealpost_tests::sink::Sink;
use sealpost_tests::site::{Plan, Site};

use crate::desk::GENEROUS;

const BOB: &str = "bob@example.net";
/// Gets his mails as they are.
const PARTNER: &str = "carol@partner.example";

/// What the doctor printed: each stage with its verdict and all its words.
struct Findings {
    ok: bool,
    stages: Vec<(String, String, String)>,
}

impl Findings {
    fn with(&self, wanted: &str) -> Vec<(&str, &str)> {
        let stages = self.stages.iter().filter(|(_, verdict, _)| verdict == wanted);
        stages.map(|(name, _, words)| (name.as_str(), words.as_str())).collect()
    }
}

/// A running chain, and places for broken copies of its settings.
struct Scene {
    site: Site,
    copies: usize,
    /// Environment variables that the doctor runs with.
    surroundings: Vec<(&'static str, OsString)>,
    /// What was found otherwise than it should be.
    surprises: Vec<String>,
}

impl Scene {
    fn start(name: &str, filter: Filter) -> Self {
        let relay_host = (filter == Filter::Outbound).then(relay_host::start);
        let outside = relay_host.as_ref().map(Sink::address);
        let passcode_settings = GENEROUS.into();
        let plan = Plan { next_hop: outside, portal_relay: outside, passcode_settings, ..Plan::new(name) };
        let mut site = Site::new(&plan).unwrap();
        // A second gateway that the portal trusts as well, whose key no running gateway has.
        let other =
            site.gateway_command(&["keys", "generate", "--json", "--out", "trusted.key"]).output().unwrap();
        let other: serde_json::Value = serde_json::from_slice(&other.stdout).unwrap();
        let portal = fs::read_to_string(site.portal_settings()).unwrap();
        let gateway = format!(
            "[[gateway]]\nverifying_key = {}\ndomains = [\"example.org\", \"*.example.org\"]\n",
            other["verifying_key"]
        );
        fs::write(site.portal_settings(), portal + &gateway).unwrap();
        run(&mut site.gateway_command(&["keys", "generate", "--out", "stranger.key"])).unwrap();
        let stranger =
            run(&mut site.portal_command(&["keys", "generate", "--out", "stranger-opening.key"])).unwrap();
        fs::write(site.folder().join("stranger-sealing.key"), stranger).unwrap();
        site.start_gateway().unwrap();
        site.start_portal().unwrap();
        match relay_host {
            None => site.start_postfix(filter, &[BOB, PARTNER]).unwrap(),
            Some(relay_host) => {
                site.start_postfix(filter, &[]).unwrap();
                relay_host::deliver(relay_host, site.folder().join("mailboxes/example.net/bob"));
            }
        }
        Self { site, copies: 0, surroundings: Vec::new(), surprises: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.site.folder().join(name)
    }

    /// Makes a copy of the gateway's settings with one piece replaced.
    fn settings(&mut self, from: &str, to: &str) -> PathBuf {
        self.copies += 1;
        let path = self.path(&format!("copy-{}.toml", self.copies));
        let text = fs::read_to_string(self.site.gateway_settings()).unwrap();
        assert!(text.contains(from), "gateway.toml has no {from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        path
    }

    /// Makes a copy of Postfix's settings and changes it: `postconf` with these arguments.
    fn postfix(&mut self, change: &[&str]) -> PathBuf {
        self.copies += 1;
        let path = self.path(&format!("postfix/copy-{}", self.copies));
        run(as_root("cp").arg("-a").arg(self.path("postfix/config")).arg(&path)).unwrap();
        run(as_root("/usr/sbin/postconf").arg("-c").arg(&path).args(change)).unwrap();
        path
    }

    fn doctor(&self, settings: &Path, postfix: &Path, arguments: &[&str]) -> Findings {
        let mut command: Command = self.site.gateway_command(&["doctor", "--json", "--config"]);
        command.arg(settings).arg("--postfix").arg(postfix).args(arguments);
        command.envs(self.surroundings.iter().map(|(name, value)| (name, value)));
        let output = command.output().unwrap();
        for secret in ["signing.key", "trusted.key", "stranger.key"] {
            let key = fs::read_to_string(self.path(secret)).unwrap();
            let key = key.trim().rsplit(':').next().unwrap().to_owned();
            assert!(!contains(&output.stdout, key.as_bytes()) && !contains(&output.stderr, key.as_bytes()));
        }
        for mail in Maildir::new(&self.path("mailboxes/example.net/bob")).mails().unwrap() {
            let Ok(passcode) = carrier::passcode(&mail) else { continue };
            assert!(!contains(&output.stdout, passcode.as_bytes()));
            assert!(!contains(&output.stderr, passcode.as_bytes()));
        }
        let said: serde_json::Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let ok = said["ok"] == true;
        assert_eq!(output.status.success(), ok);
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let stages = said["stages"].as_array().unwrap().iter().map(|stage| {
            let words = format!("{} {}", text(&stage["note"]), stage["faults"]);
            (text(&stage["stage"]), text(&stage["verdict"]), words)
        });
        Findings { ok, stages: stages.collect() }
    }

    /// Looks at a chain in which nothing is broken, where `stage` has to pass by saying `words`.
    fn passes(&mut self, (settings, postfix): (&Path, &Path), stage: &str, words: &str) {
        let findings = self.doctor(settings, postfix, &[]);
        let has_passed = |&(name, said): &(&str, &str)| name == stage && said.contains(words);
        if !(findings.ok && findings.with("PASS").iter().any(has_passed)) {
            self.surprises.push(format!("{stage} does not say {words:?}, but {:#?}", findings.stages));
        }
    }

    /// Looks at a chain in which one thing is broken, which `stage` has to find by saying `words`.
    fn finds(
        &mut self,
        what: &str,
        (settings, postfix): (&Path, &Path),
        arguments: &[&str],
        stage: &str,
        words: &str,
    ) {
        let findings = self.doctor(settings, postfix, arguments);
        let failures = findings.with("FAIL");
        let is_found = failures.len() == 1 && failures[0].0 == stage && failures[0].1.contains(words);
        let has_advice = failures.iter().all(|(_, said)| !said.contains("\"todo\":\"\""));
        if !(is_found && has_advice) {
            self.surprises.push(format!("{what}: not {stage}, {words:?}, but {failures:#?}"));
        }
    }

    /// Ends the chain; fails if something was found otherwise than it should be.
    fn finish(self) {
        assert!(self.surprises.is_empty(), "{}", self.surprises.join("\n\n"));
        self.site.finish().unwrap();
    }
}

/// Whether the kernel says that the processor has what AES-GCM needs.
fn has_aes() -> bool {
    let about = fs::read_to_string("/proc/cpuinfo").unwrap();
    let flags = about.lines().find(|line| line.starts_with("flags") || line.starts_with("Features"));
    let flags: Vec<&str> = flags.unwrap_or_default().split_whitespace().collect();
    flags.contains(&"aes") && (flags.contains(&"pclmulqdq") || flags.contains(&"pmull"))
}

#[test]
fn a_healthy_chain_passes_with_a_mail_to_oneself() {
    if !installed(&["postfix"]) {
        return;
    }
    let mut scene = Scene::start("doctor-healthy", Filter::Lmtp);
    let (settings, postfix) = (scene.site.gateway_settings(), scene.path("postfix/config"));
    let mailbox = scene.path("mailboxes/example.net/bob");
    let mailbox = mailbox.to_str().unwrap();
    let submission = scene.site.ports.submission.to_string();
    for way in [
        &["--to", BOB, "--mailbox", mailbox][..],
        &["--to", BOB, "--mailbox", mailbox, "--submit", &submission],
    ] {
        let findings = scene.doctor(&settings, &postfix, way);
        assert!(findings.ok, "{:?}", findings.stages);
        let skipped: Vec<_> = findings.with("SKIP").into_iter().map(|(name, _)| name).collect();
        assert_eq!(skipped, ["dkim", "certificate"], "{:?}", findings.stages);
        // A processor cannot be broken here; what is said of it has to be what the kernel says.
        assert!(has_aes());
        let (name, said) = *findings.with("PASS").last().unwrap();
        assert!(name == "opened" && said.contains("was shown what had been written"), "{name}: {said}");
    }
    // What the doctor says the portal would open does open.
    let arrived = scene.site.postfix().mailbox(BOB).wait_for("the test mail", carrier::is_sealed).unwrap();
    let opened = scene.site.open(&arrived).unwrap();
    assert!(contains(&opened, b"This is a test mail of \"sealpost-gateway doctor\"."));
    // The envelope may be in the link alone.
    scene.site.change_gateway_settings("[server]", "[carrier]\nform = \"link\"\n[server]").unwrap();
    scene.site.stop_gateway().unwrap();
    scene.site.start_gateway().unwrap();
    let findings = scene.doctor(&settings, &postfix, &["--to", BOB, "--mailbox", mailbox]);
    assert!(findings.ok, "{:?}", findings.stages);
    // In words, with nothing to send, and by Postfix's own sendmail where nobody waits for the mail.
    let mut command = scene.site.gateway_command(&["doctor", "--to", BOB, "--config"]);
    let text = run(command.arg(&settings).arg("--postfix").arg(&postfix)).unwrap();
    let text = String::from_utf8(text).unwrap();
    print!("{text}");
    assert!(
        text.contains(
            "SKIP  arrival      no --mailbox PATH: look yourself for the mail with the Message-ID doctor."
        ),
        "{text}"
    );
    assert!(text.ends_with("0 failed, 4 skipped\n") && !text.contains('\x1b'), "{text}");
    scene.finish();
}

/// A chain that was made by the guide is healthy, by whatever way of it; a relay host of others need not offer much.
#[test]
fn each_way_into_postfix_is_healthy() {
    if !installed(&["postfix"]) {
        return;
    }
    for (filter, said) in [
        (Filter::Smtp, "after the queue (transport sealpost)"),
        (Filter::LmtpUnix, "after the queue (transport sealpost)"),
        (Filter::Proxy, "before the queue (smtpd_proxy_filter)"),
        (Filter::Milter, "as a milter"),
        (Filter::MilterUnix, "as a milter"),
        (Filter::MilterSplit, "as a milter"),
        (Filter::Several, "after the queue (transport sealpost)"),
        (Filter::Submission, "after the queue (transport sealpost)"),
        (Filter::Outbound, "after the queue (transport sealpost)"),
    ] {
        let scene = Scene::start("doctor-way", filter);
        let (settings, postfix) = (scene.site.gateway_settings(), scene.path("postfix/config"));
        let mailbox = scene.path("mailboxes/example.net/bob");
        let submission = scene.site.ports.submission.to_string();
        let round = ["--to", BOB, "--mailbox", mailbox.to_str().unwrap(), "--submit", &submission];
        // There the port is for those who sign in.
        let round = if filter == Filter::Submission { &[][..] } else { &round };
        let findings = scene.doctor(&settings, &postfix, round);
        assert!(findings.ok, "{filter:?}: {:#?}", findings.stages);
        let insertion = findings.with("PASS").into_iter().find(|(name, _)| *name == "insertion").unwrap();
        assert!(insertion.1.contains(said), "{filter:?}: {insertion:?}");
        let next_hop = findings.with("PASS").into_iter().find(|(name, _)| *name == "next_hop").unwrap();
        for keyword in ["SMTPUTF8", "DSN", "XFORWARD"] {
            let is_lacking = next_hop.1.contains(&format!("; without {keyword}, "));
            assert_eq!(is_lacking, filter == Filter::Outbound, "{filter:?}: {next_hop:?}");
        }
        scene.finish();
    }
}

/// What to replace in `gateway.toml`, and the stage that finds it by which words.
const SETTINGS: [(&str, &str, &str, &str); 12] = [
    ("[log]", "[logg]", "settings", "unknown field `logg`"),
    ("[log]", "[policy]\nfile = \"absent.toml\"\n[log]", "settings", "absent.toml: cannot be read"),
    ("\"signing.key\"", "\"open.key\"", "keys", "open.key can be read by group or others"),
    ("\"sealing.key\"", "\"policy.toml\"", "keys", "policy.toml is not good"),
    ("[portal]", "recovery_key = \"sealing.key\"\n[portal]", "keys", "recovery_key is the portal's own"),
    (
        "[server]",
        "[[listener]]\nprotocol = \"smtp\"\naddress = \"FREE\"\n[server]",
        "listeners",
        "no answer at FREE",
    ),
    ("gateway.example.org", "other.example.org", "listeners", "a gateway with other settings, answers at"),
    ("[next_hop]\naddress = \"NEXT\"", "[next_hop]\naddress = \"FREE\"", "next_hop", "cannot be reached"),
    (
        "[next_hop]\naddress = \"NEXT\"",
        "[next_hop]\naddress = \"OWN\"",
        "settings",
        "[next_hop] is this listener",
    ),
    ("url = \"PORTAL\"", "url = \"http://FREE\"", "portal", "http://FREE cannot be reached"),
    ("\"sealing.key\"", "\"stranger-sealing.key\"", "probe", "opens nothing of what this gateway seals"),
    ("\"signing.key\"", "\"stranger.key\"", "probe", "opens nothing of what this gateway seals"),
];

/// What `postconf` changes in Postfix's settings, and the stage that finds it by which words.
const POSTFIX: [(&[&str], &str, &str); 14] = [
    (&["-e", "content_filter="], "insertion", "names a listener of this gateway"),
    (&["-P", "sealpost/unix/lmtp_send_xforward_command=no"], "transport", "lmtp_send_xforward_command = no"),
    (&["-P", "sealpost/unix/disable_mime_output_conversion=no"], "transport", "8-bit mails are re-encoded"),
    (&["-P", "sealpost/unix/lmtp_line_length_limit=998"], "transport", "long lines are broken"),
    (&["-P", "sealpost/unix/lmtp_data_done_timeout=300s"], "transport", "carry_timeout of 540 s"),
    (
        &["-F", "sealpost/unix/process_limit=500"],
        "transport",
        "may open 500 connections, the gateway takes 200",
    ),
    (&["-F", "sealpost/unix/command=smtp"], "transport", "speaks smtp, the gateway's listener lmtp"),
    (
        &["-e", "sealpost_destination_concurrency_failed_cohort_limit=1"],
        "transport",
        "leaves the gateway alone",
    ),
    (&["-e", "message_size_limit=0"], "sizes", "mails of any size"),
    (&["-e", "message_size_limit=200000000"], "sizes", "above the gateway's max_message_size"),
    (&["-P", "REINJECTION/inet/content_filter=sealpost:inet:LMTP"], "reinjection", "filtered again"),
    (&["-P", "REINJECTION/inet/smtpd_proxy_filter=SMTP"], "reinjection", "smtpd_proxy_filter"),
    (&["-P", "REINJECTION/inet/smtpd_authorized_xforward_hosts="], "reinjection", "takes no XFORWARD"),
    (&["-e", "smtpd_forbid_bare_newline=no"], "smuggling", "smtpd_forbid_bare_newline is no"),
];

#[test]
fn each_breakage_is_found_by_the_stage_that_is_about_it() {
    if !installed(&["postfix"]) {
        return;
    }
    let mut scene = Scene::start("doctor-broken", Filter::Lmtp);
    let (settings, postfix) = (scene.site.gateway_settings(), scene.path("postfix/config"));
    fs::copy(scene.path("signing.key"), scene.path("open.key")).unwrap();
    run(Command::new("chmod").arg("644").arg(scene.path("open.key"))).unwrap();
    let ports = scene.site.ports;
    let values = [
        ("FREE", free_address().unwrap().to_string()),
        ("NEXT", ports.reinjection.to_string()),
        ("OWN", ports.gateway_smtp.to_string()),
        ("PORTAL", scene.site.portal_url()),
        ("REINJECTION", ports.reinjection.to_string()),
        ("LMTP", ports.gateway_lmtp.to_string()),
        ("SMTP", ports.gateway_smtp.to_string()),
    ];
    let named =
        |text: &str| values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    for (from, to, stage, words) in SETTINGS {
        let broken = scene.settings(&named(from), &named(to));
        scene.finds(&named(to), (&broken, &postfix), &[], stage, &named(words));
    }
    let untrusted = scene.settings("domains = [", "domains = [\"other.example\", ");
    scene.finds(
        "a domain",
        (&untrusted, &postfix),
        &[],
        "probe",
        "does not trust this gateway for senders in other.example",
    );
    for (change, stage, words) in POSTFIX {
        let change: Vec<String> = change.iter().map(|argument| named(argument)).collect();
        let change: Vec<&str> = change.iter().map(String::as_str).collect();
        let broken = scene.postfix(&change);
        scene.finds(&change.join(" "), (&settings, &broken), &[], stage, words);
    }
    scene.finds("no Postfix", (&settings, &scene.path("absent")), &[], "postfix", "postconf failed");
    scene.site.stop_portal().unwrap();
    scene.finds("no portal", (&settings, &postfix), &[], "portal", "cannot be reached");
    scene.site.start_portal().unwrap();
    scene.site.stop_gateway().unwrap();
    scene.finds("no gateway", (&settings, &postfix), &[], "listeners", "no answer at");
    scene.site.start_gateway().unwrap();
    scene.finish();
}

#[test]
fn a_test_mail_tells_what_runs_otherwise_than_the_settings_say() {
    if !installed(&["postfix"]) {
        return;
    }
    let mut scene = Scene::start("doctor-mail", Filter::Lmtp);
    let (settings, postfix) = (scene.site.gateway_settings(), scene.path("postfix/config"));
    let mailbox = |of: &str| scene.path("mailboxes").join(of).to_str().unwrap().to_owned();
    let (bob, partner, nobody) =
        (mailbox("example.net/bob"), mailbox("partner.example/carol"), mailbox("nobody"));
    let to_bob = ["--to", BOB, "--mailbox", &bob];
    let to_partner = ["--to", PARTNER, "--mailbox", &partner];
    scene.finds("policy", (&settings, &postfix), &to_partner, "mail", "policy would pass a mail to carol@");
    let refused = ["--to", BOB, "--submit", &scene.site.ports.gateway_lmtp.to_string()];
    scene.finds("no SMTP", (&settings, &postfix), &refused, "mail", "refused the test mail: 500");
    let lost = ["--to", BOB, "--mailbox", &nobody, "--wait", "1"];
    scene.finds("no mailbox", (&settings, &postfix), &lost, "arrival", "did not come to");

    // The running gateway has read neither of these settings.
    fs::write(scene.path("strict.toml"), "default = \"seal\"\n").unwrap();
    let strict = scene.settings("[log]", "[policy]\nfile = \"strict.toml\"\n[log]");
    scene.finds("old policy", (&strict, &postfix), &to_partner, "arrival", "the test mail came in clear");
    let other_key = scene.settings("\"signing.key\"", "\"trusted.key\"");
    scene.finds(
        "old key",
        (&other_key, &postfix),
        &to_bob,
        "arrival",
        "the test mail was sealed with the signing key",
    );
    scene.finish();
}

#[test]
fn what_keeps_a_reader_from_his_mail_is_found() {
    if !installed(&["postfix", "nginx"]) {
        return;
    }
    let mut scene = Scene::start("doctor-opened", Filter::Lmtp);
    let (settings, postfix) = (scene.site.gateway_settings(), scene.path("postfix/config"));
    let mailbox = scene.path("mailboxes/example.net/bob").to_str().unwrap().to_owned();
    let to_bob = ["--to", BOB, "--mailbox", &mailbox, "--wait", "20"];
    let (proxy, address) = stripping::start(&scene);
    let portal = scene.site.portal_url();
    let behind = scene.settings(&format!("url = \"{portal}\""), &format!("url = \"http://{address}\""));
    let words = "does not take the passcode that it has mailed";
    scene.finds("no cookies", (&behind, &postfix), &to_bob, "opened", words);
    proxy.stop().unwrap();
    let ports = scene.site.ports;
    for (what, relay, words) in [
        ("a filtered listener", ports.submission, "the passcode came sealed"),
        ("no listener", free_address().unwrap(), "no passcode came to"),
    ] {
        let good = fs::read_to_string(scene.site.portal_settings()).unwrap();
        let from = format!("relay = \"{}\"", ports.portal_mail);
        assert!(good.contains(&from));
        fs::write(scene.site.portal_settings(), good.replace(&from, &format!("relay = \"{relay}\"")))
            .unwrap();
        scene.site.stop_portal().unwrap();
        scene.site.start_portal().unwrap();
        scene.finds(what, (&settings, &postfix), &to_bob, "opened", words);
        fs::write(scene.site.portal_settings(), good).unwrap();
    }
    scene.finish();
}
