//! Browsers in which an address has been proved by passcode.

use super::{
    Digest, State, StateError,
    engine::{on, within_reason},
    time,
};

impl State {
    /// Remembers that the address was proved in the browser; again, if it was before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_known_browser(
        &self,
        browser: &Digest,
        address: &Digest,
        expires: u64,
    ) -> Result<(), StateError> {
        let insert = "INSERT INTO known_browsers (browser, address, expires) VALUES ($1, $2, $3) \
                      ON CONFLICT (browser, address) DO UPDATE SET expires = excluded.expires";
        within_reason(async {
            on!(&self.pool, pool => {
                sqlx::query(insert)
                    .bind(browser.as_slice())
                    .bind(address.as_slice())
                    .bind(time(expires))
                    .execute(pool)
                    .await
                    .map(drop)
            })?;
            Ok(())
        })
        .await
    }

    /// Whether the address has been proved in the browser, and that is still remembered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_known_browser(
        &self,
        browser: &Digest,
        address: &Digest,
        now: u64,
    ) -> Result<bool, StateError> {
        let select =
            "SELECT expires FROM known_browsers WHERE browser = $1 AND address = $2 AND expires > $3";
        within_reason(async {
            let row: Option<(i64,)> = on!(&self.pool, pool => {
                sqlx::query_as(select)
                    .bind(browser.as_slice())
                    .bind(address.as_slice())
                    .bind(time(now))
                    .fetch_optional(pool)
                    .await
            })?;
            Ok(row.is_some())
        })
        .await
    }
}
