//! Plans what goes out for a mail: parses it, decides for each recipient, seals, makes the carrier mail.
//!
//! All of it is work for the processor and nothing is sent, so that whatever goes wrong here goes wrong before anybody got
//! anything. Recipients with the same decision share one outgoing mail.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use jiff::Timestamp;
use rand::CryptoRng;
use tracing::error;

use crate::{
    carry::{Carrier, Ingredients, new_message_id, trace},
    config::{Brands, Languages, Portal, Settings},
    decide::{
        Decision, EditedMail, Edits, Explanation, Policy, Question, SealTemplate, Treatment, VerifiedTls,
        decide, domains_to_look_up, explain,
    },
    draft::Draft,
    error::{PlanError, causes},
    mark::Marker,
    metrics,
    milter::Mixed,
    notice::{Notice, may_be_told},
    parse::{HeaderSection, has_bare_newline},
    reachability::Reachability,
    receive::{Path, Received},
    reply::Reply,
    seal::{MailSealer, Subject},
    sign::Signers,
};

pub use crate::outgoing::Outgoing;

/// The most Received fields of a mail; one with more goes round in circles. Postfix stops at as many.
const MAX_HOPS: usize = 50;

/// The most Received fields of this gateway itself. A mail comes back when it is forwarded out again, which it is seldom twice.
const MAX_OWN_HOPS: usize = 4;

/// The name of the rule by which a carrier mail of our own goes on as it is.
const SEALED_HERE: &str = "sealed here already";

/// Everything that decides what goes out for a mail.
pub struct Planner {
    policy: Policy,
    sealer: MailSealer,
    marker: Marker,
    portal: Portal,
    brands: Brands,
    languages: Languages,
    signers: Signers,
    hostname: String,
    reachability: Option<Reachability>,
}

/// What goes out for a mail, and what does not.
pub struct Plan {
    /// The decision for each recipient, in their order.
    pub decisions: Vec<Decision>,
    /// The recipients for whom nothing goes out, by their place, with the reply that says why.
    pub refused: Vec<(usize, Reply)>,
    /// What goes out; sealed mails first.
    pub groups: Vec<Group>,
    /// Copies that go out besides. Recipients get theirs only when the copies of it are taken, too.
    pub copies: Vec<ArchiveCopy>,
    /// What the sender is told once recipients have the mail. Nothing fails when it does not get through.
    pub notices: Vec<Notice>,
    /// The Message-ID, the mail's own or the carrier mail's.
    pub message_id: String,
    /// How long it took.
    pub took: Took,
}

/// How long the parts of a plan took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Took {
    /// Parsing and deciding.
    pub decide: Duration,
    /// Sealing and making the carrier mail, if anybody gets it sealed.
    pub seal: Option<Duration>,
}

/// Recipients that get the same.
pub struct Group {
    /// Their places among the mail's recipients.
    pub recipients: Vec<usize>,
    /// What they get.
    pub outgoing: Outgoing,
}

/// A copy for the archive.
pub struct ArchiveCopy {
    /// The archive's address. Nobody is told when the copy is delivered, delayed or lost behind the next hop.
    pub recipient: Path,
    /// The recipients, by their place, for whose mail the policy wants the copy.
    pub of: Vec<usize>,
    /// The name of the template that it is sealed by; `None` for a copy in clear.
    pub template: Option<String>,
    /// What the archive gets.
    pub outgoing: Outgoing,
}

/// What a plan depends on besides the mail and the settings; tests fix it.
pub struct Surroundings<'a, R> {
    /// Now.
    pub now: Timestamp,
    /// Randomness for keys, IDs and boundaries.
    pub rng: &'a mut R,
    /// The domains known to be reached over verified TLS only, of those that [`Planner::domains_to_look_up`] names.
    pub tls: &'a VerifiedTls,
}

