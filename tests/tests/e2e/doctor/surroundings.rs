//! What lies around a chain and is not its own: certificates, the DNS, the clock.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use sealpost_tests::place::{find_program, installed, project_root};
use sealpost_tests::postfix::Filter;
use sealpost_tests::process::{Process, free_address, run};

use super::Scene;
use super::front::{Authority, Certificate, Front};

/// A certificate with nothing wrong.
const GOOD: Certificate = Certificate { name: "127.0.0.1", hours: [-24, 90 * 24], has_other_key: false };

/// What is wrong with the certificate, and the words that tell of it.
const CERTIFICATES: [(&str, Certificate, &str); 6] = [
    ("ends soon", Certificate { hours: [-24, 10 * 24 + 12], ..GOOD }, "ends in less than 11 days"),
    ("ends today", Certificate { hours: [-24, 12], ..GOOD }, "ends in less than 1 days"),
    ("expired", Certificate { hours: [-48, -24], ..GOOD }, "certificate expired"),
    ("not yet in force", Certificate { hours: [24, 48], ..GOOD }, "certificate not valid yet"),
    ("of another name", Certificate { name: "portal.example.org", ..GOOD }, "not valid for name"),
    ("with another key", Certificate { has_other_key: true, ..GOOD }, "BadSignature"),
];

/// Has the doctor trust an authority, and no other.
fn trust(scene: &mut Scene, authority: &Authority) {
    let path = scene.path("authority.pem");
    fs::write(&path, authority.pem()).unwrap();
    scene.surroundings.push(("SSL_CERT_FILE", path.into_os_string()));
}

/// Puts a reverse proxy in front of the portal; gives it, and settings by which it is the portal.
fn behind(scene: &mut Scene, authority: &Authority, certificate: &Certificate) -> (Front, PathBuf) {
    let front = Front::start(scene.site.portal_address(), authority, certificate);
    let settings = by_tls(scene, front.address);
    (front, settings)
}

/// Makes settings whose portal is there.
fn by_tls(scene: &mut Scene, address: SocketAddr) -> PathBuf {
    let portal = scene.site.portal_url();
    scene.settings(&format!("url = \"{portal}\""), &format!("url = \"https://{address}\""))
}

#[test]
fn a_bad_certificate_of_the_portals_is_found() {
    if !installed(&["postfix"]) {
        return;
    }
    let mut scene = Scene::start("doctor-certificate", Filter::Lmtp);
    let postfix = scene.path("postfix/config");
    let (authority, stranger) = (Authority::new("trusted"), Authority::new("stranger"));
    trust(&mut scene, &authority);
    let (_front, settings) = behind(&mut scene, &authority, &GOOD);
    scene.passes((&settings, &postfix), "certificate", "good for 14 days or more");
    for (what, certificate, words) in &CERTIFICATES {
        let (_front, settings) = behind(&mut scene, &authority, certificate);
        scene.finds(what, (&settings, &postfix), &[], "certificate", words);
    }
    let (_front, settings) = behind(&mut scene, &stranger, &GOOD);
    scene.finds("of a stranger", (&settings, &postfix), &[], "certificate", "UnknownIssuer");
    // Where there is no TLS at all, there is no certificate that could be bad.
    let portal = scene.site.portal_address();
    let settings = by_tls(&mut scene, portal);
    scene.finds("no TLS", (&settings, &postfix), &[], "portal", "cannot be reached");
    scene.finish();
}

/// What the DNS has under a selector, with OTHER in the place of another key, and what is said about it.
const RECORDS: [(&str, &str, &str); 4] = [
    ("other", "v=DKIM1; k=rsa; p=OTHER", "the TXT record at other._domainkey.example.org has another key"),
    ("revoked", "v=DKIM1; k=rsa; p=", "the TXT record at revoked._domainkey.example.org revokes the key"),
    ("unrelated", "v=spf1 -all", "the TXT record at unrelated._domainkey.example.org has no key"),
    ("absent", "-", "there is no TXT record at absent._domainkey.example.org"),
];

/// Gives the settings of a resolver that knows these TXT records.
fn unbound(port: u16, records: &[(String, String)]) -> String {
    let mut settings = format!(
        "server:\n interface: 127.0.0.1\n port: {port}\n do-daemonize: no\n username: \"\"\n chroot: \"\"\n pidfile: \"\"\n \
         use-syslog: no\n num-threads: 1\n module-config: \"iterator\"\n local-zone: \"example.org.\" static\n"
    );
    for (name, value) in records {
        // A string in a record has 255 characters at most.
        let strings: Vec<_> = value.as_bytes().chunks(255).map(String::from_utf8_lossy).collect();
        writeln!(settings, " local-data: '{name}. 300 IN TXT \"{}\"'", strings.join("\" \"")).unwrap();
    }
    settings + "remote-control:\n control-enable: no\n"
}

