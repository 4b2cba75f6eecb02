//! A next hop that does as it is told: it takes mails, refuses at any verb, or cuts the connection.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Semaphore,
};

/// What to do at one verb of a mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    /// Give this reply.
    Reply(&'static str),
    /// Close the connection.
    Cut,
    /// Say nothing any more.
    Hang,
}

/// When to act otherwise than a kind server does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verb {
    Greeting,
    Mail,
    Rcpt,
    Data,
    /// In the middle of the content.
    Content,
    /// After the final dot.
    End,
}

/// For which mails, by their recipients, what is done at which verb.
pub(crate) type Script = Vec<(&'static str, Verb, Act)>;

/// A mail that was taken.
#[derive(Clone)]
pub(crate) struct Taken {
    pub(crate) recipients: Vec<String>,
    pub(crate) mail: Vec<u8>,
}

/// The server; everything that it was ever sent is kept.
#[derive(Clone)]
pub(crate) struct NextHop {
    pub(crate) address: String,
    script: Arc<Mutex<Script>>,
    taken: Arc<Mutex<Vec<Taken>>>,
    heard: Arc<Mutex<Vec<u8>>>,
    has_dsn: bool,
}

impl NextHop {
    pub(crate) async fn start(script: Script) -> Self {
        Self::start_with(script, true, usize::MAX).await
    }

    /// Starts one that does not know of DSN.
    pub(crate) async fn start_without_dsn() -> Self {
        Self::start_with(Vec::new(), false, usize::MAX).await
    }

    /// Starts one that greets so many clients at a time; the others wait.
    pub(crate) async fn start_small(most: usize) -> Self {
        Self::start_with(Vec::new(), true, most).await
    }

    async fn start_with(script: Script, has_dsn: bool, most: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hop = Self {
            address: listener.local_addr().unwrap().to_string(),
            script: Arc::new(Mutex::new(script)),
            taken: Arc::default(),
            heard: Arc::default(),
            has_dsn,
        };
        let server = hop.clone();
        let places = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (server, place) = (server.clone(), Arc::clone(&places).acquire_owned().await);
                tokio::spawn(async move {
                    server.session(stream).await;
                    drop(place);
                });
            }
        });
        hop
    }

    /// Does something else from now on.
    pub(crate) fn follow(&self, script: Script) {
        *self.script.lock().unwrap() = script;
    }

    /// Gives the mails taken so far and forgets them.
    pub(crate) fn take(&self) -> Vec<Taken> {
        std::mem::take(&mut *self.taken.lock().unwrap())
    }

    /// Says whether these bytes ever came over the wire, taken or not.
    pub(crate) fn heard(&self, bytes: &[u8]) -> bool {
        memchr::memmem::find(&self.heard.lock().unwrap(), bytes).is_some()
    }

    fn act(&self, recipients: &[String], verb: Verb) -> Option<Act> {
        let script = self.script.lock().unwrap();
        let is_meant = |who: &str| who == "*" || recipients.iter().any(|recipient| recipient == who);
        script.iter().find(|(who, at, _)| *at == verb && is_meant(who)).map(|(_, _, act)| *act)
    }

    /// Runs one session; `None` is a connection that was cut.
    async fn session(&self, stream: TcpStream) -> Option<()> {
        let (reader, writer) = stream.into_split();
        let mut peer = Peer { reader: BufReader::new(reader), writer };
        self.answer(&mut peer, &[], Verb::Greeting, "220 next.example ESMTP").await?;
        let mut recipients = Vec::new();
        loop {
            let line = self.line(&mut peer).await?;
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            match text.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => {
                    let last = if self.has_dsn { "250 DSN" } else { "250 SMTPUTF8" };
                    peer.say(&format!(
                        "250-next.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n{last}"
                    ))
                    .await?;
                }
                "MAIL" => {
                    recipients.clear();
                    self.answer(&mut peer, &[], Verb::Mail, "250 2.1.0 Ok").await?;
                }
                "RCPT" => {
                    let address = text.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    if self
                        .answer(&mut peer, std::slice::from_ref(&address), Verb::Rcpt, "250 2.1.5 Ok")
                        .await?
                    {
                        recipients.push(address);
                    }
                }
                "DATA" => {
                    if self.answer(&mut peer, &recipients, Verb::Data, "354 go on").await? {
                        self.content(&mut peer, &recipients).await?;
                    }
                }
                "QUIT" => return peer.say("221 2.0.0 Bye").await,
                _ => peer.say("250 2.0.0 Ok").await?,
            }
        }
    }

    async fn content(&self, peer: &mut Peer, recipients: &[String]) -> Option<()> {
        let mut mail = Vec::new();
        loop {
            let line = self.line(peer).await?;
            if self.act(recipients, Verb::Content) == Some(Act::Cut) && mail.len() > 200 {
                return None;
            }
            match line.as_slice() {
                b".\r\n" => break,
                [b'.', rest @ ..] => mail.extend_from_slice(rest),
                line => mail.extend_from_slice(line),
            }
        }
        let done = self.answer(peer, recipients, Verb::End, "250 2.0.0 Ok: queued as TEST").await?;
        if done {
            self.taken.lock().unwrap().push(Taken { recipients: recipients.to_vec(), mail });
        }
        Some(())
    }

    /// Gives the scripted answer or the usual one, and says whether it was the usual one.
    async fn answer(&self, peer: &mut Peer, recipients: &[String], verb: Verb, usual: &str) -> Option<bool> {
        match self.act(recipients, verb) {
            None => peer.say(usual).await.map(|()| true),
            Some(Act::Reply(reply)) => peer.say(reply).await.map(|()| false),
            Some(Act::Cut) => None,
            Some(Act::Hang) => std::future::pending().await,
        }
    }

    async fn line(&self, peer: &mut Peer) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        let read = peer.reader.read_until(b'\n', &mut line).await.ok()?;
        self.heard.lock().unwrap().extend_from_slice(&line);
        (read > 0).then_some(line)
    }
}

struct Peer {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Peer {
    async fn say(&mut self, reply: &str) -> Option<()> {
        self.writer.write_all(format!("{reply}\r\n").as_bytes()).await.ok()
    }
}
