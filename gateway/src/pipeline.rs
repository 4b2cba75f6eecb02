//! Carries one mail from the client to the next hop. Read this first.
//!
//! The gateway answers 250 only when the next hop has, and keeps nothing: whatever fails on the way becomes a 4xx or
//! 5xx, and the MTA still has the mail. A mail that policy wants sealed leaves in no other form, because
//! [`Planner::plan`] is the only maker of outgoing mails.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{Instant, timeout, timeout_at},
};
use tracing::warn;

use crate::{
    decide::VerifiedTls,
    deliver::{Addressing, all_or_none, for_each},
    delivered::{Delivered, Fingerprint},
    error::PlanError,
    mail_log::MailLog,
    milter::{Change, MailEditor, Mixed, Verdict},
    notice::{self, Notice},
    plan::{Plan, Planner, Surroundings},
    receive::{MailHandler, Received, Replies, ReplyMode},
    reinject::Reinjector,
    reply::Reply,
};

/// Mails up to this many bytes are planned where they are, if nothing has to look into them: handing them to another thread
/// costs as much as a good part of the work, which keeps no other session waiting for longer than a millisecond or so.
/// What stands in such a mail may unpack to many times its size.
const SMALL_MAIL: usize = 64 * 1024;

/// Carries mails: the gateway's steps in their order.
pub struct Pipeline {
    stages: ArcSwap<Stages>,
    delivered: Delivered,
    /// What senders are told is on its way beside the mails.
    notices: Mutex<JoinSet<()>>,
    /// As many mails are worked on as there are processors; the others wait, and hold no second copy of themselves.
    processors: Arc<Semaphore>,
}

/// What the settings make of the pipeline. Each mail keeps to those that it began with.
pub struct Stages {
    /// Says what goes out.
    pub planner: Planner,
    /// Hands it on.
    pub reinjector: Reinjector,
}

impl MailHandler for Pipeline {
    async fn carry(&self, mail: Received, mode: ReplyMode) -> Replies {
        let mut log = MailLog::new(&mail);
        let stages = self.stages();
        // Held until all that is made of the mail is gone.
        let _memory = Arc::clone(&mail.memory);
        let replies = match self.plan(&stages, &mail, mode, Mixed::Split).await {
            Ok((plan, fingerprint)) => {
                log.planned(&plan);
                self.deliver(&stages, Addressing::of(mail), plan, fingerprint, mode).await
            }
            Err(reply) => Replies::One(reply),
        };
        log.finish(&replies, mode);
        replies
    }

    fn carries_dsn(&self) -> bool {
        self.stages.load().reinjector.carries_dsn()
    }
}

impl MailEditor for Pipeline {
    async fn edit(&self, mail: Received, mixed: Mixed) -> Verdict {
        let mut log = MailLog::new(&mail);
        let stages = self.stages();
        // Held until all that is made of the mail is gone, or the MTA has it.
        let _memory = Arc::clone(&mail.memory);
        let verdict = match self.plan(&stages, &mail, ReplyMode::One, mixed).await {
            Ok((plan, fingerprint)) => {
                log.planned(&plan);
                self.split(&stages, Addressing::of(mail), plan, fingerprint).await
            }
            Err(reply) => Err(reply),
        };
        let reply = verdict.as_ref().err().cloned().unwrap_or_else(|| Reply::new(250, [2, 0, 0], "Ok"));
        log.finish(&Replies::One(reply), ReplyMode::One);
        verdict.map_or_else(Verdict::Refuse, Verdict::Accept)
    }
}

