//! Passcodes that were asked for and not yet used.

use subtle::ConstantTimeEq as _;

use super::{Digest, State, StateError, time};

/// All that a passcode is good for: this browser, this envelope, this address. Keyed hashes.
#[derive(Clone, Copy)]
pub struct PasscodeBinding {
    /// The browser that asked.
    pub browser: Digest,
    /// The envelope that is to be read.
    pub envelope: Digest,
    /// The address that is to be proved.
    pub address: Digest,
}

/// A passcode to be kept.
pub struct NewPasscode {
    /// What it is good for.
    pub binding: PasscodeBinding,
    /// Keyed hash of binding and passcode.
    pub code: Digest,
    /// Wrong tries until it is void.
    pub tries: u32,
    /// When it is void.
    pub expires: u64,
}

impl State {
    /// Keeps a passcode.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_passcode(&self, new: &NewPasscode) -> Result<(), StateError> {
        sqlx::query(
            "INSERT INTO passcodes (browser, envelope, address, code, tries_left, expires) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(new.binding.browser.as_slice())
        .bind(new.binding.envelope.as_slice())
        .bind(new.binding.address.as_slice())
        .bind(new.code.as_slice())
        .bind(i64::from(new.tries))
        .bind(time(new.expires))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Uses up one try, and, if the code is that of a living passcode, all passcodes of the binding.
    ///
    /// Every living passcode of the binding is tried, as mails may arrive late or out of order; a wrong code costs
    /// each of them a try. The try is taken before the codes are compared, in one transaction, so that tries sent
    /// at the same time are all counted and no passcode works twice.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_passcode(
        &self,
        binding: &PasscodeBinding,
        code: &Digest,
        now: u64,
    ) -> Result<bool, StateError> {
        let mut transaction = self.pool.begin().await?;
        let living: Vec<(Vec<u8>,)> = sqlx::query_as(
            "UPDATE passcodes SET tries_left = tries_left - 1 \
             WHERE browser = ? AND envelope = ? AND address = ? AND expires > ? AND tries_left > 0 RETURNING code",
        )
        .bind(binding.browser.as_slice())
        .bind(binding.envelope.as_slice())
        .bind(binding.address.as_slice())
        .bind(time(now))
        .fetch_all(&mut *transaction)
        .await?;
        let right =
            living.iter().fold(subtle::Choice::from(0), |found, (kept,)| found | kept.ct_eq(code.as_slice()));
        if right.into() {
            sqlx::query("DELETE FROM passcodes WHERE browser = ? AND envelope = ? AND address = ?")
                .bind(binding.browser.as_slice())
                .bind(binding.envelope.as_slice())
                .bind(binding.address.as_slice())
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(right.into())
    }
}
