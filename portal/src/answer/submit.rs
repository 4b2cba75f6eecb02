//! Hands an answer to the gateway, which seals it for everybody outside.
//!
//! To the gateway and to nobody else: what takes the mail must have announced that it seals, or nothing is said to it about
//! a mail. All recipients get it, or nobody.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use lettre::transport::smtp::{
    client::{AsyncSmtpConnection, TlsParameters},
    commands::{Data, Ehlo},
    extension::{ClientId, Extension},
};
use sealpost_common::answer::SEAL_KEYWORD;
use thiserror::Error;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

use super::participants::Party;
use crate::{
    config::{self, MailTls},
    mailer::hello_name,
};

/// Bytes of a mail that are made ready to be sent at once.
const PIECE_LEN: usize = 128 * 1024;
/// How long the relay may take to say farewell.
const FAREWELL: Duration = Duration::from_secs(5);

/// An answer could not be handed over. No message says anything of the mail: what the server says may name its recipients.
#[derive(Debug, Error)]
pub enum SubmitError {
    /// The relay can't be reached.
    #[error("the relay of [answer] can't be reached: {0}")]
    Connect(std::io::ErrorKind),
    /// What stands there is no gateway.
    #[error(
        "the relay of [answer] does not announce {SEAL_KEYWORD}: it is no listener of the gateway, so nothing was sent"
    )]
    NoGateway,
    /// The connection was to be encrypted, and can't be.
    #[error("the relay of [answer] can't be spoken to over TLS")]
    Tls,
    /// An address needs what the relay has not.
    #[error("the relay of [answer] does not take addresses outside ASCII")]
    Utf8,
    /// The relay did not answer in time.
    #[error("the relay of [answer] did not answer in time")]
    Timeout,
    /// The relay got all of the mail, and has not said whether it takes it.
    #[error("the relay of [answer] did not say whether it took an answer")]
    Unsure,
    /// The relay refuses it for now, or the connection broke.
    #[error("the relay of [answer] did not take an answer: {0}")]
    Transient(String),
    /// The relay refuses it for good.
    #[error("the relay of [answer] refused an answer: {0}")]
    Permanent(String),
}

impl SubmitError {
    /// Whether the mail was refused for what it is, so that trying again does not help.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Permanent(_) | Self::Utf8)
    }

    fn of(error: &lettre::transport::smtp::Error) -> Self {
        let said = error.status().map_or_else(|| "the connection broke".to_owned(), |code| code.to_string());
        if error.is_permanent() { Self::Permanent(said) } else { Self::Transient(said) }
    }
}

/// Where answers go, and under which name.
pub struct Relay<'s> {
    settings: &'s config::Answer,
    hello: ClientId,
}

impl<'s> Relay<'s> {
    /// The relay of the settings; `host` is the portal's own name.
    #[must_use]
    pub fn new(settings: &'s config::Answer, host: &str) -> Self {
        let hello = settings.hello.clone().unwrap_or_else(|| host.to_owned());
        Self { settings, hello: hello_name(hello) }
    }

    /// Hands over a mail.
    ///
    /// # Errors
    /// When it is not taken for all recipients, or nobody knows whether it is.
    pub async fn submit(&self, sender: &Party, recipients: &[Party], mail: &[u8]) -> Result<(), SubmitError> {
        let deadline = Instant::now() + Duration::from_secs(self.settings.timeout.max(1));
        let ready = timeout_at(deadline, self.connect_for(sender, recipients, mail)).await;
        let mut connection = ready.ok().ok_or(SubmitError::Timeout)??;
        // The library adds the line end that is taken off.
        let mail = mail.strip_suffix(b"\r\n").unwrap_or(mail);
        let is_whole = AtomicBool::new(false);
        let end = std::iter::from_fn(|| {
            is_whole.store(true, Ordering::Relaxed);
            None
        });
        let handed = timeout_at(deadline, connection.message_iter(mail.chunks(PIECE_LEN).chain(end))).await;
        // Without the line that ends it no mail is taken.
        let silence =
            |otherwise| if is_whole.load(Ordering::Relaxed) { SubmitError::Unsure } else { otherwise };
        match handed {
            Ok(Ok(_)) => {
                leave(connection);
                Ok(())
            }
            Ok(Err(error)) if error.status().is_none() => Err(silence(SubmitError::of(&error))),
            Ok(Err(error)) => {
                leave(connection);
                Err(SubmitError::of(&error))
            }
            Err(_) => Err(silence(SubmitError::Timeout)),
        }
    }

