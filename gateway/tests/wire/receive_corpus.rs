//! Runs the foreign corpus against the server: one mail stays one mail, refusals are clear, sessions stay in step.

use std::collections::HashMap;

use sealpost_gateway::receive::{Limits, Protocol};
use serde_json::Value;

use crate::talk::{Talk, codes, corpus, corpus_bytes, corpus_json, limits};

/// What `smtp/protocol-abuse.json` leads to: id, codes after the greeting (the code of EHLO included), mails taken.
/// `x` after the codes: the server closed the session. `…` in place of codes: see the test.
///
/// Where the corpus expects something else, that is a question of the role: `percent-hack` and `relay` (550) are for
/// the next hop to decide, as only trusted peers can connect at all; `bdat-zero` and `bdat-huge` get 503 as CHUNKING
/// is not offered; `auth-*` gets 502 as it is not offered. What STARTTLS does where it is offered stands in `receive_tls.rs`.
const PROTOCOL_ABUSE: &str = "
    starttls-injection      250 502 250             0
    starttls-injection-mail 250 502 250 250 354     0
    starttls-args           250 501                 0
    starttls-state          250 250 502             0
    pipelining-data         250 250 250 354 250     1
    pipelining-after-dot    250 250 250 354 250 250 250 354 250  2
    early-talker            250 250                 0
    no-ehlo                 503                     0
    order-rcpt              250 503                 0
    order-data              250 250 554             0
    double-mail             250 250 503             0
    rset-forgets            250 250 250 250 503     0
    bare-lf-command         500 x                   0
    bare-cr-command         500 x                   0
    nul-command             250 501                 0
    ctl-address             250 501                 0
    crlf-in-quoted-local    250 250 501 501         0
    param-injection         250 555                 0
    param-size-negative     250 501                 0
    param-size-huge         250 552                 0
    param-dup               250 501                 0
    param-orcpt-xtext       250 250 501             0
    source-route            250 250 550             0
    percent-hack            250 250 250 250         0
    relay                   250 250 250             0
    long-command            500                     0
    long-local              250 250                 0
    long-path               250 501                 0
    many-rcpt               …                       0
    many-errors             …                       0
    many-noop               …                       0
    long-body-line          250 250 250 354 250     1
    nul-body                250 250 250 354 250     1
    bare-lf-body            250 250 250 354 250     1
    bare-cr-body            250 250 250 354 250     1
    dot-stuffing            250 250 250 354 250     1
    dot-then-text           250 250 250 354 250     1
    header-lf-injection     250 250 250 354 250     1
    bdat-zero               250 250 250 503 x       0
    bdat-huge               250 250 250 503 x       0
    bdat-smuggle            250 250 250 503 x       0
    auth-plain-clear        250 502                 0
    auth-garbage            250 502                 0
    auth-long               250 500                 0
    helo-markup             501                     0
    helo-header-injection   501                     0
    utf8-without-smtputf8   250 553                 0
    utf8-with-smtputf8      250 250                 0
    invalid-utf8            250 501                 0
    xclient                 550                     0
    proxy-protocol          500                     0
    http-request            500 x                   0
    tls-hello-on-plain      500 x                   0
    slow-data               250 250 250 354         0
    vrfy-expn               250 252 502             0
";

#[tokio::test(start_paused = true)]
async fn protocol_abuse() {
    let Some(corpus) = corpus_json("smtp/protocol-abuse.json") else { return };
    let expected: HashMap<&str, (String, usize)> = PROTOCOL_ABUSE
        .lines()
        .filter_map(|line| {
            let mut words: Vec<_> = line.split_whitespace().collect();
            let mails = words.pop()?.parse().unwrap();
            Some((words[0], (words[1..].join(" "), mails)))
        })
        .collect();
    let cases = corpus["cases"].as_array().unwrap();
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let (replies, mails) = &expected[id];
        let mut talk = Talk::start(Protocol::Smtp, &limits(), 1 << 16);
        let mut said = String::new();
        let mut closed = false;
        for step in case["steps"].as_array().unwrap() {
            talk.send(&corpus_bytes(step)).await;
            let (more, is_closed) = talk.hear().await;
            said.push_str(&more);
            closed |= is_closed;
        }
        let codes: Vec<String> = codes(&said).iter().skip(1).map(u16::to_string).collect();
        let got = format!("{}{}", codes.join(" "), if closed { " x" } else { "" });
        match id {
            "many-rcpt" => {
                assert_eq!(codes.iter().filter(|code| *code == "452").count(), 200, "{id}");
                assert_eq!(codes.iter().filter(|code| *code == "250").count(), 1002, "{id}");
                assert!(!closed, "{id}: the earlier recipients are kept");
            }
            "many-errors" | "many-noop" => {
                assert!(closed && codes.last().unwrap() == "421" && codes.len() < 110, "{id}: {got}");
            }
            _ => assert_eq!(&got, replies, "{id}"),
        }
        assert_eq!(talk.recorder.mails().len(), *mails, "{id}: mails");
    }
    assert_eq!(cases.len(), expected.len(), "every case has its line");
}

