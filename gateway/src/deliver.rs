//! Hands all outgoing mails of one incoming mail to the next hop, in two phases, and answers for the recipients.
//!
//! Phase one takes each transaction up to the 354 of DATA, where nobody has anything yet; phase two sends the contents,
//! sealed mails first. All have their places at the next hop before the first begins. `gateway/README.md` says what the
//! client is told when some of it fails.

use std::time::Instant;

use tokio::time;

use crate::{
    copies::Copies,
    delivered::{Delivered, Fingerprint},
    plan::{Group, Outgoing, Plan},
    receive::{Client, Path, Received},
    reinject::{Prepared, Refusal, Reinjector, Transaction},
    reply::Reply,
};

/// The SMTP side of a mail, without its content.
pub(crate) struct Addressing {
    client: Client,
    sender: Path,
    recipients: Vec<Path>,
    deadline: time::Instant,
}

impl Addressing {
    /// Takes the SMTP side of a mail and lets go of the mail.
    pub(crate) fn of(received: Received) -> Self {
        let Received { client, sender, recipients, deadline, .. } = received;
        Self { client, sender, recipients, deadline }
    }

    /// Gives a transaction for one outgoing mail.
    pub(crate) fn transaction<'a>(
        &'a self,
        recipients: Vec<&'a Path>,
        outgoing: &Outgoing,
    ) -> Transaction<'a> {
        Transaction {
            client: &self.client,
            sender: &self.sender,
            recipients,
            size: Some(outgoing.len()),
            eight_bit: outgoing.has_eight_bit(),
            utf8_header: outgoing.has_utf8_header(&self.sender),
            deadline: self.deadline,
        }
    }

    /// Gives the same parties, but nobody to whom trouble with the mail is told.
    pub(crate) fn without_sender(&self) -> Self {
        let Self { client, sender, recipients, deadline } = self;
        let sender = Path { raw: String::new(), params: sender.params.clone() };
        Self { client: client.clone(), sender, recipients: recipients.clone(), deadline: *deadline }
    }

    fn transaction_of(&self, group: &Group) -> Transaction<'_> {
        let recipients = group.recipients.iter().filter_map(|place| self.recipients.get(*place));
        self.transaction(recipients.collect(), &group.outgoing)
    }

    /// Gives what telling the sender needs once the mail is delivered: who handed it in, and the recipients.
    pub(crate) fn parties(&self) -> (Client, Vec<String>) {
        (self.client.clone(), self.recipients.iter().map(|path| path.raw.clone()).collect())
    }

    fn address(&self, place: usize) -> &str {
        self.recipients.get(place).map_or("", |path| path.raw.as_str())
    }

    /// Leaves out the recipients who have the mail from an earlier try.
    fn leave_out(&self, recipients: &mut Vec<usize>, mail: Option<Fingerprint>, delivered: &Delivered) {
        if let Some(mail) = mail {
            recipients.retain(|place| !delivered.has(mail, self.address(*place), Instant::now()));
        }
    }

    /// Gives the first refusal, naming the recipient where it is not for all of the group.
    fn refusal(&self, group: &[usize], outcomes: &[Reply]) -> Option<Reply> {
        let (place, reply) = group.iter().zip(outcomes).find(|(_, reply)| !reply.is_success())?;
        let is_for_all = outcomes.iter().all(|outcome| outcome == reply);
        Some(if is_for_all { reply.clone() } else { self.about(*place, reply.clone()) })
    }

    /// Says whom a reply is about, where one reply stands for several recipients.
    fn about(&self, place: usize, reply: Reply) -> Reply {
        if self.recipients.len() == 1 {
            reply
        } else {
            reply.with_prefix(format!("<{}>:", self.address(place)))
        }
    }
}

/// Delivers with a reply for each recipient (LMTP): what fails for one is nothing to the others, but for those who share
/// an outgoing mail with one whose archive fails.
///
/// `mail` is what another try of the mail is known by, where archives have to be.
pub(crate) async fn for_each(
    reinjector: &Reinjector,
    addressing: &Addressing,
    mut plan: Plan,
    mail: Option<Fingerprint>,
    delivered: &Delivered,
) -> Vec<Reply> {
    // Whoever is forgotten below is told to try again.
    let mut replies = Outcomes(vec![Reply::local_error(); addressing.recipients.len()]);
    for (place, reply) in plan.refused {
        replies.set(&[place], &reply);
    }
    let is_left = |place| plan.groups.iter().any(|group| group.recipients.contains(&place));
    let copies = Copies::wanted(plan.copies, is_left, mail, delivered);
    let keys = copies.keys();
    let _places = match reinjector.reserve(copies.len() + plan.groups.len(), addressing.deadline).await {
        Ok(places) => places,
        Err(reply) => {
            plan.groups.iter().for_each(|group| replies.set(&group.recipients, &reply));
            return replies.0;
        }
    };
    let (copies, refused) = copies.prepare(reinjector, addressing).await;
    for (of, reply) in refused {
        replies.set(&of, &reply);
        plan.groups.iter_mut().for_each(|group| group.recipients.retain(|place| !of.contains(place)));
    }
    plan.groups.retain(|group| !group.recipients.is_empty());
    let mut prepared = Vec::new();
    for group in plan.groups {
        match reinjector.prepare(&addressing.transaction_of(&group)).await {
            Ok(ready) => prepared.push((group, ready)),
            Err(Refusal::Mail(reply)) => replies.set(&group.recipients, &reply),
            Err(Refusal::Recipients(each)) => replies.set_each(&group.recipients, each),
        }
    }
    for copy in copies {
        let is_concerned = |group: &Group| group.recipients.iter().any(|place| copy.of.contains(place));
        if !prepared.iter().any(|(group, _)| is_concerned(group)) {
            continue;
        }
        let of = copy.of.clone();
        if let Err(reply) = copy.commit(mail, delivered).await {
            // A transaction cannot lose one recipient any more: it is dropped as a whole, and so undone.
            let concerned =
                |(group, _): &mut (Group, Prepared)| group.recipients.iter().any(|place| of.contains(place));
            prepared.extract_if(.., concerned).for_each(|(group, _)| replies.set(&group.recipients, &reply));
        }
    }
    for (group, ready) in prepared {
        replies.set_each(&group.recipients, ready.commit(group.outgoing).await);
    }
    if let Some(mail) = mail.filter(|_| !replies.0.iter().any(Reply::is_transient)) {
        delivered.forget(mail, keys.iter().map(String::as_str));
    }
    replies.0
}

