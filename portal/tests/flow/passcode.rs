//! All that a passcode must not do.

use rand::{SeedableRng as _, rngs::StdRng};
use sealpost_common::keys::SigningKey;

use crate::{
    client::{Answer, Browser},
    relay::{Relay, passcode_in},
    site::{SAMPLE, Site, foreign_sealer, terms, text},
};

/// Asks for a passcode in a new browser; gives browser, page and the passcode that was mailed.
fn ask(site: &Site, envelope: &str) -> (Browser, Answer, String) {
    let mut browser = site.browser();
    let mails = site.relay.count();
    let page = browser.post("/passcode", &[("envelope", envelope.as_bytes())]);
    (browser, page, site.relay.passcode(mails + 1))
}

fn read(browser: &mut Browser, envelope: &str, passcode: &str) -> Answer {
    browser.post("/read", &[("passcode", passcode.as_bytes()), ("envelope", envelope.as_bytes())])
}

fn shows_mail(page: &Answer) -> bool {
    page.status == 200 && page.text().contains("dear Bob")
}

/// Another passcode than this.
fn wrong(passcode: &str) -> String {
    format!("{:08}", (passcode.parse::<u32>().unwrap() + 1) % 100_000_000)
}

#[test]
fn it_is_refused_after_15_minutes() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let (mut browser, _, passcode) = ask(&site, &envelope);
    let (mut in_time, _, other) = ask(&site, &envelope);
    site.clock.forward(15 * 60 - 1);
    assert!(shows_mail(&read(&mut in_time, &envelope, &other)));
    site.clock.forward(1);
    assert!(read(&mut browser, &envelope, &passcode).says_wrong());
}

#[test]
fn it_is_refused_after_5_wrong_tries() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net"]));
    for tries in [4, 5] {
        let (mut browser, _, passcode) = ask(&site, &envelope);
        // What is no passcode at all costs no try.
        for typo in ["1234", "abcdefgh", "123456789"] {
            assert!(read(&mut browser, &envelope, typo).says_wrong());
        }
        for _ in 0..tries {
            assert!(read(&mut browser, &envelope, &wrong(&passcode)).says_wrong());
        }
        assert_eq!(shows_mail(&read(&mut browser, &envelope, &passcode)), tries == 4, "{tries} wrong tries");
    }
}

#[test]
fn tries_sent_at_the_same_time_are_all_counted() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let (browser, _, passcode) = ask(&site, &envelope);
    let guesses: Vec<_> = (0..12)
        .map(|_| {
            let (mut browser, envelope, guess) = (browser.clone(), envelope.clone(), wrong(&passcode));
            std::thread::spawn(move || read(&mut browser, &envelope, &guess).says_wrong())
        })
        .collect();
    assert!(guesses.into_iter().all(|guess| guess.join().unwrap()));
    assert!(read(&mut browser.clone(), &envelope, &passcode).says_wrong());
}

#[test]
fn it_is_refused_from_another_browser() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let (mut browser, _, passcode) = ask(&site, &envelope);
    assert!(read(&mut site.browser(), &envelope, &passcode).says_wrong(), "a browser without cookies");
    let (mut other, ..) = ask(&site, &envelope);
    assert!(read(&mut other, &envelope, &passcode).says_wrong(), "a browser that asked for itself");
    assert!(shows_mail(&read(&mut browser, &envelope, &passcode)));
}

#[test]
fn it_is_refused_for_another_envelope() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let other = site.sample(&terms(&["bob@example.net"]));
    let (mut browser, _, passcode) = ask(&site, &envelope);
    assert!(read(&mut browser, &other, &passcode).says_wrong());
    assert!(shows_mail(&read(&mut browser, &envelope, &passcode)));
}

/// What is proved is the domain in ASCII; another program's idea of what the Unicode form means must not matter.
#[test]
fn it_goes_to_the_domain_that_is_proved_however_the_envelope_spells_it() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["Bob@exam\u{ad}ple。net"]));
    let (mut browser, _, passcode) = ask(&site, &envelope);
    assert_eq!(site.relay.wait_for(1)[0].0, "Bob@example.net");
    assert!(shows_mail(&read(&mut browser, &envelope, &passcode)));
}

