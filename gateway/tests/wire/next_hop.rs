//! A next hop that behaves as it is told.

use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf};
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// How the next hop behaves. What it says is a reply, or `cut` (closes the connection), or `silent`.
#[derive(Clone)]
pub(crate) struct Behaviour {
    /// Lines of the reply to EHLO, without PIPELINING.
    pub(crate) features: &'static str,
    pub(crate) pipelining: bool,
    /// What it says to one verb in place of the usual reply.
    pub(crate) says: Option<(&'static str, &'static str)>,
    /// What it says without being asked, behind each mail.
    pub(crate) after_each_mail: Option<&'static str>,
    /// What it says to the MAIL of the second mail of a connection.
    pub(crate) to_second_mail: Option<&'static str>,
    /// After how many octets of DATA it closes the connection, or takes no more.
    pub(crate) stop_in_data: Option<(usize, bool)>,
    /// Offers STARTTLS, until it is used.
    pub(crate) tls: Option<TlsAcceptor>,
    /// Speaks LMTP: a reply to the content for each recipient, refusing those whose address begins with `full`.
    pub(crate) lmtp: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            features: "SIZE 100000000\n8BITMIME\nSMTPUTF8\nDSN\nENHANCEDSTATUSCODES\nXFORWARD NAME IDENT",
            pipelining: true,
            says: None,
            after_each_mail: None,
            to_second_mail: None,
            stop_in_data: None,
            tls: None,
            lmtp: false,
        }
    }
}

impl Behaviour {
    pub(crate) fn saying(verb: &'static str, says: &'static str) -> Self {
        Self { says: Some((verb, says)), ..Self::default() }
    }
}

#[derive(Default)]
struct Seen {
    commands: String,
    mails: Vec<Vec<u8>>,
    connections: usize,
    closed: usize,
    reads: usize,
}

/// A connection whose reads are counted: one for each piece that came in by itself.
struct Counted {
    stream: Box<dyn Stream>,
    seen: Arc<Mutex<Seen>>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.seen.lock().unwrap().reads += usize::from(buffer.filled().len() > before);
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

pub(crate) struct FakeNextHop {
    /// Where it listens, unless it has a unix socket.
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl FakeNextHop {
    pub(crate) async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let all_seen = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let (session, seen) =
                    (Session::new(Box::new(stream), &behaviour, &all_seen), Arc::clone(&all_seen));
                tokio::spawn(async move {
                    session.run().await;
                    seen.lock().unwrap().closed += 1;
                });
            }
        });
        Self { address, seen, task }
    }

    /// Listens on a unix socket.
    pub(crate) fn start_at(path: &Path, behaviour: Behaviour) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let all_seen = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Session::new(Box::new(stream), &behaviour, &all_seen).run());
            }
        });
        Self { address: ([0; 4], 0).into(), seen, task }
    }

    /// Stops listening; gives the address, where nobody listens now.
    pub(crate) fn stop(&self) -> SocketAddr {
        self.task.abort();
        self.address
    }

    /// All commands that came in, `|` behind each.
    pub(crate) fn commands(&self) -> String {
        self.seen.lock().unwrap().commands.clone()
    }

    /// The mails that came in to their end, as they stood on the wire, without the final dot.
    pub(crate) fn mails(&self) -> Vec<Vec<u8>> {
        self.seen.lock().unwrap().mails.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// Waits until so many connections have come to their end.
    pub(crate) async fn closed(&self, count: usize) {
        while self.seen.lock().unwrap().closed < count {
            tokio::task::yield_now().await;
        }
    }

    /// In how many pieces everything came in.
    pub(crate) fn reads(&self) -> usize {
        self.seen.lock().unwrap().reads
    }
}

struct Session {
    stream: BufReader<Box<dyn Stream>>,
    behaviour: Behaviour,
    seen: Arc<Mutex<Seen>>,
    mails: usize,
}

impl Session {
    fn new(stream: Box<dyn Stream>, behaviour: &Behaviour, seen: &Arc<Mutex<Seen>>) -> Self {
        seen.lock().unwrap().connections += 1;
        let counted = Counted { stream, seen: Arc::clone(seen) };
        let stream = BufReader::with_capacity(1 << 16, Box::new(counted) as Box<dyn Stream>);
        Self { stream, behaviour: behaviour.clone(), seen: Arc::clone(seen), mails: 0 }
    }

    /// Shakes hands as a TLS server.
    async fn encrypt(&mut self) -> Option<()> {
        let acceptor = self.behaviour.tls.take()?;
        let nothing = Box::new(tokio::io::join(tokio::io::empty(), tokio::io::sink()));
        let clear = std::mem::replace(&mut self.stream, BufReader::new(nothing)).into_inner();
        let encrypted = acceptor.accept(clear).await.ok()?;
        self.stream = BufReader::with_capacity(1 << 16, Box::new(encrypted));
        self.seen.lock().unwrap().commands.push_str("(TLS)");
        Some(())
    }

