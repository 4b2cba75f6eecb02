//! Gives the SMTP reply as a value: code, enhanced status code, text.
//!
//! Every reply that the gateway gives, and every reply that it gets from the next hop, is a [`Reply`]. Its text is
//! cleaned when the value is made, so no reply can break out of its line. It does not know when to give which reply.

use std::fmt::{self, Write as _};

/// Lines of text that one reply may have; what is beyond them is dropped.
const MAX_LINES: usize = 32;

/// Octets of text in one line: RFC 5321 section 4.5.3.1.5 allows 512 octets a line, with code, separators and CRLF.
const MAX_LINE: usize = 480;

/// Says what a reply means to a machine (RFC 3463): class, subject, detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnhancedCode {
    /// 2 success, 4 transient, 5 permanent.
    pub class: u8,
    /// What the reply is about: 1 addresses, 2 mailbox, 3 mail system, 4 network, 5 protocol, 6 content, 7 policy.
    pub subject: u16,
    /// Which case of the subject.
    pub detail: u16,
}

impl EnhancedCode {
    /// Reads `x.y.z`; anything else is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let is_number =
            |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if parts.next().is_some()
            || !matches!(class, "2" | "4" | "5")
            || !is_number(subject)
            || !is_number(detail)
        {
            return None;
        }
        Some(Self {
            class: class.parse().ok()?,
            subject: subject.parse().ok()?,
            detail: detail.parse().ok()?,
        })
    }
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// One reply to one command, or to the end of data.
///
/// The text is one or more lines without control characters. The class of the enhanced status code is always that of
/// the reply code, as RFC 2034 section 4 demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    enhanced: Option<EnhancedCode>,
    text: String,
}

impl Reply {
    /// Makes a reply with an enhanced status code `[class, subject, detail]`; lines of the text are parted by `\n`.
    #[must_use]
    pub fn new(code: u16, [class, subject, detail]: [u16; 3], text: impl AsRef<str>) -> Self {
        let class = u8::try_from(class).unwrap_or_default();
        Self::from_parts(code, Some(EnhancedCode { class, subject, detail }), text.as_ref())
    }

    /// Makes a reply without an enhanced status code: greetings, 354, replies to EHLO.
    #[must_use]
    pub fn plain(code: u16, text: impl AsRef<str>) -> Self {
        Self::from_parts(code, None, text.as_ref())
    }

    /// Makes a reply of what a next hop said. A code outside 200..=599 is none of SMTP: it becomes 451.
    #[must_use]
    pub fn from_parts(code: u16, enhanced: Option<EnhancedCode>, text: &str) -> Self {
        let code = if (200..=599).contains(&code) { code } else { 451 };
        let enhanced = enhanced.and_then(|enhanced| match code / 100 {
            class @ (2 | 4 | 5) => Some(EnhancedCode { class: u8::try_from(class).unwrap_or(4), ..enhanced }),
            _ => None,
        });
        Self { code, enhanced, text: clean(text) }
    }

    /// Makes the reply to a fault of our own: the mail stays with the client, which tries again.
    #[must_use]
    pub fn local_error() -> Self {
        Self::new(451, [4, 3, 0], "Local error in processing, try again later")
    }

    /// Makes the reply to a mail for which there is no memory now.
    #[must_use]
    pub(crate) fn no_memory() -> Self {
        tracing::warn!("a mail was refused for now: the memory for mails is taken (max_memory)");
        Self::new(452, [4, 3, 1], "Too many large mails at a time, try again later")
    }

    /// Makes the reply to a mail that is larger than a mail may be.
    #[must_use]
    pub(crate) fn too_large(largest: usize) -> Self {
        Self::new(552, [5, 3, 4], format!("Message size exceeds the limit of {largest} octets"))
    }

    /// The three-digit code.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The enhanced status code, if the reply has one.
    #[must_use]
    pub fn enhanced(&self) -> Option<EnhancedCode> {
        self.enhanced
    }

