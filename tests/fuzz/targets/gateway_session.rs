//! Runs one SMTP or LMTP session: never panics, and how the client's octets are cut into pieces makes no difference to
//! any mail, nor to any reply up to the end of the session. A mail needs an end of data of its own. Clients may use XCLIENT,
//! or stand behind a load balancer.

#![no_main]

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use libfuzzer_sys::fuzz_target;
use sealpost_gateway::listen::Peer;
use sealpost_gateway::receive::{
    Limits, MailHandler, Protocol, Received, Replies, ReplyMode, Service, serve_connection,
};
use sealpost_gateway::reply::Reply;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;

/// A client that sends all it has, in pieces of `step` octets, and keeps the replies.
struct Client<'c> {
    sends: &'c [u8],
    step: usize,
    replies: &'c mut Vec<u8>,
}

impl AsyncRead for Client<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let length = self.sends.len().min(self.step).min(buffer.remaining());
        let (piece, rest) = self.sends.split_at(length);
        buffer.put_slice(piece);
        self.sends = rest;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Client<'_> {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.replies.extend_from_slice(bytes);
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
type Carried = (String, Vec<String>, Vec<u8>);

/// Keeps the mails.
#[derive(Default)]
struct Keeper(Mutex<Vec<Carried>>);

impl MailHandler for Keeper {
    async fn carry(&self, mail: Received, _: ReplyMode) -> Replies {
        let paths = std::iter::once(&mail.sender).chain(&mail.recipients);
        for path in paths {
            assert!(!path.raw.contains(['\r', '\n', '\0']), "a path with a line end");
            assert!(
                path.params.iter().all(|param| !param.contains(['\r', '\n', ' '])),
                "a parameter with a space"
            );
        }
        let recipients = mail.recipients.into_iter().map(|path| path.raw).collect();
        self.0.lock().expect("one thread").push((mail.sender.raw, recipients, mail.mail.to_vec()));
        Replies::One(Reply::plain(250, "Ok"))
    }
}

/// What the listener is like: the lowest bits of the input's first octet.
fn service(choice: u8) -> Service {
    let mut limits = Limits::new("mx.example.org");
    limits.max_message_size = 4096;
    limits.trusted_networks = ["0.0.0.0/0", "::/0"].map(|all| all.parse().expect("a network")).to_vec();
    let protocol = if choice & 1 == 0 { Protocol::Smtp } else { Protocol::Lmtp };
    let mut service = Service::new(protocol, limits);
    service.xclient = choice & 2 != 0;
    if choice & 4 != 0 {
        service.balancers = vec!["127.0.0.1".parse().expect("a network")];
    }
    service
}

fn run(service: Service, sends: &[u8], step: usize) -> (Vec<u8>, Vec<Carried>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let (mut replies, keeper) = (Vec::new(), Arc::new(Keeper::default()));
    let (_running, shutdown) = watch::channel(false);
    let client = Client { sends, step, replies: &mut replies };
    runtime.block_on(serve_connection(
        client,
        Peer::Local,
        Arc::new(service),
        Arc::clone(&keeper),
        shutdown,
    ));
    let carried = std::mem::take(&mut *keeper.0.lock().expect("one thread"));
    (replies, carried)
}

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, sends) = input;
    let (replies, carried) = run(service(choice), sends, usize::MAX);
    let (other_replies, other_carried) = run(service(choice), sends, usize::from(choice >> 3) + 1);
    // Text behind a refused DATA ends the session at once, or, when it comes later, after one more reply.
    let cut = |all: &[u8], length: usize| String::from_utf8_lossy(&all[..length]).into_owned();
    let common = replies.len().min(other_replies.len());
    assert_eq!(cut(&replies, common), cut(&other_replies, common));
    assert_eq!(carried, other_carried);

    let ends = sends.windows(5).filter(|octets| octets == b"\r\n.\r\n").count();
    assert!(carried.len() <= ends, "a mail without an end of data");
    let text = String::from_utf8(replies).expect("replies are text");
    // Where a load balancer is expected, the connection may end without a word.
    if text.is_empty() && choice & 4 != 0 {
        return;
    }
    assert!(text.ends_with("\r\n") && text.split_terminator("\r\n").all(is_reply_line), "{text:?}");
});

fn is_reply_line(line: &str) -> bool {
    let digits = line.bytes().take(3).all(|byte| byte.is_ascii_digit());
    digits && matches!(line.as_bytes().get(3), Some(b' ' | b'-')) && !line.contains(char::is_control)
}
