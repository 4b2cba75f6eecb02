//! The gateway reads its policy again (SIGHUP) while sessions are open: a broken one changes nothing, a good one holds for the
//! next mail.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};
use sealpost_tests::carrier;
use sealpost_tests::mails::text;
use sealpost_tests::secrets::contains;
use sealpost_tests::sink::Sink;
use sealpost_tests::site::Site;
use sealpost_tests::smtp::Client;

use super::{site, wait_for_line};

const SENDER: &str = "alice@example.org";
const OUTSIDE: &str = "bob@example.net";
const BODY: &str = "only-for-your-eyes-4711";

/// Would pass everything, if it were loaded.
const BROKEN: &str = "default = \"pass\"\nno_such_key = 1\n";
const NEW: &str = "\
default = \"seal\"
[[rule]]
name = \"friends\"
action = \"pass\"
[rule.when]
recipient_domains = [\"example.net\"]
";

/// Puts another policy in the place of the one that is there, and tells the gateway.
fn reload(site: &Site, policy: &str) {
    fs::write(site.folder().join("policy.toml"), policy).unwrap();
    let process = Pid::from_raw(site.gateway().id().cast_signed()).unwrap();
    kill_process(process, Signal::HUP).unwrap();
}

/// Sends a mail in each of the open sessions, and looks whether it's sealed.
fn check(sessions: &mut [Client], sink: &Sink, sealed: bool) {
    for session in sessions {
        let mail = text(SENDER, OUTSIDE, "Hello", BODY);
        let reply = session.deliver(SENDER, &[OUTSIDE], &mail).unwrap();
        assert!(reply.is_success(), "{reply:?}");
        let kept = sink.wait().unwrap().mail;
        assert_eq!((carrier::is_sealed(&kept), contains(&kept, BODY.as_bytes())), (sealed, !sealed));
    }
}

#[test]
fn an_open_session_keeps_the_old_rules_until_good_ones_are_loaded() {
    let sink = Sink::start().unwrap();
    let mut site = site(&sink);
    site.start_gateway().unwrap();
    let mut sessions = [(site.ports.gateway_smtp, "EHLO"), (site.ports.gateway_lmtp, "LHLO")]
        .map(|(address, hello)| Client::open(address, hello).unwrap());
    check(&mut sessions, &sink, true);

    reload(&site, BROKEN);
    wait_for_line(&site, "settings not loaded again", 0);
    let mistake = wait_for_line(&site, "mistake in the settings mistake=", 0);
    assert!(mistake.contains("policy.toml:2: "), "{mistake}");
    check(&mut sessions, &sink, true);

    reload(&site, NEW);
    wait_for_line(&site, "settings loaded again", 0);
    check(&mut sessions, &sink, false);
    let log = site.gateway().log();
    assert_eq!(log.matches("pass by \\\"friends\\\"").count(), sessions.len(), "{log}");
    site.finish().unwrap();
}
