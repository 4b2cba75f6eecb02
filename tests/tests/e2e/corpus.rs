//! Every mail that there is, sealed by the running gateway and opened by `sealpost-portal open`, is the same byte for
//! byte: what `DATA` carried, dots unstuffed. Its carrier mail is sound and gives nothing away.

use std::fs;
use std::process::Command;

use regex::bytes::Regex;
use sealpost_tests::mails::samples;
use sealpost_tests::place::project_root;
use sealpost_tests::process::run;
use sealpost_tests::sink::Sink;
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::smtp::Client;

#[test]
fn every_mail_comes_back_byte_for_byte() {
    let sink = Sink::start().unwrap();
    // Corpus mails have authors of many domains, or none at all.
    let plan = Plan { next_hop: Some(sink.address()), domains: "\"*\"".into(), ..Plan::new("corpus") };
    let mut site = Site::new(&plan).unwrap();
    // The same text in every carrier mail, small or large, to compare them.
    site.change_gateway_settings("[portal]", "[portal]\nlink_max_bytes = 0").unwrap();
    site.start_gateway().unwrap();
    let originals = site.folder().make("originals").unwrap();
    let carriers = site.folder().make("carriers").unwrap();

    let twins = site.folder().make("twins").unwrap();

    // One session for all of them: it must stay in step.
    let mut session = Client::open(site.ports.gateway_smtp, "EHLO").unwrap();
    let mut seal = |mail: &[u8], name: &str| {
        let reply = session.deliver("sender@example.org", &["reader@example.net"], mail).unwrap();
        assert!(reply.is_success(), "{name}: {reply:?}");
        let mut kept = sink.take();
        assert_eq!(kept.len(), 1, "{name}");
        kept.remove(0).mail
    };
    let samples = samples().unwrap();
    for (number, sample) in samples.iter().enumerate() {
        let carrier = seal(&sample.mail, &sample.name);
        let opened = site.open(&carrier).unwrap_or_else(|error| panic!("{}: {error:#}", sample.name));
        assert!(opened == sample.mail, "{} differs after sealing and opening", sample.name);
        let file = format!("{number:04}-{}", sample.name.rsplit('/').next().unwrap_or_default());
        fs::write(originals.join(&file), &sample.mail).unwrap();
        fs::write(carriers.join(&file), &carrier).unwrap();
        fs::write(twins.join(&file), seal(&without_body(&sample.mail), &sample.name)).unwrap();
    }
    println!("{} mails sealed and opened", samples.len());

    let mut check = Command::new(std::env::var_os("SEALPOST_PYTHON").unwrap_or_else(|| "python3".into()));
    check.arg(project_root().join("tests/interop/check_carrier.py"));
    let said = run(check.arg("--twin").args([&twins, &originals, &carriers])).unwrap();
    println!("{}", String::from_utf8_lossy(&said));
    site.finish().unwrap();
}

/// Returns the header section alone: whatever stands in the carrier mail of that does not come from the body. The section
/// ends at an empty line, or at one that is no field.
fn without_body(mail: &[u8]) -> Vec<u8> {
    let first = Regex::new(r"(?-u)^>?From [^\r\n]*(\r\n|\r|\n)").unwrap();
    let lines = Regex::new(r"(?-u)\A(?:(?:[ \t]|[!-9;-~]+[ \t]*:)[^\r\n]*(?:\r\n|\r|\n))*").unwrap();
    let start = first.find(mail).map_or(0, |found| found.end());
    let end = start + lines.find(&mail[start..]).map_or(0, |found| found.end());
    [&mail[..end], b"\r\n"].concat()
}
