//! `cargo demo`: starts a gateway, a portal and a test inbox on loopback, sends a sample mail through, and says what to
//! click. All of it lies in one temporary folder, which goes on Ctrl-C.

use std::io::{IsTerminal, stderr};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use sealpost_tests::inbox::Inbox;
use sealpost_tests::mails::{Attachment, with_attachments};
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::smtp;
use tokio::signal::unix::{SignalKind, signal};

const SENDER: &str = "alice@example.org";
const RECIPIENT: &str = "bob@example.net";

/// Shows Sealpost on this machine: a gateway, a portal and a test inbox, with a sample mail to read.
#[derive(Parser)]
#[command(name = "cargo demo")]
struct Arguments {
    /// Print the addresses as one line of JSON, for a script.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if stderr().is_terminal() {
        eprintln!("Building and starting the gateway and the portal …");
    }
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let inbox = Inbox::start().await?;
    // Starting programs and sending mail blocks; the inbox goes on meanwhile.
    let relay = inbox.smtp();
    let site = tokio::task::spawn_blocking(move || start(relay)).await??;
    ensure!(inbox.count() == 1, "the sample mail didn't come through");
    if arguments.json {
        println!("{}", addresses(&inbox, &site));
    } else {
        println!("{}", explanation(&inbox, &site));
    }
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tokio::task::spawn_blocking(move || site.finish()).await??;
    if !arguments.json {
        println!("\nEnded; the folder is gone.");
    }
    Ok(())
}

fn start(relay: std::net::SocketAddr) -> Result<Site> {
    let plan = Plan {
        policy: "internal_domains = [\"example.org\"]\ndefault = \"seal\"\n".into(),
        next_hop: Some(relay),
        portal_relay: Some(relay),
        log_level: "info".into(),
        ..Plan::new("demo")
    };
    let mut site = Site::new(&plan)?;
    site.start_gateway()?;
    site.start_portal()?;
    let figures = Attachment {
        name: "figures.csv".into(),
        media_type: "text/csv".into(),
        bytes: b"quarter,turnover\r\nfirst,1204000\r\nsecond,1391000\r\n".to_vec(),
    };
    let html = include_str!("../../templates/sample.html").replace('\n', "\r\n");
    let mail = with_attachments(
        "Alice Archer <alice@example.org>",
        RECIPIENT,
        "Figures for Monday",
        &html,
        &[figures],
    );
    let reply = smtp::deliver(site.ports.gateway_smtp, SENDER, &[RECIPIENT], &mail)
        .context("send the sample mail")?;
    ensure!(reply.is_success(), "the gateway refused the sample mail: {reply:?}");
    Ok(site)
}

fn addresses(inbox: &Inbox, site: &Site) -> serde_json::Value {
    serde_json::json!({
        "inbox": inbox.url(),
        "portal": site.portal_url(),
        "gateway_smtp": site.ports.gateway_smtp,
        "gateway_lmtp": site.ports.gateway_lmtp,
        "folder": site.folder().path(),
    })
}

fn explanation(inbox: &Inbox, site: &Site) -> String {
    format!(
        "
Sealpost is running: gateway, portal and a test inbox, in {folder}

 1. Open the inbox        {inbox}
 2. Choose the mail \"Figures for Monday\" and open its message.html (or press the button in the mail)
 3. Press \"Read the message\"; the portal mails a passcode
 4. Find the passcode in the inbox and type it in

Send a mail of your own; all but mail to example.org is sealed:

    swaks --server {host} --port {port} --from {SENDER} --to {RECIPIENT} \\
          --h-Subject 'Only for you' --body 'Hello Bob' --attach @Cargo.toml

or a mail in a file, with curl:

    curl smtp://{gateway} --mail-from {SENDER} --mail-rcpt {RECIPIENT} --crlf --upload-file mail.eml

Portal: {portal}
Logs:   {folder}/gateway.log, {folder}/portal.log

Ctrl-C ends all of it and removes the folder.",
        folder = site.folder().path().display(),
        inbox = inbox.url(),
        host = site.ports.gateway_smtp.ip(),
        port = site.ports.gateway_smtp.port(),
        gateway = site.ports.gateway_smtp,
        portal = site.portal_url(),
    )
}
