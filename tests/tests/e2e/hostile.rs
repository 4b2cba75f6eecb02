//! Hostile HTML in a real Chromium, through the whole way from the gateway to the reader's page: nothing of it runs, loads,
//! navigates, or lies over the portal's own page.
//!
//! The payloads go by the hundred, each as a part of its own with its name as a text before it: parts are sanitised each by
//! itself, so none hides another, and a fault is told with the name of the payload. A mail is looked at on its page, on the
//! page to be printed, and with images from other computers loaded. Whatever Chromium asks for elsewhere than at the portal,
//! this computer included, would go to a proxy that only writes it down.
//!
//! The frame, the second layer, is tried alone too: with the payloads as they are.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use regex::{Captures, Regex};
use sealpost_tests::browser::Browser;
use sealpost_tests::mails::base64_lines;
use sealpost_tests::place::{corpus, installed};
use sealpost_tests::process::wait_until;
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
    "<img src=http://127.0.0.1:9998/x><div style='background:url(http://localhost:9998/)'>here</div>",
    "<style>*{position:fixed;inset:0;background:url(https://leak.invalid/)}html,.part{display:none}</style>in a sheet",
    "<style>p{font-family:'</style><script>alert(5)</script>'}</style><p>broken out of a sheet",
];

/// A page with all that is looked for.
const CONTROL: &str = "<!DOCTYPE html><html><head></head><body><h1>Control</h1><div class=part>control</div><div class=part>\
    <img src=https://control.invalid/x onerror='document.title=1'><a href='javascript:x'>link</a>\
    <script>fetch('http://127.0.0.1:9998/control').catch(() => {})</script>\
    <div style='position:fixed;inset:0;background-image:linear-gradient(red,red)'>over everything</div></div>";

/// Looks at the document at hand, as Chromium has read it, and says what should not be there, and in which payload; and
/// which addresses the images have.
const LOOK: &str = r#"
const found = [];
const harmless = new Set(("html head meta base style body a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col " +
  "colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre " +
  "q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time title tr tt u ul var wbr").split(" "));
