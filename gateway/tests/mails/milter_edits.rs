//! The gateway behind the milter: what the MTA's mail becomes by its edits, who is taken off it, and what goes by the next hop.

use std::sync::Arc;

use sealpost_gateway::{milter::Mixed, pipeline::Pipeline, plan::Planner, reinject::Reinjector};
use tokio::sync::watch;

use crate::{
    corpus::{foreign_mails, own_mails, with_crlf},
    milter_client::{Outcome, Queued, Wire, connect},
    next_hop::{Act, NextHop, Script, Verb},
    place::{Place, SEAL_ALL, SETTINGS},
};

const POLICY: &str = r#"
internal_domains = ["example.org"]
default = "seal"
[[rule]]
name = "never there"
action = "reject"
[rule.when]
recipient_domains = ["forbidden.example"]
"#;

const BODY: &str = "The secret body of this mail, which nobody may read on the way.";
const MAIL: &str = "X-Before: 1\r\nReceived: from a by b;\r\n\tnow\r\nFrom: Alice <alice@example.org>\r\nTo: all:;\r\n\
    x-before: 2\r\nSubject: J\u{fc}rgen's\r\n subject\r\nMessage-ID: <m1@example.org>\r\nX-Mailer : x\r\n\
    MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nX-Last:\r\n\r\n";

const BOTH: [Mixed; 2] = [Mixed::Seal, Mixed::Split];
const SEALED: &str = "bob@example.net";
const PASSED: &str = "carol@example.org";
const REJECTED: &str = "dave@forbidden.example";

fn mail(recipients: &[&str]) -> Queued {
    Queued::new(recipients, format!("{MAIL}{BODY}\r\n.a line with a dot\r\n").as_bytes())
}

/// A gateway with a milter listener, its next hop, and the keys to open what comes out.
struct Scene {
    place: Place,
    hop: NextHop,
    wire: Wire,
    _shutdown: watch::Sender<bool>,
}

impl Scene {
    async fn new(script: Script, policy: &str, mixed: Mixed) -> Self {
        let hop = NextHop::start(script).await;
        let place = Place::new(&SETTINGS.replace("127.0.0.1:12526", &hop.address), policy);
        let settings = place.settings();
        let limits = settings.limits.clone();
        let reinjector = Reinjector::new(settings.next_hop.clone());
        let pipeline = Arc::new(Pipeline::new(Planner::new(settings), reinjector));
        let (stream, shutdown, _) = connect(pipeline, mixed, &limits);
        let mut wire = Wire::open(stream).await;
        wire.greet().await;
        Self { place, hop, wire, _shutdown: shutdown }
    }

    /// Checks that the mail in the queue is now the carrier mail of what it was, with nothing left of that.
    fn check_sealed(&self, outcome: &Outcome, mail: &Queued) {
        assert_eq!(outcome.last, 'c', "{}", outcome.reply);
        let now = outcome.queued.octets();
        assert!(self.place.open(&now) == mail.octets(), "what is opened is what was sent");
        assert!(memchr::memmem::find(&now, BODY.as_bytes()).is_none());
    }
}

fn names(mail: &Queued) -> Vec<String> {
    mail.fields.iter().map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect()
}

#[tokio::test]
async fn a_sealed_mail_takes_the_place_of_the_mail() {
    for mixed in BOTH {
        let mut scene = Scene::new(vec![], POLICY, mixed).await;
        for recipients in [vec![SEALED], vec![SEALED, "erin@example.net"]] {
            let mail = mail(&recipients);
            let outcome = scene.wire.deliver(&mail).await;
            scene.check_sealed(&outcome, &mail);
            assert_eq!(outcome.queued.recipients, mail.recipients);
            let expected = [
                "Received",
                "Received",
                "From",
                "To",
                "Subject",
                "Message-ID",
                "Date",
                "MIME-Version",
                "Content-Type",
                "Sealpost-Mark",
            ];
            assert_eq!(names(&outcome.queued), expected);
            assert_eq!(outcome.queued.fields[1], mail.fields[1], "fields that stay are not touched");
            assert_eq!(outcome.queued.fields[4], mail.fields[5]);
            let deleted =
                outcome.edits.iter().filter(|edit| edit.starts_with('-')).cloned().collect::<Vec<_>>();
            let order = ["-X-Last 1", "-Content-Type 1", "-X-Mailer 1", "-x-before 2", "-X-Before 1"];
            assert_eq!(deleted, order, "from the last to the first");
        }
        assert!(scene.hop.take().is_empty(), "nothing goes by the next hop");
    }
}

