//! Several portals behind one address: Debian's nginx, set up as the example in portal/README.md says, hands every request to
//! the next of them.

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::certificate;
use crate::place::{find_program, project_root};
use crate::process::{Process, free_address, wait_until};
use crate::site::Site;

/// The name in the proxy's certificate.
const NAME: &str = "localhost";

/// Portals with the site's settings, and a proxy at the site's address.
#[derive(Debug)]
pub struct Replicas {
    // Dropped in this order.
    proxy: Option<Process>,
    portals: Vec<Option<Process>>,
    addresses: Vec<SocketAddr>,
    tls: SocketAddr,
}

impl Replicas {
    /// Starts so many portals at the same moment, and the proxy: in plain text at the site's address, by TLS at another.
    pub fn start(site: &Site, count: usize) -> Result<Self> {
        let addresses = (0..count).map(|_| free_address()).collect::<Result<Vec<_>>>()?;
        let tls = free_address()?;
        write_proxy_settings(site, &addresses, tls)?;
        let mut replicas = Self { proxy: None, portals: Vec::new(), addresses, tls };
        for number in 0..count {
            let portal = replicas.spawn(site, number)?;
            replicas.portals.push(Some(portal));
        }
        for (portal, &address) in replicas.portals.iter_mut().zip(&replicas.addresses) {
            portal.as_mut().context("just started")?.wait_for_port(address)?;
        }
        replicas.start_proxy(site)?;
        Ok(replicas)
    }

    fn start_proxy(&mut self, site: &Site) -> Result<()> {
        let mut nginx = Command::new(find_program("nginx").context("nginx is not installed")?);
        nginx.arg("-e").arg("stderr").arg("-p").arg(site.folder().path()).args(["-c", "nginx.conf"]);
        let mut proxy = Process::start("nginx", nginx, &site.folder().join("nginx.log"))?;
        proxy.wait_for_port(site.portal_address())?;
        self.proxy = Some(proxy);
        Ok(())
    }

    fn spawn(&self, site: &Site, number: usize) -> Result<Process> {
        let settings = fs::read_to_string(site.portal_settings())?;
        let (listen, own) = (site.portal_address().to_string(), self.addresses[number].to_string());
        let name = format!("portal-{number}.toml");
        let settings =
            settings.replacen(&format!("listen = \"{listen}\""), &format!("listen = \"{own}\""), 1);
        fs::write(site.folder().join(&name), settings)?;
        let command = site.portal_command(&["serve", "--config", &name]);
        // One log for all, which the site looks through for secrets at its end.
        Process::start(&name, command, &site.folder().join("portal.log"))
    }

    /// Waits until a portal has a connection, as it has only while the proxy hands a request on to it.
    ///
    /// # Errors
    /// When it gets none.
    pub fn wait_for_request(&self, number: usize) -> Result<()> {
        let SocketAddr::V4(address) = self.addresses[number] else { bail!("the portals listen on IPv4") };
        // As /proc/net/tcp has it (proc(5)): the address in the host's byte order, and 01 for an established connection.
        let (ip, port) = (u32::from_ne_bytes(address.ip().octets()), address.port());
        let own = format!("{ip:08X}:{port:04X}");
        wait_until("a request at a portal", Duration::from_mins(1), || {
            let connections = fs::read_to_string("/proc/net/tcp").ok()?;
            let is_own = |line: &str| {
                let fields: Vec<_> = line.split_whitespace().collect();
                fields.get(1) == Some(&own.as_str()) && fields.get(3) == Some(&"01")
            };
            connections.lines().any(is_own).then_some(())
        })
    }

    /// Kills a portal at once.
    pub fn kill(&mut self, number: usize) -> Result<()> {
        self.portals[number].take().context("it does not run")?.kill()
    }

