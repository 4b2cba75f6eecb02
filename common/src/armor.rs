//! Writes and reads the text form, and reads the link form (ENVELOPE.md, "Text form", "Link form").

use encodify::base64::{Base64, LineEnding, STANDARD, URL_SAFE_NO_PAD};

use crate::error::{ArmorFault, OpenError};

/// The line before the base64.
pub const BEGIN: &str = "-----BEGIN SEALPOST ENVELOPE-----";
/// The line after the base64.
pub const END: &str = "-----END SEALPOST ENVELOPE-----";

const LINE_BREAK: &str = "\r\n";
/// Base64 in lines of 900 characters, each ended by CRLF: mail servers work line by line, so long ones cost them less. A mail
/// may have 998 (RFC 5322 section 2.1.1).
const LINES: Base64 = STANDARD.wrapped(900, LineEnding::CrLf);
/// Bytes of an envelope in one full line of the text form.
pub const BYTES_PER_LINE: usize = 675;
/// Bytes that are encoded in one go: whole lines, about 64 KiB of text.
const CHUNK_LEN: usize = BYTES_PER_LINE * 72;

/// Gives the number of bytes of the text form of an envelope of `len` bytes.
#[must_use]
pub fn text_len(len: usize) -> usize {
    BEGIN.len() + LINE_BREAK.len() + LINES.encoded_len(len) + END.len()
}

/// Gives a part of an envelope as lines of the text form, each ended by CRLF; only the last part may end within a line.
#[must_use]
pub fn encode_lines(part: &[u8]) -> Vec<u8> {
    LINES.encode(part).into_bytes()
}

/// Gives the text form of an envelope in chunks of whole lines, each encoded when it is asked for.
pub(crate) fn text_chunks<'e>(
    header: &'e [u8],
    payload: &'e [u8],
) -> impl Iterator<Item = Vec<u8>> + Send + 'e {
    let len = header.len() + payload.len();
    let encode = move |start: usize| {
        let end = len.min(start + CHUNK_LEN);
        let from_header = header.get(start.min(header.len())..end.min(header.len())).unwrap_or_default();
        let range = start.saturating_sub(header.len())..end.saturating_sub(header.len());
        let from_payload = payload.get(range).unwrap_or_default();
        if from_header.is_empty() {
            encode_lines(from_payload)
        } else {
            encode_lines(&[from_header, from_payload].concat())
        }
    };
    let begin = [BEGIN, LINE_BREAK].concat().into_bytes();
    let body = (0..len).step_by(CHUNK_LEN).map(encode);
    std::iter::once(begin).chain(body).chain(std::iter::once(END.as_bytes().to_vec()))
}

/// Reads a text form that arrives in pieces: skips all before the BEGIN line, so that `message.html` as a whole or a
/// form field can be fed to it, and appends the bytes of the envelope to the caller's buffer as they come.
pub struct TextDecoder {
    state: State,
}

enum State {
    /// Looking for the first BEGIN.
    Before(Finder),
    /// In the base64.
    Inside(Symbols),
    /// In the END line; holds how many of its characters were met.
    Ending(usize),
    /// After the END line, where no second BEGIN may come.
    After(Finder),
}

impl TextDecoder {
    /// Starts before the BEGIN line.
    #[must_use]
    pub fn new() -> Self {
        Self { state: State::Before(Finder::default()) }
    }

    /// Takes the next piece of text, and appends what it holds of the envelope to `out`.
    ///
    /// # Errors
    /// `armor`. The decoder is of no use afterwards.
    pub fn push(&mut self, mut text: &[u8], out: &mut Vec<u8>) -> Result<(), OpenError> {
        while !text.is_empty() {
            text = self.step(text, out).map_err(OpenError::Armor)?;
        }
        Ok(())
    }

    /// Says that the text has ended.
    ///
    /// # Errors
    /// `armor` when it ended before the envelope did.
    pub fn finish(self) -> Result<(), OpenError> {
        match self.state {
            State::After(_) => Ok(()),
            State::Before(_) => Err(OpenError::Armor(ArmorFault::NoBegin)),
            State::Inside(_) | State::Ending(_) => Err(OpenError::Armor(ArmorFault::NoEnd)),
        }
    }

