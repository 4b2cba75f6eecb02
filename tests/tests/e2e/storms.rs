//! The next hop is down, or refuses for now at each stage in turn, while mails keep coming through Postfix. Counted: mails sent,
//! received, bounced, still queued. Nothing is lost, nothing is in clear, and nobody gets a mail twice but where a connection was
//! cut in place of the reply to it.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use sealpost_tests::mails::text;
use sealpost_tests::place::{installed, long_run, results};
use sealpost_tests::postfix::{Filter, Setup};
use sealpost_tests::process::{free_address, wait_until};
use sealpost_tests::secrets::contains;
use sealpost_tests::sink::{At, Fault, Kept, Sink};
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::{carrier, smtp};

const SENDER: &str = "alice@example.org";
const MARK: &str = "only-for-your-eyes-4711";
const PLACES: [At; 7] = [At::Connect, At::Hello, At::Mail, At::Rcpt, At::Data, At::Content, At::Dot];
/// The ways after the queue, where Postfix tries again, and those before it, where the client does.
const WAYS: [Filter; 5] = [Filter::Lmtp, Filter::LmtpUnix, Filter::Smtp, Filter::Proxy, Filter::MilterSplit];

/// A mail with two recipients of its own: one who gets it sealed and one who gets it in clear.
struct Sent {
    recipients: [String; 2],
    mail: Vec<u8>,
    /// How often its sender was told to come again.
    refused: usize,
}

impl Sent {
    fn new(number: usize) -> Self {
        let recipients = [format!("r{number}@example.net"), format!("r{number}@partner.example")];
        let mail = text(SENDER, &recipients[0], &format!("mail {number}"), MARK);
        Self { recipients, mail, refused: 0 }
    }

    /// Hands it in once; tells whether it was taken.
    fn hand_in(&mut self, site: &Site) -> bool {
        let recipients = self.recipients.each_ref().map(String::as_str);
        let reply = smtp::deliver(site.ports.submission, SENDER, &recipients, &self.mail).unwrap();
        assert!(reply.is_success() || reply.is_transient(), "{reply:?}");
        self.refused += usize::from(!reply.is_success());
        reply.is_success()
    }
}

/// Waits until Postfix has put off mails once more than `before` times.
fn wait_for_deferral(site: &Site, before: usize) {
    wait_until("a mail to be deferred", Duration::from_secs(30), || (deferrals(site) > before).then_some(()))
        .unwrap();
}

fn deferrals(site: &Site) -> usize {
    site.postfix().log().matches("status=deferred").count()
}

/// Has all mails delivered that are not yet: those in the queue by Postfix, the others by their clients.
fn deliver_the_rest(site: &Site, waiting: Vec<Sent>, done: &mut Vec<Sent>) {
    for mut sent in waiting {
        assert!(sent.hand_in(site), "the next hop is sound again");
        done.push(sent);
    }
    site.postfix().drain(Duration::from_mins(2)).unwrap();
}

/// What a recipient got: copies that the next hop acknowledged, and copies that it had but couldn't acknowledge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Copies {
    acknowledged: usize,
    uncertain: usize,
}

/// Counts what came for each recipient, and checks that it's sealed where it has to be.
fn count(kept: &[Kept]) -> BTreeMap<String, Copies> {
    let mut copies: BTreeMap<String, Copies> = BTreeMap::new();
    for kept in kept {
        for recipient in &kept.recipients {
            let address = recipient.split(['<', '>']).nth(1).unwrap();
            let sealed = address.ends_with("@example.net");
            assert_eq!(carrier::is_sealed(&kept.mail), sealed, "{address}");
            assert_eq!(contains(&kept.mail, MARK.as_bytes()), !sealed, "{address}");
            let copies = copies.entry(address.to_owned()).or_default();
            copies.acknowledged += usize::from(kept.accepted);
            copies.uncertain += usize::from(!kept.accepted);
        }
    }
    copies
}

fn report(name: &str, filter: Filter, text: &str) {
    let text = format!("{filter:?}: {text}\n");
    print!("{text}");
    let file = format!("{name}-{filter:?}.txt").to_lowercase();
    fs::write(results("figures").unwrap().join(file), text).unwrap();
}

#[test]
fn refusals_for_now_and_cuts_at_every_stage_lose_nothing() {
    if !installed(&["postfix"]) {
        return;
    }
    for filter in WAYS {
        storm(filter, if long_run() { 40 } else { 3 });
    }
}

