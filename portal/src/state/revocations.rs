//! Mails that may no longer be read.

use super::{
    State, StateError,
    engine::{on, within_reason},
    time,
};

impl State {
    /// Makes a mail unreadable; false if it was already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke(&self, message_id_hash: &[u8; 32], now: u64) -> Result<bool, StateError> {
        let insert = "INSERT INTO revocations (message_id, at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        within_reason(async {
            let added = on!(&self.pool, pool => {
                let insert = sqlx::query(insert).bind(message_id_hash.as_slice()).bind(time(now));
                insert.execute(pool).await?.rows_affected()
            });
            Ok(added > 0)
        })
        .await
    }

    /// Makes a mail readable again; false if it was not revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn restore(&self, message_id_hash: &[u8; 32]) -> Result<bool, StateError> {
        let delete = "DELETE FROM revocations WHERE message_id = $1";
        within_reason(async {
            let removed = on!(&self.pool, pool => {
                let delete = sqlx::query(delete).bind(message_id_hash.as_slice());
                delete.execute(pool).await?.rows_affected()
            });
            Ok(removed > 0)
        })
        .await
    }

    /// Whether a mail may no longer be read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_revoked(&self, message_id_hash: &[u8; 32]) -> Result<bool, StateError> {
        let select = "SELECT at FROM revocations WHERE message_id = $1";
        within_reason(async {
            let at: Option<i64> = on!(&self.pool, pool => {
                sqlx::query_scalar(select).bind(message_id_hash.as_slice()).fetch_optional(pool).await
            })?;
            Ok(at.is_some())
        })
        .await
    }
}
