//! The milter protocol as another implementation's client speaks it: miltertest of the `OpenDKIM` project, over TCP and a unix
//! socket. What it cannot do is take a new body of more than a kilobyte (it crashes); Postfix takes them in `insertion`.

use std::fs;
use std::process::Command;
use std::time::Duration;

use sealpost_tests::place::installed;
use sealpost_tests::process::wait_until;
use sealpost_tests::site::{Plan, Site};

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
