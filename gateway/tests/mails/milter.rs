//! The milter at the wire: mails are put together byte for byte, edits make the mail that is wanted, and whatever a client says,
//! in whatever order, no mail is answered for that was not looked at.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use sealpost_gateway::{
    milter::{Change, MailEditor, Mixed, Verdict},
    receive::{Limits, Memory, Received},
    reply::Reply,
};
use tokio::{io::DuplexStream, sync::Notify};

use crate::milter_client::{ALL, Queued, Wire, connect};

/// Records mails. For a recipient `550@…` it refuses with that code; for `panic@…` it panics; for `slow@…` it takes as long as it
/// is let; who is `served@…` is taken off.
#[derive(Default)]
struct Recorder {
    mails: Mutex<Vec<Received>>,
    go_on: Notify,
}

impl MailEditor for Recorder {
    async fn edit(&self, mail: Received, _mixed: Mixed) -> Verdict {
        let local =
            |name: &str| mail.recipients.iter().position(|path| path.raw.split('@').next() == Some(name));
        assert!(local("panic").is_none(), "an editor that panics");
        if local("slow").is_some() {
            self.go_on.notified().await;
        }
        let refusal =
            [451, 452, 471, 550, 554, 571].into_iter().find(|code| local(&code.to_string()).is_some());
        let served = local("served").into_iter().collect();
        self.mails.lock().unwrap().push(mail);
        match refusal {
            Some(code) => Verdict::Refuse(Reply::new(code, [code / 100, 7, 1], "100% refused\nfür immer")),
            None => Verdict::Accept(Change { outgoing: None, served }),
        }
    }
}

impl Recorder {
    fn take(&self) -> Vec<Received> {
        std::mem::take(&mut *self.mails.lock().unwrap())
    }
}

fn limits() -> Limits {
    Limits::new("gateway.example")
}

async fn open() -> (Arc<Recorder>, Wire) {
    let recorder = Arc::new(Recorder::default());
    let (stream, shutdown, _) = connect(Arc::clone(&recorder), Mixed::Seal, &limits());
    // The gateway runs as long as the test does.
    tokio::spawn(async move { shutdown.closed().await });
    let mut wire = Wire::open(stream).await;
    wire.greet().await;
    (recorder, wire)
}

fn simple(recipients: &[&str]) -> Queued {
    Queued::new(recipients, b"From: alice@example.org\r\nSubject: hello\r\n\r\nbody\r\n")
}

#[tokio::test]
async fn mails_are_put_together_byte_for_byte() {
    let (recorder, mut wire) = open().await;
    let field = |name: &[u8], value: &[u8]| (name.to_vec(), value.to_vec());
    let long = "x".repeat(200_000);
    for (fields, body) in [
        (vec![field(b"From", b" a@b.example"), field(b"Subject", b"no space")], "body\r\n"),
        (vec![field(b"Subject", b"  two spaces \t"), field(b"X", b"\ttab")], "a\r\n.\r\n..b\r\n"),
        (vec![field(b"Folded", b" a\n b\n\tc\n  "), field(b"Empty", b""), field(b"Blank", b" ")], ""),
        (vec![field(b"X-Eight", b" J\xfcrgen"), field(b"X-Utf8", " Jürgen".as_bytes())], "K\u{e4}se\r\n"),
        (vec![field(b"X-Space ", b" x"), field(b"x", b":::"), field(b"X", b" twice")], "no line end"),
        (vec![], "\r\n"),
        (vec![field(b"X-Long", long.as_bytes())], &long),
        (vec![field(b"X", b" y"); 10_000], "z\r\n"),
    ] {
        let mail = Queued::with_fields(&["bob@example.net"], fields, body.as_bytes());
        let outcome = wire.deliver(&mail).await;
        assert_eq!((outcome.last, outcome.edits.len()), ('c', 0));
        assert!(outcome.queued == mail, "a mail that is accepted is left as it is");
        let [received] = recorder.take().try_into().ok().unwrap();
        assert!(received.mail == mail.octets());
    }
}

