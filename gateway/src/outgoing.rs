//! A mail on its way out: as it came in, with a changed header section, or the carrier mail.

use bytes::Bytes;

use crate::{
    carry::Carrier,
    decide::{EditedMail, Edits},
    error::PlanError,
    parse::{HeaderSection, has_bare_newline},
    receive::Path,
    reinject::{Content, Sink, WriteError},
};

/// A mail on its way out.
pub enum Outgoing {
    /// The mail as it came in.
    Mail(Bytes),
    /// The mail with a changed header section.
    Edited(EditedMail),
    /// The carrier mail with the sealed mail in it.
    Carrier(Box<Carrier>),
}

impl Outgoing {
    /// Hands on the mail, if other programs cannot read two mails in it.
    pub(crate) fn pass(mail: &Bytes, header: &HeaderSection<'_>, edits: &Edits) -> Result<Self, PlanError> {
        if has_bare_newline(mail) {
            Err(PlanError::BareNewline)
        } else if edits.is_empty() {
            Ok(Self::Mail(mail.clone()))
        } else {
            Ok(Self::Edited(edits.apply(mail, header)))
        }
    }

    /// Gives the size in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "an empty mail is sent like any other")]
    pub fn len(&self) -> usize {
        match self {
            Self::Mail(mail) => mail.len(),
            Self::Edited(EditedMail { head, rest }) => head.len() + rest.len(),
            Self::Carrier(carrier) => carrier.len(),
        }
    }

    /// Says whether there are bytes above 127.
    #[must_use]
    pub fn has_eight_bit(&self) -> bool {
        match self {
            Self::Mail(mail) => !mail.is_ascii(),
            Self::Edited(EditedMail { head, rest }) => !head.is_ascii() || !rest.is_ascii(),
            Self::Carrier(carrier) => carrier.has_eight_bit_header(),
        }
    }

    /// Says whether the next hop has to take it as an internationalised mail: the client said that it is one, and its header
    /// section is not plain ASCII. Without the client's word 8-bit bytes in a header are just sent, as they always were.
    #[must_use]
    pub fn has_utf8_header(&self, sender: &Path) -> bool {
        let is_ascii = || match self {
            Self::Mail(mail) => header_section(mail).is_ascii(),
            Self::Edited(EditedMail { head, rest }) => {
                head.is_ascii() && (head.ends_with(b"\r\n\r\n") || header_section(rest).is_ascii())
            }
            Self::Carrier(carrier) => !carrier.has_eight_bit_header(),
        };
        sender.param("SMTPUTF8").is_some() && !is_ascii()
    }
}

/// Gives a mail up to its first empty line, or all of it when there is none.
fn header_section(mail: &[u8]) -> &[u8] {
    let end = if mail.starts_with(b"\r\n") { Some(0) } else { memchr::memmem::find(mail, b"\r\n\r\n") };
    end.and_then(|end| mail.get(..end)).unwrap_or(mail)
}

impl Content for Outgoing {
    async fn write_to(self, sink: &mut Sink<'_>) -> Result<(), WriteError> {
        match self {
            Self::Mail(mail) => mail.write_to(sink).await,
            Self::Edited(EditedMail { head, rest }) => {
                sink.write(&head).await?;
                rest.write_to(sink).await
            }
            Self::Carrier(carrier) => carrier.write_to(sink).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_header_section_asks_for_smtputf8() {
        let of = |raw: &'static str| Bytes::from_static(raw.as_bytes());
        let edited = |head: &str, rest| {
            Outgoing::Edited(EditedMail { head: head.as_bytes().to_vec(), rest: of(rest) })
        };
        let sender = |params: &[&str]| Path {
            raw: String::new(),
            params: params.iter().map(|&p| p.to_owned()).collect(),
        };
        for (outgoing, expected) in [
            (Outgoing::Mail(of("Subject: a\r\n\r\n\u{fc}\r\n")), false),
            (Outgoing::Mail(of("Subject: \u{fc}\r\n\r\na\r\n")), true),
            (Outgoing::Mail(of("\r\n\u{fc}\r\n")), false),
            (Outgoing::Mail(of("Subject: \u{fc}")), true),
            (edited("X: a\r\n", "Subject: a\r\n\r\n\u{fc}\r\n"), false),
            (edited("X: \u{fc}\r\n", "Subject: a\r\n\r\n"), true),
            (edited("X: a\r\n", "Subject: \u{fc}\r\n\r\n"), true),
            (edited("Subject: a\r\n", "\r\n\u{fc}\r\n"), false),
            (edited("X: a\r\n\r\n", "\u{fc} is no field\r\n\r\n"), false),
        ] {
            assert_eq!(outgoing.has_utf8_header(&sender(&["SMTPUTF8"])), expected);
            assert!(outgoing.has_eight_bit() && !outgoing.has_utf8_header(&sender(&["BODY=8BITMIME"])));
        }
    }
}
