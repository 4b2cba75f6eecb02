//! What came out at the far end, and how it's compared.

use std::collections::BTreeMap;
use std::time::Duration;

use regex::bytes::Regex;
use sealpost_tests::carrier;
use sealpost_tests::postfix::{Filter, Setup};
use sealpost_tests::secrets::contains;
use sealpost_tests::sink::Sink;
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::smtp::{Client, Reply};

use super::mails::{Case, HIDDEN, MARK, is_sealed_for};

/// One mail as a recipient's server was given it.
#[derive(Clone, Debug)]
pub(super) struct Copy {
    /// Envelope sender and the parameters of MAIL that the mail itself doesn't decide.
    pub(super) from: Vec<String>,
    /// The parameters of RCPT.
    pub(super) to: String,
    pub(super) mail: Vec<u8>,
}

/// What came of all cases by one way.
pub(super) struct Outcome {
    pub(super) replies: BTreeMap<&'static str, Reply>,
    pub(super) copies: BTreeMap<String, Vec<Copy>>,
}

/// A site with a Postfix whose relay host is a sink.
pub(super) struct Lane {
    pub(super) site: Site,
    pub(super) far_end: Sink,
    pub(super) filter: Filter,
}

impl Lane {
    /// Starts it; `main` and `master` are further lines for Postfix.
    pub(super) fn start(filter: Filter, mailboxes: &[&str], main: &str, master: &str) -> Self {
        let far_end = Sink::start().unwrap();
        let mut plan = Plan::new("insertion");
        if filter == Filter::Outbound {
            plan.next_hop = Some(far_end.address());
        }
        let mut site = Site::new(&plan).unwrap();
        if filter != Filter::None {
            site.start_gateway().unwrap();
        }
        let far = Some(far_end.address());
        let setup = Setup { far_end: far, main, master, ..Setup::new(filter, mailboxes) };
        site.start_postfix_as(&setup).unwrap();
        Self { site, far_end, filter }
    }

    /// Sends all cases in one session and waits until all is delivered.
    pub(super) fn run(&self, cases: &[Case]) -> Outcome {
        let mut session = Client::open(self.site.ports.submission, "EHLO").unwrap();
        let mut replies = BTreeMap::new();
        for case in cases {
            let recipients: Vec<_> = case
                .recipients
                .iter()
                .map(|(address, parameters)| format!("<{address}>{parameters}"))
                .collect();
            let from = format!("<{}>{}", case.sender, case.mail_parameters);
            let reply = session.transact(&from, &recipients, &case.mail).unwrap();
            if !reply.is_success() {
                session.command("RSET").unwrap();
            }
            replies.insert(case.name, reply);
        }
        Outcome { replies, copies: self.collect() }
    }

    /// Waits until the queue is empty and returns what came, by recipient.
    pub(super) fn collect(&self) -> BTreeMap<String, Vec<Copy>> {
        self.site.postfix().drain(Duration::from_mins(1)).unwrap();
        let mut copies: BTreeMap<String, Vec<Copy>> = BTreeMap::new();
        for kept in self.far_end.take() {
            for recipient in &kept.recipients {
                let (address, to) = path(recipient);
                let from =
                    Copy { from: sender(&kept.mail_from), to: to.trim().to_owned(), mail: kept.mail.clone() };
                copies.entry(address.to_owned()).or_default().push(from);
            }
        }
        copies
    }
}

/// Parts `FROM:<address> parameters`.
fn path(argument: &str) -> (&str, &str) {
    let (address, parameters) = argument.rsplit_once('>').expect("a path ends with an angle bracket");
    (address.split_once('<').map_or("", |(_, address)| address), parameters)
}

/// Returns an envelope sender and those parameters that a changed mail keeps.
fn sender(argument: &str) -> Vec<String> {
    let (address, parameters) = path(argument);
    let kept = |word: &&str| !word.starts_with("SIZE=") && !word.starts_with("BODY=");
    let mut words: Vec<_> = parameters.split_whitespace().filter(kept).map(str::to_owned).collect();
    words.sort();
    words.insert(0, address.to_owned());
    words
}

/// Returns a mail without the Received fields on its top, and without what Postfix adds where it's missing.
pub(super) fn core(case: &Case, mail: &[u8]) -> Vec<u8> {
    let trace = Regex::new(r"(?-u)\A(?:Received:[^\n]*\n(?:[ \t][^\n]*\n)*)*").unwrap();
    let rest = &mail[trace.find(mail).unwrap().end()..];
    if case.name != "no-date" {
        return rest.to_vec();
    }
    let added = Regex::new(r"(?-u)(?m)^(?:Message-Id: <[^>]*@mx\.example\.org>|Date: [^\r\n]*)\r\n").unwrap();
    added.replace_all(rest, &b""[..]).into_owned()
}