#[tokio::test]
async fn a_passed_mail_is_not_touched() {
    let mut scene = Scene::new(vec![], POLICY, Mixed::Seal).await;
    let mail = mail(&[PASSED, "frank@example.org"]);
    let outcome = scene.wire.deliver(&mail).await;
    assert_eq!((outcome.last, outcome.edits.len()), ('c', 0));
    assert!(outcome.queued == mail && scene.hop.take().is_empty());
}

/// What the policy changes of a passed mail is told as edits of just those fields, at their places.
#[tokio::test]
async fn a_passed_mail_loses_and_gets_single_fields() {
    const POLICY: &str = r#"
default = "pass"
[[rule]]
name = "marked"
action = "pass"
strip_subject = true
add_header = [{ name = "X-First", value = "1" }, { name = "X-Second", value = "2" }]
remove_header = ["X-BEFORE", "X-Not-There"]
[rule.when]
recipient_is = "anywhere"
subject_words = ["[team]"]
"#;
    for mixed in BOTH {
        let mut scene = Scene::new(vec![], POLICY, mixed).await;
        let head = MAIL.replace("Subject: J", "Subject: [team] J");
        let mail = Queued::new(&[PASSED], format!("{head}{BODY}\r\n").as_bytes());
        let outcome = scene.wire.deliver(&mail).await;
        assert_eq!(outcome.last, 'c', "{}", outcome.reply);
        let edits = ["-Subject 1", "-x-before 2", "-X-Before 1", "+X-First 1", "+X-Second 2", "+Subject 6"];
        assert_eq!(outcome.edits, edits);
        assert_eq!(outcome.pieces, 0, "the body is not sent back");
        let mut expected = mail.fields.clone();
        expected.retain(|(name, _)| !name.eq_ignore_ascii_case(b"x-before"));
        let field = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        expected[3] = field("Subject", " =?utf-8?Q?J=C3=BCrgen's_subject?=");
        expected.splice(..0, [field("X-First", " 1"), field("X-Second", " 2")]);
        assert_eq!(outcome.queued, Queued { fields: expected, ..mail });
        assert!(scene.hop.take().is_empty());
    }
}

#[tokio::test]
async fn by_default_all_get_it_sealed_when_one_does() {
    let mut scene = Scene::new(vec![], POLICY, Mixed::Seal).await;
    let mail = mail(&[PASSED, SEALED]);
    let outcome = scene.wire.deliver(&mail).await;
    scene.check_sealed(&outcome, &mail);
    assert_eq!(outcome.queued.recipients, mail.recipients);
    let (envelope, _) = scene.place.unwrap(&outcome.queued.octets());
    let recipients: Vec<_> =
        envelope.terms().recipients.iter().map(|address| address.as_str().to_owned()).collect();
    assert_eq!(recipients, [PASSED, SEALED], "whoever gets it sealed can open it");
    assert!(scene.hop.take().is_empty());
}

#[tokio::test]
async fn split_recipients_get_theirs_by_the_next_hop() {
    let mut scene = Scene::new(vec![], POLICY, Mixed::Split).await;
    let mail = mail(&[PASSED, SEALED, "frank@example.org"]);
    let outcome = scene.wire.deliver(&mail).await;
    scene.check_sealed(&outcome, &mail);
    assert_eq!(outcome.queued.recipients, [format!("<{SEALED}>")]);
    let [taken] = scene.hop.take().try_into().ok().unwrap();
    assert_eq!(taken.recipients, [PASSED, "frank@example.org"]);
    assert!(taken.mail == mail.octets());
    assert!(scene.hop.heard(b"NOTIFY=NEVER"), "with the parameters of their RCPT");
}

