//! A day's traffic: every way to a message, with what may be done there, and what goes wrong on it.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use sealpost_tests::carrier;
use sealpost_tests::mails::{Attachment, unique_text, with_attachments};
use sealpost_tests::providers::{self, CLIENT_SECRET, Providers, address_in};
use sealpost_tests::reader::{Form, From, Page, Reader, form_of};
use sealpost_tests::site::Plan;

use super::{TOKEN, Traces};
use crate::desk::{Desk, GENEROUS, RECIPIENT, SENDER};

const ANSWERS: &str = "answers@example.org";
/// The readers come from here.
const NETWORK: &str = "203.0.113.";
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
    "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
];

/// One reader behind a proxy, with a network and a browser of his own.
struct Visitor {
    reader: Reader,
    number: usize,
}

impl Visitor {
    fn request(&mut self, method: &str, path: &str, from: From, content: &str, body: &[u8]) -> Page {
        let headers = [
            format!("X-Forwarded-For: {NETWORK}{}", 1 + self.number % 200),
            format!("User-Agent: {}", AGENTS[self.number % AGENTS.len()]),
            format!("Content-Type: {content}"),
        ];
        self.reader.request(method, path, from, &headers, body).unwrap()
    }

    fn get(&mut self, path: &str) -> Page {
        self.request("GET", path, From::Portal, "text/plain", b"")
    }

    fn post(&mut self, form: &Form) -> Page {
        self.post_with(form, "")
    }

    /// Posts a form and one more part of it.
    fn post_with(&mut self, form: &Form, part: &str) -> Page {
        let mut body = String::new();
        for (name, value) in &form.fields {
            write!(body, "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .unwrap();
        }
        write!(body, "{part}--b--\r\n").unwrap();
        let from = if form.action == "/open" { From::File } else { From::Portal };
        self.request("POST", &form.action, from, "multipart/form-data; boundary=b", body.as_bytes())
    }
}

/// A day's traffic.
pub(super) struct Day {
    pub(super) desk: Desk,
    /// Where readers sign in, where `tests/run` has installed it.
    pub(super) providers: Option<Providers>,
    pub(super) traces: Traces,
    /// How often a message was shown.
    pub(super) shown: u64,
}

/// The form of the button that posts an envelope there, with these fields.
fn form(action: &str, fields: &[(&str, &str)], envelope: &Form) -> Form {
    let mut form = envelope.clone();
    action.clone_into(&mut form.action);
    form.fields.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    form
}

impl Day {
    /// Remembers what must stand nowhere, and in no log of any part.
    pub(super) fn add(&mut self, what: &str, secret: &str) {
        self.traces.add(what, secret);
        self.desk.site.secrets.add(what, secret);
    }

    /// Seals a mail of which nothing may be found later; gives its `message.html` and its Message-ID.
    pub(super) fn seal(&mut self, recipient: &str, number: usize) -> (String, String) {
        let (subject, body) = (unique_text("Subject"), unique_text("Body"));
        let file = Attachment {
            name: "plan-of-mine.txt".into(),
            media_type: "text/plain".into(),
            bytes: vec![b'x'; 9],
        };
        let mail = with_attachments(SENDER, recipient, &subject, &body, &[file]);
        let id = message_id(&String::from_utf8_lossy(&mail));
        let message = self.desk.seal(&mail, &[recipient]).unwrap();
        self.add("the subject", &subject);
        self.add("the body", &body);
        // The log of the gateway names addresses and Message-IDs, by which admins find mails.
        self.traces.add("a recipient", recipient);
        self.traces.add("the network", &format!("{NETWORK}{}", 1 + number));
        // The statement names the hash of a withdrawn message; its ID itself is nowhere.
        self.traces.0.push(("a Message-ID".into(), id.clone().into_bytes()));
        (message, id)
    }

    fn visitor(&self, number: usize) -> Visitor {
        Visitor { reader: self.desk.reader(), number }
    }

    fn add_cookies(&mut self, visitor: &Visitor) {
        for cookie in visitor.reader.cookies().values() {
            // The language is no secret.
            if cookie.len() > 8 {
                self.add("a cookie", cookie);
            }
        }
    }

    /// One reader's way by passcode, with everything that he may do, and what goes wrong on it.
    pub(super) fn by_passcode(&mut self, message: &str, number: usize) {
        let mut visitor = self.visitor(number);
        let envelope = form_of(message, "/open").unwrap();
        assert_eq!(visitor.post(&envelope).status, 200);
        assert_eq!(visitor.post(&form("/passcode", &[], &envelope)).status, 200);
        let passcode = carrier::passcode(&self.desk.relay.wait().unwrap().mail).unwrap();
        self.add("a passcode", &passcode);
        for wrong in ["00000000", "no passcode"] {
            visitor.post(&form("/read", &[("passcode", wrong)], &envelope));
        }
        let read = form("/read", &[("passcode", &passcode)], &envelope);
        assert!(visitor.post(&read).text().contains("/sign-out"));
        self.add_cookies(&visitor);
        for action in ["/print", "/mail", "/attachments", "/read"] {
            assert_eq!(visitor.post(&form(action, &[], &envelope)).status, 200, "{action}");
        }
        self.shown += 2;
        visitor.post(&form("/attachment", &[("part", "99")], &envelope));
        self.answer(&mut visitor, &envelope);
        visitor.post(&Form { action: "/open".into(), fields: vec![("envelope".into(), "none".into())] });
        visitor.post(&Form { action: "/open".into(), fields: vec![("envelope".into(), forged(&envelope))] });
        for path in ["/", "/privacy", "/nothing", "/sign-in/google/return?code=x&state=y"] {
            visitor.get(path);
        }
        visitor.request("POST", "/sign-out", From::Elsewhere, "text/plain", b"");
        visitor.request("POST", "/sign-out", From::Portal, "text/plain", b"");
    }