/// What a comparison found, for the table of figures.
#[derive(Default)]
pub(super) struct Count {
    pub(super) recipients: usize,
    pub(super) sealed: usize,
    pub(super) passed: usize,
    pub(super) refused: usize,
    pub(super) as_sent: usize,
}

/// Compares what came of one case with what Postfix alone made of it.
pub(super) fn compare(lane: &Lane, case: &Case, got: &Outcome, alone: &Outcome, count: &mut Count) {
    let filter = lane.filter;
    let reply = &got.replies[case.name];
    if is_refused(filter, case) {
        assert_eq!(reply.code, 550, "{filter:?} {}: {reply:?}", case.name);
        for (recipient, _) in &case.recipients {
            assert!(!got.copies.contains_key(recipient), "{recipient} got a refused mail");
        }
        count.refused += 1;
        return;
    }
    assert!(reply.is_success(), "{filter:?} {}: {reply:?}", case.name);
    for (recipient, _) in &case.recipients {
        let what = format!("{filter:?} {recipient}");
        let [copy] = got.copies.get(recipient).map(Vec::as_slice).unwrap_or_default() else {
            panic!("{what}: {} copies", got.copies.get(recipient).map_or(0, Vec::len));
        };
        let [reference] = alone.copies[recipient].as_slice() else { panic!("{what}: no reference") };
        assert_eq!(copy.from, reference.from, "{what}: envelope sender and parameters");
        assert_eq!(copy.to, reference.to, "{what}: parameters of RCPT");
        let hidden = contains(&copy.mail, HIDDEN.as_bytes());
        assert!(!hidden, "{what}: a hidden recipient is shown");
        count.recipients += 1;
        let queued = core(case, &reference.mail);
        if is_sealed_for(recipient) || is_sealed_with_others(filter, case) {
            assert!(carrier::is_sealed(&copy.mail), "{what}: not sealed");
            let body = copy.mail.windows(4).position(|end| end == b"\r\n\r\n").unwrap_or_default();
            assert!(!contains(&copy.mail[body..], MARK.as_bytes()), "{what}: in clear");
            let opened = core(case, &lane.site.open(&copy.mail).unwrap());
            let expected = if is_before_queue(filter) { core(case, &as_received(case)) } else { queued };
            assert!(opened == expected, "{what}: differs\n{}", difference(&opened, &expected));
            count.sealed += 1;
            count.as_sent += usize::from(opened == core(case, &case.mail));
        } else {
            let passed = core(case, &copy.mail);
            assert!(!carrier::is_sealed(&copy.mail), "{what}: sealed");
            assert!(passed == queued, "{what}: differs\n{}", difference(&passed, &queued));
            count.passed += 1;
        }
    }
}

/// As a milter without `mixed = "split"`, whoever gets a mail with somebody who gets it sealed, gets it sealed too.
fn is_sealed_with_others(filter: Filter, case: &Case) -> bool {
    matches!(filter, Filter::Milter | Filter::MilterUnix)
        && case.recipients.iter().any(|(recipient, _)| is_sealed_for(recipient))
}

/// Says whether the gateway sees mails before Postfix's cleanup(8) does.
fn is_before_queue(filter: Filter) -> bool {
    filter == Filter::Proxy
}

/// What smtpd(8) hands on of a mail before the queue: line ends, with any CRs before them, are CRLF, all else is as it was.
fn as_received(case: &Case) -> Vec<u8> {
    Regex::new(r"(?-u)\r*\n").unwrap().replace_all(&case.mail, &b"\r\n"[..]).into_owned()
}

/// A lone CR, which cleanup(8) would have made a space, reaches the gateway before the queue. It isn't passed on then.
fn is_refused(filter: Filter, case: &Case) -> bool {
    is_before_queue(filter) && case.name == "bare-cr-passed"
}

/// Shows where two texts part.
fn difference(got: &[u8], expected: &[u8]) -> String {
    let at = got.iter().zip(expected).take_while(|(one, other)| one == other).count();
    let piece = |text: &[u8]| text[at.saturating_sub(60)..text.len().min(at + 60)].escape_ascii().to_string();
    format!("at {at}: got {}\nexpected {}", piece(got), piece(expected))
}
