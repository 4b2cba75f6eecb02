//! Answering: who gets what from whom, and what the pages say.

use sealpost_common::grant::Rights;
use sealpost_mime::{
    charset, decode_words,
    structure::{Structure, head},
    transfer,
};

use crate::{
    client::Answer,
    desk::{Desk, MAIL, input, unescape, written},
    gateway::Taken,
};

/// The decoded value of a field.
pub(crate) fn field(taken: &Taken, name: &str) -> String {
    head(taken.mail.as_bytes()).first(name).map_or_else(String::new, |value| decode_words(&value).value)
}

/// The decoded parts that have no parts: media type, file name, content.
fn parts(taken: &Taken) -> Vec<(String, Vec<u8>)> {
    let structure = Structure::of(taken.mail.as_bytes()).unwrap();
    let leaves = structure.parts.iter().filter(|part| part.children.is_empty());
    leaves
        .map(|part| (part.content_type.media_type().to_owned(), transfer::decode(part).value.into_owned()))
        .collect()
}

fn body(taken: &Taken) -> String {
    charset::decode(&parts(taken)[0].1, Some("utf-8")).value
}

fn is_sent(answer: &Answer) -> bool {
    answer.status == 200 && answer.text().contains("data-sent=")
}

#[test]
fn a_reply_goes_to_the_author_in_the_organisations_name() {
    let mut desk = Desk::start("envelope_sender = 'bounces@example.org'");
    for way in ["reply", "reply-all", "forward"] {
        assert!(desk.message.text().contains(&format!("name=\"way\" value=\"{way}\"")), "{way}");
    }
    let page = desk.write("reply");
    assert_eq!((page.status, page.carried() == desk.envelope), (200, true));
    assert_eq!(input(&page, "subject"), "Re: Quarterly lighthouse");
    let text = written(&page);
    assert!(
        text.starts_with("\n\nOn Monday, 6 January 2025, 10:00 (UTC), Alice wrote:\n> The lamp"),
        "{text}"
    );
    assert!(text.ends_with("dear Bob.\n>> As was said.\n"), "{text}");

    let sent = desk.send(&page, &[("text", &format!("Grüße.\n.\nYes{text}"))], &[]);
    assert!(is_sent(&sent), "{}", sent.visible());
    assert!(sent.visible().contains("alice@example.org") && sent.carried() == desk.envelope);
    let [taken] = &desk.gateway.taken()[..] else { panic!("one mail") };
    assert!(taken.sender.starts_with("MAIL FROM:<bounces@example.org> SIZE="), "{}", taken.sender);
    assert_eq!(taken.recipients, ["RCPT TO:<alice@example.org>", "RCPT TO:<bob@example.net>"]);
    for (name, expected) in [
        ("from", "\"Bob B. via Example\" <answers@example.org>"),
        ("reply-to", "\"Bob B.\" <bob@example.net>"),
        ("to", "\"Alice\" <alice@example.org>"),
        ("cc", ""),
        ("bcc", ""),
        ("subject", "Re: Quarterly lighthouse"),
        ("in-reply-to", "<third@example.org>"),
        ("references", "<first@example.org> <second@example.net> <third@example.org>"),
        ("sealpost-seal", "outside"),
        ("auto-submitted", ""),
        ("mime-version", "1.0"),
    ] {
        assert_eq!(field(taken, name), expected, "{name}");
    }
    assert!(field(taken, "message-id").ends_with("@127.0.0.1>") && field(taken, "date").contains("2026"));
    let body = body(taken);
    assert!(body.starts_with("Grüße.\r\n.\r\nYes\r\n\r\nOn Monday"), "{body}");
    assert!(body.ends_with(">> As was said.\r\n\r\n"), "{body:?}");
    assert!(taken.mail.is_ascii());
}

