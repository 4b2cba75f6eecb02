//! Several gateways with one policy: when one is down, the other takes the mails.

use std::fs;
use std::time::Duration;

use sealpost_tests::mails::text;
use sealpost_tests::place::installed;
use sealpost_tests::postfix::Filter;
use sealpost_tests::process::{Process, free_address, wait_until};
use sealpost_tests::{carrier, smtp};

use super::lane::Lane;
use super::mails::MARK;

const SENDER: &str = "alice@example.org";
const MAILS: usize = 20;

/// Starts a second gateway with the keys and the policy of the first.
pub(super) fn second_gateway(lane: &Lane) -> Process {
    let site = &lane.site;
    let settings = fs::read_to_string(site.gateway_settings()).unwrap();
    let settings = settings
        .replace(&site.ports.gateway_lmtp.to_string(), &site.ports.second_gateway.to_string())
        .replace("gateway.sock", "second.sock")
        .replace("milter.sock", "second-milter.sock");
    let others = [site.ports.gateway_smtp, site.ports.gateway_milter, site.ports.gateway_milter_split];
    let settings = others.iter().fold(settings, |settings, port| {
        settings.replace(&port.to_string(), &free_address().unwrap().to_string())
    });
    let file = site.folder().join("second.toml");
    fs::write(&file, settings).unwrap();
    let mut command = site.gateway_command(&["serve", "--config"]);
    command.arg(&file);
    let mut gateway = Process::start("second gateway", command, &site.folder().join("second.log")).unwrap();
    gateway.wait_for_port(site.ports.second_gateway).unwrap();
    gateway
}

fn send(lane: &Lane, name: &str) {
    for number in 0..MAILS {
        let recipient = format!("{name}{number}@example.net");
        let mail = text(SENDER, &recipient, "Hello", MARK);
        assert!(
            smtp::deliver(lane.site.ports.submission, SENDER, &[&recipient], &mail).unwrap().is_success()
        );
    }
}

/// Checks that each mail came, sealed, once.
fn assert_all_came(lane: &Lane, name: &str) {
    let copies = lane.collect();
    for number in 0..MAILS {
        let [copy] = copies[&format!("{name}{number}@example.net")].as_slice() else {
            panic!("{name}{number}: not one copy")
        };
        assert!(carrier::is_sealed(&copy.mail), "{name}{number}");
    }
    assert_eq!(copies.len(), MAILS);
}

#[test]
fn the_second_gateway_takes_over() {
    if !installed(&["postfix"]) {
        return;
    }
    let mut lane = Lane::start(Filter::Several, &[], "", "");
    let second = second_gateway(&lane);
    send(&lane, "both");
    assert_all_came(&lane, "both");

    lane.site.take_gateway().unwrap().kill().unwrap();
    send(&lane, "first-down");
    assert_all_came(&lane, "first-down");
    assert!(second.log().contains("first-down"), "the second gateway had them");
    assert!(!lane.site.postfix().log().contains("status=deferred"), "no mail had to wait");

    second.kill().unwrap();
    send(&lane, "both-down");
    wait_until("the mails to be deferred", Duration::from_secs(30), || {
        lane.site.postfix().log().contains("status=deferred").then_some(())
    })
    .unwrap();
    lane.site.postfix().wait_for_queued(MAILS).unwrap();
    assert!(lane.far_end.take().is_empty());

    let second = second_gateway(&lane);
    assert_all_came(&lane, "both-down");
    assert!(second.stop().unwrap().success());
    lane.site.finish().unwrap();
}