/// A gateway chooses the IDs of its envelopes; whoever runs one of several must get nothing by choosing another's.
#[test]
fn it_is_refused_for_an_envelope_of_another_gateway_that_took_the_same_id() {
    let verifying = SigningKey::generate(&mut StdRng::seed_from_u64(99)).verifying_key().to_text();
    let site = Site::start_at(
        Relay::start(),
        &format!(
            "[server]\npublic_url = 'http://ADDRESS'\n[passcode]\nper_envelope = 1\n\
             [[gateway]]\nverifying_key = '{verifying}'\ndomains = ['example.com']\n"
        ),
    );
    let honest = terms(&["bob@example.net"]);
    let mut hostile = honest.clone();
    (hostile.envelope_sender, hostile.author) = (Some("mallory@example.com".to_owned()), None);
    let seed = || StdRng::seed_from_u64(5);
    let honest = site.sealer.seal(SAMPLE.as_bytes(), &honest, &mut seed()).unwrap();
    let hostile = foreign_sealer(site.directory.path()).seal(b"x", &hostile, &mut seed()).unwrap();
    assert!(honest.header()[10..26] == hostile.header()[10..26], "the envelope IDs are the same");

    let (mut browser, _, passcode) = ask(&site, &text(&hostile));
    assert!(read(&mut browser, &text(&honest), &passcode).says_wrong());
    let (mut browser, _, passcode) = ask(&site, &text(&honest));
    assert!(shows_mail(&read(&mut browser, &text(&honest), &passcode)), "its limits are its own, too");
}

#[test]
fn it_is_refused_for_another_address() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net", "carol@example.net"]));
    let mut browser = site.browser();
    browser.post("/passcode", &[("address", b"bob@example.net"), ("envelope", envelope.as_bytes())]);
    let passcode = site.relay.passcode(1);
    let read = |browser: &mut Browser, address: &str| {
        let fields: [(&str, &[u8]); 3] = [
            ("address", address.as_bytes()),
            ("passcode", passcode.as_bytes()),
            ("envelope", envelope.as_bytes()),
        ];
        browser.post("/read", &fields)
    };
    assert!(read(&mut browser, "carol@example.net").says_wrong());
    assert!(read(&mut browser, "mallory@example.com").says_wrong());
    assert!(shows_mail(&read(&mut browser, "bob@example.net")));
}

#[test]
fn it_works_once() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let (mut browser, _, passcode) = ask(&site, &envelope);
    let before = browser.clone();
    assert!(shows_mail(&read(&mut browser, &envelope, &passcode)));
    assert!(read(&mut before.clone(), &envelope, &passcode).says_wrong(), "without the session that it gave");
}

/// Phones show subjects while they are locked, so it stands there only where the settings say so.
#[test]
fn it_is_in_the_subject_only_where_the_settings_say_so() {
    for (setting, expected) in [("", false), ("[passcode]\nin_subject = true\n", true)] {
        let site = Site::start_with(&format!("[server]\npublic_url = 'http://ADDRESS'\n{setting}"));
        ask(&site, &site.sample(&terms(&["bob@example.net"])));
        let (_, mail) = site.relay.wait_for(1).swap_remove(0);
        let (head, _) = mail.split_once("\n\n").unwrap();
        assert_eq!(head.contains(&passcode_in(&mail)), expected, "{head}");
    }
}

/// What to do when the mail does not come, with the address to look for.
#[test]
fn the_page_helps_to_find_the_mail() {
    let site = Site::start();
    let (_, page, _) = ask(&site, &site.sample(&terms(&["bob@example.net"])));
    let text = page.text();
    for help in ["portal@example.org", "junk", "quarantine", "autocomplete=\"one-time-code\""] {
        assert!(text.contains(help), "{help}");
    }
}

#[test]
fn a_second_one_does_not_void_the_first() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let (mut browser, _, first) = ask(&site, &envelope);
    browser.post("/passcode", &[("envelope", envelope.as_bytes())]);
    site.relay.wait_for(2);
    assert!(shows_mail(&read(&mut browser, &envelope, &first)), "its mail may come later");
    browser.post("/sign-out", &[]);
    let second = site.relay.passcode(2);
    assert!(
        read(&mut browser, &envelope, &second).says_wrong(),
        "a right one uses up all that were asked for"
    );
}

/// A browser in which the address was proved is known for as long as the settings say, also when it asks once more.
#[test]
fn asking_again_does_not_shorten_for_how_long_the_browser_is_known() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let cookie = |answer: &Answer| {
        let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
        set.map(|(_, value)| value.clone()).find(|value| value.starts_with("__Host-sealpost-browser="))
    };
    let (mut browser, asked, passcode) = ask(&site, &envelope);
    assert!(cookie(&asked).is_some_and(|cookie| !cookie.contains("Max-Age")), "not known yet");
    let page = read(&mut browser, &envelope, &passcode);
    assert!(cookie(&page).is_some_and(|cookie| cookie.contains("Max-Age=2592000")));
    browser.post("/sign-out", &[]);
    let asked = browser.post("/passcode", &[("envelope", envelope.as_bytes())]);
    assert!(asked.asks_for_passcode());
    assert_eq!(cookie(&asked), None);
    let passcode = site.relay.passcode(2);
    let page = read(&mut browser, &envelope, &passcode);
    assert!(shows_mail(&page) && cookie(&page).is_some_and(|cookie| cookie.contains("Max-Age=2592000")));
}

