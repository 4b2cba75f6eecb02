//! Runs the re-inject client against a next hop that refuses, cuts, stalls and babbles on demand.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use bytes::Bytes;
use sealpost_gateway::receive::{Client, Path};
use sealpost_gateway::reinject::{
    Content, NextHop, Prepared, Refusal, Reinjector, Sink, Transaction, WriteError,
};
use sealpost_gateway::reply::Reply;

use crate::next_hop::{Behaviour, FakeNextHop};

fn path(raw: &str, params: &[&str]) -> Path {
    Path { raw: raw.to_owned(), params: params.iter().map(|&param| param.to_owned()).collect() }
}

fn deadline() -> tokio::time::Instant {
    tokio::time::Instant::now() + Duration::from_mins(1)
}

fn client() -> Client {
    let xforward = ["NAME=c.example", "ADDR=192.0.2.1", "IDENT=2F57A99E198"].map(str::to_owned).to_vec();
    Client {
        ip: Ipv4Addr::LOCALHOST.into(),
        helo: "c.example".to_owned(),
        protocol: "ESMTP",
        xforward,
        login: None,
    }
}

/// A client with short patience, so that the silent cases end soon.
fn reinjector(fake: &FakeNextHop) -> Reinjector {
    let short = Duration::from_millis(300);
    Reinjector::new(NextHop {
        connect_timeout: short,
        greeting_timeout: short,
        command_timeout: short,
        data_block_timeout: short,
        data_done_timeout: short,
        ..NextHop::new(fake.address.to_string(), "gateway.example")
    })
}

async fn prepare(reinjector: &Reinjector, recipients: &[Path]) -> Result<Prepared, Refusal> {
    prepare_until(deadline(), reinjector, recipients).await
}

async fn prepare_until(
    deadline: tokio::time::Instant,
    reinjector: &Reinjector,
    recipients: &[Path],
) -> Result<Prepared, Refusal> {
    let transaction = Transaction {
        client: &client(),
        sender: &path("a@b.example", &["BODY=8BITMIME", "RET=HDRS"]),
        recipients: recipients.iter().collect(),
        size: None,
        eight_bit: true,
        utf8_header: false,
        deadline,
    };
    reinjector.prepare(&transaction).await
}

/// Sends one mail to one recipient; gives the reply.
async fn send(reinjector: &Reinjector, content: &'static [u8]) -> String {
    match prepare(reinjector, &[path("b@b.example", &["NOTIFY=NEVER"])]).await {
        Ok(prepared) => prepared.commit(Bytes::from_static(content)).await[0].to_string(),
        Err(Refusal::Mail(reply)) => reply.to_string(),
        Err(Refusal::Recipients(replies)) => format!("recipients: {}", replies[0]),
    }
}

#[tokio::test]
async fn a_mail_goes_over_as_it_is_and_the_next_one_takes_the_same_connection() {
    let fake = FakeNextHop::start(Behaviour::default()).await;
    let reinjector = reinjector(&fake);
    for _ in 0..2 {
        assert_eq!(send(&reinjector, b"Subject: t\r\n\r\n.dot\r\n").await, "250 2.0.0 Ok: queued as 1234");
    }
    let one_mail = "XFORWARD NAME=c.example IDENT=2F57A99E198|MAIL FROM:<a@b.example> BODY=8BITMIME RET=HDRS|\
                    RCPT TO:<b@b.example> NOTIFY=NEVER|DATA|";
    assert_eq!(fake.commands(), format!("EHLO gateway.example|{one_mail}{one_mail}"));
    assert_eq!(
        fake.mails(),
        [&b"Subject: t\r\n\r\n..dot\r\n"[..]; 2].map(<[u8]>::to_vec),
        "dots stuffed on the wire"
    );
    assert_eq!(fake.connections(), 1);
}