/// Sends `each` mails during each fault, the next fault beginning while those of the former still wait.
fn storm(filter: Filter, each: usize) {
    let sink = Sink::start().unwrap();
    let mut site = Site::new(&Plan { next_hop: Some(sink.address()), ..Plan::new("storm") }).unwrap();
    site.start_gateway().unwrap();
    site.start_postfix_as(&Setup { far_end: Some(sink.address()), ..Setup::new(filter, &[SENDER]) }).unwrap();
    let (mut waiting, mut done) = (Vec::new(), Vec::new());
    for fault in [Fault::Reply("451 4.3.0 Not now"), Fault::Reply("421 4.3.2 Going down"), Fault::Cut] {
        for at in PLACES {
            sink.set_fault(Some((at, fault.clone())));
            let before = deferrals(&site);
            for _ in 0..each {
                let mut sent = Sent::new(waiting.len() + done.len());
                let taken = sent.hand_in(&site);
                assert_eq!(taken, !filter.is_before_queue(), "{at:?} {fault:?}");
                if taken { done.push(sent) } else { waiting.push(sent) }
            }
            if !filter.is_before_queue() {
                wait_for_deferral(&site, before);
            }
        }
    }
    sink.set_fault(None);
    let total = waiting.len() + done.len();
    deliver_the_rest(&site, waiting, &mut done);
    let copies = count(&sink.take());
    let bounced = site.postfix().mailbox(SENDER).count();
    assert_eq!(copies.len(), 2 * total, "each recipient got the mail");
    for (recipient, copies) in &copies {
        assert_eq!(copies.acknowledged, 1, "{filter:?} {recipient}: {copies:?}");
    }
    let uncertain: usize = copies.values().map(|copies| copies.uncertain).sum();
    assert!(site.postfix().log().matches("status=deferred").count() > 0 || filter.is_before_queue());
    assert_eq!((bounced, site.postfix().queued().unwrap()), (0, 0));
    report(
        "storm",
        filter,
        &format!(
            "{total} mails for 2 recipients each, 21 faults: {} received once, {uncertain} copies more where the reply was \
             cut off; {} put off by Postfix, {} refused to clients; 0 bounced, 0 queued, 0 clear",
            copies.len(),
            deferrals(&site),
            done.iter().map(|sent| sent.refused).sum::<usize>(),
        ),
    );
    site.finish().unwrap();
}

#[test]
fn a_next_hop_that_is_down_and_comes_back_gets_every_mail_once() {
    if !installed(&["postfix"]) {
        return;
    }
    for filter in WAYS {
        let address = free_address().unwrap();
        let mut site = Site::new(&Plan { next_hop: Some(address), ..Plan::new("down-up") }).unwrap();
        site.start_gateway().unwrap();
        site.start_postfix_as(&Setup { far_end: Some(address), ..Setup::new(filter, &[SENDER]) }).unwrap();
        let (mut waiting, mut done) = (Vec::new(), Vec::new());
        for number in 0..if long_run() { 500 } else { 30 } {
            let mut sent = Sent::new(number);
            if sent.hand_in(&site) { done.push(sent) } else { waiting.push(sent) }
        }
        if filter.is_before_queue() {
            assert!(done.is_empty());
        } else {
            wait_for_deferral(&site, 0);
            site.postfix().wait_for_queued(done.len()).unwrap();
        }
        let total = waiting.len() + done.len();
        let sink = Sink::start_at(address).unwrap();
        deliver_the_rest(&site, waiting, &mut done);
        let copies = count(&sink.take());
        assert_eq!(copies.len(), 2 * total);
        let once = Copies { acknowledged: 1, uncertain: 0 };
        assert!(copies.values().all(|copies| *copies == once), "{filter:?}: {copies:?}");
        report(
            "down-up",
            filter,
            &format!("{total} mails sent while the next hop was down, all received once, 0 clear"),
        );
        site.finish().unwrap();
    }
}

/// One recipient of three is refused for good: received + bounced = sent, and nobody has anything twice.
#[test]
fn what_is_refused_for_good_bounces_once() {
    if !installed(&["postfix"]) {
        return;
    }
    // How many of the three recipients get the mail, and how many are told of a failure to.
    for (filter, received, bounced) in [
        (Filter::Lmtp, 2, 1),
        (Filter::LmtpUnix, 2, 1),
        (Filter::Smtp, 0, 3),
        (Filter::Outbound, 2, 1),
        (Filter::Proxy, 0, 0),
        (Filter::MilterSplit, 2, 1),
    ] {
        let sink = Sink::start().unwrap();
        let mut site = Site::new(&Plan { next_hop: Some(sink.address()), ..Plan::new("refused") }).unwrap();
        site.start_gateway().unwrap();
        site.start_postfix_as(&Setup { far_end: Some(sink.address()), ..Setup::new(filter, &[SENDER]) })
            .unwrap();
        sink.refuse("unknown@example.net", "550 5.1.1 No such user");
        let recipients = ["bob@example.net", "unknown@example.net", "carol@partner.example"];
        let mail = text(SENDER, recipients[0], "Hello", MARK);
        let reply = smtp::deliver(site.ports.submission, SENDER, &recipients, &mail).unwrap();
        assert_eq!(reply.is_permanent(), filter == Filter::Proxy, "{reply:?}");
        site.postfix().drain(Duration::from_mins(1)).unwrap();
        let copies = count(&sink.take());
        assert_eq!(copies.len(), received, "{filter:?}: {copies:?}");
        let notices = site.postfix().mailbox(SENDER).mails().unwrap();
        let failed =
            notices.iter().map(|notice| String::from_utf8_lossy(notice).matches("\nAction: failed").count());
        assert_eq!(failed.sum::<usize>(), bounced, "{filter:?}");
        assert!(notices.len() <= 1, "{filter:?}: one notice for all");
        site.finish().unwrap();
    }
}