#[test]
fn a_reply_to_all_goes_to_all_who_are_named_and_to_nobody_else() {
    let mut desk = Desk::start("");
    let page = desk.write("reply-all");
    let shown = page.visible();
    for shown_address in ["alice@example.org", "carol@example.com", "dave@example.org"] {
        assert!(shown.contains(shown_address), "{shown_address}");
    }
    assert!(!shown.contains("secret@") && !shown.contains("erin@"), "{shown}");
    assert!(is_sent(&desk.send(&page, &[("copy", "no"), ("text", "To all.")], &[])));
    let taken = &desk.gateway.taken()[0];
    let recipients = ["alice@example.org", "carol@example.com", "dave@example.org"];
    assert_eq!(taken.recipients, recipients.map(|address| format!("RCPT TO:<{address}>")));
    assert_eq!(field(taken, "to"), "\"Alice\" <alice@example.org>, \"Carol\" <carol@example.com>");
    assert_eq!(field(taken, "cc"), "Däve <dave@example.org>");
    assert!(!taken.mail.contains("secret@") && !taken.mail.contains("erin@"));

    // Who got it in secret is seen by whom he answers, and sees nobody else who did.
    desk.browser = desk.reader("erin@example.net");
    let page = desk.write("reply-all");
    assert!(!page.visible().contains("secret@"));
    assert!(is_sent(&desk.send(&page, &[("copy", "no"), ("text", "Me too.")], &[])));
    let taken = &desk.gateway.taken()[1];
    assert_eq!(field(taken, "from"), "\"erin@example.net via Example\" <answers@example.org>");
    assert_eq!(
        field(taken, "to"),
        "\"Alice\" <alice@example.org>, \"Bob B.\" <bob@example.net>, \"Carol\" <carol@example.com>"
    );
}

#[test]
fn a_message_is_passed_on_to_whom_the_settings_allow() {
    let outside = ("to", "Frank <frank@example.com>, carol@example.com");
    for (settings, to, expected) in [
        ("", ("to", "CAROL@example.com"), 200),
        ("", outside, 422),
        ("forward_to = ['*.example.org']", ("to", "g@sub.example.org; carol@example.com"), 200),
        ("forward_to = ['*.example.org']", outside, 422),
        ("forward_to = 'anyone'", outside, 200),
        ("forward_to = 'anyone'", ("to", ""), 422),
        ("forward_to = 'anyone'", ("to", "frank"), 422),
        ("forward_to = 'anyone'", ("to", "frank@example.com\r\nRCPT TO: eve@evil.example"), 422),
        ("forward_to = 'anyone'\nmax_recipients = 1", outside, 422),
    ] {
        let mut desk = Desk::start(settings);
        let page = desk.write("forward");
        assert_eq!(input(&page, "subject"), "Fwd: Quarterly lighthouse");
        let text = written(&page);
        assert!(
            text.contains("From: Alice <alice@example.org>\n") && text.contains("\nThe lamp turns"),
            "{text}"
        );
        let answer = desk.send(&page, &[to, ("copy", "no"), ("original", "yes")], &[]);
        assert_eq!(answer.status, expected, "{settings} {to:?}");
        let taken = desk.gateway.taken();
        assert_eq!(taken.len(), usize::from(expected == 200), "{settings} {to:?}");
        let Some(taken) = taken.first() else {
            // Where the reader chooses, nobody else is kept.
            let kept = if settings.is_empty() { "alice@example.org" } else { to.1 };
            assert_eq!(input(&answer, "to"), kept, "what was typed is still there");
            let chosen = "value=\"carol@example.com\" checked";
            assert_eq!(answer.text().contains(chosen), settings.is_empty());
            assert_eq!(written(&answer).replace("\r\n", "\n"), text);
            continue;
        };
        assert_eq!(field(taken, "in-reply-to"), "");
        let parts = parts(taken);
        assert_eq!((parts.len(), parts[1].0.as_str()), (2, "message/rfc822"));
        let expected = MAIL.replace("Bcc: <secret@example.net>\r\n", "");
        assert_eq!(
            String::from_utf8_lossy(&parts[1].1).trim_end(),
            expected.trim_end(),
            "the mail, without Bcc"
        );
    }
}

