//! Only what authenticated users hand in is sealed; what comes in from outside doesn't meet the gateway.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;
use std::thread;

use sealpost_tests::mails::text;
use sealpost_tests::place::{Folder, installed, project_root};
use sealpost_tests::postfix::Filter;
use sealpost_tests::process::run;
use sealpost_tests::{carrier, certificate, smtp};

use super::lane::Lane;
use super::mails::MARK;

const SENDER: &str = "alice@example.org";
const OUTSIDE: &str = "bob@example.net";
const INSIDE: &str = "erik@example.org";
/// User "alice" with the password "secret-word", as SASL's PLAIN writes them.
pub(super) const CREDENTIALS: &str = "AGFsaWNlAHNlY3JldC13b3Jk";

/// Answers smtpd(8) in the place of Dovecot: its authentication protocol, as far as PLAIN needs it.
fn authenticate_at(socket: &Path) {
    let listener = UnixListener::bind(socket).unwrap();
    fs::set_permissions(socket, fs::Permissions::from_mode(0o666)).unwrap();
    // Ends with the test program.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(&stream).ok());
        }
    });
}

fn answer(mut stream: &UnixStream) -> std::io::Result<()> {
    stream.write_all(b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t00112233445566778899aabbccddeeff\nDONE\n")?;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        let fields: Vec<_> = line.split('\t').collect();
        if let ["AUTH", id, ..] = fields.as_slice() {
            let resp = format!("resp={CREDENTIALS}");
            let verdict = if fields.contains(&resp.as_str()) { "OK" } else { "FAIL" };
            stream.write_all(format!("{verdict}\t{id}\tuser=alice\n").as_bytes())?;
        }
    }
    Ok(())
}

/// Has somebody answer for users in `folder`, and returns the settings that send smtpd(8) there.
pub(super) fn sasl_settings(folder: &Folder) -> String {
    let socket = folder.join("auth");
    authenticate_at(&socket);
    format!("smtpd_sasl_type = dovecot\nsmtpd_sasl_path = {}\n", socket.display())
}

/// Hands a mail in as a mail program does, by Python's; returns what the server said, "sent" for no refusal.
fn submit(lane: &Lane, way: &str, password: &str, mail: &Path) -> String {
    let ports = lane.site.ports;
    let port = if way == "tls" { ports.submissions } else { ports.submission };
    let mut python = Command::new(std::env::var_os("SEALPOST_PYTHON").unwrap_or_else(|| "python3".into()));
    python.arg(project_root().join("tests/interop/submit.py")).arg(port.port().to_string());
    let said = run(python.args([way, password, SENDER, OUTSIDE]).arg(mail)).unwrap();
    String::from_utf8_lossy(&said).trim().to_owned()
}

#[test]
fn only_authenticated_users_mail_is_sealed() {
    if !installed(&["postfix", "openssl", "python3"]) {
        return;
    }
    let folder = Folder::new("submission").unwrap();
    let (key, certificate) = (folder.join("key.pem"), folder.join("cert.pem"));
    certificate::make("mx", &certificate, &key).unwrap();
    let settings = format!(
        "{}smtpd_tls_cert_file = {}\nsmtpd_tls_key_file = {}\n",
        sasl_settings(&folder),
        certificate.display(),
        key.display()
    );
    let lane = Lane::start(Filter::Submission, &[], &settings, "");
    let mail = folder.join("mail.eml");
    fs::write(&mail, text(SENDER, OUTSIDE, "Hello", MARK)).unwrap();
    for way in ["starttls", "tls"] {
        assert_eq!(submit(&lane, way, "secret-word", &mail), "sent", "{way}");
        let copies = lane.collect();
        assert_eq!(copies[OUTSIDE].len(), 1, "{way}");
        assert!(carrier::is_sealed(&copies[OUTSIDE][0].mail), "{way}");
        assert!(submit(&lane, way, "wrong", &mail).starts_with("535"), "{way}");
    }
    assert!(submit(&lane, "plain", "secret-word", &mail).starts_with("530"));
    assert!(submit(&lane, "starttls", "", &mail).starts_with("554"));
    assert!(lane.collect().is_empty(), "nothing is taken from a stranger");

    // From outside to the inside, and from a host of the own network without authentication: the gateway sees neither.
    let before = lane.site.gateway().log().matches("mail").count();
    for (sender, recipient) in [("bob@example.net", INSIDE), (SENDER, OUTSIDE)] {
        let mail = text(sender, recipient, "Hello", MARK);
        assert!(smtp::deliver(lane.site.ports.public, sender, &[recipient], &mail).unwrap().is_success());
        let copies = lane.collect();
        assert!(copies[recipient].len() == 1 && !carrier::is_sealed(&copies[recipient][0].mail));
    }
    assert_eq!(lane.site.gateway().log().matches("mail").count(), before, "the gateway saw them");
    lane.site.finish().unwrap();
}
