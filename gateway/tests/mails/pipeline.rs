//! The pipeline with a next hop that refuses, cuts and forgets: who gets what, what the client is told, and that nothing
//! that policy wants sealed ever leaves in clear.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sealpost_common::grant::{Rights, SignIn};
use sealpost_gateway::{
    milter::{MailEditor as _, Mixed},
    pipeline::Pipeline,
    plan::Planner,
    receive::{Client, MailHandler, Memory, Path, Received, Replies, ReplyMode},
    reinject::Reinjector,
};
use tokio::time::Instant;

use crate::{
    next_hop::{Act, NextHop, Script, Taken, Verb},
    place::{Place, SEAL_ALL, SETTINGS},
};

const POLICY: &str = r#"
internal_domains = ["example.org"]
default = "seal"
[[rule]]
name = "never there"
action = "reject"
[rule.when]
recipient_domains = ["forbidden.example"]
"#;

const BODY: &str = "The secret body of this mail, which nobody may read on the way.";

const SEALED: &str = "bob@example.net";
const PASSED: &str = "carol@example.org";
const REJECTED: &str = "dave@forbidden.example";

fn mail() -> String {
    format!(
        "From: Alice <alice@example.org>\r\nTo: all:;\r\nSubject: secret subject\r\n\
         Message-ID: <m1@example.org>\r\n\r\n{BODY}\r\n.a line with a dot\r\n"
    )
}

/// A pipeline, its next hop, and the keys to open what comes out.
struct Scene {
    place: Place,
    hop: NextHop,
    pipeline: Pipeline,
    patience: Duration,
    memory: Option<Memory>,
}

impl Scene {
    async fn new(script: Script) -> Self {
        Self::with_policy(script, POLICY).await
    }

    async fn with_policy(script: Script, policy: &str) -> Self {
        Self::before(NextHop::start(script).await, policy)
    }

    fn before(hop: NextHop, policy: &str) -> Self {
        Self::with_settings(hop, policy, "")
    }

    /// With these lines in `[next_hop]`.
    fn with_settings(hop: NextHop, policy: &str, lines: &str) -> Self {
        let settings = SETTINGS.replace("127.0.0.1:12526", &hop.address).replace("\"*\"", "\"example.org\"");
        let settings = settings.replace("[next_hop]", &format!("[next_hop]\n{lines}"));
        let place = Place::new(&settings, policy);
        let settings = place.settings();
        let reinjector = Reinjector::new(settings.next_hop.clone());
        let pipeline = Pipeline::new(Planner::new(settings), reinjector);
        Self { place, hop, pipeline, patience: Duration::from_mins(1), memory: None }
    }

    async fn carry(&self, mail: &str, recipients: &[&str], mode: ReplyMode) -> Vec<String> {
        self.carry_from("alice@example.org", mail, recipients, mode).await
    }

    /// Carries a mail and gives the reply for each recipient, or the one for all.
    async fn carry_from(
        &self,
        sender: &str,
        mail: &str,
        recipients: &[&str],
        mode: ReplyMode,
    ) -> Vec<String> {
        match self.pipeline.carry(self.received(sender, mail, recipients), mode).await {
            Replies::One(reply) => vec![reply.to_string()],
            Replies::PerRecipient(replies) => replies.iter().map(ToString::to_string).collect(),
        }
    }

    /// A mail as it was received.
    fn received(&self, sender: &str, mail: &str, recipients: &[&str]) -> Received {
        let path = |raw: &str| Path { raw: raw.to_owned(), params: Vec::new() };
        let client = Client {
            ip: [127, 0, 0, 1].into(),
            helo: "mx.example.org".to_owned(),
            protocol: "ESMTP",
            xforward: vec!["IDENT=4D1A2B3C4D".to_owned()],
            login: None,
        };
        let memory = self.memory.as_ref().map(Memory::share).unwrap_or_default();
        assert!(memory.grow_for(mail.len()));
        Received {
            client,
            sender: path(sender),
            recipients: recipients.iter().copied().map(path).collect(),
            mail: Bytes::copy_from_slice(mail.as_bytes()),
            memory: Arc::new(memory),
            receiving: Duration::ZERO,
            deadline: Instant::now() + self.patience,
        }
    }

    /// Says of a mail that was taken who got it, and whether sealed or in clear; a sealed one must open to the mail.
    fn describe(&self, taken: &Taken, mail: &str) -> String {
        let kind = if taken.mail == mail.as_bytes() {
            "clear"
        } else {
            assert!(self.place.open(&taken.mail) == mail.as_bytes());
            assert!(memchr::memmem::find(&taken.mail, BODY.as_bytes()).is_none());
            "sealed"
        };
        format!("{kind} {}", taken.recipients.join(","))
    }

