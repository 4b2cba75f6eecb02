//! Runs the dialogues in `dialogues/`: line by line, and then with all the client says at once, at every width.

use std::net::IpAddr;
use std::time::Duration;

use sealpost_gateway::listen::Peer;
use sealpost_gateway::receive::{Limits, Memory, Protocol, Received, Service};

use crate::talk::{Talk, limits};

/// One dialogue: a heading `== name`, then lines that begin with one of the words below.
struct Dialogue {
    name: String,
    peer: Peer,
    service: Service,
    /// The client must wait for replies, or time must pass, so the parts cannot be sent at once.
    lockstep: bool,
    steps: Vec<Step>,
    mails: Vec<String>,
}

enum Step {
    /// `C: text`, ended by CRLF, or `C- text` without; `\r \n \0 \xNN \\` and `{text*times}` are replaced.
    Client(Vec<u8>),
    /// `S: start of the next line of a reply`.
    Line(String),
    /// `S* code`: the next reply, of any number of lines.
    Reply(String),
    /// `closed`: the server has closed the session.
    Closed,
    /// `wait seconds`.
    Wait(u64),
    /// `shutdown`: the server begins to end.
    Shutdown,
}

#[tokio::test(start_paused = true)]
async fn dialogues() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/dialogues");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut count = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for part in text.split("\n== ").skip(1) {
            let mut dialogue = parse(part);
            dialogue.name = format!("{}: {}", file.file_stem().unwrap().display(), dialogue.name);
            let said = in_lockstep(&dialogue).await;
            if !dialogue.lockstep {
                at_every_width(&dialogue, &said).await;
            }
            count += 1;
        }
    }
    assert!(count > 30, "the dialogues were found");
}

/// Runs a dialogue step by step; gives all that the server said.
async fn in_lockstep(dialogue: &Dialogue) -> String {
    let name = &dialogue.name;
    let mut talk = Talk::from(dialogue.peer, dialogue.service.clone(), 1 << 16);
    let (mut said, mut closed) = (String::new(), false);
    let mut checked = 0;
    for step in &dialogue.steps {
        match step {
            Step::Client(octets) => talk.send(octets).await,
            Step::Wait(seconds) => tokio::time::sleep(Duration::from_secs(*seconds)).await,
            Step::Shutdown => drop(talk.shutdown.send_replace(true)),
            Step::Line(_) | Step::Reply(_) | Step::Closed => {}
        }
        let (more, is_closed) = talk.hear().await;
        said.push_str(&more);
        closed |= is_closed;
        let mut lines = said[checked..].split_inclusive('\n');
        match step {
            Step::Line(start) => {
                let line = lines.next().unwrap_or_else(|| panic!("{name}: no line for {start:?}"));
                assert!(line.starts_with(start.as_str()), "{name}: {line:?} for {start:?}");
                checked += line.len();
            }
            Step::Reply(start) => loop {
                let line = lines.next().unwrap_or_else(|| panic!("{name}: no reply for {start:?}"));
                assert!(line.starts_with(start.as_str()), "{name}: {line:?} for {start:?}");
                checked += line.len();
                if line.as_bytes()[3] == b' ' {
                    break;
                }
            },
            Step::Closed => assert!(closed, "{name}: not closed"),
            Step::Client(_) | Step::Wait(_) | Step::Shutdown => {}
        }
    }
    assert_eq!(&said[checked..], "", "{name}: more was said");
    assert_eq!(shown(&talk.recorder.mails()), dialogue.mails, "{name}: mails");
    said
}

/// Sends all of the client's side at once, through a pipe of each width, and compares.
async fn at_every_width(dialogue: &Dialogue, expected: &str) {
    let octets: Vec<u8> = dialogue
        .steps
        .iter()
        .filter_map(|step| if let Step::Client(octets) = step { Some(octets.as_slice()) } else { None })
        .collect::<Vec<_>>()
        .concat();
    let widths =
        (1..200).chain((200..octets.len()).step_by(1 + octets.len() / 100)).chain([octets.len().max(1)]);
    for width in widths {
        let mut talk = Talk::from(dialogue.peer, dialogue.service.clone(), width);
        talk.send(&octets).await;
        talk.finish().await;
        let (said, _) = talk.hear().await;
        assert_eq!(said, expected, "{} at width {width}", dialogue.name);
        assert_eq!(shown(&talk.recorder.mails()), dialogue.mails, "{} at width {width}", dialogue.name);
    }
}

