//! Looks at a page in all ways: by the rules of accessibility, light and dark, in wide and narrow windows, with large text.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use sealpost_tests::browser::{Browser, SIZES};
use sealpost_tests::carrier;
use sealpost_tests::place::{installed, project_root};
use sealpost_tests::providers::{self, Providers};
use serde_json::{Value, json};

use super::sample::{answer_settings, plan};
use crate::desk::Desk;

/// Rules for pages of ours; mails and frames are held against those of WCAG alone.
pub(super) const PAGES: &[&str] = &["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
pub(super) const WCAG: &[&str] = &["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/// Opens the page of figures.
pub(super) const TOKEN: &str = "a-token-of-the-survey-of-pages";

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

pub(super) struct Survey {
    pub(super) desk: Desk,
    pub(super) browser: Browser,
    _providers: Providers,
    axe: String,
    pub(super) language: &'static str,
    /// How many pages were looked at.
    pub(super) pages: usize,
    /// What is wrong with them.
    pub(super) report: String,
}

impl Survey {
    pub(super) fn start(language: &'static str) -> Option<Self> {
        if !installed(&["chromium", "chromedriver"]) || !providers::installed() {
            return None;
        }
        let axe = axe()?;
        let mut desk = Desk::new(plan("access")).unwrap();
        let providers = Providers::start(&mut desk.site).unwrap();
        let token = desk.site.folder().join("admin.token");
        fs::write(&token, TOKEN).unwrap();
        fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
        let usage = format!("[usage]\nsmallest_shown = 1\nadmin_token_file = \"{}\"\n", token.display());
        desk.site.add_portal_settings(&format!("{}{usage}", answer_settings(&desk.site))).unwrap();
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
    pub(super) fn page(&mut self, name: &str, tags: &[&str]) {
        self.rules(name, tags, &[]);
        self.windows(name).unwrap();
        let direction = self.browser.evaluate("return getComputedStyle(document.body).direction").unwrap();
        if tags == PAGES && (direction == "rtl") != (self.language == "ar") {
            self.say(name, [format!("is written {direction}")]);
        }
    }

    /// Holds a page against the rules, light and dark.
    pub(super) fn rules(&mut self, name: &str, tags: &[&str], without: &[&str]) {
        for light in ["dark", "light"] {
            self.browser.prefer(light).unwrap();
            let faults = self.axe(tags, without);
            self.say(&format!("{name}, {light}"), faults);
        }
    }

    /// Holds a copy of a document against the rules in which no script can run, not even that of the rules.
    pub(super) fn copy(&mut self, name: &str, html: &str, without: &[&str]) {
        let file = self.desk.site.folder().join(&format!("copy-{name}.html"));
        fs::write(&file, html).unwrap();
        self.browser.open_file(&file).unwrap();
        self.rules(name, WCAG, without);
    }

    /// Looks whether a page stands in any window, and with large text.
    pub(super) fn windows(&mut self, name: &str) -> anyhow::Result<()> {
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

    pub(super) fn seal(&self, name: &str, mail: &[u8], recipients: &[&str]) -> PathBuf {
        let file = self.desk.site.folder().join(&format!("{name}.html"));
        fs::write(&file, self.desk.seal(mail, recipients).unwrap()).unwrap();
        file
    }

    pub(super) fn choose(&self, file: &Path) {
        self.browser.open(&self.desk.site.portal_url()).unwrap();
        self.browser.type_into("#file", file.to_str().unwrap()).unwrap();
        self.browser.click("#open button").unwrap();
    }

    pub(super) fn passcode(&mut self) -> String {
        let passcode = carrier::passcode(&self.desk.relay.wait().unwrap().mail).unwrap();
        self.desk.site.secrets.add("a passcode", &passcode);
        passcode
    }

    /// Presses a button, and waits until the page is another, which may look the same.
    pub(super) fn press(&self, action: &str) {
        self.browser.evaluate("document.body.dataset.before = 'yes'").unwrap();
        self.browser.click(&format!("button[formaction='{action}']")).unwrap();
        for _ in 0..1200 {
            let is_new = "return document.readyState === 'complete' && !('before' in document.body.dataset)";
            if self.browser.evaluate(is_new).is_ok_and(|is_new| is_new == true) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("no other page after {action}");
    }

    /// Goes to the page that a button of this one opens in a window of its own, but in this one.
    pub(super) fn press_here(&self, action: &str) {
        let button = format!("button[formaction='{action}']");
        self.browser.evaluate(&format!("document.querySelector(\"{button}\").formTarget = '_self'")).unwrap();
        self.browser.click(&button).unwrap();
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
