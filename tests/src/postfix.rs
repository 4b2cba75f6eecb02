//! Runs a private Postfix: it takes mail on one port, filters it through the gateway with the settings of
//! `conf/postfix`, takes it back on another, and delivers it to Maildirs by virtual(8).
//!
//! Postfix needs root; nothing of the machine's own Postfix is read or written.

mod settings;

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::maildir::Maildir;
use crate::place::Folder;
use crate::process::{as_root, free_address, run, run_on, wait_until};

pub use settings::files;

/// What Postfix says when the time of a mail's file lies ahead of the clock.
const OF_CLOCK: [&str; 2] = ["warning: file system clock is ", "warning: resetting file time stamps "];

/// How Postfix hands a mail to the gateway: the ways of `conf/postfix/README.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Not at all: what Postfix does by itself, to compare with.
    None,
    /// After the queue, one reply for all recipients.
    Smtp,
    /// After the queue, a reply for each recipient.
    Lmtp,
    /// As the former, over a unix socket.
    LmtpUnix,
    /// As [`Filter::Lmtp`], with a second gateway beside the first.
    Several,
    /// Before the queue, while the client waits.
    Proxy,
    /// As a milter: all get a mail sealed that some get sealed.
    Milter,
    /// As the former, over a unix socket.
    MilterUnix,
    /// As a milter that lets recipients have each his own by the re-injection listener.
    MilterSplit,
    /// After the queue, only what authenticated users hand in.
    Submission,
    /// Between Postfix and its relay host.
    Outbound,
}

impl Filter {
    /// Says whether the client waits for the gateway, so that it's the client, not Postfix, that tries again.
    #[must_use]
    pub fn is_before_queue(self) -> bool {
        matches!(self, Self::Proxy | Self::Milter | Self::MilterUnix | Self::MilterSplit)
    }
}

/// What a Postfix is to be like.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The way to the gateway.
    pub filter: Filter,
    /// Who has a Maildir of his own; everybody else in the same domains shares one.
    pub mailboxes: &'a [&'a str],
    /// The relay host that takes all mail to other domains; without it, such mail bounces.
    pub far_end: Option<SocketAddr>,
    /// More lines for `main.cf`, with the ports that the documents name.
    pub main: &'a str,
    /// More lines for `master.cf`.
    pub master: &'a str,
    /// The bytes that the queue has room for: it's a file system of its own then. Only root can have one.
    pub queue_room: Option<u64>,
    /// A piece of `master.cf`, and what stands in its place.
    pub changed: Option<(&'a str, &'a str)>,
}

impl<'a> Setup<'a> {
    /// Makes an ordinary setup, from where no mail leaves the machine.
    #[must_use]
    pub fn new(filter: Filter, mailboxes: &'a [&'a str]) -> Self {
        Self { filter, mailboxes, far_end: None, main: "", master: "", queue_room: None, changed: None }
    }
}

/// The ports of one site; all on 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// Where the gateway takes mails by LMTP.
    pub gateway_lmtp: SocketAddr,
    /// Where the gateway takes mails by SMTP.
    pub gateway_smtp: SocketAddr,
    /// Where the gateway takes mails as a milter.
    pub gateway_milter: SocketAddr,
    /// Where it does so with `mixed = "split"`.
    pub gateway_milter_split: SocketAddr,
    /// Where the second of several gateways takes mails by LMTP.
    pub second_gateway: SocketAddr,
    /// Where Postfix takes mails from clients, and hands them to the gateway.
    pub submission: SocketAddr,
    /// Where Postfix takes them by TLS from the first byte on, with [`Filter::Submission`].
    pub submissions: SocketAddr,
    /// Where Postfix takes mails that no gateway sees, with [`Filter::Submission`].
    pub public: SocketAddr,
    /// Where Postfix takes back what the gateway made.
    pub reinjection: SocketAddr,
    /// Where Postfix takes the portal's own mails.
    pub portal_mail: SocketAddr,
}

impl Ports {
    /// Chooses free ports.
    pub fn choose() -> Result<Self> {
        Ok(Self {
            gateway_lmtp: free_address()?,
            gateway_smtp: free_address()?,
            gateway_milter: free_address()?,
            gateway_milter_split: free_address()?,
            second_gateway: free_address()?,
            submission: free_address()?,
            submissions: free_address()?,
            public: free_address()?,
            reinjection: free_address()?,
            portal_mail: free_address()?,
        })
    }
}

/// A running Postfix. Dropping it stops it.
#[derive(Debug)]
pub struct Postfix {
    config: PathBuf,
    mailboxes: PathBuf,
    log: PathBuf,
    /// The queue's folder, where it's a file system of its own.
    mounted: Option<PathBuf>,
    running: bool,
}