    /// Replies with a file, twice, as who presses a button twice.
    fn answer(&mut self, visitor: &mut Visitor, envelope: &Form) {
        let page = visitor.post(&form("/answer", &[("way", "reply")], envelope));
        let (text, content) = (unique_text("Answer"), unique_text("Content"));
        let name = unique_text("file-of-mine").replace(' ', "-");
        let mut sent = page.form("/answer/send").unwrap().with("text", &text).with("copy", "no");
        sent.fields.retain(|(name, _)| name != "files");
        let submission = sent.fields.iter().find(|(name, _)| name == "submission").unwrap().1.clone();
        for (what, secret) in [
            ("an answer", &text),
            ("the name of a file", &name),
            ("a file", &content),
            ("the ID of a submission", &submission),
        ] {
            self.add(what, secret);
        }
        let file = format!(
            "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}.txt\"\r\n\
             Content-Type: text/plain\r\n\r\n{content}\r\n"
        );
        for _ in 0..2 {
            let page = visitor.post_with(&sent, &file);
            assert!(page.text().contains("data-sent"), "{}", page.text());
        }
        let mail = self.desk.next_hop.wait().unwrap().mail;
        let mail = String::from_utf8_lossy(&mail);
        assert!(mail.contains(&name), "{mail}");
        self.traces.0.push(("the Message-ID of an answer".into(), message_id(&mail).into_bytes()));
    }

    /// One reader's way by a sign-in with a provider, and what comes of the same answer a second time.
    pub(super) fn by_provider(&mut self, message: &str, number: usize) {
        if self.providers.is_none() {
            return;
        }
        let mut visitor = self.visitor(number);
        let content = "application/x-www-form-urlencoded";
        let page = visitor.request("POST", "/sign-in", From::Portal, content, b"provider=generic");
        let address = address_in(&page).unwrap();
        self.add_cookies(&visitor);
        let back = self.providers.as_ref().unwrap().sign_in(&address, "verified").unwrap();
        for (url, name) in
            [(&address, "state"), (&address, "nonce"), (&address, "code_challenge"), (&back, "code")]
        {
            let url = url::Url::parse("http://portal").unwrap().join(url).unwrap();
            let value = url.query_pairs().find(|(own, _)| own == name).unwrap().1.into_owned();
            self.add(name, &value);
        }
        assert_eq!(visitor.get(&back).status, 303);
        self.add_cookies(&visitor);
        assert!(visitor.get("/signed-in").text().contains("You are signed in"));
        let envelope = form_of(message, "/open").unwrap();
        assert!(visitor.post(&form("/read", &[], &envelope)).text().contains("/sign-out"));
        self.shown += 1;
        assert!(visitor.get(&back).status >= 400);
        visitor.get("/sign-in/generic/return?error=access_denied&state=none");
    }
}

/// The envelope of a form with one character of its signed header changed.
fn forged(envelope: &Form) -> String {
    let text = &envelope.fields.iter().find(|(name, _)| name == "envelope").unwrap().1;
    let at = text.match_indices('\n').nth(2).unwrap().0 + 20;
    let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

fn message_id(mail: &str) -> String {
    mail.split_once("Message-ID: <").unwrap().1.split_once('>').unwrap().0.to_owned()
}

/// A gateway and a portal with this state, whose figures the admin may see, all of them.
pub(super) fn start(name: &str, state: &str) -> Day {
    let plan = Plan {
        passcode_settings: GENEROUS.into(),
        state_settings: state.into(),
        ..Plan::new(&format!("privacy-{name}"))
    };
    let mut desk = Desk::new(plan).unwrap();
    let token = desk.site.folder().join("admin.token");
    std::fs::write(&token, TOKEN).unwrap();
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    let relay = desk.site.ports.gateway_smtp;
    desk.site
        .add_portal_settings(&format!(
            "[usage]\nadmin_token_file = \"admin.token\"\nsmallest_shown = 1\n\
             [answer]\nrelay = \"{relay}\"\ntls = \"none\"\nfrom = \"Example <{ANSWERS}>\"\n"
        ))
        .unwrap();
    let providers = providers::installed().then(|| Providers::start(&mut desk.site).unwrap());
    for (what, secret) in [("the admin token", TOKEN), ("a network", NETWORK), ("a browser", "Mozilla/")] {
        desk.site.secrets.add(what, secret);
    }
    desk.site.start_portal().unwrap();
    let mut traces = Traces(Vec::new());
    for (what, address) in [("the sender", SENDER), ("the address that a provider names", RECIPIENT)] {
        traces.add(what, address);
    }
    traces.add("the client secret", CLIENT_SECRET);
    traces.0.push(("a network".into(), NETWORK.as_bytes().to_vec()));
    traces.0.push(("a browser".into(), b"Mozilla/".to_vec()));
    Day { desk, providers, traces, shown: 0 }
}