/// The reply for each recipient.
struct Outcomes(Vec<Reply>);

impl Outcomes {
    fn set(&mut self, places: &[usize], reply: &Reply) {
        self.set_each(places, std::iter::repeat_n(reply.clone(), places.len()));
    }

    fn set_each(&mut self, places: &[usize], replies: impl IntoIterator<Item = Reply>) {
        for (place, reply) in places.iter().zip(replies) {
            if let Some(slot) = self.0.get_mut(*place) {
                *slot = reply;
            }
        }
    }
}

/// Delivers with one reply for all recipients (SMTP): to all or to nobody, as far as that can be had.
///
/// `mail` is what another try of the mail is known by; without it nobody is left out or remembered. `held` are recipients who
/// get theirs by another way once this is done.
pub(crate) async fn all_or_none(
    reinjector: &Reinjector,
    addressing: &Addressing,
    mut plan: Plan,
    held: &[usize],
    mail: Option<Fingerprint>,
    delivered: &Delivered,
) -> Reply {
    if let Some((place, reply)) = plan.refused.into_iter().min_by_key(|(place, _)| *place) {
        return addressing.about(place, reply);
    }
    plan.groups.iter_mut().for_each(|group| addressing.leave_out(&mut group.recipients, mail, delivered));
    plan.groups.retain(|group| !group.recipients.is_empty());
    let is_left =
        |place| held.contains(&place) || plan.groups.iter().any(|group| group.recipients.contains(&place));
    let copies = Copies::wanted(plan.copies, is_left, mail, delivered);
    let keys = copies.keys();
    let _places = match reinjector.reserve(copies.len() + plan.groups.len(), addressing.deadline).await {
        Ok(places) => places,
        Err(reply) => return reply,
    };
    let (copies, refused) = copies.prepare(reinjector, addressing).await;
    if let Some((_, reply)) = refused.into_iter().next() {
        return reply;
    }
    let prepared = match prepare_all(reinjector, addressing, plan.groups).await {
        Ok(prepared) => prepared,
        Err(reply) => return reply,
    };
    for copy in copies {
        if let Err(reply) = copy.commit(mail, delivered).await {
            return reply;
        }
    }
    let mut last = Reply::new(250, [2, 0, 0], "All recipients had it already");
    for (group, ready) in prepared {
        let outcomes = ready.commit(group.outgoing).await;
        if let Some(mail) = mail {
            let had = group.recipients.iter().zip(&outcomes).filter(|(_, reply)| reply.is_success());
            let recipients = had.map(|(place, _)| addressing.address(*place));
            delivered.remember(mail, recipients, Instant::now());
        }
        if let Some(refusal) = addressing.refusal(&group.recipients, &outcomes) {
            // The transactions that are left are dropped, and so undone.
            return refusal;
        }
        last = outcomes.into_iter().next().unwrap_or(last);
    }
    if let Some(mail) = mail {
        let recipients = addressing.recipients.iter().map(|path| path.raw.as_str());
        delivered.forget(mail, recipients.chain(keys.iter().map(String::as_str)));
    }
    last
}

/// Prepares every transaction with every recipient, or gives the first refusal; what was prepared is then undone.
async fn prepare_all(
    reinjector: &Reinjector,
    addressing: &Addressing,
    groups: Vec<Group>,
) -> Result<Vec<(Group, Prepared)>, Reply> {
    let mut prepared = Vec::new();
    for group in groups {
        let replies = match reinjector.prepare(&addressing.transaction_of(&group)).await {
            Ok(ready) => {
                let replies = ready.recipients().to_vec();
                prepared.push((group, ready));
                replies
            }
            Err(Refusal::Mail(reply)) => return Err(reply),
            Err(Refusal::Recipients(replies)) => {
                let first = group.recipients.first().copied().unwrap_or_default();
                let reply = replies.into_iter().next().unwrap_or_else(Reply::local_error);
                return Err(addressing.about(first, reply));
            }
        };
        let places = prepared.last().map(|(group, _)| group.recipients.as_slice()).unwrap_or_default();
        if let Some((place, reply)) = places.iter().zip(replies).find(|(_, reply)| !reply.is_success()) {
            return Err(addressing.about(*place, reply));
        }
    }
    Ok(prepared)
}
