//! What the tests of the receiving side share: a handler that records, a client that talks, the foreign corpus.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use sealpost_gateway::listen::Peer;
use sealpost_gateway::receive::{
    Limits, MailHandler, Path, Protocol, Received, Replies, ReplyMode, Service, serve_connection,
};
use sealpost_gateway::reply::Reply;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, WriteHalf};
use tokio::sync::watch;

/// Records mails. A recipient `550@…` is answered with that code; `panic@…`, `none@…`, `354@…` are what a handler
/// must not do; `slow@…` takes a minute.
#[derive(Default)]
pub(crate) struct Recorder {
    mails: Mutex<Vec<Received>>,
}

impl Recorder {
    pub(crate) fn mails(&self) -> Vec<Received> {
        self.mails.lock().unwrap().clone()
    }
}

impl MailHandler for Recorder {
    async fn carry(&self, mail: Received, mode: ReplyMode) -> Replies {
        let replies: Vec<Reply> = mail.recipients.iter().map(answer).collect();
        let is_for = |name: &str| mail.recipients.iter().any(|path| path.raw.starts_with(name));
        assert!(!is_for("panic@"), "a handler that panics");
        if is_for("slow@") {
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        let none = is_for("none@");
        // Kept beyond its reply, which gives its memory back.
        self.mails.lock().unwrap().push(Received { memory: Arc::default(), ..mail });
        match mode {
            _ if none => Replies::PerRecipient(Vec::new()),
            ReplyMode::PerRecipient => Replies::PerRecipient(replies),
            ReplyMode::One => {
                Replies::One(replies.iter().find(|reply| !reply.is_success()).unwrap_or(&replies[0]).clone())
            }
        }
    }
}

/// The reply that a recipient asks for.
fn answer(path: &Path) -> Reply {
    let asked = path.raw.split('@').next().and_then(|local| local.parse::<u16>().ok());
    match asked {
        Some(code @ 200..600) => Reply::new(code, [code / 100, 0, 0], "as asked"),
        _ => Reply::new(250, [2, 6, 0], "carried"),
    }
}

/// A client of a session in this process. With the clock paused, "until the server is silent" is exact.
pub(crate) struct Talk {
    to_server: WriteHalf<DuplexStream>,
    heard: Arc<Mutex<(Vec<u8>, bool)>>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) shutdown: watch::Sender<bool>,
}

impl Talk {
    /// Begins a session in which octets go over `width` at a time, in both directions.
    pub(crate) fn start(protocol: Protocol, limits: &Limits, width: usize) -> Self {
        Self::of(Service::new(protocol, limits.clone()), width)
    }

    /// The same with any service.
    pub(crate) fn of(service: Service, width: usize) -> Self {
        Self::from(Peer::Local, service, width)
    }

    /// The same with any peer.
    pub(crate) fn from(peer: Peer, service: Service, width: usize) -> Self {
        let (client, server) = tokio::io::duplex(width);
        let (shutdown, stopped) = watch::channel(false);
        let recorder = Arc::new(Recorder::default());
        tokio::spawn(serve_connection(server, peer, Arc::new(service), Arc::clone(&recorder), stopped));
        let (mut from_server, to_server) = tokio::io::split(client);
        let heard = Arc::new(Mutex::new((Vec::new(), false)));
        let writer = Arc::clone(&heard);
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
                writer.lock().unwrap().0.extend_from_slice(&buffer[..read]);
            }
            writer.lock().unwrap().1 = true;
        });
        Self { to_server, heard, recorder, shutdown }
    }

    /// Sends octets; a server that has closed the session does not take them.
    pub(crate) async fn send(&mut self, octets: &[u8]) {
        let sent = tokio::time::timeout(Duration::from_millis(500), self.to_server.write_all(octets)).await;
        drop(sent);
    }

    /// Says that no more comes.
    pub(crate) async fn finish(&mut self) {
        self.to_server.shutdown().await.unwrap();
    }

    /// Waits until the server is silent; gives what it said since the last time, and whether it closed the session.
    pub(crate) async fn hear(&mut self) -> (String, bool) {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let mut heard = self.heard.lock().unwrap();
        (String::from_utf8(std::mem::take(&mut heard.0)).expect("replies are UTF-8"), heard.1)
    }
}

/// The limits that the tests begin with.
pub(crate) fn limits() -> Limits {
    Limits { trusted_networks: vec!["127.0.0.0/8".parse().unwrap()], ..Limits::new("mx.example") }
}

/// A service for a listener.
pub(crate) fn shared(protocol: Protocol, limits: Limits) -> Arc<ArcSwap<Service>> {
    Arc::new(ArcSwap::from_pointee(Service::new(protocol, limits)))
}

/// The codes of the replies in what a server said, one for each reply.
pub(crate) fn codes(said: &str) -> Vec<u16> {
    let last_lines = said.lines().filter(|line| line.as_bytes().get(3) != Some(&b'-'));
    last_lines.map(|line| line[..3].parse().unwrap()).collect()
}

/// A file of the foreign corpus, or nothing (and a line that says so) where it is not there.
pub(crate) fn corpus(name: &str) -> Option<Vec<u8>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let folder = std::env::var_os("SEALPOST_CORPUS").map_or_else(beside, PathBuf::from);
    let bytes = std::fs::read(folder.join(name)).ok();
    if bytes.is_none() {
        println!("foreign corpus not found: not run");
    }
    bytes
}

/// A JSON file of the foreign corpus.
pub(crate) fn corpus_json(name: &str) -> Option<serde_json::Value> {
    corpus(name).map(|bytes| serde_json::from_slice(&bytes).unwrap())
}

/// The octets of a corpus entry: `bytes_b64`, or `pieces_b64_times`.
pub(crate) fn corpus_bytes(entry: &serde_json::Value) -> Vec<u8> {
    let decode = |value: &serde_json::Value| {
        mail_parser::decoders::base64::base64_decode(value.as_str().unwrap().as_bytes()).unwrap()
    };
    match entry.get("pieces_b64_times") {
        None => decode(&entry["bytes_b64"]),
        Some(pieces) => pieces
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|piece| decode(&piece[0]).repeat(usize::try_from(piece[1].as_u64().unwrap()).unwrap()))
            .collect(),
    }
}
