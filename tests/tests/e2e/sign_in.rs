//! Signing in with a provider, in a real browser, at providers made of the certified `oidc-provider`: the whole way from
//! `message.html` to the mail, and everybody who must not get there.

use sealpost_tests::browser::Browser;
use sealpost_tests::mails::{large, text, unique_text};
use sealpost_tests::place::installed;
use sealpost_tests::providers::{self, Providers};
use sealpost_tests::reader::{From, Page, Reader};
use sealpost_tests::site::Plan;

use crate::desk::{Desk, GENEROUS, RECIPIENT, SENDER};

const CONSUMERS: &str = "a[id='t9188040d-6c67-4c5b-b112-36a304b66dad']";
const WORK: &str = "a[id='t11111111-0000-4000-8000-000000000001']";
const FOREIGN: &str = "a[id='t22222222-0000-4000-8000-000000000002']";

/// What a sign-in must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The mail.
    Mail,
    /// The page that says that he is signed in with another address.
    OtherAddress,
    /// The page that says that the address is not confirmed.
    Unconfirmed,
    /// The page that says that the answer does not hold.
    Unbelieved,
    /// The page that says that he did not sign in.
    Cancelled,
}

impl End {
    fn heading(self) -> &'static str {
        match self {
            Self::Mail => "Hello",
            Self::OtherAddress => "Is this message for you?",
            Self::Unconfirmed => "Your address could not be confirmed",
            Self::Unbelieved => "Your sign-in could not be confirmed",
            Self::Cancelled => "You did not sign in",
        }
    }
}

struct Lab {
    desk: Desk,
    _providers: Providers,
    /// What must be shown, and to nobody else.
    body: String,
    /// The file on the reader's disk.
    file: std::path::PathBuf,
}

impl Lab {
    fn start(name: &str) -> Option<Self> {
        if !installed(&["chromium", "chromedriver"]) || !providers::installed() {
            return None;
        }
        let plan = Plan { passcode_settings: GENEROUS.into(), ..Plan::new(name) };
        let mut desk = Desk::new(plan).unwrap();
        let providers = Providers::start(&mut desk.site).unwrap();
        desk.site.start_portal().unwrap();
        let mut lab = Self { desk, _providers: providers, body: unique_text("Body"), file: "".into() };
        lab.desk.site.secrets.add("the body", &lab.body);
        lab.file = lab.seal(RECIPIENT);
        Some(lab)
    }

    fn seal(&self, recipient: &str) -> std::path::PathBuf {
        let message = self.desk.seal(&text(SENDER, recipient, "Hello", &self.body), &[recipient]).unwrap();
        let file = self.desk.site.folder().join(&format!("{recipient}.html"));
        std::fs::write(&file, message).unwrap();
        file
    }

    fn open(&self, browser: &Browser) {
        browser.open_file(&self.file).unwrap();
        browser.click("button").unwrap();
        browser.follow_new_window().unwrap();
    }

    /// Presses the provider's button and what comes then, and waits for the end's heading.
    fn sign_in(browser: &Browser, provider: &str, clicks: &[&str], end: End) {
        browser.click(&format!("button[value='{provider}']")).unwrap();
        for click in clicks {
            browser.click(click).unwrap();
        }
        let heading = heading(browser, end.heading());
        assert_eq!(heading, end.heading(), "{provider} {clicks:?}");
    }

    fn assert_reads(&self, browser: &Browser) {
        assert!(browser.text(".message-text").unwrap().contains(&self.body));
    }

    fn finish(self) {
        self.desk.site.finish().unwrap();
    }
}