#[test]
fn whom_a_message_may_be_passed_on_to_is_said_and_offered() {
    let choice = |address: &str| format!("type=\"checkbox\" form=\"carry\" name=\"to\" value=\"{address}\">");
    for (settings, said, chooses) in [
        ("", "only be passed on to its author and to the recipients that it names", true),
        (
            "forward_to = ['*.example.org', 'xn--bcher-kva.example']",
            "to addresses at *.example.org, bücher.example, to its author, and to the recipients",
            false,
        ),
        ("forward_to = 'anyone'", "", false),
        ("forward_to = ['example.org', '*']", "", false),
    ] {
        let mut desk = Desk::start(settings);
        let page = desk.write("forward");
        let html = page.text();
        let plain = html.replace("<bdi>", "").replace("</bdi>", "");
        assert!(plain.contains(said), "{settings}: {}", page.visible());
        assert_eq!(html.contains("id=\"to-hint\""), !said.is_empty(), "{settings}");
        assert_eq!(html.contains("aria-describedby=\"to-hint\""), !said.is_empty(), "{settings}");
        assert_eq!(html.contains("<input id=\"to\""), !chooses, "{settings}");
        for address in ["alice@example.org", "carol@example.com", "dave@example.org"] {
            assert_eq!(html.contains(&choice(address)), chooses, "{settings} {address}");
        }
        assert!(!html.contains(&choice("bob@example.net")) && !html.contains(&choice("secret@example.net")));
        let none = desk.send(&page, &[], &[]);
        assert_eq!(none.status, 422);
        let words = if chooses { "Choose at least one person" } else { "Type the address of somebody" };
        assert!(none.text().contains(words), "{settings}");
        let described = if said.is_empty() { "fault" } else { "to-hint fault" };
        assert!(none.text().contains(&format!("aria-describedby=\"{described}\"")), "{settings}");
    }
    // Each that is chosen has a field of its own.
    let mut desk = Desk::start("");
    let page = desk.write("forward");
    let mut fields: Vec<(&str, String)> = ["way", "submission"].map(|name| (name, page.hidden(name))).into();
    fields.extend(["carol@example.com", "dave@example.org"].map(|address| ("to", address.to_owned())));
    fields.extend([("text", "Look.".into()), ("envelope", desk.envelope.clone()), ("language", "de".into())]);
    let mut post = |path: &str| {
        let (headers, body) = crate::desk::form(&fields, &[]);
        desk.browser.request("POST", path, crate::client::From::Portal, &headers, &body)
    };
    let again = post("/again");
    assert_eq!(again.text().matches(" checked> <span>").count(), 2, "{}", again.text());
    assert!(again.text().contains("value=\"dave@example.org\" checked"));
    assert!(is_sent(&post("/answer/send")));
    let recipients = ["carol@example.com", "dave@example.org"].map(|address| format!("RCPT TO:<{address}>"));
    assert_eq!(desk.gateway.taken()[0].recipients, recipients);
}

#[test]
fn nobody_is_offered_to_pass_a_message_on_to_nobody() {
    let alone =
        "From: bob@example.net\r\nTo: Bob <BOB@example.net>\r\nBcc: erin@example.net\r\n\r\nNote.\r\n";
    for (settings, is_offered) in [("", false), ("forward_to = ['example.org']", true)] {
        let mut desk = Desk::with(alone, "bob@example.net", Rights::all(), settings);
        assert_eq!(desk.message.text().contains("value=\"forward\""), is_offered, "{settings}");
        assert_eq!(desk.write("forward").status, if is_offered { 200 } else { 403 }, "{settings}");
    }
}

/// Enter in a field presses the first button of its form.
#[test]
fn enter_sends_nothing() {
    let mut desk = Desk::start("");
    for way in ["reply", "reply-all", "forward"] {
        let page = desk.write(way).text();
        let mut buttons = page.split("<button").skip(1).map(|rest| rest.split('>').next().unwrap());
        let first = buttons.find(|tag| tag.contains("form=\"carry\"")).unwrap();
        assert_eq!(first, " form=\"carry\" disabled hidden", "{way}");
    }
}