/// Verb, what the next hop says to it, the reply that the client gets. In all of these nothing is delivered, but for
/// the last group, where the next hop had the whole mail and nobody can know.
const FAULTS: [(&str, &str, &str); 42] = [
    ("greeting", "421 4.3.2 busy", "451 4.3.2 Next hop refused the session: busy"),
    ("greeting", "554 5.7.1 no", "451 4.7.1 Next hop refused the session: no"),
    ("greeting", "cut", "451 4.4.2"),
    ("greeting", "silent", "451 4.4.2"),
    ("greeting", "SSH-2.0-x", "451 4.5.0"),
    ("EHLO", "421 4.3.2 busy", "451 4.3.2"),
    ("EHLO", "502 5.5.1 what", "451 4.5.1"),
    ("EHLO", "cut", "451 4.4.2"),
    ("EHLO", "silent", "451 4.4.2"),
    ("XFORWARD", "421 4.3.2 busy", "451 4.3.2"),
    ("XFORWARD", "cut", "451 4.4.2"),
    ("MAIL", "451 4.3.0 later", "451 4.3.0 later"),
    ("MAIL", "452-4.3.1 no\r\n452 4.3.1 space", "452 4.3.1 no space"),
    ("MAIL", "550 5.7.1 never", "550 5.7.1 never"),
    ("MAIL", "550 no enhanced code", "550 no enhanced code"),
    ("MAIL", "421 4.3.2 bye", "451 4.3.2"),
    ("MAIL", "354 what", "451 4.5.0"),
    ("MAIL", "250-yes\r\n550 no", "451 4.5.0"),
    ("MAIL", "cut", "451 4.4.2"),
    ("MAIL", "silent", "451 4.4.2"),
    ("RCPT", "450 4.2.0 later", "recipients: 450 4.2.0 later"),
    ("RCPT", "550 5.1.1 unknown", "recipients: 550 5.1.1 unknown"),
    ("RCPT", "421 4.3.2 bye", "451 4.3.2"),
    ("RCPT", "354 what", "451 4.5.0"),
    ("RCPT", "cut", "451 4.4.2"),
    ("RCPT", "silent", "451 4.4.2"),
    ("DATA", "451 4.3.0 later", "451 4.3.0 later"),
    ("DATA", "554 5.5.1 never", "554 5.5.1 never"),
    ("DATA", "250 2.0.0 done", "451 4.5.0"),
    ("DATA", "354 go on\r\n250 2.0.0 before the mail", "451 4.4.2"),
    ("DATA", "354 go on\r\n354 go on", "451 4.4.2"),
    ("DATA", "354 go on\r\n552 5.3.4 too big", "552 5.3.4 too big"),
    ("DATA", "cut", "451 4.4.2"),
    ("DATA", "silent", "451 4.4.2"),
    (".", "451 4.3.0 later", "451 4.3.0 later"),
    (".", "552 5.3.4 too big", "552 5.3.4 too big"),
    (".", "421 4.3.2 bye", "451 4.3.2"),
    (".", "354 what", "451 4.5.0"),
    (".", "999 what", "451 4.5.0"),
    (".", "cut", "451 4.4.2"),
    (".", "silent", "451 4.4.2"),
    (".", "250 2.0.0 bad\x07\x1b[text", "250 2.0.0 bad??[text"),
];

#[tokio::test]
async fn faults_at_each_verb() {
    for pipelining in [true, false] {
        for (verb, says, expected) in FAULTS {
            let behaviour = Behaviour { pipelining, ..Behaviour::saying(verb, says) };
            let fake = FakeNextHop::start(behaviour).await;
            let reply = send(&reinjector(&fake), b"x\r\n").await;
            assert!(reply.starts_with(expected), "{says:?} to {verb}: {reply}");
            if verb != "." {
                assert_eq!(fake.mails().len(), 0, "{says:?} to {verb}: nothing is delivered");
            }
        }
    }
}

#[tokio::test]
async fn refused_xforward_does_not_stop_a_mail() {
    let fake = FakeNextHop::start(Behaviour::saying("XFORWARD", "550 5.7.0 not authorised")).await;
    assert!(send(&reinjector(&fake), b"x\r\n").await.starts_with("250 "));
}

