//! Finds out to whom an answer goes: from the opened mail's own header section and the settings, never from the form alone.
//!
//! The recipients that the envelope names are not looked at: among them are those whom the sender kept from each other (Bcc).

use std::collections::HashSet;

use sealpost_common::address::{Address, DomainPattern};
use thiserror::Error;

use crate::{
    authenticate::mailbox_name,
    receive::{MAX_CHOICES, Way},
    render::{self, Mailbox},
};

/// Somebody who writes or gets a mail. It has no `Debug` output, because that would hold the address.
#[derive(Clone, PartialEq, Eq)]
pub struct Party {
    /// The display name; may be empty.
    pub name: String,
    /// The address, its domain in ASCII; nothing in it can break out of a header field or an SMTP command.
    pub address: String,
}

impl Party {
    /// Takes an address, if it is one.
    #[must_use]
    pub fn new(name: &str, address: &str) -> Option<Self> {
        let address = Address::parse(address).ok()?;
        let domain = match address.domain() {
            literal if literal.starts_with('[') => literal.to_owned(),
            domain => idna::domain_to_ascii(domain).ok()?,
        };
        let address = format!("{}@{domain}", address.local());
        // What idna makes of a domain is a domain again, or nothing that is written to.
        Address::parse(&address).ok()?;
        Some(Self { name: name.to_owned(), address })
    }

    /// The name, or the address where there is none.
    #[must_use]
    pub fn called(&self) -> &str {
        if self.name.is_empty() { &self.address } else { &self.name }
    }

    fn of(mailbox: &Mailbox) -> Option<Self> {
        Self::new(&mailbox.name, &mailbox.address)
    }

    fn mailbox(&self) -> String {
        mailbox_name(&self.address)
    }

    fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// Who takes part in a mail, and whom the reader's answer goes to.
#[derive(Clone)]
pub struct Participants {
    /// The reader.
    pub reader: Party,
    /// To whom it goes.
    pub to: Vec<Party>,
    /// Who gets a copy.
    pub cc: Vec<Party>,
    /// All whom the header section names.
    named: Vec<Party>,
    /// Whether there are more of those to whom it goes than were read.
    pub cut: bool,
}

/// To whom readers may pass messages on.
#[derive(Debug, Clone, Copy)]
pub enum ForwardTo<'s> {
    /// To those whom the message names.
    Participants,
    /// To these domains, too.
    Domains(&'s [DomainPattern]),
    /// To anybody.
    Anyone,
}

/// What is wrong with addresses that the reader typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TypedFault {
    /// There is none.
    #[error("no address")]
    None,
    /// One is no address.
    #[error("no address is that")]
    NoAddress,
    /// One is of somebody to whom the message must not be passed on.
    #[error("not a permitted address")]
    NotAllowed,
}

impl Participants {
    /// Who takes part in a mail, seen by the reader who has proved `reader`; `None` if that is no address to write from.
    #[must_use]
    pub fn of(mail: &[u8], reader: &str, way: Way) -> Option<Self> {
        let me = mailbox_name(reader);
        let field = |name: &str| {
            let (mailboxes, cut) = render::mailboxes(mail, name);
            (mailboxes.iter().filter_map(Party::of).collect::<Vec<_>>(), cut)
        };
        let ((from, from_cut), (reply_to, reply_to_cut)) = (field("from"), field("reply-to"));
        let ((to, to_cut), (cc, cc_cut)) = (field("to"), field("cc"));
        let named: Vec<Party> = [&from, &reply_to, &to, &cc].into_iter().flatten().cloned().collect();
        let own = named.iter().find(|party| party.mailbox() == me && !party.name.is_empty());
        let reader = Party::new(own.map_or("", |party| &party.name), reader)?;
        // Of a field that was cut there may be nothing left that is an address.
        let author = if reply_to.is_empty() { from } else { reply_to };
        let author_cut = from_cut || reply_to_cut;
        let mut seen = HashSet::from([me]);
        let mut others = |parties: Vec<Party>| -> Vec<Party> {
            parties.into_iter().filter(|party| seen.insert(party.mailbox())).collect()
        };
        let (mut to, mut cc, cut) = match way {
            Way::Reply => match others(author) {
                // His own mail: its recipients are whom he wants.
                nobody if nobody.is_empty() => (others(to), Vec::new(), author_cut || to_cut),
                author => (author, Vec::new(), author_cut),
            },
            Way::ReplyAll => {
                let direct = others([author, to].concat());
                (direct, others(cc), author_cut || to_cut || cc_cut)
            }
            Way::Forward => (Vec::new(), Vec::new(), false),
        };
        if to.is_empty() {
            to = std::mem::take(&mut cc);
        }
        Some(Self { reader, to, cc, named, cut })
    }

