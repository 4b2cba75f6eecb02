//! Sign-ins with a provider that have come to their end.

use super::{Digest, State, StateError, time};

impl State {
    /// Ends a sign-in; says whether this was the first time. `expires` is when it is refused by its time anyway.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sign_in(&self, sign_in: &Digest, expires: u64) -> Result<bool, StateError> {
        let inserted = sqlx::query(
            "INSERT INTO ended_sign_ins (sign_in, expires) VALUES (?, ?) ON CONFLICT (sign_in) DO NOTHING",
        )
        .bind(sign_in.as_slice())
        .bind(time(expires))
        .execute(&self.pool)
        .await?;
        Ok(inserted.rows_affected() == 1)
    }
}
