//! Reading a mail: the whole way, and what the mail's terms allow.

use std::process::Command;

use sealpost_common::grant::{Rights, SignIn};

use crate::{
    client::From,
    site::{SAMPLE_ATTACHMENT, START, Site, terms, text},
};

#[test]
fn one_recipient_reads_with_two_clicks_and_a_passcode() {
    let site = Site::start();
    let mut browser = site.browser();
    let envelope = site.sample(&terms(&["bob@example.net"]));

    let prove = browser.post_from(From::Disk, "/open", &[("envelope", envelope.as_bytes())]);
    assert!(prove.asks_to_prove());
    assert!(!prove.visible().contains("bob"), "the page does not say whom the mail is for");
    assert!(prove.header("set-cookie").is_none(), "opening changes nothing");
    assert_eq!(prove.carried(), envelope);

    let asked = browser.post("/passcode", &[("envelope", prove.carried().as_bytes())]);
    assert!(asked.asks_for_passcode());
    assert!(!asked.visible().contains("bob"));
    let (recipient, mail) = site.relay.wait_for(1).remove(0);
    assert_eq!(recipient, "bob@example.net");
    assert!(mail.contains(&asked.hidden("reference")), "page and mail show the same reference");
    assert!(mail.contains("Auto-Submitted: auto-generated"));
    let passcode = site.relay.passcode(1);
    assert!(!mail.lines().any(|line| line.starts_with("Subject") && line.contains(&passcode)));

    let grouped = format!(" {} {}", &passcode[..4], &passcode[4..]);
    let fields: [(&str, &[u8]); 3] =
        [("passcode", grouped.as_bytes()), ("reference", b"ABCDEF"), ("envelope", envelope.as_bytes())];
    let read = browser.post("/read", &fields);
    assert_eq!(read.status, 200);
    assert!(read.text().contains("The lamp turns at midnight, dear Bob."));
    assert!(read.text().contains("Quarterly lighthouse"));
    assert_eq!(read.carried(), envelope);

    let part =
        read.text().split_once("name=\"part\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let saved =
        browser.post("/attachment", &[("part", part.as_bytes()), ("envelope", read.carried().as_bytes())]);
    assert_eq!(saved.body, SAMPLE_ATTACHMENT);
    assert_eq!(saved.header("content-type"), Some("application/octet-stream"));
    assert!(saved.header("content-disposition").unwrap().starts_with("attachment; filename=\"plan.html\""));
    assert!(saved.header("content-security-policy").unwrap().contains("sandbox"));
    let fields: [(&str, &[u8]); 1] = [("envelope", envelope.as_bytes())];
    let mail = browser.post("/mail", &fields);
    assert!(mail.body == crate::site::SAMPLE.as_bytes(), "the whole mail, byte for byte");
    assert!(
        mail.header("content-disposition")
            .unwrap()
            .starts_with("attachment; filename=\"Quarterly lighthouse.eml\"")
    );
    let archive = browser.post("/attachments", &fields);
    assert!(archive.body.starts_with(b"PK\x03\x04"));
    assert!(archive.body.windows(SAMPLE_ATTACHMENT.len()).any(|window| window == SAMPLE_ATTACHMENT));
    let print = browser.post("/print", &fields);
    assert!(print.text().contains("dear Bob") && print.text().contains("plan.html"));
    assert!(!print.text().contains("BEGIN SEALPOST"), "the page to be printed carries no envelope");
    let preview = browser.post("/preview", &[("part", b"1"), fields[0]]);
    assert_eq!(preview.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(preview.header("content-disposition").unwrap().starts_with("inline"));
    assert_eq!(browser.post("/preview", &[("part", b"2"), fields[0]]).status, 404, "no HTML is shown");

    assert_eq!(browser.post("/sign-out", &[]).status, 200);
    assert!(browser.post("/read", &[("envelope", envelope.as_bytes())]).asks_to_prove());
    assert!(
        browser.post("/attachment", &[("part", b"2"), ("envelope", envelope.as_bytes())]).asks_to_prove()
    );
}

/// Where the gateway is asked before the queue, nobody has taken Bcc out of the mail that is sealed.
#[test]
fn whoever_saves_a_message_learns_of_nobody_who_got_it_in_secret() {
    let site = Site::start();
    let bob = terms(&["bob@example.net"]);
    let (mut browser, _) = site.sign_in(&site.sample(&bob));
    let secret =
        "bCC : <secret@example.net>,\r\n \r\n <hidden@example.net>\r\nResent-Bcc: <third@example.net>\r\n";
    let head = "From: alice@example.org\r\nX: y\r\n \r\n".to_owned();
    let long = format!("{head}{}", "X: y\r\n".repeat(200_000));
    let parts = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n\r\n".repeat(1100));
    for (before, after, is_over_limit) in [
        (&head, "To: bob@example.net\r\n\r\nBcc: this is a text.\r\n\0", false),
        (&head, parts.as_str(), true),
        (&long, "\r\nBcc: this is a text.\r\n", true),
    ] {
        let envelope = text(&site.seal(&format!("{before}{secret}{after}"), &bob));
        let mut ask =
            |path: &str| browser.post(path, &[("part", b"0".as_slice()), ("envelope", envelope.as_bytes())]);
        let expected = format!("{before}{after}").into_bytes();
        assert!(ask("/mail").body == expected, "all else byte for byte");
        if is_over_limit {
            assert!(ask("/attachment").body == expected);
            let archive = ask("/attachments").body;
            assert!(archive.windows(expected.len()).any(|window| window == expected));
        }
        for path in ["/read", "/print", "/mail", "/attachment", "/attachments"] {
            let answer = String::from_utf8_lossy(&ask(path).body).into_owned();
            for address in ["secret@", "hidden@", "third@"] {
                assert!(!answer.contains(address), "{path} {address}");
            }
        }
    }
}

#[test]
fn one_of_several_recipients_types_his_address() {
    let site = Site::start();
    let mut browser = site.browser();
    let envelope = site.sample(&terms(&["bob@example.net", "Carol@Example.NET"]));
    let prove = browser.post_from(From::Disk, "/open", &[("envelope", envelope.as_bytes())]);
    assert!(prove.text().contains("name=\"address\""));
    assert!(!prove.text().to_lowercase().contains("carol"));
    for no_address in ["", "carol", "carol@", "a b@example.net"] {
        let fields: [(&str, &[u8]); 2] =
            [("address", no_address.as_bytes()), ("envelope", envelope.as_bytes())];
        assert!(browser.post("/passcode", &fields).asks_to_prove(), "{no_address}");
    }
    let address = b"carol@example.net".as_slice();
    assert!(
        browser
            .post("/passcode", &[("address", address), ("envelope", envelope.as_bytes())])
            .asks_for_passcode()
    );
    let (recipient, _) = site.relay.wait_for(1).remove(0);
    assert_eq!(recipient, "Carol@Example.NET", "mailed to the recipient as the envelope spells him");
    let passcode = site.relay.passcode(1);
    let fields: [(&str, &[u8]); 3] =
        [("address", address), ("passcode", passcode.as_bytes()), ("envelope", envelope.as_bytes())];
    assert!(browser.post("/read", &fields).text().contains("dear Bob"));
}

#[test]
fn a_session_reads_all_mails_of_its_address_and_no_others_until_it_ends() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let also_his = site.sample(&terms(&["dan@example.net", "BOB@example.net"]));
    let not_his = site.sample(&terms(&["dan@example.net"]));
    let (mut browser, page) = site.sign_in(&envelope);
    assert!(page.text().contains("dear Bob"));

    for path in ["/read", "/passcode", "/open"] {
        let page = browser.post(path, &[("envelope", also_his.as_bytes())]);
        assert!(page.text().contains("dear Bob"), "{path}");
    }
    assert!(browser.post("/read", &[("envelope", not_his.as_bytes())]).asks_to_prove());
    let from_disk = browser.post_from(From::Disk, "/open", &[("envelope", envelope.as_bytes())]);
    assert!(from_disk.text().contains("dear Bob"), "the button in message.html opens at once");
    let not_his = browser.post_from(From::Disk, "/open", &[("envelope", not_his.as_bytes())]);
    assert!(not_his.asks_to_prove() && not_his.text().contains("not sent to"));

    let stolen = browser.cookies().clone();
    browser.post("/sign-out", &[]);
    *browser.cookies() = stolen;
    assert!(browser.post("/read", &[("envelope", envelope.as_bytes())]).asks_to_prove());

    let (mut browser, _) = site.sign_in(&envelope);
    site.clock.forward(30 * 60 - 1);
    assert!(browser.post("/read", &[("envelope", envelope.as_bytes())]).text().contains("dear Bob"));
    site.clock.forward(1);
    assert!(browser.post("/read", &[("envelope", envelope.as_bytes())]).asks_to_prove());
}

#[test]
fn expired_and_revoked_mails_are_gone() {
    let site = Site::start();
    let mut browser = site.browser();
    let mut lasting = terms(&["bob@example.net"]);
    lasting.expires = Some(START + 100);
    let envelope = site.sample(&lasting);
    assert!(browser.post("/open", &[("envelope", envelope.as_bytes())]).asks_to_prove());
    site.clock.forward(100);
    let expired = browser.post("/open", &[("envelope", envelope.as_bytes())]);
    assert_eq!(expired.status, 410);

    let envelope = site.sample(&terms(&["bob@example.net"]));
    let (mut reader, _) = site.sign_in(&envelope);
    let settings = site.directory.path().join("portal.toml");
    let portal = |verb: &str, id: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealpost-portal"));
        assert!(command.args([verb, "--config"]).arg(&settings).arg(id).status().unwrap().success());
    };
    portal("revoke", "<sample@example.org>");
    for path in ["/open", "/passcode", "/read", "/print", "/attachment", "/preview", "/attachments", "/mail"]
    {
        let revoked = reader.post(path, &[("part", b"2"), ("envelope", envelope.as_bytes())]);
        assert!(revoked.without_date() == expired.clone().without_date(), "{path}");
    }
    portal("restore", "sample@example.org");
    assert!(reader.post("/read", &[("envelope", envelope.as_bytes())]).text().contains("dear Bob"));
}