#[tokio::test]
async fn the_smtp_side_is_what_the_client_said() {
    let (recorder, mut wire) = open().await;
    wire.say(b'M', b"<>\0SIZE=12\0RET=HDRS\0ENVID=abc+2B1\0SMTPUTF8\0AUTH=<>\0X=\xff\0").await;
    wire.say(
        b'R',
        "<jürgen@example.net>\0NOTIFY=SUCCESS,FAILURE\0ORCPT=utf-8;jürgen@example.net\0".as_bytes(),
    )
    .await;
    wire.say(b'R', b"<\"a b\"@example.net>\0NOTIFY=SOMETIMES\0").await;
    let mail = simple(&[]);
    wire.content(&mail).await;
    wire.send(b'D', b"Ei\x004D1A2B3C4D\0{auth_authen}\0alice\0").await;
    wire.send(b'E', b"").await;
    assert_eq!(wire.outcome(&mail).await.last, 'c');
    let [received] = recorder.take().try_into().ok().unwrap();
    assert!(received.sender.is_null());
    assert_eq!(received.sender.params, ["SIZE=12", "RET=HDRS", "ENVID=abc+2B1", "SMTPUTF8"]);
    let recipients: Vec<_> =
        received.recipients.iter().map(|path| (path.raw.as_str(), &path.params)).collect();
    assert_eq!(recipients[0].0, "jürgen@example.net");
    assert_eq!(*recipients[0].1, ["NOTIFY=SUCCESS,FAILURE", "ORCPT=utf-8;jürgen@example.net"]);
    assert_eq!(recipients[1], ("\"a b\"@example.net", &vec![]));
    assert_eq!(received.client.ident(), Some("4D1A2B3C4D"));
    assert_eq!(
        received.client.xforward,
        ["NAME=client.example", "ADDR=192.0.2.7", "PORT=4242", "HELO=client.example", "IDENT=4D1A2B3C4D"]
    );
}

/// Postfix's cleanup(8) says them so of mails by sendmail(1), those of the null sender too.
#[tokio::test]
async fn addresses_need_no_brackets() {
    let (recorder, mut wire) = open().await;
    for (sender, is_null) in [("", true), ("alice@example.org", false)] {
        let mail = simple(&["bob@example.net"]);
        wire.say(b'M', format!("{sender}\0").as_bytes()).await;
        wire.say(b'R', b"bob@example.net\0").await;
        wire.content(&mail).await;
        wire.send(b'E', b"").await;
        assert_eq!(wire.outcome(&mail).await.last, 'c');
        let [received] = recorder.take().try_into().ok().unwrap();
        assert_eq!((received.sender.raw.as_str(), received.sender.is_null()), (sender, is_null));
        assert_eq!(received.recipients[0].raw, "bob@example.net");
    }
    wire.say(b'M', b"\0").await;
    wire.send(b'R', b"\0").await;
    assert_eq!(wire.hear().await.unwrap().0, b'y', "there is no null recipient");
}

#[tokio::test]
async fn refusals_are_told_in_their_own_words() {
    let (_recorder, mut wire) = open().await;
    for (recipient, expected) in [
        ("550@example.net", "550-5.7.1 100%% refused\r\n550 5.7.1 f?r immer"),
        ("451@example.net", "451-4.7.1 100%% refused\r\n451 4.7.1 f?r immer"),
        // A milter may not give these codes.
        ("571@example.net", "550-5.7.1 100%% refused\r\n550 5.7.1 f?r immer"),
        ("471@example.net", "451-4.7.1 100%% refused\r\n451 4.7.1 f?r immer"),
        ("panic@example.net", "451 4.3.0 Local error in processing, try again later"),
    ] {
        let outcome = wire.deliver(&simple(&["bob@example.net", recipient])).await;
        assert_eq!((outcome.last, outcome.reply.as_str()), ('y', expected), "{recipient}");
    }
    assert_eq!(wire.deliver(&simple(&["bob@example.net"])).await.last, 'c', "the connection goes on");
}

#[tokio::test]
async fn who_is_served_is_taken_off() {
    let (_recorder, mut wire) = open().await;
    let outcome = wire.deliver(&simple(&["bob@example.net", "served@example.net"])).await;
    assert_eq!((outcome.last, outcome.edits), ('c', vec!["-<served@example.net>".to_owned()]));
    assert_eq!(outcome.queued.recipients, ["<bob@example.net>"]);
}