    /// Goes on until the state changes or the text is used up; gives the rest.
    fn step<'t>(&mut self, text: &'t [u8], out: &mut Vec<u8>) -> Result<&'t [u8], ArmorFault> {
        match &mut self.state {
            State::Before(finder) => {
                let Some(rest) = finder.find(text) else { return Ok(&[]) };
                self.state = State::Inside(Symbols::default());
                Ok(rest)
            }
            State::Inside(symbols) => {
                let end = text.iter().position(|&byte| byte == b'-');
                let (body, rest) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, &[]));
                symbols.push(body, out)?;
                if end.is_some() {
                    symbols.check_end()?;
                    self.state = State::Ending(0);
                }
                Ok(rest)
            }
            State::Ending(met) => {
                let wanted = END.as_bytes().get(*met..).unwrap_or_default();
                let len = wanted.len().min(text.len());
                let (here, rest) = text.split_at_checked(len).unwrap_or((text, &[]));
                if !wanted.starts_with(here) {
                    return Err(ArmorFault::NoEnd);
                }
                *met += len;
                if *met == END.len() {
                    self.state = State::After(Finder::default());
                }
                Ok(rest)
            }
            State::After(finder) => match finder.find(text) {
                Some(_) => Err(ArmorFault::SecondBegin),
                None => Ok(&[]),
            },
        }
    }
}

impl Default for TextDecoder {
    fn default() -> Self {
        Self::new()
    }
}

/// Finds BEGIN in a text that arrives in pieces.
#[derive(Default)]
struct Finder {
    /// How many characters of BEGIN the text so far ends with.
    met: usize,
}

impl Finder {
    /// Gives what follows BEGIN, once it is found.
    fn find<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        let begin = BEGIN.as_bytes();
        for (index, &byte) in text.iter().enumerate() {
            self.met = match (begin.get(self.met) == Some(&byte), byte) {
                (true, _) => self.met + 1,
                // After five dashes and one more, the text still ends with five; after anything else and a dash, with
                // one. No other part of BEGIN is also a start of it.
                (false, b'-') if self.met == DASHES => DASHES,
                (false, b'-') => 1,
                (false, _) => 0,
            };
            if self.met == begin.len() {
                self.met = 0;
                return text.get(index + 1..);
            }
        }
        None
    }
}

/// The dashes at the start of BEGIN.
const DASHES: usize = 5;

/// Decodes base64 that arrives in pieces, strictly; white space between the characters does not count.
#[derive(Default)]
struct Symbols {
    /// Characters that do not yet make a group of four, then those of the piece at hand.
    pending: Vec<u8>,
    /// Whether padding was met, after which nothing may come.
    padded: bool,
}

impl Symbols {
    fn push(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<(), ArmorFault> {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        text.split(is_space).for_each(|run| self.pending.extend_from_slice(run));
        let whole = self.pending.len() - self.pending.len() % 4;
        let groups = self.pending.get(..whole).unwrap_or_default();
        if groups.is_empty() {
            return Ok(());
        }
        if self.padded {
            return Err(ArmorFault::Base64);
        }
        self.padded = groups.ends_with(b"=");
        STANDARD.decode_append(groups, out).ok().ok_or(ArmorFault::Base64)?;
        self.pending.drain(..whole);
        Ok(())
    }

    fn check_end(&self) -> Result<(), ArmorFault> {
        if self.pending.is_empty() { Ok(()) } else { Err(ArmorFault::Base64) }
    }
}

/// Reads the fragment of a link form, without the `#`: strict base64url without padding.
///
/// # Errors
/// `armor`.
pub fn decode_link(fragment: &str) -> Result<Vec<u8>, OpenError> {
    URL_SAFE_NO_PAD.decode(fragment).ok().ok_or(OpenError::Armor(ArmorFault::Base64))
}