/// Sends a mail whose DATA holds `octets`, and another one behind it; gives the contents that the handler got.
async fn contents(octets: &[u8]) -> Vec<Vec<u8>> {
    let mut talk = Talk::start(Protocol::Smtp, &limits(), 4096);
    talk.send(b"EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n").await;
    talk.hear().await;
    talk.send(octets).await;
    talk.hear().await;
    talk.send(b"MAIL FROM:<c@b.example>\r\nRCPT TO:<d@b.example>\r\nDATA\r\nlast\r\n.\r\nQUIT\r\n").await;
    let (said, closed) = talk.hear().await;
    assert_eq!(
        codes(&said),
        [250, 250, 354, 250, 221],
        "the session is in step behind {}",
        octets.escape_ascii()
    );
    assert!(closed);
    let mails = talk.recorder.mails();
    mails.iter().map(|mail| mail.mail.to_vec()).collect()
}

#[tokio::test(start_paused = true)]
async fn only_crlf_dot_crlf_ends_a_mail() {
    let Some(corpus) = corpus_json("smtp/end-of-data.json") else { return };
    let hidden = b"MAIL FROM:<evil@b.example>\r\nRCPT TO:<v@b.example>\r\nDATA\r\nhidden\r\n";
    for case in corpus["cases"].as_array().unwrap() {
        let end = corpus_bytes(case);
        let data = [b"Subject: t\r\n\r\nx", &end[..], hidden, b".\r\n"].concat();
        let contents = contents(&data).await;
        assert_eq!(contents.len(), 2, "{}", case["id"]);
        assert!(contents[0].ends_with(hidden), "{}: it is all in the first mail", case["id"]);
        assert_eq!(contents[1], b"last\r\n");
    }
}

#[tokio::test(start_paused = true)]
async fn what_smuggles_through_aiosmtpd_does_not_here() {
    let Some(corpus) = corpus_json("smtp/smuggling-aiosmtpd.json") else { return };
    let contents = contents(&corpus_bytes(&corpus)).await;
    assert_eq!(contents.len(), 2);
    assert!(contents[0].ends_with(b"\n.\r\nNO SMUGGLING\n\r\n"), "it is in the same mail");
}

/// Why dialogues of chasquid are not run: they need what the gateway does not offer, by design.
const NOT_FOR_US: [(&str, &str); 2] = [
    ("t-12-minor_dialogs/auth_multi_dialog", "TLS and AUTH"),
    ("t-12-minor_dialogs/auth_too_many_failures", "TLS and AUTH"),
];

/// Where the gateway's reply begins with another digit than chasquid's: dialogue, chasquid's, ours, why.
const OTHERWISE: [(&str, &str, &str, &str); 4] = [
    ("t-12-minor_dialogs/bad_data", "554", "250", "a mail that does not parse is carried: it can be sealed"),
    ("t-12-minor_dialogs/bad_data_dot", "521", "250", "bare line breaks are data; they end nothing"),
    ("t-12-minor_dialogs/bad_data_dot_2", "521", "250", "bare line breaks are data; they end nothing"),
    (
        "t-12-minor_dialogs/bad_data_dot_on_message_too_big",
        "521",
        "552",
        "the same, and the mail is too large",
    ),
];

