//! One organisation on loopback: a gateway and a portal that know each other's keys, made with their own command lines,
//! and a Postfix around them.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result};

use crate::place::{Folder, program};
use crate::postfix::{Filter, Ports, Postfix, Setup};
use crate::process::{Process, free_address, run};
use crate::secrets::Secrets;

/// The policy of most tests: mail to the outside is sealed, but for one domain that gets it as it is.
pub const POLICY: &str = "\
internal_domains = [\"example.org\"]
default = \"seal\"

[[rule]]
name = \"partner\"
action = \"pass\"
[rule.when]
recipient_domains = [\"partner.example\"]
";

/// What a site is to be like.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the temporary folder is called by.
    pub name: String,
    /// The content of `policy.toml`.
    pub policy: String,
    /// Where the gateway hands mails on to; Postfix's re-injection port if it's not given.
    pub next_hop: Option<SocketAddr>,
    /// Where the portal hands its own mails to; Postfix's port for them if it's not given.
    pub portal_relay: Option<SocketAddr>,
    /// More lines for `[next_hop]`.
    pub next_hop_settings: String,
    /// The lines of `[passcode]`.
    pub passcode_settings: String,
    /// The lines of `[state]`: which database the portal has.
    pub state_settings: String,
    /// The domains that the gateway seals for and the portal trusts it for.
    pub domains: String,
    /// How much is logged.
    pub log_level: String,
}

impl Plan {
    /// Makes the plan of an ordinary site, which logs all there is to log.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            policy: POLICY.into(),
            next_hop: None,
            portal_relay: None,
            next_hop_settings: String::new(),
            passcode_settings: String::new(),
            state_settings: "sqlite = \"portal.sqlite\"".into(),
            domains: "\"example.org\", \"*.example.org\"".into(),
            log_level: "trace".into(),
        }
    }
}

/// A site; its programs run only once they're started.
#[derive(Debug)]
pub struct Site {
    // Dropped in this order: programs before the folder they work in.
    gateway: Option<Process>,
    portal: Option<Process>,
    postfix: Option<Postfix>,
    /// What must not stand in its logs.
    pub secrets: Secrets,
    /// Where it listens.
    pub ports: Ports,
    portal_address: SocketAddr,
    folder: Folder,
}

impl Site {
    /// Makes folder, keys and settings.
    pub fn new(plan: &Plan) -> Result<Self> {
        let mut site = Self {
            gateway: None,
            portal: None,
            postfix: None,
            secrets: Secrets::default(),
            ports: Ports::choose()?,
            portal_address: free_address()?,
            folder: Folder::new(&plan.name)?,
        };
        run(&mut site.gateway_command(&["keys", "generate", "--out", "signing.key"]))?;
        site.write_portal_settings(plan)?;
        run(&mut site.portal_command(&["keys", "generate", "--config", "portal.toml"]))?;
        let sealing = run(&mut site.portal_command(&["keys", "export", "--config", "portal.toml"]))?;
        fs::write(site.folder.join("sealing.key"), sealing)?;
        site.write_gateway_settings(plan)?;
        for secret in ["signing.key", "state.key", "keys"] {
            site.remember_keys(&site.folder.join(secret))?;
        }
        Ok(site)
    }

    /// Makes a site and starts all of it, with a Maildir for each of `recipients`.
    pub fn start(plan: &Plan, filter: Filter, recipients: &[&str]) -> Result<Self> {
        let mut site = Self::new(plan)?;
        site.start_gateway()?;
        site.start_portal()?;
        site.start_postfix(filter, recipients)?;
        Ok(site)
    }

    fn remember_keys(&mut self, path: &Path) -> Result<()> {
        if path.is_dir() {
            for entry in fs::read_dir(path)? {
                self.remember_keys(&entry?.path())?;
            }
            return Ok(());
        }
        for line in fs::read_to_string(path)?.lines() {
            if let Some((_, key)) = line.split_once(':').filter(|_| !line.starts_with('#')) {
                self.secrets.add("a secret key", key.trim());
            }
        }
        Ok(())
    }

    /// Returns the gateway's verifying key in its text form.
    pub fn verifying_key(&self) -> Result<String> {
        let shown = run(&mut self.gateway_command(&["keys", "show", "--json", "--key", "signing.key"]))?;
        let shown: serde_json::Value = serde_json::from_slice(&shown)?;
        Ok(shown["verifying_key"].as_str().context("keys show gives no key")?.to_owned())
    }