/// Waits for a heading; gives whatever heading stands there when that takes too long.
pub(crate) fn heading(browser: &Browser, wanted: &str) -> String {
    let mut last = String::new();
    for _ in 0..600 {
        if let Some(found) = browser.texts("h1").unwrap_or_default().into_iter().next() {
            if found == wanted {
                return found;
            }
            last = found;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    last
}

#[test]
fn everybody_gets_where_his_claims_lead_and_no_further() {
    let Some(lab) = Lab::start("claims") else { return };
    let browser = Browser::start(lab.desk.site.folder(), "browser", true).unwrap();
    let cases: [(&str, &[&str], End); 22] = [
        ("microsoft", &[CONSUMERS, "#personal"], End::Mail),
        ("microsoft", &[WORK, "#owned"], End::Mail),
        ("microsoft", &[WORK, "#unowned"], End::Unconfirmed),
        ("microsoft", &[FOREIGN, "#claimed"], End::Unconfirmed),
        ("microsoft", &[CONSUMERS, "#another"], End::OtherAddress),
        ("microsoft", &[CONSUMERS, "#cancel"], End::Cancelled),
        ("google", &["#workspace"], End::Mail),
        ("google", &["#unverified"], End::Unconfirmed),
        ("google", &["#elsewhere"], End::Unconfirmed),
        ("google", &["#gmail"], End::OtherAddress),
        ("google", &["#confused-pem"], End::Unbelieved),
        ("google", &["#confused-pkcs1"], End::Unbelieved),
        ("google", &["#confused-der"], End::Unbelieved),
        ("google", &["#confused-jwk"], End::Unbelieved),
        ("google", &["#confused-modulus"], End::Unbelieved),
        ("generic", &["#verified"], End::Mail),
        ("generic", &["#shouting"], End::Mail),
        ("generic", &["#plus"], End::OtherAddress),
        ("generic", &["#lookalike"], End::OtherAddress),
        ("generic", &["#doubtful"], End::Unconfirmed),
        ("generic", &["#silent"], End::Unconfirmed),
        ("generic", &["#textual"], End::Unbelieved),
    ];
    for (provider, clicks, end) in cases {
        browser.forget_cookies().unwrap();
        lab.open(&browser);
        Lab::sign_in(&browser, provider, clicks, end);
        if end == End::Mail {
            lab.assert_reads(&browser);
        } else {
            assert!(!browser.source().unwrap().contains(&lab.body), "{provider} {clicks:?}");
        }
    }
    lab.finish();
}

#[test]
fn the_message_opens_by_itself_and_signing_out_ends_that() {
    let Some(lab) = Lab::start("opens") else { return };
    let browser = Browser::start(lab.desk.site.folder(), "browser", true).unwrap();
    lab.open(&browser);
    assert_eq!(heading(&browser, "Is this message for you?"), "Is this message for you?");
    browser.screenshots("prove-providers").unwrap();
    Lab::sign_in(&browser, "google", &["#workspace"], End::Mail);
    lab.assert_reads(&browser);
    assert!(browser.url().unwrap().ends_with("/read"), "the code is in no address");
    assert_eq!(waiting(&browser), 0, "the browser keeps nothing of it");

    // Signed in, the next message opens at once.
    lab.open(&browser);
    assert_eq!(heading(&browser, "Hello"), "Hello");
    browser.click("form[action='/sign-out'] button").unwrap();
    assert_eq!(heading(&browser, "You are signed out"), "You are signed out");
    lab.open(&browser);
    assert_eq!(heading(&browser, "Is this message for you?"), "Is this message for you?");

    // With the wrong account he is told so, and can choose another one.
    Lab::sign_in(&browser, "google", &[], End::Mail);
    browser.forget_cookies().unwrap();
    lab.open(&browser);
    Lab::sign_in(&browser, "google", &["#gmail"], End::OtherAddress);
    assert!(browser.text(".note").unwrap().contains("not sent to"));
    browser.screenshots("prove-other-address").unwrap();
    Lab::sign_in(&browser, "google", &["#workspace"], End::Mail);
    lab.finish();
}

/// How many envelopes wait in the browser, for the portal whose page it shows.
fn waiting(browser: &Browser) -> u64 {
    const COUNT: &str =
        "return (async () => (await indexedDB.databases()).length && await new Promise((done) => {
        const open = indexedDB.open('sealpost');
        open.onsuccess = () => {
            const count = open.result.transaction('envelopes').objectStore('envelopes').count();
            count.onsuccess = () => { open.result.close(); done(count.result); };
        };
    }))()";
    browser.evaluate(COUNT).unwrap().as_u64().unwrap()
}

/// Lets everything that waits there have waited for so many minutes longer.
fn age(browser: &Browser, minutes: u64) {
    const AGE: &str = "return new Promise((done) => {
        const open = indexedDB.open('sealpost');
        open.onsuccess = () => {
            const work = open.result.transaction('envelopes', 'readwrite');
            const store = work.objectStore('envelopes');
            const all = store.getAll();
            all.onsuccess = () => all.result.forEach((one) => store.put({ ...one, at: one.at - arguments[0] * 60000 }));
            work.oncomplete = () => { open.result.close(); done(true); };
        };
    })";
    browser.evaluate_with(AGE, vec![minutes.into()]).unwrap();
}

