//! Hostile HTML in a real Chromium, through the whole way from the gateway to the reader's page: nothing of it runs, loads,
//! navigates, or lies over the portal's own page.
//!
//! The payloads go by the hundred, each as a part of its own, so that none hides another; a mail is looked at on its page,
//! with images from other computers loaded, and on the page to be printed. Whatever Chromium asks for elsewhere than at
//! the portal would go to a proxy that only writes it down.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sealpost_tests::browser::Browser;
use sealpost_tests::mails::base64_lines;
use sealpost_tests::place::{corpus, installed};
use sealpost_tests::proxy::Proxy;
use serde_json::Value;

use crate::desk::{Desk, RECIPIENT};

/// Payloads in one mail.
const BATCH: usize = 110;

/// Hostile HTML of our own, for a clone without the corpus.
const OWN: &[&str] = &[
    "<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>",
    "<div style='position:fixed;inset:0;background:red;z-index:99999'>over everything</div>",
    "<p style='margin:-500px 0 0 -500px'>up</p><a href='javascript:alert(4)' target=_top>a</a>",
    "<meta http-equiv=refresh content='0;url=https://leak.invalid/'><base href=https://leak.invalid/>",
    "<form action=https://leak.invalid/><button autofocus>b</button></form><iframe src=https://leak.invalid/></iframe>",
    "<img src=https://leak.invalid/pixel.png><link rel=stylesheet href=https://leak.invalid/a.css>",
    "<style>@import 'https://leak.invalid/';body{background:url(https://leak.invalid/)}</style>",
    "</div></body></html><script>top.location='https://leak.invalid/'</script>",
];

/// Looks at the document at hand, as Chromium has read it, and says what should not be there.
const LOOK: &str = r#"
const found = [];
const harmless = new Set(("html head meta base style body a abbr acronym address article aside b bdi big blockquote br caption center cite code col " +
  "colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre " +
  "q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time title tr tt u ul var wbr").split(" "));
for (const element of document.querySelectorAll("*")) {
  const name = element.localName;
  if (!harmless.has(name)) found.push("element " + name);
  for (const attribute of element.attributes) {
    if (attribute.name.startsWith("on")) found.push(name + " " + attribute.name);
    if (/^\s*(javascript|vbscript|data:text|file|blob):?/i.test(attribute.value) && attribute.name !== "alt") found.push(name + " " + attribute.name + "=" + attribute.value);
  }
  if (element.closest("body") && element !== document.body) {
    const style = getComputedStyle(element);
    if (["fixed", "absolute", "sticky"].includes(style.position)) found.push(name + " is " + style.position);
    if (style.backgroundImage !== "none") found.push(name + " has a background image");
  }
}
for (const link of document.links) {
  if (!/^(https?|mailto|tel):$/.test(link.protocol)) found.push("link to " + link.protocol);
  if (link.target !== "_blank" || !/noopener/.test(link.rel) || !/noreferrer/.test(link.rel)) found.push("link with target " + link.target + ", rel " + link.rel);
}
return [found, [...document.images].map((image) => image.src).filter((source) => source && !source.startsWith("data:"))];
"#;

/// Says which of the page's own elements something else lies over.
const COVERED: &str = r#"
return [...document.querySelectorAll(arguments.length ? "h1, .message-fields dd" : ".brand, .bar button, h1, .ways button, .message-fields dd, .attachment-ways button")].filter((element) => {
  element.scrollIntoView({ block: "center" });
  const box = element.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + Math.min(box.width / 2, 30), box.top + box.height / 2);
  return !top || !(element.contains(top) || top.contains(element));
}).map((element) => element.className || element.localName);
"#;