    fn write_gateway_settings(&self, plan: &Plan) -> Result<()> {
        let next_hop = plan.next_hop.unwrap_or(self.ports.reinjection);
        let settings = format!(
            "[[listener]]
protocol = \"smtp\"
address = \"{smtp}\"
[[listener]]
protocol = \"lmtp\"
address = \"{lmtp}\"
[[listener]]
protocol = \"lmtp\"
address = \"unix:{socket}\"
mode = \"0666\"
[[listener]]
protocol = \"milter\"
address = \"{milter}\"
[[listener]]
protocol = \"milter\"
address = \"{milter_split}\"
mixed = \"split\"
[[listener]]
protocol = \"milter\"
address = \"unix:{milter_socket}\"
mode = \"0666\"
[server]
hostname = \"gateway.example.org\"
[next_hop]
address = \"{next_hop}\"
{next_hop_settings}
[keys]
signing_key = \"signing.key\"
sealing_key = \"sealing.key\"
[portal]
url = \"{portal}\"
[sender]
domains = [{domains}]
[log]
level = \"{level}\"
",
            smtp = self.ports.gateway_smtp,
            lmtp = self.ports.gateway_lmtp,
            milter = self.ports.gateway_milter,
            milter_split = self.ports.gateway_milter_split,
            milter_socket = self.milter_socket().display(),
            socket = self.folder.join("gateway.sock").display(),
            next_hop_settings = plan.next_hop_settings,
            portal = self.portal_url(),
            domains = plan.domains,
            level = plan.log_level,
        );
        fs::write(self.folder.join("policy.toml"), &plan.policy)?;
        Ok(fs::write(self.gateway_settings(), settings)?)
    }

    fn write_portal_settings(&self, plan: &Plan) -> Result<()> {
        let settings = format!(
            "[server]
listen = \"{listen}\"
public_url = \"{url}\"
[keys]
opening_keys = \"keys\"
state_key = \"state.key\"
[[gateway]]
verifying_key = \"{verifying_key}\"
domains = [{domains}]
[state]
{state}
[mail]
relay = \"{relay}\"
from = \"Example portal <portal@example.org>\"
tls = \"none\"
[passcode]
{passcode}
[log]
level = \"{level}\"
",
            listen = self.portal_address,
            url = self.portal_url(),
            verifying_key = self.verifying_key()?,
            domains = plan.domains,
            relay = plan.portal_relay.unwrap_or(self.ports.portal_mail),
            state = plan.state_settings,
            passcode = plan.passcode_settings,
            level = plan.log_level,
        );
        Ok(fs::write(self.portal_settings(), settings)?)
    }

    /// Returns the folder of the site.
    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Returns the path of `gateway.toml`.
    #[must_use]
    pub fn gateway_settings(&self) -> PathBuf {
        self.folder.join("gateway.toml")
    }

    /// Returns the path of `portal.toml`.
    #[must_use]
    pub fn portal_settings(&self) -> PathBuf {
        self.folder.join("portal.toml")
    }

    /// Replaces a piece of `gateway.toml`.
    pub fn change_gateway_settings(&self, from: &str, to: &str) -> Result<()> {
        let text = fs::read_to_string(self.gateway_settings())?;
        anyhow::ensure!(text.contains(from), "gateway.toml has no {from}");
        Ok(fs::write(self.gateway_settings(), text.replace(from, to))?)
    }

    /// Adds lines to `[server]` in `portal.toml`.
    pub fn add_server_settings(&self, lines: &str) -> Result<()> {
        let text = fs::read_to_string(self.portal_settings())?;
        Ok(fs::write(
            self.portal_settings(),
            text.replacen("[server]\n", &format!("[server]\n{lines}\n"), 1),
        )?)
    }

    /// Adds tables to `portal.toml`.
    pub fn add_portal_settings(&self, tables: &str) -> Result<()> {
        let text = fs::read_to_string(self.portal_settings())?;
        Ok(fs::write(self.portal_settings(), format!("{text}{tables}"))?)
    }

    /// Returns the path of the socket where the gateway is a milter.
    #[must_use]
    pub fn milter_socket(&self) -> PathBuf {
        self.folder.join("milter.sock")
    }

    /// Returns where the portal listens.
    #[must_use]
    pub fn portal_address(&self) -> SocketAddr {
        self.portal_address
    }

    /// Returns the address of the portal's start page, without a slash at its end.
    #[must_use]
    pub fn portal_url(&self) -> String {
        format!("http://{}", self.portal_address)
    }

    /// Returns a command of the gateway's program, to be run in the site's folder.
    #[must_use]
    pub fn gateway_command(&self, arguments: &[&str]) -> Command {
        self.command("sealpost-gateway", arguments)
    }

    /// Returns a command of the portal's program, to be run in the site's folder.
    #[must_use]
    pub fn portal_command(&self, arguments: &[&str]) -> Command {
        self.command("sealpost-portal", arguments)
    }