    fn taken(&self, mail: &str) -> Vec<String> {
        self.hop.take().iter().map(|taken| self.describe(taken, mail)).collect()
    }
}

const BOTH: [ReplyMode; 2] = [ReplyMode::One, ReplyMode::PerRecipient];
const OK: &str = "250 2.0.0 Ok: queued as TEST";

#[tokio::test]
async fn each_recipient_gets_his_own() {
    let scene = Scene::new(vec![]).await;
    let recipients = [PASSED, SEALED, REJECTED, "erin@example.net"];
    let replies = scene.carry(&mail(), &recipients, ReplyMode::PerRecipient).await;
    assert_eq!(replies[..2], [OK, OK]);
    assert_eq!(replies[2], "550 5.7.1 rejected by the policy's rule \"never there\"");
    assert_eq!(replies[3], OK);
    assert_eq!(scene.taken(&mail()), ["sealed bob@example.net,erin@example.net", "clear carol@example.org"]);
}

/// What the portal hands in: nothing clear goes outside even where policy passes everything, and what is inside gets it
/// without the field.
#[tokio::test]
async fn a_mail_that_asks_for_it_is_sealed_for_all_outside() {
    let policy = "internal_domains = [\"example.org\"]\ndefault = \"pass\"\n[[rule]]\nname = \"all\"\naction = \"pass\"\nstop = true\n[rule.when]\nrecipient_is = \"anywhere\"\n";
    let asking = format!("Sealpost-Seal: outside\r\n{}", mail());
    for mode in BOTH {
        let scene = Scene::with_policy(vec![], policy).await;
        let recipients = [SEALED, PASSED, "erin@example.net"];
        assert!(scene.carry(&asking, &recipients, mode).await.iter().all(|reply| reply == OK));
        let taken = scene.hop.take();
        assert_eq!(taken.len(), 2);
        assert_eq!(scene.describe(&taken[0], &asking), "sealed bob@example.net,erin@example.net");
        assert_eq!(taken[1].recipients, [PASSED]);
        assert!(taken[1].mail == mail().as_bytes(), "{mode:?}");
        // Sealing is for senders of the organisation only; anybody else's mail stays where it is.
        let foreign = asking.replace("alice@example.org", "eve@example.com");
        let replies = scene.carry_from("eve@example.com", &foreign, &[SEALED], mode).await;
        assert!(replies[0].starts_with("550 5.7.1 "), "{replies:?}");
        assert!(scene.hop.take().is_empty());
    }
}

#[tokio::test]
async fn one_reply_for_all_means_all_or_nobody() {
    let scene = Scene::new(vec![]).await;
    assert_eq!(scene.carry(&mail(), &[PASSED, SEALED], ReplyMode::One).await, [OK]);
    assert_eq!(scene.taken(&mail()), ["sealed bob@example.net", "clear carol@example.org"]);
    let replies = scene.carry(&mail(), &[PASSED, SEALED, REJECTED], ReplyMode::One).await;
    assert_eq!(
        replies,
        ["550 5.7.1 <dave@forbidden.example>: rejected by the policy's rule \"never there\""]
    );
    assert!(scene.taken(&mail()).is_empty());
}

/// Every verb, every kind of refusal, both protocols: the reply is the next hop's, and nothing in clear was even sent.
#[tokio::test]
async fn a_refusal_of_the_next_hop_is_the_reply() {
    for mode in BOTH {
        for (verb, act, expected) in [
            (Verb::Mail, Act::Reply("451 4.3.2 later"), "451 4.3.2 later"),
            (Verb::Mail, Act::Reply("550 5.7.1 no"), "550 5.7.1 no"),
            (Verb::Rcpt, Act::Reply("450 4.2.1 later"), "450 4.2.1 later"),
            (Verb::Rcpt, Act::Reply("550 5.1.1 unknown"), "550 5.1.1 unknown"),
            (Verb::Data, Act::Reply("451 4.3.0 later"), "451 4.3.0 later"),
            (Verb::Data, Act::Reply("554 5.5.1 no"), "554 5.5.1 no"),
            (Verb::End, Act::Reply("452 4.3.1 full"), "452 4.3.1 full"),
            (Verb::End, Act::Reply("554 5.6.0 no"), "554 5.6.0 no"),
            (Verb::Greeting, Act::Reply("421 4.3.2 down"), "4"),
            (Verb::Greeting, Act::Reply("554 5.3.2 closed"), "4"),
            (Verb::Greeting, Act::Cut, "4"),
            (Verb::Mail, Act::Cut, "4"),
            (Verb::Rcpt, Act::Cut, "4"),
            (Verb::Data, Act::Cut, "4"),
            (Verb::Content, Act::Cut, "4"),
            (Verb::End, Act::Cut, "4"),
        ] {
            let scene = Scene::new(vec![("*", verb, act)]).await;
            let replies = scene.carry(&mail(), &[SEALED], mode).await;
            assert!(replies[0].starts_with(expected), "{verb:?} {act:?}: {}", replies[0]);
            assert!(scene.taken(&mail()).is_empty(), "{verb:?} {act:?}");
            assert!(!scene.hop.heard(BODY.as_bytes()), "{verb:?} {act:?}");
        }
    }
}