    /// How many get the answer.
    #[must_use]
    pub fn count(&self) -> usize {
        self.to.len() + self.cc.len()
    }

    /// All whom it goes to.
    pub fn all(&self) -> impl Iterator<Item = &Party> {
        self.to.iter().chain(&self.cc)
    }

    /// Whom the reader can choose from without typing: all whom the mail names but himself, each once.
    #[must_use]
    pub fn others(&self) -> Vec<&Party> {
        let mut seen = HashSet::from([self.reader.mailbox()]);
        // What would be taken for several addresses can't be chosen.
        let is_one = |party: &&Party| split(&party.address).eq([party.address.as_str()]);
        self.named.iter().filter(is_one).filter(|party| seen.insert(party.mailbox())).collect()
    }

    /// The same, and whether each is among those who were chosen, where nobody else may be; empty where the reader types whom he
    /// wants, as there are others or too many of these.
    #[must_use]
    pub fn choices(&self, may: ForwardTo<'_>, chosen: &str) -> Vec<(&Party, bool)> {
        if !matches!(may, ForwardTo::Participants) {
            return Vec::new();
        }
        let others = self.others();
        if others.len() > MAX_CHOICES {
            return Vec::new();
        }
        let chosen: HashSet<String> = split(chosen).map(mailbox_name).collect();
        others.into_iter().map(|party| (party, chosen.contains(&party.mailbox()))).collect()
    }

    /// Whether there is anybody to whom the reader may pass the message on.
    #[must_use]
    pub fn can_pass_on(&self, may: ForwardTo<'_>) -> bool {
        !matches!(may, ForwardTo::Participants) || !self.others().is_empty()
    }

    /// Takes those whom the reader typed as recipients, if all of them may be.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn pass_on_to(&mut self, typed: &str, may: ForwardTo<'_>) -> Result<(), TypedFault> {
        let known: HashSet<String> = self.named.iter().chain([&self.reader]).map(Party::mailbox).collect();
        let mut seen = HashSet::new();
        let mut to = Vec::new();
        for address in split(typed) {
            let party = Party::new("", address).ok_or(TypedFault::NoAddress)?;
            let allowed = known.contains(&party.mailbox())
                || match may {
                    ForwardTo::Participants => false,
                    ForwardTo::Domains(domains) => {
                        domains.iter().any(|domain| domain.matches(party.domain()))
                    }
                    ForwardTo::Anyone => true,
                };
            if !allowed {
                return Err(TypedFault::NotAllowed);
            }
            if seen.insert(party.mailbox()) {
                to.push(party);
            }
        }
        if to.is_empty() {
            return Err(TypedFault::None);
        }
        self.to = to;
        Ok(())
    }

    /// All whom it is sent to, the reader with them if he wants a copy; each once.
    #[must_use]
    pub fn envelope(&self, copy: bool) -> Vec<&Party> {
        let mut seen = HashSet::new();
        let own = copy.then_some(&self.reader);
        self.all().chain(own).filter(|party| seen.insert(party.mailbox())).collect()
    }
}

/// The addresses in what was typed: between commas, semicolons or line ends, in angle brackets behind a name or alone.
fn split(typed: &str) -> impl Iterator<Item = &str> {
    typed.split([',', ';', '\n', '\r']).filter(|text| !text.trim().is_empty()).map(without_name)
}