    fn command(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program(name).expect("the programs can be built"));
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    /// Opens an envelope, a `message.html` or a carrier mail with `sealpost-portal open`, and returns the mail in it.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        let file = tempfile::NamedTempFile::new_in(self.folder.path())?;
        fs::write(file.path(), sealed)?;
        run(self.portal_command(&["open", "--config"]).arg(self.portal_settings()).arg(file.path()))
    }

    /// Starts the gateway and waits until both its listeners take connections.
    pub fn start_gateway(&mut self) -> Result<()> {
        self.gateway = Some(self.spawn_gateway()?);
        Ok(())
    }

    /// Starts a gateway as [`Site::start_gateway`] does, but leaves it to the caller.
    pub fn spawn_gateway(&self) -> Result<Process> {
        self.spawn_gateway_as(self.gateway_serve_command())
    }

    /// Returns the command that starts the gateway.
    #[must_use]
    pub fn gateway_serve_command(&self) -> Command {
        let mut command = self.gateway_command(&["serve", "--config"]);
        command.arg(self.gateway_settings());
        command
    }

    /// Starts a gateway by another command, say one that watches it, and leaves it to the caller.
    pub fn spawn_gateway_as(&self, command: Command) -> Result<Process> {
        let mut gateway = Process::start("gateway", command, &self.folder.join("gateway.log"))?;
        gateway.wait_for_port(self.ports.gateway_smtp)?;
        gateway.wait_for_port(self.ports.gateway_lmtp)?;
        gateway.wait_for_port(self.ports.gateway_milter_split)?;
        Ok(gateway)
    }

    /// Takes the running gateway out of the site.
    pub fn take_gateway(&mut self) -> Result<Process> {
        self.gateway.take().context("no gateway runs")
    }

    /// Puts a gateway back into the site.
    pub fn put_gateway(&mut self, gateway: Process) {
        self.gateway = Some(gateway);
    }

    /// Starts the portal and waits until it takes connections.
    pub fn start_portal(&mut self) -> Result<()> {
        let command = self.portal_serve_command();
        self.start_portal_as(command)
    }

    /// Returns the command that starts the portal.
    #[must_use]
    pub fn portal_serve_command(&self) -> Command {
        let mut command = self.portal_command(&["serve", "--config"]);
        command.arg(self.portal_settings());
        command
    }

    /// Starts the portal by another command, say one that watches it.
    pub fn start_portal_as(&mut self, command: Command) -> Result<()> {
        let mut portal = Process::start("portal", command, &self.folder.join("portal.log"))?;
        portal.wait_for_port(self.portal_address)?;
        self.portal = Some(portal);
        Ok(())
    }

    /// Starts Postfix with a Maildir for each of `recipients`.
    pub fn start_postfix(&mut self, filter: Filter, recipients: &[&str]) -> Result<()> {
        self.start_postfix_as(&Setup::new(filter, recipients))
    }

    /// Starts Postfix with other settings than the usual ones.
    pub fn start_postfix_as(&mut self, setup: &Setup<'_>) -> Result<()> {
        self.postfix = Some(Postfix::start(&self.folder, &self.ports, setup)?);
        Ok(())
    }

    /// Returns the running gateway.
    #[must_use]
    pub fn gateway(&self) -> &Process {
        self.gateway.as_ref().expect("the gateway was started")
    }

    /// Returns the running portal.
    #[must_use]
    pub fn portal(&self) -> &Process {
        self.portal.as_ref().expect("the portal was started")
    }

    /// Returns the running Postfix.
    #[must_use]
    pub fn postfix(&self) -> &Postfix {
        self.postfix.as_ref().expect("Postfix was started")
    }

    /// Ends the gateway as a service manager does.
    pub fn stop_gateway(&mut self) -> Result<ExitStatus> {
        self.take_gateway()?.stop()
    }

    /// Ends the portal as a service manager does.
    pub fn stop_portal(&mut self) -> Result<ExitStatus> {
        self.portal.take().context("no portal runs")?.stop()
    }

    /// Kills the portal at once (`kill -9`).
    pub fn kill_portal(&mut self) -> Result<()> {
        self.portal.take().context("no portal runs")?.kill()
    }

    /// Ends all that runs, and checks that none of the run's secrets stands in any of its logs.
    pub fn finish(mut self) -> Result<()> {
        if let Some(postfix) = self.postfix.take() {
            postfix.stop()?;
        }
        for (name, process) in [("gateway", self.gateway.take()), ("portal", self.portal.take())] {
            if let Some(process) = process {
                let status = process.stop()?;
                anyhow::ensure!(status.success(), "{name} ended with {status}");
            }
        }
        for name in ["gateway.log", "portal.log", "postfix/maillog"] {
            let log = self.folder.join(name);
            if log.exists() {
                self.secrets.check_file(&log)?;
            }
        }
        Ok(())
    }
}