/// Each of these mails needs two connections, one for each form; two is all that there are.
#[tokio::test]
async fn mails_do_not_wait_for_one_another_before_a_next_hop_of_few_connections() {
    let hop = NextHop::start_small(2).await;
    let scene = Arc::new(Scene::with_settings(hop, POLICY, "max_connections = 2"));
    for mode in BOTH {
        let carry = |number: usize| {
            let (scene, mail) = (Arc::clone(&scene), mail().replace("<m1@", &format!("<m{number}@")));
            tokio::spawn(async move { scene.carry(&mail, &[PASSED, SEALED], mode).await })
        };
        for carried in (0..6).map(carry).collect::<Vec<_>>() {
            assert!(carried.await.unwrap().iter().all(|reply| reply == OK), "{mode:?}");
        }
        assert_eq!(scene.hop.take().len(), 12);
    }
}

#[tokio::test]
async fn a_next_hop_that_is_down_means_later() {
    let scene = Scene::new(vec![]).await;
    let settings = SETTINGS.replace("127.0.0.1:12526", "127.0.0.1:1");
    let settings = Place::new(&settings, POLICY).settings();
    let reinjector = Reinjector::new(settings.next_hop.clone());
    let scene = Scene { pipeline: Pipeline::new(Planner::new(settings), reinjector), ..scene };
    for mode in BOTH {
        assert!(scene.carry(&mail(), &[SEALED], mode).await[0].starts_with("451 4.4.1 "));
    }
}

#[tokio::test]
async fn over_lmtp_a_failure_is_the_failing_recipients_own() {
    let scene = Scene::new(vec![
        ("late@example.net", Verb::Rcpt, Act::Reply("450 4.2.1 later")),
        (PASSED, Verb::End, Act::Reply("452 4.3.1 full")),
    ])
    .await;
    let recipients = ["late@example.net", SEALED, PASSED];
    let replies = scene.carry(&mail(), &recipients, ReplyMode::PerRecipient).await;
    assert_eq!(replies, ["450 4.2.1 later", OK, "452 4.3.1 full"]);
    assert_eq!(scene.taken(&mail()), ["sealed bob@example.net"]);
}

#[tokio::test]
async fn over_smtp_nothing_is_sent_when_anybody_is_refused() {
    for (who, verb) in
        [(PASSED, Verb::Rcpt), (SEALED, Verb::Rcpt), (PASSED, Verb::Data), (SEALED, Verb::Data)]
    {
        let scene = Scene::new(vec![(who, verb, Act::Reply("450 4.2.1 later"))]).await;
        let replies = scene.carry(&mail(), &[PASSED, SEALED], ReplyMode::One).await;
        assert!(replies[0].starts_with("450 4.2.1 "), "{replies:?}");
        assert_eq!(replies[0].contains(who), verb == Verb::Rcpt, "{replies:?}");
        assert!(scene.taken(&mail()).is_empty() && !scene.hop.heard(BODY.as_bytes()), "{who} {verb:?}");
    }
}

#[tokio::test]
async fn over_smtp_the_sealed_mail_goes_first_and_its_failure_stops_the_rest() {
    let scene = Scene::new(vec![(SEALED, Verb::End, Act::Reply("452 4.3.1 full"))]).await;
    assert_eq!(scene.carry(&mail(), &[PASSED, SEALED], ReplyMode::One).await, ["452 4.3.1 full"]);
    assert!(scene.taken(&mail()).is_empty() && !scene.hop.heard(BODY.as_bytes()));
}

