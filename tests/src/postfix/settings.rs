//! Puts the settings of a private Postfix together: those of `conf/postfix` with other ports, around a small `main.cf` and
//! `master.cf` that keep it in its own folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::{Filter, Ports, Setup};
use crate::place::project_root;

/// The files of `conf/postfix` that make up a way: those for `main.cf`, those for `master.cf`.
struct Files {
    main: &'static [&'static str],
    master: &'static [&'static str],
    /// Whether the switch in the first comment of a `master` file holds.
    is_switched_on: bool,
}

impl Filter {
    fn files(self) -> Files {
        let (main, master): (&[_], &[_]) = match self {
            Self::None => (&[], &[]),
            Self::Lmtp => (&[], &["master-lmtp.cf", "master-reinject.cf"]),
            Self::Smtp => (&[], &["master-smtp.cf", "master-reinject.cf"]),
            Self::LmtpUnix => (&[], &["master-lmtp-unix.cf", "master-reinject.cf"]),
            Self::Several => (&["main-several.cf"], &["master-lmtp.cf", "master-reinject.cf"]),
            Self::Proxy => (&[], &["master-proxy.cf", "master-reinject-before.cf"]),
            Self::Milter | Self::MilterUnix | Self::MilterSplit => {
                (&["main-milter.cf"], &["master-reinject-before.cf"])
            }
            Self::Submission => (&[], &["master-submission.cf", "master-lmtp.cf", "master-reinject.cf"]),
            Self::Outbound => (&["main-outbound.cf"], &["master-lmtp.cf"]),
        };
        Files { main, master, is_switched_on: matches!(self, Self::Lmtp | Self::LmtpUnix | Self::Smtp) }
    }
}

/// Returns the names of all files that a way is made of.
#[must_use]
pub fn files(filter: Filter) -> Vec<&'static str> {
    ["main.cf"].into_iter().chain(filter.files().main.iter().copied()).chain(services(filter)).collect()
}

/// Returns the names of those files that make up `master.cf`. Before the relay host the portal's own mails don't come here.
fn services(filter: Filter) -> impl Iterator<Item = &'static str> {
    let portal = (filter != Filter::Outbound).then_some("master-portal.cf");
    portal.into_iter().chain(filter.files().master.iter().copied())
}

fn shipped(name: &str, ports: &Ports) -> Result<String> {
    let path = project_root().join("conf/postfix").join(name);
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    Ok(with_ports(&text, ports))
}

