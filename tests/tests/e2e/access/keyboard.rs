//! The whole flow by keyboard alone in the window of a telephone, with and without JavaScript.

use std::fs;
use std::path::{Path, PathBuf};

use sealpost_tests::browser::{Browser, Key, SIZES};
use sealpost_tests::carrier;
use sealpost_tests::mails::unique_text;
use sealpost_tests::place::installed;
use sealpost_tests::providers::{self, Providers};
use sealpost_tests::secrets::contains;
use serde_json::Value;

use super::sample::{all_sorts, answer_settings, plan};
use crate::desk::{Desk, RECIPIENT};

/// Most stops on any page.
const MOST: usize = 60;

/// Says where the focus is: what of the page has it, whether that is seen to have it, and whether it is in sight. A frame has
/// stops of its own.
const STOP: &str = r"
const element = document.activeElement;
if (!element || element === document.body || element === document.documentElement) return null;
const said = element.getAttribute('aria-label') || element.id || element.textContent.trim().slice(0, 80);
const name = (element.getAttribute('formaction') || element.localName) + ' ' + said;
const frame = element.localName === 'iframe';
const style = getComputedStyle(element);
const box = element.getBoundingClientRect();
const top = document.elementFromPoint(box.left + Math.min(box.width / 2, 12), box.top + Math.min(box.height / 2, 12));
return [name, frame || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1),
    frame || Boolean(top && (element.contains(top) || top.contains(element))), document.documentElement.scrollWidth <= innerWidth];
";

struct Keyboard {
    browser: Browser,
    stops: usize,
}

impl Keyboard {
    /// Opens `message.html` in a browser of its own and presses its button.
    fn open(desk: &Desk, file: &Path, name: &str, javascript: bool) -> Self {
        let browser =
            Browser::start(desk.site.folder(), &format!("{name}-{javascript}"), javascript).unwrap();
        let mut keyboard = Self { browser, stops: 0 };
        let (_, width, height) = SIZES[1];
        keyboard.browser.set_size(width, height).unwrap();
        keyboard.browser.open_file(file).unwrap();
        keyboard.press("button");
        keyboard.browser.follow_new_window().unwrap();
        keyboard.browser.set_size(width, height).unwrap();
        keyboard
    }

    fn stop(&self) -> Option<(String, [bool; 3])> {
        let Value::Array(stop) = self.browser.evaluate(STOP).unwrap() else { return None };
        let is = |place: usize| stop[place].as_bool().unwrap();
        Some((stop[0].as_str().unwrap().to_owned(), [is(1), is(2), is(3)]))
    }

    /// Goes from stop to stop until one is called so, or all the way round; gives the names of all.
    fn go(&mut self, wanted: Option<&str>) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for _ in 0..MOST {
            self.browser.press(Key::Tab).unwrap();
            // Between the last stop and the first the focus is on nothing, and so it may be for a moment on its way into a frame.
            let Some((name, good)) = self.stop() else { continue };
            if wanted.is_none() && names.len() > 1 && names.first() == Some(&name) {
                break;
            }
            assert_eq!(good, [true; 3], "{name}: focus seen, in sight, page no wider than the window");
            self.stops += 1;
            let found = wanted.is_some_and(|wanted| name.contains(wanted));
            if names.last() != Some(&name) {
                names.push(name);
            }
            if found {
                return names;
            }
        }
        assert!(wanted.is_none(), "{wanted:?} is not among {names:?}");
        names
    }

    /// Goes to what is called so and presses Enter there.
    fn press(&mut self, name: &str) {
        self.go(Some(name));
        self.browser.press(Key::Enter).unwrap();
    }
}

/// A site where readers may sign in with accounts and answer, and a message on a reader's disk.
fn start(name: &str) -> Option<(Desk, Option<Providers>, PathBuf)> {
    if !installed(&["chromium", "chromedriver"]) {
        return None;
    }
    let mut desk = Desk::new(plan(name)).unwrap();
    desk.site.add_portal_settings(&answer_settings(&desk.site)).unwrap();
    let providers = providers::installed().then(|| Providers::start(&mut desk.site).unwrap());
    desk.site.start_portal().unwrap();
    let file = desk.site.folder().join("message.html");
    fs::write(&file, desk.seal(&all_sorts(RECIPIENT), &[RECIPIENT]).unwrap()).unwrap();
    Some((desk, providers, file))
}

#[test]
fn a_reader_needs_a_keyboard_only() {
    let Some((mut desk, _providers, file)) = start("keyboard") else { return };
    for javascript in [true, false] {
        let mut keyboard = Keyboard::open(&desk, &file, "keyboard", javascript);
        keyboard.browser.text("button[formaction='/passcode']").unwrap();
        keyboard.press("/passcode");
        keyboard.browser.text("#passcode").unwrap();
        let (at, _) = keyboard.stop().unwrap();
        assert_eq!(at, "input passcode", "the field has the focus");
        let passcode = carrier::passcode(&desk.relay.wait().unwrap().mail).unwrap();
        desk.site.secrets.add("a passcode", &passcode);
        keyboard.browser.write(&passcode).unwrap();
        keyboard.browser.press(Key::Enter).unwrap();
        keyboard.browser.text(".message-subject").unwrap();

        let stops = keyboard.go(None);
        for wanted in [
            "/print",
            "/mail",
            "/attachment",
            "/preview",
            "/attachments",
            "/read",
            "summary",
            "iframe",
            "language",
        ] {
            assert!(stops.iter().any(|stop| stop.contains(wanted)), "{wanted} is not among {stops:?}");
        }
        keyboard.press("summary Message in this message");
        assert_eq!(keyboard.browser.evaluate("return document.querySelector('.nested').open").unwrap(), true);
        keyboard.press("Save notes.txt");
        keyboard.browser.downloaded("notes.txt").unwrap();
        reply(&mut keyboard, &mut desk);
        keyboard.press("Sign out");
        keyboard.browser.text(".narrow h1").unwrap();
        println!("{} stops, {}", keyboard.stops, if javascript { "with JavaScript" } else { "without" });
    }
    desk.site.finish().unwrap();
}

/// Writes a reply to the message that is shown, sends it, and goes back to the message.
fn reply(keyboard: &mut Keyboard, desk: &mut Desk) {
    keyboard.press("/answer Reply");
    keyboard.browser.text("#answer").unwrap();
    keyboard.go(Some("textarea text"));
    let text = unique_text("Typed");
    desk.site.secrets.add("an answer", &text);
    keyboard.browser.write(&text).unwrap();
    keyboard.press("/answer/send");
    keyboard.browser.text("[data-sent]").unwrap();
    // The reader's copy comes along with it, sealed.
    let mails = [desk.next_hop.wait().unwrap().mail, desk.next_hop.wait().unwrap().mail];
    assert!(mails.iter().any(|mail| contains(mail, text.as_bytes())), "what was typed was sent");
    keyboard.press("/read");
    keyboard.browser.text(".message-subject").unwrap();
}

#[test]
fn a_reader_signs_in_with_an_account_by_keyboard_only() {
    let Some((desk, Some(_providers), file)) = start("keyboard-provider") else { return };
    let mut keyboard = Keyboard::open(&desk, &file, "keyboard-provider", true);
    keyboard.browser.text("button[value='google']").unwrap();
    keyboard.press("Sign in with Google");
    keyboard.browser.text("#workspace").unwrap();
    keyboard.press("button workspace");
    keyboard.browser.text(".message-subject").unwrap();
    desk.site.finish().unwrap();
}