#[test]
fn a_required_provider_gets_no_passcode() {
    let site = Site::start();
    let mut strict = terms(&["bob@example.net"]);
    strict.sign_in = SignIn::Provider;
    let envelope = site.sample(&strict);
    for path in ["/open", "/passcode", "/read"] {
        let page = site.browser().post(path, &[("envelope", envelope.as_bytes())]);
        assert_eq!(page.status, 403, "{path}");
        assert!(page.text().contains("does not offer that"), "{path}");
    }
    assert_eq!(site.relay.count(), 0);
}

#[test]
fn without_the_right_attachments_are_only_named() {
    let site = Site::start();
    let mut strict = terms(&["bob@example.net"]);
    strict.rights = Rights::REPLY;
    let envelope = site.sample(&strict);
    let (mut browser, page) = site.sign_in(&envelope);
    assert!(page.text().contains("plan.html") && !page.text().contains("name=\"part\""));
    for part in ["0", "1", "2", "3"] {
        let fields: [(&str, &[u8]); 2] = [("part", part.as_bytes()), ("envelope", envelope.as_bytes())];
        for path in ["/attachment", "/preview", "/attachments", "/mail"] {
            assert_eq!(browser.post(path, &fields).status, 404, "{path} {part}");
        }
        assert_eq!(browser.post("/print", &fields).status, 403);
    }
    assert!(page.text().contains("requests, not locks"));

    let closed = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nx";
    let envelope = text(&site.seal(closed, &strict));
    let page = browser.post("/read", &[("envelope", envelope.as_bytes())]).visible();
    assert!(page.contains("does not allow it to be saved") && !page.contains("Save the message"));
}