/// Nobody sends what he has not written, in whatever language the page came.
#[test]
fn a_quotation_is_no_answer() {
    let mut desk = Desk::start("");
    let file: [(&str, &str, &[u8]); 1] = [("a.txt", "text/plain", b"x")];
    for (way, language) in [("reply", "en"), ("reply-all", "en"), ("reply", "de")] {
        let mut page = desk.write(way);
        let began = written(&page);
        if language == "de" {
            let (headers, body) = desk.form(&page, &[("language", "de")], &[]);
            page = desk.browser.request("POST", "/again", crate::client::From::Portal, &headers, &body);
            assert_eq!(written(&page).replace("\r\n", "\n"), began);
        }
        let sent_as = began.replace('\n', "\r\n");
        for text in [began.as_str(), &sent_as, began.trim(), " \n"] {
            let refused = desk.send(&page, &[("text", text)], &[]);
            assert_eq!(refused.status, 422, "{way} {language} {text:?}");
            assert!(refused.text().contains(if language == "de" {
                "steht noch nichts"
            } else {
                "nothing in your"
            }));
        }
        assert!(desk.gateway.taken().is_empty());
    }
    for (way, before, files) in
        [("reply", "Yes.", &file[..0]), ("reply", "", &file), ("forward", "", &file[..0])]
    {
        let page = desk.write(way);
        let text = format!("{before}{}", written(&page));
        let sent = desk.send(&page, &[("text", &text), ("to", "carol@example.com")], files);
        assert!(is_sent(&sent), "{way} {before} {}", sent.visible());
    }
}

#[test]
fn a_message_that_is_passed_on_names_nobody_who_got_it_in_secret() {
    let original = MAIL.replace(
        "Bcc: <secret@example.net>",
        "X: y\r\n \r\nBCC : <secret@example.net>,\r\n\t\r\n <hidden@x.example>",
    );
    let mut desk = Desk::with(&original, "bob@example.net", Rights::all(), "");
    let page = desk.write("forward");
    let sent = desk.send(&page, &[("to", "carol@example.com"), ("original", "yes")], &[]);
    assert!(is_sent(&sent), "{}", sent.visible());
    let taken = &desk.gateway.taken()[0];
    let expected = MAIL.replace("Bcc: <secret@example.net>", "X: y\r\n ");
    assert_eq!(String::from_utf8_lossy(&parts(taken)[1].1).trim_end(), expected.trim_end());
}

#[test]
fn files_arrive_as_they_are() {
    let mut desk = Desk::start("");
    let page = desk.write("reply");
    let all: Vec<u8> = (0..=255).collect();
    let files: [(&str, &str, &[u8]); 4] = [
        ("plan.pdf", "application/pdf", &all),
        ("grüße.txt", "text/plain", b"a\nb\r\nc\r.\n\n"),
        ("../../etc/passwd", "message/rfc822", b"From: x\n\n"),
        ("empty.bin", "", b""),
    ];
    assert!(is_sent(&desk.send(&page, &[("text", "")], &files)));
    let taken = &desk.gateway.taken()[0];
    let parts = parts(taken);
    let expected = [
        "text/plain",
        "application/pdf",
        "text/plain",
        "application/octet-stream",
        "application/octet-stream",
    ];
    assert_eq!(parts.iter().map(|part| part.0.as_str()).collect::<Vec<_>>(), expected);
    for (part, file) in parts[1..].iter().zip(&files) {
        assert!(part.1 == file.2, "{}", file.0);
    }
    for name in [
        "filename=\"plan.pdf\"",
        "filename*=UTF-8''gr%C3%BC%C3%9Fe.txt",
        "filename=\"passwd\"",
        "filename=\"empty.bin\"",
    ] {
        let unquoted = name.replace('"', "");
        assert!(taken.mail.contains(name) || taken.mail.contains(&unquoted), "{name}\n{}", taken.mail);
    }
}

