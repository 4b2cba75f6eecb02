//! Mails that come back: a carrier mail of our own is never sealed twice, and goes round only a few times. What only looks like
//! one is sealed like any other.

use std::sync::Arc;

use bytes::Bytes;
use sealpost_gateway::{
    pipeline::Pipeline,
    plan::Planner,
    receive::{Client, MailHandler, Path, Received, Replies, ReplyMode},
    reinject::Reinjector,
};
use tokio::time::{Duration, Instant};

use crate::{
    next_hop::NextHop,
    place::{Place, SEAL_ALL, SETTINGS},
};

const MAIL: &str = "From: alice@example.org\r\nSubject: t\r\nMessage-ID: <m1@example.org>\r\n\r\nsecret\r\n";

/// A gateway whose next hop keeps what it gets.
struct Scene {
    place: Place,
    hop: NextHop,
    pipeline: Pipeline,
}

impl Scene {
    async fn new(settings: &str, policy: &str) -> Self {
        let hop = NextHop::start(Vec::new()).await;
        let place = Place::new(&settings.replace("127.0.0.1:12526", &hop.address), policy);
        let settings = place.settings();
        let reinjector = Reinjector::new(settings.next_hop.clone());
        let pipeline = Pipeline::new(Planner::new(settings), reinjector);
        Self { place, hop, pipeline }
    }

    /// Carries a mail; gives what came out, or the reply that refused it.
    async fn carry(&self, mail: &[u8], recipient: &str) -> Result<Vec<u8>, String> {
        let path = |raw: &str| Path { raw: raw.to_owned(), params: Vec::new() };
        let client = Client {
            ip: [127, 0, 0, 1].into(),
            helo: "mx.example.org".to_owned(),
            protocol: "ESMTP",
            xforward: Vec::new(),
            login: None,
        };
        let received = Received {
            client,
            sender: path("alice@example.org"),
            recipients: vec![path(recipient)],
            mail: Bytes::copy_from_slice(mail),
            memory: Arc::default(),
            receiving: Duration::ZERO,
            deadline: Instant::now() + Duration::from_mins(1),
        };
        let Replies::One(reply) = self.pipeline.carry(received, ReplyMode::One).await else {
            panic!("one reply")
        };
        if !reply.is_success() {
            return Err(reply.to_string());
        }
        Ok(self.hop.take().remove(0).mail)
    }
}

fn count(mail: &[u8], what: &str) -> usize {
    memchr::memmem::find_iter(mail, what.as_bytes()).count()
}

#[tokio::test]
async fn a_carrier_mail_that_comes_back_goes_on_as_it_is_and_not_for_ever() {
    for settings in [SETTINGS.to_owned(), SETTINGS.replace("[portal]", "[portal]\nlink_max_bytes = 0")] {
        let scene = Scene::new(&settings, SEAL_ALL).await;
        let mut mail = scene.carry(MAIL.as_bytes(), "bob@example.net").await.unwrap();
        let first = mail.clone();
        for round in 1..=4 {
            // As Postfix does it, with a trace of its own and another recipient.
            mail = [b"Received: from gateway by mx.example.org; now\r\n", &mail[..]].concat();
            mail = scene.carry(&mail, "carol@example.com").await.unwrap();
            assert!(mail.ends_with(&first), "round {round}");
            assert_eq!(count(&mail, "by gateway.example.org (Sealpost)"), 1 + round);
        }
        assert_eq!(scene.carry(&mail, "carol@example.com").await.unwrap_err()[..9], *"554 5.4.6");
    }
}

/// Nobody gets anything of it, the archive neither.
#[tokio::test]
async fn a_carrier_mail_that_comes_back_with_a_bare_newline_is_refused() {
    let policy = "default = \"seal\"\n[[rule]]\nname = \"keep\"\narchive = { to = \"vault@example.com\", sealed = true }\n";
    let (first, second) = (Scene::new(SETTINGS, SEAL_ALL).await, Scene::new(SETTINGS, policy).await);
    let own = first.carry(MAIL.as_bytes(), "bob@example.net").await.unwrap();
    let smuggling = [b"X-Added: a\nX-More: b\r\n", &own[..]].concat();
    assert_eq!(second.carry(&smuggling, "carol@example.com").await.unwrap_err()[..9], *"550 5.6.0");
    assert!(second.hop.take().is_empty());
}

