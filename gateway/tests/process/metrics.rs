//! What Prometheus reads: in its format, complete, told in the guide, and without anything of a mail in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
};

use regex::Regex;
use sealpost_gateway::{metrics::Endpoint, serve::Gateway};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::{
    ALONE,
    next_hop::{Act, NextHop, Verb},
    place::{Place, SETTINGS},
};

const POLICY: &str = "internal_domains = [\"example.org\"]\ndefault = \"seal\"\n";

fn project(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Says all of this to a server and gives what it answers until it closes.
async fn talk(address: &str, dialogue: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(dialogue.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn get(address: &str, path: &str) -> (String, String) {
    let answer = talk(address, &format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// The samples of a page in the text format; fails on whatever is not in that format.
fn samples(page: &str) -> BTreeMap<String, f64> {
    let name = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    let label = r#"[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\.)*""#;
    let sample = Regex::new(&format!(r"^({name}(?:\{{{label}(?:,{label})*\}})?) (\S+)$")).unwrap();
    let comment =
        Regex::new(&format!("^# (?:HELP {name} .+|TYPE {name} (?:counter|gauge|histogram))$")).unwrap();
    let mut found = BTreeMap::new();
    for line in page.lines().filter(|line| !line.is_empty()) {
        if line.starts_with('#') {
            assert!(comment.is_match(line), "{line}");
            continue;
        }
        let parts = sample.captures(line).unwrap_or_else(|| panic!("not a sample: {line}"));
        assert!(found.insert(parts[1].to_owned(), parts[2].parse().unwrap()).is_none(), "twice: {line}");
    }
    found
}

/// The kind of each metric, from the page's comments.
fn kinds(page: &str) -> BTreeMap<String, String> {
    let kind = |line: &str| {
        let (name, kind) = line.strip_prefix("# TYPE ")?.split_once(' ')?;
        Some((name.to_owned(), kind.to_owned()))
    };
    page.lines().filter_map(kind).collect()
}

/// Runs mails through a gateway: one sealed, one mixed, one that the next hop refuses, one refused before DATA.
async fn run_mails(page: &str) -> String {
    let hop = NextHop::start(vec![("full@example.net", Verb::End, Act::Reply("452 4.3.1 full"))]).await;
    let place = Place::new(&SETTINGS.replace("127.0.0.1:12526", &hop.address), POLICY);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, shutdown) = watch::channel(false);
    let gateway = Arc::new(Gateway::new(place.settings()));
    let running = tokio::spawn(gateway.run(vec![listener.into()], shutdown));
    let mail = |recipients: &str| {
        let rcpt = recipients.replace(' ', ">\r\nRCPT TO:<");
        format!(
            "MAIL FROM:<alice@example.org>\r\nRCPT TO:<{rcpt}>\r\nDATA\r\nSubject: secret subject\r\n\r\nbody\r\n.\r\n"
        )
    };
    let dialogue = [
        "LHLO mx.example.org\r\n",
        &mail("bob@example.net"),
        &mail("bob@example.net carol@example.org"),
        &mail("full@example.net"),
        "MAIL FROM:<alice@example.org>\r\nRCPT TO:<x> NOTIFY=WHEN\r\nRSET\r\nQUIT\r\n",
    ];
    let answer = talk(&address, &dialogue.concat()).await;
    assert_eq!(answer.matches("250 2.0.0 Ok: queued as TEST").count(), 3, "{answer}");
    let (_, page) = get(page, "/metrics").await;
    stop.send_replace(true);
    running.await.unwrap();
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_what_was_done_and_of_whom_nothing() {
    let _alone = ALONE.lock().await;
    let endpoint = Endpoint::new(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
    let (address, ready) = (endpoint.address().unwrap().to_string(), endpoint.ready());
    tokio::spawn(endpoint.run());

    assert!(get(&address, "/healthz").await.0.starts_with("HTTP/1.0 503"));
    ready.set(true);
    assert_eq!(get(&address, "/healthz").await.1, "ok\n");
    ready.set(false);
    assert!(get(&address, "/healthz").await.0.starts_with("HTTP/1.0 503"));
    assert!(get(&address, "/").await.0.starts_with("HTTP/1.0 404"));
    let (head, _) = get(&address, "/metrics").await;
    assert!(head.starts_with("HTTP/1.0 200") && head.contains("text/plain; version=0.0.4"), "{head}");

    let page = run_mails(&address).await;
    let samples = samples(&page);
    for (name, expected) in [
        (r#"sealpost_mails_total{protocol="lmtp",decision="seal"}"#, 2.0),
        (r#"sealpost_mails_total{protocol="lmtp",decision="mixed"}"#, 1.0),
        (r#"sealpost_recipients_total{decision="seal",rule="default"}"#, 3.0),
        (r#"sealpost_replies_total{protocol="lmtp",class="2xx"}"#, 3.0),
        (r#"sealpost_replies_total{protocol="lmtp",class="4xx"}"#, 1.0),
        (r#"sealpost_refused_transactions_total{protocol="lmtp",class="5xx"}"#, 1.0),
        (r#"sealpost_connections_total{protocol="lmtp",result="accepted"}"#, 1.0),
        (r#"sealpost_step_duration_seconds_count{step="seal"}"#, 3.0),
        (r#"sealpost_step_duration_seconds_bucket{step="deliver",le="+Inf"}"#, 3.0),
        ("sealpost_in_flight_bytes", 0.0),
    ] {
        assert_eq!(samples.get(name), Some(&expected), "{name} in {page}");
    }
    for hidden in ["secret", "alice", "bob", "example.org", "example.net", "127.0.0.1"] {
        assert!(!page.contains(hidden), "{hidden} in {page}");
    }
    follow_the_naming_rules(&page);
    check_with_promtool(&page);
}

/// Prometheus' rules: base units, counters end in `_total`, and nothing else does.
fn follow_the_naming_rules(page: &str) {
    for (name, kind) in kinds(page) {
        assert!(name.starts_with("sealpost_") && !name.contains("milliseconds"), "{name}");
        assert_eq!(name.ends_with("_total"), kind == "counter", "{name} is a {kind}");
        assert!(page.contains(&format!("# HELP {name} ")), "{name} is not explained");
    }
}

/// Has Prometheus' own program look at it, where there is one.
fn check_with_promtool(page: &str) {
    let promtool = |arguments: &[&str]| {
        Command::new("promtool").args(arguments).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()
    };
    let Ok(mut child) = promtool(&["check", "metrics"]) else {
        println!("promtool is not installed: its checks are not run");
        return;
    };
    child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rules = project("conf/prometheus/sealpost.rules.yml");
    let checked = promtool(&["check", "rules", rules.to_str().unwrap()]).unwrap().wait().unwrap();
    assert!(checked.success());
}

fn names_in(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"sealpost_[a-z_]+[a-z]").unwrap();
    name.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

/// The guide and the alerts name the metrics that there are, and the guide all of them.
#[test]
fn documents_and_alerts_name_what_there_is() {
    let source = std::fs::read_to_string(project("gateway/src/metrics/mod.rs")).unwrap();
    let known = names_in(source.split_once("fn describe()").unwrap().1.split_once("\n}").unwrap().0);
    assert!(known.len() > 15, "{known:?}");
    let guide = std::fs::read_to_string(project("gateway/README.md")).unwrap();
    let guide = guide.split_once("## Metrics").unwrap().1.split_once("\n## ").unwrap().0;
    assert_eq!(names_in(guide), known);
    let rules = std::fs::read_to_string(project("conf/prometheus/sealpost.rules.yml")).unwrap();
    for name in names_in(&rules) {
        let name = name.trim_end_matches("_bucket").to_owned();
        assert!(known.contains(&name), "{name}");
    }
}
