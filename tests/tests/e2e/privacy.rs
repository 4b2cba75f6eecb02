//! After a day's traffic of all kinds, nothing of anybody stands in database, figures or logs beyond what the privacy
//! statement names.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use sealpost_tests::mails::{Attachment, unique_text, with_attachments};
use sealpost_tests::postgres;
use sealpost_tests::process::run;
use sealpost_tests::reader::{Form, From, Page, Reader};
use sealpost_tests::secrets::contains;
use sealpost_tests::site::Plan;
use sha2::{Digest, Sha256};

use crate::desk::{Desk, GENEROUS, SENDER, open};

const TOKEN: &str = "the-admins-token-for-figures";
/// The readers come from here.
const NETWORK: &str = "203.0.113.";
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
    "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
];

/// What must stand nowhere: what it is, and its bytes.
struct Traces(Vec<(String, Vec<u8>)>);

impl Traces {
    fn add(&mut self, what: &str, secret: &str) {
        self.0.push((what.to_owned(), secret.as_bytes().to_vec()));
        // Unkeyed hashes are as good as what they are of: addresses can be tried.
        let digest = Sha256::digest(secret);
        let hex = digest.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        });
        self.0.push((format!("the hash of {what}"), hex.into_bytes()));
        self.0.push((format!("the hash of {what}"), digest.to_vec()));
    }

    fn assert_not_in(&self, place: &str, bytes: &[u8]) {
        assert!(!bytes.is_empty(), "{place}");
        for (what, secret) in &self.0 {
            assert!(!contains(bytes, secret), "{place} holds {what}");
        }
    }
}

/// Does as a browser does behind a proxy: with its network and User-Agent.
fn post(reader: &mut Reader, number: usize, form: &Form) -> Page {
    let headers = [
        format!("X-Forwarded-For: {NETWORK}{}", 1 + number % 200),
        format!("User-Agent: {}", AGENTS[number % AGENTS.len()]),
        "Content-Type: multipart/form-data; boundary=b".to_owned(),
    ];
    let mut body = String::new();
    for (name, value) in &form.fields {
        write!(body, "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").unwrap();
    }
    body.push_str("--b--\r\n");
    let from = if form.action == "/open" { From::File } else { From::Portal };
    reader.request("POST", &form.action, from, &headers, body.as_bytes()).unwrap()
}

/// One reader's way, with everything that he may do, and what goes wrong on it.
fn one_way(desk: &mut Desk, message: &str, number: usize, traces: &mut Traces) {
    let mut reader = desk.reader();
    let form = |action: &str, fields: &[(&str, &str)], message: &Form| {
        let mut form = message.clone();
        action.clone_into(&mut form.action);
        form.fields.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        form
    };
    let envelope = sealpost_tests::reader::form_of(message, "/open").unwrap();
    assert_eq!(post(&mut reader, number, &envelope).status, 200);
    assert_eq!(post(&mut reader, number, &form("/passcode", &[], &envelope)).status, 200);
    let passcode = sealpost_tests::carrier::passcode(&desk.relay.wait().unwrap().mail).unwrap();
    desk.site.secrets.add("a passcode", &passcode);
    traces.add("a passcode", &passcode);
    for wrong in ["00000000", "no passcode"] {
        post(&mut reader, number, &form("/read", &[("passcode", wrong)], &envelope));
    }
    let read = form("/read", &[("passcode", &passcode)], &envelope);
    assert!(post(&mut reader, number, &read).text().contains("/sign-out"));
    for cookie in reader.cookies().values() {
        // The language is no secret.
        if cookie.len() > 8 {
            desk.site.secrets.add("a cookie", cookie);
            traces.add("a cookie", cookie);
        }
    }
    for action in ["/print", "/mail", "/attachments", "/read"] {
        assert_eq!(post(&mut reader, number, &form(action, &[], &envelope)).status, 200, "{action}");
    }
    post(&mut reader, number, &form("/attachment", &[("part", "99")], &envelope));
    post(
        &mut reader,
        number,
        &Form { action: "/open".into(), fields: vec![("envelope".into(), "none".into())] },
    );
    for path in ["/", "/privacy", "/nothing", "/sign-in/google/return?code=x&state=y"] {
        reader.get(path).unwrap();
    }
    reader.post("/sign-out", From::Elsewhere, &[]).unwrap();
    reader.post("/sign-out", From::Portal, &[]).unwrap();
}

/// A gateway and a portal with this state, whose figures the admin may see.
fn start(name: &str, state: &str) -> Desk {
    let plan = Plan {
        passcode_settings: GENEROUS.into(),
        state_settings: state.into(),
        ..Plan::new(&format!("privacy-{name}"))
    };
    let mut desk = Desk::new(plan).unwrap();
    let token = desk.site.folder().join("admin.token");
    std::fs::write(&token, TOKEN).unwrap();
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    desk.site.add_portal_settings("[usage]\nadmin_token_file = \"admin.token\"\n").unwrap();
    for (what, secret) in [("the admin token", TOKEN), ("a network", NETWORK), ("a browser", "Mozilla/")] {
        desk.site.secrets.add(what, secret);
    }
    desk.site.start_portal().unwrap();
    desk
}

