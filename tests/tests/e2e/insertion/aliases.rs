//! Addresses that Postfix rewrites: which of the two the policy sees depends on the way, and nobody gets a mail twice.

use sealpost_tests::mails::text;
use sealpost_tests::place::installed;
use sealpost_tests::postfix::{Filter, Setup};
use sealpost_tests::site::Plan;
use sealpost_tests::{carrier, smtp};

use super::lane::Lane;
use super::mails::MARK;

const SENDER: &str = "alice@example.org";
const OUTSIDE: &str = "bob@example.net";
/// Both are inside by their domain, and lead to somebody outside.
const VIRTUAL: (&str, &str) =
    ("sales@example.org", "virtual_alias_maps = inline:{ {sales@example.org = bob@example.net} }\n");
const LOCAL: (&str, &str) =
    ("staff@example.org", "mydestination = example.org\nalias_maps = inline:{ {staff = bob@example.net} }\n");

/// The way, the alias, and whether the mail that it leads outside is sealed: what the guide says of each way.
const ALIASES: [(Filter, (&str, &str), bool); 10] = [
    (Filter::Lmtp, VIRTUAL, true),
    (Filter::Smtp, VIRTUAL, true),
    (Filter::Outbound, VIRTUAL, true),
    (Filter::Proxy, VIRTUAL, false),
    (Filter::Milter, VIRTUAL, false),
    (Filter::Lmtp, LOCAL, false),
    (Filter::Smtp, LOCAL, false),
    (Filter::Outbound, LOCAL, true),
    (Filter::Proxy, LOCAL, false),
    (Filter::Milter, LOCAL, false),
];

#[test]
fn an_alias_that_leads_outside_is_sealed_where_the_guide_says_so() {
    if !installed(&["postfix"]) {
        return;
    }
    for (filter, (alias, setting), sealed) in ALIASES {
        let lane = Lane::start(filter, &[], setting, "");
        let mail = text(SENDER, alias, "Hello", MARK);
        assert!(smtp::deliver(lane.site.ports.submission, SENDER, &[alias], &mail).unwrap().is_success());
        let copies = lane.collect();
        let [copy] = copies[OUTSIDE].as_slice() else { panic!("{filter:?} {alias}: not one copy") };
        assert_eq!(carrier::is_sealed(&copy.mail), sealed, "{filter:?} {alias}");
        lane.site.finish().unwrap();
    }
}

/// An address inside that Postfix takes for a way to somebody outside passes nothing in clear, whoever writes it.
#[test]
fn an_address_that_names_a_way_outside_is_sealed() {
    if !installed(&["postfix"]) {
        return;
    }
    let routed =
        ["bob%example.net@example.org", "example.net!bob@example.org", "\"bob@example.net\"@example.org"];
    for filter in [Filter::Lmtp, Filter::Smtp, Filter::Outbound, Filter::Proxy, Filter::Milter] {
        // A rule that rejects by address would be met as well, in doubt.
        let setup = Setup { main: "mydestination = example.org\n", ..Setup::new(filter, &[]) };
        let lane = Lane::open(Plan::new("aliases"), &setup);
        for recipient in routed {
            let mail = text(SENDER, recipient, "Hello", MARK);
            assert!(
                smtp::deliver(lane.site.ports.submission, SENDER, &[recipient], &mail).unwrap().is_success()
            );
        }
        let copies = lane.collect();
        assert_eq!(copies[OUTSIDE].len(), routed.len(), "{filter:?}");
        assert!(copies[OUTSIDE].iter().all(|copy| carrier::is_sealed(&copy.mail)), "{filter:?}");
        lane.site.finish().unwrap();
    }
}

/// The way, and whether each copy that `always_bcc` gets is sealed. Where the gateway splits a mail, Postfix sees two: the sealed
/// one and the one in clear.
const ADDED: [(Filter, &[bool]); 6] = [
    (Filter::Lmtp, &[false]),
    (Filter::Smtp, &[false]),
    (Filter::Outbound, &[false]),
    (Filter::Proxy, &[false, true]),
    (Filter::Milter, &[true]),
    (Filter::MilterSplit, &[false, true]),
];

#[test]
fn a_copy_that_postfix_adds_is_what_the_guide_says_of_each_way() {
    if !installed(&["postfix"]) {
        return;
    }
    let archive = "archive@example.org";
    for (filter, expected) in ADDED {
        let lane = Lane::start(filter, &[], &format!("always_bcc = {archive}\n"), "");
        let recipients = [OUTSIDE, "carol@partner.example", "erik@example.org"];
        let mail = text(SENDER, OUTSIDE, "Hello", MARK);
        assert!(smtp::deliver(lane.site.ports.submission, SENDER, &recipients, &mail).unwrap().is_success());
        let copies = lane.collect();
        for recipient in recipients {
            assert_eq!(copies[recipient].len(), 1, "{filter:?} {recipient}");
        }
        let mut added: Vec<_> = copies[archive].iter().map(|copy| carrier::is_sealed(&copy.mail)).collect();
        added.sort_unstable();
        assert_eq!(added, expected, "{filter:?} {archive}");
        lane.site.finish().unwrap();
    }
}
