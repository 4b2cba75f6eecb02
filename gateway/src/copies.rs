//! Hands copies to archives, in the same two phases as the mail that they are copies of.
//!
//! A copy goes before the mail: recipients get theirs only when the archive has its own. What an archive does not take is
//! tried again with the mail, so a refusal for good becomes a temporary one here.

use std::time::Instant;

use crate::{
    deliver::Addressing,
    delivered::{Delivered, Fingerprint},
    plan::{ArchiveCopy, Outgoing},
    reinject::{Prepared, Refusal, Reinjector},
    reply::Reply,
};

/// A copy that waits for its content.
pub(crate) struct PreparedCopy {
    /// The recipients, by their place, who get theirs only with the copy.
    pub(crate) of: Vec<usize>,
    key: String,
    outgoing: Outgoing,
    prepared: Prepared,
}

impl PreparedCopy {
    /// Sends the copy.
    ///
    /// # Errors
    /// The reply for the recipients who may not get the mail now.
    pub(crate) async fn commit(self, mail: Option<Fingerprint>, delivered: &Delivered) -> Result<(), Reply> {
        let outcome = self.prepared.commit(self.outgoing).await.into_iter().next();
        let outcome = outcome.unwrap_or_else(Reply::local_error);
        if !outcome.is_success() {
            return Err(not_taken(&outcome));
        }
        if let Some(mail) = mail {
            delivered.remember(mail, [self.key.as_str()].into_iter(), Instant::now());
        }
        Ok(())
    }
}

/// The copies of one mail, and by what they are known when the mail comes again.
pub(crate) struct Copies {
    copies: Vec<ArchiveCopy>,
    keys: Vec<String>,
}

impl Copies {
    /// Takes the copies that are still wanted: an archive that has its own from an earlier try, or that is for nobody left,
    /// gets none.
    pub(crate) fn wanted(
        copies: Vec<ArchiveCopy>,
        is_left: impl Fn(usize) -> bool,
        mail: Option<Fingerprint>,
        delivered: &Delivered,
    ) -> Self {
        let keys = copies.iter().map(key).collect();
        let has =
            |copy: &ArchiveCopy| mail.is_some_and(|mail| delivered.has(mail, &key(copy), Instant::now()));
        let wanted =
            copies.into_iter().filter(|copy| copy.of.iter().any(|place| is_left(*place)) && !has(copy));
        Self { copies: wanted.collect(), keys }
    }

    /// Gives how many there are.
    pub(crate) fn len(&self) -> usize {
        self.copies.len()
    }

    /// Gives by what the copies are known, the unwanted ones too.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.keys.clone()
    }

    /// Takes every copy up to the point where its content is wanted, and gives the refusals with those whom they concern.
    pub(crate) async fn prepare(
        self,
        reinjector: &Reinjector,
        addressing: &Addressing,
    ) -> (Vec<PreparedCopy>, Vec<(Vec<usize>, Reply)>) {
        let (mut prepared, mut refused) = (Vec::new(), Vec::new());
        // NOTIFY=NEVER does not get through to a next hop without DSN: a copy that bounces behind it would tell the author.
        let nobody = (!reinjector.carries_dsn()).then(|| addressing.without_sender());
        for copy in self.copies {
            let transaction =
                nobody.as_ref().unwrap_or(addressing).transaction(vec![&copy.recipient], &copy.outgoing);
            let reply = match reinjector.prepare(&transaction).await {
                Ok(ready) => {
                    let key = key(&copy);
                    prepared.push(PreparedCopy {
                        of: copy.of,
                        key,
                        outgoing: copy.outgoing,
                        prepared: ready,
                    });
                    continue;
                }
                Err(Refusal::Mail(reply)) => reply,
                Err(Refusal::Recipients(replies)) => {
                    replies.into_iter().next().unwrap_or_else(Reply::local_error)
                }
            };
            refused.push((copy.of, not_taken(&reply)));
        }
        (prepared, refused)
    }
}

/// Names the copy apart from any recipient's own mail: no address begins with a space.
fn key(copy: &ArchiveCopy) -> String {
    let address = &copy.recipient.raw;
    match &copy.template {
        Some(template) => format!(" archive sealed {template:?} {address}"),
        None => format!(" archive clear {address}"),
    }
}

fn not_taken(reply: &Reply) -> Reply {
    let text = format!("The archive does not take its copy now: {}", reply.text());
    Reply::from_parts(451, reply.enhanced().or_else(|| Reply::local_error().enhanced()), &text)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::receive::Path;

    #[test]
    fn each_form_of_a_copy_is_known_by_itself() {
        let key = |template: Option<&str>, address: &str| {
            key(&ArchiveCopy {
                recipient: Path { raw: address.to_owned(), params: Vec::new() },
                of: vec![0],
                template: template.map(str::to_owned),
                outgoing: Outgoing::Mail(Bytes::new()),
            })
        };
        let keys = [
            key(None, "a@b.example"),
            key(None, "c@b.example"),
            key(Some("default"), "a@b.example"),
            key(Some("legal"), "a@b.example"),
            key(Some("legal\" a@b.example"), "a@b.example"),
        ];
        for (at, one) in keys.iter().enumerate() {
            assert!(one.starts_with(' ') && !keys[..at].contains(one), "{one}");
        }
    }
}