    /// Goes as far as the relay's word that it awaits the mail.
    async fn connect_for(
        &self,
        sender: &Party,
        recipients: &[Party],
        mail: &[u8],
    ) -> Result<AsyncSmtpConnection, SubmitError> {
        let mut connection = self.connect().await?;
        match self.announce(&mut connection, sender, recipients, mail).await {
            Ok(()) => Ok(connection),
            Err(error) => {
                leave(connection);
                Err(error)
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SubmitError> {
        let config::Answer { relay, tls, .. } = self.settings;
        let stream = TcpStream::connect((relay.host.as_str(), relay.port))
            .await
            .map_err(|error| SubmitError::Connect(error.kind()))?;
        // Each command is small, and waits for its answer.
        stream.set_nodelay(true).map_err(|error| SubmitError::Connect(error.kind()))?;
        let connected = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await;
        let mut connection = connected.map_err(|error| SubmitError::of(&error))?;
        let parameters = match tls {
            MailTls::None => None,
            MailTls::Opportunistic if !connection.can_starttls() => None,
            MailTls::Opportunistic => {
                Some(TlsParameters::builder(relay.host.clone()).dangerous_accept_invalid_certs(true).build())
            }
            MailTls::Required => Some(TlsParameters::new(relay.host.clone())),
        };
        if let Some(parameters) = parameters {
            let parameters = parameters.ok().ok_or(SubmitError::Tls)?;
            connection.starttls(parameters, &self.hello).await.ok().ok_or(SubmitError::Tls)?;
        }
        Ok(connection)
    }

    async fn announce(
        &self,
        connection: &mut AsyncSmtpConnection,
        sender: &Party,
        recipients: &[Party],
        mail: &[u8],
    ) -> Result<(), SubmitError> {
        // Once more, as the library keeps only the keywords that it knows; and after TLS has begun, if it has.
        let said = command(connection, Ehlo::new(self.hello.clone())).await?;
        let announces =
            |line: &str| line.split(' ').next().is_some_and(|word| word.eq_ignore_ascii_case(SEAL_KEYWORD));
        if !said.iter().skip(1).any(|line| announces(line)) {
            return Err(SubmitError::NoGateway);
        }
        let is_plain = mail.is_ascii() && recipients.iter().all(|party| party.address.is_ascii());
        if !is_plain && !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(SubmitError::Utf8);
        }
        let parameters = if is_plain { "" } else { " BODY=8BITMIME SMTPUTF8" };
        command(connection, format!("MAIL FROM:<{}> SIZE={}{parameters}\r\n", sender.address, mail.len()))
            .await?;
        for recipient in recipients {
            command(connection, format!("RCPT TO:<{}>\r\n", recipient.address)).await?;
        }
        command(connection, Data).await?;
        Ok(())
    }
}

/// Says farewell, which nobody waits for.
fn leave(mut connection: AsyncSmtpConnection) {
    tokio::spawn(async move { timeout(FAREWELL, connection.abort()).await });
}

/// Says a command, and gives the lines of the answer if that is a good one.
async fn command(
    connection: &mut AsyncSmtpConnection,
    said: impl std::fmt::Display,
) -> Result<Vec<String>, SubmitError> {
    let answer = connection.command(said).await.map_err(|error| SubmitError::of(&error))?;
    Ok(answer.message().map(str::to_owned).collect())
}