#[test]
fn a_large_mail_comes_through_byte_for_byte() {
    let site = Site::start();
    let bytes: Vec<u8> =
        (0..9_000_000_u64).flat_map(|i| (i * 2_654_435_761).to_le_bytes()).take(9_000_000).collect();
    let encoded = encodify::base64::MIME.encode(&bytes);
    let mail = format!(
        "Content-Type: application/zip; name=x.zip\r\nContent-Disposition: attachment; filename=x.zip\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{encoded}"
    );
    let envelope = text(&site.seal(&mail, &terms(&["bob@example.net"])));
    let (mut browser, page) = site.sign_in(&envelope);
    assert!(page.carried() == envelope);
    let part =
        page.text().split_once("name=\"part\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let saved = browser.post("/attachment", &[("part", part.as_bytes()), ("envelope", envelope.as_bytes())]);
    assert!(saved.body == bytes);
}

#[test]
fn the_database_holds_no_address_and_no_passcode() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let (mut browser, _) = site.sign_in(&envelope);
    let mut second = site.browser();
    second.post("/passcode", &[("envelope", envelope.as_bytes())]);
    let mut needles = vec!["bob@example.net".to_owned(), site.relay.passcode(1), site.relay.passcode(2)];
    needles.extend(browser.cookies().values().cloned());
    needles.extend(["lighthouse", "midnight", "SEALPOST"].map(str::to_owned));
    crate::database::assert_without(site.directory.path(), &needles);
}