/// By pages that have nothing to do with signing in, too.
#[test]
fn what_nobody_came_back_for_is_removed_after_an_hour() {
    let Some(lab) = Lab::start("nobody-back") else { return };
    let browser = Browser::start(lab.desk.site.folder(), "browser", true).unwrap();
    lab.open(&browser);
    browser.click("button[value='google']").unwrap();
    browser.text("#workspace").unwrap();
    for (minutes, left) in [(0, 1), (55, 1), (6, 0)] {
        browser.open(&format!("{}/privacy", lab.desk.site.portal_url())).unwrap();
        age(&browser, minutes);
        assert_eq!(waiting(&browser), 1, "a page without a script");
        browser.open(&lab.desk.site.portal_url()).unwrap();
        browser.text("#open").unwrap();
        for _ in 0..200 {
            if waiting(&browser) == left {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        assert_eq!(waiting(&browser), left, "{minutes} minutes later");
    }
    lab.finish();
}

/// A reader at a provider: the path by which he comes back, and his browser.
fn away(desk: &Desk, providers: &Providers, account: &str) -> (Reader, String) {
    let mut reader = desk.reader();
    let content = ["Content-Type: application/x-www-form-urlencoded".to_owned()];
    let page = reader.request("POST", "/sign-in", From::Portal, &content, b"provider=google").unwrap();
    let back = providers.sign_in(&providers::address_in(&page).unwrap(), account).unwrap();
    (reader, back)
}

fn code_in(path: &str) -> &str {
    path.split_once("code=").unwrap().1.split('&').next().unwrap()
}

/// Whoever gets hold of a code can redeem it neither before its reader does nor after.
#[test]
fn a_real_code_is_good_once_and_for_its_own_sign_in() {
    if !providers::installed() {
        return;
    }
    let mut desk = Desk::new(Plan { passcode_settings: GENEROUS.into(), ..Plan::new("codes") }).unwrap();
    let providers = Providers::start(&mut desk.site).unwrap();
    desk.site.start_portal().unwrap();
    let assert_refused = |page: &Page, heading: &str| {
        assert!(page.status >= 400 && page.text().contains(heading), "{} {}", page.status, page.text());
    };
    let (mut bob, back) = away(&desk, &providers, "workspace");
    desk.site.secrets.add("a code", code_in(&back));
    let before = bob.clone();
    let steal = || {
        let (mut mallory, own) = away(&desk, &providers, "unverified");
        let page = mallory.get(&own.replace(code_in(&own), code_in(&back))).unwrap();
        assert_refused(&page, End::Unbelieved.heading());
        assert!(mallory.get("/signed-in").unwrap().text().contains("You are not signed in"));
    };
    steal();
    assert_eq!(bob.get(&back).unwrap().status, 303);
    assert!(bob.get("/signed-in").unwrap().text().contains("You are signed in"));
    steal();
    for mut again in [bob, before] {
        assert_refused(&again.get(&back).unwrap(), "This sign-in is no longer good");
    }
    desk.site.finish().unwrap();
}

#[test]
fn a_large_message_waits_in_the_browser_too() {
    let Some(lab) = Lab::start("large-provider") else { return };
    let browser = Browser::start(lab.desk.site.folder(), "browser", true).unwrap();
    // More than browsers keep for one tab by themselves.
    let mail = large(SENDER, RECIPIENT, "Hello", 12_000_000);
    std::fs::write(&lab.file, lab.desk.seal(&mail, &[RECIPIENT]).unwrap()).unwrap();
    lab.open(&browser);
    Lab::sign_in(&browser, "generic", &["#verified"], End::Mail);
    lab.finish();
}

#[test]
fn without_javascript_the_message_opens_once_it_is_opened_again() {
    let Some(lab) = Lab::start("noscript-provider") else { return };
    let browser = Browser::start(lab.desk.site.folder(), "browser", false).unwrap();
    lab.open(&browser);
    browser.click("button[value='microsoft']").unwrap();
    browser.click(CONSUMERS).unwrap();
    browser.click("#personal").unwrap();
    assert_eq!(heading(&browser, "You are signed in"), "You are signed in");
    assert!(browser.text("#again").unwrap().contains("message.html"));
    assert!(browser.url().unwrap().ends_with("/signed-in"), "the code is in no address");
    browser.screenshots("signed-in-noscript").unwrap();
    lab.open(&browser);
    assert_eq!(heading(&browser, "Hello"), "Hello");
    lab.assert_reads(&browser);

    browser.forget_cookies().unwrap();
    lab.open(&browser);
    Lab::sign_in(&browser, "microsoft", &[WORK, "#unowned"], End::Unconfirmed);
    browser.screenshots("sign-in-unconfirmed").unwrap();
    lab.finish();
}

#[test]
fn the_fitting_provider_is_offered_first() {
    let Some(mut lab) = Lab::start("offers") else { return };
    let browser = Browser::start(lab.desk.site.folder(), "browser", true).unwrap();
    for (recipient, first) in [
        ("bob@gmail.com", "Sign in with Google"),
        ("bob@outlook.com", "Sign in with Microsoft"),
        (RECIPIENT, "Send me a passcode"),
    ] {
        lab.file = lab.seal(recipient);
        lab.open(&browser);
        assert_eq!(heading(&browser, "Is this message for you?"), "Is this message for you?");
        assert_eq!(browser.texts("main button").unwrap()[0], first, "{recipient}");
        if recipient == "bob@gmail.com" {
            browser.screenshots("prove-fitting").unwrap();
            Lab::sign_in(&browser, "google", &["#gmail"], End::Mail);
            browser.forget_cookies().unwrap();
        }
    }
    lab.finish();
}
