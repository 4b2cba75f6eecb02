//! Runs a private Postfix: it takes mail on one port, filters it through the gateway with the settings of
//! `conf/postfix`, takes it back on another, and delivers it to Maildirs by virtual(8).
//!
//! Postfix needs root; nothing of the machine's own Postfix is read or written.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::maildir::Maildir;
use crate::place::{Folder, project_root};
use crate::process::{as_root, free_address, run, wait_until};

/// What stands in `conf/postfix` for the listeners: gateway by LMTP, gateway by SMTP, re-injection, portal.
const DOCUMENTED: [&str; 4] = ["12600", "12601", "12526", "12527"];

/// How Postfix hands a mail to the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// One reply for all recipients.
    Smtp,
    /// A reply for each recipient.
    Lmtp,
}

/// The ports of one site; all on 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// Where the gateway takes mails by LMTP.
    pub gateway_lmtp: SocketAddr,
    /// Where the gateway takes mails by SMTP.
    pub gateway_smtp: SocketAddr,
    /// Where Postfix takes mails from clients.
    pub submission: SocketAddr,
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
            submission: free_address()?,
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
    running: bool,
}

impl Postfix {
    /// Starts Postfix in `folder`. Each of `recipients` has a Maildir of his own; everybody else in the same domains
    /// shares one.
    pub fn start(folder: &Folder, ports: &Ports, filter: Filter, recipients: &[&str]) -> Result<Self> {
        let config = folder.make("postfix/config")?;
        let queue = folder.make("postfix/queue")?;
        let data = folder.make("postfix/data")?;
        let mailboxes = folder.make("mailboxes")?;
        let log = folder.join("postfix/maillog");
        fs::write(config.join("mailboxes"), mailbox_table(recipients))?;
        fs::write(config.join("main.cf"), main_cf(folder.path(), ports, filter, recipients)?)?;
        fs::write(config.join("master.cf"), master_cf(ports, filter)?)?;
        run(as_root("chown").args(["-R", "root:root"]).args([&config, &queue]))?;
        run(as_root("chown").arg("postfix").arg(&data))?;
        run(as_root("chown").arg(mailbox_owner()).arg(&mailboxes))?;
        let mut postfix = Self { config, mailboxes, log, running: false };
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

    /// Returns how many mails are in the queue.
    pub fn queued(&self) -> Result<usize> {
        let listing = run(&mut self.command("postqueue", &["-j"]))?;
        Ok(listing.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count())
    }

    /// Waits until the queue is empty; deferred mails are tried again all the while.
    pub fn drain(&self, patience: Duration) -> Result<()> {
        wait_until("an empty queue", patience, || {
            if self.queued().ok()? == 0 {
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

    /// Stops Postfix and waits until it's gone.
    pub fn stop(mut self) -> Result<()> {
        self.halt()
    }

    fn halt(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.running) {
            return Ok(());
        }
        run(&mut self.command("postfix", &["stop"])).map(drop)
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if let Err(error) = self.halt() {
            eprintln!("Postfix could not be stopped: {error:#}");
        }
    }
}

/// Returns the user that mailboxes belong to: the one who runs the tests, but never root, for whom virtual(8) doesn't
/// deliver.
fn mailbox_owner() -> String {
    let user = rustix::process::geteuid();
    if user.is_root() { "65534".into() } else { user.as_raw().to_string() }
}

fn mailbox_table(recipients: &[&str]) -> String {
    let mut table = BTreeMap::new();
    for recipient in recipients {
        let (local, domain) = recipient.rsplit_once('@').expect("an address has an @");
        table.insert((*recipient).to_owned(), format!("{domain}/{local}/"));
        table.insert(format!("@{domain}"), format!("{domain}/all/"));
    }
    table.iter().fold(String::new(), |mut text, (address, folder)| {
        writeln!(text, "{address} {folder}").expect("writing to a string can't fail");
        text
    })
}

fn main_cf(folder: &Path, ports: &Ports, filter: Filter, recipients: &[&str]) -> Result<String> {
    let shipped = fs::read_to_string(project_root().join("conf/postfix/main.cf"))?;
    let example = match filter {
        Filter::Lmtp => "sealpost:inet:127.0.0.1:12600",
        Filter::Smtp => "sealpost:[127.0.0.1]:12601",
    };
    if !shipped.contains(example) {
        bail!("conf/postfix/main.cf doesn't name the filter {example}");
    }
    let mut domains: Vec<_> =
        recipients.iter().filter_map(|address| address.rsplit_once('@')).map(|(_, domain)| domain).collect();
    domains.sort_unstable();
    domains.dedup();
    let folder = folder.display();
    let owner = mailbox_owner();
    let head = format!(
        "compatibility_level = 3.6
myhostname = mx.example.org
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
queue_directory = {folder}/postfix/queue
data_directory = {folder}/postfix/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/postfix/maillog
maillog_file_prefixes = {folder}
alias_maps =
alias_database =
local_recipient_maps =
biff = no
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_relay_restrictions =
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {folder}/mailboxes
virtual_mailbox_maps = texthash:{folder}/postfix/config/mailboxes
virtual_uid_maps = static:{owner}
virtual_gid_maps = static:65534
virtual_minimum_uid = 100
message_size_limit = 200000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
content_filter = {filter}
",
        domains = domains.join(" "),
        filter = with_ports(example, ports)
    );
    // A test doesn't wait a minute for the next try.
    let hasty =
        shipped.replace("minimal_backoff_time = 60s", "minimal_backoff_time = 1s\nmaximal_backoff_time = 5s");
    Ok(head + &hasty.replace("queue_run_delay = 60s", "queue_run_delay = 1s"))
}

fn master_cf(ports: &Ports, filter: Filter) -> Result<String> {
    let name = match filter {
        Filter::Lmtp => "master-lmtp.cf",
        Filter::Smtp => "master-smtp.cf",
    };
    let shipped = fs::read_to_string(project_root().join("conf/postfix").join(name))?;
    for port in &DOCUMENTED[2..] {
        if !shipped.contains(port) {
            bail!("conf/postfix/{name} doesn't have port {port}");
        }
    }
    let services = "\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
";
    Ok(format!("{} inet n - n - - smtpd\n{services}{}", ports.submission, with_ports(&shipped, ports)))
}

fn with_ports(shipped: &str, ports: &Ports) -> String {
    let actual = [ports.gateway_lmtp, ports.gateway_smtp, ports.reinjection, ports.portal_mail];
    let pairs = DOCUMENTED.iter().zip(actual);
    // By way of a name, so that a port put in is never taken for one that's still to be replaced.
    let named =
        pairs.clone().fold(shipped.to_owned(), |text, (port, _)| text.replace(port, &format!("<{port}>")));
    pairs.fold(named, |text, (port, address)| text.replace(&format!("<{port}>"), &address.port().to_string()))
}
