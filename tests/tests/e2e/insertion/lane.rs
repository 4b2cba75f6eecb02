//! A site whose mails leave it for a sink, and who hands them in.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use sealpost_tests::postfix::{Filter, Setup};
use sealpost_tests::sink::{Kept, Sink};
use sealpost_tests::site::{POLICY, Plan, Site};
use sealpost_tests::smtp::{Client, Reply};

use super::mails::{Case, REJECT_RULE};
use super::submission::CREDENTIALS;

/// The host that hands the mails in, as far as Postfix can tell: XCLIENT says so.
pub(super) const CLIENT: [(&str, &str); 3] =
    [("NAME", "laptop.example.org"), ("ADDR", "192.0.2.7"), ("HELO", "laptop.example.org")];

/// Has Postfix believe in that host, and tell the far end of it; and has it break long lines on their way out, as it does by
/// itself.
const SETTINGS: &str = "\
smtpd_authorized_xclient_hosts = 127.0.0.0/8
mynetworks = 127.0.0.0/8 192.0.2.0/24
smtp_send_xforward_command = yes
smtp_line_length_limit = 998
";

/// One mail as a recipient's server was given it.
#[derive(Clone, Debug)]
pub(super) struct Copy {
    /// Envelope sender and the parameters of MAIL that the mail itself doesn't decide.
    pub(super) from: Vec<String>,
    /// What MAIL said of bytes above 127.
    pub(super) body: Option<String>,
    /// The parameters of RCPT.
    pub(super) to: String,
    /// What XFORWARD said of the client.
    pub(super) client: BTreeMap<String, String>,
    pub(super) mail: Vec<u8>,
}

impl Copy {
    fn of(kept: &Kept, to: &str) -> Self {
        let (address, parameters) = path(&kept.mail_from);
        let is_kept = |word: &&str| !word.starts_with("SIZE=") && !word.starts_with("BODY=");
        let mut from: Vec<_> = parameters.split_whitespace().filter(is_kept).map(str::to_owned).collect();
        from.sort();
        from.insert(0, address.to_owned());
        let body = parameters.split_whitespace().find(|word| word.starts_with("BODY="));
        Self {
            from,
            body: body.map(str::to_owned),
            to: to.trim().to_owned(),
            client: kept.xforward.clone(),
            mail: kept.mail.clone(),
        }
    }
}

/// What came of all cases by one way.
pub(super) struct Outcome {
    /// What the client was told; nothing where it is no SMTP client.
    pub(super) replies: BTreeMap<&'static str, Reply>,
    pub(super) copies: BTreeMap<String, Vec<Copy>>,
}

/// A site with a Postfix whose relay host is a sink.
pub(super) struct Lane {
    pub(super) site: Site,
    pub(super) far_end: Sink,
    pub(super) filter: Filter,
}

/// Makes the plan of most lanes.
pub(super) fn plan() -> Plan {
    Plan { policy: format!("{POLICY}{REJECT_RULE}"), ..Plan::new("insertion") }
}

impl Lane {
    /// Starts it with a policy that passes, seals and rejects; `main` and `master` are further lines for Postfix.
    pub(super) fn start(filter: Filter, mailboxes: &[&str], main: &str, master: &str) -> Self {
        let setup = Setup { main, master, ..Setup::new(filter, mailboxes) };
        Self::open(plan(), &setup)
    }

    /// Starts it by another plan and setup than the usual ones.
    pub(super) fn open(mut plan: Plan, setup: &Setup<'_>) -> Self {
        let far_end = Sink::start().unwrap();
        if setup.filter == Filter::Outbound {
            plan.next_hop = Some(far_end.address());
        }
        let mut site = Site::new(&plan).unwrap();
        if setup.filter != Filter::None {
            site.start_gateway().unwrap();
        }
        let main = format!("{SETTINGS}{}", setup.main);
        site.start_postfix_as(&Setup { far_end: Some(far_end.address()), main: &main, ..*setup }).unwrap();
        Self { site, far_end, filter: setup.filter }
    }

    /// Opens a session as [`CLIENT`]; where only users are served, as one of them.
    fn session(&self) -> Client {
        let mut session = Client::open(self.site.ports.submission, "EHLO").unwrap();
        let [(_, name), (_, address), (_, hello)] = CLIENT;
        let mut lines = vec![format!("XCLIENT NAME={name} ADDR={address}"), format!("EHLO {hello}")];
        if self.filter == Filter::Submission {
            lines.push(format!("AUTH PLAIN {CREDENTIALS}"));
        }
        for line in lines {
            let reply = session.command(&line).unwrap();
            assert!(reply.is_success(), "{line}: {reply:?}");
        }
        session
    }

    /// Sends all cases in one session and waits until all is delivered.
    pub(super) fn run(&self, cases: &[Case]) -> Outcome {
        let mut session = self.session();
        let mut replies = BTreeMap::new();
        for case in cases {
            let recipients: Vec<_> = case
                .recipients
                .iter()
                .map(|(address, parameters)| format!("<{address}>{parameters}"))
                .collect();
            let from = format!("<{}>{}", case.sender, case.mail_parameters);
            let reply = session.transact(&from, &recipients, &case.mail).unwrap();
            if !reply.is_success() {
                session.command("RSET").unwrap();
            }
            replies.insert(case.name, reply);
        }
        Outcome { replies, copies: self.collect() }
    }

    /// Hands in by sendmail(1), as programs of this machine do, those cases that need no SMTP, and waits until all is delivered.
    pub(super) fn run_by_sendmail(&self, cases: &[Case]) -> Outcome {
        let file = self.site.folder().join("mail.eml");
        for case in cases {
            fs::write(&file, &case.mail).unwrap();
            let recipients: Vec<_> = case.recipients.iter().map(|(address, _)| address.as_str()).collect();
            self.site.postfix().sendmail(&case.sender, &recipients, &file).unwrap();
        }
        Outcome { replies: BTreeMap::new(), copies: self.collect() }
    }

    /// Waits until the queue is empty and returns what came, by recipient.
    pub(super) fn collect(&self) -> BTreeMap<String, Vec<Copy>> {
        self.site.postfix().drain(Duration::from_mins(1)).unwrap();
        let mut copies: BTreeMap<String, Vec<Copy>> = BTreeMap::new();
        for kept in self.far_end.take() {
            for recipient in &kept.recipients {
                let (address, to) = path(recipient);
                copies.entry(address.to_owned()).or_default().push(Copy::of(&kept, to));
            }
        }
        copies
    }

    /// Returns the logs of all gateways of the lane.
    pub(super) fn log(&self) -> String {
        let logs = ["gateway.log", "second.log"].map(|name| self.site.folder().join(name));
        logs.iter().map(|log| fs::read_to_string(log).unwrap_or_default()).collect()
    }
}

/// Parts `FROM:<address> parameters`.
fn path(argument: &str) -> (&str, &str) {
    let (address, parameters) = argument.rsplit_once('>').expect("a path ends with an angle bracket");
    (address.split_once('<').map_or("", |(_, address)| address), parameters)
}
