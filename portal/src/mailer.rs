//! Sends the portal's own mails to the organisation's MTA.
//!
//! Mails are handed to one task in the background: how long the relay takes, or whether there was a mail to send at
//! all, must not show in the time that a page takes. The queue is bounded and in memory; a passcode that is lost in
//! a crash is asked for again.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use futures_util::StreamExt as _;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
    transport::smtp::{
        PoolConfig,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};
use thiserror::Error;
use tokio::{sync::mpsc, task::JoinHandle};
use zeroize::Zeroizing;

use crate::{
    config::{self, MailTls},
    surroundings::Clock,
    texts::Texts,
};

/// How long the relay may take to answer.
const RELAY_TIMEOUT: Duration = Duration::from_mins(1);

/// How often a mail is offered to a relay that fails, and how long between.
const ATTEMPTS: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];

/// Connections to the relay, and so mails on their way at the same time.
const AT_ONCE: usize = 4;

/// A mail could not be made or sent.
#[derive(Debug, Error)]
pub enum MailError {
    /// TLS can't be set up.
    #[error("TLS to the mail relay can't be set up: {0}")]
    Tls(#[source] lettre::transport::smtp::Error),
    /// The address can't stand in an SMTP command.
    #[error("the address can't be written to")]
    Address,
    /// The mail can't be built.
    #[error("the mail can't be built")]
    Build(#[from] lettre::error::Error),
    /// The relay refused it or did not answer.
    #[error("the relay did not take it")]
    Relay(#[source] lettre::transport::smtp::Error),
    /// The passcode in it has expired meanwhile.
    #[error("the relay could not be reached until the passcode had expired")]
    TooLate,
}

/// The queue is full.
#[derive(Debug, Error)]
#[error("too many mails wait for the relay")]
pub struct QueueFull;

/// What a passcode mail says.
pub struct PasscodeMail {
    /// The recipient, as the envelope names him.
    pub to: String,
    /// The passcode.
    pub passcode: Zeroizing<String>,
    /// What the page shows too, so that the reader finds the right mail.
    pub reference: String,
    /// Minutes that the passcode is good for.
    pub minutes: u64,
    /// Whether it stands in the subject, too.
    pub in_subject: bool,
    /// What it is written in.
    pub texts: Texts,
    /// Seconds since 1970.
    pub date: u64,
    /// When the passcode expires, in seconds since 1970.
    pub expires: u64,
    /// Random bytes for the Message-ID.
    pub id: [u8; 16],
}

/// The way to the background task.
#[derive(Clone)]
pub struct Mailer {
    /// `None` stands for no mail: it goes the same way, so that nobody can tell.
    queue: mpsc::Sender<Option<Box<PasscodeMail>>>,
}

impl Mailer {
    /// Starts the background task. It ends, its queue sent, once all `Mailer`s are dropped.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn start(
        settings: &config::Mail,
        host: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, JoinHandle<()>), MailError> {
        let (queue, waiting) = mpsc::channel(settings.queue.max(1));
        let postman = Postman {
            transport: transport(settings, host)?,
            from: settings.from.mailbox().clone(),
            host: host.to_owned(),
            clock,
            failed: AtomicU64::new(0),
        };
        let task = tokio::spawn(postman.work(waiting));
        Ok((Self { queue }, task))
    }

    /// Queues a mail, or no mail in just the same way.
    ///
    /// # Errors
    /// When the queue is full.
    pub fn send(&self, mail: Option<PasscodeMail>) -> Result<(), QueueFull> {
        self.queue.try_send(mail.map(Box::new)).ok().ok_or(QueueFull)
    }
}

/// The background task.
struct Postman {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    host: String,
    clock: Arc<dyn Clock>,
    /// How many mails the relay did not take since the start.
    failed: AtomicU64,
}

impl Postman {
    async fn work(self, waiting: mpsc::Receiver<Option<Box<PasscodeMail>>>) {
        let mails = futures_util::stream::unfold(waiting, |mut waiting| async {
            let mail = waiting.recv().await?;
            Some((mail, waiting))
        });
        // Some at a time: one that the relay defers must not hold up the others.
        mails.for_each_concurrent(AT_ONCE, |mail| self.send(mail)).await;
    }

    async fn send(&self, mail: Option<Box<PasscodeMail>>) {
        let Some(mail) = mail else { return };
        if let Err(error) = self.deliver(&mail).await {
            // The relay's words may quote the address: only the kind of failure is logged.
            let failed = self.failed.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::error!(cause = %error, failed, "a passcode could not be sent");
        }
    }

    async fn deliver(&self, mail: &PasscodeMail) -> Result<(), MailError> {
        let message = self.compose(mail)?;
        let mut last = self.attempt(mail, &message).await;
        for wait in ATTEMPTS {
            match &last {
                Err(MailError::Relay(error)) if !error.is_permanent() => tokio::time::sleep(wait).await,
                _ => break,
            }
            last = self.attempt(mail, &message).await;
        }
        last
    }

    /// Offers a mail to the relay, while there is any use in it: after an outage, those whose readers still wait come first.
    async fn attempt(&self, mail: &PasscodeMail, message: &Message) -> Result<(), MailError> {
        if self.clock.now() >= mail.expires {
            return Err(MailError::TooLate);
        }
        self.transport.send(message.clone()).await.map(drop).map_err(MailError::Relay)
    }

    fn compose(&self, mail: &PasscodeMail) -> Result<Message, MailError> {
        let date = UNIX_EPOCH + Duration::from_secs(mail.date);
        let id = format!("<{}@{}>", crate::text::to_base64url(&mail.id), self.host);
        let PasscodeMail { passcode, reference, minutes, texts, .. } = mail;
        // The passcode has a line of its own: whatever the encoding, it stays in one piece.
        let before = texts.get("passcode-mail-before");
        let after = texts.get("passcode-mail-after").with("reference", reference).with("minutes", minutes);
        let text = format!("{before}\n\n    {}\n\n{after}\n", passcode.as_str()).replace('\n', "\r\n");
        let subject = if mail.in_subject {
            texts
                .get("passcode-mail-subject-with")
                .with("reference", reference)
                .with("passcode", passcode.as_str())
        } else {
            texts.get("passcode-mail-subject").with("reference", reference)
        };
        let subject = subject.to_string();
        Ok(Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, recipient(&mail.to)?))
            .date(date)
            .message_id(Some(id))
            .subject(subject)
            .header(AutoSubmitted)
            .header(AutoResponseSuppress)
            .header(ContentType::TEXT_PLAIN)
            .body(text)?)
    }
}

