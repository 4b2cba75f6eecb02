//! Puts a mail together as the MTA has it, from the pieces in which a milter gets it.
//!
//! Of a header field the MTA gives name and value, folds as LF, of the body the octets. With `LEADING_SPACE` negotiated, name,
//! colon, value and CRLF are the field as it stands in the queue. What cannot be known stands in `gateway/README.md`.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::{
    receive::{Memory, Path, Share, weight},
    reply::Reply,
};

/// Header fields of one mail; the parser of header sections takes no more.
const MAX_FIELDS: usize = 10_000;

/// A mail that is coming in.
pub(super) struct Incoming {
    pub(super) sender: Path,
    recipients: Vec<Path>,
    octets: Vec<u8>,
    ends: Vec<usize>,
    has_body: bool,
    /// When the first of it came.
    begun: Option<Instant>,
    largest: usize,
    memory: Arc<Share>,
    /// What its addresses take of it.
    envelope_size: usize,
    /// Why it is not taken, once that is known. The rest of it is then not kept.
    refusal: Option<Reply>,
}

/// A mail that has come in.
pub(super) struct Whole {
    pub(super) sender: Path,
    pub(super) recipients: Vec<Path>,
    pub(super) octets: Bytes,
    pub(super) fields: Fields,
    /// How long it took to come in.
    pub(super) receiving: Duration,
    /// What it takes of the memory for mails.
    pub(super) memory: Arc<Share>,
}

/// A mail that is not taken.
pub(super) struct Refused {
    pub(super) sender: Path,
    pub(super) recipients: Vec<Path>,
    pub(super) reply: Reply,
}

/// The header fields, each with its CRLF: just those that the MTA has, as it counts them.
#[derive(Default)]
pub(super) struct Fields {
    section: Vec<u8>,
    /// Where each one ends.
    ends: Vec<usize>,
}

impl Fields {
    /// Gives the fields in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| self.section.get(start..*end).unwrap_or_default())
    }
}

impl Incoming {
    /// Begins with MAIL.
    pub(super) fn new(sender: Path, largest: usize, memory: &Memory) -> Self {
        Self {
            recipients: Vec::new(),
            octets: Vec::new(),
            ends: Vec::new(),
            has_body: false,
            begun: None,
            largest,
            envelope_size: weight(&sender),
            sender,
            memory: Arc::new(memory.share()),
            refusal: None,
        }
    }

    /// Adds a recipient, if there may be as many and there is memory for him.
    ///
    /// # Errors
    /// The reply for him; the others are not concerned.
    pub(super) fn recipient(&mut self, recipient: Path, most: usize) -> Result<(), Reply> {
        if self.recipients.len() >= most {
            return Err(Reply::new(452, [4, 5, 3], "Too many recipients, send the mail to the others again"));
        }
        let envelope_size = self.envelope_size + weight(&recipient);
        if !self.memory.grow_for(envelope_size.saturating_add(self.octets.len())) {
            return Err(Reply::no_memory());
        }
        self.envelope_size = envelope_size;
        self.recipients.push(recipient);
        Ok(())
    }

    /// Takes no more of it; the first reason stands.
    pub(super) fn refuse(&mut self, reply: Reply) {
        (self.octets, self.ends, self.memory) = (Vec::new(), Vec::new(), Arc::default());
        self.refusal.get_or_insert(reply);
    }

    /// Adds a header field.
    pub(super) fn header(&mut self, name: &[u8], value: &[u8]) {
        if self.has_body || self.ends.len() >= MAX_FIELDS || !is_field(name, value) {
            return self.refuse(Reply::new(554, [5, 6, 0], "The header section cannot be read"));
        }
        self.add(name);
        self.add(b":");
        for (number, line) in value.split(|byte| *byte == b'\n').enumerate() {
            if number > 0 {
                self.add(b"\r\n");
            }
            self.add(line.strip_suffix(b"\r").unwrap_or(line));
        }
        self.add(b"\r\n");
        self.ends.push(self.octets.len());
    }

    /// Ends the header section.
    pub(super) fn end_of_header(&mut self) {
        if !self.has_body {
            self.has_body = true;
            self.add(b"\r\n");
        }
    }

    /// Adds a piece of the body.
    pub(super) fn body(&mut self, octets: &[u8]) {
        self.end_of_header();
        self.add(octets);
    }

    /// Ends the mail.
    ///
    /// # Errors
    /// Why it is not taken.
    pub(super) fn finish(mut self) -> Result<Whole, Refused> {
        self.end_of_header();
        if self.recipients.is_empty() {
            self.refuse(Reply::new(554, [5, 5, 1], "No valid recipients"));
        }
        let Self { sender, recipients, octets, ends, begun, memory, refusal, .. } = self;
        if let Some(reply) = refusal {
            return Err(Refused { sender, recipients, reply });
        }
        let receiving = begun.map(|begun| begun.elapsed()).unwrap_or_default();
        let section = octets.get(..ends.last().copied().unwrap_or_default()).unwrap_or_default().to_vec();
        let fields = Fields { section, ends };
        Ok(Whole { sender, recipients, octets: Bytes::from(octets), fields, receiving, memory })
    }