/// Who presses "Read the message" without having typed anything loses neither the page nor a try.
#[test]
fn it_is_asked_for_once_more_where_it_is_missing() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net", "carol@example.net"]));
    let mut browser = site.browser();
    let address = ("address", "bob@example.net".as_bytes());
    let asked = browser.post("/passcode", &[address, ("envelope", envelope.as_bytes())]);
    let reference = asked.hidden("reference");
    let mut read = |typed: &str| {
        let fields: [(&str, &[u8]); 4] = [
            address,
            ("reference", reference.as_bytes()),
            ("passcode", typed.as_bytes()),
            ("envelope", envelope.as_bytes()),
        ];
        browser.post("/read", &fields)
    };
    for nothing in ["", " ", "\u{a0}\u{3000} - ", "", "\t", " "] {
        let page = read(nothing);
        assert!(page.asks_for_passcode() && !page.says_wrong(), "{nothing:?}");
        assert!(page.text().contains("Type the passcode from the mail"), "{nothing:?}");
        assert_eq!(
            (page.hidden("reference"), page.hidden("address")),
            (asked.hidden("reference"), asked.hidden("address"))
        );
    }
    let passcode = site.relay.passcode(1);
    assert!(read(&wrong(&passcode)).says_wrong());
    let pasted = format!(" {} {}\u{a0}", &passcode[..4], &passcode[4..]);
    let wide: String = pasted
        .chars()
        .map(|c| c.to_digit(10).map_or(c, |digit| char::from_u32(0xff10 + digit).unwrap()))
        .collect();
    assert!(shows_mail(&read(&wide)), "{wide}");
}

/// Who is asked again need not choose again.
#[test]
fn the_choice_to_stay_signed_in_survives_a_wrong_one() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let (mut browser, page, passcode) = ask(&site, &envelope);
    let (reference, wrong) = (page.hidden("reference"), wrong(&passcode));
    let is_chosen = |page: &Answer| page.text().contains("name=\"keep\" value=\"yes\" checked>");
    assert!(!is_chosen(&page));
    for keep in ["yes", "no"] {
        for (path, typed) in [("/read", wrong.as_str()), ("/read", ""), ("/again", ""), ("/passcode", "")] {
            let fields: [(&str, &[u8]); 4] = [
                ("keep", keep.as_bytes()),
                ("reference", reference.as_bytes()),
                ("passcode", typed.as_bytes()),
                ("envelope", envelope.as_bytes()),
            ];
            let page = browser.post(path, &fields);
            assert!(page.asks_for_passcode(), "{path}");
            assert_eq!(is_chosen(&page), keep == "yes", "{path} {typed:?}");
        }
    }
}

/// Somebody who has the envelope and is not a recipient learns nothing: not who is, and not that he is not.
#[test]
fn a_stranger_gets_the_same_answers_as_a_recipient() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net", "carol@example.net"]));
    let answers = |address: &str| {
        let mut browser = site.browser();
        let fields: [(&str, &[u8]); 2] = [("address", address.as_bytes()), ("envelope", envelope.as_bytes())];
        let asked = browser.post("/passcode", &fields);
        let reference = asked.hidden("reference");
        let guesses = (0..7).map(|_| {
            let fields: [(&str, &[u8]); 4] = [
                ("address", address.as_bytes()),
                ("reference", reference.as_bytes()),
                ("passcode", b"00000000"),
                ("envelope", envelope.as_bytes()),
            ];
            browser.post("/read", &fields)
        });
        let all: Vec<Answer> = guesses.collect::<Vec<_>>().into_iter().chain([asked]).collect();
        all.into_iter().map(|answer| neutral(answer, address, &reference)).collect::<Vec<_>>()
    };
    let recipient = answers("carol@example.net");
    let stranger = answers("ellen@example.com");
    assert!(recipient[7].asks_for_passcode());
    assert!(recipient == stranger);
    site.relay.wait_for(1);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(site.relay.count(), 1, "only the recipient got a mail");
}

/// The answer with all that must differ (what was typed, what is random) taken out of it.
fn neutral(answer: Answer, address: &str, reference: &str) -> Answer {
    let mut answer = answer.without_date();
    answer.body = answer.text().replace(address, "ADDRESS").replace(reference, "REFERENCE").into_bytes();
    for (name, value) in &mut answer.headers {
        if name == "set-cookie" {
            let (start, rest) = value.split_once('=').unwrap();
            let token = rest.split(';').next().unwrap();
            assert_eq!(token.len(), 43);
            *value = format!("{start}={}", rest.replace(token, "TOKEN"));
        }
    }
    answer
}
