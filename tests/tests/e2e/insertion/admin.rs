//! What the guide promises an admin besides: mail of the machine's own programs, a gateway that is down, and the way back.

use std::fs;
use std::time::Duration;

use sealpost_tests::mails::text;
use sealpost_tests::place::installed;
use sealpost_tests::postfix::{Filter, files};
use sealpost_tests::process::wait_until;
use sealpost_tests::{carrier, smtp};

use super::lane::Lane;
use super::mails::MARK;

const SENDER: &str = "alice@example.org";
const OUTSIDE: &str = "bob@example.net";

#[test]
fn mail_of_local_programs_is_sealed_where_the_guide_says_so() {
    if !installed(&["postfix"]) {
        return;
    }
    for (filter, sealed) in [
        (Filter::Lmtp, true),
        (Filter::Smtp, true),
        (Filter::Outbound, true),
        (Filter::Proxy, false),
        (Filter::Milter, true),
    ] {
        let lane = Lane::start(filter, &[], "", "");
        let file = lane.site.folder().join("mail.eml");
        fs::write(&file, text(SENDER, OUTSIDE, "Hello", MARK)).unwrap();
        lane.site.postfix().sendmail(SENDER, &[OUTSIDE], &file).unwrap();
        let kept = lane.far_end.wait().unwrap();
        assert_eq!(carrier::is_sealed(&kept.mail), sealed, "{filter:?}");
        lane.site.finish().unwrap();
    }
}

#[test]
fn while_the_gateway_is_down_mails_wait_or_clients_are_told_to() {
    if !installed(&["postfix"]) {
        return;
    }
    for filter in [
        Filter::Lmtp,
        Filter::Smtp,
        Filter::LmtpUnix,
        Filter::Outbound,
        Filter::Proxy,
        Filter::Milter,
        Filter::MilterUnix,
    ] {
        let mut lane = Lane::start(filter, &[], "", "");
        lane.site.take_gateway().unwrap().kill().unwrap();
        let mail = text(SENDER, OUTSIDE, "Hello", MARK);
        let send =
            |lane: &Lane| smtp::deliver(lane.site.ports.submission, SENDER, &[OUTSIDE], &mail).unwrap();
        let reply = send(&lane);
        if filter.is_before_queue() {
            assert!(reply.is_transient(), "{reply:?}");
            // What smtpd(8) had on disk for the gateway goes with the session.
            lane.site.postfix().drain(Duration::from_secs(20)).unwrap();
        } else {
            assert!(reply.is_success(), "{filter:?}: {reply:?}");
            wait_until("the mail to wait", Duration::from_secs(20), || {
                lane.site.postfix().log().contains("status=deferred").then_some(())
            })
            .unwrap();
            lane.site.postfix().wait_for_queued(1).unwrap();
        }
        assert!(lane.far_end.take().is_empty(), "{filter:?}");

        lane.site.start_gateway().unwrap();
        if filter.is_before_queue() {
            assert!(send(&lane).is_success());
        }
        let copies = lane.collect();
        assert_eq!(copies[OUTSIDE].len(), 1, "{filter:?}");
        assert!(carrier::is_sealed(&copies[OUTSIDE][0].mail), "{filter:?}");
        lane.site.finish().unwrap();
    }
}

#[test]
fn the_way_back_frees_the_mails_that_wait() {
    if !installed(&["postfix"]) {
        return;
    }
    let mut lane = Lane::start(Filter::Lmtp, &[], "", "");
    assert!(lane.site.stop_gateway().unwrap().success());
    let mail = text(SENDER, OUTSIDE, "Hello", MARK);
    assert!(smtp::deliver(lane.site.ports.submission, SENDER, &[OUTSIDE], &mail).unwrap().is_success());
    lane.site.postfix().change_setting("content_filter =").unwrap();
    let kept = lane.far_end.wait().unwrap();
    assert!(!carrier::is_sealed(&kept.mail), "without the gateway nothing is sealed");
    lane.site.finish().unwrap();
}

/// No file of `conf/postfix` is there that no test uses.
#[test]
fn each_snippet_belongs_to_a_way() {
    let ways = [
        Filter::Smtp,
        Filter::Lmtp,
        Filter::LmtpUnix,
        Filter::Several,
        Filter::Proxy,
        Filter::Milter,
        Filter::Submission,
        Filter::Outbound,
    ];
    let used: Vec<_> = ways.into_iter().flat_map(files).collect();
    for entry in fs::read_dir(sealpost_tests::place::project_root().join("conf/postfix")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "README.md" || used.contains(&name.as_str()), "no test uses conf/postfix/{name}");
    }
}