#[tokio::test(start_paused = true)]
async fn dialogues_of_chasquid() {
    let Some(corpus) = corpus_json("smtp/dialogues-chasquid.json") else { return };
    // Two dialogues send a little more than this.
    let limits = Limits { max_message_size: 1_000_000, ..limits() };
    for dialogue in corpus["dialogues"].as_array().unwrap() {
        let id = dialogue["id"].as_str().unwrap();
        if !NOT_FOR_US.iter().any(|(skipped, _)| *skipped == id) {
            run_chasquid(id, dialogue["steps"].as_array().unwrap(), &limits).await;
        }
    }
}

async fn run_chasquid(id: &str, steps: &[Value], limits: &Limits) {
    let mut talk = Talk::start(Protocol::Smtp, limits, 1 << 16);
    let mut heard: Vec<u16> = Vec::new();
    let mut all_sent = Vec::new();
    for step in steps {
        if step.get("do").is_some() {
            talk = Talk::start(Protocol::Smtp, limits, 1 << 16);
            heard.clear();
        } else if let Some(sent) = step.get("send") {
            let octets = corpus_bytes(sent);
            talk.send(&octets).await;
            all_sent = octets;
        } else {
            heard.extend(codes(&talk.hear().await.0));
            assert!(!heard.is_empty(), "{id}: no reply to {}", all_sent.escape_ascii());
            let (got, wanted) = (heard.remove(0).to_string(), step["expect"].as_str().unwrap());
            let agreed =
                OTHERWISE.iter().find(|(other, theirs, ..)| *other == id && wanted.starts_with(theirs));
            let wanted = agreed.map_or(wanted, |(_, _, ours, _)| ours);
            assert_eq!(got[..1], wanted[..1], "{id}: {got} for {wanted} behind {}", all_sent.escape_ascii());
        }
    }
    assert!(talk.recorder.mails().len() <= 1, "{id}: one mail stays one mail");
}

/// Every address of the corpus as a recipient: refused with a clear 5xx, or taken unchanged.
#[tokio::test(start_paused = true)]
async fn addresses_are_taken_unchanged_or_refused() {
    let Some(isemail) = corpus_json("addresses/isemail.json") else { return };
    let mut addresses: Vec<(String, Option<bool>)> = Vec::new();
    for test in isemail["tests"].as_array().unwrap() {
        let fit = match test["category"].as_str().unwrap() {
            "ISEMAIL_VALID_CATEGORY" | "ISEMAIL_DNSWARN" | "ISEMAIL_RFC5321" => Some(true),
            _ => None,
        };
        addresses.push((test["address"].as_str().unwrap().to_owned(), fit));
    }
    for (file, fit) in [("flanker-mailbox_valid.txt", Some(true)), ("flanker-mailbox_invalid.txt", None)] {
        let lines = corpus(&format!("addresses/{file}")).unwrap();
        let lines = String::from_utf8(lines).unwrap();
        let lines = lines.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        addresses.extend(lines.map(|line| (line.to_owned(), fit)));
    }
    let mut refused_though_fit = Vec::new();
    for (address, fit) in &addresses {
        let taken = offer(address).await;
        if *fit == Some(true) && !taken {
            refused_though_fit.push(address.as_str());
        }
    }
    // What is fit for a header field only: names and comments around the address.
    refused_though_fit.retain(|address| !address.contains([' ', '(']));
    assert_eq!(refused_though_fit, [""; 0], "of {} addresses", addresses.len());
}

/// Offers an address as a recipient and says whether it was taken; checks that the session stays in step.
async fn offer(address: &str) -> bool {
    let mut talk = Talk::start(Protocol::Smtp, &limits(), 1 << 16);
    talk.send(b"EHLO c.example\r\nMAIL FROM:<> SMTPUTF8\r\n").await;
    talk.hear().await;
    talk.send(format!("RCPT TO:<{address}>\r\n").as_bytes()).await;
    let (said, closed) = talk.hear().await;
    let replies = codes(&said);
    assert!(replies.len() == 1 || replies[0] != 250, "{address:?}: {said}");
    if replies[0] != 250 {
        assert!(replies[0] / 100 == 5, "{address:?}: {said}");
        assert!(closed == (replies == [500]), "{address:?}: {said}");
        return false;
    }
    talk.send(b"DATA\r\n.\r\nQUIT\r\n").await;
    talk.hear().await;
    let mails = talk.recorder.mails();
    assert_eq!(mails[0].recipients.len(), 1, "{address:?}");
    assert_eq!(mails[0].recipients[0].raw, address, "an address goes on as it came");
    true
}
