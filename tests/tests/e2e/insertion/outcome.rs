//! What came out at the far end, compared with what Postfix alone makes of the same mail.

use regex::Regex;
use regex::bytes::Regex as BytesRegex;
use sealpost_tests::carrier;
use sealpost_tests::postfix::Filter;
use sealpost_tests::secrets::contains;
use sealpost_tests::smtp::Reply;

use super::lane::{CLIENT, Copy, Lane, Outcome};
use super::mails::{Case, HIDDEN, LONG_LINES, MARK, NO_DATE, REJECTION, is_rejected_for, is_sealed_for};

/// What a comparison found, for the table of figures.
#[derive(Default)]
pub(super) struct Count {
    pub(super) recipients: usize,
    pub(super) sealed: usize,
    pub(super) passed: usize,
    pub(super) bounced: usize,
    pub(super) refused: usize,
    pub(super) as_sent: usize,
}

/// The outcome of one case beside that of Postfix alone.
pub(super) struct Comparison<'a> {
    pub(super) lane: &'a Lane,
    pub(super) case: &'a Case,
    pub(super) got: &'a Outcome,
    pub(super) alone: &'a Outcome,
    /// The gateway's log.
    pub(super) log: &'a str,
}

impl Comparison<'_> {
    /// Compares, and counts.
    pub(super) fn check(&self, count: &mut Count) {
        let what = format!("{:?} {}", self.lane.filter, self.case.name);
        let reply = self.got.replies.get(self.case.name);
        if let Some(reply) = reply.filter(|_| is_refused(self.lane.filter, self.case)) {
            self.check_refused(reply, &what);
            count.refused += 1;
            return;
        }
        assert!(reply.is_none_or(Reply::is_success), "{what}: {reply:?}");
        let recipients = self.case.recipients.iter().map(|(address, _)| address.as_str());
        let (bounced, served): (Vec<_>, Vec<_>) = recipients.partition(|recipient| self.bounces(recipient));
        if !bounced.is_empty() {
            self.check_bounce(&bounced, &what);
            count.bounced += bounced.len();
        }
        for recipient in served {
            self.check_copy(recipient, count);
        }
    }

    /// The client has the gateway's own reply, and nobody has the mail.
    fn check_refused(&self, reply: &Reply, what: &str) {
        assert_eq!(reply.code, 550, "{what}: {reply:?}");
        let text = reply.lines.join(" ");
        assert!(
            !self.case.has_rejected() || REJECTION.iter().all(|piece| text.contains(piece)),
            "{what}: {text}"
        );
        for (recipient, _) in &self.case.recipients {
            assert!(!self.got.copies.contains_key(recipient), "{recipient} got a refused mail");
        }
        assert!(!self.got.copies.contains_key(&self.case.sender), "{what}: refused, and bounced besides");
    }

    /// Says whether the sender is told by a bounce that this recipient doesn't get the mail.
    fn bounces(&self, recipient: &str) -> bool {
        // One reply for all: where one of them is rejected, all are.
        let has_one_reply = self.lane.filter == Filter::Smtp || self.lane.filter.is_before_queue();
        is_rejected_for(recipient) || (has_one_reply && self.case.has_rejected())
    }

    /// The sender has one bounce, with the gateway's words in it, for each of these; none of them has the mail.
    fn check_bounce(&self, recipients: &[&str], what: &str) {
        let bounces = self.got.copies.get(&self.case.sender).map(Vec::as_slice).unwrap_or_default();
        let [bounce] = bounces else { panic!("{what}: {} bounces", bounces.len()) };
        assert_eq!(bounce.from[0], "", "{what}: a bounce has the null sender");
        let text = String::from_utf8_lossy(&bounce.mail);
        // Long lines are wrapped in it.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for recipient in recipients {
            assert!(!self.got.copies.contains_key(*recipient), "{recipient} got the mail and bounced");
            assert!(text.contains(&format!("Final-Recipient: rfc822; {recipient}")), "{what}: {text}");
        }
        for piece in REJECTION {
            assert!(text.contains(piece), "{what}: no {piece} in {text}");
        }
    }

    fn check_copy(&self, recipient: &str, count: &mut Count) {
        let what = format!("{:?} {recipient}", self.lane.filter);
        let copies = self.got.copies.get(recipient).map(Vec::as_slice).unwrap_or_default();
        let [copy] = copies else { panic!("{what}: {} copies", copies.len()) };
        let [reference] = self.alone.copies[recipient].as_slice() else { panic!("{what}: no reference") };
        assert_eq!(copy.from, reference.from, "{what}: envelope sender and parameters");
        assert_eq!(copy.to, reference.to, "{what}: parameters of RCPT");
        assert!(!contains(&copy.mail, HIDDEN.as_bytes()), "{what}: a hidden recipient is shown");
        for name in ["Date", "Message-ID"] {
            assert_eq!(values(&copy.mail, name).len(), 1, "{what}: {name}");
        }
        self.check_trace(copy, &what);
        count.recipients += 1;
        if is_sealed_for(recipient) || self.is_sealed_with_others() {
            self.check_sealed(copy, reference, &what, count);
            count.sealed += 1;
        } else {
            let expected = if self.is_whole(true) { as_received(self.case) } else { reference.mail.clone() };
            let (passed, queued) = (core(self.case, &copy.mail), core(self.case, &expected));
            assert!(!carrier::is_sealed(&copy.mail), "{what}: sealed");
            assert!(passed == queued, "{what}: differs\n{}", difference(&passed, &queued));
            assert_eq!(copy.body, reference.body, "{what}: BODY");
            count.passed += 1;
        }
    }

    fn check_sealed(&self, copy: &Copy, reference: &Copy, what: &str, count: &mut Count) {
        assert!(carrier::is_sealed(&copy.mail), "{what}: not sealed");
        assert!(!contains(body(&copy.mail), MARK.as_bytes()), "{what}: in clear");
        let mail = self.lane.site.open(&copy.mail).unwrap();
        let is_as_sent = self.lane.filter == Filter::Proxy;
        let expected =
            if is_as_sent || self.is_whole(false) { as_received(self.case) } else { reference.mail.clone() };
        let (opened, expected) = (core(self.case, &mail), core(self.case, &expected));
        assert!(opened == expected, "{what}: differs\n{}", difference(&opened, &expected));
        // Postfix adds what is missing before it queues a mail: too late for a gateway before the queue.
        let missing = is_as_sent && self.case.name == NO_DATE;
        for name in ["Date", "Message-ID"] {
            let (inside, outside) = (values(&mail, name), values(&copy.mail, name));
            assert!(if missing { inside.is_empty() } else { inside == outside }, "{what}: {name}");
        }
        // Postfix finds out by itself that a mail has bytes above 127, but only when it queues it.
        let said = self.case.mail_parameters.split(' ').find(|word| word.starts_with("BODY="));
        let expected = if is_as_sent { said } else { reference.body.as_deref() };
        assert_eq!(copy.body.as_deref(), expected, "{what}: BODY");
        count.as_sent += usize::from(opened == core(self.case, &self.case.mail));
    }

    /// The far end knows who the client was and what Postfix called the mail; so does the gateway's log, if Postfix can say.
    fn check_trace(&self, copy: &Copy, what: &str) {
        // Postfix doesn't tell the far end of a mail that a program of this machine handed in; the mail's own trace does.
        let of_program = || found(r"from userid \d+\)\s+id (\w+);", &String::from_utf8_lossy(&copy.mail));
        let queue_id = copy.client.get("IDENT").cloned().unwrap_or_else(of_program);
        if self.lane.filter == Filter::Proxy {
            assert!(!self.log.contains("queue_id="), "{what}: a queue ID before the mail is queued");
        } else {
            assert!(self.is_logged(&queue_id), "{what}: {queue_id} isn't in the log");
        }
        let Some(reply) = self.got.replies.get(self.case.name) else { return };
        for (name, value) in CLIENT {
            assert_eq!(copy.client.get(name).map(String::as_str), Some(value), "{what}: {name}");
        }
        let told = found(r"queued as (\w+)", &reply.lines[0]);
        // Before the queue each sealed and each passed mail is queued on its own, and the client is told of one of them.
        assert!(queue_id == told || self.lane.filter == Filter::Proxy, "{what}: {queue_id}, {told}");
    }

    fn is_logged(&self, queue_id: &str) -> bool {
        self.log.contains(&format!("queue_id=\"{queue_id}\""))
    }

    /// Says whether lines are longer than what Postfix alone makes of them: only its own way out breaks them, which comes after
    /// the gateway has sealed a mail, and which nothing takes behind a gateway before the relay host.
    fn is_whole(&self, is_passed: bool) -> bool {
        self.case.name == LONG_LINES && (!is_passed || self.lane.filter == Filter::Outbound)
    }

    /// As a milter without `mixed = "split"`, whoever gets a mail with somebody who gets it sealed, gets it sealed too.
    fn is_sealed_with_others(&self) -> bool {
        matches!(self.lane.filter, Filter::Milter | Filter::MilterUnix)
            && self.case.recipients.iter().any(|(recipient, _)| is_sealed_for(recipient))
    }
}