/// Writes mails as the dialogues do: `sender params > recipient params, … | content`, escaped, runs shortened.
fn shown(mails: &[Received]) -> Vec<String> {
    let path = |raw: &str, params: &[String]| [&[format!("<{raw}>")], params].concat().join(" ");
    let shown = |mail: &Received| {
        let recipients: Vec<_> = mail.recipients.iter().map(|to| path(&to.raw, &to.params)).collect();
        let sender = path(&mail.sender.raw, &mail.sender.params);
        let xforward: String =
            mail.client.xforward.iter().flat_map(|attribute| ["[", attribute, "] "]).collect();
        let content = mail.mail.escape_ascii().to_string();
        format!(
            "{xforward}{} {} {sender} > {} | {content}",
            mail.client.protocol,
            mail.client.helo,
            recipients.join(", ")
        )
    };
    mails.iter().map(shown).collect()
}

fn parse(text: &str) -> Dialogue {
    let mut lines = text.lines();
    let name = lines.next().unwrap().to_owned();
    let (peer, service) = (Peer::Local, Service::new(Protocol::Smtp, limits()));
    let mut dialogue =
        Dialogue { name, peer, service, lockstep: false, steps: Vec::new(), mails: Vec::new() };
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "lmtp" => dialogue.service.protocol = Protocol::Lmtp,
            "xclient" => dialogue.service.xclient = true,
            "balancer" => {
                dialogue.service.balancers = vec![rest.parse().unwrap()];
                dialogue.peer = Peer::Remote((rest.parse::<IpAddr>().unwrap(), 4711).into());
            }
            "lockstep" => dialogue.lockstep = true,
            "limit" => set_limit(&mut dialogue.service.limits, rest),
            "C:" => dialogue.steps.push(Step::Client([&unescape(rest)[..], b"\r\n"].concat())),
            "C-" => dialogue.steps.push(Step::Client(unescape(rest))),
            "S:" => dialogue.steps.push(Step::Line(rest.to_owned())),
            "S*" => dialogue.steps.push(Step::Reply(rest.to_owned())),
            "closed" => dialogue.steps.push(Step::Closed),
            "mail" => dialogue.mails.push(unfold(rest)),
            "wait" => {
                dialogue.lockstep = true;
                dialogue.steps.push(Step::Wait(rest.parse().unwrap()));
            }
            "shutdown" => {
                dialogue.lockstep = true;
                dialogue.steps.push(Step::Shutdown);
            }
            _ => panic!("{}: {line}", dialogue.name),
        }
    }
    dialogue
}

fn set_limit(limits: &mut Limits, text: &str) {
    let (name, value) = text.split_once(' ').unwrap();
    let value: u32 = value.parse().unwrap();
    match name {
        "max_message_size" => limits.max_message_size = value as usize,
        "max_recipients" => limits.max_recipients = value as usize,
        "memory" => limits.memory = Memory::new(value as usize),
        "max_errors" => limits.max_errors = value,
        "max_idle_commands" => limits.max_idle_commands = value,
        _ => panic!("no such limit: {name}"),
    }
}

/// Replaces `{text*times}`.
fn unfold(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let (run, behind) = behind.split_once('}').unwrap();
        let (piece, times) = run.rsplit_once('*').unwrap();
        out.push_str(before);
        out.push_str(&piece.repeat(times.parse().unwrap()));
        rest = behind;
    }
    out + rest
}

fn unescape(text: &str) -> Vec<u8> {
    let text = unfold(text);
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match bytes.next().unwrap() {
            b'r' => b'\r',
            b'n' => b'\n',
            b'0' => 0,
            b'x' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    out
}
