//! All mails by all ways.

use std::collections::BTreeSet;
use std::fs;
use std::sync::OnceLock;

use sealpost_tests::place::{installed, results};
use sealpost_tests::postfix::Filter;

use super::mails::{Case, cases};
use super::outcome::{Count, Lane, Outcome, compare};

/// Returns the mails, and what Postfix makes of them without a gateway. All ways are compared with the same run.
fn alone() -> &'static (Vec<Case>, Outcome) {
    static ALONE: OnceLock<(Vec<Case>, Outcome)> = OnceLock::new();
    ALONE.get_or_init(|| {
        let (cases, lane) = (cases(), Lane::start(Filter::None, &[], "", ""));
        let outcome = lane.run(&cases);
        lane.site.finish().unwrap();
        (cases, outcome)
    })
}

fn all_mails(filter: Filter) {
    if !installed(&["postfix"]) {
        return;
    }
    let (cases, alone) = alone();
    let lane = Lane::start(filter, &[], "", "");
    let got = lane.run(cases);
    let mut count = Count::default();
    for case in cases {
        compare(&lane, case, &got, alone, &mut count);
    }
    let expected: BTreeSet<_> =
        cases.iter().flat_map(|case| case.recipients.iter().map(|(address, _)| address)).collect();
    let strangers: Vec<_> = got.copies.keys().filter(|address| !expected.contains(address)).collect();
    assert!(strangers.is_empty(), "mail for {strangers:?}");
    let Count { recipients, sealed, passed, refused, as_sent } = count;
    let report = format!(
        "{filter:?}: {} mails, {recipients} recipients with one copy each: {sealed} sealed ({as_sent} with the client's \
         own bytes in them), {passed} in clear as policy says; {refused} mails refused\n",
        cases.len()
    );
    print!("{report}");
    let name = format!("insertion-{filter:?}.txt").to_lowercase();
    fs::write(results("figures").unwrap().join(name), report).unwrap();
    let troubles = lane.site.postfix().troubles();
    assert!(troubles.is_empty(), "{troubles:#?}");
    lane.site.finish().unwrap();
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
