//! Limits on requests for passcodes, counted in the database so that they hold for all portals that share it.
//!
//! A refused request is not counted: a limit wears off with time even while somebody keeps on asking, so nobody can
//! keep a recipient out for good.

use super::{
    Digest, State, StateError,
    engine::{Transaction, on, within_reason},
    time,
};

/// The window of limits that no setting is about, in seconds.
pub const HOUR: u64 = 3600;

/// At most `most` requests about `subject` in the window.
pub struct Limit {
    /// Keyed hash of what is limited.
    pub subject: Digest,
    /// Requests allowed.
    pub most: u32,
}

/// Whether a request is within its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is, and was counted.
    Within,
    /// It is not; the next has a chance after so many seconds.
    Over {
        /// Seconds until the oldest counted request leaves the window.
        wait: u64,
    },
}

impl State {
    /// Counts a request against all its limits, if it is within all of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_request(
        &self,
        limits: &[Limit],
        now: u64,
        window: u64,
    ) -> Result<Verdict, StateError> {
        within_reason(async {
            let subjects: Vec<&Digest> = limits.iter().map(|limit| &limit.subject).collect();
            let mut transaction = self.pool.begin_alone(&subjects).await?;
            let since = time(now.saturating_sub(window));
            let mut wait = None;
            for limit in limits {
                if let Some(at) = in_the_way(&mut transaction, limit, since).await? {
                    wait = wait.max(Some(u64::try_from(at - since).unwrap_or(0)));
                }
            }
            if let Some(wait) = wait {
                return Ok(Verdict::Over { wait });
            }
            for limit in limits {
                on!(&mut transaction, open => {
                    sqlx::query("INSERT INTO requests (subject, at) VALUES ($1, $2)")
                        .bind(limit.subject.as_slice())
                        .bind(time(now))
                        .execute(&mut **open)
                        .await
                        .map(drop)
                })?;
            }
            transaction.commit().await?;
            Ok(Verdict::Within)
        })
        .await
    }

    /// Whether as many requests have been counted as this limit allows; counts nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_used_up(&self, limit: &Limit, now: u64, window: u64) -> Result<bool, StateError> {
        within_reason(async {
            let mut transaction = self.pool.begin_alone(&[]).await?;
            let since = time(now.saturating_sub(window));
            Ok(in_the_way(&mut transaction, limit, since).await?.is_some())
        })
        .await
    }
}

/// When the request was that has to leave the window before another one fits in: the most-th newest.
pub(super) async fn in_the_way(
    transaction: &mut Transaction,
    limit: &Limit,
    since: i64,
) -> Result<Option<i64>, StateError> {
    let newest = "SELECT at FROM requests WHERE subject = $1 AND at > $2 ORDER BY at DESC LIMIT 1 OFFSET $3";
    Ok(on!(transaction, open => {
        sqlx::query_scalar(newest)
            .bind(limit.subject.as_slice())
            .bind(since)
            .bind(i64::from(limit.most.max(1)) - 1)
            .fetch_optional(&mut **open)
            .await
    })?)
}