#[tokio::test]
async fn over_smtp_a_retry_does_not_reach_anybody_twice() {
    let full = vec![(PASSED, Verb::End, Act::Reply("452 4.3.1 full"))];
    let scene = Scene::new(full).await;
    let recipients = [PASSED, SEALED];
    assert_eq!(scene.carry(&mail(), &recipients, ReplyMode::One).await, ["452 4.3.1 full"]);
    assert_eq!(scene.taken(&mail()), ["sealed bob@example.net"]);
    // It fails once more, then another mail with the same recipients is on its way, then it works.
    assert_eq!(scene.carry(&mail(), &recipients, ReplyMode::One).await, ["452 4.3.1 full"]);
    assert!(scene.taken(&mail()).is_empty());
    scene.hop.follow(vec![]);
    let other = mail().replace("m1@", "m2@");
    assert_eq!(scene.carry(&other, &recipients, ReplyMode::One).await, [OK]);
    assert_eq!(scene.taken(&other), ["sealed bob@example.net", "clear carol@example.org"]);
    // The retry may have a new Received field in front.
    let again = format!("Received: from a by b; now\r\n{}", mail());
    assert_eq!(scene.carry(&again, &recipients, ReplyMode::One).await, [OK]);
    assert_eq!(scene.taken(&again), ["clear carol@example.org"]);
    // And then it is forgotten: who sends the same mail anew, sends it anew.
    assert_eq!(scene.carry(&mail(), &recipients, ReplyMode::One).await, [OK]);
    assert_eq!(scene.taken(&mail()).len(), 2);
}

/// Postfix hands a mail with more than 50 recipients in as several transactions.
#[tokio::test]
async fn over_smtp_a_mail_in_two_transactions_reaches_nobody_twice() {
    let full = vec![(PASSED, Verb::End, Act::Reply("452 4.3.1 full"))];
    let scene = Scene::new(full).await;
    assert_eq!(scene.carry(&mail(), &[PASSED, SEALED], ReplyMode::One).await, ["452 4.3.1 full"]);
    assert_eq!(scene.taken(&mail()), ["sealed bob@example.net"]);
    let others = ["erin@example.net", "frank@example.org"];
    assert_eq!(scene.carry(&mail(), &others, ReplyMode::One).await, [OK]);
    assert_eq!(scene.taken(&mail()), ["sealed erin@example.net", "clear frank@example.org"]);
    scene.hop.follow(vec![]);
    assert_eq!(scene.carry(&mail(), &[PASSED, SEALED], ReplyMode::One).await, [OK]);
    assert_eq!(scene.taken(&mail()), ["clear carol@example.org"]);
}

#[tokio::test]
async fn over_smtp_a_retry_for_some_of_the_recipients_does_not_reach_them_twice() {
    let full = vec![(PASSED, Verb::End, Act::Reply("452 4.3.1 full"))];
    let scene = Scene::new(full).await;
    assert_eq!(scene.carry(&mail(), &[PASSED, SEALED], ReplyMode::One).await, ["452 4.3.1 full"]);
    assert_eq!(scene.taken(&mail()), ["sealed bob@example.net"]);
    scene.hop.follow(vec![]);
    let replies = scene.carry(&mail(), &[SEALED], ReplyMode::One).await;
    assert_eq!(replies, ["250 2.0.0 All recipients had it already"]);
    assert!(scene.taken(&mail()).is_empty());
    assert_eq!(scene.carry(&mail(), &[PASSED], ReplyMode::One).await, [OK]);
    assert_eq!(scene.taken(&mail()), ["clear carol@example.org"]);
}

#[tokio::test]
async fn a_mail_whose_client_has_given_up_is_not_sent() {
    let scene = Scene { patience: Duration::ZERO, ..Scene::new(vec![]).await };
    for mode in BOTH {
        for reply in scene.carry(&mail(), &[PASSED, SEALED], mode).await {
            assert!(reply.starts_with("451 4."), "{reply}");
        }
        assert!(scene.taken(&mail()).is_empty() && !scene.hop.heard(BODY.as_bytes()));
    }
}

#[tokio::test]
async fn what_cannot_be_sealed_is_refused() {
    for (sender, header, recipient, expected) in [
        ("a@example.com", "X: y", SEALED, "550 5.7.1 mails from <a@example.com> are not sealed here"),
        (
            "alice@example.org",
            "From: a@example.com",
            SEALED,
            "550 5.7.1 mails from <a@example.com> are not sealed",
        ),
        ("", "X: y", SEALED, "550 5.7.1 a mail without author and envelope sender is not sealed here"),
        ("no address", "X: y", SEALED, "550 5.1.7 the envelope sender is not an address"),
        (
            "alice@example.org",
            "X: y",
            "postmaster",
            "550 5.1.3 the envelope recipient <postmaster> is not an",
        ),
    ] {
        for mode in BOTH {
            let scene = Scene::with_policy(vec![], SEAL_ALL).await;
            let mail = format!("{header}\r\n\r\n{BODY}\r\n");
            let replies = scene.carry_from(sender, &mail, &[recipient], mode).await;
            assert!(replies[0].starts_with(expected), "{sender} {header}: {}", replies[0]);
            assert!(scene.taken(&mail).is_empty() && !scene.hop.heard(BODY.as_bytes()));
        }
    }
}