/// Whatever the next hop does, the mail is refused for now, its recipients stay on it, and nothing in it was changed.
#[tokio::test]
async fn a_split_that_fails_is_no_split() {
    for verb in [Verb::Greeting, Verb::Mail, Verb::Rcpt, Verb::Data, Verb::Content, Verb::End] {
        for act in [Act::Cut, Act::Reply("451 4.3.0 later")] {
            if (verb, act) == (Verb::Content, Act::Reply("451 4.3.0 later")) {
                continue;
            }
            let mut scene = Scene::new(vec![("*", verb, act)], POLICY, Mixed::Split).await;
            let mail = mail(&[PASSED, SEALED]);
            let outcome = scene.wire.deliver(&mail).await;
            assert_eq!((outcome.last, outcome.edits.len()), ('y', 0), "{verb:?} {act:?}");
            assert!(outcome.reply.starts_with('4') && outcome.queued == mail, "{verb:?} {act:?}");
            assert!(scene.hop.take().is_empty());
            // The next try works, and reaches him once.
            scene.hop.follow(vec![]);
            let outcome = scene.wire.deliver(&mail).await;
            scene.check_sealed(&outcome, &mail);
            assert_eq!(scene.hop.take().len(), 1);
        }
    }
}

#[tokio::test]
async fn one_rejected_recipient_refuses_the_mail() {
    for mixed in BOTH {
        let mut scene = Scene::new(vec![], POLICY, mixed).await;
        for recipients in [vec![REJECTED], vec![PASSED, REJECTED], vec![SEALED, PASSED, REJECTED]] {
            let mail = mail(&recipients);
            let outcome = scene.wire.deliver(&mail).await;
            assert_eq!((outcome.last, outcome.edits.len()), ('y', 0));
            assert!(outcome.reply.starts_with("550 5.7.1 ") && outcome.reply.contains("never there"));
            assert_eq!(outcome.reply.contains(REJECTED), recipients.len() > 1, "{}", outcome.reply);
            assert!(scene.hop.take().is_empty() && !scene.hop.heard(BODY.as_bytes()));
        }
    }
}

#[tokio::test]
async fn large_mails_are_replaced() {
    let mut scene = Scene::new(vec![], SEAL_ALL, Mixed::Seal).await;
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let line: Vec<u8> = (0..76).map(|at| letters[at * 7 % 26]).chain(*b"\r\n").collect();
    let body = line.repeat(400_000);
    let mail =
        Queued::with_fields(&[SEALED], vec![(b"From".to_vec(), b" alice@example.org".to_vec())], &body);
    let outcome = scene.wire.deliver(&mail).await;
    scene.check_sealed(&outcome, &mail);
}

/// Mails of all kinds come through: what is opened is what was sent, and the header section is a good one.
#[tokio::test]
async fn all_kinds_of_mails_come_through() {
    let mut scene = Scene::new(vec![], SEAL_ALL, Mixed::Seal).await;
    for (name, octets) in own_mails().into_iter().chain(foreign_mails()) {
        let mail = Queued::new(&[SEALED], &with_crlf(&octets));
        if mail.octets().contains(&0) || mail.fields.iter().any(|(_, value)| value.contains(&b'\r')) {
            // The protocol has no way to say so.
            continue;
        }
        let outcome = scene.wire.deliver(&mail).await;
        if outcome.last != 'c'
            && mail.fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"received")).count() > 50
        {
            continue;
        }
        assert_eq!(outcome.last, 'c', "{name}: {}", outcome.reply);
        let now = outcome.queued.octets();
        assert!(scene.place.open(&now) == mail.octets(), "{name}");
        let names = names(&outcome.queued);
        let kinds = |wanted: &str| names.iter().filter(|name| name.eq_ignore_ascii_case(wanted)).count();
        for once in ["From", "Date", "Message-ID", "MIME-Version", "Content-Type"] {
            assert_eq!(kinds(once), 1, "{name}: {once}");
        }
        for none in ["Bcc", "DKIM-Signature", "Content-Transfer-Encoding", "X-Mailer"] {
            assert_eq!(kinds(none), 0, "{name}: {none}");
        }
    }
}
