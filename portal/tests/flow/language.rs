//! The language of pages and mails: by the reader's switch, the sender's policy, the browser; and switching.

use sealpost_common::grant::Terms;

use crate::{
    client::{Answer, Browser, From},
    site::{START, Site, terms},
};

fn german() -> Terms {
    Terms { language: "de-AT".to_owned(), ..terms(&["bob@example.net"]) }
}

/// Asks as a browser that wants this language.
fn get(browser: &mut Browser, path: &str, accept: &str) -> Answer {
    browser.request("GET", path, From::Portal, &format!("Accept-Language: {accept}\r\n"), b"")
}

fn is_in(answer: &Answer, language: &str, direction: &str) -> bool {
    answer.text().starts_with(&format!("<!DOCTYPE html>\n<html lang=\"{language}\" dir=\"{direction}\">"))
}

#[test]
fn a_browser_gets_the_language_that_it_asks_for() {
    let site = Site::start();
    for (accept, language, direction, title) in [
        ("en-US,en;q=0.9", "en", "ltr", "Read a protected message"),
        ("de-CH,fr;q=0.5", "de", "ltr", "Eine geschützte Nachricht lesen"),
        ("tlh", "en", "ltr", "Read a protected message"),
        ("ja", "ja", "ltr", "保護されたメッセージを読む"),
        ("zh-CN", "zh-Hans", "ltr", "阅读受保护的邮件"),
        ("ar-EG", "ar", "rtl", "قراءة رسالة محمية"),
        ("he", "he", "rtl", "קריאת הודעה מוגנת"),
    ] {
        let page = get(&mut site.browser(), "/", accept);
        assert!(is_in(&page, language, direction) && page.text().contains(title), "{accept}");
    }
    let site = Site::start_with("[server]\npublic_url = 'http://ADDRESS'\nlanguage = 'de'\n");
    assert!(is_in(&get(&mut site.browser(), "/", "tlh"), "de", "ltr"));
    assert!(is_in(&get(&mut site.browser(), "/", "en"), "en", "ltr"));
}

#[test]
fn refusals_speak_the_readers_language_wherever_they_are_made() {
    let site = Site::start();
    let mut browser = site.browser();
    let ask = |browser: &mut Browser, method, path, from| {
        browser.request(method, path, from, "Accept-Language: de\r\n", b"")
    };
    for (method, path, from, status, words) in [
        ("GET", "/nothing", From::Portal, 404, "Diese Seite gibt es nicht"),
        ("GET", "/open", From::Portal, 405, "Diese Seite gibt es nicht"),
        ("GET", "/assets/nothing", From::Portal, 404, "Diese Seite gibt es nicht"),
        ("POST", "/read", From::Disk, 403, "Bitte öffnen Sie die Nachricht noch einmal"),
        ("POST", "/open", From::Disk, 400, "Diese Nachricht kann nicht geöffnet werden"),
        ("GET", "/sign-in/nobody/return", From::Link, 404, "Diese Seite gibt es nicht"),
    ] {
        let answer = ask(&mut browser, method, path, from);
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(is_in(&answer, "de", "ltr") && answer.text().contains(words), "{method} {path}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{method} {path}");
    }
}

#[test]
fn what_the_policy_says_goes_before_what_the_browser_asks_for() {
    let site = Site::start();
    let envelope = site.sample(&german());
    let fields: [(&str, &[u8]); 1] = [("envelope", envelope.as_bytes())];
    let mut browser = site.browser();
    assert!(is_in(&browser.post("/open", &fields), "de", "ltr"));
    let page = browser.post("/passcode", &fields);
    assert!(page.text().contains("Geben Sie Ihren Einmalcode ein"));
    let mail = site.relay.wait_for(1)[0].1.clone();
    assert!(mail.contains("Dies ist Ihr Einmalcode:") && mail.contains("Er gilt 15 Minuten"), "{mail}");
    let passcode = site.relay.passcode(1);
    let page = browser.post("/read", &[("passcode", passcode.as_bytes()), fields[0]]);
    assert!(is_in(&page, "de", "ltr") && page.text().contains("Nachricht speichern"));
    assert!(is_in(&browser.post("/nothing", &fields), "en", "ltr"), "belongs to no envelope");

    let expired = site.sample(&Terms { expires: Some(START - 1), ..german() });
    let gone = browser.post("/open", &[("envelope", expired.as_bytes())]);
    assert!(gone.status == 410 && is_in(&gone, "de", "ltr"));
}

#[test]
fn switching_keeps_the_page_and_its_envelope() {
    let site = Site::start();
    let envelope = site.sample(&german());
    let field: (&str, &[u8]) = ("envelope", envelope.as_bytes());
    let mut browser = site.browser();
    let page = browser.post("/again", &[("language", b"en"), field]);
    assert!(is_in(&page, "en", "ltr") && page.asks_to_prove());
    assert!(!page.text().contains("Your sign-in is over"));
    // message.html brings the cookie along.
    assert!(browser.post_from(From::Disk, "/open", &[field]).asks_to_prove());

    let page = browser.post("/passcode", &[field]);
    let reference = page.hidden("reference");
    let again = [("language", &b"de"[..]), ("reference", reference.as_bytes()), field];
    let page = browser.post("/again", &again);
    assert!(is_in(&page, "de", "ltr") && page.hidden("reference") == reference);
    let passcode = site.relay.passcode(1);
    let mut page = page;
    for language in [&b"en"[..], b"de", b"en", b"de", b"en"] {
        page = browser.post("/again", &[("language", language), ("passcode", b"12345678"), again[1], field]);
    }
    assert!(page.asks_for_passcode() && !page.says_wrong(), "costs no try");
    assert_eq!(site.relay.count(), 1, "and sends no mail");
    assert!(browser.post("/read", &[("passcode", passcode.as_bytes()), field]).text().contains("dear Bob"));

    let page = browser.post("/again", &[("language", b"de"), ("images", b"load"), field]);
    assert!(
        is_in(&page, "de", "ltr") && page.text().contains("dear Bob") && page.carried().contains("BEGIN")
    );
    assert_eq!(page.hidden("images"), "load");
    let nonsense = browser.post("/again", &[("language", b"../en"), field]);
    assert!(is_in(&nonsense, "de", "ltr"));
    assert_eq!(browser.post_from(From::Disk, "/again", &[field]).status, 403);
}

#[test]
fn other_pages_switch_by_a_cookie_and_lead_nowhere_else() {
    let site = Site::start();
    let mut browser = site.browser();
    for (form, status, to) in [
        ("language=de", 303, Some("/")),
        ("language=de&page=signed-in", 303, Some("/signed-in")),
        ("language=de&page=//evil.example", 303, Some("/")),
        ("language=de&page=https%3A%2F%2Fevil.example", 303, Some("/")),
        ("language=tlh", 404, None),
        ("page=signed-in", 404, None),
    ] {
        let answer = browser.post_small("/language", form);
        assert_eq!((answer.status, answer.header("location")), (status, to), "{form}");
    }
    assert!(is_in(&get(&mut browser, "/", "en"), "de", "ltr"));
    let mut other = site.browser();
    assert_eq!(other.post_small_from(From::Disk, "/language", "language=de").status, 403);
    assert!(other.cookies().is_empty());
}
