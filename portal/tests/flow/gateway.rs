//! The gateway's listener as far as the portal can tell: takes mails, or does what its script says.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// A mail that was taken.
#[derive(Clone)]
pub(crate) struct Taken {
    /// What MAIL said.
    pub(crate) sender: String,
    /// What each RCPT said.
    pub(crate) recipients: Vec<String>,
    /// The mail, its lines ended by CRLF.
    pub(crate) mail: String,
}

/// What it says instead of the usual.
#[derive(Clone, Default)]
pub(crate) struct Script {
    /// The keywords in its answer to EHLO, each in a line; `None` for those of the gateway.
    pub(crate) keywords: Option<&'static str>,
    /// A verb, and what is said to it; nothing ends the connection.
    pub(crate) answer: Option<(&'static str, &'static str)>,
    /// Says nothing at all.
    pub(crate) silent: bool,
    /// Takes mails, or gives its answer, and says so once it follows a script that does not hold them.
    pub(crate) holds: bool,
}

#[derive(Default)]
struct State {
    script: Script,
    taken: Vec<Taken>,
    lines: Vec<String>,
}

/// The listener.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Gateway {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(connection, &state));
            }
        });
        Self { address, state }
    }

    /// From now on it does as this says.
    pub(crate) fn follows(&self, script: Script) {
        self.state.lock().unwrap().script = script;
    }

    /// What it has taken by now; a mail is there before the portal knows.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.state.lock().unwrap().taken.clone()
    }

    /// All that was said to it but mails.
    pub(crate) fn heard(&self) -> String {
        self.state.lock().unwrap().lines.join("\n")
    }
}

fn serve(mut connection: TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut reader = BufReader::new(connection.try_clone().ok()?);
    let script = state.lock().unwrap().script.clone();
    if script.silent {
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).ok()? > 0 {}
        return None;
    }
    let mut say = |text: &str| connection.write_all(format!("{text}\r\n").as_bytes()).ok();
    let (mut sender, mut recipients) = (String::new(), Vec::new());
    say("220 gateway ESMTP Sealpost")?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end_matches("\r\n").to_owned();
        state.lock().unwrap().lines.push(line.clone());
        let verb = line.split([' ', ':']).next()?.to_ascii_uppercase();
        match script.answer {
            Some((on, "")) if on == verb => return None,
            Some((on, text)) if on == verb => {
                hold(state);
                say(text)?;
                continue;
            }
            _ => {}
        }
        match verb.as_str() {
            "EHLO" => {
                let keywords = script.keywords.unwrap_or("8BITMIME\nSMTPUTF8\nXSEALPOST");
                let lines: Vec<&str> = std::iter::once("gateway").chain(keywords.lines()).collect();
                for (at, line) in lines.iter().enumerate() {
                    say(&format!("250{}{line}", if at + 1 == lines.len() { ' ' } else { '-' }))?;
                }
            }
            "MAIL" => {
                line.clone_into(&mut sender);
                recipients.clear();
                say("250 ok")?;
            }
            "RCPT" => {
                recipients.push(line);
                say("250 ok")?;
            }
            "DATA" => {
                say("354 go on")?;
                let mail = data(&mut reader)?;
                if let Some(("END", text)) = script.answer {
                    hold(state);
                    if text.is_empty() {
                        return None;
                    }
                    say(text)?;
                    continue;
                }
                let taken = Taken { sender: sender.clone(), recipients: recipients.clone(), mail };
                state.lock().unwrap().taken.push(taken);
                hold(state);
                say("250 taken")?;
            }
            "QUIT" => return say("221 bye"),
            _ => say("250 ok")?,
        }
    }
}

fn hold(state: &Mutex<State>) {
    while state.lock().unwrap().script.holds {
        thread::sleep(Duration::from_millis(10));
    }
}

fn data(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut mail = String::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line == ".\r\n" {
            return Some(mail);
        }
        assert!(line.ends_with("\r\n"), "every line ends in CRLF");
        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
