//! Goes to every page of the portal, and to what brings readers there, and looks at it.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mail_parser::MessageParser;
use sealpost_tests::carrier;
use sealpost_tests::reader::From;
use sealpost_tests::smtp;
use serde_json::json;

use super::sample::{BY_PROVIDER, STRICT, all_sorts, right_to_left};
use super::survey::{PAGES, Survey, TOKEN, WCAG};
use crate::desk::{RECIPIENT, SENDER};

/// A database that somebody else is writing to until this is dropped.
struct HeldDatabase(Child);

impl HeldDatabase {
    fn of(file: &Path) -> Self {
        const HOLD: &str = "import sqlite3, sys\n\
            held = sqlite3.connect(sys.argv[1], isolation_level=None)\nheld.execute('BEGIN IMMEDIATE')\n\
            print('held', flush=True)\nsys.stdin.read()";
        let mut command = Command::new("python3");
        command.args(["-c", HOLD]).arg(file).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut holder = command.spawn().unwrap();
        let mut said = [0; 4];
        holder.stdout.as_mut().unwrap().read_exact(&mut said).unwrap();
        Self(holder)
    }
}

impl Drop for HeldDatabase {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        drop(self.0.wait());
    }
}

impl Survey {
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
        let fitting = self.seal("fitting", &all_sorts("bob@gmail.com"), &["bob@gmail.com"]);
        self.choose(&fitting);
        assert!(self.browser.text("button[form='providers']").unwrap().contains("Google"));
        self.page("prove-fitting", PAGES);
        let one = self.seal("one", &all_sorts(RECIPIENT), &[RECIPIENT]);
        self.choose(&one);
        self.browser.text("button[formaction='/passcode']").unwrap();
        self.page("prove", PAGES);
        self.browser.click("button[formaction='/passcode']").unwrap();
        self.browser.text("#passcode").unwrap();
        self.page("passcode", PAGES);
        // A browser that knows what must be filled in does not send it.
        self.browser.evaluate("document.getElementById('passcode').required = false").unwrap();
        self.press("/read");
        self.browser.text("#fault").unwrap();
        self.page("passcode-missing", PAGES);
        self.browser.type_into("#passcode", "0000 0000").unwrap();
        self.press("/read");
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
        self.signed_in_otherwise();
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

    /// Messages that the reader can't read as he is signed in.
    fn signed_in_otherwise(&mut self) {
        let another = self.seal("another", &all_sorts("dan@example.net"), &["dan@example.net"]);
        let by_provider = [BY_PROVIDER.as_bytes(), &all_sorts(RECIPIENT)].concat();
        let by_provider = self.seal("by-provider", &by_provider, &[RECIPIENT]);
        for (name, file) in [("other-address", another), ("other-way", by_provider)] {
            self.choose(&file);
            self.browser.text(".note").unwrap();
            self.page(name, PAGES);
        }
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
        {
            let _held = HeldDatabase::of(&self.desk.site.folder().join("portal.sqlite"));
            self.press("/answer/send");
            self.browser.text("button[formaction='/again']").unwrap();
            self.page("later", PAGES);
        }
        self.browser.click("main button[formaction='/again']").unwrap();
        self.browser.text("#answer").unwrap();
        self.desk.site.stop_gateway().unwrap();
        self.press("/answer/send");
        self.browser.text("#fault").unwrap();
        self.page("not-sent", PAGES);
        self.desk.site.start_gateway().unwrap();
        // From a page that stays, so that it can be sent once more.
        self.browser.evaluate("document.getElementById('carry').target = '_blank'").unwrap();
        self.browser.click("button[formaction='/answer/send']").unwrap();
        // The answer, and the reader's copy of it.
        for _ in 0..2 {
            self.desk.next_hop.wait().unwrap();
        }
        self.browser.evaluate("document.getElementById('carry').target = '_self'").unwrap();
        self.press("/answer/send");
        self.browser.text("[data-sent] .note").unwrap();
        self.page("sent-before", PAGES);
        self.press("/read");
        self.press("/answer");
        self.browser.text("#text").unwrap();
        self.browser.type_into("#text", "Once more.").unwrap();
        self.press("/answer/send");
        self.browser.text("[data-sent]").unwrap();
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

        let url = self.desk.site.portal_url();
        self.browser.open(&format!("{url}/sign-in/google/return?code=none&state=none")).unwrap();
        self.page("sign-in-stale", PAGES);
        let message = self.desk.site.folder().join("one.html");
        self.choose(&message);
        self.browser.click("button[value='google']").unwrap();
        self.browser.click("#unverified").unwrap();
        self.browser.text(".narrow h1").unwrap();
        self.page("sign-in-unproved", PAGES);

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

    /// What a reader sees who has asked for too many passcodes.
    fn too_many(&mut self) {
        self.desk.site.stop_portal().unwrap();
        let settings = fs::read_to_string(self.desk.site.portal_settings()).unwrap();
        let limited = settings.replace("per_address_and_network = 100000", "per_address_and_network = 1");
        assert_ne!(limited, settings);
        fs::write(self.desk.site.portal_settings(), limited).unwrap();
        self.desk.site.start_portal().unwrap();
        self.browser.forget_cookies().unwrap();
        let erin = "erin@example.net";
        let file = self.seal("too-many", &all_sorts(erin), &[erin]);
        self.choose(&file);
        self.browser.click("button[formaction='/passcode']").unwrap();
        self.browser.text("#passcode").unwrap();
        self.passcode();
        self.press("/passcode");
        self.browser.text(".fault").unwrap();
        self.page("passcode-too-many", PAGES);
        self.choose(&file);
        self.browser.text("button[formaction='/passcode']").unwrap();
        self.press("/passcode");
        self.browser.text(".fault").unwrap();
        self.page("prove-too-many", PAGES);
    }

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
        survey.too_many();
        println!("{language}: {} pages", survey.pages);
        assert!(survey.report.is_empty(), "{}", survey.report);
        drop(survey.browser);
        survey.desk.site.finish().unwrap();
    }
}
