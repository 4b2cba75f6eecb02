//! A milter client at the wire, by the protocol's description alone: it says just what it is told, and does with a mail what
//! Postfix does when a milter edits it.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use sealpost_gateway::{
    milter::{MailEditor, Mixed, Service, serve_connection},
    receive::Limits,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream},
    sync::watch,
};

/// All that Postfix 3.7 offers: actions and protocol options.
pub(crate) const ALL: (u32, u32) = (0x1ff, 0x001f_ffff);

/// A header field: name and value, folds as LF.
pub(crate) type Field = (Vec<u8>, Vec<u8>);

/// A connection to a milter.
pub(crate) struct Wire<S = DuplexStream> {
    pub(crate) stream: S,
    /// The protocol options that the milter chose.
    pub(crate) options: u32,
}

/// A mail in the MTA's queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Queued {
    pub(crate) sender: String,
    pub(crate) recipients: Vec<String>,
    pub(crate) fields: Vec<Field>,
    pub(crate) body: Vec<u8>,
}

/// What the milter had to say of a mail.
pub(crate) struct Outcome {
    /// The command byte of the last word: `c` continue, `t` try later, `r` refuse, `y` own reply, `a`, `d`.
    pub(crate) last: char,
    /// The reply of `y`.
    pub(crate) reply: String,
    /// The mail as it is then.
    pub(crate) queued: Queued,
    /// How often the milter said that it is at work.
    pub(crate) progress: usize,
    /// Edits of the header section and of the recipients, in short.
    pub(crate) edits: Vec<String>,
    /// Of how many pieces the new body is; none if the body stays as it is.
    pub(crate) pieces: usize,
}

/// A gateway's end of a connection in this process, and what stops it.
pub(crate) fn connect<E: MailEditor>(
    editor: Arc<E>,
    mixed: Mixed,
    limits: &Limits,
) -> (DuplexStream, watch::Sender<bool>, tokio::task::JoinHandle<()>) {
    let (client, server) = tokio::io::duplex(64 * 1024);
    let (shutdown, stopped) = watch::channel(false);
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let service = Arc::new(Service { mixed, limits: limits.clone(), places: None });
    let task = tokio::spawn(serve_connection(server, peer, service, editor, stopped));
    (client, shutdown, task)
}

fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

impl Queued {
    /// Takes a mail as the MTA does: header fields up to the first line that is none, then the body.
    pub(crate) fn new(recipients: &[&str], mail: &[u8]) -> Self {
        let mut fields: Vec<Field> = Vec::new();
        let mut rest = mail;
        while let Some(end) = memchr::memmem::find(rest, b"\r\n").filter(|end| *end > 0) {
            let (line, behind) = (&rest[..end], &rest[end + 2..]);
            match (fields.last_mut(), memchr::memchr(b':', line)) {
                (Some((_, value)), _) if line.starts_with(b" ") || line.starts_with(b"\t") => {
                    value.push(b'\n');
                    value.extend_from_slice(line);
                }
                // White space before the colon is no part of a name, and does not make the line less of a field.
                (_, Some(colon)) if is_name(line[..colon].trim_ascii_end()) => {
                    fields.push((line[..colon].to_vec(), line[colon + 1..].to_vec()));
                }
                _ => break,
            }
            rest = behind;
        }
        Self::with_fields(recipients, fields, rest.strip_prefix(b"\r\n").unwrap_or(rest))
    }

    pub(crate) fn with_fields(recipients: &[&str], fields: Vec<Field>, body: &[u8]) -> Self {
        let recipients = recipients.iter().map(|recipient| format!("<{recipient}>")).collect();
        Self { sender: "<alice@example.org>".to_owned(), recipients, fields, body: body.to_vec() }
    }

