//! Sign-ins with a provider that have come to their end.

use super::{
    Digest, State, StateError,
    engine::{on, within_reason},
    time,
};

impl State {
    /// Ends a sign-in; says whether this was the first time. `expires` is when it is refused by its time anyway.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sign_in(&self, sign_in: &Digest, expires: u64) -> Result<bool, StateError> {
        let insert =
            "INSERT INTO ended_sign_ins (sign_in, expires) VALUES ($1, $2) ON CONFLICT (sign_in) DO NOTHING";
        within_reason(async {
            let added = on!(&self.pool, pool => {
                let insert = sqlx::query(insert).bind(sign_in.as_slice()).bind(time(expires));
                insert.execute(pool).await?.rows_affected()
            });
            Ok(added == 1)
        })
        .await
    }
}