#[tokio::test]
async fn what_only_looks_like_our_carrier_mail_is_sealed() {
    let scene = Scene::new(&SETTINGS.replace("[portal]", "[portal]\nlink_max_bytes = 0"), SEAL_ALL).await;
    let (other, stranger) = (Scene::new(SETTINGS, SEAL_ALL).await, MAIL.replace("secret", "hidden"));
    let own = scene.carry(MAIL.as_bytes(), "bob@example.net").await.unwrap();
    let text = |mail: &[u8]| String::from_utf8(mail.to_vec()).unwrap();
    let own = text(&own);
    let (head, body) = own.split_once("\r\n\r\n").unwrap();
    let other_key = scene.place.folder.path().join("other");
    assert!(!other_key.exists());
    let begin = "-----BEGIN SEALPOST ENVELOPE-----\r\n";
    let (before, inside) = body.split_once(begin).unwrap();
    let first_line = inside.lines().next().unwrap();
    for (name, mail) in [
        ("another body under our header section", format!("{head}\r\n\r\nin clear\r\n")),
        ("a body without its end", format!("{head}\r\n\r\n{}", &body[..body.len() - 10])),
        ("more text before", format!("{head}\r\n\r\nin clear\r\n{body}")),
        ("more text behind", format!("{own}in clear\r\n")),
        ("more lines in the envelope's text", own.replace(begin, &format!("{begin}\r\n"))),
        ("another envelope's start", own.replace(first_line, &first_line.to_lowercase())),
        ("no envelope", format!("{head}\r\n\r\n{before}")),
        ("no mark", own.replace("Sealpost-Mark: ", "X-Mark: ")),
        ("another mark", own.replace("Sealpost-Mark: ", "Sealpost-Mark: A")),
        ("a mark alone", format!("Sealpost-Mark: {}\r\n{stranger}", "A".repeat(43))),
        ("the mail of another gateway", {
            let mut rng = rand::rng();
            let key = sealpost_common::keys::SigningKey::generate(&mut rng).to_text_secret();
            let path = other.place.folder.path().join("signing.key");
            std::fs::write(&path, key.as_bytes()).unwrap();
            let settings = other.place.settings();
            let reinjector = Reinjector::new(settings.next_hop.clone());
            let pipeline = Pipeline::new(Planner::new(settings), reinjector);
            let stranger = Scene {
                place: Place::new(SETTINGS, SEAL_ALL),
                pipeline,
                hop: NextHop::start(Vec::new()).await,
            };
            drop(stranger.place.settings());
            // What it seals goes to its own next hop.
            let Scene { pipeline, .. } = stranger;
            let scene = Scene { pipeline, place: Place::new(SETTINGS, SEAL_ALL), hop: other.hop.clone() };
            text(&scene.carry(MAIL.as_bytes(), "bob@example.net").await.unwrap())
        }),
    ] {
        let came_out = scene.carry(mail.as_bytes(), "carol@example.com").await.unwrap();
        assert!(scene.place.open(&came_out) == mail.as_bytes(), "{name}: sealed as it was");
        assert_eq!(count(&came_out, "in clear"), 0, "{name}");
    }
}

#[tokio::test]
async fn whom_a_rule_rejects_stays_rejected() {
    let policy = "default = \"seal\"\n[[rule]]\nname = \"never\"\naction = \"reject\"\n[rule.when]\nrecipient_domains = [\"forbidden.example\"]\n";
    let scene = Scene::new(SETTINGS, policy).await;
    let own = scene.carry(MAIL.as_bytes(), "bob@example.net").await.unwrap();
    assert_eq!(scene.carry(&own, "dave@forbidden.example").await.unwrap_err()[..9], *"550 5.7.1");
}