#[tokio::test]
async fn nobody_listens() {
    let fake = FakeNextHop::start(Behaviour::default()).await;
    let address = fake.stop();
    let reinjector = Reinjector::new(NextHop::new(address.to_string(), "gateway.example"));
    assert_eq!(send(&reinjector, b"x\r\n").await, "451 4.4.1 Next hop cannot be reached");
    let reinjector = Reinjector::new(NextHop::new("no-such-host.invalid:25", "gateway.example"));
    assert_eq!(send(&reinjector, b"x\r\n").await, "451 4.4.1 Next hop cannot be reached");
}

#[tokio::test]
async fn a_connection_cut_or_stalled_in_the_middle_of_data_delivers_nothing() {
    for cut_after in [0, 10, 100_000, 4_000_000] {
        for stall in [true, false] {
            let fake = FakeNextHop::start(Behaviour {
                stop_in_data: Some((cut_after, stall)),
                ..Behaviour::default()
            });
            let fake = fake.await;
            let content: &'static [u8] = b"0123456789\r\n".repeat(1_000_000).leak();
            let reply = send(&reinjector(&fake), content).await;
            assert!(reply.starts_with("451 4.4.2 "), "after {cut_after}: {reply}");
            assert_eq!(fake.mails().len(), 0);
        }
    }
}

#[tokio::test]
async fn idle_connections_that_were_closed_cost_nothing() {
    for says in ["cut", "421 4.4.2 timeout exceeded"] {
        // Closed right after a mail; and closed only when the next mail begins, which nobody can see coming.
        for behaviour in [
            Behaviour { after_each_mail: Some(says), ..Behaviour::default() },
            Behaviour { to_second_mail: Some(says), ..Behaviour::default() },
        ] {
            let fake = FakeNextHop::start(behaviour.clone()).await;
            let reinjector = reinjector(&fake);
            for mails in 1..=3 {
                assert!(send(&reinjector, b"x\r\n").await.starts_with("250 "), "{says}");
                if behaviour.after_each_mail.is_some() {
                    fake.closed(mails).await;
                }
            }
            assert_eq!((fake.mails().len(), fake.connections()), (3, 3), "{says}");
        }
    }
}

#[tokio::test]
async fn each_recipient_has_his_reply() {
    for pipelining in [true, false] {
        let fake = FakeNextHop::start(Behaviour { pipelining, ..Behaviour::default() }).await;
        let recipients = [path("b@b.example", &[]), path("550@b.example", &[]), path("451@b.example", &[])];
        let prepared = prepare(&reinjector(&fake), &recipients).await.ok().unwrap();
        let codes: Vec<_> = prepared.recipients().iter().map(Reply::code).collect();
        assert_eq!(codes, [250, 550, 451]);
        assert!(prepared.commit(Bytes::from_static(b"x\r\n")).await[0].is_success());

        let Err(Refusal::Recipients(replies)) = prepare(&reinjector(&fake), &recipients[1..]).await else {
            panic!("every recipient is refused");
        };
        assert_eq!(replies.iter().map(Reply::code).collect::<Vec<_>>(), [550, 451]);
        assert_eq!(fake.mails().len(), 1);
    }
}

#[tokio::test]
async fn a_thousand_recipients() {
    let fake = FakeNextHop::start(Behaviour::default()).await;
    let recipients: Vec<_> = (0..1000).map(|n| path(&format!("u{n}@b.example"), &[])).collect();
    let prepared = prepare(&reinjector(&fake), &recipients).await.ok().unwrap();
    assert_eq!(prepared.recipients().len(), 1000);
    assert!(prepared.commit(Bytes::from_static(b"x\r\n")).await[0].is_success());
}

#[tokio::test]
async fn a_prepared_transaction_that_is_dropped_delivers_nothing() {
    let fake = FakeNextHop::start(Behaviour::default()).await;
    let reinjector = reinjector(&fake);
    drop(prepare(&reinjector, &[path("b@b.example", &[])]).await);
    assert!(send(&reinjector, b"x\r\n").await.starts_with("250 "));
    assert_eq!((fake.mails().len(), fake.connections()), (1, 2), "a connection behind 354 is not used again");
}