impl Pipeline {
    /// Puts the steps together.
    #[must_use]
    pub fn new(planner: Planner, reinjector: Reinjector) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            stages: ArcSwap::from_pointee(Stages { planner, reinjector }),
            delivered: Delivered::default(),
            notices: Mutex::default(),
            processors: Arc::new(Semaphore::new(processors)),
        }
    }

    /// The stages that the next mail goes through.
    #[must_use]
    pub fn stages(&self) -> Arc<Stages> {
        self.stages.load_full()
    }

    /// Takes other stages for the mails that begin from now on.
    pub fn replace(&self, stages: Stages) {
        self.stages.store(Arc::new(stages));
    }

    /// Parses, decides and seals.
    ///
    /// Takes the mail's fingerprint too, where it matters: some may get theirs now and others not, or it may be a retry.
    async fn plan(
        &self,
        stages: &Arc<Stages>,
        mail: &Received,
        mode: ReplyMode,
        mixed: Mixed,
    ) -> Result<(Plan, Option<Fingerprint>), Reply> {
        let tls = self.verified_tls(stages, mail).await?;
        let (has_one_reply, may_be_retry) = (mode == ReplyMode::One, !self.delivered.is_empty());
        let may_part = stages.reinjector.answers_for_each() && mail.recipients.len() > 1;
        let planned = self.work(stages, mail, move |stages, mail| {
            let mut surroundings = Surroundings { now: Timestamp::now(), rng: &mut rand::rng(), tls: &tls };
            let plan = stages.planner.plan(mail, mixed, &mut surroundings)?;
            let is_wanted = !plan.copies.is_empty()
                || (has_one_reply && (may_be_retry || may_part || plan.groups.len() > 1));
            Ok((plan, if is_wanted { Fingerprint::of(mail) } else { None }))
        });
        planned.await?.map_err(|error: PlanError| error.reply())
    }

    /// Finds out, if a rule asks for it, which recipients are reached over verified TLS only. What takes longer than half of
    /// the time that is left is not found out.
    async fn verified_tls(&self, stages: &Arc<Stages>, mail: &Received) -> Result<VerifiedTls, Reply> {
        let Some(reachability) = stages.planner.reachability().filter(|_| stages.planner.asks_for_tls())
        else {
            return Ok(VerifiedTls::default());
        };
        let domains =
            self.work(stages, mail, |stages, mail| stages.planner.domains_to_look_up(mail, Timestamp::now()));
        let domains = domains.await?.map_err(|error: PlanError| error.reply())?;
        let now = Instant::now();
        let half = mail.deadline.saturating_duration_since(now) / 2;
        Ok(reachability.among(domains, now + half).await.into_iter().collect())
    }

    /// Does work for the processor, on a thread of its own where it may be much. A panic there is a fault like any other.
    async fn work<T: Send + 'static>(
        &self,
        stages: &Arc<Stages>,
        mail: &Received,
        work: impl FnOnce(&Stages, &Received) -> T + Send + 'static,
    ) -> Result<T, Reply> {
        let permit = self.processor(mail.deadline).await?;
        let (stages, mail) = (Arc::clone(stages), mail.clone());
        let is_little = mail.mail.len() <= SMALL_MAIL && !stages.planner.looks_inside();
        let work = move || {
            // In here, as the work goes on even if nobody waits for it any more.
            let _permit = permit;
            work(&stages, &mail)
        };
        let done = if is_little {
            // Nothing of it is seen again after a panic.
            catch_unwind(AssertUnwindSafe(work)).ok()
        } else {
            tokio::task::spawn_blocking(work).await.ok()
        };
        done.ok_or_else(Reply::local_error)
    }

    /// Waits for a processor, but no longer than leaves half of the time to the next hop.
    async fn processor(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, Reply> {
        let waits = deadline.saturating_duration_since(Instant::now()) / 2;
        match timeout(waits, Arc::clone(&self.processors).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_closed)) => Err(Reply::local_error()),
            Err(_elapsed) => Err(Reply::new(451, [4, 3, 2], "Too many mails at a time, try again later")),
        }
    }

    /// Says what an MTA that holds the mail is to change in it, once all that it cannot give has been handed to the next hop.
    ///
    /// The mail itself becomes what the first group gets, which is sealed if any is: if a recipient of another one stays on
    /// it all the same, he gets too little, never too much.
    async fn split(
        &self,
        stages: &Arc<Stages>,
        addressing: Addressing,
        mut plan: Plan,
        fingerprint: Option<Fingerprint>,
    ) -> Result<Change, Reply> {
        let notices = std::mem::take(&mut plan.notices);
        let held = if plan.groups.is_empty() { None } else { Some(plan.groups.remove(0)) };
        let served = plan.groups.iter().flat_map(|group| group.recipients.clone()).collect();
        if !(plan.groups.is_empty() && plan.refused.is_empty() && plan.copies.is_empty()) {
            let (reinjector, delivered) = (&stages.reinjector, &self.delivered);
            let rest = held.as_ref().map(|group| group.recipients.as_slice()).unwrap_or_default();
            let reply = all_or_none(reinjector, &addressing, plan, rest, fingerprint, delivered).await;
            if !reply.is_success() {
                return Err(reply);
            }
        }
        self.tell(stages, &addressing, &notices, |_| true);
        Ok(Change { outgoing: held.map(|group| group.outgoing), served })
    }

    /// Hands the outgoing mails to the next hop. The mail itself is no longer needed but where it is passed on.
    async fn deliver(
        &self,
        stages: &Arc<Stages>,
        addressing: Addressing,
        mut plan: Plan,
        fingerprint: Option<Fingerprint>,
        mode: ReplyMode,
    ) -> Replies {
        let (reinjector, delivered) = (&stages.reinjector, &self.delivered);
        let notices = std::mem::take(&mut plan.notices);
        let replies = match mode {
            ReplyMode::One => {
                Replies::One(all_or_none(reinjector, &addressing, plan, &[], fingerprint, delivered).await)
            }
            ReplyMode::PerRecipient => {
                Replies::PerRecipient(for_each(reinjector, &addressing, plan, fingerprint, delivered).await)
            }
        };
        let has_it = |place: usize| match &replies {
            Replies::One(reply) => reply.is_success(),
            Replies::PerRecipient(replies) => replies.get(place).is_some_and(Reply::is_success),
        };
        self.tell(stages, &addressing, &notices, has_it);
        replies
    }

    /// Tells the sender what there is to tell about those who have the mail.
    fn tell(
        &self,
        stages: &Arc<Stages>,
        addressing: &Addressing,
        notices: &[Notice],
        has_it: impl Fn(usize) -> bool,
    ) {
        if notices.is_empty() {
            return;
        }
        let (client, recipients) = addressing.parties();
        let letters = notice::letters(notices, &recipients, has_it);
        // On its own, as the client must not wait for it: it would hand the mail in again.
        let stages = Arc::clone(stages);
        let mut under_way = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        while under_way.try_join_next().is_some() {}
        under_way.spawn(async move { notice::send(&stages.reinjector, &client, letters).await });
    }

    /// Waits until senders have been told what there is to tell, for no longer than this.
    pub async fn finish_notices(&self, deadline: Instant) {
        let mut under_way = std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner));
        let told = async { while under_way.join_next().await.is_some() {} };
        if timeout_at(deadline, told).await.is_err() {
            warn!(
                notices = under_way.len(),
                "notices to senders were cut off: they took longer than shutdown may"
            );
        }
    }
}