#[tokio::test]
async fn bare_newlines_are_sealed_but_never_passed() {
    let scene = Scene::new(vec![]).await;
    for smuggled in ["\r\n.\n", "\n.\n", "\n.\r\n", "\r.\r", "a\nb", "a\rb"] {
        let mail = format!("{}{smuggled}MAIL FROM:<x@y.example>\r\n", mail());
        assert_eq!(scene.carry(&mail, &[SEALED], ReplyMode::One).await, [OK], "{smuggled:?}");
        assert_eq!(scene.taken(&mail), ["sealed bob@example.net"], "{smuggled:?}");
        let replies = scene.carry(&mail, &[PASSED], ReplyMode::One).await;
        assert!(replies[0].starts_with("550 5.6.0 ") && replies[0].contains("smtpd_forbid_bare_newline"));
        assert!(scene.taken(&mail).is_empty(), "{smuggled:?}");
    }
}

#[tokio::test]
async fn a_mail_that_goes_round_is_stopped() {
    let scene = Scene::new(vec![]).await;
    let hops = |number: usize| format!("{}{}", "Received: from a by b; now\r\n".repeat(number), mail());
    assert_eq!(scene.carry(&hops(50), &[SEALED], ReplyMode::One).await, [OK]);
    assert!(scene.carry(&hops(51), &[SEALED], ReplyMode::One).await[0].starts_with("554 5.4.6 "));
    assert!(scene.carry(&hops(51), &[PASSED], ReplyMode::One).await[0].starts_with("554 5.4.6 "));
}

#[tokio::test]
async fn a_mail_that_cannot_be_read_is_sealed() {
    let policy = "default = \"pass\"\n[[rule]]\nname = \"r\"\naction = \"seal\"\n[rule.when]\nsubject_words = [\"x\"]\n";
    let scene = Scene::with_policy(vec![], policy).await;
    for mail in ["no header section\r\n", "\r\n", "Subject: =?x-unheard-of?q?=ff?=\r\n\r\n"] {
        assert_eq!(scene.carry(mail, &[SEALED], ReplyMode::One).await, [OK]);
        assert_eq!(scene.taken(mail), ["sealed bob@example.net"], "{mail:?}");
    }
    let plain = "Subject: y\r\n\r\nbody\r\n";
    assert_eq!(scene.carry(plain, &[SEALED], ReplyMode::One).await, [OK]);
    assert_eq!(scene.taken(plain), ["clear bob@example.net"]);
}

/// A policy with a rule for each kind of further output.
const OUTPUTS: &str = r#"
internal_domains = ["example.org"]
default = "seal"
[template.strict]
do_not_forward = true
expires_after_days = 7
sign_in = "provider"
subject = "A protected mail"
[[rule]]
name = "mark"
add_header = [{ name = "X-Policy", value = "geprüft" }]
remove_header = ["X-Mailer"]
when = { recipient_is = "anywhere", header = { name = "X-Mark" } }
[[rule]]
name = "tag"
action = "seal"
strip_subject = true
when = { subject_words = ["[encrypt]"] }
[[rule]]
name = "strict"
action = "seal"
template = "strict"
when = { recipients = ["strict@example.net"] }
[[rule]]
name = "keep"
archive = { to = "archive@example.org" }
when = { header = { name = "X-Keep", value = "clear" } }
[[rule]]
name = "keep far away"
archive = { to = "archive@example.com", sealed = true, template = "strict" }
when = { header = { name = "X-Keep", value = "sealed" } }
[[rule]]
name = "tell"
tell_sender = """Your mail was sealed.
Ask the service desk if that is wrong."""
when = { header = { name = "X-Tell" } }
unless = { recipients = ["secretly@example.net"] }
[[rule]]
name = "partner"
action = "pass"
when = { recipients = ["partner@example.net"] }
[[rule]]
name = "never there"
action = "reject"
reject_text = "Not to them"
reject_code = "5.7.13"
when = { recipient_domains = ["forbidden.example"] }
"#;

/// The test mail with further header fields.
fn mail_with(fields: &str) -> String {
    format!("{fields}\r\n{}", mail())
}