impl Planner {
    /// Takes what it needs of the settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            policy: settings.policy,
            marker: Marker::new(&settings.keys.signing),
            sealer: MailSealer::new(settings.keys, settings.sender_domains),
            portal: settings.portal,
            brands: settings.brands,
            languages: settings.languages,
            signers: settings.signers,
            hostname: settings.limits.hostname,
            reachability: settings.reachability,
        }
    }

    /// Explains the decision for each recipient.
    #[must_use]
    pub fn explain(&self, question: &Question<'_>) -> Vec<Explanation> {
        explain(&self.policy, question)
    }

    /// Says whether some rule asks over which ways recipients are reached. If none does, there is nothing to look up.
    #[must_use]
    pub fn asks_for_tls(&self) -> bool {
        self.policy.asks_for_tls()
    }

    /// Says whether some rule has mails looked into below their header section.
    #[must_use]
    pub fn looks_inside(&self) -> bool {
        self.policy.looks_inside()
    }

    /// What finds out about domains, if it is switched on. Nothing in here asks it.
    #[must_use]
    pub fn reachability(&self) -> Option<&Reachability> {
        self.reachability.as_ref()
    }

    /// Gives the domains, ASCII and lower-case, of which the decision for this mail depends on whether they are reached
    /// over verified TLS only.
    ///
    /// # Errors
    /// When there is no memory to decide about it now.
    pub fn domains_to_look_up(&self, received: &Received, now: Timestamp) -> Result<Vec<String>, PlanError> {
        if !self.asks_for_tls() {
            return Ok(Vec::new());
        }
        let header = HeaderSection::parse(&received.mail);
        let recipients = addresses(received);
        self.domains_in(&question(received, &header, &recipients, now, &VerifiedTls::default()))
    }

    /// The same for a question of which the answer to this is not yet a part.
    ///
    /// # Errors
    /// When there is no memory to decide about it now.
    pub fn domains_in(&self, question: &Question<'_>) -> Result<Vec<String>, PlanError> {
        if !self.asks_for_tls() {
            return Ok(Vec::new());
        }
        Ok(domains_to_look_up(&decide(&self.policy, question)?))
    }

    /// Makes the plan for a mail; `mixed` says whether recipients may get it in clear when others get it sealed.
    ///
    /// # Errors
    /// When the mail is taken for nobody, whoever its recipients are.
    pub fn plan<R: CryptoRng>(
        &self,
        received: &Received,
        mixed: Mixed,
        surroundings: &mut Surroundings<'_, R>,
    ) -> Result<Plan, PlanError> {
        let began = Instant::now();
        let header = HeaderSection::parse(&received.mail);
        if header.hops() > MAX_HOPS || own_hops(&header, &self.hostname) > MAX_OWN_HOPS {
            return Err(PlanError::Loop);
        }
        let recipients = addresses(received);
        let question = question(received, &header, &recipients, surroundings.now, surroundings.tls);
        let mut decisions = decide(&self.policy, &question)?;
        let is_own = self.marker.is_on(&received.mail, &header);
        if is_own {
            decisions.iter_mut().for_each(keep_sealed);
        } else if mixed == Mixed::Seal {
            seal_for_all(&mut decisions);
        }
        let message_id = self.message_id(&header, surroundings.rng);
        let decided = Instant::now();
        let took = Took { decide: decided.duration_since(began), seal: None };
        let mut draft = Draft::new(received, &header, &recipients, decisions, message_id, took);
        draft.is_own = is_own;
        draft.refuse_rejected();
        self.add_copies(&mut draft, surroundings);
        self.add_groups(&mut draft, surroundings);
        if draft.plan.envelope_ids().next().is_some() {
            draft.plan.took.seal = Some(decided.elapsed());
        }
        self.add_notices(&mut draft, surroundings.now);
        Ok(draft.plan)
    }

    /// Makes what recipients get: one outgoing mail for all whose decisions say the same.
    fn add_groups<R: CryptoRng>(&self, draft: &mut Draft<'_>, surroundings: &mut Surroundings<'_, R>) {
        for (places, decision) in draft.groups() {
            let outgoing = match &decision.treatment {
                Treatment::Pass if draft.is_own => self.pass_own(&draft.received.mail, surroundings.now),
                Treatment::Pass => self.pass(draft, &decision.edits, surroundings.now),
                Treatment::Seal(template) => {
                    let recipients = places.iter().filter_map(|place| draft.recipients.get(*place).copied());
                    self.seal_for(
                        draft,
                        &recipients.collect::<Vec<_>>(),
                        (template, &decision.edits),
                        surroundings,
                    )
                }
                Treatment::Reject(_) => continue,
            };
            match outgoing {
                Ok(outgoing) => draft.plan.groups.push(Group { recipients: places, outgoing }),
                Err(error) => draft.refuse(&places, &error),
            }
        }
    }

    /// Hands on the mail, signed if it was changed and there is a key for that.
    fn pass(&self, draft: &Draft<'_>, edits: &Edits, now: Timestamp) -> Result<Outgoing, PlanError> {
        let mut outgoing = Outgoing::pass(&draft.received.mail, draft.header, edits)?;
        if let Outgoing::Edited(mail) = &mut outgoing {
            self.signers.sign_edited(mail, now)?;
        }
        Ok(outgoing)
    }

    /// Makes the copies for archives. A recipient whose mail cannot be copied as it has to be does not get it.
    fn add_copies<R: CryptoRng>(&self, draft: &mut Draft<'_>, surroundings: &mut Surroundings<'_, R>) {
        for (archive, of) in draft.archives() {
            let address = archive.address.as_str();
            let outgoing = match &archive.sealed {
                None => Outgoing::pass(&draft.received.mail, draft.header, &Edits::default()),
                Some(template) => {
                    self.seal_for(draft, &[address], (template, &Edits::default()), surroundings)
                }
            };
            let recipient = Path { raw: address.to_owned(), params: vec!["NOTIFY=NEVER".to_owned()] };
            let template = archive.sealed.as_ref().map(|template| template.name.clone());
            match outgoing {
                Ok(outgoing) => draft.plan.copies.push(ArchiveCopy { recipient, of, template, outgoing }),
                Err(error) => draft.refuse(&of, &error),
            }
        }
    }

    fn seal_for<R: CryptoRng>(
        &self,
        draft: &Draft<'_>,
        recipients: &[&str],
        (template, edits): (&SealTemplate, &Edits),
        surroundings: &mut Surroundings<'_, R>,
    ) -> Result<Outgoing, PlanError> {
        let Draft { received, header, plan, .. } = draft;
        // One sealed form of the mail is counted since it came in.
        let is_another = plan.envelope_ids().next().is_some();
        if is_another && !received.memory.grow_by(received.mail.len()) {
            return Err(PlanError::NoMemory);
        }
        let sealing = Sealing {
            sender: &received.sender.raw,
            recipients,
            message_id: &plan.message_id,
            template,
            edits,
        };
        let carrier = self.seal_by(&received.mail, header, sealing, surroundings);
        let carrier = carrier.inspect_err(|error| {
            metrics::sealing_failed();
            // What the client is told names no fault within.
            if std::error::Error::source(error).is_some() {
                error!(cause = causes(error), "a mail was not sealed");
            }
        })?;
        Ok(Outgoing::Carrier(Box::new(carrier)))
    }

    /// Hands on a carrier mail of our own, with one more trace of ours. The mark does not cover its header section.
    fn pass_own(&self, mail: &Bytes, now: Timestamp) -> Result<Outgoing, PlanError> {
        if has_bare_newline(mail) {
            return Err(PlanError::BareNewline);
        }
        let head = trace(&self.hostname, now)?.into_bytes();
        Ok(Outgoing::Edited(EditedMail { head, rest: mail.clone() }))
    }

    /// Writes down what the sender is told, where he may be told anything.
    fn add_notices(&self, draft: &mut Draft<'_>, now: Timestamp) {
        let sender = &draft.received.sender.raw;
        let is_ours =
            |domain: &str| self.sealer.seals_for(domain) || self.policy.internal_domains.holds(domain);
        let mut notices: Vec<Notice> = Vec::new();
        for (place, decision) in draft.open_decisions() {
            for text in &decision.notices {
                match notices.iter_mut().find(|notice| notice.text == *text) {
                    Some(notice) => notice.about.push(place),
                    None => notices.push(Notice {
                        text: Arc::clone(text),
                        about: vec![place],
                        sender: sender.clone(),
                        message_id: draft.plan.message_id.clone(),
                        hostname: self.hostname.clone(),
                        now,
                    }),
                }
            }
        }
        if !notices.is_empty() && may_be_told(&draft.received.mail, draft.header, sender, is_ours) {
            draft.plan.notices = notices;
        }
    }

    /// Seals a mail for these recipients by the default template and makes the carrier mail.
    ///
    /// # Errors
    /// [`PlanError`] names the cause.
    pub fn seal<R: CryptoRng>(
        &self,
        mail: &[u8],
        header: &HeaderSection<'_>,
        (sender, recipients): (&str, &[&str]),
        surroundings: &mut Surroundings<'_, R>,
    ) -> Result<Carrier, PlanError> {
        let message_id = self.message_id(header, surroundings.rng);
        let sealing = Sealing {
            sender,
            recipients,
            message_id: &message_id,
            template: &self.policy.default_template,
            edits: &Edits::default(),
        };
        self.seal_by(mail, header, sealing, surroundings)
    }

    fn seal_by<R: CryptoRng>(
        &self,
        mail: &[u8],
        header: &HeaderSection<'_>,
        sealing: Sealing<'_>,
        surroundings: &mut Surroundings<'_, R>,
    ) -> Result<Carrier, PlanError> {
        let Sealing { sender, recipients, message_id, template, edits } = sealing;
        let now = u64::try_from(surroundings.now.as_second()).unwrap_or_default();
        let language = self.languages.choose(&template.envelope.language, recipients);
        let settings = &template.envelope;
        let subject = Subject { mail, header, message_id, sender, recipients, now, settings, language };
        let envelope = self.sealer.seal(subject, surroundings.rng)?;
        let ingredients = Ingredients {
            header,
            sender,
            message_id,
            subject: template.subject.as_deref().or(edits.subject.as_deref()),
            portal: &self.portal,
            look: self.brands.look(&settings.brand, language),
            form: template.form,
            hostname: &self.hostname,
            now: surroundings.now,
        };
        let mut carrier = Carrier::new(envelope, ingredients, surroundings.rng)?;
        self.marker.mark(&mut carrier);
        if !edits.is_empty() {
            carrier.edit_header_section(|section| edits.apply_to_fields(section));
        }
        self.signers.sign_carrier(&mut carrier, surroundings.now)?;
        Ok(carrier)
    }

    /// Gives the Message-ID under which a mail is sealed: its own or a new one.
    fn message_id(&self, header: &HeaderSection<'_>, rng: &mut impl CryptoRng) -> String {
        header.message_id().unwrap_or_else(|| new_message_id(&self.hostname, rng))
    }
}