/// Returns the table of mailboxes: one for each of `recipients`, one for all others in each of their domains.
pub(super) fn mailbox_table(recipients: &[&str]) -> String {
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

/// Returns the user that mailboxes belong to: the one who runs the tests, but never root, for whom virtual(8) doesn't
/// deliver.
pub(super) fn mailbox_owner() -> String {
    let user = rustix::process::geteuid();
    if user.is_root() { "65534".into() } else { user.as_raw().to_string() }
}

/// Returns `main.cf`.
pub(super) fn main_cf(folder: &Path, ports: &Ports, setup: &Setup<'_>) -> Result<String> {
    let mut text = base(folder, setup);
    // A test doesn't wait a minute for the next try.
    let common = shipped("main.cf", ports)?;
    ensure!(common.contains("minimal_backoff_time = 60s") && common.contains("queue_run_delay = 60s"));
    text += &common
        .replace("minimal_backoff_time = 60s", "minimal_backoff_time = 1s\nmaximal_backoff_time = 5s")
        .replace("queue_run_delay = 60s", "queue_run_delay = 1s");
    let files = setup.filter.files();
    for name in files.main {
        let way = shipped(name, ports)?;
        let milter = format!("inet:{}", ports.gateway_milter);
        text += &match setup.filter {
            Filter::MilterUnix => way.replace(&milter, &format!("unix:{}/milter.sock", folder.display())),
            Filter::MilterSplit => way.replace(&milter, &format!("inet:{}", ports.gateway_milter_split)),
            _ => way,
        };
    }
    if files.is_switched_on {
        let name = files.master[0];
        let way = shipped(name, ports)?;
        let socket = folder.join("gateway.sock").display().to_string();
        let way = way.replace("/run/sealpost/gateway.sock", &socket);
        let switch = way.lines().find_map(|line| line.strip_prefix("# In main.cf: "));
        text += switch.with_context(|| format!("conf/postfix/{name} doesn't say what switches it on"))?;
        text.push('\n');
    }
    Ok(last_of_each(&(text + &with_ports(setup.main, ports))))
}

/// Leaves out settings that stand there again further down, of which Postfix would warn.
fn last_of_each(text: &str) -> String {
    let name = |line: &str| line.split_once('=').map(|(name, _)| name.trim().to_owned());
    let settings: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let last: BTreeMap<_, _> =
        settings.iter().enumerate().filter_map(|(place, line)| Some((name(line)?, place))).collect();
    let kept = settings
        .iter()
        .enumerate()
        .filter(|(place, line)| name(line).is_some_and(|name| last.get(&name) == Some(place)));
    kept.fold(String::new(), |text, (_, line)| text + line + "\n")
}

fn base(folder: &Path, setup: &Setup<'_>) -> String {
    let mut domains: Vec<_> = setup
        .mailboxes
        .iter()
        .filter_map(|address| address.rsplit_once('@'))
        .map(|(_, domain)| domain)
        .collect();
    domains.sort_unstable();
    domains.dedup();
    let elsewhere = match setup.far_end {
        Some(address) => format!("smtp:[{}]:{}", address.ip(), address.port()),
        None => "error:nothing leaves this machine".into(),
    };
    format!(
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
notify_classes =
default_transport = {elsewhere}
relay_transport = {elsewhere}
smtp_line_length_limit = 0
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_relay_restrictions =
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {folder}/mailboxes
virtual_mailbox_maps = texthash:{folder}/postfix/config/mailboxes
virtual_uid_maps = static:{owner}
virtual_gid_maps = static:65534
virtual_minimum_uid = 100
message_size_limit = 120000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
",
        folder = folder.display(),
        domains = domains.join(" "),
        owner = mailbox_owner(),
    )
}

const SERVICES: &str = "\
pickup unix n - n 1 1 pickup
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
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
";

/// Returns `master.cf`. A way that brings no public listener of its own gets an ordinary one.
pub(super) fn master_cf(ports: &Ports, setup: &Setup<'_>) -> Result<String> {
    let mut ways = String::new();
    for name in services(setup.filter) {
        ways += &shipped(name, ports)?;
        ways.push('\n');
    }
    let public = "smtp inet n ";
    let entry = ports.submission;
    let listeners = if ways.contains(public) {
        String::new()
    } else if ways.contains("submission inet n ") {
        format!("{} inet n - n - - smtpd\n", ports.public)
    } else {
        format!("{entry} inet n - n - - smtpd\n")
    };
    let ways = ways
        .replace(public, &format!("{entry} inet n "))
        .replace("submission inet n ", &format!("{entry} inet n "))
        .replace("submissions inet n ", &format!("{} inet n ", ports.submissions));
    let text = format!("{listeners}{SERVICES}{ways}{}", with_ports(setup.master, ports));
    let Some((old, new)) = setup.changed else { return Ok(text) };
    ensure!(text.contains(old), "master.cf has no {old}");
    Ok(text.replace(old, new))
}

/// Puts the ports of a test in the place of the documented ones.
fn with_ports(text: &str, ports: &Ports) -> String {
    let pairs: [(&str, SocketAddr); 6] = [
        ("12600", ports.gateway_lmtp),
        ("12601", ports.gateway_smtp),
        ("12602", ports.gateway_milter),
        ("12610", ports.second_gateway),
        ("12526", ports.reinjection),
        ("12527", ports.portal_mail),
    ];
    // By way of a name, so that a port put in is never taken for one that's still to be replaced.
    let named =
        pairs.iter().fold(text.to_owned(), |text, (port, _)| text.replace(port, &format!("<{port}>")));
    pairs
        .iter()
        .fold(named, |text, (port, address)| text.replace(&format!("<{port}>"), &address.port().to_string()))
}