fn payloads() -> Vec<String> {
    let mut found: Vec<String> = OWN.iter().map(|&payload| payload.to_owned()).collect();
    let Some(folder) = corpus() else { return found };
    let mut lists: Vec<_> =
        fs::read_dir(folder.join("html-attack")).unwrap().map(|entry| entry.unwrap().path()).collect();
    lists.push(folder.join("html-mail/mail-vectors.json"));
    lists.sort();
    for list in lists {
        let parsed: Value = serde_json::from_slice(&fs::read(&list).unwrap()).unwrap();
        let cases = parsed["cases"].as_array().unwrap();
        found.extend(cases.iter().map(|case| case["payload"].as_str().unwrap().to_owned()));
    }
    found.push(fs::read_to_string(folder.join("html-leak/httpleaks.html")).unwrap());
    found
}

/// A mail with each payload as a part.
fn mail(number: usize, payloads: &[String]) -> Vec<u8> {
    let mut mail = format!(
        "From: Mallory <mallory@example.org>\r\nTo: {RECIPIENT}\r\nSubject: Hostile {number}\r\n\
         Message-ID: <hostile-{number}@example.org>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=hostile\r\n\r\n"
    );
    for payload in payloads {
        write!(
            mail,
            "--hostile\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            base64_lines(payload.as_bytes())
        )
        .unwrap();
    }
    mail.push_str("--hostile--\r\n");
    mail.into_bytes()
}

