//! Stage `mail`: sends a small test mail to oneself, through Postfix, as any other mail goes.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use jiff::{Timestamp, fmt::rfc2822, tz::TimeZone};
use rand::RngExt as _;
use sealpost_common::{
    address::{Address, DomainPattern},
    grant::SignIn,
};

use super::{
    Stage, Wishes,
    dialogue::{Dialogue, Silence},
    postfix::{Entry, Found},
};
use crate::{
    config::Settings,
    decide::{Decision, Question, Treatment, VerifiedTls, decide},
    parse::HeaderSection,
    receive::Share,
};

/// What is known by now of the way that the mail will go.
pub(super) struct Way<'a> {
    pub(super) postfix: Option<&'a Found>,
    /// No stage has failed.
    pub(super) is_healthy: bool,
}

/// A test mail on its way.
pub(super) struct Sent {
    /// Stands in its Message-ID, which a carrier mail keeps.
    pub(super) token: String,
    /// Stands in its body.
    pub(super) secret: String,
    /// How its reader has to prove his address.
    pub(super) sign_in: SignIn,
}

pub(super) async fn examine(settings: &Settings, wishes: &Wishes, way: Way<'_>) -> (Stage, Option<Sent>) {
    let Some(to) = &wishes.to else {
        return (Stage::skip("mail", "no --to ADDRESS: no test mail is sent"), None);
    };
    if !way.is_healthy {
        return (Stage::skip("mail", "mend what failed first"), None);
    }
    let Some(from) = wishes.from.clone().or_else(|| own_address(settings)) else {
        let todo = "give the sender by --from ADDRESS";
        return (Stage::fail("mail", "[sender] domains names no single domain to write from", todo), None);
    };
    if let Some(bad) = [to, &from].into_iter().find(|address| Address::parse(address).is_err()) {
        return (Stage::fail("mail", format!("{bad:?} is not a mail address"), "mend it"), None);
    }
    let mut rng = rand::rng();
    let mut number = || format!("{:032x}", rng.random::<u128>());
    let (token, secret) = (number(), number());
    let mail = compose(settings, (&from, to), &token, &secret);
    let sign_in = match foretell(settings, &from, to, &mail) {
        Ok(sign_in) => sign_in,
        Err(stage) => return (stage, None),
    };
    let stage = send(wishes, &way, &from, to, &mail).await;
    let sent = (!stage.has_failed()).then_some(Sent { token, secret, sign_in });
    (stage, sent)
}

/// An address in the first domain that the gateway seals for.
fn own_address(settings: &Settings) -> Option<String> {
    settings.sender_domains.iter().find_map(|pattern| match pattern {
        DomainPattern::Exactly(domain) => Some(format!("postmaster@{domain}")),
        DomainPattern::Any | DomainPattern::Below(_) => None,
    })
}

fn compose(settings: &Settings, (from, to): (&str, &str), token: &str, secret: &str) -> String {
    let hostname = &settings.limits.hostname;
    let date = rfc2822::to_string(&Timestamp::now().to_zoned(TimeZone::UTC)).unwrap_or_default();
    format!(
        "From: <{from}>\r\nTo: <{to}>\r\nDate: {date}\r\nMessage-ID: <doctor.{token}@{hostname}>\r\n\
         Subject: Sealpost test mail\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
         This is a test mail of \"sealpost-gateway doctor\". It should arrive sealed.\r\n{secret}\r\n"
    )
}

/// Says how the mail's reader will have to prove his address. Fails if policy does not seal the mail, as there is nothing to
/// learn from it then.
fn foretell(settings: &Settings, from: &str, to: &str, mail: &str) -> Result<SignIn, Stage> {
    let question = Question {
        mail: mail.as_bytes(),
        header: &HeaderSection::parse(mail.as_bytes()),
        sender: from,
        recipients: &[to],
        now: Timestamp::now(),
        tls: &VerifiedTls::default(),
        memory: &Share::default(),
    };
    let decision =
        decide(&settings.policy, &question).ok().and_then(|decisions| decisions.into_iter().next());
    match decision {
        // What cannot be foretold is seen.
        None => Ok(SignIn::Any),
        Some(Decision { treatment: Treatment::Seal(template), .. }) => Ok(template.envelope.sign_in),
        Some(decision) => Err(Stage::fail(
            "mail",
            format!(
                "policy would {} a mail to {to}, by the rule {:?}: nothing to check",
                decision.action(),
                decision.rule
            ),
            "choose a recipient whose mail is sealed, or mend the policy; `sealpost-gateway decide` explains it",
        )),
    }
}

async fn send(wishes: &Wishes, way: &Way<'_>, from: &str, to: &str, mail: &str) -> Stage {
    let done = match &wishes.submit {
        Some(address) => submit(address, from, to, mail).await,
        None if covers_local_mail(way) => sendmail(wishes.postfix.as_deref(), from, to, mail),
        None => Err(
            "this Postfix hands mails to the gateway only that come in by SMTP, not by its sendmail command"
                .to_owned(),
        ),
    };
    match done {
        Ok(how) => Stage::pass("mail", how),
        Err(what) => Stage::fail(
            "mail",
            what,
            "name a listener of Postfix that takes mail from this host: --submit 127.0.0.1:25",
        ),
    }
}

/// Says whether mail that is handed in on this host goes to the gateway, too.
fn covers_local_mail(way: &Way<'_>) -> bool {
    way.postfix
        .is_none_or(|found| found.uses.iter().any(|one| one.service.is_none() && one.entry != Entry::Proxy))
}

async fn submit(address: &str, from: &str, to: &str, mail: &str) -> Result<String, String> {
    let failed = |silence: Silence| format!("{address}: {silence}");
    let mut dialogue = Dialogue::with_host(address).await.map_err(failed)?;
    let mut reply = dialogue.reply().await.map_err(failed)?.reply;
    let content = format!("{mail}.\r\n");
    for line in [
        "EHLO localhost\r\n",
        &format!("MAIL FROM:<{from}>\r\n"),
        &format!("RCPT TO:<{to}>\r\n"),
        "DATA\r\n",
        &content,
    ] {
        if reply.is_transient() || reply.is_permanent() {
            break;
        }
        reply = dialogue.say(line).await.map_err(failed)?.reply;
    }
    if reply.is_success() {
        Ok(format!("{address} took it: {reply}"))
    } else {
        Err(format!("{address} refused the test mail: {reply}"))
    }
}

fn sendmail(folder: Option<&Path>, from: &str, to: &str, mail: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("sendmail cannot be run: {error}");
    let mut command = Command::new("/usr/sbin/sendmail");
    if let Some(folder) = folder {
        command.arg("-C").arg(folder);
    }
    command
        .args(["-i", "-f", from, "--", to])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        // sendmail reads lines as this system ends them.
        input.write_all(mail.replace("\r\n", "\n").as_bytes()).map_err(failed)?;
    }
    let output = child.wait_with_output().map_err(failed)?;
    if output.status.success() {
        return Ok("Postfix's sendmail took it".to_owned());
    }
    let errors: String = String::from_utf8_lossy(&output.stderr).trim().chars().take(300).collect();
    Err(format!("sendmail refused the test mail: {errors}"))
}