#[tokio::test(start_paused = true)]
async fn the_client_is_told_that_we_are_at_work() {
    let (recorder, mut wire) = open().await;
    let mail = simple(&["slow@example.net"]);
    wire.envelope(&mail).await;
    wire.content(&mail).await;
    wire.send(b'E', b"").await;
    for _ in 0..20 {
        assert_eq!(wire.hear().await.unwrap().0, b'p');
    }
    recorder.go_on.notify_one();
    let outcome = wire.outcome(&mail).await;
    assert_eq!((outcome.last, outcome.progress), ('c', 0));
}

#[tokio::test]
async fn limits_are_kept() {
    let recorder = Arc::new(Recorder::default());
    // Room for one of the largest mails, with what is made of it, and for small ones beside it.
    let memory = Memory::new(60_000);
    let limits = Limits { max_message_size: 10_000, max_recipients: 2, memory, ..limits() };
    let (stream, _shutdown, _) = connect(Arc::clone(&recorder), Mixed::Seal, &limits);
    let mut wire = Wire::open(stream).await;
    let sized = |size: usize| {
        let fields = vec![(b"A".to_vec(), b"1".to_vec())];
        Queued::with_fields(&["bob@example.net"], fields, &vec![b'x'; size - 7])
    };
    assert_eq!(wire.deliver(&sized(10_000)).await.last, 'c');
    let outcome = wire.deliver(&sized(10_001)).await;
    assert_eq!((outcome.last, &outcome.reply[..9]), ('y', "552 5.3.4"));
    // What the client says of the size is enough.
    let mail = sized(100);
    wire.say(b'M', b"<a@example.org>\0SIZE=10001\0").await;
    wire.say(b'R', b"<bob@example.net>\0").await;
    wire.content(&mail).await;
    wire.send(b'E', b"").await;
    assert_eq!(&wire.outcome(&mail).await.reply[..9], "552 5.3.4");
    // Of the recipients just the one too many is refused.
    wire.say(b'M', b"<a@example.org>\0").await;
    wire.say(b'R', b"<bob@example.net>\0").await;
    wire.say(b'R', b"<carol@example.net>\0").await;
    wire.send(b'R', b"<dave@example.net>\0").await;
    let (word, reply) = wire.hear().await.unwrap();
    assert_eq!((word, &reply[..9]), (b'y', b"452 4.5.3".as_slice()));
    wire.content(&mail).await;
    wire.send(b'E', b"").await;
    assert_eq!(wire.outcome(&mail).await.last, 'c');
    assert_eq!(recorder.take().last().unwrap().recipients.len(), 2);
    // Another connection holds the memory, then lets it go.
    let (stream, _other_shutdown, _) = connect(Arc::clone(&recorder), Mixed::Seal, &limits);
    let mut other = Wire::open(stream).await;
    other.envelope(&mail).await;
    other.content(&sized(9_000)).await;
    let outcome = wire.deliver(&sized(9_000)).await;
    assert_eq!((outcome.last, &outcome.reply[..9]), ('y', "452 4.3.1"));
    other.envelope(&mail).await;
    other.send(b'R', b"").await;
    assert!(other.hear().await.is_none(), "an empty command ends the connection");
    assert_eq!(wire.deliver(&sized(9_000)).await.last, 'c');
}

/// In every state a mail may be given up; the next one has nothing of it.
#[tokio::test]
async fn a_mail_that_is_given_up_leaves_nothing_behind() {
    let (recorder, mut wire) = open().await;
    let given_up = Queued::new(&["secret@example.net"], b"X-Secret: yes\r\n\r\nsecret body\r\n");
    let next = simple(&["bob@example.net"]);
    for state in 0..6 {
        if state > 0 {
            wire.say(b'M', b"<secret@example.org>\0").await;
        }
        if state > 1 {
            wire.say(b'R', b"<secret@example.net>\0").await;
        }
        match state {
            3 => wire.say(b'L', b"X-Secret\0 yes\0").await,
            4 => wire.say(b'N', b"").await,
            5 => wire.content(&given_up).await,
            _ => {}
        }
        wire.send(b'A', b"").await;
        assert_eq!(wire.deliver(&next).await.last, 'c', "state {state}");
        let [received] = recorder.take().try_into().ok().unwrap();
        assert!(received.mail == next.octets() && received.recipients.len() == 1, "state {state}");
        assert_eq!(received.sender.raw, "alice@example.org");
    }
    // Without a word, by the next MAIL.
    wire.envelope(&given_up).await;
    wire.content(&given_up).await;
    assert_eq!(wire.deliver(&next).await.last, 'c');
    assert!(recorder.take()[0].mail == next.octets());
}

