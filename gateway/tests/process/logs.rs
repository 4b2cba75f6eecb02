//! What the gateway logs, at the most talkative level: one line a mail, and never anything of a mail's content.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use sealpost_gateway::serve::Gateway;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::{
    ALONE,
    next_hop::{Act, NextHop, Verb},
    place::{Place, SETTINGS},
};

/// A reply of a filter behind the next hop that quotes what it disliked, at length.
static LONG: std::sync::LazyLock<String> =
    std::sync::LazyLock::new(|| format!("550 5.7.1 quoting {}", "x".repeat(470)));

const POLICY: &str = r#"
internal_domains = ["example.org"]
default = "seal"
[[rule]]
name = "watched"
mode = "audit"
action = "reject"
when = { recipients = ["bob@example.net"] }
"#;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Says all of this to a server and gives what it answers until it closes.
async fn talk(address: &str, dialogue: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(dialogue.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(20), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

/// The whole gateway on its own listeners, at level TRACE.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_leaves_one_line_and_none_of_its_content() {
    let _alone = ALONE.lock().await;
    let (log, json) = (Log::default(), Log::default());
    let (writer, json_writer) = (log.clone(), json.clone());
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    let objects =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(move || json_writer.clone());
    // Everything, libraries included, which the gateway itself holds at WARN.
    tracing_subscriber::registry().with(lines).with(objects).init();

    let hop = NextHop::start(vec![
        ("full@example.net", Verb::End, Act::Reply("452 4.3.1 full\x1b[2J \u{202e}lluf")),
        ("long@example.net", Verb::End, Act::Reply(LONG.as_str())),
    ])
    .await;
    let place = Place::new(&SETTINGS.replace("127.0.0.1:12526", &hop.address), POLICY);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, shutdown) = watch::channel(false);
    let running = tokio::spawn(Arc::new(Gateway::new(place.settings())).run(vec![listener.into()], shutdown));

    let mail = "From: Alice Secretname <alice@example.org>\r\nSubject: secret subject\r\n\
        Message-ID: <m1@example.org>\r\nX-Secret: secret header\r\n\r\nsecret body\r\n";
    let transaction = format!(
        "XFORWARD IDENT=4D1A2B3C4D\r\nMAIL FROM:<alice@example.org>\r\nRCPT TO:<bob@example.net>\r\n\
         RCPT TO:<carol@example.org>\r\nDATA\r\n{mail}.\r\n"
    );
    let failing = transaction.replace("bob@", "full@");
    let quoting = transaction.replace("bob@", "long@");
    let refused = "XFORWARD IDENT=4D1A2B3C4E ADDR=192.0.2.7\r\nMAIL FROM:<alice@example.org>\r\n\
        RCPT TO:<j\u{fc}rgen@example.net>\r\nRCPT TO:<x> NOTIFY=WHEN\r\nRSET\r\n\
        MAIL FROM:<alice@example.org> SIZE=999999999\r\n";
    let answer =
        talk(&address, &format!("LHLO mx.example.org\r\n{transaction}{failing}{quoting}{refused}QUIT\r\n"))
            .await;
    assert_eq!(answer.matches("250 2.0.0 Ok: queued as TEST").count(), 4, "{answer}");
    assert_eq!(answer.matches("452 4.3.1 full").count(), 1, "{answer}");
    stop.send_replace(true);
    running.await.unwrap();

    let text = log.text();
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("sender=")).collect();
    assert_eq!(lines.len(), 5, "{text}");
    assert_eq!(text.matches("message_id=").count(), 3, "{text}");
    for expected in [
        " INFO ",
        "queue_id=\"4D1A2B3C4D\"",
        "message_id=\"m1@example.org\"",
        "sender=\"alice@example.org\"",
        "recipients=\"bob@example.net,carol@example.org\"",
        "1 seal by \\\"default\\\": 250 2.0.0 Ok: queued as TEST",
        "1 pass by \\\"internal_domains\\\": 250 2.0.0 Ok: queued as TEST",
        &format!("size_in={}", mail.len()),
        "envelope_id=\"",
        "protocol=\"LMTP\" peer=127.0.0.1",
        "receive_ms=",
        "decide_ms=",
        "seal_ms=",
        "deliver_ms=",
        "total_ms=",
        "audit=\"\\\"watched\\\"\"",
    ] {
        assert!(lines[0].contains(expected), "{expected} is not in {}", lines[0]);
    }
    assert_eq!(text.matches("audit=").count(), 1, "only that mail met the rule in audit mode: {text}");
    assert!(lines[1].contains(" WARN ") && lines[1].contains("452 4.3.1 full?[2J ?lluf"), "{}", lines[1]);
    assert!(lines[2].contains("550 5.7.1 quoting xxx") && lines[2].len() < 1000, "{}", lines[2]);
    for expected in [
        " WARN ",
        "refused queue_id=\"4D1A2B3C4E\" sender=\"alice@example.org\" recipients=\"\"",
        "outcome=\"RCPT TO:<jürgen@example.net>: 553 5.6.7 ",
        " (and 1 more commands)\"",
        "client=\"192.0.2.7\"",
    ] {
        assert!(lines[3].contains(expected), "{expected} is not in {}", lines[3]);
    }
    assert!(
        lines[4].contains("outcome=\"MAIL FROM:<alice@example.org> SIZE=999999999: 552 5.3.4 "),
        "{}",
        lines[4]
    );
    let objects: Vec<serde_json::Value> =
        json.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mails: Vec<_> = objects.iter().filter(|object| object["message"] == "mail").collect();
    assert_eq!(mails.len(), 3);
    assert_eq!(mails[0]["queue_id"], "4D1A2B3C4D");
    assert_eq!(mails[0]["audit"], "\"watched\"");
    assert_eq!(mails[0]["size_in"], mail.len());
    assert!(mails[0]["seal_ms"].is_u64() && mails[0].get("client").is_none(), "{}", mails[0]);
    let text = text + &json.text();
    for hidden in
        ["secret subject", "secret body", "secret header", "Secretname", "SEALPOST ENVELOPE", "key-v1:"]
    {
        assert!(!text.contains(hidden), "{hidden} is in the log");
    }
}
