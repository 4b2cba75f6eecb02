//! Runs the server on loopback sockets: who may connect, how many, what shutdown does, how fast mails come in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sealpost_gateway::receive::{Limits, Memory, Places, Protocol, serve};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::talk::{Recorder, limits, shared};

struct Server {
    address: SocketAddr,
    shutdown: watch::Sender<bool>,
    task: JoinHandle<()>,
    recorder: Arc<Recorder>,
}

async fn start(limits: Limits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (shutdown, stopped) = watch::channel(false);
    let recorder = Arc::new(Recorder::default());
    let service = shared(Protocol::Smtp, limits);
    let task = tokio::spawn(serve(listener, service, Arc::clone(&recorder), stopped));
    Server { address, shutdown, task, recorder }
}

async fn connect(server: &Server) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(server.address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    BufReader::new(stream)
}

/// Reads one reply; gives its last line, or nothing at the end of the session.
async fn reply(stream: &mut BufReader<TcpStream>) -> String {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap() == 0 || line.as_bytes()[3] == b' ' {
            return line;
        }
    }
}

async fn say(stream: &mut BufReader<TcpStream>, octets: &[u8]) -> String {
    stream.get_mut().write_all(octets).await.unwrap();
    reply(stream).await
}

/// Says what comes before DATA.
async fn begin(stream: &mut BufReader<TcpStream>) {
    assert!(reply(stream).await.starts_with("220 "));
    assert!(say(stream, b"EHLO c.example\r\n").await.starts_with("250 "));
}

#[tokio::test]
async fn strangers_are_refused_at_once() {
    let server = start(Limits { trusted_networks: vec!["10.0.0.0/8".parse().unwrap()], ..limits() }).await;
    let mut stream = connect(&server).await;
    stream.get_mut().write_all(b"EHLO c.example\r\nMAIL FROM:<a@b.example>\r\n").await.unwrap();
    assert!(reply(&mut stream).await.starts_with("554 5.7.1 "));
    assert_eq!(reply(&mut stream).await, "", "closed");
}

#[tokio::test]
async fn one_connection_too_many_is_told_to_come_back() {
    let server = start(Limits { places: Places::new(1), ..limits() }).await;
    let mut first = connect(&server).await;
    begin(&mut first).await;
    let mut second = connect(&server).await;
    assert!(reply(&mut second).await.starts_with("421 4.3.2 "));
    assert_eq!(reply(&mut second).await, "", "closed");
    assert!(say(&mut first, b"QUIT\r\n").await.starts_with("221 "));
    drop(first);
    // The place is free once the server has noticed.
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if reply(&mut connect(&server).await).await.starts_with("220 ") {
            return;
        }
    }
    panic!("the place was never freed");
}