    /// Starts a portal again that was killed, and the proxy, which would leave it out for ten seconds more.
    pub fn resume(&mut self, site: &Site, number: usize) -> Result<()> {
        let mut portal = self.spawn(site, number)?;
        portal.wait_for_port(self.addresses[number])?;
        self.portals[number] = Some(portal);
        if let Some(proxy) = self.proxy.take() {
            proxy.stop()?;
        }
        self.start_proxy(site)
    }

    /// Returns where the portals listen themselves.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Sends a request to the proxy over TLS from this address, after looking at its certificate; returns the answer.
    pub fn ask_by_tls(&self, site: &Site, from: &str, request: &[u8]) -> Result<String> {
        let mut client = Command::new("openssl");
        client.args(["s_client", "-quiet", "-verify_return_error", "-verify_hostname", NAME, "-bind"]);
        client.arg(format!("{from}:0")).arg("-connect").arg(self.tls.to_string());
        client.arg("-CAfile").arg(site.folder().join("proxy.pem"));
        client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut client = client.spawn()?;
        let mut input = client.stdin.take().context("no standard input")?;
        let request = request.to_vec();
        let writer = std::thread::spawn(move || input.write_all(&request).map(|()| input));
        let output = client.wait_with_output()?;
        drop(writer.join());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Ends all, and checks that each ended as it should.
    pub fn finish(self) -> Result<()> {
        for portal in self.portals.into_iter().flatten() {
            let status = portal.stop()?;
            ensure!(status.success(), "a portal ended with {status}");
        }
        self.proxy.map_or(Ok(()), |proxy| proxy.stop().map(drop))
    }
}

/// Writes `nginx.conf`: the server of the README with this run's addresses, once with TLS and once without.
fn write_proxy_settings(site: &Site, portals: &[SocketAddr], tls: SocketAddr) -> Result<()> {
    let folder = site.folder();
    certificate::make(NAME, &folder.join("proxy.pem"), &folder.join("proxy.key"))?;
    let readme = fs::read_to_string(project_root().join("portal/README.md"))?;
    let [server, upstream] = examples(&readme).context("portal/README.md has no two examples for nginx")?;
    let servers: Vec<_> = portals.iter().map(|address| format!("    server {address};\n")).collect();
    let servers = servers.concat();
    let upstream = format!("{}\n{servers}}}\n", upstream.lines().next().unwrap_or_default());
    let server = change(&server, "http://127.0.0.1:8080", "http://portals")?;
    // The portals speak in plain text with readers whose address is the site's.
    let server = change(&server, "Host $host", "Host $http_host")?;
    let plain = change(&server, "listen 443 ssl", &format!("listen {}", site.portal_address()))?;
    let plain: Vec<_> = plain.lines().filter(|line| !line.contains("ssl_certificate")).collect();
    let with_tls = change(&server, "listen 443 ssl", &format!("listen {tls} ssl"))?;
    let with_tls = change(&with_tls, "portal.example.org.pem", &path(&folder.join("proxy.pem")))?;
    let with_tls = change(&with_tls, "portal.example.org.key", &path(&folder.join("proxy.key")))?;
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};\n", path(&folder.join("nginx-temporary"))))
        .concat();
    let own = format!("daemon off;\nmaster_process off;\npid {};\n", path(&folder.join("nginx.pid")));
    let settings = format!(
        "{own}events {{ worker_connections 1024; }}\nhttp {{\naccess_log off;\n{temporary}{upstream}{}\n{with_tls}}}\n",
        plain.join("\n")
    );
    Ok(fs::write(folder.join("nginx.conf"), settings)?)
}

/// Returns the blocks of settings for nginx.
fn examples(readme: &str) -> Option<[String; 2]> {
    let blocks =
        readme.split("```nginx\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0.to_owned()));
    blocks.collect::<Vec<_>>().try_into().ok()
}

fn change(text: &str, from: &str, to: &str) -> Result<String> {
    ensure!(text.contains(from), "the example for nginx has no {from}");
    Ok(text.replace(from, to))
}

fn path(path: &Path) -> String {
    path.display().to_string()
}
