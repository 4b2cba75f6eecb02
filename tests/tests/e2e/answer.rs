//! Answering, with all that is between a reader's browser and the mailboxes of the others: people outside get the answer sealed and
//! can read it, colleagues get it in clear, and nothing in clear goes out even where policy would pass everything.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use mail_parser::{MessageParser, MimeHeaders as _};
use sealpost_tests::browser::{Browser, Key};
use sealpost_tests::carrier;
use sealpost_tests::mails::{self, random_bytes, unique_text};
use sealpost_tests::place::{installed, project_root};
use sealpost_tests::postfix::Filter;
use sealpost_tests::process::run;
use sealpost_tests::secrets::contains;
use sealpost_tests::sink::{At, Fault};
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::smtp;
use serde_json::{Value, json};

use crate::desk::{Desk, GENEROUS, submit};

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.net";
const CAROL: &str = "carol@example.com";
const DOMAIN: &str = "example.org";

/// Seals nothing by itself but what carries a mark, which no answer does.
const POLICY: &str = "\
internal_domains = [\"example.org\"]
default = \"pass\"

[[rule]]
name = \"marked\"
action = \"seal\"
[rule.when]
header = [{ name = \"X-Seal\" }]
";

struct Lab {
    site: Site,
    /// What Alice wrote.
    body: String,
}

impl Lab {
    fn start(name: &str) -> Option<Self> {
        if !installed(&["postfix", "chromium", "chromedriver"]) {
            return None;
        }
        let plan = Plan { policy: POLICY.into(), ..Plan::new(name) };
        let mut site = Site::new(&plan).unwrap();
        let relay = site.ports.gateway_smtp;
        site.add_portal_settings(&format!(
            "[answer]\nrelay = \"{relay}\"\ntls = \"none\"\nfrom = \"Example <answers@example.org>\"\n"
        ))
        .unwrap();
        sign(&site);
        site.start_gateway().unwrap();
        site.start_portal().unwrap();
        site.start_postfix(Filter::Lmtp, &[ALICE, BOB, CAROL, "answers@example.org"]).unwrap();
        let mut lab = Self { site, body: unique_text("Question") };
        lab.site.secrets.add("the body", &lab.body);
        let mail = format!(
            "From: Alice Archer <{ALICE}>\r\nTo: Bob Baker <{BOB}>, Carol <{CAROL}>\r\nSubject: Harbour\r\n\
             Date: Mon, 6 Jan 2025 10:00:00 +0000\r\nMessage-ID: <question@example.org>\r\nX-Seal: yes\r\n\r\n{}\r\n",
            lab.body
        );
        let reply = smtp::deliver(lab.site.ports.submission, ALICE, &[BOB, CAROL], mail.as_bytes()).unwrap();
        assert!(reply.is_success(), "{reply:?}");
        Some(lab)
    }

    /// Opens the latest sealed mail of a reader in his browser, and proves his address.
    fn read(&mut self, browser: &Browser, reader: &str, wanted: impl Fn(&[u8]) -> bool) {
        let mailbox = self.site.postfix().mailbox(reader);
        let sealed =
            mailbox.wait_for("a sealed mail", |mail| carrier::is_sealed(mail) && wanted(mail)).unwrap();
        let file = self.site.folder().join(&format!("{reader}.html"));
        fs::write(&file, carrier::message_html(&sealed).unwrap()).unwrap();
        browser.open_file(&file).unwrap();
        browser.click("button").unwrap();
        browser.follow_new_window().unwrap();
        browser.type_into("#address", reader).unwrap();
        browser.click("button[formaction='/passcode']").unwrap();
        browser.text("#passcode").unwrap();
        let mail = mailbox.wait_for("the passcode", |mail| carrier::passcode(mail).is_ok()).unwrap();
        let passcode = carrier::passcode(&mail).unwrap();
        self.site.secrets.add("a passcode", &passcode);
        browser.type_into("#passcode", &passcode).unwrap();
        browser.click("button[formaction='/read']").unwrap();
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.site.folder().join("chart.bin");
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// Has the gateway sign for the organisation with two keys.
fn sign(site: &Site) {
    let mut tables = String::new();
    for name in ["rsa", "ed25519"] {
        let key = site.folder().join(&format!("{name}.key"));
        fs::copy(project_root().join(format!("gateway/tests/mails/dkim/{name}.pem")), &key).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        writeln!(tables, "[[dkim]]\ndomains = [\"{DOMAIN}\"]\nselector = \"{name}\"\nkey = \"{name}.key\"")
            .unwrap();
    }
    site.change_gateway_settings("[log]", &format!("{tables}[log]")).unwrap();
}

/// Whether mails pass DMARC by DKIM: for a receiver, and dkimpy, all that they need stands in the DNS.
fn assert_pass_dmarc(site: &Site, mails: &[&[u8]]) {
    let Some(python) = std::env::var_os("SEALPOST_PYTHON") else {
        println!("no Python with dkimpy: not run");
        return;
    };
    let mut records = serde_json::Map::new();
    for name in ["rsa", "ed25519"] {
        let key = format!("{name}.key");
        let arguments = ["keys", "dkim", "--json", "--domain", DOMAIN, "--selector", name, "--key", &key];
        let printed = run(&mut site.gateway_command(&arguments)).unwrap();
        let printed: Value = serde_json::from_slice(&printed).unwrap();
        records.insert(printed["name"].as_str().unwrap().to_owned(), printed["value"].clone());
    }
    let (keys, folder) = (site.folder().join("records.json"), site.folder().make("to-verify").unwrap());
    fs::write(&keys, serde_json::to_vec(&records).unwrap()).unwrap();
    let forged = String::from_utf8_lossy(mails[0]).replacen("via Example", "via Exomple", 1);
    for (number, mail) in mails.iter().copied().chain([forged.as_bytes()]).enumerate() {
        fs::write(folder.join(format!("{number}.eml")), mail).unwrap();
    }
    let script = project_root().join("tests/interop/check_dkim.py");
    let results = run(Command::new(python).arg(script).arg(&keys).arg(&folder)).unwrap();
    let results: Value = serde_json::from_slice(&results).unwrap();
    for (number, mail) in mails.iter().enumerate() {
        assert_eq!(results[format!("{number}.eml")], json!([true, true]), "{results}");
        let domain_of = |field: &str| field.trim_end_matches('>').rsplit_once('@').unwrap().1.to_owned();
        assert_eq!(domain_of(&field(mail, "From")), DOMAIN);
        assert_eq!(domain_of(&field(mail, "Return-Path")), DOMAIN, "SPF, too, is for the author's domain");
        let parsed = MessageParser::new().parse(*mail).unwrap();
        let signatures = parsed.headers_raw().filter(|(name, _)| name.eq_ignore_ascii_case("DKIM-Signature"));
        let tags = signatures.flat_map(|(_, value)| value.split(';').map(str::trim));
        let signed_for: Vec<_> = tags.filter_map(|tag| tag.strip_prefix("d=")).collect();
        assert_eq!(signed_for, [DOMAIN, DOMAIN]);
    }
    assert_eq!(results[format!("{}.eml", mails.len())], json!([false, false]), "{results}");
}

/// The decoded value of a field.
fn field(mail: &[u8], name: &str) -> String {
    let mail = MessageParser::new().parse(mail).unwrap();
    mail.header_raw(name).unwrap_or_default().trim().to_owned()
}

/// Whether a mail holds the text, or would once its encodings are taken off.
fn tells(mail: &[u8], text: &str) -> bool {
    let parsed = MessageParser::new().parse(mail).unwrap();
    let decoded = parsed.parts.iter().any(|part| contains(part.contents(), text.as_bytes()));
    decoded || contains(mail, text.as_bytes())
}

#[test]
fn a_reply_to_all_is_sealed_outside_and_clear_inside() {
    let Some(mut lab) = Lab::start("answer") else { return };
    let (answer, chart) = (unique_text("Answer"), random_bytes(11, 50_000));
    lab.site.secrets.add("the answer", &answer);
    let bob = Browser::start(lab.site.folder(), "bob", true).unwrap();
    lab.read(&bob, BOB, |_| true);
    assert!(bob.text(".message-text").unwrap().contains(&lab.body));
    bob.screenshots("answer-message").unwrap();
    bob.click("button[value='reply-all']").unwrap();
    // What has been typed is still there after a reload, and on the way there and back.
    bob.type_into("#text", &answer).unwrap();
    for leave in ["location.reload()", "document.querySelector(\"button[formaction='/read']\").click()"] {
        bob.evaluate(leave).unwrap();
        if leave.contains("/read") {
            bob.click("button[value='reply-all']").unwrap();
        }
        bob.text("#answer").unwrap();
        let typed = bob.evaluate("return document.getElementById('text').value").unwrap();
        let typed = typed.as_str().unwrap();
        assert!(typed.contains(&answer) && typed.contains(&format!("> {}", lab.body)), "{leave}: {typed}");
    }
    bob.type_into("#files", lab.file(&chart).to_str().unwrap()).unwrap();
    bob.screenshots("answer-write").unwrap();
    bob.click("button[formaction='/answer/send']").unwrap();
    let said = bob.text("[data-sent]").unwrap();
    assert!(said.contains(ALICE) && said.contains(CAROL), "{said}");
    bob.screenshots("answer-sent").unwrap();
    assert_eq!(bob.evaluate("return sessionStorage.length").unwrap(), 0);

    let is_answer = |mail: &[u8]| field(mail, "In-Reply-To") == "<question@example.org>";
    let clear = lab.site.postfix().mailbox(ALICE).wait_for("the answer", is_answer).unwrap();
    assert!(!carrier::is_sealed(&clear) && tells(&clear, &answer));
    assert_eq!(field(&clear, "From"), "\"Bob Baker via Example\" <answers@example.org>");
    assert_eq!(field(&clear, "Reply-To"), format!("\"Bob Baker\" <{BOB}>"));
    assert_eq!(field(&clear, "References"), "<question@example.org>");
    assert_eq!(field(&clear, "Sealpost-Seal"), "");
    let parsed = MessageParser::new().parse(&clear).unwrap();
    let attached = parsed.attachments().find(|part| part.attachment_name() == Some("chart.bin")).unwrap();
    assert!(attached.contents() == chart);

    let mut answers = Vec::new();
    for reader in [CAROL, BOB] {
        let mailbox = lab.site.postfix().mailbox(reader);
        let sealed = mailbox.wait_for("the sealed answer", is_answer).unwrap();
        assert!(carrier::is_sealed(&sealed), "{reader}");
        assert_eq!(field(&sealed, "Message-ID"), field(&clear, "Message-ID"));
        assert_eq!(field(&sealed, "From"), field(&clear, "From"));
        assert!(tells(&lab.site.open(&sealed).unwrap(), &answer), "{reader}");
        for mail in mailbox.mails().unwrap() {
            assert!(!tells(&mail, &answer) && !tells(&mail, &lab.body), "in clear to {reader}");
        }
        answers.push(sealed);
    }
    assert_pass_dmarc(&lab.site, &answers.iter().map(Vec::as_slice).collect::<Vec<_>>());

    let carol = Browser::start(lab.site.folder(), "carol", false).unwrap();
    lab.read(&carol, CAROL, is_answer);
    let read = carol.text(".message-text").unwrap();
    assert!(read.contains(&answer) && read.contains(&lab.body));
    // Her answer goes to Bob, who reads it here, without JavaScript.
    carol.click("button[value='reply']").unwrap();
    assert!(carol.text(".message-fields").unwrap().contains(BOB));
    let thanks = unique_text("Thanks");
    lab.site.secrets.add("her answer", &thanks);
    carol.type_into("#text", &thanks).unwrap();
    carol.click("button[formaction='/answer/send']").unwrap();
    assert!(carol.text("[data-sent]").unwrap().contains(BOB));
    let answered = field(&clear, "Message-ID");
    let is_thanks = |mail: &[u8]| field(mail, "In-Reply-To") == answered;
    let sealed = lab.site.postfix().mailbox(BOB).wait_for("her answer", is_thanks).unwrap();
    assert!(carrier::is_sealed(&sealed) && !tells(&sealed, &thanks));
    assert_eq!(
        field(&sealed, "References").split_whitespace().collect::<Vec<_>>(),
        ["<question@example.org>", &answered]
    );
    lab.site.finish().unwrap();
}

#[test]
fn a_draft_goes_with_the_sign_in() {
    let Some(mut lab) = Lab::start("draft") else { return };
    let bob = Browser::start(lab.site.folder(), "bob", true).unwrap();
    lab.read(&bob, BOB, |_| true);
    // Those whom the message names can be chosen, and stay so.
    bob.click("button[value='forward']").unwrap();
    bob.text("#to").unwrap();
    assert_eq!(bob.texts("#to label").unwrap(), [format!("Alice Archer {ALICE}"), format!("Carol {CAROL}")]);
    bob.click(&format!("#to input[value='{CAROL}']")).unwrap();
    bob.screenshots("answer-forward").unwrap();
    bob.click("button[formaction='/read']").unwrap();
    bob.click("button[value='forward']").unwrap();
    bob.text("#to").unwrap();
    let chosen = "return [...document.querySelectorAll('#to input')].map((input) => input.checked)";
    assert_eq!(bob.evaluate(chosen).unwrap(), serde_json::json!([false, true]));
    bob.click("button[formaction='/read']").unwrap();
    bob.click("button[value='reply']").unwrap();
    bob.type_into("#text", "half a thought").unwrap();
    // Enter sends nothing of it.
    let watch = "window.seen = 'nothing'; \
                 document.getElementById('carry').addEventListener('submit', () => { window.seen = 'sent'; })";
    bob.evaluate(watch).unwrap();
    bob.type_into("#subject", "!").unwrap();
    bob.press(Key::Enter).unwrap();
    assert_eq!(bob.evaluate("return window.seen").unwrap(), "nothing");
    assert_eq!(bob.evaluate("return sessionStorage.length").unwrap(), 2);
    bob.click("form[action='/sign-out'] button").unwrap();
    // Not the heading of the page before.
    bob.text(".narrow h1").unwrap();
    assert_eq!(bob.evaluate("return sessionStorage.length").unwrap(), 0);
    lab.site.finish().unwrap();
}

/// A relay that is no gateway: Postfix itself, which would carry the answer on in clear.
#[test]
fn a_postfix_in_the_gateways_place_gets_nothing() {
    let Some(mut lab) = Lab::start("no-gateway") else { return };
    lab.site.stop_portal().unwrap();
    let settings = fs::read_to_string(lab.site.portal_settings()).unwrap();
    let gateway = format!("relay = \"{}\"\ntls = \"none\"\nfrom = \"Example <", lab.site.ports.gateway_smtp);
    assert!(settings.contains(&gateway));
    let postfix =
        gateway.replace(&lab.site.ports.gateway_smtp.to_string(), &lab.site.ports.reinjection.to_string());
    fs::write(lab.site.portal_settings(), settings.replace(&gateway, &postfix)).unwrap();
    lab.site.start_portal().unwrap();
    let bob = Browser::start(lab.site.folder(), "bob", false).unwrap();
    lab.read(&bob, BOB, |_| true);
    bob.click("button[value='reply']").unwrap();
    let answer = unique_text("Answer");
    lab.site.secrets.add("the answer", &answer);
    bob.type_into("#text", &answer).unwrap();
    bob.click("button[formaction='/answer/send']").unwrap();
    bob.text("#fault").unwrap();
    let kept = bob.evaluate("return document.getElementById('text').value").unwrap();
    assert!(kept.as_str().unwrap().contains(&answer));
    bob.screenshots("answer-fault").unwrap();
    let log = fs::read_to_string(lab.site.folder().join("portal.log")).unwrap();
    assert!(log.contains("does not announce XSEALPOST"), "the log says why");
    let maillog = fs::read_to_string(lab.site.folder().join("postfix/maillog")).unwrap();
    assert!(!maillog.contains("answers@example.org"), "nothing was handed in");
    lab.site.finish().unwrap();
}

/// A portal that is killed while the gateway has the answer and has not said so: nobody is told that it was sent, nobody sends it
/// once more while that may still be going on, and what the reader wrote is on his page.
#[test]
fn a_killed_portal_calls_nothing_sent() {
    let plan = Plan { passcode_settings: GENEROUS.into(), ..Plan::new("answer-killed") };
    let mut desk = Desk::new(plan).unwrap();
    let relay = desk.site.ports.gateway_smtp;
    desk.site
        .add_portal_settings(&format!(
            "[answer]\nrelay = \"{relay}\"\ntls = \"none\"\nfrom = \"Example <answers@example.org>\"\n"
        ))
        .unwrap();
    desk.site.start_portal().unwrap();
    let answer = unique_text("Answer");
    desk.site.secrets.add("the answer", &answer);
    let message = desk.seal(&mails::text(ALICE, BOB, "Harbour", "x"), &[BOB]).unwrap();
    let mut bob = desk.reader();
    let page = desk.read(&mut bob, &message).unwrap();
    let page = submit(&mut bob, &page.form("/answer").unwrap().with("way", "reply")).unwrap();
    let form = page.form("/answer/send").unwrap().with("text", &answer);

    // Pressed twice: the one is sending it, and the other is told so.
    desk.next_hop.set_fault(Some((At::Dot, Fault::Slow(Duration::from_mins(2)))));
    let (told, tells) = mpsc::channel();
    for _ in 0..2 {
        let (mut bob, form, told) = (bob.clone(), form.clone(), told.clone());
        thread::spawn(move || told.send(submit(&mut bob, &form).map(|page| page.status)));
    }
    let soon = || tells.recv_timeout(Duration::from_mins(1)).unwrap();
    assert_eq!(soon().unwrap(), 409);
    desk.site.kill_portal().unwrap();
    assert!(soon().is_err(), "the connection broke");

    desk.site.start_portal().unwrap();
    for _ in 0..2 {
        let page = submit(&mut bob, &form).unwrap();
        assert_eq!(page.status, 409);
        assert!(page.text().contains(&answer) && !page.text().contains("data-sent"));
    }
    // The gateway, which still waits for the next hop, is let go.
    desk.next_hop.set_fault(None);
    desk.site.finish().unwrap();
}
