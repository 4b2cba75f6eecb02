//! The milter protocol as other implementations' clients speak it, over TCP and a unix socket: miltertest of the `OpenDKIM`
//! project, which crashes at a new body of more than a kilobyte, and Python's package of the same name, which takes them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sealpost_tests::mails::large;
use sealpost_tests::place::{installed, project_root};
use sealpost_tests::process::{run, wait_until};
use sealpost_tests::secrets::contains;
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::{carrier, mails};

/// What becomes of mails by their recipients' domains.
const POLICY: &str = "\
default = \"seal\"
[[rule]]
name = \"passed\"
action = \"pass\"
[rule.when]
recipient_domains = [\"passed.example\"]
[[rule]]
name = \"marked\"
action = \"pass\"
add_header = [{ name = \"X-Protected-By\", value = \"Sealpost\" }]
remove_header = [\"X-Other\"]
[rule.when]
recipient_domains = [\"marked.example\"]
[[rule]]
name = \"never\"
action = \"reject\"
[rule.when]
recipient_domains = [\"never.example\"]
";

/// Hands in one mail for each recipient on one connection, one mail in between being given up, and looks at what is
/// answered and edited.
const SCRIPT: &str = r#"
local function must(good, what) if not good then error(what) end end
local conn = mt.connect("SOCKET")
must(conn ~= nil, "no connection")
must(mt.negotiate(conn, nil, nil, nil) == nil, "negotiation")
must(mt.conninfo(conn, "client.example", "192.0.2.7") == nil, "connect")
must(mt.helo(conn, "client.example") == nil, "helo")
local function begin(recipient)
  mt.macro(conn, SMFIC_MAIL, "i", "4D1A2B3C")
  must(mt.mailfrom(conn, "<alice@example.org>") == nil, "mail")
  must(mt.rcptto(conn, "<" .. recipient .. ">") == nil, "rcpt")
  must(mt.getreply(conn) == SMFIR_CONTINUE, "answer to rcpt")
  mt.header(conn, "From", " alice@example.org")
  mt.header(conn, "X-Other", " 1")
  mt.eoh(conn)
  mt.bodystring(conn, "a body\r\n")
end
local function mail(recipient, reply)
  begin(recipient)
  must(mt.eom(conn) == nil, "end")
  must(mt.getreply(conn) == reply, "answer for " .. recipient)
end
mail("bob@passed.example", SMFIR_CONTINUE)
must(not mt.eom_check(conn, MT_HDRINSERT, "X-Protected-By"), "a passed mail is edited")
mail("bob@never.example", SMFIR_REPLYCODE)
local why = "rejected by the policy's rule \"never\""
must(mt.eom_check(conn, MT_SMTPREPLY, "550", "5.7.1", why), "the reply to a rejected mail")
begin("bob@never.example")
mt.abort(conn)
mail("bob@marked.example", SMFIR_CONTINUE)
must(mt.eom_check(conn, MT_HDRINSERT, "X-Protected-By"), "no field is added")
must(mt.eom_check(conn, MT_HDRDELETE, "X-Other"), "no field is removed")
must(not mt.eom_check(conn, MT_BODYCHANGE), "the body is changed")
mt.disconnect(conn)
mt.echo("all is well")
"#;

/// The header section of a sealed mail: what it keeps of the mail's own, and what is new.
const FIELDS: [&str; 10] = [
    "Received",
    "Received",
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Sealpost-Mark",
];

#[test]
fn another_implementation_is_answered() {
    if !installed(&["miltertest"]) {
        return;
    }
    let mut site = Site::new(&Plan { policy: POLICY.into(), ..Plan::new("milter") }).unwrap();
    site.start_gateway().unwrap();
    let port = site.ports.gateway_milter.port();
    for socket in [format!("inet:{port}@127.0.0.1"), format!("unix:{}", site.milter_socket().display())] {
        let script = tempfile::NamedTempFile::new().unwrap();
        fs::write(script.path(), SCRIPT.replace("SOCKET", &socket)).unwrap();
        let mut client = Command::new("miltertest").arg("-s").arg(script.path()).spawn().unwrap();
        let ended = wait_until("miltertest to end", Duration::from_mins(1), || client.try_wait().unwrap());
        if ended.is_err() {
            client.kill().unwrap();
        }
        assert!(ended.unwrap().success(), "{socket}");
    }
    site.finish().unwrap();
}

/// A Python with the package miltertest, as `tests/run` provides one.
fn python() -> Option<Command> {
    let python = std::env::var_os("SEALPOST_PYTHON").unwrap_or_else(|| "python3".into());
    let has_it = Command::new(&python).args(["-c", "import miltertest"]).output();
    let has_it = has_it.is_ok_and(|output| output.status.success());
    let may_be_missing = std::env::var_os("SEALPOST_ALL_PARTS").is_none();
    assert!(has_it || may_be_missing, "no miltertest: install tests/interop/requirements.txt");
    has_it.then(|| Command::new(python))
}

/// Returns what becomes of a mail in the queue of an MTA that speaks by that package.
fn edited(mut python: Command, socket: &str, mail: &Path) -> Vec<u8> {
    python.arg(project_root().join("tests/interop/mail_by_milter.py"));
    run(python.args([socket, "alice@example.org", "bob@example.net"]).arg(mail)).unwrap()
}

#[test]
fn another_implementation_takes_the_sealed_mail() {
    const MARK: &str = "only-for-your-eyes-4711";
    if python().is_none() {
        return;
    }
    let mut site = Site::new(&Plan::new("milter")).unwrap();
    site.start_gateway().unwrap();
    let trace = "Received: from a by b;\r\n\tnow\r\nX-Mailer: one\r\nx-mailer: two\r\n";
    let small = mails::text("alice@example.org", "bob@example.net", "Grüße", MARK);
    let large = large("alice@example.org", "bob@example.net", "large", 400_000);
    for socket in
        [format!("inet:{}", site.ports.gateway_milter), format!("unix:{}", site.milter_socket().display())]
    {
        for mail in [&small, &large] {
            let mail = [trace.as_bytes(), mail].concat();
            let file = site.folder().join("mail.eml");
            fs::write(&file, &mail).unwrap();
            let now = edited(python().unwrap(), &socket, &file);
            assert!(carrier::is_sealed(&now) && !contains(&now, MARK.as_bytes()), "{socket}");
            assert!(site.open(&now).unwrap() == mail, "{socket}: what is opened is what was sent");
            let head = String::from_utf8_lossy(&now).split("\r\n\r\n").next().unwrap_or_default().to_owned();
            let names: Vec<_> = head
                .lines()
                .filter(|line| !line.starts_with([' ', '\t']))
                .map(|line| line.split(':').next().unwrap())
                .collect();
            assert_eq!(names, FIELDS, "{socket}");
        }
    }
    site.finish().unwrap();
}
