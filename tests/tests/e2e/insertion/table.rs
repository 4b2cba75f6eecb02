//! All mails by all ways.

use std::collections::BTreeSet;
use std::fs;
use std::sync::OnceLock;

use sealpost_tests::carrier;
use sealpost_tests::place::{Folder, installed, results};
use sealpost_tests::postfix::{Filter, Setup};

use super::lane::{Lane, Outcome, plan};
use super::mails::{Case, MANY, cases};
use super::outcome::{Comparison, Count, body};
use super::several::second_gateway;
use super::submission;

/// The mails, and what Postfix makes of them without a gateway. All ways are compared with the same run.
struct Alone {
    cases: Vec<Case>,
    outcome: Outcome,
    /// Those that a program can hand in by sendmail(1).
    of_programs: Vec<Case>,
    outcome_of_programs: Outcome,
}

fn alone() -> &'static Alone {
    static ALONE: OnceLock<Alone> = OnceLock::new();
    ALONE.get_or_init(|| {
        let lane = Lane::start(Filter::None, &[], "", "");
        let cases = cases();
        let outcome = lane.run(&cases);
        let of_programs: Vec<_> =
            cases.iter().filter(|case| case.mail_parameters.is_empty()).cloned().collect();
        let outcome_of_programs = lane.run_by_sendmail(&of_programs);
        lane.site.finish().unwrap();
        Alone { cases, outcome, of_programs, outcome_of_programs }
    })
}

fn all_mails(filter: Filter) {
    if !installed(&["postfix"]) {
        return;
    }
    let alone = alone();
    let lane = Lane::start(filter, &[], "", "");
    let got = lane.run(&alone.cases);
    check(&lane, &format!("{filter:?}"), &alone.cases, &got, &alone.outcome);
    lane.site.finish().unwrap();
}

/// Compares all that came, and writes the figures down.
fn check(lane: &Lane, name: &str, cases: &[Case], got: &Outcome, alone: &Outcome) {
    let mut count = Count::default();
    let log = lane.log();
    for case in cases {
        Comparison { lane, case, got, alone, log: &log }.check(&mut count);
    }
    // Postfix parts a mail with so many recipients before it hands it on.
    let many = if lane.filter.is_before_queue() { 1 } else { 3 };
    assert_eq!(sealed_envelopes(cases, got), many, "{name}: sealed envelopes for 120 recipients");
    check_strangers(cases, got);
    let Count { recipients, sealed, passed, bounced, refused, as_sent } = count;
    let report = format!(
        "{name}: {} mails, {recipients} recipients with one copy each: {sealed} sealed ({as_sent} with the client's \
         own bytes in them), {passed} in clear as policy says; {bounced} recipients bounced; {refused} mails refused\n",
        cases.len()
    );
    print!("{report}");
    let file = format!("insertion-{name}.txt").to_lowercase();
    fs::write(results("figures").unwrap().join(file), report).unwrap();
    let is_wanted = |line: &String| line.contains("status=bounced") && line.contains("rejected.");
    let troubles: Vec<_> =
        lane.site.postfix().troubles().into_iter().filter(|line| !is_wanted(line)).collect();
    assert!(troubles.is_empty(), "{troubles:#?}");
}

/// Counts the different sealed envelopes of the mail with many recipients.
fn sealed_envelopes(cases: &[Case], got: &Outcome) -> usize {
    let many = cases.iter().find(|case| case.name == MANY).expect("the case is there");
    let copies = many.recipients.iter().flat_map(|(recipient, _)| &got.copies[recipient]);
    copies
        .map(|copy| copy.mail.as_slice())
        .filter(|mail| carrier::is_sealed(mail))
        .map(body)
        .collect::<BTreeSet<_>>()
        .len()
}

/// Nobody gets a mail but the recipients, and senders of what the policy rejects.
fn check_strangers(cases: &[Case], got: &Outcome) {
    let recipients = cases.iter().flat_map(|case| case.recipients.iter().map(|(address, _)| address));
    let told = cases.iter().filter(|case| case.has_rejected()).map(|case| &case.sender);
    let expected: BTreeSet<_> = recipients.chain(told).collect();
    let strangers: Vec<_> = got.copies.keys().filter(|address| !expected.contains(address)).collect();
    assert!(strangers.is_empty(), "mail for {strangers:?}");
}

#[test]
fn after_the_queue_by_lmtp() {
    all_mails(Filter::Lmtp);
}

#[test]
fn after_the_queue_by_lmtp_over_a_unix_socket() {
    all_mails(Filter::LmtpUnix);
}

#[test]
fn after_the_queue_by_smtp() {
    all_mails(Filter::Smtp);
}

#[test]
fn before_the_queue_as_a_proxy() {
    all_mails(Filter::Proxy);
}

#[test]
fn as_a_milter() {
    all_mails(Filter::Milter);
    all_mails(Filter::MilterUnix);
}

#[test]
fn as_a_milter_that_splits() {
    all_mails(Filter::MilterSplit);
}

#[test]
fn between_postfix_and_its_relay_host() {
    all_mails(Filter::Outbound);
}

/// As an authenticated user, but for TLS, which the mails of `submission` go over.
#[test]
fn after_the_queue_from_authenticated_users() {
    if !installed(&["postfix"]) {
        return;
    }
    let folder = Folder::new("submission").unwrap();
    let settings = submission::sasl_settings(&folder);
    let clear = Some(("smtpd_tls_security_level=encrypt", "smtpd_tls_security_level=none"));
    let setup = Setup { main: &settings, changed: clear, ..Setup::new(Filter::Submission, &[]) };
    let (alone, lane) = (alone(), Lane::open(plan(), &setup));
    let got = lane.run(&alone.cases);
    check(&lane, "Submission", &alone.cases, &got, &alone.outcome);
    lane.site.finish().unwrap();
}

/// By the second of two gateways, as the first is down.
#[test]
fn after_the_queue_by_the_other_gateway() {
    if !installed(&["postfix"]) {
        return;
    }
    let (alone, mut lane) = (alone(), Lane::start(Filter::Several, &[], "", ""));
    lane.site.take_gateway().unwrap().kill().unwrap();
    let second = second_gateway(&lane);
    let got = lane.run(&alone.cases);
    check(&lane, "Several", &alone.cases, &got, &alone.outcome);
    assert!(second.stop().unwrap().success());
    lane.site.finish().unwrap();
}

/// As a milter for the mails of this machine's own programs (`non_smtpd_milters`).
#[test]
fn as_a_milter_for_programs() {
    if !installed(&["postfix"]) {
        return;
    }
    let alone = alone();
    for filter in [Filter::Milter, Filter::MilterSplit] {
        let lane = Lane::start(filter, &[], "", "");
        let got = lane.run_by_sendmail(&alone.of_programs);
        let name = format!("{filter:?}-sendmail");
        check(&lane, &name, &alone.of_programs, &got, &alone.outcome_of_programs);
        lane.site.finish().unwrap();
    }
}
