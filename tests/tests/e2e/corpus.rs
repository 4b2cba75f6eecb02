//! Every mail that there is, sealed by the running gateway and opened by `sealpost-portal open`, is the same byte for
//! byte: what `DATA` carried, dots unstuffed. Its carrier mail is sound and gives nothing away.

use std::fs;
use std::process::Command;

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
    site.start_gateway().unwrap();
    let originals = site.folder().make("originals").unwrap();
    let carriers = site.folder().make("carriers").unwrap();

    // One session for all of them: it must stay in step.
    let mut session = Client::open(site.ports.gateway_smtp, "EHLO").unwrap();
    let samples = samples().unwrap();
    let mut empty = Vec::new();
    for (number, sample) in samples.iter().enumerate() {
        let reply = session.deliver("sender@example.org", &["reader@example.net"], &sample.mail).unwrap();
        assert!(reply.is_success(), "{}: {reply:?}", sample.name);
        let kept = sink.take();
        let [kept] = &kept[..] else { panic!("{}: {} mails at the next hop", sample.name, kept.len()) };
        let opened = site.open(&kept.mail).unwrap_or_else(|error| panic!("{}: {error:#}", sample.name));
        assert!(opened == sample.mail, "{} differs after sealing and opening", sample.name);
        let name = format!("{number:04}.eml");
        fs::write(originals.join(&name), &sample.mail).unwrap();
        fs::write(carriers.join(&name), &kept.mail).unwrap();
        if !has_body(&sample.mail) {
            empty.push(carriers.join(&name));
        }
    }
    println!("{} mails sealed and opened", samples.len());

    let mut check = Command::new(std::env::var_os("SEALPOST_PYTHON").unwrap_or_else(|| "python3".into()));
    check.arg(project_root().join("tests/interop/check_carrier.py"));
    for carrier in empty {
        check.arg("--empty").arg(carrier);
    }
    let said = run(check.arg(originals).arg(carriers)).unwrap();
    println!("{}", String::from_utf8_lossy(&said));
    site.finish().unwrap();
}

fn has_body(mail: &[u8]) -> bool {
    let text = String::from_utf8_lossy(mail).replace("\r\n", "\n").replace('\r', "\n");
    text.split_once("\n\n").is_some_and(|(_, body)| !body.trim().is_empty())
}