    fn add(&mut self, octets: &[u8]) {
        self.begun.get_or_insert_with(Instant::now);
        if self.refusal.is_some() {
            return;
        }
        let size = self.octets.len() + octets.len();
        if size > self.largest {
            self.refuse(Reply::too_large(self.largest));
        } else if !self.memory.grow_for(self.envelope_size.saturating_add(size)) {
            self.refuse(Reply::no_memory());
        } else {
            self.octets.extend_from_slice(octets);
        }
    }
}

/// Says whether name and value make one header field, which MTA and we count as one.
fn is_field(name: &[u8], value: &[u8]) -> bool {
    let is_name = name.iter().all(|byte| *byte != b':' && !byte.is_ascii_control() || *byte == b'\t');
    let mut continuations = value.split(|byte| *byte == b'\n').skip(1);
    is_name && continuations.all(|line| matches!(line.first(), Some(b' ' | b'\t')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGEST: usize = 1000;

    fn incoming(memory: &Memory) -> Incoming {
        let path = |raw: &str| Path { raw: raw.to_owned(), params: Vec::new() };
        let mut mail = Incoming::new(path("a@b.example"), LARGEST, memory);
        mail.recipient(path("c@d.example"), 1).unwrap();
        mail
    }

    #[test]
    fn puts_together_what_was_taken_apart() {
        for (fields, body, expected) in [
            (vec![("A", " 1"), ("B", "2")], vec!["x\r\n", "y\r\n"], "A: 1\r\nB:2\r\n\r\nx\r\ny\r\n"),
            (vec![("A", " 1\n 2\n\t3")], vec![], "A: 1\r\n 2\r\n\t3\r\n\r\n"),
            (vec![("A", " 1\r\n 2")], vec![], "A: 1\r\n 2\r\n\r\n"),
            (vec![("A ", ""), ("A", "\t:x ")], vec![""], "A :\r\nA:\t:x \r\n\r\n"),
            (vec![], vec!["x"], "\r\nx"),
            (vec![], vec![], "\r\n"),
        ] {
            let memory = Memory::new(1024 * 1024);
            let mut mail = incoming(&memory);
            for (name, value) in &fields {
                mail.header(name.as_bytes(), value.as_bytes());
            }
            for octets in &body {
                mail.body(octets.as_bytes());
            }
            let whole = mail.finish().ok().unwrap();
            assert_eq!(whole.octets, expected);
            let found: Vec<_> = whole.fields.iter().collect();
            assert_eq!(found.len(), fields.len());
            assert_eq!(
                [found.concat(), b"\r\n".to_vec(), body.concat().into_bytes()].concat(),
                expected.as_bytes()
            );
        }
    }

    #[test]
    fn refuses_what_it_cannot_hold() {
        let refused = |feed: &dyn Fn(&mut Incoming)| {
            let memory = Memory::new(1024 * 1024);
            let mut mail = incoming(&memory);
            feed(&mut mail);
            mail.header(b"A", b" what comes behind is not looked at");
            mail.finish().err().map(|refused| refused.reply.code())
        };
        assert_eq!(refused(&|_| {}), None);
        for (feed, code) in [
            (&(|mail: &mut Incoming| mail.header(b"A", &[b'x'; LARGEST])) as &dyn Fn(&mut Incoming), 552),
            (&|mail| (0..10).for_each(|_| mail.body(&[b'x'; LARGEST / 9])), 552),
            (&|mail| mail.header(b"A", b"1\nBcc: x"), 554),
            (&|mail| mail.header(b"A:B", b"1"), 554),
            (&|mail| mail.header(b"A\r\nB", b"1"), 554),
            (&|mail| mail.header(b"A", b"1\n"), 554),
            (&|mail| mail.recipients.clear(), 554),
            (&|mail| mail.end_of_header(), 554),
        ] {
            assert_eq!(refused(feed), Some(code));
        }
    }

    #[test]
    fn gives_its_memory_back_when_it_is_refused_or_gone() {
        // Room for one mail of this size, with what is made of it, and not for two.
        let (memory, body) = (Memory::new(40 * 1024), [b'x'; 10_000]);
        let path = |raw: &str| Path { raw: raw.to_owned(), params: Vec::new() };
        let begin = || Incoming::new(path(""), usize::MAX, &memory);
        let (mut one, mut other) = (begin(), begin());
        one.body(&body);
        other.body(&body);
        assert_eq!(other.finish().err().map(|refused| refused.reply.code()), Some(452));
        drop(one);
        let mut third = begin();
        third.recipient(path("c@d.example"), 1).unwrap();
        third.body(&body);
        assert!(third.finish().is_ok());
    }
}