/// The client has given up by then and sends the mail again: who got it now would get it twice.
#[tokio::test(start_paused = true)]
async fn nothing_is_sent_or_waited_for_after_the_deadline() {
    let fake = FakeNextHop::start(Behaviour::default()).await;
    let reinjector = reinjector(&fake);
    let recipients = [path("b@b.example", &[])];
    let soon = || tokio::time::Instant::now() + Duration::from_millis(100);
    let prepared = prepare_until(soon(), &reinjector, &recipients).await.ok().unwrap();
    tokio::time::advance(Duration::from_millis(100)).await;
    assert!(prepared.commit(Bytes::from_static(b"x\r\n")).await[0].to_string().starts_with("451 4.4.2 "));
    assert_eq!(fake.mails().len(), 0);

    for verb in ["MAIL", "."] {
        let fake = FakeNextHop::start(Behaviour::saying(verb, "silent")).await;
        let reinjector = Reinjector::new(NextHop::new(fake.address.to_string(), "gateway.example"));
        let deadline = soon();
        let reply = match prepare_until(deadline, &reinjector, &recipients).await {
            Ok(prepared) => prepared.commit(Bytes::from_static(b"x\r\n")).await.remove(0),
            Err(Refusal::Mail(reply)) => reply,
            Err(Refusal::Recipients(_)) => panic!("nobody refused a recipient"),
        };
        let late = tokio::time::Instant::now() - deadline;
        assert!(reply.to_string().starts_with("451 4.4.2 ") && late < Duration::from_secs(1), "{late:?}");
    }
}

/// Content that fails in its middle.
struct Failing;

impl Content for Failing {
    async fn write_to(self, sink: &mut Sink<'_>) -> Result<(), WriteError> {
        sink.write(b"half a mail\r\n").await?;
        Err(WriteError::Content(Box::new(io::Error::other("no more"))))
    }
}

#[tokio::test]
async fn content_that_must_not_be_sent_is_not_delivered() {
    let fake = FakeNextHop::start(Behaviour::default()).await;
    let reinjector = reinjector(&fake);
    let prepared = prepare(&reinjector, &[path("b@b.example", &[])]).await.ok().unwrap();
    assert_eq!(prepared.commit(Failing).await[0].code(), 451);
    for smuggled in [&b"a\n.\nMAIL FROM:<evil@b.example>\r\n"[..], b"a\r\n.\rb\r\n", b"a\r"] {
        assert!(send(&reinjector, smuggled).await.starts_with("550 5.6.0 "));
    }
    assert_eq!(fake.mails().len(), 0);
}

#[tokio::test]
async fn connections_idle_for_too_long_are_closed() {
    let fake = FakeNextHop::start(Behaviour::default()).await;
    let next_hop = NextHop::new(fake.address.to_string(), "gateway.example");
    let reinjector = Reinjector::new(NextHop { max_idle_age: Duration::from_millis(50), ..next_hop });
    for mails in 1..=2 {
        assert!(send(&reinjector, b"x\r\n").await.starts_with("250 "));
        fake.closed(mails).await;
    }
    assert_eq!(fake.connections(), 2);
    assert_eq!(fake.commands().matches("QUIT").count(), 2, "nobody had to ask for it");
}

#[tokio::test]
async fn what_the_next_hop_does_not_offer() {
    let fake = FakeNextHop::start(Behaviour { features: "SIZE 1000", ..Behaviour::default() }).await;
    assert!(
        send(&reinjector(&fake), b"x\r\n").await.starts_with("554 5.6.3 "),
        "no 8BITMIME for an 8-bit mail"
    );
    let recipient = path("b@b.example", &["NOTIFY=NEVER"]);
    let transaction = Transaction {
        client: &client(),
        sender: &path("a@b.example", &["BODY=8BITMIME", "RET=HDRS", "SMTPUTF8"]),
        recipients: vec![&recipient],
        size: Some(3),
        eight_bit: false,
        utf8_header: false,
        deadline: deadline(),
    };
    let prepared = reinjector(&fake).prepare(&transaction).await.ok().unwrap();
    assert!(prepared.commit(Bytes::from_static(b"x\r\n")).await[0].is_success());
    assert!(fake.commands().ends_with("|MAIL FROM:<a@b.example> SIZE=3|RCPT TO:<b@b.example>|DATA|"));
}