fn without_name(typed: &str) -> &str {
    let typed = typed.trim();
    let bracketed = typed.strip_suffix('>').and_then(|rest| rest.rsplit_once('<'));
    bracketed.map_or(typed, |(_, address)| address.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From: Alice <alice@example.org>\r\nTo: \"Bob B\" <Bob@Example.net>, Carol <carol@example.com>,\r\n \
        broken, <bad one@x>\r\nCc: dave@bücher.example, alice@example.org\r\nBcc: secret@example.net\r\n\r\n";

    fn list(parties: &[Party]) -> String {
        parties.iter().map(|party| party.address.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn who_gets_an_answer() {
        let own = MAIL.replace("From: Alice <alice@example.org>", "From: bob@example.net");
        let answer = MAIL.replace("From: Alice", "Reply-To: erin@example.com\r\nFrom: Alice");
        let undisclosed = "From: alice@example.org\r\nTo: undisclosed-recipients:;\r\n\r\n";
        for (mail, reader, way, to, cc) in [
            (MAIL, "bob@example.net", Way::Reply, "alice@example.org", ""),
            (
                MAIL,
                "bob@example.net",
                Way::ReplyAll,
                "alice@example.org carol@example.com",
                "dave@xn--bcher-kva.example",
            ),
            (
                MAIL,
                "dave@xn--bcher-kva.example",
                Way::ReplyAll,
                "alice@example.org Bob@example.net carol@example.com",
                "",
            ),
            // A Bcc recipient: nobody learns of the others.
            (
                MAIL,
                "secret@example.net",
                Way::ReplyAll,
                "alice@example.org Bob@example.net carol@example.com",
                "dave@xn--bcher-kva.example",
            ),
            (&own, "bob@example.net", Way::Reply, "carol@example.com", ""),
            (&answer, "bob@example.net", Way::Reply, "erin@example.com", ""),
            (
                &answer,
                "bob@example.net",
                Way::ReplyAll,
                "erin@example.com carol@example.com",
                "dave@xn--bcher-kva.example alice@example.org",
            ),
            (undisclosed, "bob@example.net", Way::ReplyAll, "alice@example.org", ""),
            (MAIL, "bob@example.net", Way::Forward, "", ""),
            ("", "bob@example.net", Way::Reply, "", ""),
        ] {
            let found = Participants::of(mail.as_bytes(), reader, way).unwrap();
            assert_eq!(
                (list(&found.to).as_str(), list(&found.cc).as_str()),
                (to, cc),
                "{reader} {way:?}\n{mail}"
            );
        }
        let bob = Participants::of(MAIL.as_bytes(), "bob@example.net", Way::Reply).unwrap();
        assert_eq!((bob.reader.name.as_str(), bob.reader.address.as_str()), ("Bob B", "bob@example.net"));
        assert!(Participants::of(MAIL.as_bytes(), "no address", Way::Reply).is_none());
    }

    /// A field that is too long to be read whole is in the way of those answers only that would go to whom it names.
    #[test]
    fn a_long_field_is_in_the_way_of_who_answers_it() {
        let long = "somebody@example.org, ".repeat(4000);
        let [reply, all, forward] = [Way::Reply, Way::ReplyAll, Way::Forward];
        for (fields, cut) in [
            ("From: alice@example.org\r\nTo: bob@example.net\r\nCc: carol@example.com", vec![]),
            ("From: alice@example.org\r\nTo: LONG\r\nCc: LONG", vec![all]),
            ("From: alice@example.org\r\nTo: bob@example.net\r\nCc: LONG", vec![all]),
            ("From: bob@example.net\r\nTo: LONG", vec![reply, all]),
            ("From: bob@example.net\r\nTo: carol@example.com\r\nCc: LONG", vec![all]),
            ("From: LONG\r\nTo: bob@example.net", vec![reply, all]),
            ("From: alice@example.org\r\nReply-To: LONG", vec![reply, all]),
        ] {
            let mail = format!("{}\r\n\r\n", fields.replace("LONG", &long));
            for way in [reply, all, forward] {
                let found = Participants::of(mail.as_bytes(), "bob@example.net", way).unwrap();
                assert_eq!(found.cut, cut.contains(&way), "{fields} {way:?}");
            }
        }
    }

    #[test]
    fn whom_a_message_may_be_passed_on_to() {
        let inside = [
            DomainPattern::parse("example.org").unwrap(),
            DomainPattern::parse("xn--bcher-kva.example").unwrap(),
        ];
        let (some, domains, anyone) =
            (ForwardTo::Participants, ForwardTo::Domains(&inside), ForwardTo::Anyone);
        for (typed, may, expected) in [
            ("carol@example.com", some, Ok("carol@example.com")),
            (
                " Carol <CAROL@example.com>;\r\n alice@example.org, ,",
                some,
                Ok("CAROL@example.com alice@example.org"),
            ),
            ("erin@example.org", some, Err(TypedFault::NotAllowed)),
            ("erin@example.org", domains, Ok("erin@example.org")),
            ("erin@bücher.example", domains, Ok("erin@xn--bcher-kva.example")),
            ("carol@example.com", domains, Ok("carol@example.com")),
            ("erin@sub.example.org", domains, Err(TypedFault::NotAllowed)),
            ("eve@evil.example", domains, Err(TypedFault::NotAllowed)),
            ("secret@example.net", domains, Err(TypedFault::NotAllowed)),
            ("eve@evil.example, EVE@evil.example", anyone, Ok("eve@evil.example")),
            ("bob@example.net", some, Ok("bob@example.net")),
            ("", anyone, Err(TypedFault::None)),
            (" ;, \n", anyone, Err(TypedFault::None)),
            ("eve", anyone, Err(TypedFault::NoAddress)),
            ("eve@evil.example rcpt@x.example", anyone, Err(TypedFault::NoAddress)),
            ("eve@evil.example>\0", anyone, Err(TypedFault::NoAddress)),
            ("eve@evil.example\r\nBcc: x@y.example", anyone, Err(TypedFault::NoAddress)),
            ("<eve@evil.example> NOTIFY=NEVER", anyone, Err(TypedFault::NoAddress)),
        ] {
            let mut found = Participants::of(MAIL.as_bytes(), "bob@example.net", Way::Forward).unwrap();
            let outcome = found.pass_on_to(typed, may);
            assert_eq!(outcome.map(|()| list(&found.to)), expected.map(str::to_owned), "{typed:?}");
        }
    }

    #[test]
    fn who_can_be_chosen() {
        let bob = Participants::of(MAIL.as_bytes(), "bob@example.net", Way::Forward).unwrap();
        let names = |choices: Vec<(&Party, bool)>| {
            let marked = |(party, chosen): (&Party, bool)| {
                format!("{}{}", party.address, if chosen { "!" } else { "" })
            };
            choices.into_iter().map(marked).collect::<Vec<_>>().join(" ")
        };
        for (chosen, expected) in [
            ("", "alice@example.org carol@example.com dave@xn--bcher-kva.example"),
            (
                "eve@evil.example, bob@example.net",
                "alice@example.org carol@example.com dave@xn--bcher-kva.example",
            ),
            (
                "dave@bücher.example, Alice <ALICE@example.org>",
                "alice@example.org! carol@example.com dave@xn--bcher-kva.example!",
            ),
        ] {
            assert_eq!(names(bob.choices(ForwardTo::Participants, chosen)), expected, "{chosen}");
        }
        assert!(
            bob.choices(ForwardTo::Anyone, "").is_empty()
                && bob.choices(ForwardTo::Domains(&[]), "").is_empty()
        );
        let many: Vec<String> = (0..=MAX_CHOICES).map(|number| format!("a{number}@example.org")).collect();
        let many = many.join(", ");
        for (from, to, can_pass_on, choices) in [
            ("bob@example.net", "Bob <BOB@example.net>", false, ""),
            ("bob@example.net", "\"a,b\"@example.net", false, ""),
            ("bob@example.net", "carol@example.com", true, "carol@example.com"),
            ("bob@example.net", &many, true, ""),
        ] {
            let mail = format!("From: {from}\r\nTo: {to}\r\n\r\n");
            let found = Participants::of(mail.as_bytes(), "bob@example.net", Way::Forward).unwrap();
            assert_eq!(found.can_pass_on(ForwardTo::Participants), can_pass_on, "{to}");
            assert_eq!(names(found.choices(ForwardTo::Participants, "")), choices, "{to}");
            assert!(found.can_pass_on(ForwardTo::Anyone));
        }
    }

    #[test]
    fn a_copy_goes_to_the_reader_once() {
        let mut found = Participants::of(MAIL.as_bytes(), "bob@example.net", Way::Forward).unwrap();
        found.pass_on_to("Bob@example.net, carol@example.com", ForwardTo::Anyone).unwrap();
        let addresses =
            |copy| found.envelope(copy).iter().map(|party| party.address.clone()).collect::<Vec<_>>();
        assert_eq!(addresses(true), ["Bob@example.net", "carol@example.com"]);
        let reply = Participants::of(MAIL.as_bytes(), "bob@example.net", Way::Reply).unwrap();
        assert_eq!((reply.envelope(false).len(), reply.envelope(true).len()), (1, 2));
    }
}
