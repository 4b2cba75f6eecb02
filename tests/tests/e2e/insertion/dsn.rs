//! Delivery status notifications: each sender gets just those that he asked for, once, and none gives a sealed mail away but
//! to himself: before the relay host it's the Postfix before the gateway that tells him, and it has the mail as he sent it.

use sealpost_tests::mails::text;
use sealpost_tests::place::installed;
use sealpost_tests::postfix::Filter;
use sealpost_tests::secrets::contains;
use sealpost_tests::smtp::Client;

use super::lane::Lane;
use super::mails::MARK;

const SENDER: &str = "alice@home.example.org";
/// Outside by policy, but delivered by this Postfix, so that it knows of the delivery.
const LOCAL: &str = "bob@box.example";
const UNKNOWN: &str = "unknown@example.net";

/// What the sender asked for, and how many notifications he gets, with what must stand in them.
const WISHES: [(&str, &str, &[&str]); 6] = [
    (
        LOCAL,
        " NOTIFY=SUCCESS ORCPT=rfc822;bob-orig@box.example",
        &["Action: delivered", "rfc822;bob-orig@box.example"],
    ),
    (LOCAL, " NOTIFY=FAILURE,DELAY", &[]),
    (LOCAL, "", &[]),
    (UNKNOWN, "", &["Action: failed", "5.1.1"]),
    (
        UNKNOWN,
        " NOTIFY=FAILURE ORCPT=rfc822;u-orig@example.net",
        &["Action: failed", "rfc822;u-orig@example.net"],
    ),
    (UNKNOWN, " NOTIFY=NEVER", &[]),
];

#[test]
fn notifications_come_once_and_only_where_they_are_wanted() {
    if !installed(&["postfix"]) {
        return;
    }
    for filter in [Filter::Lmtp, Filter::Smtp, Filter::Outbound, Filter::Proxy, Filter::Milter] {
        let lane = Lane::start(filter, &[SENDER, LOCAL], "", "");
        lane.far_end.refuse(UNKNOWN, "550 5.1.1 No such user");
        let mailbox = lane.site.postfix().mailbox(SENDER);
        let mut session = Client::open(lane.site.ports.submission, "EHLO").unwrap();
        for (number, (recipient, wish, expected)) in WISHES.into_iter().enumerate() {
            let case = format!("{filter:?} {recipient}{wish}");
            let mail = text(SENDER, recipient, &format!("mail {number} {MARK}"), MARK);
            let from = format!("<{SENDER}> RET=FULL ENVID=id{number}");
            let reply = session.transact(&from, &[format!("<{recipient}>{wish}")], &mail).unwrap();
            assert!(reply.is_success(), "{case}: {reply:?}");
            lane.collect();
            let notices = mailbox.mails().unwrap();
            assert_eq!(notices.len(), usize::from(!expected.is_empty()), "{case}");
            for notice in notices {
                let id = format!("Original-Envelope-Id: id{number}");
                for piece in expected.iter().copied().chain([id.as_str()]) {
                    let shown = String::from_utf8_lossy(&notice);
                    assert!(contains(&notice, piece.as_bytes()), "{case}: no {piece} in {shown}");
                }
                // A subject stays readable, a body doesn't.
                let is_clear = contains(&notice, format!("\n\n{MARK}").as_bytes());
                assert_eq!(
                    is_clear,
                    filter == Filter::Outbound && recipient == UNKNOWN,
                    "{case}: the mail in it"
                );
            }
            mailbox.clear().unwrap();
        }
        assert_eq!(lane.site.postfix().mailbox(LOCAL).count(), 3, "{filter:?}");
        lane.site.finish().unwrap();
    }
}