fn frame(command: u8, payload: &[u8]) -> Vec<u8> {
    [&u32::try_from(payload.len() + 1).unwrap().to_be_bytes(), [command].as_slice(), payload].concat()
}

/// What no MTA says. Nothing of it makes a mail that nobody sent, and the gateway goes on.
#[tokio::test(start_paused = true)]
async fn nonsense_is_no_mail() {
    let mail = [frame(b'M', b"<a@example.org>\0"), frame(b'R', b"<bob@example.net>\0")].concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a length of 1 GiB", [&[0x40, 0, 0, 0, b'L'], b"From\0 a\0".as_slice()].concat()),
        ("the greatest length", vec![0xff; 64]),
        ("no length at all", vec![0; 64]),
        ("a length and no more", vec![0, 0, 0, 9]),
        ("half a command", vec![0, 0, 0, 9, b'M', b'<']),
        ("an unknown command", frame(b'!', b"x")),
        ("the end of a mail before MAIL", frame(b'E', b"")),
        ("a body before MAIL", frame(b'B', b"body")),
        ("a header field before MAIL", frame(b'L', b"A\0 1\0")),
        ("a header field without value", [mail.clone(), frame(b'L', b"A")].concat()),
        ("a header field without name", [mail.clone(), frame(b'L', b"\0 1\0")].concat()),
        ("an empty header field", [mail.clone(), frame(b'L', b"")].concat()),
        ("an empty body", [mail.clone(), frame(b'N', b""), frame(b'B', b"")].concat()),
        ("MAIL without an address", frame(b'M', b"")),
        ("MAIL without its end", frame(b'M', b"<a@example.org>")),
        ("RCPT before MAIL", frame(b'R', b"<bob@example.net>\0")),
        ("macros of no stage", frame(b'D', b"?x\0y\0")),
        ("macros without a value", frame(b'D', b"Ei\0")),
        ("macros without their end", frame(b'D', b"Ei")),
        ("no macros", frame(b'D', b"")),
        ("another negotiation", frame(b'O', b"\0\0\0\x06")),
        ("a negotiation of an old protocol", frame(b'O', &[0; 12])),
        ("a client without address", frame(b'C', b"x\x004\0\0")),
        ("a client of no kind", frame(b'C', b"x\0?")),
        (
            "a mail for nobody",
            [frame(b'M', b"<a@example.org>\0"), frame(b'L', b"A\0 1\0"), frame(b'N', b""), frame(b'E', b"")]
                .concat(),
        ),
        ("quit and go on", [frame(b'Q', b""), mail].concat()),
    ];
    for (name, said) in cases {
        let recorder = Arc::new(Recorder::default());
        let (stream, _shutdown, task) = connect(Arc::clone(&recorder), Mixed::Seal, &limits());
        let mut wire = Wire::open(stream).await;
        wire.raw(&said).await;
        // The clock stands still: this is until nothing moves any more.
        while let Ok(Some((word, _))) = tokio::time::timeout(Duration::from_secs(1), wire.hear()).await {
            assert!(matches!(word, b'c' | b't' | b'y' | b'r'), "{name}: {}", char::from(word));
        }
        assert!(recorder.take().is_empty(), "{name}");
        drop(wire);
        tokio::time::timeout(Duration::from_mins(1), task).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn header_fields_that_are_none_refuse_the_mail() {
    let (recorder, mut wire) = open().await;
    for (name, value) in [("A", " 1\nBcc: x"), ("A\nB", " 1"), ("A:B", " 1"), ("A", " 1\n")] {
        let fields = vec![(name.as_bytes().to_vec(), value.as_bytes().to_vec())];
        let outcome = wire.deliver(&Queued::with_fields(&["bob@example.net"], fields, b"x\r\n")).await;
        assert_eq!((outcome.last, &outcome.reply[..9]), ('y', "554 5.6.0"), "{name:?}");
    }
    let many = vec![(b"A".to_vec(), b"1".to_vec()); 10_001];
    let outcome = wire.deliver(&Queued::with_fields(&["bob@example.net"], many, b"")).await;
    assert_eq!(&outcome.reply[..9], "554 5.6.0");
    assert!(recorder.take().is_empty());
}

#[tokio::test]
async fn addresses_that_are_none_are_refused() {
    let (recorder, mut wire) = open().await;
    let mail = simple(&["bob@example.net"]);
    for bad in ["<a b@example.org>\0", "<a@example.org> x\0", "<@x:a@example.org>\0", "<\u{0}"] {
        wire.say(b'M', bad.as_bytes()).await;
        wire.say(b'R', b"<bob@example.net>\0").await;
        wire.content(&mail).await;
        wire.send(b'E', b"").await;
        let outcome = wire.outcome(&mail).await;
        assert!(outcome.last == 'y' && outcome.reply.starts_with('5'), "{bad:?}: {}", outcome.reply);
    }
    wire.say(b'M', b"<a@example.org>\0").await;
    wire.send(b'R', b"<b\xff@example.net>\0").await;
    assert_eq!(wire.hear().await.unwrap().0, b'y');
    wire.send(b'R', b"<>\0").await;
    assert_eq!(wire.hear().await.unwrap().0, b'y');
    assert!(recorder.take().is_empty());
}

/// A client that offers less gets an answer to each command; one that offers too little gets none at all.
#[tokio::test]
async fn what_is_not_offered_is_not_used() {
    let needed = (0x1 | 0x2 | 0x8 | 0x10, 0x10_0000);
    let recorder = Arc::new(Recorder::default());
    let connection = || connect(Arc::clone(&recorder), Mixed::Seal, &limits());
    let (stream, _shutdown, _) = connection();
    let mut wire = Wire::new(stream);
    assert_eq!(wire.negotiate(needed).await, Some(needed));
    wire.greet().await;
    assert_eq!(wire.deliver(&simple(&["bob@example.net"])).await.last, 'c');
    assert!(recorder.take()[0].mail == simple(&[]).octets());
    for missing in [0x1, 0x2, 0x8, 0x10] {
        let (stream, _shutdown, _) = connection();
        assert_eq!(Wire::new(stream).negotiate((ALL.0 & !missing, ALL.1)).await, None);
    }
    let (stream, _shutdown, _) = connection();
    assert_eq!(Wire::new(stream).negotiate((ALL.0, ALL.1 & !0x10_0000)).await, None);
}

/// The end of the body may come with the end of the mail.
#[tokio::test]
async fn the_last_piece_of_a_body_counts() {
    let (recorder, mut wire) = open().await;
    let mail = simple(&["bob@example.net"]);
    wire.envelope(&mail).await;
    wire.content(&mail).await;
    wire.send(b'E', b"the end\r\n").await;
    assert_eq!(wire.outcome(&mail).await.last, 'c');
    assert!(recorder.take()[0].mail == [mail.octets(), b"the end\r\n".to_vec()].concat());
}

#[tokio::test]
async fn at_shutdown_a_mail_in_progress_is_finished() {
    let recorder = Arc::new(Recorder::default());
    let (stream, shutdown, task) = connect(Arc::clone(&recorder), Mixed::Seal, &limits());
    let mut wire: Wire<DuplexStream> = Wire::open(stream).await;
    wire.greet().await;
    let mail = simple(&["bob@example.net"]);
    wire.envelope(&mail).await;
    shutdown.send_replace(true);
    wire.content(&mail).await;
    wire.send(b'E', b"").await;
    assert_eq!(wire.outcome(&mail).await.last, 'c');
    assert!(wire.hear().await.is_none());
    task.await.unwrap();

    let (stream, shutdown, task) = connect(recorder, Mixed::Seal, &limits());
    let mut idle = Wire::open(stream).await;
    idle.greet().await;
    shutdown.send_replace(true);
    assert!(idle.hear().await.is_none(), "an idle connection ends at once");
    task.await.unwrap();
}
