//! Loads settings again while a session goes on: it is not dropped, and its next mail goes by the new policy.

use std::{fs, sync::Arc, time::Duration};

use sealpost_gateway::{listen::Socket, serve::Gateway};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::{
    next_hop::NextHop,
    place::{Place, SEAL_ALL, SETTINGS},
};

/// Says all of this and gives the last of so many reply lines.
async fn say(stream: &mut BufReader<TcpStream>, octets: &str, lines: usize) -> String {
    stream.get_mut().write_all(octets.as_bytes()).await.unwrap();
    let mut line = String::new();
    for _ in 0..lines {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
    }
    line
}

const MAIL: &str = "MAIL FROM:<alice@example.org>\r\nRCPT TO:<bob@example.net>\r\nDATA\r\n\
    From: alice@example.org\r\nMessage-ID: <m1@example.org>\r\n\r\nbody\r\n.\r\n";

#[tokio::test]
async fn a_session_goes_on_and_its_next_mail_goes_by_the_new_policy() {
    let (hop, other_hop) = (NextHop::start(Vec::new()).await, NextHop::start(Vec::new()).await);
    let place = Place::new(&SETTINGS.replace("127.0.0.1:12526", &hop.address), SEAL_ALL);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_stop, shutdown) = watch::channel(false);
    let gateway = Arc::new(Gateway::new(place.settings()));
    tokio::spawn(Arc::clone(&gateway).run(vec![Socket::from(listener)], shutdown));
    let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
    assert!(say(&mut stream, "LHLO c.example\r\n", 10).await.starts_with("250 "));
    assert!(say(&mut stream, MAIL, 4).await.starts_with("250 "));

    fs::write(place.folder.path().join("policy.toml"), "default = \"pass\"\n").unwrap();
    assert_eq!(gateway.reload(place.settings()), [""; 0]);
    assert!(say(&mut stream, MAIL, 4).await.starts_with("250 "));

    let settings = SETTINGS
        .replace("127.0.0.1:12526", &other_hop.address)
        .replace("[server]", "[server]\nmax_memory = 2000000000\nmax_recipients = 1")
        .replace("protocol = \"lmtp\"", "protocol = \"smtp\"");
    fs::write(place.folder.path().join("gateway.toml"), settings).unwrap();
    let unheeded = gateway.reload(place.settings());
    assert_eq!(
        unheeded,
        ["[[listener]] address, mode, owner, group, protocol", "max_memory, max_connections"]
    );
    assert!(say(&mut stream, MAIL, 4).await.starts_with("250 "));

    let taken: Vec<Vec<u8>> = hop.take().into_iter().map(|taken| taken.mail).collect();
    assert_eq!(taken.len(), 2);
    assert!(place.open(&taken[0]).ends_with(b"body\r\n"), "sealed");
    assert!(taken[1].starts_with(b"From: alice@example.org\r\n"), "as it was");
    assert_eq!(other_hop.take().len(), 1, "the new next hop");

    // A session that begins now has the new limits.
    let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
    say(&mut stream, "LHLO c.example\r\nMAIL FROM:<>\r\n", 11).await;
    let second = say(&mut stream, "RCPT TO:<b@example.net>\r\nRCPT TO:<c@example.net>\r\n", 2).await;
    assert!(second.starts_with("452 4.5.3 "), "{second}");
}

/// Clients are told what the new next hop can before the first mail goes there.
#[tokio::test]
async fn a_new_next_hop_is_asked_what_it_can() {
    let (hop, without_dsn) = (NextHop::start(Vec::new()).await, NextHop::start_without_dsn().await);
    let place = Place::new(&SETTINGS.replace("127.0.0.1:12526", &hop.address), SEAL_ALL);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_stop, shutdown) = watch::channel(false);
    let gateway = Arc::new(Gateway::new(place.settings()));
    tokio::spawn(Arc::clone(&gateway).run(vec![Socket::from(listener)], shutdown));
    while !hop.heard(b"EHLO") {
        tokio::task::yield_now().await;
    }
    let settings = SETTINGS.replace("127.0.0.1:12526", &without_dsn.address);
    fs::write(place.folder.path().join("gateway.toml"), settings).unwrap();
    gateway.reload(place.settings());
    while !without_dsn.heard(b"EHLO") {
        tokio::task::yield_now().await;
    }
    // What it answered is known a moment later.
    let announces_dsn = async || {
        let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
        let mut reply = say(&mut stream, "LHLO c.example\r\n", 1).await;
        let mut is_announced = false;
        while !reply.starts_with("250 ") {
            reply = say(&mut stream, "", 1).await;
            is_announced |= reply.trim_end().ends_with("DSN");
        }
        is_announced
    };
    let is_told = async { while announces_dsn().await {} };
    tokio::time::timeout(Duration::from_mins(1), is_told).await.unwrap();
}
