//! What the policy does besides: copies to an archive, a word to the sender, other header fields. By every way, for a mail
//! that is passed and for one that is sealed.

use std::collections::BTreeMap;
use std::time::Duration;

use regex::bytes::Regex;
use sealpost_tests::carrier;
use sealpost_tests::place::installed;
use sealpost_tests::postfix::{Filter, Setup};
use sealpost_tests::process::wait_until;
use sealpost_tests::secrets::contains;
use sealpost_tests::site::Plan;
use sealpost_tests::smtp;

use super::lane::{Copy, Lane};
use super::outcome::{difference, values};

const SENDER: &str = "alice@example.org";
const PARTNER: &str = "carol@partner.example";
const OUTSIDE: &str = "bob@example.net";
/// Gets a copy in clear of what is passed.
const ARCHIVE: &str = "archive@example.org";
/// Gets a sealed copy of what is sealed.
const VAULT: &str = "vault@vault.example";
const BODY: &str = "only-for-your-eyes-4711";

const POLICY: &str = "\
internal_domains = [\"example.org\"]
default = \"seal\"
[[rule]]
name = \"passed\"
action = \"pass\"
strip_subject = true
add_header = [{ name = \"X-Protected-By\", value = \"nobody\" }]
remove_header = [\"X-Mailer\"]
tell_sender = \"It went out as it is.\"
archive = { to = \"archive@example.org\" }
[rule.when]
recipient_domains = [\"partner.example\"]
subject_words = [\"[team]\"]
[[rule]]
name = \"sealed\"
action = \"seal\"
strip_subject = true
add_header = [{ name = \"X-Protected-By\", value = \"Sealpost\" }]
remove_header = [\"References\"]
tell_sender = \"It went out sealed.\"
archive = { to = \"vault@vault.example\", sealed = true }
[rule.when]
subject_words = [\"[team]\"]
";

fn mail(recipient: &str) -> String {
    format!(
        "From: {SENDER}\r\nX-Mailer: one\r\nTo: {recipient}\r\nSubject: [team] figures\r\nX-MAILER: two\r\n\
         Date: Sun, 22 Nov 2026 12:00:00 +0000\r\nReferences: <thread@example.org>\r\n\
         Message-ID: <to.{recipient}>\r\n\r\n{BODY}\r\n"
    )
}

/// What comes of one mail by recipient, once the sender has been told: that is on its way beside the mail.
fn send(lane: &Lane, recipient: &str) -> BTreeMap<String, Vec<Copy>> {
    let reply = smtp::deliver(lane.site.ports.submission, SENDER, &[recipient], mail(recipient).as_bytes());
    assert!(reply.unwrap().is_success(), "{:?} {recipient}", lane.filter);
    let mut copies = lane.collect();
    wait_until("the notice to the sender", Duration::from_secs(30), || {
        for (recipient, more) in lane.collect() {
            copies.entry(recipient).or_default().extend(more);
        }
        copies.contains_key(SENDER).then_some(())
    })
    .unwrap();
    copies
}

/// Takes out the only copy of a recipient.
fn take(copies: &mut BTreeMap<String, Vec<Copy>>, recipient: &str) -> Copy {
    let found = copies.remove(recipient).unwrap_or_default();
    <[Copy; 1]>::try_from(found)
        .unwrap_or_else(|found| panic!("{recipient}: {} copies", found.len()))
        .into_iter()
        .next()
        .unwrap()
}

/// Compares a mail with what it's to be, but for the traces of its way.
fn assert_same(what: &str, got: &[u8], expected: &str) {
    let trace = Regex::new(r"(?-u)(?m)^Received:[^\n]*\n(?:[ \t][^\n]*\n)*").unwrap();
    let got = trace.replace_all(got, &b""[..]);
    assert!(*got == *expected.as_bytes(), "{what}: {}", difference(&got, expected.as_bytes()));
}

/// The sender has one mail about it, from nobody, with nothing of the mail in it.
fn check_notice(what: &str, notice: &Copy, recipient: &str, text: &str) {
    assert_eq!(notice.from[0], "", "{what}");
    assert!(
        contains(&notice.mail, text.as_bytes()) && contains(&notice.mail, recipient.as_bytes()),
        "{what}"
    );
    assert_eq!(values(&notice.mail, "In-Reply-To"), [format!("<to.{recipient}>")], "{what}");
    assert!(!contains(&notice.mail, BODY.as_bytes()) && !contains(&notice.mail, b"figures"), "{what}");
}

fn check_passed(lane: &Lane) {
    let what = format!("{:?}, passed", lane.filter);
    let mut copies = send(lane, PARTNER);
    let expected = mail(PARTNER)
        .replace("Subject: [team] figures", "Subject: figures")
        .replace("X-Mailer: one\r\n", "")
        .replace("X-MAILER: two\r\n", "");
    let expected = format!("X-Protected-By: nobody\r\n{expected}");
    assert_same(&what, &take(&mut copies, PARTNER).mail, &expected);
    assert_same(&what, &take(&mut copies, ARCHIVE).mail, &mail(PARTNER));
    check_notice(&what, &take(&mut copies, SENDER), PARTNER, "It went out as it is.");
    assert!(copies.is_empty(), "{what}: mail for {:?}", copies.keys());
}

fn check_sealed(lane: &Lane) {
    let what = format!("{:?}, sealed", lane.filter);
    let mut copies = send(lane, OUTSIDE);
    let carrier = take(&mut copies, OUTSIDE).mail;
    assert!(carrier::is_sealed(&carrier) && !contains(&carrier, BODY.as_bytes()), "{what}");
    assert_eq!(values(&carrier, "X-Protected-By"), ["Sealpost"], "{what}");
    assert_eq!(values(&carrier, "Subject"), ["figures"], "{what}");
    assert!(values(&carrier, "References").is_empty(), "{what}");
    let vault = take(&mut copies, VAULT).mail;
    assert!(carrier::is_sealed(&vault) && !contains(&vault, BODY.as_bytes()), "{what}: the archive's");
    for sealed in [carrier, vault] {
        assert_same(&what, &lane.site.open(&sealed).unwrap(), &mail(OUTSIDE));
    }
    check_notice(&what, &take(&mut copies, SENDER), OUTSIDE, "It went out sealed.");
    assert!(copies.is_empty(), "{what}: mail for {:?}", copies.keys());
}

#[test]
fn archive_notice_and_header_fields_by_every_way() {
    if !installed(&["postfix"]) {
        return;
    }
    for filter in [Filter::Lmtp, Filter::Smtp, Filter::Outbound, Filter::Proxy, Filter::Milter] {
        let plan = Plan { policy: POLICY.into(), ..Plan::new("actions") };
        let lane = Lane::open(plan, &Setup::new(filter, &[]));
        check_passed(&lane);
        check_sealed(&lane);
        assert!(lane.site.postfix().troubles().is_empty(), "{:#?}", lane.site.postfix().troubles());
        lane.site.finish().unwrap();
    }
}