    /// Runs to the end of the session: nothing when it was cut.
    async fn run(mut self) -> Option<()> {
        self.answer("greeting", "220 next-hop.example ESMTP").await?;
        let (mut accepted, mut has_sender): (Vec<String>, _) = (Vec::new(), false);
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            self.seen.lock().unwrap().commands.extend([line, "|"]);
            let verb = line.split(' ').next().unwrap();
            match verb {
                "EHLO" | "LHLO" => {
                    let pipelining = if self.behaviour.pipelining { "PIPELINING\n" } else { "" };
                    let tls = if self.behaviour.tls.is_some() { "STARTTLS\n" } else { "" };
                    let features = format!("next-hop.example\n{pipelining}{tls}{}", self.behaviour.features);
                    let reply = format!("250-{}", features.replace('\n', "\r\n250-"));
                    let at = reply.rfind("250-").unwrap();
                    self.answer(verb, &format!("{}250 {}", &reply[..at], &reply[at + 4..])).await?;
                }
                "STARTTLS" => {
                    self.answer(verb, "220 2.0.0 go on").await?;
                    if self.behaviour.says.is_none_or(|(at, says)| at != verb || says.starts_with("220")) {
                        self.encrypt().await?;
                    }
                }
                "MAIL" => {
                    accepted.clear();
                    has_sender =
                        self.behaviour.says.is_none_or(|(at, says)| at != verb || says.starts_with('2'));
                    match self.behaviour.to_second_mail.filter(|_| self.mails == 1) {
                        Some(says) => self.say(says).await?,
                        None => self.answer(verb, "250 2.1.0 Ok").await?,
                    }
                }
                "RCPT" if !has_sender => self.say("503 5.5.1 MAIL first").await?,
                "RCPT" => {
                    let code = line.get(9..12).filter(|code| code.bytes().all(|b| b.is_ascii_digit()));
                    let reply = code
                        .map_or("250 2.1.5 Ok".to_owned(), |code| format!("{code} {}.1.1 asked", &code[..1]));
                    let refused = self.behaviour.says.is_some_and(|(verb, _)| verb == "RCPT");
                    if reply.starts_with('2') && !refused {
                        accepted.push(line[9..].to_owned());
                    }
                    self.answer(verb, &reply).await?;
                }
                "DATA" if !accepted.is_empty() && has_sender => {
                    self.answer(verb, "354 go on").await?;
                    if self
                        .behaviour
                        .says
                        .is_none_or(|(verb, says)| verb != "DATA" || says.starts_with("354"))
                    {
                        self.data(&accepted).await?;
                    }
                    has_sender = false;
                }
                "DATA" => self.say("554 5.5.1 no valid recipients").await?,
                "QUIT" => return self.say("221 2.0.0 bye").await,
                _ => self.answer(verb, "250 2.0.0 Ok").await?,
            }
        }
    }

    async fn data(&mut self, accepted: &[String]) -> Option<()> {
        let mut mail = Vec::new();
        if let Some((most, stall)) = self.behaviour.stop_in_data {
            mail.resize(most, 0);
            self.stream.read_exact(&mut mail).await.ok()?;
            return if stall { std::future::pending().await } else { None };
        }
        loop {
            let begin = mail.len();
            if self.stream.read_until(b'\n', &mut mail).await.ok()? == 0 {
                return None;
            }
            if &mail[begin..] == b".\r\n" {
                mail.truncate(begin);
                break;
            }
        }
        self.seen.lock().unwrap().mails.push(mail);
        self.mails += 1;
        for recipient in accepted.iter().take(if self.behaviour.lmtp { usize::MAX } else { 1 }) {
            if self.behaviour.lmtp && recipient.starts_with("full") {
                self.say("452 4.2.2 mailbox full").await?;
            } else {
                self.answer(".", "250 2.0.0 Ok: queued as 1234").await?;
            }
        }
        if let Some(says) = self.behaviour.after_each_mail {
            self.say(says).await?;
            return None;
        }
        Some(())
    }

    /// Says the usual reply, or what the behaviour has in place of it.
    async fn answer(&mut self, verb: &str, usual: &str) -> Option<()> {
        let other = self.behaviour.says.filter(|(at, _)| *at == verb).map(|(_, says)| says);
        self.say(other.unwrap_or(usual)).await
    }

    async fn say(&mut self, says: &str) -> Option<()> {
        match says {
            "cut" => None,
            "silent" => std::future::pending().await,
            _ => {
                self.stream.write_all(format!("{says}\r\n").as_bytes()).await.ok()?;
                self.stream.flush().await.ok()?;
                if says.starts_with("421") { None } else { Some(()) }
            }
        }
    }
}
