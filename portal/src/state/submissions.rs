//! Answers on their way to the gateway, so that none is sent twice: not by two portals, and not after one that was killed.
//!
//! Each has rows among the counted requests: that it was begun; and that it was sent, and what. What was begun and neither sent
//! nor given back in time is what a portal left that died: nobody knows whether it was sent. What the gateway got and said
//! nothing of is put down as begun that long ago.

use super::{
    Digest, Limit, State, StateError,
    engine::{Transaction, on, within_reason},
    limits::in_the_way,
    time,
};

/// One answer, as the state knows it.
#[derive(Clone, Copy)]
pub struct SubmissionKeys {
    /// Keyed hash under which it is begun.
    pub begun: Digest,
    /// Keyed hash under which it is sent.
    pub sent: Digest,
    /// Keyed hash of all that is in it.
    pub content: Digest,
}

/// For how long it is known how far an answer has come, in seconds.
#[derive(Clone, Copy)]
pub struct SubmissionTimes {
    /// After so many nobody sends it any more who has begun to.
    pub under_way: u64,
    /// For so many it is remembered that it was sent.
    pub sent: u64,
}

/// How far an answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nobody is sending it.
    Idle,
    /// Somebody has begun to send it, and may still be at it.
    UnderWay,
    /// Somebody has begun to send it, and is gone, or does not know what came of it.
    Unknown,
    /// It was sent.
    Sent,
    /// Another one was sent from the same page, which has been changed since.
    SentOther,
}

/// What came of sending an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was not sent, and may be tried again.
    NotSent,
    /// Nobody knows.
    Unknown,
    /// It was sent.
    Sent,
}

impl State {
    /// Begins to send an answer if nobody else has; gives how far it had come before. Of all who ask, one gets
    /// [`Progress::Idle`], and shall send it. So does one whose reader `is_warned` where others get [`Progress::Unknown`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_submission(
        &self,
        keys: &SubmissionKeys,
        now: u64,
        times: SubmissionTimes,
        is_warned: bool,
    ) -> Result<Progress, StateError> {
        within_reason(async {
            let mut transaction = self.pool.begin_alone(&[&keys.begun]).await?;
            let progress = match progress(&mut transaction, keys, now, times).await? {
                Progress::Unknown if is_warned => Progress::Idle,
                progress => progress,
            };
            if progress == Progress::Idle {
                forget(&mut transaction, &keys.begun).await?;
                add(&mut transaction, &keys.begun, now).await?;
            }
            transaction.commit().await?;
            Ok(progress)
        })
        .await
    }

    /// How far an answer has come; changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn submission(
        &self,
        keys: &SubmissionKeys,
        now: u64,
        times: SubmissionTimes,
    ) -> Result<Progress, StateError> {
        within_reason(async {
            let mut transaction = self.pool.begin_alone(&[&keys.begun]).await?;
            progress(&mut transaction, keys, now, times).await
        })
        .await
    }

    /// Remembers what came of sending an answer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_submission(
        &self,
        keys: &SubmissionKeys,
        now: u64,
        times: SubmissionTimes,
        ended: Ended,
    ) -> Result<(), StateError> {
        within_reason(async {
            let mut transaction = self.pool.begin_alone(&[&keys.begun]).await?;
            forget(&mut transaction, &keys.begun).await?;
            match ended {
                Ended::NotSent => {}
                Ended::Unknown => {
                    add(&mut transaction, &keys.begun, now.saturating_sub(times.under_way)).await?;
                }
                Ended::Sent => {
                    add(&mut transaction, &keys.sent, now).await?;
                    add(&mut transaction, &keys.content, now).await?;
                }
            }
            Ok(transaction.commit().await?)
        })
        .await
    }
}

async fn progress(
    transaction: &mut Transaction,
    keys: &SubmissionKeys,
    now: u64,
    times: SubmissionTimes,
) -> Result<Progress, StateError> {
    let since = |seconds| time(now.saturating_sub(seconds));
    let once = |subject| Limit { subject, most: 1 };
    if in_the_way(transaction, &once(keys.sent), since(times.sent)).await?.is_some() {
        let same = in_the_way(transaction, &once(keys.content), since(times.sent)).await?;
        return Ok(if same.is_some() { Progress::Sent } else { Progress::SentOther });
    }
    Ok(match in_the_way(transaction, &once(keys.begun), i64::MIN).await? {
        Some(at) if at > since(times.under_way) => Progress::UnderWay,
        Some(_) => Progress::Unknown,
        None => Progress::Idle,
    })
}

async fn add(transaction: &mut Transaction, subject: &Digest, now: u64) -> Result<(), StateError> {
    on!(transaction, open => {
        sqlx::query("INSERT INTO requests (subject, at) VALUES ($1, $2)")
            .bind(subject.as_slice())
            .bind(time(now))
            .execute(&mut **open)
            .await
            .map(drop)
    })?;
    Ok(())
}

async fn forget(transaction: &mut Transaction, subject: &Digest) -> Result<(), StateError> {
    on!(transaction, open => {
        sqlx::query("DELETE FROM requests WHERE subject = $1")
            .bind(subject.as_slice())
            .execute(&mut **open)
            .await
            .map(drop)
    })?;
    Ok(())
}
