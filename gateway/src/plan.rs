//! Plans what goes out for a mail: parses it, decides for each recipient, seals, makes the carrier mail.
//!
//! All of it is work for the processor and nothing is sent, so that whatever goes wrong here goes wrong before anybody got
//! anything. Recipients with the same decision share one outgoing mail.

use bytes::Bytes;
use jiff::Timestamp;
use rand::CryptoRng;

use crate::{
    carry::{Carrier, Ingredients, Look, new_message_id},
    config::{CarrierSettings, Portal, Settings},
    decide::{Action, Decision, Policy, decide},
    error::PlanError,
    parse::{HeaderSection, has_bare_newline},
    receive::{Path, Received},
    reinject::{Content, Sink, WriteError},
    reply::Reply,
    seal::{MailSealer, Subject},
};

/// The most Received fields of a mail; one with more goes round in circles. Postfix stops at as many.
const MAX_HOPS: usize = 50;

/// Everything that decides what goes out for a mail.
pub struct Planner {
    policy: Policy,
    sealer: MailSealer,
    carrier: CarrierSettings,
    portal: Portal,
    look: Look,
    hostname: String,
}

/// What goes out for a mail, and what does not.
pub struct Plan {
    /// The decision for each recipient, in their order.
    pub decisions: Vec<Decision>,
    /// The recipients for whom nothing goes out, by their place, with the reply that says why.
    pub refused: Vec<(usize, Reply)>,
    /// What goes out; sealed mails first.
    pub groups: Vec<Group>,
    /// The Message-ID, the mail's own or the carrier mail's.
    pub message_id: String,
}

/// Recipients that get the same.
pub struct Group {
    /// Their places among the mail's recipients.
    pub recipients: Vec<usize>,
    /// What they get.
    pub outgoing: Outgoing,
}

/// A mail on its way out.
pub enum Outgoing {
    /// The mail as it came in.
    Mail(Bytes),
    /// The carrier mail with the sealed mail in it.
    Carrier(Box<Carrier>),
}

/// The time and the source of randomness, which tests fix.
pub struct Surroundings<'a, R> {
    /// Now.
    pub now: Timestamp,
    /// Randomness for keys, IDs and boundaries.
    pub rng: &'a mut R,
}

impl Planner {
    /// Takes what it needs of the settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let brand = settings.envelope.brand.clone();
        Self {
            policy: settings.policy,
            sealer: MailSealer::new(settings.keys, settings.sender_domains, settings.envelope),
            carrier: settings.carrier,
            portal: settings.portal,
            look: settings.brands.look(&brand).clone(),
            hostname: settings.limits.hostname,
        }
    }

    /// Decides for each recipient.
    #[must_use]
    pub fn decide(&self, header: &HeaderSection<'_>, sender: &str, recipients: &[&str]) -> Vec<Decision> {
        decide(&self.policy, header, sender, recipients)
    }

    /// Makes the plan for a mail.
    ///
    /// # Errors
    /// When the mail is taken for nobody, whoever its recipients are.
    pub fn plan<R: CryptoRng>(
        &self,
        received: &Received,
        surroundings: &mut Surroundings<'_, R>,
    ) -> Result<Plan, PlanError> {
        let header = HeaderSection::parse(&received.mail);
        if header.hops() > MAX_HOPS {
            return Err(PlanError::Loop);
        }
        let addresses: Vec<&str> = received.recipients.iter().map(|path| path.raw.as_str()).collect();
        let decisions = self.decide(&header, &received.sender.raw, &addresses);
        let message_id = self.message_id(&header, surroundings.rng);
        let mut plan = Plan { refused: Vec::new(), groups: Vec::new(), message_id, decisions };
        let places = |action| {
            let decisions = plan.decisions.iter().enumerate();
            decisions
                .filter(|(_, decision)| decision.action == action)
                .map(|(place, _)| place)
                .collect::<Vec<_>>()
        };
        let (sealed, passed) = (places(Action::Seal), places(Action::Pass));
        if !sealed.is_empty() {
            let recipients: Vec<&str> =
                sealed.iter().filter_map(|place| addresses.get(*place).copied()).collect();
            let sealing = Sealing {
                sender: &received.sender.raw,
                recipients: &recipients,
                message_id: &plan.message_id,
            };
            let carrier = self.seal(&received.mail, &header, sealing, surroundings);
            plan.add(sealed, carrier.map(|carrier| Outgoing::Carrier(Box::new(carrier))));
        }
        if !passed.is_empty() {
            plan.add(passed, pass(&received.mail));
        }
        plan.refuse_rejected();
        Ok(plan)
    }

    /// Seals a mail for these recipients and makes the carrier mail.
    ///
    /// # Errors
    /// [`PlanError`] names the cause.
    pub fn seal<R: CryptoRng>(
        &self,
        mail: &[u8],
        header: &HeaderSection<'_>,
        sealing: Sealing<'_>,
        surroundings: &mut Surroundings<'_, R>,
    ) -> Result<Carrier, PlanError> {
        let Sealing { sender, recipients, message_id } = sealing;
        let now = u64::try_from(surroundings.now.as_second()).unwrap_or_default();
        let subject = Subject { mail, header, message_id, sender, recipients, now };
        let envelope = self.sealer.seal(subject, surroundings.rng)?;
        let ingredients = Ingredients {
            header,
            sender,
            message_id,
            subject: self.carrier.subject.as_deref(),
            portal: &self.portal,
            look: &self.look,
            form: self.carrier.form,
            hostname: &self.hostname,
            now: surroundings.now,
        };
        Ok(Carrier::new(envelope, ingredients, surroundings.rng)?)
    }

    /// Gives the Message-ID under which a mail is sealed: its own or a new one.
    pub fn message_id(&self, header: &HeaderSection<'_>, rng: &mut impl CryptoRng) -> String {
        header.message_id().unwrap_or_else(|| new_message_id(&self.hostname, rng))
    }
}

