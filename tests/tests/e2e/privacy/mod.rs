//! After a day's traffic (passcodes, sign-ins with a provider, answers, and what goes wrong with them) no address, network, ID,
//! subject or word of anybody stands in the portal's database, figures or log, nor an unkeyed hash of it, but that of the Message-ID of
//! a withdrawn message, which the privacy statement names.

mod traffic;

use std::fmt::Write as _;

use sealpost_tests::postgres;
use sealpost_tests::process::run;
use sealpost_tests::providers::Providers;
use sealpost_tests::reader::From;
use sealpost_tests::secrets::contains;
use sha2::{Digest, Sha256};
use traffic::{Day, start};

use crate::desk::{Desk, RECIPIENT, open};

const TOKEN: &str = "the-admins-token-for-figures";

/// What must stand nowhere: what it is, and its bytes.
struct Traces(Vec<(String, Vec<u8>)>);

impl Traces {
    fn add(&mut self, what: &str, secret: &str) {
        self.0.push((what.to_owned(), secret.as_bytes().to_vec()));
        // Unkeyed hashes are as good as what they are of: addresses can be tried.
        let digest = Sha256::digest(secret);
        let hex = digest.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        });
        self.0.push((format!("the hash of {what}"), hex.into_bytes()));
        self.0.push((format!("the hash of {what}"), digest.to_vec()));
    }

    fn assert_not_in(&self, place: &str, bytes: &[u8]) {
        assert!(!bytes.is_empty(), "{place}");
        for (what, secret) in &self.0 {
            assert!(!contains(bytes, secret), "{place} holds {what}");
        }
    }
}

impl Day {
    /// What metrics and the page of the figures show; nothing of anybody.
    fn look_at_figures(&self) {
        let authorised = [format!("Authorization: Bearer {TOKEN}")];
        let metrics =
            self.desk.reader().request("GET", "/metrics", From::Elsewhere, &authorised, &[]).unwrap();
        let counted = format!("sealpost_portal_messages_total {}\n", self.shown);
        assert!(metrics.text().contains(&counted), "{counted}: {}", metrics.text());
        self.traces.assert_not_in("the metrics", &metrics.body);
        let form = format!("token={TOKEN}");
        let headers = ["Content-Type: application/x-www-form-urlencoded".to_owned()];
        let page = self
            .desk
            .reader()
            .request("POST", "/admin/usage", From::Portal, &headers, form.as_bytes())
            .unwrap();
        assert!(page.text().contains(&format!("at least {}", self.shown)), "{}", page.text());
        self.traces.assert_not_in("the page of the figures", &page.body);
    }

    /// The log says of each proof and of each attempt to get round one what it was, and of nobody's.
    fn look_at_log(&self) {
        let log = std::fs::read_to_string(self.desk.site.folder().join("portal.log")).unwrap();
        self.traces.assert_not_in("the log", log.as_bytes());
        let by_provider: &[&str] =
            if self.providers.is_some() { &["way=Provider", "sign-in refused"] } else { &[] };
        let by_all = [
            "way=Passcode",
            "passcode refused cause=\"no passcode\"",
            "passcode refused cause=\"wrong, used or too late\"",
            "foreign-site",
            "outcome=\"signature\"",
        ];
        for words in by_all.iter().chain(by_provider) {
            assert!(log.contains(words), "the log has no {words}: {log}");
        }
    }
}

/// A day's traffic on a portal with this state; `database` gives all that is then in it.
fn a_day(name: &str, state: &str, database: impl Fn(&Desk) -> Vec<u8>) {
    const READERS: usize = 12;
    let mut day = start(name, state);
    for number in 0..READERS {
        let (message, id) = day.seal(&format!("reader-{number}-of-the-day@example.net"), number);
        day.by_passcode(&message, number);
        if number % 2 == 0 {
            run(day.desk.site.portal_command(&["revoke", "--config", "portal.toml"]).arg(&id)).unwrap();
            assert_eq!(open(&mut day.desk.reader(), &message).unwrap().status, 410);
        }
        let (message, _) = day.seal(RECIPIENT, number);
        day.by_provider(&message, number);
    }
    for token in day.providers.iter().flat_map(Providers::issued).collect::<Vec<_>>() {
        day.add("a token", &token);
    }
    day.look_at_figures();
    day.traces.assert_not_in("the database", &database(&day.desk));
    assert!(day.desk.site.stop_portal().unwrap().success());
    day.traces.assert_not_in("the database after the end", &database(&day.desk));

    // The day may have ended meanwhile.
    let command = ["stats", "--config", "portal.toml", "--json", "--days", "2"];
    let printed = run(&mut day.desk.site.portal_command(&command)).unwrap();
    let shown: serde_json::Value = serde_json::from_slice(&printed).unwrap();
    let figures = shown["figures"].as_array().unwrap();
    let messages = figures.iter().find(|series| series["kind"] == "message").unwrap();
    assert_eq!(messages["at_least"], day.shown, "{shown}");
    day.traces.assert_not_in("the statistics", &printed);
    day.look_at_log();
    day.desk.site.finish().unwrap();
}

#[test]
fn a_day_leaves_nothing_of_anybody_in_sqlite() {
    a_day("sqlite", "sqlite = \"portal.sqlite\"", |desk| {
        let files = std::fs::read_dir(desk.site.folder().path()).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.to_string_lossy().contains("portal.sqlite"));
        files.flat_map(|path| std::fs::read(path).unwrap()).collect()
    });
}

#[test]
fn a_day_leaves_nothing_of_anybody_in_postgresql() {
    let Some(server) = postgres::shared() else { return };
    let name = server.database().unwrap();
    let state = format!("postgres = \"{}\"", server.url(&name));
    a_day("postgres", &state, |_| {
        let mut all = server.dump(&name).unwrap().into_bytes();
        all.extend(server.log().unwrap());
        all
    });
}
