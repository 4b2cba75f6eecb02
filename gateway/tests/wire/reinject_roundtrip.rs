//! Sends every mail of the foreign corpus from our client to our server: what arrives is what was sent.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use sealpost_gateway::receive::{Client, Path, Protocol, serve};
use sealpost_gateway::reinject::{Content, NextHop, Reinjector, Sink, Transaction, WriteError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::talk::{Recorder, corpus, limits, shared};

/// Content that is written in pieces.
struct InPieces(Vec<u8>, usize);

impl Content for InPieces {
    async fn write_to(self, sink: &mut Sink<'_>) -> Result<(), WriteError> {
        for piece in self.0.chunks(self.1) {
            sink.write(piece).await?;
        }
        Ok(())
    }
}

/// A server, and a client whose next hop it is. The sender of the channel ends the server.
async fn pair() -> (Arc<Recorder>, Reinjector, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let next_hop = NextHop::new(listener.local_addr().unwrap().to_string(), "gateway.example");
    let (shutdown, stopped) = watch::channel(false);
    let recorder = Arc::new(Recorder::default());
    let service = shared(Protocol::Smtp, limits());
    tokio::spawn(serve(listener, service, Arc::clone(&recorder), stopped));
    (recorder, Reinjector::new(next_hop), shutdown)
}

async fn send(reinjector: &Reinjector, content: impl Content) -> u16 {
    let path = |raw: &str, param: &str| Path { raw: raw.to_owned(), params: vec![param.to_owned()] };
    let recipient = path(r#""quoted> "@b.example"#, "NOTIFY=NEVER");
    let transaction = Transaction {
        client: &Client {
            ip: Ipv4Addr::LOCALHOST.into(),
            helo: "c.example".to_owned(),
            protocol: "ESMTP",
            xforward: vec!["IDENT=2F57A99E198".to_owned()],
            login: None,
        },
        sender: &path("a@b.example", "BODY=8BITMIME"),
        recipients: vec![&recipient],
        size: Some(1),
        eight_bit: true,
        utf8_header: false,
        deadline: Instant::now() + Duration::from_mins(1),
    };
    match reinjector.prepare(&transaction).await {
        Ok(prepared) => prepared.commit(content).await[0].code(),
        Err(refusal) => panic!("{refusal}"),
    }
}

/// Makes the line ends of a mail those of SMTP.
fn with_crlf(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len());
    for line in mail.split_inclusive(|&b| b == b'\n') {
        out.extend(line.iter().filter(|&&b| b != b'\r' && b != b'\n'));
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn foreign_mails() -> Vec<Vec<u8>> {
    let Some(manifest) = corpus("mails-manifest.jsonl") else { return Vec::new() };
    let read = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        corpus(line["file"].as_str().unwrap()).unwrap()
    };
    String::from_utf8(manifest).unwrap().lines().map(read).collect()
}

#[tokio::test]
async fn mails_arrive_byte_for_byte() {
    let (recorder, reinjector, _shutdown) = pair().await;
    let own = ["", "\r\n", ".\r\n", ".\r\n.\r\n", "a\r\n..\r\n...b\r\n", "\0\u{ff}\r\n"].map(Vec::from);
    let mails: Vec<Vec<u8>> = foreign_mails().iter().map(|mail| with_crlf(mail)).chain(own).collect();
    for (at, mail) in mails.iter().enumerate() {
        assert_eq!(send(&reinjector, InPieces(mail.clone(), 1 + at % 1000)).await, 250);
    }
    let received = recorder.mails();
    assert_eq!(received.len(), mails.len());
    for (sent, got) in mails.iter().zip(&received) {
        assert!(got.mail == *sent, "changed: {}", sent.escape_ascii());
        assert_eq!(got.recipients[0].raw, r#""quoted> "@b.example"#);
        assert_eq!(got.recipients[0].params, ["NOTIFY=NEVER"]);
        assert_eq!(got.sender.params, ["BODY=8BITMIME", "SIZE=1"]);
        assert_eq!(got.client.ident(), Some("2F57A99E198"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Any octets: with a bare CR or LF in them they are refused, else they arrive unchanged (and ended by CRLF).
    #[test]
    fn any_octets_arrive_unchanged_or_not_at_all(
        mails in proptest::collection::vec("([.\r\na\u{fc}]|\r\n|\r\n\\.|\r\n){0,12}", 1..40), piece in 1_usize..7,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (recorder, reinjector, _shutdown) = pair().await;
            let mut expected = Vec::new();
            for mail in mails {
                let is_bare = mail.replace("\r\n", "").contains(['\r', '\n']);
                let code = send(&reinjector, InPieces(mail.clone().into_bytes(), piece)).await;
                prop_assert_eq!(code, if is_bare { 550 } else { 250 }, "{:?}", mail);
                if !is_bare {
                    let ended = mail.is_empty() || mail.ends_with("\r\n");
                    expected.push(Bytes::from(if ended { mail } else { mail + "\r\n" }));
                }
            }
            let received: Vec<_> = recorder.mails().into_iter().map(|mail| mail.mail).collect();
            prop_assert_eq!(received, expected);
            Ok(())
        })?;
    }
}
