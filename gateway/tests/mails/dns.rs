//! A DNS of its own: zones signed by ldns, served by unbound, which checks signatures or only hands them on.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sealpost_gateway::reachability::TrustAnchors;
use tempfile::TempDir;

const TOOLS: [&str; 3] = ["ldns-keygen", "ldns-signzone", "unbound"];
const HEAD: &str = "$TTL 300\n@ IN SOA ns.lab. root.lab. 1 3600 600 86400 300\n@ IN NS ns.lab.\n";

/// What becomes of a zone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    /// Signed, and its key is in the zone above.
    Well,
    /// Signed with hashed names (NSEC3).
    Hashed,
    /// One address was changed behind the signatures' back.
    Forged,
    /// The signatures were good for a day, long ago.
    Expired,
    /// Not signed, but its key is in the zone above.
    Stripped,
    /// Not signed, as the zone above says.
    Not,
}

/// The zones: name without the final dot, how it is signed, records. The zones above come before.
pub(crate) type Zones = [(&'static str, Signed, String)];

/// A running resolver. It ends with this value.
pub(crate) struct Resolver {
    pub(crate) address: SocketAddr,
    process: Child,
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The folder with the signed zones.
pub(crate) struct Dns {
    folder: TempDir,
    zones: Vec<(String, PathBuf)>,
    root_key: String,
}

/// Says whether the programs are there. With `SEALPOST_ALL_PARTS` they have to be.
pub(crate) fn is_installed() -> bool {
    let is_missing = |tool: &&&str| {
        Command::new(tool).arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err()
    };
    let missing: Vec<_> = TOOLS.iter().filter(is_missing).collect();
    assert!(
        missing.is_empty() || std::env::var_os("SEALPOST_ALL_PARTS").is_none(),
        "not installed: {missing:?}"
    );
    if !missing.is_empty() {
        println!("not installed, left out: {missing:?}");
    }
    missing.is_empty()
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Dns {
    /// Signs the zones, and a root zone above them.
    pub(crate) fn new(zones: &Zones) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut dns = Self { folder, zones: Vec::new(), root_key: String::new() };
        // From the leaves upwards, as each key's digest stands in the zone above.
        let mut above: Vec<(String, String)> = Vec::new();
        for (name, signed, records) in zones.iter().rev() {
            let below: String = above
                .iter()
                .filter(|(zone, _)| zone.strip_suffix(name).is_some_and(|label| label.ends_with('.')))
                .map(|(_, delegation)| delegation.as_str())
                .collect();
            above.retain(|(zone, _)| !zone.ends_with(&format!(".{name}")));
            let text = format!("$ORIGIN {name}.\n{HEAD}{records}\n{below}");
            let digest = dns.add(&format!("{name}."), *signed, &text);
            above.push(((*name).to_owned(), format!("{name}. IN NS ns.lab.\n{digest}\n")));
        }
        let delegations: String = above.into_iter().map(|(_, delegation)| delegation).collect();
        dns.add(".", Signed::Well, &format!("$ORIGIN .\n{HEAD}{delegations}"));
        dns
    }

    /// Writes and signs a zone; gives the digest of its key for the zone above.
    fn add(&mut self, name: &str, signed: Signed, text: &str) -> String {
        let folder = self.folder.path().to_owned();
        let file = folder.join(format!("{}zone", if name == "." { "root." } else { name }));
        fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let output = format!("{file}.signed");
        self.zones
            .push((name.to_owned(), PathBuf::from(if has_signatures(signed) { &output } else { file })));
        if signed == Signed::Not {
            return String::new();
        }
        let key = run(&folder, "ldns-keygen", &["-a", "ECDSAP256SHA256", "-k", name]);
        let zone_key = run(&folder, "ldns-keygen", &["-a", "ECDSAP256SHA256", name]);
        if has_signatures(signed) {
            // Not from this very second on: the clock may be set back a little while the tests run.
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            let an_hour_ago = (now.as_secs() - 3600).to_string();
            let mut arguments = match signed {
                Signed::Expired => vec!["-i", "20200101000000", "-e", "20200102000000"],
                _ => vec!["-i", &an_hour_ago],
            };
            if signed == Signed::Hashed {
                arguments.push("-n");
            }
            arguments.extend(["-f", &output, file, &key, &zone_key]);
            run(&folder, "ldns-signzone", &arguments);
        }
        if signed == Signed::Forged {
            let text = fs::read_to_string(&output).unwrap();
            let forged = text.replace("127.0.0.1", "127.0.0.9").replace("mx1.", "mx2.");
            assert_ne!(text, forged);
            fs::write(&output, forged).unwrap();
        }
        let record = fs::read_to_string(folder.join(format!("{key}.key"))).unwrap();
        if name == "." {
            record.split(';').next().unwrap_or_default().trim().clone_into(&mut self.root_key);
        }
        fs::read_to_string(folder.join(format!("{key}.ds"))).unwrap_or_default()
    }

    /// A file with the key of the root zone.
    pub(crate) fn trust_anchor_file(&self) -> PathBuf {
        let path = self.folder.path().join("root.key");
        fs::write(&path, format!("{}\n", self.root_key)).unwrap();
        path
    }

    /// The key of the root zone.
    pub(crate) fn trust_anchors(&self) -> TrustAnchors {
        TrustAnchors::from_file(&self.trust_anchor_file()).map_err(|error| error.to_string()).unwrap()
    }

    /// Starts a resolver that checks signatures, or one that only hands them on.
    pub(crate) fn resolver(&self, validates: bool) -> Resolver {
        // An address of its own on the loopback, where no other resolver takes the port in the meantime.
        static NEXT: AtomicU8 = AtomicU8::new(64);
        let [.., high, low] = std::process::id().to_be_bytes();
        let ip = Ipv4Addr::new(127, NEXT.fetch_add(1, Ordering::Relaxed), high, low.max(1));
        let port = UdpSocket::bind((ip, 0)).unwrap().local_addr().unwrap().port();
        let folder = self.folder.path().display();
        let module = if validates { "validator iterator" } else { "iterator" };
        let mut settings = format!(
            "server:\n interface: {ip}\n port: {port}\n do-daemonize: no\n username: \"\"\n chroot: \"\"\n\
             directory: \"{folder}\"\n pidfile: \"\"\n use-syslog: no\n verbosity: 0\n num-threads: 1\n\
             trust-anchor: \"{}\"\n module-config: \"{module}\"\n\
             remote-control:\n control-enable: no\n",
            self.root_key.replace('\t', " ")
        );
        for (name, file) in &self.zones {
            write!(
                settings,
                "auth-zone:\n name: \"{name}\"\n zonefile: \"{}\"\n for-downstream: no\n for-upstream: yes\n\
                 fallback-enabled: no\n",
                file.display()
            )
            .unwrap();
        }
        let file = self.folder.path().join(format!("unbound-{port}.conf"));
        fs::write(&file, settings).unwrap();
        let mut unbound = Command::new("unbound");
        let process = unbound.arg("-d").arg("-c").arg(&file).stdin(Stdio::null()).spawn().unwrap();
        let resolver = Resolver { address: (ip, port).into(), process };
        let begun = Instant::now();
        while TcpStream::connect(resolver.address).is_err() {
            assert!(begun.elapsed() < Duration::from_mins(1), "unbound does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        resolver
    }
}

fn has_signatures(signed: Signed) -> bool {
    !matches!(signed, Signed::Not | Signed::Stripped)
}