const say = (element, what) => {
  const part = element.closest(".part");
  const name = part && part.previousElementSibling ? part.previousElementSibling.textContent.trim() : "outside of all parts";
  found.push(name + ": " + what);
};
if (window !== top && document.URL !== "about:srcdoc") found.push("navigated to " + document.URL);
for (const element of document.querySelectorAll("*")) {
  const name = element.localName;
  if (!harmless.has(name)) say(element, "element " + name);
  if (["meta", "base", "style", "title"].includes(name) && element.parentElement !== document.head) say(element, "element " + name + " in the body");
  for (const attribute of element.attributes) {
    if (attribute.name.startsWith("on")) say(element, name + " " + attribute.name);
    if (/^\s*(javascript|vbscript|data:text|file|blob):?/i.test(attribute.value) && attribute.name !== "alt" && attribute.name !== "title") say(element, name + " " + attribute.name + "=" + attribute.value);
  }
  if (element.closest("body") && element !== document.body) {
    const style = getComputedStyle(element);
    if (["fixed", "absolute", "sticky"].includes(style.position)) say(element, name + " is " + style.position);
    if (style.backgroundImage !== "none") say(element, name + " has a background image");
  }
}
for (const link of document.links) {
  if (!/^(https?|mailto|tel):$/.test(link.protocol)) say(link, "link to " + link.protocol);
  if (link.target !== "_blank" || !/noopener/.test(link.rel) || !/noreferrer/.test(link.rel)) say(link, "link with target " + link.target + ", rel " + link.rel);
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

/// What Chromium itself asks for, whatever page it shows: its start page, its clock and its updates. Payloads that name one
/// of these hosts get another.
const OF_ITS_OWN: &[&str] = &[
    "start.duckduckgo.com",
    "update.googleapis.com",
    "clients2.google.com",
    "clientservices.googleapis.com",
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

/// A payload and what it is called by.
struct Payload {
    name: String,
    html: String,
}

fn payloads() -> Vec<Payload> {
    let own = OWN.iter().enumerate();
    let mut found: Vec<Payload> =
        own.map(|(at, html)| Payload { name: format!("own/{at}"), html: (*html).to_owned() }).collect();
    let Some(folder) = corpus() else { return found };
    let mut lists: Vec<_> =
        fs::read_dir(folder.join("html-attack")).unwrap().map(|entry| entry.unwrap().path()).collect();
    lists.push(folder.join("html-mail/mail-vectors.json"));
    lists.sort();
    for list in lists {
        let parsed: Value = serde_json::from_slice(&fs::read(&list).unwrap()).unwrap();
        for case in parsed["cases"].as_array().unwrap() {
            let id = case["id"].as_str().map_or_else(|| case["id"].to_string(), str::to_owned);
            let name = format!("{}/{id}", list.file_stem().unwrap().display());
            found.push(Payload { name, html: case["payload"].as_str().unwrap().to_owned() });
        }
    }
    let leaks = fs::read_to_string(folder.join("html-leak/httpleaks.html")).unwrap();
    found.push(Payload { name: "httpleaks".into(), html: leaks });
    let hosts: Vec<_> = OF_ITS_OWN.iter().map(|host| regex::escape(host)).collect();
    let hosts = Regex::new(&format!("(?i)({})", hosts.join("|"))).unwrap();
    for payload in &mut found {
        payload.html = hosts.replace_all(&payload.html, "$1.invalid").into_owned();
    }
    found
}

/// A mail with each payload as a part, after its name.
fn mail(number: usize, payloads: &[Payload]) -> Vec<u8> {
    let mut mail = format!(
        "From: Mallory <mallory@example.org>\r\nTo: {RECIPIENT}\r\nSubject: Hostile {number}\r\n\
         Message-ID: <hostile-{number}@example.org>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=hostile\r\n\r\n"
    );
    for Payload { name, html } in payloads {
        write!(
            mail,
            "--hostile\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{name}\r\n\
             --hostile\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            base64_lines(html.as_bytes())
        )
        .unwrap();
    }
    mail.push_str("--hostile--\r\n");
    mail.into_bytes()
}

/// Brings the envelope to the portal.
pub(crate) fn open(browser: &Browser, desk: &Desk, message: &Path) {
    browser.open(&desk.site.portal_url()).unwrap();
    browser.type_into("#file", message.to_str().unwrap()).unwrap();
    browser.click("#open button").unwrap();
}

/// Proves the address by a passcode.
pub(crate) fn sign_in(browser: &Browser, desk: &mut Desk) {
    browser.click("button[formaction='/passcode']").unwrap();
    browser.text("#passcode").unwrap();
    let passcode = sealpost_tests::carrier::passcode(&desk.relay.wait().unwrap().mail).unwrap();
    desk.site.secrets.add("a passcode", &passcode);
    browser.type_into("#passcode", &passcode).unwrap();
    browser.click("button[formaction='/read']").unwrap();
}

struct Hunt {
    desk: Desk,
    browser: Browser,
    proxy: Proxy,
    /// What should not be.
    report: String,
    /// Hosts whose images the reader has just asked for.
    wanted: BTreeSet<String>,
    /// How many of them there were in all mails.
    loaded: usize,
}

impl Hunt {
    fn start(name: &str) -> Self {
        let proxy = Proxy::start().unwrap();
        let desk = Desk::start(name).unwrap();
        // Chromium asks its own computer without a proxy unless it is told not to.
        let arguments = [
            format!("--proxy-server=http://{}", proxy.address()),
            format!("--proxy-bypass-list=<-loopback>;{}", desk.site.portal_address()),
        ];
        let browser = Browser::start_with(desk.site.folder(), name, true, &arguments).unwrap();
        Self { desk, browser, proxy, report: String::new(), wanted: BTreeSet::new(), loaded: 0 }
    }

    fn say(&mut self, payloads: &[Payload], when: &str, faults: impl IntoIterator<Item = String>) {
        let (first, last) = (&payloads[0].name, &payloads[payloads.len() - 1].name);
        for fault in faults {
            writeln!(self.report, "{first} to {last}, {when}: {fault}").unwrap();
        }
    }

    /// What is wrong with the document at hand; and the addresses of the images in it.
    fn look(browser: &Browser) -> (Vec<String>, Vec<String>) {
        let seen = browser.evaluate(LOOK).unwrap();
        let texts = |place: usize| -> Vec<String> {
            seen[place].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        (texts(0), texts(1))
    }

    /// Shows a page with all that is looked for: a detector that sees nothing is worth nothing.
    fn control(&self) {
        let page = self.desk.site.folder().join("control.html");
        fs::write(&page, CONTROL).unwrap();
        self.browser.open_file(&page).unwrap();
        let (faults, images) = Self::look(&self.browser);
        for expected in [
            "element script",
            "img onerror",
            "link to javascript:",
            "div is fixed",
            "div has a background image",
        ] {
            assert!(
                faults.iter().any(|fault| fault.contains(expected)),
                "{expected} is not seen: {faults:?}"
            );
        }
        assert_eq!(images, ["https://control.invalid/x"]);
        assert!(self.stands("/", true).iter().any(|fault| fault.ends_with("is covered")));
        let mut asked = String::new();
        let both = || {
            asked.push_str(&self.asked_for(&[]).join("\n"));
            ["control.invalid", "127.0.0.1:9998/control"]
                .iter()
                .all(|host| asked.contains(host))
                .then_some(())
        };
        wait_until("the requests of the control", Duration::from_secs(30), both).unwrap();
    }

    /// What lies over the page's own elements, and whether the browser is where it should be.
    fn stands(&self, path: &str, printed: bool) -> Vec<String> {
        let arguments = if printed { vec![Value::Bool(true)] } else { Vec::new() };
        let covered = self.browser.evaluate_with(COVERED, arguments).unwrap();
        let mut faults: Vec<String> =
            covered.as_array().unwrap().iter().map(|what| format!("{what} is covered")).collect();
        let (here, windows) = (self.browser.url().unwrap(), self.browser.window_count().unwrap());
        if here != format!("{}{path}", self.desk.site.portal_url()) || windows != 1 {
            faults.push(format!("went to {here}, {windows} windows"));
        }
        faults
    }

    /// Checks the page that shows the mail; gives the addresses of the images in its frame.
    fn check_page(&mut self, payloads: &[Payload], path: &str, when: &str) -> Vec<String> {
        let (mut faults, images) =
            self.browser.in_frame("iframe.message-frame", |frame| Ok(Self::look(frame))).unwrap();
        faults.extend(self.stands(path, false));
        self.say(payloads, when, faults);
        images
    }

    /// What pages have asked for since the last time, with the payloads that name the host.
    fn asked_for(&self, payloads: &[Payload]) -> Vec<String> {
        let mut said = Vec::new();
        for request in self.proxy.take_requests() {
            let target = request.split(' ').nth(1).unwrap_or_default();
            let target = target.rsplit_once("://").map_or(target, |(_, rest)| rest);
            let host = target.split(['/', ':', '?']).next().unwrap_or_default().to_ascii_lowercase();
            let wanted = request.starts_with("CONNECT ") && self.wanted.contains(&host);
            if OF_ITS_OWN.contains(&host.as_str()) || wanted {
                continue;
            }
            let culprits =
                payloads.iter().filter(|payload| payload.html.to_ascii_lowercase().contains(&host));
            let culprits: Vec<_> = culprits.map(|payload| payload.name.as_str()).take(5).collect();
            said.push(format!("request {request}, named by {culprits:?}"));
        }
        said
    }

    /// Goes through all pages of one mail.
    fn mail(&mut self, number: usize, payloads: &[Payload]) {
        let file = self.desk.site.folder().join(&format!("{number}.html"));
        fs::write(&file, self.desk.seal(&mail(number, payloads), &[RECIPIENT]).unwrap()).unwrap();
        open(&self.browser, &self.desk, &file);
        let mut path = "/open";
        if number == 0 {
            sign_in(&self.browser, &mut self.desk);
            path = "/read";
        }
        self.browser.text(".message-subject").unwrap();
        let shown = self.browser.in_frame("iframe.message-frame", |frame| {
            frame.evaluate("return document.querySelectorAll('.part').length")
        });
        assert_eq!(shown.unwrap(), 2 * payloads.len(), "all payloads stand on the page");
        let images = self.check_page(payloads, path, "on its page");
        self.say(payloads, "on its page", images);

        let here = "document.querySelector(\"button[formaction='/print']\").formTarget = '_self'";
        self.browser.evaluate(here).unwrap();
        self.browser.click("button[formaction='/print']").unwrap();
        self.browser.text(".how").unwrap();
        let (mut faults, images) = Self::look(&self.browser);
        faults.extend(images);
        faults.extend(self.stands("/print", true));
        faults.extend(self.asked_for(payloads));
        self.say(payloads, "to be printed", faults);

        open(&self.browser, &self.desk, &file);
        self.browser.text(".message-subject").unwrap();
        if self.browser.shows(".remote button").unwrap() {
            self.browser.click(".remote button").unwrap();
            self.browser.attribute("input[name=images]", "value").unwrap();
            for image in self.check_page(payloads, "/read", "images loaded") {
                if !image.starts_with("https://") {
                    self.say(payloads, "images loaded", [image.clone()]);
                }
                self.wanted.extend(image.split('/').nth(2).map(host_of));
            }
        }
        // Leaving the page ends what it still loads.
        self.browser.open(&self.desk.site.portal_url()).unwrap();
        let asked = self.asked_for(payloads);
        self.say(payloads, "images loaded", asked);
        self.loaded += std::mem::take(&mut self.wanted).len();
    }
}

#[test]
fn no_payload_runs_loads_navigates_or_covers() {
    if !installed(&["chromium", "chromedriver"]) {
        return;
    }
    let mut hunt = Hunt::start("hostile");
    hunt.control();
    let payloads = payloads();
    for (number, batch) in payloads.chunks(BATCH).enumerate() {
        hunt.mail(number, batch);
    }
    let Hunt { desk, browser, report, loaded, .. } = hunt;
    println!("{} payloads; images of {loaded} hosts were loaded when asked for", payloads.len());
    assert!(report.is_empty(), "{report}");
    let log = desk.site.portal().log();
    let strange = log.lines().filter(|line| line.contains("route=\"unknown\"") || line.contains("not-found"));
    assert_eq!(strange.collect::<Vec<_>>(), Vec::<&str>::new(), "a payload asked the portal for something");
    drop(browser);
    desk.site.finish().unwrap();
}

/// The host of an address's authority.
fn host_of(authority: &str) -> String {
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default().to_ascii_lowercase()
}

/// Payloads in frames of one page.
const FRAMES: usize = 60;

/// Shows each payload in a frame like the page's own, or like it but for scripts, and remembers which sends a message.
const SHOW: &str = r#"
const [payloads, scripts] = arguments;
const own = document.querySelector("iframe.message-frame");
window.model ??= own && { sandbox: own.getAttribute("sandbox"), head: own.srcdoc.split("<body")[0] + "<body>" };
document.querySelectorAll("iframe").forEach((frame) => frame.remove());
window.ran = new Set();
window.loaded = 0;
const frames = payloads.map((payload) => {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", scripts ? "allow-scripts" : window.model.sandbox);
  frame.srcdoc = (scripts ? "" : window.model.head) + payload;
  frame.onload = () => { window.loaded += 1; };
  return frame;
});
window.onmessage = ({ source }) => window.ran.add(frames.findIndex((frame) => frame.contentWindow === source));
document.body.append(...frames);
"#;

/// The payloads that ran in frames of the page at hand, by their place.
fn run_in_frames(browser: &Browser, payloads: &[String], scripts: bool) -> Vec<usize> {
    browser.evaluate_with(SHOW, vec![payloads.into(), scripts.into()]).unwrap();
    let loaded = || {
        let loaded = browser.evaluate("return window.loaded").ok()?.as_u64()?;
        (loaded >= payloads.len() as u64).then_some(())
    };
    wait_until("frames", Duration::from_mins(1), loaded).unwrap();
    let ran = browser.evaluate("return [...window.ran]").unwrap();
    ran.as_array().unwrap().iter().filter_map(|at| usize::try_from(at.as_u64()?).ok()).collect()
}

/// Makes what a payload would alert about a message to the page, without quotes that might end an attribute.
fn telling(html: &str) -> String {
    let alerts = Regex::new(r"\b(alert|confirm|prompt)\b").unwrap();
    let message = "(top.postMessage(1,String.fromCharCode(42)),String)";
    alerts.replace_all(html, |_: &Captures<'_>| message).into_owned()
}

#[test]
fn the_frame_alone_stops_scripts_and_stays() {
    if !installed(&["chromium", "chromedriver"]) {
        return;
    }
    let mut hunt = Hunt::start("frame");
    let payloads: Vec<_> = payloads().iter().map(|payload| telling(&payload.html)).collect();
    let page = hunt.desk.site.folder().join("control.html");
    fs::write(&page, "<!DOCTYPE html><body>").unwrap();
    hunt.browser.open_file(&page).unwrap();
    let in_control: usize =
        payloads.chunks(FRAMES).map(|batch| run_in_frames(&hunt.browser, batch, true).len()).sum();
    println!("{in_control} of {} payloads run where scripts may", payloads.len());
    assert!(in_control >= 2, "payloads that run are seen");

    let file = hunt.desk.site.folder().join("frame.html");
    let plain = mail(0, &[Payload { name: "plain".into(), html: "<p>plain</p>".into() }]);
    fs::write(&file, hunt.desk.seal(&plain, &[RECIPIENT]).unwrap()).unwrap();
    open(&hunt.browser, &hunt.desk, &file);
    sign_in(&hunt.browser, &mut hunt.desk);
    hunt.browser.text(".message-subject").unwrap();
    for batch in payloads.chunks(FRAMES) {
        let ran = run_in_frames(&hunt.browser, batch, false);
        let ran: Vec<_> = ran.into_iter().filter_map(|at| batch.get(at)).collect();
        assert!(ran.is_empty(), "ran in the frame: {ran:#?}");
        assert_eq!(hunt.stands("/read", false), [""; 0]);
    }
    let Hunt { desk, browser, .. } = hunt;
    drop(browser);
    desk.site.finish().unwrap();
}