/// What is missing on the paper is said there, and nothing is offered to be pressed.
#[test]
fn a_printed_message_says_what_is_missing() {
    let site = Site::start();
    let mail = "From: alice@example.org\r\nContent-Type: text/html\r\n\r\n<p>Hello<img src=\"https://pictures.example/a.png\">";
    let envelope = text(&site.seal(mail, &terms(&["bob@example.net"])));
    let (mut browser, page) = site.sign_in(&envelope);
    let print = browser.post("/print", &[("envelope", envelope.as_bytes())]);
    for shown in [&page, &print] {
        assert!(shown.text().contains("on other computers and not shown"));
    }
    assert!(page.text().contains("value=\"load\"") && !print.text().contains("<button"));
}

/// Any site may post a copy of `message.html` with a field of its own; who is signed in must not load pictures by that.
#[test]
fn no_other_site_has_pictures_loaded() {
    let site = Site::start();
    let mail = "From: alice@example.org\r\nContent-Type: text/html\r\n\r\n\
                <p>dear Bob</p><img src=\"https://tracker.example/pixel.png\">\r\n";
    let envelope = text(&site.seal(mail, &terms(&["bob@example.net"])));
    let (mut browser, _) = site.sign_in(&envelope);
    let fields: [(&str, &[u8]); 2] = [("images", b"load"), ("envelope", envelope.as_bytes())];
    let loads = |page: &crate::client::Answer| {
        let policy = page.header("content-security-policy").unwrap();
        assert_eq!(policy.contains("https:"), page.text().contains("tracker.example"), "{policy}");
        policy.contains("https:")
    };
    for from in [From::Disk, From::ForeignByOrigin, From::Portal] {
        let page = browser.post_from(from, "/open", &fields);
        assert!(page.text().contains("dear Bob") && !loads(&page), "{from:?}");
        assert!(page.hidden("images").is_empty(), "{from:?}");
    }
    // The reader himself.
    assert!(loads(&browser.post("/read", &fields)));
    assert!(loads(&browser.post("/again", &[("language", b"de"), fields[0], fields[1]])));
}
