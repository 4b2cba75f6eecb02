//! Readers who have proved their address.

use super::{Digest, State, StateError, time};

/// How an address was proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofWay {
    /// By a one-time passcode mailed to it.
    Passcode,
    /// By signing in with a provider.
    Provider,
}

impl ProofWay {
    fn number(self) -> i64 {
        match self {
            Self::Passcode => 0,
            Self::Provider => 1,
        }
    }

    fn of_number(number: i64) -> Option<Self> {
        [Self::Passcode, Self::Provider].into_iter().find(|way| way.number() == number)
    }
}

/// What a session stands for.
pub struct ProvedAddress {
    /// Keyed hash of the address.
    pub address: Digest,
    /// How it was proved.
    pub way: ProofWay,
}

impl State {
    /// Keeps a session: who shows the token has proved the address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_session(
        &self,
        token: &Digest,
        proved: &ProvedAddress,
        expires: u64,
    ) -> Result<(), StateError> {
        sqlx::query("INSERT INTO sessions (token, address, way, expires) VALUES (?, ?, ?, ?)")
            .bind(token.as_slice())
            .bind(proved.address.as_slice())
            .bind(proved.way.number())
            .bind(time(expires))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// What the holder of the token has proved, if the session still lives.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, token: &Digest, now: u64) -> Result<Option<ProvedAddress>, StateError> {
        let row: Option<(Vec<u8>, i64)> =
            sqlx::query_as("SELECT address, way FROM sessions WHERE token = ? AND expires > ?")
                .bind(token.as_slice())
                .bind(time(now))
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.and_then(|(address, way)| {
            Some(ProvedAddress { address: address.try_into().ok()?, way: ProofWay::of_number(way)? })
        }))
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