/// What is wrong with the document at hand; and the addresses of the images in it.
fn look(browser: &Browser) -> (Vec<String>, Vec<String>) {
    let seen = browser.evaluate(LOOK).unwrap();
    let texts = |place: usize| -> Vec<String> {
        seen[place].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    (texts(0), texts(1))
}

/// Checks the page of a mail; returns the addresses of the images that its frame shows.
fn check_page(browser: &Browser, address: &str, name: &str, report: &mut String) -> Vec<String> {
    let (faults, images) = browser.in_frame("iframe.message-frame", |frame| Ok(look(frame))).unwrap();
    for fault in faults {
        writeln!(report, "{name}: {fault}").unwrap();
    }
    for covered in browser.evaluate(COVERED).unwrap().as_array().unwrap() {
        writeln!(report, "{name}: {covered} is covered").unwrap();
    }
    if browser.url().unwrap() != address || browser.window_count().unwrap() != 1 {
        writeln!(report, "{name}: went to {}", browser.url().unwrap()).unwrap();
    }
    images
}

/// Brings the envelope to the portal, where the reader has signed in already.
pub(crate) fn open(browser: &Browser, desk: &Desk, message: &Path) {
    browser.open(&desk.site.portal_url()).unwrap();
    browser.type_into("#file", message.to_str().unwrap()).unwrap();
    browser.click("#open button").unwrap();
}

/// Goes through the passcode, once the page asks for the address.
pub(crate) fn sign_in(browser: &Browser, desk: &mut Desk) {
    browser.click("button[formaction='/passcode']").unwrap();
    browser.text("#passcode").unwrap();
    let passcode = sealpost_tests::carrier::passcode(&desk.relay.wait().unwrap().mail).unwrap();
    desk.site.secrets.add("a passcode", &passcode);
    browser.type_into("#passcode", &passcode).unwrap();
    browser.click("button[formaction='/read']").unwrap();
}

#[test]
fn no_payload_runs_loads_navigates_or_covers() {
    if !installed(&["chromium", "chromedriver"]) {
        return;
    }
    let proxy = Proxy::start().unwrap();
    let mut desk = Desk::start("hostile").unwrap();
    let arguments = [format!("--proxy-server=http://{}", proxy.address())];
    let browser = Browser::start_with(desk.site.folder(), "hostile", true, &arguments).unwrap();
    let payloads = payloads();
    let portal = desk.site.portal_url();
    let mut report = String::new();
    let mut hosts = BTreeSet::new();
    for (number, batch) in payloads.chunks(BATCH).enumerate() {
        let file = desk.site.folder().join(&format!("{number}.html"));
        fs::write(&file, desk.seal(&mail(number, batch), &[RECIPIENT]).unwrap()).unwrap();
        open(&browser, &desk, &file);
        if number == 0 {
            sign_in(&browser, &mut desk);
        }
        browser.text(".message-subject").unwrap();
        let address = browser.url().unwrap();
        let images = check_page(&browser, &address, &format!("mail {number}"), &mut report);
        if !images.is_empty() {
            writeln!(report, "mail {number}: images {images:?}").unwrap();
        }

        let asked = "const print = document.querySelector(\"button[formaction='/print']\"); print.formTarget = '_self'";
        browser.evaluate(asked).unwrap();
        browser.click("button[formaction='/print']").unwrap();
        browser.text(".how").unwrap();
        let (faults, images) = look(&browser);
        for fault in faults.iter().chain(&images) {
            writeln!(report, "mail {number}, to be printed: {fault}").unwrap();
        }
        for covered in browser.evaluate_with(COVERED, vec![Value::Bool(true)]).unwrap().as_array().unwrap() {
            writeln!(report, "mail {number}, to be printed: {covered} is covered").unwrap();
        }
        if browser.url().unwrap() != format!("{}/print", portal.trim_end_matches('/')) {
            writeln!(report, "mail {number}, to be printed: went to {}", browser.url().unwrap()).unwrap();
        }
        for request in asked_for(&proxy) {
            writeln!(report, "mail {number}, before the reader asked: {request}").unwrap();
        }

        open(&browser, &desk, &file);
        if browser.shows(".remote button").unwrap() {
            browser.click(".remote button").unwrap();
            browser.text("input[name=images] ~ .message, .message").unwrap();
            let address = browser.url().unwrap();
            let images = check_page(&browser, &address, &format!("mail {number}, loaded"), &mut report);
            hosts.extend(images.iter().filter_map(|image| image.split('/').nth(2).map(host_and_port)));
        }
        for request in asked_for(&proxy) {
            let known = request
                .strip_prefix("CONNECT ")
                .is_some_and(|rest| hosts.contains(rest.split(' ').next().unwrap_or_default()));
            if !known {
                writeln!(report, "mail {number}, loaded: {request}").unwrap();
            }
        }
    }
    println!("{} payloads; images of {} hosts were loaded when asked for", payloads.len(), hosts.len());
    assert!(report.is_empty(), "{report}");
    let log = desk.site.portal().log();
    let strange = log.lines().filter(|line| line.contains("route=\"unknown\"") || line.contains("not-found"));
    assert_eq!(strange.collect::<Vec<_>>(), Vec::<&str>::new(), "a payload asked the portal for something");
    drop(browser);
    desk.site.finish().unwrap();
}

/// What Chromium asks for whatever page it shows: its start page, its clock and its updates.
const OF_ITS_OWN: &[&str] = &[
    "start.duckduckgo.com",
    "update.googleapis.com",
    "clients2.google.com",
    "accounts.google.com",
    "www.google.com",
    "optimizationguide-pa.googleapis.com",
    "content-autofill.googleapis.com",
    "safebrowsing.googleapis.com",
    "safebrowsingohttpgateway.googleapis.com",
    "redirector.gvt1.com",
    "edgedl.me.gvt1.com",
    "android.clients.google.com",
    "mtalk.google.com",
];

/// What pages have asked for since the last time.
fn asked_for(proxy: &Proxy) -> Vec<String> {
    let mut requests = proxy.take_requests();
    let host = |request: &str| {
        let target = request.split(' ').nth(1).unwrap_or_default();
        let target = target.rsplit_once("://").map_or(target, |(_, rest)| rest);
        target.split(['/', ':', '?']).next().unwrap_or_default().to_owned()
    };
    requests.retain(|request| !OF_ITS_OWN.contains(&host(request).as_str()));
    requests
}

/// A host as a proxy is asked for it.
fn host_and_port(host: &str) -> String {
    let host = host.rsplit('@').next().unwrap_or_default();
    if host.contains(':') { host.to_owned() } else { format!("{host}:443") }
}