/// For whom a mail is sealed, and how.
#[derive(Clone, Copy)]
struct Sealing<'a> {
    /// The envelope sender, empty for the null sender.
    sender: &'a str,
    /// The envelope recipients that get it sealed.
    recipients: &'a [&'a str],
    /// The Message-ID of the carrier mail.
    message_id: &'a str,
    template: &'a SealTemplate,
    /// What changes in the carrier mail's header section.
    edits: &'a Edits,
}

impl Plan {
    /// Gives the IDs of the envelopes that go out, which the portal's log has too.
    pub fn envelope_ids(&self) -> impl Iterator<Item = String> {
        let outgoing = self.groups.iter().map(|group| &group.outgoing);
        outgoing.chain(self.copies.iter().map(|copy| &copy.outgoing)).filter_map(|outgoing| match outgoing {
            Outgoing::Mail(_) | Outgoing::Edited(_) => None,
            Outgoing::Carrier(carrier) => Some(carrier.envelope_id().to_string()),
        })
    }
}

/// Counts the hops that were this gateway.
fn own_hops(header: &HeaderSection<'_>, hostname: &str) -> usize {
    let own = format!("by {hostname} (Sealpost)");
    header
        .named("Received")
        .filter(|field| field.value().trim_ascii_start().starts_with(own.as_bytes()))
        .count()
}

