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
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::{
    ALONE,
    foreign::python,
    next_hop::{Act, NextHop, Verb},
    place::{Place, SETTINGS},
};

/// With a rule whose name has to be escaped in a label.
const POLICY: &str = r#"
internal_domains = ["example.org"]
default = "seal"
[[rule]]
name = 'a "full" \ mailbox'
action = "seal"
when = { recipients = ["full@example.net"] }
"#;

pub(crate) fn project(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Says all of this to a server and gives what it answers until it closes.
pub(crate) async fn talk(address: &str, dialogue: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(dialogue.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

pub(crate) async fn get(address: &str, path: &str) -> (String, String) {
    let answer = talk(address, &format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// The samples of a page in the text format, each by its name with its labels; fails on whatever is not in that format.
pub(crate) fn samples(page: &str) -> BTreeMap<String, f64> {
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
        (r#"sealpost_recipients_total{decision="seal",rule="default"}"#, 2.0),
        (r#"sealpost_recipients_total{decision="seal",rule="a \"full\" \\ mailbox"}"#, 1.0),
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
    compare_with_python(&page);
}

/// Prometheus' rules: base units, counters end in `_total`, and nothing else does.
fn follow_the_naming_rules(page: &str) {
    for (name, kind) in kinds(page) {
        assert!(name.starts_with("sealpost_") && !name.contains("milliseconds"), "{name}");
        assert_eq!(name.ends_with("_total"), kind == "counter", "{name} is a {kind}");
        assert!(page.contains(&format!("# HELP {name} ")), "{name} is not explained");
    }
}

/// Has Prometheus' own library read the page: it has to find the same samples, and each metric explained.
fn compare_with_python(page: &str) {
    let Some(python) = python("prometheus_client.parser") else { return };
    let script = project("tests/interop/check_metrics.py");
    let mut child =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "Python cannot read {page}");
    let metrics: Vec<Metric> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(metrics.iter().all(|metric| metric.explained && metric.kind != "unknown"), "{metrics:?}");
    let found: BTreeMap<String, f64> = metrics.iter().flat_map(|metric| &metric.samples).map(text).collect();
    let expected = samples(page);
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    // Decimals are read with other roundings.
    for (name, value) in expected {
        assert!((found[&name] - value).abs() <= value.abs() * 1e-12, "{name}");
    }
}

/// A metric as `check_metrics.py` prints it.
#[derive(Debug, Deserialize)]
struct Metric {
    kind: String,
    explained: bool,
    samples: Vec<Sample>,
}

/// Name, labels and value.
type Sample = (String, Vec<(String, String)>, f64);

/// Writes a sample as it stands on the page.
fn text((name, labels, value): &Sample) -> (String, f64) {
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let labels: Vec<_> =
        labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    (format!("{name}{labels}"), *value)
}

fn names_in(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"sealpost_[a-z_]+[a-z]").unwrap();
    name.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

/// The guide names the metrics that there are, all of them.
#[test]
fn the_guide_names_what_there_is() {
    let source = std::fs::read_to_string(project("gateway/src/metrics/mod.rs")).unwrap();
    let known = names_in(source.split_once("fn describe()").unwrap().1.split_once("\n}").unwrap().0);
    assert!(known.len() > 15, "{known:?}");
    let guide = std::fs::read_to_string(project("gateway/README.md")).unwrap();
    let guide = guide.split_once("## Metrics").unwrap().1.split_once("\n## ").unwrap().0;
    assert_eq!(names_in(guide), known);
}
