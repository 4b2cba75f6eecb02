//! Mails that may no longer be read.

use super::{State, StateError, time};

impl State {
    /// Makes a mail unreadable; false if it was already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke(&self, message_id_hash: &[u8; 32], now: u64) -> Result<bool, StateError> {
        let done =
            sqlx::query("INSERT INTO revocations (message_id, at) VALUES (?, ?) ON CONFLICT DO NOTHING")
                .bind(message_id_hash.as_slice())
                .bind(time(now))
                .execute(&self.pool)
                .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Makes a mail readable again; false if it was not revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn restore(&self, message_id_hash: &[u8; 32]) -> Result<bool, StateError> {
        let done = sqlx::query("DELETE FROM revocations WHERE message_id = ?")
            .bind(message_id_hash.as_slice())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Whether a mail may no longer be read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_revoked(&self, message_id_hash: &[u8; 32]) -> Result<bool, StateError> {
        let row: Option<(i64,)> = sqlx::query_as("SELECT 1 FROM revocations WHERE message_id = ?")
            .bind(message_id_hash.as_slice())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }
}