#[test]
fn rights_and_settings_say_who_may_answer() {
    let all = ["reply", "reply-all", "forward"];
    for (rights, allowed) in [
        (Rights::all(), &all[..]),
        (Rights::REPLY, &["reply"]),
        (Rights::REPLY_ALL, &["reply-all"]),
        (Rights::FORWARD, &["forward"]),
        (Rights::PRINT.union(Rights::DOWNLOAD), &[]),
    ] {
        let mut desk = Desk::with(MAIL, "bob@example.net", rights, "");
        for way in all {
            let is_allowed = allowed.contains(&way);
            assert_eq!(
                desk.message.visible().contains(&format!("value=\"{way}\"")),
                is_allowed,
                "{rights:?} {way}"
            );
            let page = desk.write(way);
            assert_eq!(page.status, if is_allowed { 200 } else { 403 }, "{rights:?} {way}");
            // With the ID of a page that he did get.
            let any = desk.write(allowed.first().copied().unwrap_or("reply"));
            let sent = desk.send(
                &any,
                &[("way", way), ("text", "x"), ("to", "alice@example.org"), ("original", "yes")],
                &[],
            );
            assert_eq!(is_sent(&sent), is_allowed, "{rights:?} {way}");
        }
        assert_eq!(desk.gateway.taken().len(), allowed.len());
        // Passing the mail itself on is a download for whoever gets it.
        let with_mail =
            desk.gateway.taken().iter().filter(|taken| taken.mail.contains("message/rfc822")).count();
        assert_eq!(with_mail, usize::from(rights == Rights::all()));
        let print: [(&str, &[u8]); 1] = [("envelope", desk.envelope.as_bytes())];
        assert!(!desk.browser.post("/print", &print).text().contains("/answer"));
    }
    for way in ["", "bcc", "reply "] {
        assert_eq!(Desk::start("").write(way).status, if way == "reply " { 200 } else { 403 }, "{way:?}");
    }
}

#[test]
fn without_the_section_nobody_answers() {
    let site = crate::site::Site::start();
    let envelope = site.sample(&crate::site::terms(&["bob@example.net"]));
    let (mut browser, page) = site.sign_in(&envelope);
    assert!(!page.visible().contains("/answer"));
    for path in ["/answer", "/answer/send"] {
        let fields: [(&str, &[u8]); 3] =
            [("way", b"reply"), ("text", b"x"), ("envelope", envelope.as_bytes())];
        assert_eq!(browser.post(path, &fields).status, 403, "{path}");
    }
}

/// What is on the page goes along with every button on it.
#[test]
fn the_way_back_drops_what_was_written() {
    let mut desk = Desk::start("");
    let page = desk.write("reply");
    let long = "x".repeat(200_000);
    let (headers, body) = desk.form(&page, &[("text", &long)], &[("a.bin", "", &vec![0; 100_000])]);
    for path in ["/read", "/answer", "/print"] {
        let answer = desk.browser.request("POST", path, crate::client::From::Portal, &headers, &body);
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text().contains(&long), "{path}");
    }
}

