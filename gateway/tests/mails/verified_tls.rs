//! A rule with `tls = "enough"`, from the mail to the next hop: who is reached over verified TLS gets the mail as it is.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sealpost_gateway::{
    pipeline::Pipeline,
    plan::Planner,
    receive::{Client, MailHandler, Path, Received, ReplyMode},
    reinject::Reinjector,
};
use tokio::time::Instant;

use crate::{
    dns::{Dns, Signed},
    next_hop::NextHop,
    place::{Place, SETTINGS},
};

const POLICY: &str = r#"
default = "pass"
[[rule]]
name = "confidential"
action = "seal"
tls = "enough"
[rule.when]
subject_words = ["confidential"]
"#;

const MAIL: &str = "From: alice@example.org\r\nTo: all:;\r\nSubject: confidential\r\nMessage-ID: <m@example.org>\r\n\r\nbody\r\n";

fn dns() -> Dns {
    let digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    let zone = format!(
        "good IN MX 10 mx\nmx IN A 127.0.0.1\n_25._tcp.mx IN TLSA 3 1 1 {digest}\n\
         xn--gter-0ra IN MX 10 mx\nmissing IN MX 10 other\nother IN A 127.0.0.1\n"
    );
    Dns::new(&[
        ("lab", Signed::Hashed, "ns IN A 127.0.0.1\n".to_owned()),
        ("signed.lab", Signed::Well, zone.clone()),
        ("unsigned.lab", Signed::Not, zone),
    ])
}

/// Explains a mail by the command; gives the action and rule for each recipient.
fn explain(settings: &str, recipients: &[&str]) -> Vec<String> {
    let place = Place::new(&format!("{SETTINGS}\n[reachability]\n{settings}"), POLICY);
    let mail = place.folder.path().join("mail.eml");
    std::fs::write(&mail, MAIL).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealpost-gateway"));
    command.args(["decide", "--config"]).arg(place.folder.path().join("gateway.toml"));
    command.args(["--from", "alice@example.org"]);
    for recipient in recipients {
        command.args(["--to", recipient]);
    }
    let output = command.arg(&mail).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter(|line| line.contains('@')).map(str::to_owned).collect()
}

/// Carries a mail with these settings of `[reachability]`; gives who got what.
async fn carry(settings: &str, recipients: &[&str]) -> Vec<String> {
    let hop = NextHop::start(Vec::new()).await;
    let settings =
        format!("{}\n[reachability]\n{settings}", SETTINGS.replace("127.0.0.1:12526", &hop.address));
    let place = Place::new(&settings, POLICY);
    let settings = place.settings();
    let reinjector = Reinjector::new(settings.next_hop.clone());
    let pipeline = Pipeline::new(Planner::new(settings), reinjector);
    let path = |raw: &str| Path { raw: raw.to_owned(), params: vec![] };
    let client = Client {
        ip: [127, 0, 0, 1].into(),
        helo: "mx.example.org".to_owned(),
        protocol: "ESMTP",
        xforward: Vec::new(),
        login: None,
    };
    let received = Received {
        client,
        sender: path("alice@example.org"),
        recipients: recipients.iter().copied().map(path).collect(),
        mail: Bytes::from_static(MAIL.as_bytes()),
        memory: Arc::default(),
        receiving: Duration::ZERO,
        deadline: Instant::now() + Duration::from_mins(5),
    };
    pipeline.carry(received, ReplyMode::PerRecipient).await;
    let kind = |mail: &[u8]| if mail == MAIL.as_bytes() { "clear" } else { "sealed" };
    let taken = hop.take();
    taken.iter().map(|taken| format!("{} {}", kind(&taken.mail), taken.recipients.join(","))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recipients_who_are_reached_over_verified_tls_get_the_mail_as_it_is() {
    if !crate::dns::is_installed() {
        return;
    }
    let dns = dns();
    let resolver = dns.resolver(true);
    let (address, anchor) = (resolver.address, dns.trust_anchor_file());
    let settings = |enabled: bool, timeout: u32| {
        format!(
            "enabled = {enabled}\nresolver = \"{address}\"\ntrust_anchor = \"{}\"\ntimeout = {timeout}\n",
            anchor.display()
        )
    };
    let recipients =
        ["a@Good.signed.lab", "b@missing.signed.lab", "c@good.unsigned.lab", "d@güter.signed.lab"];
    let sealed_to_all = [format!("sealed {}", recipients.join(","))];
    assert_eq!(
        carry(&settings(true, 60), &recipients).await,
        ["sealed b@missing.signed.lab,c@good.unsigned.lab", "clear a@Good.signed.lab,d@güter.signed.lab"],
        "{:?}",
        explain(&settings(true, 60), &recipients)
    );
    assert_eq!(carry(&settings(false, 60), &recipients).await, sealed_to_all, "switched off");
    let explained = explain(&settings(true, 60), &recipients);
    for (line, action) in explained.iter().zip(["pass", "seal", "seal", "pass"]) {
        assert!(line.contains(action), "{explained:?}");
    }
    assert_eq!(explained.len(), 4, "{explained:?}");
    drop(resolver);
    assert_eq!(carry(&settings(true, 1), &recipients).await, sealed_to_all, "nobody answers");
}
