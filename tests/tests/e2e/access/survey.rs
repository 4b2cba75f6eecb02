//! Looks at every page of the portal, and at what brings readers there.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use mail_parser::MessageParser;
use sealpost_tests::browser::{Browser, SIZES};
use sealpost_tests::carrier;
use sealpost_tests::place::{installed, project_root};
use sealpost_tests::providers::{self, Providers};
use sealpost_tests::reader::From;
use sealpost_tests::smtp;
use serde_json::{Value, json};

use super::sample::{STRICT, all_sorts, plan, right_to_left};
use crate::desk::{Desk, RECIPIENT, SENDER};

/// Rules for pages of ours; mails and frames are held against those of WCAG alone.
const PAGES: &[&str] = &["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const WCAG: &[&str] = &["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/// Opens the page of figures.
const TOKEN: &str = "a-token-of-the-survey-of-pages";

/// Runs axe-core by the rules with these tags. What is in frames is looked at there.
const AXE: &str = r"
const off = Object.fromEntries(arguments[1].map((rule) => [rule, { enabled: false }]));
const options = { iframes: false, resultTypes: ['violations'], runOnly: { type: 'tag', values: arguments[0] }, rules: off };
return axe.run(document, options).then((found) => found.violations.flatMap((violation) =>
  violation.nodes.map((node) => violation.id + ': ' + node.html.slice(0, 200) + ' ' + (node.failureSummary || ''))));
";

/// Says by how much the page is wider than its window.
const WIDER: &str = "return document.documentElement.scrollWidth - innerWidth";

/// Says which texts are cut off, or lie over each other.
const CUT: &str = r"
const [found, seen] = [[], []];
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const [node, element] = [texts.currentNode, texts.currentNode.parentElement];
  if (!node.data.trim() || !element.checkVisibility({ visibilityProperty: true }) || element.closest('textarea, select, .language')) continue;
  for (let at = element; at && at !== document.body; at = at.parentElement) {
    const style = getComputedStyle(at);
    const cuts = (way) => way === 'hidden' || way === 'clip';
    if ((cuts(style.overflowX) && at.scrollWidth > at.clientWidth + 1) || (cuts(style.overflowY) && at.scrollHeight > at.clientHeight + 1))
      found.push('cut off: ' + node.data.trim().slice(0, 60));
  }
  const range = document.createRange();
  range.selectNodeContents(node);
  for (const box of range.getClientRects()) {
    const slack = box.height / 4;
    if (box.width > 1) seen.push([element, box.left + 1, box.right - 1, box.top + slack, box.bottom - slack, node.data.trim().slice(0, 40)]);
  }
}
for (const [at, one] of seen.entries())
  for (const other of seen.slice(at + 1))
    if (one[0] !== other[0] && one[1] < other[2] && other[1] < one[2] && one[3] < other[4] && other[3] < one[4])
      found.push('over each other: ' + one[5] + ' / ' + other[5]);
return found;
";

/// Where `tests/run` puts axe-core; under it, that must be there.
fn axe() -> Option<String> {
    let file = project_root().join("tests/.tools/access/node_modules/axe-core/axe.min.js");
    let source = fs::read_to_string(file).ok();
    assert!(
        source.is_some() || std::env::var_os("SEALPOST_ALL_PARTS").is_none(),
        "axe-core is not installed"
    );
    if source.is_none() {
        println!("not run, for want of axe-core (tests/run installs it)");
    }
    source
}

struct Survey {
    desk: Desk,
    browser: Browser,
    _providers: Providers,
    axe: String,
    language: &'static str,
    pages: usize,
    report: String,
}

impl Survey {
    fn start(language: &'static str) -> Option<Self> {
        if !installed(&["chromium", "chromedriver"]) || !providers::installed() {
            return None;
        }
        let axe = axe()?;
        let mut desk = Desk::new(plan("access")).unwrap();
        let providers = Providers::start(&mut desk.site).unwrap();
        let token = desk.site.folder().join("admin.token");
        fs::write(&token, TOKEN).unwrap();
        fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
        desk.site
            .add_portal_settings(&format!(
                "[answer]\nrelay = \"{}\"\ntls = \"none\"\nfrom = \"Example <answers@example.org>\"\n\
                 [usage]\nsmallest_shown = 1\nadmin_token_file = \"{}\"\n",
                desk.site.ports.gateway_smtp,
                token.display(),
            ))
            .unwrap();
        desk.site.start_portal().unwrap();
        let browser = Browser::start_speaking(desk.site.folder(), "access", true, language).unwrap();
        Some(Self { desk, browser, _providers: providers, axe, language, pages: 0, report: String::new() })
    }