#[tokio::test]
async fn edits_change_what_goes_out_and_never_what_is_sealed() {
    let scene = Scene::with_policy(vec![], OUTPUTS).await;
    let mail = mail_with("X-Mark: 1\r\nX-Mailer: x").replace("secret subject", "Re: [Encrypt] figures");
    for mode in BOTH {
        let replies = scene.carry(&mail, &[SEALED, PASSED], mode).await;
        assert!(replies.iter().all(|reply| reply == OK), "{replies:?}");
        let taken = scene.hop.take();
        assert_eq!(scene.describe(&taken[0], &mail), "sealed bob@example.net");
        let carrier = String::from_utf8_lossy(&taken[0].mail).into_owned();
        assert!(carrier.contains("\r\nSubject: Re: figures\r\n"), "{carrier}");
        assert!(
            carrier.starts_with("X-Policy: =?utf-8?B?Z2VwcsO8ZnQ=?=\r\nReceived: by gateway"),
            "{carrier}"
        );
        let passed = String::from_utf8(taken[1].mail.clone()).unwrap();
        let expected = mail.replace("X-Mailer: x\r\n", "");
        assert_eq!(passed, format!("X-Policy: =?utf-8?B?Z2VwcsO8ZnQ=?=\r\n{expected}"));
    }
}

#[tokio::test]
async fn templates_decide_what_the_envelope_says() {
    let scene = Scene::with_policy(vec![], OUTPUTS).await;
    let recipients = [SEALED, "strict@example.net"];
    let replies = scene.carry(&mail(), &recipients, ReplyMode::PerRecipient).await;
    assert_eq!(replies, [OK, OK]);
    let taken = scene.hop.take();
    let said: Vec<_> = taken
        .iter()
        .map(|taken| {
            let (envelope, _) = scene.place.unwrap(&taken.mail);
            let terms = envelope.terms();
            let days = terms.expires.map(|expires| (expires - terms.created) / 86_400);
            let has_subject =
                String::from_utf8_lossy(&taken.mail).contains("\r\nSubject: A protected mail\r\n");
            let may_forward = terms.rights.contains(Rights::FORWARD);
            (terms.recipients.clone(), may_forward, days, terms.sign_in, has_subject)
        })
        .collect();
    let to = |address: &str| vec![address.to_owned()];
    let expected = [
        (to(SEALED), true, None, SignIn::Any, false),
        (to(recipients[1]), false, Some(7), SignIn::Provider, true),
    ];
    assert_eq!(said, expected);
}

#[tokio::test]
async fn archives_get_their_copy_in_clear_inside_or_sealed() {
    let scene = Scene::with_policy(vec![], OUTPUTS).await;
    let recipients = [SEALED, "partner@example.net", PASSED];
    for mode in BOTH {
        for (how, copy) in [
            ("clear", &["clear archive@example.org"][..]),
            ("sealed", &["sealed archive@example.com"]),
            ("clear and sealed", &["clear archive@example.org", "sealed archive@example.com"]),
        ] {
            let mail = mail_with(&format!("X-Keep: {how}"));
            let replies = scene.carry(&mail, &recipients, mode).await;
            assert!(replies.iter().all(|reply| reply == OK), "{replies:?}");
            let others = ["sealed bob@example.net", "clear partner@example.net,carol@example.org"];
            assert_eq!(scene.taken(&mail), [copy, &others].concat(), "{how}");
        }
        // Nobody outside gets it: nothing that the rule is about.
        let mail = mail_with("X-Keep: clear");
        scene.carry(&mail, &[PASSED], mode).await;
        assert_eq!(scene.taken(&mail), ["clear carol@example.org"]);
    }
    assert!(scene.hop.heard(b"RCPT TO:<archive@example.org> NOTIFY=NEVER\r\n"));
}

/// What bounces behind a next hop that cannot be told to keep quiet about it bounces to nobody.
#[tokio::test]
async fn without_dsn_a_copy_has_no_sender() {
    let scene = Scene::before(NextHop::start_without_dsn().await, OUTPUTS);
    scene.carry(&mail(), &[SEALED], ReplyMode::One).await;
    assert!(!scene.hop.heard(b"MAIL FROM:<>"));
    scene.hop.take();
    let mail = mail_with("X-Keep: clear");
    assert_eq!(scene.carry(&mail, &[SEALED], ReplyMode::One).await, [OK]);
    assert_eq!(scene.taken(&mail), ["clear archive@example.org", "sealed bob@example.net"]);
    assert!(scene.hop.heard(b"MAIL FROM:<>") && !scene.hop.heard(b"NOTIFY="));
}