#[test]
fn a_dkim_key_that_the_dns_does_not_have_is_found() {
    if !installed(&["postfix", "unbound", "openssl"]) {
        return;
    }
    let mut scene = Scene::start("doctor-dkim", Filter::Lmtp);
    let postfix = scene.path("postfix/config");
    let published = |key: &str| {
        let path = scene.path(key);
        let mut openssl = Command::new("openssl");
        let openssl = openssl.args(["genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048"]);
        run(openssl.arg("-out").arg(&path)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let printed = ["keys", "dkim", "--json", "--domain", "example.org", "--selector", "s", "--key", key];
        let printed = run(&mut scene.site.gateway_command(&printed)).unwrap();
        let printed: serde_json::Value = serde_json::from_slice(&printed).unwrap();
        printed["value"].as_str().unwrap().to_owned()
    };
    let (own, other) = (published("dkim.key"), published("other.key"));
    let other = other.rsplit_once("p=").unwrap().1;
    let name = |selector: &str| format!("{selector}._domainkey.example.org");
    let mut records = vec![(name("good"), own)];
    let there = RECORDS.iter().filter(|(_, record, _)| *record != "-");
    records.extend(there.map(|(selector, record, _)| (name(selector), record.replace("OTHER", other))));
    let address = free_address().unwrap();
    let file = scene.path("unbound.conf");
    fs::write(&file, unbound(address.port(), &records)).unwrap();
    let mut command = Command::new(find_program("unbound").unwrap());
    command.arg("-d").arg("-c").arg(&file);
    let mut resolver = Process::start("unbound", command, &scene.path("unbound.log")).unwrap();
    resolver.wait_for_port(address).unwrap();

    let mut signing = |selector: &str| {
        let tables = format!(
            "[reachability]\nresolver = \"{address}\"\n[[dkim]]\ndomains = [\"example.org\"]\nselector = \"{selector}\"\n\
             key = \"dkim.key\"\n[log]"
        );
        scene.settings("[log]", &tables)
    };
    let good = signing("good");
    let broken: Vec<_> = RECORDS.iter().map(|(selector, ..)| signing(selector)).collect();
    scene.passes((&good, &postfix), "dkim", "1 keys are published");
    for (settings, (selector, _, words)) in broken.iter().zip(RECORDS) {
        scene.finds(selector, (settings, &postfix), &[], "dkim", words);
    }
    resolver.stop().unwrap();
    scene.finish();
}

/// What time this host has, in seconds from now, and what is said about it.
const CLOCKS: [(&str, i64, &str); 3] = [
    ("an hour ahead", 3600, "s ahead of the portal's"),
    ("an hour behind", -3600, "s behind the portal's"),
    ("five minutes behind", -300, "s behind the portal's"),
];

#[test]
fn a_clock_that_is_off_is_found() {
    if !installed(&["postfix", "cc"]) {
        return;
    }
    let mut scene = Scene::start("doctor-clock", Filter::Lmtp);
    let postfix = scene.path("postfix/config");
    // Certificates are judged by the clock as well.
    let authority = Authority::new("trusted");
    trust(&mut scene, &authority);
    let (_front, settings) = behind(&mut scene, &authority, &GOOD);
    let library = scene.path("clock.so");
    let source = project_root().join("tests/tests/e2e/doctor/clock.c");
    run(Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source)).unwrap();
    scene.surroundings.push(("LD_PRELOAD", library.into_os_string()));
    scene.surroundings.push(("SEALPOST_CLOCK_OFFSET", "60".into()));
    scene.passes((&settings, &postfix), "clock", "agrees with the portal's");
    // Five years before this program was written.
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let years = ("years behind", 1_609_459_200 - now, "this host's clock is years behind");
    for (what, offset, words) in CLOCKS.into_iter().chain([years]) {
        scene.surroundings.pop();
        scene.surroundings.push(("SEALPOST_CLOCK_OFFSET", offset.to_string().into()));
        scene.finds(what, (&settings, &postfix), &[], "clock", words);
    }
    scene.finish();
}
