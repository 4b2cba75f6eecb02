//! Passcodes that were asked for and not yet used.

use subtle::ConstantTimeEq as _;

use super::{
    Digest, State, StateError,
    engine::{Transaction, on, within_reason},
    time,
};

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
        let insert = "INSERT INTO passcodes (browser, envelope, address, code, tries_left, expires) \
                      VALUES ($1, $2, $3, $4, $5, $6)";
        let add = async {
            on!(&self.pool, pool => {
                sqlx::query(insert)
                    .bind(new.binding.browser.as_slice())
                    .bind(new.binding.envelope.as_slice())
                    .bind(new.binding.address.as_slice())
                    .bind(new.code.as_slice())
                    .bind(i64::from(new.tries))
                    .bind(time(new.expires))
                    .execute(pool)
                    .await
                    .map(drop)
            })?;
            Ok(())
        };
        within_reason(add).await
    }

    /// Uses up one try, and, if the code is that of a living passcode, all passcodes of the binding.
    ///
    /// Every living passcode of the binding is tried, as mails may arrive late or out of order; a wrong code costs
    /// each of them a try. The try is taken before the codes are compared, in one transaction that keeps others off the
    /// binding, so that tries sent at the same time are all counted and no passcode works twice.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_passcode(
        &self,
        binding: &PasscodeBinding,
        code: &Digest,
        now: u64,
    ) -> Result<bool, StateError> {
        within_reason(async {
            let mut transaction = self.pool.begin_alone(&[&binding.browser]).await?;
            let living = take_try(&mut transaction, binding, now).await?;
            let right = living
                .iter()
                .fold(subtle::Choice::from(0), |found, kept| found | kept.ct_eq(code.as_slice()));
            if right.into() {
                remove_living(&mut transaction, binding, now).await?;
            }
            transaction.commit().await?;
            Ok(right.into())
        })
        .await
    }
}

/// Takes a try from every living passcode of the binding; gives their codes.
async fn take_try(
    transaction: &mut Transaction,
    binding: &PasscodeBinding,
    now: u64,
) -> Result<Vec<Vec<u8>>, StateError> {
    let update = "UPDATE passcodes SET tries_left = tries_left - 1 \
                  WHERE browser = $1 AND envelope = $2 AND address = $3 AND expires > $4 AND tries_left > 0 \
                  RETURNING code";
    Ok(on!(transaction, open => {
        sqlx::query_scalar(update)
            .bind(binding.browser.as_slice())
            .bind(binding.envelope.as_slice())
            .bind(binding.address.as_slice())
            .bind(time(now))
            .fetch_all(&mut **open)
            .await
    })?)
}

/// Removes the living passcodes of the binding; the others are left to the clean-up, which may be at them.
async fn remove_living(
    transaction: &mut Transaction,
    binding: &PasscodeBinding,
    now: u64,
) -> Result<(), StateError> {
    let delete =
        "DELETE FROM passcodes WHERE browser = $1 AND envelope = $2 AND address = $3 AND expires > $4";
    on!(transaction, open => {
        sqlx::query(delete)
            .bind(binding.browser.as_slice())
            .bind(binding.envelope.as_slice())
            .bind(binding.address.as_slice())
            .bind(time(now))
            .execute(&mut **open)
            .await
            .map(drop)
    })?;
    Ok(())
}
