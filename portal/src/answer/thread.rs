//! Says to which conversation an answer belongs: In-Reply-To and References (RFC 5322, 3.6.4).
//!
//! Message-IDs are foreign text that goes into a header section unchanged, so only those are taken that are plain.

use sealpost_mime::structure;

/// Longest Message-ID that is taken; what stands in one line cannot be longer than 998.
const MAX_ID: usize = 250;
/// Most Message-IDs in References: the first, and those that are nearest.
const MAX_REFERENCES: usize = 40;

/// The conversation that an answer belongs to. IDs stand without their angle brackets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// The mail that is answered.
    pub in_reply_to: Option<String>,
    /// The mails before it, and itself.
    pub references: Vec<String>,
}

impl Thread {
    /// The conversation of an answer to this mail.
    #[must_use]
    pub fn of(mail: &[u8]) -> Self {
        let header = structure::head(mail);
        let ids = |name: &str| header.first(name).map(|value| ids(&value)).unwrap_or_default();
        let parent = ids("message-id").into_iter().next();
        let mut references = ids("references");
        if references.is_empty() {
            // Of several parents it is not known which one is meant.
            references = Some(ids("in-reply-to")).filter(|found| found.len() == 1).unwrap_or_default();
        }
        references.retain(|id| Some(id) != parent.as_ref());
        references.extend(parent.clone());
        if references.len() > MAX_REFERENCES {
            references.drain(1..references.len() - (MAX_REFERENCES - 1));
        }
        Self { in_reply_to: parent, references }
    }
}

/// The plain Message-IDs in a field.
fn ids(value: &[u8]) -> Vec<String> {
    let pieces = value.split(|byte| *byte == b'<').skip(1);
    let inner = pieces
        .filter_map(|piece| piece.split(|byte| *byte == b'>').next().filter(|id| id.len() < piece.len()));
    inner
        .filter(|id| (1..=MAX_ID).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic))
        .filter_map(|id| String::from_utf8(id.to_vec()).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thread(header: &str) -> (String, String) {
        let Thread { in_reply_to, references } = Thread::of(format!("{header}\r\n\r\nbody").as_bytes());
        (in_reply_to.unwrap_or_default(), references.join(" "))
    }

    #[test]
    fn threads_as_the_standard_says() {
        for (header, parent, references) in [
            ("Message-ID: <c@x>\r\nReferences: <a@x>\r\n\t<b@x>\r\nIn-Reply-To: <b@x>", "c@x", "a@x b@x c@x"),
            ("Message-ID: <c@x>\r\nIn-Reply-To: <b@x>", "c@x", "b@x c@x"),
            ("Message-ID: <c@x>\r\nIn-Reply-To: <a@x> <b@x>", "c@x", "c@x"),
            ("Message-ID: <c@x>", "c@x", "c@x"),
            ("Message-Id:c@x", "", ""),
            ("Subject: x", "", ""),
            ("References: <a@x>", "", "a@x"),
            ("Message-ID: <c@x>\r\nReferences: <c@x> <b@x>", "c@x", "b@x c@x"),
            ("Message-ID: <a b@x>\r\nReferences: <a@x\u{0}> <b\u{fc}@x> <c@x", "", ""),
            ("Message-ID: <a@x> <b@x>", "a@x", "a@x"),
        ] {
            assert_eq!(thread(header), (parent.to_owned(), references.to_owned()), "{header}");
        }
    }

    #[test]
    fn long_threads_keep_their_first_and_their_last() {
        let all = (0..200).map(|number| format!(" <{number}@x>")).collect::<Vec<_>>().concat();
        let (_, references) = thread(&format!("Message-ID: <last@x>\r\nReferences:{all}"));
        let found: Vec<&str> = references.split(' ').collect();
        assert_eq!(found.len(), MAX_REFERENCES);
        assert_eq!((found[0], found[1], found[39]), ("0@x", "162@x", "last@x"));
        let long = format!("Message-ID: <{}@x>", "a".repeat(MAX_ID));
        assert_eq!(thread(&long).0, "");
    }
}