impl Postfix {
    /// Starts Postfix in `folder` with the settings of `setup`.
    pub fn start(folder: &Folder, ports: &Ports, setup: &Setup<'_>) -> Result<Self> {
        let config = folder.make("postfix/config")?;
        let queue = folder.make("postfix/queue")?;
        if let Some(room) = setup.queue_room {
            let options = format!("size={room},mode=755");
            run(as_root("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&queue))?;
        }
        let data = folder.make("postfix/data")?;
        let mailboxes = folder.make("mailboxes")?;
        let log = folder.join("postfix/maillog");
        fs::write(config.join("mailboxes"), settings::mailbox_table(setup.mailboxes))?;
        fs::write(config.join("main.cf"), settings::main_cf(folder.path(), ports, setup)?)?;
        fs::write(config.join("master.cf"), settings::master_cf(ports, setup)?)?;
        run(as_root("chown").args(["-R", "root:root"]).args([&config, &queue]))?;
        run(as_root("chown").arg("postfix").arg(&data))?;
        run(as_root("chown").arg(settings::mailbox_owner()).arg(&mailboxes))?;
        let mounted = setup.queue_room.map(|_| queue);
        let mut postfix = Self { config, mailboxes, log, mounted, running: false };
        run(&mut postfix.command("postfix", &["start"]))
            .with_context(|| fs::read_to_string(&postfix.log).unwrap_or_default())?;
        postfix.running = true;
        wait_until("Postfix to listen", Duration::from_secs(20), || {
            std::net::TcpStream::connect(ports.submission).ok()
        })?;
        Ok(postfix)
    }

    fn command(&self, program: &str, arguments: &[&str]) -> std::process::Command {
        let mut command = as_root(&format!("/usr/sbin/{program}"));
        command.arg("-c").arg(&self.config).args(arguments);
        command
    }

    /// Returns the Maildir of an address.
    #[must_use]
    pub fn mailbox(&self, address: &str) -> Maildir {
        let (local, domain) = address.rsplit_once('@').expect("an address has an @");
        Maildir::new(&self.mailboxes.join(domain).join(local))
    }

    /// Returns the Maildir of all in a domain who have none of their own.
    #[must_use]
    pub fn shared_mailbox(&self, domain: &str) -> Maildir {
        Maildir::new(&self.mailboxes.join(domain).join("all"))
    }

    /// Has all deferred mails tried again now.
    pub fn flush(&self) -> Result<()> {
        run(&mut self.command("postqueue", &["-f"])).map(drop)
    }

    /// Hands a mail in by sendmail(1), as programs of this machine do.
    pub fn sendmail(&self, sender: &str, recipients: &[&str], mail: &std::path::Path) -> Result<()> {
        let mut command = as_root("/usr/sbin/sendmail");
        command.arg("-C").arg(&self.config).args(["-i", "-f", sender]).args(recipients);
        run_on(&mut command, mail).map(drop)
    }

    /// Sets a setting, has it read, and has all mails in the queue go through it anew.
    pub fn change_setting(&self, setting: &str) -> Result<()> {
        run(&mut self.command("postconf", &["-e", setting]))?;
        run(&mut self.command("postfix", &["reload"]))?;
        run(&mut self.command("postsuper", &["-r", "ALL"])).map(drop)
    }

    /// Returns how many mails are in the queue.
    pub fn queued(&self) -> Result<usize> {
        let listing = run(&mut self.command("postqueue", &["-j"]))?;
        let mut mails = BTreeSet::new();
        for line in listing.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            // A mail that goes from one part of the queue to another meanwhile is listed twice.
            let mail: serde_json::Value = serde_json::from_slice(line)?;
            mails.insert(mail["queue_id"].as_str().context("no queue ID")?.to_owned());
        }
        Ok(mails.len())
    }

    /// Waits until so many mails are in the queue. One that goes from one part of it to another meanwhile may be listed in
    /// neither, so a single look may miss it.
    pub fn wait_for_queued(&self, mails: usize) -> Result<()> {
        let mut seen = 0;
        wait_until("the mails in the queue", Duration::from_secs(30), || {
            seen = self.queued().ok()?;
            (seen == mails).then_some(())
        })
        .with_context(|| format!("{seen} mails are in the queue, not {mails}"))
    }

    /// Waits until the queue is empty; deferred mails are tried again all the while.
    pub fn drain(&self, patience: Duration) -> Result<()> {
        wait_until("an empty queue", patience, || {
            // Twice, as a mail on its way from one queue to the next may be seen in neither.
            if self.queued().ok()? == 0 && self.queued().ok()? == 0 {
                return Some(());
            }
            self.flush().ok();
            std::thread::sleep(Duration::from_millis(500));
            None
        })
    }

    /// Returns the mail log so far.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Returns the lines of the mail log that speak of trouble.
    ///
    /// What it says after the machine's clock was set back is none of ours.
    #[must_use]
    pub fn troubles(&self) -> Vec<String> {
        let is_of_clock = |line: &str| OF_CLOCK.iter().any(|words| line.contains(words));
        let is_trouble = |line: &&str| line.contains("warning") || line.contains("status=bounced");
        self.log().lines().filter(is_trouble).filter(|line| !is_of_clock(line)).map(str::to_owned).collect()
    }

    /// Stops Postfix and waits until it's gone.
    pub fn stop(mut self) -> Result<()> {
        self.halt()
    }

    fn halt(&mut self) -> Result<()> {
        if std::mem::take(&mut self.running) {
            run(&mut self.command("postfix", &["stop"]))?;
        }
        let Some(queue) = self.mounted.take() else { return Ok(()) };
        // The last of Postfix's processes may be a moment longer in there.
        wait_until("the queue to be left", Duration::from_secs(20), || {
            run(as_root("umount").arg(&queue)).ok()
        })?;
        Ok(())
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if let Err(error) = self.halt() {
            eprintln!("Postfix could not be stopped: {error:#}");
        }
    }
}
