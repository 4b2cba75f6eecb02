//! A portal with keys of its own, a clock that the test moves, and a gateway's sealer for it.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use rand::{SeedableRng as _, rngs::StdRng};
use sealpost_common::{
    grant::{Rights, SignIn, Terms, hash_message_id},
    keys::SigningKey,
    seal::{SealedEnvelope, Sealer},
};
use sealpost_portal::{
    config::Settings,
    keys,
    surroundings::{Clock, Surroundings},
};
use tokio::sync::oneshot;

use crate::{client::Browser, relay::Relay};

/// A moment in 2026.
pub(crate) const START: u64 = 1_795_000_000;

/// A clock that stands still until it is moved.
pub(crate) struct TestClock(AtomicU64);

impl TestClock {
    pub(crate) fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A running portal.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) relay: Relay,
    pub(crate) sealer: Sealer,
    pub(crate) directory: tempfile::TempDir,
    shutdown: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// A sealer that the site's settings don't know.
pub(crate) fn foreign_sealer(site_directory: &Path) -> Sealer {
    sealer_for(site_directory, 99)
}

/// A sealer with the signing key of this seed, for the site's opening key.
fn sealer_for(directory: &Path, seed: u64) -> Sealer {
    let files = keys::read_key_directory(&directory.join("keys")).unwrap();
    let signing = SigningKey::generate(&mut StdRng::seed_from_u64(seed));
    Sealer::new(signing, files[0].key.sealing_key(), None)
}

/// Writes settings and keys, and gives the sealer that they trust.
pub(crate) fn set_up(directory: &Path, relay: &str, extra: &str) -> Sealer {
    set_up_on(directory, relay, extra, &crate::database::settings())
}

/// The same with these lines of `[state]`.
fn set_up_on(directory: &Path, relay: &str, extra: &str, state: &str) -> Sealer {
    keys::add_opening_key(&directory.join("keys"), &Surroundings::real()).unwrap();
    keys::write_state_key(&directory.join("state.key"), &Surroundings::real()).unwrap();
    let secret = directory.join("client.secret");
    std::fs::write(&secret, "the-portals-own-secret\n").unwrap();
    std::fs::set_permissions(secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let verifying = SigningKey::generate(&mut StdRng::seed_from_u64(1)).verifying_key().to_text();
    let settings = format!(
        "[keys]\nopening_keys = 'keys'\nstate_key = 'state.key'\n\
         [[gateway]]\nverifying_key = '{verifying}'\ndomains = ['example.org']\n\
         [state]\n{state}[mail]\nrelay = '{relay}'\nfrom = 'Portal <portal@example.org>'\ntls = 'none'\n{extra}"
    );
    std::fs::write(directory.join("portal.toml"), settings).unwrap();
    sealer_for(directory, 1)
}

impl Site {
    pub(crate) fn start() -> Self {
        Self::start_with("[server]\npublic_url = 'http://ADDRESS'\n")
    }

    /// Starts with these settings besides those that every site has; must hold `[server]`.
    pub(crate) fn start_with(extra: &str) -> Self {
        Self::start_at(Relay::start(), extra)
    }

    /// Starts with this mail relay; `extra` goes on in the section `[mail]`.
    pub(crate) fn start_at(relay: Relay, extra: &str) -> Self {
        Self::start_on(relay, extra, &crate::database::settings())
    }

    /// Starts with these lines of `[state]`.
    pub(crate) fn start_on(relay: Relay, extra: &str, state: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let extra = extra.replace("ADDRESS", &address.to_string());
        let sealer = set_up_on(directory.path(), &relay.address.to_string(), &extra, state);
        let settings = Settings::load(&directory.path().join("portal.toml")).unwrap();
        let clock = Arc::new(TestClock(AtomicU64::new(START)));
        let surroundings = Surroundings { clock: clock.clone(), ..Surroundings::real() };
        let (shutdown, ended) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap()
                .block_on(async move {
                    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                    let ended = async { drop(ended.await) };
                    sealpost_portal::run(settings, surroundings, listener, ended).await.unwrap();
                });
        });
        Self { address, clock, relay, sealer, directory, shutdown: Some(shutdown), thread: Some(thread) }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// Seals the mail.
    pub(crate) fn seal(&self, mail: &str, terms: &Terms) -> SealedEnvelope {
        self.sealer.seal(mail.as_bytes(), terms, &mut rand::rng()).unwrap()
    }

    /// Seals the sample mail, and gives the text form.
    pub(crate) fn sample(&self, terms: &Terms) -> String {
        text(&self.seal(SAMPLE, terms))
    }

    /// Goes through the passcode for a single recipient; gives the browser signed in, and the page with the mail.
    pub(crate) fn sign_in(&self, envelope: &str) -> (Browser, crate::client::Answer) {
        let mut browser = self.browser();
        let mails = self.relay.count();
        let asked = browser.post("/passcode", &[("envelope", envelope.as_bytes())]);
        assert!(asked.asks_for_passcode());
        let passcode = self.relay.passcode(mails + 1);
        let page =
            browser.post("/read", &[("passcode", passcode.as_bytes()), ("envelope", envelope.as_bytes())]);
        (browser, page)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // The portal ends when its end of the channel is gone.
        drop(self.shutdown.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking());
        }
    }
}

/// Terms that allow everything, for these recipients.
pub(crate) fn terms(recipients: &[&str]) -> Terms {
    Terms {
        envelope_sender: Some("alice@example.org".to_owned()),
        author: Some("alice@example.org".to_owned()),
        recipients: recipients.iter().map(|&recipient| recipient.to_owned()).collect(),
        message_id_hash: Some(hash_message_id("sample@example.org")),
        created: START,
        expires: None,
        rights: Rights::all(),
        sign_in: SignIn::Any,
        brand: String::new(),
        language: String::new(),
    }
}

/// The text form of an envelope.
pub(crate) fn text(envelope: &SealedEnvelope) -> String {
    let mut out = Vec::new();
    envelope.write_text(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A mail with a text and an attachment of 300 bytes.
pub(crate) const SAMPLE: &str = "From: Alice <alice@example.org>\r\nTo: bob@example.net\r\nSubject: Quarterly lighthouse\r\n\
Message-ID: <sample@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe lamp turns at midnight, dear Bob.\r\n\
--b\r\nContent-Type: text/html; name=\"plan.html\"\r\nContent-Disposition: attachment; filename=\"plan.html\"\r\n\
Content-Transfer-Encoding: base64\r\n\r\nPGI+c2VjcmV0PC9iPjxzY3JpcHQ+YWxlcnQoMSk8L3NjcmlwdD4=\r\n--b--\r\n";

/// What is attached to it.
pub(crate) const SAMPLE_ATTACHMENT: &[u8] = b"<b>secret</b><script>alert(1)</script>";