/// Lets a recipient of a mail that is sealed already have it as it is. Whom a rule rejects stays rejected.
fn keep_sealed(decision: &mut Decision) {
    if matches!(decision.treatment, Treatment::Seal(_)) {
        (decision.treatment, decision.rule, decision.edits) =
            (Treatment::Pass, SEALED_HERE.into(), Edits::default());
    }
}

/// Where a recipient gets the mail sealed, lets all have it sealed in the same way who would get it in clear.
fn seal_for_all(decisions: &mut [Decision]) {
    let sealed = decisions.iter().find(|decision| matches!(decision.treatment, Treatment::Seal(_)));
    let Some((treatment, edits)) = sealed.map(|found| (found.treatment.clone(), found.edits.clone())) else {
        return;
    };
    for decision in decisions.iter_mut().filter(|decision| decision.treatment == Treatment::Pass) {
        (decision.treatment, decision.edits) = (treatment.clone(), edits.clone());
        decision.rule = format!("{} (sealed with others)", decision.rule).into();
    }
}

fn addresses(received: &Received) -> Vec<&str> {
    received.recipients.iter().map(|path| path.raw.as_str()).collect()
}

fn question<'a>(
    received: &'a Received,
    header: &'a HeaderSection<'a>,
    recipients: &'a [&'a str],
    now: Timestamp,
    tls: &'a VerifiedTls,
) -> Question<'a> {
    let (mail, sender, memory) = (&received.mail, &received.sender.raw, &received.memory);
    Question { mail, header, sender, recipients, now, tls, memory }
}
