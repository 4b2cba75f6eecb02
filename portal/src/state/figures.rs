//! How the portal is used: a number for each day and kind.

use super::{
    State, StateError,
    engine::{Transaction, on, within_reason},
    time,
};
use crate::usage::Counts;

impl State {
    /// Adds to the numbers. All portals that share the database add to the same; always in the same order, so that none
    /// waits for another that waits for it.
    ///
    /// # Errors
    /// When the database fails; nothing is added then.
    pub async fn add_figures(&self, counts: &Counts) -> Result<(), StateError> {
        within_reason(async {
            let mut transaction = self.pool.begin_alone(&[]).await?;
            for ((day, kind), &count) in counts {
                add(&mut transaction, *day, kind, count).await?;
            }
            Ok(transaction.commit().await?)
        })
        .await
    }

    /// The numbers of this day and later ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn figures(&self, first: u64) -> Result<Counts, StateError> {
        let select = "SELECT day, kind, number FROM figures WHERE day >= $1";
        within_reason(async {
            let rows: Vec<(i64, String, i64)> =
                on!(&self.pool, pool => sqlx::query_as(select).bind(time(first)).fetch_all(pool).await)?;
            let count =
                |(day, kind, number)| Some(((u64::try_from(day).ok()?, kind), u64::try_from(number).ok()?));
            Ok(rows.into_iter().filter_map(count).collect())
        })
        .await
    }

    /// Removes the numbers of earlier days than this.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_figures(&self, before: u64) -> Result<(), StateError> {
        within_reason(async {
            let Some(mut transaction) = self.pool.begin_clean_up().await? else { return Ok(()) };
            let delete = "DELETE FROM figures WHERE day < $1";
            on!(&mut transaction, open => {
                sqlx::query(delete).bind(time(before)).execute(&mut **open).await.map(drop)
            })?;
            Ok(transaction.commit().await?)
        })
        .await
    }
}

async fn add(transaction: &mut Transaction, day: u64, kind: &str, count: u64) -> Result<(), StateError> {
    let upsert = "INSERT INTO figures (day, kind, number) VALUES ($1, $2, $3) \
                  ON CONFLICT (day, kind) DO UPDATE SET number = figures.number + excluded.number";
    on!(transaction, open => {
        sqlx::query(upsert).bind(time(day)).bind(kind).bind(time(count)).execute(&mut **open).await.map(drop)
    })?;
    Ok(())
}
