//! The program itself with `[log] format = "json"` and `[metrics] address`: what it writes, what it counts, and what it
//! goes by after settings that do not load.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command},
    time::Duration,
};

use regex::Regex;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::{
    metrics::{get, project, samples, talk},
    next_hop::{Act, NextHop, Verb},
    place::{Place, SEAL_ALL, SETTINGS},
};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running gateway. Dropping it kills it.
struct Program {
    child: Child,
    place: Place,
    log: PathBuf,
    mail: String,
    metrics: String,
}

impl Program {
    /// Starts it before this next hop, with further lines for `[server]`, and waits until it takes mails.
    async fn start(hop: &NextHop, server: &str) -> Self {
        let (mail, metrics) = (free_address(), free_address());
        let settings = SETTINGS
            .replace("127.0.0.1:12600", &mail)
            .replace("127.0.0.1:12526", &hop.address)
            .replace("[server]", &format!("[server]\n{server}"));
        let more =
            format!("[log]\nformat = \"json\"\nlevel = \"trace\"\n[metrics]\naddress = \"{metrics}\"\n");
        let place = Place::new(&(settings + &more), SEAL_ALL);
        let log = place.folder.path().join("log");
        let child = Command::new(env!("CARGO_BIN_EXE_sealpost-gateway"))
            .args(["serve", "--config", "gateway.toml"])
            .current_dir(place.folder.path())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let program = Self { child, place, log, mail, metrics };
        program.wait_for("\"message\":\"metrics\"").await;
        let is_ready = async { while get(&program.metrics, "/healthz").await.1 != "ok\n" {} };
        timeout(PATIENCE, is_ready).await.unwrap();
        program
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    async fn wait_for(&self, words: &str) {
        let waiting = async {
            while !self.log().contains(words) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(timeout(PATIENCE, waiting).await.is_ok(), "no {words} in {}", self.log());
    }

    /// Changes a file of its settings and has it read them anew, until the log says these words.
    async fn reload(&self, file: &str, change: impl FnOnce(String) -> String, words: &str) {
        let path = self.place.folder.path().join(file);
        fs::write(&path, change(fs::read_to_string(&path).unwrap())).unwrap();
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
        self.wait_for(words).await;
    }

    /// Hands in a mail and gives the reply to it.
    async fn carry(&self, recipient: &str) -> String {
        let dialogue = format!(
            "LHLO mx.example.org\r\nMAIL FROM:<alice@example.org>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n\
             Subject: secret subject\r\n\r\nsecret body\r\n.\r\nQUIT\r\n"
        );
        let answer = talk(&self.mail, &dialogue).await;
        let mut lines = answer.lines().skip_while(|line| !line.starts_with("354 "));
        lines.nth(1).unwrap_or_default().to_owned()
    }

    async fn samples(&self) -> BTreeMap<String, f64> {
        samples(&get(&self.metrics, "/metrics").await.1)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// An address that was free a moment ago.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn its_log_is_json_and_its_metrics_tell_what_is_in_force() {
    let hop = NextHop::start(vec![("full@example.net", Verb::End, Act::Reply("452 4.3.1 full"))]).await;
    let program = Program::start(&hop, "max_memory = 1000000000\nmax_connections = 100\n").await;
    assert!(program.carry("bob@example.net").await.starts_with("250 "));
    assert!(program.carry("full@example.net").await.starts_with("452 "));
    let bigger = |settings: String| settings.replace("max_memory = 1000000000", "max_memory = 2000000000");
    program.reload("gateway.toml", bigger, "max_memory, max_connections").await;

    let found = program.samples().await;
    for (name, expected) in [
        (r#"sealpost_mails_total{protocol="lmtp",decision="seal"}"#, 2.0),
        (r#"sealpost_replies_total{protocol="lmtp",class="4xx"}"#, 1.0),
        (r#"sealpost_reloads_total{result="ok"}"#, 1.0),
    ] {
        assert_eq!(found.get(name), Some(&expected), "{name}");
    }
    // Bigger memory has to wait for a restart. It is counted in KiB.
    let limit = found["sealpost_in_flight_limit_bytes"];
    let expected = 1_000_000_000.0 - f64::from(80 << 20) - f64::from(100 * (128 << 10));
    assert!((limit - expected).abs() <= 1024.0, "{limit}, not {expected}");

    let log = program.log();
    let objects: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let is_whole = |object: &Value| {
        ["timestamp", "level", "message"].iter().all(|name| object.get(name).is_some_and(Value::is_string))
    };
    assert!(objects.iter().all(is_whole), "{log}");
    let mails: Vec<_> = objects.iter().filter(|object| object["message"] == "mail").collect();
    let told: Vec<_> =
        mails.iter().map(|mail| (mail["level"].as_str(), mail["recipients"].as_str())).collect();
    assert_eq!(told, [(Some("INFO"), Some("bob@example.net")), (Some("WARN"), Some("full@example.net"))]);
    assert!(!log.contains("secret"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_settings_that_do_not_load_the_old_ones_are_in_force() {
    let hop = NextHop::start(Vec::new()).await;
    let program = Program::start(&hop, "").await;
    let last = "sealpost_last_reload_successful";
    assert_eq!(program.samples().await.get(last), Some(&1.0));

    // Half of this would let mails pass.
    let broken = |_| "default = \"pass\"\nrules = []\n".to_owned();
    program.reload("policy.toml", broken, "settings not loaded again").await;
    assert!(program.log().contains("policy.toml:2:"), "{}", program.log());
    assert!(program.carry("bob@example.net").await.starts_with("250 "));
    let found = program.samples().await;
    assert_eq!(found.get(last), Some(&0.0));
    assert_eq!(found.get(r#"sealpost_reloads_total{result="failed"}"#), Some(&1.0));

    program.reload("policy.toml", |_| "default = \"pass\"\n".to_owned(), "settings loaded again").await;
    assert!(program.carry("bob@example.net").await.starts_with("250 "));
    let found = program.samples().await;
    assert_eq!(found.get(last), Some(&1.0));
    assert_eq!(found.get(r#"sealpost_reloads_total{result="ok"}"#), Some(&1.0));
    let taken: Vec<Vec<u8>> = hop.take().into_iter().map(|taken| taken.mail).collect();
    assert_eq!(taken.len(), 2);
    assert!(program.place.open(&taken[0]).ends_with(b"secret body\r\n"), "by the old policy it is sealed");
    assert!(taken[1].ends_with(b"secret body\r\n"), "by the new one it passes");
}

/// What the alerts look at is there from the start: an alert on the increase of a counter never sees the first one of a
/// counter that comes into being with it.
#[tokio::test(flavor = "multi_thread")]
async fn alerts_look_at_what_there_is() {
    let hop = NextHop::start(vec![("full@example.net", Verb::End, Act::Reply("452 4.3.1 full"))]).await;
    let program = Program::start(&hop, "").await;
    let rules = fs::read_to_string(project("conf/prometheus/sealpost.rules.yml")).unwrap();
    let used = selectors(&rules);
    assert!(used.len() >= 8, "{used:?}");
    let at_once: Vec<_> =
        used.iter().filter(|(name, _)| rules.contains(&format!("increase({name}"))).collect();
    assert_eq!(at_once.len(), 2, "{at_once:?}");
    let found = program.samples().await;
    for (name, labels) in at_once {
        assert!(found.keys().any(|sample| is_of(sample, name, labels)), "{name} {labels:?} at the start");
    }
    assert!(program.carry("full@example.net").await.starts_with("452 "));
    let found = program.samples().await;
    for (name, labels) in &used {
        assert!(found.keys().any(|sample| is_of(sample, name, labels)), "{name} {labels:?}");
    }
    let scrape = fs::read_to_string(project("conf/prometheus/scrape.yml")).unwrap();
    let gateway = fs::read_to_string(project("conf/gateway.toml")).unwrap();
    let job = Regex::new(r"job_name: (\S+)").unwrap().captures(&scrape).unwrap()[1].to_owned();
    let target = Regex::new(r#"targets: \[("[^"]+")\]"#).unwrap().captures(&scrape).unwrap()[1].to_owned();
    assert!(
        rules.contains(&format!("up{{job=\"{job}\"}}")) && gateway.contains(&format!("#address = {target}"))
    );
}

/// The metrics that the expressions of alerts name, each with the labels that it is asked for.
fn selectors(rules: &str) -> BTreeSet<(String, Vec<String>)> {
    let selector = Regex::new(r"(sealpost_[a-z_]+)(?:\{([^}]*)\})?").unwrap();
    let by = Regex::new(r"by \((\w+)\)").unwrap();
    let lines = rules.lines().filter(|line| line.contains("sealpost_"));
    lines
        .flat_map(|line| {
            let grouped = by.captures(line).map(|found| format!("{}=", &found[1]));
            selector.captures_iter(line).map(move |found| {
                let labels = found.get(2).map_or("", |labels| labels.as_str()).split(',');
                let labels = labels.filter(|label| !label.is_empty()).map(str::to_owned);
                (found[1].to_owned(), labels.chain(grouped.clone()).collect())
            })
        })
        .collect()
}

/// Says whether a sample is of this metric, and has these labels.
fn is_of(sample: &str, name: &str, labels: &[String]) -> bool {
    let (own, own_labels) = sample.split_once('{').unwrap_or((sample, ""));
    own == name && labels.iter().all(|label| own_labels.contains(label.as_str()))
}
