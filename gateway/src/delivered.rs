//! Remembers who already has a mail that failed for others, so that its next try does not reach him twice.
//!
//! Needed over SMTP only, where one reply stands for all recipients. It lives in memory: a restart between two tries
//! loses it, which costs a duplicate and never a mail. LMTP has no need of it.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};

use crate::{milter, parse::HeaderSection, receive::Received};

/// Recipients that are remembered at a time; the oldest go first.
const MAX_DELIVERIES: usize = 100_000;
/// How long one is remembered: as long as Postfix tries (`maximal_queue_lifetime`).
const MAX_AGE: Duration = Duration::from_hours(5 * 24);

/// What a mail is known by when it comes again.
#[derive(Clone, Copy)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Takes a mail's envelope sender, the MTA's queue ID, and its bytes behind the fields that a new try may add in
    /// front. It reads the whole mail.
    ///
    /// A mail with neither queue ID nor Message-ID has none: it may be another one that says the same again, and who is
    /// left out of that has lost it.
    pub(crate) fn of(received: &Received) -> Option<Self> {
        let header = HeaderSection::parse(&received.mail);
        // A milter's client tries again, and each try of his has a queue ID of its own.
        let ident = received.client.ident().filter(|_| received.client.protocol != milter::PROTOCOL);
        if ident.is_none() && header.message_id().is_none() {
            return None;
        }
        let own = header.after_trace().and_then(|start| received.mail.get(start..)).unwrap_or(&received.mail);
        Some(Self(digest(&[received.sender.raw.as_bytes(), ident.unwrap_or_default().as_bytes(), own])))
    }
}

/// One mail for one recipient; a hash, so that each takes the same little room.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Delivery([u8; 32]);

impl Delivery {
    fn of(mail: Fingerprint, recipient: &str) -> Self {
        Self(digest(&[&mail.0, recipient.as_bytes()]))
    }
}

/// Hashes some texts, each with its length, so that no two lists of texts are the same.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Who already has which mail.
#[derive(Default)]
pub(crate) struct Delivered {
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    known: HashSet<Delivery>,
    /// When each was first remembered, oldest first.
    order: VecDeque<(Instant, Delivery)>,
}

impl Delivered {
    /// Says whether nothing is remembered, so that nothing has to be looked up.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().known.is_empty()
    }

    /// Remembers that these recipients have the mail.
    pub(crate) fn remember<'a>(
        &self,
        mail: Fingerprint,
        recipients: impl Iterator<Item = &'a str>,
        now: Instant,
    ) {
        let mut memory = self.lock();
        for recipient in recipients {
            let delivery = Delivery::of(mail, recipient);
            if memory.known.insert(delivery) {
                memory.order.push_back((now, delivery));
            }
        }
        memory.forget_old(now);
    }

    /// Says whether the recipient has the mail.
    #[must_use]
    pub(crate) fn has(&self, mail: Fingerprint, recipient: &str, now: Instant) -> bool {
        let mut memory = self.lock();
        memory.forget_old(now);
        memory.known.contains(&Delivery::of(mail, recipient))
    }

    /// Forgets these recipients, as nobody will try for them again. Others of the mail stay: the MTA hands a mail with
    /// many recipients in as several.
    pub(crate) fn forget<'a>(&self, mail: Fingerprint, recipients: impl Iterator<Item = &'a str>) {
        let mut memory = self.lock();
        let Memory { known, order } = &mut *memory;
        let before = known.len();
        for recipient in recipients {
            known.remove(&Delivery::of(mail, recipient));
        }
        if known.len() < before {
            order.retain(|(_, delivery)| known.contains(delivery));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        // Nothing in here can be left half done.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn forget_old(&mut self, now: Instant) {
        while let Some((since, delivery)) = self.order.front() {
            if self.order.len() <= MAX_DELIVERIES && now.saturating_duration_since(*since) < MAX_AGE {
                return;
            }
            self.known.remove(delivery);
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, sync::Arc};

    use bytes::Bytes;

    use super::*;
    use crate::receive::{Client, Path};

    fn mail(number: u8) -> Fingerprint {
        Fingerprint([number; 32])
    }

    fn fingerprint(mail: &str, ident: Option<&str>) -> Option<[u8; 32]> {
        let client = Client {
            ip: Ipv4Addr::LOCALHOST.into(),
            helo: "c.example".to_owned(),
            protocol: "ESMTP",
            xforward: ident.iter().map(|ident| format!("IDENT={ident}")).collect(),
            login: None,
        };
        let sender = Path { raw: "a@b.example".to_owned(), params: Vec::new() };
        let mail = Bytes::copy_from_slice(mail.as_bytes());
        Fingerprint::of(&Received {
            client,
            sender,
            recipients: Vec::new(),
            mail,
            memory: Arc::default(),
            receiving: Duration::ZERO,
            deadline: Instant::now().into(),
        })
        .map(|own| own.0)
    }

    #[test]
    fn remembers_for_a_while() {
        let (delivered, now) = (Delivered::default(), Instant::now());
        delivered.remember(mail(1), ["a", "b"].into_iter(), now);
        assert!(delivered.has(mail(1), "a", now) && delivered.has(mail(1), "b", now));
        assert!(!delivered.has(mail(1), "c", now) && !delivered.has(mail(2), "a", now));
        assert!(delivered.has(mail(1), "a", now + MAX_AGE / 2));
        assert!(!delivered.has(mail(1), "a", now + MAX_AGE));
        assert!(delivered.is_empty());
    }

    #[test]
    fn adds_to_what_it_knows_and_forgets_when_told() {
        let (delivered, now) = (Delivered::default(), Instant::now());
        delivered.remember(mail(1), ["a"].into_iter(), now);
        delivered.remember(mail(1), ["a", "b"].into_iter(), now);
        assert!(delivered.has(mail(1), "a", now) && delivered.has(mail(1), "b", now));
        delivered.forget(mail(1), ["a", "c"].into_iter());
        assert!(!delivered.has(mail(1), "a", now) && delivered.has(mail(1), "b", now));
        delivered.forget(mail(1), ["b"].into_iter());
        assert!(delivered.is_empty() && delivered.lock().order.is_empty());
    }

    #[test]
    fn is_bounded() {
        let (delivered, now) = (Delivered::default(), Instant::now());
        let recipients: Vec<String> = (0..MAX_DELIVERIES + 10).map(|number| number.to_string()).collect();
        delivered.remember(mail(1), recipients.iter().map(String::as_str), now);
        assert!(!delivered.has(mail(1), "0", now));
        assert!(delivered.has(mail(1), recipients.last().unwrap(), now));
        let memory = delivered.lock();
        assert_eq!((memory.known.len(), memory.order.len()), (MAX_DELIVERIES, MAX_DELIVERIES));
    }

    #[test]
    fn a_mail_is_known_again_and_no_other_one_is_taken_for_it() {
        let alert = "Subject: disk full\r\n\r\n";
        let retry = format!("Received: from a by b; now\r\n{alert}");
        assert_eq!(fingerprint(alert, Some("4D1A")), fingerprint(&retry, Some("4D1A")));
        assert_ne!(fingerprint(alert, Some("4D1A")), fingerprint(alert, Some("4D1B")));
        assert_eq!(fingerprint(alert, None), None, "the next alert reads the same and is another mail");
        assert_eq!(fingerprint(alert, Some("[UNAVAILABLE]")), None);
        assert!(fingerprint("Message-ID: <m1@b.example>\r\n\r\n", None).is_some());
    }
}
