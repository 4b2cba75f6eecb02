//! Runs one milter connection: never panics or hangs. The input is either octets for the wire or commands in any order. How
//! the octets are cut into pieces makes no difference to any mail, and a mail needs an end of its own.

#![no_main]

use std::io;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use libfuzzer_sys::fuzz_target;
use sealpost_gateway::milter::{Change, MailEditor, Mixed, Service, Verdict, serve_connection};
use sealpost_gateway::receive::{Limits, Received};
use sealpost_gateway::reply::Reply;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;

/// The commands that an input may give by number.
const COMMANDS: &[u8; 17] = b"OCHMRTLNBEAQKUD!M";

/// A client that sends all it has, in pieces of `step` octets, and heeds no reply.
struct Client {
    sends: Vec<u8>,
    at: usize,
    step: usize,
}

impl AsyncRead for Client {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let rest = &self.sends[self.at..];
        let length = rest.len().min(self.step).min(buffer.remaining());
        buffer.put_slice(&rest[..length]);
        self.at += length;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Client {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// One mail as it was handed over: sender, recipients, octets.
type Edited = (String, Vec<String>, Vec<u8>);

/// Keeps the mails, and refuses every third.
#[derive(Default)]
struct Keeper(Mutex<Vec<Edited>>);

impl MailEditor for Keeper {
    async fn edit(&self, mail: Received, _: Mixed) -> Verdict {
        let paths = std::iter::once(&mail.sender).chain(&mail.recipients);
        for word in paths.flat_map(|path| path.params.iter().chain([&path.raw])).chain(&mail.client.xforward) {
            assert!(!word.contains(['\r', '\n', '\0']), "a line end in what goes into a command");
        }
        assert!(!mail.recipients.is_empty() && mail.mail.len() <= 4096);
        let recipients = mail.recipients.into_iter().map(|path| path.raw).collect();
        let mut mails = self.0.lock().expect("one thread");
        mails.push((mail.sender.raw, recipients, mail.mail.to_vec()));
        match mails.len() % 3 {
            0 => Verdict::Refuse(Reply::new(550, [5, 7, 1], "no")),
            1 => Verdict::Accept(Change { outgoing: None, served: vec![0] }),
            _ => Verdict::Accept(Change::default()),
        }
    }
}

fn run(sends: &[u8], step: usize) -> Vec<Edited> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let keeper = Arc::new(Keeper::default());
    let mut limits = Limits::new("mx.example.org");
    limits.max_message_size = 4096;
    let (_running, shutdown) = watch::channel(false);
    let service = Arc::new(Service { mixed: Mixed::Split, limits, places: None });
    let client = Client { sends: sends.to_vec(), at: 0, step };
    runtime.block_on(serve_connection(client, Ipv4Addr::LOCALHOST.into(), service, Arc::clone(&keeper), shutdown));
    std::mem::take(&mut *keeper.0.lock().expect("one thread"))
}

fn frame(command: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len() + 1).expect("inputs are small").to_be_bytes();
    [&length, [command].as_slice(), payload].concat()
}

/// What each connection begins with: the offer of a Postfix, or of one that wants an answer to everything.
fn negotiation(wants_answers: bool) -> Vec<u8> {
    let options: u32 = if wants_answers { 0x0010_0000 } else { 0x001f_ffff };
    frame(b'O', &[6, 0x1ff, options].map(u32::to_be_bytes).concat())
}

/// Reads the input as commands: a letter, a length of one octet, so much payload. An unknown letter stands for one of ours.
fn commands(mut input: &[u8]) -> Vec<u8> {
    let mut sends = Vec::new();
    while let [letter, length, rest @ ..] = input {
        let (payload, behind) = rest.split_at(rest.len().min(usize::from(*length)));
        let known = COMMANDS.contains(letter);
        let letter = if known { *letter } else { COMMANDS[usize::from(*letter) % COMMANDS.len()] };
        sends.extend(frame(letter, payload));
        input = behind;
    }
    sends
}

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, rest) = input;
    let mut sends = negotiation(choice & 1 == 0);
    if choice & 2 == 0 {
        sends.extend(commands(rest));
    } else {
        sends.extend_from_slice(rest);
    }
    let edited = run(&sends, usize::MAX);
    let ends = rest.iter().filter(|octet| COMMANDS[usize::from(**octet) % COMMANDS.len()] == b'E' || **octet == b'E');
    assert!(edited.len() <= ends.count(), "a mail without an end");
    assert_eq!(edited, run(&sends, usize::from(choice >> 2) + 1));
});