/// Two small writes without an answer between them would wait 40 ms for each other (Nagle's algorithm against delayed
/// acknowledgements). So a mail goes over in two pieces: the commands, and the content with its end.
#[tokio::test]
async fn a_mail_goes_over_in_two_pieces() {
    let fake = FakeNextHop::start(Behaviour::default()).await;
    let reinjector = reinjector(&fake);
    for mails in 1..=50 {
        assert!(send(&reinjector, b"Subject: t\r\n\r\nx\r\n").await.starts_with("250 "));
        assert_eq!(fake.reads(), 1 + 2 * mails, "EHLO, then two a mail");
    }
}

/// The verb that is refused, what it is refused with, and what the next mail finds: the same connection, or a new one.
const REFUSALS: [(&str, &str, bool, bool); 9] = [
    ("MAIL", "451 4.3.0 later", true, true),
    ("MAIL", "550 5.7.1 never", true, true),
    ("MAIL", "550 5.7.1 never", false, true),
    ("RCPT", "550 5.1.1 unknown", true, true),
    ("RCPT", "450 4.2.0 later", false, true),
    ("DATA", "451 4.3.0 later", true, true),
    ("DATA", "554 5.5.1 never", false, true),
    (".", "452 4.3.1 full", true, true),
    ("MAIL", "421 4.3.2 bye", true, false),
];

#[tokio::test]
async fn a_refused_mail_costs_no_connection() {
    for (verb, says, pipelining, keeps) in REFUSALS {
        let fake = FakeNextHop::start(Behaviour { pipelining, ..Behaviour::saying(verb, says) }).await;
        let reinjector = reinjector(&fake);
        for _ in 0..20 {
            let reply = send(&reinjector, b"x\r\n").await;
            assert!(reply.contains(&says[4..]) || !keeps, "{says} to {verb}: {reply}");
        }
        assert_eq!(fake.connections(), if keeps { 1 } else { 20 }, "{says} to {verb}");
        let resets = fake.commands().matches("RSET|").count();
        assert_eq!(resets, if keeps && verb != "." { 19 } else { 0 }, "{says} to {verb}");
    }
}

/// The next mail is not taken for a part of the one that was refused.
#[tokio::test]
async fn a_refused_transaction_is_reset_before_the_next_one() {
    let fake = FakeNextHop::start(Behaviour::default()).await;
    let reinjector = reinjector(&fake);
    assert!(prepare(&reinjector, &[path("550@b.example", &[])]).await.is_err());
    assert!(send(&reinjector, b"x\r\n").await.starts_with("250 "));
    let commands = fake.commands();
    let (_, second) = commands.split_once("RSET|").unwrap();
    assert!(second.starts_with("XFORWARD NAME=c.example IDENT=2F57A99E198|MAIL FROM:"), "{commands}");
    assert_eq!((fake.connections(), fake.mails().len()), (1, 1));
}

#[tokio::test]
async fn a_mail_larger_than_the_next_hop_takes_is_refused_unsent() {
    let fake =
        FakeNextHop::start(Behaviour { features: "SIZE 1000\n8BITMIME", ..Behaviour::default() }).await;
    let reinjector = reinjector(&fake);
    let recipient = path("b@b.example", &[]);
    for (size, expected) in [(1001, Some(552)), (1000, None)] {
        let transaction = Transaction {
            client: &client(),
            sender: &path("a@b.example", &[]),
            recipients: vec![&recipient],
            size: Some(size),
            eight_bit: true,
            utf8_header: false,
            deadline: deadline(),
        };
        let code = match reinjector.prepare(&transaction).await {
            Ok(prepared) => prepared.commit(Bytes::from_static(b"x\r\n")).await[0].code(),
            Err(Refusal::Mail(reply)) => reply.code(),
            Err(Refusal::Recipients(_)) => panic!("nobody refused a recipient"),
        };
        assert_eq!(code, expected.unwrap_or(250), "{size}");
    }
    assert_eq!((fake.mails().len(), fake.connections()), (1, 1));
}