    /// The text, lines parted by `\n`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the command was done (2xx).
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.code / 100 == 2
    }

    /// Whether more input is wanted (3xx).
    #[must_use]
    pub fn is_intermediate(&self) -> bool {
        self.code / 100 == 3
    }

    /// Whether trying again later may help (4xx).
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.code / 100 == 4
    }

    /// Whether trying again is useless (5xx).
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }

    /// Whether this is an answer to a mail: 2xx, 4xx or 5xx.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.is_success() || self.is_transient() || self.is_permanent()
    }

    /// Puts words in front of the text, say the recipient that a reply is about.
    #[must_use]
    pub fn with_prefix(self, prefix: impl AsRef<str>) -> Self {
        let text = format!("{} {}", prefix.as_ref(), self.text);
        Self { text: clean(&text), ..self }
    }

    /// Writes the reply as it goes over the wire.
    ///
    /// Characters outside ASCII become `?` unless `utf8` says that the transaction uses SMTPUTF8 (RFC 6531
    /// section 3.7.4.2).
    pub fn write_to(&self, out: &mut Vec<u8>, utf8: bool) {
        let mut lines = self.text.split('\n').peekable();
        while let Some(line) = lines.next() {
            let separator = if lines.peek().is_some() { '-' } else { ' ' };
            out.extend_from_slice(format!("{}{separator}", self.code).as_bytes());
            if let Some(enhanced) = self.enhanced {
                out.extend_from_slice(format!("{enhanced} ").as_bytes());
            }
            if utf8 || line.is_ascii() {
                out.extend_from_slice(line.as_bytes());
            } else {
                out.extend(line.chars().map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?')));
            }
            out.extend_from_slice(b"\r\n");
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        for line in self.text.split('\n') {
            f.write_char(' ')?;
            f.write_str(line)?;
        }
        Ok(())
    }
}

/// Makes a text fit for reply lines: no control characters, bounded lines, at least one word.
fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let lines = text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty());
    for line in lines.take(MAX_LINES) {
        if !cleaned.is_empty() {
            cleaned.push('\n');
        }
        let mut room = MAX_LINE;
        for c in line.chars().map(|c| if c.is_control() { '?' } else { c }) {
            let Some(left) = room.checked_sub(c.len_utf8()) else { break };
            room = left;
            cleaned.push(c);
        }
    }
    if cleaned.is_empty() { "(no text)".to_owned() } else { cleaned }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(reply: &Reply, utf8: bool) -> String {
        let mut out = Vec::new();
        reply.write_to(&mut out, utf8);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_text_cannot_break_out_of_its_line() {
        let reply = Reply::new(550, [5, 7, 1], "bad\r\n250 2.0.0 Ok\0\x1b[1m");
        assert_eq!(wire(&reply, false), "550-5.7.1 bad\r\n550 5.7.1 250 2.0.0 Ok??[1m\r\n");
    }

    #[test]
    fn the_class_follows_the_code() {
        assert_eq!(Reply::new(451, [5, 1, 1], "x").to_string(), "451 4.1.1 x");
        assert_eq!(Reply::new(354, [2, 0, 0], "go").to_string(), "354 go");
        assert_eq!(Reply::from_parts(999, None, "").to_string(), "451 (no text)");
    }

    #[test]
    fn text_outside_ascii_needs_smtputf8() {
        let reply = Reply::plain(550, "<jürgen@example.org>");
        assert_eq!(wire(&reply, false), "550 <j?rgen@example.org>\r\n");
        assert_eq!(wire(&reply, true), "550 <jürgen@example.org>\r\n");
    }

    #[test]
    fn lines_and_their_number_are_bounded() {
        let reply = Reply::plain(250, "ä".repeat(1000));
        assert_eq!(reply.text().len(), MAX_LINE);
        assert_eq!(Reply::plain(250, "a\n".repeat(1000)).text().split('\n').count(), MAX_LINES);
    }

    #[test]
    fn enhanced_codes_are_read_strictly() {
        assert_eq!(EnhancedCode::parse("5.7.1").unwrap().to_string(), "5.7.1");
        for bad in ["", "5", "5.7", "5.7.1.2", "3.0.0", "5.7.x", "5..1", "5.7.1000", "+5.1.1", "5.+1.1"] {
            assert_eq!(EnhancedCode::parse(bad), None, "{bad}");
        }
    }
}