    fn say(&mut self, page: &str, faults: impl IntoIterator<Item = String>) {
        for fault in faults {
            // At once, too: who waits for a page that does not come never gets to the end.
            println!("{page}, {}: {fault}", self.language);
            writeln!(self.report, "{page}, {}: {fault}", self.language).unwrap();
        }
    }

    fn texts(found: &Value) -> Vec<String> {
        let list = found.as_array().unwrap();
        list.iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
    }

    fn axe(&self, tags: &[&str], without: &[&str]) -> Vec<String> {
        self.browser.evaluate(&format!("{}; window.axe = axe;", self.axe)).unwrap();
        Self::texts(&self.browser.evaluate_with(AXE, vec![json!(tags), json!(without)]).unwrap())
    }

    /// Looks at a page in all ways.
    fn page(&mut self, name: &str, tags: &[&str]) {
        self.rules(name, tags, &[]);
        self.windows(name).unwrap();
        let direction = self.browser.evaluate("return getComputedStyle(document.body).direction").unwrap();
        if tags == PAGES && (direction == "rtl") != (self.language == "ar") {
            self.say(name, [format!("is written {direction}")]);
        }
    }

    /// Holds a page against the rules, light and dark.
    fn rules(&mut self, name: &str, tags: &[&str], without: &[&str]) {
        for light in ["dark", "light"] {
            self.browser.prefer(light).unwrap();
            let faults = self.axe(tags, without);
            self.say(&format!("{name}, {light}"), faults);
        }
    }

    /// Holds a copy of a document against the rules in which no script can run, not even that of the rules.
    fn copy(&mut self, name: &str, html: &str, without: &[&str]) {
        let file = self.desk.site.folder().join(&format!("copy-{name}.html"));
        fs::write(&file, html).unwrap();
        self.browser.open_file(&file).unwrap();
        self.rules(name, WCAG, without);
    }

    /// Looks whether a page stands in any window, and with large text.
    fn windows(&mut self, name: &str) -> anyhow::Result<()> {
        self.pages += 1;
        // 640 is a desktop's window at 200 %, 320 one at 400 %.
        for width in [1280, 640, 360, 320] {
            self.browser.set_size(width, 900).unwrap();
            let wider = self.browser.evaluate(WIDER).unwrap();
            if wider.as_f64().unwrap() > 0.0 {
                self.say(name, [format!("in a window {width} wide it sticks out by {wider}")]);
            }
            let cut = self.browser.evaluate(CUT).unwrap();
            self.say(&format!("{name}, {width} wide"), Self::texts(&cut));
        }
        let (_, width, height) = SIZES[0];
        self.browser.set_size(width, height).unwrap();
        self.browser.evaluate("document.documentElement.style.fontSize = '200%'").unwrap();
        let (wider, cut) = (self.browser.evaluate(WIDER).unwrap(), self.browser.evaluate(CUT).unwrap());
        self.say(&format!("{name}, large text"), Self::texts(&cut));
        if wider.as_f64().unwrap() > 0.0 {
            self.say(name, [format!("with large text it sticks out by {wider}")]);
        }
        self.browser.evaluate("document.documentElement.style.fontSize = ''").unwrap();
        self.browser.screenshots(&format!("access-{}-{name}", self.language))
    }

    fn seal(&self, name: &str, mail: &[u8], recipients: &[&str]) -> PathBuf {
        let file = self.desk.site.folder().join(&format!("{name}.html"));
        fs::write(&file, self.desk.seal(mail, recipients).unwrap()).unwrap();
        file
    }

    fn choose(&self, file: &std::path::Path) {
        self.browser.open(&self.desk.site.portal_url()).unwrap();
        self.browser.type_into("#file", file.to_str().unwrap()).unwrap();
        self.browser.click("#open button").unwrap();
    }

    fn passcode(&mut self) -> String {
        let passcode = carrier::passcode(&self.desk.relay.wait().unwrap().mail).unwrap();
        self.desk.site.secrets.add("a passcode", &passcode);
        passcode
    }

    /// Goes to the page that a button of this one opens in a window of its own, but in this one.
    fn press_here(&self, action: &str) {
        let button = format!("button[formaction='{action}']");
        self.browser.evaluate(&format!("document.querySelector(\"{button}\").formTarget = '_self'")).unwrap();
        self.browser.click(&button).unwrap();
    }