/// Says whether the client, if it waits for the gateway, is told that nobody gets the mail: one of its recipients is
/// rejected, or it has a lone CR, which cleanup(8) would have made a space, but which isn't passed on.
fn is_refused(filter: Filter, case: &Case) -> bool {
    filter.is_before_queue() && case.has_rejected()
        || filter == Filter::Proxy && case.name == "bare-cr-passed"
}

/// What smtpd(8) hands on of a mail before the queue: line ends, with any CRs before them, are CRLF, all else is as it was.
fn as_received(case: &Case) -> Vec<u8> {
    BytesRegex::new(r"(?-u)\r*\n").unwrap().replace_all(&case.mail, &b"\r\n"[..]).into_owned()
}

/// Returns a mail without the Received fields on its top, and without what Postfix adds where it's missing.
fn core(case: &Case, mail: &[u8]) -> Vec<u8> {
    let trace = BytesRegex::new(r"(?-u)\A(?:Received:[^\n]*\n(?:[ \t][^\n]*\n)*)*").unwrap();
    let rest = &mail[trace.find(mail).unwrap().end()..];
    if case.name != NO_DATE {
        return rest.to_vec();
    }
    let added = r"(?-u)(?m)^(?:Message-Id: <[^>]*@mx\.example\.org>|Date: [^\r\n]*)\r\n";
    BytesRegex::new(added).unwrap().replace_all(rest, &b""[..]).into_owned()
}