#[tokio::test]
async fn shutdown_ends_idle_sessions_and_waits_for_mails_in_progress() {
    let server = start(limits()).await;
    let (mut idle, mut busy) = (connect(&server).await, connect(&server).await);
    begin(&mut idle).await;
    begin(&mut busy).await;
    assert!(say(&mut busy, b"MAIL FROM:<a@b.example>\r\n").await.starts_with("250 "));
    server.shutdown.send_replace(true);
    assert!(reply(&mut idle).await.starts_with("421 4.3.2 "));
    assert!(TcpStream::connect(server.address).await.is_err(), "no connection is taken on any more");
    assert!(say(&mut busy, b"RCPT TO:<b@b.example>\r\n").await.starts_with("250 "));
    assert!(say(&mut busy, b"DATA\r\n").await.starts_with("354 "));
    assert!(say(&mut busy, b"x\r\n.\r\n").await.starts_with("250 "));
    assert!(reply(&mut busy).await.starts_with("421 4.3.2 "));
    drop((idle, busy));
    tokio::time::timeout(Duration::from_secs(5), server.task).await.expect("the server ended").unwrap();
    assert_eq!(server.recorder.mails().len(), 1);
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever() {
    let server = start(Limits { shutdown_grace: Duration::from_millis(100), ..limits() }).await;
    let mut busy = connect(&server).await;
    begin(&mut busy).await;
    assert!(say(&mut busy, b"MAIL FROM:<a@b.example>\r\n").await.starts_with("250 "));
    server.shutdown.send_replace(true);
    tokio::time::timeout(Duration::from_secs(5), server.task).await.expect("the server ended").unwrap();
    assert_eq!(reply(&mut busy).await, "", "closed");
}

#[tokio::test]
async fn a_mail_without_memory_is_told_to_come_back_and_the_session_goes_on() {
    let server = start(Limits { memory: Memory::new(250_000), ..limits() }).await;
    let (mut first, mut second) = (connect(&server).await, connect(&server).await);
    for stream in [&mut first, &mut second] {
        begin(stream).await;
    }
    // One that has not come to its end holds its part.
    first.get_mut().write_all(&unfinished_mail(80_000)).await.unwrap();
    until(&mut second, 40_000, "452 4.3.1 ").await;
    assert!(last_reply(&mut second, &mail(1000)).await.starts_with("250 "));
    assert!(last_reply(&mut first, b".\r\n").await.starts_with("250 "));
    assert!(last_reply(&mut second, &mail(90_000)).await.starts_with("250 "), "all memory is free again");
}

/// Its client may take its time with the rest.
#[tokio::test]
async fn a_refused_mail_holds_no_memory_until_its_end() {
    let limits = Limits { memory: Memory::new(250_000), max_message_size: 100_000, ..limits() };
    let server = start(limits).await;
    let (mut first, mut second) = (connect(&server).await, connect(&server).await);
    for stream in [&mut first, &mut second] {
        begin(stream).await;
    }
    first.get_mut().write_all(&unfinished_mail(80_000)).await.unwrap();
    until(&mut second, 40_000, "452 4.3.1 ").await;
    first.get_mut().write_all(&LINE.repeat(400)).await.unwrap();
    until(&mut second, 90_000, "250 ").await;
    assert!(last_reply(&mut first, b".\r\n").await.starts_with("552 5.3.4 "));
}

const LINE: &[u8] = b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n";

/// A mail of so many octets with the commands before it, up to its end.
fn unfinished_mail(size: usize) -> Vec<u8> {
    let group = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n";
    [&group[..], &LINE.repeat(size / LINE.len())].concat()
}

fn mail(size: usize) -> Vec<u8> {
    [&unfinished_mail(size)[..], b".\r\n"].concat()
}

/// Sends what ends a mail; gives the last of the four replies to it.
async fn last_reply(stream: &mut BufReader<TcpStream>, octets: &[u8]) -> String {
    stream.get_mut().write_all(octets).await.unwrap();
    let mut last = String::new();
    for _ in 0..4 {
        last = reply(stream).await;
    }
    last
}

/// Sends mails of this size until one is answered so: what other sessions sent may not have been read yet.
async fn until(stream: &mut BufReader<TcpStream>, size: usize, expected: &str) {
    let mut last = String::new();
    for _ in 0..100 {
        last = last_reply(stream, &mail(size)).await;
        if last.starts_with(expected) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{last}");
}

/// With Nagle's algorithm against delayed acknowledgements each mail would take 40 ms and more: 2 s.
#[tokio::test]
async fn mails_on_one_connection_do_not_stall() {
    let server = start(limits()).await;
    let mut stream = connect(&server).await;
    begin(&mut stream).await;
    let begun = Instant::now();
    for _ in 0..50 {
        let group = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n";
        assert!(say(&mut stream, group).await.starts_with("250 "));
        assert!(reply(&mut stream).await.starts_with("250 "));
        assert!(reply(&mut stream).await.starts_with("354 "));
        assert!(say(&mut stream, b"Subject: t\r\n\r\nx\r\n.\r\n").await.starts_with("250 "));
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?} for 50 mails", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_mail_comes_in_fast_and_whole() {
    let server = start(limits()).await;
    let mut stream = connect(&server).await;
    begin(&mut stream).await;
    let line = [&b"0123456789".repeat(7)[..], b"012345\r\n"].concat();
    let dotted = [&b"..23456789".repeat(7)[..], b"012345\r\n"].concat();
    for line in [&line, &line, &dotted] {
        let wire = line.repeat(25_000_000 / line.len());
        let group =
            format!("MAIL FROM:<a@b.example> SIZE={}\r\nRCPT TO:<b@b.example>\r\nDATA\r\n", wire.len());
        say(&mut stream, group.as_bytes()).await;
        reply(&mut stream).await;
        assert!(reply(&mut stream).await.starts_with("354 "));
        let begun = Instant::now();
        stream.get_mut().write_all(&wire).await.unwrap();
        assert!(say(&mut stream, b".\r\n").await.starts_with("250 "));
        let speed = wire.len() as u128 / begun.elapsed().as_micros().max(1);
        println!("25 MB received at {speed} MB/s, lines begin with {}", line[..2].escape_ascii());
    }
    let mails = server.recorder.mails();
    assert!(mails[0].mail == line.repeat(25_000_000 / line.len()), "it is the same");
    assert!(
        mails[2].mail == dotted[1..].repeat(25_000_000 / line.len()),
        "each line has lost its stuffed dot"
    );
    let mut rest = String::new();
    stream.get_mut().write_all(b"QUIT\r\n").await.unwrap();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.starts_with("221 "));
}