    /// `message.html`, and the mail that brings it.
    fn outside(&mut self) {
        let mail = all_sorts(RECIPIENT);
        let reply = smtp::deliver(self.desk.site.ports.gateway_smtp, SENDER, &[RECIPIENT], &mail).unwrap();
        assert!(reply.is_success(), "{reply:?}");
        let sealed = self.desk.next_hop.wait().unwrap().mail;
        let carrier = MessageParser::new().parse(&sealed).unwrap();
        for (name, html) in [
            ("message-html", carrier::message_html(&sealed).unwrap()),
            ("carrier", carrier.body_html(0).unwrap().as_bytes().to_vec()),
        ] {
            let file = self.desk.site.folder().join(&format!("{name}.html"));
            fs::write(&file, html).unwrap();
            self.browser.open_file(&file).unwrap();
            // They are in the sender's language, whatever the browser's.
            self.page(name, WCAG);
        }
    }

    /// The pages on the way to a message.
    fn way_in(&mut self) {
        self.browser.open(&self.desk.site.portal_url()).unwrap();
        self.page("start", PAGES);
        let several = self.seal("several", &all_sorts(RECIPIENT), &[RECIPIENT, "dan@example.net"]);
        self.choose(&several);
        self.browser.text("#address").unwrap();
        self.page("prove-several", PAGES);
        self.browser.click("button[formaction='/passcode']").unwrap();
        self.browser.text("#fault").unwrap();
        self.page("prove-no-address", PAGES);
        let one = self.seal("one", &all_sorts(RECIPIENT), &[RECIPIENT]);
        self.choose(&one);
        self.browser.text("button[formaction='/passcode']").unwrap();
        self.page("prove", PAGES);
        self.browser.click("button[formaction='/passcode']").unwrap();
        self.browser.text("#passcode").unwrap();
        self.page("passcode", PAGES);
        self.browser.type_into("#passcode", "0000 0000").unwrap();
        self.browser.click("button[formaction='/read']").unwrap();
        self.browser.text("#fault").unwrap();
        self.page("passcode-wrong", PAGES);
        let passcode = self.passcode();
        self.browser.type_into("#passcode", &passcode).unwrap();
        self.browser.click("button[formaction='/read']").unwrap();
    }

    /// The pages of a message.
    fn reading(&mut self) {
        self.browser.text(".message-subject").unwrap();
        self.page("message", PAGES);
        let unfold = "for (const details of document.querySelectorAll('details')) details.open = true";
        self.browser.evaluate(unfold).unwrap();
        self.page("message-unfolded", PAGES);
        let frame = self.browser.attribute("iframe.message-frame", "srcdoc").unwrap().unwrap();
        self.press_here("/print");
        self.browser.text(".how").unwrap();
        self.windows("print").unwrap();
        let unfolded = "return [...document.querySelectorAll('details')].every((details) => details.open)";
        assert_eq!(self.browser.evaluate(unfolded).unwrap(), true, "paper has no folds");
        let printed = self.browser.source().unwrap();
        self.copy("print", &printed, &[]);
        // Its title is the frame's, and its language is not known.
        self.copy("frame", &frame, &["document-title", "html-has-lang"]);
        let file = self.seal("rtl", &right_to_left(RECIPIENT), &[RECIPIENT]);
        self.choose(&file);
        self.browser.text(".message-text").unwrap();
        self.page("right-to-left", PAGES);
        self.answering();
        self.browser.open(&format!("{}/signed-in", self.desk.site.portal_url())).unwrap();
        self.page("signed-in", PAGES);
        self.choose(&file);
        self.browser.text(".message-text").unwrap();
        self.browser.click("form[action='/sign-out'] button").unwrap();
        self.browser.text(".narrow h1").unwrap();
        self.page("signed-out", PAGES);
        self.browser.open(&format!("{}/signed-in", self.desk.site.portal_url())).unwrap();
        self.page("not-signed-in", PAGES);
    }

    /// The pages of an answer to the message that is shown.
    fn answering(&mut self) {
        self.browser.click("button[value='forward']").unwrap();
        self.browser.text("#to").unwrap();
        self.page("forward", PAGES);
        self.browser.click("button[formaction='/answer/send']").unwrap();
        self.browser.text("#fault").unwrap();
        self.page("forward-nobody", PAGES);
        self.browser.click("button[formaction='/read']").unwrap();
        self.browser.click("button[value='reply']").unwrap();
        self.browser.text("#text").unwrap();
        self.page("reply", PAGES);
        self.browser.type_into("#text", "Thanks.").unwrap();
        self.browser.click("button[formaction='/answer/send']").unwrap();
        self.browser.text("[data-sent]").unwrap();
        // The answer, and the reader's copy of it.
        for _ in 0..2 {
            self.desk.next_hop.wait().unwrap();
        }
        self.page("sent", PAGES);
    }