/// The address in lettre's type. That refuses some which are in use (a local part of 65 bytes, dots in a row); those
/// are taken as they are, so long as they can't break out of an SMTP command or a header field.
fn recipient(address: &str) -> Result<Address, MailError> {
    if let Ok(address) = address.parse() {
        return Ok(address);
    }
    let (local, domain) = address.rsplit_once('@').ok_or(MailError::Address)?;
    let harmless = |part: &str| {
        !part.is_empty()
            && !part.contains(|c: char| c.is_control() || c.is_whitespace() || "<>()[]\\,;:\"@".contains(c))
    };
    if harmless(local) && harmless(domain) {
        Ok(Address::new_dangerous(local, domain))
    } else {
        Err(MailError::Address)
    }
}

fn transport(settings: &config::Mail, host: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
    let relay = &settings.relay.host;
    let tls = match settings.tls {
        MailTls::None => Tls::None,
        MailTls::Opportunistic => Tls::Opportunistic(
            // As an MTA does: against an eavesdropper any certificate helps; who needs more says "required".
            TlsParameters::builder(relay.clone())
                .dangerous_accept_invalid_certs(true)
                .build()
                .map_err(MailError::Tls)?,
        ),
        MailTls::Required => Tls::Required(TlsParameters::new(relay.clone()).map_err(MailError::Tls)?),
    };
    let hello = settings.hello.clone().unwrap_or_else(|| host.to_owned());
    Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(relay)
        .port(settings.relay.port)
        .tls(tls)
        .hello_name(hello_name(hello))
        .timeout(Some(RELAY_TIMEOUT))
        .pool_config(PoolConfig::new().min_idle(0).max_size(4).idle_timeout(Duration::from_secs(20)))
        .build())
}

/// The name for EHLO: a domain, or an address literal (RFC 5321, 4.1.3).
pub(crate) fn hello_name(name: String) -> ClientId {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    match bare.parse() {
        Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) => ClientId::Domain(name),
    }
}

/// `Auto-Submitted: auto-generated` (RFC 3834): nobody's vacation notice shall answer.
#[derive(Clone)]
struct AutoSubmitted;

/// `X-Auto-Response-Suppress: All`: what Exchange looks at instead.
#[derive(Clone)]
struct AutoResponseSuppress;

macro_rules! constant_header {
    ($type:ty, $name:literal, $value:literal) => {
        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Err("only written, never read".into())
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), $value.to_owned())
            }
        }
    };
}

constant_header!(AutoSubmitted, "Auto-Submitted", "auto-generated");
constant_header!(AutoResponseSuppress, "X-Auto-Response-Suppress", "All");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_addresses_are_written_to_and_broken_ones_refused() {
        for good in ["bob@example.org", "a..b@example.org", "\"a b\"@example.org", "jürgen@exämple.org"] {
            assert_eq!(recipient(good).unwrap().to_string(), good);
        }
        let long = format!("{}@example.org", "x".repeat(65));
        assert!(recipient(&long).is_ok());
        for bad in ["", "bob", "@", "a b@x", "a@x>\r\nDATA", "a@b@c d", "a@x\r\nRCPT TO:<y@z>"] {
            assert!(recipient(bad).is_err(), "{bad:?}");
        }
    }

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> u64 {
            43_200
        }
    }

    #[tokio::test]
    async fn a_passcode_that_has_expired_is_not_mailed() {
        let relay = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings =
            format!("relay = '{}'\nfrom = 'portal@example.org'\ntls = 'none'\n", relay.local_addr().unwrap());
        let (mailer, task) =
            Mailer::start(&toml::from_str(&settings).unwrap(), "portal.example.org", Arc::new(Noon)).unwrap();
        let mail = |expires| PasscodeMail {
            to: "bob@example.org".to_owned(),
            passcode: Zeroizing::new("12345678".to_owned()),
            reference: "AB12".to_owned(),
            minutes: 15,
            in_subject: false,
            texts: Texts::of(crate::language::Language::tagged("en").unwrap()),
            date: expires - 900,
            expires,
            id: [0; 16],
        };
        // Nobody has called at the relay by the time the first mailer is done.
        mailer.send(Some(mail(43_200))).unwrap();
        drop(mailer);
        task.await.unwrap();
        let (mailer, task) =
            Mailer::start(&toml::from_str(&settings).unwrap(), "portal.example.org", Arc::new(Noon)).unwrap();
        let none_came = tokio::time::timeout(Duration::ZERO, relay.accept()).await.is_err();
        assert!(none_came);
        mailer.send(Some(mail(43_201))).unwrap();
        relay.accept().await.unwrap();
        task.abort();
    }
}