    /// Gives the header section and the mail as they would be sent.
    pub(crate) fn octets(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, value) in &self.fields {
            out.extend_from_slice(name);
            out.push(b':');
            for byte in value {
                if *byte == b'\n' {
                    out.push(b'\r');
                }
                out.push(*byte);
            }
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.body);
        out
    }

    /// Applies one edit as Postfix does: its own Received field counts where fields are inserted, not where they are changed.
    fn apply(&mut self, command: u8, payload: &[u8]) -> String {
        let strings = |payload: &[u8]| {
            let text = payload.strip_suffix(b"\0").expect("ends with NUL").to_vec();
            text.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect::<Vec<_>>()
        };
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match command {
            b'-' => {
                let recipient = shown(&strings(payload)[0]);
                self.recipients.retain(|own| *own != recipient);
                format!("-{recipient}")
            }
            b'm' | b'i' => {
                let index = usize::try_from(u32::from_be_bytes(payload[..4].try_into().unwrap())).unwrap();
                let [name, value] = strings(&payload[4..]).try_into().unwrap();
                if command == b'i' {
                    assert!(index >= 1 && index <= self.fields.len() + 1, "inserted at {index}");
                    self.fields.insert(index - 1, (name.clone(), value));
                    return format!("+{} {index}", shown(&name));
                }
                assert!(value.is_empty(), "changed in place");
                // To Postfix, white space before the colon is no part of a name.
                let same = |field: &Field| field.0.trim_ascii_end().eq_ignore_ascii_case(&name);
                let places = self.fields.iter().enumerate().filter(|(_, field)| same(field));
                let place = places.map(|(place, _)| place).nth(index - 1).expect("a field that is there");
                self.fields.remove(place);
                format!("-{} {index}", shown(&name))
            }
            _ => panic!("an edit that was not agreed: {command}"),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// Begins to speak, without a word.
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, options: 0 }
    }

    /// Begins to speak and agrees on all that Postfix offers.
    pub(crate) async fn open(stream: S) -> Self {
        let mut wire = Self::new(stream);
        wire.negotiate(ALL).await.expect("the milter agrees");
        wire
    }

    /// Offers actions and options; `None` if the milter closes the connection.
    pub(crate) async fn negotiate(&mut self, (actions, options): (u32, u32)) -> Option<(u32, u32)> {
        let offer = [6, actions, options].map(u32::to_be_bytes).concat();
        self.send(b'O', &offer).await;
        let (command, payload) = self.hear().await?;
        assert_eq!(command, b'O');
        let number = |at: usize| u32::from_be_bytes(payload[at..at + 4].try_into().unwrap());
        self.options = number(8);
        Some((number(4), number(8)))
    }

    /// Sends one command.
    pub(crate) async fn send(&mut self, command: u8, payload: &[u8]) {
        let length = u32::try_from(payload.len() + 1).unwrap().to_be_bytes();
        self.raw(&[&length, [command].as_slice(), payload].concat()).await;
    }

    /// Sends octets as they are; a milter that has closed the connection does not take them.
    pub(crate) async fn raw(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).await.ok();
    }

    /// Hears one word; `None` if the milter closes the connection.
    pub(crate) async fn hear(&mut self) -> Option<(u8, Vec<u8>)> {
        let length = usize::try_from(self.stream.read_u32().await.ok()?).unwrap();
        let mut word = vec![0; length];
        self.stream.read_exact(&mut word).await.ok()?;
        let payload = word.split_off(1);
        Some((word[0], payload))
    }

    /// Sends one command, and hears "continue" if it is one that is answered.
    pub(crate) async fn say(&mut self, command: u8, payload: &[u8]) {
        self.send(command, payload).await;
        let unasked = match command {
            b'C' => 0x1000,
            b'H' => 0x2000,
            b'M' => 0x4000,
            b'R' => 0x8000,
            b'L' => 0x80,
            b'N' => 0x4_0000,
            b'B' => 0x8_0000,
            _ => panic!("no command that is only continued"),
        };
        if self.options & unasked == 0 {
            assert_eq!(self.hear().await.map(|(word, _)| char::from(word)), Some('c'));
        }
    }

    /// Tells who the client is.
    pub(crate) async fn greet(&mut self) {
        self.say(b'C', b"client.example\x004\x10\x92192.0.2.7\0").await;
        self.say(b'H', b"client.example\0").await;
    }

    /// Tells sender and recipients.
    pub(crate) async fn envelope(&mut self, mail: &Queued) {
        self.say(b'M', format!("{}\0SIZE=1000\0BODY=8BITMIME\0", mail.sender).as_bytes()).await;
        for recipient in &mail.recipients {
            self.say(b'R', format!("{recipient}\0NOTIFY=NEVER\0").as_bytes()).await;
        }
    }

    /// Tells all of a mail but its end.
    pub(crate) async fn content(&mut self, mail: &Queued) {
        for (name, value) in &mail.fields {
            self.say(b'L', &[name.as_slice(), b"\0", value, b"\0"].concat()).await;
        }
        self.say(b'N', b"").await;
        for chunk in mail.body.chunks(65_535) {
            self.say(b'B', chunk).await;
        }
    }

    /// Hands over a mail and hears what becomes of it.
    pub(crate) async fn deliver(&mut self, mail: &Queued) -> Outcome {
        self.envelope(mail).await;
        self.content(mail).await;
        self.send(b'D', b"Ei\x004D1A2B3C4D\0").await;
        self.send(b'E', b"").await;
        self.outcome(mail).await
    }

    /// Hears what becomes of a mail.
    pub(crate) async fn outcome(&mut self, mail: &Queued) -> Outcome {
        let mut outcome = Outcome {
            last: ' ',
            reply: String::new(),
            queued: mail.clone(),
            progress: 0,
            edits: Vec::new(),
            pieces: 0,
        };
        let mut body = None;
        loop {
            let (command, payload) = self.hear().await.expect("an answer to the mail");
            match command {
                b'p' => outcome.progress += 1,
                b'b' => {
                    outcome.pieces += 1;
                    body.get_or_insert_with(Vec::new).extend_from_slice(&payload);
                }
                b'c' | b't' | b'r' | b'a' | b'd' | b'y' => {
                    outcome.last = char::from(command);
                    String::from_utf8(payload).unwrap().trim_end_matches('\0').clone_into(&mut outcome.reply);
                    outcome.queued.body = body.unwrap_or(outcome.queued.body);
                    return outcome;
                }
                _ => outcome.edits.push(outcome.queued.apply(command, &payload)),
            }
        }
    }
}