    /// What a reader sees who may do little.
    fn strict(&mut self) {
        let file = self.seal("strict", &all_sorts(STRICT), &[STRICT]);
        self.choose(&file);
        self.browser.click("button[formaction='/passcode']").unwrap();
        self.browser.text("#passcode").unwrap();
        let passcode = self.passcode();
        self.browser.type_into("#passcode", &passcode).unwrap();
        self.browser.click("button[formaction='/read']").unwrap();
        self.browser.text(".asked").unwrap();
        self.page("rights-missing", PAGES);
    }

    /// Pages that say no, and the one that a reader hardly sees.
    fn others(&mut self) {
        self.browser.open(&format!("{}/nothing", self.desk.site.portal_url())).unwrap();
        self.page("not-found", PAGES);
        self.browser.open(&format!("{}/privacy", self.desk.site.portal_url())).unwrap();
        self.page("privacy", PAGES);
        let broken = self.desk.site.folder().join("broken.html");
        fs::write(&broken, "no envelope").unwrap();
        self.choose(&broken);
        self.browser.text("main:not(:has(#open)) h1").unwrap();
        self.page("no-envelope", PAGES);

        let headers = [
            "Content-Type: application/x-www-form-urlencoded".to_owned(),
            format!("Accept-Language: {}", self.language),
        ];
        let departure = self
            .desk
            .reader()
            .request("POST", "/sign-in", From::Portal, &headers, b"provider=generic")
            .unwrap();
        // It goes on by itself; here it must not.
        let page = departure.text().replace("http-equiv=\"refresh\"", "");
        self.browser.open(&self.desk.site.portal_url()).unwrap();
        let write = "document.open(); document.write(arguments[0]); document.close();\
            return new Promise((done) => addEventListener('load', () => done(document.title)))";
        self.browser.evaluate_with(write, vec![json!(page)]).unwrap();
        assert!(self.browser.shows("main a[rel=noreferrer]").unwrap());
        self.page("departure", PAGES);
    }
}

impl Survey {
    /// The page of figures, which is in English.
    fn usage(&mut self) {
        self.browser.open(&format!("{}/admin/usage", self.desk.site.portal_url())).unwrap();
        self.browser.text("#token").unwrap();
        self.page("usage-asked-for", PAGES);
        self.browser.type_into("#token", "a-token-that-is-none-of-it").unwrap();
        self.browser.click("main button").unwrap();
        self.browser.text(".note").unwrap();
        self.page("usage-refused", PAGES);
        self.browser.type_into("#token", TOKEN).unwrap();
        self.browser.click("main button").unwrap();
        self.browser.text(".figures").unwrap();
        self.page("usage", PAGES);
        let unfold = "for (const details of document.querySelectorAll('details')) details.open = true";
        self.browser.evaluate(unfold).unwrap();
        self.page("usage-unfolded", PAGES);
    }
}

/// What the survey must find.
const BAD: &str = "<html lang=en><head><title>Bad</title></head><body><main><h1 style='color:#ccc;background:#fff'>Pale</h1>\
    <img src=x><p style='width:2000px'>Wide</p><p style='height:1em;overflow:hidden'>Cut<br>off</p>\
    <p>One</p><p style='margin-top:-2em'>Two</p></main></body></html>";

#[test]
fn a_page_that_is_not_for_everybody_is_found() {
    let Some(mut survey) = Survey::start("en") else { return };
    let file = survey.desk.site.folder().join("bad.html");
    fs::write(&file, BAD).unwrap();
    survey.browser.open_file(&file).unwrap();
    survey.rules("bad", PAGES, &[]);
    survey.windows("bad").unwrap_err();
    for fault in ["color-contrast", "image-alt", "sticks out", "cut off: Cut", "over each other"] {
        assert!(survey.report.contains(fault), "{fault} is not in {}", survey.report);
    }
}

#[test]
fn every_page_is_for_everybody() {
    for language in ["en", "ar"] {
        let Some(mut survey) = Survey::start(language) else { return };
        if language == "en" {
            survey.outside();
        }
        survey.way_in();
        survey.reading();
        survey.strict();
        survey.others();
        if language == "en" {
            survey.usage();
        }
        println!("{language}: {} pages", survey.pages);
        assert!(survey.report.is_empty(), "{}", survey.report);
        drop(survey.browser);
        survey.desk.site.finish().unwrap();
    }
}