/// Seals a mail of which nothing may be found later; gives its `message.html` and its Message-ID.
fn seal(desk: &mut Desk, number: usize, traces: &mut Traces) -> (String, String) {
    let (subject, body) = (unique_text("Subject"), unique_text("Body"));
    let recipient = format!("reader-{number}-of-the-day@example.net");
    let file =
        Attachment { name: "plan-of-mine.txt".into(), media_type: "text/plain".into(), bytes: vec![b'x'; 9] };
    let mail = with_attachments(SENDER, &recipient, &subject, &body, &[file]);
    let text = String::from_utf8_lossy(&mail).into_owned();
    let id = text.split_once("Message-ID: <").unwrap().1.split_once('>').unwrap().0.to_owned();
    let message = desk.seal(&mail, &[&recipient]).unwrap();
    let network = format!("{NETWORK}{}", 1 + number);
    for (what, secret) in [
        ("the subject", &subject),
        ("the body", &body),
        ("a recipient", &recipient),
        ("the network", &network),
    ] {
        traces.add(what, secret);
    }
    // Of no log; that of the gateway names addresses and Message-IDs, by which admins find mails.
    desk.site.secrets.add("the subject", &subject);
    desk.site.secrets.add("the body", &body);
    // The statement names the hash of a withdrawn message; its ID itself is nowhere.
    traces.0.push(("a Message-ID".into(), id.clone().into_bytes()));
    (message, id)
}

/// What metrics and the page of the figures show; nothing of anybody.
fn look_at_figures(desk: &Desk, traces: &Traces) {
    let authorised = [format!("Authorization: Bearer {TOKEN}")];
    let metrics = desk.reader().request("GET", "/metrics", From::Elsewhere, &authorised, &[]).unwrap();
    assert!(metrics.text().contains("sealpost_portal_messages_total 20"), "{}", metrics.text());
    traces.assert_not_in("the metrics", &metrics.body);
    let form = format!("token={TOKEN}");
    let headers = ["Content-Type: application/x-www-form-urlencoded".to_owned()];
    let page =
        desk.reader().request("POST", "/admin/usage", From::Portal, &headers, form.as_bytes()).unwrap();
    assert!(page.text().contains("at least 24"), "{}", page.text());
    traces.assert_not_in("the page of the figures", &page.body);
}

/// A day's traffic on a portal with this state; `database` gives all that is then in it.
fn a_day(name: &str, state: &str, database: impl Fn(&Desk) -> Vec<u8>) {
    const READERS: usize = 12;
    let mut desk = start(name, state);
    let mut traces = Traces(Vec::new());
    traces.add("the sender", SENDER);
    traces.0.push(("a network".into(), NETWORK.as_bytes().to_vec()));
    traces.0.push(("a browser".into(), b"Mozilla/".to_vec()));
    for number in 0..READERS {
        let (message, id) = seal(&mut desk, number, &mut traces);
        one_way(&mut desk, &message, number, &mut traces);
        if number % 2 == 0 {
            run(desk.site.portal_command(&["revoke", "--config", "portal.toml"]).arg(&id)).unwrap();
            assert_eq!(open(&mut desk.reader(), &message).unwrap().status, 410);
        }
    }
    look_at_figures(&desk, &traces);
    traces.assert_not_in("the database", &database(&desk));
    assert!(desk.site.stop_portal().unwrap().success());
    traces.assert_not_in("the database after the end", &database(&desk));

    let printed =
        run(&mut desk.site.portal_command(&["stats", "--config", "portal.toml", "--json"])).unwrap();
    let shown: serde_json::Value = serde_json::from_slice(&printed).unwrap();
    let figures = shown["figures"].as_array().unwrap();
    let messages = figures.iter().find(|series| series["kind"] == "message").unwrap();
    assert_eq!(messages["at_least"], 24, "{shown}");
    traces.assert_not_in("the statistics", &printed);
    traces.assert_not_in("the log", &std::fs::read(desk.site.folder().join("portal.log")).unwrap());
    desk.site.finish().unwrap();
}

#[test]
fn a_day_leaves_nothing_of_anybody_in_sqlite() {
    a_day("sqlite", "sqlite = \"portal.sqlite\"", |desk| {
        let files = std::fs::read_dir(desk.site.folder().path()).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.to_string_lossy().contains("portal.sqlite"));
        files.flat_map(|path| std::fs::read(path).unwrap()).collect()
    });
}

#[test]
fn a_day_leaves_nothing_of_anybody_in_postgresql() {
    let Some(server) = postgres::shared() else { return };
    let name = server.database().unwrap();
    let state = format!("postgres = \"{}\"", server.url(&name));
    a_day("postgres", &state, |_| {
        let mut all = server.dump(&name).unwrap().into_bytes();
        all.extend(server.log().unwrap());
        all
    });
}