#[test]
fn the_pages_have_their_policy() {
    let mut desk = Desk::start("");
    let page = desk.write("reply");
    let sent = desk.send(&page, &[("text", "Yes.")], &[]);
    for answer in [&page, &sent] {
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
        assert!(policy.contains("form-action 'self'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.text().contains("/assets/answer.js"));
    }
    assert_eq!(desk.browser.get("/assets/answer.js").status, 200);
}

#[test]
fn the_language_can_be_changed_while_writing() {
    let mut desk = Desk::start("");
    let page = desk.write("reply");
    let (headers, body) =
        desk.form(&page, &[("language", "de"), ("text", "half a thought"), ("subject", "Kept")], &[]);
    let again = desk.browser.request("POST", "/again", crate::client::From::Portal, &headers, &body);
    assert!(again.status == 200 && again.text().contains("lang=\"de\"") && again.text().contains("Senden"));
    assert_eq!((input(&again, "subject").as_str(), written(&again).as_str()), ("Kept", "half a thought"));
    assert_eq!(again.hidden("submission"), page.hidden("submission"));
    let sent = desk.send(&again, &[], &[]);
    assert!(is_sent(&sent) && sent.text().contains("Ihre Nachricht wurde gesendet"));
    // The page after it shows the message when its language is changed.
    let fields: [(&str, &[u8]); 2] = [("language", b"en"), ("envelope", desk.envelope.as_bytes())];
    assert!(desk.browser.post("/again", &fields).text().contains("dear Bob"));
}

/// Also without JavaScript nobody loses what he wrote because he took his time.
#[test]
fn what_is_written_outlives_the_sign_in() {
    let mut desk = Desk::start("");
    let page = desk.write("reply");
    desk.site.clock.forward(24 * 3600);
    let text = "Long\n\n  <b>considered</b> & \"quoted\"";
    let asked = desk.send(&page, &[("subject", "Kept & well"), ("text", text)], &[]);
    assert!(asked.asks_to_prove() && desk.gateway.taken().is_empty());
    let carried = |page: &Answer| {
        let [waits, way, submission, subject] =
            ["waits", "way", "submission", "subject"].map(|name| (name, unescape(&page.hidden(name))));
        let hidden = page.text();
        let hidden = hidden.split_once("name=\"text\" hidden>\n").unwrap().1;
        let text = unescape(hidden.split_once("</textarea>").unwrap().0);
        vec![waits, way, submission, subject, ("text", text), ("copy", page.hidden("copy"))]
    };
    let mut fields = carried(&asked);
    fields.push(("envelope", desk.envelope.clone()));
    fields.push(("address", "bob@example.net".into()));
    let post = |desk: &mut Desk, path: &str, fields: &[(&str, String)]| {
        let fields: Vec<(&str, &[u8])> =
            fields.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        desk.browser.post(path, &fields)
    };
    let mails = desk.site.relay.count();
    let asked = post(&mut desk, "/passcode", &fields);
    assert!(asked.asks_for_passcode() && carried(&asked)[..] == fields[..6]);
    let passcode = desk.site.relay.passcode(mails + 1);
    fields.push(("passcode", passcode));
    let again = post(&mut desk, "/read", &fields);
    assert_eq!((again.status, input(&again, "subject").as_str()), (200, "Kept & well"));
    assert_eq!(written(&again), text);
    let sent = desk.send(&again, &[], &[]);
    assert!(is_sent(&sent) && desk.gateway.taken().len() == 1);
    // Who had only pressed the button gets to the page as it begins.
    desk.site.clock.forward(24 * 3600);
    let asked = desk.write("reply");
    assert!(asked.asks_to_prove() && asked.hidden("submission").is_empty());
    let mut fields: Vec<(&str, String)> = ["waits", "way", "submission"]
        .map(|name| (name, asked.hidden(name)))
        .into_iter()
        .chain([("address", "bob@example.net".into()), ("envelope", desk.envelope.clone())])
        .collect();
    let mails = desk.site.relay.count();
    assert!(post(&mut desk, "/passcode", &fields).asks_for_passcode());
    fields.push(("passcode", desk.site.relay.passcode(mails + 1)));
    let fresh = post(&mut desk, "/read", &fields);
    assert!(fresh.text().contains("data-fresh") && !fresh.hidden("submission").is_empty());
    // Who has signed in elsewhere meanwhile goes on, too, with whatever button.
    for path in ["/passcode", "/read", "/again"] {
        let page = post(&mut desk, path, &fields);
        assert!(page.text().contains("data-fresh"), "{path}");
    }
    // The button that leads back to the message does.
    let back: Vec<_> =
        fields.into_iter().filter(|(name, _)| *name != "waits" && *name != "passcode").collect();
    assert!(post(&mut desk, "/read", &back).text().contains("message-subject"));
}
