//! Takes from the opened mail what an answer to it needs. Foreign text is made fit for its place here.

use super::{Participants, Thread};
use crate::{
    open::OpenedMail,
    receive::Way,
    render::{self, Date, Mailbox},
};

/// Longest text that is quoted, in bytes.
const MAX_QUOTED: usize = 64 * 1024;
/// Longest line of a header section that every server takes.
const MAX_LINE: usize = 998;

/// What an answer needs of the mail that it is to. It has no `Debug` output, because that would hold the mail.
pub struct Original {
    /// Who takes part.
    pub participants: Participants,
    /// The conversation.
    pub thread: Thread,
    /// The subject.
    pub subject: String,
    /// The mail itself, where it goes along as a file.
    pub whole: Option<WholeMail>,
}

/// What the page on which an answer is written shows of the original. It has no `Debug` output, either.
pub struct Quotation {
    /// The authors.
    pub from: Vec<Mailbox>,
    /// The recipients.
    pub to: Vec<Mailbox>,
    /// Those who got a copy.
    pub cc: Vec<Mailbox>,
    /// The date, as the sender gave it.
    pub date: Option<Date>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// Whether there is more text than this.
    pub cut: bool,
}

/// A mail that goes along as a file.
pub struct WholeMail {
    /// The file's name.
    pub name: String,
    /// The mail, without what names those whom its sender kept from each other.
    pub bytes: Vec<u8>,
}

impl Original {
    /// What an answer by the reader who has proved `reader` needs; with the mail itself if it is to go along.
    #[must_use]
    pub fn of(mail: &OpenedMail, reader: &str, way: Way, whole: bool) -> Option<Self> {
        let mail = mail.bytes();
        Some(Self {
            participants: Participants::of(mail, reader, way)?,
            thread: if way == Way::Forward { Thread::default() } else { Thread::of(mail) },
            subject: render::subject(mail),
            whole: whole.then(|| WholeMail {
                name: render::mail_file_name(mail),
                bytes: render::whole_mail(mail).into_owned(),
            }),
        })
    }
}

impl WholeMail {
    /// Whether it can go through every server as it is, which is the only way for a mail that is called one (RFC 2046, 5.2.1).
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let mut lines = self.bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            let is_last = lines.peek().is_none();
            let content = line.strip_suffix(b"\r");
            let (content, ended) = (content.unwrap_or(line), content.is_some());
            let plain = content.iter().all(|byte| byte.is_ascii() && !matches!(byte, b'\r' | 0));
            if content.len() > MAX_LINE || !plain || (!ended && !is_last) {
                return false;
            }
        }
        true
    }
}

impl Quotation {
    /// What is quoted of a mail.
    #[must_use]
    pub fn of(mail: &OpenedMail) -> Self {
        let mail = mail.bytes();
        let (text, cut) = render::plain_text(mail, MAX_QUOTED);
        let list = |name| render::mailboxes(mail, name).0;
        Self {
            from: list("from"),
            to: list("to"),
            cc: list("cc"),
            date: render::date(mail),
            subject: render::subject(mail),
            text,
            cut,
        }
    }

    /// The text with a mark before each line.
    #[must_use]
    pub fn marked(&self) -> String {
        let is_marked = |line: &str| line.starts_with('>') || line.is_empty();
        let mark = |line: &str| format!(">{}{line}\n", if is_marked(line) { "" } else { " " });
        self.text.lines().map(mark).collect()
    }
}

/// The subject of an answer: with the mark of its kind, unless it has one.
#[must_use]
pub fn subject_of_answer(subject: &str, way: Way) -> String {
    let (mark, known): (&str, &[&str]) = match way {
        Way::Reply | Way::ReplyAll => ("Re:", &["re:", "aw:", "sv:", "vs:", "antw:"]),
        Way::Forward => ("Fwd:", &["fwd:", "fw:", "wg:"]),
    };
    let lower = subject.to_lowercase();
    if known.iter().any(|known| lower.starts_with(known)) {
        return subject.to_owned();
    }
    format!("{mark} {subject}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_get_their_mark_once() {
        for (subject, way, expected) in [
            ("Lunch", Way::Reply, "Re: Lunch"),
            ("RE: Lunch", Way::ReplyAll, "RE: Lunch"),
            ("AW: Essen", Way::Reply, "AW: Essen"),
            ("Re: Lunch", Way::Forward, "Fwd: Re: Lunch"),
            ("FW: Lunch", Way::Forward, "FW: Lunch"),
            ("", Way::Reply, "Re:"),
        ] {
            assert_eq!(subject_of_answer(subject, way), expected);
        }
    }

    #[test]
    fn what_can_be_sent_as_a_mail_is_known() {
        let long = format!("a: {}\r\n", "x".repeat(996));
        for (mail, expected) in [
            ("a: b\r\n\r\nbody\r\n", true),
            ("a: b\r\n\r\nbody", true),
            ("a: b\n\nbody", false),
            ("a: b\r\n\r\nb\u{fc}", false),
            ("a: b\r\n\r\nb\0", false),
            ("a: b\r\n\r\nb\rc\r\n", false),
            (&long, false),
            ("", true),
        ] {
            let mail = WholeMail { name: String::new(), bytes: mail.as_bytes().to_vec() };
            assert_eq!(mail.is_plain(), expected, "{:?}", mail.bytes);
        }
    }
}