/// For whom a mail is sealed, and under which Message-ID.
#[derive(Clone, Copy)]
pub struct Sealing<'a> {
    /// The envelope sender, empty for the null sender.
    pub sender: &'a str,
    /// The envelope recipients that get it sealed.
    pub recipients: &'a [&'a str],
    /// The Message-ID of the carrier mail.
    pub message_id: &'a str,
}

impl Plan {
    fn add(&mut self, recipients: Vec<usize>, outgoing: Result<Outgoing, PlanError>) {
        match outgoing {
            Ok(outgoing) => self.groups.push(Group { recipients, outgoing }),
            Err(error) => {
                let reply = error.reply();
                self.refused.extend(recipients.into_iter().map(|place| (place, reply.clone())));
            }
        }
    }

    fn refuse_rejected(&mut self) {
        for (place, decision) in self.decisions.iter().enumerate() {
            if decision.action == Action::Reject {
                self.refused.push((place, PlanError::Rejected(decision.rule.clone()).reply()));
            }
        }
    }
}

/// Hands on the mail as it is, if other programs cannot read two mails in it.
fn pass(mail: &Bytes) -> Result<Outgoing, PlanError> {
    if has_bare_newline(mail) { Err(PlanError::BareNewline) } else { Ok(Outgoing::Mail(mail.clone())) }
}

impl Outgoing {
    /// Gives the size in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "an empty mail is sent like any other")]
    pub fn len(&self) -> usize {
        match self {
            Self::Mail(mail) => mail.len(),
            Self::Carrier(carrier) => carrier.len(),
        }
    }

    /// Says whether there are bytes above 127.
    #[must_use]
    pub fn has_eight_bit(&self) -> bool {
        match self {
            Self::Mail(mail) => !mail.is_ascii(),
            Self::Carrier(carrier) => carrier.has_eight_bit_header(),
        }
    }

    /// Says whether the next hop has to take it as an internationalised mail: the client said that it is one, and it is not
    /// plain ASCII. Without the client's word 8-bit bytes in a header are just sent, as they always were.
    #[must_use]
    pub fn has_utf8_header(&self, sender: &Path) -> bool {
        sender.param("SMTPUTF8").is_some() && self.has_eight_bit()
    }
}

impl Content for Outgoing {
    async fn write_to(self, sink: &mut Sink<'_>) -> Result<(), WriteError> {
        match self {
            Self::Mail(mail) => mail.write_to(sink).await,
            Self::Carrier(carrier) => carrier.write_to(sink).await,
        }
    }
}
