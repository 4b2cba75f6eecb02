//! Carries one mail from the client to the next hop. Read this first.
//!
//! The gateway answers 250 only when the next hop has, and keeps nothing: whatever fails on the way becomes a 4xx or
//! 5xx, and the MTA still has the mail. A mail that policy wants sealed leaves in no other form, because
//! [`Planner::plan`] is the only maker of outgoing mails.

use std::{sync::Arc, time::Instant};

use jiff::Timestamp;
use tokio::sync::Semaphore;

use crate::{
    deliver::{Addressing, all_or_none, for_each},
    delivered::Delivered,
    mail_log::MailLog,
    plan::{Plan, Planner, Surroundings},
    receive::{MailHandler, Received, Replies, ReplyMode},
    reinject::Reinjector,
    reply::Reply,
};

/// Carries mails: the gateway's steps in their order.
pub struct Pipeline {
    planner: Arc<Planner>,
    reinjector: Reinjector,
    delivered: Delivered,
    /// As many mails are worked on as there are processors; the others wait, and hold no second copy of themselves.
    processors: Semaphore,
}

impl MailHandler for Pipeline {
    async fn carry(&self, mail: Received, mode: ReplyMode) -> Replies {
        let started = Instant::now();
        let mut log = MailLog::new(&mail);
        let replies = match self.plan(&mail).await {
            Ok(plan) => {
                log.planned(&plan);
                self.deliver(Addressing::of(mail), plan, mode).await
            }
            Err(reply) => Replies::One(reply),
        };
        log.finish(&replies, started.elapsed());
        replies
    }
}

impl Pipeline {
    /// Puts the steps together.
    #[must_use]
    pub fn new(planner: Planner, reinjector: Reinjector) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            planner: Arc::new(planner),
            reinjector,
            delivered: Delivered::default(),
            processors: Semaphore::new(processors),
        }
    }

    /// Parses, decides and seals on a thread of its own. A panic there is a fault like any other.
    async fn plan(&self, mail: &Received) -> Result<Plan, Reply> {
        let _permit = self.processors.acquire().await.map_err(|_closed| Reply::local_error())?;
        let (planner, mail) = (Arc::clone(&self.planner), mail.clone());
        let work = tokio::task::spawn_blocking(move || {
            planner.plan(&mail, &mut Surroundings { now: Timestamp::now(), rng: &mut rand::rng() })
        });
        match work.await {
            Ok(plan) => plan.map_err(|error| error.reply()),
            Err(_panic) => Err(Reply::local_error()),
        }
    }

    /// Hands the outgoing mails to the next hop. The mail itself is no longer needed but where it is passed on.
    async fn deliver(&self, addressing: Addressing, plan: Plan, mode: ReplyMode) -> Replies {
        match mode {
            ReplyMode::One => {
                Replies::One(all_or_none(&self.reinjector, &addressing, plan, &self.delivered).await)
            }
            ReplyMode::PerRecipient => {
                Replies::PerRecipient(for_each(&self.reinjector, &addressing, plan).await)
            }
        }
    }
}
