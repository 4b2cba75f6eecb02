//! Readers who have proved their address.

use super::{Digest, State, StateError, time};

impl State {
    /// Keeps a session: who shows the token has proved the address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_session(
        &self,
        token: &Digest,
        address: &Digest,
        expires: u64,
    ) -> Result<(), StateError> {
        sqlx::query("INSERT INTO sessions (token, address, expires) VALUES (?, ?, ?)")
            .bind(token.as_slice())
            .bind(address.as_slice())
            .bind(time(expires))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The address that the holder of the token has proved, if the session still lives.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_address(&self, token: &Digest, now: u64) -> Result<Option<Digest>, StateError> {
        let row: Option<(Vec<u8>,)> =
            sqlx::query_as("SELECT address FROM sessions WHERE token = ? AND expires > ?")
                .bind(token.as_slice())
                .bind(time(now))
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.and_then(|(address,)| address.try_into().ok()))
    }

    /// Ends the session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_session(&self, token: &Digest) -> Result<(), StateError> {
        sqlx::query("DELETE FROM sessions WHERE token = ?")
            .bind(token.as_slice())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