/// Parts a mail behind its header section, or returns all as header section.
fn parts(mail: &[u8]) -> (&[u8], &[u8]) {
    let end = mail.windows(4).position(|end| end == b"\r\n\r\n").map_or(mail.len(), |at| at + 2);
    mail.split_at(end)
}

/// Returns what stands behind the header section.
pub(super) fn body(mail: &[u8]) -> &[u8] {
    parts(mail).1
}

/// Returns the values of all header fields of a name.
pub(super) fn values(mail: &[u8], name: &str) -> Vec<String> {
    let head = String::from_utf8_lossy(parts(mail).0);
    let field = Regex::new(&format!(r"(?im)^{name}:((?:[^\r\n]|\r\n[ \t])*)")).unwrap();
    field.captures_iter(&head).map(|found| found[1].trim().to_owned()).collect()
}

/// Returns what the group of an expression finds in a text.
fn found(expression: &str, text: &str) -> String {
    let found = Regex::new(expression).unwrap().captures(text).map(|found| found[1].to_owned());
    found.unwrap_or_else(|| panic!("no {expression} in {text}"))
}

/// Shows where two texts part.
pub(super) fn difference(got: &[u8], expected: &[u8]) -> String {
    let at = got.iter().zip(expected).take_while(|(one, other)| one == other).count();
    let piece = |text: &[u8]| text[at.saturating_sub(60)..text.len().min(at + 60)].escape_ascii().to_string();
    format!("at {at}: got {}\nexpected {}", piece(got), piece(expected))
}
