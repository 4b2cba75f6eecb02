//! Readers who have proved their address.

use super::{
    Digest, State, StateError,
    engine::{on, within_reason},
    time,
};

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
        let insert = "INSERT INTO sessions (token, address, way, expires) VALUES ($1, $2, $3, $4)";
        within_reason(async {
            on!(&self.pool, pool => {
                sqlx::query(insert)
                    .bind(token.as_slice())
                    .bind(proved.address.as_slice())
                    .bind(proved.way.number())
                    .bind(time(expires))
                    .execute(pool)
                    .await
                    .map(drop)
            })?;
            Ok(())
        })
        .await
    }

    /// What the holder of the token has proved, if the session still lives.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, token: &Digest, now: u64) -> Result<Option<ProvedAddress>, StateError> {
        let select = "SELECT address, way FROM sessions WHERE token = $1 AND expires > $2";
        within_reason(async {
            let row: Option<(Vec<u8>, i64)> = on!(&self.pool, pool => {
                sqlx::query_as(select).bind(token.as_slice()).bind(time(now)).fetch_optional(pool).await
            })?;
            Ok(row.and_then(|(address, way)| {
                Some(ProvedAddress { address: address.try_into().ok()?, way: ProofWay::of_number(way)? })
            }))
        })
        .await
    }

    /// Ends the session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_session(&self, token: &Digest) -> Result<(), StateError> {
        let delete = "DELETE FROM sessions WHERE token = $1";
        within_reason(async {
            on!(&self.pool, pool => sqlx::query(delete).bind(token.as_slice()).execute(pool).await.map(drop))?;
            Ok(())
        })
        .await
    }
}