#[tokio::test]
async fn who_is_not_archived_as_he_should_be_gets_nothing() {
    let archive = "archive@example.org";
    let mail = mail_with("X-Keep: clear");
    for (verb, act) in [
        (Verb::Rcpt, Act::Reply("550 5.1.1 unknown")),
        (Verb::Data, Act::Reply("554 5.5.1 no")),
        (Verb::End, Act::Reply("552 5.2.2 full")),
        (Verb::End, Act::Cut),
    ] {
        let scene = Scene::with_policy(vec![(archive, verb, act)], OUTPUTS).await;
        let replies = scene.carry(&mail, &[SEALED, PASSED], ReplyMode::One).await;
        assert!(replies[0].starts_with("451 4.") && replies[0].contains("archive"), "{replies:?}");
        assert!(scene.hop.take().is_empty());
        // Over LMTP those whom no rule archives are on their own.
        let replies = scene.carry(&mail, &[SEALED, PASSED], ReplyMode::PerRecipient).await;
        assert!(replies[0].starts_with("451 4.") && replies[0].contains("archive"), "{replies:?}");
        assert_eq!(replies[1], OK);
        assert_eq!(scene.taken(&mail), ["clear carol@example.org"]);
    }
}

#[tokio::test]
async fn an_archive_gets_one_copy_of_a_mail_that_is_tried_again() {
    let mail = mail_with("X-Keep: clear");
    for mode in BOTH {
        let full = vec![(SEALED, Verb::End, Act::Reply("452 4.3.1 full"))];
        let scene = Scene::with_policy(full, OUTPUTS).await;
        for expected in [&["clear archive@example.org"][..], &[]] {
            let replies = scene.carry(&mail, &[SEALED], mode).await;
            assert_eq!(replies, ["452 4.3.1 full"]);
            assert_eq!(scene.taken(&mail), expected);
        }
        scene.hop.follow(vec![]);
        assert_eq!(scene.carry(&mail, &[SEALED], mode).await, [OK]);
        assert_eq!(scene.taken(&mail), ["sealed bob@example.net"]);
        // Who sends it anew has it archived anew.
        assert_eq!(scene.carry(&mail, &[SEALED], mode).await, [OK]);
        assert_eq!(scene.taken(&mail), ["clear archive@example.org", "sealed bob@example.net"]);
    }
}

#[tokio::test]
async fn what_is_refused_is_not_archived() {
    let mail = mail_with("X-Keep: clear");
    let scene =
        Scene::with_policy(vec![("x@example.net", Verb::Rcpt, Act::Reply("550 5.1.1 no"))], OUTPUTS).await;
    for recipient in [REJECTED, "x@example.net"] {
        for mode in BOTH {
            let replies = scene.carry(&mail, &[recipient], mode).await;
            assert!(["550 5.7.13 Not to them", "550 5.1.1 no"].contains(&replies[0].as_str()), "{replies:?}");
            assert!(scene.hop.take().is_empty(), "{recipient}");
        }
    }
}

/// A mail counts for itself and one sealed form of it when it comes in; more is asked for.
#[tokio::test]
async fn another_sealed_form_needs_memory_of_its_own() {
    let mail = format!("{}{}", mail(), "x\r\n".repeat(100_000));
    for (memory, second) in [(3 * mail.len(), OK), (3 * mail.len() - 10_000, "452 4.3.1")] {
        let memory = Some(Memory::new(memory + 18 * 1024));
        let scene = Scene { memory, ..Scene::with_policy(vec![], OUTPUTS).await };
        let replies = scene.carry(&mail, &[SEALED, "strict@example.net"], ReplyMode::PerRecipient).await;
        assert!(replies[0] == OK && replies[1].starts_with(second), "{replies:?}");
    }
}

impl Scene {
    /// Waits until so many mails were taken, and gives them.
    async fn take(&self, number: usize) -> Vec<Taken> {
        let mut taken = Vec::new();
        let all = async {
            while taken.len() < number {
                taken.extend(self.hop.take());
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), all).await.unwrap();
        taken
    }
}

#[tokio::test]
async fn the_sender_is_told_of_those_who_have_the_mail() {
    let late = "late@example.net";
    let scene = Scene::with_policy(vec![(late, Verb::Rcpt, Act::Reply("450 4.2.1 later"))], OUTPUTS).await;
    let mail = mail_with("X-Tell: 1");
    let recipients = [SEALED, late, "secretly@example.net", "partner@example.net"];
    let replies = scene.carry(&mail, &recipients, ReplyMode::PerRecipient).await;
    assert_eq!(replies, [OK, "450 4.2.1 later", OK, OK]);
    let notice = scene.take(3).await.pop().unwrap();
    assert_eq!(notice.recipients, ["alice@example.org"]);
    assert!(scene.hop.heard(b"MAIL FROM:<>\r\n"));
    let text = String::from_utf8(notice.mail).unwrap();
    let header = text.split("\r\n\r\n").next().unwrap();
    for field in [
        "From: Mail gateway <postmaster@gateway.example.org>",
        "To: <alice@example.org>",
        "In-Reply-To: <m1@example.org>",
        "Auto-Submitted: auto-replied",
    ] {
        assert!(header.lines().any(|line| line == field), "{field} in {header}");
    }
    assert!(text.contains("Your mail was sealed.") && text.contains("Ask the service desk"), "{text}");
    assert!(text.contains(SEALED) && text.contains("partner@example.net"), "{text}");
    for absent in ["secret subject", BODY, late, "secretly"] {
        assert!(!text.contains(absent), "{absent} in {text}");
    }
}

#[tokio::test]
async fn nobody_is_told_about_a_mail_that_failed_or_that_no_person_of_ours_wrote() {
    let none = |sender: &'static str, fields: &'static str, script: Script| (sender, fields, script);
    let alice = "alice@example.org";
    for (sender, fields, script) in [
        none("", "X-Tell: 1", vec![]),
        none("alice@elsewhere.example", "X-Tell: 1", vec![]),
        none(alice, "X-Tell: 1\r\nAuto-Submitted: auto-replied", vec![]),
        none(alice, "X-Tell: 1\r\nList-Id: <l.example.org>", vec![]),
        none(alice, "X-Tell: 1\r\nPrecedence: bulk", vec![]),
        none(alice, "X-Tell: 1", vec![(SEALED, Verb::End, Act::Reply("452 4.3.1 full"))]),
    ] {
        let scene = Scene::with_policy(script, OUTPUTS).await;
        scene.carry_from(sender, &mail_with(fields), &[SEALED], ReplyMode::One).await;
        // A notice would come on its own, but before a mail that is carried afterwards.
        scene.hop.follow(vec![]);
        scene.carry(&mail(), &[PASSED], ReplyMode::One).await;
        let told = scene.hop.take().iter().any(|taken| taken.recipients.contains(&sender.to_owned()));
        assert!(!told && !scene.hop.heard(b"RCPT TO:<alice"), "{sender} {fields}");
    }
}

#[tokio::test]
async fn who_stops_waits_for_notices_but_not_for_ever() {
    let scene = Scene::with_policy(vec![], OUTPUTS).await;
    let tell = mail_with("X-Tell: 1");
    scene.carry(&tell, &[SEALED], ReplyMode::One).await;
    scene.pipeline.finish_notices(Instant::now() + Duration::from_mins(1)).await;
    assert_eq!(scene.hop.take().pop().unwrap().recipients, ["alice@example.org"]);

    scene.hop.follow(vec![("alice@example.org", Verb::Rcpt, Act::Hang)]);
    scene.carry(&tell, &[SEALED], ReplyMode::One).await;
    scene.pipeline.finish_notices(Instant::now() + Duration::from_millis(100)).await;
    assert_eq!(scene.taken(&tell), ["sealed bob@example.net"]);
}

/// The MTA may be gone, and its connection with it, while others are still served.
#[tokio::test]
async fn a_mail_that_is_edited_is_counted_until_it_is_done() {
    let mut scene = Scene::with_policy(vec![(PASSED, Verb::End, Act::Hang)], POLICY).await;
    let mail = mail();
    // One mail has a place, two have not.
    let memory = Memory::new(2 * mail.len() + (16 << 10));
    scene.memory = Some(memory.clone());
    let received = scene.received("alice@example.org", &mail, &[SEALED, PASSED]);
    let mut edit = Box::pin(scene.pipeline.edit(received, Mixed::Split));
    let is_under_way = async {
        while !scene.hop.heard(BODY.as_bytes()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = &mut edit => panic!("the next hop says nothing"),
        () = is_under_way => {}
    }
    assert!(!memory.has_place_for(mail.len()));
    drop(edit);
    assert!(memory.has_place_for(mail.len()));
}

#[tokio::test]
async fn a_notice_that_fails_harms_nobody() {
    let scene =
        Scene::with_policy(vec![("alice@example.org", Verb::Rcpt, Act::Reply("550 5.1.1 no"))], OUTPUTS)
            .await;
    let mail = mail_with("X-Tell: 1");
    assert_eq!(scene.carry(&mail, &[SEALED], ReplyMode::One).await, [OK]);
    assert_eq!(scene.taken(&mail), ["sealed bob@example.net"]);
}
